//! Licences, bans and sources of every dependency, by the rules of `deny.toml`.
//!
//! It needs no network. `cargo deny` is run as well where it is installed: it alone knows
//! advisories newer than those in `xtask/advisories.toml`.

use crate::advisories::{self, Ignored};
use crate::run;
use anyhow::{Context, Result, bail};
use serde::Deserialize;
use serde_json::Value;
use spdx::{Expression, LicenseReq, Licensee, ParseMode};
use std::collections::BTreeSet;

/// The part of `deny.toml` that is checked here.
#[derive(Deserialize)]
struct Rules {
    graph: Graph,
    licenses: Licenses,
    bans: Bans,
    sources: Sources,
    advisories: Advisories,
}

#[derive(Deserialize)]
struct Graph {
    targets: Vec<String>,
}

#[derive(Deserialize)]
struct Licenses {
    allow: Vec<String>,
}

#[derive(Deserialize)]
struct Bans {
    deny: Vec<Ban>,
}

#[derive(Deserialize)]
struct Ban {
    #[serde(rename = "crate")]
    name: String,
    reason: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "kebab-case")]
struct Sources {
    allow_registry: Vec<String>,
}

#[derive(Deserialize)]
struct Advisories {
    #[serde(default)]
    ignore: Vec<Ignored>,
}

pub(crate) fn check() -> Result<String> {
    let rules: Rules = toml::from_str(&std::fs::read_to_string(run::root().join("deny.toml"))?)
        .context("deny.toml")?;
    let packages = packages(&rules.graph.targets)?;
    let mut findings = Vec::new();
    for package in &packages {
        findings.extend(rules.broken_by(package)?);
    }
    let (affected, compared) = advisories::check(&rules.advisories.ignore)?;
    findings.extend(affected);
    for finding in &findings {
        println!("{finding}");
    }
    if !findings.is_empty() {
        bail!("{} breaches of deny.toml", findings.len());
    }
    let deny = cargo_deny()?;
    Ok(format!(
        "{} packages: licences, bans and sources; {compared}; {deny}",
        packages.len()
    ))
}

/// A dependency as `cargo metadata` describes it.
struct Package {
    name: String,
    version: String,
    licence: Option<String>,
    source: Option<String>,
}

/// All packages of the targets' graphs, those for tests too.
fn packages(targets: &[String]) -> Result<Vec<Package>> {
    let built = built(targets)?;
    let mut cargo = run::cargo();
    cargo.args(["metadata", "--format-version", "1"]);
    for target in targets {
        cargo.args(["--filter-platform", target]);
    }
    let json: Value = serde_json::from_slice(&run::output(&mut cargo)?)?;
    let list = json.get("packages").and_then(Value::as_array);
    let all = list
        .context("cargo metadata")?
        .iter()
        .map(Package::from_json);
    Ok(all
        .filter(|package| built.contains(&package.id()))
        .collect())
}

/// `name v1.2.3` of what is really compiled. `cargo metadata` lists more: dependencies that a
/// weak feature (`name?/feature`) mentions and nothing turns on.
fn built(targets: &[String]) -> Result<BTreeSet<String>> {
    let mut cargo = run::cargo();
    cargo.args(["tree", "--workspace", "--edges", "normal,build,dev"]);
    cargo.args(["--prefix", "none", "--no-dedupe", "--format", "{p}"]);
    for target in targets {
        cargo.args(["--target", target]);
    }
    let text = String::from_utf8(run::output(&mut cargo)?)?;
    let id = |line: &str| line.split(' ').take(2).collect::<Vec<_>>().join(" ");
    Ok(text.lines().map(id).collect())
}

impl Package {
    /// As `cargo tree` writes it.
    fn id(&self) -> String {
        format!("{} v{}", self.name, self.version)
    }

    fn from_json(json: &Value) -> Self {
        let text = |key| json.get(key).and_then(Value::as_str).map(str::to_owned);
        Self {
            name: text("name").unwrap_or_default(),
            version: text("version").unwrap_or_default(),
            licence: text("license"),
            source: text("source"),
        }
    }
}

impl Rules {
    fn broken_by(&self, package: &Package) -> Result<Vec<String>> {
        let who = package.id();
        let mut findings = Vec::new();
        if let Some(ban) = self.bans.deny.iter().find(|ban| ban.name == package.name) {
            findings.push(format!("{who} is banned: {}", ban.reason));
        }
        if let Some(source) = &package.source
            && !self.allows_source(source)
        {
            findings.push(format!("{who} comes from {source}"));
        }
        match &package.licence {
            None => findings.push(format!("{who} names no licence")),
            Some(licence) if !self.allows_licence(licence)? => {
                findings.push(format!("{who}: its licence is {licence}"));
            }
            Some(_) => {}
        }
        Ok(findings)
    }

    fn allows_source(&self, source: &str) -> bool {
        let registry = source.strip_prefix("registry+");
        registry.is_some_and(|url| {
            self.sources
                .allow_registry
                .iter()
                .any(|allowed| allowed == url)
        })
    }

    /// Whether one of the choices that the expression leaves is allowed in all its terms.
    fn allows_licence(&self, expression: &str) -> Result<bool> {
        let parsed = Expression::parse_mode(expression, ParseMode::LAX);
        let parsed = parsed.map_err(|error| anyhow::anyhow!("{expression}: {error}"))?;
        let allowed: Vec<Licensee> = self
            .licenses
            .allow
            .iter()
            .filter_map(|name| Licensee::parse(name).ok())
            .collect();
        let allows = |req: &LicenseReq| allowed.iter().any(|licensee| licensee.satisfies(req));
        Ok(parsed.evaluate(allows))
    }
}

/// What `cargo deny` adds, in words that say what was not checked.
fn cargo_deny() -> Result<String> {
    if !run::succeeds(run::cargo().args(["deny", "--version"])) {
        return Ok("later ones NOT checked, as cargo-deny is not installed".to_owned());
    }
    run::check(run::cargo().args(["deny", "check", "licenses", "bans", "sources"]))?;
    if !run::succeeds(run::cargo().args(["deny", "fetch", "db"])) {
        return Ok(
            "cargo-deny agrees; later ones NOT checked, their database is out of reach".into(),
        );
    }
    run::check(run::cargo().args(["deny", "check", "advisories"]))?;
    Ok("cargo-deny agrees, no advisories".to_owned())
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    fn rules() -> Rules {
        toml::from_str(
            "graph.targets = []\nlicenses.allow = ['MIT', 'Apache-2.0 WITH LLVM-exception']\n\
             sources.allow-registry = ['https://registry.example/index']\nadvisories = {}\n\
             [[bans.deny]]\ncrate = 'ring'\nreason = 'one library'\n",
        )
        .unwrap()
    }

    fn package(name: &str, licence: &str, source: &str) -> Package {
        let [name, licence, source] = [name, licence, source].map(str::to_owned);
        Package {
            name,
            version: "1.0.0".to_owned(),
            licence: Some(licence),
            source: Some(source),
        }
    }

    #[test]
    fn one_allowed_choice_is_enough_and_every_term_of_it_is_needed() {
        let rules = rules();
        let allowed = [
            "MIT",
            "GPL-3.0-only OR MIT",
            "MIT/GPL-3.0",
            "(MIT AND MIT) OR ISC",
        ];
        let refused = [
            "GPL-3.0-only",
            "MIT AND ISC",
            "Apache-2.0",
            "ISC OR (MIT AND GPL-2.0-only)",
        ];
        for licence in allowed {
            assert!(rules.allows_licence(licence).unwrap(), "{licence}");
        }
        for licence in refused {
            assert!(!rules.allows_licence(licence).unwrap(), "{licence}");
        }
        assert!(
            rules
                .allows_licence("Apache-2.0 WITH LLVM-exception")
                .unwrap()
        );
    }

    #[test]
    fn bans_and_foreign_sources_are_found() {
        let rules = rules();
        let good = "registry+https://registry.example/index";
        assert!(
            rules
                .broken_by(&package("a", "MIT", good))
                .unwrap()
                .is_empty()
        );
        assert_eq!(
            rules
                .broken_by(&package("ring", "MIT", good))
                .unwrap()
                .len(),
            1
        );
        let git = package("a", "MIT", "git+https://registry.example/index");
        assert_eq!(rules.broken_by(&git).unwrap().len(), 1);
    }
}
