//! Functions of one test's own.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use cutover_core::ids::Scope;
use cutover_local::functions::local::LocalFunctions;
use cutover_local::memory::MemoryTable;
use cutover_ports::system::OsEntropy;

/// Functions in a new directory, gone when dropped.
pub(crate) struct Bench {
    pub(crate) dir: PathBuf,
    pub(crate) table: Arc<MemoryTable>,
    pub(crate) functions: Arc<LocalFunctions>,
}

impl Bench {
    pub(crate) fn new() -> Self {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let count = COUNT.fetch_add(1, Ordering::Relaxed);
        let dir = std::env::temp_dir().join(format!("cutover-functions-{}-{count}", std::process::id()));
        fs::create_dir_all(&dir).expect("a new directory");
        let table = Arc::new(MemoryTable::new());
        let functions = Arc::new(open(&table, &dir));
        Self { dir, table, functions }
    }

    /// An executable shell script.
    pub(crate) fn script(&self, text: &str) -> PathBuf {
        let path = self.dir.join("handler.sh");
        fs::write(&path, format!("#!/bin/sh\n{text}\n")).expect("write");
        set_mode(&path, 0o755);
        path
    }

    pub(crate) async fn publish(&self, name: &str, text: &str) -> String {
        self.functions.publish(name, &self.script(text)).await.expect("publish")
    }
}

/// The functions of this table and directory, as a server opens them.
pub(crate) fn open(table: &Arc<MemoryTable>, dir: &Path) -> LocalFunctions {
    LocalFunctions::with_time_limit(
        table.clone(),
        dir,
        scope(),
        "http://127.0.0.1:4599",
        Arc::new(OsEntropy),
        Duration::from_secs(1),
    )
}

impl Drop for Bench {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.dir);
    }
}

pub(crate) fn set_mode(path: &Path, mode: u32) {
    fs::set_permissions(path, fs::Permissions::from_mode(mode)).expect("chmod");
}

pub(crate) fn scope() -> Scope {
    Scope::new("000000000000", "eu-west-1")
}
