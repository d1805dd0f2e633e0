//! What imap-codec reads, in words.

use imap_codec::ResponseCodec;
use imap_codec::decode::Decoder;
use imap_codec::imap_types::core::{IString, NString, NString8};
use imap_codec::imap_types::extensions::uidplus::{UidElement, UidSet as TheirUids};
use imap_codec::imap_types::fetch as tf;
use imap_codec::imap_types::flag as tflag;
use imap_codec::imap_types::mailbox::Mailbox;
use imap_codec::imap_types::response as t;
use imap_codec::imap_types::sequence::{SeqOrUid, Sequence, SequenceSet};
use imap_codec::imap_types::status::StatusDataItem;

pub(crate) fn heard(octets: &[u8]) -> String {
    let (rest, response) = ResponseCodec::default()
        .decode(octets)
        .unwrap_or_else(|error| panic!("{}: {error:?}", String::from_utf8_lossy(octets)));
    assert_eq!(rest, b"", "of {}", String::from_utf8_lossy(octets));
    match response {
        t::Response::Status(status) => status_words(&status),
        t::Response::Data(data) => data_words(&data),
        t::Response::CommandContinuationRequest(t::CommandContinuationRequest::Basic(basic)) => {
            format!("+ {}", basic.text())
        }
        t::Response::CommandContinuationRequest(t::CommandContinuationRequest::Base64(data)) => {
            format!("+ base64 {data:?}")
        }
    }
}

fn status_words(status: &t::Status<'_>) -> String {
    let (tag, kind, code, text) = match status {
        t::Status::Untagged(body) => ("*", format!("{:?}", body.kind), &body.code, &body.text),
        t::Status::Tagged(tagged) => {
            let body = &tagged.body;
            let tag = tagged.tag.as_ref();
            (tag, format!("{:?}", body.kind), &body.code, &body.text)
        }
        t::Status::Bye(bye) => ("*", "Bye".to_owned(), &bye.code, &bye.text),
    };
    let code = code.as_ref().map_or_else(String::new, code_words);
    format!("{tag} {kind} [{code}] {text}")
}

fn code_words(code: &t::Code<'_>) -> String {
    use t::Code as C;
    match code {
        C::BadCharset { allowed } => {
            let allowed = allowed.iter().map(AsRef::as_ref);
            format!("BADCHARSET {}", allowed.collect::<Vec<_>>().join(" "))
        }
        C::Capability(names) => format!("CAPABILITY {}", joined(names.as_ref())),
        C::PermanentFlags(flags) => {
            let flags = flags.iter().map(|flag| match flag {
                tflag::FlagPerm::Flag(flag) => flag.to_string(),
                tflag::FlagPerm::Asterisk => r"\*".to_owned(),
            });
            format!("PERMANENTFLAGS {}", flags.collect::<Vec<_>>().join(" "))
        }
        C::UidNext(n) => format!("UIDNEXT {n}"),
        C::UidValidity(n) => format!("UIDVALIDITY {n}"),
        C::Unseen(n) => format!("UNSEEN {n}"),
        C::AppendUid { uid_validity, uid } => format!("APPENDUID {uid_validity} {uid}"),
        C::CopyUid {
            uid_validity,
            source,
            destination,
        } => format!(
            "COPYUID {uid_validity} {} {}",
            uid_words(source),
            uid_words(destination)
        ),
        C::HighestModSeq(n) => format!("HIGHESTMODSEQ {n}"),
        C::Modified(set) => format!("MODIFIED {}", set_words(set)),
        C::Alert => "ALERT".to_owned(),
        C::Parse => "PARSE".to_owned(),
        C::ReadOnly => "READ-ONLY".to_owned(),
        C::ReadWrite => "READ-WRITE".to_owned(),
        C::TryCreate => "TRYCREATE".to_owned(),
        C::CompressionActive => "COMPRESSIONACTIVE".to_owned(),
        C::OverQuota => "OVERQUOTA".to_owned(),
        C::TooBig => "TOOBIG".to_owned(),
        C::UnknownCte => "UNKNOWN-CTE".to_owned(),
        C::UidNotSticky => "UIDNOTSTICKY".to_owned(),
        C::NoModSeq => "NOMODSEQ".to_owned(),
        C::Closed => "CLOSED".to_owned(),
        C::Other(other) => String::from_utf8(other.inner().to_vec()).unwrap(),
    }
}

pub(crate) fn joined<T: ToString>(items: &[T]) -> String {
    let items = items.iter().map(ToString::to_string);
    items.collect::<Vec<_>>().join(" ")
}

fn uid_words(set: &TheirUids) -> String {
    let parts = set.0.as_ref().iter().map(|part| match part {
        UidElement::Single(uid) => uid.to_string(),
        UidElement::Range(first, last) => format!("{first}:{last}"),
    });
    parts.collect::<Vec<_>>().join(",")
}

fn set_words(set: &SequenceSet) -> String {
    let end = |end: &SeqOrUid| match end {
        SeqOrUid::Value(n) => n.to_string(),
        SeqOrUid::Asterisk => "*".to_owned(),
    };
    let parts = set.0.as_ref().iter().map(|part| match part {
        Sequence::Single(one) => end(one),
        Sequence::Range(first, last) => format!("{}:{}", end(first), end(last)),
    });
    parts.collect::<Vec<_>>().join(",")
}

fn data_words(data: &t::Data<'_>) -> String {
    use t::Data as D;
    match data {
        D::Capability(names) => format!("CAPABILITY {}", joined(names.as_ref())),
        D::Enabled { capabilities } => format!("ENABLED {}", joined(capabilities)),
        D::Flags(flags) => format!("FLAGS {}", joined(flags)),
        D::Exists(n) => format!("EXISTS {n}"),
        D::Recent(n) => format!("RECENT {n}"),
        D::Expunge(n) => format!("EXPUNGE {n}"),
        D::List {
            items,
            delimiter,
            mailbox,
        } => format!(
            "LIST {} {:?} {}",
            joined(items),
            delimiter.map(|d| d.inner()),
            mailbox_words(mailbox)
        ),
        D::Lsub { items, mailbox, .. } => {
            format!("LSUB {} {}", joined(items), mailbox_words(mailbox))
        }
        D::Status { mailbox, items } => {
            let items = items.iter().map(status_item_words).collect::<Vec<_>>();
            format!("STATUS {} {}", mailbox_words(mailbox), items.join(" "))
        }
        D::Search(numbers, modseq) => format!("SEARCH {numbers:?} {modseq:?}"),
        D::Sort(numbers, modseq) => format!("SORT {numbers:?} {modseq:?}"),
        D::Vanished {
            earlier,
            known_uids,
        } => format!("VANISHED {earlier} {}", set_words(known_uids)),
        D::Namespace {
            personal,
            other,
            shared,
        } => {
            let classes = [personal, other, shared].map(|class| {
                let prefixes = class.iter().map(|one| istring(&one.prefix));
                prefixes.collect::<Vec<_>>()
            });
            format!("NAMESPACE {classes:?}")
        }
        D::Id { parameters } => {
            let fields = parameters.as_ref().map(|fields| {
                let fields = fields.iter().map(|(n, v)| (istring(n), nstring(v)));
                fields.collect::<Vec<_>>()
            });
            format!("ID {fields:?}")
        }
        D::Fetch { seq, items } => {
            let items = items.as_ref().iter().map(fetch_words).collect::<Vec<_>>();
            format!("FETCH {seq} {}", items.join(" "))
        }
        other => panic!("nothing of ours is {other:?}"),
    }
}

fn mailbox_words(mailbox: &Mailbox<'_>) -> String {
    match mailbox {
        Mailbox::Inbox => "INBOX".to_owned(),
        Mailbox::Other(other) => String::from_utf8(other.as_ref().to_vec()).unwrap(),
    }
}

fn status_item_words(item: &StatusDataItem) -> String {
    match item {
        StatusDataItem::Messages(n) => format!("MESSAGES {n}"),
        StatusDataItem::Recent(n) => format!("RECENT {n}"),
        StatusDataItem::UidNext(n) => format!("UIDNEXT {n}"),
        StatusDataItem::UidValidity(n) => format!("UIDVALIDITY {n}"),
        StatusDataItem::Unseen(n) => format!("UNSEEN {n}"),
        StatusDataItem::Deleted(n) => format!("DELETED {n}"),
        StatusDataItem::Size(n) => format!("SIZE {n}"),
        StatusDataItem::HighestModSeq(n) => format!("HIGHESTMODSEQ {n}"),
        StatusDataItem::DeletedStorage(n) => format!("DELETED-STORAGE {n}"),
    }
}

fn istring(text: &IString<'_>) -> Vec<u8> {
    text.as_ref().to_vec()
}

fn nstring(text: &NString<'_>) -> Option<Vec<u8>> {
    text.0.as_ref().map(istring)
}

fn fetch_words(item: &tf::MessageDataItem<'_>) -> String {
    use tf::MessageDataItem as M;
    match item {
        M::Flags(flags) => {
            let flags = flags.iter().map(|flag| match flag {
                tflag::FlagFetch::Flag(flag) => flag.to_string(),
                tflag::FlagFetch::Recent => r"\Recent".to_owned(),
            });
            format!("FLAGS {}", flags.collect::<Vec<_>>().join(" "))
        }
        M::Uid(n) => format!("UID {n}"),
        M::Rfc822Size(n) => format!("RFC822.SIZE {n}"),
        M::ModSeq(n) => format!("MODSEQ {n}"),
        M::InternalDate(date) => {
            let date = date.as_ref();
            let offset = date.offset().local_minus_utc() / 60;
            format!("INTERNALDATE {} {offset}", date.timestamp())
        }
        M::Rfc822(text) => format!("RFC822 {:?}", nstring(text)),
        M::Rfc822Header(text) => format!("RFC822.HEADER {:?}", nstring(text)),
        M::Rfc822Text(text) => format!("RFC822.TEXT {:?}", nstring(text)),
        M::BodyExt {
            section,
            origin,
            data,
        } => {
            let section = section.as_ref().map_or_else(String::new, section_words);
            format!("BODY[{section}] {origin:?} {:?}", nstring(data))
        }
        M::Binary { section, value } => {
            let value = match value {
                NString8::NString(text) => nstring(text),
                NString8::Literal8(literal) => Some(literal.data.to_vec()),
            };
            format!("BINARY[{}] {value:?}", joined(section))
        }
        M::BinarySize { section, size } => format!("BINARY.SIZE[{}] {size}", joined(section)),
        other => panic!("nothing of ours is {other:?}"),
    }
}

fn section_words(section: &tf::Section<'_>) -> String {
    let part = |part: &Option<tf::Part>| part.as_ref().map_or_else(String::new, of_part);
    fn of_part(part: &tf::Part) -> String {
        joined(part.0.as_ref())
    }
    fn names(names: &[imap_codec::imap_types::core::AString<'_>]) -> String {
        let names = names
            .iter()
            .map(|name| String::from_utf8_lossy(name.as_ref()));
        names.collect::<Vec<_>>().join(" ")
    }
    match section {
        tf::Section::Part(part) => format!("{} ", of_part(part)),
        tf::Section::Header(of) => format!("{} HEADER", part(of)),
        tf::Section::HeaderFields(of, fields) => {
            format!("{} HEADER.FIELDS {}", part(of), names(fields.as_ref()))
        }
        tf::Section::HeaderFieldsNot(of, fields) => {
            format!("{} HEADER.FIELDS.NOT {}", part(of), names(fields.as_ref()))
        }
        tf::Section::Text(of) => format!("{} TEXT", part(of)),
        tf::Section::Mime(of) => format!("{} MIME", of_part(of)),
    }
}
