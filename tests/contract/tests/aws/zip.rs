//! A zip archive of one file, stored as it is: what Lambda takes for a function's code.

/// The archive.
pub(crate) fn zip(name: &str, content: &[u8]) -> Vec<u8> {
    let size = u32::try_from(content.len()).expect("small").to_le_bytes();
    let name_size = u16::try_from(name.len()).expect("short").to_le_bytes();
    // Version 2.0, no flags, stored, no date; checksum, both sizes, length of the name, no extras.
    let described = [
        &[20, 0, 0, 0, 0, 0, 0, 0, 0x21, 0][..],
        &crc32(content).to_le_bytes(),
        &size,
        &size,
        &name_size,
        &[0; 2],
    ];
    let described = described.concat();
    let file = [b"PK\x03\x04", &described[..], name.as_bytes(), content].concat();
    // Made on Unix; no comment, first disk, no attributes but mode 0755, at the archive's beginning.
    let mode = (0o100_755_u32 << 16).to_le_bytes();
    let entry = [b"PK\x01\x02\x14\x03", &described[..], &[0; 6], &mode, &[0; 4], name.as_bytes()].concat();
    let entry_size = u32::try_from(entry.len()).expect("small").to_le_bytes();
    let file_size = u32::try_from(file.len()).expect("small").to_le_bytes();
    let end = [b"PK\x05\x06", &[0, 0, 0, 0, 1, 0, 1, 0][..], &entry_size, &file_size, &[0; 2]].concat();
    [file, entry, end].concat()
}

fn crc32(bytes: &[u8]) -> u32 {
    !bytes.iter().fold(!0, |sum, byte| {
        (0..8).fold(sum ^ u32::from(*byte), |sum, _| (sum >> 1) ^ (0xedb8_8320 & (sum & 1).wrapping_neg()))
    })
}

#[test]
fn the_checksum_is_the_one_that_zip_uses() {
    assert_eq!(crc32(b"123456789"), 0xcbf4_3926);
}
