//! Commands as clients write them: in any case, with strings in every form; and damaged ones.

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::{Index, select};

type Text = BoxedStrategy<Vec<u8>>;

/// The words with a letter here and there in the other case.
fn word(words: &'static [&'static str]) -> Text {
    (select(words), any::<u64>())
        .prop_map(|(word, bits)| {
            let letters = word.bytes().enumerate();
            letters
                .map(|(at, octet)| match bits >> (at % 64) & 1 {
                    0 => octet,
                    _ => octet.to_ascii_lowercase(),
                })
                .collect()
        })
        .boxed()
}

fn joined(parts: Vec<Text>) -> Text {
    let nothing = Just(Vec::new()).boxed();
    parts.into_iter().fold(nothing, |all, part| {
        (all, part)
            .prop_map(|(all, part)| [all, part].concat())
            .boxed()
    })
}

fn lit(text: &'static str) -> Text {
    Just(text.as_bytes().to_vec()).boxed()
}

fn one_of(choices: Vec<Text>) -> Text {
    proptest::strategy::Union::new(choices).boxed()
}

fn list(item: Text, separator: &'static str, most: usize) -> Text {
    vec(item, 1..=most)
        .prop_map(move |items| items.join(separator.as_bytes()))
        .boxed()
}

fn in_parentheses(inside: Text) -> Text {
    joined(vec![lit("("), inside, lit(")")])
}

/// A string as an atom where it can be one, quoted, or as a literal.
fn string(content: impl Strategy<Value = String> + 'static, atom: bool) -> Text {
    (content, 0..4u8)
        .prop_map(move |(content, form)| {
            let octets = content.as_bytes();
            let plain = atom
                && !octets.is_empty()
                && octets
                    .iter()
                    .all(|octet| octet.is_ascii_alphanumeric() || b"-_./]&,".contains(octet));
            match form {
                0 | 3 if plain && !octets.eq_ignore_ascii_case(b"NIL") => octets.to_vec(),
                1 => [format!("{{{}}}\r\n", octets.len()).as_bytes(), octets].concat(),
                2 => [format!("{{{}+}}\r\n", octets.len()).as_bytes(), octets].concat(),
                _ => quoted(octets),
            }
        })
        .boxed()
}

fn quoted(octets: &[u8]) -> Vec<u8> {
    let mut all = vec![b'"'];
    for octet in octets {
        if matches!(octet, b'"' | b'\\') {
            all.push(b'\\');
        }
        all.push(*octet);
    }
    all.push(b'"');
    all
}

fn astring() -> Text {
    string("[ -~]{0,12}|[a-zA-Z0-9./_-]{1,12}", true)
}

fn mailbox() -> Text {
    string(
        "[a-zA-Z0-9./_&,-]{1,12}|[ -~]{1,12}|[iI][nN][bB][oO][xX]",
        true,
    )
}

fn number() -> Text {
    prop_oneof![1..20u32, 1..=u32::MAX]
        .prop_map(|n| n.to_string().into_bytes())
        .boxed()
}

fn set() -> Text {
    let end = || one_of(vec![number(), number(), lit("*")]);
    let range = joined(vec![end(), lit(":"), end()]);
    list(one_of(vec![end(), range]), ",", 4)
}

fn flag() -> Text {
    one_of(vec![
        word(&[r"\ANSWERED", r"\FLAGGED", r"\DELETED", r"\SEEN", r"\DRAFT"]),
        "[$a-zA-Z][a-zA-Z0-9_-]{0,8}"
            .prop_map(String::into_bytes)
            .boxed(),
    ])
}

fn flags() -> Text {
    in_parentheses(one_of(vec![lit(""), list(flag(), " ", 4)]))
}

fn date() -> Text {
    let months = &[
        "JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC",
    ];
    (1..=28u32, word(months), 1900..2100u32, any::<bool>())
        .prop_map(|(day, month, year, quote)| {
            let text = format!("{day}-{}-{year}", String::from_utf8_lossy(&month));
            if quote { format!("\"{text}\"") } else { text }.into_bytes()
        })
        .boxed()
}

fn date_time() -> Text {
    let months = &[
        "JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC",
    ];
    let time = (0..24u32, 0..60u32, 0..60u32);
    let zone = (any::<bool>(), 0..14u32, 0..60u32);
    (1..=28u32, word(months), 1971..2100u32, time, zone)
        .prop_map(|(day, month, year, (h, m, s), (east, zh, zm))| {
            let (month, sign) = (
                String::from_utf8_lossy(&month).into_owned(),
                if east { '+' } else { '-' },
            );
            format!("\"{day:2}-{month}-{year} {h:02}:{m:02}:{s:02} {sign}{zh:02}{zm:02}\"")
                .into_bytes()
        })
        .boxed()
}

fn part() -> Text {
    vec(1..20u32, 1..4)
        .prop_map(|numbers| {
            let numbers: Vec<String> = numbers.iter().map(u32::to_string).collect();
            numbers.join(".").into_bytes()
        })
        .boxed()
}

fn partial() -> Text {
    let range = (0..9999u32, 1..9999u32);
    let range = range.prop_map(|(from, count)| format!("<{from}.{count}>").into_bytes());
    one_of(vec![lit(""), range.boxed()])
}

fn section() -> Text {
    let fields = || {
        let names = in_parentheses(list(astring(), " ", 3));
        joined(vec![
            word(&["HEADER.FIELDS", "HEADER.FIELDS.NOT"]),
            lit(" "),
            names,
        ])
    };
    one_of(vec![
        lit(""),
        part(),
        word(&["HEADER", "TEXT"]),
        fields(),
        joined(vec![part(), lit("."), word(&["HEADER", "TEXT", "MIME"])]),
        joined(vec![part(), lit("."), fields()]),
    ])
}

fn fetch_item() -> Text {
    let body = vec![
        word(&["BODY", "BODY.PEEK"]),
        lit("["),
        section(),
        lit("]"),
        partial(),
    ];
    let parts = || one_of(vec![lit(""), part()]);
    let binary = vec![
        word(&["BINARY", "BINARY.PEEK"]),
        lit("["),
        parts(),
        lit("]"),
        partial(),
    ];
    let size = vec![word(&["BINARY.SIZE"]), lit("["), parts(), lit("]")];
    let plain: &[&str] = &[
        "BODY",
        "BODYSTRUCTURE",
        "ENVELOPE",
        "FLAGS",
        "INTERNALDATE",
        "UID",
        "RFC822.SIZE",
        "RFC822",
        "RFC822.HEADER",
        "RFC822.TEXT",
        "MODSEQ",
    ];
    one_of(vec![
        word(plain),
        joined(body),
        joined(binary),
        joined(size),
    ])
}

fn fetch() -> Text {
    let items = one_of(vec![
        word(&["ALL", "FAST", "FULL"]),
        fetch_item(),
        in_parentheses(list(fetch_item(), " ", 4)),
    ]);
    joined(vec![
        word(&["FETCH", "UID FETCH"]),
        lit(" "),
        set(),
        lit(" "),
        items,
    ])
}

fn search_key() -> Text {
    let plain: &[&str] = &[
        "ALL",
        "ANSWERED",
        "DELETED",
        "DRAFT",
        "FLAGGED",
        "SEEN",
        "UNANSWERED",
        "UNDELETED",
        "UNDRAFT",
        "UNFLAGGED",
        "UNSEEN",
        "NEW",
        "OLD",
        "RECENT",
    ];
    let texts = word(&["BCC", "BODY", "CC", "FROM", "SUBJECT", "TEXT", "TO"]);
    let days = word(&["BEFORE", "ON", "SINCE", "SENTBEFORE", "SENTON", "SENTSINCE"]);
    let keyword = "[$a-zA-Z][a-zA-Z0-9_-]{0,8}"
        .prop_map(String::into_bytes)
        .boxed();
    let leaf = one_of(vec![
        word(plain),
        set(),
        joined(vec![texts, lit(" "), astring()]),
        joined(vec![
            word(&["HEADER"]),
            lit(" "),
            astring(),
            lit(" "),
            astring(),
        ]),
        joined(vec![days, lit(" "), date()]),
        joined(vec![word(&["LARGER", "SMALLER"]), lit(" "), number()]),
        joined(vec![word(&["KEYWORD", "UNKEYWORD"]), lit(" "), keyword]),
        joined(vec![word(&["UID"]), lit(" "), set()]),
        joined(vec![word(&["MODSEQ"]), lit(" "), number()]),
    ]);
    leaf.prop_recursive(3, 12, 3, |inner| {
        let inner = inner.boxed();
        one_of(vec![
            joined(vec![word(&["NOT"]), lit(" "), inner.clone()]),
            joined(vec![
                word(&["OR"]),
                lit(" "),
                inner.clone(),
                lit(" "),
                inner.clone(),
            ]),
            in_parentheses(list(inner, " ", 3)),
        ])
    })
    .boxed()
}

fn search() -> Text {
    let charset = joined(vec![
        word(&["CHARSET"]),
        lit(" "),
        word(&["UTF-8", "US-ASCII"]),
        lit(" "),
    ]);
    let charset = one_of(vec![lit(""), lit(""), charset]);
    let keys = list(search_key(), " ", 3);
    joined(vec![
        word(&["SEARCH", "UID SEARCH"]),
        lit(" "),
        charset,
        keys,
    ])
}

fn store() -> Text {
    let what = word(&[
        "FLAGS",
        "+FLAGS",
        "-FLAGS",
        "FLAGS.SILENT",
        "+FLAGS.SILENT",
        "-FLAGS.SILENT",
    ]);
    let since = joined(vec![
        lit("("),
        word(&["UNCHANGEDSINCE"]),
        lit(" "),
        number(),
        lit(") "),
    ]);
    let since = one_of(vec![lit(""), lit(""), since]);
    let flags = one_of(vec![flags(), list(flag(), " ", 3)]);
    joined(vec![
        word(&["STORE", "UID STORE"]),
        lit(" "),
        set(),
        lit(" "),
        since,
        what,
        lit(" "),
        flags,
    ])
}

fn append() -> Text {
    let flags = one_of(vec![lit(""), joined(vec![flags(), lit(" ")])]);
    let date = one_of(vec![lit(""), joined(vec![date_time(), lit(" ")])]);
    let message = (
        "[ -~\r\n]{1,40}",
        select(&["{", "~{"][..]),
        select(&["}", "+}"][..]),
    );
    let message = message
        .prop_map(|(text, before, after)| {
            format!("{before}{}{after}\r\n{text}", text.len()).into_bytes()
        })
        .boxed();
    joined(vec![
        word(&["APPEND"]),
        lit(" "),
        mailbox(),
        lit(" "),
        flags,
        date,
        message,
    ])
}

fn status() -> Text {
    let items: &[&str] = &[
        "MESSAGES",
        "RECENT",
        "UIDNEXT",
        "UIDVALIDITY",
        "UNSEEN",
        "DELETED",
        "SIZE",
        "HIGHESTMODSEQ",
    ];
    let items = in_parentheses(list(word(items), " ", 4));
    joined(vec![
        word(&["STATUS"]),
        lit(" "),
        mailbox(),
        lit(" "),
        items,
    ])
}

fn of_mailboxes() -> Text {
    let one = word(&[
        "CREATE",
        "DELETE",
        "SUBSCRIBE",
        "UNSUBSCRIBE",
        "SELECT",
        "EXAMINE",
    ]);
    let pattern = || {
        one_of(vec![
            mailbox(),
            "[a-z%*./]{1,8}".prop_map(String::into_bytes).boxed(),
        ])
    };
    one_of(vec![
        joined(vec![one, lit(" "), mailbox()]),
        joined(vec![
            word(&["SELECT", "EXAMINE"]),
            lit(" "),
            mailbox(),
            lit(" "),
            in_parentheses(word(&["CONDSTORE"])),
        ]),
        joined(vec![
            word(&["RENAME"]),
            lit(" "),
            mailbox(),
            lit(" "),
            mailbox(),
        ]),
        joined(vec![
            word(&["LIST", "LSUB"]),
            lit(" "),
            one_of(vec![lit("\"\""), mailbox()]),
            lit(" "),
            pattern(),
        ]),
        status(),
        append(),
    ])
}

fn simple() -> Text {
    let plain: &[&str] = &[
        "CAPABILITY",
        "NOOP",
        "LOGOUT",
        "STARTTLS",
        "NAMESPACE",
        "IDLE",
        "CHECK",
        "CLOSE",
        "UNSELECT",
        "EXPUNGE",
    ];
    let fields = list(
        joined(vec![
            string("[a-z]{1,8}", false),
            lit(" "),
            one_of(vec![lit("NIL"), string("[ -~]{0,12}", false)]),
        ]),
        " ",
        3,
    );
    let sasl = word(&["PLAIN", "LOGIN", "XOAUTH2", "X-OTHER"]);
    let initial = one_of(vec![lit(""), lit(" ="), lit(" AGFiYwBkZWY=")]);
    one_of(vec![
        word(plain),
        joined(vec![
            word(&["LOGIN"]),
            lit(" "),
            astring(),
            lit(" "),
            astring(),
        ]),
        joined(vec![word(&["AUTHENTICATE"]), lit(" "), sasl, initial]),
        joined(vec![
            word(&["ENABLE"]),
            lit(" "),
            list(word(&["CONDSTORE", "QRESYNC", "X-NEW"]), " ", 3),
        ]),
        joined(vec![
            word(&["ID"]),
            lit(" "),
            one_of(vec![word(&["NIL"]), in_parentheses(fields)]),
        ]),
        joined(vec![word(&["UID EXPUNGE"]), lit(" "), set()]),
        joined(vec![
            word(&["COPY", "UID COPY", "MOVE", "UID MOVE"]),
            lit(" "),
            set(),
            lit(" "),
            mailbox(),
        ]),
    ])
}

/// A valid command as the framer gives it: with its literals, without the last CRLF.
pub(crate) fn command() -> Text {
    let tag = "[a-zA-Z0-9.]{1,6}".prop_map(String::into_bytes).boxed();
    let body = one_of(vec![simple(), of_mailboxes(), fetch(), search(), store()]);
    joined(vec![tag, lit(" "), body])
}

/// One that has been damaged in one to three places.
pub(crate) fn damaged() -> Text {
    let octet = prop_oneof![3 => select(&b" ()[]{}<>\"\\*%+-.:,0129aZ~$="[..]), 1 => 1..=126u8];
    let damage = (0..4u8, any::<Index>(), octet);
    (command(), vec(damage, 1..=3))
        .prop_map(|(mut frame, damages)| {
            for (kind, at, octet) in damages {
                if frame.is_empty() {
                    break;
                }
                let at = at.index(frame.len());
                match kind {
                    0 => frame[at] = octet,
                    1 => frame.insert(at, octet),
                    2 => {
                        frame.remove(at);
                    }
                    _ => frame.truncate(at),
                }
            }
            frame
        })
        .prop_filter("not a frame", |frame| is_frame(frame))
        .boxed()
}

/// Whether the framer would give this: no line ends but those after a literal's size, and all of
/// every literal there.
fn is_frame(frame: &[u8]) -> bool {
    let mut rest = frame;
    while let Some(end) = rest.iter().position(|octet| matches!(octet, b'\r' | b'\n')) {
        let (line, after) = rest.split_at(end);
        let size = line.strip_suffix(b"}").and_then(|line| {
            let start = line.iter().rposition(|octet| *octet == b'{')?;
            let digits = std::str::from_utf8(&line[start + 1..]).ok()?;
            digits
                .strip_suffix('+')
                .unwrap_or(digits)
                .parse::<usize>()
                .ok()
        });
        let (Some(size), Some(after)) = (size, after.strip_prefix(b"\r\n")) else {
            return false;
        };
        let Some(behind) = after.get(size..) else {
            return false;
        };
        rest = behind;
    }
    !rest.ends_with(b"}")
}
