//! `<group>-install.json`: what an install is about to do, in the official agent's words. Nobody reads it back.

use std::collections::HashMap;
use std::path::Path;

use serde_json::{Value, json};

use crate::layout;

use super::error::{At, InstallError};
use super::plan::Plan;
use super::settings::Settings;
use super::step::Step;

/// Writes it.
pub(super) fn write(plan: &Plan, path: &Path) -> Result<(), InstallError> {
    let text = json!({ "instructions": instructions(plan) }).to_string();
    layout::replace(path, &text).at(path, "cannot be written")
}

fn instructions(plan: &Plan) -> Vec<Value> {
    let (mut list, mut staged) = (Vec::new(), HashMap::new());
    for step in &plan.steps {
        match step {
            Step::Mkdir { path } => list.push(json!({ "type": "mkdir", "directory": path })),
            Step::Stage { source, fresh, set } => {
                staged.insert(fresh, (source, set));
            }
            Step::Swap { fresh, path, .. } => {
                let Some((source, set)) = staged.get(fresh) else { continue };
                list.push(json!({ "type": "copy", "source": source, "destination": path }));
                settings(path, set, &mut list);
            }
            Step::Set { path, set, .. } => settings(path, set, &mut list),
            Step::Aside { .. } | Step::Switch => {}
        }
    }
    list
}

fn settings(path: &Path, set: &Settings, list: &mut Vec<Value>) {
    if let Some(mode) = set.mode {
        list.push(json!({ "type": "chmod", "mode": format!("{mode:o}"), "file": path }));
    }
    if set.owner.is_some() || set.group.is_some() {
        list.push(json!({ "type": "chown", "owner": set.owner, "group": set.group, "file": path }));
    }
}
