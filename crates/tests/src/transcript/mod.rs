//! Transcripts: sessions as data, played against a server. The format is described in
//! `crates/tests/transcripts/README.md`.

mod matching;
pub mod pattern;
mod play;
mod pool;
pub mod script;

pub use matching::matches;
pub use play::{Failure, play};
pub use pool::Desk;

use script::{Mistake, Script};
use std::path::{Path, PathBuf};

/// A script and where it lies.
#[derive(Debug)]
pub struct Entry {
    /// Below the folder of scripts, as in `fetch/partial.txt`.
    pub name: String,
    /// What stands there.
    pub script: Result<Script, Mistake>,
}

/// The scripts whose names contain `wanted`, by name.
///
/// # Panics
/// When the folder cannot be read.
pub fn load(folder: &Path, wanted: &str) -> Vec<Entry> {
    let mut files = Vec::new();
    let mut folders = vec![folder.to_path_buf()];
    while let Some(next) = folders.pop() {
        for entry in std::fs::read_dir(&next).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|extension| extension == "txt") {
                files.push(path);
            }
        }
    }
    files.sort();
    let named = files.into_iter().map(|path| entry(folder, &path));
    named.filter(|entry| entry.name.contains(wanted)).collect()
}

fn entry(folder: &Path, path: &PathBuf) -> Entry {
    let name = path.strip_prefix(folder).unwrap().display().to_string();
    let text = std::fs::read_to_string(path).unwrap();
    Entry {
        name,
        script: script::parse(&text),
    }
}
