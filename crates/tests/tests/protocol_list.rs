//! LIST in all its forms: RFC 9051 section 6.3.9, RFC 5258, RFC 5819, RFC 6154; and LSUB.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic
)]

use postern_tests::{Client, ServerUnderTest, enabled};

/// RFC 5258 section 5: what its examples start from, with other names than the usual ones.
fn fruit(server: &ServerUnderTest) -> Client {
    let mut client = enabled(server, "");
    for name in [
        "Fruit/Apple",
        "Fruit/Banana",
        "Tofu",
        "Vegetable/Broccoli",
        "Vegetable/Corn",
    ] {
        client.command(&format!("CREATE {name}"));
    }
    // Only these are subscribed to: the first has no mailbox.
    for line in client.command("LSUB \"\" *") {
        let (_, name) = line.split_once("\"/\" ").unwrap();
        client.command(&format!("UNSUBSCRIBE {name}"));
    }
    for name in [
        "Fruit/Peach",
        "Fruit/Banana",
        "Vegetable",
        "Vegetable/Broccoli",
    ] {
        client.command(&format!("SUBSCRIBE {name}"));
    }
    client
}

/// What LIST tells, as `name attributes rest`, attributes sorted.
fn list(client: &mut Client, arguments: &str) -> Vec<String> {
    client
        .command(&format!("LIST {arguments}"))
        .iter()
        .map(|line| entry(line))
        .collect()
}

fn entry(line: &str) -> String {
    let Some(rest) = line.strip_prefix("* LIST (") else {
        return line.to_owned();
    };
    let (attributes, rest) = rest.split_once(") \"/\" ").unwrap();
    let mut attributes: Vec<_> = attributes.split_whitespace().collect();
    attributes.sort_unstable();
    let (name, more) = rest.split_once(' ').unwrap_or((rest, ""));
    let all = [&[name][..], &attributes, &[more]].concat();
    all.join(" ").trim_end().to_owned()
}

#[test]
fn an_empty_pattern_tells_the_separator() {
    let server = ServerUnderTest::start();
    let mut client = enabled(&server, "");
    assert_eq!(
        client.command("LIST \"\" \"\""),
        ["* LIST (\\Noselect) \"/\" \"\""]
    );
    assert_eq!(client.command("LIST \"anything\" \"\"").len(), 1);
}

#[test]
fn patterns_match_as_they_should() {
    let server = ServerUnderTest::start();
    let mut client = fruit(&server);
    let names = |client: &mut Client, arguments: &str| -> Vec<String> {
        let lines = list(client, arguments);
        lines
            .iter()
            .map(|line| line.split(' ').next().unwrap().to_owned())
            .collect()
    };
    assert_eq!(names(&mut client, "\"\" Fruit"), ["Fruit"]);
    assert_eq!(
        names(&mut client, "\"\" Fruit/%"),
        ["Fruit/Apple", "Fruit/Banana"]
    );
    assert_eq!(
        names(&mut client, "\"Fruit/\" %"),
        ["Fruit/Apple", "Fruit/Banana"]
    );
    assert_eq!(
        names(&mut client, "\"Fruit\" *"),
        ["Fruit", "Fruit/Apple", "Fruit/Banana"]
    );
    assert_eq!(names(&mut client, "\"\" F%/B%"), ["Fruit/Banana"]);
    assert_eq!(names(&mut client, "\"\" *o*/*"), Vec::<String>::new());
    assert_eq!(
        names(&mut client, "\"\" *corn"),
        Vec::<String>::new(),
        "case counts"
    );
    assert_eq!(names(&mut client, "\"\" *Corn"), ["Vegetable/Corn"]);
    assert_eq!(names(&mut client, "\"\" inb%"), ["INBOX"]);
    let top = names(&mut client, "\"\" %");
    assert_eq!(top[0], "INBOX");
    assert!(
        top.iter().all(|name| !name.contains('/')) && top.contains(&"Tofu".to_owned()),
        "{top:?}"
    );
    assert_eq!(names(&mut client, "\"\" nothing*"), Vec::<String>::new());
}

#[test]
fn children_and_special_uses_are_told_without_asking() {
    let server = ServerUnderTest::start();
    let mut client = fruit(&server);
    assert_eq!(list(&mut client, "\"\" Fruit"), [r"Fruit \HasChildren"]);
    assert_eq!(list(&mut client, "\"\" Tofu"), [r"Tofu \HasNoChildren"]);
    for name in ["Archive", "Drafts", "Junk", "Sent", "Trash"] {
        assert_eq!(list(&mut client, &format!("\"\" {name}")), [sorted(name)]);
    }
}

/// The entry of a mailbox that is called like its special use.
fn sorted(name: &str) -> String {
    let mut attributes = [r"\HasNoChildren".to_owned(), format!("\\{name}")];
    attributes.sort_unstable();
    format!("{name} {}", attributes.join(" "))
}

#[test]
fn special_use_selects_and_returns() {
    let server = ServerUnderTest::start();
    let mut client = fruit(&server);
    let special = list(&mut client, "(SPECIAL-USE) \"\" *");
    let names: Vec<_> = special
        .iter()
        .map(|line| line.split(' ').next().unwrap())
        .collect();
    assert_eq!(names, ["Archive", "Drafts", "Junk", "Sent", "Trash"]);
    assert_eq!(
        list(&mut client, "\"\" Sent RETURN (SPECIAL-USE)"),
        [r"Sent \HasNoChildren \Sent"]
    );
}

#[test]
fn subscribed_names_are_told_even_without_a_mailbox() {
    let server = ServerUnderTest::start();
    let mut client = fruit(&server);
    let wanted = [
        r"Fruit/Banana \HasNoChildren \Subscribed",
        r"Fruit/Peach \NonExistent \Subscribed",
        r"Vegetable \HasChildren \Subscribed",
        r"Vegetable/Broccoli \HasNoChildren \Subscribed",
    ];
    assert_eq!(list(&mut client, "(SUBSCRIBED) \"\" *"), wanted);
    // RFC 5258 section 3.1: REMOTE changes nothing where all is here.
    assert_eq!(list(&mut client, "(SUBSCRIBED REMOTE) \"\" *"), wanted);
}

#[test]
fn subscribed_can_be_returned_of_all() {
    let server = ServerUnderTest::start();
    let mut client = fruit(&server);
    let lines = list(&mut client, "\"\" Veg* RETURN (SUBSCRIBED CHILDREN)");
    let wanted = [
        r"Vegetable \HasChildren \Subscribed",
        r"Vegetable/Broccoli \HasNoChildren \Subscribed",
        r"Vegetable/Corn \HasNoChildren",
    ];
    assert_eq!(lines, wanted);
}

/// RFC 5258 section 5, example 8.
#[test]
fn recursivematch_tells_of_what_is_below() {
    let server = ServerUnderTest::start();
    let mut client = fruit(&server);
    let lines = list(&mut client, "(RECURSIVEMATCH SUBSCRIBED) \"\" %");
    let wanted = [
        r#"Fruit \HasChildren ("CHILDINFO" ("SUBSCRIBED"))"#,
        r#"Vegetable \HasChildren \Subscribed ("CHILDINFO" ("SUBSCRIBED"))"#,
    ];
    assert_eq!(lines, wanted);
    client.command("SUBSCRIBE Gone/Deep/Down");
    let lines = list(&mut client, "(SUBSCRIBED RECURSIVEMATCH) \"\" Gone");
    assert_eq!(lines, [r#"Gone \NonExistent ("CHILDINFO" ("SUBSCRIBED"))"#]);
    assert!(list(&mut client, "(SUBSCRIBED) \"\" Fruit").is_empty());
}

/// RFC 5258 section 3.1: it modifies another option.
#[test]
fn recursivematch_alone_is_bad() {
    let server = ServerUnderTest::start();
    let mut client = enabled(&server, "");
    for options in ["RECURSIVEMATCH", "RECURSIVEMATCH REMOTE", "WHATEVER"] {
        let reply = client.try_command(&format!("LIST ({options}) \"\" *"));
        assert!(reply.tagged.starts_with("BAD"), "{options}: {reply:?}");
    }
    let reply = client.try_command("LIST \"\" * RETURN (WHATEVER)");
    assert!(reply.tagged.starts_with("BAD"), "{reply:?}");
}

#[test]
fn several_patterns_tell_each_name_once() {
    let server = ServerUnderTest::start();
    let mut client = fruit(&server);
    let lines = list(&mut client, "\"\" (Fruit Fruit* Tofu F%)");
    let names: Vec<_> = lines
        .iter()
        .map(|line| line.split(' ').next().unwrap())
        .collect();
    assert_eq!(names, ["Fruit", "Fruit/Apple", "Fruit/Banana", "Tofu"]);
    assert!(list(&mut client, "() \"\" (nothing) RETURN ()").is_empty());
}

/// RFC 5819.
#[test]
fn status_comes_with_the_list() {
    let server = ServerUnderTest::start();
    let mut client = fruit(&server);
    client.append("Fruit/Apple", "", b"Subject: x\r\n\r\n");
    let lines = client.command("LIST \"\" Fruit/% RETURN (STATUS (MESSAGES UIDNEXT SIZE))");
    let wanted = [
        r#"* LIST (\HasNoChildren) "/" Fruit/Apple"#,
        "* STATUS Fruit/Apple (MESSAGES 1 UIDNEXT 2 SIZE 14)",
        r#"* LIST (\HasNoChildren) "/" Fruit/Banana"#,
        "* STATUS Fruit/Banana (MESSAGES 0 UIDNEXT 1 SIZE 0)",
    ];
    assert_eq!(lines, wanted);
    // What does not exist has no status.
    let lines = client.command("LIST (SUBSCRIBED) \"\" Fruit/Peach RETURN (STATUS (MESSAGES))");
    assert_eq!(lines.len(), 1, "{lines:?}");
}

#[test]
fn lsub_tells_subscriptions_and_what_has_some_below() {
    let server = ServerUnderTest::start();
    let mut client = fruit(&server);
    let lines = client.command("LSUB \"\" *");
    assert_eq!(lines.len(), 4, "{lines:?}");
    // RFC 3501 section 6.3.9: "\Noselect" for a name that is only a parent.
    let lines = client.command("LSUB \"\" %");
    let wanted = [
        r#"* LSUB (\Noselect) "/" Fruit"#,
        r#"* LSUB () "/" Vegetable"#,
    ];
    assert_eq!(lines, wanted);
    assert_eq!(
        client.command("LSUB \"Vegetable/\" %"),
        [r#"* LSUB () "/" Vegetable/Broccoli"#]
    );
}

#[test]
fn names_that_need_quotes_have_them() {
    let server = ServerUnderTest::start();
    let mut client = enabled(&server, "");
    client.command("CREATE \"a b\"");
    client.command("CREATE {5+}\r\nc\"d\\e");
    assert_eq!(
        client.command("LIST \"\" \"a b\""),
        [r#"* LIST (\HasNoChildren) "/" "a b""#]
    );
    let lines = client.command("LIST \"\" c*");
    assert_eq!(lines, [r#"* LIST (\HasNoChildren) "/" "c\"d\\e""#]);
}
