//! Which accounts are in memory: each at most once, so that one head orders its changes.

use super::account::LiveAccount;
use super::load::load;
use crate::quotas::Quotas;
use postern_store::{AccountId, Store, StoreError};
use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use tokio::sync::OnceCell;

/// Accounts kept in memory though nobody uses them, so that the next delivery or login finds
/// them. The memory of one is about 100 octets a message.
const KEPT_UNUSED: usize = 1000;

type Cell = Arc<OnceCell<Arc<LiveAccount>>>;

/// The accounts in memory.
pub(crate) struct Accounts {
    store: Arc<dyn Store>,
    quotas: Arc<Quotas>,
    cells: Mutex<HashMap<AccountId, Cell>>,
}

impl Accounts {
    pub(crate) fn new(store: Arc<dyn Store>, quotas: Quotas) -> Self {
        Self {
            store,
            quotas: Arc::new(quotas),
            cells: Mutex::default(),
        }
    }

    /// Where they are read from.
    pub(crate) fn store(&self) -> &Arc<dyn Store> {
        &self.store
    }

    /// What each may hold.
    pub(crate) fn quotas(&self) -> &Quotas {
        &self.quotas
    }

    /// The account, if it is in memory.
    pub(crate) fn present(&self, id: AccountId) -> Option<Arc<LiveAccount>> {
        let cells = self.cells.lock().unwrap_or_else(PoisonError::into_inner);
        cells.get(&id)?.get().map(Arc::clone)
    }

    /// The account, read from the store if need be.
    pub(crate) async fn get(&self, id: AccountId) -> Result<Arc<LiveAccount>, StoreError> {
        let cell = self.cell(id);
        let live = cell
            .get_or_try_init(|| async { load(&self.store, &self.quotas, id).await.map(Arc::new) })
            .await?;
        Ok(Arc::clone(live))
    }

    fn cell(&self, id: AccountId) -> Cell {
        let mut cells = self.cells.lock().unwrap_or_else(PoisonError::into_inner);
        if cells.len() > KEPT_UNUSED && !cells.contains_key(&id) {
            cells.retain(|_, cell| in_use(cell));
        }
        Arc::clone(cells.entry(id).or_default())
    }
}

/// Whether anyone but the registry holds the account, or is reading it.
fn in_use(cell: &Cell) -> bool {
    let held = cell.get().is_some_and(|live| Arc::strong_count(live) > 1);
    held || Arc::strong_count(cell) > 1
}
