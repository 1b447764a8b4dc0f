//! Bytes of a pipe to lines.

/// The longest line, in bytes; a longer one is broken.
const LONGEST: usize = 64 << 10;

/// What has come of a line so far.
#[derive(Debug, Default)]
pub(super) struct Lines(Vec<u8>);

impl Lines {
    /// Takes bytes and gives every line that ends in them.
    pub(super) fn push(&mut self, bytes: &[u8], give: &mut dyn FnMut(&str)) {
        for byte in bytes {
            if *byte == b'\n' || self.0.len() >= LONGEST {
                self.flush(give);
            }
            if *byte != b'\n' {
                self.0.push(*byte);
            }
        }
    }

    /// Gives a last line that has no end.
    pub(super) fn finish(&mut self, give: &mut dyn FnMut(&str)) {
        if !self.0.is_empty() {
            self.flush(give);
        }
    }

    fn flush(&mut self, give: &mut dyn FnMut(&str)) {
        give(String::from_utf8_lossy(&self.0).trim_end_matches('\r'));
        self.0.clear();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn are_whole_and_not_too_long() {
        let (mut lines, mut found) = (Lines::default(), Vec::new());
        let mut give = |line: &str| found.push(line.to_owned());
        lines.push(b"one\r\ntw", &mut give);
        lines.push(b"o\n\n", &mut give);
        lines.push(&vec![b'x'; LONGEST + 1], &mut give);
        lines.finish(&mut give);
        let lengths: Vec<_> = found.iter().map(String::len).collect();
        assert_eq!(lengths, [3, 3, 0, LONGEST, 1]);
    }
}
