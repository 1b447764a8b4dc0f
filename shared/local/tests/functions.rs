//! Local functions: publishing, aliases, invocations.

mod support;

use std::fs;
use std::path::Path;
use std::time::{Duration, Instant};

use cutover_core::alias::{AliasRef, AliasState};
use cutover_local::functions::error::FunctionError;
use cutover_ports::aliases::FunctionAliases;
use cutover_ports::call::CallError;
use cutover_ports::hooks::{HookPayload, Hooks};
use cutover_ports::table::Key;
use support::{Bench, set_mode};

fn live(function: &str) -> AliasRef {
    AliasRef { function: function.to_owned(), alias: "live".to_owned() }
}

#[tokio::test]
async fn a_published_version_never_changes() {
    let bench = Bench::new();
    assert_eq!(bench.publish("greet", "echo one; cat").await, "1");
    assert_eq!(bench.publish("greet", "echo two; cat").await, "2");
    for (qualifier, version, out) in [
        (Some("1"), "1", "one\nevent"),
        (Some("2"), "2", "two\nevent"),
        (Some("$LATEST"), "2", "two\nevent"),
        (None, "2", "two\nevent"),
    ] {
        let found = bench.functions.invoke("greet", qualifier, b"event").await.unwrap();
        assert_eq!((found.version.as_str(), found.payload.as_str(), found.error), (version, out, None));
    }
    assert_eq!(bench.functions.show("greet").await.unwrap().versions, ["1", "2"]);
    assert_eq!(bench.table.dump()[0].key, Key::new("000000000000/eu-west-1/LOCAL", "FN#greet"));
}

#[tokio::test]
async fn what_is_no_command_is_not_published() {
    let bench = Bench::new();
    let missing = bench.functions.publish("f", Path::new("/nowhere/at/all")).await.unwrap_err();
    assert_eq!(missing.to_string(), "cannot publish /nowhere/at/all: No such file or directory (os error 2)");
    let script = bench.script("true");
    set_mode(&script, 0o644);
    let plain = bench.functions.publish("f", &script).await.unwrap_err().to_string();
    assert!(plain.ends_with(": it is not executable"), "{plain}");
    let dir = bench.functions.publish("f", &bench.dir).await.unwrap_err().to_string();
    assert!(dir.ends_with(": it is not a file"), "{dir}");
    let name = bench.functions.publish("../f", &script).await.unwrap_err();
    assert_eq!(name, FunctionError::FunctionName("../f".to_owned()));
    assert_eq!(bench.functions.show("f").await, Err(FunctionError::NoFunction("f".to_owned())));
}

#[tokio::test]
async fn many_publish_at_once_and_each_gets_a_version() {
    let bench = Bench::new();
    let script = bench.script("cat");
    let publishing = (0..8).map(|_| {
        let (functions, script) = (bench.functions.clone(), script.clone());
        tokio::spawn(async move { functions.publish("f", &script).await.unwrap() })
    });
    let mut versions = Vec::new();
    for publishing in publishing.collect::<Vec<_>>() {
        versions.push(publishing.await.unwrap().parse::<u32>().unwrap());
    }
    versions.sort_unstable();
    assert_eq!(versions, (1..=8).collect::<Vec<_>>());
}

#[tokio::test]
async fn a_function_is_told_where_it_is_and_how_it_failed() {
    let bench = Bench::new();
    bench
        .publish("env", "echo $CUTOVER_FUNCTION_NAME $CUTOVER_FUNCTION_VERSION $CUTOVER_ENDPOINT $AWS_ENDPOINT_URL_CODEDEPLOY $AWS_REGION")
        .await;
    let found = bench.functions.invoke("env", None, b"").await.unwrap();
    assert_eq!(found.payload, "env 1 http://127.0.0.1:4599 http://127.0.0.1:4599 eu-west-1\n");
    bench.publish("env", "echo partly; echo went wrong >&2; exit 3").await;
    let found = bench.functions.invoke("env", None, &vec![b'x'; 1 << 20]).await.unwrap();
    assert_eq!(found.payload, "partly\n");
    assert_eq!(found.error.as_deref(), Some("it ended with exit status: 3: went wrong"));
}

#[tokio::test]
async fn a_function_that_takes_too_long_is_killed_with_its_children() {
    let bench = Bench::new();
    bench.publish("slow", "sleep 30 & echo $! > child; wait").await;
    let begun = Instant::now();
    let found = bench.functions.invoke("slow", None, b"").await.unwrap();
    assert_eq!(found.error.as_deref(), Some("it took longer than 1 s and was killed"));
    assert!(begun.elapsed() < Duration::from_secs(5));
    let child = fs::read_to_string(bench.dir.join("functions/slow/1/child")).unwrap();
    let status = format!("/proc/{}/status", child.trim());
    for _ in 0..100 {
        match fs::read_to_string(&status) {
            Ok(status) if !status.contains("State:\tZ") => {}
            _ => return,
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    panic!("the child still runs");
}

#[tokio::test]
async fn an_alias_is_set_only_at_the_revision_that_was_read() {
    let bench = Bench::new();
    assert!(matches!(bench.functions.read(&live("f")).await, Err(CallError::Gone { .. })));
    for _ in 0..3 {
        bench.publish("f", "cat").await;
    }
    let put = bench.functions.put_alias("f", "live", "1").await.unwrap();
    let arn = "arn:aws:lambda:eu-west-1:000000000000:function:f";
    let first = bench.functions.read(&live(arn)).await.unwrap();
    assert_eq!((&first.state, &first.revision_id), (&AliasState::whole("1"), &put.revision_id));
    let shifted = AliasState::shifted("1", "2", 10);
    bench.functions.set(&live("f"), &shifted, &first.revision_id).await.unwrap();
    let again = bench.functions.set(&live("f"), &shifted, &first.revision_id).await;
    assert_eq!(again, Err(CallError::Conflict));
    let second = bench.functions.read(&live("f")).await.unwrap();
    assert_eq!(second.state, shifted);
    assert_ne!(second.revision_id, first.revision_id);
    assert_eq!(bench.functions.show("f").await.unwrap().aliases["live"].weights["2"], 0.1);

    let set = async |state: AliasState| bench.functions.set(&live("f"), &state, &second.revision_id).await;
    let gone = CallError::Gone { what: "version 9 of function f".to_owned() };
    assert_eq!(set(AliasState::whole("9")).await, Err(gone.clone()));
    assert_eq!(set(AliasState::shifted("1", "9", 10)).await, Err(gone.clone()));
    assert!(matches!(
        set(AliasState::observed("1", [("2", 0.1), ("3", 0.1)])).await,
        Err(CallError::Refused { .. })
    ));
    assert_eq!(bench.functions.version_exists("f", "3").await, Ok(()));
    assert_eq!(bench.functions.version_exists("f", "9").await, Err(gone));
    for (alias, version) in [("2", "1"), ("live", "9"), ("a b", "1")] {
        assert!(bench.functions.put_alias("f", alias, version).await.is_err(), "{alias} {version}");
    }
}

#[tokio::test]
async fn weights_are_honoured_by_chance() {
    let bench = Bench::new();
    bench.publish("f", "true").await;
    bench.publish("f", "exit 1").await;
    bench.functions.put_alias("f", "live", "1").await.unwrap();
    let reading = bench.functions.read(&live("f")).await.unwrap();
    bench.functions.set(&live("f"), &AliasState::shifted("1", "2", 50), &reading.revision_id).await.unwrap();
    let mut second = 0;
    for _ in 0..60 {
        let found = bench.functions.invoke("f", Some("live"), b"").await.unwrap();
        assert_eq!(found.error.is_some(), found.version == "2");
        second += usize::from(found.version == "2");
    }
    assert!((10..=50).contains(&second), "{second} of 60");
    let outcomes = bench.functions.outcomes();
    let (old, new) = (outcomes.tally("f", "1"), outcomes.tally("f", "2"));
    assert_eq!((old.invocations + new.invocations, old.failed), (60, 0));
    assert_eq!((new.invocations as usize, new.failed as usize), (second, second));
}

#[tokio::test]
async fn a_hook_is_started_and_not_waited_for() {
    let bench = Bench::new();
    let payload = HookPayload {
        deployment_id: "d-ABCDEF123".to_owned(),
        lifecycle_event_hook_execution_id: "x".to_owned(),
    };
    let gone = Hooks::invoke(&*bench.functions, "check", &payload).await;
    assert_eq!(gone, Err(CallError::Gone { what: "function check".to_owned() }));
    bench.publish("check", "cat > event.part; sleep 0.3; mv event.part event").await;
    for function in ["check", "check:1", "arn:aws:lambda:eu-west-1:000000000000:function:check"] {
        let event = bench.dir.join("functions/check/1/event");
        let _ = fs::remove_file(&event);
        let begun = Instant::now();
        Hooks::invoke(&*bench.functions, function, &payload).await.unwrap();
        assert!(begun.elapsed() < Duration::from_millis(250));
        while !event.exists() {
            assert!(begun.elapsed() < Duration::from_secs(5));
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        assert_eq!(
            fs::read_to_string(&event).unwrap(),
            r#"{"DeploymentId":"d-ABCDEF123","LifecycleEventHookExecutionId":"x"}"#
        );
    }
    let gone = Hooks::invoke(&*bench.functions, "check:7", &payload).await;
    assert_eq!(gone, Err(CallError::Gone { what: "version 7 of function check".to_owned() }));
}

#[tokio::test]
async fn a_hook_whose_end_nobody_saw_is_called_again() {
    let bench = Bench::new();
    bench.publish("check", "cat >> events; echo >> events; [ -e again ] || { touch again; sleep 60; }").await;
    let payload = HookPayload {
        deployment_id: "d-ABCDEF123".to_owned(),
        lifecycle_event_hook_execution_id: "x".to_owned(),
    };
    let place = bench.dir.join("functions/check/1");
    let begun = Instant::now();
    let until = async |what: &str, met: &dyn Fn() -> bool| {
        while !met() {
            assert!(begun.elapsed() < Duration::from_secs(5), "{what}");
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    };
    Hooks::invoke(&*bench.functions, "check", &payload).await.unwrap();
    until("called", &|| place.join("again").exists()).await;

    let next = support::open(&bench.table, &bench.dir);
    assert_eq!(next.resume().await, Ok(1));
    let calls = || fs::read_to_string(place.join("events")).unwrap_or_default().lines().count();
    until("called again", &|| calls() == 2).await;
    let left = || bench.table.dump().iter().filter(|item| item.key.sk.starts_with("CALL#")).count();
    until("crossed out", &|| left() == 0).await;
    assert_eq!(support::open(&bench.table, &bench.dir).resume().await, Ok(0));
}
