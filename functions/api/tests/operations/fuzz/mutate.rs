//! Requests that nobody wrote: any bytes, any JSON, and valid requests with some changes.

use std::collections::BTreeSet;

use proptest::prelude::*;
use proptest::sample::{Index, select};
use serde_json::{Map, Value, json};

use super::{Request, corpus};

/// Values at the edges of what is expected somewhere.
fn odd_values() -> Vec<Value> {
    let deep = (0..60).fold(json!(1), |inner, _| json!([inner]));
    vec![
        json!(null),
        json!(true),
        json!(0),
        json!(-1),
        json!(101),
        json!(i64::MIN),
        json!(u64::MAX),
        json!(0.5),
        json!(1e300),
        json!(""),
        json!(" "),
        json!("\0"),
        json!("é\u{202e}\u{1f600}"),
        json!("x".repeat(300)),
        json!("x".repeat(70_000)),
        json!("app/../x"),
        json!("#"),
        json!("~"),
        json!("$1"),
        json!("d-ABCDEFGHI"),
        json!("CodeDeployDefault.OneAtATime"),
        json!("arn:aws:codedeploy:us-east-1:123456789012:application:app"),
        json!([]),
        json!({}),
        json!([null]),
        json!([[], {}]),
        json!(vec!["app"; 200]),
        deep,
    ]
}

/// Names and values that the corpus uses.
fn words(of: &Value, names: &mut BTreeSet<String>, values: &mut Vec<Value>) {
    values.push(of.clone());
    match of {
        Value::Object(members) => {
            for (name, value) in members {
                names.insert(name.clone());
                words(value, names, values);
            }
        }
        Value::Array(items) => items.iter().for_each(|item| words(item, names, values)),
        _ => {}
    }
}

/// The names of members, and values: the corpus's own and odd ones.
fn dictionary() -> (Vec<String>, Vec<Value>) {
    let (mut names, mut values) = (BTreeSet::new(), odd_values());
    for seed in corpus::world().into_iter().chain(corpus::requests()) {
        words(&seed.input, &mut names, &mut values);
    }
    values.sort_by_cached_key(Value::to_string);
    values.dedup();
    (names.into_iter().collect(), values)
}

fn operation() -> impl Strategy<Value = String> {
    let names: BTreeSet<String> = corpus::requests().into_iter().map(|seed| seed.operation).collect();
    select(names.into_iter().collect::<Vec<_>>())
}

/// An operation and bytes, of JSON's own more than of others.
pub(super) fn any_bytes() -> impl Strategy<Value = Request> {
    let json = select(b"{}[]\",:\\u0trfn-e. ".to_vec());
    let byte = prop_oneof![any::<u8>(), json];
    (operation(), prop::collection::vec(byte, 0..60))
        .prop_map(|(operation, body)| Request { operation, body })
}

/// An operation and JSON of members and values that occur somewhere.
pub(super) fn any_json() -> impl Strategy<Value = Request> {
    let (names, values) = dictionary();
    let leaf = prop_oneof![4 => select(values), 1 => any::<String>().prop_map(Value::from), 1 => any::<f64>().prop_map(Value::from)];
    let name = select(names);
    let any = leaf.prop_recursive(3, 24, 5, move |inner| {
        let members = prop::collection::vec((name.clone(), inner.clone()), 0..5);
        prop_oneof![
            prop::collection::vec(inner, 0..4).prop_map(Value::from),
            members.prop_map(|members| Value::Object(members.into_iter().collect())),
        ]
    });
    (operation(), any).prop_map(|(operation, body)| Request { operation, body: body.to_string().into() })
}

/// A change of a request.
#[derive(Debug, Clone)]
enum Edit {
    /// Another value at some place.
    Replace(Index, Value),
    /// One member or element less.
    Remove(Index),
    /// A member more, or another value of it.
    Insert(Index, String, Value),
    /// The value twice, in a list.
    Double(Index),
    /// Bytes instead of bytes.
    Bytes(Index, usize, Vec<u8>),
}

fn edit() -> impl Strategy<Value = Edit> {
    let (names, values) = dictionary();
    let place = any::<Index>;
    prop_oneof![
        6 => (place(), select(values.clone())).prop_map(|(at, value)| Edit::Replace(at, value)),
        2 => place().prop_map(Edit::Remove),
        4 => (place(), select(names), select(values)).prop_map(|(at, name, value)| Edit::Insert(at, name, value)),
        1 => place().prop_map(Edit::Double),
        1 => (place(), 0_usize..6, prop::collection::vec(any::<u8>(), 0..4))
            .prop_map(|(at, cut, bytes)| Edit::Bytes(at, cut, bytes)),
    ]
}

/// A valid request, changed in up to four places.
pub(super) fn any_mutation() -> impl Strategy<Value = Request> {
    let seeds: Vec<_> = corpus::requests().into_iter().map(|s| (s.operation, s.input)).collect();
    (select(seeds), prop::collection::vec(edit(), 0..4)).prop_map(|((operation, input), edits)| {
        let mut body = input;
        for edit in &edits {
            change(&mut body, edit);
        }
        let mut body = body.to_string().into_bytes();
        for edit in &edits {
            if let Edit::Bytes(at, cut, bytes) = edit {
                let from = at.index(body.len() + 1);
                let to = body.len().min(from + cut);
                body.splice(from..to, bytes.iter().copied());
            }
        }
        Request { operation, body }
    })
}

fn change(body: &mut Value, edit: &Edit) {
    let (Edit::Replace(at, _)
    | Edit::Remove(at)
    | Edit::Insert(at, ..)
    | Edit::Double(at)
    | Edit::Bytes(at, ..)) = edit;
    let count = nodes(body);
    let Some(node) = node(body, &mut at.index(count)) else { return };
    match edit {
        Edit::Replace(_, value) => *node = value.clone(),
        Edit::Remove(at) => match node {
            Value::Object(members) if !members.is_empty() => {
                let name = members.keys().nth(at.index(members.len())).cloned().unwrap_or_default();
                members.remove(&name);
            }
            Value::Array(items) if !items.is_empty() => drop(items.remove(at.index(items.len()))),
            other => *other = Value::Null,
        },
        Edit::Insert(_, name, value) => match node {
            Value::Object(members) => drop(members.insert(name.clone(), value.clone())),
            other => *other = Value::Object(Map::from_iter([(name.clone(), value.clone())])),
        },
        Edit::Double(_) => *node = json!([node.clone(), node.clone()]),
        Edit::Bytes(..) => {}
    }
}

fn nodes(of: &Value) -> usize {
    1 + match of {
        Value::Object(members) => members.values().map(nodes).sum(),
        Value::Array(items) => items.iter().map(nodes).sum(),
        _ => 0,
    }
}

/// The value at that place, counted from the outside in; `left` is counted down.
fn node<'a>(of: &'a mut Value, left: &mut usize) -> Option<&'a mut Value> {
    if *left == 0 {
        return Some(of);
    }
    *left -= 1;
    match of {
        Value::Object(members) => members.values_mut().find_map(|inner| node(inner, left)),
        Value::Array(items) => items.iter_mut().find_map(|inner| node(inner, left)),
        _ => None,
    }
}
