//! Patterns in which a star stands for any text, and nothing else is special.

/// What the stars of the pattern stand for, in order, if the text is of the pattern. Each takes as little as it can.
pub fn captures<'t>(pattern: &str, text: &'t str) -> Option<Vec<&'t str>> {
    let mut parts = pattern.split('*');
    let mut rest = text.strip_prefix(parts.next()?)?;
    let Some(last) = parts.next_back() else { return rest.is_empty().then(Vec::new) };
    let mut found = Vec::new();
    for part in parts {
        let (taken, left) = rest.split_at(rest.find(part)?);
        found.push(taken);
        rest = &left[part.len()..];
    }
    found.push(rest.strip_suffix(last)?);
    Some(found)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stars_stand_for_any_text() {
        for (pattern, text, expected) in [
            ("refs/heads/main", "refs/heads/main", Some(vec![])),
            ("refs/heads/main", "refs/heads/main2", None),
            ("*", "", Some(vec![""])),
            ("*", "a/b", Some(vec!["a/b"])),
            ("builds/*.zip", "builds/a/7.zip", Some(vec!["a/7"])),
            ("builds/*.zip", "builds/.zip", Some(vec![""])),
            ("builds/*.zip", "builds/zip", None),
            ("*-v*", "web-v1-v2", Some(vec!["web", "1-v2"])),
            ("a*a", "a", None),
            ("a*b*c", "axbybzc", Some(vec!["x", "ybz"])),
            ("a**c", "abc", Some(vec!["", "b"])),
            ("ä*", "äö", Some(vec!["ö"])),
            ("", "", Some(vec![])),
            ("", "a", None),
        ] {
            assert_eq!(captures(pattern, text), expected, "{pattern} {text}");
        }
    }
}
