//! Files into files.

use std::fs::File;
use std::io::{self, Read, Write};

/// Files up to this size pass through memory: a read and a write are quicker than a copy within the system.
const SMALL: u64 = 128 << 10;

/// Copies a file that is expected to have so many bytes; the buffer is for this and nothing else. The bytes copied.
pub(crate) fn file(from: &mut File, to: &mut File, size: u64, buffer: &mut Vec<u8>) -> io::Result<u64> {
    let mut done = 0;
    if size <= SMALL {
        buffer.resize(SMALL as usize + 1, 0);
        let read = from.read(buffer)?;
        to.write_all(&buffer[..read])?;
        done = read as u64;
        if done == size {
            return Ok(done);
        }
    }
    Ok(done + io::copy(from, to)?)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;

    #[test]
    fn whatever_the_size_and_whatever_was_expected() {
        let folder = tempfile::tempdir().unwrap();
        let (from, to) = (folder.path().join("from"), folder.path().join("to"));
        let small = SMALL as usize;
        for size in [0, 1, small - 1, small, small + 1, 3 * small] {
            let content: Vec<u8> = (0..size).map(|n| (n % 251) as u8).collect();
            fs::write(&from, &content).unwrap();
            for expected in [0, 1, size, size + 1] {
                let (mut read, mut write) = (File::open(&from).unwrap(), File::create(&to).unwrap());
                let copied = file(&mut read, &mut write, expected as u64, &mut Vec::new()).unwrap();
                assert_eq!((copied, fs::read(&to).unwrap()), (size as u64, content.clone()), "{expected}");
            }
        }
    }
}
