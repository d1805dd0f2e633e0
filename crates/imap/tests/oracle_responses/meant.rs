//! What we write, and in words what we mean by it.

use super::heard::joined;
use bytes::Bytes;
use postern_imap::command::{StatusItem, Tag};
use postern_imap::date::InternalDate;
use postern_imap::fetch::{Section, SectionText};
use postern_imap::flag::{Flag, Keyword};
use postern_imap::mailbox::Encoding;
use postern_imap::response::{
    self, Attribute, Code, Condition, FetchResponse, ListEntry, NamespaceEntry,
};
use postern_imap::sequence::UidSet;
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;
use std::rc::Rc;

/// What was written, and what it says in words that both sides use.
pub(crate) type Said = (Vec<u8>, String);

fn written(write: impl FnOnce(&mut Vec<u8>)) -> Vec<u8> {
    let mut out = Vec::new();
    write(&mut out);
    out
}

fn text() -> impl Strategy<Value = String> {
    "[!-Z^-~][ -~]{0,30}[!-~]".prop_map(|text| text.trim().to_owned())
}

fn nz() -> impl Strategy<Value = u32> {
    prop_oneof![1..20u32, 1..=u32::MAX]
}

fn uids() -> impl Strategy<Value = UidSet> {
    vec((1..5000u32, 0..30u32), 1..5)
        .prop_map(|ranges| UidSet::from_ranges(ranges.into_iter().map(|(a, n)| (a, a + n))))
}

fn our_uids(set: &UidSet) -> String {
    let ranges = set
        .ranges()
        .iter()
        .map(|(first, last)| match first == last {
            true => first.to_string(),
            false => format!("{first}:{last}"),
        });
    ranges.collect::<Vec<_>>().join(",")
}

fn keyword() -> impl Strategy<Value = Flag> {
    "[$a-zA-Z][a-zA-Z0-9_-]{0,8}".prop_map(|name| Flag::Keyword(Keyword::new(&name).unwrap()))
}

fn flags() -> impl Strategy<Value = Vec<Flag>> {
    let system = select(vec![
        Flag::Answered,
        Flag::Flagged,
        Flag::Deleted,
        Flag::Seen,
        Flag::Draft,
    ]);
    vec(prop_oneof![system, keyword()], 0..5)
}

fn our_flags(flags: &[Flag]) -> String {
    joined(flags)
}

fn plain_code() -> impl Strategy<Value = (Code, String)> {
    select(vec![
        (Code::Alert, "ALERT"),
        (Code::Parse, "PARSE"),
        (Code::ReadOnly, "READ-ONLY"),
        (Code::ReadWrite, "READ-WRITE"),
        (Code::TryCreate, "TRYCREATE"),
        (Code::UidNotSticky, "UIDNOTSTICKY"),
        (Code::NotSaved, "NOTSAVED"),
        (Code::NoModseq, "NOMODSEQ"),
        (Code::Closed, "CLOSED"),
        (Code::Unavailable, "UNAVAILABLE"),
        (Code::AuthenticationFailed, "AUTHENTICATIONFAILED"),
        (Code::AuthorizationFailed, "AUTHORIZATIONFAILED"),
        (Code::Expired, "EXPIRED"),
        (Code::PrivacyRequired, "PRIVACYREQUIRED"),
        (Code::ContactAdmin, "CONTACTADMIN"),
        (Code::NoPerm, "NOPERM"),
        (Code::InUse, "INUSE"),
        (Code::ExpungeIssued, "EXPUNGEISSUED"),
        (Code::Corruption, "CORRUPTION"),
        (Code::ServerBug, "SERVERBUG"),
        (Code::ClientBug, "CLIENTBUG"),
        (Code::Cannot, "CANNOT"),
        (Code::Limit, "LIMIT"),
        (Code::OverQuota, "OVERQUOTA"),
        (Code::AlreadyExists, "ALREADYEXISTS"),
        (Code::Nonexistent, "NONEXISTENT"),
        (Code::HasChildren, "HASCHILDREN"),
        (Code::TooBig, "TOOBIG"),
        (Code::UnknownCte, "UNKNOWN-CTE"),
        (Code::CompressionActive, "COMPRESSIONACTIVE"),
        (Code::UidRequired, "UIDREQUIRED"),
    ])
    .prop_map(|(code, name)| (code, name.to_owned()))
}

fn code() -> impl Strategy<Value = (Code, String)> {
    let number = |make: fn(u32) -> Code, name: &'static str| {
        nz().prop_map(move |n| (make(n), format!("{name} {n}")))
    };
    prop_oneof![
        4 => plain_code(),
        1 => number(Code::UidNext, "UIDNEXT"),
        1 => number(Code::UidValidity, "UIDVALIDITY"),
        1 => number(Code::Unseen, "UNSEEN"),
        1 => (1..u64::MAX).prop_map(|n| (Code::HighestModseq(n), format!("HIGHESTMODSEQ {n}"))),
        1 => uids().prop_map(|set| {
            let words = format!("MODIFIED {}", our_uids(&set));
            (Code::Modified(set), words)
        }),
        // imap-codec has the APPENDUID of one message only.
        1 => (nz(), nz()).prop_map(|(uid_validity, uid)| {
            let uids = UidSet::from_ranges([(uid, uid)]);
            let words = format!("APPENDUID {uid_validity} {uid}");
            (Code::AppendUid { uid_validity, uids }, words)
        }),
        1 => (nz(), uids(), uids()).prop_map(|(uid_validity, source, target)| {
            let words = format!(
                "COPYUID {uid_validity} {} {}",
                our_uids(&source),
                our_uids(&target)
            );
            (Code::CopyUid { uid_validity, source, target }, words)
        }),
        1 => (flags(), any::<bool>()).prop_map(|(flags, any_keyword)| {
            let any = any_keyword.then(|| r"\*".to_owned());
            let words = flags.iter().map(ToString::to_string).chain(any);
            let words = words.collect::<Vec<_>>().join(" ");
            let words = format!("PERMANENTFLAGS {words}");
            (Code::PermanentFlags { flags, any_keyword }, words)
        }),
        1 => Just((
            Code::Capability(vec!["IMAP4rev2".into(), "AUTH=PLAIN".into(), "IDLE".into()]),
            "CAPABILITY IMAP4rev2 AUTH=PLAIN IDLE".to_owned(),
        )),
        1 => Just((
            Code::BadCharset(vec!["UTF-8", "US-ASCII"]),
            "BADCHARSET UTF-8 US-ASCII".to_owned(),
        )),
    ]
}

fn status() -> impl Strategy<Value = Said> {
    let conditions = select(vec![
        (Condition::Ok, "Ok"),
        (Condition::No, "No"),
        (Condition::Bad, "Bad"),
    ]);
    let tag = proptest::option::of("[a-zA-Z0-9.]{1,8}");
    let parts = (tag, conditions, proptest::option::of(code()), text());
    parts.prop_map(|(tag, (condition, kind), code, text)| {
        let ours = tag
            .as_ref()
            .map(|tag| Tag::new(Bytes::from(tag.clone())).unwrap());
        let (code, words) = code.map_or((None, String::new()), |(code, words)| (Some(code), words));
        let octets =
            written(|out| response::status(out, ours.as_ref(), condition, code.as_ref(), &text));
        let tag = tag.as_deref().unwrap_or("*");
        (octets, format!("{tag} {kind} [{words}] {text}"))
    })
}

fn bye() -> impl Strategy<Value = Said> {
    (proptest::option::of(plain_code()), text()).prop_map(|(code, text)| {
        let (code, words) = code.map_or((None, String::new()), |(code, words)| (Some(code), words));
        let octets =
            written(|out| response::status(out, None, Condition::Bye, code.as_ref(), &text));
        (octets, format!("* Bye [{words}] {text}"))
    })
}

/// The name, and what of it is on the wire in modified UTF-7 for ASCII without `&`.
fn mailbox() -> impl Strategy<Value = String> {
    prop_oneof![
        "[a-zA-Z0-9./_-]{1,12}",
        r#"[ -%'-~]{1,12}"#,
        Just("INBOX".to_owned())
    ]
    .prop_map(|name| match name.eq_ignore_ascii_case("INBOX") {
        true => "INBOX".to_owned(),
        false => name,
    })
}

fn attributes() -> impl Strategy<Value = Vec<Attribute>> {
    vec(
        select(vec![
            Attribute::NoSelect,
            Attribute::HasChildren,
            Attribute::HasNoChildren,
            Attribute::Subscribed,
            Attribute::Sent,
            Attribute::Trash,
        ]),
        0..4,
    )
}

fn our_attributes(attributes: &[Attribute]) -> String {
    let names = attributes.iter().map(|attribute| attribute.as_str());
    names.collect::<Vec<_>>().join(" ")
}

fn lists() -> impl Strategy<Value = Said> {
    (attributes(), mailbox(), any::<bool>()).prop_map(|(attributes, name, lsub)| {
        let encoding = Encoding::ModifiedUtf7;
        let words = our_attributes(&attributes);
        if lsub {
            let octets = written(|out| response::lsub(out, encoding, &attributes, &name));
            return (octets, format!("LSUB {words} {name}"));
        }
        let entry = ListEntry {
            attributes: &attributes,
            name: &name,
            subscribed_below: false,
            old_name: None,
        };
        let octets = written(|out| response::list(out, encoding, &entry));
        (octets, format!("LIST {words} Some('/') {name}"))
    })
}

fn status_data() -> impl Strategy<Value = Said> {
    let items = select(vec![
        (StatusItem::Messages, "MESSAGES"),
        (StatusItem::Recent, "RECENT"),
        (StatusItem::UidNext, "UIDNEXT"),
        (StatusItem::UidValidity, "UIDVALIDITY"),
        (StatusItem::Unseen, "UNSEEN"),
        (StatusItem::Size, "SIZE"),
        (StatusItem::HighestModseq, "HIGHESTMODSEQ"),
        (StatusItem::Deleted, "DELETED"),
    ]);
    (mailbox(), vec((items, nz()), 1..6)).prop_map(|(name, items)| {
        let values = items.iter().map(|((item, _), n)| (*item, u64::from(*n)));
        let octets =
            written(|out| response::status_data(out, Encoding::ModifiedUtf7, &name, values));
        let words = items.iter().map(|((_, word), n)| format!("{word} {n}"));
        let words = words.collect::<Vec<_>>().join(" ");
        (octets, format!("STATUS {name} {words}"))
    })
}

fn numbers() -> impl Strategy<Value = Said> {
    let modseq = proptest::option::of(1..u64::MAX);
    (vec(nz(), 1..6), modseq, any::<bool>()).prop_map(|(numbers, modseq, sorted)| {
        let (word, octets) = match sorted {
            true => (
                "SORT",
                written(|out| response::sort(out, numbers.clone(), modseq)),
            ),
            false => (
                "SEARCH",
                written(|out| response::search(out, numbers.clone(), modseq)),
            ),
        };
        (octets, format!("{word} {numbers:?} {modseq:?}"))
    })
}

fn sizes() -> impl Strategy<Value = Said> {
    (nz(), 0..3u8).prop_map(|(n, which)| match which {
        0 => (
            written(|out| response::exists(out, n)),
            format!("EXISTS {n}"),
        ),
        1 => (
            written(|out| response::recent(out, n)),
            format!("RECENT {n}"),
        ),
        _ => (
            written(|out| response::expunge(out, n)),
            format!("EXPUNGE {n}"),
        ),
    })
}

fn flag_data() -> impl Strategy<Value = Said> {
    flags().prop_map(|flags| {
        let octets = written(|out| response::flags(out, flags.iter().map(Flag::as_str)));
        (octets, format!("FLAGS {}", our_flags(&flags)))
    })
}

fn names() -> impl Strategy<Value = Said> {
    let name = "[A-Z][A-Z0-9=-]{0,9}";
    (vec(name, 1..6), any::<bool>()).prop_map(|(names, enabled)| match enabled {
        true => {
            let octets = written(|out| response::enabled(out, &names));
            (octets, format!("ENABLED {}", names.join(" ")))
        }
        false => {
            let octets = written(|out| response::capability(out, &names));
            (octets, format!("CAPABILITY {}", names.join(" ")))
        }
    })
}

fn vanished() -> impl Strategy<Value = Said> {
    (any::<bool>(), uids()).prop_map(|(earlier, set)| {
        let octets = written(|out| response::vanished(out, earlier, &set));
        (octets, format!("VANISHED {earlier} {}", our_uids(&set)))
    })
}

fn namespace() -> impl Strategy<Value = Said> {
    let class = || vec(select(vec!["", "Other Users/", "Shared/", "#x\"/"]), 0..3);
    (class(), class(), class()).prop_map(|(personal, others, shared)| {
        let classes = [personal, others, shared];
        let entries = classes.clone().map(|class| {
            let entries = class.into_iter().map(|prefix| NamespaceEntry { prefix });
            entries.collect::<Vec<_>>()
        });
        let octets = written(|out| response::namespace(out, &entries[0], &entries[1], &entries[2]));
        let classes = classes.map(|class| {
            let prefixes = class.iter().map(|prefix| prefix.as_bytes().to_vec());
            prefixes.collect::<Vec<_>>()
        });
        (octets, format!("NAMESPACE {classes:?}"))
    })
}

fn id() -> impl Strategy<Value = Said> {
    let field = ("[a-z-]{1,10}", proptest::option::of("[ -~]{0,12}"));
    vec(field, 0..4).prop_map(|fields| {
        let given: Vec<_> = fields
            .iter()
            .map(|(n, v)| (n.as_str(), v.as_deref()))
            .collect();
        let octets = written(|out| response::id(out, &given));
        let said = (!fields.is_empty()).then(|| {
            let octets = |text: &String| text.as_bytes().to_vec();
            let fields = fields
                .iter()
                .map(|(n, v)| (octets(n), v.as_ref().map(octets)));
            fields.collect::<Vec<_>>()
        });
        (octets, format!("ID {said:?}"))
    })
}

fn section() -> impl Strategy<Value = (Section, String)> {
    let names = || vec("[A-Za-z-]{1,10}|[!#-'*+,.0-9^_`|~-]{1,5}", 1..4);
    let text = prop_oneof![
        Just((SectionText::Whole, "")).prop_map(|(text, word)| (text, word.to_owned())),
        Just((SectionText::Header, "HEADER".to_owned())),
        Just((SectionText::Text, "TEXT".to_owned())),
        Just((SectionText::Mime, "MIME".to_owned())),
        (names(), any::<bool>()).prop_map(|(names, not)| {
            let fields: Vec<_> = names.iter().map(|name| Bytes::from(name.clone())).collect();
            let names = names.join(" ");
            match not {
                true => (
                    SectionText::HeaderFieldsNot(fields),
                    format!("HEADER.FIELDS.NOT {names}"),
                ),
                false => (
                    SectionText::HeaderFields(fields),
                    format!("HEADER.FIELDS {names}"),
                ),
            }
        }),
    ];
    (vec(1..50u32, 0..4), text).prop_map(|(mut part, (text, word))| {
        if text == SectionText::Mime && part.is_empty() {
            part.push(1);
        }
        let words = match part.is_empty() && text == SectionText::Whole {
            true => String::new(),
            false => format!("{} {word}", joined(&part)),
        };
        (Section { part, text }, words)
    })
}

fn content() -> impl Strategy<Value = Option<Vec<u8>>> {
    proptest::option::of(vec(1..=255u8, 0..20))
}

/// One item: its words, and how it is written.
#[derive(Clone)]
struct Item {
    words: String,
    write: Rc<dyn Fn(&mut FetchResponse<'_>)>,
}

impl std::fmt::Debug for Item {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.words)
    }
}

fn item() -> impl Strategy<Value = Item> {
    fn said(words: String, write: impl Fn(&mut FetchResponse<'_>) + 'static) -> Item {
        Item {
            words,
            write: Rc::new(write),
        }
    }
    prop_oneof![
        (flags(), any::<bool>()).prop_map(|(flags, recent)| {
            let recent = recent.then_some(r"\Recent");
            let names = flags.iter().map(ToString::to_string);
            let names = names.chain(recent.map(str::to_owned)).collect::<Vec<_>>();
            said(format!("FLAGS {}", names.join(" ")), move |fetch| {
                fetch.flags(flags.iter().map(Flag::as_str).chain(recent));
            })
        }),
        nz().prop_map(|n| said(format!("UID {n}"), move |fetch| fetch.uid(n))),
        nz().prop_map(|n| {
            said(format!("RFC822.SIZE {n}"), move |fetch| {
                fetch.rfc822_size(u64::from(n))
            })
        }),
        (1..u64::MAX).prop_map(|n| said(format!("MODSEQ {n}"), move |fetch| fetch.modseq(n))),
        (0..4_000_000_000_i64, -720..=720_i16).prop_map(|(unix, offset_minutes)| {
            let date = InternalDate {
                unix,
                offset_minutes,
            };
            said(
                format!("INTERNALDATE {unix} {offset_minutes}"),
                move |fetch| {
                    fetch.internal_date(date);
                },
            )
        }),
        (
            select(vec!["RFC822", "RFC822.HEADER", "RFC822.TEXT"]),
            content()
        )
            .prop_map(|(name, content)| {
                said(format!("{name} {content:?}"), move |fetch| {
                    fetch.content(name, content.as_deref());
                })
            }),
        (section(), proptest::option::of(any::<u32>()), content()).prop_map(
            |((section, words), origin, content)| {
                said(
                    format!("BODY[{words}] {origin:?} {content:?}"),
                    move |fetch| {
                        fetch.body(&section, origin.map(u64::from), content.as_deref());
                    },
                )
            }
        ),
        (
            vec(1..50u32, 1..4),
            proptest::option::of(vec(any::<u8>(), 0..20))
        )
            .prop_map(|(part, content)| {
                said(
                    format!("BINARY[{}] {content:?}", joined(&part)),
                    move |fetch| {
                        fetch.binary(&part, None, content.as_deref());
                    },
                )
            }),
        (vec(1..50u32, 1..4), nz()).prop_map(|(part, n)| {
            said(
                format!("BINARY.SIZE[{}] {n}", joined(&part)),
                move |fetch| {
                    fetch.binary_size(&part, u64::from(n));
                },
            )
        }),
    ]
}

fn fetch() -> impl Strategy<Value = Said> {
    (nz(), vec(item(), 1..5)).prop_map(|(number, items)| {
        let octets = written(|out| {
            let mut fetch = FetchResponse::begin(out, number);
            items.iter().for_each(|item| (item.write)(&mut fetch));
            fetch.finish();
        });
        let words = items.iter().map(|item| item.words.clone());
        let words = words.collect::<Vec<_>>().join(" ");
        (octets, format!("FETCH {number} {words}"))
    })
}

pub(crate) fn any_response() -> impl Strategy<Value = Said> {
    prop_oneof![
        6 => status(),
        1 => bye(),
        2 => lists(),
        2 => status_data(),
        2 => numbers(),
        1 => sizes(),
        1 => flag_data(),
        1 => names(),
        1 => vanished(),
        1 => namespace(),
        1 => id(),
        8 => fetch(),
    ]
}
