//! How long a shift takes, as far as the template tells.

use cutover_core::config::{TrafficRouting, predefined};
use serde_json::Value;

use crate::intrinsic::{choice, placeholders, referred, substitution};
use crate::refusal::Refusal;
use crate::template::{Resource, Template};

/// The longest that CloudFormation waits, in seconds.
pub(crate) const LONGEST_WAIT_SECS: u64 = 43_200;

/// For hooks, which may take an hour each.
const HOOKS_SECS: u64 = 7_200;

/// What must be left of the longest wait besides the shift itself.
const MARGIN_SECS: u64 = 900;

/// Texts that one value can become; more than these are not told apart.
const POSSIBILITIES: usize = 64;

pub(crate) const CONFIG: &str = "AWS::CodeDeploy::DeploymentConfig";

/// How long to wait for a group's deployment, in seconds, given the value of its DeploymentConfigName.
pub(crate) fn wait_secs(
    template: &Template<'_>,
    alias: &str,
    config: Option<&Value>,
) -> Result<u64, Refusal> {
    let minutes = match config {
        // The default configuration.
        None => Some(0),
        Some(config) => minutes(template, config),
    };
    // A configuration that stands elsewhere: the wait ends when the deployment does, whatever it is.
    let Some(minutes) = minutes else { return Ok(LONGEST_WAIT_SECS) };
    let secs = minutes.saturating_mul(60);
    if secs + MARGIN_SECS > LONGEST_WAIT_SECS {
        let reason = format!(
            "its deployment configuration takes {minutes} minutes, and CloudFormation waits for 12 hours at most: \
             use a configuration of up to {} minutes, or deploy through Cutover's API outside of the stack",
            (LONGEST_WAIT_SECS - MARGIN_SECS) / 60
        );
        return Err(Refusal::new(alias, reason));
    }
    Ok((secs + HOOKS_SECS).min(LONGEST_WAIT_SECS))
}

/// The longest of all that the value can be; None if any of them is not known.
fn minutes(template: &Template<'_>, config: &Value) -> Option<u64> {
    if let Some((_, then, otherwise)) = choice(config) {
        return Some(minutes(template, then)?.max(minutes(template, otherwise)?));
    }
    if let Some(resource) = template.referred(config, CONFIG) {
        return routing(template, resource).map(TrafficRouting::total_mins);
    }
    let names = texts(template, config)?;
    names.iter().map(|name| named(template, name)).try_fold(0, |longest, one| Some(longest.max(one?)))
}

/// The minutes of a configuration by its name.
fn named(template: &Template<'_>, name: &str) -> Option<u64> {
    let here = template.resources().filter(|resource| resource.kind() == CONFIG).find(|resource| {
        let own = resource.property("DeploymentConfigName").and_then(|own| texts(template, own));
        own.is_some_and(|own| own == [name])
    });
    let routing = match here {
        Some(resource) => routing(template, resource),
        None => predefined().into_iter().find(|config| config.name == name).and_then(|config| config.routing),
    };
    routing.map(TrafficRouting::total_mins)
}

/// The routing of a configuration that stands in the template.
fn routing(template: &Template<'_>, config: Resource<'_>) -> Option<TrafficRouting> {
    let routing = config.property("TrafficRoutingConfig")?;
    let number = |style: &str, name: &str| {
        let value = routing.get(style)?.get(name)?;
        match value.as_u64() {
            Some(number) => Some(number),
            None => texts(template, value)?.first()?.parse().ok(),
        }
    };
    let of = |style: &str, percentage: &str, interval: &str| {
        let percentage = u8::try_from(number(style, percentage)?).ok()?;
        Some((percentage, u32::try_from(number(style, interval)?).ok()?))
    };
    match routing.get("Type")?.as_str()? {
        "AllAtOnce" => Some(TrafficRouting::AllAtOnce),
        style @ "TimeBasedCanary" => of(style, "CanaryPercentage", "CanaryInterval")
            .map(|(percentage, interval_mins)| TrafficRouting::TimeBasedCanary { percentage, interval_mins }),
        style @ "TimeBasedLinear" => of(style, "LinearPercentage", "LinearInterval")
            .map(|(percentage, interval_mins)| TrafficRouting::TimeBasedLinear { percentage, interval_mins }),
        _ => None,
    }
}

/// All texts that a value can become; None where that cannot be told.
fn texts(template: &Template<'_>, value: &Value) -> Option<Vec<String>> {
    if let Some(text) = value.as_str() {
        return Some(vec![text.to_owned()]);
    }
    if let Some(name) = referred(value) {
        return texts(template, template.parameter(name)?);
    }
    if let Some((_, then, otherwise)) = choice(value) {
        let mut both = texts(template, then)?;
        both.extend(texts(template, otherwise)?);
        return Some(both).filter(|both| both.len() <= POSSIBILITIES);
    }
    let (text, variables) = substitution(value)?;
    let mut made = vec![text.to_owned()];
    for name in placeholders(text) {
        let values = match variables.and_then(|own| own.get(name)) {
            Some(own) => texts(template, own)?,
            None => texts(template, template.parameter(name)?)?,
        };
        let place = format!("${{{name}}}");
        made = made.iter().flat_map(|text| values.iter().map(|value| text.replace(&place, value))).collect();
        if made.len() > POSSIBILITIES {
            return None;
        }
    }
    Some(made)
}
