//! Order keys: what says which of two pushes is the older one, whenever they come.
//!
//! A key is text whose byte order is the order of builds. Every run of digits in it is a number: 20 digits wide, so that
//! 9 comes before 10, and `v1.9.3` before `v1.10.0`.

use serde::{Deserialize, Serialize};

use super::push::Push;

/// Digits of a number in a key.
const WIDTH: usize = 20;
/// Characters of a key.
const MOST: usize = 256;
/// Digits of an S3 sequencer in a key.
const SEQUENCER: usize = 32;

/// The place of a build among the builds of a group.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct OrderKey(String);

/// Why something is no order key.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "{0:?} is no order key: it must be of printable ASCII without # and spaces, with numbers of at most 20 digits"
)]
pub struct OrderError(pub String);

impl OrderKey {
    /// The key that somebody writes as `text`.
    pub fn written(text: &str) -> Result<Self, OrderError> {
        let wrong = || OrderError(text.chars().take(80).collect());
        if text.is_empty() || !text.bytes().all(|b| b.is_ascii_graphic() && b != b'#') {
            return Err(wrong());
        }
        let mut key = String::new();
        let mut rest = text;
        while !rest.is_empty() {
            let digits = rest.len() - rest.trim_start_matches(|c: char| c.is_ascii_digit()).len();
            let (number, behind) = rest.split_at(digits);
            let number = number.trim_start_matches('0');
            if number.len() > WIDTH {
                return Err(wrong());
            }
            if digits > 0 {
                key.push_str(&format!("{number:0>WIDTH$}"));
            }
            let words = behind.find(|c: char| c.is_ascii_digit()).unwrap_or(behind.len());
            key.push_str(&behind[..words]);
            rest = &behind[words..];
        }
        if key.len() > MOST { Err(wrong()) } else { Ok(Self(key)) }
    }

    /// The key of a push that has no other: when it happened, and for S3 its sequencer, which orders what is written to
    /// one key within a second. Of two sequencers the shorter one is filled up with zeros on the right.
    pub fn of_time(push: &Push) -> Self {
        let mut key = format!("{:015}", push.at.as_millis().max(0));
        if let Some(sequencer) =
            push.facts.get("sequencer").filter(|s| s.bytes().all(|b| b.is_ascii_hexdigit()))
        {
            key.push_str(&format!("-{:0<SEQUENCER$}", sequencer.to_ascii_lowercase()));
        }
        Self(key)
    }

    /// As it is stored and compared.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;
    use crate::time::Timestamp;
    use crate::trigger::push::Source;

    #[test]
    fn numbers_are_numbers() {
        let key = |text| OrderKey::written(text).expect("a key");
        for (older, newer) in [
            ("9", "10"),
            ("v1.9.3", "v1.10.0"),
            ("build-99-a", "build-100-a"),
            ("1.0", "1.0.1"),
            ("99999999999999999998", "99999999999999999999"),
        ] {
            assert!(key(older) < key(newer), "{older} {newer}");
        }
        assert_eq!(key("007"), key("7"));
        assert_eq!(key("0"), key("000"));
        for wrong in ["", "a b", "a#b", "ä", "123456789012345678901"] {
            assert!(OrderKey::written(wrong).is_err(), "{wrong}");
        }
        assert!(OrderKey::written(&"a1".repeat(20)).is_err());
    }

    #[test]
    fn a_sequencer_decides_within_a_second() {
        let push = |at, sequencer: &str| Push {
            source: Source::S3,
            place: "b".to_owned(),
            reference: "k".to_owned(),
            event: "e".to_owned(),
            at: Timestamp::from_millis(at),
            facts: BTreeMap::from([("sequencer".to_owned(), sequencer.to_owned())]),
        };
        let key = |at, sequencer| OrderKey::of_time(&push(at, sequencer));
        assert!(key(1_000, "00617F08") < key(1_000, "00617f0829"));
        assert!(key(1_000, "ff") < key(2_000, "00"));
        assert_eq!(key(1_000, "617f"), key(1_000, "617F00"));
        assert_eq!(key(1_000, "not hex").as_str(), "000000000001000");
    }
}
