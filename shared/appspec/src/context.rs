//! SELinux contexts.

use crate::fields::{Case, Fields, View};
use crate::report::Report;
use crate::words::shown;
use serde::Serialize;
use std::collections::BTreeSet;

/// Agent, AppSpec parsing: a user, a type and a range; roles are not supported.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct SelinuxContext {
    /// The SELinux user. (`name` in the text.)
    pub user: Option<String>,
    /// The type. (`type` in the text.)
    pub type_name: String,
    /// The range in its compact form, such as `s0-s1:c0,c2.c4`.
    pub range: Option<String>,
}

const KEYS: &[&str] = &["name", "type", "range"];
const MOST_CATEGORY: u16 = 1_023;

pub(crate) fn read(view: View<'_>, report: &mut Report) -> Option<SelinuxContext> {
    let fields = Fields::of(view, Case::Exact, KEYS, report)?;
    let special = |key: &str| match key {
        "user" => Some("The SELinux user is written as name."),
        "role" => Some("Roles are not supported."),
        _ => None,
    };
    fields.warn_strays(special, report);
    let user = fields.find("name").and_then(|view| view.scalar(report)).map(str::to_owned);
    let kind = fields.require("type", "Write the SELinux type, such as httpd_sys_content_t.", report);
    let kind = kind.and_then(|view| view.scalar(report));
    let range = fields.find("range").map(|view| {
        let text = view.scalar(report)?;
        let range = compact(text.trim());
        if range.is_none() {
            let message = format!("The range is {}.", shown(text));
            let advice = "Write s0, s0-s1 or s0:c0,c2.c4: levels that rise, and categories from c0 to c1023, each once.";
            report.push(view.error("context", message).advise(advice));
        }
        range
    });
    let range = match range {
        Some(range) => Some(range?),
        None => None,
    };
    Some(SelinuxContext { user, type_name: kind?.to_owned(), range })
}

/// `sN[-sM][:cA[.cB],…]`, M not below N, categories 0 to 1023 without duplicates.
fn compact(text: &str) -> Option<String> {
    let (levels, categories) = match text.split_once(':') {
        Some((levels, categories)) => (levels, Some(categories)),
        None => (text, None),
    };
    let (low, high) = levels.split_once('-').unwrap_or((levels, levels));
    let (low, high) = (number(low, 's')?, number(high, 's')?);
    let mut out = match low.cmp(&high) {
        std::cmp::Ordering::Less => format!("s{low}-s{high}"),
        std::cmp::Ordering::Equal => format!("s{low}"),
        std::cmp::Ordering::Greater => return None,
    };
    let mut set = BTreeSet::new();
    for part in categories.iter().flat_map(|categories| categories.split(',')) {
        let (first, last) = part.split_once('.').unwrap_or((part, part));
        let (first, last) = (number(first, 'c')?, number(last, 'c')?);
        if first > last || last > MOST_CATEGORY || !(first..=last).all(|category| set.insert(category)) {
            return None;
        }
    }
    let mut runs: Vec<(u16, u16)> = Vec::new();
    for category in set {
        match runs.last_mut() {
            Some((_, last)) if *last + 1 == category => *last = category,
            _ => runs.push((category, category)),
        }
    }
    for (index, (first, last)) in runs.into_iter().enumerate() {
        out.push(if index == 0 { ':' } else { ',' });
        out.push_str(&if first == last { format!("c{first}") } else { format!("c{first}.c{last}") });
    }
    Some(out)
}

fn number(text: &str, letter: char) -> Option<u16> {
    let digits = text.strip_prefix(letter)?;
    if digits.bytes().all(|b| b.is_ascii_digit()) { digits.parse().ok() } else { None }
}

#[cfg(test)]
mod tests {
    use super::compact;

    #[test]
    fn ranges_have_a_compact_form() {
        for (text, expected) in [
            ("s0", Some("s0")),
            ("s0-s1", Some("s0-s1")),
            ("s2-s2", Some("s2")),
            ("s0-s1:c4,c0,c2,c3", Some("s0-s1:c0,c2.c4")),
            ("s0:c0.c1023", Some("s0:c0.c1023")),
            ("s1-s0", None),
            ("s0:c3.c1", None),
            ("s0:c1,c0.c2", None),
            ("s0:c1024", None),
            ("s0:", None),
            ("s+1", None),
            ("c0", None),
            ("", None),
        ] {
            assert_eq!(compact(text).as_deref(), expected, "{text}");
        }
    }
}
