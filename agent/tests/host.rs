//! A host that takes its orders from a service: the agent as it is, and a service that is played.

#![allow(clippy::unwrap_used, reason = "a test's helpers may fail as tests do")]

mod common;

use std::time::{Duration, Instant};

use common::Host;
use common::agent::{HOOK, SPEC, command, enrolled, register, run};
use common::service::{PATIENCE, Service, order};
use cutover_signing::jws::{Kind, sign};
use cutover_signing::keys::Signer;
use cutover_wire::agent::message::to_bytes;
use cutover_wire::agent::report::{EventStatus, News};
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;

#[test]
fn an_order_is_carried_out_and_told() {
    let (host, service) = enrolled();
    let mut agent = run(&host);
    let bundle = host.bundle("b", SPEC, &[("web/a", "one"), ("hook", HOOK)]);
    service.order(&order("aa", &bundle));
    let report = service.result("aa");
    assert_eq!(report.news, News::Succeeded, "{report:#?}");
    assert_eq!(host.read("app/a"), "one");
    assert_eq!(host.read("said"), "BeforeInstall d-AA\nValidateService d-AA\n");
    let told: Vec<_> = report.events.iter().map(|event| event.event.as_str()).collect();
    assert_eq!(told, cutover_agent::events::EVENTS);
    assert!(
        report.events.iter().all(|event| event.status == EventStatus::Succeeded && event.ended_at.is_some())
    );
    service.with(|state| {
        let seqs: Vec<_> = state.reports.iter().map(|(report, _)| report.seq).collect();
        assert!(seqs.is_sorted() && !seqs.is_empty(), "{seqs:?}");
        assert_eq!((state.deleted, state.hidden.len()), (1, 0));
        assert_eq!((&state.asked, &state.unsigned), (&vec!["aa".to_owned()], &Vec::new()));
        assert_eq!((report.host.as_str(), report.deployment.as_str()), ("web-1", "d-AA"));
    });

    // The same order once more: its result is told again, and nothing is run.
    service.with(|state| state.reports.clear());
    service.order(&order("aa", &bundle));
    assert_eq!(service.result("aa"), report);
    assert_eq!(host.read("said").lines().count(), 2);
    service.wait("the message to be deleted", |state| (state.deleted == 2).then_some(()));

    // An older deployment of the group, and then a newer one.
    service.order(&order("00", &bundle));
    let mut newer = order("bb", &host.bundle("c", SPEC, &[("web/a", "two"), ("hook", HOOK)]));
    newer.generation = 2;
    service.order(&newer);
    assert_eq!(service.result("bb").news, News::Succeeded);
    assert_eq!(host.read("app/a"), "two");
    service.with(|state| assert_eq!(state.asked, ["aa", "bb"]));

    agent.signal(Signal::SIGTERM);
    assert_eq!(agent.exit(), Some(0));
    assert!(host.read("log").contains("takes orders for web-1"), "{}", host.read("log"));
}

#[test]
fn what_is_withdrawn_or_not_answered_touches_nothing() {
    let (host, service) = enrolled();
    let _agent = run(&host);
    let bundle = host.bundle("b", SPEC, &[("web/a", "one"), ("hook", HOOK)]);
    service.with(|state| state.granted = None);
    service.order(&order("aa", &bundle));
    service.wait("the agent to ask again and again", |state| (state.asked.len() >= 3).then_some(()));
    assert!(!host.path("app").exists() && !host.path("root/g").exists());
    service.with(|state| {
        assert_eq!(state.hidden.len(), 1);
        state.granted = Some(false);
    });
    service.wait("the message to be deleted", |state| (state.deleted == 1).then_some(()));
    assert!(!host.path("app").exists() && !host.path("root/g").exists());
    service.with(|state| assert!(state.reports.is_empty()));
    assert!(host.read("log").contains("The deployment was stopped."), "{}", host.read("log"));
}

#[test]
fn an_agent_that_is_killed_fails_its_event_once() {
    let (host, service) = enrolled();
    let mut agent = run(&host);
    let slow = "#!/bin/sh\necho $$ > HOSTDIR/pid\nsleep 600\n";
    let spec = SPEC.replace("ValidateService: [{ location: hook", "ValidateService: [{ location: slow");
    let bundle = host.bundle("b", &spec, &[("web/a", "one"), ("hook", HOOK), ("slow", slow)]);
    service.order(&order("aa", &bundle));
    service.wait("the script", |_| host.path("pid").exists().then_some(()));
    service.wait("the message to be deleted", |state| (state.deleted == 1).then_some(()));
    agent.signal(Signal::SIGKILL);
    agent.exit();
    service.with(|state| state.killed += 1);
    // The order comes once more, as it may.
    service.order(&order("aa", &bundle));
    let _again = run(&host);
    let report = service.result("aa");
    let failed: Vec<_> = report.events.iter().filter(|event| event.status == EventStatus::Failed).collect();
    assert_eq!((report.news, failed.len(), failed[0].event.as_str()), (News::Failed, 1, "ValidateService"));
    let told = failed[0].diagnostics.as_ref().unwrap();
    assert_eq!(
        (told.error_code, told.message.as_str()),
        (7, "Failing in-progress lifecycle event after an agent restart.")
    );
    assert_eq!(report.events.last().unwrap().status, EventStatus::Skipped);
    service.wait("the message to be deleted", |state| (state.deleted == 2).then_some(()));
    assert_eq!(host.read("said"), "BeforeInstall d-AA\n", "nothing is run again");
    service.with(|state| {
        assert_eq!(state.asked, ["aa"]);
        let different = state.reports.iter().filter(|(found, _)| found.news.is_final() && *found != report);
        assert_eq!(different.count(), 0);
    });
    let pid: i32 = host.read("pid").trim().parse().unwrap();
    kill(Pid::from_raw(-pid), Signal::SIGKILL).unwrap();
}

#[test]
fn what_is_not_an_order_for_this_host_is_refused() {
    let (host, service) = enrolled();
    let _agent = run(&host);
    let bundle = host.bundle("b", SPEC, &[("web/a", "one"), ("hook", HOOK)]);
    let good = order("aa", &bundle);
    let mut other = good.clone();
    other.host = "web-2".into();
    service.order(&other);
    let stranger = Signer::from_seed([9; 32]);
    service.send(sign(&stranger, Kind::Order, &to_bytes(&good)));
    service.send(sign(&service.signer, Kind::Report, &to_bytes(&good)));
    let token = sign(&service.signer, Kind::Order, &to_bytes(&good));
    let (signed, signature) = token.rsplit_once('.').unwrap();
    let mut altered = good.clone();
    altered.work.file_exists = "OVERWRITE".into();
    let payload = sign(&service.signer, Kind::Order, &to_bytes(&altered));
    let payload = payload.rsplit_once('.').unwrap().0;
    assert_ne!(signed, payload);
    service.send(format!("{payload}.{signature}"));
    service.send("junk".into());
    service.wait("all of them to be deleted", |state| (state.deleted == 5).then_some(()));
    let log = host.read("log");
    for told in [
        "is for the host \"web-2\"",
        "not one of those known here",
        "not Order",
        "its signature is not",
        "not signed in the way",
    ] {
        assert!(log.contains(told), "{told}: {log}");
    }
    service.with(|state| assert!(state.asked.is_empty() && state.reports.is_empty()));
    assert!(!host.path("app").exists() && !host.path("root/g").exists());
}

#[test]
fn reports_wait_until_the_queue_takes_them() {
    let (host, service) = enrolled();
    let mut agent = run(&host);
    service.with(|state| state.deaf = true);
    service.order(&order("aa", &host.bundle("b", SPEC, &[("web/a", "one"), ("hook", HOOK)])));
    service.wait("the last hook", |_| {
        (host.path("said").exists() && host.read("said").contains("Validate")).then_some(())
    });
    service.wait("the order's end", |_| host.read("log").contains("is over").then_some(()));
    agent.signal(Signal::SIGKILL);
    agent.exit();
    service.with(|state| assert!(state.reports.is_empty()));
    service.with(|state| state.deaf = false);
    let _again = run(&host);
    assert_eq!(service.result("aa").news, News::Succeeded);
}

#[test]
fn a_bundle_that_is_not_there_is_told_and_a_second_signal_ends_a_script() {
    let (host, service) = enrolled();
    let mut agent = run(&host);
    service.order(&order("aa", &host.path("nowhere")));
    let report = service.result("aa");
    let failed = report.events.iter().find(|event| event.status == EventStatus::Failed).unwrap();
    let message = &failed.diagnostics.as_ref().unwrap().message;
    assert!(failed.event == "DownloadBundle" && message.contains("nowhere"), "{report:#?}");
    assert_eq!(report.events[2].status, EventStatus::Skipped, "nothing was stopped for it");

    let slow = "#!/bin/sh\necho > HOSTDIR/began\nsleep 600\n";
    let mut next = order(
        "bb",
        &host.bundle(
            "b",
            &SPEC.replace("location: hook", "location: slow"),
            &[("web/a", "a"), ("slow", slow)],
        ),
    );
    next.generation = 2;
    service.order(&next);
    service.wait("the script", |_| host.path("began").exists().then_some(()));
    agent.signal(Signal::SIGTERM);
    service.wait("the log", |_| host.read("log").contains("is finished first").then_some(()));
    agent.signal(Signal::SIGTERM);
    assert_eq!(agent.exit(), Some(0));
    let report = service.result("bb");
    let failed = report.events.iter().find(|event| event.status == EventStatus::Failed).unwrap();
    assert!(failed.diagnostics.as_ref().unwrap().message.contains("asked to stop"), "{report:#?}");
    assert!(!host.path("app").exists());
}

#[test]
fn hosts_enrol_once_and_doctors_tell() {
    let (host, service) = (Host::new(), Service::new());
    let doctor = || {
        let mut command = command(&host, "doctor");
        let output = command.arg("--json").arg("--root-dir").arg(host.path("root")).output().unwrap();
        let said: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
        let check = |name: &str| {
            let checks = said["checks"].as_array().unwrap();
            checks.iter().find(|check| check["name"] == name).cloned().unwrap_or_default()
        };
        (output.status.code(), check("identity"), check("endpoint"), check("queue"), check("clock"))
    };
    let (code, identity, ..) = doctor();
    assert!(code == Some(1) && identity["detail"].as_str().unwrap().contains("register"), "{identity}");
    let (code, errors) = register(&host, &service, "twice");
    assert!(code == Some(1) && errors.contains("The token is not known."), "{errors}");
    assert!(!host.path("identity.json").exists());
    assert_eq!(register(&host, &service, "once").0, Some(0));
    let (code, errors) = register(&host, &service, "once");
    assert!(code == Some(2) && errors.contains("unregister"), "{errors}");
    let (code, identity, endpoint, queue, clock) = doctor();
    assert_eq!((&identity["ok"], &endpoint["ok"], &queue["ok"]), (&true.into(), &true.into(), &true.into()));
    // The service that is played lives at a fixed time.
    assert_eq!((code, &clock["ok"]), (Some(1), &false.into()));
    assert_eq!(command(&host, "unregister").status().unwrap().code(), Some(0));
    assert_eq!(doctor().1["ok"], false);
    let output = command(&host, "run").arg("--root-dir").arg(host.path("root")).output().unwrap();
    assert!(
        output.status.code() == Some(1) && String::from_utf8_lossy(&output.stderr).contains("not enrolled")
    );
}

#[test]
fn a_crowd_that_enrols_takes_turns() {
    let (host, service) = (Host::new(), Service::new());
    service.with(|state| state.crowd = 2);
    let (code, errors) = register(&host, &service, "once");
    assert_eq!(code, Some(0), "{errors}");
    assert_eq!(errors.matches("Rate exceeded. Trying again in ").count(), 2, "{errors}");
    // Nothing else is tried again.
    let (code, errors) = register(&Host::new(), &service, "twice");
    assert!(code == Some(1) && !errors.contains("Trying again"), "{errors}");
}

/// An order finds a waiting agent at work at once. The bound is for a machine that has other things to do.
#[test]
fn an_order_does_not_wait() {
    let (host, service) = enrolled();
    let _agent = run(&host);
    let bundle = host.bundle("b", "hooks:\n  BeforeInstall: [{ location: hook }]\n", &[("hook", HOOK)]);
    let mut waits = Vec::new();
    for n in 1..=5 {
        std::thread::sleep(Duration::from_millis(300));
        let mut next = order(&format!("a{n}"), &bundle);
        next.generation = n;
        let began = Instant::now();
        service.order(&next);
        let until = began + PATIENCE;
        while !(host.path("said").exists() && host.read("said").lines().count() == n as usize) {
            assert!(Instant::now() < until, "no script");
            std::thread::sleep(Duration::from_millis(1));
        }
        waits.push(began.elapsed());
        service.result(&next.id);
    }
    waits.sort();
    println!("order to first script: {waits:?}");
    assert!(waits[2] < Duration::from_millis(600), "{waits:?}");
}

/// Killed again and again, at any moment: every order ends in one result, no script runs twice, and what is
/// installed is one revision or the other.
#[test]
fn an_agent_that_is_killed_anywhere_ends_every_order_once() {
    let (host, service) = enrolled();
    let names: Vec<_> = (0..200).map(|n| format!("web/{n}")).collect();
    let (mut before, mut restarted) = (String::new(), 0);
    for round in 1..=10_u64 {
        let id = format!("c{round}");
        let files: Vec<_> =
            names.iter().map(|name| (name.as_str(), id.as_str())).chain([("hook", HOOK)]).collect();
        let mut next = order(&id, &host.bundle(&id, SPEC, &files));
        next.generation = round;
        let mut agent = run(&host);
        service.order(&next);
        std::thread::sleep(Duration::from_millis(30 + 10 * round));
        agent.signal(Signal::SIGKILL);
        agent.exit();
        // As the queue does when a message was not deleted.
        service.with(|state| {
            state.killed += 1;
            for (_, body) in std::mem::take(&mut state.hidden) {
                state.queue.push_back(body);
            }
        });
        let mut again = run(&host);
        let report = service.result(&id);
        service.wait("the queue to be empty", |state| {
            (state.queue.is_empty() && state.hidden.is_empty()).then_some(())
        });
        service.with(|state| {
            let finals = state.reports.iter().map(|(found, _)| found);
            let other =
                finals.filter(|found| found.order == id && found.news.is_final() && **found != report);
            assert_eq!(other.count(), 0, "{round}");
        });
        let said = if host.path("said").exists() { host.read("said") } else { String::new() };
        let runs = |event: &str| said.matches(&format!("{event} d-{}\n", id.to_uppercase())).count();
        assert!(runs("BeforeInstall") <= 1 && runs("ValidateService") <= 1, "{round}: {said}");
        let found = std::fs::read_to_string(host.path("app/0")).unwrap_or_default();
        assert!(found == id || found == before, "{round}: {found} after {before}");
        for name in &names {
            let name = name.replacen("web", "app", 1);
            assert_eq!(std::fs::read_to_string(host.path(&name)).unwrap_or_default(), found, "{round}");
        }
        if report.news == News::Succeeded {
            assert_eq!((found.as_str(), runs("ValidateService")), (id.as_str(), 1));
        } else {
            let codes = report.events.iter().filter_map(|event| event.diagnostics.as_ref());
            assert_eq!(codes.map(|told| told.error_code).collect::<Vec<_>>(), [7], "{round}");
            restarted += 1;
        }
        before = found;
        again.signal(Signal::SIGTERM);
        // One that has only begun to start hears no signal yet and is ended by it.
        assert!([None, Some(0)].contains(&again.exit()));
        service.with(|state| state.killed += 1);
    }
    println!("{restarted} of 10 were at work when they were killed");
}
