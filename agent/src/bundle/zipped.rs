//! Zip archives: names and places of all entries are checked, then whole files are inflated by several threads.
//!
//! The list of entries is read from the archive twice, and never held: there may be very many.

use std::collections::hash_map::RandomState;
use std::fs::File;
use std::hash::BuildHasher;
use std::io::Read;
use std::path::{Path, PathBuf};

use flate2::read::DeflateDecoder;
use flate2::{Crc, CrcReader, Decompress, FlushDecompress, Status};
use rawzip::extra_fields::ExtraFieldId;
use rawzip::time::ZipDateTimeKind;
use rawzip::{
    CompressionMethod, CreatorSystem, FileReader, MAX_CENTRAL_DIRECTORY_RECORD_SIZE, ZipArchive,
    ZipArchiveEntryWayfinder, ZipFileHeaderRecord,
};

use super::attributes::{Attributes, unix};
use super::error::BundleError;
use super::name;
use super::tree::{self, Tree};
use crate::crew;

/// Files up to this size, packed and unpacked, are inflated in memory and written at once.
const WHOLE: u64 = 1 << 20;
/// Files whose names are in memory at the same time.
const NAMES: usize = 4_096;
/// A link's target is a path.
const LONGEST_TARGET: u64 = 4_096;

type Archive = ZipArchive<FileReader>;

/// Unpacks a zip archive. Setuid and setgid bits are dropped, as `unzip` does.
pub(super) fn unpack(from: &Path, mut tree: Tree) -> Result<(), BundleError> {
    let file = File::open(from).map_err(|error| BundleError::Read { path: from.to_owned(), error })?;
    let mut buffer = vec![0; MAX_CENTRAL_DIRECTORY_RECORD_SIZE];
    let archive = ZipArchive::from_file(file, &mut buffer).map_err(damaged)?;
    check(&archive, &mut buffer, tree.limits().entries)?;
    let (mut entries, mut jobs, mut tool) = (archive.entries(&mut buffer), Vec::new(), Tool::default());
    while let Some(entry) = entries.next_entry().map_err(damaged)? {
        jobs.extend(claim(&archive, &entry, &mut tree, &mut tool)?);
        if jobs.len() == NAMES {
            crew::each(&jobs, Tool::default, |tool, _, job| job.write(&archive, tool))?;
            jobs.clear();
        }
    }
    crew::each(&jobs, Tool::default, |tool, _, job| job.write(&archive, tool))?;
    tree.finish()
}

/// Looks at all entries before anything is written: no two have one name or share content, and there are as many as the
/// archive says.
fn check(archive: &Archive, buffer: &mut [u8], most: u64) -> Result<(), BundleError> {
    let hasher = RandomState::new();
    let (mut names, mut places, mut count) = (Vec::new(), Vec::new(), 0_u64);
    let mut entries = archive.entries(buffer);
    while let Some(entry) = entries.next_entry().map_err(damaged)? {
        count += 1;
        if count > most {
            return Err(BundleError::TooMany { limit: most });
        }
        names.push(hasher.hash_one(entry.file_path().as_bytes()));
        if entry.compressed_size_hint() > 0 {
            let found = archive.get_entry(entry.wayfinder()).map_err(damaged)?;
            places.push(found.compressed_data_range());
        }
    }
    // Some packers count no further than 16 bits.
    if count & 0xffff != archive.entries_hint() & 0xffff {
        return Err(damaged("its list of entries is not as long as it says"));
    }
    names.sort_unstable();
    if names.windows(2).any(|two| two[0] == two[1]) {
        return Err(damaged("a name occurs twice"));
    }
    places.sort_unstable();
    let list = archive.directory_offset();
    if places.last().is_some_and(|last| last.1 > list) || places.windows(2).any(|two| two[0].1 > two[1].0) {
        return Err(damaged("entries share their content, as in archive bombs"));
    }
    Ok(())
}

/// A file that is to be written.
struct Job {
    path: PathBuf,
    attributes: Attributes,
    packed: Packed,
}

/// Where the content of an entry is, and how to know that it is whole.
struct Packed {
    place: ZipArchiveEntryWayfinder,
    deflated: bool,
    crc: u32,
    size: u64,
}

/// What a thread keeps from one file to the next.
struct Tool {
    packed: Vec<u8>,
    content: Vec<u8>,
    inflate: Decompress,
}

impl Default for Tool {
    fn default() -> Self {
        Self { packed: Vec::new(), content: Vec::new(), inflate: Decompress::new(false) }
    }
}

fn claim(
    archive: &Archive,
    entry: &ZipFileHeaderRecord<'_>,
    tree: &mut Tree,
    tool: &mut Tool,
) -> Result<Option<Job>, BundleError> {
    let (mode, mut name) = (unix_mode(entry), text(entry));
    if mode.is_none() {
        // Archivers of Windows separate by backslashes.
        name = name.replace('\\', "/");
    }
    if entry.flags().is_encrypted() {
        return Err(BundleError::entry(&name, "is encrypted. Pack the bundle without a password."));
    }
    let deflated = match entry.compression_method() {
        CompressionMethod::STORE => false,
        CompressionMethod::DEFLATE => true,
        _ => return Err(BundleError::entry(&name, "is neither stored nor deflated. Pack the bundle again.")),
    };
    let (place, crc, size) = (entry.wayfinder(), entry.crc32(), entry.uncompressed_size_hint());
    let packed = Packed { place, deflated, crc, size };
    let kind = mode.map_or(0, |mode| mode & 0o170_000);
    if kind == 0o120_000 {
        if size >= LONGEST_TARGET || entry.compressed_size_hint() > WHOLE {
            return Err(BundleError::entry(&name, "is a link to a path that is too long."));
        }
        tree.link(&name, name::text(packed.whole(archive, &name, tool)?)?)?;
    } else if name.ends_with('/') {
        tree.folder(&name, attributes(entry, mode, 0o755))?;
    } else if [0, 0o100_000].contains(&kind) {
        let path = tree.file(&name, size)?;
        return Ok(Some(Job { path, attributes: attributes(entry, mode, 0o644), packed }));
    } else {
        let problem = "is a device, a pipe or of a kind that no bundle needs. Leave it out.";
        return Err(BundleError::entry(&name, problem));
    }
    Ok(None)
}

impl Job {
    fn write(&self, archive: &Archive, tool: &mut Tool) -> Result<(), BundleError> {
        let shown = self.path.display().to_string();
        let failed = |error| BundleError::Write { path: self.path.clone(), error };
        if self.packed.size.max(self.packed.place.compressed_size_hint()) <= WHOLE {
            let content = self.packed.whole(archive, &shown, tool)?;
            return tree::write(&self.path, content, self.attributes).map_err(failed);
        }
        // One byte more than declared is asked for, so that a file that says less than it holds is found out.
        let packed = archive.get_entry(self.packed.place).map_err(damaged)?.reader();
        let content: Box<dyn Read> =
            if self.packed.deflated { Box::new(DeflateDecoder::new(packed)) } else { Box::new(packed) };
        let mut content = CrcReader::new(content.take(self.packed.size + 1));
        let wrote = tree::stream(&self.path, &mut content, self.attributes).map_err(failed)?;
        self.packed.verify(&shown, wrote, content.crc().sum())
    }
}

impl Packed {
    /// All of the content; it has no more bytes than declared, which are few.
    fn whole<'a>(&self, archive: &Archive, name: &str, tool: &'a mut Tool) -> Result<&'a [u8], BundleError> {
        let Tool { packed, content, inflate } = tool;
        packed.clear();
        let found = archive.get_entry(self.place).map_err(damaged)?;
        found.reader().read_to_end(packed).map_err(damaged)?;
        let content = if self.deflated {
            // One byte more, as above.
            content.resize(usize::try_from(self.size).map_err(damaged)? + 1, 0);
            inflate.reset(false);
            let status = inflate.decompress(packed, content, FlushDecompress::Finish).map_err(damaged)?;
            let wrote = usize::try_from(inflate.total_out()).map_err(damaged)?;
            if status != Status::StreamEnd && wrote < content.len() {
                return Err(BundleError::entry(name, "is cut off."));
            }
            &content[..wrote]
        } else {
            &packed[..]
        };
        let mut crc = Crc::new();
        crc.update(content);
        self.verify(name, content.len() as u64, crc.sum()).map(|()| content)
    }

    fn verify(&self, name: &str, size: u64, crc: u32) -> Result<(), BundleError> {
        if size != self.size {
            let problem = format!("does not have the {} bytes that the archive says.", self.size);
            return Err(BundleError::entry(name, problem));
        }
        if crc != self.crc {
            return Err(damaged(format!("the content of {name} has another checksum than it should")));
        }
        Ok(())
    }
}

/// The mode that an entry has on Unix, if its packer says something of the kind.
fn unix_mode(entry: &ZipFileHeaderRecord<'_>) -> Option<u32> {
    let (attributes, unix) = (entry.external_attributes(), entry.external_attributes() >> 16);
    match entry.version_made_by().creator_system() {
        _ if attributes == 0 => None,
        CreatorSystem::UNIX => Some(unix),
        CreatorSystem::FAT => {
            let mode = if attributes & 0x10 == 0 { 0o100_664 } else { 0o040_775 };
            let read_only = attributes & 1 != 0;
            Some(if read_only { mode & !0o222 } else { mode })
        }
        _ => Some(unix).filter(|mode| *mode != 0),
    }
}

fn attributes(entry: &ZipFileHeaderRecord<'_>, mode: Option<u32>, default: u32) -> Attributes {
    let mode = mode.map(|mode| mode & 0o777).filter(|mode| *mode != 0);
    let modified = match entry.last_modified() {
        ZipDateTimeKind::Utc(at) => u64::try_from(at.to_unix()).ok().and_then(unix),
        // The time of somewhere.
        ZipDateTimeKind::Local(_) => None,
    };
    Attributes { mode: mode.unwrap_or(default), owner: None, modified }
}

/// The name of an entry: UTF-8 whether it says so or not, else what a field of its own says for this name, else as DOS
/// spells it.
fn text(entry: &ZipFileHeaderRecord<'_>) -> String {
    let path = entry.file_path();
    let raw = path.as_bytes();
    if let Ok(name) = std::str::from_utf8(raw) {
        return name.to_owned();
    }
    let mut crc = Crc::new();
    crc.update(raw);
    let of_this = |field: &[u8]| {
        let (head, name) = field.split_at_checked(5)?;
        (head[1..] == crc.sum().to_le_bytes()).then(|| String::from_utf8(name.to_vec()).ok())?
    };
    let mut fields = entry.extra_fields();
    let field = fields.find_map(|(id, field)| {
        (id == ExtraFieldId::INFO_ZIP_UNICODE_PATH).then(|| of_this(field)).flatten()
    });
    field.unwrap_or_else(|| raw.iter().map(|byte| dos(*byte)).collect())
}

/// A character of code page 437.
fn dos(byte: u8) -> char {
    const HIGH: &str = "ÇüéâäàåçêëèïîìÄÅÉæÆôöòûùÿÖÜ¢£¥₧ƒáíóúñÑªº¿⌐¬½¼¡«»░▒▓│┤╡╢╖╕╣║╗╝╜╛┐└┴┬├─┼╞╟╚╔╩╦╠═╬╧╨╤╥╙╘╒╓╫╪┘┌█▄▌▐▀\
        αßΓπΣσµτΦΘΩδ∞φε∩≡±≥≤⌠⌡÷≈°∙·√ⁿ²■\u{a0}";
    let high = byte.checked_sub(128).and_then(|at| HIGH.chars().nth(at.into()));
    high.unwrap_or_else(|| byte.into())
}

fn damaged(error: impl ToString) -> BundleError {
    BundleError::Damaged { kind: "zip", problem: error.to_string() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_dos_are_read_as_dos_does() {
        let known =
            [(b'a', 'a'), (0x80, 'Ç'), (0x81, 'ü'), (0xb0, '░'), (0xe1, 'ß'), (0xfe, '■'), (0xff, '\u{a0}')];
        assert!(
            known.iter().all(|(byte, letter)| dos(*byte) == *letter),
            "{:?}",
            known.map(|(byte, _)| dos(byte))
        );
    }
}
