//! Texts that CodePipeline takes so many characters of.

/// Of executionDetails.summary.
pub(crate) const SUMMARY: usize = 2_048;
/// Of failureDetails.message.
pub(crate) const MESSAGE: usize = 5_000;

/// The text, or its beginning. CodePipeline takes no empty ones.
pub(crate) fn cut(text: &str, most: usize) -> String {
    match text.char_indices().nth(most) {
        Some(_) => text.chars().take(most - 1).chain(['…']).collect(),
        None if text.is_empty() => "-".to_owned(),
        None => text.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::cut;

    #[test]
    fn texts_are_cut_between_letters() {
        for (text, expected) in [("", "-"), ("äöü", "äöü"), ("äöüß", "äö…")] {
            assert_eq!(cut(text, 3), expected);
        }
    }
}
