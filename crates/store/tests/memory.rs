//! The memory backend keeps the contract.

use postern_store::contract::{Subject, run_all};
use postern_store::memory::Memory;
use postern_store::{Directory, Store};
use std::sync::Arc;

struct InMemory(Arc<Memory>);

impl Subject for InMemory {
    fn store(&self) -> Arc<dyn Store> {
        self.0.clone()
    }

    fn directory(&self) -> Arc<dyn Directory> {
        self.0.clone()
    }

    fn other_directory(&self) -> Arc<dyn Directory> {
        self.0.clone()
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn memory_keeps_the_contract() {
    run_all(async || InMemory(Arc::new(Memory::new()))).await;
}
