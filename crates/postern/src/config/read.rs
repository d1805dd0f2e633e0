//! TOML values as the types that options have.

use super::{LmtpAddress, LogFormat, LogLevel, NetworkRange, units};
use postern_account::flags::MAX_KEYWORDS;
use postern_identity::AccountName;
use postern_store::NO_QUOTA;
use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::ops::Range;
use std::path::PathBuf;
use std::time::Duration;
use toml::Spanned;
use toml::de::DeValue;

/// A value in its place.
pub(super) type Value<'a> = Spanned<DeValue<'a>>;

/// Why a value is not what an option takes.
#[derive(Debug)]
pub(super) struct Wrong {
    /// What is wrong, to stand under the value.
    pub(super) why: String,
    /// Where; the value or a part of it.
    pub(super) span: Range<usize>,
    /// What to do; without it, the default is shown.
    pub(super) help: Option<String>,
}

pub(super) type Read<T> = Result<T, Wrong>;

pub(super) fn wrong<T>(value: &Value<'_>, why: impl Into<String>) -> Read<T> {
    Err(Wrong {
        why: why.into(),
        span: value.span(),
        help: None,
    })
}

pub(super) fn expected<T>(value: &Value<'_>, what: &str) -> Read<T> {
    let found = value.get_ref().type_str();
    wrong(
        value,
        format!("expected {what}, found {}", with_article(found)),
    )
}

fn with_article(noun: &str) -> String {
    match noun.starts_with(['a', 'e', 'i', 'o', 'u']) {
        true => format!("an {noun}"),
        false => format!("a {noun}"),
    }
}

pub(super) fn string<'v>(value: &'v Value<'_>, what: &str) -> Read<&'v str> {
    match value.get_ref().as_str() {
        Some(text) => Ok(text),
        None => expected(value, what),
    }
}

pub(super) fn list<T>(
    value: &Value<'_>,
    what: &str,
    item: impl Fn(&Value<'_>) -> Read<T>,
) -> Read<Vec<T>> {
    match value.get_ref().as_array() {
        Some(items) => items.iter().map(item).collect(),
        None => expected(value, what),
    }
}

/// A DNS name or an address, in lower case.
pub(super) fn hostname(value: &Value<'_>) -> Read<String> {
    let text = string(value, "a name such as \"mail.example.org\"")?;
    let is_label = |label: &str| {
        !label.is_empty()
            && label.len() <= 63
            && label.chars().all(|c| c.is_ascii_alphanumeric() || c == '-')
            && !label.starts_with('-')
            && !label.ends_with('-')
    };
    let is_name = text.len() <= 253 && text.split('.').all(is_label);
    match is_name || text.parse::<std::net::IpAddr>().is_ok() {
        true => Ok(text.to_ascii_lowercase()),
        false => wrong(
            value,
            "this is no host name; write one such as \"mail.example.org\"",
        ),
    }
}

/// A name of the system, empty for none.
pub(super) fn system_name(value: &Value<'_>) -> Read<Option<String>> {
    let text = string(value, "the name of a user or group")?;
    match text.contains(['\0', ':', '/', '\n']) {
        true => wrong(value, "no user or group has such a name"),
        false => Ok((!text.is_empty()).then(|| text.to_owned())),
    }
}

/// An absolute path: the server does not stay in the folder that it was started in.
pub(super) fn path(value: &Value<'_>) -> Read<PathBuf> {
    let text = string(value, "a path")?;
    absolute(value, text)
}

fn absolute(value: &Value<'_>, text: &str) -> Read<PathBuf> {
    let path = PathBuf::from(text);
    if text.contains('\0') {
        return wrong(value, "a path holds no NUL");
    }
    match path.is_absolute() {
        true => Ok(path),
        false => wrong(value, "the path has to begin with \"/\""),
    }
}

/// A path, empty for none.
pub(super) fn optional_path(value: &Value<'_>) -> Read<Option<PathBuf>> {
    match string(value, "a path")? {
        "" => Ok(None),
        _ => path(value).map(Some),
    }
}

/// Octets of a text that clients are told.
const LINE: usize = 1024;

/// A line of text, empty for none.
pub(super) fn optional_line(value: &Value<'_>) -> Read<Option<String>> {
    let text = string(value, "a text")?;
    match text.len() > LINE || text.chars().any(char::is_control) {
        true => wrong(value, "it has to be one line of at most 1024 octets"),
        false => Ok((!text.is_empty()).then(|| text.to_owned())),
    }
}

/// A URI, empty for none.
pub(super) fn optional_uri(value: &Value<'_>) -> Read<Option<String>> {
    let line = optional_line(value)?;
    let is_uri = |text: &String| {
        let scheme = text.split_once(':').map_or("", |(scheme, _)| scheme);
        let named = scheme.starts_with(|c: char| c.is_ascii_alphabetic());
        let usual = |c: char| c.is_ascii_alphanumeric() || "+-.".contains(c);
        named && scheme.chars().all(usual) && text.bytes().all(|b| b.is_ascii_graphic())
    };
    match line.as_ref().is_none_or(is_uri) {
        true => Ok(line),
        false => wrong(
            value,
            "not a URI; write one such as \"mailto:postmaster@example.org\"",
        ),
    }
}

/// Addresses with ports.
pub(super) fn addresses(value: &Value<'_>) -> Read<Vec<SocketAddr>> {
    list(
        value,
        "a list of addresses such as [\"[::]:993\"]",
        |item| {
            let text = string(item, "an address such as \"[::]:993\"")?;
            address(item, text)
        },
    )
}

fn address(value: &Value<'_>, text: &str) -> Read<SocketAddr> {
    match text.parse::<SocketAddr>() {
        Ok(address) if address.port() == 0 => wrong(value, "the port may not be 0"),
        Ok(address) => Ok(address),
        Err(_) => wrong(
            value,
            "not an address with a port; write \"192.0.2.1:993\" or \"[2001:db8::1]:993\"",
        ),
    }
}

/// Names of accounts, in normal form.
pub(super) fn accounts(value: &Value<'_>) -> Read<Vec<String>> {
    list(
        value,
        "a list of names such as [\"submit@example.org\"]",
        |item| {
            let text = string(item, "a name such as \"submit@example.org\"")?;
            match AccountName::parse(text) {
                Ok(name) => Ok(name.as_str().to_owned()),
                Err(error) => wrong(item, error.to_string()),
            }
        },
    )
}

/// Accounts, each with a time.
pub(super) fn times_of_accounts(value: &Value<'_>) -> Read<BTreeMap<String, Duration>> {
    let all = list(
        value,
        "a list such as [\"ann@example.org 90d\"]",
        time_of_account,
    )?;
    Ok(all.into_iter().collect())
}

fn time_of_account(item: &Value<'_>) -> Read<(String, Duration)> {
    let text = string(item, "a name and a time such as \"ann@example.org 90d\"")?;
    let Some((name, time)) = text.trim().split_once(' ') else {
        return wrong(item, "write a name, a space and a time");
    };
    let name = match AccountName::parse(name) {
        Ok(name) => name.as_str().to_owned(),
        Err(error) => return wrong(item, error.to_string()),
    };
    match units::duration(time) {
        Ok(time) if time > Duration::ZERO => Ok((name, time)),
        Ok(_) => wrong(item, "it has to be more than 0"),
        Err(why) => wrong(item, why),
    }
}

/// Networks.
pub(super) fn networks(value: &Value<'_>) -> Read<Vec<NetworkRange>> {
    list(
        value,
        "a list of networks such as [\"192.0.2.0/24\"]",
        |item| {
            let text = string(item, "a network such as \"192.0.2.0/24\"")?;
            text.parse().or_else(|why: &str| wrong(item, why))
        },
    )
}

/// Places for LMTP, none of them open to a network.
pub(super) fn lmtp_addresses(value: &Value<'_>) -> Read<Vec<LmtpAddress>> {
    list(
        value,
        "a list such as [\"unix:/run/postern/lmtp.sock\"]",
        |item| {
            let text = string(item, "\"unix:/path\" or \"127.0.0.1:24\"")?;
            match text.strip_prefix("unix:") {
                Some(path) => absolute(item, path).map(LmtpAddress::Unix),
                None => local(item, text).map(LmtpAddress::Tcp),
            }
        },
    )
}

fn local(value: &Value<'_>, text: &str) -> Read<SocketAddr> {
    let address = address(value, text)?;
    match address.ip().to_canonical().is_loopback() {
        true => Ok(address),
        false => wrong(
            value,
            "LMTP knows no login, so it listens on \"unix:/path\", 127.0.0.1 or [::1] only",
        ),
    }
}

/// Permissions in octal.
pub(super) fn mode(value: &Value<'_>) -> Read<u32> {
    let text = string(value, "permissions as a string such as \"0660\"")?;
    match u32::from_str_radix(text, 8) {
        Ok(mode) if mode <= 0o777 => Ok(mode),
        _ => wrong(
            value,
            "not permissions; write octal digits such as \"0660\"",
        ),
    }
}

/// A size with its unit, at least 1.
pub(super) fn size(value: &Value<'_>) -> Read<u64> {
    let text = string(value, "a size with its unit such as \"64MiB\"")?;
    match units::size(text) {
        Ok(0) => wrong(value, "it has to be more than 0"),
        Ok(size) => Ok(size),
        Err(why) => wrong(value, why),
    }
}

/// A time with its unit, more than 0.
pub(super) fn duration(value: &Value<'_>) -> Read<Duration> {
    let text = string(value, "a time with its unit such as \"30m\"")?;
    match units::duration(text) {
        Ok(Duration::ZERO) => wrong(value, "it has to be more than 0"),
        Ok(duration) => Ok(duration),
        Err(why) => wrong(value, why),
    }
}

/// `true` or `false`.
pub(super) fn boolean(value: &Value<'_>) -> Read<bool> {
    match value.get_ref().as_bool() {
        Some(on) => Ok(on),
        None => expected(value, "true or false"),
    }
}

/// A count, at least 1.
pub(super) fn count(value: &Value<'_>) -> Read<u32> {
    let Some(integer) = value.get_ref().as_integer() else {
        return expected(value, "a whole number");
    };
    match u32::from_str_radix(integer.as_str(), integer.radix()) {
        Ok(0) => wrong(value, "it has to be at least 1"),
        Ok(count) => Ok(count),
        Err(_) => wrong(value, format!("it has to be from 1 to {}", u32::MAX)),
    }
}

/// A size, or `none`.
pub(super) fn quota_size(value: &Value<'_>) -> Read<u64> {
    match value.get_ref().as_str() {
        Some("none") => Ok(NO_QUOTA),
        _ => size(value).map(|size| size.min(NO_QUOTA)),
    }
}

/// A count, or `none`.
pub(super) fn quota_count(value: &Value<'_>) -> Read<u64> {
    Ok(optional_count(value)?.map_or(NO_QUOTA, u64::from))
}

/// A count, or `none`.
pub(super) fn optional_count(value: &Value<'_>) -> Read<Option<u32>> {
    match value.get_ref().as_str() {
        Some("none") => Ok(None),
        Some(_) => wrong(value, "it is a whole number or \"none\""),
        None => count(value).map(Some),
    }
}

/// A count of keywords: as many as a mailbox can have.
pub(super) fn keywords(value: &Value<'_>) -> Read<u32> {
    let count = count(value)?;
    match count as usize > MAX_KEYWORDS {
        true => wrong(value, format!("it has to be from 1 to {MAX_KEYWORDS}")),
        false => Ok(count),
    }
}

/// `text` or `json`.
pub(super) fn log_format(value: &Value<'_>) -> Read<LogFormat> {
    match string(value, "\"text\" or \"json\"")? {
        "text" => Ok(LogFormat::Text),
        "json" => Ok(LogFormat::Json),
        _ => wrong(value, "it is \"text\" or \"json\""),
    }
}

/// A level by name.
pub(super) fn log_level(value: &Value<'_>) -> Read<LogLevel> {
    const WHAT: &str = "\"error\", \"warn\", \"info\", \"debug\" or \"trace\"";
    match string(value, WHAT)? {
        "error" => Ok(LogLevel::Error),
        "warn" => Ok(LogLevel::Warn),
        "info" => Ok(LogLevel::Info),
        "debug" => Ok(LogLevel::Debug),
        "trace" => Ok(LogLevel::Trace),
        _ => wrong(value, format!("it is {WHAT}")),
    }
}
