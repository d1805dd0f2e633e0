//! The commands, one file each. A command checks what it was given, plans and makes its change,
//! appends its untagged responses, and returns its tagged one.

mod acl;
mod append;
mod authenticate;
mod cancel_update;
mod capability;
mod catenate;
mod close;
mod comparator;
mod compress;
mod copy;
mod create;
mod delete;
mod enable;
mod examine;
mod expunge;
pub(crate) mod fetch;
mod fetch_content;
mod fetch_preview;
mod gen_url_auth;
pub(crate) mod get_metadata;
mod get_quota;
mod id;
mod idle;
mod language;
pub(crate) mod list;
mod login;
mod logout;
mod lsub;
mod move_messages;
mod multisearch;
mod namespace;
mod noop;
mod notify;
mod rename;
mod replace;
mod reset_key;
mod search;
mod select;
mod set_metadata;
mod set_quota;
mod sort;
mod starttls;
pub(crate) mod status;
mod store;
mod subscribe;
mod thread;
mod unauthenticate;
mod unselect;
mod url_fetch;

pub(crate) use search::judge;
pub(crate) use sort::row_of;

use crate::reply::Outcome;
use crate::session::Session;
use postern_imap::command::{Command, CommandBody as C, Tag};

/// Runs a command that the table allows in this state.
///
/// Who idles keeps the command's future for long, so it must not be as large as that of FETCH: the
/// others are in a box of their own.
pub(crate) async fn run(session: &mut Session, command: Command) -> Outcome {
    match command.body {
        C::Idle => idle::run(session).await,
        body => Box::pin(run_at_once(session, command.tag, body)).await,
    }
}

async fn run_at_once(session: &mut Session, tag: Tag, body: C) -> Outcome {
    match body {
        C::Capability => capability::run(session),
        C::Noop => noop::run(),
        C::Logout => logout::run(session),
        C::Id(fields) => id::run(session, &fields),
        C::StartTls => starttls::run(session, &tag).await,
        C::Authenticate { mechanism, initial } => {
            authenticate::run(session, &mechanism, initial).await
        }
        C::Login { user, password } => login::run(session, &user, &password).await,
        C::Unauthenticate => unauthenticate::run(session),
        C::Compress => compress::run(session),
        C::Enable(names) => enable::run(session, &names),
        C::Select(select) => select::run(session, &select).await,
        C::Examine(select) => examine::run(session, &select).await,
        C::Create(create) => create::run(session, &create).await,
        C::Delete(name) => delete::run(session, &name).await,
        C::Rename { from, to } => rename::run(session, &from, &to).await,
        C::Subscribe(name) => subscribe::run(session, &name, true).await,
        C::Unsubscribe(name) => subscribe::run(session, &name, false).await,
        C::List(list) => list::run(session, &list).await,
        C::Lsub { reference, pattern } => lsub::run(session, &reference, &pattern).await,
        C::Namespace => namespace::run(session),
        C::Status { mailbox, items } => status::run(session, &mailbox, &items).await,
        C::Append(append) => append::run(session, append).await,
        C::Replace(replace) => replace::run(session, replace).await,
        C::Idle => idle::run(session).await,
        C::Check => noop::run(),
        C::Close => close::run(session).await,
        C::Unselect => unselect::run(session),
        C::Expunge(uids) => expunge::run(session, uids.as_ref()).await,
        C::MultiSearch(multi) => multisearch::run(session, &tag, &multi).await,
        C::Comparator(names) => comparator::run(session, &names),
        C::Language(ranges) => language::run(session, &ranges),
        C::Search(search) => search::run(session, &tag, &search).await,
        C::CancelUpdate(tags) => cancel_update::run(session, &tags),
        C::Sort(sort) => sort::run(session, &tag, &sort).await,
        C::Thread(thread) => thread::run(session, &thread).await,
        C::Fetch {
            numbering,
            set,
            items,
            modifiers,
        } => fetch::run(session, numbering, &set, &items, modifiers).await,
        C::Store {
            numbering,
            set,
            unchanged_since,
            action,
            silent,
            flags,
        } => {
            let store = store::Store {
                numbering,
                set: &set,
                unchanged_since,
                action,
                silent,
                flags: &flags,
            };
            store::run(session, store).await
        }
        C::Copy {
            numbering,
            set,
            mailbox,
        } => copy::run(session, numbering, &set, &mailbox).await,
        C::Move {
            numbering,
            set,
            mailbox,
        } => move_messages::run(session, numbering, &set, &mailbox).await,
        C::GetMetadata(get) => get_metadata::run(session, &get).await,
        C::SetMetadata(set) => set_metadata::run(session, &set).await,
        C::Notify(notify) => notify::run(session, notify).await,
        C::GenUrlAuth(urls) => gen_url_auth::run(session, &urls).await,
        C::ResetKey {
            mailbox,
            mechanisms,
        } => reset_key::run(session, mailbox.as_ref(), &mechanisms).await,
        C::UrlFetch(urls) => url_fetch::run(session, &urls).await,
        C::SetAcl(set) => acl::set(session, &set).await,
        C::DeleteAcl(entry) => acl::delete(session, &entry).await,
        C::GetAcl(mailbox) => acl::get(session, &mailbox).await,
        C::ListRights(entry) => acl::list_rights(session, &entry).await,
        C::MyRights(mailbox) => acl::my_rights(session, &mailbox).await,
        C::GetQuota(root) => get_quota::run(session, &root).await,
        C::GetQuotaRoot(mailbox) => get_quota::run_for_mailbox(session, &mailbox).await,
        C::SetQuota(set) => set_quota::run(session, &set).await,
    }
}
