//! Mail of others, where it is beside the workspace.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic
)]

mod common;

use std::path::{Path, PathBuf};

fn messages(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut folders = vec![folder.to_path_buf()];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(&folder).unwrap() {
            let path = entry.unwrap().path();
            match path.is_dir() {
                true => folders.push(path),
                false if path.extension().is_some_and(|end| end == "eml") => found.push(path),
                false => {}
            }
        }
    }
    found
}

#[test]
fn everything_holds_for_the_corpus() {
    let above = Path::new(env!("CARGO_MANIFEST_DIR")).ancestors();
    let mut folders = above.map(|folder| folder.join("shared/corpus"));
    let Some(folder) = folders.find(|folder| folder.is_dir()) else {
        println!("no corpus beside the workspace: nothing checked");
        return;
    };
    let messages = messages(&folder);
    assert!(!messages.is_empty(), "an empty corpus");
    for path in messages {
        println!("{}", path.display());
        let raw = std::fs::read(&path).unwrap();
        common::check_message(&raw);
        // Cut anywhere, with either line end, it is still a message.
        for step in 1..20 {
            common::check_message(&raw[..raw.len() * step / 20]);
        }
        let bare: Vec<u8> = raw
            .iter()
            .copied()
            .filter(|&octet| octet != b'\r')
            .collect();
        common::check_message(&bare);
    }
}
