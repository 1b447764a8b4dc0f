//! Habits that a reader relies on.

use std::fs;

use tidy::{files, root};

/// Lines of a Rust file past which a noun wants its own file.
const LINES: usize = 500;

fn rust_files() -> impl Iterator<Item = (String, String)> {
    files().into_iter().filter(|p| p.extension().is_some_and(|e| e == "rs")).map(|p| {
        let text = fs::read_to_string(root().join(&p)).expect("a readable file");
        (p.display().to_string(), text)
    })
}

#[test]
fn files_stay_small() {
    for (path, text) in rust_files() {
        assert!(text.lines().count() <= LINES, "{path} has more than {LINES} lines: split it by noun");
    }
}

#[test]
fn nothing_is_left_undone() {
    let marks = [
        concat!("to", "do!("),
        concat!("unimpl", "emented!("),
        concat!("FIX", "ME"),
        concat!("#[ig", "nore"),
    ];
    for (path, text) in rust_files() {
        for mark in marks {
            assert!(!text.contains(mark), "{path} contains {mark}");
        }
    }
}

#[test]
fn servers_listen_on_loopback_only() {
    let everywhere = [concat!("0.0.", "0.0"), concat!("[", "::]")];
    for path in files() {
        let name = path.display().to_string();
        if ["rs", "py", "sh", "toml", "yaml", "yml"].iter().any(|e| name.ends_with(&format!(".{e}"))) {
            let text = fs::read_to_string(root().join(&path)).expect("a readable file");
            for address in everywhere {
                assert!(!text.contains(address), "{name} names {address}");
            }
        }
    }
}
