//! A rehearsal for a program. Times are seconds since the deployment's creation, shares 0.0 to 1.0. Pure.

use cutover_wire::api::without_nulls;
use serde_json::{Value, json};
use sim::report::Ended;

use crate::rehearse::conclusion::conclusion;
use crate::rehearse::history::Change;
use crate::rehearse::outcome::{Outcome, Watched};
use crate::rehearse::time::Moment;

/// The whole rehearsal; `start` is the instant of the recording at which the deployment is created.
pub(crate) fn value(outcome: &Outcome, start: Option<Moment>, warnings: &[String]) -> Value {
    let exit = outcome.exit();
    without_nulls(json!({
        "conclusion": conclusion(outcome),
        "status": outcome.deployment.verdict.map(|verdict| verdict.as_str()),
        "exitCode": exit as u8,
        "start": start.map(|start| seconds(start.at)),
        "plan": outcome.plan,
        "events": outcome.moments.iter().map(|moment| json!({
            "at": seconds(moment.at),
            "share": moment.share,
            "kind": moment.mark.as_ref().map_or(json!("alarm-changed"), |mark| json!(mark.kind)),
            "step": moment.mark.as_ref().map(|mark| mark.step),
            "text": moment.text,
        })).collect::<Vec<_>>(),
        "shares": outcome.shares.iter().map(|(at, share)| json!({ "at": seconds(*at), "share": share })).collect::<Vec<_>>(),
        "deployment": deployment(&outcome.deployment),
        "rollback": outcome.rollback.as_ref().map(deployment),
        "alarms": outcome.alarms.iter().map(|a| alarm(a, outcome.deployment.at)).collect::<Vec<_>>(),
        "warnings": warnings,
    }))
}

fn deployment(ended: &Ended) -> Value {
    let ending = ended.state.ending.as_ref();
    json!({
        "deploymentId": ended.id,
        "status": ended.verdict.map(|verdict| verdict.as_str()),
        "completedAt": seconds(ended.at),
        "errorInformation": ending.map(|e| json!({ "code": e.code.as_str(), "message": e.message })),
    })
}

fn alarm(alarm: &Watched, over_at: i64) -> Value {
    let change = |change: &Change| {
        json!({
            "at": seconds(change.at),
            "from": change.from.as_str(),
            "to": change.to.as_str(),
            "reason": change.why,
            "afterTheEnd": change.at > over_at,
        })
    };
    json!({
        "name": alarm.name,
        "evaluated": alarm.on.is_ok(),
        "series": alarm.on.as_ref().ok(),
        "notEvaluatedBecause": alarm.on.as_ref().err(),
        "changes": alarm.changes.iter().map(change).collect::<Vec<_>>(),
    })
}

fn seconds(ms: i64) -> f64 {
    ms as f64 / 1000.0
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rehearse::judge::State;
    use crate::rehearse::outcome::tests::canary;

    #[test]
    fn a_program_finds_what_a_person_reads() {
        let outcome = canary(&[(120_000, State::Alarm), (900_000, State::Alarm)]);
        let told = value(&outcome, None, &[]);
        assert_eq!((&told["status"], &told["exitCode"]), (&json!("Stopped"), &json!(7)));
        assert_eq!(told["conclusion"], conclusion(&outcome));
        assert_eq!(told["plan"]["alias"], "shop:live");
        let shares: Vec<_> = told["shares"].as_array().expect("shares").iter().map(|s| &s["share"]).collect();
        assert_eq!(shares, [0.1, 0.0]);
        assert_eq!(told["deployment"]["errorInformation"]["code"], "ALARM_ACTIVE");
        assert_eq!(told["rollback"]["status"], "Succeeded");
        let late = |n: usize| &told["alarms"][0]["changes"][n]["afterTheEnd"];
        assert_eq!((late(0), late(1)), (&json!(false), &json!(true)));
        assert_eq!(told["alarms"][1]["notEvaluatedBecause"], "it is a composite alarm");
        let red = told["events"].as_array().expect("events").iter().find(|e| e["kind"] == "alarm-changed");
        assert_eq!(red.expect("an event")["at"], 120.0);
    }
}
