//! Checks of single members: names, ids, texts.

use cutover_core::config::ComputePlatform;
use cutover_core::ids::DeploymentId;
use cutover_wire::api::error::ApiError;

/// A named thing and the API's errors about its name.
pub(crate) struct Name {
    member: &'static str,
    required: &'static str,
    invalid: &'static str,
}

pub(crate) const APPLICATION: Name = Name {
    member: "application name",
    required: "ApplicationNameRequiredException",
    invalid: "InvalidApplicationNameException",
};
pub(crate) const GROUP: Name = Name {
    member: "deployment group name",
    required: "DeploymentGroupNameRequiredException",
    invalid: "InvalidDeploymentGroupNameException",
};
pub(crate) const CONFIG: Name = Name {
    member: "deployment configuration name",
    required: "DeploymentConfigNameRequiredException",
    invalid: "InvalidDeploymentConfigNameException",
};

/// Longest name, in characters (behaviour: quotas).
pub(crate) const NAME_CHARS: usize = 100;
/// Longest description, in characters (behaviour: quotas).
const DESCRIPTION_CHARS: usize = 256;

impl Name {
    /// A name that must be there.
    pub(crate) fn of<'a>(&self, value: &'a Option<String>) -> Result<&'a str, ApiError> {
        match value.as_deref() {
            None | Some("") => {
                Err(ApiError::refused(self.required, format!("The {} is required.", self.member)))
            }
            Some(name) => self.valid(name),
        }
    }

    /// A name that is there: 1 to 100 letters, digits and `._+=,@-` (behaviour: names).
    pub(crate) fn valid<'a>(&self, name: &'a str) -> Result<&'a str, ApiError> {
        let fits = |b: u8| b.is_ascii_alphanumeric() || b"._+=,@-".contains(&b);
        if !name.is_empty() && name.len() <= NAME_CHARS && name.bytes().all(fits) {
            return Ok(name);
        }
        Err(ApiError::refused(
            self.invalid,
            format!(
                "The {} must be 1 to {NAME_CHARS} letters, digits or characters of ._+=,@- but is {:?}.",
                self.member,
                shortened(name)
            ),
        ))
    }

    /// 1 to `most` names, as they came.
    pub(crate) fn batch<'a>(
        &self,
        names: &'a Option<Vec<String>>,
        most: usize,
    ) -> Result<Vec<&'a str>, ApiError> {
        let names = names.as_deref().unwrap_or_default();
        if names.is_empty() {
            return Err(ApiError::refused(
                self.required,
                format!("At least one {} is required.", self.member),
            ));
        }
        within_batch(names.len(), most)?;
        names.iter().map(|name| self.valid(name)).collect()
    }
}

/// A batch may ask for so many things (behaviour: quotas).
pub(crate) fn within_batch(asked: usize, most: usize) -> Result<(), ApiError> {
    if asked <= most {
        return Ok(());
    }
    let message = format!("The request names {asked} things; at most {most} are allowed.");
    Err(ApiError::refused("BatchLimitExceededException", message))
}

/// A deployment id that must be there.
pub(crate) fn deployment_id(value: &Option<String>) -> Result<DeploymentId, ApiError> {
    match value.as_deref() {
        None | Some("") => {
            Err(ApiError::refused("DeploymentIdRequiredException", "The deployment id is required."))
        }
        Some(id) => valid_deployment_id(id),
    }
}

/// A deployment id: `d-` and nine upper-case letters or digits (behaviour: wire protocol, ids).
pub(crate) fn valid_deployment_id(id: &str) -> Result<DeploymentId, ApiError> {
    if DeploymentId::is_well_formed(id) {
        return Ok(DeploymentId::new(id));
    }
    let message = format!("The deployment id {:?} is not d- and nine letters or digits.", shortened(id));
    Err(ApiError::refused("InvalidDeploymentIdException", message))
}

/// The platform of an application or configuration; Server when absent.
pub(crate) fn platform(value: &Option<String>) -> Result<ComputePlatform, ApiError> {
    let Some(text) = value.as_deref() else { return Ok(ComputePlatform::Server) };
    ComputePlatform::parse(text).ok_or_else(|| {
        let message = format!("The compute platform {:?} is none of Server, Lambda, ECS.", shortened(text));
        ApiError::refused("InvalidComputePlatformException", message)
    })
}

/// A deployment's description, if there is one.
pub(crate) fn description(value: &Option<String>) -> Result<(), ApiError> {
    match value.as_ref().map(|text| text.chars().count()) {
        Some(chars) if chars > DESCRIPTION_CHARS => {
            let message =
                format!("The description has {chars} characters; at most {DESCRIPTION_CHARS} are allowed.");
            Err(ApiError::refused("DescriptionTooLongException", message))
        }
        _ => Ok(()),
    }
}

/// A member that only takes some words.
pub(crate) fn one_of(
    value: &Option<String>,
    words: &[&str],
    code: &'static str,
    member: &str,
) -> Result<(), ApiError> {
    match value.as_deref() {
        Some(word) if !words.contains(&word) => {
            let message = format!("{member} is {:?}, not one of {}.", shortened(word), words.join(", "));
            Err(ApiError::refused(code, message))
        }
        _ => Ok(()),
    }
}

/// What a message shows of a text that may be of any length.
pub(crate) fn shortened(text: &str) -> String {
    match text.char_indices().nth(60) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_have_their_own_errors() {
        let long = "n".repeat(101);
        for (name, code) in [
            (None, "ApplicationNameRequiredException"),
            (Some(""), "ApplicationNameRequiredException"),
            (Some("a b"), "InvalidApplicationNameException"),
            (Some("ü"), "InvalidApplicationNameException"),
            (Some("a/b"), "InvalidApplicationNameException"),
            (Some("a#b"), "InvalidApplicationNameException"),
            (Some(long.as_str()), "InvalidApplicationNameException"),
        ] {
            let told = APPLICATION.of(&name.map(str::to_owned)).expect_err("a refusal");
            assert_eq!(told.code, code, "{name:?}");
            assert!(told.message.len() < 250, "{}", told.message);
        }
        let long = "n".repeat(100);
        for good in ["a", "A.b_c+d=e,f@g-h9", long.as_str()] {
            assert_eq!(APPLICATION.of(&Some(good.to_owned())).expect("a name"), good);
        }
    }

    #[test]
    fn a_description_may_have_256_characters() {
        assert!(description(&Some("ü".repeat(256))).is_ok());
        assert!(description(&None).is_ok());
        let told = description(&Some("x".repeat(257))).expect_err("a refusal");
        assert_eq!(told.code, "DescriptionTooLongException");
    }

    #[test]
    fn ids_are_told_apart() {
        for (id, code) in [
            (None, "DeploymentIdRequiredException"),
            (Some(""), "DeploymentIdRequiredException"),
            (Some("d-abc"), "InvalidDeploymentIdException"),
            (Some("d-ABCDEFGH/"), "InvalidDeploymentIdException"),
        ] {
            assert_eq!(deployment_id(&id.map(str::to_owned)).expect_err("a refusal").code, code);
        }
        assert!(deployment_id(&Some("d-ABCDEFGH1".to_owned())).is_ok());
    }
}
