//! The configuration file.

use postern_cli::config::parse;

/// A configuration, or an error that shows where.
pub(crate) fn files(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else {
        return;
    };
    if let Err(error) = parse("postern.toml", text) {
        let error = error.to_string();
        assert!(error.starts_with("error: "), "{error}");
        assert!(error.contains("--> postern.toml"), "{error}");
        assert!(error.len() < 100_000 + 20 * text.len(), "{}", error.len());
    }
}
