#![allow(clippy::unwrap_used)]

use super::options::SECTIONS;
use super::*;

#[track_caller]
fn good(text: &str) -> Config {
    match parse("postern.toml", text) {
        Ok(config) => config,
        Err(error) => unreachable!("{error}"),
    }
}

#[track_caller]
fn refused(text: &str, expected: &str) {
    let error = parse("postern.toml", text).unwrap_err().to_string();
    assert_eq!(error, expected.trim_matches('\n'), "\n{error}");
}

#[test]
fn the_file_of_defaults_sets_every_option_to_its_default() {
    assert_eq!(good(&defaults_file()), Config::default());
    assert_eq!(good(""), Config::default());
    for option in SECTIONS.iter().flat_map(|it| it.options) {
        let line = format!("\n{} = {}\n", option.key, option.default);
        assert!(defaults_file().contains(&line), "{line}");
    }
}

#[test]
fn every_option_reaches_its_own_field() {
    let config = good(
        r#"
hostname = "Mail.Example.org"
data = "/srv/mail"
history = "90d"
history_of = ["Ann@example.org 5d"]
collect_after = "7h"
user = "u"
group = "g"
[tls]
certificate = "/c.pem"
key = "/k.pem"
[imaps]
address = ["192.0.2.1:1993", "[2001:db8::1]:993"]
[imap]
address = ["192.0.2.1:143"]
[extensions]
uidonly = true
message_limit = 5000
save_limit = "none"
server_comment = "Mail of ours"
server_admin = "mailto:root@example.org"
submission_accounts = ["Submit@Example.org"]
masks = [{ capabilities = ["utf8=accept"], accounts = ["*@example.org"], client = { name = "a|b" } }]
[lmtp]
listen = ["unix:/l.sock", "127.0.0.1:24"]
socket_mode = "0600"
socket_group = "postfix"
[quota]
storage = "2GiB"
messages = 15
mailboxes = 16
reject = true
administrators = ["Root@Example.org"]
[log]
format = "json"
level = "trace"
[limits]
line_before_login = "1KiB"
line_after_login = "2KiB"
literal_before_login = "3KiB"
literal_after_login = "4KiB"
message_size = "5GiB"
output_per_connection = "7MiB"
connections = 1_000
connections_per_network = 90
connections_per_account = 0x50
connections_per_account_and_address = 0o12
exempt_networks = ["192.0.2.0/24", "2001:db8::/32"]
shed_background_at = 21
login_deadline = "11s"
idle_deadline = "12h"
progress_interval = "1500ms"
mailboxes_per_account = 13
messages_per_account = 17
keywords_per_mailbox = 14
"#,
    );
    let expected = Config {
        history: History {
            usual: std::time::Duration::from_secs(90 * 86_400),
            own: [(
                "ann@example.org".to_owned(),
                std::time::Duration::from_secs(5 * 86_400),
            )]
            .into(),
        },
        collect_after: std::time::Duration::from_secs(7 * 3_600),
        hostname: "mail.example.org".into(),
        data: "/srv/mail".into(),
        user: Some("u".into()),
        group: Some("g".into()),
        tls: Tls {
            certificate: Some("/c.pem".into()),
            key: Some("/k.pem".into()),
        },
        imaps: Imap {
            address: vec![
                "192.0.2.1:1993".parse().unwrap(),
                "[2001:db8::1]:993".parse().unwrap(),
            ],
        },
        imap: Imap {
            address: vec!["192.0.2.1:143".parse().unwrap()],
        },
        extensions: Extensions {
            uidonly: true,
            message_limit: Some(5000),
            save_limit: None,
            server_comment: Some("Mail of ours".to_owned()),
            server_admin: Some("mailto:root@example.org".to_owned()),
            submission_accounts: vec!["submit@example.org".to_owned()],
            masks: vec![postern_server::Mask {
                capabilities: vec!["UTF8=ACCEPT"],
                accounts: vec![postern_server::Pattern::wildcard("*@example.org").unwrap()],
                client: vec![(
                    "name".to_owned(),
                    postern_server::Pattern::expression("a|b").unwrap(),
                )],
            }],
        },
        lmtp: Lmtp {
            listen: vec![
                LmtpAddress::Unix("/l.sock".into()),
                LmtpAddress::Tcp("127.0.0.1:24".parse().unwrap()),
            ],
            socket_mode: 0o600,
            socket_group: Some("postfix".into()),
        },
        quota: Quota {
            storage: 2 << 30,
            messages: 15,
            mailboxes: 16,
            reject: true,
            administrators: vec!["root@example.org".into()],
        },
        log: Log {
            format: LogFormat::Json,
            level: LogLevel::Trace,
        },
        limits: Limits {
            line_before_login: 1_024,
            line_after_login: 2_048,
            literal_before_login: 3_072,
            literal_after_login: 4_096,
            message_size: 5_368_709_120,
            output_per_connection: 7_340_032,
            connections: 1_000,
            connections_per_network: 90,
            connections_per_account: 80,
            connections_per_account_and_address: 10,
            exempt_networks: vec![
                "192.0.2.0/24".parse().unwrap(),
                "2001:db8::/32".parse().unwrap(),
            ],
            shed_background_at: 21,
            login_deadline: Duration::from_secs(11),
            idle_deadline: Duration::from_secs(43_200),
            progress_interval: Duration::from_millis(1_500),
            mailboxes_per_account: 13,
            messages_per_account: 17,
            keywords_per_mailbox: 14,
        },
    };
    assert_eq!(config, expected);
}

#[test]
fn a_mistyped_option() {
    refused(
        "hostname = \"mail.example.org\"\n\n[imaps]\nadress = [\"[::]:993\"]\n",
        r#"
error: unknown option `adress` in [imaps]
 --> postern.toml:4:1
  |
4 | adress = ["[::]:993"]
  | ^^^^^^ there is no such option here
  |
  = help: did you mean `address`?
"#,
    );
}

#[test]
fn every_problem_is_shown_in_the_order_of_the_file() {
    refused(
        "[limits]\nmessage_size = 64\nidle_deadlin = \"1h\"\nconnections = 0\n",
        r#"
error: wrong value for `message_size` in [limits]
 --> postern.toml:2:16
  |
2 | message_size = 64
  |                ^^ expected a size with its unit such as "64MiB", found an integer
  |
  = help: its default is "64MiB"

error: unknown option `idle_deadlin` in [limits]
 --> postern.toml:3:1
  |
3 | idle_deadlin = "1h"
  | ^^^^^^^^^^^^ there is no such option here
  |
  = help: did you mean `idle_deadline`?

error: wrong value for `connections` in [limits]
 --> postern.toml:4:15
  |
4 | connections = 0
  |               ^ it has to be at least 1
  |
  = help: its default is 20000
"#,
    );
}

#[test]
fn an_option_in_the_wrong_section() {
    refused(
        "[imaps]\nlogin_deadline = \"60s\"\n",
        r#"
error: unknown option `login_deadline` in [imaps]
 --> postern.toml:2:1
  |
2 | login_deadline = "60s"
  | ^^^^^^^^^^^^^^ there is no such option here
  |
  = help: it belongs in [limits]
"#,
    );
}

#[test]
fn an_unknown_section() {
    refused(
        "[limit]\n",
        r#"
error: unknown section [limit]
 --> postern.toml:1:2
  |
1 | [limit]
  |  ^^^^^ there is no such section
  |
  = help: did you mean [limits]?
"#,
    );
}

#[test]
fn a_wrong_item_of_a_list_is_pointed_at() {
    refused(
        "[lmtp]\nlisten = [\"unix:/run/l.sock\", \"0.0.0.0:24\"]\n",
        r#"
error: wrong value for `listen` in [lmtp]
 --> postern.toml:2:31
  |
2 | listen = ["unix:/run/l.sock", "0.0.0.0:24"]
  |                               ^^^^^^^^^^^^ LMTP knows no login, so it listens on "unix:/path", 127.0.0.1 or [::1] only
  |
  = help: its default is ["unix:/run/postern/lmtp.sock"]
"#,
    );
}

#[test]
fn what_is_not_toml() {
    refused(
        "hostname = \"a\"\nhostname = \"b\"\n",
        r#"
error: this is not TOML
 --> postern.toml:2:1
  |
2 | hostname = "b"
  | ^^^^^^^^ duplicate key
"#,
    );
}

#[test]
fn key_and_certificate_belong_together() {
    refused(
        "[tls]\nkey = \"/key.pem\"\n",
        r#"
error: certificate and key belong together
 --> postern.toml:2:7
  |
2 | key = "/key.pem"
  |       ^^^^^^^^^^ a key without a certificate
  |
  = help: set both in [tls]
"#,
    );
}

#[track_caller]
fn refused_with(text: &str, title: &str, place: &str) {
    let error = parse("postern.toml", text).unwrap_err().to_string();
    assert!(error.starts_with(&format!("error: {title}\n")), "\n{error}");
    assert!(
        error.contains(&format!("--> postern.toml:{place}\n")),
        "\n{error}"
    );
    assert_eq!(error.matches("error:").count(), 1, "\n{error}");
}

#[test]
fn combinations_that_cannot_be_meant() {
    refused_with("group = \"mail\"\n", "a group without a user", "1:9");
    refused_with("[imaps]\naddress = []\n", "no client could connect", "2:11");
    refused_with(
        "[imap]\naddress = [\"[::]:993\"]\n",
        "one address for two listeners",
        "2:11",
    );
    refused_with(
        "[limits]\nidle_deadline = \"29m\"\n",
        "the idle deadline is too short",
        "2:17",
    );
    refused_with(
        "[limits]\nline_after_login = \"4KiB\"\n",
        "a longer line before login than after it",
        "2:20",
    );
    refused_with(
        "[limits]\nliteral_before_login = \"2MiB\"\n",
        "a longer literal before login than after it",
        "2:24",
    );
    refused_with(
        "[limits]\nconnections_per_account = 49\n",
        "more connections from one address than of the account",
        "2:27",
    );
    refused_with(
        "[limits]\nconnections = 999\n",
        "more connections of one account or network than in all",
        "2:15",
    );
}

#[test]
fn two_limits_of_messages() {
    refused_with(
        "[extensions]\nmessage_limit = 1000\nsave_limit = 1000\n",
        "two limits of messages in a command",
        "3:14",
    );
}

#[test]
fn more_keywords_than_a_mailbox_can_have() {
    let at_most = good("[limits]\nkeywords_per_mailbox = 123\n");
    assert_eq!(at_most.limits.keywords_per_mailbox, 123);
    refused(
        "[limits]\nkeywords_per_mailbox = 124\n",
        r#"
error: wrong value for `keywords_per_mailbox` in [limits]
 --> postern.toml:2:24
  |
2 | keywords_per_mailbox = 124
  |                        ^^^ it has to be from 1 to 123
  |
  = help: its default is 100
"#,
    );
}

#[test]
fn a_mask_of_what_there_is_not() {
    refused(
        "[[extensions.masks]]\ncapabilities = [\"IDLE\", \"UIDONYL\"]\n",
        r#"
error: wrong value for `masks` in [extensions]
 --> postern.toml:2:25
  |
2 | capabilities = ["IDLE", "UIDONYL"]
  |                         ^^^^^^^^^ there is no such capability
  |
  = help: did you mean "UIDONLY"?
"#,
    );
}

#[test]
fn a_mask_with_a_bad_expression() {
    refused(
        "[extensions]\nmasks = [{ capabilities = [\"IDLE\"], client = { name = \"Out(look\" } }]\n",
        r#"
error: wrong value for `masks` in [extensions]
 --> postern.toml:2:55
  |
2 | masks = [{ capabilities = ["IDLE"], client = { name = "Out(look" } }]
  |                                                       ^^^^^^^^^^ not a regular expression: unclosed group
  |
  = help: a character that means itself has a backslash before it, such as '\('
"#,
    );
}

#[test]
fn a_mask_with_an_unknown_key() {
    refused(
        "[[extensions.masks]]\ncapabilities = [\"IDLE\"]\nacounts = [\"ada\"]\n",
        r#"
error: wrong value for `masks` in [extensions]
 --> postern.toml:3:1
  |
3 | acounts = ["ada"]
  | ^^^^^^^ a mask has no such key
  |
  = help: did you mean `accounts`?
"#,
    );
}

#[test]
fn values_that_are_refused() {
    for text in [
        "hostname = \"\"",
        "hostname = \"mail example\"",
        "hostname = \"-a\"",
        "hostname = 1",
        "data = \"var\"",
        "user = \"a:b\"",
        "limits = 1",
        "[imaps]\naddress = \"[::]:993\"",
        "[imaps]\naddress = [993]",
        "[imaps]\naddress = [\"localhost:993\"]",
        "[imaps]\naddress = [\"127.0.0.1:0\"]",
        "[limits]\nexempt_networks = [\"192.0.2.0/33\"]",
        "[lmtp]\nlisten = [\"unix:lmtp.sock\"]",
        "[lmtp]\nsocket_mode = \"0888\"",
        "[lmtp]\nsocket_mode = \"1777\"",
        "[lmtp]\nsocket_mode = 660",
        "[extensions]\nuidonly = \"yes\"",
        "[extensions]\nmessage_limit = -1",
        "[extensions]\nserver_comment = \"a\\nb\"",
        "[extensions]\nserver_admin = \"root@example.org\"",
        "[extensions]\nserver_admin = \"mailto:a b\"",
        "[extensions]\nsave_limit = 0",
        "[extensions]\nmasks = [{ capabilities = [] }]",
        "[extensions]\nmasks = [{ accounts = [\"a\"] }]",
        "[extensions]\nmasks = [1]",
        "[extensions]\nsubmission_accounts = [\"a b\"]",
        "[extensions]\nmasks = [{ capabilities = [\"IDLE\"], client = {} }]",
        "[extensions]\nmasks = [{ capabilities = [\"IDLE\"], accounts = [] }]",
        "[extensions]\n[extensions.masks]\ncapabilities = [\"IDLE\"]",
        "[log]\nlevel = \"loud\"",
        "[log]\nformat = \"xml\"",
        "[limits]\nmessage_size = \"0B\"",
        "[limits]\nlogin_deadline = \"60\"",
        "[limits]\nconnections = 4294967296",
        "[limits]\nconnections = -1",
        "[limits]\nconnections = 1.5",
        "\u{feff}[limits]\nx",
        "[tls]\n[tls]",
    ] {
        let error = parse("postern.toml", text).unwrap_err().to_string();
        assert!(error.contains("--> postern.toml:"), "{text}\n{error}");
    }
}

#[test]
fn hostile_files_end_with_an_error() {
    for text in [
        "[".repeat(100_000),
        "a=".repeat(50_000),
        "x = ".to_owned() + &"[".repeat(100_000),
    ] {
        assert!(parse("postern.toml", &text).is_err());
    }
}
