//! Reading a mapping by its keys, with the path and the place of everything.

use crate::finding::{Finding, Place};
use crate::node::{Entry, Node};
use crate::placeholder;
use crate::report::Report;
use crate::words::{cut, list, meant, shown};

/// A value, its path, and the place of the key that names it.
#[derive(Debug, Clone)]
pub(crate) struct View<'a> {
    pub(crate) node: &'a Node,
    pub(crate) path: String,
    /// The key that names the value; `None` for the root and for items of a list.
    pub(crate) key: Option<&'a str>,
    /// Where to point when something is missing inside the value.
    pub(crate) head: Place,
}

impl<'a> View<'a> {
    pub(crate) fn root(node: &'a Node) -> Self {
        Self { node, path: String::new(), key: None, head: node.place }
    }

    pub(crate) fn entry(&self, entry: &'a Entry) -> Self {
        let path = join(&self.path, &entry.key);
        Self { node: &entry.value, path, key: Some(&entry.key), head: entry.key_place }
    }

    pub(crate) fn items(&self) -> impl Iterator<Item = View<'a>> {
        let path = self.path.clone();
        self.node.items().iter().enumerate().map(move |(index, node)| View {
            node,
            path: format!("{path}[{index}]"),
            key: None,
            head: node.place,
        })
    }

    pub(crate) fn error(&self, code: &'static str, message: impl Into<String>) -> Finding {
        Finding::error(code, message).at(self.node.place, self.path.as_str())
    }

    pub(crate) fn warning(&self, code: &'static str, message: impl Into<String>) -> Finding {
        Finding::warning(code, message).at(self.node.place, self.path.as_str())
    }

    /// The key, or the last part of the path, for messages.
    pub(crate) fn name(&self) -> String {
        let tail = || self.path.rsplit('.').next().unwrap_or(&self.path);
        cut(self.key.unwrap_or_else(tail))
    }

    /// The text of a scalar; anything else is a finding.
    pub(crate) fn scalar(&self, report: &mut Report) -> Option<&'a str> {
        let text = self.node.text();
        if text.is_none() {
            let message = format!("{} must be a single value, not {}.", self.name(), self.node.kind());
            report.push(self.error("wrong-type", message));
        }
        text
    }

    /// The text of a scalar that a deployment will use as it stands: no CloudFormation function (reported
    /// by the walk over the whole tree) and no placeholder.
    pub(crate) fn literal(&self, report: &mut Report) -> Option<&'a str> {
        if self.node.intrinsic().is_some() {
            return None;
        }
        let text = self.scalar(report)?;
        match placeholder::advice(text) {
            None => Some(text),
            Some(advice) => {
                let message = format!("{} is the placeholder {}, not a value.", self.name(), shown(text));
                report.push(self.error("placeholder", message).advise(advice));
                None
            }
        }
    }

    /// The items of a list; anything else but an empty value is a finding.
    pub(crate) fn list(&self, advice: &str, report: &mut Report) -> Vec<View<'a>> {
        if !matches!(self.node.shape, crate::node::Shape::List(_)) && !self.node.is_null() {
            let message = format!("{} must be a list, not {}.", self.name(), self.node.kind());
            report.push(self.error("wrong-type", message).advise(advice));
        }
        self.items().collect()
    }
}

/// Whether the keys of a mapping may be written in any case.
///
/// Agent, AppSpec parsing: the keys of server AppSpecs are exact. Behaviour, ECS: the first letter is
/// accepted in either case; the whole word is, here, for Lambda and ECS.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Case {
    Exact,
    Any,
}

impl Case {
    pub(crate) fn same(self, a: &str, b: &str) -> bool {
        match self {
            Self::Exact => a == b,
            Self::Any => a.eq_ignore_ascii_case(b),
        }
    }
}

/// A mapping with the keys that are known in it.
#[derive(Debug)]
pub(crate) struct Fields<'a> {
    pub(crate) view: View<'a>,
    case: Case,
    known: &'static [&'static str],
}

impl<'a> Fields<'a> {
    /// `None`, with a finding, when the value is no mapping.
    pub(crate) fn of(
        view: View<'a>,
        case: Case,
        known: &'static [&'static str],
        report: &mut Report,
    ) -> Option<Self> {
        if view.node.intrinsic().is_some() && case == Case::Any {
            return None;
        }
        if !matches!(view.node.shape, crate::node::Shape::Map(_)) {
            let what = if view.path.is_empty() { "The AppSpec".to_owned() } else { view.name() };
            let message = format!("{what} must be a mapping, not {}.", view.node.kind());
            let finding = view.error("wrong-type", message);
            report.push(finding.advise(format!("Its keys are {}.", list(known))));
            return None;
        }
        Some(Self { view, case, known })
    }

    /// The value of a key, the last one if it is there twice; an empty value counts as absent.
    pub(crate) fn find(&self, key: &str) -> Option<View<'a>> {
        self.find_even_empty(key).filter(|view| !view.node.is_null())
    }

    pub(crate) fn find_even_empty(&self, key: &str) -> Option<View<'a>> {
        let entry = self.view.node.entries().iter().rev().find(|entry| self.case.same(&entry.key, key))?;
        Some(self.view.entry(entry))
    }

    /// The value of a key that must be there.
    pub(crate) fn require(&self, key: &'static str, advice: &str, report: &mut Report) -> Option<View<'a>> {
        let found = self.find_even_empty(key);
        match found {
            Some(view) if !view.node.is_null() => Some(view),
            Some(view) => {
                report.push(view.error("missing", format!("{key} is empty.")).advise(advice));
                None
            }
            None => {
                let message = match self.view.name().as_str() {
                    "" => format!("{key} is missing."),
                    holder => format!("{holder} has no {key}."),
                };
                let near = self.strays().find(|entry| meant(&entry.key, &[key]).is_some());
                let (place, advice) = match near {
                    Some(entry) => {
                        (entry.key_place, format!("Is {} meant to be {key}? {advice}", shown(&entry.key)))
                    }
                    None => (self.view.head, advice.to_owned()),
                };
                let path = join(&self.view.path, key);
                report.push(Finding::error("missing", message).at(place, path).advise(advice));
                None
            }
        }
    }

    fn strays(&self) -> impl Iterator<Item = &'a Entry> {
        let entries = self.view.node.entries().iter();
        entries.filter(|entry| !self.known.iter().any(|key| self.case.same(&entry.key, key)))
    }

    /// A warning for every key that nobody reads, with `special` advice where a mistake is a common one.
    pub(crate) fn warn_strays(&self, special: impl Fn(&str) -> Option<&'static str>, report: &mut Report) {
        for entry in self.strays() {
            if entry.key == "<<" || entry.key.starts_with("x-") {
                continue;
            }
            let view = self.view.entry(entry);
            let place = if self.view.path.is_empty() { "of an AppSpec" } else { "here" };
            let message = format!("{} is no key {place} and is ignored.", shown(&entry.key));
            let advice = match (special(&entry.key), meant(&entry.key, self.known)) {
                (Some(advice), _) => advice.to_owned(),
                (None, Some(near)) => format!("Did you mean {near}?"),
                (None, None) => format!("The keys are {}.", list(self.known)),
            };
            let finding = Finding::warning("unknown-key", message).at(entry.key_place, view.path);
            report.push(finding.advise(advice));
        }
    }
}

fn join(path: &str, key: &str) -> String {
    if path.is_empty() { cut(key) } else { format!("{path}.{}", cut(key)) }
}
