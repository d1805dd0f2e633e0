//! Bounds on what one message can make this crate do, each with its reason.

/// How deep parts nest, the message itself being the first level: real mail stays under ten.
/// A multipart or an enclosed message at this depth is an opaque leaf
/// (`application/octet-stream`).
pub const MAX_DEPTH: usize = 100;

/// How many parts one message has: the largest real digests hold some thousands. What follows
/// belongs to the last part.
pub const MAX_PARTS: usize = 10_000;

/// How many addresses are taken from the fields of one name in one header; real lists stay under
/// a thousand. Those that follow are not shown.
pub const MAX_ADDRESSES: usize = 10_000;

/// How many addresses are shown for one message with all that it encloses: `a,` is two octets of
/// mail and fifteen times as much on the wire, so without this a message of many enclosed ones
/// would grow without measure.
pub const MAX_ADDRESSES_IN_ALL: usize = 50_000;

/// How many parameters, or languages, are taken from one field.
pub const MAX_PARAMETERS: usize = 1_000;

/// How many octets of one header field are looked at: ten thousand addresses fit. What follows
/// is not shown and not searched; sections still hold all of it.
pub const MAX_FIELD: usize = 1 << 20;

/// How many octets of a boundary are compared: RFC 2046 allows 70, some writers use more.
pub const MAX_BOUNDARY: usize = 200;

/// How many characters a preview has: RFC 8970 section 3.3 asks for so many, and allows 256.
pub const PREVIEW_CHARACTERS: usize = 200;

/// How many octets of a part are looked at for a preview: newsletters begin with some tens of
/// thousands of octets of style.
pub const PREVIEW_OCTETS: u32 = 128 * 1024;

/// How many parts are looked at for a preview: the first may be empty or an attachment.
pub const PREVIEW_PARTS: usize = 5;

/// How many octets a string has at most to be quoted and not a literal: some clients read lines
/// into small buffers.
pub const MAX_QUOTED: usize = 4096;

/// How many octets of a base subject SORT and THREAD compare, in the form in which it is
/// compared: a line of RFC 5322 has at most 998.
pub const MAX_SUBJECT_KEY: usize = 1000;

/// The same for a local part or a display name: RFC 5321 allows local parts of 64 octets.
pub const MAX_ADDRESS_KEY: usize = 256;

/// How many octets a message ID has at most to be told from others; real ones stay under 200.
pub const MAX_MESSAGE_ID: usize = 512;

/// How many words FUZZY looks for: whoever types into a search box needs a few.
pub const FUZZY_WORDS: usize = 10;

/// How many letters of a word FUZZY compares: longer ones are no words.
pub const FUZZY_WORD: usize = 40;

/// How many octets of text FUZZY looks at for words in one message, more than people write: each
/// word is compared with each that is looked for.
pub const FUZZY_OCTETS: usize = 512 * 1024;

/// How many ancestors of a message are kept for THREAD, the nearest: those further away are
/// named by the ancestors themselves.
pub const MAX_REFERENCES: usize = 100;
