//! Zip archives: names are checked, many at a time, then whole files are inflated by several threads.

use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom};
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use zip::ZipArchive;
use zip::extra_fields::ExtraField;
use zip::read::ZipFile;
use zip::result::ZipError;

use super::attributes::{Attributes, unix};
use super::error::BundleError;
use super::name;
use super::tree::{self, Tree};
use crate::crew;

/// Files up to this size are inflated in memory and written at once.
const WHOLE: u64 = 1 << 20;
/// Files whose names are in memory at the same time.
const NAMES: usize = 4_096;
/// A link's target is a path.
const LONGEST_TARGET: u64 = 4_096;

struct Job {
    index: usize,
    path: PathBuf,
    size: u64,
    attributes: Attributes,
}

/// Unpacks a zip archive. Setuid and setgid bits are dropped, as `unzip` does.
pub(super) fn unpack(from: &Path, mut tree: Tree) -> Result<(), BundleError> {
    let unreadable = |error| BundleError::Read { path: from.to_owned(), error };
    let file = File::open(from).map_err(unreadable)?;
    let length = file.metadata().map_err(unreadable)?.len();
    let mut archive = ZipArchive::new(Shared { file: Arc::new(file), at: 0, length }).map_err(damaged)?;
    if archive.has_duplicate_names() {
        return Err(damaged(ZipError::InvalidArchive("a name occurs twice".into())));
    }
    if archive.has_overlapping_files().map_err(damaged)? {
        return Err(damaged(ZipError::InvalidArchive(
            "entries share their content, as in archive bombs".into(),
        )));
    }
    let mut jobs = Vec::new();
    for index in 0..archive.len() {
        let entry = archive.by_index(index).map_err(damaged)?;
        jobs.extend(claim(index, entry, &mut tree)?);
        if jobs.len() == NAMES || index + 1 == archive.len() {
            crew::each(&jobs, || archive.clone(), |archive, _, job| write(archive, job))?;
            jobs.clear();
        }
    }
    tree.finish()
}

fn claim<R: Read>(
    index: usize,
    mut entry: ZipFile<'_, R>,
    tree: &mut Tree,
) -> Result<Option<Job>, BundleError> {
    let raw = entry.name_raw().to_vec();
    let mut name = match name::text(&raw) {
        Ok(name) => name.to_owned(),
        Err(_) => entry.name().map_err(damaged)?.into_owned(),
    };
    if entry.unix_mode().is_none() {
        // Archivers of Windows separate by backslashes.
        name = name.replace('\\', "/");
    }
    if entry.encrypted() {
        return Err(BundleError::entry(&name, "is encrypted. Pack the bundle without a password."));
    }
    let attributes = attributes(&entry);
    if entry.is_symlink() {
        let mut target = Vec::new();
        (&mut entry).take(LONGEST_TARGET).read_to_end(&mut target).map_err(|error| damaged(error.into()))?;
        if target.len() as u64 == LONGEST_TARGET {
            return Err(BundleError::entry(&name, "is a link to a path that is too long."));
        }
        tree.link(&name, name::text(&target)?)?;
    } else if entry.is_dir() || name.ends_with('/') {
        tree.folder(&name, attributes)?;
    } else if matches!(entry.unix_mode().map(|mode| mode & 0o170_000), None | Some(0 | 0o100_000)) {
        let size = entry.size();
        return Ok(Some(Job { index, path: tree.file(&name, size)?, size, attributes }));
    } else {
        let problem = "is a device, a pipe or of a kind that no bundle needs. Leave it out.";
        return Err(BundleError::entry(&name, problem));
    }
    Ok(None)
}

/// One byte more than declared is asked for, so that a file that says less than it holds is found out.
fn write(archive: &mut ZipArchive<Shared>, job: &Job) -> Result<(), BundleError> {
    let entry = archive.by_index(job.index).map_err(damaged)?;
    let shown = job.path.display().to_string();
    let mut limited = entry.take(job.size + 1);
    let wrote = if job.size <= WHOLE {
        let mut content = Vec::with_capacity(usize::try_from(job.size + 1).unwrap_or_default());
        limited.read_to_end(&mut content).map_err(|error| damaged(error.into()))?;
        tree::write(&job.path, &content, job.attributes).map(|()| content.len() as u64)
    } else {
        tree::stream(&job.path, &mut limited, job.attributes)
    };
    let wrote = wrote.map_err(|error| BundleError::Write { path: job.path.clone(), error })?;
    if wrote != job.size {
        let problem = format!("does not have the {} bytes that the archive says.", job.size);
        return Err(BundleError::entry(&shown, problem));
    }
    Ok(())
}

fn attributes<R: Read>(entry: &ZipFile<'_, R>) -> Attributes {
    let default = if entry.is_dir() { 0o755 } else { 0o644 };
    let mode = entry.unix_mode().map(|mode| mode & 0o777).filter(|mode| *mode != 0);
    let stamp = entry.extra_data_fields().find_map(|field| match field {
        ExtraField::ExtendedTimestamp(stamp) => stamp.mod_time(),
        _ => None,
    });
    let modified = stamp.and_then(|seconds| unix(u64::from(seconds)));
    Attributes { mode: mode.unwrap_or(default), owner: None, modified }
}

fn damaged(error: ZipError) -> BundleError {
    BundleError::Damaged { kind: "zip", problem: error.to_string() }
}

/// One open file that several threads read, each from its own place.
#[derive(Clone)]
struct Shared {
    file: Arc<File>,
    at: u64,
    length: u64,
}

impl Read for Shared {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.file.read_at(buffer, self.at)?;
        self.at += read as u64;
        Ok(read)
    }
}

impl Seek for Shared {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        let at = match to {
            SeekFrom::Start(at) => Some(at),
            SeekFrom::End(by) => self.length.checked_add_signed(by),
            SeekFrom::Current(by) => self.at.checked_add_signed(by),
        };
        self.at = at.ok_or(io::ErrorKind::InvalidInput)?;
        Ok(self.at)
    }
}
