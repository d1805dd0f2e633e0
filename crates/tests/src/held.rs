//! What a mailbox holds, as a test can say it in a line: subjects and flags.

use crate::imap::Client;
use crate::mailbox::folders;
use crate::steps::eventually;

/// Waits until a mailbox holds these messages and no others: the subject and the flags of each,
/// as in `("first", "\\Flagged \\Seen")`, both sorted.
///
/// # Panics
/// At the deadline, with what it holds, or None when there is no such mailbox.
#[track_caller]
pub fn expect_held(client: &mut Client, mailbox: &str, expected: &[(&str, &str)]) {
    let expected: Vec<_> = expected
        .iter()
        .map(|(subject, flags)| ((*subject).to_owned(), (*flags).to_owned()))
        .collect();
    eventually(&format!("{mailbox} holds {expected:?}"), || {
        let held = held(client, mailbox);
        match held.as_ref() == Some(&expected) {
            true => Ok(()),
            false => Err(held),
        }
    });
}

fn held(client: &mut Client, mailbox: &str) -> Option<Vec<(String, String)>> {
    let mut messages: Vec<_> = folders(client)
        .remove(mailbox)?
        .iter()
        .map(|message| {
            let flags: Vec<_> = message.flags.iter().map(String::as_str).collect();
            (subject(&message.octets), flags.join(" "))
        })
        .collect();
    messages.sort();
    Some(messages)
}

fn subject(message: &[u8]) -> String {
    let text = String::from_utf8_lossy(message);
    let mut lines = text.lines();
    let line = lines.find_map(|line| line.strip_prefix("Subject: "));
    line.unwrap_or_default().to_owned()
}

/// Makes the folders that a mail program expects, where the server has not, and subscribes to
/// them.
///
/// # Panics
/// When a subscription is refused.
pub fn usual_folders(client: &mut Client) {
    for name in ["INBOX", "Archive", "Drafts", "Trash"] {
        // Refused where it is there.
        client.try_command(&format!("CREATE {name}"));
        client.command(&format!("SUBSCRIBE {name}"));
    }
}

/// A message with a text, the same in HTML, and a file `notes.txt` that says `Notes: naïve`.
pub fn with_attachment(subject: &str) -> Vec<u8> {
    format!(
        "Date: Wed, 04 Mar 2026 11:21:31 +0000\r\n\
         From: Sender <sender@example.org>\r\n\
         To: Ada <ada@example.test>\r\n\
         Message-ID: <{subject}@example.org>\r\n\
         Subject: {subject}\r\n\
         MIME-Version: 1.0\r\n\
         Content-Type: multipart/mixed; boundary=\"outer\"\r\n\
         \r\n\
         --outer\r\n\
         Content-Type: multipart/alternative; boundary=\"inner\"\r\n\
         \r\n\
         --inner\r\n\
         Content-Type: text/plain; charset=utf-8\r\n\
         Content-Transfer-Encoding: quoted-printable\r\n\
         \r\n\
         The plain text, =E2=82=AC 5.\r\n\
         --inner\r\n\
         Content-Type: text/html; charset=utf-8\r\n\
         Content-Transfer-Encoding: quoted-printable\r\n\
         \r\n\
         <p>The <b>rich</b> text, =E2=82=AC 5.</p>\r\n\
         --inner--\r\n\
         --outer\r\n\
         Content-Type: text/plain; charset=utf-8; name=\"notes.txt\"\r\n\
         Content-Transfer-Encoding: base64\r\n\
         Content-Disposition: attachment; filename=\"notes.txt\"\r\n\
         \r\n\
         Tm90ZXM6IG5hw692ZQ==\r\n\
         --outer--\r\n"
    )
    .into_bytes()
}
