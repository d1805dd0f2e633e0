//! One program for all targets: the variable `POSTERN_FUZZ_TARGET` names it.
#![no_main]

use std::sync::LazyLock;

static TARGET: LazyLock<fn(&[u8])> = LazyLock::new(|| {
    let name = std::env::var("POSTERN_FUZZ_TARGET").unwrap_or_default();
    match postern_fuzz::by_name(&name) {
        Some(target) => target.run,
        None => {
            let names: Vec<_> = postern_fuzz::TARGETS.iter().map(|it| it.name).collect();
            eprintln!("POSTERN_FUZZ_TARGET is one of: {}", names.join(" "));
            std::process::exit(2);
        }
    }
});

libfuzzer_sys::fuzz_target!(|data: &[u8]| (*TARGET)(data));
