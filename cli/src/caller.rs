//! Who sends the requests, for the service's audit log. It is what this machine says of itself; the service
//! records it as not verified.

use std::sync::LazyLock;

/// The header that tells it.
pub(crate) const HEADER: &str = "x-cutover-user";
/// The longest part of it, in characters: the service cuts the whole.
const LONGEST: usize = 60;

static CALLER: LazyLock<String> = LazyLock::new(|| {
    let user =
        ["USER", "LOGNAME"].into_iter().find_map(|name| std::env::var(name).ok().filter(|n| !n.is_empty()));
    let host = nix::unistd::gethostname().ok().and_then(|host| host.into_string().ok());
    named(user.as_deref(), host.as_deref())
});

/// `USER@HOST`.
pub(crate) fn caller() -> &'static str {
    &CALLER
}

fn named(user: Option<&str>, host: Option<&str>) -> String {
    let plain = |name: Option<&str>| -> String {
        let seen = name.unwrap_or_default().chars().filter(char::is_ascii_graphic);
        let seen: String = seen.take(LONGEST).collect();
        if seen.is_empty() { "unknown".to_owned() } else { seen }
    };
    format!("{}@{}", plain(user), plain(host))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_caller_is_a_short_ascii_word() {
        for (user, host, expected) in [
            (Some("ada"), Some("engine"), "ada@engine"),
            (None, Some("engine"), "unknown@engine"),
            (Some("ü\r\nx y"), None, "xy@unknown"),
            (Some("é"), Some(""), "unknown@unknown"),
        ] {
            assert_eq!(named(user, host), expected);
        }
        assert_eq!(named(Some(&"a".repeat(500)), Some(&"b".repeat(500))).len(), 2 * LONGEST + 1);
    }
}
