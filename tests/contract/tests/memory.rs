//! The contracts against the tables and queues in memory.

use std::sync::Arc;

use contract::pace::Pace;
use cutover_local::memory::MemoryTable;
use cutover_local::memory_queue::MemoryQueue;
use cutover_ports::system::SystemClock;

#[tokio::test(flavor = "multi_thread")]
async fn table() {
    contract::table::table_contract(|| Arc::new(MemoryTable::new()), Pace::quick()).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn queue() {
    let pace = Pace::quick();
    let make = || Arc::new(MemoryQueue::with_visibility(Arc::new(SystemClock), pace.visibility));
    contract::queue::queue_contract(make, async |queue, name| queue.dead_letters(name).len(), pace).await;
}
