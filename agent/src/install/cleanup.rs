//! The cleanup file: what an install made, one path a line, in the order in which it was made.

use std::fs::File;
use std::io::{self, BufRead, BufReader, Write};
use std::path::{Path, PathBuf};

use super::error::{At, InstallError};
use super::fill;
use super::places::Places;
use super::plan::Plan;
use super::renew;
use super::step::Step;

/// Reads it; a missing file is an empty one. Lines about SELinux (`semanage`, NUL, path) are left out, and so
/// is a last line without its end, which was being written when its agent died.
pub(super) fn each(path: &Path, take: impl FnMut(&Path)) -> Result<(), InstallError> {
    match File::open(path) {
        Ok(file) => parse(BufReader::new(file), take).at(path, "cannot be read"),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        Err(error) => Err(error).at(path, "cannot be read"),
    }
}

fn parse(mut text: impl BufRead, mut take: impl FnMut(&Path)) -> io::Result<()> {
    let mut line = String::new();
    while text.read_line(&mut line)? > 0 {
        if let Some(path) =
            line.strip_suffix('\n').filter(|path| path.starts_with('/') && !path.contains('\0'))
        {
            take(Path::new(path));
        }
        line.clear();
    }
    Ok(())
}

/// Writes what an install has made.
pub(super) fn write(plan: &Plan, to: &mut impl Write) -> io::Result<()> {
    to.write_all(text(&plan.cleanup).as_bytes())?;
    let places = Places::of(plan);
    for step in &plan.steps {
        let Step::Fill { source, fresh, .. } = step else { continue };
        let write = |path: &Path| writeln!(to, "{}", path.display());
        match places.renewed(fresh) {
            Some(new) => renew::places(source, fresh, new, write)?,
            None => fill::places(source, &places.place(fresh), write)?,
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
        let parse = |text: &str| {
            let mut found = Vec::new();
            super::parse(text.as_bytes(), |path| found.push(path.to_owned())).map(|()| found)
        };
        let found = parse("/app\n/app/a file \nsemanage\0/app/x\nrelative\n/app/half").unwrap();
        assert_eq!(found, [PathBuf::from("/app"), PathBuf::from("/app/a file ")]);
        assert_eq!(parse(&text(&found)).unwrap(), found);
        assert_eq!(parse("").unwrap(), Vec::<PathBuf>::new());
    }
}
