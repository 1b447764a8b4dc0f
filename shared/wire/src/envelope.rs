//! The envelope of every queue message: `{"v":1,"id","kind","at","body"}`.
//!
//! `kind` is closed: a breaking change is a new kind, and a reader refuses what it does not know, so that
//! the message goes to the dead-letter queue instead of being half understood.

use cutover_core::ids::{DeploymentId, GroupId, Scope, ShardId};
use cutover_core::time::Timestamp;
use cutover_core::trigger::push::Push;
use serde::{Deserialize, Serialize};

/// The version that this code writes and reads.
pub const ENVELOPE_VERSION: u16 = 1;

/// A queue message.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Envelope {
    /// [`ENVELOPE_VERSION`].
    pub v: u16,
    /// Names the message in logs: `DEPLOYMENT.EPOCH`.
    pub id: String,
    /// When it was written.
    pub at: Timestamp,
    /// What it says.
    #[serde(flatten)]
    pub message: Message,
}

/// What a message says.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", content = "body", rename_all = "kebab-case")]
pub enum Message {
    /// The timer of a deployment's epoch.
    Wake {
        /// Where the deployment lives.
        scope: Scope,
        /// Which one.
        deployment: DeploymentId,
        /// For which epoch.
        epoch: u64,
        /// When it is due: a queue's delay is a hint, this is the time.
        due_at: Timestamp,
    },
    /// The timer of a shard's epoch.
    ShardWake {
        /// Which shard.
        #[serde(flatten)]
        shard: ShardId,
        /// For which epoch.
        epoch: u64,
        /// When it is due.
        due_at: Timestamp,
        /// Whether what the epoch sent may have been lost, so that its orders are to be sent once more.
        #[serde(default)]
        again: bool,
    },
    /// A push that was heard of.
    Push {
        /// Where it is to be deployed.
        scope: Scope,
        /// The trigger whose webhook told of it; any that matches without.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        trigger: Option<String>,
        /// What is new.
        push: Push,
    },
    /// A group is free, or what waits for it is to be looked at.
    Turn {
        /// Where it lives.
        scope: Scope,
        /// Which one.
        group: GroupId,
    },
    /// Somebody may have to be told of a deployment, or of the hosts of one of its shards. The table says what.
    Notify {
        /// Where the deployment lives.
        scope: Scope,
        /// Which one.
        deployment: DeploymentId,
        /// Which shard's hosts; the deployment itself without.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        shard: Option<u16>,
    },
}

/// Why a message cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum EnvelopeError {
    /// Not an envelope, or of an unknown kind.
    #[error("read the queue message: {0}")]
    Malformed(#[from] serde_json::Error),
    /// Written by a newer Cutover.
    #[error("read a queue message of version {0}; this is version {ENVELOPE_VERSION}")]
    Version(u16),
}

impl Envelope {
    /// The wake of a deployment's epoch.
    pub fn wake(
        scope: Scope,
        deployment: DeploymentId,
        epoch: u64,
        due_at: Timestamp,
        now: Timestamp,
    ) -> Self {
        Self {
            v: ENVELOPE_VERSION,
            id: format!("{deployment}.{epoch}"),
            at: now,
            message: Message::Wake { scope, deployment, epoch, due_at },
        }
    }

    /// The wake of a shard's epoch.
    pub fn shard_wake(shard: ShardId, epoch: u64, due_at: Timestamp, again: bool, now: Timestamp) -> Self {
        Self {
            v: ENVELOPE_VERSION,
            id: format!("{}.{}.{epoch}", shard.deployment, shard.shard),
            at: now,
            message: Message::ShardWake { shard, epoch, due_at, again },
        }
    }

    /// A push.
    pub fn push(scope: Scope, trigger: Option<String>, push: Push, now: Timestamp) -> Self {
        let id = format!("{}.{}", push.source, push.event);
        Self { v: ENVELOPE_VERSION, id, at: now, message: Message::Push { scope, trigger, push } }
    }

    /// Somebody's turn in a group.
    pub fn turn(scope: Scope, group: GroupId, now: Timestamp) -> Self {
        Self { v: ENVELOPE_VERSION, id: format!("{group}"), at: now, message: Message::Turn { scope, group } }
    }

    /// A hint that somebody may have to be told.
    pub fn notify(scope: Scope, deployment: DeploymentId, shard: Option<u16>, now: Timestamp) -> Self {
        Self {
            v: ENVELOPE_VERSION,
            id: format!("{deployment}.notify"),
            at: now,
            message: Message::Notify { scope, deployment, shard },
        }
    }

    /// As the queue carries it.
    pub fn encode(&self) -> String {
        serde_json::to_string(self).unwrap_or_default()
    }

    /// Reads what a queue carried.
    pub fn decode(text: &str) -> Result<Self, EnvelopeError> {
        #[derive(Deserialize)]
        struct Version {
            v: u16,
        }
        let Version { v } = serde_json::from_str(text)?;
        if v != ENVELOPE_VERSION {
            return Err(EnvelopeError::Version(v));
        }
        Ok(serde_json::from_str(text)?)
    }
}

#[cfg(test)]
mod tests {
    use cutover_core::trigger::push::Source;

    use super::*;

    #[test]
    fn a_wake_is_golden() {
        let wake = Envelope::wake(
            Scope::new("123456789012", "us-east-1"),
            DeploymentId::new("d-ABCDEFGHI"),
            7,
            Timestamp::from_millis(2_000),
            Timestamp::from_millis(1_000),
        );
        let golden = concat!(
            r#"{"v":1,"id":"d-ABCDEFGHI.7","at":1000,"kind":"wake","body":{"scope":{"account":"123456789012","#,
            r#""region":"us-east-1"},"deployment":"d-ABCDEFGHI","epoch":7,"due_at":2000}}"#
        );
        assert_eq!(wake.encode(), golden);
        assert_eq!(Envelope::decode(golden).expect("an envelope"), wake);
    }

    #[test]
    fn a_shards_wake_is_golden() {
        let shard =
            ShardId::first(&Scope::new("123456789012", "us-east-1"), &DeploymentId::new("d-ABCDEFGHI"));
        let at = Timestamp::from_millis;
        let wake = Envelope::shard_wake(shard, 3, at(2_000), true, at(1_000));
        let golden = concat!(
            r#"{"v":1,"id":"d-ABCDEFGHI.0.3","at":1000,"kind":"shard-wake","body":{"scope":{"account":"#,
            r#""123456789012","region":"us-east-1"},"deployment":"d-ABCDEFGHI","shard":0,"epoch":3,"#,
            r#""due_at":2000,"again":true}}"#
        );
        assert_eq!(wake.encode(), golden);
        assert_eq!(Envelope::decode(golden).expect("an envelope"), wake);
    }

    #[test]
    fn pushes_and_turns_are_golden() {
        let (scope, at) = (Scope::new("123456789012", "us-east-1"), Timestamp::from_millis(1_000));
        let push = Push {
            source: Source::GitHub,
            place: "acme/web".to_owned(),
            reference: "refs/heads/main".to_owned(),
            event: "e".to_owned(),
            at,
            facts: [("commit".to_owned(), "c0ffee".to_owned())].into(),
        };
        for (envelope, golden) in [
            (
                Envelope::push(scope.clone(), Some("main".to_owned()), push, at),
                concat!(
                    r#"{"v":1,"id":"github.e","at":1000,"kind":"push","body":{"scope":{"account":"123456789012","#,
                    r#""region":"us-east-1"},"trigger":"main","push":{"source":"github","place":"acme/web","#,
                    r#""reference":"refs/heads/main","event":"e","at":1000,"facts":{"commit":"c0ffee"}}}}"#
                ),
            ),
            (
                Envelope::turn(scope, GroupId::new("u"), at),
                concat!(
                    r#"{"v":1,"id":"u","at":1000,"kind":"turn","body":{"scope":{"account":"123456789012","#,
                    r#""region":"us-east-1"},"group":"u"}}"#
                ),
            ),
        ] {
            assert_eq!(envelope.encode(), golden);
            assert_eq!(Envelope::decode(golden).expect("an envelope"), envelope);
        }
    }

    #[test]
    fn a_hint_to_tell_is_golden() {
        let scope = Scope::new("123456789012", "us-east-1");
        let (id, at) = (DeploymentId::new("d-ABCDEFGHI"), Timestamp::from_millis(1_000));
        let golden = concat!(
            r#"{"v":1,"id":"d-ABCDEFGHI.notify","at":1000,"kind":"notify","body":{"scope":{"account":"#,
            r#""123456789012","region":"us-east-1"},"deployment":"d-ABCDEFGHI"}}"#
        );
        let hint = Envelope::notify(scope.clone(), id.clone(), None, at);
        assert_eq!(hint.encode(), golden);
        assert_eq!(Envelope::decode(golden).expect("an envelope"), hint);
        let of_shard = Envelope::notify(scope, id, Some(3), at);
        assert!(of_shard.encode().ends_with(r#""deployment":"d-ABCDEFGHI","shard":3}}"#));
        assert_eq!(Envelope::decode(&of_shard.encode()).expect("an envelope"), of_shard);
    }

    #[test]
    fn strangers_are_refused_by_name() {
        for (text, error) in [
            ("{", "read the queue message: EOF"),
            (r#"{"v":2,"kind":"later"}"#, "read a queue message of version 2"),
            (r#"{"v":1,"id":"x","at":0,"kind":"dance","body":{}}"#, "unknown variant `dance`"),
        ] {
            let told = Envelope::decode(text).expect_err("a refusal").to_string();
            assert!(told.contains(error), "{told}");
        }
    }
}
