//! A connection to where a request goes.

use std::io;

use hyper::Uri;
use tokio::net::{TcpStream, lookup_host};

use crate::place::Places;

/// Where a request goes, taken from its address.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Place {
    pub(crate) tls: bool,
    pub(crate) host: String,
    pub(crate) port: u16,
}

impl Place {
    /// Of an address.
    ///
    /// # Errors
    /// When it is none that is spoken here; in words.
    pub(crate) fn of(uri: &Uri) -> Result<Self, &'static str> {
        let tls = match uri.scheme_str() {
            Some("https") if cfg!(feature = "tls") => true,
            Some("https") => return Err("this build speaks no TLS: build cutover with --features aws"),
            Some("http") => false,
            _ => return Err("an address begins with https:// or http://"),
        };
        if uri.authority().is_some_and(|authority| authority.as_str().contains('@')) {
            return Err("an address has no user in it");
        }
        let host = uri.host().unwrap_or_default().trim_start_matches('[').trim_end_matches(']');
        if host.is_empty() {
            return Err("the address names no host");
        }
        Ok(Self { tls, host: host.to_owned(), port: uri.port_u16().unwrap_or(if tls { 443 } else { 80 }) })
    }

    /// Connects to the first of its addresses that may be reached and answers.
    pub(crate) async fn connect(&self, places: Places) -> io::Result<TcpStream> {
        let mut last = io::Error::other(format!("{} has no address", self.host));
        for address in lookup_host((self.host.as_str(), self.port)).await? {
            if !places.allow(address.ip()) {
                let words =
                    format!("{} is {}, which is not to be reached from here", self.host, address.ip());
                last = io::Error::new(io::ErrorKind::PermissionDenied, words);
                continue;
            }
            match TcpStream::connect(address).await {
                Ok(stream) => {
                    stream.set_nodelay(true)?;
                    return Ok(stream);
                }
                Err(error) => last = error,
            }
        }
        Err(last)
    }
}
