//! From a file's text to a configuration.

use super::Config;
use super::check::{self, Places};
use super::options::{OptionSpec, SECTIONS, Section};
use super::problem::{ConfigError, Problem};
use super::read::{Value, Wrong};
use std::fs::File;
use std::io::{self, Read};
use std::path::Path;
use toml::Spanned;
use toml::de::{DeString, DeTable};

/// Octets that a file may have; the file of defaults has some 5 KiB.
const MAX_FILE: u64 = 1 << 20;

/// How alike two names have to be to be taken for one mistyped (Jaro-Winkler, 0 to 1).
const ALIKE: f64 = 0.85;

/// Reads a configuration from a file.
///
/// # Errors
/// The file cannot be read, or holds what is not allowed; the text shows every such line.
pub fn load(path: &Path) -> Result<Config, ConfigError> {
    let shown = path.display().to_string();
    let text = read(path).map_err(|error| {
        ConfigError::unreadable(format!("cannot read the configuration {shown}: {error}"))
    })?;
    parse(&shown, &text)
}

fn read(path: &Path) -> io::Result<String> {
    let mut text = String::new();
    File::open(path)?
        .take(MAX_FILE + 1)
        .read_to_string(&mut text)?;
    match text.len() as u64 > MAX_FILE {
        true => Err(io::Error::other("it is larger than 1 MiB")),
        false => Ok(text),
    }
}

/// Reads a configuration from text; `path` is what errors call it.
///
/// # Errors
/// As [`load`].
pub fn parse(path: &str, text: &str) -> Result<Config, ConfigError> {
    let table =
        DeTable::parse(text).map_err(|error| ConfigError::new(path, text, &[syntax(&error)]))?;
    let mut reading = Reading::default();
    reading.file(table.get_ref());
    if reading.problems.is_empty() {
        reading.problems = check::combinations(&reading.config, &reading.places);
    }
    match reading.problems.is_empty() {
        true => Ok(reading.config),
        false => {
            reading.problems.sort_by_key(|problem| problem.span.start);
            Err(ConfigError::new(path, text, &reading.problems))
        }
    }
}

fn syntax(error: &toml::de::Error) -> Problem {
    Problem {
        title: "this is not TOML".to_owned(),
        span: error.span().unwrap_or(0..0),
        label: error.message().to_owned(),
        help: None,
    }
}

type Key<'a> = Spanned<DeString<'a>>;

#[derive(Default)]
struct Reading {
    config: Config,
    places: Places,
    problems: Vec<Problem>,
}

impl Reading {
    fn file(&mut self, table: &DeTable<'_>) {
        for (key, value) in table {
            let name = key.get_ref().as_ref();
            match SECTIONS
                .iter()
                .find(|it| !it.name.is_empty() && it.name == name)
            {
                Some(section) => self.section(section, value),
                None => self.general(key, value),
            }
        }
    }

    fn section(&mut self, section: &'static Section, value: &Value<'_>) {
        let Some(table) = value.get_ref().as_table() else {
            self.problems.push(Problem {
                title: format!("[{}] is a section", section.name),
                span: value.span(),
                label: format!("expected a table, found {}", value.get_ref().type_str()),
                help: Some(format!("write [{}] on a line of its own", section.name)),
            });
            return;
        };
        for (key, value) in table {
            self.option(section, key, value);
        }
    }

    /// What stands at the top: an option without a section, or a section that does not exist.
    fn general(&mut self, key: &Key<'_>, value: &Value<'_>) {
        let Some(section) = SECTIONS.first() else {
            return;
        };
        match value.get_ref().is_table() {
            true => self.problems.push(unknown_section(key)),
            false => self.option(section, key, value),
        }
    }

    fn option(&mut self, section: &'static Section, key: &Key<'_>, value: &Value<'_>) {
        let name = key.get_ref().as_ref();
        let Some(option) = section.options.iter().find(|it| it.key == name) else {
            self.problems.push(unknown_option(section, key));
            return;
        };
        self.places.insert((section.name, option.key), value.span());
        if let Err(wrong) = (option.set)(&mut self.config, value) {
            self.problems.push(wrong_value(section, option, wrong));
        }
    }
}

fn wrong_value(section: &Section, option: &OptionSpec, wrong: Wrong) -> Problem {
    let default = || format!("its default is {}", option.default);
    Problem {
        title: format!("wrong value for `{}`{}", option.key, in_section(section)),
        span: wrong.span,
        label: wrong.why,
        help: Some(wrong.help.unwrap_or_else(default)),
    }
}

fn unknown_section(key: &Key<'_>) -> Problem {
    let name = key.get_ref().as_ref();
    let sections = SECTIONS
        .iter()
        .map(|it| it.name)
        .filter(|it| !it.is_empty());
    let help = match closest(name, sections.clone()) {
        Some(meant) => format!("did you mean [{meant}]?"),
        None => format!(
            "the sections are {}",
            sections.collect::<Vec<_>>().join(", ")
        ),
    };
    Problem {
        title: format!("unknown section [{name}]"),
        span: key.span(),
        label: "there is no such section".to_owned(),
        help: Some(help),
    }
}

fn unknown_option(section: &Section, key: &Key<'_>) -> Problem {
    let name = key.get_ref().as_ref();
    Problem {
        title: format!("unknown option `{name}`{}", in_section(section)),
        span: key.span(),
        label: "there is no such option here".to_owned(),
        help: Some(meant_option(section, name)),
    }
}

/// The same name elsewhere, then a similar one here, then a similar one elsewhere.
fn meant_option(section: &Section, name: &str) -> String {
    let elsewhere = |wanted: &str| {
        let mut sections = SECTIONS.iter().filter(|it| it.name != section.name);
        sections.find(|it| it.options.iter().any(|option| option.key == wanted))
    };
    if let Some(other) = elsewhere(name) {
        return format!("it belongs {}", place(other));
    }
    if let Some(meant) = closest(name, section.options.iter().map(|it| it.key)) {
        return format!("did you mean `{meant}`?");
    }
    let all = SECTIONS.iter().flat_map(|it| it.options).map(|it| it.key);
    match closest(name, all).and_then(|meant| Some((meant, elsewhere(meant)?))) {
        Some((meant, other)) => format!("did you mean `{meant}`, {}?", place(other)),
        None => "see all options with: postern config defaults".to_owned(),
    }
}

fn place(section: &Section) -> String {
    match section.name {
        "" => "at the top, before the first section".to_owned(),
        name => format!("in [{name}]"),
    }
}

fn in_section(section: &Section) -> String {
    match section.name {
        "" => String::new(),
        name => format!(" in [{name}]"),
    }
}

pub(super) fn closest<'a>(name: &str, known: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    known
        .map(|candidate| (strsim::jaro_winkler(name, candidate), candidate))
        .filter(|(likeness, _)| *likeness >= ALIKE)
        .max_by(|(one, _), (other, _)| one.total_cmp(other))
        .map(|(_, candidate)| candidate)
}
