//! Texts that stand for a value which some other tool was to fill in.

/// How to mend a placeholder; `None` when the text is no placeholder.
pub(crate) fn advice(text: &str) -> Option<&'static str> {
    let text = text.trim();
    let lower = text.to_ascii_lowercase();
    if wrapped(text, '<', '>') {
        return Some(
            "A pipeline's deploy step replaces such a mark before it creates the deployment; \
             deploy through that step, or write the value itself.",
        );
    }
    if wrapped(text, '[', ']') || lower.starts_with("placeholder") {
        return Some("Write the value itself.");
    }
    let variable = |rest: &str| rest.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_' || c == '{');
    let dollar = text.strip_prefix('$').is_some_and(variable) && !lower.starts_with("$latest");
    if dollar || text.contains("${") || text.contains("{{") {
        return Some(
            "Variables are not replaced in AppSpecs: fill in the template (envsubst, sed) before creating the deployment.",
        );
    }
    None
}

fn wrapped(text: &str, open: char, close: char) -> bool {
    text.len() > 2 && text.starts_with(open) && text.ends_with(close)
}

#[cfg(test)]
mod tests {
    use super::advice;

    #[test]
    fn knows_the_marks_of_templates() {
        for (text, part) in [
            ("<TASK_DEFINITION>", Some("pipeline")),
            ("[YOUR_TASK_DEFINITION_ARN]", Some("the value itself")),
            ("Placeholder: filled in later", Some("the value itself")),
            ("$ECS_TASK_DEFINITION", Some("envsubst")),
            ("fn-${STAGE}", Some("envsubst")),
            ("{{ alias }}", Some("envsubst")),
            ("$LATEST", None),
            ("live", None),
            ("", None),
            ("<>", None),
        ] {
            let found = advice(text);
            assert_eq!(found.is_some(), part.is_some(), "{text}");
            assert!(found.unwrap_or_default().contains(part.unwrap_or_default()), "{text}: {found:?}");
        }
    }
}
