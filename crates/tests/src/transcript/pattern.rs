//! What a script expects of one reply: text with a few tokens in it.

use std::collections::BTreeMap;

/// Names and what they stand for.
pub type Names = BTreeMap<String, String>;

/// A piece of a pattern.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Token {
    /// These octets.
    Text(Vec<u8>),
    /// `<i:text>`: this in any case.
    AnyCase(Vec<u8>),
    /// `...`: anything, as little as will do.
    Anything,
    /// `<name:kind>`: what the kind allows, kept under the name unless that is empty.
    Capture(String, Kind),
    /// `<name>` and `<name+1>`: what was captured, as a number with the addend.
    Use(String, u64),
    /// `<"text">` and `<<END`: this content, as an atom, quoted, or as a literal.
    Content(Vec<u8>),
    /// `<<a | b | ?c>>`: these in any order, spaces between them; those with `?` may be missing.
    AnyOrder(Vec<Item>),
    /// What is left of one, a space before each.
    Rest(Vec<Item>),
}

/// One of [`Token::AnyOrder`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Item {
    /// What it is.
    pub tokens: Vec<Token>,
    /// May be missing.
    pub optional: bool,
}

/// What a capture takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Digits.
    Number,
    /// No space, parenthesis, bracket or quote.
    Word,
    /// Digits, `:`, `,` and `*`.
    Set,
    /// Anything but nothing, as little as will do.
    Text,
    /// A quoted string, a literal or NIL; its content is kept.
    String,
    /// A date and time in quotes; they are kept too.
    Date,
}

const KINDS: &[(&str, Kind)] = &[
    ("number", Kind::Number),
    ("word", Kind::Word),
    ("set", Kind::Set),
    ("text", Kind::Text),
    ("string", Kind::String),
    ("date", Kind::Date),
];

/// Reads a pattern. A status response without text for humans gets `...` in its place.
///
/// # Errors
/// What is wrong with it.
pub fn parse(text: &str) -> Result<Vec<Token>, String> {
    let mut tokens = tokens(text)?;
    if is_status_without_text(text) {
        tokens.push(Token::Anything);
    }
    Ok(tokens)
}

fn is_status_without_text(text: &str) -> bool {
    let rest = match text.split_once(' ') {
        Some((_, rest)) => rest,
        None => return text == "+",
    };
    let condition = ["OK", "NO", "BAD", "BYE", "PREAUTH"];
    let after = condition
        .iter()
        .find_map(|condition| rest.strip_prefix(condition));
    after.is_some_and(|after| after.is_empty() || after.starts_with(" [") && after.ends_with(']'))
}

/// Reads a pattern as it stands.
///
/// # Errors
/// What is wrong with it.
pub fn tokens(text: &str) -> Result<Vec<Token>, String> {
    let mut tokens = Vec::new();
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        if let Some(after) = rest.strip_prefix("...") {
            tokens.push(Token::Anything);
            rest = after;
        } else if let Some((token, after)) = special(rest)? {
            tokens.push(token);
            rest = after;
        } else {
            let (character, after) = rest.split_at(first.len_utf8());
            push_text(&mut tokens, character);
            rest = after;
        }
    }
    Ok(tokens)
}

fn push_text(tokens: &mut Vec<Token>, text: &str) {
    match tokens.last_mut() {
        Some(Token::Text(last)) => last.extend_from_slice(text.as_bytes()),
        _ => tokens.push(Token::Text(text.as_bytes().to_vec())),
    }
}

/// The token at the beginning, if one is there.
fn special(text: &str) -> Result<Option<(Token, &str)>, String> {
    if let Some(inside) = text.strip_prefix("<<") {
        let end = closing(inside).ok_or_else(|| format!("`{text}` has no `>>`"))?;
        let items = items(&inside[..end])?;
        return Ok(Some((Token::AnyOrder(items), &inside[end + 2..])));
    }
    if let Some(inside) = text.strip_prefix("<\"") {
        let (content, after) = inside
            .split_once("\">")
            .ok_or_else(|| format!("`{text}` has no `\">`"))?;
        return Ok(Some((Token::Content(unescape(content)), after)));
    }
    let Some((inside, after)) = text
        .strip_prefix('<')
        .and_then(|inside| inside.split_once('>'))
    else {
        return Ok(None);
    };
    Ok(named(inside)?.map(|token| (token, after)))
}

/// Where the `>>` is that ends what began before `text`.
fn closing(text: &str) -> Option<usize> {
    let mut depth = 0;
    let mut at = 0;
    while at < text.len() {
        let rest = &text.as_bytes()[at..];
        if rest.starts_with(b">>") && depth == 0 {
            return Some(at);
        }
        let (step, change) = match rest {
            [b'<', b'<', ..] => (2, 2),
            [b'>', b'>', ..] if depth >= 2 => (2, -2),
            [b'<', ..] => (1, 1),
            [b'>', ..] => (1, -1),
            _ => (1, 0),
        };
        at += step;
        depth += change;
    }
    None
}

fn items(text: &str) -> Result<Vec<Item>, String> {
    let parts = split_outside(text);
    let items = parts.into_iter().map(|part| {
        let part = part.trim();
        let (part, optional) = match part.strip_prefix('?') {
            Some(part) => (part, true),
            None => (part, false),
        };
        if part.is_empty() {
            return Err(format!("an empty alternative in `<<{text}>>`"));
        }
        let tokens = tokens(part)?;
        Ok(Item { tokens, optional })
    });
    items.collect()
}

/// Splits at `|`, but not within `<…>`.
fn split_outside(text: &str) -> Vec<&str> {
    let mut parts = Vec::new();
    let (mut start, mut depth) = (0, 0);
    for (at, octet) in text.bytes().enumerate() {
        match octet {
            b'<' => depth += 1,
            b'>' => depth -= 1,
            b'|' if depth == 0 => {
                parts.push(&text[start..at]);
                start = at + 1;
            }
            _ => {}
        }
    }
    parts.push(&text[start..]);
    parts
}

/// `name`, `name+1` or `name:kind`; None for anything else in angle brackets.
fn named(inside: &str) -> Result<Option<Token>, String> {
    if let Some(text) = inside.strip_prefix("i:") {
        return Ok(Some(Token::AnyCase(text.as_bytes().to_vec())));
    }
    if let Some((name, kind)) = inside.split_once(':') {
        if !(name.is_empty() || is_name(name)) {
            return Ok(None);
        }
        let known = KINDS.iter().find(|(known, _)| *known == kind);
        return match known {
            Some((_, kind)) => Ok(Some(Token::Capture(name.to_owned(), *kind))),
            None if is_name(kind) => Err(format!("`<{inside}>`: no kind `{kind}`")),
            None => Ok(None),
        };
    }
    let (name, addend) = match inside.split_once('+') {
        Some((name, addend)) => (name, addend.parse().ok()),
        None => (inside, Some(0)),
    };
    let token = addend.filter(|_| is_name(name));
    Ok(token.map(|addend| Token::Use(name.to_owned(), addend)))
}

fn is_name(text: &str) -> bool {
    text.starts_with(|c: char| c.is_ascii_lowercase())
        && text
            .bytes()
            .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_')
}

/// `\r`, `\n`, `\t`, `\"` and `\\`.
fn unescape(text: &str) -> Vec<u8> {
    let mut octets = Vec::new();
    let mut characters = text.chars();
    while let Some(character) = characters.next() {
        let meant = match character {
            '\\' => match characters.next() {
                Some('r') => '\r',
                Some('n') => '\n',
                Some('t') => '\t',
                Some(other) => other,
                None => '\\',
            },
            other => other,
        };
        octets.extend_from_slice(meant.encode_utf8(&mut [0; 4]).as_bytes());
    }
    octets
}

/// What a name stands for, with an addend.
///
/// # Errors
/// When nothing has the name, or it is no number and something is to be added.
pub fn value(names: &Names, name: &str, addend: u64) -> Result<String, String> {
    let value = names
        .get(name)
        .ok_or_else(|| format!("nothing is known as <{name}>"))?;
    if addend == 0 {
        return Ok(value.clone());
    }
    let number: u64 = value
        .parse()
        .map_err(|_| format!("<{name}> is `{value}`, no number"))?;
    Ok((number + addend).to_string())
}
