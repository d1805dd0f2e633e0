//! GENURLAUTH, RESETKEY and URLFETCH.

use super::{Out, chosen};
use bytes::Bytes;
use postern_imap::command::UrlFetch;
use postern_imap::mailbox::MailboxArg;

pub(super) fn generate(out: &mut Out, urls: &[(Bytes, String)]) {
    out.text("GENURLAUTH");
    for (url, mechanism) in urls {
        out.text(" ");
        out.string(url);
        out.text(&format!(" {mechanism}"));
    }
}

pub(super) fn reset_key(out: &mut Out, mailbox: Option<&MailboxArg>, mechanisms: &[String]) {
    out.text("RESETKEY");
    if let Some(mailbox) = mailbox {
        out.text(" ");
        out.mailbox(mailbox);
    }
    for mechanism in mechanisms {
        out.text(&format!(" {mechanism}"));
    }
}

pub(super) fn fetch(out: &mut Out, urls: &[UrlFetch]) {
    out.text("URLFETCH");
    for UrlFetch { url, parameters } in urls {
        let Some(parameters) = parameters else {
            out.text(" ");
            out.string(url);
            continue;
        };
        out.text(" (");
        out.string(url);
        let words = chosen(&[
            ("BODY", parameters.body),
            ("BINARY", parameters.binary),
            ("BODYPARTSTRUCTURE", parameters.structure),
        ]);
        words.iter().for_each(|word| out.text(&format!(" {word}")));
        out.text(")");
    }
}
