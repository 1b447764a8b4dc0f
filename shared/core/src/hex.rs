//! Bytes as text.

const DIGITS: &[u8; 16] = b"0123456789abcdef";

/// Adds the bytes to a text, two lower-case digits each.
pub fn push_hex(text: &mut String, bytes: &[u8]) {
    for byte in bytes {
        text.push(DIGITS[usize::from(byte >> 4)] as char);
        text.push(DIGITS[usize::from(byte & 0xf)] as char);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_byte_has_two_digits() {
        let mut text = "x".to_owned();
        push_hex(&mut text, &[0, 1, 0x0f, 0xa0, 0xff]);
        assert_eq!(text, "x00010fa0ff");
    }
}
