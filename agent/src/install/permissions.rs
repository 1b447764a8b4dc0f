//! Which permission of the AppSpec holds for which file.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use cutover_appspec::{ObjectType, Permission};
use cutover_core::glob::captures;

use super::acl;
use super::context::Context;
use super::error::InstallError;
use super::owners;
use super::settings::Settings;
use super::sources::Wanted;

type Given = BTreeMap<PathBuf, Settings>;

/// Whether permissions say the same of all files in this directory, whatever their names, and no more than owner, group
/// and mode.
pub(super) fn are_alike(permissions: &[Permission], folder: &Path) -> bool {
    let mut said = 0;
    permissions.iter().all(|permission| {
        let object = object(permission);
        let whole = reaches_all(permission, &object, folder);
        said += usize::from(whole);
        // One that is directly in the directory may be one of the files.
        let by_name = object == folder && permission.types.contains(&ObjectType::File) && !whole;
        let is_plain = !whole || permission.acls.is_empty() && permission.context.is_none();
        is_plain && said < 2 && !by_name && object.parent() != Some(folder)
    })
}

/// Whether a permission is for all files in this directory.
fn reaches_all(permission: &Permission, object: &Path, folder: &Path) -> bool {
    permission.types.contains(&ObjectType::File)
        && permission.pattern == "**"
        && folder.starts_with(object)
        // Exceptions are for names directly in the object.
        && (folder != object || permission.except.is_empty())
}

fn object(permission: &Permission) -> PathBuf {
    Path::new(&permission.object).components().collect()
}

/// Gives permissions to what the install makes, and to nothing else: to files and directories, and to the files in whole
/// directories; and what is doubtful about them. Files are labelled only where the system keeps labels.
pub(super) fn assign(
    permissions: &[Permission],
    Wanted { files, whole, .. }: &Wanted,
    folders: &BTreeSet<PathBuf>,
    labels: bool,
) -> Result<(Given, Given, Vec<String>), InstallError> {
    let (mut given, mut filled, mut warnings) = (Given::new(), Given::new(), Vec::new());
    for permission in permissions {
        let refuse =
            |problem: String| InstallError::Permission { object: permission.object.clone(), problem };
        let object = object(permission);
        let paths: Vec<&PathBuf> = if files.contains_key(&object) {
            only_file(permission).map_err(refuse)?;
            files.keys().filter(|path| **path == object).collect()
        } else {
            let files = files.keys().filter(|_| permission.types.contains(&ObjectType::File));
            let folders = folders.iter().filter(|_| permission.types.contains(&ObjectType::Directory));
            files.chain(folders).filter(|path| matches(permission, &object, path)).collect()
        };
        let reached = whole.keys().filter(|folder| reaches_all(permission, &object, folder));
        let reached: Vec<_> = reached.cloned().collect();
        if paths.is_empty() && reached.is_empty() {
            let object = &permission.object;
            warnings
                .push(format!("The permission for {object} matches nothing that this revision installs."));
            continue;
        }
        let mut settings = settings(permission).map_err(refuse)?;
        if !labels && settings.context.take().is_some() {
            let object = &permission.object;
            warnings.push(format!(
                "The SELinux context for {object} is left out: SELinux is not on, on this host."
            ));
        }
        filled.extend(reached.into_iter().map(|folder| (folder, settings.clone())));
        for path in paths {
            if given.insert(path.clone(), settings.clone()).is_some() {
                let object = path.display().to_string();
                let problem = "setting is specified more than once. Remove one of them.".to_owned();
                return Err(InstallError::Permission { object, problem });
            }
        }
    }
    Ok((given, filled, warnings))
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
    let owner = permission.owner.as_deref().map(owners::user).transpose()?;
    let group = permission.group.as_deref().map(owners::group).transpose()?;
    owners::may_give(owner, group)?;
    let entry = |acl: &cutover_appspec::Acl| {
        let group = acl.kind == cutover_appspec::AclKind::Group;
        acl::entry(acl, |name| if group { owners::group(name) } else { owners::user(name) })
    };
    let acl = permission.acls.iter().map(entry).collect::<Result<_, _>>()?;
    let context = permission.context.as_ref().map(|context| Box::new(Context::of(context)));
    Ok(Settings { owner, group, mode: permission.mode, acl, context })
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

    #[test]
    fn labels_are_given_where_there_are_any() {
        let text =
            "version: 0.0\nos: linux\npermissions:\n  - { object: /app, context: { type: httpd_t } }\n";
        let spec = cutover_appspec::parse_server(text).unwrap();
        let files = [(PathBuf::from("/app/a"), PathBuf::from("a"))].into();
        let wanted = Wanted { files, ..Wanted::default() };
        for labels in [true, false] {
            let (mut given, _, warnings) =
                assign(&spec.permissions, &wanted, &BTreeSet::new(), labels).unwrap();
            let context = given.remove(Path::new("/app/a")).unwrap().context;
            assert_eq!(context.map(|context| context.kind).as_deref(), labels.then_some("httpd_t"));
            assert_eq!(warnings.iter().filter(|said| said.contains("SELinux")).count(), usize::from(!labels));
        }
        assert!(!are_alike(&spec.permissions, Path::new("/app")), "a label is set file by file");
    }
}
