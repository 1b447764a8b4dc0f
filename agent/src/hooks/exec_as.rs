//! `cutover-agent exec-as USER PATH`: becomes a user, groups and all, and then the script. Not for people.
//!
//! A process of its own, since a program that has threads cannot change its user between fork and exec
//! without unsafe code; and unlike `su`, it takes no shell, no password and no session.

use std::ffi::CString;
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::Command;

use nix::unistd::{User, initgroups, setgid, setuid};

/// Becomes the script; comes back only with the reason why it cannot.
pub fn exec_as(name: &str, path: &Path) -> String {
    match switch(name) {
        Err(problem) => format!("cannot become the user {name}: {problem}"),
        Ok(user) => {
            let mut command = Command::new(path);
            for (key, value) in [("HOME", user.dir.as_os_str()), ("SHELL", user.shell.as_os_str())] {
                command.env(key, value);
            }
            let error = command.env("USER", name).env("LOGNAME", name).exec();
            format!("{} cannot be run as {name}: {error}", path.display())
        }
    }
}

fn switch(name: &str) -> Result<User, String> {
    let user = User::from_name(name).ok().flatten().ok_or("there is no such user")?;
    let text = CString::new(name).map_err(|error| error.to_string())?;
    initgroups(&text, user.gid).map_err(|error| error.to_string())?;
    setgid(user.gid).map_err(|error| error.to_string())?;
    setuid(user.uid).map_err(|error| error.to_string())?;
    Ok(user)
}
