//! How long a failed login is made to wait.
//!
//! This slows one guesser on one account from one network. It does not bound how many try at
//! once, does not remember over a restart, and does not see one password tried on many accounts.

use crate::name::AccountName;
use crate::password::{PasswordError, random};
use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// Wrong passwords that are told apart for each account and network. A device with an old
/// password repeats one; more than this many is a guesser anyway.
const REMEMBERED: usize = 8;

/// How much each failure costs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DelaySettings {
    /// After the first wrong password; each further one doubles it.
    pub first: Duration,
    /// The longest.
    pub longest: Duration,
    /// After this time without a failure an account and network start afresh.
    pub forget_after: Duration,
    /// Pairs of account and network that are remembered; the oldest go first.
    pub capacity: usize,
}

impl Default for DelaySettings {
    fn default() -> Self {
        Self {
            first: Duration::from_millis(500),
            longest: Duration::from_secs(15),
            forget_after: Duration::from_secs(60 * 60),
            capacity: 10_000,
        }
    }
}

/// Counts wrong passwords by account and network together (IPv4 by /24, IPv6 by /64), so that a
/// stranger elsewhere does not slow the owner.
pub struct FailureDelays {
    settings: DelaySettings,
    key: [u8; 32],
    table: Mutex<HashMap<Digest, Failures>>,
}

type Digest = [u8; 16];

struct Failures {
    last: Instant,
    /// Different wrong passwords.
    count: u32,
    recent: Vec<Digest>,
}

impl FailureDelays {
    /// An empty table.
    ///
    /// # Errors
    /// The system gave no random numbers for the key of the digests.
    pub fn new(settings: DelaySettings) -> Result<Self, PasswordError> {
        Ok(Self {
            settings,
            key: random()?,
            table: Mutex::new(HashMap::new()),
        })
    }

    /// Counts a failed login and says how long to wait before the answer. Repeats of a wrong
    /// password count once.
    pub fn failed(&self, name: &str, peer: IpAddr, password: &str, now: Instant) -> Duration {
        let place = self.place(name, peer);
        let password = self.digest(&[password.as_bytes()]);
        let mut table = self.lock();
        self.make_room(&mut table, &place, now);
        let failures = table.entry(place).or_insert_with(|| Failures::new(now));
        if now.saturating_duration_since(failures.last) >= self.settings.forget_after {
            *failures = Failures::new(now);
        }
        failures.add(password, now);
        self.wait(failures.count)
    }

    /// Forgets the failures of an account and network: the right password was given.
    pub fn succeeded(&self, name: &str, peer: IpAddr) {
        let place = self.place(name, peer);
        self.lock().remove(&place);
    }

    fn wait(&self, count: u32) -> Duration {
        let factor = 2u32.checked_pow(count.saturating_sub(1));
        factor
            .and_then(|factor| self.settings.first.checked_mul(factor))
            .map_or(self.settings.longest, |wait| {
                wait.min(self.settings.longest)
            })
    }

    /// Drops the oldest eighth at once, so that a flood of names pays for the search of it once in
    /// many failures.
    fn make_room(&self, table: &mut HashMap<Digest, Failures>, place: &Digest, now: Instant) {
        if table.len() < self.settings.capacity.max(1) || table.contains_key(place) {
            return;
        }
        let mut ages: Vec<Instant> = table.values().map(|failures| failures.last).collect();
        let eighth = ages.len() / 8;
        let (_, oldest, _) = ages.select_nth_unstable(eighth);
        let oldest = *oldest;
        let forget_after = self.settings.forget_after;
        table.retain(|_, failures| {
            failures.last > oldest && now.saturating_duration_since(failures.last) < forget_after
        });
    }

    fn place(&self, name: &str, peer: IpAddr) -> Digest {
        let normal = AccountName::parse(name);
        let name = normal.as_ref().map_or(name, AccountName::as_str);
        self.digest(&[&network(peer), name.as_bytes()])
    }

    /// Neither names nor passwords are kept, only digests under a key of this process.
    fn digest(&self, parts: &[&[u8]]) -> Digest {
        let mut hasher = blake3::Hasher::new_keyed(&self.key);
        for part in parts {
            hasher.update(&(part.len() as u64).to_le_bytes());
            hasher.update(part);
        }
        let mut digest = Digest::default();
        hasher.finalize_xof().fill(&mut digest);
        digest
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<Digest, Failures>> {
        // The table is whole after any panic: each change to it is one call.
        self.table.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Failures {
    fn new(now: Instant) -> Self {
        Self {
            last: now,
            count: 0,
            recent: Vec::new(),
        }
    }

    fn add(&mut self, password: Digest, now: Instant) {
        self.last = now;
        if self.recent.contains(&password) {
            return;
        }
        self.count = self.count.saturating_add(1);
        if self.recent.len() >= REMEMBERED {
            self.recent.remove(0);
        }
        self.recent.push(password);
    }
}

/// The network that an address is counted with: the first 24 bits of IPv4, 64 of IPv6.
fn network(peer: IpAddr) -> [u8; 8] {
    match peer.to_canonical() {
        IpAddr::V4(address) => {
            let [a, b, c, _] = address.octets();
            [a, b, c, 0, 0, 0, 0, 4]
        }
        IpAddr::V6(address) => {
            let [a, b, c, d, ..] = address.segments();
            let high = [a, b, c, d].map(u64::from);
            high.into_iter()
                .fold(0, |all, part| (all << 16) | part)
                .to_be_bytes()
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn delays() -> FailureDelays {
        FailureDelays::new(DelaySettings::default()).unwrap()
    }

    fn ip(text: &str) -> IpAddr {
        text.parse().unwrap()
    }

    #[test]
    fn each_new_wrong_password_doubles_the_wait_up_to_the_cap() {
        let delays = delays();
        let now = Instant::now();
        let waits: Vec<u128> = (0..8)
            .map(|n| {
                delays
                    .failed("ann", ip("192.0.2.1"), &format!("wrong{n}"), now)
                    .as_millis()
            })
            .collect();
        assert_eq!(
            waits,
            [500, 1_000, 2_000, 4_000, 8_000, 15_000, 15_000, 15_000]
        );
    }

    #[test]
    fn repeats_of_one_wrong_password_count_once() {
        let delays = delays();
        let now = Instant::now();
        for _ in 0..50 {
            let wait = delays.failed("ann", ip("192.0.2.1"), "old password", now);
            assert_eq!(wait.as_millis(), 500);
        }
        assert_eq!(
            delays
                .failed("ann", ip("192.0.2.1"), "other", now)
                .as_millis(),
            1_000
        );
        assert_eq!(
            delays
                .failed("ann", ip("192.0.2.1"), "old password", now)
                .as_millis(),
            1_000
        );
    }

    #[test]
    fn counted_by_account_and_network_together() {
        let delays = delays();
        let now = Instant::now();
        let wait = |name, peer, password| delays.failed(name, ip(peer), password, now).as_millis();
        assert_eq!(wait("ann", "192.0.2.1", "a"), 500);
        assert_eq!(wait("ANN", "192.0.2.200", "b"), 1_000);
        assert_eq!(wait("ann", "::ffff:192.0.2.7", "c"), 2_000);
        assert_eq!(wait("ann", "192.0.3.1", "a"), 500);
        assert_eq!(wait("bob", "192.0.2.1", "a"), 500);
        assert_eq!(wait("ann", "2001:db8:0:1::1", "a"), 500);
        assert_eq!(wait("ann", "2001:db8:0:1:ffff::1", "b"), 1_000);
        assert_eq!(wait("ann", "2001:db8:0:2::1", "a"), 500);
    }

    #[test]
    fn success_and_time_forget() {
        let delays = delays();
        let now = Instant::now();
        let wait = |password, now| {
            delays
                .failed("ann", ip("192.0.2.1"), password, now)
                .as_millis()
        };
        assert_eq!(wait("a", now), 500);
        assert_eq!(wait("b", now), 1_000);
        delays.succeeded("ann", ip("192.0.2.9"));
        assert_eq!(wait("c", now), 500);
        assert_eq!(wait("d", now + Duration::from_secs(3_599)), 1_000);
        assert_eq!(wait("e", now + Duration::from_secs(2 * 3_600)), 500);
    }

    #[test]
    fn the_table_is_bounded() {
        let settings = DelaySettings {
            capacity: 100,
            ..DelaySettings::default()
        };
        let delays = FailureDelays::new(settings).unwrap();
        let start = Instant::now();
        for n in 0..1_000u64 {
            delays.failed(
                &format!("user{n}"),
                ip("192.0.2.1"),
                "x",
                start + Duration::from_millis(n),
            );
        }
        assert!(delays.lock().len() <= 100);
        let wait = delays.failed(
            "user999",
            ip("192.0.2.1"),
            "y",
            start + Duration::from_secs(1),
        );
        assert_eq!(wait.as_millis(), 1_000);
    }
}
