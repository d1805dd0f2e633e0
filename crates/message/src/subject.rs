//! The base subject: RFC 5256 section 2.1.

/// What is left of a subject without the marks of replies, forwards and lists, and whether a
/// mark of a reply or forward was among them (RFC 5256, section on REFERENCES).
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct BaseSubject {
    pub(crate) text: String,
    pub(crate) is_reply: bool,
}

impl BaseSubject {
    /// `subject` is unfolded and its encoded words are decoded.
    pub(crate) fn of(subject: &str) -> Self {
        let spaced = single_spaces(subject);
        let mut is_reply = false;
        let mut rest = spaced.as_str();
        loop {
            rest = without_trailers(rest, &mut is_reply);
            rest = without_leaders(rest, &mut is_reply);
            let Some(inner) = forwarded(rest) else {
                break;
            };
            is_reply = true;
            rest = inner;
        }
        Self {
            text: rest.to_owned(),
            is_reply,
        }
    }
}

/// Step 1: tabs are spaces, and several spaces are one.
fn single_spaces(subject: &str) -> String {
    let mut out = String::with_capacity(subject.len());
    let mut after_space = false;
    for c in subject.chars() {
        let space = matches!(c, ' ' | '\t');
        if !(space && after_space) {
            out.push(if space { ' ' } else { c });
        }
        after_space = space;
    }
    out
}

/// Step 2: `subj-trailer`.
fn without_trailers<'a>(text: &'a str, is_reply: &mut bool) -> &'a str {
    let mut rest = text.trim_end_matches(' ');
    while let Some(shorter) = without_suffix(rest, "(fwd)") {
        *is_reply = true;
        rest = shorter.trim_end_matches(' ');
    }
    rest
}

/// Steps 3 to 5. A run of blobs is looked through once: unless a `subj-refwd` follows it, no
/// blob of it is followed by one.
fn without_leaders<'a>(text: &'a str, is_reply: &mut bool) -> &'a str {
    let mut rest = text.trim_start_matches(' ');
    while let Some(after) = refwd(after_blobs(rest)) {
        *is_reply = true;
        rest = after.trim_start_matches(' ');
    }
    while let Some(after) = blob(rest).filter(|after| !after.is_empty()) {
        rest = after;
    }
    rest
}

fn after_blobs(text: &str) -> &str {
    let mut rest = text;
    while let Some(after) = blob(rest) {
        rest = after;
    }
    rest
}

/// What follows the `subj-refwd` that the text begins with.
fn refwd(text: &str) -> Option<&str> {
    let after = without_prefix(text, "re")
        .or_else(|| without_prefix(text, "fwd"))
        .or_else(|| without_prefix(text, "fw"))?
        .trim_start_matches(' ');
    blob(after).unwrap_or(after).strip_prefix(':')
}

/// What follows the `subj-blob` that the text begins with.
fn blob(text: &str) -> Option<&str> {
    let inside = text.strip_prefix('[')?;
    let (_, after) = inside.split_at_checked(inside.find(['[', ']'])?)?;
    Some(after.strip_prefix(']')?.trim_start_matches(' '))
}

/// Step 6: what is between `subj-fwd-hdr` and `subj-fwd-trl`.
fn forwarded(text: &str) -> Option<&str> {
    without_prefix(text, "[fwd:")?.strip_suffix(']')
}

fn without_prefix<'a>(text: &'a str, prefix: &str) -> Option<&'a str> {
    let (start, rest) = text.split_at_checked(prefix.len())?;
    start.eq_ignore_ascii_case(prefix).then_some(rest)
}

fn without_suffix<'a>(text: &'a str, suffix: &str) -> Option<&'a str> {
    let (rest, end) = text.split_at_checked(text.len().checked_sub(suffix.len())?)?;
    end.eq_ignore_ascii_case(suffix).then_some(rest)
}

#[cfg(test)]
mod tests {
    use super::BaseSubject;

    /// Worked out by hand from the steps and the grammar (RFC 5256 sections 2.1 and 5).
    const TABLE: &[(&str, &str, bool)] = &[
        ("hello", "hello", false),
        ("", "", false),
        (" \t ", "", false),
        ("a \t  b\tc", "a b c", false),
        ("Re: hello", "hello", true),
        ("RE : hello", "hello", true),
        ("fw: hello", "hello", true),
        ("Fwd: hello", "hello", true),
        ("re: fw: FWD: hello", "hello", true),
        ("re[4]: hello", "hello", true),
        ("Re [4] : hello", "hello", true),
        ("re [4 5]: hello", "hello", true),
        ("re[4][5]: hello", "re[4][5]: hello", false),
        ("re4: hello", "re4: hello", false),
        ("ref: hello", "ref: hello", false),
        ("fwdd: hello", "fwdd: hello", false),
        ("re hello", "re hello", false),
        ("Aw: hello", "Aw: hello", false),
        ("Re:", "", true),
        ("Re: (fwd)", "", true),
        ("[list] hello", "hello", false),
        ("[a] [b][c] hello", "hello", false),
        ("[list] Re: hello", "hello", true),
        ("Re: [list] hello", "hello", true),
        ("[a][b] re: [c] [d]fw: hello", "hello", true),
        // The last blob is the base where nothing else is left.
        ("[list]", "[list]", false),
        ("[a] [b]", "[b]", false),
        ("Re: [list]", "[list]", true),
        ("[a [b] hello", "[a [b] hello", false),
        ("[a]] hello", "] hello", false),
        ("[] hello", "hello", false),
        ("[open hello", "[open hello", false),
        ("hello (fwd)", "hello", true),
        ("hello (FWD) (fwd)(Fwd) ", "hello", true),
        ("hello(fwd)", "hello", true),
        ("(fwd) hello", "(fwd) hello", false),
        ("(fwd)", "", true),
        ("[fwd: hello]", "hello", true),
        ("[FWD:hello]", "hello", true),
        ("[fwd: [list] re: hello (fwd)]", "hello", true),
        ("[fwd: [fwd: hello]]", "hello", true),
        ("re: [fwd: hello] (fwd)", "hello", true),
        ("[list] [fwd: hello]", "hello", true),
        ("[fwd: hello", "[fwd: hello", false),
        ("[fwd: hello] world", "world", false),
        ("[fwd:]", "", true),
        ("[fwd: [a]]", "[a]", true),
        ("Re: \u{e9}t\u{e9}", "\u{e9}t\u{e9}", true),
        ("\u{e9}", "\u{e9}", false),
    ];

    #[test]
    fn base_subjects() {
        for &(subject, text, is_reply) in TABLE {
            let expected = BaseSubject {
                text: text.to_owned(),
                is_reply,
            };
            assert_eq!(BaseSubject::of(subject), expected, "{subject:?}");
        }
    }

    #[test]
    fn a_base_subject_is_its_own() {
        for &(_, text, _) in TABLE {
            assert_eq!(BaseSubject::of(text).text, text, "{text:?}");
        }
    }

    #[test]
    fn megabytes_of_marks_take_linear_time() {
        for piece in ["[a]", "re:", "[fwd:", "re[", "[", "]", "(fwd)", "[fwd:[a]"] {
            let subject = piece.repeat(400_000);
            let _ = BaseSubject::of(&subject);
            let closed = format!("{subject}{}", "]".repeat(400_000));
            let _ = BaseSubject::of(&closed);
        }
    }
}
