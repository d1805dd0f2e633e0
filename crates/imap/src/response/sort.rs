//! SORT and THREAD responses: RFC 5256 section 4, RFC 7162 section 3.1.9.

use super::text::{atom, number};
use crate::thread::Forest;

/// Appends `* SORT n … [(MODSEQ n)]`.
pub fn sort(out: &mut Vec<u8>, numbers: impl IntoIterator<Item = u32>, modseq: Option<u64>) {
    super::search::numbers_response(out, "* SORT", numbers, modseq);
}

/// What is still to be written of a thread.
enum Step {
    /// A node and what is below it, in parentheses.
    List(usize),
    /// The same without the parentheses.
    Members(usize),
    Close,
}

/// Appends `* THREAD …`. However deep a thread is, nothing recurses. A node without a number is
/// written only as the parentheses around its children.
pub fn thread(out: &mut Vec<u8>, forest: &Forest) {
    atom(out, "* THREAD");
    if !forest.roots.is_empty() {
        out.push(b' ');
    }
    let mut steps: Vec<_> = forest.roots.iter().rev().copied().map(Step::List).collect();
    while let Some(step) = steps.pop() {
        match step {
            Step::List(place) => {
                out.push(b'(');
                steps.push(Step::Close);
                steps.push(Step::Members(place));
            }
            Step::Members(place) => members(out, forest, place, &mut steps),
            Step::Close => out.push(b')'),
        }
    }
    atom(out, "\r\n");
}

/// `thread-members / thread-nested`: an only child follows its parent, several are lists.
fn members(out: &mut Vec<u8>, forest: &Forest, place: usize, steps: &mut Vec<Step>) {
    let Some(node) = forest.nodes.get(place) else {
        return;
    };
    if let Some(n) = node.number {
        number(out, u64::from(n));
        if !node.children.is_empty() {
            out.push(b' ');
        }
    }
    match node.children.as_slice() {
        [only] => steps.push(Step::Members(*only)),
        several => steps.extend(several.iter().rev().copied().map(Step::List)),
    }
}
