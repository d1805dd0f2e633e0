//! The table of options: everything else about the file follows from it.

use super::Config;
use super::masks;
use super::read::{self, Value, Wrong};

/// A section of the file.
pub(super) struct Section {
    /// Its name; empty for what stands before the first section.
    pub(super) name: &'static str,
    /// What it is about.
    pub(super) about: &'static str,
    /// What can be set in it.
    pub(super) options: &'static [OptionSpec],
}

/// One thing that can be set.
pub(super) struct OptionSpec {
    /// Its key.
    pub(super) key: &'static str,
    /// What holds without it, as TOML.
    pub(super) default: &'static str,
    /// What it means, in lines; with its unit.
    pub(super) about: &'static [&'static str],
    /// Reads it into a configuration.
    pub(super) set: fn(&mut Config, &Value<'_>) -> Result<(), Wrong>,
}

/// Reads a value into its field.
macro_rules! field {
    ($($place:ident).+, $read:path) => {
        |config, value| {
            config.$($place).+ = $read(value)?;
            Ok(())
        }
    };
}

/// Every section, in the order in which the file shows them.
pub(super) const SECTIONS: &[Section] = &[
    Section {
        name: "",
        about: "",
        options: GENERAL,
    },
    Section {
        name: "tls",
        about: "The certificate. Read again on SIGHUP; a broken one leaves the old in use.",
        options: TLS,
    },
    Section {
        name: "imaps",
        about: "IMAP with TLS from the first octet (RFC 8314).",
        options: IMAPS,
    },
    Section {
        name: "imap",
        about: "IMAP that has to begin TLS with STARTTLS; no login without it.",
        options: IMAP,
    },
    Section {
        name: "extensions",
        about: "Extensions of IMAP that not every site wants; docs/imap.md has them all.",
        options: EXTENSIONS,
    },
    Section {
        name: "lmtp",
        about: "Where the mail transfer agent delivers (RFC 2033).",
        options: LMTP,
    },
    Section {
        name: "quota",
        about: "What an account may hold, unless `postern account quota` says something else for it.",
        options: QUOTA,
    },
    Section {
        name: "log",
        about: "Logs go to the standard error.",
        options: LOG,
    },
    Section {
        name: "limits",
        about: "What a client or an account may use. Sizes: B, KiB, MiB, GiB. Times: ms, s, m, h, d.",
        options: LIMITS,
    },
];

const GENERAL: &[OptionSpec] = &[
    OptionSpec {
        key: "hostname",
        default: "\"localhost\"",
        about: &["The name that clients connect to. The certificate should be for it."],
        set: field!(hostname, read::hostname),
    },
    OptionSpec {
        key: "data",
        default: "\"/var/lib/postern\"",
        about: &["The folder of accounts and mail. One server at a time uses it."],
        set: field!(data, read::path),
    },
    OptionSpec {
        key: "history",
        default: "\"30d\"",
        about: &["How long mail that was deleted is kept, and can be restored (time)."],
        set: field!(history.usual, read::duration),
    },
    OptionSpec {
        key: "history_of",
        default: "[]",
        about: &["Accounts whose history is longer or shorter, such as [\"ann@example.org 90d\"]."],
        set: field!(history.own, read::times_of_accounts),
    },
    OptionSpec {
        key: "collect_after",
        default: "\"6h\"",
        about: &[
            "How long a file of mail rests after the last write to it before space of what is older",
            "than history is given back (time). Longer than any command that brings a message in.",
        ],
        set: field!(collect_after, read::duration),
    },
    OptionSpec {
        key: "user",
        default: "\"\"",
        about: &[
            "Whom to become after binding the ports, when started as root. Empty: stay as started.",
        ],
        set: field!(user, read::system_name),
    },
    OptionSpec {
        key: "group",
        default: "\"\"",
        about: &["The group to become with it. Empty: the user's own."],
        set: field!(group, read::system_name),
    },
];

const TLS: &[OptionSpec] = &[
    OptionSpec {
        key: "certificate",
        default: "\"\"",
        about: &["PEM file: the server's certificate first, then each one's issuer."],
        set: field!(tls.certificate, read::optional_path),
    },
    OptionSpec {
        key: "key",
        default: "\"\"",
        about: &["PEM file: its private key, without a passphrase."],
        set: field!(tls.key, read::optional_path),
    },
];

const IMAPS: &[OptionSpec] = &[OptionSpec {
    key: "address",
    default: "[\"[::]:993\"]",
    about: &["Addresses to listen on. \"[::]\" takes IPv4 too."],
    set: field!(imaps.address, read::addresses),
}];

const IMAP: &[OptionSpec] = &[OptionSpec {
    key: "address",
    default: "[]",
    about: &["Addresses to listen on, such as [\"[::]:143\"]. Off by default."],
    set: field!(imap.address, read::addresses),
}];

const EXTENSIONS: &[OptionSpec] = &[
    OptionSpec {
        key: "uidonly",
        default: "false",
        about: &[
            "UIDONLY (RFC 9586). Some clients enable it and then send sequence numbers, which fails.",
        ],
        set: field!(extensions.uidonly, read::boolean),
    },
    OptionSpec {
        key: "submission_accounts",
        default: "[]",
        about: &[
            "Accounts that a submission server signs in with to fetch what users send by URL (BURL,",
            "RFC 4468): they alone open URLs of URLAUTH made for submission.",
        ],
        set: field!(extensions.submission_accounts, read::accounts),
    },
    OptionSpec {
        key: "message_limit",
        default: "\"none\"",
        about: &[
            "MESSAGELIMIT (RFC 9738): messages that one FETCH, SEARCH, STORE, COPY, MOVE, UID EXPUNGE or",
            "APPEND works on (count), or \"none\". Clients that do not know it (in 2025 nearly all) see only",
            "the newest so many messages of a mailbox and cannot copy more: leave it off, or mask it for",
            "them. A mask lifts the limit too. RFC 9738 advises against less than 1000.",
        ],
        set: field!(extensions.message_limit, read::optional_count),
    },
    OptionSpec {
        key: "save_limit",
        default: "\"none\"",
        about: &[
            "SAVELIMIT (RFC 9738): the same of COPY and APPEND only. Clients that do not know it cannot",
            "copy more messages at once. Not together with `message_limit`.",
        ],
        set: field!(extensions.save_limit, read::optional_count),
    },
    OptionSpec {
        key: "server_comment",
        default: "\"\"",
        about: &["What METADATA (RFC 5464) tells everybody of the server, as /shared/comment."],
        set: field!(extensions.server_comment, read::optional_line),
    },
    OptionSpec {
        key: "server_admin",
        default: "\"\"",
        about: &[
            "How to reach the administrator, as METADATA's /shared/admin: a URI such as",
            "\"mailto:postmaster@example.org\".",
        ],
        set: field!(extensions.server_admin, read::optional_uri),
    },
    OptionSpec {
        key: "masks",
        default: "[]",
        about: &[
            "Capabilities that are not offered, and to whom: to accounts, by name or with \"*\" as in",
            "\"*@example.org\", and to clients, by regular expressions on the fields of ID, each for the",
            "whole value in any case. What is left out says nothing; from ID on a client is known.",
            "[{ capabilities = [\"UIDONLY\"], accounts = [\"*@example.org\"], client = { name = \"Outlook.*\" } }]",
        ],
        set: field!(extensions.masks, masks::masks),
    },
];

const LMTP: &[OptionSpec] = &[
    OptionSpec {
        key: "listen",
        default: "[\"unix:/run/postern/lmtp.sock\"]",
        about: &[
            "\"unix:/path\" or a loopback address such as \"127.0.0.1:24\": LMTP knows no login.",
        ],
        set: field!(lmtp.listen, read::lmtp_addresses),
    },
    OptionSpec {
        key: "socket_mode",
        default: "\"0660\"",
        about: &["Permissions of the sockets, in octal."],
        set: field!(lmtp.socket_mode, read::mode),
    },
    OptionSpec {
        key: "socket_group",
        default: "\"\"",
        about: &["Group of the sockets: one that the transfer agent is in. Empty: the server's."],
        set: field!(lmtp.socket_group, read::system_name),
    },
];

const QUOTA: &[OptionSpec] = &[
    OptionSpec {
        key: "storage",
        default: "\"none\"",
        about: &["All messages together, each counted wherever it is (size), or \"none\"."],
        set: field!(quota.storage, read::quota_size),
    },
    OptionSpec {
        key: "messages",
        default: "\"none\"",
        about: &["Messages (count), or \"none\"; never more than `messages_per_account`."],
        set: field!(quota.messages, read::quota_count),
    },
    OptionSpec {
        key: "mailboxes",
        default: "\"none\"",
        about: &["Mailboxes (count), or \"none\"; never more than `mailboxes_per_account`."],
        set: field!(quota.mailboxes, read::quota_count),
    },
    OptionSpec {
        key: "reject",
        default: "false",
        about: &[
            "true: mail that does not fit goes back to its sender (552). false: the transfer agent",
            "keeps it and tries again for some days (452).",
        ],
        set: field!(quota.reject, read::boolean),
    },
    OptionSpec {
        key: "administrators",
        default: "[]",
        about: &["Accounts that may set the quota of any account over IMAP (SETQUOTA)."],
        set: field!(quota.administrators, read::accounts),
    },
];

const LOG: &[OptionSpec] = &[
    OptionSpec {
        key: "format",
        default: "\"text\"",
        about: &["\"text\" or \"json\"."],
        set: field!(log.format, read::log_format),
    },
    OptionSpec {
        key: "level",
        default: "\"info\"",
        about: &["\"error\", \"warn\", \"info\", \"debug\" or \"trace\"."],
        set: field!(log.level, read::log_level),
    },
];

const LIMITS: &[OptionSpec] = &[
    OptionSpec {
        key: "line_before_login",
        default: "\"8KiB\"",
        about: &[
            "The longest command line before login (size). Commands run one at a time; what a",
            "client sends ahead is read 16 KiB at a time and counts as far as it is kept.",
        ],
        set: field!(limits.line_before_login, read::size),
    },
    OptionSpec {
        key: "line_after_login",
        default: "\"64KiB\"",
        about: &["The longest command line after login (size). Clients send long UID sets."],
        set: field!(limits.line_after_login, read::size),
    },
    OptionSpec {
        key: "literal_before_login",
        default: "\"4KiB\"",
        about: &["The longest literal before login (size): a name or a password."],
        set: field!(limits.literal_before_login, read::size),
    },
    OptionSpec {
        key: "literal_after_login",
        default: "\"1MiB\"",
        about: &["The longest literal after login, other than a message (size)."],
        set: field!(limits.literal_after_login, read::size),
    },
    OptionSpec {
        key: "message_size",
        default: "\"64MiB\"",
        about: &["The largest message, by APPEND or by LMTP (size)."],
        set: field!(limits.message_size, read::size),
    },
    OptionSpec {
        key: "output_per_connection",
        default: "\"256KiB\"",
        about: &[
            "Answers that wait for a client to read them (size). Over this no command runs for it.",
        ],
        set: field!(limits.output_per_connection, read::size),
    },
    OptionSpec {
        key: "connections",
        default: "20000",
        about: &["Connections in all (count). The system's limit on open files has to allow them."],
        set: field!(limits.connections, read::count),
    },
    OptionSpec {
        key: "connections_per_network",
        default: "1000",
        about: &["Connections from one network: one IPv4 address or one IPv6 /64 (count)."],
        set: field!(limits.connections_per_network, read::count),
    },
    OptionSpec {
        key: "connections_per_account",
        default: "200",
        about: &["Connections of one account (count)."],
        set: field!(limits.connections_per_account, read::count),
    },
    OptionSpec {
        key: "connections_per_account_and_address",
        default: "50",
        about: &[
            "Connections of one account from one network, as above (count). Clients open many.",
        ],
        set: field!(limits.connections_per_account_and_address, read::count),
    },
    OptionSpec {
        key: "exempt_networks",
        default: "[]",
        about: &[
            "Networks such as \"192.0.2.0/24\" for which no limit of connections by network holds: the",
            "clouds through which some mail programs come, an office behind one address.",
        ],
        set: field!(limits.exempt_networks, read::networks),
    },
    OptionSpec {
        key: "shed_background_at",
        default: "64",
        about: &[
            "Commands that read many messages, running at once (count), from which on a client that",
            "says with ID that it fills its index in the background is told to come later.",
        ],
        set: field!(limits.shed_background_at, read::count),
    },
    OptionSpec {
        key: "login_deadline",
        default: "\"60s\"",
        about: &["How long a connection may take to log in (time)."],
        set: field!(limits.login_deadline, read::duration),
    },
    OptionSpec {
        key: "idle_deadline",
        default: "\"30m\"",
        about: &[
            "How long a connection may be silent after login (time); at least 30m (RFC 9051, 5.4).",
        ],
        set: field!(limits.idle_deadline, read::duration),
    },
    OptionSpec {
        key: "progress_interval",
        default: "\"10s\"",
        about: &[
            "How often a client hears of a command that takes long (time); 10s to 15s (RFC 9585, 4).",
        ],
        set: field!(limits.progress_interval, read::duration),
    },
    OptionSpec {
        key: "messages_per_account",
        default: "2000000",
        about: &["Messages of one account (count). About 100 octets of memory each while in use."],
        set: field!(limits.messages_per_account, read::count),
    },
    OptionSpec {
        key: "mailboxes_per_account",
        default: "10000",
        about: &["Mailboxes of one account (count)."],
        set: field!(limits.mailboxes_per_account, read::count),
    },
    OptionSpec {
        key: "keywords_per_mailbox",
        default: "100",
        about: &["Keywords in one mailbox (count), at most 123: what is stored has no more bits."],
        set: field!(limits.keywords_per_mailbox, read::keywords),
    },
];
