//! Page tokens: opaque to clients, and authenticated, so that nobody can make one up to read elsewhere.
//!
//! A token is the base64url text of a 32-byte HMAC-SHA-256 followed by the JSON that it authenticates: the
//! scope, the list with its filters, and the place where the next page begins.

use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use cutover_core::ids::Scope;
use cutover_ports::table::{Key, Place};
use cutover_wire::api::error::ApiError;
use hmac::{Hmac, KeyInit, Mac};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use sha2::Sha256;

/// Makes and reads page tokens.
pub(crate) struct Tokens {
    key: [u8; 32],
}

#[derive(Serialize, Deserialize)]
struct Body<P> {
    scope: String,
    list: String,
    place: P,
}

const MAC_BYTES: usize = 32;

impl Tokens {
    pub(crate) fn new(key: [u8; 32]) -> Self {
        Self { key }
    }

    /// The token of a place in a list. `list` names the list with its filters.
    pub(crate) fn issue<P: Serialize>(&self, scope: &Scope, list: &str, place: &P) -> String {
        let body = Body { scope: scope.to_string(), list: list.to_owned(), place };
        // Strings and numbers always serialize.
        let json = serde_json::to_vec(&body).unwrap_or_default();
        let mut bytes = self.mac(&json).finalize().into_bytes().to_vec();
        bytes.extend(json);
        BASE64_URL_SAFE_NO_PAD.encode(bytes)
    }

    /// The place of a token that was issued for the same list in the same scope.
    pub(crate) fn read<P: DeserializeOwned>(
        &self,
        scope: &Scope,
        list: &str,
        token: &Option<String>,
    ) -> Result<Option<P>, ApiError> {
        let Some(token) = token else { return Ok(None) };
        let place = self.open(scope, list, token);
        place.map(Some).ok_or_else(|| {
            let message = "The next token is not one that this list has given out.";
            ApiError::refused("InvalidNextTokenException", message)
        })
    }

    fn open<P: DeserializeOwned>(&self, scope: &Scope, list: &str, token: &str) -> Option<P> {
        let bytes = BASE64_URL_SAFE_NO_PAD.decode(token).ok()?;
        let (mac, json) = bytes.split_at_checked(MAC_BYTES)?;
        self.mac(json).verify_slice(mac).ok()?;
        let body: Body<P> = serde_json::from_slice(json).ok()?;
        (body.scope == scope.to_string() && body.list == list).then_some(body.place)
    }

    fn mac(&self, json: &[u8]) -> Hmac<Sha256> {
        // The key has the hash's block size or less, which is every length that can be refused.
        let mut mac = Hmac::<Sha256>::new(&hmac_key(&self.key));
        mac.update(json);
        mac
    }
}

fn hmac_key(key: &[u8; 32]) -> hmac::digest::Key<Hmac<Sha256>> {
    let mut block = hmac::digest::Key::<Hmac<Sha256>>::default();
    block[..key.len()].copy_from_slice(key);
    block
}

/// A place in the table, as tokens carry it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct PlaceBody {
    at: String,
    pk: String,
    sk: String,
}

impl From<Place> for PlaceBody {
    fn from(place: Place) -> Self {
        Self { at: place.sk, pk: place.key.pk, sk: place.key.sk }
    }
}

impl From<PlaceBody> for Place {
    fn from(body: PlaceBody) -> Self {
        Self { sk: body.at, key: Key::new(body.pk, body.sk) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(tokens: &Tokens, scope: &Scope, list: &str, token: &str) -> Result<Option<u32>, ApiError> {
        tokens.read(scope, list, &Some(token.to_owned()))
    }

    #[test]
    fn only_untouched_tokens_of_the_same_list_are_read() {
        let tokens = Tokens::new([7; 32]);
        let (here, there) = (Scope::new("1", "r"), Scope::new("2", "r"));
        let token = tokens.issue(&here, "apps", &5_u32);
        assert_eq!(read(&tokens, &here, "apps", &token).expect("a place"), Some(5));
        assert_eq!(tokens.read::<u32>(&here, "apps", &None).expect("no token"), None);
        for (scope, list, token) in [
            (&there, "apps", token.as_str()),
            (&here, "groups", token.as_str()),
            (&here, "apps", &token[1..]),
            (&here, "apps", &token[..token.len() - 1]),
            (&here, "apps", ""),
            (&here, "apps", "!!"),
            (&here, "apps", "AAAA"),
        ] {
            let told = read(&tokens, scope, list, token).expect_err("a refusal");
            assert_eq!(told.code, "InvalidNextTokenException");
        }
        for at in 0..token.len() {
            let mut other = token.clone().into_bytes();
            other[at] = if other[at] == b'A' { b'B' } else { b'A' };
            let other = String::from_utf8(other).expect("text");
            assert!(other == token || read(&tokens, &here, "apps", &other).is_err(), "at {at}");
        }
        let stranger = Tokens::new([8; 32]);
        assert!(read(&stranger, &here, "apps", &token).is_err());
    }
}
