//! Unpacking: from a bundle to a directory that holds its tree and nothing else.
//!
//! Archives are other people's files. Every name is checked before anything is written; links are made last,
//! so that no write can pass through one; sizes and counts are limited; and a name that occurs twice, leads
//! out of the bundle or is a device refuses the whole bundle, by its name.

mod attributes;
mod digest;
mod error;
mod folder;
mod name;
mod tarball;
mod top;
mod tree;
mod zipped;

use std::fs;
use std::path::{Path, PathBuf};

pub use digest::{DigestMismatch, check_etag, check_sha256, sha256};
pub use error::BundleError;

/// How a bundle is packed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum BundleType {
    /// A zip archive.
    Zip,
    /// A tar archive; one that turns out to be compressed by gzip is taken, too.
    Tar,
    /// A tar archive compressed by gzip.
    Tgz,
    /// A directory on this machine.
    Directory,
}

/// What a bundle may come to when it is unpacked.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// The bytes of all files together.
    pub bytes: u64,
    /// The files, directories and links together.
    pub entries: u64,
}

impl Default for Limits {
    /// 16 GiB in a million entries.
    fn default() -> Self {
        Self { bytes: 16 << 30, entries: 1_000_000 }
    }
}

/// Unpacks the bundle `from` into the directory `into`, which must not exist yet and appears whole or not at
/// all. An archive whose top is one directory with an AppSpec in it loses that directory.
///
/// # Errors
/// When the bundle cannot be read, breaks a rule of this module or a limit, or the disk is full.
pub fn unpack(from: &Path, kind: BundleType, into: &Path, limits: Limits) -> Result<(), BundleError> {
    let partial = partial(into);
    clear(&partial)?;
    let unpacked = fill(from, kind, &partial, limits).and_then(|()| top::settle(&partial, into, kind));
    if unpacked.is_err() {
        let _ = clear(&partial);
    }
    unpacked
}

fn fill(from: &Path, kind: BundleType, partial: &Path, limits: Limits) -> Result<(), BundleError> {
    let tree = tree::Tree::new(partial, limits)?;
    match kind {
        BundleType::Zip => zipped::unpack(from, tree),
        BundleType::Tar | BundleType::Tgz => tarball::unpack(from, tree),
        BundleType::Directory => folder::copy(from, tree),
    }
}

fn partial(into: &Path) -> PathBuf {
    let mut name = into.file_name().unwrap_or_default().to_owned();
    name.push(".unpacking");
    into.with_file_name(name)
}

fn clear(path: &Path) -> Result<(), BundleError> {
    match fs::remove_dir_all(path) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
            Err(BundleError::Write { path: path.to_owned(), error })
        }
        _ => Ok(()),
    }
}
