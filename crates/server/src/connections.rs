//! How many connections there are, in all, from each network and of each account, and a way to
//! end those of an account.

use crate::settings::Limits;
use postern_store::AccountId;
use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use tokio::sync::watch;

/// Where a client comes from: an IPv4 address or an IPv6 /64, which is one customer's.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct Network(IpAddr);

impl From<IpAddr> for Network {
    fn from(address: IpAddr) -> Self {
        match address.to_canonical() {
            IpAddr::V4(v4) => Self(v4.into()),
            IpAddr::V6(v6) => {
                let network = u128::from(v6) & (u128::MAX << 64);
                Self(std::net::Ipv6Addr::from(network).into())
            }
        }
    }
}

impl Network {
    fn is_exempt(self, limits: &Limits) -> bool {
        let mut exempt = limits.exempt_networks.iter();
        exempt.any(|range| range.contains(self.0))
    }
}

/// The connections of a server.
#[derive(Debug, Default)]
pub(crate) struct Connections(Mutex<State>);

#[derive(Debug, Default)]
struct State {
    total: usize,
    networks: HashMap<Network, usize>,
    accounts: HashMap<AccountId, OfAccount>,
}

#[derive(Debug)]
struct OfAccount {
    networks: HashMap<Network, usize>,
    /// Closed when the account's sessions must end.
    end: watch::Sender<()>,
}

/// Counts one connection for as long as it lives.
#[derive(Debug)]
pub(crate) struct Slot {
    connections: Arc<Connections>,
    network: Network,
}

/// Counts one session of an account for as long as it lives.
#[derive(Debug)]
pub(crate) struct AccountSlot {
    connections: Arc<Connections>,
    account: AccountId,
    network: Network,
    end: watch::Receiver<()>,
}

impl Connections {
    /// A place for a connection; `None` when there are too many.
    pub(crate) fn open(self: &Arc<Self>, network: Network, limits: &Limits) -> Option<Slot> {
        let mut state = self.lock();
        let here = state.networks.get(&network).copied().unwrap_or(0);
        let crowded = here >= limits.connections_per_network && !network.is_exempt(limits);
        if state.total >= limits.connections || crowded {
            return None;
        }
        state.total += 1;
        *state.networks.entry(network).or_default() += 1;
        drop(state);
        Some(Slot {
            connections: Arc::clone(self),
            network,
        })
    }

    /// A place for a session of an account; `None` when it has too many.
    pub(crate) fn enter(
        self: &Arc<Self>,
        account: AccountId,
        network: Network,
        limits: &Limits,
    ) -> Option<AccountSlot> {
        let mut state = self.lock();
        let of_account = state.accounts.entry(account).or_insert_with(|| OfAccount {
            networks: HashMap::new(),
            end: watch::Sender::new(()),
        });
        let total: usize = of_account.networks.values().sum();
        let here = of_account.networks.get(&network).copied().unwrap_or(0);
        let crowded =
            here >= limits.connections_per_account_and_network && !network.is_exempt(limits);
        if total >= limits.connections_per_account || crowded {
            // A network without a session must not be left behind: it would keep the entry.
            if of_account.networks.is_empty() {
                state.accounts.remove(&account);
            }
            return None;
        }
        of_account.networks.insert(network, here + 1);
        let end = of_account.end.subscribe();
        drop(state);
        Some(AccountSlot {
            connections: Arc::clone(self),
            account,
            network,
            end,
        })
    }

    /// Ends all sessions of the account.
    pub(crate) fn end_account(&self, account: AccountId) {
        // The sender goes, and each session's receiver learns of it; the counts of those
        // sessions go with it.
        self.lock().accounts.remove(&account);
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl AccountSlot {
    /// Returns when the account's sessions must end.
    pub(crate) async fn ended(&mut self) {
        // Nothing is ever sent: the channel closes.
        while self.end.changed().await.is_ok() {}
    }
}

impl Drop for Slot {
    fn drop(&mut self) {
        let mut state = self.connections.lock();
        state.total = state.total.saturating_sub(1);
        release(&mut state.networks, self.network);
    }
}

impl Drop for AccountSlot {
    fn drop(&mut self) {
        let mut state = self.connections.lock();
        // A session that was ended is not counted any more; the entry may be a newer one's.
        if self.end.has_changed().is_err() {
            return;
        }
        let Some(of_account) = state.accounts.get_mut(&self.account) else {
            return;
        };
        release(&mut of_account.networks, self.network);
        if of_account.networks.is_empty() {
            state.accounts.remove(&self.account);
        }
    }
}

fn release(networks: &mut HashMap<Network, usize>, network: Network) {
    let Some(count) = networks.get_mut(&network) else {
        return;
    };
    *count = count.saturating_sub(1);
    if *count == 0 {
        networks.remove(&network);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::net::Ipv4Addr;

    fn network(last: u8) -> Network {
        Network::from(IpAddr::from(Ipv4Addr::new(192, 0, 2, last)))
    }

    #[test]
    fn refused_sessions_leave_nothing_behind() {
        let connections = Arc::new(Connections::default());
        let limits = Limits {
            connections_per_account: 1,
            ..Limits::default()
        };
        let account = AccountId(7);
        let slot = connections.enter(account, network(1), &limits);
        assert!(slot.is_some());
        assert!(connections.enter(account, network(2), &limits).is_none());
        drop(slot);
        assert!(connections.lock().accounts.is_empty());
        let none = Limits {
            connections_per_account: 0,
            ..limits
        };
        assert!(connections.enter(account, network(1), &none).is_none());
        assert!(connections.lock().accounts.is_empty());
    }
}
