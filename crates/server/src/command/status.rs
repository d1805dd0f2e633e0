//! STATUS: RFC 9051 section 6.3.11, RFC 8438, RFC 7162 section 3.1.7, RFC 7889, RFC 8474
//! section 4.3, RFC 9208 section 4.1.4.

use crate::live::SessionAccount;
use crate::reply::{Failure, Outcome, Reply};
use crate::session::Session;
use postern_account::Mailbox;
use postern_imap::command::StatusItem;
use postern_imap::mailbox::MailboxArg;
use postern_imap::response::{self, StatusValue};

pub(super) async fn run(session: &mut Session, name: &MailboxArg, items: &[StatusItem]) -> Outcome {
    let place = session.place(name).await?;
    let mailbox = place.permitted()?;
    write(session, &place.live, &mailbox, items)?;
    Ok(Reply::ok("Status told"))
}

/// Appends the STATUS response; LIST with STATUS does so too.
pub(super) fn write(
    session: &mut Session,
    live: &SessionAccount,
    mailbox: &Mailbox,
    items: &[StatusItem],
) -> Result<(), Failure> {
    // Asking for it makes the client aware of it: RFC 7162 section 3.1.
    session.enabled.condstore |= items.contains(&StatusItem::HighestModseq);
    tell(session, live, mailbox, items)
}

/// The same where it is the server that chooses the items: NOTIFY.
pub(crate) fn tell(
    session: &mut Session,
    live: &SessionAccount,
    mailbox: &Mailbox,
    items: &[StatusItem],
) -> Result<(), Failure> {
    let first_recent = live.take_recent(mailbox.id(), mailbox.uid_next(), true);
    let totals = mailbox.totals();
    let append_limit = session.shared.settings.limits.message;
    let number = |item: StatusItem| match item {
        StatusItem::Messages => u64::from(totals.messages),
        StatusItem::Recent => u64::from(totals.messages - mailbox.rank(first_recent)),
        StatusItem::UidNext => u64::from(mailbox.uid_next()),
        StatusItem::UidValidity => u64::from(mailbox.uid_validity()),
        StatusItem::Unseen => u64::from(totals.unseen),
        StatusItem::Deleted => u64::from(totals.deleted),
        StatusItem::Size => totals.size,
        StatusItem::DeletedStorage => totals.deleted_size,
        StatusItem::HighestModseq => mailbox.highest_modseq(),
        StatusItem::AppendLimit => u64::from(append_limit),
        StatusItem::MailboxId => mailbox.id().0,
    };
    let value = |item: StatusItem| match item {
        StatusItem::MailboxId => StatusValue::ObjectId(live.mailbox_id(mailbox.id())),
        item => StatusValue::Number(number(item)),
    };
    let encoding = session.encoding();
    let values = items.iter().map(|item| (*item, value(*item)));
    let name = live.shown(mailbox.name());
    response::status_data(&mut session.io.out, encoding, &name, values);
    Ok(())
}
