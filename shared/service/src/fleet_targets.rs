//! The hosts of a deployment as targets and, for the deprecated operations, as instances: from roster and board, and
//! for those that have reported in the end, from their reports.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use cutover_core::fleet::board::{Board, Counts};
use cutover_core::fleet::cell::Cell;
use cutover_core::fleet::words::host_message;
use cutover_core::ids::ShardId;
use cutover_core::plan::Plan;
use cutover_core::time::Timestamp;
use cutover_store::fleets::{Rostered, Target};
use cutover_store::hosts::Host;
use cutover_wire::agent::report::{EventResult, EventStatus};
use cutover_wire::api::instance::InstanceSummary;
use cutover_wire::api::target::{DeploymentTarget, Diagnostics, InstanceTarget, LifecycleEvent};

use crate::arn::ec2_arn;
use crate::error::Answer;
use crate::service::{PAGE, Service};

/// A deployment's hosts at one moment: the shards in the order in which they are started.
pub(crate) struct Fleet(Vec<Part>);

/// One shard.
struct Part {
    shard: ShardId,
    rostered: Arc<Rostered>,
    board: Board,
}

/// Where a host stands: its shard's place and its own there.
pub(crate) type Place = (usize, u16);

impl Service {
    /// The hosts of a deployment, once they are looked up.
    pub(crate) async fn fleet(&self, plan: &Plan) -> Answer<Option<Fleet>> {
        if plan.fleet.is_none() {
            return Ok(None);
        }
        let (scope, deployment, fleets) = (&plan.scope, &plan.deployment, self.driver.fleets());
        let first = ShardId::first(scope, deployment);
        let lone = (fleets.roster(&first).await?, fleets.board(&first).await?);
        match lone {
            (Some(rostered), Some(stored)) if !rostered.rule.is_divided() => {
                return Ok(Some(Fleet(vec![Part { shard: first, rostered, board: stored.board }])));
            }
            (Some(rostered), _) if rostered.rule.is_divided() => {}
            _ => return Ok(None),
        }
        let Some((divided, kept)) =
            fleets.divided(scope, deployment).await?.zip(fleets.purse(scope, deployment).await?)
        else {
            return Ok(None);
        };
        let ids = divided.ids(scope, deployment);
        let mut boards = fleets.boards(&ids).await?;
        let mut parts = Vec::with_capacity(ids.len());
        for shard in ids {
            let Some(rostered) = fleets.roster(&shard).await? else { return Ok(None) };
            let board = match boards.remove(&shard.shard) {
                Some(stored) => stored.board,
                // It has heard nothing yet, and never will once the fleet stops.
                None => {
                    let mut board = Board::new(&rostered.roster, plan.created_at);
                    if kept.purse.stopping.is_some() {
                        board.cells.fill(Cell::Skipped);
                    }
                    board
                }
            };
            parts.push(Part { shard, rostered, board });
        }
        Ok(Some(Fleet(parts)))
    }

    /// These hosts of it as targets; the names must be some of its.
    pub(crate) async fn host_targets(
        &self,
        plan: &Plan,
        fleet: &Fleet,
        names: &[&str],
    ) -> Answer<Vec<InstanceTarget>> {
        let (mut reported, mut known) = (HashMap::new(), HashMap::new());
        let mut shards: BTreeMap<usize, Vec<&str>> = BTreeMap::new();
        for name in names {
            if let Some((part, _)) = fleet.index(name) {
                shards.entry(part).or_default().push(name);
            }
        }
        for (part, names) in shards {
            for names in names.chunks(PAGE) {
                let found = self.driver.fleets().targets(&fleet.0[part].shard, names).await?;
                reported.extend(found.into_iter().map(|target| (target.report.host.clone(), target)));
            }
        }
        for names in names.chunks(PAGE) {
            let names: Vec<String> = names.iter().map(|name| (*name).to_owned()).collect();
            let hosts = self.hosts.find_all(&plan.scope, &names).await?;
            known.extend(hosts.into_iter().map(|(host, _)| (host.name.clone(), host)));
        }
        let shown = |name: &&str| {
            let (part, index) = fleet.index(name)?;
            fleet.0[part].target(plan, index, known.get(*name), reported.get(*name))
        };
        Ok(names.iter().filter_map(shown).collect())
    }
}

impl Fleet {
    /// How many hosts stand how.
    pub(crate) fn counts(&self) -> Counts {
        self.0.iter().map(|part| part.board.counts()).fold(Counts::default(), Counts::plus)
    }

    /// The host's place, if it takes part.
    pub(crate) fn index(&self, name: &str) -> Option<Place> {
        self.0.iter().enumerate().find_map(|(part, found)| {
            let place = found.rostered.roster.hosts.iter().position(|host| host.name == name)?;
            Some((part, u16::try_from(place).ok()?))
        })
    }

    /// A page of names from that place on whose status is one of these, or any; and where the next page begins.
    pub(crate) fn names(&self, from: usize, statuses: Option<&[String]>) -> (Vec<String>, Option<usize>) {
        let wanted =
            |cell: &Cell| statuses.is_none_or(|all| all.iter().any(|status| status == cell.status()));
        let hosts = self.0.iter().flat_map(|part| part.rostered.roster.hosts.iter().zip(&part.board.cells));
        let all = hosts.enumerate().skip(from);
        let mut found =
            all.filter(|(_, (_, cell))| wanted(cell)).map(|(at, (host, _))| (at, host.name.clone()));
        let page: Vec<_> = found.by_ref().take(PAGE).map(|(_, name)| name).collect();
        (page, found.next().map(|(at, _)| at))
    }
}

impl Part {
    /// The host at this place; what is known of it unless it is an EC2 instance whose agent has not enrolled.
    fn target(
        &self,
        plan: &Plan,
        index: u16,
        known: Option<&Host>,
        reported: Option<&Target>,
    ) -> Option<InstanceTarget> {
        let name = self.rostered.roster.hosts.get(usize::from(index))?.name.as_str();
        let cell = self.board.cell(index)?;
        // A report that came after its host was given up changes nothing.
        let reported = reported.filter(|_| matches!(cell, Cell::Succeeded | Cell::Failed));
        let events = plan.fleet.as_ref().map(|fleet| fleet.work.events.as_slice()).unwrap_or_default();
        Some(InstanceTarget {
            deployment_id: plan.deployment.to_string(),
            target_id: name.to_owned(),
            target_arn: known.map_or_else(|| ec2_arn(&plan.scope, name), |host| host.arn.clone()),
            status: cell.status().to_owned(),
            last_updated_at: Some(reported.map_or(plan.created_at, |target| target.received_at).into()),
            lifecycle_events: match reported {
                Some(target) => target.report.events.iter().map(told).collect(),
                None => {
                    let stranger = cell == Cell::Offline && known.is_none_or(|host| !host.is_enrolled());
                    let message = if stranger { Some(no_agent(name)) } else { self.message(index) };
                    self.guessed(events, index, cell, message)
                }
            },
            instance_label: None,
        })
    }

    fn message(&self, index: u16) -> Option<String> {
        host_message(&self.rostered.rule, &self.rostered.roster, &self.board, index)
    }

    /// The events of a host that has not reported in the end: as far as the board knows.
    fn guessed(
        &self,
        events: &[String],
        index: u16,
        cell: Cell,
        message: Option<String>,
    ) -> Vec<LifecycleEvent> {
        let board = &self.board;
        let flying = board.in_flight.get(&index).and_then(|flight| flight.event);
        let at = flying.or(board.last_events.get(&index).copied());
        let at = at.and_then(|at| events.iter().position(|event| event == at.as_str())).unwrap_or(0);
        let status = |place: usize| match cell {
            Cell::Waiting | Cell::Ordered => "Pending",
            Cell::Skipped => "Skipped",
            Cell::Succeeded => "Succeeded",
            Cell::Running | Cell::Failed | Cell::Lost | Cell::TimedOut | Cell::Offline => {
                match place.cmp(&at) {
                    std::cmp::Ordering::Less => "Succeeded",
                    std::cmp::Ordering::Equal if cell == Cell::Running => "InProgress",
                    std::cmp::Ordering::Equal => "Failed",
                    std::cmp::Ordering::Greater if cell == Cell::Running => "Pending",
                    std::cmp::Ordering::Greater => "Skipped",
                }
            }
        };
        let shown = events.iter().enumerate().map(|(place, event)| LifecycleEvent {
            lifecycle_event_name: event.clone(),
            diagnostics: message.clone().filter(|_| place == at).map(|message| Diagnostics {
                error_code: "UnknownError".to_owned(),
                message,
                ..Diagnostics::default()
            }),
            start_time: None,
            end_time: None,
            status: status(place).to_owned(),
        });
        shown.collect()
    }
}

/// Why a host did not take its order that has nobody to take it.
fn no_agent(name: &str) -> String {
    format!(
        "{name} did not take its order: no agent has enrolled under that name. Make a token with \
         `cutover hosts token {name}` and run `cutover-agent register` with it there."
    )
}

/// A host as a target.
pub(crate) fn as_target(instance: InstanceTarget) -> DeploymentTarget {
    DeploymentTarget {
        deployment_target_type: "InstanceTarget".to_owned(),
        instance_target: Some(instance),
        lambda_target: None,
    }
}

/// A host as the deprecated operations show it.
pub(crate) fn as_summary(instance: InstanceTarget) -> InstanceSummary {
    InstanceSummary {
        deployment_id: instance.deployment_id,
        instance_id: instance.target_id,
        status: instance.status,
        last_updated_at: instance.last_updated_at,
        lifecycle_events: instance.lifecycle_events,
    }
}

fn told(result: &EventResult) -> LifecycleEvent {
    let time = |at: Timestamp| Some(at.into());
    LifecycleEvent {
        lifecycle_event_name: result.event.clone(),
        diagnostics: result.diagnostics.as_ref().map(|found| Diagnostics {
            error_code: error_code(found.error_code).to_owned(),
            script_name: found.script_name.clone(),
            message: found.message.clone(),
            log_tail: found.log.clone(),
        }),
        start_time: time(result.started_at),
        end_time: result.ended_at.and_then(time),
        status: match result.status {
            EventStatus::InProgress => "InProgress",
            EventStatus::Succeeded => "Succeeded",
            // An ignored failure is one all the same; the host goes on.
            EventStatus::Failed | EventStatus::Ignored => "Failed",
            EventStatus::Skipped => "Skipped",
        }
        .to_owned(),
    }
}

/// The agent's error codes as the API spells them (agent: diagnostics).
fn error_code(code: u8) -> &'static str {
    match code {
        0 => "Success",
        1 => "ScriptMissing",
        2 => "ScriptNotExecutable",
        3 => "ScriptTimedOut",
        4 => "ScriptFailed",
        _ => "UnknownError",
    }
}
