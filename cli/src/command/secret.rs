//! Secrets in files and on standard input: what stands on a command line, every list of processes shows.

use std::io::{IsTerminal, Read};
use std::path::Path;

use cutover_wire::api::git_hub::Secret;

use crate::failure::Failure;

/// Longest secret that is read, in bytes.
const MOST: u64 = 4_096;
const FILE: &str = "Name a file that holds it and nothing else.";

/// The secret in this file.
pub(crate) fn from_file(path: &Path) -> Result<Secret, Failure> {
    let name = path.display().to_string();
    let file = std::fs::File::open(path).map_err(|error| unreadable(&name, &error.to_string(), FILE))?;
    trimmed(&name, file, FILE)
}

/// The secret on standard input; the advice says how else it can be given.
pub(crate) fn from_stdin(advice: &str) -> Result<Secret, Failure> {
    const NAME: &str = "standard input";
    let stdin = std::io::stdin();
    if stdin.is_terminal() {
        // What is typed would stand on the screen.
        return Err(unreadable(NAME, "it is a terminal", advice));
    }
    trimmed(NAME, stdin, advice)
}

/// What this source holds, without the white space around it.
fn trimmed(name: &str, source: impl Read, advice: &str) -> Result<Secret, Failure> {
    let mut text = String::new();
    let read = source.take(MOST).read_to_string(&mut text);
    read.map_err(|error| unreadable(name, &error.to_string(), advice))?;
    match text.trim() {
        "" => Err(unreadable(name, "there is nothing in it", advice)),
        secret => Ok(Secret(secret.to_owned())),
    }
}

fn unreadable(name: &str, why: &str, advice: &str) -> Failure {
    Failure::bad_input(format!("{name} cannot be read: {why}"), advice)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_holds_a_secret_and_the_end_of_its_line() {
        for (text, expected) in
            [("ghp_abc\n", Some("ghp_abc")), ("ghp_abc", Some("ghp_abc")), (" \n", None), ("", None)]
        {
            let read = trimmed("f", text.as_bytes(), FILE).ok();
            assert_eq!(read, expected.map(|secret| Secret(secret.to_owned())));
        }
        assert!(trimmed("f", &[0xff_u8][..], FILE).is_err());
    }
}
