//! The commands in the examples of the RFCs (their `C:` lines) can be parsed.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic
)]

use bytes::Bytes;
use postern_imap::parse::{ErrorKind, parse};

/// RFC 9051, RFC 3501 and those that both took in.
const BASE: &[&str] = &[
    "abcd CAPABILITY",
    "efgh STARTTLS",
    "a002 NOOP",
    "A023 LOGOUT",
    "a004 AUTHENTICATE PLAIN dGVzdAB0ZXN0AHRlc3Q=",
    "A001 AUTHENTICATE GSSAPI",
    "A01 AUTHENTICATE EXTERNAL =",
    "a001 LOGIN SMITH SESAME",
    "A001 LOGIN {11}\r\nFRED FOOBAR {7}\r\nfat man",
    "A001 LOGIN {11+}\r\nFRED FOOBAR {7+}\r\nfat man",
    "A001 LOGIN \"FRED FOOBAR\" \"fat man\"",
    "t2 ENABLE CONDSTORE X-GOOD-IDEA",
    "babc ENABLE IMAP4rev2",
    "A142 SELECT INBOX",
    "i select \"/archive/projects/experiment-iv\"",
    "A932 EXAMINE blurdybloop",
    "A003 CREATE owatagusiam/",
    "A004 CREATE owatagusiam/blurdybloop",
    "l create \"///////\"",
    "A683 DELETE blurdybloop",
    "A685 DELETE foo/bar",
    "A683 RENAME blurdybloop sarasoop",
    "Z433 RENAME INBOX old-mail",
    "A002 SUBSCRIBE #news.comp.mail.mime",
    "A002 UNSUBSCRIBE #news.comp.mail.mime",
    "A101 LIST \"\" \"\"",
    "A102 LIST #news.comp.mail.misc \"\"",
    "A103 LIST /usr/staff/jones \"\"",
    "A202 LIST ~/Mail/ %",
    "A682 LIST \"\" *",
    "A003 LSUB \"#news.\" \"comp.%\"",
    "A001 NAMESPACE",
    "A002 LIST \"\" \"Other Users/%\"",
    "A002 LIST \"\" \"~mark/%\"",
    "A042 STATUS blurdybloop (UIDNEXT MESSAGES)",
    "k2 status \"/archive/projects/experiment-iv\" (messages)",
    "A002 IDLE",
    "FXXZ CHECK",
    "A341 CLOSE",
    "A342 UNSELECT",
    "A202 EXPUNGE",
    "A003 UID EXPUNGE 3000:3002",
    "A282 SEARCH RETURN (MIN COUNT) FLAGGED SINCE 1-Feb-1994 NOT FROM \"Smith\"",
    "A283 SEARCH RETURN () FLAGGED SINCE 1-Feb-1994 NOT FROM \"Smith\"",
    "A282 SEARCH FLAGGED SINCE 1-Feb-1994 NOT FROM \"Smith\"",
    "A284 SEARCH TEXT \"string not in mailbox\"",
    "A285 SEARCH CHARSET UTF-8 TEXT {12}\r\n\u{43e}\u{442}\u{43f}\u{443}\u{441}\u{43a}",
    "A284 SEARCH CHARSET UTF-8 TEXT {6}\r\nXXXXXX",
    "A285 UID SEARCH RETURN (MIN MAX) 1:5000",
    "A286 SEARCH RETURN (COUNT) DELETED",
    "h search from maria@example.com",
    "A654 FETCH 2:4 (FLAGS BODY[HEADER.FIELDS (DATE FROM)])",
    "a003 fetch 12 full",
    "a004 fetch 12 body[header]",
    "A003 FETCH 4 ALL",
    "a005 store 12 +flags \\deleted",
    "A003 STORE 2:4 +FLAGS (\\Deleted)",
    "m STORE 42 FLAGS f1 f2 f3 f4 f5 ... f250",
    "A003 COPY 2:4 MEETING",
    "n1 uid copy 1:* oldmail",
    "a UID MOVE 42:69 foo",
    "A999 UID FETCH 4827313:4828442 FLAGS",
];

/// RFC 7162 and RFC 4731.
const CONDSTORE: &[&str] = &[
    "a103 UID STORE 6,4,8 (UNCHANGEDSINCE 12121230045) +FLAGS.SILENT (\\Deleted)",
    "a104 STORE * (UNCHANGEDSINCE 12121230045) +FLAGS.SILENT (\\Deleted $Processed)",
    "c101 STORE 50 (UNCHANGEDSINCE 12121230045) -FLAGS.SILENT (\\Deleted)",
    "a102 STORE 12 (UNCHANGEDSINCE 0) +FLAGS.SILENT ($MDNSent)",
    "B001 STORE 1:7 (UNCHANGEDSINCE 320172338) +FLAGS (\\SEEN)",
    "A150 STORE 1:2 (UNCHANGEDSINCE 96) +FLAGS.SILENT \\Seen",
    "A330 STORE 7 -FLAGS.SILENT (\\Answered \\Seen)",
    "s100 UID FETCH 1:* (FLAGS) (CHANGEDSINCE 12345)",
    "s100 UID FETCH 300:500 (FLAGS) (CHANGEDSINCE 12345 VANISHED)",
    "a FETCH 1:3 (MODSEQ)",
    "a SEARCH MODSEQ \"/flags/\\\\draft\" all 620162338",
    "t SEARCH OR NOT MODSEQ 720162338 LARGER 50000",
    "A042 STATUS blurdybloop (UIDNEXT MESSAGES HIGHESTMODSEQ)",
    "A142 SELECT INBOX (CONDSTORE)",
    "a SEARCH RETURN (ALL) MODSEQ 1234",
    "A02 SELECT INBOX (QRESYNC (67890007 20050715194045000 41,43:211,214:541))",
    "A03 SELECT INBOX (QRESYNC (67890007 90060115194045000 41:211,214:541))",
    "B04 SELECT INBOX (QRESYNC (67890007 90060115194045000 1:29997 (5000,7500,9000,9990:9999 \
     15000,22500,27000,29970,29973,29976,29979,29982,29985,29988,29991,29994,29997)))",
    "A142 SELECT INBOX (QRESYNC (3857529045 20010715194032001 1:198))",
    "a1 SEARCH RETURN (MIN) MODSEQ \"/flags/\\\\draft\" all 620162338",
    "a4 SEARCH RETURN (MIN COUNT) MODSEQ \"/flags/\\\\draft\" all 620162338",
];

/// RFC 5182.
const SEARCHRES: &[&str] = &[
    "A282 SEARCH RETURN (SAVE) FLAGGED SINCE 1-Feb-1994 NOT FROM \"Smith\"",
    "A283 FETCH $ (UID INTERNALDATE FLAGS RFC822.HEADER)",
    "A301 UID SEARCH UID $ SMALLER 4096",
    "A301 UID SEARCH $ SMALLER 4096",
    "P283 SEARCH CHARSET UTF-8 (OR $ 1,3000:3021) TEXT {8}\r\nYYYYYYYY",
    "B283 SEARCH RETURN (SAVE) CHARSET KOI8-R (OR $ 1,3000:3021) TEXT {4}\r\nXXXX",
    "E283 COPY $ \"Other Messages\"",
    "F282 SEARCH RETURN (SAVE) KEYWORD $Junk",
    "F284 STORE $ +FLAGS.Silent (\\Deleted)",
    "C286 SEARCH RETURN (MAX SAVE MIN COUNT) SINCE 12-Feb-2006 NOT FROM \"Smith\"",
];

/// RFC 5258, RFC 5819, RFC 6154 and RFC 8438.
const LIST: &[&str] = &[
    "A01 LIST \"\" \"*\"",
    "A02 LIST (SUBSCRIBED) \"\" \"*\"",
    "A03 LIST () \"\" \"%\" RETURN (CHILDREN)",
    "A04 LIST (REMOTE) \"\" \"%\" RETURN (CHILDREN)",
    "A05 LIST (REMOTE SUBSCRIBED) \"\" \"*\"",
    "A06 LIST (REMOTE) \"\" \"*\" RETURN (SUBSCRIBED)",
    "BBB LIST \"\" (\"INBOX\" \"Drafts\" \"Sent/%\")",
    "C04 LIST (SUBSCRIBED RECURSIVEMATCH) \"\" \"%\" RETURN (CHILDREN)",
    "D03 LIST (RECURSIVEMATCH SUBSCRIBED) \"\" \"*2\"",
    "a1 LIST \"\" (\"foo\" \"foo/*\")",
    "a3 LIST (SUBSCRIBED RECURSIVEMATCH) \"\" foo RETURN (CHILDREN)",
    "a3.1 LIST \"\" (% music/rock)",
    "A01 LIST \"\" % RETURN (STATUS (MESSAGES UNSEEN))",
    "A02 LIST (SUBSCRIBED RECURSIVEMATCH) \"\" % RETURN (STATUS (MESSAGES))",
    "t2 LIST \"\" \"%\" RETURN (SPECIAL-USE)",
    "t3 LIST (SPECIAL-USE) \"\" \"*\"",
    "A03 FETCH 1:* (RFC822.SIZE)",
    "A04 LIST \"\" % RETURN (STATUS (MESSAGES SIZE))",
];

/// RFC 2971 section 3.1 and RFC 3516 section 4.
const OTHERS: &[&str] = &[
    "t2 CREATE MySpecial (USE (\\Drafts \\Sent))",
    "27 search emailid M6d99ac3275bb4e",
    "26 fetch 1:* (emailid threadid)",
    "A103 SEARCH SAVEDSINCE 28-Dec-2014",
    "B1 FETCH 1:4 (ENVELOPE PREVIEW (LAZY))",
    "a023 ID (\"name\" \"sodr\" \"version\" \"19.34\" \"vendor\" \"Pink Floyd Music Limited\")",
    "a042 ID NIL",
    "001 FETCH 34 BINARY.PEEK[4]<0.64>",
    "a1 UID FETCH 7 (BINARY.SIZE[1.2] BINARY[])",
];

#[test]
fn they_parse() {
    for line in [BASE, CONDSTORE, SEARCHRES, LIST, OTHERS].concat() {
        let parsed = parse(&Bytes::from_static(line.as_bytes()));
        let parsed = parsed.unwrap_or_else(|e| panic!("{line}: {e}"));
        let tag = line.split(' ').next().unwrap();
        assert_eq!(parsed.tag.as_bytes(), tag.as_bytes());
    }
}

#[test]
fn what_is_not_offered_is_told_apart() {
    let table = [
        ("A442 XPIG-LATIN", ErrorKind::UnknownCommand),
        ("A044 BLURDYBLOOP x", ErrorKind::UnknownCommand),
        ("A443 NOOP NOOP", ErrorKind::Syntax),
    ];
    for (line, kind) in table {
        let error = parse(&Bytes::from_static(line.as_bytes())).unwrap_err();
        assert_eq!(error.kind, kind, "{line}: {error}");
        assert!(error.tag.is_some());
    }
}
