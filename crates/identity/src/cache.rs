//! Logins that succeeded a short while ago, so that a client which reconnects often does not cost
//! a password hash each time.

use postern_store::AccountRecord;
use std::collections::{HashSet, VecDeque};
use std::time::{Duration, Instant};

/// A digest of account, credential and password under a key of this process.
pub(crate) type Proof = [u8; 32];

/// Remembers proofs for a while. A proof names one account and one stored credential, so it
/// never opens another account and ends with a change of the password.
pub(crate) struct SuccessCache {
    key: [u8; 32],
    ttl: Duration,
    capacity: usize,
    known: HashSet<Proof>,
    /// Oldest first. An entry is not renewed by use, so this is the order of expiry too.
    order: VecDeque<(Instant, Proof)>,
}

impl SuccessCache {
    pub(crate) fn new(key: [u8; 32], capacity: usize, ttl: Duration) -> Self {
        Self {
            key,
            ttl,
            capacity,
            known: HashSet::new(),
            order: VecDeque::new(),
        }
    }

    /// Every part carries its length, so that no two triples give the same octets.
    pub(crate) fn proof(&self, account: &AccountRecord, password: &str) -> Proof {
        let mut hasher = blake3::Hasher::new_keyed(&self.key);
        hasher.update(&account.id.0.to_le_bytes());
        for part in [account.credential.as_str(), password] {
            hasher.update(&(part.len() as u64).to_le_bytes());
            hasher.update(part.as_bytes());
        }
        *hasher.finalize().as_bytes()
    }

    pub(crate) fn contains(&mut self, proof: &Proof, now: Instant) -> bool {
        self.forget_expired(now);
        self.known.contains(proof)
    }

    pub(crate) fn insert(&mut self, proof: Proof, now: Instant) {
        self.forget_expired(now);
        if self.capacity == 0 || !self.known.insert(proof) {
            return;
        }
        self.order.push_back((now, proof));
        if self.order.len() > self.capacity {
            self.forget_oldest();
        }
    }

    fn forget_expired(&mut self, now: Instant) {
        while let Some((since, _)) = self.order.front() {
            if now.saturating_duration_since(*since) < self.ttl {
                return;
            }
            self.forget_oldest();
        }
    }

    fn forget_oldest(&mut self) {
        if let Some((_, proof)) = self.order.pop_front() {
            self.known.remove(&proof);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use postern_store::AccountId;

    const TTL: Duration = Duration::from_secs(300);

    fn record(id: u64, credential: &str) -> AccountRecord {
        AccountRecord {
            id: AccountId(id),
            name: "x".into(),
            credential: credential.into(),
            enabled: true,
            shared: false,
            created: 0,
        }
    }

    #[test]
    fn a_proof_is_of_one_account_credential_and_password() {
        let cache = SuccessCache::new([7; 32], 10, TTL);
        let proof = cache.proof(&record(1, "hash"), "password");
        assert_eq!(proof, cache.proof(&record(1, "hash"), "password"));
        assert_ne!(proof, cache.proof(&record(2, "hash"), "password"));
        assert_ne!(proof, cache.proof(&record(1, "hasi"), "password"));
        assert_ne!(proof, cache.proof(&record(1, "hash"), "passwore"));
        assert_ne!(proof, cache.proof(&record(1, "hashp"), "assword"));
        assert_ne!(
            proof,
            SuccessCache::new([8; 32], 10, TTL).proof(&record(1, "hash"), "password")
        );
    }

    #[test]
    fn entries_end_with_their_time_whether_used_or_not() {
        let start = Instant::now();
        let mut cache = SuccessCache::new([7; 32], 10, TTL);
        cache.insert([1; 32], start);
        assert!(cache.contains(&[1; 32], start + Duration::from_secs(299)));
        cache.insert([1; 32], start + Duration::from_secs(299));
        assert!(!cache.contains(&[1; 32], start + TTL));
    }

    #[test]
    fn the_oldest_goes_when_it_is_full() {
        let start = Instant::now();
        let mut cache = SuccessCache::new([7; 32], 2, TTL);
        for octet in 1..=3 {
            cache.insert([octet; 32], start);
        }
        assert!(!cache.contains(&[1; 32], start));
        assert!(cache.contains(&[2; 32], start));
        assert!(cache.contains(&[3; 32], start));
        assert_eq!(cache.known.len(), cache.order.len());
    }
}
