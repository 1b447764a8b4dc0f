//! Users and groups by name or number.

use nix::unistd::{Gid, Group, Uid, User, getegid, geteuid, getgroups};

/// The number of a user; a number may stand for one that has no name.
pub(super) fn user(name: &str) -> Result<u32, String> {
    if let Ok(Some(user)) = User::from_name(name) {
        return Ok(user.uid.as_raw());
    }
    name.parse().map_err(|_| format!("names the user {name:?}, who does not exist on this host."))
}

/// The number of a group; a number may stand for one that has no name.
pub(super) fn group(name: &str) -> Result<u32, String> {
    if let Ok(Some(group)) = Group::from_name(name) {
        return Ok(group.gid.as_raw());
    }
    name.parse().map_err(|_| format!("names the group {name:?}, which does not exist on this host."))
}

/// Whether files may be given to this user and group by whoever runs the agent.
pub(super) fn may_give(owner: Option<u32>, to_group: Option<u32>) -> Result<(), String> {
    let (me, mine) = (geteuid(), getegid());
    if me.is_root() {
        return Ok(());
    }
    let member = |gid: Gid| gid == mine || getgroups().is_ok_and(|groups| groups.contains(&gid));
    if owner.is_some_and(|uid| Uid::from_raw(uid) != me) {
        return Err("gives files to another user, which only root may. Run the agent as root.".to_owned());
    }
    if to_group.is_some_and(|gid| !member(Gid::from_raw(gid))) {
        return Err(
            "gives files to a group of others, which only root may. Run the agent as root.".to_owned()
        );
    }
    Ok(())
}
