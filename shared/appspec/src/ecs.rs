//! AppSpecs for ECS: a service's next task definition and where its traffic goes.

use crate::capacity::{self, CapacityProvider};
use crate::fields::{Case, Fields, View};
use crate::functions::{self, Events};
use crate::network::{self, NetworkConfiguration};
use crate::report::Report;
use crate::resource;
use crate::words::shown;
use serde::Serialize;

/// Behaviour, AppSpec for ECS: one resource with a task definition and the container behind the load
/// balancer; what is absent here is taken over from the service.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct EcsSpec {
    /// The name that the AppSpec gives the resource.
    pub resource: String,
    /// The task definition, with its revision: an ARN or `family:revision`.
    pub task_definition: String,
    /// The container that takes the traffic.
    pub container_name: String,
    /// The port of that container.
    pub container_port: u16,
    /// The Fargate platform version; `None` means `LATEST`.
    pub platform_version: Option<String>,
    /// The network of the tasks.
    pub network_configuration: Option<NetworkConfiguration>,
    /// The capacity providers; empty means as the service has them.
    pub capacity_provider_strategy: Vec<CapacityProvider>,
    /// The functions to call along the way.
    pub hooks: EcsHooks,
}

/// Behaviour, lifecycle events for ECS: one function for an event, by name or ARN.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct EcsHooks {
    /// Called before the replacement task set is created.
    pub before_install: Option<String>,
    /// Called when the replacement task set is steady.
    pub after_install: Option<String>,
    /// Called when the test listener points to the replacement.
    pub after_allow_test_traffic: Option<String>,
    /// Called before production traffic is shifted.
    pub before_allow_traffic: Option<String>,
    /// Called after all production traffic is shifted.
    pub after_allow_traffic: Option<String>,
}

const PROPERTIES: &[&str] = &[
    "TaskDefinition",
    "LoadBalancerInfo",
    "PlatformVersion",
    "NetworkConfiguration",
    "CapacityProviderStrategy",
];
const EVENTS: Events = Events {
    hooks: &[
        "BeforeInstall",
        "AfterInstall",
        "AfterAllowTestTraffic",
        "BeforeAllowTraffic",
        "AfterAllowTraffic",
    ],
    reserved: &["Start", "Install", "AllowTestTraffic", "AllowTraffic", "End"],
};

pub(crate) fn read(top: &Fields<'_>, report: &mut Report) -> Option<EcsSpec> {
    top.warn_strays(|_| None, report);
    let mut functions = functions::read(top, &EVENTS, report).into_iter();
    let mut next = || functions.next().flatten();
    let hooks = EcsHooks {
        before_install: next(),
        after_install: next(),
        after_allow_test_traffic: next(),
        before_allow_traffic: next(),
        after_allow_traffic: next(),
    };
    let (resource, properties) = resource::read(top, "AWS::ECS::Service", PROPERTIES, report)?;
    let task = properties.require("TaskDefinition", TASK_DEFINITION, report);
    let task_definition = task.and_then(|view| task_definition(&view, report));
    let balancer = "Write LoadBalancerInfo: with ContainerName and ContainerPort.";
    let balancer = properties.require("LoadBalancerInfo", balancer, report);
    let container = balancer.and_then(|view| container(view, report));
    let version = properties.find("PlatformVersion");
    let platform_version = version.and_then(|view| platform_version(&view, report));
    let network = properties.find("NetworkConfiguration");
    let network_configuration = network.and_then(|view| network::read(view, report));
    let strategy = properties.find("CapacityProviderStrategy");
    let capacity_provider_strategy = strategy.map(|view| capacity::read(&view, report)).unwrap_or_default();
    let (container_name, container_port) = container?;
    Some(EcsSpec {
        resource,
        task_definition: task_definition?,
        container_name,
        container_port,
        platform_version,
        network_configuration,
        capacity_provider_strategy,
        hooks,
    })
}

const TASK_DEFINITION: &str = "Write the ARN of a registered task definition with its revision: \
                               arn:aws:ecs:region:account:task-definition/family:revision.";

/// Behaviour, AppSpec for ECS: required, an ARN with revision.
fn task_definition(view: &View<'_>, report: &mut Report) -> Option<String> {
    let text = view.literal(report)?;
    let finding = match text.split(':').collect::<Vec<_>>().as_slice() {
        ["arn", partition, "ecs", region, account, resource, revision]
            if partition.starts_with("aws")
                && !region.is_empty()
                && !account.is_empty()
                && resource.strip_prefix("task-definition/").is_some_and(is_family)
                && is_revision(revision) =>
        {
            return Some(text.to_owned());
        }
        [family, revision] if is_family(family) && is_revision(revision) => {
            let message =
                format!("TaskDefinition is {}; CodeDeploy itself wants the whole ARN.", shown(text));
            report.push(view.warning("task-definition", message).advise(TASK_DEFINITION));
            return Some(text.to_owned());
        }
        ["arn", _, "ecs", _, _, resource] if resource.starts_with("task-definition/") => {
            view.error("task-definition", "TaskDefinition is an ARN without a revision.")
        }
        _ if [".json", ".yml", ".yaml"].iter().any(|end| text.ends_with(end)) => {
            let message = format!("TaskDefinition is the name of a file, {}.", shown(text));
            view.error("task-definition", message)
        }
        _ => {
            let message = format!("TaskDefinition is {}, not the ARN of a task definition.", shown(text));
            view.error("task-definition", message)
        }
    };
    report.push(finding.advise(TASK_DEFINITION));
    None
}

fn is_family(text: &str) -> bool {
    let good = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_';
    (1..=255).contains(&text.len()) && text.chars().all(good)
}

fn is_revision(text: &str) -> bool {
    text.parse::<u32>().is_ok_and(|n| n > 0) && !text.starts_with(['0', '+'])
}

/// Behaviour, AppSpec for ECS: the name must exist in the task definition, the port is a number.
fn container(view: View<'_>, report: &mut Report) -> Option<(String, u16)> {
    let fields = Fields::of(view, Case::Any, &["ContainerName", "ContainerPort"], report)?;
    fields.warn_strays(|_| None, report);
    let name = "Write the name of a container of the task definition.";
    let name = fields.require("ContainerName", name, report);
    let name = name.and_then(|view| {
        let text = view.literal(report)?;
        if is_family(text) {
            return Some(text.to_owned());
        }
        let message = format!("ContainerName is {}, which no container can be called.", shown(text));
        let advice = "Names hold letters, digits, - and _, 255 at most.";
        report.push(view.error("container-name", message).advise(advice));
        None
    });
    let port = "Write the port of the container that the load balancer uses.";
    let port = fields.require("ContainerPort", port, report);
    let port = port.and_then(|view| container_port(&view, report));
    Some((name?, port?))
}

fn container_port(view: &View<'_>, report: &mut Report) -> Option<u16> {
    let text = view.literal(report)?;
    let port = text.parse::<u16>().ok().filter(|port| *port > 0 && !text.starts_with(['0', '+']));
    let finding = match port {
        Some(_) if view.node.plain().is_some() => return port,
        Some(port) => {
            let message = format!("ContainerPort is the text {}; a number is expected.", shown(text));
            view.warning("container-port", message)
                .advise(format!("Write ContainerPort: {port} without quotes."))
        }
        None => {
            let message = format!("ContainerPort is {}, not a port.", shown(text));
            view.error("container-port", message).advise("Write a number from 1 to 65535.")
        }
    };
    report.push(finding);
    port
}

/// Behaviour, AppSpec for ECS: the platform version defaults to LATEST.
fn platform_version(view: &View<'_>, report: &mut Report) -> Option<String> {
    let text = view.literal(report)?;
    let number = |part: &str| !part.is_empty() && part.bytes().all(|b| b.is_ascii_digit());
    if text == "LATEST" || (text.split('.').count() == 3 && text.split('.').all(number)) {
        return Some(text.to_owned());
    }
    let message = format!("PlatformVersion is {}, which is no Fargate platform version.", shown(text));
    report
        .push(view.error("platform-version", message).advise("Write LATEST or a number such as \"1.4.0\"."));
    None
}

#[cfg(test)]
#[path = "ecs_tests.rs"]
mod tests;
