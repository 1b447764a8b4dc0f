//! Who somebody is to AWS, by a request that they have signed and not sent.

use async_trait::async_trait;

use crate::call::CallError;

/// What only the signer could add to a request GetCallerIdentity. All the rest of it, its address above all, is made by
/// whoever asks, so that there is nothing else that the signer could have written into it.
#[derive(Clone, PartialEq, Eq)]
pub struct SignedIdentity {
    /// The region of the STS that it was signed for: the asker's own.
    pub region: String,
    /// What else was signed: names the asker and the key that the signer is to be known by.
    pub bound_to: String,
    /// The id of the access key that signed.
    pub access_key_id: String,
    /// When: `20261101T120000Z`.
    pub date: String,
    /// The token of the session that the key is of.
    pub session_token: String,
    /// In hexadecimal.
    pub signature: String,
}

/// No secrets in logs.
impl std::fmt::Debug for SignedIdentity {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("SignedIdentity").field("access_key_id", &self.access_key_id).finish_non_exhaustive()
    }
}

/// What AWS answered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CallerIdentity {
    /// The account.
    pub account: String,
    /// Who: `arn:aws:sts::ACCOUNT:assumed-role/ROLE/SESSION` and the like.
    pub arn: String,
}

/// Asks AWS.
#[async_trait]
pub trait CallerIdentities: Send + Sync {
    /// Sends the request and tells who signed it.
    ///
    /// # Errors
    /// Refused when AWS does not believe it; Transient when it did not answer.
    async fn identify(&self, signed: &SignedIdentity) -> Result<CallerIdentity, CallError>;
}
