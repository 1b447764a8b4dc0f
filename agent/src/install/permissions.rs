//! Which permission of the AppSpec holds for which file.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use cutover_appspec::{ObjectType, Permission};
use cutover_core::glob::captures;

use super::acl;
use super::error::InstallError;
use super::owners;
use super::settings::Settings;

type Given = BTreeMap<PathBuf, Settings>;

/// Gives permissions to what the install makes, and to nothing else; and what is doubtful about them.
pub(super) fn assign(
    permissions: &[Permission],
    files: &BTreeMap<PathBuf, PathBuf>,
    folders: &BTreeSet<PathBuf>,
) -> Result<(Given, Vec<String>), InstallError> {
    let (mut given, mut warnings) = (Given::new(), Vec::new());
    for permission in permissions {
        let refuse =
            |problem: String| InstallError::Permission { object: permission.object.clone(), problem };
        let object: PathBuf = Path::new(&permission.object).components().collect();
        let paths: Vec<&PathBuf> = if files.contains_key(&object) {
            only_file(permission).map_err(refuse)?;
            files.keys().filter(|path| **path == object).collect()
        } else {
            let files = files.keys().filter(|_| permission.types.contains(&ObjectType::File));
            let folders = folders.iter().filter(|_| permission.types.contains(&ObjectType::Directory));
            files.chain(folders).filter(|path| matches(permission, &object, path)).collect()
        };
        if paths.is_empty() {
            let object = &permission.object;
            warnings
                .push(format!("The permission for {object} matches nothing that this revision installs."));
            continue;
        }
        let settings = settings(permission).map_err(refuse)?;
        for path in paths {
            if given.insert(path.clone(), settings.clone()).is_some() {
                let object = path.display().to_string();
                let problem = "setting is specified more than once. Remove one of them.".to_owned();
                return Err(InstallError::Permission { object, problem });
            }
        }
    }
    Ok((given, warnings))
}

fn only_file(permission: &Permission) -> Result<(), String> {
    if permission.types.contains(&ObjectType::File)
        && permission.pattern == "**"
        && permission.except.is_empty()
    {
        return Ok(());
    }
    Err("is for a single file, so it can have neither a pattern nor except, and its type must be file."
        .to_owned())
}

/// `**` is every depth, any other pattern direct children only. The object itself is never meant.
fn matches(permission: &Permission, object: &Path, path: &Path) -> bool {
    let Ok(rest) = path.strip_prefix(object) else { return false };
    let rest = rest.to_string_lossy();
    let named = |pattern: &str| !rest.contains('/') && captures(pattern, &rest).is_some();
    !rest.is_empty()
        && (permission.pattern == "**" || named(&permission.pattern))
        && !permission.except.iter().any(|pattern| named(pattern))
}

fn settings(permission: &Permission) -> Result<Settings, String> {
    if permission.context.is_some() {
        return Err(
            "has an SELinux context, which this agent does not set. Use semanage and restorecon in an \
                    AfterInstall script."
                .to_owned(),
        );
    }
    let owner = permission.owner.as_deref().map(owners::user).transpose()?;
    let group = permission.group.as_deref().map(owners::group).transpose()?;
    owners::may_give(owner, group)?;
    let entry = |acl: &cutover_appspec::Acl| {
        let group = acl.kind == cutover_appspec::AclKind::Group;
        acl::entry(acl, |name| if group { owners::group(name) } else { owners::user(name) })
    };
    let acl = permission.acls.iter().map(entry).collect::<Result<_, _>>()?;
    Ok(Settings { owner, group, mode: permission.mode, acl })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns_reach_children_and_two_stars_everything() {
        let text = "version: 0.0\nos: linux\npermissions:\n  - object: /app\n    pattern: PATTERN\n    except: [x]\n";
        let paths = ["/app", "/app/a.sh", "/app/sub/b.sh", "/app/x", "/application"];
        for (pattern, expected) in [("'**'", &paths[1..3]), ("'*.sh'", &paths[1..2]), ("'*'", &paths[1..2])] {
            let spec = cutover_appspec::parse_server(&text.replace("PATTERN", pattern)).unwrap();
            let matched: Vec<_> = paths
                .iter()
                .filter(|path| matches(&spec.permissions[0], Path::new("/app"), Path::new(path)))
                .copied()
                .collect();
            assert_eq!(matched, expected, "{pattern}");
        }
    }
}
