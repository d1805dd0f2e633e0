//! The house rules, as checks: what ARCHITECTURE and CONTRIBUTING promise of the sources.

mod crates;
mod sources;

use crate::run;
use crate::source;
use anyhow::{Result, bail};

/// What breaks a rule, and where.
type Findings = Vec<String>;

/// Checks them all and names every place that breaks one.
pub(crate) fn check() -> Result<String> {
    let graph = crates::Graph::read()?;
    let product = source::product()?;
    let mut findings = crates::check(&graph);
    findings.extend(sources::check(&product));
    findings.extend(sources::texts(&source::files()?)?);
    findings.extend(documents());
    for finding in &findings {
        println!("{finding}");
    }
    if !findings.is_empty() {
        bail!("{} places break a house rule", findings.len());
    }
    Ok(format!(
        "{} crates, {} files",
        graph.members(),
        product.len()
    ))
}

fn documents() -> Findings {
    let wanted = ["README.md", "ARCHITECTURE.md", "CHANGELOG.md"];
    let missing = wanted
        .iter()
        .filter(|name| !run::root().join(name).is_file());
    missing.map(|name| format!("{name} is missing")).collect()
}
