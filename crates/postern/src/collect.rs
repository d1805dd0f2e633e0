//! `postern collect`: gives back space now, by the running server or without one.

use crate::check::size;
use crate::config::Config;
use crate::control::{self, Request, Told};
use crate::data;
use crate::failure::Failure;
use crate::output::print;
use crate::serve::keep;
use postern_server::Collector;
use postern_store::collect::Freed;
use postern_store::sqlite::{Options, Sqlite};
use serde::{Deserialize, Serialize};
use std::io::Write;
use std::sync::Arc;

/// What was given back, as the server tells it.
#[derive(Debug, Serialize, Deserialize)]
struct Shown {
    octets: u64,
    segments: u64,
}

/// Gives space back, and says how much.
///
/// # Errors
/// A log cannot be read, or the store could not.
pub fn run(config: &Config, out: &mut dyn Write) -> Result<(), Failure> {
    data::become_owner(config)?;
    let told = control::tell(&config.data, &Request::Collect);
    let said = match told.map_err(|error| Failure::System(error.to_string()))? {
        Told::Done(said) => said,
        Told::NoServer => said(&alone(config)?),
    };
    let shown: Shown = serde_json::from_str(&said)
        .map_err(|error| Failure::System(format!("the server's answer is not known: {error}")))?;
    let (octets, segments) = (size(shown.octets), shown.segments);
    print(
        out,
        &format!("{octets} given back, {segments} segments removed\n"),
    )
}

fn alone(config: &Config) -> Result<Freed, Failure> {
    let store = Sqlite::open(&config.data, &Options::default());
    let store = Arc::new(store.map_err(|error| Failure::System(error.to_string()))?);
    let collector = Collector::new(store.clone(), store, keep(config));
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_time()
        .build()
        .map_err(|error| Failure::System(format!("the system gave no event loop: {error}")))?;
    Ok(runtime.block_on(collector.run())?)
}

/// The answer to a request, in one line.
pub(crate) fn said(freed: &Freed) -> String {
    let shown = Shown {
        octets: freed.octets,
        segments: freed.segments,
    };
    serde_json::to_string(&shown).unwrap_or_default()
}
