//! The format of transcripts: what a pattern matches, and what a mistake in a script is told as.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic
)]

use postern_tests::transcript::matches;
use postern_tests::transcript::pattern::{Names, parse};
use postern_tests::transcript::script::{self, Action, Awaited, Part};

fn names(known: &[(&str, &str)]) -> Names {
    let known = known.iter();
    known
        .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
        .collect()
}

/// What the pattern captures in the reply; None where it does not match.
fn captured(pattern: &str, reply: &str) -> Option<Names> {
    let mut names = Names::new();
    let tokens = parse(pattern).unwrap();
    matches(&tokens, reply.as_bytes(), &mut names)
        .unwrap()
        .then_some(names)
}

fn fits(pattern: &str, reply: &str) -> bool {
    captured(pattern, reply).is_some()
}

#[test]
fn text_is_the_whole_reply() {
    assert!(fits("* 3 EXISTS", "* 3 EXISTS"));
    assert!(!fits("* 3 EXISTS", "* 33 EXISTS"));
    assert!(!fits("* 3 EXISTS", "* 3 EXISTS "));
    assert!(!fits("* 3 EXISTS", "* 3 exists"));
}

#[test]
fn text_for_humans_may_be_left_out() {
    assert!(fits("a1 OK", "a1 OK done"));
    assert!(fits("a1 OK", "a1 OK [READ-ONLY] done"));
    assert!(fits("a1 OK [READ-ONLY]", "a1 OK [READ-ONLY] done"));
    assert!(fits("* BYE", "* BYE so long"));
    assert!(fits("+", "+ idling"));
    assert!(!fits("a1 OK [READ-ONLY]", "a1 OK [READ-WRITE] done"));
    assert!(!fits("a1 OK", "a1 NO done"));
    assert!(!fits("a1 OK", "a12 OK done"));
    assert!(!fits("* OK done", "* OK done well"));
}

#[test]
fn dots_are_anything() {
    assert!(fits("* LIST (...) \"/\" box", "* LIST () \"/\" box"));
    assert!(fits("* LIST (...) \"/\" box", "* LIST (\\A \\B) \"/\" box"));
    assert!(!fits("* LIST (...) \"/\" box", "* LIST (\\A) \"/\" boxes"));
}

#[test]
fn captures_are_kept_by_kind() {
    let found = captured(
        "* OK [COPYUID <v:number> <from:set> 1:2] <rest:text>",
        "* OK [COPYUID 77 2:3,9 1:2] moved all",
    );
    assert_eq!(
        found,
        Some(names(&[
            ("v", "77"),
            ("from", "2:3,9"),
            ("rest", "moved all")
        ]))
    );
    assert!(!fits("<n:number>", "x"));
    assert!(!fits("<w:word>", "(a)"));
    assert_eq!(
        captured("<s:string>", "\"a \\\"b\\\"\""),
        Some(names(&[("s", "a \"b\"")]))
    );
    assert_eq!(
        captured("<s:string>", "{3}\r\na\"b"),
        Some(names(&[("s", "a\"b")]))
    );
    assert_eq!(captured("<s:string>", "NIL"), Some(names(&[("s", "NIL")])));
    assert!(fits("<:date>", "\" 7-Feb-1994 21:52:25 -0800\""));
    assert!(!fits("<:date>", "\"7-Feb-1994 21:52:25 -0800\""));
}

#[test]
fn what_was_kept_can_be_used_and_added_to() {
    let mut known = names(&[("uid", "41")]);
    let tokens = parse("* <uid> <uid+1>").unwrap();
    assert_eq!(matches(&tokens, b"* 41 42", &mut known), Ok(true));
    assert_eq!(matches(&tokens, b"* 41 43", &mut known), Ok(false));
    let unknown = parse("* <other>").unwrap();
    let told = matches(&unknown, b"* 1", &mut known);
    assert_eq!(told, Err("nothing is known as <other>".to_owned()));
    assert!(fits("<n:number> <n>", "5 5"));
    assert!(!fits("<n:number> <n>", "5 6"));
}

#[test]
fn a_pattern_that_fails_captures_nothing() {
    let mut known = Names::new();
    let tokens = parse("<n:number> x").unwrap();
    assert_eq!(matches(&tokens, b"1 y", &mut known), Ok(false));
    assert_eq!(known, Names::new());
}

#[test]
fn any_order_takes_each_once() {
    let flags = r"FLAGS (<<\Seen | \Draft | ?\Recent>>)";
    assert!(fits(flags, r"FLAGS (\Seen \Draft)"));
    assert!(fits(flags, r"FLAGS (\Draft \Recent \Seen)"));
    assert!(!fits(flags, r"FLAGS (\Seen)"));
    assert!(!fits(flags, r"FLAGS (\Seen \Seen)"));
    assert!(!fits(flags, r"FLAGS (\Seen \Draft \Flagged)"));
    assert!(fits("(<<?a>>)", "()"));
    let nested = r"(<<UID <u:number> | FLAGS (<<?\Seen>>)>>)";
    assert_eq!(
        captured(nested, r"(FLAGS (\Seen) UID 7)"),
        Some(names(&[("u", "7")]))
    );
    assert!(fits(
        "(<<BODY[TEXT]<0> <\"x\"> | UID 1>>)",
        "(UID 1 BODY[TEXT]<0> \"x\")"
    ));
}

#[test]
fn a_string_may_be_written_in_every_way() {
    assert!(fits("<\"box\">", "box"));
    assert!(fits("<\"box\">", "\"box\""));
    assert!(fits("<\"box\">", "{3}\r\nbox"));
    assert!(!fits("<\"box\">", "{4}\r\nboxy"));
    assert!(!fits("<\"two words\">", "two words"));
    assert!(fits("<\"\">", "\"\""));
    assert!(fits("<\"a\\r\\n\">", "{3}\r\na\r\n"));
    assert!(fits("<\"a\\\\b\">", "\"a\\\\b\""));
    assert!(fits("<i:TEXT>", "Text"));
    assert!(!fits("<i:TEXT>", "Tex"));
}

#[test]
fn angle_brackets_that_are_no_token_are_text() {
    assert!(fits("BODY[]<0> <a@b.example>", "BODY[]<0> <a@b.example>"));
}

#[test]
fn a_mistake_in_a_pattern_is_told() {
    let told = |pattern: &str| parse(pattern).unwrap_err();
    assert_eq!(told("<n:nomber>"), "`<n:nomber>`: no kind `nomber`");
    assert_eq!(told("(<<a | b)"), "`<<a | b)` has no `>>`");
    assert_eq!(told("<<a | >>"), "an empty alternative in `<<a | >>`");
    assert_eq!(told("<\"a"), "`<\"a` has no `\">`");
}

const HEAD: &str = "# Title\n# rfc: 9051 1\n";

#[test]
fn a_script_is_read_line_by_line() {
    let text = format!(
        "{HEAD}# needs: MOVE IDLE\n# differs: dovecot — because\n\n\
         A: a1 APPEND box <<~+-END\none\ntwo\nEND more\n# a comment\nS(B)? * 1 FETCH ( <<END\nx\nEND)\n"
    );
    let script = script::parse(&text).unwrap();
    assert_eq!(
        (script.title.as_str(), script.rfc.as_str()),
        ("Title", "9051 1")
    );
    assert_eq!(script.needs, ["MOVE", "IDLE"]);
    assert_eq!(script.differs.as_deref(), Some("because"));
    assert!(script.login && !script.fresh);
    assert_eq!(script.steps.len(), 2);
    let Action::Send('A', parts) = &script.steps[0].action else {
        panic!("{:?}", script.steps[0]);
    };
    let literal = Part::Literal {
        before: "~",
        after: "+",
        octets: b"one\r\ntwo".to_vec(),
    };
    assert_eq!(parts[1], literal);
    assert_eq!(parts[2], Part::Text(" more".to_owned()));
    assert_eq!((script.steps[0].line, script.steps[1].line), (6, 11));
    let Action::Expect(Some('B'), Awaited::Maybe(tokens)) = &script.steps[1].action else {
        panic!("{:?}", script.steps[1]);
    };
    let reply = b"* 1 FETCH ( {3}\r\nx\r\n)";
    assert_eq!(matches(tokens, reply, &mut Names::new()), Ok(true));
}

#[test]
fn options_become_sections_of_the_configuration() {
    let text = "# A title\n# rfc: 1 2\n# config: limits.one = 1\n# config: limits.two = \"x\"\n\
                # config: extensions.uidonly = true\nC: a NOOP\n";
    let script = script::parse(text).unwrap();
    assert_eq!(
        script.configuration(),
        "[limits]\none = 1\ntwo = \"x\"\n[extensions]\nuidonly = true\n"
    );
    let wrong = script::parse("# A title\n# rfc: 1 2\n# config: uidonly\nC: a NOOP\n");
    assert_eq!(wrong.unwrap_err().line, 3);
}

#[test]
fn a_mistake_in_a_script_is_told_with_its_line() {
    let cases = [
        ("C: a NOOP\n", 1, "the first line is the title: `# …`"),
        ("# Title\nC: a NOOP\n", 2, "no `# rfc: …`"),
        ("# Title\n# rfc: 1\n", 2, "nothing happens in it"),
        ("# Title\n# wrong: 1\n", 2, "no header `wrong: 1`"),
        ("# Title\n# rfc: 1\nnonsense\n", 3, "what is `nonsense`?"),
        ("# Title\n# rfc: 1\nmake: box\n", 3, "no statement `make:`"),
        ("# Title\n# rfc: 1\n\nS; a OK\n", 4, "what is `S; a OK`?"),
        (
            "# Title\n# rfc: 1\nS(S): a OK\n",
            3,
            "`S` names no connection",
        ),
        ("# Title\n# rfc: 1\nopen: b\n", 3, "`b` names no connection"),
        ("# Title\n# rfc: 1\nS{\nS: x\n", 3, "a group without `S}`"),
        ("# Title\n# rfc: 1\nS{\nC: x\nS}\n", 3, "`C: x` in a group"),
        ("# Title\n# rfc: 1\nC: a <<END\nx\n", 3, "no line `END`"),
        ("# Title\n# rfc: 1\nfill: box\n", 3, "fill: MAILBOX NUMBER"),
        ("# Title\n# rfc: 1\ndeliver: x\n", 3, "no `<<END`"),
        (
            "# Title\n# rfc: 1\n# differs: dovecot\n",
            3,
            "`dovecot — ` and the reason, not `dovecot`",
        ),
        (
            "# Title\n# rfc: 1\ncheck: a ~ b\n",
            3,
            "check: VALUE = VALUE, or with != < > <= >=",
        ),
    ];
    for (text, line, why) in cases {
        let mistake = script::parse(text).unwrap_err();
        assert_eq!((mistake.line, mistake.why.as_str()), (line, why), "{text}");
    }
}
