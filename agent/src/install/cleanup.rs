//! The cleanup file: what an install made, one path a line, in the order in which it was made.

use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use super::error::{At, InstallError};
use super::fill;
use super::places::Places;
use super::plan::Plan;
use super::step::Step;

/// Reads it; a missing file is an empty one. Lines about SELinux (`semanage`, NUL, path) are left out, and so
/// is a last line without its end, which was being written when its agent died.
pub(super) fn read(path: &Path) -> Result<Vec<PathBuf>, InstallError> {
    match fs::read_to_string(path) {
        Ok(text) => Ok(parse(&text)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(Vec::new()),
        Err(error) => Err(error).at(path, "cannot be read"),
    }
}

fn parse(text: &str) -> Vec<PathBuf> {
    let whole = text.rfind('\n').map_or("", |end| &text[..end]);
    whole
        .split('\n')
        .filter(|line| line.starts_with('/') && !line.contains('\0'))
        .map(PathBuf::from)
        .collect()
}

/// Writes what an install has made.
pub(super) fn write(plan: &Plan, to: &mut impl Write) -> io::Result<()> {
    to.write_all(text(&plan.cleanup).as_bytes())?;
    let places = Places::of(plan);
    for step in &plan.steps {
        let Step::Fill { source, fresh, .. } = step else { continue };
        for path in fill::places(source, places.place(fresh).into_owned())? {
            writeln!(to, "{}", path?.display())?;
        }
    }
    Ok(())
}

/// The text of a cleanup file, but for files that fill new directories.
pub(super) fn text(paths: &[PathBuf]) -> String {
    paths.iter().map(|path| format!("{}\n", path.display())).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_what_the_official_agent_writes() {
        let found = parse("/app\n/app/a file \nsemanage\0/app/x\nrelative\n/app/half");
        assert_eq!(found, [PathBuf::from("/app"), PathBuf::from("/app/a file ")]);
        assert_eq!(parse(&text(&found)), found);
        assert_eq!(parse(""), Vec::<PathBuf>::new());
    }
}
