//! The AppSpec of an unpacked revision.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use cutover_appspec::{AppSpec, Os, Platform, ServerSpec, Severity, check_with};

/// Names that are tried after the one that was asked for.
const NAMES: [&str; 2] = ["appspec.yml", "appspec.yaml"];

/// Why a revision has no AppSpec to go by.
#[derive(Debug, thiserror::Error)]
pub enum RevisionError {
    /// No AppSpec is there.
    #[error(
        "The CodeDeploy agent did not find an AppSpec file within the unpacked revision directory at revision-relative path \"{name}\". The revision was unpacked to directory \"{archive}\". Put the AppSpec at the top of the bundle, or say its name by --appspec-filename."
    )]
    Missing {
        /// The name that was tried first.
        name: String,
        /// The unpacked revision.
        archive: PathBuf,
    },
    /// It cannot be read, or its name leads out of the revision.
    #[error("the AppSpec {path} cannot be read: {error}")]
    Unreadable {
        /// The AppSpec.
        path: PathBuf,
        /// Why.
        error: io::Error,
    },
    /// It is wrong; one line for each finding.
    #[error("the AppSpec {name} is wrong:\n{findings}")]
    Wrong {
        /// Its name.
        name: String,
        /// With line and column.
        findings: String,
    },
}

/// Reads the AppSpec of a revision: the name asked for, else the usual ones. With it, what is doubtful about
/// it, one line each. Its hooks may have custom events, besides the usual ones.
///
/// # Errors
/// When there is none or it is wrong.
pub fn read(
    archive: &Path,
    name: Option<&str>,
    is_custom: &dyn Fn(&str) -> bool,
) -> Result<(ServerSpec, Vec<String>), RevisionError> {
    let names: Vec<&str> = name.into_iter().chain(NAMES).collect();
    for name in &names {
        let path = archive.join(name);
        let unreadable = |error| RevisionError::Unreadable { path: path.clone(), error };
        let real = match fs::canonicalize(&path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => continue,
            real => real.map_err(unreadable)?,
        };
        if !fs::canonicalize(archive).is_ok_and(|archive| real.starts_with(archive)) {
            return Err(unreadable(io::Error::other("it is not in the revision")));
        }
        let text = fs::read_to_string(&real).map_err(unreadable)?;
        return parse(name, &text, is_custom);
    }
    Err(RevisionError::Missing { name: names[0].to_owned(), archive: archive.to_owned() })
}

/// The same with all destinations, and all objects of permissions, under that directory.
pub fn under(mut spec: ServerSpec, root: Option<&Path>) -> ServerSpec {
    let Some(root) = root else { return spec };
    let put = |path: &mut String| *path = format!("{}/{}", root.display(), path.trim_start_matches('/'));
    spec.files.iter_mut().for_each(|file| put(&mut file.destination));
    spec.permissions.iter_mut().for_each(|permission| put(&mut permission.object));
    spec
}

fn parse(
    name: &str,
    text: &str,
    is_custom: &dyn Fn(&str) -> bool,
) -> Result<(ServerSpec, Vec<String>), RevisionError> {
    let checked = check_with(text, Some(Platform::Server), is_custom);
    let of = |severity: Severity| {
        let found = checked.findings.iter().filter(move |finding| finding.severity == severity);
        found.map(|finding| format!("{name}: {finding}")).collect::<Vec<_>>()
    };
    match &checked.spec {
        Some(AppSpec::Server(spec)) if spec.os == Os::Linux => Ok((spec.clone(), of(Severity::Warning))),
        Some(_) => {
            let findings = "os: windows cannot be deployed to this host. Write os: linux.".to_owned();
            Err(RevisionError::Wrong { name: name.to_owned(), findings })
        }
        None => Err(RevisionError::Wrong { name: name.to_owned(), findings: of(Severity::Error).join("\n") }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const GOOD: &str = "version: 0.0\nos: linux\n";

    #[test]
    fn tries_the_usual_names_and_stays_inside() {
        let folder = tempfile::tempdir().unwrap();
        let archive = folder.path().join("archive");
        fs::create_dir(&archive).unwrap();
        fs::write(folder.path().join("outside.yml"), GOOD).unwrap();
        assert!(matches!(read(&archive, None, &|_| false), Err(RevisionError::Missing { .. })));
        assert!(matches!(
            read(&archive, Some("../outside.yml"), &|_| false),
            Err(RevisionError::Unreadable { .. })
        ));
        fs::write(archive.join("appspec.yaml"), GOOD).unwrap();
        assert!(read(&archive, Some("other.yml"), &|_| false).is_ok());
    }

    #[test]
    fn destinations_go_under_a_root() {
        let text = "version: 0.0\nos: linux\nfiles:\n  - source: /\n    destination: /srv/shop\npermissions:\n  - object: /srv/shop\n    mode: '0644'\n";
        let spec = parse("appspec.yml", text, &|_| false).unwrap().0;
        assert_eq!(under(spec.clone(), None), spec);
        let put = under(spec, Some(Path::new("/tmp/try")));
        assert_eq!(put.files[0].destination, "/tmp/try/srv/shop");
        assert_eq!(put.permissions[0].object, "/tmp/try/srv/shop");
    }

    #[test]
    fn says_where_it_is_wrong() {
        let error = parse("appspec.yml", "version: 0.0\nos: linus\n", &|_| false).unwrap_err().to_string();
        assert!(error.contains("appspec.yml: line 2, column 5: The os is"), "{error}");
        assert!(parse("appspec.yml", "version: 0.0\nos: windows\n", &|_| false).is_err());
        let text = "version: 0.0\nos: linux\npermissions:\n  - object: /a\n    mode: 0644\n";
        let (spec, warnings) = parse("appspec.yml", text, &|_| false).unwrap();
        assert_eq!((spec.permissions[0].mode, warnings.len()), (Some(0o644), 1));
    }
}
