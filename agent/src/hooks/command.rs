//! How a script is started: itself, as another user, or through sudo. Never through a shell.

use std::path::Path;
use std::process::Command;

use cutover_appspec::Script;
use nix::unistd::{User, geteuid};

/// The command that runs a script.
pub(super) fn command(path: &Path, script: &Script) -> Result<Command, String> {
    let user = script.runas.as_deref().map(find).transpose()?;
    if script.sudo {
        let mut command = Command::new("sudo");
        command.arg("-n");
        if let Some(user) = user {
            command.args(["-u", &user.name]);
        }
        command.arg("--").arg(path);
        return Ok(command);
    }
    let me = geteuid();
    let Some(user) = user.filter(|user| user.uid != me) else { return Ok(Command::new(path)) };
    if !me.is_root() {
        let name = user.name;
        return Err(format!("only root can run scripts as {name}. Run the agent as root, or remove runas."));
    }
    let agent = std::env::current_exe().map_err(|error| format!("the agent cannot find itself: {error}"))?;
    let mut command = Command::new(agent);
    command.arg("exec-as").arg(user.name).arg(path);
    Ok(command)
}

fn find(name: &str) -> Result<User, String> {
    User::from_name(name)
        .ok()
        .flatten()
        .ok_or_else(|| format!("runas names the user {name:?}, who does not exist on this host."))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn script(runas: Option<&str>, sudo: bool) -> Script {
        Script { location: "a".into(), timeout_secs: 1, runas: runas.map(str::to_owned), sudo }
    }

    fn words(script: &Script) -> Vec<String> {
        let command = command(Path::new("/a b;c"), script).unwrap();
        let words = std::iter::once(command.get_program()).chain(command.get_args());
        words.map(|word| word.to_string_lossy().into_owned()).collect()
    }

    #[test]
    fn paths_are_whole_words() {
        assert_eq!(words(&script(None, false)), ["/a b;c"]);
        assert_eq!(words(&script(None, true)), ["sudo", "-n", "--", "/a b;c"]);
        assert_eq!(words(&script(Some("root"), true)), ["sudo", "-n", "-u", "root", "--", "/a b;c"]);
        let error = command(Path::new("/a"), &script(Some("nobody-at-all"), false)).unwrap_err();
        assert!(error.contains("does not exist"), "{error}");
    }
}
