//! Every event in every format, beside the texts that they must be.

use cutover_core::audience::Told;
use cutover_core::ids::Scope;
use cutover_core::time::Timestamp;
use serde_json::{Value, json};

use super::facts::{Facts, Host, HostEvent, Overview, Rollback, Trouble};
use super::{event_bridge, slack, sns, stack, teams, webhook};

fn facts(told: Told) -> Facts {
    let at = Timestamp::from_millis;
    let (created, ended) = (at(1_793_534_405_250), at(1_793_534_465_000));
    let one = |status: &str| Overview {
        failed: u32::from(status == "Failed"),
        succeeded: u32::from(status == "Succeeded"),
        in_progress: u32::from(status == "InProgress"),
        ..Overview::default()
    };
    let status = match told {
        Told::DeploymentSuccess => "Succeeded",
        Told::DeploymentFailure | Told::DeploymentRollback => "Failed",
        Told::DeploymentStop => "Stopped",
        Told::DeploymentReady => "Ready",
        _ => "InProgress",
    };
    let lost = matches!(told, Told::DeploymentFailure | Told::DeploymentRollback);
    let host_status = match told {
        Told::InstanceSuccess => "Succeeded",
        Told::InstanceFailure => "Failed",
        Told::InstanceReady => "Ready",
        _ => "InProgress",
    };
    Facts {
        scope: Scope::new("123456789012", "eu-west-1"),
        told,
        at: ended,
        seq: match told {
            Told::DeploymentStart => 1,
            Told::DeploymentRollback => 3,
            _ if told.is_of_host() => 0,
            _ => 2,
        },
        application: "shop & <co>".to_owned(),
        group: "prod".to_owned(),
        group_id: "00000000-0000-4000-8000-000000000001".to_owned(),
        deployment: "d-ABCDEFGHI".to_owned(),
        platform: "Lambda",
        status,
        created_at: created,
        started_at: Some(at(1_793_534_406_000)),
        completed_at: ["Succeeded", "Failed", "Stopped"].contains(&status).then_some(ended),
        overview: one(status),
        error: lost.then(|| Trouble { code: "ALARM_ACTIVE".to_owned(), message: "hot".to_owned() }),
        rollback: (told == Told::DeploymentRollback).then(|| Rollback {
            by: Some("d-ROLLBACK0".to_owned()),
            of: None,
            message: "Automatic rollback.".to_owned(),
        }),
        host: told.is_of_host().then(|| Host {
            name: "web-1".to_owned(),
            arn: "arn:aws:codedeploy:eu-west-1:123456789012:instance/web-1_ABC".to_owned(),
            status: host_status,
            updated_at: ended,
            events: vec![HostEvent {
                name: "ApplicationStop".to_owned(),
                status: "Succeeded".to_owned(),
                start: Some(created),
                end: Some(ended),
            }],
        }),
    }
}

#[test]
fn every_event_in_every_format_is_golden() {
    let mut told = String::new();
    for event in Told::ALL {
        let facts = facts(event);
        let on_bus = event_bridge::event(&facts, &facts.id("bus")).map_or(Value::Null, |event| {
            json!({ "DetailType": event.detail_type, "Detail": event.detail, "Resources": event.resources })
        });
        told.push_str(&format!("# {}\n", event.as_str()));
        told.push_str(&format!("subject {}\n", sns::subject(&facts)));
        for (format, body) in [
            ("sns", sns::message(&facts, "tell")),
            ("event-bridge", on_bus),
            ("webhook", webhook::body(&facts, &facts.id("ops"))),
            ("slack", slack::body(&facts)),
            ("teams", teams::body(&facts)),
        ] {
            told.push_str(&format!("{format} {body}\n"));
        }
    }
    let golden = include_str!("golden.txt");
    assert!(told == golden, "it is now:\n{told}");
}

#[test]
fn all_numbers_of_a_trigger_are_text() {
    fn walk(value: &Value) {
        match value {
            Value::Number(number) => panic!("{number} is a number"),
            Value::Object(members) => members.values().for_each(walk),
            Value::Array(items) => items.iter().for_each(walk),
            _ => {}
        }
    }
    Told::ALL.into_iter().for_each(|event| walk(&sns::message(&facts(event), "tell")));
}

#[test]
fn subjects_fit_into_sns() {
    let mut long = facts(Told::DeploymentFailure);
    long.application = "größer\n".repeat(40);
    let subject = sns::subject(&long);
    assert!(subject.len() == 100 && subject.is_ascii(), "{subject}");
    assert!(subject.starts_with("FAILED: Cutover d-ABCDEFGHI in eu-west-1 to gr??er?"), "{subject}");
}

#[test]
fn a_stack_is_told_of_the_deployment_that_it_waits_for() {
    let success = facts(Told::DeploymentSuccess);
    let failure = facts(Told::DeploymentFailure);
    for (facts, deployment, error, status, reason) in [
        (&success, "d-ABCDEFGHI", None, "SUCCESS", "Deployment d-ABCDEFGHI succeeded"),
        (&failure, "d-ABCDEFGHI", Some("hot."), "FAILURE", "Deployment d-ABCDEFGHI did not succeed: hot."),
        (
            // The rollback deployment succeeded: what the stack waits for did not.
            &success,
            "d-VICTIM000",
            Some("hot."),
            "FAILURE",
            "Deployment d-VICTIM000 did not succeed: hot. Rolled back by d-ABCDEFGHI: Succeeded.",
        ),
    ] {
        let signal = stack::signal(facts, deployment, error);
        let expected =
            json!({ "Status": status, "Reason": reason, "UniqueId": deployment, "Data": deployment });
        assert_eq!(signal, expected);
    }
    let long = stack::signal(&failure, "d-ABCDEFGHI", Some(&"\u{1}".repeat(5_000)));
    assert!(long.to_string().len() <= 4_096);
}

#[test]
fn ids_name_what_happened_to_whom_for_one_listener() {
    assert_eq!(facts(Told::DeploymentStop).id("ops"), "d-ABCDEFGHI.2.ops");
    assert_eq!(facts(Told::InstanceFailure).id("ops"), "d-ABCDEFGHI.web-1.InstanceFailure.ops");
}
