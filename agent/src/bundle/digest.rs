//! Whether a bundle is the one that was meant.

use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

use sha2::{Digest, Sha256};

/// The bundle is not the one that was meant.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("Expected deployment artifact bundle {what} {expected} but was actually {actual}")]
pub struct DigestMismatch {
    /// `etag` or `sha256`.
    pub what: &'static str,
    /// What the revision says.
    pub expected: String,
    /// What was found.
    pub actual: String,
}

/// Compares ETags as S3 and the revision spell them: with or without quotes.
///
/// # Errors
/// When they differ.
pub fn check_etag(expected: &str, actual: &str) -> Result<(), DigestMismatch> {
    compare("etag", expected.trim().trim_matches('"'), actual.trim().trim_matches('"'))
}

/// Compares hexadecimal SHA-256 digests, in small or capital letters.
///
/// # Errors
/// When they differ.
pub fn check_sha256(expected: &str, actual: &str) -> Result<(), DigestMismatch> {
    compare("sha256", &expected.trim().to_ascii_lowercase(), &actual.to_ascii_lowercase())
}

/// The SHA-256 of a file, in hexadecimal.
///
/// # Errors
/// When the file cannot be read.
pub fn sha256(path: &Path) -> io::Result<String> {
    let (mut file, mut hash, mut buffer) = (File::open(path)?, Sha256::new(), vec![0; 256 << 10]);
    loop {
        match file.read(&mut buffer)? {
            0 => break,
            read => hash.update(&buffer[..read]),
        }
    }
    Ok(hash.finalize().iter().map(|byte| format!("{byte:02x}")).collect())
}

fn compare(what: &'static str, expected: &str, actual: &str) -> Result<(), DigestMismatch> {
    if expected == actual {
        return Ok(());
    }
    Err(DigestMismatch { what, expected: expected.to_owned(), actual: actual.to_owned() })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tells_the_right_bundle_from_another() {
        assert!(check_etag("\"abc-2\"", "abc-2").is_ok());
        let error = check_etag("abc", "\"abd\"").unwrap_err().to_string();
        assert_eq!(error, "Expected deployment artifact bundle etag abc but was actually abd");
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("bundle.tar");
        std::fs::write(&path, "abc").unwrap();
        let digest = sha256(&path).unwrap();
        assert_eq!(&digest[..16], "ba7816bf8f01cfea");
        assert!(check_sha256(&digest.to_uppercase(), &digest).is_ok());
        assert!(check_sha256("00", &digest).is_err());
    }
}
