//! Entries of access control lists.

use crate::fields::View;
use crate::report::Report;
use crate::words::shown;
use serde::Serialize;
use std::fmt;

/// Agent, AppSpec parsing: `[default:][user|group|mask|other:][name]:perms`. `Display` is the normal form,
/// `[default:]type:name:rwx`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Acl {
    /// Whether new files in the directory inherit the entry.
    pub default: bool,
    /// Whom the entry is for.
    pub kind: AclKind,
    /// The user or group.
    pub name: Option<String>,
    /// Read 4, write 2, execute 1.
    pub perms: u8,
}

/// Whom an entry of an access control list is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum AclKind {
    /// A user.
    User,
    /// A group.
    Group,
    /// The most that users and groups may have.
    Mask,
    /// Everybody else.
    Other,
}

impl fmt::Display for Acl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let kind = match self.kind {
            AclKind::User => "user",
            AclKind::Group => "group",
            AclKind::Mask => "mask",
            AclKind::Other => "other",
        };
        let default = if self.default { "default:" } else { "" };
        write!(f, "{default}{kind}:{}:", self.name.as_deref().unwrap_or_default())?;
        for (bit, letter) in [(4, 'r'), (2, 'w'), (1, 'x')] {
            write!(f, "{}", if self.perms & bit == 0 { '-' } else { letter })?;
        }
        Ok(())
    }
}

pub(crate) fn read(view: &View<'_>, report: &mut Report) -> Vec<Acl> {
    const FORM: &str = "Write [default:]user:name:rwx, with group, mask or other in the place of user.";
    let mut acls = Vec::new();
    for item in view.list("Write acls: [\"user:name:rwx\"].", report) {
        let Some(text) = item.scalar(report) else { continue };
        match parse(text) {
            Ok(acl) => acls.push(acl),
            Err(problem) => {
                let message = format!("{} is no entry of an access control list: {problem}.", shown(text));
                report.push(item.error("acl", message).advise(FORM));
            }
        }
    }
    acls
}

fn parse(text: &str) -> Result<Acl, &'static str> {
    let parts: Vec<&str> = text.split(':').map(str::trim).collect();
    let (default, parts) = match parts.as_slice() {
        ["default" | "d", rest @ ..] => (true, rest),
        rest => (false, rest),
    };
    let (kind, name, perms) = match parts {
        [who, perms] => match kind(who) {
            Some(kind) => (kind, "", *perms),
            None => (AclKind::User, *who, *perms),
        },
        [who, name, perms] => {
            (kind(who).ok_or("it is for neither user, group, mask nor other")?, *name, *perms)
        }
        _ => return Err("it has too many or too few parts between colons"),
    };
    let named = !name.is_empty();
    if named && matches!(kind, AclKind::Mask | AclKind::Other) {
        return Err("mask and other have no name");
    }
    if !named && !default && kind != AclKind::Mask {
        return Err("without a name it is a part of the mode: use mode to set it");
    }
    Ok(Acl { default, kind, name: named.then(|| name.to_owned()), perms: bits(perms)? })
}

fn kind(word: &str) -> Option<AclKind> {
    match word {
        "u" | "user" | "" => Some(AclKind::User),
        "g" | "group" => Some(AclKind::Group),
        "m" | "mask" => Some(AclKind::Mask),
        "o" | "other" => Some(AclKind::Other),
        _ => None,
    }
}

/// One digit from 0 to 7, or any of `r`, `w`, `x` and `-`.
fn bits(perms: &str) -> Result<u8, &'static str> {
    const BAD: &str = "the permissions are one digit from 0 to 7, or letters of rwx-";
    if let [digit @ b'0'..=b'7'] = perms.as_bytes() {
        return Ok(digit - b'0');
    }
    if perms.is_empty() {
        return Err(BAD);
    }
    perms.chars().try_fold(0, |bits, letter| match letter {
        'r' => Ok(bits | 4),
        'w' => Ok(bits | 2),
        'x' => Ok(bits | 1),
        '-' => Ok(bits),
        _ => Err(BAD),
    })
}

#[cfg(test)]
mod tests {
    use super::parse;

    #[test]
    fn entries_have_a_normal_form() {
        for (text, expected) in [
            ("user:jane:rwx", Ok("user:jane:rwx")),
            ("jane:rw", Ok("user:jane:rw-")),
            ("u:jane:6", Ok("user:jane:rw-")),
            ("d:g:staff:r-x", Ok("default:group:staff:r-x")),
            ("default:user::7", Ok("default:user::rwx")),
            ("default:jane:x", Ok("default:user:jane:--x")),
            ("m:rw", Ok("mask::rw-")),
            ("mask::4", Ok("mask::r--")),
            ("d:o:0", Ok("default:other::---")),
            ("user::rwx", Err("use mode")),
            ("o:r", Err("use mode")),
            (":rw", Err("use mode")),
            ("mask:jane:r", Err("no name")),
            ("all:jane:r", Err("neither user")),
            ("jane:8", Err("one digit")),
            ("jane:", Err("one digit")),
            ("jane:rz", Err("one digit")),
            ("jane", Err("too many or too few")),
            ("d:u:a:b:r", Err("too many or too few")),
        ] {
            match (parse(text), expected) {
                (Ok(acl), Ok(normal)) => assert_eq!(acl.to_string(), normal, "{text}"),
                (Err(problem), Err(part)) => assert!(problem.contains(part), "{text}: {problem}"),
                (found, _) => panic!("{text}: {found:?}"),
            }
        }
    }
}
