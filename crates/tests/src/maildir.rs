//! A Maildir as a mail client keeps one.

use crate::mailbox::{Flags, Message};
use std::fs;
use std::path::{Path, PathBuf};

/// The letters after `:2,` in a file's name and the flags that they stand for.
pub const FLAG_LETTERS: [(char, &str); 5] = [
    ('D', "\\Draft"),
    ('F', "\\Flagged"),
    ('R', "\\Answered"),
    ('S', "\\Seen"),
    ('T', "\\Deleted"),
];

/// A folder with `cur`, `new` and `tmp`.
#[derive(Debug, Clone)]
pub struct Maildir {
    /// Where it is.
    pub path: PathBuf,
}

impl Maildir {
    /// Makes a new, empty one.
    ///
    /// # Panics
    /// When it is there already.
    pub fn create(path: &Path) -> Self {
        for part in ["cur", "new", "tmp"] {
            fs::create_dir_all(path.join(part)).unwrap();
        }
        Self {
            path: path.to_path_buf(),
        }
    }

    /// One that is there.
    pub fn open(path: &Path) -> Self {
        Self {
            path: path.to_path_buf(),
        }
    }

    /// Its messages' files, sorted by content.
    ///
    /// # Panics
    /// When it cannot be read.
    pub fn files(&self) -> Vec<PathBuf> {
        let parts = ["cur", "new"].map(|part| fs::read_dir(self.path.join(part)).unwrap());
        let mut files: Vec<PathBuf> = parts
            .into_iter()
            .flatten()
            .map(|entry| entry.unwrap().path())
            .collect();
        files.sort_by_key(|file| octets(file));
        files
    }

    /// Its messages, sorted.
    ///
    /// # Panics
    /// When it cannot be read.
    pub fn messages(&self) -> Vec<Message> {
        let files = self.files().into_iter();
        let mut all: Vec<Message> = files
            .map(|file| Message {
                octets: octets(&file),
                flags: flags(&file),
            })
            .collect();
        all.sort();
        all
    }

    /// Puts a message in, as read by nobody.
    ///
    /// # Panics
    /// When it cannot be written.
    pub fn add(&self, name: &str, message: &[u8]) {
        let text = String::from_utf8(message.to_vec()).unwrap();
        fs::write(self.path.join("new").join(name), text.replace("\r\n", "\n")).unwrap();
    }

    /// Sets a file's flag, given by its letter.
    ///
    /// # Panics
    /// When it cannot be renamed.
    pub fn flag(&self, file: &Path, letter: char) {
        let name = file.file_name().unwrap().to_str().unwrap();
        let (stem, letters) = name.split_once(":2,").unwrap_or((name, ""));
        let mut letters: Vec<char> = letters.chars().chain([letter]).collect();
        letters.sort_unstable();
        letters.dedup();
        let letters: String = letters.into_iter().collect();
        fs::rename(
            file,
            self.path.join("cur").join(format!("{stem}:2,{letters}")),
        )
        .unwrap();
    }
}

/// The message with CRLF; clients write what their system uses.
fn octets(file: &Path) -> Vec<u8> {
    let text = fs::read(file).unwrap();
    let mut octets = Vec::with_capacity(text.len() + 32);
    for line in text.split_inclusive(|octet| *octet == b'\n') {
        let bare = line.strip_suffix(b"\n");
        match bare {
            Some(bare) if !bare.ends_with(b"\r") => {
                octets.extend_from_slice(bare);
                octets.extend_from_slice(b"\r\n");
            }
            _ => octets.extend_from_slice(line),
        }
    }
    octets
}

fn flags(file: &Path) -> Flags {
    let name = file.file_name().unwrap().to_str().unwrap();
    let letters = name.split_once(":2,").map_or("", |(_, letters)| letters);
    let known = FLAG_LETTERS
        .iter()
        .filter(|(letter, _)| letters.contains(*letter));
    known.map(|(_, flag)| (*flag).to_owned()).collect()
}
