//! `masks` of [extensions]: which capabilities are kept from whom.

use super::load::closest;
use super::read::{Read, Value, Wrong, expected, list, string, wrong};
use postern_server::{MAX_MASKS, Mask, Pattern, maskable};

const KEYS: [&str; 3] = ["capabilities", "accounts", "client"];

/// The list of masks.
pub(super) fn masks(value: &Value<'_>) -> Read<Vec<Mask>> {
    let masks = list(value, "a list of masks", mask)?;
    match masks.len() > MAX_MASKS {
        true => wrong(value, format!("there may be {MAX_MASKS} at most")),
        false => Ok(masks),
    }
}

fn mask(value: &Value<'_>) -> Read<Mask> {
    let Some(table) = value.get_ref().as_table() else {
        return expected(value, "a mask such as { capabilities = [\"UIDONLY\"] }");
    };
    let mut mask = Mask::default();
    for (key, value) in table {
        match key.get_ref().as_ref() {
            "capabilities" => mask.capabilities = some(value, "a list of names", capability)?,
            "accounts" => mask.accounts = some(value, "a list of names", account)?,
            "client" => mask.client = client(value)?,
            unknown => {
                let meant = closest(unknown, KEYS.into_iter());
                return Err(Wrong {
                    why: "a mask has no such key".to_owned(),
                    span: key.span(),
                    help: Some(match meant {
                        Some(meant) => format!("did you mean `{meant}`?"),
                        None => format!("the keys are {}", KEYS.join(", ")),
                    }),
                });
            }
        }
    }
    match mask.capabilities.is_empty() {
        true => wrong(value, "a mask has to name `capabilities`"),
        false => Ok(mask),
    }
}

/// An empty list would read as if it meant nobody, or everybody.
fn some<T>(value: &Value<'_>, what: &str, item: impl Fn(&Value<'_>) -> Read<T>) -> Read<Vec<T>> {
    let items = list(value, what, item)?;
    match items.is_empty() {
        true => wrong(value, "an empty list; leave it out to mean all"),
        false => Ok(items),
    }
}

fn capability(value: &Value<'_>) -> Read<&'static str> {
    let text = string(value, "a capability such as \"UIDONLY\"")?;
    maskable(text).map_err(|known| Wrong {
        why: match text.eq_ignore_ascii_case("IMAP4rev1") {
            true => "this is always offered".to_owned(),
            false => "there is no such capability".to_owned(),
        },
        span: value.span(),
        help: Some(
            match closest(&text.to_ascii_uppercase(), known.into_iter()) {
                Some(meant) => format!("did you mean \"{meant}\"?"),
                None => "docs/imap.md has them all".to_owned(),
            },
        ),
    })
}

fn account(value: &Value<'_>) -> Read<Pattern> {
    let text = string(value, "a name such as \"ann@example.org\"")?;
    Pattern::wildcard(text).or_else(|why| wrong(value, why))
}

fn client(value: &Value<'_>) -> Read<Vec<(String, Pattern)>> {
    let Some(table) = value.get_ref().as_table() else {
        return expected(value, "fields of ID such as { name = \"Outlook.*\" }");
    };
    if table.is_empty() {
        return wrong(value, "no field; leave it out to mean every client");
    }
    let field = |(key, value): (&toml::Spanned<toml::de::DeString<'_>>, &Value<'_>)| {
        let text = string(value, "a regular expression such as \"Outlook.*\"")?;
        let pattern = Pattern::expression(text).map_err(|why| Wrong {
            why: format!("not a regular expression: {why}"),
            span: value.span(),
            help: Some(
                "a character that means itself has a backslash before it, such as '\\('".to_owned(),
            ),
        })?;
        Ok((key.get_ref().as_ref().to_owned(), pattern))
    };
    table.iter().map(field).collect()
}
