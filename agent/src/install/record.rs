//! `<group>-install.json`: what an install is about to do, in the official agent's words. Nobody reads it back, so nobody
//! waits for it to be on disk.

use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::Path;

use serde::ser::{Error, Serialize, SerializeSeq, Serializer};
use serde_json::{Value, json};

use super::context::Context;
use super::error::{At, InstallError};
use super::fill;
use super::places::Places;
use super::plan::Plan;
use super::settings::Settings;
use super::step::Step;

/// Writes it.
pub(super) fn write(plan: &Plan, path: &Path) -> Result<(), InstallError> {
    #[derive(serde::Serialize)]
    struct Record<'a> {
        instructions: Instructions<'a>,
    }
    let written = File::create(path).and_then(|file| {
        let mut file = BufWriter::new(file);
        serde_json::to_writer(&mut file, &Record { instructions: Instructions(plan) })?;
        file.flush()
    });
    written.at(path, "cannot be written")
}

/// Written one by one: there may be very many.
struct Instructions<'a>(&'a Plan);

impl Serialize for Instructions<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut list = serializer.serialize_seq(None)?;
        let places = Places::of(self.0);
        for step in &self.0.steps {
            match step {
                Step::Mkdir { path } => {
                    let path = places.place(path);
                    list.serialize_element(&json!({ "type": "mkdir", "directory": path }))?;
                }
                Step::Stage { source, fresh, set } => {
                    let path = places.place(fresh);
                    let copy = json!({ "type": "copy", "source": source, "destination": path });
                    list.serialize_element(&copy)?;
                    settings(&path, set).iter().try_for_each(|set| list.serialize_element(set))?;
                }
                Step::Fill { source, fresh, set } => {
                    let folder = places.place(fresh);
                    for name in fill::names(source).map_err(S::Error::custom)? {
                        let name = name.map_err(S::Error::custom)?;
                        let (source, path) = (source.join(&name), folder.join(&name));
                        let copy = json!({ "type": "copy", "source": source, "destination": path });
                        list.serialize_element(&copy)?;
                        settings(&path, set).iter().try_for_each(|set| list.serialize_element(set))?;
                    }
                }
                Step::Set { path, set, .. } => {
                    settings(path, set).iter().try_for_each(|set| list.serialize_element(set))?;
                }
                Step::Aside { .. } | Step::Swap { .. } | Step::Switch => {}
                Step::Hide { .. } | Step::Renew { .. } => {}
            }
        }
        list.end()
    }
}

fn settings(path: &Path, set: &Settings) -> Vec<Value> {
    let mut list = Vec::new();
    if let Some(mode) = set.mode {
        list.push(json!({ "type": "chmod", "mode": format!("{mode:o}"), "file": path }));
    }
    if set.owner.is_some() || set.group.is_some() {
        list.push(json!({ "type": "chown", "owner": set.owner, "group": set.group, "file": path }));
    }
    if let Some(Context { user, kind, range }) = set.context.as_deref() {
        let context = json!({ "user": user, "role": null, "type": kind, "range": range });
        list.push(json!({ "type": "semanage", "context": context, "file": path }));
    }
    list
}
