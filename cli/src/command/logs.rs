//! `cutover logs`

use clap::Args;
use cutover_wire::api::target::InstanceTarget;
use cutover_wire::api::without_nulls;
use serde_json::json;

use crate::command::Context;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::output::Output;

const AFTER: &str = "\
Examples:
  cutover logs d-0A1B2C3D4
  cutover logs d-0A1B2C3D4 web-3

A host reports the last lines of a script that failed. All of what its scripts wrote stands on the host itself, in
scripts.log of the deployment's folder.";

/// Hosts that are shown when none is named.
const MOST: usize = 25;

/// Show what the scripts of a deployment wrote on its hosts
///
/// Without a host: those that failed.
#[derive(Debug, Args)]
#[command(after_help = AFTER)]
pub(crate) struct Logs {
    /// The deployment's id
    deployment: String,
    /// The host
    host: Option<String>,
}

impl Logs {
    /// Runs it.
    pub(crate) async fn run(&self, context: &Context<'_>) -> Result<Exit, Failure> {
        let hosts = match &self.host {
            Some(host) => context.api.named_hosts(&self.deployment, std::slice::from_ref(host)).await?,
            None => context.api.hosts_of(&self.deployment, &["Failed"], MOST).await?,
        };
        if context.out.json {
            context.out.json(&without_nulls(json!({ "hosts": hosts })));
        } else if hosts.is_empty() {
            context.out.remark("No host of the deployment failed. Name one to see how it went there.");
        } else {
            hosts.iter().for_each(|host| show(context.out, host));
        }
        Ok(Exit::Succeeded)
    }
}

fn show(out: &Output, host: &InstanceTarget) {
    out.say(format!("{}  {}", out.style.bold(&host.target_id), out.style.status(&host.status)));
    for event in &host.lifecycle_events {
        out.say(format!("  {}  {}", event.lifecycle_event_name, out.style.status(&event.status)));
        let Some(found) = &event.diagnostics else { continue };
        let told = [&found.script_name, &found.message].map(String::as_str);
        let told: Vec<&str> = told.into_iter().filter(|text| !text.is_empty()).collect();
        if event.status != "Succeeded" && !told.is_empty() {
            out.say(format!("    {}", told.join(": ")));
        }
        found.log_tail.lines().for_each(|line| out.say(format!("      {line}")));
    }
}
