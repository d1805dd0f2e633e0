//! COMPARATOR: RFC 5255 section 4.7.

use crate::reply::{Outcome, Reply};
use crate::session::Session;
use bytes::Bytes;
use postern_imap::response::{self, Code};
use postern_message::Collation;

pub(super) fn run(session: &mut Session, names: &[Bytes]) -> Outcome {
    if names.is_empty() {
        let active = session.enabled.collation.name();
        response::comparator(&mut session.io.out, active, &[]);
        return Ok(Reply::ok("The comparator that is used"));
    }
    let matching = matching(names);
    let Some(first) = matching.first() else {
        return Ok(Reply::no(
            Code::BadComparator,
            "There is no such comparator here",
        ));
    };
    session.enabled.collation = *first;
    let all: Vec<&str> = matching.iter().map(|collation| collation.name()).collect();
    response::comparator(&mut session.io.out, first.name(), &all);
    Ok(Reply::ok("The comparator is set"))
}

/// The comparators that match, those of the first argument first, each once.
fn matching(names: &[Bytes]) -> Vec<Collation> {
    let mut found = Vec::new();
    for name in names {
        for collation in Collation::ALL {
            if matches(name, collation) && !found.contains(&collation) {
                found.push(collation);
            }
        }
    }
    found
}

/// RFC 4790 section 3.2: `*` in a collation order stands for anything, also for nothing.
fn matches(wanted: &[u8], collation: Collation) -> bool {
    if wanted.eq_ignore_ascii_case(b"default") {
        return collation == Collation::default();
    }
    let mut parts = wanted.split(|octet| *octet == b'*');
    let first = parts.next().unwrap_or_default();
    let Some(mut rest) = without_prefix(collation.name().as_bytes(), first) else {
        return false;
    };
    let Some(last) = parts.next_back() else {
        return rest.is_empty();
    };
    for part in parts {
        let Some(after) = after(rest, part) else {
            return false;
        };
        rest = after;
    }
    rest.len() >= last.len()
        && rest
            .to_ascii_lowercase()
            .ends_with(&last.to_ascii_lowercase())
}

fn without_prefix<'a>(text: &'a [u8], prefix: &[u8]) -> Option<&'a [u8]> {
    let (start, rest) = text.split_at_checked(prefix.len())?;
    start.eq_ignore_ascii_case(prefix).then_some(rest)
}

fn after<'a>(text: &'a [u8], part: &[u8]) -> Option<&'a [u8]> {
    (0..=text.len()).find_map(|at| without_prefix(text.get(at..)?, part))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_matches() {
        use Collation::{AsciiCasemap, Octet, UnicodeCasemap};
        let found = |names: &[&'static str]| {
            let names: Vec<Bytes> = names
                .iter()
                .map(|n| Bytes::from_static(n.as_bytes()))
                .collect();
            matching(&names)
        };
        assert_eq!(found(&["i;octet"]), [Octet]);
        assert_eq!(found(&["I;Octet"]), [Octet]);
        assert_eq!(found(&["cz;*", "i;ascii-casemap"]), [AsciiCasemap]);
        assert_eq!(found(&["i;*casemap"]), [UnicodeCasemap, AsciiCasemap]);
        assert_eq!(
            found(&["i;octet", "*"]),
            [Octet, UnicodeCasemap, AsciiCasemap]
        );
        assert_eq!(found(&["i;a*i*c*p"]), [AsciiCasemap]);
        assert_eq!(found(&["default"]), [UnicodeCasemap]);
        for none in ["", "i;octe", "i;octett", "*x*", "i;*octet*octet", "cz;*"] {
            assert_eq!(found(&[none]), [], "{none}");
        }
    }
}
