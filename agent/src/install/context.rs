//! SELinux contexts, where the system has SELinux: the label of a file.
//!
//! The label is set on a new file before it is given its name. No rule of the policy is changed: it takes a second a
//! file, and what changes rules for all of the machine is not a deployment's.

use std::io;
use std::path::Path;

use cutover_appspec::SelinuxContext;
use rustix::fs::{XattrFlags, lgetxattr, lsetxattr};
use rustix::io::Errno;
use serde::{Deserialize, Serialize};

const LABEL: &str = "security.selinux";
/// What a file has that nobody has labelled.
const UNLABELLED: &str = "system_u:object_r:unlabeled_t:s0";
/// The longest label that is read.
const MOST_BYTES: usize = 4_096;

/// What an AppSpec says of a file's label; what is `None` stays as it is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Context {
    /// The SELinux user.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub user: Option<String>,
    /// The type.
    #[serde(rename = "type")]
    pub kind: String,
    /// Levels and categories.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub range: Option<String>,
}

/// Whether this system has SELinux and it is on.
pub(super) fn is_kept() -> bool {
    Path::new("/sys/fs/selinux/enforce").exists()
}

impl Context {
    /// As the AppSpec says.
    pub(super) fn of(given: &SelinuxContext) -> Self {
        Self { user: given.user.clone(), kind: given.type_name.clone(), range: given.range.clone() }
    }

    /// What the file has now; `None` without a label.
    pub(super) fn found(path: &Path) -> io::Result<Option<Self>> {
        Ok(label(path)?.map(|label| {
            let [user, _, kind, range] = parts(&label);
            let range = (!range.is_empty()).then(|| range.to_owned());
            Self { user: Some(user.to_owned()), kind: kind.to_owned(), range }
        }))
    }

    /// Labels a file or directory; a link itself, never what it leads to.
    pub(super) fn set(&self, path: &Path) -> io::Result<()> {
        let label = self.over(label(path)?.as_deref().unwrap_or(UNLABELLED));
        // As the system's own tools write it, with the end of a C string.
        let set = lsetxattr(path, LABEL, format!("{label}\0").as_bytes(), XattrFlags::empty());
        set.map_err(|error| match error {
            Errno::INVAL => {
                let problem = format!("the policy of this system knows no context {label}");
                io::Error::new(io::ErrorKind::InvalidInput, problem)
            }
            error => error.into(),
        })
    }

    /// The label that comes of another one.
    fn over(&self, label: &str) -> String {
        let [user, role, _, range] = parts(label);
        let user = self.user.as_deref().unwrap_or(user);
        match self.range.as_deref().unwrap_or(range) {
            "" => format!("{user}:{role}:{}", self.kind),
            range => format!("{user}:{role}:{}:{range}", self.kind),
        }
    }
}

/// User, role, type and range, which may be empty.
fn parts(label: &str) -> [&str; 4] {
    let mut parts = label.splitn(4, ':');
    std::array::from_fn(|_| parts.next().unwrap_or_default())
}

fn label(path: &Path) -> io::Result<Option<String>> {
    let mut bytes = vec![0; MOST_BYTES];
    match lgetxattr(path, LABEL, bytes.as_mut_slice()) {
        Ok(length) => {
            let text = String::from_utf8_lossy(&bytes[..length]);
            Ok(Some(text.trim_end_matches('\0').to_owned()))
        }
        Err(Errno::NODATA | Errno::NOTSUP) => Ok(None),
        Err(error) => Err(error.into()),
    }
}

#[cfg(test)]
mod tests {
    use super::super::settings::Settings;
    use super::*;

    fn context(user: Option<&str>, kind: &str, range: Option<&str>) -> Context {
        Context { user: user.map(str::to_owned), kind: kind.to_owned(), range: range.map(str::to_owned) }
    }

    #[test]
    fn what_is_not_said_stays() {
        for (given, label, expected) in [
            (context(None, "httpd_t", None), "system_u:object_r:etc_t:s0", "system_u:object_r:httpd_t:s0"),
            (
                context(Some("web_u"), "a_t", Some("s0:c1,c2.c4")),
                UNLABELLED,
                "web_u:object_r:a_t:s0:c1,c2.c4",
            ),
            (context(None, "a_t", None), "u:object_r:b_t:s0-s1:c0,c7", "u:object_r:a_t:s0-s1:c0,c7"),
            // A policy without levels.
            (context(None, "a_t", None), "u:object_r:b_t", "u:object_r:a_t"),
        ] {
            assert_eq!(given.over(label), expected);
        }
    }

    #[test]
    fn a_label_is_set_with_the_other_settings_and_read_back() {
        let folder = tempfile::tempdir().unwrap();
        let (path, link) = (folder.path().join("page"), folder.path().join("link"));
        std::fs::write(&path, "x").unwrap();
        std::os::unix::fs::symlink(&path, &link).unwrap();
        let wanted = context(None, "httpd_sys_content_t", Some("s0:c1"));
        let set = Settings { mode: Some(0o640), context: Some(Box::new(wanted)), ..Settings::default() };
        match set.apply(&path) {
            // Only root may, and not on every file system.
            Err(error) if !nix::unistd::geteuid().is_root() || error.kind() == io::ErrorKind::Unsupported => {
                return;
            }
            set => set.unwrap(),
        }
        assert_eq!(label(&path).unwrap().as_deref(), Some("system_u:object_r:httpd_sys_content_t:s0:c1"));
        let found = Settings::of(&path, &set).unwrap();
        let expected = context(Some("system_u"), "httpd_sys_content_t", Some("s0:c1"));
        assert_eq!((found.context, found.mode), (Some(Box::new(expected)), Some(0o640)));
        assert_eq!(Context::found(&link).unwrap(), None, "the link is another file");
    }
}
