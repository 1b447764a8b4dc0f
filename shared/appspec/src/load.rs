//! From text to tree: the one place that names the YAML parser.
//!
//! JSON is a subset of YAML, so one parser serves both. Only the first document counts (the official agent
//! reads no further). Anchors are copied to where their aliases stand, within [`MAX_NODES`] in all.

use crate::finding::{Finding, Place};
use crate::node::{Entry, Node, Shape};
use crate::syntax;
use granit_parser::{Event, Options, Parser, ScalarStyle, Span, Tag};
use std::collections::HashMap;

/// The longest AppSpec that is read, in bytes: 400 KiB.
pub const MAX_BYTES: usize = 400 * 1024;
/// The deepest nesting of lists and mappings; a real AppSpec needs nine levels.
pub const MAX_DEPTH: usize = 32;
/// The most values, copies made by aliases included.
pub const MAX_NODES: usize = 100_000;

/// What a text holds.
#[derive(Debug)]
pub(crate) struct Loaded {
    /// `None`: the text holds no value at all.
    pub(crate) root: Option<Node>,
    /// The first alias, for those who must not use one.
    pub(crate) alias: Option<Place>,
    /// The start of a second document, which nobody reads.
    pub(crate) second: Option<Place>,
}

pub(crate) fn load(text: &str) -> Result<Loaded, Finding> {
    if text.len() > MAX_BYTES {
        let message = format!("The AppSpec has {} bytes; the limit is {MAX_BYTES} (400 KiB).", text.len());
        return Err(Finding::error("too-large", message)
            .advise("Check that this is the AppSpec and not another file of the bundle."));
    }
    let mut options = Options::default();
    options.flow_nesting_limit = MAX_DEPTH;
    options.block_nesting_limit = MAX_DEPTH;
    options.set_emit_comments(false);
    let mut builder = Builder::default();
    let (mut done, mut second) = (false, None);
    for event in Parser::new_from_str_with_options(text, options) {
        let (event, span) = event.map_err(|error| syntax::finding(&error))?;
        match event {
            Event::DocumentStart(..) if done => {
                second = Some(place(&span));
                break;
            }
            Event::DocumentEnd => done = true,
            event => builder.take(event, &span)?,
        }
    }
    Ok(Loaded { root: builder.root, alias: builder.alias, second })
}

/// Lists and mappings that are still open, outermost first.
#[derive(Default)]
struct Builder {
    open: Vec<Open>,
    root: Option<Node>,
    anchors: HashMap<usize, Node>,
    nodes: usize,
    alias: Option<Place>,
}

struct Open {
    node: Node,
    anchor: usize,
    /// The key that waits for its value.
    key: Option<(String, Place)>,
}

impl Builder {
    fn take(&mut self, event: Event<'_>, span: &Span) -> Result<(), Finding> {
        let here = place(span);
        match event {
            Event::Scalar(text, style, anchor, tag) => {
                let (tag, forced) = own_tag(tag.as_deref());
                let plain = style == ScalarStyle::Plain && !forced;
                let shape = Shape::Scalar { text: text.into_owned(), plain };
                let empty = plain && span.is_empty();
                let place = if empty { self.key_place().unwrap_or(here) } else { here };
                self.close(Node { place, tag, shape }, anchor)
            }
            Event::SequenceStart(_, anchor, tag) => {
                self.start(Shape::List(Vec::new()), anchor, tag.as_deref(), here)
            }
            Event::MappingStart(_, anchor, tag) => {
                self.start(Shape::Map(Vec::new()), anchor, tag.as_deref(), here)
            }
            Event::SequenceEnd | Event::MappingEnd => match self.open.pop() {
                Some(Open { node, anchor, .. }) => self.close(node, anchor),
                None => Ok(()),
            },
            Event::Alias(anchor) => self.copy(anchor, here),
            _ => Ok(()),
        }
    }

    fn key_place(&self) -> Option<Place> {
        self.open.last()?.key.as_ref().map(|(_, place)| *place)
    }

    fn start(&mut self, shape: Shape, anchor: usize, tag: Option<&Tag>, here: Place) -> Result<(), Finding> {
        if self.open.len() >= MAX_DEPTH {
            return Err(too_deep(here));
        }
        let node = Node { place: here, tag: own_tag(tag).0, shape };
        self.open.push(Open { node, anchor, key: None });
        Ok(())
    }

    /// Puts a finished node where it belongs.
    fn close(&mut self, node: Node, anchor: usize) -> Result<(), Finding> {
        self.count(1, node.place)?;
        if anchor != 0 {
            self.count(node.extent().0, node.place)?;
            self.anchors.insert(anchor, node.clone());
        }
        self.put(node)
    }

    fn put(&mut self, node: Node) -> Result<(), Finding> {
        let Some(parent) = self.open.last_mut() else {
            self.root.get_or_insert(node);
            return Ok(());
        };
        match (&mut parent.node.shape, parent.key.take()) {
            (Shape::List(items), _) => items.push(node),
            (Shape::Map(entries), Some((key, key_place))) => {
                entries.push(Entry { key, key_place, value: node });
            }
            (Shape::Map(_), None) => match node.shape {
                Shape::Scalar { text, .. } => parent.key = Some((text, node.place)),
                _ => {
                    let message = "A key of a mapping is itself a list or a mapping.";
                    return Err(Finding::error("key", message)
                        .at(node.place, "")
                        .advise("Keys of an AppSpec are single words; quote text that starts with { or [."));
                }
            },
            (Shape::Scalar { .. }, _) => {}
        }
        Ok(())
    }

    fn copy(&mut self, anchor: usize, here: Place) -> Result<(), Finding> {
        self.alias.get_or_insert(here);
        let Some(target) = self.anchors.get(&anchor) else {
            return Err(Finding::error("alias", "The alias stands inside the value that it repeats.")
                .at(here, "")
                .advise("Write the value out."));
        };
        let (nodes, levels) = target.extent();
        if self.open.len() + levels > MAX_DEPTH {
            return Err(too_deep(here));
        }
        self.count(nodes, here)?;
        // A copy cannot be absent: the extent was read from it a moment ago.
        match self.anchors.get(&anchor).cloned() {
            Some(copy) => self.put(Node { place: here, ..copy }),
            None => Ok(()),
        }
    }

    fn count(&mut self, nodes: usize, here: Place) -> Result<(), Finding> {
        self.nodes += nodes;
        if self.nodes <= MAX_NODES {
            return Ok(());
        }
        let message = format!("The AppSpec has more than {MAX_NODES} values, copies by aliases included.");
        Err(Finding::error("too-many-values", message).at(here, ""))
    }
}

fn too_deep(here: Place) -> Finding {
    let message = format!("Lists and mappings are nested more than {MAX_DEPTH} levels deep.");
    Finding::error("too-deep", message).at(here, "")
}

/// A tag that is not YAML's own; and whether it forces a text (`!!str 1`, `! 1`).
fn own_tag(tag: Option<&Tag>) -> (Option<String>, bool) {
    match tag {
        None => (None, false),
        Some(tag) if tag.is_yaml_core_schema() => (None, tag.core_suffix() == Some("str")),
        Some(tag) if tag.original() == "!" => (None, true),
        Some(tag) => (Some(tag.original()), false),
    }
}

/// Where a value starts, its tag included.
fn place(span: &Span) -> Place {
    syntax::place(&span.tag_start().unwrap_or(span.start))
}

#[cfg(test)]
#[path = "load_tests.rs"]
mod tests;
