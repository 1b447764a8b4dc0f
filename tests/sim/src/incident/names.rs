//! Names: scenarios play with the simulator's own function and its versions 1 and 2.

use std::collections::BTreeMap;

use cutover_core::alias::AliasState;
use cutover_core::plan::AliasShift;

/// The first number for versions of others whose own is taken.
const OTHERS: u32 = 90;

/// Which version of the scenario stands for which.
pub(super) struct Versions {
    names: BTreeMap<String, String>,
    from: (String, String),
}

impl Versions {
    pub(super) fn of(shift: &AliasShift) -> Self {
        let mut names = BTreeMap::from([(shift.target.clone(), "2".to_owned())]);
        names.insert(shift.current.clone(), "1".to_owned());
        Self { names, from: (shift.current.clone(), shift.target.clone()) }
    }

    /// What stands for a version: other ones keep their own number if they can.
    fn version(&mut self, real: &str) -> String {
        if let Some(name) = self.names.get(real) {
            return name.clone();
        }
        let taken = |names: &BTreeMap<String, String>, name: &str| {
            ["1", "2"].contains(&name) || names.values().any(|n| n == name)
        };
        let mut name = word(real);
        let mut number = OTHERS;
        while taken(&self.names, &name) {
            name = number.to_string();
            number += 1;
        }
        self.names.insert(real.to_owned(), name.clone());
        name
    }

    /// What stands for a state of the alias.
    pub(super) fn state(&mut self, real: &AliasState) -> AliasState {
        let version = self.version(&real.version);
        let weights = real.weights.iter().map(|(v, weight)| (self.version(v), *weight)).collect();
        AliasState { version, weights }
    }

    /// Which versions go by another number.
    pub(super) fn told(&self) -> Vec<String> {
        let (current, target) = &self.from;
        let others = self.names.iter().filter(|(real, _)| *real != current && *real != target);
        let others = others.filter(|(real, name)| real != name);
        let mut told: Vec<String> =
            others.map(|(real, name)| format!("version {name} stands for {}", word(real))).collect();
        if current == target {
            told.push(format!("version 1 and version 2 both stand for {}", word(current)));
        }
        told
    }
}

/// A name as a word of a scenario: blanks and what begins a comment are replaced.
pub(super) fn word(name: &str) -> String {
    let kept = |c: char| if c.is_whitespace() || c.is_control() || c == '#' { '-' } else { c };
    if name.is_empty() { "-".to_owned() } else { name.chars().map(kept).collect() }
}

/// Alarm names as words, each another.
pub(super) fn words(names: &[String]) -> Vec<String> {
    let mut words: Vec<String> = Vec::with_capacity(names.len());
    for name in names {
        let mut word = word(name);
        while words.contains(&word) {
            word.push('\'');
        }
        words.push(word);
    }
    words
}

#[cfg(test)]
mod tests {
    use cutover_core::alias::AliasRef;

    use super::*;

    #[test]
    fn versions_are_renamed_and_none_is_taken_twice() {
        let alias = AliasRef { function: "f".into(), alias: "live".into() };
        let mut versions = Versions::of(&AliasShift { alias, current: "5".into(), target: "7".into() });
        let names = ["5", "7", "1", "9", "90", "2", "1"].map(|real| versions.version(real));
        assert_eq!(names, ["1", "2", "90", "9", "91", "92", "90"]);
        let told = ["version 90 stands for 1", "version 92 stands for 2", "version 91 stands for 90"];
        assert_eq!(versions.told(), told);
        let state = versions.state(&AliasState::shifted("5", "7", 10));
        assert_eq!(state, AliasState::shifted("1", "2", 10));
    }

    #[test]
    fn alarm_names_are_words() {
        let names = ["5xx rate", "5xx#rate", "hot", ""].map(str::to_owned);
        assert_eq!(words(&names), ["5xx-rate", "5xx-rate'", "hot", "-"]);
    }
}
