//! The Host header of a service that only this machine may call.

/// Whether a Host header names this machine itself. A web page that had its name resolved to 127.0.0.1
/// (DNS rebinding) reaches a loopback address, but under its own name.
pub fn is_loopback(host: &str) -> bool {
    let name = match host.rsplit_once(':') {
        Some((name, port)) if !port.ends_with(']') => name,
        _ => host,
    };
    let bare = name.trim_start_matches('[').trim_end_matches(']');
    name == "localhost" || bare.parse().is_ok_and(|ip: std::net::IpAddr| ip.is_loopback())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_this_machine_counts() {
        for (host, expected) in [
            ("127.0.0.1:7171", true),
            ("127.0.0.1", true),
            ("localhost:7171", true),
            ("[::1]:7171", true),
            ("[::1]", true),
            ("evil.example:7171", false),
            ("127.0.0.1.evil.example", false),
            ("192.0.2.1:7171", false),
            ("", false),
        ] {
            assert_eq!(is_loopback(host), expected, "{host}");
        }
    }
}
