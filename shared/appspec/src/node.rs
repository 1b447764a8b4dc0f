//! The tree of a YAML or JSON text, every node with its place.

use crate::finding::Place;

/// One value of the text.
#[derive(Debug, Clone)]
pub(crate) struct Node {
    /// Where the value starts; an empty value has the place of its key.
    pub(crate) place: Place,
    /// A tag that is not one of YAML's own, such as `!GetAtt`.
    pub(crate) tag: Option<String>,
    pub(crate) shape: Shape,
}

#[derive(Debug, Clone)]
pub(crate) enum Shape {
    /// `plain` is a scalar without quotes, which may stand for a number, a truth value or null.
    Scalar {
        text: String,
        plain: bool,
    },
    List(Vec<Node>),
    /// In the order of the text, duplicates kept.
    Map(Vec<Entry>),
}

#[derive(Debug, Clone)]
pub(crate) struct Entry {
    pub(crate) key: String,
    pub(crate) key_place: Place,
    pub(crate) value: Node,
}

impl Node {
    pub(crate) fn is_null(&self) -> bool {
        self.tag.is_none() && matches!(self.plain(), Some("" | "~" | "null" | "Null" | "NULL"))
    }

    /// The text of a scalar, quoted or not.
    pub(crate) fn text(&self) -> Option<&str> {
        match &self.shape {
            Shape::Scalar { text, .. } => Some(text),
            Shape::List(_) | Shape::Map(_) => None,
        }
    }

    /// The text of a scalar without quotes.
    pub(crate) fn plain(&self) -> Option<&str> {
        match &self.shape {
            Shape::Scalar { text, plain: true } => Some(text),
            _ => None,
        }
    }

    pub(crate) fn entries(&self) -> &[Entry] {
        match &self.shape {
            Shape::Map(entries) => entries,
            _ => &[],
        }
    }

    pub(crate) fn items(&self) -> &[Node] {
        match &self.shape {
            Shape::List(items) => items,
            _ => &[],
        }
    }

    /// What kind of value this is, for messages.
    pub(crate) fn kind(&self) -> &'static str {
        match &self.shape {
            Shape::List(_) => "a list",
            Shape::Map(_) => "a mapping",
            Shape::Scalar { .. } if self.is_null() => "empty",
            Shape::Scalar { text, plain: true } if text.parse::<f64>().is_ok() => "a number",
            Shape::Scalar { text, plain: true } if matches!(text.as_str(), "true" | "false") => {
                "true or false"
            }
            Shape::Scalar { .. } => "a text",
        }
    }

    /// The CloudFormation function that stands in the place of a value: `!GetAtt`, or a mapping `{Ref: …}`.
    pub(crate) fn intrinsic(&self) -> Option<&str> {
        if let Some(tag) = &self.tag {
            return Some(tag);
        }
        match self.entries() {
            [only] if only.key == "Ref" || only.key.starts_with("Fn::") => Some(&only.key),
            _ => None,
        }
    }

    /// The number of nodes and the levels of this tree.
    pub(crate) fn extent(&self) -> (usize, usize) {
        let join = |(count, height): (usize, usize), node: &Node| {
            let (more, below) = node.extent();
            (count + more, height.max(below))
        };
        let (count, height) = match &self.shape {
            Shape::Scalar { .. } => (0, 0),
            Shape::List(items) => items.iter().fold((0, 0), join),
            Shape::Map(entries) => entries.iter().map(|entry| &entry.value).fold((0, 0), join),
        };
        (count + 1, height + 1)
    }
}
