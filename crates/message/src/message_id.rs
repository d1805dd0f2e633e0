//! Message IDs in a field (RFC 5322 section 3.6.4), in the one form that RFC 5256 compares.

use crate::limits::MAX_MESSAGE_ID;
use crate::token::{Cursor, is_blank};

/// The valid message IDs of an unfolded field, without brackets, quoting and comments. What is
/// between them is passed over, and so are those longer than [`MAX_MESSAGE_ID`].
pub(crate) fn ids(value: &[u8]) -> impl Iterator<Item = Vec<u8>> {
    let mut cursor = Cursor::new(value);
    std::iter::from_fn(move || {
        loop {
            cursor.take_while(|octet| octet != b'<');
            cursor.next()?;
            if let Some(id) = id(&mut cursor) {
                return Some(id);
            }
        }
    })
}

/// `id-left "@" id-right ">"`, after the `<`. Of what is not valid, only as much is taken as was
/// looked at, so that a flood of beginnings stays linear.
fn id(cursor: &mut Cursor<'_>) -> Option<Vec<u8>> {
    let mut id = Vec::new();
    let mut at = None;
    let mut dotted = true;
    loop {
        let spaced = skip_spaces(cursor);
        let joined = dotted || !spaced;
        match cursor.peek()? {
            b'>' => {
                cursor.next();
                let right = id.len().checked_sub(at?)?;
                return (right > 1 && id.len() <= MAX_MESSAGE_ID).then_some(id);
            }
            b'<' => return None,
            b'@' if id.is_empty() => return None,
            b'@' => {
                cursor.next();
                at.get_or_insert(id.len());
                id.push(b'@');
                dotted = true;
            }
            octet if joined => {
                let part = part(cursor, octet);
                dotted = part.ends_with(b".");
                id.extend_from_slice(&part);
            }
            b'.' => {
                cursor.next();
                id.push(b'.');
                dotted = true;
            }
            // Two words: no message ID, whatever follows.
            _ => return None,
        }
    }
}

fn skip_spaces(cursor: &mut Cursor<'_>) -> bool {
    let before = cursor.rest().len();
    cursor.skip_cfws();
    cursor.rest().len() < before
}

fn part(cursor: &mut Cursor<'_>, octet: u8) -> Vec<u8> {
    match octet {
        b'"' => cursor.quoted(),
        b'[' => cursor.domain_literal(),
        _ => cursor
            .take_while(|octet| !is_blank(octet) && !b"<>@\"(".contains(&octet))
            .to_vec(),
    }
}

#[cfg(test)]
mod tests {
    use super::ids;

    fn check(value: &str, expected: &[&str]) {
        let found: Vec<_> = ids(value.as_bytes()).collect();
        let expected: Vec<_> = expected.iter().map(|id| id.as_bytes().to_vec()).collect();
        assert_eq!(found, expected, "{value:?}");
    }

    #[test]
    fn forms_of_message_ids() {
        check("<a.b@c.d>", &["a.b@c.d"]);
        // RFC 5256's own: quoting does not count.
        check(
            "<\"01KF8JCEOCBS0045PS\"@xxx.yyy.com>",
            &["01KF8JCEOCBS0045PS@xxx.yyy.com"],
        );
        check("<a@b><c@d> <e@f>", &["a@b", "c@d", "e@f"]);
        check("<\"a b\\\"\"@c>", &["a b\"@c"]);
        check("<a@[127.0.0.1]>", &["a@[127.0.0.1]"]);
        check("< (c) a . b (d) @ c . d >", &["a.b@c.d"]);
        check(
            "Your message of \"today\" <a@b> from Ada <ada@x>",
            &["a@b", "ada@x"],
        );
        check("<a@b@c>", &["a@b@c"]);
    }

    #[test]
    fn what_is_none() {
        for value in [
            "", "a@b", "<>", "<@>", "<a@>", "<@b>", "<a>", "<a b@c>", "<a@b",
        ] {
            check(value, &[]);
        }
        check("<a <b@c> <d", &["b@c"]);
        check(&format!("<{}@c> <d@e>", "a".repeat(600)), &["d@e"]);
    }

    #[test]
    fn floods_take_linear_time() {
        for piece in ["<", "<(", "<\"", "<a@", "<[", "<a ", "<a@b>"] {
            let value = piece.repeat(300_000);
            let _ = ids(value.as_bytes()).count();
        }
    }
}
