//! LANGUAGE: RFC 5255 section 3.

use crate::reply::{Outcome, Reply};
use crate::session::Session;
use bytes::Bytes;
use postern_imap::response::{self, Code};

/// The languages that there are. All texts are English, which is what `i-default` asks to be
/// understood (RFC 2277 section 4.5), so there is nothing to switch.
const LANGUAGES: [&str; 2] = ["i-default", "en"];

pub(super) fn run(session: &mut Session, ranges: &[Bytes]) -> Outcome {
    let out = &mut session.io.out;
    if ranges.is_empty() {
        response::language(out, &LANGUAGES);
        return Ok(Reply::ok("The languages that there are"));
    }
    let Some(language) = ranges.iter().find_map(|range| chosen(range)) else {
        return Ok(Reply::no(Code::Cannot, "None of these languages is there"));
    };
    response::language(out, &[language]);
    Ok(Reply::ok("Texts are in this language"))
}

/// The language that a range means: that itself, or the one of which it names a variety (lookup,
/// RFC 4647 section 3.4).
fn chosen(range: &[u8]) -> Option<&'static str> {
    if range.eq_ignore_ascii_case(b"default") || range == b"*" {
        return LANGUAGES.first().copied();
    }
    LANGUAGES.into_iter().find(|language| {
        let split = range.split_at_checked(language.len());
        split.is_some_and(|(start, rest)| {
            start.eq_ignore_ascii_case(language.as_bytes())
                && (rest.is_empty() || rest.starts_with(b"-"))
        })
    })
}
