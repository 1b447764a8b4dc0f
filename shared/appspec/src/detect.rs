//! Which platform an AppSpec is written for.

use crate::fields::{Case, Fields, View};
use crate::node::Node;
use crate::spec::Platform;

/// What the text itself says: the type of its resource, the properties that only one platform has, or the
/// sections of a server AppSpec.
///
/// An application for servers takes any text with an `os` as its own: the official agent ignores other
/// keys at the top.
pub(crate) fn platform(root: &Node, expected: Option<Platform>) -> Option<Platform> {
    let has = |key: &str| root.entries().iter().any(|entry| Case::Any.same(&entry.key, key));
    if expected == Some(Platform::Server) && has("os") {
        return expected;
    }
    if let Some(resources) = value(root, "resources") {
        return resource(resources);
    }
    ["os", "files", "permissions"].iter().any(|key| has(key)).then_some(Platform::Server)
}

fn resource(resources: &Node) -> Option<Platform> {
    let item = resources.items().first().unwrap_or(resources);
    let bodies = item.entries().iter().map(|entry| &entry.value).chain([item]);
    bodies.into_iter().find_map(|body| {
        let named = value(body, "type").and_then(Node::text).and_then(named);
        named.or_else(|| value(body, "properties").and_then(propertied))
    })
}

fn named(name: &str) -> Option<Platform> {
    let name = name.to_ascii_lowercase();
    [("lambda", Platform::Lambda), ("ecs", Platform::Ecs)]
        .into_iter()
        .find_map(|(word, platform)| name.contains(word).then_some(platform))
}

fn propertied(properties: &Node) -> Option<Platform> {
    let lambda = ["alias", "currentversion", "targetversion"];
    let ecs = ["taskdefinition", "loadbalancerinfo"];
    [(lambda.as_slice(), Platform::Lambda), (ecs.as_slice(), Platform::Ecs)].into_iter().find_map(
        |(keys, platform)| keys.iter().any(|key| value(properties, key).is_some()).then_some(platform),
    )
}

fn value<'a>(node: &'a Node, key: &str) -> Option<&'a Node> {
    node.entries().iter().find(|entry| Case::Any.same(&entry.key, key)).map(|entry| &entry.value)
}

/// The value to point at when the platform cannot be told: the type of the resource, or the resources.
pub(crate) fn doubt<'a>(root: &Fields<'a>) -> View<'a> {
    let Some(resources) = root.find_even_empty("resources") else { return root.view.clone() };
    let item = resources.items().next();
    let holder = item.as_ref().unwrap_or(&resources);
    let bodies = holder.node.entries().iter().map(|entry| holder.entry(entry));
    let mut types = bodies.filter_map(|body| {
        let entry = body.node.entries().iter().find(|entry| Case::Any.same(&entry.key, "type"))?;
        Some(body.entry(entry))
    });
    types.next().unwrap_or(resources)
}
