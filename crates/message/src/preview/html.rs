//! HTML without its markup. It reads as far as the line has room, looks at each octet at most
//! twice, and understands no more of HTML than where text begins and ends.

use super::Line;
use super::entity::entity;
use memchr::{memchr, memchr2, memmem};

/// Elements whose content nobody sees.
const HIDDEN: [&str; 6] = [
    "script", "style", "title", "template", "textarea", "noscript",
];

/// Elements that do not end a word.
const INLINE: [&str; 18] = [
    "a", "abbr", "b", "bdi", "bdo", "big", "code", "em", "font", "i", "mark", "s", "small", "span",
    "strong", "sub", "sup", "u",
];

pub(super) fn preview(html: &str) -> String {
    let mut line = Line::default();
    let mut rest = html;
    while !rest.is_empty() && !line.is_full() {
        let special = memchr2(b'<', b'&', rest.as_bytes()).unwrap_or(rest.len());
        let (text, markup) = rest.split_at_checked(special).unwrap_or((rest, ""));
        line.push(text);
        rest = match markup.strip_prefix('&') {
            Some(_) => entity(markup, &mut line),
            None => after_markup(markup, &mut line),
        };
    }
    line.text
}

/// What follows the tag, comment or declaration that `text` begins with.
fn after_markup<'t>(text: &'t str, line: &mut Line) -> &'t str {
    if let Some(comment) = text.strip_prefix("<!--") {
        return after(comment, "-->");
    }
    match text.as_bytes().get(1) {
        Some(b'!' | b'?') => after(text, ">"),
        Some(b'/') => after_tag(text.get(2..).unwrap_or_default(), line, false),
        Some(b) if b.is_ascii_alphabetic() => {
            after_tag(text.get(1..).unwrap_or_default(), line, true)
        }
        Some(_) => {
            line.push("<");
            text.get(1..).unwrap_or_default()
        }
        None => "",
    }
}

/// With the name of the element next.
fn after_tag<'t>(text: &'t str, line: &mut Line, opens: bool) -> &'t str {
    let end = text.bytes().position(|b| !b.is_ascii_alphanumeric());
    let (name, attributes) = text
        .split_at_checked(end.unwrap_or(text.len()))
        .unwrap_or_default();
    let is = |other: &&str| name.eq_ignore_ascii_case(other);
    if !INLINE.iter().any(is) {
        line.space();
    }
    let content = after_attributes(attributes);
    match HIDDEN.iter().find(|hidden| is(hidden)) {
        Some(hidden) if opens => after_element(content, hidden),
        _ => content,
    }
}

/// What follows the `>` that is not within quotes.
fn after_attributes(text: &str) -> &str {
    let mut rest = text;
    while let Some(at) = rest.find(['>', '"', '\'']) {
        let (special, later) = match rest.as_bytes().get(at) {
            Some(b'>') => return rest.get(at.saturating_add(1)..).unwrap_or_default(),
            Some(quote) => (*quote, rest.get(at.saturating_add(1)..).unwrap_or_default()),
            None => return "",
        };
        let Some(end) = memchr(special, later.as_bytes()) else {
            // A quotation mark without its partner: the tag ends where it can.
            return after(later, ">");
        };
        rest = later.get(end.saturating_add(1)..).unwrap_or_default();
    }
    ""
}

/// What follows the closing tag's name.
fn after_element<'t>(text: &'t str, name: &str) -> &'t str {
    for at in memmem::find_iter(text.as_bytes(), b"</") {
        let from = at.saturating_add(2);
        let named = text.as_bytes().get(from..from.saturating_add(name.len()));
        if named.is_some_and(|named| named.eq_ignore_ascii_case(name.as_bytes())) {
            return after(text.get(from..).unwrap_or_default(), ">");
        }
    }
    ""
}

/// What follows `mark`; nothing without it.
fn after<'t>(text: &'t str, mark: &str) -> &'t str {
    text.split_once(mark).map_or("", |(_, rest)| rest)
}
