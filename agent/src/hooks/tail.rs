//! The end of an event's output, for whoever asks why it failed.

use std::collections::VecDeque;

/// Characters that the tail stays below, line ends included.
const LIMIT: usize = 2_048;

/// Whole last lines; of a line that is too long by itself, its end.
#[derive(Debug, Default)]
pub(super) struct Tail {
    lines: VecDeque<String>,
    characters: usize,
}

impl Tail {
    pub(super) fn push(&mut self, line: &str) {
        let count = line.chars().count();
        let kept: String = line.chars().skip((count + 2).saturating_sub(LIMIT)).collect();
        self.characters += kept.chars().count() + 1;
        self.lines.push_back(kept);
        while self.characters >= LIMIT {
            let Some(first) = self.lines.pop_front() else { break };
            self.characters -= first.chars().count() + 1;
        }
    }

    pub(super) fn into_text(self) -> String {
        self.lines.into_iter().map(|line| line + "\n").collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keeps_the_newest_lines() {
        let mut tail = Tail::default();
        for number in 0..1_000 {
            tail.push(&format!("line ü {number}"));
        }
        let text = tail.into_text();
        assert!(text.ends_with("line ü 998\nline ü 999\n"));
        assert!((2_000..2_048).contains(&text.chars().count()));
    }

    #[test]
    fn a_long_line_keeps_its_end() {
        let mut tail = Tail::default();
        tail.push("before");
        tail.push(&format!("{}end", "x".repeat(9_000)));
        let text = tail.into_text();
        assert!(text.ends_with("xend\n") && text.chars().count() < 2_048 && !text.contains("before"));
    }
}
