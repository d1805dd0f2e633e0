//! A short run of calls that fail.

use postern_torture::disk::Fault;
use postern_torture::io;

#[test]
fn every_call_may_fail_once() {
    for fault in Fault::ALL {
        let mut nth = 1;
        loop {
            let outcome = io::one(1, fault, nth);
            assert!(outcome.is_ok(), "{fault:?} at call {nth}: {outcome:?}");
            if outcome == Ok(false) {
                break;
            }
            // Reads are many, and much alike.
            nth += if fault == Fault::Read { 7 } else { 1 };
        }
        assert!(nth > 5, "{fault:?} struck {nth} times");
    }
}
