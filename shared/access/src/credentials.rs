//! A key's id and secret: made at random, and read from the file that the AWS tools read.

use std::fmt;

use base64::Engine;
use base64::prelude::BASE64_STANDARD;

/// What every id of ours begins with.
pub const PREFIX: &str = "CUTO";
const ID_LETTERS: &[u8; 32] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";

/// An id of 20 upper-case letters and digits and a secret of 40 characters.
#[derive(Clone, PartialEq, Eq)]
pub struct Credentials {
    /// Names the key; no secret.
    pub id: String,
    /// Signs.
    pub secret: String,
}

impl fmt::Debug for Credentials {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Credentials").field("id", &self.id).finish_non_exhaustive()
    }
}

impl Credentials {
    /// New ones.
    ///
    /// # Panics
    /// When the operating system gives no random bits.
    pub fn generate() -> Self {
        let id = random::<16>().map(|byte| char::from(ID_LETTERS[usize::from(byte % 32)]));
        Self {
            id: format!("{PREFIX}{}", String::from_iter(id)),
            secret: BASE64_STANDARD.encode(random::<30>()),
        }
    }

    /// As a file of the AWS tools: its profile `default`, for a service in that region.
    pub fn to_profile(&self, about: &str, region: &str) -> String {
        let Self { id, secret } = self;
        format!(
            "# {about}\n[default]\nregion = {region}\naws_access_key_id = {id}\naws_secret_access_key = {secret}\n"
        )
    }

    /// Reads what [`Credentials::to_profile`] wrote: the key and the region.
    pub fn from_profile(text: &str) -> Option<(Self, String)> {
        let value = |name: &str| {
            let mut pairs = text.lines().filter_map(|line| line.split_once('='));
            pairs.find(|(n, _)| n.trim() == name).map(|(_, value)| value.trim().to_owned())
        };
        let read = Self { id: value("aws_access_key_id")?, secret: value("aws_secret_access_key")? };
        Some((read, value("region")?))
    }
}

/// Random bytes.
///
/// # Panics
/// When the operating system gives none: nothing that needs them may go on then.
pub(crate) fn random<const N: usize>() -> [u8; N] {
    let mut bytes = [0; N];
    getrandom::fill(&mut bytes).expect("the operating system gives random bits");
    bytes
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn new_ones_have_the_lengths_that_clients_expect() {
        let (one, other) = (Credentials::generate(), Credentials::generate());
        assert!(one.id != other.id && one.secret != other.secret);
        assert_eq!((one.id.len(), one.secret.len()), (20, 40));
        assert!(one.id.bytes().all(|b| b.is_ascii_uppercase() || b.is_ascii_digit()), "{}", one.id);
        assert!(!format!("{one:?}").contains(&one.secret));
    }

    #[test]
    fn a_file_of_the_aws_tools_holds_them() {
        let made = Credentials::generate();
        let text = made.to_profile("The root key.", "eu-west-1");
        let start = "# The root key.\n[default]\nregion = eu-west-1\naws_access_key_id = CUTO";
        assert!(text.starts_with(start), "{text}");
        assert_eq!(Credentials::from_profile(&text), Some((made, "eu-west-1".to_owned())));
        assert_eq!(Credentials::from_profile("[default]\naws_access_key_id = x\n"), None);
    }
}
