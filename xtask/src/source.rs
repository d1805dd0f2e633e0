//! Rust sources as tokens, with what is only for tests left out.

use crate::run;
use anyhow::{Context, Result};
use proc_macro2::{Delimiter, Group, TokenStream, TokenTree};
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

/// One source file.
pub(crate) struct Source {
    /// Its path from the workspace's folder.
    pub(crate) path: PathBuf,
    /// Its lines, tests and comments included.
    pub(crate) lines: usize,
    /// Its tokens without items under `#[cfg(test)]` or `#[test]`.
    pub(crate) tokens: Vec<TokenTree>,
}

/// A function: where it starts and how many lines it takes, signature and braces included.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Function {
    pub(crate) name: String,
    pub(crate) line: usize,
    pub(crate) lines: usize,
}

/// Every file of the workspace that git knows or would add, from the workspace's folder.
pub(crate) fn files() -> Result<Vec<PathBuf>> {
    let mut git = std::process::Command::new("git");
    git.current_dir(run::root());
    git.args([
        "ls-files",
        "-z",
        "--cached",
        "--others",
        "--exclude-standard",
    ]);
    let list = run::output(&mut git)?;
    let names = list
        .split(|octet| *octet == 0)
        .filter(|name| !name.is_empty());
    let paths = names.map(|name| PathBuf::from(String::from_utf8_lossy(name).into_owned()));
    Ok(paths
        .filter(|path| run::root().join(path).is_file())
        .collect())
}

/// The sources that are part of a program: not those for tests only, of any crate but those that
/// only test.
pub(crate) fn product() -> Result<Vec<Source>> {
    let mut sources = Vec::new();
    let mut only_tests = BTreeSet::new();
    for path in files()?.into_iter().filter(|path| is_product(path)) {
        let text = std::fs::read_to_string(run::root().join(&path))?;
        let all = parse(&text).with_context(|| path.display().to_string())?;
        only_tests.extend(test_modules(&path, &all));
        sources.push(Source {
            path,
            lines: text.lines().count(),
            tokens: without_tests(&all),
        });
    }
    sources.retain(|source| !only_tests.iter().any(|module| is_of(&source.path, module)));
    Ok(sources)
}

fn is_product(path: &Path) -> bool {
    let folders: Vec<_> = path.iter().filter_map(|part| part.to_str()).collect();
    let in_src = matches!(
        folders.as_slice(),
        ["xtask", "src", ..] | ["crates", _, "src", ..]
    );
    let for_tests = ["crates/tests", "crates/torture"];
    let is_tests = for_tests.iter().any(|folder| path.starts_with(folder));
    in_src && !is_tests && path.extension().is_some_and(|e| e == "rs")
}

/// Whether the file is the module at `a/b` (as `a/b.rs`) or below it.
fn is_of(path: &Path, module: &Path) -> bool {
    path.with_extension("") == module || path.starts_with(module)
}

pub(crate) fn parse(text: &str) -> Result<Vec<TokenTree>> {
    let stream: TokenStream = text
        .parse()
        .map_err(|error| anyhow::anyhow!("not Rust: {error}"))?;
    Ok(stream.into_iter().collect())
}

/// The paths, without extension, of modules declared as `#[cfg(test)] mod name;`.
fn test_modules(path: &Path, tokens: &[TokenTree]) -> Vec<PathBuf> {
    let stem = path
        .file_stem()
        .and_then(|stem| stem.to_str())
        .unwrap_or_default();
    let folder = match stem {
        "lib" | "main" | "mod" => path.parent().unwrap_or(path).to_path_buf(),
        _ => path.with_extension(""),
    };
    let mut found = Vec::new();
    let mut rest = tokens;
    while let Some((_, next)) = rest.split_first() {
        if let Some(item) = test_item(rest) {
            if let [
                ..,
                TokenTree::Ident(word),
                TokenTree::Ident(name),
                TokenTree::Punct(_),
            ] = item
                && word == "mod"
            {
                found.push(folder.join(name.to_string()));
            }
            rest = rest.get(item.len()..).unwrap_or_default();
        } else {
            rest = next;
        }
    }
    found
}

/// The tokens at every depth without test items; groups are rebuilt without them.
pub(crate) fn without_tests(tokens: &[TokenTree]) -> Vec<TokenTree> {
    let mut kept = Vec::new();
    let mut rest = tokens;
    while let Some((token, next)) = rest.split_first() {
        if let Some(item) = test_item(rest) {
            rest = rest.get(item.len()..).unwrap_or_default();
            continue;
        }
        kept.push(match token {
            TokenTree::Group(group) => TokenTree::Group(pruned(group)),
            other => other.clone(),
        });
        rest = next;
    }
    kept
}

fn pruned(group: &Group) -> Group {
    let inside: Vec<TokenTree> = group.stream().into_iter().collect();
    let mut copy = Group::new(
        group.delimiter(),
        without_tests(&inside).into_iter().collect(),
    );
    copy.set_span(group.span());
    copy
}

/// If the tokens start with an item for tests only: that item, attributes included.
fn test_item(tokens: &[TokenTree]) -> Option<&[TokenTree]> {
    let [
        TokenTree::Punct(hash),
        TokenTree::Group(attribute),
        rest @ ..,
    ] = tokens
    else {
        return None;
    };
    if hash.as_char() != '#' || !is_for_tests(attribute) {
        return None;
    }
    let ends = |token: &TokenTree| match token {
        TokenTree::Group(group) => group.delimiter() == Delimiter::Brace,
        TokenTree::Punct(punct) => punct.as_char() == ';',
        _ => false,
    };
    let end = rest.iter().position(ends)?;
    tokens.get(..end + 3)
}

/// `[test]`, `[tokio::test]`, `[cfg(test)]`, `[cfg(any(test, …))]`, but not `[cfg(not(test))]`.
fn is_for_tests(attribute: &Group) -> bool {
    let text = attribute.stream().to_string().replace(' ', "");
    let name = text.split('(').next().unwrap_or_default();
    let tests = name == "test" || name.ends_with("::test");
    tests
        || text == "cfg(test)"
        || text.starts_with("cfg(any(test")
        || text.starts_with("cfg(all(test")
}

/// Every function with a body, at any depth.
pub(crate) fn functions(tokens: &[TokenTree]) -> Vec<Function> {
    let mut found = Vec::new();
    let mut groups = vec![tokens.to_vec()];
    while let Some(tokens) = groups.pop() {
        for (at, token) in tokens.iter().enumerate() {
            match token {
                TokenTree::Group(group) => groups.push(group.stream().into_iter().collect()),
                TokenTree::Ident(word) if word == "fn" => {
                    found.extend(tokens.get(at..).and_then(function));
                }
                _ => {}
            }
        }
    }
    found
}

/// Reads `fn name … { … }`; none for a function type or a signature without a body.
fn function(tokens: &[TokenTree]) -> Option<Function> {
    let [TokenTree::Ident(word), TokenTree::Ident(name), rest @ ..] = tokens else {
        return None;
    };
    for token in rest {
        match token {
            TokenTree::Punct(punct) if punct.as_char() == ';' => return None,
            TokenTree::Group(body) if body.delimiter() == Delimiter::Brace => {
                let line = word.span().start().line;
                let lines = body.span_close().end().line - line + 1;
                return Some(Function {
                    name: name.to_string(),
                    line,
                    lines,
                });
            }
            _ => {}
        }
    }
    None
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    const SAMPLE: &str = "\
fn short() {}
trait Shape { fn area(&self) -> [u8; 2]; }
fn long(next: fn(u8) -> u8)
where
    u8: Copy,
{
    if true {
        drop(1);
    }
}
#[cfg(not(test))]
fn kept() {}
#[test]
#[ignore]
fn gone() {}
#[cfg(test)]
mod more;
#[cfg(test)]
mod tests {
    fn gone_too() {}
}
";

    #[test]
    fn functions_are_measured_and_tests_left_out() {
        let tokens = without_tests(&parse(SAMPLE).unwrap());
        let mut found: Vec<_> = functions(&tokens)
            .into_iter()
            .map(|f| (f.line, f.lines, f.name))
            .collect();
        found.sort();
        let expected = [(1, 1, "short"), (3, 8, "long"), (12, 1, "kept")];
        assert_eq!(
            found,
            expected.map(|(line, lines, name)| (line, lines, name.to_owned()))
        );
    }

    #[test]
    fn modules_for_tests_are_found_beside_their_parent() {
        let tokens = parse(SAMPLE).unwrap();
        let beside = test_modules(Path::new("crates/a/src/lib.rs"), &tokens);
        assert_eq!(beside, [PathBuf::from("crates/a/src/more")]);
        let below = test_modules(Path::new("crates/a/src/b.rs"), &tokens);
        assert_eq!(below, [PathBuf::from("crates/a/src/b/more")]);
    }
}
