//! LANGUAGE and COMPARATOR responses: RFC 5255 sections 3.3 and 4.8.

use super::text::{astring, atom};

/// Appends `* LANGUAGE (…)`.
pub fn language(out: &mut Vec<u8>, tags: &[&str]) {
    atom(out, "* LANGUAGE (");
    list(out, tags);
    atom(out, ")\r\n");
}

/// Appends `* COMPARATOR …`, the one that is used, and all that matched if those are several.
pub fn comparator(out: &mut Vec<u8>, active: &str, matching: &[&str]) {
    atom(out, "* COMPARATOR ");
    astring(out, active.as_bytes());
    if matching.len() > 1 {
        atom(out, " (");
        list(out, matching);
        out.push(b')');
    }
    atom(out, "\r\n");
}

fn list(out: &mut Vec<u8>, names: &[&str]) {
    for (i, name) in names.iter().enumerate() {
        if i > 0 {
            out.push(b' ');
        }
        astring(out, name.as_bytes());
    }
}
