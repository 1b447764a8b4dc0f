//! Names of files in one directory: there may be very many, so they are in memory, and in a journal, as one text.

use serde::{Deserialize, Serialize};

/// Separated by `/`, which no name has.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Names(String);

impl Names {
    pub(super) fn add(&mut self, name: &str) {
        if !self.0.is_empty() {
            self.0.push('/');
        }
        self.0.push_str(name);
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = &str> {
        self.0.split('/').filter(|name| !name.is_empty())
    }

    /// For looking names up by a binary search.
    pub(super) fn sorted(&self) -> Vec<&str> {
        let mut names: Vec<_> = self.iter().collect();
        names.sort_unstable();
        names
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_come_back_one_by_one() {
        let mut names = Names::default();
        assert_eq!((names.iter().count(), serde_json::to_string(&names).unwrap()), (0, "\"\"".to_owned()));
        ["b", "a b", "ü"].iter().for_each(|name| names.add(name));
        assert_eq!(names.iter().collect::<Vec<_>>(), ["b", "a b", "ü"]);
        assert_eq!(names.sorted(), ["a b", "b", "ü"]);
        let text = serde_json::to_string(&names).unwrap();
        assert_eq!(serde_json::from_str::<Names>(&text).unwrap(), names);
    }
}
