//! What the tidy tests read: the workspace's packages and its files.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::process::Command;

/// A package of the workspace and the packages that its library is built on (optional ones included,
/// development ones not).
pub type Packages = BTreeMap<String, BTreeSet<String>>;

/// The workspace's root folder.
pub fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").components().collect()
}

/// The packages of the workspace.
///
/// # Panics
/// When cargo cannot tell.
pub fn packages() -> Packages {
    let output = Command::new(env!("CARGO"))
        .args(["metadata", "--no-deps", "--format-version", "1", "--offline"])
        .current_dir(root())
        .output()
        .expect("cargo metadata runs");
    let metadata: serde_json::Value =
        serde_json::from_slice(&output.stdout).expect("cargo metadata gives JSON");
    let name = |v: &serde_json::Value| v["name"].as_str().unwrap_or_default().to_owned();
    let deps = |package: &serde_json::Value| {
        let list = package["dependencies"].as_array().cloned().unwrap_or_default();
        list.iter().filter(|d| d["kind"].is_null()).map(name).collect()
    };
    let list = metadata["packages"].as_array().cloned().unwrap_or_default();
    list.iter().map(|p| (name(p), deps(p))).collect()
}

/// Every file that git tracks, or would track, relative to the root.
///
/// # Panics
/// When git cannot tell.
pub fn files() -> Vec<PathBuf> {
    let output = Command::new("git")
        .args(["ls-files", "--cached", "--others", "--exclude-standard"])
        .current_dir(root())
        .output()
        .expect("git ls-files runs");
    String::from_utf8_lossy(&output.stdout)
        .lines()
        .map(PathBuf::from)
        .filter(|p| root().join(p).is_file())
        .collect()
}
