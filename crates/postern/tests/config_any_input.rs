//! Whatever a file holds: a configuration, or an error that shows where.
#![allow(clippy::unwrap_used, clippy::panic)]

use postern_cli::config::{defaults_file, parse};
use proptest::prelude::*;

/// The defaults with a piece taken out or put in at any place.
fn nearly_right() -> impl Strategy<Value = String> {
    let length = defaults_file().len();
    let piece = prop_oneof![
        any::<String>(),
        "[\\[\\]{}=\"'#,.\r\n\t 0-9a-zé中\u{202e}]{0,12}",
    ];
    (0..=length, 0..40usize, piece).prop_map(|(at, taken, piece)| {
        let text = defaults_file();
        let start = text.floor_char_boundary(at);
        let end = text.ceil_char_boundary((start + taken).min(text.len()));
        format!("{}{piece}{}", &text[..start], &text[end..])
    })
}

fn check(text: &str) {
    if let Err(error) = parse("postern.toml", text) {
        let error = error.to_string();
        assert!(error.starts_with("error: "), "{error}");
        assert!(error.contains("--> postern.toml"), "{error}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 1_000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_text(text in any::<String>()) {
        check(&text);
    }

    #[test]
    fn any_short_toml(text in "(\\[?[a-z_]{1,9}\\]?( = )?[\"\\[]?[0-9a-zA-Zé:]{0,5}[\"\\]]?\r?\n){0,5}") {
        check(&text);
    }

    #[test]
    fn damaged_defaults(text in nearly_right()) {
        check(&text);
    }
}
