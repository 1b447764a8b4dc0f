//! Names of entries: from an archive's bytes to a path below the bundle's top.

use std::path::PathBuf;

use super::error::BundleError;

/// The path of an entry below the top; empty for the top itself (`./`).
pub(super) fn relative(name: &str) -> Result<PathBuf, BundleError> {
    if name.starts_with('/') {
        return Err(BundleError::entry(name, "is an absolute path. Pack the bundle from within its folder."));
    }
    if name.contains(|c: char| c.is_control()) {
        // The cleanup file of an install is one path a line.
        return Err(BundleError::entry(name, "has a control character in its name. Rename the file."));
    }
    let mut path = PathBuf::new();
    for part in name.split('/') {
        match part {
            "" | "." => {}
            ".." => return Err(BundleError::entry(name, "leads out of the bundle by '..'.")),
            part => path.push(part),
        }
    }
    Ok(path)
}

/// The text of an entry's name.
pub(super) fn text(bytes: &[u8]) -> Result<&str, BundleError> {
    std::str::from_utf8(bytes).map_err(|_| {
        let shown = String::from_utf8_lossy(bytes);
        BundleError::entry(&shown, "has a name that is not UTF-8. Rename the file.")
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stays_below_the_top() {
        for (name, expected) in [
            ("a/b", Some("a/b")),
            ("./a//b/", Some("a/b")),
            ("./", Some("")),
            ("...", Some("...")),
            ("a b /ü", Some("a b /ü")),
            ("/etc/passwd", None),
            ("../x", None),
            ("a/../../x", None),
            ("a/..", None),
            ("a\nb", None),
            ("a\0b", None),
        ] {
            assert_eq!(relative(name).ok(), expected.map(PathBuf::from), "{name:?}");
        }
        assert!(text(b"caf\xe9").is_err());
    }
}
