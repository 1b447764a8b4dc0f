//! A Lambda alias as the engine sees it: which version it names and which share goes elsewhere.

use std::collections::BTreeMap;
use std::fmt;

use serde::{Deserialize, Serialize};

/// The alias of a function.
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct AliasRef {
    /// Function name or ARN, as the AppSpec gives it.
    pub function: String,
    /// Alias name.
    pub alias: String,
}

impl fmt::Display for AliasRef {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.function, self.alias)
    }
}

/// What an alias points at. Weights are in ten-thousandths; entries of zero are not kept, so two states
/// that route alike compare equal whatever their spelling was. The description is no part of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AliasState {
    /// The version that gets all that the weights leave.
    pub version: String,
    /// Additional versions and their shares, 1..=10000 each.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub weights: BTreeMap<String, u16>,
}

impl AliasState {
    /// All traffic on `version`, no weights.
    pub fn whole(version: impl Into<String>) -> Self {
        Self { version: version.into(), weights: BTreeMap::new() }
    }

    /// `percent` of the traffic on `target`, the rest on `current`. 0 and 100 carry no weights: at 100
    /// the alias names the target (behaviour: Lambda, end of the shift).
    pub fn shifted(current: &str, target: &str, percent: u8) -> Self {
        match percent {
            0 => Self::whole(current),
            100.. => Self::whole(target),
            _ => Self {
                version: current.to_owned(),
                weights: BTreeMap::from([(target.to_owned(), u16::from(percent) * 100)]),
            },
        }
    }

    /// From an outside reading: fractions 0.0..=1.0 per additional version.
    pub fn observed<'a>(version: &str, fractions: impl IntoIterator<Item = (&'a str, f64)>) -> Self {
        let weights = fractions
            .into_iter()
            .map(|(v, f)| (v.to_owned(), (f.clamp(0.0, 1.0) * 10_000.0).round() as u16))
            .filter(|(_, w)| *w > 0)
            .collect();
        Self { version: version.to_owned(), weights }
    }

    /// From the words in which it is displayed.
    pub fn parse(words: &str) -> Option<Self> {
        let words = words.strip_prefix("version ")?;
        if let Some(version) = words.strip_suffix(" without weights") {
            return Some(Self::whole(version));
        }
        let (version, weights) = words.split_once(" with ")?;
        let weight = |one: &str| {
            let (percent, version) = one.split_once(" % on version ")?;
            let weight = (percent.parse::<f64>().ok()? * 100.0).round() as u16;
            Some((version.to_owned(), weight))
        };
        let weights = weights.split(", ").map(weight).collect::<Option<_>>()?;
        Some(Self { version: version.to_owned(), weights })
    }

    /// The weights as the fractions that Lambda's API takes.
    pub fn fractions(&self) -> impl Iterator<Item = (&str, f64)> {
        self.weights.iter().map(|(v, w)| (v.as_str(), f64::from(*w) / 10_000.0))
    }

    /// The share of the traffic that `version` gets, in ten-thousandths.
    pub fn share(&self, version: &str) -> u16 {
        let elsewhere: u16 = self.weights.values().sum::<u16>().min(10_000);
        let extra = self.weights.get(version).copied().unwrap_or(0);
        if self.version == version { 10_000 - elsewhere + extra } else { extra }
    }
}

impl fmt::Display for AliasState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.weights.is_empty() {
            return write!(f, "version {} without weights", self.version);
        }
        write!(f, "version {} with", self.version)?;
        for (i, (version, weight)) in self.weights.iter().enumerate() {
            let comma = if i == 0 { "" } else { "," };
            write!(f, "{comma} {} % on version {version}", f64::from(*weight) / 100.0)?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_shift_weighs_the_target_and_leaves_the_rest() {
        for (percent, text, share) in [
            (0, "version 1 without weights", 0),
            (10, "version 1 with 10 % on version 2", 1_000),
            (99, "version 1 with 99 % on version 2", 9_900),
            (100, "version 2 without weights", 10_000),
        ] {
            let state = AliasState::shifted("1", "2", percent);
            assert_eq!(state.to_string(), text);
            assert_eq!(state.share("2"), share);
            assert_eq!(state.share("1"), 10_000 - share);
        }
    }

    #[test]
    fn what_is_displayed_is_read_back() {
        let two = AliasState {
            weights: BTreeMap::from([("2".into(), 250), ("3".into(), 1)]),
            ..AliasState::whole("1")
        };
        for state in [AliasState::whole("$LATEST"), AliasState::shifted("1", "2", 10), two] {
            assert_eq!(AliasState::parse(&state.to_string()), Some(state));
        }
        for other in
            ["", "version", "version 1", "version 1 with 10 on version 2", "version 1 with x % on version 2"]
        {
            assert_eq!(AliasState::parse(other), None, "{other}");
        }
    }

    #[test]
    fn a_zero_weight_is_no_weight() {
        assert_eq!(AliasState::observed("1", [("2", 0.0)]), AliasState::whole("1"));
        assert_eq!(AliasState::observed("1", [("2", 0.1)]), AliasState::shifted("1", "2", 10));
    }
}
