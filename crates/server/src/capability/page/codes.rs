//! The response codes of `docs/imap.md`: each is expected by a transcript, or it stands here why
//! by none.

use super::{Transcript, named, root};
use std::fmt::Write as _;

/// Codes that no transcript can or should bring about.
const ELSEWHERE: &[(&str, &str)] = &[
    ("ALERT", "never given"),
    ("CONTACTADMIN", "never given"),
    (
        "CORRUPTION",
        "when what is stored is damaged: `tools_check`",
    ),
    ("EXPIRED", "never given"),
    ("INUSE", "when two servers write: it cannot be seen"),
    ("NOMODSEQ", "never given: every mailbox has mod-sequences"),
    (
        "NOTIFICATIONOVERFLOW",
        "when very much happens at once: `protocol_x_notify`",
    ),
    ("NOTSAVED", "never given: every result is saved"),
    (
        "PARSE",
        "never given: what cannot be parsed is served as it is",
    ),
    ("SERVERBUG", "when the server finds itself wrong"),
    ("UIDNOTSTICKY", "never given: every mailbox keeps UIDs"),
    (
        "UNAVAILABLE",
        "when the disk is full or the server busy or stopping: `protocol_codes`",
    ),
];

const ABOUT: &str = "
## Response codes

Those that the server knows (RFC 9051 section 7.1, RFC 5530 and the extensions), and transcripts
in which they come.

| code | transcripts |
|---|---|
";

/// The names in `Code::name` of `crates/imap`, in order.
fn names() -> Vec<String> {
    let source = std::fs::read_to_string(root().join("crates/imap/src/response/code.rs")).unwrap();
    let (_, body) = source.split_once("pub fn name(&self)").unwrap();
    let (body, _) = body.split_once("\n    }\n").unwrap();
    let named = body.lines().filter_map(|line| {
        let (_, name) = line.trim_end().split_once(" => \"")?;
        Some(name.strip_suffix("\",")?.to_owned())
    });
    let mut names: Vec<_> = named.collect();
    names.sort();
    names
}

fn that_expect<'t>(transcripts: &'t [Transcript], name: &str) -> Vec<&'t Transcript> {
    let starts = [format!("[{name} "), format!("[{name}]")];
    let expects = |line: &str| {
        line.starts_with('S')
            && !line.starts_with("S!")
            && starts.iter().any(|start| line.contains(start.as_str()))
    };
    let shown = transcripts.iter();
    shown
        .filter(|transcript| transcript.text.lines().any(expects))
        .collect()
}

/// The part of the page.
pub(super) fn table(transcripts: &[Transcript]) -> String {
    let mut page = String::from(ABOUT);
    for name in names() {
        let expecting = that_expect(transcripts, &name);
        let elsewhere = ELSEWHERE.iter().find(|(known, _)| *known == name);
        let mut shown = named(&expecting, "and more");
        if let (true, Some((_, why))) = (expecting.is_empty(), elsewhere) {
            shown.push_str(why);
        }
        writeln!(page, "| {name} | {shown} |").unwrap();
    }
    page
}

#[test]
fn every_response_code_comes_in_a_transcript() {
    let transcripts = super::transcripts();
    let names = names();
    assert!(names.len() > 40, "{names:?}");
    for name in &names {
        let shown = !that_expect(&transcripts, name).is_empty();
        let elsewhere = ELSEWHERE.iter().any(|(known, _)| known == name);
        assert!(shown || elsewhere, "no transcript expects [{name}]");
        assert!(
            !(shown && elsewhere),
            "a transcript expects [{name}]: strike it from ELSEWHERE"
        );
    }
}
