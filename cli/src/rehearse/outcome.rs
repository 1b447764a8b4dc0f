//! What came of a rehearsal, in the order of its virtual time. Pure.

use cutover_core::alias::AliasState;
use cutover_core::deployment::Verdict;
use cutover_core::mark::{Mark, MarkKind};
use cutover_core::timeline::{Timeline, timeline};
use sim::report::{Ended, Report};
use sim::setup::GENESIS;

use crate::exit::Exit;
use crate::rehearse::history::Change;
use crate::rehearse::judge::State;
use crate::view::marks;

/// An alarm of the deployment.
#[derive(Debug, Clone)]
pub(crate) struct Watched {
    /// Its name.
    pub(crate) name: String,
    /// The series that it was evaluated on, or why it was not evaluated.
    pub(crate) on: Result<String, String>,
    /// What the user should know if its points are few.
    pub(crate) rare: Option<String>,
    /// Its changes, in milliseconds since the creation.
    pub(crate) changes: Vec<Change>,
}

impl Watched {
    /// When it went to ALARM, or how it stood at the creation.
    pub(crate) fn firings(&self) -> impl Iterator<Item = &Change> {
        let stood = self.changes.iter().rposition(|c| c.at <= 0).unwrap_or(0);
        self.changes.iter().skip(stood).filter(|c| c.to == State::Alarm)
    }

    /// Whether it was in ALARM at that time.
    pub(crate) fn is_red_at(&self, at: i64) -> bool {
        self.changes.iter().rev().find(|c| c.at <= at).is_some_and(|c| c.to == State::Alarm)
    }
}

/// Something that happened in the deployment's life.
#[derive(Debug, Clone)]
pub(crate) struct Moment {
    /// When, in milliseconds since the creation.
    pub(crate) at: i64,
    /// The target's share of the traffic from then on, 0.0 to 1.0.
    pub(crate) share: f64,
    /// What.
    pub(crate) text: String,
    /// The mark that it was read from; alarms that change have none.
    pub(crate) mark: Option<Mark>,
}

/// What came of it.
#[derive(Debug, Clone)]
pub(crate) struct Outcome {
    /// The plan.
    pub(crate) plan: Timeline,
    /// The deployment.
    pub(crate) deployment: Ended,
    /// Its rollback deployment.
    pub(crate) rollback: Option<Ended>,
    /// What happened, in order.
    pub(crate) moments: Vec<Moment>,
    /// The shares of the target, 0.0 to 1.0, and when they were set.
    pub(crate) shares: Vec<(i64, f64)>,
    /// The alarms.
    pub(crate) alarms: Vec<Watched>,
}

impl Outcome {
    /// Reads a report; none if there was no deployment.
    pub(crate) fn new(report: Report, alarms: Vec<Watched>) -> Option<Self> {
        let mut deployments = report.deployments.into_iter();
        let deployment = deployments.next()?;
        let target = deployment.plan.shift.target.clone();
        let share = |state: &AliasState| f64::from(state.share(&target)) / 10_000.0;
        let mut outcome = Self {
            plan: timeline(&deployment.plan),
            rollback: deployments.find(|d| d.rollback),
            moments: Vec::new(),
            shares: report.alias_writes.iter().map(|(at, state)| (*at, share(state))).collect(),
            deployment,
            alarms,
        };
        outcome.moments = outcome.told();
        Some(outcome)
    }

    /// How the command ends.
    pub(crate) fn exit(&self) -> Exit {
        match self.deployment.verdict {
            Some(Verdict::Succeeded) => Exit::Succeeded,
            _ => Exit::WouldNotSucceed,
        }
    }

    /// The target's share at that time.
    pub(crate) fn share_at(&self, at: i64) -> f64 {
        self.shares.iter().rev().find(|(set, _)| *set <= at).map_or(0.0, |(_, share)| *share)
    }

    fn told(&self) -> Vec<Moment> {
        let mut moments = Vec::new();
        let mut tell = |at, text, mark| moments.push(Moment { at, share: self.share_at(at), text, mark });
        for alarm in &self.alarms {
            if let Some(stood) = alarm.firings().find(|c| c.at <= 0) {
                tell(0, format!("alarm {} is in ALARM already: {}", alarm.name, stood.why), None);
            }
            for change in alarm.changes.iter().filter(|c| (1..=self.deployment.at).contains(&c.at)) {
                let text = format!("alarm {} goes to {}: {}", alarm.name, change.to.as_str(), change.why);
                tell(change.at, text, None);
            }
        }
        let log = &self.deployment.log;
        for (n, mark) in log.iter().enumerate() {
            if let Some(text) = marks::news(mark, &log[..n], Some(&self.plan)) {
                tell(mark.at.as_millis() - GENESIS, text, Some(mark.clone()));
            }
        }
        for mark in self.rollback.iter().flat_map(|rollback| &rollback.log) {
            let text = match (mark.kind, &mark.detail) {
                (MarkKind::Created, _) => "the rollback deployment is created".to_owned(),
                (MarkKind::Done, Some(status)) => format!("the rollback deployment is over: {status}"),
                _ => continue,
            };
            tell(mark.at.as_millis() - GENESIS, text, Some(mark.clone()));
        }
        moments.sort_by_key(|moment| moment.at);
        moments
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use crate::rehearse::time::clock;
    use crate::view::bar::percent;
    use cutover_core::config::TrafficRouting;
    use cutover_core::plan::AutoRollback;
    use sim::setup::{AlarmNow, Happening, Setup};

    /// A canary of 10 % for 5 minutes whose alarm changes so.
    pub(crate) fn canary(changes: &[(i64, State)]) -> Outcome {
        let change = |(at, to): &(i64, State)| Change {
            at: *at,
            from: State::Ok,
            to: *to,
            why: "3 of 3 datapoints over 5".into(),
        };
        let hot = Watched {
            name: "hot".into(),
            on: Ok("Errors".into()),
            rare: None,
            changes: changes.iter().map(change).collect(),
        };
        let cold = Watched {
            name: "cold".into(),
            on: Err("it is a composite alarm".into()),
            rare: None,
            changes: Vec::new(),
        };
        let mut setup = Setup::quiet(TrafficRouting::TimeBasedCanary { percentage: 10, interval_mins: 5 });
        setup.alarms = vec!["hot".into(), "cold".into()];
        setup.auto_rollback = AutoRollback { on_alarm: true, ..AutoRollback::default() };
        let reds = changes.iter().filter(|(_, to)| *to == State::Alarm);
        setup.happenings = reds
            .map(|(at, _)| {
                (*at.max(&0), Happening::Alarm { name: "hot".into(), now: AlarmNow::Red, told: true })
            })
            .collect();
        let report = sim::world::run(&setup, 1, false);
        Outcome::new(report, vec![hot, cold]).expect("an outcome")
    }

    #[test]
    fn the_story_has_shares_and_alarms() {
        let stopped = canary(&[(120_000, State::Alarm), (600_000, State::Ok), (900_000, State::Alarm)]);
        let told: Vec<_> = stopped
            .moments
            .iter()
            .map(|m| format!("{} {} {}", clock(m.at), percent(m.share), m.text))
            .collect();
        for line in [
            "0:00:00 0 created",
            "0:00:02 10 done: give version 2 10 % of the traffic",
            "0:02:00 10 alarm hot goes to ALARM: 3 of 3 datapoints over 5",
            "0:02:00 0 put back",
            "0:02:00 0 the rollback deployment is created",
        ] {
            assert!(told.iter().any(|said| said.starts_with(line)), "{line} is missing in {told:#?}");
        }
        assert_eq!(told.iter().filter(|said| said.contains("alarm hot")).count(), 1, "{told:#?}");
        assert_eq!(stopped.alarms[0].firings().count(), 2);
        assert_eq!((stopped.exit(), canary(&[]).exit()), (Exit::WouldNotSucceed, Exit::Succeeded));
    }

    #[test]
    fn how_an_alarm_stood_counts_once() {
        let firings = |changes: &[(i64, State)]| canary(changes).alarms[0].firings().count();
        assert_eq!(firings(&[(-9, State::Alarm), (-5, State::Ok), (-3, State::Alarm)]), 1);
        assert_eq!(firings(&[(-9, State::Alarm), (-5, State::Ok)]), 0);
    }
}
