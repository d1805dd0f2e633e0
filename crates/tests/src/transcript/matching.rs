//! Whether a reply is what a pattern expects, by trying and going back.

use super::pattern::{Item, Kind, Names, Token, value};

/// Matches a whole reply (literals included, no CRLF at the end). What it captures goes into
/// `names`, and only when all of it matches.
///
/// # Errors
/// When the pattern uses a name that is not known.
pub fn matches(tokens: &[Token], reply: &[u8], names: &mut Names) -> Result<bool, String> {
    known(tokens, names)?;
    match step(tokens, reply, names.clone()) {
        Some(captured) => {
            *names = captured;
            Ok(true)
        }
        None => Ok(false),
    }
}

/// Every name that is used is known, or captured before in the same pattern.
fn known(tokens: &[Token], names: &Names) -> Result<(), String> {
    let mut names = names.clone();
    for token in tokens {
        match token {
            Token::Capture(name, _) => {
                names.insert(name.clone(), "1".to_owned());
            }
            Token::Use(name, addend) => {
                value(&names, name, *addend)?;
            }
            Token::AnyOrder(items) => {
                for item in items {
                    known(&item.tokens, &names)?;
                }
            }
            _ => {}
        }
    }
    Ok(())
}

fn step(tokens: &[Token], input: &[u8], names: Names) -> Option<Names> {
    let Some((token, rest)) = tokens.split_first() else {
        return input.is_empty().then_some(names);
    };
    match token {
        Token::Text(text) => step(rest, input.strip_prefix(text.as_slice())?, names),
        Token::AnyCase(text) => {
            let (start, after) = input.split_at_checked(text.len())?;
            let same = start.eq_ignore_ascii_case(text);
            same.then(|| step(rest, after, names)).flatten()
        }
        Token::Use(name, addend) => {
            let text = value(&names, name, *addend).ok()?;
            step(rest, input.strip_prefix(text.as_bytes())?, names)
        }
        Token::Content(content) => {
            let ends = spellings(content);
            ends.iter()
                .filter_map(|spelling| input.strip_prefix(spelling.as_slice()))
                .find_map(|after| step(rest, after, names.clone()))
        }
        Token::Anything => {
            (0..=input.len()).find_map(|end| step(rest, &input[end..], names.clone()))
        }
        Token::Capture(name, Kind::Text) => (1..=input.len())
            .find_map(|end| step(rest, &input[end..], with(&names, name, &input[..end]))),
        Token::Capture(name, kind) => {
            let (size, content) = taken(*kind, input)?;
            step(rest, &input[size..], with(&names, name, &content))
        }
        Token::AnyOrder(items) => any_order(items, false, rest, input, &names),
        Token::Rest(items) => any_order(items, true, rest, input, &names),
    }
}

fn with(names: &Names, name: &str, content: &[u8]) -> Names {
    let mut names = names.clone();
    if !name.is_empty() {
        let text = String::from_utf8_lossy(content).into_owned();
        names.insert(name.to_owned(), text);
    }
    names
}

fn any_order(
    items: &[Item],
    space: bool,
    rest: &[Token],
    input: &[u8],
    names: &Names,
) -> Option<Names> {
    for (at, item) in items.iter().enumerate() {
        let mut tokens = Vec::new();
        if space {
            tokens.push(Token::Text(b" ".to_vec()));
        }
        tokens.extend_from_slice(&item.tokens);
        let mut others = items.to_vec();
        others.remove(at);
        tokens.push(Token::Rest(others));
        tokens.extend_from_slice(rest);
        if let Some(found) = step(&tokens, input, names.clone()) {
            return Some(found);
        }
    }
    if items.iter().all(|item| item.optional) {
        return step(rest, input, names.clone());
    }
    None
}

/// How a string may be written (RFC 9051 section 4.3).
fn spellings(content: &[u8]) -> Vec<Vec<u8>> {
    let mut all = vec![[format!("{{{}}}\r\n", content.len()).as_bytes(), content].concat()];
    all.push([format!("~{{{}}}\r\n", content.len()).as_bytes(), content].concat());
    if !content.iter().any(|octet| matches!(octet, b'\r' | b'\n')) {
        let mut quoted = vec![b'"'];
        for octet in content {
            if matches!(octet, b'"' | b'\\') {
                quoted.push(b'\\');
            }
            quoted.push(*octet);
        }
        quoted.push(b'"');
        all.push(quoted);
    }
    let special = |octet: &u8| *octet <= b' ' || b"(){%*\"\\".contains(octet) || *octet >= 0x7f;
    if !content.is_empty() && !content.iter().any(special) {
        all.push(content.to_vec());
    }
    all
}

/// How many octets a capture takes, and what it keeps of them.
fn taken(kind: Kind, input: &[u8]) -> Option<(usize, Vec<u8>)> {
    let run = |allowed: fn(&u8) -> bool| {
        let size = input.iter().take_while(|octet| allowed(octet)).count();
        (size > 0).then(|| (size, input[..size].to_vec()))
    };
    match kind {
        Kind::Number => run(u8::is_ascii_digit),
        Kind::Set => run(|octet| octet.is_ascii_digit() || b":,*".contains(octet)),
        Kind::Word | Kind::Text => run(|octet| !b" ()[]\"\r\n".contains(octet)),
        Kind::String => string(input),
        Kind::Date => {
            let date = input.get(..28)?;
            let shape = date.iter().enumerate().all(|(at, octet)| match at {
                0 | 27 => *octet == b'"',
                3 | 7 => *octet == b'-',
                12 | 21 => *octet == b' ',
                15 | 18 => *octet == b':',
                22 => b"+-".contains(octet),
                4..=6 => octet.is_ascii_alphabetic(),
                1 => octet.is_ascii_digit() || *octet == b' ',
                _ => octet.is_ascii_digit(),
            });
            shape.then(|| (28, date.to_vec()))
        }
    }
}

/// A quoted string, a literal or NIL at the beginning.
fn string(input: &[u8]) -> Option<(usize, Vec<u8>)> {
    match input.first()? {
        b'"' => {
            let mut content = Vec::new();
            let mut at = 1;
            loop {
                match input.get(at)? {
                    b'"' => return Some((at + 1, content)),
                    b'\\' => {
                        content.push(*input.get(at + 1)?);
                        at += 2;
                    }
                    octet => {
                        content.push(*octet);
                        at += 1;
                    }
                }
            }
        }
        b'{' => {
            let end = input.windows(3).position(|three| three == b"}\r\n")?;
            let size: usize = std::str::from_utf8(&input[1..end]).ok()?.parse().ok()?;
            let content = input.get(end + 3..end + 3 + size)?;
            Some((end + 3 + size, content.to_vec()))
        }
        _ => input.starts_with(b"NIL").then(|| (3, b"NIL".to_vec())),
    }
}
