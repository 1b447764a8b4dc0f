//! Small things about words: quoting a value in a message, and guessing what was meant.

/// The longest piece of somebody's text that a message repeats, in characters.
const SHOWN: usize = 60;

/// A value in quotes, cut when long, with control characters escaped.
pub(crate) fn shown(text: &str) -> String {
    format!("{:?}", cut(text))
}

/// A text of bounded length.
pub(crate) fn cut(text: &str) -> String {
    match text.char_indices().nth(SHOWN) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.to_owned(),
    }
}

/// The known word that somebody probably meant: the same but for case, or at most two slips away.
pub(crate) fn meant<'k>(word: &str, known: &[&'k str]) -> Option<&'k str> {
    if word.len() > SHOWN {
        return None;
    }
    let lower = word.to_ascii_lowercase();
    let distance = |k: &str| strsim::damerau_levenshtein(&lower, &k.to_ascii_lowercase());
    let (slips, best) = known.iter().map(|&k| (distance(k), k)).min_by_key(|&(slips, _)| slips)?;
    (slips <= 2 && slips * 3 <= best.len()).then_some(best)
}

/// `a`, `a and b`, `a, b and c`.
pub(crate) fn list(words: &[&str]) -> String {
    match words {
        [] => String::new(),
        [one] => (*one).to_owned(),
        [rest @ .., last] => format!("{} and {last}", rest.join(", ")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn guesses_only_what_is_near() {
        let known = ["AfterInstall", "BeforeInstall", "os"];
        for (word, expected) in [
            ("afterinstall", Some("AfterInstall")),
            ("AfterInstal", Some("AfterInstall")),
            ("BeforeInstlal", Some("BeforeInstall")),
            ("OS", Some("os")),
            ("or", None),
            ("ApplicationRun", None),
            ("", None),
        ] {
            assert_eq!(meant(word, &known), expected, "{word}");
        }
    }

    #[test]
    fn shows_values_short_and_escaped() {
        assert_eq!(shown("a\"b\u{1b}"), r#""a\"b\u{1b}""#);
        assert_eq!(shown(&"é".repeat(99)).chars().count(), SHOWN + 3);
        assert_eq!(list(&["a", "b", "c"]), "a, b and c");
        assert_eq!(list(&["a"]), "a");
    }
}
