//! Bundles: what people pack, and what attackers do.

#![allow(clippy::unwrap_used, reason = "a test's helpers may fail as tests do")]

use std::fs::{self, File};
use std::io::Write;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::{Path, PathBuf};

use cutover_agent::bundle::{BundleError, BundleType, Limits, unpack};
use flate2::Compression;
use flate2::write::GzEncoder;
use tar::{Builder, EntryType, Header};
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, ZipWriter};

struct Case {
    folder: tempfile::TempDir,
}

impl Case {
    fn new() -> Self {
        // In memory where that can be had: thousands of archives need not reach a disk.
        Self { folder: tempfile::tempdir_in("/dev/shm").or_else(|_| tempfile::tempdir()).unwrap() }
    }

    fn archive(&self) -> PathBuf {
        self.folder.path().join("archive")
    }

    fn unpack(&self, bundle: &Path, kind: BundleType) -> Result<(), BundleError> {
        let limits = Limits { bytes: 4 << 20, entries: 1_000 };
        let result = unpack(bundle, kind, &self.archive(), limits);
        let left: Vec<_> =
            fs::read_dir(self.folder.path()).unwrap().map(|e| e.unwrap().file_name()).collect();
        assert!(!left.iter().any(|name| name.to_string_lossy().ends_with(".unpacking")), "{left:?}");
        assert_eq!(result.is_ok(), self.archive().exists(), "whole or not at all");
        assert!(!self.folder.path().join("evil").exists(), "nothing is written outside");
        result
    }

    fn tar(&self, entries: &[(&str, EntryType, &str)]) -> PathBuf {
        let path = self.folder.path().join("b.tar");
        fs::write(&path, tar(entries)).unwrap();
        path
    }

    fn zip(&self, fill: impl FnOnce(&mut ZipWriter<File>)) -> PathBuf {
        let path = self.folder.path().join("b.zip");
        let mut zip = ZipWriter::new(File::create(&path).unwrap());
        fill(&mut zip);
        zip.finish().unwrap();
        path
    }
}

/// Entries with any name: the builder's own checks are gone round. For links the text is the target.
fn tar(entries: &[(&str, EntryType, &str)]) -> Vec<u8> {
    let mut builder = Builder::new(Vec::new());
    for (name, kind, text) in entries {
        let mut header = Header::new_gnu();
        header.as_old_mut().name[..name.len()].copy_from_slice(name.as_bytes());
        header.set_entry_type(*kind);
        header.set_mode(if *kind == EntryType::Directory { 0o755 } else { 0o640 });
        header.set_mtime(1_000_000_000);
        let link = matches!(kind, EntryType::Symlink | EntryType::Link);
        if link {
            header.as_old_mut().linkname[..text.len()].copy_from_slice(text.as_bytes());
        }
        let content = if link { &[] } else { text.as_bytes() };
        header.set_size(content.len() as u64);
        header.set_cksum();
        builder.append(&header, content).unwrap();
    }
    builder.into_inner().unwrap()
}

use EntryType::{Block, Char, Directory, Fifo, Link, Regular, Symlink};

#[test]
fn hostile_tars_are_refused_by_name() {
    type Entries = &'static [(&'static str, EntryType, &'static str)];
    let cases: &[(Entries, &str)] = &[
        (&[("../evil", Regular, "x")], "\"../evil\" leads out of the bundle"),
        (&[("a/../../evil", Regular, "x")], "leads out of the bundle"),
        (&[("/tmp/evil", Regular, "x")], "\"/tmp/evil\" is an absolute path"),
        (&[("l", Symlink, ".."), ("l/evil", Regular, "x")], "lies below \"l\", which is a link"),
        (&[("l", Symlink, "/tmp"), ("l", Regular, "x")], "\"l\" occurs twice"),
        (&[("d", Directory, ""), ("d", Symlink, "..")], "\"d\" occurs twice"),
        (&[("a", Regular, "x"), ("a", Regular, "y")], "\"a\" occurs twice"),
        (&[("a", Regular, "x"), ("a/b", Regular, "y")], "lies below \"a\", which is a file"),
        (&[("h", Link, "/etc/passwd")], "\"h\" is a hard link to \"/etc/passwd\""),
        (&[("h", Link, "../evil")], "is a hard link to"),
        (&[("l", Symlink, "/etc/passwd"), ("h", Link, "l")], "which is no file before it"),
        (&[("null", Char, "")], "\"null\" is a device"),
        (&[("disk", Block, "")], "is a device"),
        (&[("pipe", Fifo, "")], "is a device, a pipe"),
        (&[("a\nb", Regular, "x")], "control character"),
        (&[], "not a whole tar archive"),
    ];
    for (entries, expected) in cases {
        let case = Case::new();
        let error = case.unpack(&case.tar(entries), BundleType::Tar).unwrap_err().to_string();
        assert!(error.contains(expected), "{entries:?}: {error}");
    }
}

#[test]
fn hostile_zips_are_refused_by_name() {
    let plain = SimpleFileOptions::default().compression_method(CompressionMethod::Stored);
    for (name, expected) in [
        ("../evil", "leads out of the bundle"),
        ("a/../../evil", "leads out of the bundle"),
        ("/tmp/evil", "is an absolute path"),
        ("a\u{1}b", "control character"),
    ] {
        let case = Case::new();
        // Of the same length, and put in place afterwards: the writer would mend or refuse it.
        let stand_in = "x".repeat(name.len());
        let path = case.zip(|zip| {
            zip.start_file(&stand_in, plain).unwrap();
            zip.write_all(b"content").unwrap();
        });
        patch(&path, stand_in.as_bytes(), name.as_bytes());
        let error = case.unpack(&path, BundleType::Zip).unwrap_err().to_string();
        assert!(error.contains(expected), "{name:?}: {error}");
    }
    let case = Case::new();
    let path = case.zip(|zip| {
        zip.add_symlink("l", "..", plain).unwrap();
        zip.start_file("l/evil", plain).unwrap();
    });
    let error = case.unpack(&path, BundleType::Zip).unwrap_err().to_string();
    assert!(error.contains("lies below \"l\", which is a link"), "{error}");
    let case = Case::new();
    let path = case.zip(|zip| {
        zip.start_file("one", plain).unwrap();
        zip.start_file("two", plain).unwrap();
    });
    patch(&path, b"two", b"one");
    let error = case.unpack(&path, BundleType::Zip).unwrap_err().to_string();
    assert!(error.contains("a name occurs twice"), "{error}");
}

#[test]
fn content_that_changed_on_the_way_is_found_out() {
    let plain = SimpleFileOptions::default().compression_method(CompressionMethod::Stored);
    let case = Case::new();
    let path = case.zip(|zip| {
        zip.start_file("a", plain).unwrap();
        zip.write_all(b"as it was packed").unwrap();
    });
    patch(&path, b"packed", b"hacked");
    assert!(matches!(case.unpack(&path, BundleType::Zip), Err(BundleError::Damaged { .. })));
}

fn patch(path: &Path, from: &[u8], to: &[u8]) {
    let mut bytes = fs::read(path).unwrap();
    for at in 0..bytes.len() - from.len() {
        if bytes[at..].starts_with(from) {
            bytes[at..at + from.len()].copy_from_slice(to);
        }
    }
    fs::write(path, bytes).unwrap();
}

#[test]
fn bombs_are_stopped() {
    let case = Case::new();
    let path = case.zip(|zip| {
        zip.start_file("zeros", SimpleFileOptions::default()).unwrap();
        zip.write_all(&vec![0; 8 << 20]).unwrap();
    });
    let error = case.unpack(&path, BundleType::Zip).unwrap_err().to_string();
    assert!(error.contains("more than 4194304 bytes when unpacked (at entry \"zeros\")"), "{error}");
    let lying = fs::read(&path).unwrap().windows(4).filter(|w| *w == (8_u32 << 20).to_le_bytes()).count();
    assert!(lying > 0);
    patch(&path, &(8_u32 << 20).to_le_bytes(), &16_u32.to_le_bytes());
    assert!(case.unpack(&path, BundleType::Zip).is_err(), "a size that is not true");

    let case = Case::new();
    let zeros = "\0".repeat(8 << 20);
    let path = case.folder.path().join("b.tgz");
    let mut gzip = GzEncoder::new(File::create(&path).unwrap(), Compression::fast());
    gzip.write_all(&tar(&[("zeros", Regular, &zeros)])).unwrap();
    gzip.finish().unwrap();
    assert!(matches!(case.unpack(&path, BundleType::Tgz), Err(BundleError::TooLarge { .. })));

    let case = Case::new();
    let names: Vec<_> = (0..1_001).map(|n| n.to_string()).collect();
    let entries: Vec<_> = names.iter().map(|name| (name.as_str(), Regular, "")).collect();
    let error = case.unpack(&case.tar(&entries), BundleType::Tar).unwrap_err().to_string();
    assert!(error.contains("more than 1000 entries"), "{error}");
}

#[test]
fn every_kind_unpacks_to_the_same_tree() {
    let source = tempfile::tempdir().unwrap();
    let top = source.path().join("app-main");
    fs::create_dir_all(top.join("sub/empty")).unwrap();
    for (name, mode) in
        [("appspec.yml", 0o644), ("sub/run.sh", 0o755), (".hidden", 0o600), ("sub/ü b ", 0o644)]
    {
        fs::write(top.join(name), name).unwrap();
        fs::set_permissions(top.join(name), fs::Permissions::from_mode(mode)).unwrap();
    }
    symlink("run.sh", top.join("sub/link")).unwrap();
    let run = |program: &str, arguments: &[&str]| {
        let status = std::process::Command::new(program).args(arguments).current_dir(source.path()).status();
        assert!(status.unwrap().success(), "{program} {arguments:?}");
    };
    run("tar", &["-cf", "b.tar", "app-main"]);
    run("tar", &["-czf", "b.tgz", "-C", "app-main", "."]);
    run("zip", &["-qry", "b.zip", "app-main"]);
    for (name, kind) in [
        ("b.tar", BundleType::Tar),
        ("b.tgz", BundleType::Tgz),
        ("b.tgz", BundleType::Tar),
        ("b.zip", BundleType::Zip),
        ("app-main", BundleType::Directory),
    ] {
        let case = Case::new();
        case.unpack(&source.path().join(name), kind).unwrap();
        let archive = case.archive();
        let mode = |name: &str| fs::metadata(archive.join(name)).unwrap().permissions().mode() & 0o7777;
        assert_eq!(["appspec.yml", "sub/run.sh", ".hidden"].map(mode), [0o644, 0o755, 0o600], "{name}");
        assert_eq!(fs::read_to_string(archive.join("sub/ü b ")).unwrap(), "sub/ü b ", "{name}");
        assert_eq!(fs::read_link(archive.join("sub/link")).unwrap(), Path::new("run.sh"), "{name}");
        assert!(archive.join("sub/empty").is_dir(), "{name}");
        let age = |path: &Path| fs::metadata(path).unwrap().modified().unwrap();
        let off = age(&archive.join("sub/run.sh")).duration_since(age(&top.join("sub/run.sh")));
        assert!(off.unwrap_or_else(|error| error.duration()).as_secs() < 3, "{name}: its time is kept");
    }
}

#[test]
fn what_is_no_archive_is_told_apart() {
    let case = Case::new();
    let path = case.folder.path().join("b");
    fs::write(&path, "this is not an archive").unwrap();
    for kind in [BundleType::Zip, BundleType::Tar, BundleType::Tgz] {
        let error = case.unpack(&path, kind).unwrap_err().to_string();
        assert!(error.contains("not a whole") && error.contains("Check its type"), "{error}");
    }
    let whole = tar(&[("a", Regular, &"x".repeat(3_000))]);
    fs::write(&path, &whole[..2_000]).unwrap();
    assert!(matches!(case.unpack(&path, BundleType::Tar), Err(BundleError::Damaged { .. })));
    assert!(matches!(case.unpack(&path, BundleType::Directory), Err(BundleError::Read { .. })));
}

#[test]
fn links_and_hard_links_inside_are_kept() {
    let case = Case::new();
    let entries = [
        ("d/a", Regular, "text"),
        ("hard", Link, "./d/a"),
        ("out", Symlink, "/var/log"),
        ("d", Directory, ""),
    ];
    case.unpack(&case.tar(&entries), BundleType::Tar).unwrap();
    assert_eq!(fs::read_to_string(case.archive().join("hard")).unwrap(), "text");
    assert_eq!(fs::read_link(case.archive().join("out")).unwrap(), Path::new("/var/log"));
    assert_eq!(fs::metadata(case.archive().join("hard")).unwrap().permissions().mode() & 0o777, 0o640);
}

/// A few entries of every kind.
fn sample(case: &Case) -> PathBuf {
    let plain = SimpleFileOptions::default().compression_method(CompressionMethod::Stored);
    case.zip(|zip| {
        for n in 0..8 {
            zip.start_file(format!("d{}/f{n}", n % 2), SimpleFileOptions::default()).unwrap();
            zip.write_all("content ".repeat(20 * n).as_bytes()).unwrap();
        }
        zip.start_file("stored", plain).unwrap();
        zip.write_all(b"as it is").unwrap();
        zip.add_directory("d0/empty", plain).unwrap();
        zip.add_symlink("link", "d0/f0", plain).unwrap();
    })
}

#[test]
fn zips_that_were_altered_or_cut_off_are_whole_or_refused() {
    let case = Case::new();
    let path = sample(&case);
    let bytes = fs::read(&path).unwrap();
    let again = || {
        let unpacked = case.unpack(&path, BundleType::Zip);
        if unpacked.is_ok() {
            fs::remove_dir_all(case.archive()).unwrap();
        }
        unpacked.is_ok()
    };
    assert!(again());
    for end in (0..bytes.len()).step_by(7) {
        fs::write(&path, &bytes[..end]).unwrap();
        assert!(!again(), "cut off after {end} bytes");
    }
    let (mut random, mut refused) = (1_u64, 0);
    for _ in 0..1_500 {
        let mut altered = bytes.clone();
        for _ in 0..=random % 3 {
            random = random.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            let at = usize::try_from(random >> 33).unwrap() % altered.len();
            altered[at] = u8::try_from(random >> 24 & 0xff).unwrap();
        }
        fs::write(&path, &altered).unwrap();
        refused += usize::from(!again());
    }
    assert!(refused > 500, "{refused}");
}

#[test]
fn zips_whose_list_does_not_fit_are_refused() {
    let plain = SimpleFileOptions::default().compression_method(CompressionMethod::Stored);
    let find = |bytes: &[u8], mark: &[u8]| bytes.windows(mark.len()).rposition(|w| w == mark).unwrap();
    let refused = |change: &dyn Fn(&mut Vec<u8>), expected: &str| {
        let case = Case::new();
        let path = case.zip(|zip| {
            for name in ["one", "two"] {
                zip.start_file(name, plain).unwrap();
                zip.write_all(b"the same").unwrap();
            }
        });
        let mut bytes = fs::read(&path).unwrap();
        change(&mut bytes);
        fs::write(&path, bytes).unwrap();
        let error = case.unpack(&path, BundleType::Zip).unwrap_err().to_string();
        assert!(error.contains(expected), "{expected}: {error}");
    };
    // The second entry leads to the content of the first.
    refused(
        &|bytes| {
            let second = find(bytes, b"PK\x01\x02");
            bytes[second + 42..second + 46].fill(0);
        },
        "share their content",
    );
    // There are three, the list says.
    refused(
        &|bytes| {
            let end = find(bytes, b"PK\x05\x06");
            bytes[end + 8] = 3;
            bytes[end + 10] = 3;
        },
        "not as long as it says",
    );
    for (at, value, expected) in [(10, 12, "neither stored nor deflated"), (8, 1, "is encrypted")] {
        refused(
            &|bytes| (find(bytes, b"PK\x01\x02")..).nth(at).map(|at| bytes[at] = value).unwrap(),
            expected,
        );
    }
    let case = Case::new();
    let path = case.zip(|zip| (0..1_001).for_each(|n| zip.start_file(format!("{n}"), plain).unwrap()));
    let error = case.unpack(&path, BundleType::Zip).unwrap_err().to_string();
    assert!(error.contains("more than 1000 entries"), "{error}");
}

#[test]
fn names_in_zips_are_read_as_they_were_meant() {
    let plain = SimpleFileOptions::default();
    let unpacked = |stand_in: &str, name: &[u8], system: u8, attributes: u32| {
        let case = Case::new();
        let path = case.zip(|zip| zip.start_file(stand_in, plain).unwrap());
        patch(&path, stand_in.as_bytes(), name);
        let mut bytes = fs::read(&path).unwrap();
        let entry = bytes.windows(4).position(|w| w == b"PK\x01\x02").unwrap();
        bytes[entry + 5] = system;
        bytes[entry + 38..entry + 42].copy_from_slice(&attributes.to_le_bytes());
        fs::write(&path, bytes).unwrap();
        case.unpack(&path, BundleType::Zip).unwrap();
        case
    };
    const UNIX: u8 = 3;
    let windows = unpacked("dir_a", b"dir\\a", 0, 0);
    assert!(windows.archive().join("dir/a").is_file());
    let unix = unpacked("dir_a", b"dir\\a", UNIX, 0o100_640 << 16);
    assert_eq!(fs::metadata(unix.archive().join("dir\\a")).unwrap().permissions().mode() & 0o777, 0o640);
    assert!(unpacked("caf_", b"caf\x82", 0, 0x20).archive().join("café").is_file());
    assert!(unpacked("caf__", "café".as_bytes(), UNIX, 0o100_644 << 16).archive().join("café").is_file());
}

/// A file too large to be inflated in memory, and as many entries as need zip64.
#[test]
fn zips_may_be_large() {
    let case = Case::new();
    let large: Vec<u8> = (0..3_u32 << 20).map(|n| (n.wrapping_mul(2_654_435_761) >> 24) as u8).collect();
    let path = case.zip(|zip| {
        zip.start_file("large", SimpleFileOptions::default()).unwrap();
        zip.write_all(&large).unwrap();
    });
    case.unpack(&path, BundleType::Zip).unwrap();
    assert!(fs::read(case.archive().join("large")).unwrap() == large);
    let mut bytes = fs::read(&path).unwrap();
    let middle = bytes.len() / 2;
    bytes[middle] ^= 1;
    fs::write(&path, bytes).unwrap();
    fs::remove_dir_all(case.archive()).unwrap();
    assert!(case.unpack(&path, BundleType::Zip).is_err());

    let case = Case::new();
    let plain = SimpleFileOptions::default().compression_method(CompressionMethod::Stored);
    let path = case.zip(|zip| {
        (0..66_000).for_each(|n| zip.add_directory(format!("d{n}"), plain).unwrap());
    });
    unpack(&path, BundleType::Zip, &case.archive(), Limits::default()).unwrap();
    assert_eq!(fs::read_dir(case.archive()).unwrap().count(), 66_000);
}
