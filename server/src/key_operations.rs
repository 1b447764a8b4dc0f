//! Operations on the keys of this service, under Cutover's own target prefix. They exist only where keys are
//! checked.

use cutover_core::access::{Access, Role};
use cutover_store::access_key::AccessKey;
use cutover_store::codec::StoreError;
use cutover_wire::api::access::{
    AccessKeyInfo, CreateAccessKeyInput, CreateAccessKeyOutput, ListAccessKeysOutput, RevokeAccessKeyInput,
    RevokeAccessKeyOutput,
};
use cutover_wire::api::error::ApiError;
use cutover_wire::api::from_object;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use crate::key_ring::{KeyRing, KeysError};

/// Characters of a name.
const NAME: usize = 64;
/// Applications that one key may be bound to.
const APPLICATIONS: usize = 100;

/// The operation's name in the program and what it demands; nothing when it is not one of these.
pub fn demand(name: &str) -> Option<(&'static str, Access)> {
    Some(match name {
        "CreateAccessKey" => ("CreateAccessKey", Access::Operate),
        "ListAccessKeys" => ("ListAccessKeys", Access::Audit),
        "RevokeAccessKey" => ("RevokeAccessKey", Access::Operate),
        _ => return None,
    })
}

/// Performs an operation that [`demand`] knows, for this caller.
pub async fn perform(ring: &KeyRing, name: &str, body: &[u8], by: Option<&str>) -> Result<Value, ApiError> {
    match name {
        "CreateAccessKey" => create(ring, read(body)?, by).await,
        "RevokeAccessKey" => revoke(ring, read(body)?, by).await,
        _ => {
            let keys = ring.all().await.map_err(failed)?;
            Ok(json!(ListAccessKeysOutput { access_keys: keys.into_iter().map(shown).collect() }))
        }
    }
}

async fn create(ring: &KeyRing, input: CreateAccessKeyInput, by: Option<&str>) -> Result<Value, ApiError> {
    let (name, role, applications) = checked(input)?;
    let (key, credentials) = ring.create(&name, role, applications, by).await.map_err(failed)?;
    Ok(json!(CreateAccessKeyOutput { access_key: shown(key), secret_access_key: credentials.secret }))
}

async fn revoke(ring: &KeyRing, input: RevokeAccessKeyInput, by: Option<&str>) -> Result<Value, ApiError> {
    let id = input.access_key_id.ok_or_else(|| invalid("accessKeyId must be given".to_owned()))?;
    match ring.revoke(&id, by).await.map_err(failed)? {
        Some(key) => Ok(json!(RevokeAccessKeyOutput { access_key: shown(key) })),
        None => {
            Err(ApiError::refused("ResourceNotFoundException", format!("There is no access key {id:?}.")))
        }
    }
}

type Wanted = (String, Role, Option<Vec<String>>);

fn checked(input: CreateAccessKeyInput) -> Result<Wanted, ApiError> {
    let name = input.name.unwrap_or_default();
    // IAM's letters of user names: they stand in ARNs and in the log.
    let plain = |b: u8| b.is_ascii_alphanumeric() || b"+=,.@_-".contains(&b);
    if name.is_empty() || name.len() > NAME || !name.bytes().all(plain) {
        return Err(invalid(format!("name must be 1 to {NAME} letters, digits or any of +=,.@_-")));
    }
    let roles = Role::ALL.map(Role::as_str).join(", ");
    let role = input.role.as_deref().and_then(Role::named);
    let role = role.ok_or_else(|| invalid(format!("role must be one of {roles}")))?;
    let applications = input.applications;
    if let Some(bound) = &applications {
        if role != Role::Deployer {
            return Err(invalid(format!(
                "applications bind a deployer, not a key with role {}",
                role.as_str()
            )));
        }
        if bound.is_empty() || bound.len() > APPLICATIONS || bound.iter().any(String::is_empty) {
            return Err(invalid(format!("applications must be 1 to {APPLICATIONS} names")));
        }
    }
    Ok((name, role, applications))
}

fn shown(key: AccessKey) -> AccessKeyInfo {
    AccessKeyInfo {
        access_key_id: key.id,
        name: key.name,
        role: key.role.as_str().to_owned(),
        applications: key.applications,
        create_time: Some(key.created_at.into()),
        created_by: key.created_by,
        last_used_on: key.used_on,
        revoke_time: key.revoked_at.map(Into::into),
        revoked_by: key.revoked_by,
    }
}

pub(crate) fn read<T: DeserializeOwned>(body: &[u8]) -> Result<T, ApiError> {
    from_object(body).map_err(|error| ApiError::unreadable(error.to_string()))
}

fn invalid(message: String) -> ApiError {
    ApiError::refused("InvalidParameterException", message)
}

pub(crate) fn failed(error: KeysError) -> ApiError {
    match error {
        KeysError::TooMany => ApiError::refused("LimitExceededException", error.to_string()),
        KeysError::Store(StoreError::Unavailable(_) | StoreError::Conflict) => {
            ApiError::unavailable(format!("Try again in a moment: {error}"))
        }
        error => {
            tracing::error!(%error, "the access keys cannot be used");
            ApiError::internal("The request failed inside the service; its log says why.")
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_asked_for_with_name_and_role() {
        let input = |name: &str, role: &str, applications: Option<&[&str]>| CreateAccessKeyInput {
            name: Some(name.to_owned()),
            role: Some(role.to_owned()),
            applications: applications.map(|a| a.iter().map(|&n| n.to_owned()).collect()),
        };
        for (input, said) in [
            (input("ci", "deployer", None), ""),
            (input("ci", "deployer", Some(&["web", "api"])), ""),
            (input("ops@example.com", "operator", None), ""),
            (input("", "operator", None), "name must be"),
            (input("a b", "operator", None), "name must be"),
            (input(&"a".repeat(65), "operator", None), "name must be"),
            (input("ci", "admin", None), "one of read-only, deployer, operator, agent"),
            (input("ci", "operator", Some(&["web"])), "bind a deployer, not a key with role operator"),
            (input("ci", "deployer", Some(&[])), "1 to 100 names"),
            (input("ci", "deployer", Some(&[""])), "1 to 100 names"),
            (CreateAccessKeyInput::default(), "name must be"),
        ] {
            match checked(input) {
                Ok(_) => assert_eq!(said, ""),
                Err(told) => {
                    assert_eq!(told.code, "InvalidParameterException");
                    assert!(!said.is_empty() && told.message.contains(said), "{told}");
                }
            }
        }
    }
}
