//! FILTERS: RFC 5466. Dovecot has none.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic)]

use postern_tests::{Client, Kind, ServerUnderTest, selected, with_messages};

fn set(client: &mut Client, name: &str, value: &str) {
    let quoted = value.replace('\\', "\\\\").replace('"', "\\\"");
    client.command(&format!(
        "SETMETADATA \"\" (/private/filters/values/{name} \"{quoted}\")"
    ));
}

fn ready(server: &ServerUnderTest) -> Option<Client> {
    (server.kind == Kind::Postern).then(|| selected(server, ""))
}

#[track_caller]
fn undefined(client: &mut Client, key: &str, name: &str) {
    let refused = client.try_command(&format!("SEARCH {key}"));
    let code = format!("NO [UNDEFINED-FILTER {name}]");
    assert!(refused.tagged.starts_with(&code), "{key}: {refused:?}");
}

#[test]
fn a_filter_stands_for_its_key() {
    let server = with_messages(5);
    let Some(mut client) = ready(&server) else {
        return;
    };
    undefined(&mut client, "FILTER on-the-road", "on-the-road");
    set(&mut client, "on-the-road", "OR SUBJECT m2 SUBJECT \"m4\"");
    assert_eq!(
        client.command("SEARCH FILTER on-the-road"),
        ["* SEARCH 2 4"]
    );
    let both = "SEARCH UID 3:900 FILTER On-The-Road SINCE 3-Dec-2002";
    assert_eq!(client.command(both), ["* SEARCH 4"]);
    let none = "UID SEARCH NOT FILTER on-the-road";
    assert_eq!(client.command(none), ["* SEARCH 1 3 5"]);
    // Several keys are one.
    set(&mut client, "two", "SUBJECT m UID 2:3");
    assert_eq!(client.command("SEARCH NOT FILTER two"), ["* SEARCH 1 4 5"]);
    let sorted = "SORT (REVERSE SUBJECT) UTF-8 FILTER two";
    assert_eq!(client.command(sorted), ["* SORT 3 2"]);
    let threads = "THREAD ORDEREDSUBJECT US-ASCII FILTER two";
    assert_eq!(client.command(threads), ["* THREAD (2)(3)"]);
    let other = "UID SEARCH CHARSET US-ASCII FILTER two";
    assert_eq!(client.command(other), ["* SEARCH 2 3"]);
    let refused = client.try_command("SEARCH CHARSET ISO-8859-1 FILTER two");
    assert!(refused.tagged.starts_with("BAD [BADCHARSET"), "{refused:?}");
    // It is frozen with the search that is kept up to date.
    client.send("u UID SEARCH RETURN (UPDATE) FILTER two");
    client.expect("u OK");
    set(&mut client, "two", "ALL");
    let lines = client.command("UID STORE 2:5 +FLAGS.SILENT (\\Flagged)");
    assert!(!lines.concat().contains("ADDTO"), "{lines:?}");
    client.command("SETMETADATA \"\" (/private/filters/values/two NIL)");
    undefined(&mut client, "FILTER two", "two");
    let line = client.command("CAPABILITY").remove(0);
    assert!(line.contains(" FILTERS"), "{line}");
}

#[test]
fn what_is_no_key_is_not_kept() {
    let server = with_messages(1);
    let Some(mut client) = ready(&server) else {
        return;
    };
    for (name, value) in [
        ("half", "OR SMALLER 5000"),
        ("empty", ""),
        ("end", "SEEN)"),
        ("below/it", "SEEN"),
        ("word", "NOSUCHKEY"),
    ] {
        let set = format!("SETMETADATA \"\" (/private/filters/values/{name} \"{value}\")");
        let refused = client.try_command(&set);
        assert!(refused.tagged.starts_with("NO [CANNOT]"), "{refused:?}");
    }
    // On mailboxes, and as descriptions, they are annotations like others.
    client.command("SETMETADATA INBOX (/private/filters/values/half \"OR SMALLER 5000\")");
    client.command("SETMETADATA \"\" (/private/filters/descriptions/half \"the (half\")");
    undefined(&mut client, "FILTER half", "half");
    let refused = client.try_command("SETMETADATA \"\" (/shared/filters/values/x \"SEEN\")");
    assert!(refused.tagged.starts_with("NO [NOPERM]"), "{refused:?}");
    for wrong in ["SEARCH FILTER", "SEARCH FILTER a/b", "SEARCH FILTER \"a\""] {
        let refused = client.try_command(wrong);
        assert!(refused.tagged.starts_with("BAD"), "{wrong}: {refused:?}");
    }
}

/// Filters that name others: three within each other and more, but not without end.
#[test]
fn filters_within_filters() {
    let server = with_messages(3);
    let Some(mut client) = ready(&server) else {
        return;
    };
    set(&mut client, "f0", "SUBJECT m2");
    for n in 1..12 {
        set(&mut client, &format!("f{n}"), &format!("FILTER f{}", n - 1));
    }
    assert_eq!(client.command("SEARCH FILTER f3"), ["* SEARCH 2"]);
    assert_eq!(client.command("SEARCH FILTER f9"), ["* SEARCH 2"]);
    undefined(&mut client, "FILTER f10", "f10");
    // One that leads to itself is as none.
    set(&mut client, "a", "FILTER b");
    set(&mut client, "b", "OR SEEN FILTER a");
    undefined(&mut client, "FILTER a", "a");
    undefined(&mut client, "FILTER b", "b");
    // The same filter twice is no loop.
    let twice = "SEARCH OR FILTER f0 FILTER f1";
    assert_eq!(client.command(twice), ["* SEARCH 2"]);
    // Few octets that would stand for millions of keys.
    set(&mut client, "x0", "SEEN ".repeat(50).trim_end());
    for n in 1..8 {
        let many = format!("FILTER x{} ", n - 1).repeat(50);
        set(&mut client, &format!("x{n}"), many.trim_end());
    }
    let refused = client.try_command("SEARCH FILTER x7");
    assert!(refused.tagged.starts_with("NO [LIMIT]"), "{refused:?}");
    // Few octets that would stand for many megabytes.
    set(
        &mut client,
        "big",
        &format!("SUBJECT {}", "x".repeat(50_000)),
    );
    client.command(&format!("SEARCH {}", "FILTER big ".repeat(4).trim_end()));
    let refused = client.try_command(&format!("SEARCH {}", "FILTER big ".repeat(6).trim_end()));
    assert!(refused.tagged.starts_with("NO [LIMIT]"), "{refused:?}");
    // And deep ones, put together.
    set(&mut client, "d0", &format!("{}SEEN", "NOT ".repeat(98)));
    for n in 1..9 {
        let deep = format!("{}FILTER d{}", "NOT ".repeat(98), n - 1);
        set(&mut client, &format!("d{n}"), &deep);
    }
    let refused = client.try_command("SEARCH FILTER d8");
    assert!(refused.tagged.starts_with("NO [LIMIT]"), "{refused:?}");
}
