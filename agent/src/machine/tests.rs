//! Every input in every state, and a crash at every write of the journal.

use cutover_core::time::Timestamp;
use cutover_wire::agent::order::Order;
use cutover_wire::agent::report::{Diagnostics, EventStatus, News, Report};

use super::*;
use crate::samples;

fn settings() -> Settings {
    Settings { host: "web-1".into(), idle_gap_ms: 0, stop_within_ms: 7_200_000 }
}

/// An agent, its time, and what it wrote and sent.
struct Host {
    machine: Machine,
    ms: u64,
    written: Vec<Journal>,
    disk_fails: bool,
}

impl Host {
    fn new(journal: Journal) -> Self {
        let mut host = Self {
            machine: Machine::new(settings(), journal),
            ms: 0,
            written: Vec::new(),
            disk_fails: false,
        };
        host.written.push(host.machine.journal().clone());
        host
    }

    fn at(&self) -> Now {
        Now { ms: self.ms, wall: Timestamp::from_millis(1_000_000 + self.ms as i64) }
    }

    /// What follows; the journal is written as the runner writes it.
    fn on(&mut self, input: Input) -> Vec<Command> {
        let commands = self.machine.decide(input, self.at());
        let Some(at) = commands.iter().position(|command| *command == Command::Journal) else {
            return commands;
        };
        if self.disk_fails {
            let held = |command: &Command| {
                matches!(command, Command::Begin(_) | Command::Run(_) | Command::Delete(_))
            };
            let mut done: Vec<_> = commands
                .into_iter()
                .enumerate()
                .filter(|(n, command)| *n < at || !held(command))
                .map(|(_, c)| c)
                .collect();
            done.extend(self.on(Input::NotJournaled("full".into())));
            return done;
        }
        self.written.push(self.machine.journal().clone());
        self.machine.decide(Input::Journaled, self.at());
        commands
    }

    fn after(&mut self, ms: u64) -> Vec<Command> {
        self.ms += ms;
        self.on(Input::Tick)
    }

    fn receive(&mut self, order: Order) -> Vec<Command> {
        self.on(Input::Received { receipt: "r".into(), order: Ok(Box::new(order)) })
    }

    fn answer(&mut self, order: &str, answer: Answer) -> Vec<Command> {
        self.on(Input::Answered { order: order.into(), answer })
    }

    fn event(&mut self, at: usize, status: EventStatus) -> Vec<Command> {
        let failed = (status == EventStatus::Failed).then(|| Diagnostics {
            error_code: 4,
            script_name: "s".into(),
            message: "No.".into(),
            log: String::new(),
        });
        self.on(Input::EventEnded { order: "o".into(), at, status, diagnostics: failed, quiet_next: false })
    }

    fn sent(&mut self, report: &Report, error: Option<&str>) -> Vec<Command> {
        let error = error.map(str::to_owned);
        self.on(Input::Sent { order: report.order.clone(), seq: report.seq, error })
    }
}

/// An agent in each of its states.
fn resting() -> Host {
    let mut host = Host::new(Journal::default());
    assert_eq!(host.on(Input::Start), []);
    host
}

fn asking() -> Host {
    let mut host = resting();
    assert_eq!(names(&host.receive(samples::order("o"))), "log ask");
    host
}

fn working() -> Host {
    let mut host = asking();
    assert_eq!(names(&host.answer("o", Answer::Granted)), "journal delete begin run0 send-accepted");
    host
}

fn over() -> Host {
    let mut host = working();
    let accepted = host.machine.journal().outbox[0].clone();
    host.sent(&accepted, None);
    assert_eq!(names(&host.event(0, EventStatus::Succeeded)), "journal run1");
    assert_eq!(names(&host.event(1, EventStatus::Succeeded)), "journal run2");
    assert_eq!(names(&host.event(2, EventStatus::Succeeded)), "log end journal send-succeeded");
    host
}

fn names(commands: &[Command]) -> String {
    let name = |command: &Command| match command {
        Command::Ask(_) => "ask".to_owned(),
        Command::Journal => "journal".to_owned(),
        Command::Begin(_) => "begin".to_owned(),
        Command::Run(at) => format!("run{at}"),
        Command::End => "end".to_owned(),
        Command::Interrupt => "interrupt".to_owned(),
        Command::Send(report) => format!("send-{:?}", report.news).to_lowercase(),
        Command::Delete(_) => "delete".to_owned(),
        Command::Extend(..) => "extend".to_owned(),
        Command::Log(Level::Info, _) => "log".to_owned(),
        Command::Log(Level::Warn, _) => "warn".to_owned(),
        Command::Exit => "exit".to_owned(),
    };
    commands.iter().map(name).collect::<Vec<_>>().join(" ")
}

fn sent(commands: &[Command]) -> Option<&Report> {
    commands
        .iter()
        .find_map(|command| if let Command::Send(report) = command { Some(&**report) } else { None })
}

/// Every kind of input in every state: what is not expected there changes nothing.
#[test]
fn every_input_in_every_state() {
    let order = |id: &str| Input::Received { receipt: "r2".into(), order: Ok(Box::new(samples::order(id))) };
    let answered = |id: &str, answer| Input::Answered { order: id.into(), answer };
    let ended = |at| Input::EventEnded {
        order: "o".into(),
        at,
        status: EventStatus::Succeeded,
        diagnostics: None,
        quiet_next: false,
    };
    let lost = |id: &str| Input::Sent { order: id.into(), seq: 1, error: Some("away".into()) };
    let bad = || Input::Received { receipt: "r2".into(), order: Err("forged".into()) };
    for (input, at_rest, at_asking, at_working, when_over) in [
        (Input::Start, "", "", "", ""),
        (order("new"), "log ask", "", "warn delete", "warn delete"),
        (order("o"), "log ask", "", "delete", "log journal delete"),
        (bad(), "warn delete", "warn delete", "warn delete", "warn delete"),
        (answered("o", Answer::Granted), "", "journal delete begin run0 send-accepted", "", ""),
        (answered("x", Answer::Granted), "", "", "", ""),
        (answered("o", Answer::Withdrawn("late".into())), "", "log delete", "", ""),
        (answered("o", Answer::None("away".into())), "", "warn", "", ""),
        (ended(0), "", "", "journal run1", ""),
        (ended(1), "", "", "", ""),
        (lost("x"), "warn", "warn", "warn", "warn"),
        (Input::Journaled, "", "", "", ""),
        (Input::NotJournaled("full".into()), "warn", "warn", "warn log end", "warn"),
        (Input::Shutdown, "log exit", "log", "log", "log"),
        (Input::Tick, "", "", "", ""),
    ] {
        for (state, mut host, expected) in [
            ("resting", resting(), at_rest),
            ("asking", asking(), at_asking),
            ("working", working(), at_working),
            ("over", over(), when_over),
        ] {
            assert_eq!(names(&host.on(input.clone())), expected, "{input:?} when {state}");
        }
    }
}

#[test]
fn an_order_that_went_well() {
    let mut host = over();
    let report = host.machine.journal().outbox[0].clone();
    assert_eq!((report.news, report.seq, report.events.len()), (News::Succeeded, 2, 3));
    assert!(
        report.events.iter().all(|event| event.status == EventStatus::Succeeded && event.ended_at.is_some())
    );
    assert!(!host.machine.journal().outbox.is_empty() && host.machine.wants_order());
    assert_eq!(names(&host.sent(&report, None)), "journal");
    assert!(host.machine.journal().outbox.is_empty());
    // The same order once more: nothing is run, its result is told again.
    let commands = host.receive(samples::order("o"));
    assert_eq!(names(&commands), "log journal delete send-succeeded");
    assert_eq!(sent(&commands), Some(&report));
}

#[test]
fn a_failure_skips_what_comes_after_it() {
    let mut host = working();
    host.event(0, EventStatus::Ignored);
    let commands = host.event(1, EventStatus::Failed);
    assert_eq!(names(&commands), "log end journal");
    let report = host.machine.journal().outbox[0].clone();
    let statuses: Vec<_> = report.events.iter().map(|event| event.status).collect();
    assert_eq!(statuses, [EventStatus::Ignored, EventStatus::Failed, EventStatus::Skipped]);
    assert_eq!((report.news, report.events[1].diagnostics.as_ref().unwrap().error_code), (News::Failed, 4));
}

/// The agent is killed after each write of its journal, and in the middle of each event.
#[test]
fn a_crash_anywhere_ends_in_one_result() {
    let whole = over();
    assert_eq!(whole.written.len(), 5);
    for (at, journal) in whole.written.iter().enumerate() {
        let was_over = journal.current.is_none() && journal.done("o").is_some();
        let mut host = Host::new(journal.clone());
        let commands = host.on(Input::Start);
        if at == 0 {
            // Not accepted yet: the queue delivers it again, and it is asked for as if it were new.
            assert_eq!(names(&commands), "");
            assert_eq!(names(&host.receive(samples::order("o"))), "log ask");
            continue;
        }
        let expected = if was_over { "send-succeeded" } else { "warn log end journal send-failed" };
        assert_eq!(names(&commands), expected, "{at}");
        let report = sent(&commands).expect("a result").clone();
        if !was_over {
            let failed = report.events.iter().find(|event| event.status == EventStatus::Failed).unwrap();
            let told = failed.diagnostics.clone().unwrap();
            assert_eq!(told.error_code, 7);
            assert_eq!(told.message, "Failing in-progress lifecycle event after an agent restart.");
            assert_eq!((report.events.len(), &failed.event), (3, &report.events[at - 1].event));
            assert!(report.seq > 1_000, "no report is older than those before the crash");
        }
        // Killed again before the queue took it: the same result, nothing else.
        let mut again = Host::new(host.machine.journal().clone());
        assert_eq!(sent(&again.on(Input::Start)), Some(&report));
        again.sent(&report, None);
        assert_eq!(names(&again.on(Input::Start)), "");
        assert_eq!(
            names(&again.receive(samples::order("o"))),
            "log journal delete send-".to_owned() + &format!("{:?}", report.news).to_lowercase()
        );
    }
}

#[test]
fn nothing_begins_without_an_answer() {
    let mut host = asking();
    let (mut asked, mut hidden) = (0, 0);
    while !host.machine.wants_order() {
        host.answer("o", Answer::None("away".into()));
        let wake = host.machine.wake_at().expect("something to wait for");
        assert!(wake > host.ms && wake <= host.ms + 30_000);
        let commands = names(&host.after(wake - host.ms));
        asked += usize::from(commands.contains("ask"));
        hidden += usize::from(commands.contains("extend"));
        assert!(!commands.contains("run") && !commands.contains("delete"));
    }
    assert!((60..140).contains(&asked) && (15..25).contains(&hidden), "{asked} {hidden}");
    assert!((600_000..610_000).contains(&host.ms), "{}", host.ms);
}

#[test]
fn what_is_older_than_the_journal_is_refused() {
    for (generation, segment, attempt, fresh) in
        [(6, 0, 9, false), (7, 0, 1, false), (7, 0, 2, true), (7, 1, 1, true), (8, 0, 1, true)]
    {
        let mut host = over();
        let mut order = samples::order("p");
        (order.generation, order.seat.segment, order.seat.attempt) = (generation, segment, attempt);
        let expected = if fresh { "log ask" } else { "warn delete" };
        assert_eq!(names(&host.receive(order)), expected, "{generation} {segment} {attempt}");
    }
    let mut host = over();
    let mut order = samples::order("p");
    order.generation = 1;
    order.work.group_id = cutover_core::ids::GroupId::new("other");
    assert_eq!(names(&host.receive(order)), "log ask", "of another group");
}

/// An order of another group.
fn other(id: &str) -> Order {
    let mut order = samples::order(id);
    order.work.group_id = cutover_core::ids::GroupId::new(id);
    order
}

#[test]
fn an_order_of_another_group_waits_and_is_spoken_for() {
    let mut host = working();
    let accepted = host.machine.journal().outbox[0].clone();
    host.sent(&accepted, None);
    assert!(host.machine.wants_order(), "there may be one of another group");
    let commands = host.receive(other("p"));
    assert_eq!(names(&commands), "log extend send-busy");
    let busy = sent(&commands).unwrap().clone();
    assert_eq!((busy.order.as_str(), busy.seq, busy.events.len()), ("p", 1, 0));
    host.sent(&busy, None);
    assert_eq!(names(&host.receive(other("p"))), "", "the same once more");
    // Both are told of every half minute; neither is asked about or run.
    let commands = host.after(30_000);
    assert_eq!(names(&commands), "extend send-beat");
    host.sent(sent(&commands).unwrap(), None);
    let waiting: Vec<_> =
        host.machine.journal().outbox.iter().map(|report| (report.news, report.seq)).collect();
    assert_eq!(waiting, [(News::Busy, 2)]);
    // The one at work is over: now the other is asked about, and begins as any does.
    host.event(0, EventStatus::Succeeded);
    host.event(1, EventStatus::Succeeded);
    assert_eq!(names(&host.event(2, EventStatus::Succeeded)), "log end journal log ask");
    assert!(!host.machine.wants_order());
    assert!(names(&host.answer("p", Answer::Granted)).starts_with("journal delete begin run0"));
    let current = host.machine.journal().current.clone().unwrap();
    assert_eq!((current.order.id.as_str(), current.seq), ("p", 3), "after what was said of it before");
}

#[test]
fn orders_that_wait_have_a_bound_and_are_left_to_the_queue_by_a_stop() {
    let mut host = working();
    for n in 0..16 {
        assert!(host.machine.wants_order(), "{n}");
        host.receive(other(&format!("p{n}")));
    }
    assert!(!host.machine.wants_order());
    let commands = host.on(Input::Shutdown);
    let left = |command: &&Command| matches!(command, Command::Extend(_, 0));
    assert_eq!(commands.iter().filter(left).count(), 16);
    assert!(!names(&host.event(0, EventStatus::Failed)).contains("ask"));
    // What came for a group while it waited, and is newer, has the last word.
    let mut host = working();
    host.receive(other("p"));
    let mut older = other("q");
    older.work.group_id = cutover_core::ids::GroupId::new("p");
    older.generation = 6;
    host.receive(older);
    host.event(0, EventStatus::Failed);
    host.answer("p", Answer::Granted);
    assert!(
        names(&host.on(Input::EventEnded {
            order: "p".into(),
            at: 0,
            status: EventStatus::Failed,
            diagnostics: None,
            quiet_next: false,
        }))
        .contains("warn delete")
    );
}

#[test]
fn signs_of_life_while_an_order_runs() {
    let mut host = working();
    let accepted = host.machine.journal().outbox[0].clone();
    host.sent(&accepted, None);
    assert_eq!(names(&host.after(29_999)), "");
    let commands = host.after(1);
    assert_eq!(names(&commands), "send-beat");
    let beat = sent(&commands).unwrap().clone();
    assert_eq!(beat.events.len(), 1);
    host.sent(&beat, None);
    // An event that ends is told, but not at every one.
    host.ms += 1_000;
    assert_eq!(names(&host.event(0, EventStatus::Succeeded)), "journal run1");
    assert_eq!(host.machine.wake_at(), Some(35_000));
    assert_eq!(names(&host.after(4_000)), "send-beat");
    // At rest there are none.
    let mut host = over();
    let report = host.machine.journal().outbox[0].clone();
    host.sent(&report, None);
    assert_eq!(host.machine.wake_at(), None);
}

#[test]
fn reports_are_kept_while_the_queue_is_away() {
    let mut host = working();
    let accepted = host.machine.journal().outbox[0].clone();
    let mut tries = 0;
    host.sent(&accepted, Some("away"));
    while host.ms < 600_000 {
        let wake = host.machine.wake_at().unwrap();
        let commands = host.after(wake - host.ms);
        if let Some(report) = sent(&commands) {
            tries += 1;
            host.sent(report, Some("away"));
        }
        assert_eq!(host.machine.journal().outbox.len(), 1, "one of each order");
    }
    assert!((10..60).contains(&tries), "{tries}");
    for at in 0..3 {
        host.event(at, EventStatus::Succeeded);
    }
    // What is taken late is not what was taken early.
    host.sent(&accepted, None);
    assert_eq!(host.machine.journal().outbox[0].news, News::Succeeded);
    let commands = host.after(60_000);
    let left = host.machine.journal().outbox[0].clone();
    assert!(left.news == News::Succeeded, "{commands:?}");
    host.sent(&left, None);
    assert!(host.machine.journal().outbox.is_empty());
}

#[test]
fn a_result_asked_for_while_it_is_under_way_is_sent_once_more() {
    let mut host = over();
    let result = host.machine.journal().outbox[0].clone();
    assert_eq!(names(&host.receive(samples::order("o"))), "log journal delete");
    assert_eq!(names(&host.sent(&result, None)), "send-succeeded");
    assert_eq!(names(&host.sent(&result, None)), "journal");
    assert!(host.machine.journal().outbox.is_empty());
}

#[test]
fn a_stop_waits_for_the_order_at_work_and_a_second_does_not() {
    let mut host = working();
    assert_eq!(names(&host.on(Input::Shutdown)), "log");
    assert_eq!(names(&host.event(0, EventStatus::Succeeded)), "journal run1");
    assert_eq!(names(&host.on(Input::Shutdown)), "interrupt");
    assert_eq!(names(&host.event(1, EventStatus::Failed)), "log end journal");
    assert!(!host.machine.wants_order());
    let accepted = Report { seq: 1, ..host.machine.journal().outbox[0].clone() };
    let commands = host.sent(&accepted, None);
    assert_eq!(names(&commands), "send-failed");
    let report = sent(&commands).unwrap().clone();
    assert_eq!(names(&host.sent(&report, None)), "journal exit");

    // Not for ever, neither for the order nor for its report.
    let mut host = working();
    host.on(Input::Shutdown);
    assert!(names(&host.after(7_200_000)).contains("interrupt"));
    host.event(0, EventStatus::Failed);
    assert_eq!(names(&host.after(4_999)), "");
    assert_eq!(names(&host.after(1)), "exit");

    // An order whose answer is under way may have been granted.
    let mut host = asking();
    assert_eq!(names(&host.on(Input::Shutdown)), "log");
    assert_eq!(names(&host.answer("o", Answer::Granted)), "journal delete begin run0 send-accepted");
    let mut host = asking();
    host.on(Input::Shutdown);
    assert_eq!(names(&host.answer("o", Answer::None("away".into()))), "warn log exit");
}

#[test]
fn nothing_begins_that_the_journal_does_not_know() {
    let mut host = asking();
    host.disk_fails = true;
    let commands = host.answer("o", Answer::Granted);
    assert_eq!(names(&commands), "journal send-accepted warn log end");
    assert!(!host.machine.wants_order());
    let report = host.machine.journal().outbox[0].clone();
    assert_eq!((report.news, report.events.len()), (News::Failed, 3));
    host.disk_fails = false;
    assert_eq!(names(&host.after(10_000)), "journal");
    assert!(host.machine.wants_order());
    // In the middle of an order: the event does not run.
    let mut host = working();
    host.disk_fails = true;
    assert_eq!(names(&host.event(0, EventStatus::Succeeded)), "journal warn log end");
}

#[test]
fn events_at_which_nothing_happens_do_not_wait_for_the_disk() {
    let mut host = working();
    let quiet = |at, quiet_next| {
        let (order, status) = ("o".to_owned(), EventStatus::Succeeded);
        Input::EventEnded { order, at, status, diagnostics: None, quiet_next }
    };
    assert_eq!(names(&host.on(quiet(0, true))), "run1");
    assert_eq!(names(&host.on(quiet(1, false))), "journal run2");
    assert_eq!(names(&host.on(quiet(2, true))), "log end journal");
}
