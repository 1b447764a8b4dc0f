//! From a scenario's text to its setup and expectations.

use cutover_core::config::TrafficRouting;
use cutover_core::deployment::ErrorCode;
use cutover_core::trigger::queue::Policy;

use super::words::Words;
use super::{Expect, ParseError, Scenario, fleet, story};
use crate::faults::Rates;
use crate::setup::{Happening, Hook, Setup};

#[derive(Clone, Copy)]
enum Section {
    Nothing,
    Given,
    Faults,
    Expect,
}

pub(super) fn parse(text: &str) -> Result<Scenario, ParseError> {
    let mut scenario = Scenario {
        setup: Setup::quiet(TrafficRouting::AllAtOnce),
        expects: Vec::new(),
        seeds: 0,
        from: 0,
        everywhere: false,
    };
    let mut section = Section::Nothing;
    for (i, line) in text.lines().enumerate() {
        let line = line.split('#').next().unwrap_or_default().trim();
        section = match line {
            "" => continue,
            "given" => Section::Given,
            "faults" => Section::Faults,
            "expect" => Section::Expect,
            _ => {
                let mut words = Words::new(line);
                let read = match section {
                    Section::Nothing => Err("a scenario begins with \"given\"".to_owned()),
                    Section::Given => given(&mut scenario, &mut words),
                    Section::Faults => faults(&mut scenario, &mut words),
                    Section::Expect => expect(&mut scenario, &mut words),
                };
                read.and_then(|()| words.end()).map_err(|what| ParseError { line: i + 1, what })?;
                section
            }
        };
    }
    if scenario.expects.is_empty() {
        return Err(ParseError { line: text.lines().count(), what: "nothing is expected".to_owned() });
    }
    if scenario.seeds == 0 {
        scenario.seeds = if scenario.everywhere { 1 } else { 3 };
    }
    Ok(scenario)
}

fn given(scenario: &mut Scenario, words: &mut Words<'_>) -> Result<(), String> {
    let setup = &mut scenario.setup;
    match words.word()? {
        "canary" => {
            let percentage = words.percent()?;
            setup.routing = TrafficRouting::TimeBasedCanary { percentage, interval_mins: words.minutes()? };
        }
        "linear" => {
            let percentage = words.percent()?;
            setup.routing = TrafficRouting::TimeBasedLinear { percentage, interval_mins: words.minutes()? };
        }
        "all-at-once" => setup.routing = TrafficRouting::AllAtOnce,
        "hook" => {
            let place = match words.word()? {
                "before" => &mut setup.before,
                "after" => &mut setup.after,
                other => return Err(format!("a hook is before or after, not {other:?}")),
            };
            if words.is("returns") {
                words.must("after")?;
                let hook = place.as_mut().ok_or("a hook returns once it is known what it answers")?;
                hook.returns_after = words.span()?;
            } else {
                *place = Some(hook(words)?);
            }
        }
        "hook-timeout" => setup.hook_timeout_ms = words.span()? as u64,
        "alarms" => setup.alarms = words.rest().into_iter().map(str::to_owned).collect(),
        "ignore-poll-failure" => setup.ignore_poll_failure = true,
        "rollback" => {
            words.must("on")?;
            for word in words.rest() {
                match word {
                    "failure" => setup.auto_rollback.on_failure = true,
                    "alarm" => setup.auto_rollback.on_alarm = true,
                    "request" => setup.auto_rollback.on_request = true,
                    other => {
                        return Err(format!("a rollback is on failure, alarm or request, not {other:?}"));
                    }
                }
            }
        }
        "requests" => {
            words.must("at")?;
            setup.creates.clear();
            while let Ok(at) = words.span() {
                setup.creates.push(at);
            }
        }
        "listeners" => setup.listeners = words.number()?.min(10) as u32,
        "pushes" => {
            let word = words.word()?;
            setup.pushes = Some(Policy::parse(word).ok_or_else(|| format!("{word:?} is no policy"))?);
        }
        "orders" => {
            setup.orders.clear();
            while let Ok(order) = words.number() {
                setup.orders.push(order);
            }
        }
        "speed" => {
            let speed = u32::try_from(words.number()?).ok().filter(|n| *n > 0);
            setup.speed = speed.ok_or("the speed is 1 or more")?;
        }
        "no-sweep" => setup.sweeps = false,
        "patience" => setup.patience = words.number()? as u32,
        "unworkable" => {
            let request = words.number()?;
            let request = request.checked_sub(1).ok_or("requests are counted from 1")?;
            setup.unworkable.push((request, words.code()?.unwrap_or(ErrorCode::InvalidRevision)));
        }
        "seeds" => scenario.seeds = words.number()?,
        "seed" => scenario.from = words.number()?,
        other if fleet::given(other, setup, words)? => {}
        other => return Err(format!("{other:?} cannot be given")),
    }
    Ok(())
}

fn hook(words: &mut Words<'_>) -> Result<Hook, String> {
    let mut hook = Hook::default();
    if words.is("never") {
        words.must("answers")?;
        return Ok(hook);
    }
    words.must("answers")?;
    loop {
        let status = words.status()?;
        if words.is("early") {
            hook.returns_after = 3_000;
            hook.answers.push((0, status));
        } else {
            words.must("after")?;
            hook.answers.push((words.span()?, status));
        }
        if !words.is("then") {
            return Ok(hook);
        }
    }
}

fn faults(scenario: &mut Scenario, words: &mut Words<'_>) -> Result<(), String> {
    let setup = &mut scenario.setup;
    match words.word()? {
        "everywhere" => scenario.everywhere = true,
        "chaos" => {
            let call = u32::from(words.percent()?) * 100;
            words.must("until")?;
            setup.calm_at = words.span()?;
            let other = call / 2;
            setup.faults.rates = Rates { call, lost: other, doubled: other, delayed: other, unacked: other };
        }
        "long-words" => setup.faults.long_words = true,
        "message" => {
            let number = words.number()?;
            setup.faults.messages.push((number, words.message_fault()?));
        }
        "host" => fleet::trouble(setup, words)?,
        "post" => {
            let number = words.number()?;
            setup.faults.posts.push((number, words.message_fault()?));
        }
        place @ ("step" | "undo") => setup.faults.tries.push(story::tries(place, words)?),
        "in" => {
            let moment = story::moment(words)?;
            setup.moments.push((moment, happening(words)?));
        }
        "skew" => setup.faults.skew = words.span()?,
        "call" => {
            let kind = words.kind()?;
            let nth = words.number()? as u32;
            setup.faults.scripted.push((kind, nth, words.fault()?));
        }
        "at" => {
            let at = words.span()?;
            let happening = happening(words)?;
            if words.is("every") {
                let every = words.span()?.max(1);
                words.must("until")?;
                let until = words.span()?;
                let times = (at..=until).step_by(every as usize).map(|at| (at, happening.clone()));
                setup.happenings.extend(times);
                return Ok(());
            }
            setup.happenings.push((at, happening));
        }
        other => return Err(format!("{other:?} is not a fault")),
    }
    Ok(())
}

fn happening(words: &mut Words<'_>) -> Result<Happening, String> {
    Ok(match words.word()? {
        "stop" => {
            let rollback = match () {
                () if words.is("with") => Some(true),
                () if words.is("without") => Some(false),
                () => return Ok(Happening::Stop { rollback: None }),
            };
            words.must("rollback")?;
            Happening::Stop { rollback }
        }
        "abandon" => Happening::Abandon,
        "alarm" => {
            let name = words.word()?.to_owned();
            let now = words.alarm()?;
            Happening::Alarm { name, now, told: !words.is("untold") }
        }
        "foreign" => {
            words.must("write")?;
            Happening::Foreign(words.alias()?)
        }
        "edit-group" => Happening::EditGroup,
        "foreign-description" => Happening::Describe,
        "delete-alias" => Happening::DeleteAlias,
        "others" => fleet::others(words)?,
        "launch" => Happening::Launch(words.number()?.min(1_000) as u32),
        "delete-scaling-group" => Happening::DeleteScalingGroup(words.number()? as u32),
        "refuse" => Happening::Refuse(words.port()?),
        "allow" => Happening::Lift(words.port()?),
        "poll-gives-up" => Happening::PollGivesUp,
        "purge" => Happening::Purge,
        "away" => {
            words.must("for")?;
            Happening::Away(words.span()?)
        }
        other => return Err(format!("{other:?} does not happen")),
    })
}

fn expect(scenario: &mut Scenario, words: &mut Words<'_>) -> Result<(), String> {
    let expect = match words.word()? {
        "deployment" => {
            let number = words.number()?.max(1) as usize;
            let verdict = words.verdict()?;
            Expect::Deployment { number, verdict, code: words.code()? }
        }
        "over" => Expect::Over,
        "all" => Expect::All(words.verdict()?),
        "deployments" => Expect::Deployments(words.number()? as usize),
        "rollbacks" => Expect::Rollbacks(words.number()? as usize),
        "alias" if words.is("gone") => Expect::AliasGone,
        "alias" => Expect::Alias(words.alias()?),
        "within" => Expect::Within(words.span()?),
        "hosts" => fleet::hosts(words)?,
        "host" => fleet::host(words)?,
        "process" => fleet::process(words)?,
        "invocations" => Expect::Invocations(words.number()?),
        other => return Err(format!("{other:?} cannot be expected")),
    };
    scenario.expects.push(expect);
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn mistakes_are_told_by_line() {
        for (text, line, what) in [
            ("canary 10% 5min", 1, "a scenario begins with"),
            ("given\n  canary 10 5min", 2, "\"10\" is not a share"),
            ("given\n  canary 10% 5", 2, "\"5\" is not a span"),
            ("given\n  all-at-once now", 2, "\"now\" is too much"),
            ("given\nfaults\n  at 3min dance", 3, "\"dance\" does not happen"),
            ("given\nfaults\n  call put 2 explode", 3, "is not one of: crash before"),
            ("given\nexpect\n  deployment 1 Fine", 3, "ends Succeeded, Failed or Stopped"),
            ("given\n  canary 10% 5min\n", 2, "nothing is expected"),
            ("given\n  zones 2", 2, "hosts come after their fleet"),
            ("given\n  fleet 3 minimum most", 2, "is not a minimum like 9, 50%"),
            ("given\n  fleet 3 minimum 1\nfaults\n  host 4 never answers", 4, "from 1 to 3"),
            ("given\n  fleet 3 minimum 1\nfaults\n  host 3 sings", 4, "does not \"sings\""),
            ("given\n  fleet 3 minimum 1\nexpect\n  hosts 3 succeeded 1 skipped", 4, "\"failed\" is missing"),
        ] {
            let error = parse(text).expect_err("a mistake");
            assert_eq!(error.line, line, "{text}");
            assert!(error.what.contains(what), "{text}: {}", error.what);
        }
    }
}
