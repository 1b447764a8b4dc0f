//! Functions that outlived the server that ran them. A server that was killed cannot take them along; the
//! next one does, before it makes their calls again, so that calls never pile up over restarts.

use std::fs;
use std::path::Path;

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;

/// What every function finds in its environment, and nobody else who happens to work in its directory.
const OURS: &[u8] = b"CUTOVER_FUNCTION_NAME=";

/// Kills every function that runs below `dir`, which is where functions are started. Gives how many there
/// were; where the system does not tell (no `/proc`), none.
pub(super) fn end(dir: &Path) -> usize {
    let Ok(dir) = fs::canonicalize(dir) else { return 0 };
    let Ok(processes) = fs::read_dir("/proc") else { return 0 };
    let mut ended = 0;
    for process in processes.flatten() {
        let Some(pid) = process.file_name().to_str().and_then(|name| name.parse().ok()) else { continue };
        let inside = fs::read_link(process.path().join("cwd")).is_ok_and(|cwd| cwd.starts_with(&dir));
        if inside && is_function(&process.path()) && kill(Pid::from_raw(pid), Signal::SIGKILL).is_ok() {
            ended += 1;
        }
    }
    ended
}

fn is_function(process: &Path) -> bool {
    let environment = fs::read(process.join("environ")).unwrap_or_default();
    environment.split(|byte| *byte == 0).any(|variable| variable.starts_with(OURS))
}

#[cfg(test)]
mod tests {
    use std::os::unix::process::ExitStatusExt;
    use std::process::Command;

    use super::*;

    #[test]
    fn only_functions_below_the_directory_end() {
        let all = std::env::temp_dir().join(format!("cutover-leftovers-{}", std::process::id()));
        let (ours, others) = (all.join("ours/f/1"), all.join("others"));
        fs::create_dir_all(&ours).unwrap();
        fs::create_dir_all(&others).unwrap();
        let sleep = |dir: &Path, variable| {
            Command::new("sleep").arg("600").current_dir(dir).env(variable, "f").spawn().unwrap()
        };
        let mut left = sleep(&ours, "CUTOVER_FUNCTION_NAME");
        // Somebody else's function, and a person who looks around in ours.
        let strangers = [sleep(&others, "CUTOVER_FUNCTION_NAME"), sleep(&ours, "SHELL")];
        assert_eq!(end(&all.join("ours")), 1);
        assert_eq!(left.wait().unwrap().signal(), Some(9));
        for mut stranger in strangers {
            assert_eq!(stranger.try_wait().unwrap(), None, "the stranger lives");
            stranger.kill().unwrap();
            stranger.wait().unwrap();
        }
        assert_eq!(end(&all.join("nowhere")), 0);
        fs::remove_dir_all(&all).unwrap();
    }
}
