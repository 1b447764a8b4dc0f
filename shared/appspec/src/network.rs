//! The network of ECS tasks.

use crate::fields::{Case, Fields, View};
use crate::report::Report;
use crate::words::shown;
use serde::Serialize;

/// Behaviour, AppSpec for ECS: `AwsvpcConfiguration`, all of its three keys or none.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct NetworkConfiguration {
    /// The subnets of the tasks.
    pub subnets: Vec<String>,
    /// The security groups of the tasks.
    pub security_groups: Vec<String>,
    /// Whether tasks get a public address: `ENABLED` or `DISABLED`.
    pub assign_public_ip: bool,
}

/// ECS's own limits: 16 subnets and 5 security groups.
const SUBNETS: (&str, &str, usize) = ("Subnets", "subnet-", 16);
const GROUPS: (&str, &str, usize) = ("SecurityGroups", "sg-", 5);

pub(crate) fn read(view: View<'_>, report: &mut Report) -> Option<NetworkConfiguration> {
    let outer = Fields::of(view, Case::Any, &["AwsvpcConfiguration"], report)?;
    outer.warn_strays(|_| None, report);
    let all = "Subnets, SecurityGroups and AssignPublicIp go together: write all three, or leave NetworkConfiguration away to keep the service's.";
    let inner = outer.require("AwsvpcConfiguration", all, report)?;
    let keys = &["Subnets", "SecurityGroups", "AssignPublicIp"];
    let fields = Fields::of(inner, Case::Any, keys, report)?;
    fields.warn_strays(|_| None, report);
    let subnets = fields.require("Subnets", all, report).map(|view| ids(&view, SUBNETS, report));
    let groups = fields.require("SecurityGroups", all, report).map(|view| ids(&view, GROUPS, report));
    let public = fields.require("AssignPublicIp", all, report);
    Some(NetworkConfiguration {
        assign_public_ip: public.and_then(|view| assign(&view, report))?,
        subnets: subnets?,
        security_groups: groups?,
    })
}

fn ids(view: &View<'_>, (key, prefix, limit): (&str, &str, usize), report: &mut Report) -> Vec<String> {
    let advice = format!("Write {key}: [{prefix}…].");
    let items = view.list(&advice, report);
    if items.is_empty() && view.node.text().is_none() {
        report.push(view.error("network", format!("{key} is an empty list.")).advise(&advice));
    }
    if items.len() > limit {
        let message = format!("{key} lists {}; ECS takes {limit} at most.", items.len());
        report.push(view.error("network", message));
    }
    let mut ids = Vec::new();
    for item in items {
        let Some(text) = item.literal(report) else { continue };
        let rest = text.strip_prefix(prefix).unwrap_or_default();
        if rest.is_empty() || !rest.bytes().all(|b| b.is_ascii_alphanumeric()) {
            let message = format!("{} is no id of {key}.", shown(text));
            let advice = format!("Write the id alone: {prefix} and the digits behind it.");
            report.push(item.error("network", message).advise(advice));
        }
        ids.push(text.to_owned());
    }
    ids
}

fn assign(view: &View<'_>, report: &mut Report) -> Option<bool> {
    match view.literal(report)? {
        "ENABLED" => Some(true),
        "DISABLED" => Some(false),
        text => {
            let message = format!("AssignPublicIp is {}.", shown(text));
            report.push(view.error("network", message).advise("Write ENABLED or DISABLED, in capitals."));
            None
        }
    }
}
