//! What imap-codec says of a frame, in our types.

use bytes::Bytes;
use imap_codec::CommandCodec;
use imap_codec::decode::Decoder;
use imap_codec::imap_types::command as t;
use imap_codec::imap_types::core::{AString, IString, NString};
use imap_codec::imap_types::datetime::NaiveDate;
use imap_codec::imap_types::extensions::binary::LiteralOrLiteral8;
use imap_codec::imap_types::extensions::enable::CapabilityEnable;
use imap_codec::imap_types::fetch as tf;
use imap_codec::imap_types::flag as tflag;
use imap_codec::imap_types::mailbox::{ListMailbox, Mailbox};
use imap_codec::imap_types::search::SearchKey as TKey;
use imap_codec::imap_types::sequence::{SeqOrUid, Sequence, SequenceSet};
use imap_codec::imap_types::status::StatusDataItemName;
use postern_imap::command::{
    Append, AppendData, AppendMessage, Command, CommandBody, Create, List, ListReturn, ListSelect,
    Numbering, Secret, Select, StatusItem, StoreAction, Tag,
};
use postern_imap::date::{Date, InternalDate};
use postern_imap::fetch::{FetchItem, FetchModifiers, Partial, Section, SectionText};
use postern_imap::flag::{Flag, Keyword};
use postern_imap::mailbox::MailboxArg;
use postern_imap::search::{SearchCommand, SearchKey};
use postern_imap::sequence::{Number, Set};
use std::num::NonZeroU32;

/// What imap-codec says.
#[derive(Debug)]
pub(crate) enum Theirs {
    Rejected,
    /// It reads it, but as something that we have no type for, or none of the same extent.
    Beyond,
    Meaning(Command),
}

pub(crate) fn read(frame: &[u8]) -> Theirs {
    let line = [frame, b"\r\n"].concat();
    let Ok((rest, command)) = CommandCodec::default().decode(&line) else {
        return Theirs::Rejected;
    };
    if !rest.is_empty() {
        return Theirs::Rejected;
    }
    let tag = Tag::new(copy(command.tag.inner().as_bytes()));
    match (tag, body(command.body)) {
        (Some(tag), Some(body)) => Theirs::Meaning(Command { tag, body }),
        _ => Theirs::Beyond,
    }
}

fn copy(octets: &[u8]) -> Bytes {
    Bytes::copy_from_slice(octets)
}

fn body(body: t::CommandBody<'_>) -> Option<CommandBody> {
    use t::CommandBody as T;
    Some(match body {
        T::Capability => CommandBody::Capability,
        T::Noop => CommandBody::Noop,
        T::Logout => CommandBody::Logout,
        T::StartTLS => CommandBody::StartTls,
        T::Unselect => CommandBody::Unselect,
        T::Check => CommandBody::Check,
        T::Close => CommandBody::Close,
        T::Idle => CommandBody::Idle,
        T::Namespace => CommandBody::Namespace,
        T::Expunge => CommandBody::Expunge(None),
        T::ExpungeUid { sequence_set } => CommandBody::Expunge(Some(set(&sequence_set))),
        T::Login { username, password } => CommandBody::Login {
            user: astring(&username),
            password: Secret(astring(password.declassify())),
        },
        T::Authenticate {
            mechanism,
            initial_response,
        } => CommandBody::Authenticate {
            mechanism: mechanism.as_ref().to_ascii_uppercase(),
            initial: initial_response.map(|response| Secret(copy(response.declassify()))),
        },
        T::Select {
            mailbox: name,
            parameters,
        } => CommandBody::Select(select(&name, &parameters)?),
        T::Examine {
            mailbox: name,
            parameters,
        } => CommandBody::Examine(select(&name, &parameters)?),
        T::Create { mailbox: name } => CommandBody::Create(Create {
            mailbox: mailbox(&name),
            uses: Vec::new(),
        }),
        T::Delete { mailbox: name } => CommandBody::Delete(mailbox(&name)),
        T::Subscribe { mailbox: name } => CommandBody::Subscribe(mailbox(&name)),
        T::Unsubscribe { mailbox: name } => CommandBody::Unsubscribe(mailbox(&name)),
        T::Rename { from, to } => CommandBody::Rename {
            from: mailbox(&from),
            to: mailbox(&to),
        },
        T::List {
            reference,
            mailbox_wildcard,
        } => CommandBody::List(List {
            extended: false,
            select: ListSelect::default(),
            reference: mailbox(&reference),
            patterns: vec![pattern(&mailbox_wildcard)],
            ret: ListReturn::default(),
        }),
        T::Lsub {
            reference,
            mailbox_wildcard,
        } => CommandBody::Lsub {
            reference: mailbox(&reference),
            pattern: pattern(&mailbox_wildcard),
        },
        T::Status {
            mailbox: name,
            item_names,
        } => CommandBody::Status {
            mailbox: mailbox(&name),
            items: once(item_names.iter().map(status).collect::<Option<_>>()?),
        },
        T::Enable { capabilities } => CommandBody::Enable(
            capabilities
                .into_iter()
                .map(|name: CapabilityEnable<'_>| name.to_string().to_ascii_uppercase())
                .collect(),
        ),
        T::Id { parameters } => CommandBody::Id(id(parameters.unwrap_or_default())),
        other => return of_messages(other),
    })
}

fn of_messages(body: t::CommandBody<'_>) -> Option<CommandBody> {
    use t::CommandBody as T;
    Some(match body {
        T::Append {
            mailbox: name,
            flags,
            date,
            message,
        } => {
            let (octets, binary) = match &message {
                LiteralOrLiteral8::Literal(literal) => (copy(literal.as_ref()), false),
                LiteralOrLiteral8::Literal8(literal) => (copy(&literal.data), true),
            };
            let message = AppendMessage {
                flags: flags.iter().map(flag).collect::<Option<_>>()?,
                date: date.map(|date| InternalDate {
                    unix: date.as_ref().timestamp(),
                    offset_minutes: i16::try_from(date.as_ref().offset().local_minus_utc() / 60)
                        .unwrap(),
                }),
                data: AppendData::Message { octets, binary },
            };
            CommandBody::Append(Append {
                mailbox: mailbox(&name),
                messages: vec![message],
            })
        }
        T::Search {
            charset,
            criteria,
            uid,
        } => CommandBody::Search(SearchCommand {
            numbering: numbering(uid),
            ret: None,
            charset: charset.map(|charset| charset.as_ref().to_ascii_uppercase()),
            key: keys(criteria.into_iter())?,
        }),
        T::Fetch {
            sequence_set,
            macro_or_item_names,
            uid,
            modifiers,
        } => CommandBody::Fetch {
            numbering: numbering(uid),
            set: set(&sequence_set),
            items: items(macro_or_item_names)?,
            modifiers: fetch_modifiers(&modifiers)?,
        },
        T::Store {
            sequence_set,
            kind,
            response,
            flags,
            uid,
            modifiers,
        } => CommandBody::Store {
            numbering: numbering(uid),
            set: set(&sequence_set),
            unchanged_since: match modifiers[..] {
                [] => None,
                [t::StoreModifier::UnchangedSince(modseq)] => Some(modseq),
                _ => return None,
            },
            action: match kind {
                tflag::StoreType::Replace => StoreAction::Replace,
                tflag::StoreType::Add => StoreAction::Add,
                tflag::StoreType::Remove => StoreAction::Remove,
            },
            silent: response == tflag::StoreResponse::Silent,
            flags: flags.iter().map(flag).collect::<Option<_>>()?,
        },
        T::Copy {
            sequence_set,
            mailbox: name,
            uid,
        } => CommandBody::Copy {
            numbering: numbering(uid),
            set: set(&sequence_set),
            mailbox: mailbox(&name),
        },
        T::Move {
            sequence_set,
            mailbox: name,
            uid,
        } => CommandBody::Move {
            numbering: numbering(uid),
            set: set(&sequence_set),
            mailbox: mailbox(&name),
        },
        _ => return None,
    })
}

fn numbering(uid: bool) -> Numbering {
    if uid {
        Numbering::Uid
    } else {
        Numbering::Sequence
    }
}

fn astring(text: &AString<'_>) -> Bytes {
    copy(text.as_ref())
}

fn istring(text: &IString<'_>) -> Bytes {
    copy(text.as_ref())
}

fn id(fields: Vec<(IString<'_>, NString<'_>)>) -> Vec<(Bytes, Option<Bytes>)> {
    let fields = fields.iter();
    fields
        .map(|(name, value)| (istring(name), value.0.as_ref().map(istring)))
        .collect()
}

fn mailbox(name: &Mailbox<'_>) -> MailboxArg {
    MailboxArg(match name {
        Mailbox::Inbox => Bytes::from_static(b"INBOX"),
        Mailbox::Other(other) => copy(other.as_ref()),
    })
}

fn pattern(pattern: &ListMailbox<'_>) -> MailboxArg {
    MailboxArg(match pattern {
        ListMailbox::Token(token) => copy(token.as_ref()),
        ListMailbox::String(string) => istring(string),
    })
}

fn select(name: &Mailbox<'_>, parameters: &[t::SelectParameter]) -> Option<Select> {
    let condstore = match parameters {
        [] => false,
        [t::SelectParameter::CondStore] => true,
        _ => return None,
    };
    Some(Select {
        mailbox: mailbox(name),
        condstore,
        qresync: None,
    })
}

fn status(item: &StatusDataItemName) -> Option<StatusItem> {
    Some(match item {
        StatusDataItemName::Messages => StatusItem::Messages,
        StatusDataItemName::Recent => StatusItem::Recent,
        StatusDataItemName::UidNext => StatusItem::UidNext,
        StatusDataItemName::UidValidity => StatusItem::UidValidity,
        StatusDataItemName::Unseen => StatusItem::Unseen,
        StatusDataItemName::Deleted => StatusItem::Deleted,
        StatusDataItemName::Size => StatusItem::Size,
        StatusDataItemName::HighestModSeq => StatusItem::HighestModseq,
        StatusDataItemName::DeletedStorage => return None,
    })
}

/// Asked twice is asked once: that is how we keep it, and no RFC says otherwise.
fn once(items: Vec<StatusItem>) -> Vec<StatusItem> {
    let mut kept = Vec::new();
    for item in items {
        if !kept.contains(&item) {
            kept.push(item);
        }
    }
    kept
}

fn number(number: &SeqOrUid) -> Number {
    match number {
        SeqOrUid::Value(value) => Number::Value(value.get()),
        SeqOrUid::Asterisk => Number::Star,
    }
}

fn set(set: &SequenceSet) -> Set {
    let ranges = set.0.as_ref().iter().map(|range| match range {
        Sequence::Single(one) => (number(one), number(one)),
        Sequence::Range(first, last) => (number(first), number(last)),
    });
    Set::Ranges(ranges.collect())
}

fn flag(flag: &tflag::Flag<'_>) -> Option<Flag> {
    Some(match flag {
        tflag::Flag::Answered => Flag::Answered,
        tflag::Flag::Deleted => Flag::Deleted,
        tflag::Flag::Draft => Flag::Draft,
        tflag::Flag::Flagged => Flag::Flagged,
        tflag::Flag::Seen => Flag::Seen,
        tflag::Flag::Keyword(word) => Flag::Keyword(Keyword::new(word.inner())?),
        tflag::Flag::Extension(_) => return None,
    })
}

fn fetch_modifiers(modifiers: &[t::FetchModifier]) -> Option<FetchModifiers> {
    let mut ours = FetchModifiers::default();
    for modifier in modifiers {
        match modifier {
            t::FetchModifier::ChangedSince(modseq) => ours.changed_since = Some(modseq.get()),
            t::FetchModifier::Vanished => ours.vanished = true,
        }
    }
    Some(ours)
}

fn items(items: tf::MacroOrMessageDataItemNames<'_>) -> Option<Vec<FetchItem>> {
    match items {
        tf::MacroOrMessageDataItemNames::Macro(name) => {
            name.expand().into_iter().map(item).collect()
        }
        tf::MacroOrMessageDataItemNames::MessageDataItemNames(items) => {
            items.into_iter().map(item).collect()
        }
    }
}

fn partial(partial: Option<(u32, NonZeroU32)>) -> Option<Partial> {
    partial.map(|(origin, count)| Partial {
        origin: origin.into(),
        count: count.get().into(),
    })
}

fn numbers(part: &[NonZeroU32]) -> Vec<u32> {
    part.iter().map(|number| number.get()).collect()
}

fn part(part: &Option<tf::Part>) -> Vec<u32> {
    part.as_ref()
        .map_or(Vec::new(), |part| numbers(part.0.as_ref()))
}

fn item(item: tf::MessageDataItemName<'_>) -> Option<FetchItem> {
    use tf::MessageDataItemName as T;
    Some(match item {
        T::Body => FetchItem::Body,
        T::BodyStructure => FetchItem::BodyStructure,
        T::Envelope => FetchItem::Envelope,
        T::Flags => FetchItem::Flags,
        T::InternalDate => FetchItem::InternalDate,
        T::ModSeq => FetchItem::Modseq,
        T::Rfc822 => FetchItem::Rfc822,
        T::Rfc822Header => FetchItem::Rfc822Header,
        T::Rfc822Size => FetchItem::Rfc822Size,
        T::Rfc822Text => FetchItem::Rfc822Text,
        T::Uid => FetchItem::Uid,
        T::BodyExt {
            section: wanted,
            partial: range,
            peek,
        } => FetchItem::BodySection {
            section: section(wanted),
            partial: partial(range),
            peek,
        },
        T::Binary {
            section,
            partial: range,
            peek,
        } => FetchItem::Binary {
            part: numbers(&section),
            partial: partial(range),
            peek,
        },
        T::BinarySize { section } => FetchItem::BinarySize {
            part: numbers(&section),
        },
    })
}

fn section(section: Option<tf::Section<'_>>) -> Section {
    let fields = |names: &[AString<'_>]| names.iter().map(astring).collect();
    let (part, text) = match &section {
        None => (Vec::new(), SectionText::Whole),
        Some(tf::Section::Part(tf::Part(part))) => (numbers(part.as_ref()), SectionText::Whole),
        Some(tf::Section::Header(of)) => (part(of), SectionText::Header),
        Some(tf::Section::HeaderFields(of, names)) => {
            (part(of), SectionText::HeaderFields(fields(names.as_ref())))
        }
        Some(tf::Section::HeaderFieldsNot(of, names)) => (
            part(of),
            SectionText::HeaderFieldsNot(fields(names.as_ref())),
        ),
        Some(tf::Section::Text(of)) => (part(of), SectionText::Text),
        Some(tf::Section::Mime(tf::Part(part))) => (numbers(part.as_ref()), SectionText::Mime),
    };
    Section { part, text }
}

fn keys<'a>(keys: impl Iterator<Item = TKey<'a>>) -> Option<SearchKey> {
    let mut all = keys.map(key).collect::<Option<Vec<_>>>()?;
    match all.len() {
        1 => all.pop(),
        _ => Some(SearchKey::And(all)),
    }
}

fn date(date: &NaiveDate) -> Date {
    let text = date.as_ref().format("%d-%b-%Y").to_string();
    Date::parse(text.as_bytes()).unwrap()
}

fn header(name: &'static str, value: &AString<'_>) -> SearchKey {
    SearchKey::Header(Bytes::from_static(name.as_bytes()), astring(value))
}

fn key(key: TKey<'_>) -> Option<SearchKey> {
    use SearchKey::{Flagged, Unflagged};
    Some(match key {
        TKey::And(all) => keys(all.into_iter())?,
        TKey::Not(one) => SearchKey::Not(Box::new(self::key(*one)?)),
        TKey::Or(one, other) => {
            SearchKey::Or(Box::new(self::key(*one)?), Box::new(self::key(*other)?))
        }
        TKey::All => SearchKey::All,
        TKey::New => SearchKey::New,
        TKey::Old => SearchKey::Old,
        TKey::Recent => SearchKey::Recent,
        TKey::Answered => Flagged(Flag::Answered),
        TKey::Deleted => Flagged(Flag::Deleted),
        TKey::Draft => Flagged(Flag::Draft),
        TKey::Flagged => Flagged(Flag::Flagged),
        TKey::Seen => Flagged(Flag::Seen),
        TKey::Unanswered => Unflagged(Flag::Answered),
        TKey::Undeleted => Unflagged(Flag::Deleted),
        TKey::Undraft => Unflagged(Flag::Draft),
        TKey::Unflagged => Unflagged(Flag::Flagged),
        TKey::Unseen => Unflagged(Flag::Seen),
        TKey::Keyword(word) => Flagged(Flag::Keyword(Keyword::new(word.inner())?)),
        TKey::Unkeyword(word) => Unflagged(Flag::Keyword(Keyword::new(word.inner())?)),
        TKey::Before(day) => SearchKey::Before(date(&day)),
        TKey::On(day) => SearchKey::On(date(&day)),
        TKey::Since(day) => SearchKey::Since(date(&day)),
        TKey::SentBefore(day) => SearchKey::SentBefore(date(&day)),
        TKey::SentOn(day) => SearchKey::SentOn(date(&day)),
        TKey::SentSince(day) => SearchKey::SentSince(date(&day)),
        TKey::Bcc(text) => header("Bcc", &text),
        TKey::Cc(text) => header("Cc", &text),
        TKey::From(text) => header("From", &text),
        TKey::Subject(text) => header("Subject", &text),
        TKey::To(text) => header("To", &text),
        TKey::Header(field, text) => SearchKey::Header(astring(&field), astring(&text)),
        TKey::Body(text) => SearchKey::Body(astring(&text)),
        TKey::Text(text) => SearchKey::Text(astring(&text)),
        TKey::Larger(size) => SearchKey::Larger(size.into()),
        TKey::Smaller(size) => SearchKey::Smaller(size.into()),
        TKey::SequenceSet(numbers) => SearchKey::Sequence(set(&numbers)),
        TKey::Uid(numbers) => SearchKey::Uid(set(&numbers)),
        TKey::ModSequence { modseq, .. } => SearchKey::Modseq(modseq),
    })
}
