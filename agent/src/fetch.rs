//! Whether the bundle of an order is on this machine, and the one that was meant.

use std::path::Path;

use cutover_wire::agent::order::{Bundle, Work};

use crate::bundle;

/// Checks a bundle that is on this machine.
///
/// # Errors
/// When it is not there, or another one.
pub(crate) fn check(work: &Work, path: &Path) -> Result<(), String> {
    if let Bundle::Local { bundle_type, .. } = &work.bundle {
        if !path.is_absolute() {
            return Err(format!("the bundle {} cannot be found: its path must start with /", path.display()));
        }
        let is_folder = std::fs::metadata(path)
            .map_err(|error| format!("the bundle {} cannot be read: {error}", path.display()))?
            .is_dir();
        if is_folder != (bundle_type == "directory") {
            let is = if is_folder { "a directory" } else { "a file" };
            return Err(format!("the bundle {} is {is}, but the order says {bundle_type}", path.display()));
        }
        if is_folder {
            return Ok(());
        }
    }
    let Some(expected) = &work.sha256 else { return Ok(()) };
    let digest = bundle::sha256(path)
        .map_err(|error| format!("the bundle {} cannot be read: {error}", path.display()))?;
    bundle::check_sha256(expected, &digest).map_err(|error| error.to_string())
}
