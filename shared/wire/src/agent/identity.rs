//! What an instance signs beside its request GetCallerIdentity, so that whoever overhears the request can use it for
//! nothing else.

/// Names the service that the host enrols at, by the host and port of its address, and the public half of the key that it
/// enrols with.
pub fn bound_to(service: &str, public_key: &str) -> String {
    format!("{} {public_key}", service.to_ascii_lowercase())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_signed_is_golden() {
        assert_eq!(bound_to("Desk.example:8080", "AAEC+w=="), "desk.example:8080 AAEC+w==");
    }
}
