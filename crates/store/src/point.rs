//! Points of the program at which a test can end it: where something is durable just now, or is
//! not yet.
//!
//! They do nothing unless the feature `fault-points` is on, which a release cannot have. Then
//! `POSTERN_FAULT_POINT=committed:3` ends the process with SIGKILL when it comes to `committed`
//! for the third time.

#[cfg(all(feature = "fault-points", not(debug_assertions)))]
compile_error!("the feature `fault-points` is for tests only");

/// All of them, from a body to the answer.
pub const POINTS: &[&str] = &[
    "segment-begun",
    "body-written",
    "bodies-synced",
    "committing",
    "committed",
    "published",
    "answered",
    "snapshot-kept",
    "log-copied",
];

/// The program has come to this point.
#[cfg(not(feature = "fault-points"))]
#[inline]
pub fn reach(_point: &str) {}

/// The program has come to this point.
#[cfg(feature = "fault-points")]
pub fn reach(point: &str) {
    use std::sync::OnceLock;
    use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
    static DUE: OnceLock<Option<(String, AtomicU64)>> = OnceLock::new();
    let due = DUE.get_or_init(|| {
        let text = std::env::var("POSTERN_FAULT_POINT").ok()?;
        let (name, nth) = text.split_once(':')?;
        Some((name.to_owned(), AtomicU64::new(nth.parse().ok()?)))
    });
    if let Some((name, left)) = due
        && name == point
        && left.fetch_sub(1, Relaxed) == 1
    {
        let own = rustix::process::getpid();
        // It does not come back from that.
        let _ = rustix::process::kill_process(own, rustix::process::Signal::KILL);
    }
}
