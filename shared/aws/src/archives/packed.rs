//! Files into a zip: the same bytes from the same files.

use std::collections::BTreeMap;
use std::io::{Cursor, Write};

use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, DateTime, ZipWriter};

/// What git knows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// 0o644.
    File,
    /// 0o755.
    Executable,
    /// Its content is where it leads to.
    Link,
}

/// Packs files by their paths, all of the same time: a commit's own would say nothing of the files.
///
/// # Errors
/// In words, when a file cannot be packed.
pub(super) fn pack(files: &BTreeMap<String, (Kind, Vec<u8>)>) -> Result<Vec<u8>, String> {
    let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
    let options = SimpleFileOptions::default()
        .last_modified_time(DateTime::DEFAULT)
        .compression_method(CompressionMethod::Deflated);
    for (path, (kind, content)) in files {
        let problem = |problem: String| format!("{path}: {problem}");
        let failed = |error: zip::result::ZipError| problem(error.to_string());
        let mode = match kind {
            Kind::Link => {
                let target = std::str::from_utf8(content);
                let target = target.map_err(|_| problem("links to what is no UTF-8".to_owned()))?;
                zip.add_symlink(path, target, options).map_err(failed)?;
                continue;
            }
            Kind::File => 0o644,
            Kind::Executable => 0o755,
        };
        zip.start_file(path, options.unix_permissions(mode)).map_err(failed)?;
        zip.write_all(content).map_err(|error| problem(error.to_string()))?;
    }
    Ok(zip.finish().map_err(|error| error.to_string())?.into_inner())
}
