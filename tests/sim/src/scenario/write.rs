//! From a scenario to its text: what a shrunk failure and an exported deployment are handed over as.

use std::fmt::Write;

use cutover_core::alias::AliasState;
use cutover_core::config::TrafficRouting;
use cutover_core::event::HookStatus;

use super::{Expect, Scenario, fleet, story};
use crate::faults::MessageFault;
use crate::setup::{AlarmNow, Happening, Hook, Port, Setup};

pub(super) fn text(scenario: &Scenario) -> String {
    let mut out = String::from("given\n");
    let setup = &scenario.setup;
    for line in given(setup) {
        let _ = writeln!(out, "  {line}");
    }
    if scenario.from > 0 {
        let _ = writeln!(out, "  seed {}", scenario.from);
    }
    let _ = writeln!(out, "  seeds {}", scenario.seeds);
    out.push_str("faults\n");
    for line in faults(scenario) {
        let _ = writeln!(out, "  {line}");
    }
    out.push_str("expect\n");
    for expect in &scenario.expects {
        let _ = writeln!(out, "  {}", expectation(expect));
    }
    out
}

fn given(setup: &Setup) -> Vec<String> {
    let minutes = |mins: u32| span(i64::from(mins) * 60_000);
    let mut lines = vec![match setup.routing {
        TrafficRouting::AllAtOnce => "all-at-once".to_owned(),
        TrafficRouting::TimeBasedCanary { percentage, interval_mins } => {
            format!("canary {percentage}% {}", minutes(interval_mins))
        }
        TrafficRouting::TimeBasedLinear { percentage, interval_mins } => {
            format!("linear {percentage}% {}", minutes(interval_mins))
        }
    }];
    if setup.fleet.is_some() {
        lines.clear();
    }
    lines.extend(setup.fleet.iter().flat_map(fleet::given_text));
    for (place, hook) in [("before", &setup.before), ("after", &setup.after)] {
        lines.extend(hook.iter().flat_map(|hook| answers(place, hook)));
    }
    if setup.hook_timeout_ms != 3_600_000 {
        lines.push(format!("hook-timeout {}", span(setup.hook_timeout_ms as i64)));
    }
    if !setup.alarms.is_empty() {
        lines.push(format!("alarms {}", setup.alarms.join(" ")));
    }
    if setup.ignore_poll_failure {
        lines.push("ignore-poll-failure".to_owned());
    }
    let on = setup.auto_rollback;
    let causes: Vec<&str> = [(on.on_failure, "failure"), (on.on_alarm, "alarm"), (on.on_request, "request")]
        .into_iter()
        .filter_map(|(on, word)| on.then_some(word))
        .collect();
    if !causes.is_empty() {
        lines.push(format!("rollback on {}", causes.join(" ")));
    }
    if setup.speed != 1 {
        lines.push(format!("speed {}", setup.speed));
    }
    if setup.listeners > 0 {
        lines.push(format!("listeners {}", setup.listeners));
    }
    if !setup.sweeps {
        lines.push("no-sweep".to_owned());
    }
    if setup.creates != [0] {
        let times: Vec<String> = setup.creates.iter().map(|at| span(*at)).collect();
        lines.push(format!("requests at {}", times.join(" ")));
    }
    if let Some(policy) = setup.pushes {
        lines.push(format!("pushes {}", policy.as_str()));
    }
    if !setup.orders.is_empty() {
        let orders: Vec<String> = setup.orders.iter().map(u64::to_string).collect();
        lines.push(format!("orders {}", orders.join(" ")));
    }
    if setup.patience > 0 {
        lines.push(format!("patience {}", setup.patience));
    }
    lines.extend(setup.unworkable.iter().map(|(n, code)| format!("unworkable {} {}", n + 1, code.as_str())));
    lines
}

fn answers(place: &str, hook: &Hook) -> Vec<String> {
    if hook.answers.is_empty() && hook.returns_after == 0 {
        return vec![format!("hook {place} never answers")];
    }
    let each =
        |(after, status): &(i64, HookStatus)| format!("{} after {}", status_word(*status), span(*after));
    let told: Vec<String> = hook.answers.iter().map(each).collect();
    let mut lines = vec![if told.is_empty() {
        format!("hook {place} never answers")
    } else {
        format!("hook {place} answers {}", told.join(" then "))
    }];
    if hook.returns_after > 0 {
        lines.push(format!("hook {place} returns after {}", span(hook.returns_after)));
    }
    lines
}

fn status_word(status: HookStatus) -> &'static str {
    match status {
        HookStatus::Succeeded => "Succeeded",
        HookStatus::Failed => "Failed",
    }
}

fn faults(scenario: &Scenario) -> Vec<String> {
    let faults = &scenario.setup.faults;
    let mut lines = Vec::new();
    if scenario.everywhere {
        lines.push("everywhere".to_owned());
    }
    if faults.skew > 0 {
        lines.push(format!("skew {}", span(faults.skew)));
    }
    if faults.long_words {
        lines.push("long-words".to_owned());
    }
    let troubles = scenario.setup.fleet.iter().flat_map(|fleet| &fleet.troubles);
    lines.extend(troubles.map(fleet::trouble_text));
    for (at, happening) in &scenario.setup.happenings {
        lines.push(format!("at {} {}", span(*at), what(happening)));
    }
    for (moment, happening) in &scenario.setup.moments {
        lines.push(format!("{} {}", story::moment_text(moment), what(happening)));
    }
    lines.extend(faults.tries.iter().map(story::tries_text));
    for (kind, nth, fault) in &faults.scripted {
        lines.push(format!("call {} {nth} {}", kind.word(), fault.words()));
    }
    let messages = faults.messages.iter().map(|told| ("message", told));
    for (kind, (number, fault)) in messages.chain(faults.posts.iter().map(|told| ("post", told))) {
        let words = match fault {
            MessageFault::Lost => "lost".to_owned(),
            MessageFault::Doubled => "doubled".to_owned(),
            MessageFault::Late(ms) => format!("late {}", span(*ms)),
            MessageFault::Kept => "kept".to_owned(),
        };
        lines.push(format!("{kind} {number} {words}"));
    }
    lines
}

fn what(happening: &Happening) -> String {
    match happening {
        Happening::Stop { rollback: None } => "stop".to_owned(),
        Happening::Stop { rollback: Some(true) } => "stop with rollback".to_owned(),
        Happening::Stop { rollback: Some(false) } => "stop without rollback".to_owned(),
        Happening::Abandon => "abandon".to_owned(),
        Happening::Alarm { name, now, told } => {
            let state = match now {
                AlarmNow::Green => "green",
                AlarmNow::Red => "red",
                AlarmNow::NoData => "no-data",
                AlarmNow::Unreadable => "unreadable",
                AlarmNow::Missing => "missing",
            };
            format!("alarm {name} {state}{}", if *told { "" } else { " untold" })
        }
        Happening::Foreign(state) => format!("foreign write {}", alias(state)),
        Happening::EditGroup => "edit-group".to_owned(),
        Happening::Describe => "foreign-description".to_owned(),
        Happening::DeleteAlias => "delete-alias".to_owned(),
        Happening::Processes { group, process, suspend } => {
            format!("others {} {process} of {group}", if *suspend { "suspend" } else { "resume" })
        }
        Happening::Launch(hosts) => format!("launch {hosts}"),
        Happening::DeleteScalingGroup(group) => format!("delete-scaling-group {group}"),
        Happening::Refuse(what) => format!("refuse {}", port(*what)),
        Happening::Lift(what) => format!("allow {}", port(*what)),
        Happening::PollGivesUp => "poll-gives-up".to_owned(),
        Happening::Purge => "purge".to_owned(),
        Happening::Away(for_so_long) => format!("away for {}", span(*for_so_long)),
    }
}

fn port(port: Port) -> &'static str {
    match port {
        Port::AliasReads => "alias-reads",
        Port::AliasWrites => "alias-writes",
        Port::Hooks => "hooks",
        Port::Listener => "listener",
        Port::Alarms => "alarms",
        Port::Processes => "read-processes",
        Port::Suspends => "suspend",
        Port::Resumes => "resume",
    }
}

fn alias(state: &AliasState) -> String {
    match state.weights.iter().next() {
        Some((version, weight)) => {
            format!("version {} with {}% on {version}", state.version, f64::from(*weight) / 100.0)
        }
        None => format!("version {}", state.version),
    }
}

fn expectation(expect: &Expect) -> String {
    match expect {
        Expect::Deployment { number, verdict, code } => {
            let code = code.map(|code| format!(" {}", code.as_str())).unwrap_or_default();
            format!("deployment {number} {}{code}", verdict.as_str())
        }
        Expect::Over => "over".to_owned(),
        Expect::All(verdict) => format!("all {}", verdict.as_str()),
        Expect::Deployments(n) => format!("deployments {n}"),
        Expect::Rollbacks(n) => format!("rollbacks {n}"),
        Expect::Alias(state) => format!("alias {}", alias(state)),
        Expect::AliasGone => "alias gone".to_owned(),
        Expect::Within(ms) => format!("within {}", span(*ms)),
        Expect::Invocations(n) => format!("invocations {n}"),
        Expect::Hosts { of, succeeded, failed, skipped } => {
            fleet::hosts_text(*of, *succeeded, *failed, *skipped)
        }
        Expect::Process { group, process, suspended } => {
            format!("process {process} of {group} {}", if *suspended { "suspended" } else { "runs" })
        }
        Expect::Host { host, runs } => fleet::host_text(*host, runs),
    }
}

/// A span in the largest unit that tells it whole.
pub(super) fn span(ms: i64) -> String {
    match ms {
        0 => "0s".to_owned(),
        _ if ms % 3_600_000 == 0 => format!("{}h", ms / 3_600_000),
        _ if ms % 60_000 == 0 => format!("{}min", ms / 60_000),
        _ if ms % 1_000 == 0 => format!("{}s", ms / 1_000),
        _ => format!("{ms}ms"),
    }
}

#[cfg(test)]
mod tests {
    use crate::generate;
    use crate::setup::Setup;
    use crate::world;

    use super::*;

    /// A scenario of a seed's world with its faults spelt out.
    fn spelt_out(seed: u64) -> Scenario {
        let setup = generate::setup(seed);
        let report = world::run(&setup, seed, false);
        let setup = Setup { faults: report.faults, calm_at: 0, ..setup };
        let expects = vec![Expect::Over];
        Scenario { setup, expects, seeds: 1, from: seed, everywhere: false }
    }

    #[test]
    fn what_is_written_reads_as_the_same() {
        for seed in 0..300 {
            let scenario = spelt_out(seed);
            let text = scenario.write();
            let read = Scenario::parse(&text).unwrap_or_else(|error| panic!("{error} in\n{text}"));
            assert!(read == scenario, "{text}");
        }
    }

    #[test]
    fn spelling_the_faults_out_leaves_the_world_as_it_was() {
        for seed in 0..300 {
            let drawn = world::run(&generate::setup(seed), seed, true).trace;
            let told = world::run(&spelt_out(seed).setup, seed, true).trace;
            let other = told.iter().zip(&drawn).find(|(one, other)| one != other);
            assert!(told == drawn, "seed {seed}: {other:?}");
        }
    }
}
