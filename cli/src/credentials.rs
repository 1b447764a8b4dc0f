//! What requests are signed with: the environment's access key, as the AWS tools read it, or the root key of a
//! data folder.

use std::path::Path;

use cutover_access::credentials::Credentials;
use cutover_seal::file::read_private;

use crate::failure::Failure;

/// The root key's file in a data folder of `cutover serve --auth keys`.
const ROOT_FILE: &str = "root-credentials";

/// A key and the region that is signed for.
#[derive(Debug, Clone)]
pub(crate) struct Signer {
    /// The key.
    pub(crate) credentials: Credentials,
    /// The region.
    pub(crate) region: String,
}

/// The environment's region: AWS_REGION, or else AWS_DEFAULT_REGION.
pub(crate) fn region() -> Option<String> {
    ["AWS_REGION", "AWS_DEFAULT_REGION"].into_iter().find_map(variable)
}

/// The environment's key, if there are a key and a region. Without either requests go unsigned: a service that
/// asks for signatures says what is missing, and any other knows its region itself.
pub(crate) fn from_environment() -> Option<Signer> {
    let (id, secret) = (variable("AWS_ACCESS_KEY_ID")?, variable("AWS_SECRET_ACCESS_KEY")?);
    Some(Signer { credentials: Credentials { id, secret }, region: region()? })
}

/// The root key of a data folder, if the folder has one that may be read.
pub(crate) fn of_folder(data: &Path) -> Result<Option<Signer>, Failure> {
    let file = data.join(ROOT_FILE);
    let text = read_private(&file).map_err(|error| Failure::told(error.to_string()))?;
    let Some(text) = text else { return Ok(None) };
    let (credentials, region) = Credentials::from_profile(&text).ok_or_else(|| {
        Failure::advised(
            format!("{} holds no key", file.display()),
            "Remove the file and start the service again: it makes a new root key.",
        )
    })?;
    Ok(Some(Signer { credentials, region }))
}

fn variable(name: &str) -> Option<String> {
    std::env::var(name).ok().filter(|value| !value.is_empty())
}
