//! UTF8=ACCEPT: RFC 6855 section 4.

use super::cursor::{Cursor, Literal};
use super::error::{Parsed, syntax};

/// `literal / literal8 / utf8-literal`.
pub(super) fn message(cursor: &mut Cursor<'_>) -> Parsed<Literal> {
    if !cursor.peek().is_some_and(|b| b.is_ascii_alphabetic()) {
        return cursor.literal();
    }
    let fault = syntax(cursor, "a message, or UTF8 with one in parentheses");
    if cursor.word().as_bytes() != b"UTF8" {
        return Err(fault);
    }
    cursor.sp()?;
    cursor.expect(b'(', "an opening parenthesis")?;
    let fault = syntax(cursor, "a literal8, which begins with ~{");
    let literal = cursor.literal()?;
    if !literal.binary {
        return Err(fault);
    }
    cursor.expect(b')', "a closing parenthesis")?;
    Ok(literal)
}
