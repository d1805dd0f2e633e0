//! What sources must not name, and how long they may be.

use super::Findings;
use crate::run;
use crate::source::{self, Source};
use anyhow::Result;
use proc_macro2::{Delimiter, TokenTree};
use std::path::{Path, PathBuf};

const LONGEST_FILE: usize = 700;
const LONGEST_FUNCTION: usize = 100;

/// The folders of the pure crates.
const PURE: &[&str] = &["crates/imap", "crates/message", "crates/account"];

/// Checks that are compiled into the product for every backend to pass. They may panic.
const CHECKS: &[&str] = &["crates/store/src/contract", "crates/store/src/contract.rs"];

/// Paths that a pure crate does not name.
const OUTSIDE: &[&str] = &[
    "std::env",
    "std::fs",
    "std::net",
    "std::os",
    "std::process",
    "std::thread",
    "std::time::Instant",
    "std::time::SystemTime",
    "getrandom",
    "rand",
    "rusqlite",
    "rustls",
    "tokio",
];

pub(super) fn check(sources: &[Source]) -> Findings {
    let mut findings = Findings::new();
    for source in sources {
        findings.extend(sizes(source));
        if !CHECKS.iter().any(|checks| source.path.starts_with(checks)) {
            findings.extend(panics(source));
        }
        if PURE.iter().any(|pure| source.path.starts_with(pure)) {
            findings.extend(outside(source));
        }
    }
    findings
}

fn sizes(source: &Source) -> Findings {
    let path = source.path.display();
    let mut findings = Findings::new();
    if source.lines >= LONGEST_FILE {
        findings.push(format!(
            "{path}: {} lines, and {LONGEST_FILE} is too many",
            source.lines
        ));
    }
    let long = source::functions(&source.tokens)
        .into_iter()
        .filter(|f| f.lines > LONGEST_FUNCTION);
    findings.extend(long.map(|f| {
        format!(
            "{path}:{}: {} has {} lines, over {LONGEST_FUNCTION}",
            f.line, f.name, f.lines
        )
    }));
    findings
}

/// Words in order, each with its line; groups are opened.
struct Word {
    text: String,
    line: usize,
}

fn words(tokens: &[TokenTree]) -> Vec<Word> {
    let mut found = Vec::new();
    let mut next: Vec<TokenTree> = tokens.iter().rev().cloned().collect();
    while let Some(token) = next.pop() {
        let line = token.span().start().line;
        let text = match &token {
            TokenTree::Ident(word) => word.to_string(),
            TokenTree::Punct(punct) => punct.as_char().to_string(),
            TokenTree::Literal(_) => "0".to_owned(),
            TokenTree::Group(group) => {
                let inside: Vec<TokenTree> = group.stream().into_iter().collect();
                let (open, close) = brackets(group.delimiter());
                next.push(mark(close, group.span_close()));
                next.extend(inside.into_iter().rev());
                open.to_string()
            }
        };
        found.push(Word { text, line });
    }
    found
}

fn brackets(delimiter: Delimiter) -> (char, char) {
    match delimiter {
        Delimiter::Parenthesis => ('<', '>'),
        Delimiter::Brace => ('{', '}'),
        Delimiter::Bracket | Delimiter::None => ('|', '|'),
    }
}

/// A closing bracket cannot be a token by itself, so `}` is shown as `~`, the others as they are.
fn mark(close: char, span: proc_macro2::Span) -> TokenTree {
    let sign = if close == '}' { '~' } else { close };
    let mut punct = proc_macro2::Punct::new(sign, proc_macro2::Spacing::Alone);
    punct.set_span(span);
    TokenTree::Punct(punct)
}

fn panics(source: &Source) -> Findings {
    let words = words(&source.tokens);
    let text = |at: usize| words.get(at).map_or("", |word| word.text.as_str());
    let mut findings = Findings::new();
    for (at, word) in words.iter().enumerate() {
        let named = match (word.text.as_str(), text(at + 1)) {
            ("unwrap", "<") if at > 0 && text(at - 1) == "." => "unwrap()",
            ("todo", "!") => "todo!",
            ("unimplemented", "!") => "unimplemented!",
            // `forbid(unsafe_code)` is one word, so this is the keyword.
            ("unsafe", _) => "unsafe",
            _ => continue,
        };
        findings.push(format!(
            "{}:{}: {named} outside tests",
            source.path.display(),
            word.line
        ));
    }
    findings
}

fn outside(source: &Source) -> Findings {
    let named = paths(&words(&source.tokens));
    let wrong = named.iter().filter_map(|(path, line)| {
        let forbidden = OUTSIDE.iter().find(|outside| is_below(path, outside))?;
        Some(format!(
            "{}:{line}: a pure crate names {forbidden}",
            source.path.display()
        ))
    });
    wrong.collect()
}

/// Whether `path` is `outside` or something in it. A path that starts with `::` was cut.
fn is_below(path: &str, outside: &str) -> bool {
    path.strip_prefix(outside)
        .is_some_and(|rest| rest.is_empty() || rest.starts_with("::"))
}

/// The paths of two or more names, and single names in a `use`, with braces of `use` opened:
/// `use std::{fs, net::X}` gives `std::fs` and `std::net::X`.
fn paths(words: &[Word]) -> Vec<(String, usize)> {
    let mut found = Vec::new();
    // Prefixes of the braces that are open; None for those of a block.
    let mut open: Vec<Option<String>> = Vec::new();
    let mut path = String::new();
    for (at, word) in words.iter().enumerate() {
        let before = at
            .checked_sub(1)
            .and_then(|at| words.get(at))
            .map_or("", |w| w.text.as_str());
        match word.text.as_str() {
            ":" if before == ":" => path.push_str("::"),
            ":" => {}
            "{" if path.ends_with("::") => open.push(Some(std::mem::take(&mut path))),
            "{" => open.push(None),
            "~" => drop(open.pop()),
            "use" | "dyn" | "impl" | "mut" | "return" | "as" => path.clear(),
            name if name.starts_with(|c: char| c.is_alphabetic() || c == '_') => {
                if !path.ends_with("::") {
                    path = open.last().cloned().flatten().unwrap_or_default();
                }
                path.push_str(name);
                let goes_on =
                    |ahead: usize| words.get(at + ahead).is_some_and(|next| next.text == ":");
                if !(goes_on(1) && goes_on(2)) {
                    found.push((path.clone(), word.line));
                }
            }
            _ => path.clear(),
        }
    }
    let whole = found
        .into_iter()
        .map(|(path, line)| (path.trim_start_matches("::").to_owned(), line));
    whole.filter(|(path, _)| path.contains("::")).collect()
}

/// Texts that name a place on somebody's machine.
pub(super) fn texts(files: &[PathBuf]) -> Result<Findings> {
    let mut findings = Findings::new();
    for path in files.iter().filter(|path| !path.ends_with("Cargo.lock")) {
        let octets = std::fs::read(run::root().join(path))?;
        let Ok(text) = String::from_utf8(octets) else {
            continue;
        };
        findings.extend(machine_paths(path, &text));
    }
    Ok(findings)
}

fn machine_paths(path: &Path, text: &str) -> Findings {
    let folders = ["work", "root", "Users"].map(|folder| format!("/{folder}/"));
    let lines = text.lines().enumerate();
    let named = lines.filter(|(_, line)| folders.iter().any(|folder| starts_path(line, folder)));
    named
        .map(|(at, _)| format!("{}:{}: names a machine's path", path.display(), at + 1))
        .collect()
}

/// Whether the folder stands at the start of a path, and not in the midst of one.
fn starts_path(line: &str, folder: &str) -> bool {
    line.match_indices(folder).any(|(at, _)| {
        let before = line.get(..at).and_then(|start| start.chars().next_back());
        before.is_none_or(|c| !c.is_alphanumeric() && !"./~_-})]".contains(c))
    })
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    fn source(text: &str) -> Source {
        let tokens = source::without_tests(&source::parse(text).unwrap());
        Source {
            path: PathBuf::from("a.rs"),
            lines: text.lines().count(),
            tokens,
        }
    }

    #[test]
    fn panics_outside_tests_are_found_in_macros_too() {
        let text = "fn a() { b.unwrap(); log!(\"{}\", c.unwrap()); todo!() }\n\
                    fn ok() { d.unwrap_or(1); let unwrap = 1; }\n\
                    #[cfg(test)] mod tests { fn t() { e.unwrap() } }";
        assert_eq!(panics(&source(text)).len(), 3);
        let keyword = ["un", "safe { f() }"].concat();
        assert_eq!(panics(&source(&keyword)), ["a.rs:1: unsafe outside tests"]);
    }

    #[test]
    fn a_pure_crate_names_nothing_outside_by_any_spelling() {
        let broken = [
            "use std::net::TcpStream;",
            "use std::{fmt, fs};",
            "use std::{collections::{BTreeMap, BTreeSet}, time::{Duration, Instant}};",
            "use ::std::thread;",
            "fn f() { let t = std::time::SystemTime::now(); }",
            "fn f() -> tokio::task::JoinHandle<u8> { g() }",
            "use rand::random;",
        ];
        for text in broken {
            assert_eq!(outside(&source(text)).len(), 1, "{text}");
        }
    }

    #[test]
    fn names_that_only_look_alike_are_left_alone() {
        let fine = [
            "use std::time::Duration;",
            "use std::{fmt::Write, collections::BTreeMap};",
            "fn f() { crate::net::std(); let rand = 1; }",
            "fn f() { match x { A::B => {} fs => {} } }",
            "#[cfg(test)] mod tests { use std::fs; }",
            "struct S { tokio: u8 }",
            "/// Unlike tokio::spawn.\nfn f() {}",
        ];
        for text in fine {
            assert_eq!(outside(&source(text)), Findings::new(), "{text}");
        }
    }

    #[test]
    fn long_files_and_functions_are_found() {
        let long = format!("fn long() {{\n{}}}\n", "    f();\n".repeat(99));
        assert_eq!(
            sizes(&source(&long)),
            ["a.rs:1: long has 101 lines, over 100"]
        );
        let fine = format!("fn fine() {{\n{}}}\n", "    f();\n".repeat(98));
        assert_eq!(sizes(&source(&fine)), Findings::new());
        assert_eq!(
            sizes(&source(&"\n".repeat(700))),
            ["a.rs: 700 lines, and 700 is too many"]
        );
        assert_eq!(sizes(&source(&"\n".repeat(699))), Findings::new());
    }

    #[test]
    fn paths_of_a_machine_are_found() {
        let path = ["see /", "work/notes"].concat();
        assert_eq!(machine_paths(Path::new("a"), &path).len(), 1);
        let inside = ["https://example.org/", "work/notes a/", "root/b"].concat();
        assert_eq!(machine_paths(Path::new("a"), &inside), Findings::new());
    }
}
