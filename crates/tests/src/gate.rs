//! A barrier that opens with a panic when one of those awaited has panicked.

use std::sync::{Condvar, Mutex, PoisonError};

const BROKEN: &str = "another thread has failed";

/// Where threads wait for each other.
#[derive(Debug)]
pub struct Gate {
    threads: usize,
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Debug, Default)]
struct State {
    waiting: usize,
    opened: u64,
    broken: bool,
}

/// One thread's place; it breaks the gate when its thread panics.
#[derive(Debug)]
pub struct Pass<'a>(&'a Gate);

impl Gate {
    /// For so many threads.
    pub fn new(threads: usize) -> Self {
        Self {
            threads,
            state: Mutex::default(),
            changed: Condvar::new(),
        }
    }

    /// Whether a panic is that of a thread that waited in vain.
    pub fn is_broken(panic: &str) -> bool {
        panic == BROKEN
    }

    /// A place for the present thread.
    pub fn pass(&self) -> Pass<'_> {
        Pass(self)
    }
}

impl Pass<'_> {
    /// Waits for all others.
    ///
    /// # Panics
    /// When one of them has panicked.
    pub fn wait(&self) {
        let mut state = self.0.state.lock().unwrap_or_else(PoisonError::into_inner);
        state.waiting += 1;
        if state.waiting == self.0.threads {
            state.waiting = 0;
            state.opened += 1;
            self.0.changed.notify_all();
        }
        let before = state.opened - u64::from(state.waiting == 0);
        while state.opened == before && !state.broken {
            state = self
                .0
                .changed
                .wait(state)
                .unwrap_or_else(PoisonError::into_inner);
        }
        let broken = state.broken;
        drop(state);
        assert!(!broken, "{BROKEN}");
    }
}

impl Drop for Pass<'_> {
    fn drop(&mut self) {
        if std::thread::panicking() {
            let mut state = self.0.state.lock().unwrap_or_else(PoisonError::into_inner);
            state.broken = true;
            self.0.changed.notify_all();
        }
    }
}
