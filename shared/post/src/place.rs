//! Where a request may go.

use std::net::IpAddr;

/// Which addresses requests may go to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Places {
    /// All but the link-local ones, behind which clouds keep credentials.
    All,
    /// Those of the internet: neither this machine nor a private network. On Lambda the runtime listens on this
    /// machine's own address.
    Internet,
}

impl Places {
    /// What `CUTOVER_WEBHOOK_PLACES` says: `all`, or else the internet.
    pub fn from_env() -> Self {
        match std::env::var("CUTOVER_WEBHOOK_PLACES").as_deref() {
            Ok("all") => Self::All,
            _ => Self::Internet,
        }
    }

    /// Whether it may go there.
    pub fn allow(self, address: IpAddr) -> bool {
        let address = address.to_canonical();
        if is_link_local(address) {
            return false;
        }
        match self {
            Self::All => true,
            Self::Internet => !is_inside(address),
        }
    }
}

/// Of the link alone, and where instances and containers ask for their credentials.
fn is_link_local(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(v4) => v4.is_link_local(),
        IpAddr::V6(v6) => v6.is_unicast_link_local() || v6.segments()[..3] == [0xfd00, 0x0ec2, 0],
    }
}

/// Of this machine or of a private network, or of no single machine.
fn is_inside(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(v4) => {
            let shared = v4.octets()[0] == 100 && v4.octets()[1] & 0xc0 == 64;
            v4.is_loopback()
                || v4.is_private()
                || v4.is_unspecified()
                || v4.is_broadcast()
                || v4.is_multicast()
                || v4.octets()[0] == 0
                || shared
        }
        IpAddr::V6(v6) => {
            v6.is_loopback() || v6.is_unique_local() || v6.is_unspecified() || v6.is_multicast()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn credentials_of_a_cloud_are_never_reached_and_a_private_network_only_where_it_is_allowed() {
        for (address, all, internet) in [
            ("93.184.216.34", true, true),
            ("2606:2800:220:1::1", true, true),
            ("127.0.0.1", true, false),
            ("10.1.2.3", true, false),
            ("172.16.0.1", true, false),
            ("192.168.1.1", true, false),
            ("100.64.0.1", true, false),
            ("0.1.2.3", true, false),
            ("::1", true, false),
            ("fd12:3456::1", true, false),
            ("169.254.169.254", false, false),
            ("169.254.170.2", false, false),
            ("::ffff:169.254.169.254", false, false),
            ("fe80::1", false, false),
            ("fd00:ec2::254", false, false),
        ] {
            let address: IpAddr = address.parse().expect("an address");
            assert_eq!(
                (Places::All.allow(address), Places::Internet.allow(address)),
                (all, internet),
                "{address}"
            );
        }
    }
}
