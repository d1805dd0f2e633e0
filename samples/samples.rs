//! Sample messages for a trial server and for tests, compiled in.
//!
//! Use with `#[path = "…/samples/samples.rs"] mod samples;`. The table is that of `index.tsv`.

/// A message and where it is to be put.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Sample {
    /// The file's name without its ending.
    pub(crate) name: &'static str,
    /// The mailbox, named as in IMAP.
    pub(crate) mailbox: &'static str,
    /// Flags and keywords, named as in IMAP.
    pub(crate) flags: &'static [&'static str],
    /// How many days before now the internal date is to be.
    pub(crate) days_ago: u32,
    /// The message.
    pub(crate) content: &'static [u8],
}

/// All samples, in the order of `index.tsv`.
pub(crate) const SAMPLES: &[Sample] = &[
    Sample {
        name: "plain-text",
        mailbox: "INBOX",
        flags: &[],
        days_ago: 0,
        content: include_bytes!("plain-text.eml"),
    },
    Sample {
        name: "format-flowed",
        mailbox: "INBOX",
        flags: &["\\Seen"],
        days_ago: 1,
        content: include_bytes!("format-flowed.eml"),
    },
    Sample {
        name: "html-alternative",
        mailbox: "INBOX",
        flags: &["\\Seen", "\\Flagged"],
        days_ago: 2,
        content: include_bytes!("html-alternative.eml"),
    },
    Sample {
        name: "attachment-pdf",
        mailbox: "INBOX",
        flags: &["\\Seen", "\\Answered"],
        days_ago: 3,
        content: include_bytes!("attachment-pdf.eml"),
    },
    Sample {
        name: "attachments-many",
        mailbox: "INBOX",
        flags: &["\\Seen"],
        days_ago: 4,
        content: include_bytes!("attachments-many.eml"),
    },
    Sample {
        name: "inline-image",
        mailbox: "INBOX",
        flags: &[],
        days_ago: 1,
        content: include_bytes!("inline-image.eml"),
    },
    Sample {
        name: "forwarded-message",
        mailbox: "INBOX",
        flags: &["\\Seen", "$Forwarded"],
        days_ago: 6,
        content: include_bytes!("forwarded-message.eml"),
    },
    Sample {
        name: "digest",
        mailbox: "Lists",
        flags: &["\\Seen"],
        days_ago: 10,
        content: include_bytes!("digest.eml"),
    },
    Sample {
        name: "words-utf-8-b",
        mailbox: "INBOX",
        flags: &[],
        days_ago: 11,
        content: include_bytes!("words-utf-8-b.eml"),
    },
    Sample {
        name: "words-utf-8-q",
        mailbox: "INBOX",
        flags: &["\\Seen"],
        days_ago: 12,
        content: include_bytes!("words-utf-8-q.eml"),
    },
    Sample {
        name: "words-iso-8859-1",
        mailbox: "INBOX",
        flags: &["\\Seen"],
        days_ago: 13,
        content: include_bytes!("words-iso-8859-1.eml"),
    },
    Sample {
        name: "words-iso-2022-jp",
        mailbox: "INBOX",
        flags: &["\\Seen"],
        days_ago: 14,
        content: include_bytes!("words-iso-2022-jp.eml"),
    },
    Sample {
        name: "words-koi8-r",
        mailbox: "INBOX",
        flags: &[],
        days_ago: 15,
        content: include_bytes!("words-koi8-r.eml"),
    },
    Sample {
        name: "words-windows-1252",
        mailbox: "INBOX",
        flags: &["\\Seen"],
        days_ago: 16,
        content: include_bytes!("words-windows-1252.eml"),
    },
    Sample {
        name: "words-gb18030",
        mailbox: "INBOX",
        flags: &[],
        days_ago: 17,
        content: include_bytes!("words-gb18030.eml"),
    },
    Sample {
        name: "words-shift-jis",
        mailbox: "INBOX",
        flags: &["\\Seen"],
        days_ago: 18,
        content: include_bytes!("words-shift-jis.eml"),
    },
    Sample {
        name: "rfc2231-names",
        mailbox: "INBOX",
        flags: &["\\Seen"],
        days_ago: 19,
        content: include_bytes!("rfc2231-names.eml"),
    },
    Sample {
        name: "raw-utf-8-headers",
        mailbox: "INBOX",
        flags: &[],
        days_ago: 2,
        content: include_bytes!("raw-utf-8-headers.eml"),
    },
    Sample {
        name: "right-to-left-arabic",
        mailbox: "INBOX",
        flags: &["\\Seen"],
        days_ago: 20,
        content: include_bytes!("right-to-left-arabic.eml"),
    },
    Sample {
        name: "right-to-left-hebrew",
        mailbox: "INBOX",
        flags: &["\\Seen"],
        days_ago: 21,
        content: include_bytes!("right-to-left-hebrew.eml"),
    },
    Sample {
        name: "chinese-korean",
        mailbox: "INBOX",
        flags: &[],
        days_ago: 22,
        content: include_bytes!("chinese-korean.eml"),
    },
    Sample {
        name: "emoji",
        mailbox: "INBOX",
        flags: &["\\Seen", "\\Flagged"],
        days_ago: 0,
        content: include_bytes!("emoji.eml"),
    },
    Sample {
        name: "thread-1",
        mailbox: "Sent",
        flags: &["\\Seen"],
        days_ago: 9,
        content: include_bytes!("thread-1.eml"),
    },
    Sample {
        name: "thread-2",
        mailbox: "INBOX",
        flags: &["\\Seen", "\\Answered"],
        days_ago: 9,
        content: include_bytes!("thread-2.eml"),
    },
    Sample {
        name: "thread-3",
        mailbox: "INBOX",
        flags: &["\\Seen"],
        days_ago: 8,
        content: include_bytes!("thread-3.eml"),
    },
    Sample {
        name: "thread-4",
        mailbox: "INBOX",
        flags: &["\\Seen"],
        days_ago: 8,
        content: include_bytes!("thread-4.eml"),
    },
    Sample {
        name: "thread-5",
        mailbox: "Sent",
        flags: &["\\Seen"],
        days_ago: 7,
        content: include_bytes!("thread-5.eml"),
    },
    Sample {
        name: "thread-6",
        mailbox: "INBOX",
        flags: &[],
        days_ago: 5,
        content: include_bytes!("thread-6.eml"),
    },
    Sample {
        name: "broken-thread-1",
        mailbox: "Archive",
        flags: &["\\Seen"],
        days_ago: 30,
        content: include_bytes!("broken-thread-1.eml"),
    },
    Sample {
        name: "broken-thread-2",
        mailbox: "Archive",
        flags: &["\\Seen"],
        days_ago: 30,
        content: include_bytes!("broken-thread-2.eml"),
    },
    Sample {
        name: "broken-thread-3",
        mailbox: "Archive",
        flags: &["\\Seen"],
        days_ago: 29,
        content: include_bytes!("broken-thread-3.eml"),
    },
    Sample {
        name: "calendar-request",
        mailbox: "INBOX",
        flags: &["\\Seen", "\\Answered"],
        days_ago: 8,
        content: include_bytes!("calendar-request.eml"),
    },
    Sample {
        name: "calendar-reply",
        mailbox: "Sent",
        flags: &["\\Seen"],
        days_ago: 7,
        content: include_bytes!("calendar-reply.eml"),
    },
    Sample {
        name: "smime-signed",
        mailbox: "Archive",
        flags: &["\\Seen", "\\Flagged"],
        days_ago: 18,
        content: include_bytes!("smime-signed.eml"),
    },
    Sample {
        name: "pgp-signed",
        mailbox: "Archive",
        flags: &["\\Seen"],
        days_ago: 17,
        content: include_bytes!("pgp-signed.eml"),
    },
    Sample {
        name: "delivery-report",
        mailbox: "INBOX",
        flags: &[],
        days_ago: 3,
        content: include_bytes!("delivery-report.eml"),
    },
    Sample {
        name: "read-receipt",
        mailbox: "INBOX",
        flags: &["\\Seen"],
        days_ago: 4,
        content: include_bytes!("read-receipt.eml"),
    },
    Sample {
        name: "mailing-list",
        mailbox: "Lists",
        flags: &[],
        days_ago: 6,
        content: include_bytes!("mailing-list.eml"),
    },
    Sample {
        name: "vcard",
        mailbox: "INBOX",
        flags: &["\\Seen"],
        days_ago: 23,
        content: include_bytes!("vcard.eml"),
    },
    Sample {
        name: "malformed-missing-end-boundary",
        mailbox: "Junk",
        flags: &["\\Seen"],
        days_ago: 24,
        content: include_bytes!("malformed-missing-end-boundary.eml"),
    },
    Sample {
        name: "malformed-no-boundary",
        mailbox: "Junk",
        flags: &[],
        days_ago: 24,
        content: include_bytes!("malformed-no-boundary.eml"),
    },
    Sample {
        name: "malformed-8bit-no-charset",
        mailbox: "INBOX",
        flags: &["\\Seen"],
        days_ago: 25,
        content: include_bytes!("malformed-8bit-no-charset.eml"),
    },
    Sample {
        name: "malformed-wrong-charset",
        mailbox: "INBOX",
        flags: &["\\Seen"],
        days_ago: 25,
        content: include_bytes!("malformed-wrong-charset.eml"),
    },
    Sample {
        name: "malformed-base64",
        mailbox: "INBOX",
        flags: &[],
        days_ago: 26,
        content: include_bytes!("malformed-base64.eml"),
    },
    Sample {
        name: "malformed-header-only",
        mailbox: "INBOX",
        flags: &["\\Seen"],
        days_ago: 27,
        content: include_bytes!("malformed-header-only.eml"),
    },
    Sample {
        name: "empty-body",
        mailbox: "Drafts",
        flags: &["\\Draft", "\\Seen"],
        days_ago: 1,
        content: include_bytes!("empty-body.eml"),
    },
    Sample {
        name: "malformed-bare-lf",
        mailbox: "INBOX",
        flags: &["\\Seen"],
        days_ago: 28,
        content: include_bytes!("malformed-bare-lf.eml"),
    },
    Sample {
        name: "malformed-long-line",
        mailbox: "INBOX",
        flags: &["\\Seen"],
        days_ago: 31,
        content: include_bytes!("malformed-long-line.eml"),
    },
    Sample {
        name: "malformed-duplicate-fields",
        mailbox: "Junk",
        flags: &["\\Seen", "$Junk"],
        days_ago: 32,
        content: include_bytes!("malformed-duplicate-fields.eml"),
    },
    Sample {
        name: "malformed-no-date-no-from",
        mailbox: "INBOX",
        flags: &[],
        days_ago: 33,
        content: include_bytes!("malformed-no-date-no-from.eml"),
    },
    Sample {
        name: "deep-nesting",
        mailbox: "Archive",
        flags: &["\\Seen"],
        days_ago: 45,
        content: include_bytes!("deep-nesting.eml"),
    },
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_is_the_index() {
        let rows = SAMPLES.iter().map(|sample| {
            let flags = sample.flags.join(" ");
            format!(
                "{}.eml\t{flags}\t{}\t{}",
                sample.name, sample.mailbox, sample.days_ago
            )
        });
        let index = include_str!("index.tsv").lines().skip(1);
        assert!(rows.eq(index), "samples.rs and index.tsv differ");
    }

    #[test]
    fn samples_stay_small_and_kept_as_octets() {
        for sample in SAMPLES {
            assert!(sample.content.len() < 30 * 1024, "{}", sample.name);
            // A checkout that changes line ends would change what the samples are.
            let crlf = sample.content.windows(2).any(|pair| pair == b"\r\n");
            assert!(crlf, "{}", sample.name);
        }
        let total: usize = SAMPLES.iter().map(|sample| sample.content.len()).sum();
        assert!(total < 400 * 1024);
    }
}
