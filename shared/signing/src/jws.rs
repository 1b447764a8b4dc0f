//! Compact JWS (RFC 7515) with Ed25519 (RFC 8037) and nothing else. The header is `{"alg":"EdDSA","kid":…,"typ":…}`;
//! what the header says of the algorithm is compared, never followed.

use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use serde::{Deserialize, Serialize};

use crate::keys::{KeySet, Signer};

/// The largest token that is looked at: what one SQS message holds.
const MOST_BYTES: usize = 1 << 20;
const ALGORITHM: &str = "EdDSA";

/// What is signed: none can be passed off as another.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Kind {
    /// From the service to a host.
    #[serde(rename = "cutover-order")]
    Order,
    /// From a host to the service.
    #[serde(rename = "cutover-report")]
    Report,
    /// From the service to hosts: the key that orders are signed with from now on.
    #[serde(rename = "cutover-next-key")]
    NextKey,
    /// A host's question to the service.
    #[serde(rename = "cutover-request")]
    Request,
}

/// Why a token is not believed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum JwsError {
    /// Not three parts of base64 with a header of ours.
    #[error("it is not signed in the way that Cutover signs")]
    Malformed,
    /// Signed for something else.
    #[error("what is signed is not {expected:?}")]
    Kind {
        /// What was expected.
        expected: Kind,
    },
    /// Signed with a key that nobody here trusts.
    #[error("it is signed with the key {0}, which is not one of those known here")]
    UnknownKey(String),
    /// Altered, or not signed by that key.
    #[error("its signature is not that of the key {0}")]
    Signature(String),
}

#[derive(Serialize, Deserialize)]
struct Header {
    alg: String,
    kid: String,
    typ: Kind,
}

/// The payload, signed.
pub fn sign(signer: &Signer, kind: Kind, payload: &[u8]) -> String {
    let header = Header { alg: ALGORITHM.to_owned(), kid: signer.id().to_owned(), typ: kind };
    let header = serde_json::to_vec(&header).unwrap_or_default();
    // Four letters for three bytes; a signature has 64.
    let mut token = String::with_capacity((header.len() + payload.len() + 64) * 4 / 3 + 8);
    BASE64_URL_SAFE_NO_PAD.encode_string(&header, &mut token);
    token.push('.');
    BASE64_URL_SAFE_NO_PAD.encode_string(payload, &mut token);
    let signature = signer.sign(token.as_bytes());
    token.push('.');
    BASE64_URL_SAFE_NO_PAD.encode_string(signature, &mut token);
    token
}

/// The payload that a token claims; nothing is checked. It says whose key to check with.
pub fn claimed_payload(token: &str) -> Option<Vec<u8>> {
    let (_, rest) = token.split_once('.').filter(|_| token.len() <= MOST_BYTES)?;
    BASE64_URL_SAFE_NO_PAD.decode(rest.split_once('.')?.0).ok()
}

/// The payload of a token that one of these keys signed as this kind.
///
/// # Errors
/// When anything about it is doubtful.
pub fn verify(keys: &KeySet, kind: Kind, token: &str) -> Result<Vec<u8>, JwsError> {
    if token.len() > MOST_BYTES {
        return Err(JwsError::Malformed);
    }
    let (signed, signature) = token.rsplit_once('.').ok_or(JwsError::Malformed)?;
    let (header, payload) = signed.split_once('.').ok_or(JwsError::Malformed)?;
    let header = read_header(header).ok_or(JwsError::Malformed)?;
    let decode = |text: &str| BASE64_URL_SAFE_NO_PAD.decode(text).map_err(|_| JwsError::Malformed);
    let signature: [u8; 64] = decode(signature)?.try_into().map_err(|_| JwsError::Malformed)?;
    let key = keys.find(&header.kid).ok_or_else(|| JwsError::UnknownKey(header.kid.clone()))?;
    if !key.verifies(signed.as_bytes(), &signature) {
        return Err(JwsError::Signature(header.kid));
    }
    if header.typ != kind {
        return Err(JwsError::Kind { expected: kind });
    }
    decode(payload)
}

fn read_header(text: &str) -> Option<Header> {
    let bytes = BASE64_URL_SAFE_NO_PAD.decode(text).ok()?;
    let header: Header = serde_json::from_slice(&bytes).ok()?;
    (header.alg == ALGORITHM).then_some(header)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::keys::Verifier;

    fn keys(signer: &Signer) -> KeySet {
        KeySet::new(Verifier::from_public(&signer.public()))
    }

    #[test]
    fn what_is_signed_is_read() {
        let signer = Signer::from_seed([1; 32]);
        let token = sign(&signer, Kind::Order, b"{\"v\":1}");
        assert_eq!(verify(&keys(&signer), Kind::Order, &token).expect("the payload"), b"{\"v\":1}");
        assert_eq!(claimed_payload(&token).as_deref(), Some(&b"{\"v\":1}"[..]));
        assert_eq!(claimed_payload("a.b"), None);
    }

    #[test]
    fn what_is_doubtful_is_refused() {
        let (signer, other) = (Signer::from_seed([1; 32]), Signer::from_seed([2; 32]));
        let token = sign(&signer, Kind::Order, b"{\"v\":1}");
        let id = signer.id().to_owned();
        assert_eq!(verify(&keys(&other), Kind::Order, &token), Err(JwsError::UnknownKey(id.clone())));
        let kind = JwsError::Kind { expected: Kind::Report };
        assert_eq!(verify(&keys(&signer), Kind::Report, &token), Err(kind));
        // Every single character counts.
        for at in 0..token.len() {
            let mut altered = token.clone().into_bytes();
            altered[at] = if altered[at] == b'A' { b'B' } else { b'A' };
            let altered = String::from_utf8(altered).expect("text");
            assert!(verify(&keys(&signer), Kind::Order, &altered).is_err(), "{at}");
        }
        // A header of another algorithm, or none, is not followed.
        for alg in ["none", "HS256", "EdDSA "] {
            let header = format!(r#"{{"alg":"{alg}","kid":"{id}","typ":"cutover-order"}}"#);
            let rest = token.split_once('.').expect("parts").1;
            let forged = format!("{}.{rest}", BASE64_URL_SAFE_NO_PAD.encode(header));
            assert_eq!(verify(&keys(&signer), Kind::Order, &forged), Err(JwsError::Malformed));
        }
        for junk in ["", ".", "..", "a.b.c", &"x".repeat(MOST_BYTES + 1)] {
            assert_eq!(verify(&keys(&signer), Kind::Order, junk), Err(JwsError::Malformed));
        }
    }
}
