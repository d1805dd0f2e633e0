//! Known advisories against the versions that `Cargo.lock` names.
//!
//! The advisory database is a git repository that many machines cannot reach. What it says of the
//! packages used here stands in `xtask/advisories.toml`, so that every check compares it.

use crate::run;
use anyhow::{Context, Result};
use semver::{Version, VersionReq};
use serde::Deserialize;
use std::collections::BTreeSet;

/// One entry of `ignore` in `deny.toml`'s `[advisories]`.
#[derive(Deserialize)]
pub(crate) struct Ignored {
    id: String,
    reason: String,
}

/// `xtask/advisories.toml`.
#[derive(Deserialize)]
struct Known {
    /// The day of the newest advisory in the copy of the database that was read.
    newest: String,
    /// Packages whose advisories are all listed, be there any or none.
    looked_up: BTreeSet<String>,
    advisory: Vec<Advisory>,
}

#[derive(Deserialize)]
struct Advisory {
    id: String,
    package: String,
    kind: String,
    date: String,
    patched: Vec<VersionReq>,
    unaffected: Vec<VersionReq>,
}

#[derive(Deserialize)]
struct Lock {
    package: Vec<Locked>,
}

#[derive(Deserialize)]
struct Locked {
    name: String,
    version: Version,
    /// None for the workspace's own packages.
    source: Option<String>,
}

/// What was found, and in words what was compared.
pub(crate) fn check(ignored: &[Ignored]) -> Result<(Vec<String>, String)> {
    let read =
        |name: &str| std::fs::read_to_string(run::root().join(name)).context(name.to_owned());
    let known: Known =
        toml::from_str(&read("xtask/advisories.toml")?).context("xtask/advisories.toml")?;
    let lock: Lock = toml::from_str(&read("Cargo.lock")?).context("Cargo.lock")?;
    let foreign = lock
        .package
        .iter()
        .filter(|package| package.source.is_some());
    let mut findings = without_reason(ignored);
    let mut count = 0_usize;
    for package in foreign {
        findings.extend(known.findings(package, ignored));
        count += 1;
    }
    let done = format!(
        "advisories up to {} for {count} of Cargo.lock",
        known.newest
    );
    Ok((findings, done))
}

fn without_reason(ignored: &[Ignored]) -> Vec<String> {
    let silent = ignored
        .iter()
        .filter(|entry| entry.reason.trim().is_empty());
    silent
        .map(|entry| format!("deny.toml ignores {} and gives no reason", entry.id))
        .collect()
}

impl Known {
    fn findings(&self, package: &Locked, ignored: &[Ignored]) -> Vec<String> {
        let name = &package.name;
        if !self.looked_up.contains(name) {
            return vec![format!(
                "{name}: its advisories were never looked up. Read crates/{name} in \
                 https://github.com/rustsec/advisory-db, enter in xtask/advisories.toml what is \
                 there, and add {name} to its looked_up"
            )];
        }
        let hits = self.advisory.iter().filter(|advisory| {
            advisory.affects(package) && !ignored.iter().any(|entry| entry.id == advisory.id)
        });
        hits.map(|advisory| advisory.finding(package)).collect()
    }
}

impl Advisory {
    /// A version before a release (`1.0.0-alpha`) is in no range that does not name one, so it
    /// counts as affected: better one look too many.
    fn affects(&self, package: &Locked) -> bool {
        let mut safe = self.patched.iter().chain(&self.unaffected);
        self.package == package.name && !safe.any(|range| range.matches(&package.version))
    }

    fn finding(&self, package: &Locked) -> String {
        let patched: Vec<String> = self.patched.iter().map(VersionReq::to_string).collect();
        let patched = if patched.is_empty() {
            "no version is patched".to_owned()
        } else {
            format!("patched are {}", patched.join("; "))
        };
        format!(
            "{} v{}: {} of {} ({}); {patched}",
            package.name, package.version, self.id, self.date, self.kind
        )
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    fn known() -> Known {
        toml::from_str(
            "newest = '2020-01-01'\nlooked_up = ['a', 'b']\n\
             [[advisory]]\nid = 'RUSTSEC-2019-0001'\npackage = 'a'\nkind = 'vulnerability'\n\
             date = '2019-01-01'\npatched = ['^1.2.3', '>=2.0.1']\nunaffected = ['<1.1.0']\n\
             [[advisory]]\nid = 'RUSTSEC-2019-0002'\npackage = 'b'\nkind = 'unmaintained'\n\
             date = '2019-01-01'\npatched = []\nunaffected = []\n",
        )
        .unwrap()
    }

    fn locked(name: &str, version: &str) -> Locked {
        Locked {
            name: name.to_owned(),
            version: version.parse().unwrap(),
            source: None,
        }
    }

    fn ignored(id: &str, reason: &str) -> Ignored {
        let [id, reason] = [id, reason].map(str::to_owned);
        Ignored { id, reason }
    }

    #[test]
    fn an_affected_version_is_found_and_a_patched_or_unaffected_one_is_not() {
        for version in ["1.1.0", "1.2.2", "2.0.0", "2.1.0-rc.1"] {
            let findings = known().findings(&locked("a", version), &[]);
            assert_eq!(findings.len(), 1, "{version}");
            assert!(findings.concat().contains("RUSTSEC-2019-0001"), "{version}");
        }
        for version in ["1.0.9", "1.2.3", "1.9.0", "2.0.1", "3.0.0"] {
            let findings = known().findings(&locked("a", version), &[]);
            assert!(findings.is_empty(), "{version}: {findings:?}");
        }
    }

    #[test]
    fn without_any_patched_version_every_version_is_affected() {
        let findings = known().findings(&locked("b", "9.0.0"), &[]);
        assert!(findings.concat().contains("no version is patched"));
    }

    #[test]
    fn a_package_never_looked_up_is_named_with_what_to_do() {
        let findings = known().findings(&locked("c", "1.0.0"), &[]).concat();
        assert!(findings.starts_with("c: its advisories were never looked up"));
        assert!(findings.contains("xtask/advisories.toml"));
    }

    #[test]
    fn an_ignored_advisory_needs_a_reason() {
        let list = [ignored("RUSTSEC-2019-0002", "not reached")];
        assert!(known().findings(&locked("b", "1.0.0"), &list).is_empty());
        assert_eq!(known().findings(&locked("a", "2.0.0"), &list).len(), 1);
        assert!(without_reason(&list).is_empty());
        assert_eq!(
            without_reason(&[ignored("RUSTSEC-2019-0002", " ")]).len(),
            1
        );
    }

    #[test]
    fn the_list_names_each_advisory_once_and_its_package_among_the_looked_up() {
        let known: Known = toml::from_str(include_str!("../advisories.toml")).unwrap();
        let ids: BTreeSet<_> = known.advisory.iter().map(|advisory| &advisory.id).collect();
        assert_eq!(ids.len(), known.advisory.len());
        for advisory in &known.advisory {
            assert!(
                known.looked_up.contains(&advisory.package),
                "{}",
                advisory.id
            );
            assert!(advisory.date <= known.newest, "{}", advisory.id);
        }
    }
}
