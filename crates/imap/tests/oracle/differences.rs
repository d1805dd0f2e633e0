//! Where we and imap-codec differ, and which text decides.

/// A difference.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Difference {
    /// A frame that shows it.
    pub(crate) example: &'static str,
    /// The text that decides, or the client whose habit it is.
    #[allow(dead_code, reason = "for who reads, and in what a failed test prints")]
    pub(crate) decides: &'static str,
    /// Whether a frame that the two differ about is of this kind.
    pub(crate) is: fn(&[u8]) -> bool,
}

impl PartialEq for Difference {
    fn eq(&self, other: &Self) -> bool {
        self.example == other.example
    }
}

pub(crate) const KNOWN: &[Difference] = &[];

/// The first that fits.
pub(crate) fn known(frame: &[u8]) -> Option<&'static Difference> {
    KNOWN.iter().find(|known| (known.is)(frame))
}
