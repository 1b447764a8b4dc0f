//! The revisions that the hosts of the demonstration get: the example application, and one that it breaks with.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use crate::failure::Failure;

/// What is deployed, as it stands in `examples/shop`.
const FILES: [(&str, &str); 5] = [
    ("appspec.yml", include_str!("../../../examples/shop/appspec.yml")),
    ("index.html", include_str!("../../../examples/shop/index.html")),
    ("scripts/start.sh", include_str!("../../../examples/shop/scripts/start.sh")),
    ("scripts/stop.sh", include_str!("../../../examples/shop/scripts/stop.sh")),
    ("scripts/validate.sh", include_str!("../../../examples/shop/scripts/validate.sh")),
];
/// What a host serves, on the host.
pub(crate) const SERVED: &str = "srv/shop/served.html";
/// What tells the good revision.
pub(crate) const GOOD: &str = "<h1>Shop, release 1</h1>";
/// What the bad revision has instead.
pub(crate) const BAD: &str = "<h1>Internal Server Error</h1>";

/// Writes the application into a new folder, with that heading.
pub(crate) fn revision(folder: &Path, heading: &str) -> Result<PathBuf, Failure> {
    let written = FILES.iter().try_for_each(|(name, text)| {
        let path = folder.join(name);
        fs::create_dir_all(path.parent().unwrap_or(folder))?;
        fs::write(&path, text.replace(GOOD, heading))?;
        let mode = if text.starts_with("#!") { 0o755 } else { 0o644 };
        fs::set_permissions(&path, fs::Permissions::from_mode(mode))
    });
    written.map_err(|error| Failure::told(format!("{}: {error}", folder.display())))?;
    Ok(folder.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_example_can_be_deployed() {
        let spec = cutover_appspec::check(FILES[0].1, None);
        assert!(spec.findings.is_empty() && spec.spec.is_some(), "{:?}", spec.findings);
        assert!(FILES[1].1.contains(GOOD));
        let scripts = FILES.iter().filter(|(name, _)| name.starts_with("scripts/"));
        assert!(scripts.clone().all(|(name, _)| FILES[0].1.contains(name)));
        assert_eq!(scripts.count(), 3);
    }
}
