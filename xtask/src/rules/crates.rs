//! Which crate may know which: the layers.

use super::Findings;
use crate::run;
use anyhow::{Context, Result};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

/// A crate of the workspace and those of the workspace that it may name. From the bottom up.
const LAYERS: &[(&str, &[&str])] = &[
    ("postern-imap", &[]),
    ("postern-message", &[]),
    ("postern-account", &["postern-imap", "postern-message"]),
    ("postern-store", &[]),
    ("postern-identity", &["postern-store"]),
    ("postern-tls", &[]),
    ("postern-server", BELOW_SERVER),
    ("postern-gateway", BELOW_SERVER),
    ("postern-probe", BELOW_SERVER),
    ("postern-web", BELOW_SERVER),
    ("postern", ANY),
    ("postern-bench", ANY),
    ("postern-fuzz", ANY),
    ("postern-tests", ANY),
    ("postern-torture", ANY),
    ("xtask", &[]),
];

const BELOW_SERVER: &[&str] = &[
    "postern-imap",
    "postern-message",
    "postern-account",
    "postern-store",
    "postern-identity",
    "postern-tls",
];

const ANY: &[&str] = &["*"];

/// Crates that nothing else may be built with.
const NEVER_BELOW: &[&str] = &["postern-torture"];

/// The one crate with lints of its own: it stands in for SQLite's files, which are C functions.
const OWN_LINTS: &[&str] = &["postern-torture"];

/// The crates that touch nothing outside: no socket, file, clock, thread or chance.
pub(super) const PURE: &[&str] = &["postern-imap", "postern-message", "postern-account"];

/// Crates that bring the outside with them.
const OUTSIDE: &[&str] = &[
    "async-std",
    "getrandom",
    "mio",
    "nix",
    "rand",
    "rusqlite",
    "rustix",
    "rustls",
    "smol",
    "socket2",
    "time",
    "tokio",
    "tokio-rustls",
];

/// A crate, what it must not name itself, and why.
const NOT_DIRECTLY: &[(&str, &str, &str)] = &[(
    "postern-server",
    "rusqlite",
    "the server knows no SQL: the store does",
)];

/// What `cargo metadata` says, as far as the rules need it.
pub(crate) struct Graph {
    members: BTreeSet<String>,
    manifests: BTreeMap<String, PathBuf>,
    names: BTreeMap<String, String>,
    /// Package id to the ids of its normal and build dependencies.
    edges: BTreeMap<String, Vec<String>>,
}

impl Graph {
    pub(crate) fn read() -> Result<Self> {
        let mut cargo = run::cargo();
        cargo.args(["metadata", "--format-version", "1"]);
        // One platform is enough for the rules, and no other's packages need be fetched.
        cargo.args(["--filter-platform", "x86_64-unknown-linux-gnu"]);
        let json = run::output(&mut cargo)?;
        Self::from_json(&serde_json::from_slice(&json)?).context("cargo metadata")
    }

    fn from_json(json: &Value) -> Option<Self> {
        let mut graph = Self {
            members: BTreeSet::new(),
            manifests: BTreeMap::new(),
            names: BTreeMap::new(),
            edges: BTreeMap::new(),
        };
        for id in json.get("workspace_members")?.as_array()? {
            graph.members.insert(id.as_str()?.to_owned());
        }
        for package in json.get("packages")?.as_array()? {
            let id = package.get("id")?.as_str()?.to_owned();
            let manifest = package.get("manifest_path")?.as_str()?;
            graph.manifests.insert(id.clone(), PathBuf::from(manifest));
            graph
                .names
                .insert(id, package.get("name")?.as_str()?.to_owned());
        }
        for node in json.get("resolve")?.get("nodes")?.as_array()? {
            let deps = node.get("deps")?.as_array()?;
            let kept = deps.iter().filter(|dep| !only_for_tests(dep));
            let ids = kept
                .filter_map(|dep| dep.get("pkg")?.as_str())
                .map(str::to_owned);
            graph
                .edges
                .insert(node.get("id")?.as_str()?.to_owned(), ids.collect());
        }
        Some(graph)
    }

    /// How many crates the workspace has.
    pub(crate) fn members(&self) -> usize {
        self.members.len()
    }

    fn name(&self, id: &str) -> &str {
        self.names.get(id).map_or("?", String::as_str)
    }

    fn below(&self, id: &str) -> &[String] {
        self.edges.get(id).map_or(&[], Vec::as_slice)
    }
}

fn only_for_tests(dep: &Value) -> bool {
    let kinds = dep.get("dep_kinds").and_then(Value::as_array);
    kinds.is_some_and(|kinds| {
        kinds
            .iter()
            .all(|kind| kind.get("kind").and_then(Value::as_str) == Some("dev"))
    })
}

pub(super) fn check(graph: &Graph) -> Findings {
    let mut findings = Findings::new();
    for id in &graph.members {
        findings.extend(layer(graph, id));
        findings.extend(direct(graph, id));
        findings.extend(lints(graph, id));
        if PURE.contains(&graph.name(id)) {
            findings.extend(purity(graph, id));
        }
    }
    findings
}

fn layer(graph: &Graph, id: &str) -> Findings {
    let name = graph.name(id);
    let Some((_, allowed)) = LAYERS.iter().find(|(layer, _)| *layer == name) else {
        return vec![format!("{name}: not in the table of layers")];
    };
    let inner = graph
        .below(id)
        .iter()
        .filter(|dep| graph.members.contains(*dep));
    let wrong = inner
        .map(|dep| graph.name(dep))
        .filter(|dep| !permits(allowed, dep) || NEVER_BELOW.contains(dep));
    wrong
        .map(|dep| format!("{name} must not know {dep}"))
        .collect()
}

fn permits(allowed: &[&str], name: &str) -> bool {
    allowed.contains(&name) || allowed.contains(&"*")
}

fn direct(graph: &Graph, id: &str) -> Findings {
    let name = graph.name(id);
    let rules = NOT_DIRECTLY.iter().filter(|(who, _, _)| *who == name);
    let broken =
        rules.filter(|(_, what, _)| graph.below(id).iter().any(|d| graph.name(d) == *what));
    broken
        .map(|(_, what, why)| format!("{name} names {what}: {why}"))
        .collect()
}

fn purity(graph: &Graph, id: &str) -> Findings {
    let mut seen = BTreeSet::new();
    let mut next = vec![id];
    while let Some(id) = next.pop() {
        if seen.insert(id) {
            next.extend(graph.below(id).iter().map(String::as_str));
        }
    }
    let name = graph.name(id);
    let outside = seen
        .iter()
        .map(|id| graph.name(id))
        .filter(|dep| OUTSIDE.contains(dep));
    outside
        .map(|dep| format!("{name} is pure, and its dependencies bring in {dep}"))
        .collect()
}

fn lints(graph: &Graph, id: &str) -> Findings {
    let name = graph.name(id);
    if OWN_LINTS.contains(&name) {
        return Findings::new();
    }
    let text = graph.manifests.get(id).map(std::fs::read_to_string);
    let manifest = text
        .and_then(Result::ok)
        .and_then(|text| text.parse::<toml::Table>().ok());
    let lints = manifest
        .as_ref()
        .and_then(|table| table.get("lints")?.get("workspace")?.as_bool());
    match lints {
        Some(true) => Findings::new(),
        _ => vec![format!(
            "{name}: its Cargo.toml lacks `[lints] workspace = true`"
        )],
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use serde_json::json;

    /// A workspace whose packages have these normal dependencies.
    fn graph(edges: &[(&str, &[&str])]) -> Graph {
        let dep = |name: &&str| json!({"pkg": name, "dep_kinds": [{"kind": null}]});
        let node = |(name, deps): &(&str, &[&str])| json!({"id": name, "deps": deps.iter().map(dep).collect::<Vec<_>>()});
        let package = |name: &str| json!({"id": name, "name": name, "manifest_path": "/none"});
        let members: Vec<_> = edges.iter().map(|(name, _)| name).collect();
        let all: BTreeSet<&str> = edges
            .iter()
            .flat_map(|(name, deps)| deps.iter().copied().chain([*name]))
            .collect();
        let json = json!({
            "workspace_members": members,
            "packages": all.into_iter().map(package).collect::<Vec<_>>(),
            "resolve": {"nodes": edges.iter().map(node).collect::<Vec<_>>()},
        });
        Graph::from_json(&json).unwrap()
    }

    #[test]
    fn a_crate_may_name_only_what_is_below() {
        let graph = graph(&[("postern-imap", &["postern-store"]), ("postern-store", &[])]);
        assert_eq!(
            layer(&graph, "postern-imap"),
            ["postern-imap must not know postern-store"]
        );
        assert_eq!(layer(&graph, "postern-store"), Findings::new());
    }

    #[test]
    fn nothing_depends_on_the_torture() {
        let graph = graph(&[
            ("postern", &["postern-torture"]),
            ("postern-torture", &["postern-store"]),
            ("postern-store", &[]),
        ]);
        assert_eq!(
            layer(&graph, "postern"),
            ["postern must not know postern-torture"]
        );
        assert_eq!(layer(&graph, "postern-torture"), Findings::new());
    }

    #[test]
    fn a_new_crate_must_take_its_place() {
        let graph = graph(&[("postern-extra", &[])]);
        assert_eq!(
            layer(&graph, "postern-extra"),
            ["postern-extra: not in the table of layers"]
        );
    }

    #[test]
    fn a_pure_crate_reaches_nothing_outside_by_any_way() {
        let graph = graph(&[("postern-message", &["helper"]), ("helper", &["tokio"])]);
        let found = purity(&graph, "postern-message");
        assert_eq!(
            found,
            ["postern-message is pure, and its dependencies bring in tokio"]
        );
    }

    #[test]
    fn the_server_names_no_sql() {
        let graph = graph(&[("postern-server", &["rusqlite"])]);
        assert_eq!(direct(&graph, "postern-server").len(), 1);
    }

    #[test]
    fn a_dependency_for_tests_only_counts_for_nothing() {
        assert!(only_for_tests(&json!({"dep_kinds": [{"kind": "dev"}]})));
        assert!(!only_for_tests(
            &json!({"dep_kinds": [{"kind": "dev"}, {"kind": null}]})
        ));
    }
}
