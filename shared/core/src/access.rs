//! Who may do what: roles, and what an operation demands of its caller.

use serde::{Deserialize, Serialize};

/// What an operation demands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Access {
    /// Changes nothing.
    Read,
    /// Starts, stops or goes on with deployments of one application.
    Deploy,
    /// Changes what deployments are made with, or anything else.
    Operate,
    /// Tells how a part of a deployment went: hooks and agents do.
    Report,
    /// Asks whether it may begin what it was ordered, and whose order it is: hosts do. What comes of it stands in the
    /// deployment itself.
    Begin,
    /// Looks at who may call and who did. Changes nothing.
    Audit,
}

impl Access {
    /// Whether an operation with this demand changes something, so that it leaves an audit record.
    pub fn changes(self) -> bool {
        !matches!(self, Self::Read | Self::Begin | Self::Audit)
    }
}

/// What a key was issued for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Role {
    /// May look at everything.
    ReadOnly,
    /// May look at everything, and deploy: anything, or only the applications that it is bound to.
    Deployer,
    /// May do everything.
    Operator,
    /// May report, and nothing else.
    Agent,
}

impl Role {
    /// Every role.
    pub const ALL: [Self; 4] = [Self::ReadOnly, Self::Deployer, Self::Operator, Self::Agent];

    /// Whether the role reaches that far.
    pub fn may(self, access: Access) -> bool {
        match self {
            Self::ReadOnly => access == Access::Read,
            Self::Deployer => matches!(access, Access::Read | Access::Deploy | Access::Report),
            Self::Operator => true,
            Self::Agent => matches!(access, Access::Report | Access::Begin),
        }
    }

    /// As people write it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::ReadOnly => "read-only",
            Self::Deployer => "deployer",
            Self::Operator => "operator",
            Self::Agent => "agent",
        }
    }

    /// The role that is written so.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|role| role.as_str() == name)
    }
}

/// What a caller may do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Permit {
    /// Everything: somebody else has checked the caller, or nobody does.
    Everything,
    /// What the role may. A deployer with a list may deploy only these applications, and report only for them.
    Role(Role, Option<Vec<String>>),
}

impl Permit {
    /// Whether it reaches that far, the application left aside.
    pub fn allows(&self, access: Access) -> bool {
        match self {
            Self::Everything => true,
            Self::Role(role, _) => role.may(access),
        }
    }

    /// The only applications that calls with this demand may be about; absent when any will do.
    pub fn bound_to(&self, access: Access) -> Option<&[String]> {
        match self {
            Self::Role(Role::Deployer, Some(only)) if access.changes() => Some(only),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_role_reaches_as_far_as_it_says() {
        use Access::{Audit, Begin, Deploy, Operate, Read, Report};
        for (role, may) in [
            (Role::ReadOnly, &[Read][..]),
            (Role::Deployer, &[Read, Deploy, Report]),
            (Role::Operator, &[Read, Deploy, Operate, Report, Begin, Audit]),
            (Role::Agent, &[Report, Begin]),
        ] {
            for access in [Read, Deploy, Operate, Report, Begin, Audit] {
                assert_eq!(role.may(access), may.contains(&access), "{role:?} {access:?}");
                assert_eq!(Permit::Role(role, None).allows(access), role.may(access));
                assert!(Permit::Everything.allows(access));
            }
            assert_eq!(Role::named(role.as_str()), Some(role));
            assert_eq!(serde_json::json!(role), role.as_str());
        }
        assert_eq!(Role::named("Operator"), None);
    }

    #[test]
    fn a_bound_deployer_may_read_all_and_change_only_its_own() {
        let only = vec!["web".to_owned()];
        let bound = Permit::Role(Role::Deployer, Some(only.clone()));
        assert_eq!(bound.bound_to(Access::Read), None);
        assert_eq!(bound.bound_to(Access::Deploy), Some(&only[..]));
        assert_eq!(bound.bound_to(Access::Report), Some(&only[..]));
        assert_eq!(Permit::Role(Role::Deployer, None).bound_to(Access::Deploy), None);
        assert_eq!(Permit::Role(Role::Operator, Some(only)).bound_to(Access::Deploy), None);
    }
}
