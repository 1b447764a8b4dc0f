//! Tar archives, compressed or not: one thread inflates and reads, another writes.

use std::collections::HashMap;
use std::fs::File;
use std::io::{self, BufReader, Read, Seek};
use std::path::{Path, PathBuf};
use std::sync::mpsc::{SyncSender, sync_channel};
use std::thread;

use flate2::bufread::MultiGzDecoder;
use nix::unistd::{Group, User, geteuid};
use tar::{Archive, Entry, EntryType, Header};

use super::attributes::{Attributes, unix};
use super::error::BundleError;
use super::name;
use super::tree::{self, Tree};

/// Files up to this size pass through memory to the writer; larger ones are written by the reader.
const WHOLE: u64 = 256 << 10;
const WAITING: usize = 32;
const GZIP: [u8; 2] = [0x1f, 0x8b];

type Job = (PathBuf, Vec<u8>, Attributes);

/// Unpacks a tar archive. Whether it is compressed shows in its first bytes, whatever its type says.
pub(super) fn unpack(from: &Path, tree: Tree) -> Result<(), BundleError> {
    let unreadable = |error| BundleError::Read { path: from.to_owned(), error };
    let mut file = File::open(from).map_err(unreadable)?;
    let mut magic = Vec::new();
    (&file).take(2).read_to_end(&mut magic).and_then(|_| file.rewind()).map_err(unreadable)?;
    let buffered = BufReader::with_capacity(256 << 10, file);
    let reader: Box<dyn Read + Send> =
        if magic == GZIP { Box::new(MultiGzDecoder::new(buffered)) } else { Box::new(buffered) };
    let (send, receive) = sync_channel::<Job>(WAITING);
    thread::scope(|scope| {
        let writer = scope.spawn(move || {
            for (path, content, attributes) in receive {
                tree::write(&path, &content, attributes)
                    .map_err(|error| BundleError::Write { path, error })?;
            }
            Ok(())
        });
        let read = entries(reader, tree, send);
        let wrote = writer.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic));
        let tree = wrote.and(read)?;
        tree.finish()
    })
}

fn entries(reader: impl Read, mut tree: Tree, send: SyncSender<Job>) -> Result<Tree, BundleError> {
    let mut archive = Archive::new(reader);
    let mut owners = Owners::default();
    let mut any = false;
    for entry in archive.entries().map_err(damaged)? {
        any = true;
        let entry = entry.map_err(damaged)?;
        if !take(entry, &mut tree, &mut owners, &send)? {
            // The writer has stopped, and tells why.
            return Ok(tree);
        }
    }
    if !any {
        return Err(damaged(io::Error::other("it holds nothing")));
    }
    // What follows the last entry belongs to the checksum of the compressed stream.
    io::copy(&mut archive.into_inner().take(tree.room()), &mut io::sink()).map_err(damaged)?;
    Ok(tree)
}

fn take(
    mut entry: Entry<'_, impl Read>,
    tree: &mut Tree,
    owners: &mut Owners,
    send: &SyncSender<Job>,
) -> Result<bool, BundleError> {
    let bytes = entry.path_bytes().into_owned();
    let kind = entry.header().entry_type();
    if kind == EntryType::XGlobalHeader {
        return Ok(true);
    }
    let shown = name::text(&bytes)?;
    let attributes = owners.attributes(entry.header());
    match kind {
        EntryType::Directory => tree.folder(shown, attributes)?,
        EntryType::Symlink => tree.link(shown, name::text(&target(&entry))?)?,
        EntryType::Link => tree.hard_link(shown, name::text(&target(&entry))?)?,
        EntryType::Regular | EntryType::Continuous | EntryType::GNUSparse => {
            let size = entry.size();
            let path = tree.file(shown, size)?;
            if size <= WHOLE {
                let mut content = Vec::with_capacity(usize::try_from(size).unwrap_or_default());
                (&mut entry).take(tree.room() + size).read_to_end(&mut content).map_err(damaged)?;
                whole(shown, size, content.len() as u64)?;
                return Ok(send.send((path, content, attributes)).is_ok());
            }
            let wrote = tree::stream(&path, &mut entry, attributes);
            whole(shown, size, wrote.map_err(|error| BundleError::Write { path, error })?)?;
        }
        _ => {
            let problem = "is a device, a pipe or of a kind that no bundle needs. Leave it out.";
            return Err(BundleError::entry(shown, problem));
        }
    }
    Ok(true)
}

fn target(entry: &Entry<'_, impl Read>) -> Vec<u8> {
    entry.link_name_bytes().unwrap_or_default().into_owned()
}

fn whole(entry: &str, size: u64, read: u64) -> Result<(), BundleError> {
    if size == read {
        return Ok(());
    }
    Err(damaged(io::Error::other(format!("{entry:?} has {read} of {size} bytes"))))
}

fn damaged(error: io::Error) -> BundleError {
    BundleError::Damaged { kind: "tar", problem: error.to_string() }
}

/// Owners by name, looked up once. Only root gives files away.
#[derive(Default)]
struct Owners {
    users: HashMap<String, Option<u32>>,
    groups: HashMap<String, Option<u32>>,
}

impl Owners {
    fn attributes(&mut self, header: &Header) -> Attributes {
        let owner = geteuid().is_root().then(|| (self.user(header), self.group(header)));
        Attributes {
            mode: header.mode().unwrap_or(0o644) & 0o7777,
            owner,
            modified: header.mtime().ok().and_then(unix),
        }
    }

    fn user(&mut self, header: &Header) -> u32 {
        let name = header.username().ok().flatten().unwrap_or_default();
        let find = || User::from_name(name).ok().flatten().map(|user| user.uid.as_raw());
        let known = *self.users.entry(name.to_owned()).or_insert_with(find);
        known.or_else(|| header.uid().ok()?.try_into().ok()).unwrap_or_default()
    }

    fn group(&mut self, header: &Header) -> u32 {
        let name = header.groupname().ok().flatten().unwrap_or_default();
        let find = || Group::from_name(name).ok().flatten().map(|group| group.gid.as_raw());
        let known = *self.groups.entry(name.to_owned()).or_insert_with(find);
        known.or_else(|| header.gid().ok()?.try_into().ok()).unwrap_or_default()
    }
}
