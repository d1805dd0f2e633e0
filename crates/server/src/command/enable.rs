//! ENABLE: RFC 9051 section 6.3.1, RFC 5161. Names that are not known are passed over.

use crate::capability;
use crate::reply::{Outcome, Reply};
use crate::session::Session;
use postern_imap::response;

pub(super) fn run(session: &mut Session, names: &[String]) -> Outcome {
    let mut enabled = Vec::new();
    for name in names {
        if !capability::offers(session, name) {
            continue;
        }
        if name == "METADATA" {
            enabled.extend(session.follow_metadata()?.then_some("METADATA"));
            continue;
        }
        let flags = &mut session.enabled;
        let (flag, spelled) = match name.as_str() {
            "CONDSTORE" => (&mut flags.condstore, "CONDSTORE"),
            "QRESYNC" => (&mut flags.qresync, "QRESYNC"),
            "IMAP4REV2" => (&mut flags.rev2, "IMAP4rev2"),
            "UIDONLY" => (&mut flags.uidonly, "UIDONLY"),
            "UTF8=ACCEPT" => (&mut flags.utf8, "UTF8=ACCEPT"),
            _ => continue,
        };
        if !std::mem::replace(flag, true) {
            enabled.push(spelled);
        }
    }
    // RFC 7162 section 3.2.3: QRESYNC enables CONDSTORE too.
    session.enabled.condstore |= session.enabled.qresync;
    response::enabled(&mut session.io.out, enabled);
    Ok(Reply::ok("Enabled what is known"))
}
