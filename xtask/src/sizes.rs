//! `cargo xtask sizes`: how long the files and functions of the product are.

use crate::source;
use anyhow::Result;

pub(crate) fn print() -> Result<()> {
    let sources = source::product()?;
    let mut files = Vec::new();
    let mut functions = Vec::new();
    for source in &sources {
        let path = source.path.display();
        files.push((source.lines, path.to_string()));
        let found = source::functions(&source.tokens).into_iter();
        functions.extend(found.map(|f| (f.lines, format!("{path}:{} {}", f.line, f.name))));
    }
    table("file", files);
    table("function", functions);
    Ok(())
}

fn table(what: &str, mut sizes: Vec<(usize, String)>) {
    sizes.sort();
    let lines = |share| at(&sizes, share);
    println!(
        "lines a {what}: median {}, p90 {}, p99 {}, of {}",
        lines(50),
        lines(90),
        lines(99),
        sizes.len()
    );
    for (lines, name) in sizes.iter().rev().take(10) {
        println!("{lines:>6}  {name}");
    }
}

/// The size that `percent` of them do not exceed (nearest rank).
fn at(sorted: &[(usize, String)], percent: usize) -> usize {
    let rank = (sorted.len() * percent).div_ceil(100).max(1);
    sorted.get(rank - 1).map_or(0, |(lines, _)| *lines)
}

#[cfg(test)]
mod tests {
    use super::at;

    #[test]
    fn percentiles_are_by_nearest_rank() {
        let sizes: Vec<_> = (1..=10).map(|lines| (lines, String::new())).collect();
        assert_eq!([at(&sizes, 50), at(&sizes, 90), at(&sizes, 99)], [5, 9, 10]);
        assert_eq!(at(&[], 50), 0);
    }
}
