//! ID: RFC 2971. What the client says is for the log, for
//! masks of capabilities and to put off what the client says can wait; it grants nothing.

use crate::load::is_background;
use crate::reply::{Outcome, Reply};
use crate::session::Session;
use bytes::Bytes;
use postern_imap::response;

/// Octets of the client's description that are kept for the log.
const KEPT: usize = 200;

pub(super) fn run(session: &mut Session, fields: &[(Bytes, Option<Bytes>)]) -> Outcome {
    let client = describe(fields);
    tracing::debug!(peer = %session.peer, %client, "client identified");
    if let Some(live) = session.state.live() {
        live.describe_client(Some(&client), session.peer);
    }
    session.client = Some(client);
    session.background = is_background(fields);
    session.mask_client(fields);
    let fields = [
        ("name", Some("Postern")),
        ("version", Some(env!("CARGO_PKG_VERSION"))),
    ];
    response::id(&mut session.io.out, &fields);
    Ok(Reply::ok("Pleased to meet you"))
}

/// `name/version`, in one line of printable ASCII.
fn describe(fields: &[(Bytes, Option<Bytes>)]) -> String {
    let value = |wanted: &[u8]| {
        let field = fields
            .iter()
            .find(|(name, _)| name.eq_ignore_ascii_case(wanted));
        field
            .and_then(|(_, value)| value.as_deref())
            .unwrap_or_default()
    };
    let text = [value(b"name"), b"/", value(b"version")].concat();
    let printable = text.iter().map(|b| match b {
        b' '..=b'~' => char::from(*b),
        _ => '?',
    });
    printable.take(KEPT).collect()
}
