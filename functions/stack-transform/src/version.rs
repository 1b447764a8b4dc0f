//! Which version an alias is to point to, as a short text that changes with it.
//!
//! A wait condition waits once, and a handle is used once, so both must be others whenever there is something to wait
//! for: their logical ids carry this text.

use cutover_core::hex::push_hex;
use serde_json::{Map, Value, json};
use sha2::{Digest, Sha256};

use crate::intrinsic::{self, Mention, mentions};
use crate::template::Template;

/// Bytes of the digest that the ids carry, as SAM's carry.
const BYTES: usize = 5;

/// Ten hexadecimal digits: of the expression, of all that can change its value without another expression, and of the
/// resource that it names.
pub(crate) fn stamp(template: &Template<'_>, version: &Value) -> String {
    let named = intrinsic::got(version).or(intrinsic::referred(version));
    let resource = named.and_then(|id| template.resource(id));
    // A function changes without its version, and only its version moves traffic.
    let resource = resource.filter(|resource| resource.kind() != "AWS::Lambda::Function");
    let properties = resource.and_then(|resource| resource.whole.get("Properties"));
    let mut known = Map::new();
    for value in [Some(version), properties].into_iter().flatten() {
        settle(template, value, &mut known);
    }
    let text = json!([canonical(version), properties, known]).to_string();
    let mut stamp = String::with_capacity(2 * BYTES);
    push_hex(&mut stamp, &Sha256::digest(text)[..BYTES]);
    stamp
}

/// Both forms of `Fn::GetAtt` say the same.
fn canonical(version: &Value) -> Value {
    match intrinsic::argument(version, "Fn::GetAtt")
        .and_then(Value::as_str)
        .and_then(|text| text.split_once('.'))
    {
        Some((id, attribute)) => json!({ "Fn::GetAtt": [id, attribute] }),
        None => version.clone(),
    }
}

/// Notes parameters, conditions and mappings that a value depends on.
fn settle(template: &Template<'_>, value: &Value, known: &mut Map<String, Value>) {
    let mut more = Vec::new();
    mentions(value, &mut |mention| {
        let (section, name, found) = match mention {
            Mention::Name(name) => ("Parameters", name, template.parameter(name)),
            Mention::Condition(name) => ("Conditions", name, template.member("Conditions", name)),
            Mention::Mapping(name) => ("Mappings", name, template.member("Mappings", name)),
            Mention::Attribute(_) => return,
        };
        if let Some(found) = found {
            more.push((format!("{section}/{name}"), section, found));
        }
    });
    for (place, section, found) in more {
        // Each is followed once, so circles end.
        if known.insert(place, found.clone()).is_none() && section == "Conditions" {
            settle(template, found, known);
        }
    }
}
