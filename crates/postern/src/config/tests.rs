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
user = "u"
group = "g"
[tls]
certificate = "/c.pem"
key = "/k.pem"
[imaps]
address = ["192.0.2.1:1993", "[2001:db8::1]:993"]
[imap]
address = ["192.0.2.1:143"]
[lmtp]
listen = ["unix:/l.sock", "127.0.0.1:24"]
socket_mode = "0600"
socket_group = "postfix"
[log]
format = "json"
level = "trace"
[limits]
line_before_login = "1KiB"
line_after_login = "2KiB"
literal_before_login = "3KiB"
literal_after_login = "4KiB"
message_size = "5GiB"
commands_in_flight = 6
memory_per_connection = "7MiB"
connections = 1_000
connections_per_network = 90
connections_per_account = 0x50
connections_per_account_and_address = 0o12
login_deadline = "11s"
idle_deadline = "12h"
mailboxes_per_account = 13
keywords_per_mailbox = 14
"#,
    );
    let expected = Config {
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
        lmtp: Lmtp {
            listen: vec![
                LmtpAddress::Unix("/l.sock".into()),
                LmtpAddress::Tcp("127.0.0.1:24".parse().unwrap()),
            ],
            socket_mode: 0o600,
            socket_group: Some("postfix".into()),
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
            commands_in_flight: 6,
            memory_per_connection: 7_340_032,
            connections: 1_000,
            connections_per_network: 90,
            connections_per_account: 80,
            connections_per_account_and_address: 10,
            login_deadline: Duration::from_secs(11),
            idle_deadline: Duration::from_secs(43_200),
            mailboxes_per_account: 13,
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
