//! Single files out of an artifact, a zip archive in memory.

use std::io::{Cursor, Read};

use zip::ZipArchive;
use zip::result::ZipError;

/// The largest artifact that files are read from.
pub(crate) const ARTIFACT_BYTES: usize = 64 * 1024 * 1024;
/// The largest file that is read, unpacked.
const FILE_BYTES: u64 = 256 * 1024;

/// An artifact.
pub(crate) struct Archive<'a> {
    zip: ZipArchive<Cursor<&'a [u8]>>,
    name: &'a str,
}

impl<'a> Archive<'a> {
    /// Of the artifact of that name.
    pub(crate) fn open(name: &'a str, bytes: &'a [u8]) -> Result<Self, String> {
        match ZipArchive::new(Cursor::new(bytes)) {
            Ok(zip) => Ok(Self { zip, name }),
            Err(error) => Err(format!("the artifact {name} is not a zip archive: {error}")),
        }
    }

    /// The first of these files that it has, as text.
    pub(crate) fn text(&mut self, paths: &[&str]) -> Result<String, String> {
        let name = self.name;
        for path in paths {
            let file = match self.zip.by_name(path) {
                Err(ZipError::FileNotFound) => continue,
                file => file.map_err(|error| format!("{path} of the artifact {name}: {error}"))?,
            };
            let mut bytes = Vec::new();
            // What an archive says of sizes need not be true.
            let read = file.take(FILE_BYTES + 1).read_to_end(&mut bytes);
            read.map_err(|error| format!("{path} of the artifact {name}: {error}"))?;
            if bytes.len() as u64 > FILE_BYTES {
                return Err(format!("{path} of the artifact {name} is larger than {FILE_BYTES} bytes"));
            }
            let text = String::from_utf8(bytes);
            return text.map_err(|_| format!("{path} of the artifact {name} is not UTF-8"));
        }
        Err(format!("the artifact {name} has no file {}", paths.join(" or ")))
    }
}

#[cfg(test)]
pub(crate) fn packed(files: &[(&str, &[u8])]) -> Vec<u8> {
    use std::io::Write;

    let mut zip = zip::ZipWriter::new(Cursor::new(Vec::new()));
    for (name, content) in files {
        zip.start_file(*name, zip::write::SimpleFileOptions::default()).expect("a file");
        zip.write_all(content).expect("its content");
    }
    zip.finish().expect("an archive").into_inner()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_are_read_within_bounds() {
        let zeros = vec![b'0'; 50 * 1024 * 1024];
        let files: [(&str, &[u8]); 3] =
            [("deploy/appspec.yaml", b"version: 0.0"), ("bomb", &zeros), ("odd", b"\xff")];
        let bytes = packed(&files);
        assert!(bytes.len() < 200_000, "the bomb is small: {}", bytes.len());
        let mut archive = Archive::open("Source", &bytes).expect("an archive");
        assert_eq!(archive.text(&["appspec.yaml", "deploy/appspec.yaml"]).as_deref(), Ok("version: 0.0"));
        for (paths, expected) in [
            (
                &["appspec.yaml", "appspec.json"][..],
                "the artifact Source has no file appspec.yaml or appspec.json",
            ),
            (&["bomb"], "bomb of the artifact Source is larger than 262144 bytes"),
            (&["odd"], "odd of the artifact Source is not UTF-8"),
        ] {
            assert_eq!(archive.text(paths), Err(expected.to_owned()));
        }
        let told = Archive::open("Source", b"no zip").err().expect("a refusal");
        assert!(told.starts_with("the artifact Source is not a zip archive"), "{told}");
    }
}
