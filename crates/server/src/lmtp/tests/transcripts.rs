use super::*;

/// Says LHLO, then the lines; expects the replies after LHLO's and gives back what was kept.
#[track_caller]
fn check(lines: &[&str], replies: &[&str]) -> Vec<(String, String)> {
    check_with(limits(), lines, replies)
}

#[track_caller]
fn check_with(limits: Limits, lines: &[&str], replies: &[&str]) -> Vec<(String, String)> {
    let input = format!("LHLO mta.example.net\r\n{}", crlf(lines));
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_time()
        .start_paused(true)
        .build()
        .unwrap();
    let (got, kept) = runtime.block_on(talk(input.as_bytes(), limits));
    assert_eq!(got, format!("{HELLO}{}", crlf(replies)));
    kept
}

fn crlf(lines: &[&str]) -> String {
    lines.iter().map(|line| format!("{line}\r\n")).collect()
}

fn kept(name: &str, content: &str) -> (String, String) {
    (name.to_owned(), content.to_owned())
}

const DATA: &str = "354 End with <CRLF>.<CRLF>";
const OK: &str = "250 2.0.0 OK";
const MAIL_OK: &str = "250 2.1.0 OK";
const RCPT_OK: &str = "250 2.1.5 OK";
const NESTED: &str = "503 5.5.1 A message is under way";
const QUIT_OK: &str = "221 2.0.0 mx.example.org closing connection";

#[test]
fn a_message_for_one() {
    let stored = check(
        &[
            "MAIL FROM:<jonas@example.net> SIZE=50 BODY=8BITMIME",
            "RCPT TO:<mara+lists@example.org>",
            "DATA",
            "Return-Path: <old@example.net>",
            "Subject: one",
            "",
            "..dots",
            ".",
            "QUIT",
            "NOOP",
        ],
        &[
            MAIL_OK,
            RCPT_OK,
            DATA,
            "250 2.1.5 <mara+lists@example.org> delivered",
            QUIT_OK,
        ],
    );
    let content = "Return-Path: <jonas@example.net>\r\nDelivered-To: <mara+lists@example.org>\r\n\
                   Subject: one\r\n\r\n.dots\r\n";
    assert_eq!(stored, [kept("mara", content)]);
}

#[test]
fn each_recipient_has_its_own_reply_in_order() {
    let stored = check(
        &[
            "MAIL FROM:<>",
            "RCPT TO:<full@example.org>",
            "RCPT TO:<nobody@example.org>",
            "RCPT TO:<mara@example.org>",
            "RCPT TO:<closed@example.org>",
            "RCPT TO:<unlucky@example.org>",
            "RCPT TO:<broken@example.org>",
            "RCPT TO:<mara@example.org>",
            "RCPT TO:<small@example.org>",
            "RCPT TO:<bug@example.org>",
            "RCPT TO:<endless@example.org>",
            "DATA",
            ".",
            "NOOP",
        ],
        &[
            MAIL_OK,
            RCPT_OK,
            "550 5.1.1 No such user here",
            RCPT_OK,
            "550 5.2.1 Mailbox takes no mail",
            "451 4.3.0 Try again later",
            RCPT_OK,
            RCPT_OK,
            RCPT_OK,
            RCPT_OK,
            RCPT_OK,
            DATA,
            "452 4.2.2 <full@example.org> Mailbox is full",
            "250 2.1.5 <mara@example.org> delivered",
            "451 4.3.0 <broken@example.org> Try again later",
            "250 2.1.5 <mara@example.org> delivered",
            "552 5.2.3 <small@example.org> Message too big for this mailbox",
            "451 4.3.0 <bug@example.org> Try again later",
            "451 4.3.0 <endless@example.org> Try again later",
            OK,
        ],
    );
    let content = "Return-Path: <>\r\nDelivered-To: <mara@example.org>\r\n";
    assert_eq!(stored, [kept("mara", content), kept("mara", content)]);
}

#[test]
fn order_of_commands() {
    check(
        &[
            "RCPT TO:<mara@example.org>",
            "DATA",
            "MAIL FROM:<>",
            "MAIL FROM:<>",
            "DATA",
            "RCPT TO:<nobody@example.org>",
            "DATA",
            "RSET",
            "RCPT TO:<mara@example.org>",
            "MAIL FROM:<>",
        ],
        &[
            "503 5.5.1 Say MAIL first",
            "503 5.5.1 No recipients",
            MAIL_OK,
            NESTED,
            "503 5.5.1 No recipients",
            "550 5.1.1 No such user here",
            "503 5.5.1 No recipients",
            OK,
            "503 5.5.1 Say MAIL first",
            MAIL_OK,
        ],
    );
}

#[tokio::test]
async fn nothing_before_lhlo() {
    let input = "NOOP\r\nMAIL FROM:<>\r\nRCPT TO:<a@example.org>\r\nEHLO a\r\nHELO a\r\nQUIT\r\n";
    let (replies, _) = talk(input.as_bytes(), limits()).await;
    let expected = crlf(&[
        "220 mx.example.org LMTP ready",
        OK,
        "503 5.5.1 Say LHLO first",
        "503 5.5.1 Say MAIL first",
        "500 5.5.1 This is LMTP: say LHLO",
        "500 5.5.1 This is LMTP: say LHLO",
        QUIT_OK,
    ]);
    assert_eq!(replies, expected);
}

#[test]
fn lhlo_and_rset_forget_the_message() {
    for reset in ["RSET", "LHLO again.example.net"] {
        let answer = match reset {
            "RSET" => OK,
            _ => HELLO.split_once("\r\n").unwrap().1.trim_end(),
        };
        let stored = check(
            &["MAIL FROM:<>", "RCPT TO:<mara@example.org>", reset, "DATA"],
            &[MAIL_OK, RCPT_OK, answer, "503 5.5.1 No recipients"],
        );
        assert_eq!(stored, []);
    }
}

#[test]
fn commands_without_effect_keep_the_message() {
    let stored = check(
        &[
            "MAIL FROM:<>",
            "VRFY mara",
            "RCPT TO:<mara@example.org>",
            "HELP",
            "EXPN all",
            "XYZZY",
            "RCPT TO:mara@example.org",
            "RCPT TO:<mara@example.org> X=1",
            "DATA",
            ".",
        ],
        &[
            MAIL_OK,
            "252 2.0.0 Not verified here, try RCPT",
            RCPT_OK,
            "214 2.0.0 See RFC 2033",
            "502 5.5.1 Command not implemented",
            "500 5.5.2 Command not recognised",
            "501 5.1.3 Not a recipient's address",
            "555 5.5.4 Parameter not recognised",
            DATA,
            "250 2.1.5 <mara@example.org> delivered",
        ],
    );
    assert_eq!(stored.len(), 1);
}

#[test]
fn utf8_addresses_only_with_smtputf8() {
    let refused = "553 5.6.7 This address needs SMTPUTF8";
    let stored = check(
        &[
            "MAIL FROM:<jürgen@example.net>",
            "MAIL FROM:<>",
            "RCPT TO:<用户@例子.example>",
            "RSET",
            "MAIL FROM:<jürgen@example.net> SMTPUTF8",
            "RCPT TO:<用户@例子.example>",
            "DATA",
            ".",
        ],
        &[
            refused,
            MAIL_OK,
            refused,
            OK,
            MAIL_OK,
            RCPT_OK,
            DATA,
            "250 2.1.5 <用户@例子.example> delivered",
        ],
    );
    let content = "Return-Path: <jürgen@example.net>\r\nDelivered-To: <用户@例子.example>\r\n";
    assert_eq!(stored, [kept("用户", content)]);
}

#[test]
fn quoted_local_parts_and_source_routes() {
    let stored = check(
        &[
            r#"MAIL FROM:<@relay.example.net:"two words"@example.net>"#,
            r#"RCPT TO:<"a \"b\" > c"@example.org>"#,
            "DATA",
            ".",
        ],
        &[
            MAIL_OK,
            RCPT_OK,
            DATA,
            r#"250 2.1.5 <"a \"b\" > c"@example.org> delivered"#,
        ],
    );
    let content = "Return-Path: <\"two words\"@example.net>\r\n\
                   Delivered-To: <\"a \\\"b\\\" > c\"@example.org>\r\n";
    assert_eq!(stored, [kept(r#"a "b" > c"#, content)]);
}

#[test]
fn smuggled_commands_are_content() {
    for end in ["\n.\n", "\r.\r", "\n.\r\n", "\r.\r\n"] {
        let smuggled = format!("a{end}MAIL FROM:<evil@example.net>\r\nRCPT TO:<mara@example.org>");
        let stored = check(
            &[
                "MAIL FROM:<>",
                "RCPT TO:<mara@example.org>",
                "DATA",
                &smuggled,
                ".",
                "NOOP",
            ],
            &[
                MAIL_OK,
                RCPT_OK,
                DATA,
                "250 2.1.5 <mara@example.org> delivered",
                OK,
            ],
        );
        let content =
            format!("Return-Path: <>\r\nDelivered-To: <mara@example.org>\r\n{smuggled}\r\n");
        assert_eq!(stored, [kept("mara", &content)], "{end:?}");
    }
    // After CRLF the dot is transparency: it goes, but `. LF` is no end either.
    let stored = check(
        &[
            "MAIL FROM:<>",
            "RCPT TO:<mara@example.org>",
            "DATA",
            "a\r\n.\nRSET",
            ".",
            "NOOP",
        ],
        &[
            MAIL_OK,
            RCPT_OK,
            DATA,
            "250 2.1.5 <mara@example.org> delivered",
            OK,
        ],
    );
    assert!(stored[0].1.ends_with("\r\na\r\n\nRSET\r\n"));
}

#[test]
fn bare_line_ends_in_commands_run_nothing() {
    let refused = "500 5.5.2 Lines end with CRLF";
    check(
        &["NOOP\nNOOP", "NOOP\rQUIT", "MAIL FROM:<>"],
        &[refused, OK, refused, MAIL_OK],
    );
}

#[test]
fn too_big() {
    let long = "x".repeat(998);
    let stored = check(
        &[
            "MAIL FROM:<> SIZE=1001",
            "MAIL FROM:<> SIZE=1000",
            "RCPT TO:<mara@example.org>",
            "RCPT TO:<jonas@example.org>",
            "DATA",
            &long,
            "",
            ".",
            "MAIL FROM:<>",
            "RCPT TO:<mara@example.org>",
            "DATA",
            &long,
            ".",
        ],
        &[
            "552 5.3.4 Message too big",
            MAIL_OK,
            RCPT_OK,
            RCPT_OK,
            DATA,
            "552 5.3.4 <mara@example.org> Message too big",
            "552 5.3.4 <jonas@example.org> Message too big",
            MAIL_OK,
            RCPT_OK,
            DATA,
            "250 2.1.5 <mara@example.org> delivered",
        ],
    );
    assert_eq!(stored.len(), 1);
}

#[test]
fn long_lines() {
    // With CRLF 4096 octets, 4097, and many times more than is read at once.
    let (fits, over, far_over) = ("x".repeat(4089), "x".repeat(4090), "x".repeat(100_000));
    let noop = |argument: &str| format!("NOOP {argument}");
    check(
        &[
            "MAIL FROM:<>",
            &noop(&fits),
            &noop(&over),
            &noop(&far_over),
            "MAIL FROM:<>",
        ],
        &[
            MAIL_OK,
            OK,
            "500 5.5.2 Line too long",
            "500 5.5.2 Line too long",
            NESTED,
        ],
    );
}

#[test]
fn too_many_recipients() {
    let rcpt = "RCPT TO:<mara@example.org>";
    let few = Limits {
        recipients: 2,
        ..limits()
    };
    let stored = check_with(
        few,
        &[
            "MAIL FROM:<>",
            rcpt,
            "RCPT TO:<nobody@example.org>",
            rcpt,
            rcpt,
            "DATA",
            ".",
        ],
        &[
            MAIL_OK,
            RCPT_OK,
            "550 5.1.1 No such user here",
            RCPT_OK,
            "452 4.5.3 Too many recipients",
            DATA,
            "250 2.1.5 <mara@example.org> delivered",
            "250 2.1.5 <mara@example.org> delivered",
        ],
    );
    assert_eq!(stored.len(), 2);
}

#[test]
fn too_many_errors_and_messages() {
    let few = Limits {
        errors: 2,
        transactions: 1,
        ..limits()
    };
    let unknown = "500 5.5.2 Command not recognised";
    check_with(
        few.clone(),
        &["POST / HTTP/1.1", "NOOP", "Host: mx.example.org", "NOOP"],
        &[
            unknown,
            OK,
            unknown,
            "421 4.7.0 mx.example.org Too many errors",
        ],
    );
    check_with(
        few,
        &["MAIL FROM:<>", "RSET", "MAIL FROM:<>", "NOOP"],
        &[
            MAIL_OK,
            OK,
            "421 4.7.0 mx.example.org Too many messages, connect again",
        ],
    );
}
