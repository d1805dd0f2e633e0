//! Combinations of options that cannot be meant.

use super::Config;
use super::problem::Problem;
use std::collections::BTreeMap;
use std::ops::Range;
use std::time::Duration;

/// RFC 9051, 5.4: an inactivity timer after login is at least 30 minutes.
const LEAST_IDLE: Duration = Duration::from_secs(30 * 60);

/// Where the value of each option that the file sets stands, by `section.key`.
pub(super) type Places = BTreeMap<(&'static str, &'static str), Range<usize>>;

/// Everything that does not go together.
pub(super) fn combinations(config: &Config, places: &Places) -> Vec<Problem> {
    let found = [
        certificate_and_key(config),
        group_without_user(config),
        no_listener(config),
        one_address_twice(config),
        idle(config),
        before_and_after_login(config),
        connections(config),
        limits_of_messages(config),
    ];
    let located = found.into_iter().flatten();
    located.map(|conflict| conflict.locate(places)).collect()
}

struct Conflict {
    title: &'static str,
    /// The options in question; the first that the file sets is shown.
    options: &'static [(&'static str, &'static str)],
    label: String,
    help: &'static str,
}

impl Conflict {
    /// Defaults go together, so at least one of the options is in the file; should none be, the
    /// file's beginning is shown.
    fn locate(self, places: &Places) -> Problem {
        let span = self.options.iter().find_map(|option| places.get(option));
        Problem {
            title: self.title.to_owned(),
            span: span.cloned().unwrap_or(0..0),
            label: self.label,
            help: Some(self.help.to_owned()),
        }
    }
}

fn certificate_and_key(config: &Config) -> Option<Conflict> {
    let (given, missing) = match (&config.tls.certificate, &config.tls.key) {
        (Some(_), None) => ("certificate", "key"),
        (None, Some(_)) => ("key", "certificate"),
        _ => return None,
    };
    Some(Conflict {
        title: "certificate and key belong together",
        options: match given {
            "key" => &[("tls", "key")],
            _ => &[("tls", "certificate")],
        },
        label: format!("a {given} without a {missing}"),
        help: "set both in [tls]",
    })
}

fn group_without_user(config: &Config) -> Option<Conflict> {
    (config.group.is_some() && config.user.is_none()).then(|| Conflict {
        title: "a group without a user",
        options: &[("", "group")],
        label: "the group is changed only together with the user".to_owned(),
        help: "set `user` too",
    })
}

fn no_listener(config: &Config) -> Option<Conflict> {
    (config.imaps.address.is_empty() && config.imap.address.is_empty()).then(|| Conflict {
        title: "no client could connect",
        options: &[("imaps", "address"), ("imap", "address")],
        label: "no address in [imaps], none in [imap]".to_owned(),
        help: "set `address` in [imaps], such as [\"[::]:993\"]",
    })
}

fn one_address_twice(config: &Config) -> Option<Conflict> {
    let both = config
        .imap
        .address
        .iter()
        .find(|it| config.imaps.address.contains(it))?;
    Some(Conflict {
        title: "one address for two listeners",
        options: &[("imap", "address"), ("imaps", "address")],
        label: format!("{both} is in [imaps] and in [imap]"),
        help: "the usual ports are 993 for [imaps] and 143 for [imap]",
    })
}

/// RFC 9738 section 3: a server announces one instead of the other.
fn limits_of_messages(config: &Config) -> Option<Conflict> {
    let extensions = &config.extensions;
    (extensions.message_limit.is_some() && extensions.save_limit.is_some()).then(|| Conflict {
        title: "two limits of messages in a command",
        options: &[
            ("extensions", "save_limit"),
            ("extensions", "message_limit"),
        ],
        label: "`message_limit` is for COPY and APPEND too".to_owned(),
        help: "set one of them",
    })
}

fn idle(config: &Config) -> Option<Conflict> {
    (config.limits.idle_deadline < LEAST_IDLE).then(|| Conflict {
        title: "the idle deadline is too short",
        options: &[("limits", "idle_deadline")],
        label: "clients rely on 30 minutes".to_owned(),
        help: "RFC 9051, 5.4 asks for at least \"30m\"",
    })
}

fn before_and_after_login(config: &Config) -> Option<Conflict> {
    let limits = &config.limits;
    if limits.line_before_login > limits.line_after_login {
        return Some(Conflict {
            title: "a longer line before login than after it",
            options: &[
                ("limits", "line_before_login"),
                ("limits", "line_after_login"),
            ],
            label: "strangers would be allowed more than users".to_owned(),
            help: "make `line_before_login` the smaller",
        });
    }
    (limits.literal_before_login > limits.literal_after_login).then(|| Conflict {
        title: "a longer literal before login than after it",
        options: &[
            ("limits", "literal_before_login"),
            ("limits", "literal_after_login"),
        ],
        label: "strangers would be allowed more than users".to_owned(),
        help: "make `literal_before_login` the smaller",
    })
}

fn connections(config: &Config) -> Option<Conflict> {
    let limits = &config.limits;
    if limits.connections_per_account_and_address > limits.connections_per_account {
        return Some(Conflict {
            title: "more connections from one address than of the account",
            options: &[
                ("limits", "connections_per_account_and_address"),
                ("limits", "connections_per_account"),
            ],
            label: "this could never be reached".to_owned(),
            help: "make `connections_per_account_and_address` the smaller",
        });
    }
    let most = limits
        .connections_per_account
        .max(limits.connections_per_network);
    (most > limits.connections).then(|| Conflict {
        title: "more connections of one account or network than in all",
        options: &[
            ("limits", "connections"),
            ("limits", "connections_per_account"),
            ("limits", "connections_per_network"),
        ],
        label: "one could keep all others out".to_owned(),
        help: "make `connections` the largest",
    })
}
