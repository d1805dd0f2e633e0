//! What CAPABILITY announces, and only where it can be used. What is not whole says so.
//!
//! [`EXTENSIONS`] is the one list; `docs/imap.md` is made from it by a test, which wants to see a
//! transcript of each capability.

#[cfg(test)]
mod page;

use crate::session::Session;
use std::borrow::Cow;

/// Where a capability is announced.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Announced {
    /// In every state.
    Always,
    /// Once the client has signed in.
    AfterLogin,
    /// On a connection that has no TLS yet.
    InClear,
}

/// Whether an option of the configuration turns an extension on or off: `section.key`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Switch {
    /// It is there, whatever is configured.
    None,
    /// Not there until the option says so.
    OffUntil(&'static str),
}

/// One capability.
#[cfg_attr(
    not(test),
    expect(dead_code, reason = "the texts are for docs/imap.md")
)]
struct Extension {
    name: &'static str,
    /// The texts that define it.
    source: &'static str,
    announced: Announced,
    switch: Switch,
    /// Whether all is there that its text demands; else the note says what is not.
    whole: bool,
    /// What is to be known of it here: a limit, a choice that the text leaves open.
    note: &'static str,
}

impl Extension {
    const fn off_until(mut self, option: &'static str) -> Self {
        self.switch = Switch::OffUntil(option);
        self
    }

    const fn in_part(mut self) -> Self {
        self.whole = false;
        self
    }
}

const fn always(name: &'static str, source: &'static str, note: &'static str) -> Extension {
    Extension {
        name,
        source,
        announced: Announced::Always,
        switch: Switch::None,
        whole: true,
        note,
    }
}

const fn after_login(name: &'static str, source: &'static str, note: &'static str) -> Extension {
    Extension {
        announced: Announced::AfterLogin,
        ..always(name, source, note)
    }
}

const fn in_clear(name: &'static str, source: &'static str, note: &'static str) -> Extension {
    Extension {
        announced: Announced::InClear,
        ..always(name, source, note)
    }
}

/// Announced with the limit in octets after `=`.
const APPENDLIMIT: &str = "APPENDLIMIT";

/// Only for administrators.
pub(crate) const QUOTASET: &str = "QUOTASET";

/// Announced with the number of messages after `=`.
const MESSAGELIMIT: &str = "MESSAGELIMIT";

/// The same.
const SAVELIMIT: &str = "SAVELIMIT";

/// All capabilities, in the order in which they are announced.
const EXTENSIONS: &[Extension] = &[
    always("IMAP4rev2", "RFC 9051", "By ENABLE."),
    always("IMAP4rev1", "RFC 3501", ""),
    always("LITERAL+", "RFC 7888", "Covers what LITERAL- allows."),
    always(
        "ID",
        "RFC 2971",
        "What a client says is logged, and decides which masks hold and what can wait; it grants nothing.",
    ),
    always(
        "LANGUAGE",
        "RFC 5255 3",
        "i-default and en, which are the same texts.",
    ),
    always("ENABLE", "RFC 5161", ""),
    always("SASL-IR", "RFC 4959", ""),
    after_login("IDLE", "RFC 2177", "Ends after the idle deadline."),
    after_login(
        "NAMESPACE",
        "RFC 2342",
        "Personal, `Other Users/` and `Shared/`.",
    ),
    after_login("UNSELECT", "RFC 3691", ""),
    after_login("UIDPLUS", "RFC 4315", ""),
    after_login("MOVE", "RFC 6851", "Copies and removal are one append."),
    after_login("CHILDREN", "RFC 3348", ""),
    after_login("SPECIAL-USE", "RFC 6154", "Told in every LIST."),
    after_login("LIST-EXTENDED", "RFC 5258", ""),
    after_login("LIST-STATUS", "RFC 5819", ""),
    after_login("LIST-METADATA", "RFC 9590", ""),
    after_login(
        "METADATA",
        "RFC 5464",
        "Of the server and of mailboxes. `/shared/comment` and `/shared/admin` of the server are `extensions.server_comment` and `server_admin`; no client can set `/shared` of the server.",
    ),
    after_login(
        "NOTIFY",
        "RFC 5465",
        "INBOXES means PERSONAL; AnnotationChange is not there. Of others' mailboxes, the selected one is told of. UPDATE of SEARCH and SORT takes no items (section 7).",
    )
    .in_part(),
    after_login(
        "ACL",
        "RFC 4314",
        "Accounts, `anyone` and negative rights; 200 identifiers a mailbox. Each user has a `\\Seen` of their own.",
    ),
    after_login("RIGHTS=kxte", "RFC 4314", "No right is tied to another."),
    after_login("LIST-MYRIGHTS", "RFC 8440", ""),
    after_login("STATUS=SIZE", "RFC 8438", ""),
    after_login("ESEARCH", "RFC 4731", ""),
    after_login("SEARCHRES", "RFC 5182", ""),
    after_login(
        "SORT",
        "RFC 5256",
        "From what was kept at delivery; compares as i;unicode-casemap.",
    ),
    after_login("SORT=DISPLAY", "RFC 5957", ""),
    after_login("THREAD=ORDEREDSUBJECT", "RFC 5256", ""),
    after_login(
        "THREAD=REFERENCES",
        "RFC 5256",
        "Of a message, the nearest hundred references.",
    ),
    after_login(
        "THREAD=REFS",
        "draft-ietf-morg-inthread",
        "As in Dovecot: as REFERENCES without subjects, threads by the sent date of their newest message.",
    ),
    after_login("ESORT", "RFC 5267", "Saves for $ too, as SEARCH does."),
    after_login(
        "CONTEXT=SEARCH",
        "RFC 5267",
        "Sixteen updating searches at a time, sorted ones among them.",
    ),
    after_login(
        "CONTEXT=SORT",
        "RFC 5267",
        "UPDATE up to 500000 results; more are told, with NOUPDATE.",
    ),
    after_login(
        "SEARCH=FUZZY",
        "RFC 6203",
        "All words of a string anywhere: the same, begun with it, or with one letter else (two from nine letters on), without case and diacritics. The first 512 KiB of a message's text, ten words a string; other keys are exact.",
    ),
    after_login(
        "FILTERS",
        "RFC 5466",
        "Ten filters within each other, 256 KiB of them a command; `/shared` filters are the administrator's, who has no way to set them yet.",
    ),
    after_login(
        "MULTISEARCH",
        "RFC 7377",
        "A hundred sources of up to a thousand mailboxes each; with UPDATE it is answered with NOUPDATE.",
    ),
    after_login(
        "I18NLEVEL=2",
        "RFC 5255 4",
        "i;unicode-casemap, i;ascii-casemap and i;octet; SEARCH folds case fully, so the first finds \u{df} by ss too.",
    ),
    after_login("WITHIN", "RFC 5032", ""),
    after_login("PARTIAL", "RFC 9394", "With SEARCH, SORT and UID FETCH."),
    after_login("BINARY", "RFC 3516", ""),
    after_login(
        "COMPRESS=DEFLATE",
        "RFC 4978",
        "No password is compressed. A connection that waits keeps 64 KiB for it, one that answers 450 KiB.",
    ),
    after_login(
        "INPROGRESS",
        "RFC 9585",
        "For SEARCH, SORT, THREAD, ESEARCH and FETCH, and for COPY and MOVE into another account, which takes the messages' octets there. Other commands are one event, however many messages they are about.",
    ),
    after_login(
        "UIDONLY",
        "RFC 9586",
        "Some clients enable it and then use sequence numbers.",
    )
    .off_until("extensions.uidonly"),
    after_login(
        MESSAGELIMIT,
        "RFC 9738",
        "SORT and THREAD of more messages are refused, and ESEARCH of mailboxes that together have more; a search whose messages were not all looked at is not kept up to date. No limit holds for a client from which it is masked.",
    )
    .off_until("extensions.message_limit"),
    after_login(
        SAVELIMIT,
        "RFC 9738",
        "Of COPY and APPEND only, where MESSAGELIMIT is off.",
    )
    .off_until("extensions.save_limit"),
    after_login(
        "UNAUTHENTICATE",
        "RFC 8437",
        "Ends COMPRESS too; what is pipelined behind it must come after the end of the DEFLATE stream.",
    ),
    after_login(
        "UTF8=ACCEPT",
        "RFC 6855",
        "Header fields that are not ASCII are taken from every client (decision 6).",
    ),
    after_login("CONDSTORE", "RFC 7162", ""),
    after_login("QRESYNC", "RFC 7162", "Tombstones are kept for good."),
    after_login(
        "OBJECTID",
        "RFC 8474",
        "Same octets and INTERNALDATE: same EMAILID. THREADID by References.",
    ),
    after_login("SAVEDATE", "RFC 8514", ""),
    after_login(
        "MULTIAPPEND",
        "RFC 3502",
        "Together up to the limit of one message and 256 KiB; 1000 literals.",
    ),
    after_login(
        "CATENATE",
        "RFC 4469",
        "250 parts a message; as large as MULTIAPPEND may be.",
    ),
    after_login("URL-PARTIAL", "RFC 5550", "In the URLs of CATENATE."),
    after_login(
        "URLAUTH",
        "RFC 4467",
        "INTERNAL, by HMAC-SHA-256; 250 URLs a command. `submit+` URLs open for `submission_accounts` only; the server in a URL is the configured host name.",
    ),
    after_login(
        "URLAUTH=BINARY",
        "RFC 5524",
        "BODYPARTSTRUCTURE tells of the part as it is stored.",
    ),
    after_login("REPLACE", "RFC 8508", "One append: never both, never none."),
    after_login(
        APPENDLIMIT,
        "RFC 7889",
        "With the message limit: one for all mailboxes.",
    ),
    after_login(
        "QUOTA",
        "RFC 9208",
        "One quota root for each account, of its name. Limits are hard.",
    ),
    after_login(
        "QUOTA=RES-STORAGE",
        "RFC 9208 5.1",
        "RFC822.SIZE of all messages, copies too.",
    ),
    after_login("QUOTA=RES-MESSAGE", "RFC 9208 5.2", ""),
    after_login("QUOTA=RES-MAILBOX", "RFC 9208 5.3", ""),
    after_login(
        QUOTASET,
        "RFC 9208 4.1.3",
        "To the accounts that the option names, for the quota of any account.",
    )
    .off_until("quota.administrators"),
    after_login("PREVIEW", "RFC 8970", "200 characters; LAZY is never NIL."),
    after_login(
        "CREATE-SPECIAL-USE",
        "RFC 6154",
        "One use a mailbox, one mailbox a use; no \\All, no \\Flagged.",
    ),
    in_clear("STARTTLS", "RFC 9051 6.2.1", "Port 143 is off by default."),
    in_clear(
        "LOGINDISABLED",
        "RFC 9051 6.2.3",
        "No password is taken before TLS, by LOGIN or by AUTHENTICATE.",
    ),
];

/// The capabilities that the session is told of.
pub(crate) fn names(session: &Session) -> Vec<Cow<'static, str>> {
    let login = session.login().is_ok();
    let clear = !session.io.stream.is_tls();
    let here = |announced| match announced {
        Announced::Always => true,
        Announced::AfterLogin => login,
        Announced::InClear => clear,
    };
    let shown = |e: &&Extension| here(e.announced) && offers(session, e.name);
    let settings = &session.shared.settings;
    let extensions = &settings.extensions;
    let mut names: Vec<Cow<'static, str>> = EXTENSIONS
        .iter()
        .filter(shown)
        .map(|extension| match extension.name {
            APPENDLIMIT => valued(APPENDLIMIT, Some(settings.limits.message)),
            MESSAGELIMIT => valued(MESSAGELIMIT, extensions.message_limit),
            SAVELIMIT => valued(SAVELIMIT, extensions.save_limit),
            name => name.into(),
        })
        .collect();
    if !clear && !login {
        let mechanisms = postern_identity::Mechanism::ALL;
        names.extend(mechanisms.map(|m| format!("AUTH={}", m.name()).into()));
    }
    names
}

fn valued(name: &'static str, value: Option<u32>) -> Cow<'static, str> {
    value.map_or(name.into(), |value| format!("{name}={value}").into())
}

/// Whether an extension is there for the session: all are but what is turned off or masked.
pub(crate) fn offers(session: &Session, name: &str) -> bool {
    let there = match name {
        MESSAGELIMIT => session.shared.settings.extensions.message_limit.is_some(),
        SAVELIMIT => session.shared.settings.extensions.save_limit.is_some(),
        "UIDONLY" => session.shared.settings.extensions.uidonly,
        // RFC 7162 section 3.2: one is not without the other.
        "QRESYNC" => !session.is_masked("CONDSTORE"),
        "URLAUTH=BINARY" => !session.is_masked("URLAUTH"),
        name if name.starts_with("QUOTA=") => !session.is_masked("QUOTA"),
        QUOTASET => {
            let administrators = &session.shared.settings.quota.administrators;
            let login = session.login();
            login.is_ok_and(|login| administrators.contains(&login.name))
        }
        _ => true,
    };
    there && !session.is_masked(name)
}

/// A capability that can be masked, as it is spelled here: any but IMAP4rev1, without which
/// there is nothing.
///
/// # Errors
/// There is none of that name; all that there are.
pub fn maskable(name: &str) -> Result<&'static str, Vec<&'static str>> {
    // Before TLS nobody can be told from another.
    let all = EXTENSIONS
        .iter()
        .filter(|known| known.announced != Announced::InClear);
    let mut all = all
        .map(|known| known.name)
        .filter(|known| *known != "IMAP4rev1");
    let found = all.clone().find(|known| known.eq_ignore_ascii_case(name));
    found.ok_or_else(|| all.by_ref().collect())
}
