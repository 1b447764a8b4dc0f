//! How patient a contract is.

use std::time::Duration;

use tokio::time::Instant;

/// How quick the thing under test is.
#[derive(Debug, Clone, Copy)]
pub struct Pace {
    /// How long an index may lag behind a write.
    pub settle: Duration,
    /// How late a message may come, and how long one call may take.
    pub prompt: Duration,
    /// The queues' visibility timeout; at least four times `prompt`.
    pub visibility: Duration,
}

impl Pace {
    /// One machine, with queues whose visibility timeout is 600 ms.
    pub fn quick() -> Self {
        Self {
            settle: Duration::from_secs(2),
            prompt: Duration::from_millis(150),
            visibility: Duration::from_millis(600),
        }
    }

    /// An emulator over HTTP, with queues whose visibility timeout is 4 s.
    pub fn patient() -> Self {
        Self {
            settle: Duration::from_secs(10),
            prompt: Duration::from_secs(1),
            visibility: Duration::from_secs(4),
        }
    }

    /// Looks until `found` is what was expected, or the index had time enough to settle.
    ///
    /// # Panics
    /// With the last finding, when it never is.
    pub async fn settles<T: PartialEq + std::fmt::Debug>(
        &self,
        what: &str,
        expected: T,
        found: impl AsyncFn() -> T,
    ) {
        let end = Instant::now() + self.settle;
        loop {
            let last = found().await;
            if last == expected {
                return;
            }
            assert!(Instant::now() < end, "{what}: found {last:?}\nexpected {expected:?}");
            tokio::time::sleep(self.settle / 40).await;
        }
    }
}
