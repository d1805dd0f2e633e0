//! A command as octets, in one canonical spelling. The server never writes commands; this is the
//! other half of the round trip.

mod acl;
mod search;
mod urlauth;

use postern_imap::base64;
use postern_imap::command::{
    AppendData, AppendMessage, CatenatePart, Command, CommandBody, List, Numbering, Select,
    SetQuota, StatusItem, StoreAction,
};
use postern_imap::date::InternalDate;
use postern_imap::fetch::{FetchItem, FetchModifiers, Partial, Section, SectionText};
use postern_imap::flag::Flag;
use postern_imap::mailbox::MailboxArg;
use postern_imap::metadata::{Depth, EntryName, GetMetadata, SetMetadata};
use postern_imap::notify::{EventGroup, Events, MailboxFilter, Notify};
use postern_imap::response;
use postern_imap::sequence::{Number, Set, UidSet};

/// The command's octets without a line end; literals do not wait.
pub(crate) fn command(command: &Command) -> Vec<u8> {
    let mut out = Out(Vec::new());
    out.0.extend_from_slice(command.tag.as_bytes());
    out.text(" ");
    body(&mut out, &command.body);
    out.0
}

struct Out(Vec<u8>);

impl Out {
    fn text(&mut self, text: &str) {
        self.0.extend_from_slice(text.as_bytes());
    }

    /// Quoted where it can be, else a literal.
    fn string(&mut self, text: &[u8]) {
        let special = |b: &u8| matches!(b, 0 | b'\r' | b'\n');
        if std::str::from_utf8(text).is_ok() && !text.iter().any(special) {
            response::quoted(&mut self.0, text);
        } else {
            self.literal(text);
        }
    }

    fn literal(&mut self, octets: &[u8]) {
        self.text(&format!("{{{}+}}\r\n", octets.len()));
        self.0.extend_from_slice(octets);
    }

    /// `literal8` where there is a NUL.
    fn octets(&mut self, octets: &[u8]) {
        if octets.contains(&0) {
            self.text("~");
        }
        self.literal(octets);
    }

    fn mailbox(&mut self, mailbox: &MailboxArg) {
        self.string(&mailbox.0);
    }

    /// Items in parentheses.
    fn list<T>(&mut self, items: impl IntoIterator<Item = T>, mut each: impl FnMut(&mut Self, T)) {
        self.text("(");
        for (i, item) in items.into_iter().enumerate() {
            if i > 0 {
                self.text(" ");
            }
            each(self, item);
        }
        self.text(")");
    }

    fn words<'a>(&mut self, words: impl IntoIterator<Item = &'a str>) {
        self.list(words, Out::text);
    }
}

fn body(out: &mut Out, body: &CommandBody) {
    if let Some(name) = without_arguments(body) {
        return out.text(name);
    }
    match body {
        CommandBody::Id(fields) if fields.is_empty() => out.text("ID NIL"),
        CommandBody::Id(fields) => {
            out.text("ID ");
            out.list(fields, |out, (field, value)| {
                out.string(field);
                out.text(" ");
                nstring(out, value.as_deref());
            });
        }
        CommandBody::Authenticate { mechanism, initial } => {
            out.text(&format!("AUTHENTICATE {mechanism}"));
            match initial.as_ref().map(|secret| secret.0.as_ref()) {
                None => {}
                Some([]) => out.text(" ="),
                Some(octets) => {
                    out.text(" ");
                    base64::encode_into(&mut out.0, octets);
                }
            }
        }
        CommandBody::Login { user, password } => {
            out.text("LOGIN ");
            out.string(user);
            out.text(" ");
            out.string(&password.0);
        }
        CommandBody::Enable(names) => out.text(&format!("ENABLE {}", names.join(" "))),
        CommandBody::CancelUpdate(tags) => strings(out, "CANCELUPDATE", tags),
        CommandBody::Comparator(names) => strings(out, "COMPARATOR", names),
        CommandBody::Language(ranges) => strings(out, "LANGUAGE", ranges),
        other => of_mailboxes(out, other),
    }
}

fn strings(out: &mut Out, name: &str, strings: &[impl AsRef<[u8]>]) {
    out.text(name);
    for string in strings {
        out.text(" ");
        out.string(string.as_ref());
    }
}

fn without_arguments(body: &CommandBody) -> Option<&'static str> {
    Some(match body {
        CommandBody::Capability => "CAPABILITY",
        CommandBody::Noop => "NOOP",
        CommandBody::Logout => "LOGOUT",
        CommandBody::StartTls => "STARTTLS",
        CommandBody::Compress => "COMPRESS DEFLATE",
        CommandBody::Unauthenticate => "UNAUTHENTICATE",
        CommandBody::Namespace => "NAMESPACE",
        CommandBody::Idle => "IDLE",
        CommandBody::Check => "CHECK",
        CommandBody::Close => "CLOSE",
        CommandBody::Unselect => "UNSELECT",
        CommandBody::Expunge(None) => "EXPUNGE",
        _ => return None,
    })
}

fn of_mailboxes(out: &mut Out, body: &CommandBody) {
    let named = |out: &mut Out, name: &str, mailbox: &MailboxArg| {
        out.text(name);
        out.mailbox(mailbox);
    };
    match body {
        CommandBody::Select(it) => select(out, "SELECT ", it),
        CommandBody::Examine(it) => select(out, "EXAMINE ", it),
        CommandBody::Create(create) => {
            named(out, "CREATE ", &create.mailbox);
            if !create.uses.is_empty() {
                out.text(" (USE ");
                out.list(&create.uses, |out, name| out.0.extend_from_slice(name));
                out.text(")");
            }
        }
        CommandBody::Delete(mailbox) => named(out, "DELETE ", mailbox),
        CommandBody::Subscribe(mailbox) => named(out, "SUBSCRIBE ", mailbox),
        CommandBody::Unsubscribe(mailbox) => named(out, "UNSUBSCRIBE ", mailbox),
        CommandBody::Rename { from, to } => {
            named(out, "RENAME ", from);
            named(out, " ", to);
        }
        CommandBody::List(it) => list(out, it),
        CommandBody::Lsub { reference, pattern } => {
            named(out, "LSUB ", reference);
            named(out, " ", pattern);
        }
        CommandBody::Status { mailbox, items } => {
            named(out, "STATUS ", mailbox);
            out.text(" ");
            status_items(out, items);
        }
        CommandBody::Append(append) => {
            named(out, "APPEND ", &append.mailbox);
            append.messages.iter().for_each(|it| message(out, it));
        }
        CommandBody::GetMetadata(it) => get_metadata(out, it),
        CommandBody::SetMetadata(it) => set_metadata(out, it),
        CommandBody::Notify(it) => notify(out, it),
        CommandBody::GenUrlAuth(urls) => urlauth::generate(out, urls),
        CommandBody::ResetKey {
            mailbox,
            mechanisms,
        } => urlauth::reset_key(out, mailbox.as_ref(), mechanisms),
        CommandBody::UrlFetch(urls) => urlauth::fetch(out, urls),
        CommandBody::SetAcl(it) => acl::set(out, it),
        CommandBody::DeleteAcl(it) => acl::entry(out, "DELETEACL ", it),
        CommandBody::ListRights(it) => acl::entry(out, "LISTRIGHTS ", it),
        CommandBody::GetAcl(mailbox) => named(out, "GETACL ", mailbox),
        CommandBody::MyRights(mailbox) => named(out, "MYRIGHTS ", mailbox),
        CommandBody::GetQuotaRoot(mailbox) => named(out, "GETQUOTAROOT ", mailbox),
        CommandBody::GetQuota(root) => strings(out, "GETQUOTA", std::slice::from_ref(root)),
        CommandBody::SetQuota(it) => set_quota(out, it),
        other => of_messages(out, other),
    }
}

fn of_messages(out: &mut Out, body: &CommandBody) {
    match body {
        CommandBody::Expunge(Some(it)) => {
            out.text("UID EXPUNGE ");
            set(out, it);
        }
        CommandBody::Replace(it) => {
            numbered(out, it.numbering, "REPLACE ", &it.set);
            out.text(" ");
            out.mailbox(&it.mailbox);
            message(out, &it.message);
        }
        CommandBody::Search(it) => search::search(out, it),
        CommandBody::MultiSearch(it) => search::multi_search(out, it),
        CommandBody::Sort(it) => search::sort(out, it),
        CommandBody::Thread(it) => search::thread(out, it),
        CommandBody::Fetch {
            numbering,
            set,
            items,
            modifiers,
        } => {
            numbered(out, *numbering, "FETCH ", set);
            out.text(" ");
            out.list(items, fetch_item);
            fetch_modifiers(out, modifiers);
        }
        CommandBody::Copy {
            numbering,
            set,
            mailbox,
        } => {
            numbered(out, *numbering, "COPY ", set);
            out.text(" ");
            out.mailbox(mailbox);
        }
        CommandBody::Move {
            numbering,
            set,
            mailbox,
        } => {
            numbered(out, *numbering, "MOVE ", set);
            out.text(" ");
            out.mailbox(mailbox);
        }
        other => store(out, other),
    }
}

fn store(out: &mut Out, body: &CommandBody) {
    let CommandBody::Store {
        numbering,
        set,
        unchanged_since,
        action,
        silent,
        flags,
    } = body
    else {
        panic!("a command that is not written here: {body:?}");
    };
    numbered(out, *numbering, "STORE ", set);
    if let Some(modseq) = unchanged_since {
        out.text(&format!(" (UNCHANGEDSINCE {modseq})"));
    }
    out.text(match action {
        StoreAction::Add => " +",
        StoreAction::Remove => " -",
        StoreAction::Replace => " ",
    });
    out.text(if *silent { "FLAGS.SILENT " } else { "FLAGS " });
    out.words(flags.iter().map(Flag::as_str));
}

fn nstring(out: &mut Out, text: Option<&[u8]>) {
    match text {
        Some(text) => out.string(text),
        None => out.text("NIL"),
    }
}

fn uid(out: &mut Out, numbering: Numbering) {
    if numbering == Numbering::Uid {
        out.text("UID ");
    }
}

fn numbered(out: &mut Out, numbering: Numbering, name: &str, it: &Set) {
    uid(out, numbering);
    out.text(name);
    set(out, it);
}

fn set(out: &mut Out, set: &Set) {
    let Set::Ranges(ranges) = set else {
        return out.text("$");
    };
    let number = |n: &Number| match n {
        Number::Value(n) => n.to_string(),
        Number::Star => "*".to_owned(),
    };
    for (i, (first, last)) in ranges.iter().enumerate() {
        let comma = if i > 0 { "," } else { "" };
        out.text(&format!("{comma}{}", number(first)));
        if first != last {
            out.text(&format!(":{}", number(last)));
        }
    }
}

fn select(out: &mut Out, name: &str, select: &Select) {
    out.text(name);
    out.mailbox(&select.mailbox);
    if select.condstore {
        out.text(" (CONDSTORE");
    }
    if let Some(qresync) = &select.qresync {
        out.text(if select.condstore { " " } else { " (" });
        let (validity, modseq) = (qresync.uid_validity, qresync.modseq);
        out.text(&format!("QRESYNC ({validity} {modseq}"));
        let spaced = |out: &mut Out, set: &UidSet| out.text(&format!(" {set}"));
        if let Some(known) = &qresync.known_uids {
            spaced(out, known);
        }
        if let Some((numbers, uids)) = &qresync.seq_match {
            out.text(&format!(" ({numbers} {uids})"));
        }
        out.text(")");
    }
    if select.condstore || select.qresync.is_some() {
        out.text(")");
    }
}

/// What of them is asked for.
fn chosen<'a>(words: &[(&'a str, bool)]) -> Vec<&'a str> {
    let asked = words.iter().filter(|(_, asked)| *asked);
    asked.map(|(word, _)| *word).collect()
}

fn list(out: &mut Out, list: &List) {
    out.text("LIST ");
    let select = &list.select;
    let options = chosen(&[
        ("SUBSCRIBED", select.subscribed),
        ("REMOTE", select.remote),
        ("RECURSIVEMATCH", select.recursive_match),
        ("SPECIAL-USE", select.special_use),
    ]);
    if list.extended {
        out.words(options);
        out.text(" ");
    }
    out.mailbox(&list.reference);
    out.text(" ");
    if !list.extended {
        return list.patterns.iter().for_each(|it| out.mailbox(it));
    }
    out.list(&list.patterns, Out::mailbox);
    let ret = &list.ret;
    let options = chosen(&[
        ("SUBSCRIBED", ret.subscribed),
        ("CHILDREN", ret.children),
        ("SPECIAL-USE", ret.special_use),
        ("MYRIGHTS", ret.my_rights),
    ]);
    out.text(" RETURN (");
    out.text(&options.join(" "));
    if let Some(items) = &ret.status {
        out.text(" STATUS ");
        status_items(out, items);
    }
    if !ret.metadata.is_empty() {
        out.text(" METADATA ");
        entries(out, &ret.metadata);
    }
    out.text(")");
}

fn status_items(out: &mut Out, items: &[StatusItem]) {
    out.words(items.iter().map(|item| item.as_str()));
}

fn message(out: &mut Out, message: &AppendMessage) {
    out.text(" ");
    if !message.flags.is_empty() {
        out.words(message.flags.iter().map(Flag::as_str));
        out.text(" ");
    }
    if let Some(date) = message.date {
        date_time(out, date);
        out.text(" ");
    }
    match &message.data {
        AppendData::Message { octets, binary } => {
            out.text(if *binary { "~" } else { "" });
            out.literal(octets);
        }
        AppendData::Catenate(parts) => {
            out.text("CATENATE ");
            out.list(parts, |out, part| match part {
                CatenatePart::Text(octets) => {
                    out.text("TEXT ");
                    out.octets(octets);
                }
                CatenatePart::Url(url) => {
                    out.text("URL ");
                    out.string(url);
                }
            });
        }
    }
}

fn date_time(out: &mut Out, date: InternalDate) {
    response::date_time(&mut out.0, date);
}

fn fetch_item(out: &mut Out, item: &FetchItem) {
    match item {
        FetchItem::BodySection {
            section: it,
            partial,
            peek,
        } => {
            out.text(if *peek { "BODY.PEEK[" } else { "BODY[" });
            section(out, it);
            out.text("]");
            range(out, *partial);
        }
        FetchItem::Binary {
            part,
            partial,
            peek,
        } => {
            let name = if *peek { "BINARY.PEEK" } else { "BINARY" };
            out.text(&format!("{name}[{}]", numbers(part)));
            range(out, *partial);
        }
        FetchItem::BinarySize { part } => out.text(&format!("BINARY.SIZE[{}]", numbers(part))),
        plain => out.text(plain_item(plain)),
    }
}

fn plain_item(item: &FetchItem) -> &'static str {
    match item {
        FetchItem::Body => "BODY",
        FetchItem::BodyStructure => "BODYSTRUCTURE",
        FetchItem::Envelope => "ENVELOPE",
        FetchItem::Flags => "FLAGS",
        FetchItem::InternalDate => "INTERNALDATE",
        FetchItem::Modseq => "MODSEQ",
        FetchItem::Rfc822Size => "RFC822.SIZE",
        FetchItem::Uid => "UID",
        FetchItem::Rfc822 => "RFC822",
        FetchItem::Rfc822Header => "RFC822.HEADER",
        FetchItem::Rfc822Text => "RFC822.TEXT",
        FetchItem::EmailId => "EMAILID",
        FetchItem::ThreadId => "THREADID",
        FetchItem::SaveDate => "SAVEDATE",
        FetchItem::Preview { lazy: true } => "PREVIEW (LAZY)",
        FetchItem::Preview { lazy: false } => "PREVIEW",
        FetchItem::BodySection { .. } | FetchItem::Binary { .. } | FetchItem::BinarySize { .. } => {
            ""
        }
    }
}

fn numbers(part: &[u32]) -> String {
    let numbers: Vec<_> = part.iter().map(u32::to_string).collect();
    numbers.join(".")
}

fn section(out: &mut Out, section: &Section) {
    out.text(&numbers(&section.part));
    let (name, fields) = match &section.text {
        SectionText::Whole => return,
        SectionText::Header => ("HEADER", None),
        SectionText::HeaderFields(fields) => ("HEADER.FIELDS ", Some(fields)),
        SectionText::HeaderFieldsNot(fields) => ("HEADER.FIELDS.NOT ", Some(fields)),
        SectionText::Text => ("TEXT", None),
        SectionText::Mime => ("MIME", None),
    };
    out.text(if section.part.is_empty() { "" } else { "." });
    out.text(name);
    if let Some(fields) = fields {
        out.list(fields, |out, field| out.string(field));
    }
}

/// The section as in brackets.
pub(crate) fn section_spec(it: &Section) -> Vec<u8> {
    let mut out = Out(Vec::new());
    section(&mut out, it);
    out.0
}

fn range(out: &mut Out, partial: Option<Partial>) {
    if let Some(Partial { origin, count }) = partial {
        out.text(&format!("<{origin}.{count}>"));
    }
}

fn fetch_modifiers(out: &mut Out, modifiers: &FetchModifiers) {
    let mut words = Vec::new();
    if let Some(modseq) = modifiers.changed_since {
        words.push(format!("CHANGEDSINCE {modseq}"));
    }
    if modifiers.vanished {
        words.push("VANISHED".to_owned());
    }
    if let Some(range) = modifiers.partial {
        words.push(format!("PARTIAL {range}"));
    }
    if !words.is_empty() {
        out.text(&format!(" ({})", words.join(" ")));
    }
}

fn entries(out: &mut Out, entries: &[EntryName]) {
    out.list(entries, |out, entry| out.string(entry.as_str().as_bytes()));
}

fn get_metadata(out: &mut Out, get: &GetMetadata) {
    let depth = match get.depth {
        Depth::Zero => "0",
        Depth::One => "1",
        Depth::Infinity => "infinity",
    };
    out.text(&format!("GETMETADATA (DEPTH {depth}"));
    if let Some(octets) = get.max_size {
        out.text(&format!(" MAXSIZE {octets}"));
    }
    out.text(") ");
    out.mailbox(&get.mailbox);
    out.text(" ");
    entries(out, &get.entries);
}

fn set_metadata(out: &mut Out, set: &SetMetadata) {
    out.text("SETMETADATA ");
    out.mailbox(&set.mailbox);
    out.text(" ");
    out.list(&set.entries, |out, (entry, value)| {
        out.string(entry.as_str().as_bytes());
        out.text(" ");
        match value {
            Some(value) if value.contains(&0) => out.octets(value),
            value => nstring(out, value.as_deref()),
        }
    });
}

fn set_quota(out: &mut Out, set: &SetQuota) {
    strings(out, "SETQUOTA", std::slice::from_ref(&set.root));
    out.text(" ");
    out.list(&set.limits, |out, (resource, limit)| {
        out.text(&format!("{resource} {limit}"));
    });
}

fn notify(out: &mut Out, notify: &Notify) {
    let Notify::Set { status, groups } = notify else {
        return out.text("NOTIFY NONE");
    };
    out.text(if *status {
        "NOTIFY SET STATUS"
    } else {
        "NOTIFY SET"
    });
    for group in groups {
        out.text(" (");
        filter(out, group);
        out.text(" ");
        match &group.events {
            None => out.text("NONE"),
            Some(it) => events(out, it),
        }
        out.text(")");
    }
}

fn filter(out: &mut Out, group: &EventGroup) {
    let (name, mailboxes) = match &group.filter {
        MailboxFilter::Selected => ("SELECTED", None),
        MailboxFilter::SelectedDelayed => ("SELECTED-DELAYED", None),
        MailboxFilter::Inboxes => ("INBOXES", None),
        MailboxFilter::Personal => ("PERSONAL", None),
        MailboxFilter::Subscribed => ("SUBSCRIBED", None),
        MailboxFilter::Subtree(mailboxes) => ("SUBTREE ", Some(mailboxes)),
        MailboxFilter::Mailboxes(mailboxes) => ("MAILBOXES ", Some(mailboxes)),
    };
    out.text(name);
    if let Some(mailboxes) = mailboxes {
        out.list(mailboxes, Out::mailbox);
    }
}

fn events(out: &mut Out, events: &Events) {
    let names = chosen(&[
        ("MessageExpunge", events.message_expunge),
        ("FlagChange", events.flag_change),
        ("MailboxName", events.mailbox_name),
        ("SubscriptionChange", events.subscription_change),
        ("MailboxMetadataChange", events.mailbox_metadata),
        ("ServerMetadataChange", events.server_metadata),
        ("AnnotationChange", events.unsupported),
    ]);
    out.text("(");
    if let Some(items) = &events.message_new {
        out.text("MessageNew");
        if !items.is_empty() {
            out.text(" ");
            out.list(items, fetch_item);
        }
        out.text(if names.is_empty() { "" } else { " " });
    }
    out.text(&names.join(" "));
    out.text(")");
}
