//! Calls that ask for something else than they should.

use cutover_core::deployment::{Deployment, ErrorCode, Phase, Verdict};
use cutover_core::event::Event;
use cutover_core::plan::Step;
use cutover_core::queue::QueueName;
use cutover_core::route::route;
use cutover_core::scaling::Stand;
use cutover_core::time::Timestamp;
use cutover_ports::table::{Item, Range, Write};
use cutover_store::fleets::Rostered;
use cutover_store::notice::{Hearing, Notice};
use cutover_store::{codec, key, state};
use cutover_wire::envelope::{Envelope, Message};

use super::Mutant;
use super::hosts::bend_board;
use super::purse::{bend_fleet, is_call};
use crate::check::{Known, Watch};
use crate::setup::scope;
use crate::world::{Op, Reply};

/// What becomes of a call.
pub(crate) enum Bent {
    /// It asks for this.
    Op(Op),
    /// It asks for nothing, and is told that all went well.
    Dropped(Reply),
}

/// Who makes the call.
pub(crate) struct Caller {
    /// A worker that handles a message, and for which time.
    pub(crate) delivery: Option<u32>,
    /// The sweep.
    pub(crate) is_sweep: bool,
    /// Somebody with a signal.
    pub(crate) is_signal: bool,
    /// Whether it has written anything yet.
    pub(crate) wrote: bool,
    /// Whether it has written to a purse.
    pub(crate) wrote_purse: bool,
    pub(crate) now: Timestamp,
}

/// The call as the broken rule has it.
pub(crate) fn bend(mutant: Mutant, op: Op, watch: &Watch, caller: &Caller) -> Bent {
    let sent = || Bent::Dropped(Reply::Sent(Ok(())));
    match (mutant, op) {
        (Mutant::OrderNotKept, Op::Transact(mut writes)) => {
            for write in &mut writes {
                if let Write::Put { item, .. } = write
                    && item.key.sk == "META"
                    && let Ok(mut body) = serde_json::from_str::<serde_json::Value>(&item.body)
                    && body.as_object_mut().and_then(|body| body.remove("last_order")).is_some()
                {
                    item.body = body.to_string();
                }
            }
            Bent::Op(Op::Transact(writes))
        }
        (Mutant::LeftOutIsForgotten, Op::Transact(mut writes)) => {
            for write in &mut writes {
                if let Write::Put { item, .. } = write
                    && item.key.sk.starts_with("ROSTER")
                    && let Ok(mut rostered) = codec::decode::<Rostered>(item)
                {
                    rostered.earlier = None;
                    item.body = codec::encode(&rostered).unwrap_or_default();
                }
            }
            Bent::Op(Op::Transact(writes))
        }
        (Mutant::PushNotRemembered, Op::Transact(mut writes)) => {
            let remembers =
                |write: &Write| matches!(write, Write::Put { item, .. } if item.key.pk.contains("/PUSH#"));
            writes.retain(|write| !remembers(write));
            Bent::Op(Op::Transact(writes))
        }
        (Mutant::WakeNotReissued, Op::Send(_)) if caller.is_signal => sent(),
        (Mutant::NoRepublish, Op::Send(_)) if !caller.wrote && caller.delivery.is_some_and(|n| n > 1) => {
            sent()
        }
        (Mutant::EarlyWakeForgotten, Op::Send(_)) if !caller.wrote && caller.delivery == Some(1) => sent(),
        (Mutant::ClaimsAnyAct, Op::Send(mut message)) => {
            message.queue = QueueName::LinearShift;
            Bent::Op(Op::Send(message))
        }
        (Mutant::SignalInterruptsAct | Mutant::WaitsCutShort, Op::Send(mut message)) => {
            if let Ok(mut envelope) = Envelope::decode(&message.body)
                && let Message::Wake { deployment, epoch, due_at, .. } = &mut envelope.message
            {
                let stored = watch.named(deployment.as_str()).filter(|k| k.state.epoch == *epoch);
                if let Some((known, at)) = stored.and_then(|k| Some((k, k.state.wake_at?)))
                    && at < *due_at
                {
                    *due_at = at;
                    message.delay_ms = at.ms_since(caller.now);
                    message.queue = route(&known.plan, &known.state);
                    message.body = envelope.encode();
                }
            }
            Bent::Op(Op::Send(message))
        }
        (Mutant::LogNotSpilled, Op::Put(item, _)) if item.key.sk.starts_with("LOG#") => {
            Bent::Dropped(Reply::Written(Ok(())))
        }
        (Mutant::TargetNotKept, Op::Put(item, _)) if item.key.sk.starts_with("T#") => {
            Bent::Dropped(Reply::Written(Ok(())))
        }
        (Mutant::KeptNotCounted, Op::BatchGet(keys)) if keys.iter().all(|key| key.sk.starts_with("T#")) => {
            Bent::Dropped(Reply::Items(Ok(Vec::new())))
        }
        (Mutant::FleetNotSwept, Op::Send(message))
            if caller.is_sweep && message.body.contains("\"shard\":") =>
        {
            sent()
        }
        (Mutant::OrdersNotSentAgain, Op::Order { .. }) if !caller.wrote => sent(),
        (Mutant::LostCallNotRepeated, Op::Send(message)) if !caller.wrote_purse && is_call(&message.body) => {
            sent()
        }
        (
            Mutant::OneGrantTooMany
            | Mutant::GrantedNotCounted
            | Mutant::HalfAFleetIsWhole
            | Mutant::WithdrawMissesAShard
            | Mutant::OneShardOverIsAllOver,
            Op::Put(item, expect),
        ) => bend_fleet(mutant, item, expect),
        (Mutant::RefusalCountsAsTold, Op::Put(item, expect)) if item.key.sk.starts_with(key::NOTICE) => {
            Bent::Op(Op::Put(refusals_forgotten(item, caller.now), expect))
        }
        (Mutant::TellsTheEndFirst, Op::Query(mut query))
            if query.range == Range::Prefix(key::NOTICE.into()) =>
        {
            query.range = Range::Between("N#02".to_owned(), "N#99".to_owned());
            Bent::Op(Op::Query(query))
        }
        (_, Op::Put(item, expect)) if item.key.sk == "BOARD" => {
            Bent::Op(Op::Put(bend_board(mutant, item, watch), expect))
        }
        (_, Op::Put(item, expect)) => Bent::Op(Op::Put(bend_item(mutant, item, watch, caller.now), expect)),
        (_, Op::Transact(writes)) => Bent::Op(Op::Transact(bend_writes(mutant, writes, watch))),
        (_, op) => Bent::Op(op),
    }
}

/// The notice with everybody told.
fn refusals_forgotten(item: Item, now: Timestamp) -> Item {
    let Ok(mut notice) = codec::decode::<Notice>(&item) else { return item };
    let Some((scope, id)) = key::parse_deployment_pk(&item.key.pk) else { return item };
    if notice.heard.values().all(Hearing::is_settled) {
        return item;
    }
    notice.heard.values_mut().for_each(|heard| *heard = Hearing::Told { at: now });
    notice.due = None;
    notice.to_item(&scope, &id, item.version).unwrap_or(item)
}

fn bend_writes(mutant: Mutant, mut writes: Vec<Write>, watch: &Watch) -> Vec<Write> {
    let is_end = writes.iter().any(|w| {
        matches!(w, Write::Put { item, .. } if item.key.sk == "STATE" && watch.of_pk(&item.key.pk).is_some())
    });
    let about = |write: &Write, part: &str| {
        let (Write::Put { item: cutover_ports::table::Item { key, .. }, .. }
        | Write::Delete { key, .. }
        | Write::Check { key, .. }) = write;
        key.pk.contains(part)
    };
    match mutant {
        Mutant::NoWatch if !is_end => writes.retain(|w| !about(w, "/ALARM#")),
        Mutant::WatchLeftBehind if is_end => writes.retain(|w| !about(w, "/ALARM#")),
        Mutant::EndNotNoted if is_end => writes.retain(|w| {
            !matches!(w,
            Write::Put { item, .. } if item.key.sk.starts_with(key::NOTICE))
        }),
        Mutant::GroupNotReleased if is_end => writes.retain(|w| !about(w, "/G#")),
        Mutant::RollbackNotCreated if is_end => writes.retain(|w| {
            !matches!(w, Write::Put { item, .. }
                if item.key.pk.contains("/D#") && watch.of_pk(&item.key.pk).is_none())
        }),
        Mutant::TerminalKeepsTimer if is_end => {
            for write in &mut writes {
                if let Write::Put { item, .. } = write
                    && item.key.sk == "STATE"
                    && let Some(known) = watch.of_pk(&item.key.pk)
                    && let Some(at) = known.state.wake_at
                {
                    item.wake = Some(key::wake(&scope(), &known.state.id, at));
                }
            }
        }
        _ => {}
    }
    writes
}

fn bend_item(mutant: Mutant, item: Item, watch: &Watch, now: Timestamp) -> Item {
    if item.key.sk != "STATE" {
        return item;
    }
    let Some(known) = watch.of_pk(&item.key.pk) else { return item };
    let Ok(mut stored) = state::from_item(&item) else { return item };
    // The sweep's notes are no new state.
    if stored.deployment.epoch == known.state.epoch {
        return item;
    }
    bend_state(mutant, known, &mut stored.deployment, now);
    state::to_item(&scope(), &known.plan, &stored).unwrap_or(item)
}

fn bend_state(mutant: Mutant, known: &Known, next: &mut Deployment, now: Timestamp) {
    let claims = matches!(next.phase, Phase::Acting { token, .. } if token == next.epoch);
    let lease = |next: &mut Deployment, ms: u64| {
        if let Phase::Acting { lease_until, .. } = &mut next.phase {
            *lease_until = now.plus_ms(ms);
            next.wake_at = Some(*lease_until);
        }
    };
    match mutant {
        Mutant::LeaseLongerThanVisibility if claims => lease(next, 600_000),
        Mutant::SpeedDividesLeases if claims => lease(next, 20_000 / u64::from(known.plan.speed)),
        Mutant::EpochStandsStill => next.epoch = known.state.epoch,
        Mutant::SignalInterruptsAct
            if matches!(next.phase, Phase::Acting { .. }) && next.signals != known.state.signals =>
        {
            next.phase = Phase::Ready;
            next.wake_at = Some(now);
        }
        Mutant::SuccessDoesNotResume if next.ending.is_none() && next.resumes(&known.plan) => {
            next.phase = Phase::Closing { verdict: Verdict::Succeeded };
        }
        Mutant::SuspendsUnnoted if claims && !next.is_leaving(&known.plan) => {
            for asked in next.suspensions.iter_mut().filter(|one| one.stand == Stand::Asked) {
                asked.stand = Stand::Seen;
            }
        }
        Mutant::WaitsCutShort => {
            if let Phase::Baking { until } = &mut next.phase {
                let left = until.ms_since(now);
                *until = now.plus_ms(left - left / 10);
                next.wake_at = Some(*until);
            }
        }
        Mutant::UndoOnlyIfConfigured => {
            let on = known.plan.auto_rollback;
            let configured = on.on_failure || on.on_alarm || on.on_request;
            if let Some(ending) = &next.ending
                && !configured
                && next.to_undo().is_some()
            {
                next.phase = Phase::Closing { verdict: ending.verdict };
            }
        }
        Mutant::SilenceIsConsent => {
            let timed_out = matches!(known.state.phase, Phase::Awaiting { until } if until <= now);
            let failed = next.ending.as_ref().is_some_and(|e| e.code == ErrorCode::HookExecutionFailure);
            if timed_out && failed && known.state.signals.hook.is_none() {
                let mut passed = known.state.clone();
                passed.epoch = next.epoch;
                passed.cursor += 1;
                passed.phase = Phase::Ready;
                passed.wake_at = Some(now);
                *next = passed;
            }
        }
        _ => {}
    }
}

/// A signal as the broken rule has it; nothing when it is not brought at all.
pub(crate) fn bend_signal(mutant: Mutant, event: Event, known: Option<&Known>) -> Option<Event> {
    match (mutant, event) {
        (Mutant::DeafToStop, Event::StopRequested { .. })
        | (Mutant::DeafToAbandon, Event::AbandonRequested { .. }) => None,
        (Mutant::AnyAnswerCounts, Event::HookReported { execution_id, status }) => {
            let running = known.and_then(|k| k.plan.step(k.state.cursor));
            let execution_id = match running {
                Some(Step::Hook { execution_id: running, .. }) => running.clone(),
                _ => execution_id,
            };
            Some(Event::HookReported { execution_id, status })
        }
        (_, event) => Some(event),
    }
}
