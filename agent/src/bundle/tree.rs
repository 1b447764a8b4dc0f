//! The tree that is being written: every path is claimed once, and links are made last.

use std::collections::hash_map::RandomState;
use std::collections::{BTreeSet, HashMap};
use std::fs::{self, DirBuilder, File, OpenOptions};
use std::hash::BuildHasher;
use std::io::{self, Read, Write};
use std::num::NonZeroU64;
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt, symlink};
use std::path::{Path, PathBuf};
use std::sync::mpsc::{Receiver, Sender, channel, sync_channel};
use std::thread;

use rustix::fs::{Advice, fadvise};

use super::Limits;
use super::attributes::Attributes;
use super::error::BundleError;
use super::name;

/// Large files pass through memory in pieces of so many bytes, so many at a time.
const PIECE: usize = 512 << 10;
const PIECES: usize = 4;
/// How many bytes are written before the disk is to begin with them.
const BEHIND: u64 = 16 << 20;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Folder,
    Link,
}

/// What has been written, and what waits for the end.
pub(super) struct Tree {
    root: PathBuf,
    limits: Limits,
    bytes: u64,
    entries: u64,
    kinds: HashMap<PathBuf, Kind>,
    /// Digests of the names of files: there may be very many, and whether a name was there is all that is asked. The hasher
    /// is another one each time, so that nobody can find names with one digest.
    files: BTreeSet<u64>,
    hasher: RandomState,
    links: Vec<(PathBuf, String)>,
    hard_links: Vec<(PathBuf, PathBuf)>,
    folders: Vec<(PathBuf, Attributes)>,
}

impl Tree {
    /// A tree in a new directory that nobody else can enter while it is incomplete.
    pub(super) fn new(root: &Path, limits: Limits) -> Result<Self, BundleError> {
        DirBuilder::new()
            .recursive(true)
            .mode(0o700)
            .create(root)
            .map_err(|error| BundleError::Write { path: root.to_owned(), error })?;
        let folders = vec![(root.to_owned(), Attributes::FOLDER)];
        Ok(Self {
            root: root.to_owned(),
            limits,
            bytes: 0,
            entries: 0,
            kinds: HashMap::new(),
            files: BTreeSet::new(),
            hasher: RandomState::new(),
            links: Vec::new(),
            hard_links: Vec::new(),
            folders,
        })
    }

    pub(super) fn root(&self) -> &Path {
        &self.root
    }

    pub(super) fn limits(&self) -> Limits {
        self.limits
    }

    /// Takes a name for a file, and makes the directories above it.
    pub(super) fn file(&mut self, entry: &str, bytes: u64) -> Result<PathBuf, BundleError> {
        self.count(entry, bytes)?;
        let path = name::relative(entry)?;
        self.claim(entry, &path, None)
    }

    /// Counts a file whose name nobody else in the bundle can have, in a directory that was made.
    pub(super) fn lone_file(&mut self) -> Result<(), BundleError> {
        self.enter()
    }

    /// Makes a directory; one that is there already keeps what is in it.
    pub(super) fn folder(&mut self, entry: &str, attributes: Attributes) -> Result<(), BundleError> {
        let path = name::relative(entry)?;
        let path = if path.as_os_str().is_empty() {
            self.root.clone()
        } else {
            self.claim(entry, &path, Some(Kind::Folder))?
        };
        self.folders.push((path, attributes));
        Ok(())
    }

    /// Takes a name for a symbolic link, which is made at the end.
    pub(super) fn link(&mut self, entry: &str, target: &str) -> Result<(), BundleError> {
        if target.is_empty() || target.contains('\0') {
            return Err(BundleError::entry(entry, "is a link to nothing."));
        }
        let path = name::relative(entry)?;
        let path = self.claim(entry, &path, Some(Kind::Link))?;
        self.links.push((path, target.to_owned()));
        Ok(())
    }

    /// A further name for a file that came before, made at the end: that file may still be under way.
    pub(super) fn hard_link(&mut self, entry: &str, target: &str) -> Result<(), BundleError> {
        let first = name::relative(target).ok().filter(|target| self.is_file(target)).ok_or_else(|| {
            let problem = format!("is a hard link to {target:?}, which is no file before it in the bundle.");
            BundleError::entry(entry, problem)
        })?;
        let path = self.file(entry, 0)?;
        self.hard_links.push((self.root.join(first), path));
        Ok(())
    }

    /// Counts content whose size shows only while it is read.
    pub(super) fn count(&mut self, entry: &str, bytes: u64) -> Result<(), BundleError> {
        self.bytes = self.bytes.saturating_add(bytes);
        if self.bytes > self.limits.bytes {
            return Err(BundleError::TooLarge { entry: entry.to_owned(), limit: self.limits.bytes });
        }
        Ok(())
    }

    /// The bytes that may still come.
    pub(super) fn room(&self) -> u64 {
        self.limits.bytes.saturating_sub(self.bytes)
    }

    /// Makes the links and gives directories their modes, deepest first: a read-only one must not be in the way.
    pub(super) fn finish(mut self) -> Result<(), BundleError> {
        for (first, path) in self.hard_links {
            fs::hard_link(first, &path).map_err(|error| BundleError::Write { path, error })?;
        }
        for (path, target) in self.links {
            symlink(target, &path).map_err(|error| BundleError::Write { path, error })?;
        }
        self.folders.sort_by_key(|(path, _)| path.components().count());
        for (path, attributes) in self.folders.into_iter().rev() {
            let set = File::open(&path).and_then(|folder| attributes.set(&folder));
            set.map_err(|error| BundleError::Write { path, error })?;
        }
        Ok(())
    }

    /// Takes a name for a file, if there is no other kind.
    fn claim(&mut self, entry: &str, path: &Path, kind: Option<Kind>) -> Result<PathBuf, BundleError> {
        if path.as_os_str().is_empty() {
            return Err(BundleError::entry(entry, "has no name."));
        }
        let above: Vec<_> = path.ancestors().skip(1).filter(|p| !p.as_os_str().is_empty()).collect();
        for folder in above.into_iter().rev() {
            match self.kinds.get(folder) {
                Some(Kind::Folder) => {}
                Some(Kind::Link) => {
                    let problem = format!("lies below {folder:?}, which is a link.");
                    return Err(BundleError::entry(entry, problem));
                }
                None if self.is_file(folder) => {
                    let problem = format!("lies below {folder:?}, which is a file.");
                    return Err(BundleError::entry(entry, problem));
                }
                None => self.add(folder, Some(Kind::Folder))?,
            }
        }
        match self.kinds.get(path) {
            None if !self.is_file(path) => self.add(path, kind)?,
            Some(Kind::Folder) if kind == Some(Kind::Folder) => {}
            _ => return Err(BundleError::entry(entry, "occurs twice. Pack the bundle again.")),
        }
        Ok(self.root.join(path))
    }

    fn is_file(&self, path: &Path) -> bool {
        self.files.contains(&self.hasher.hash_one(path.as_os_str()))
    }

    fn enter(&mut self) -> Result<(), BundleError> {
        if self.entries >= self.limits.entries {
            return Err(BundleError::TooMany { limit: self.limits.entries });
        }
        self.entries += 1;
        Ok(())
    }

    fn add(&mut self, path: &Path, kind: Option<Kind>) -> Result<(), BundleError> {
        self.enter()?;
        match kind {
            Some(kind) => drop(self.kinds.insert(path.to_owned(), kind)),
            None => drop(self.files.insert(self.hasher.hash_one(path.as_os_str()))),
        }
        if kind == Some(Kind::Folder) {
            let path = self.root.join(path);
            let made = DirBuilder::new().mode(0o755).create(&path);
            made.map_err(|error| BundleError::Write { path, error })?;
        }
        Ok(())
    }
}

/// Writes a file whose content is at hand.
pub(super) fn write(path: &Path, content: &[u8], attributes: Attributes) -> io::Result<()> {
    let mut file = create(path, attributes.mode)?;
    file.write_all(content)?;
    attributes.set(&file)
}

/// Writes a file from a stream; the bytes written. While one piece is written the next one is read.
pub(super) fn stream(path: &Path, from: &mut impl Read, attributes: Attributes) -> io::Result<u64> {
    let file = create(path, attributes.mode)?;
    let (full, pieces) = sync_channel::<Vec<u8>>(PIECES);
    let (empty, used) = channel::<Vec<u8>>();
    let bytes = thread::scope(|scope| {
        let to = &file;
        let writer = scope.spawn(move || write_pieces(to, &pieces, &empty));
        let mut bytes = 0;
        let read = loop {
            let mut piece = used.try_recv().unwrap_or_else(|_| Vec::with_capacity(PIECE));
            piece.clear();
            match from.by_ref().take(PIECE as u64).read_to_end(&mut piece) {
                Err(error) => break Err(error),
                Ok(0) => break Ok(()),
                Ok(read) => bytes += read as u64,
            }
            if full.send(piece).is_err() {
                // The writer has stopped, and tells why.
                break Ok(());
            }
        };
        drop(full);
        let wrote = writer.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic));
        wrote.and(read).map(|()| bytes)
    })?;
    attributes.set(&file)?;
    Ok(bytes)
}

/// Gives back every piece once it is written. The system is told to begin with the disk's share of the work at once: an
/// install waits for it at its end.
fn write_pieces(file: &File, pieces: &Receiver<Vec<u8>>, empty: &Sender<Vec<u8>>) -> io::Result<()> {
    let (mut wrote, mut begun) = (0, 0);
    for piece in pieces {
        let mut to = file;
        to.write_all(&piece)?;
        wrote += piece.len() as u64;
        if let Some(length) = NonZeroU64::new(wrote - begun).filter(|length| length.get() >= BEHIND) {
            // What cannot be begun now is waited for later.
            let _ = fadvise(file, begun, Some(length), Advice::DontNeed);
            begun = wrote;
        }
        let _ = empty.send(piece);
    }
    Ok(())
}

/// Nobody else can enter the tree while it is incomplete, so the mode may be there from the beginning.
fn create(path: &Path, mode: u32) -> io::Result<File> {
    OpenOptions::new().write(true).create_new(true).mode(mode & 0o777).open(path)
}
