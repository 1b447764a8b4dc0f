//! Host queues under a clock that tests move.

use super::*;

const HOUR: Duration = Duration::from_secs(3_600);
const POLL: Duration = Duration::from_secs(20);

fn scope() -> Scope {
    Scope::new("123456789012", "eu-west-1")
}

async fn send(queues: &HostQueues, host: &str, body: &str) {
    queues.send(&scope(), host, body.to_owned()).await.expect("room");
}

async fn receive(queues: &HostQueues, host: &str, wait: Duration) -> Vec<HostMessage> {
    queues.receive(&scope(), host, (10, VISIBILITY, wait)).await
}

fn bodies(messages: &[HostMessage]) -> Vec<&str> {
    messages.iter().map(|message| message.body.as_str()).collect()
}

#[tokio::test(start_paused = true)]
async fn a_message_goes_to_its_host_and_stays_until_it_is_deleted() {
    let queues = HostQueues::new();
    send(&queues, "web-1", "a").await;
    send(&queues, "web-1", "b").await;
    assert_eq!(receive(&queues, "web-2", Duration::ZERO).await, []);
    let elsewhere = Scope::new("123456789012", "us-east-1");
    let limits = (10, VISIBILITY, Duration::ZERO);
    assert_eq!(queues.receive(&elsewhere, "web-1", limits).await, []);
    let first = receive(&queues, "web-1", Duration::ZERO).await;
    assert_eq!(bodies(&first), ["a", "b"]);
    assert_eq!(receive(&queues, "web-1", Duration::ZERO).await, [], "invisible now");
    assert_eq!(queues.delete(&scope(), "web-1", &first[0].receipt), Receipt::Held);
    assert_eq!(queues.delete(&scope(), "web-1", &first[0].receipt), Receipt::Past);
    let began = Instant::now();
    let again = receive(&queues, "web-1", POLL * 2).await;
    assert_eq!(began.elapsed(), VISIBILITY, "not earlier, not later");
    assert_eq!((bodies(&again), again[0].receive_count), (vec!["b"], 2));
    assert_eq!(again[0].id, first[1].id);
    // The receipt of the first delivery is past.
    assert_eq!(queues.delete(&scope(), "web-1", &first[1].receipt), Receipt::Past);
    assert_eq!(queues.delete(&scope(), "web-2", &again[0].receipt), Receipt::Past, "another host's");
    assert_eq!(queues.delete(&scope(), "web-1", "nonsense"), Receipt::Unreadable);
    assert_eq!(queues.delete(&scope(), "web-1", &again[0].receipt), Receipt::Held);
    assert_eq!(queues.len(&scope(), "web-1"), 0);
}

#[tokio::test(start_paused = true)]
async fn a_poll_ends_with_a_message_or_with_its_time() {
    let queues = Arc::new(HostQueues::new());
    let began = Instant::now();
    assert_eq!(receive(&queues, "web-1", POLL).await, []);
    assert_eq!(began.elapsed(), POLL);
    assert!(queues.lock().by_host.is_empty(), "nothing is kept of a queue that is empty");
    let polls: Vec<_> = (0..200)
        .map(|n| {
            let queues = queues.clone();
            tokio::spawn(async move { receive(&queues, &format!("web-{n}"), POLL).await })
        })
        .collect();
    tokio::time::sleep(Duration::from_secs(5)).await;
    let began = Instant::now();
    for n in 0..200 {
        send(&queues, &format!("web-{n}"), &n.to_string()).await;
    }
    for (n, poll) in polls.into_iter().enumerate() {
        assert_eq!(bodies(&poll.await.expect("an answer")), [n.to_string()]);
    }
    assert_eq!(began.elapsed(), Duration::ZERO);
}

#[tokio::test(start_paused = true)]
async fn a_receiver_that_goes_away_takes_nothing() {
    let queues = HostQueues::new();
    let poll = tokio::time::timeout(Duration::from_secs(1), receive(&queues, "web-1", POLL));
    assert!(poll.await.is_err());
    assert!(queues.lock().by_host.is_empty());
    send(&queues, "web-1", "a").await;
    assert_eq!(bodies(&receive(&queues, "web-1", Duration::ZERO).await), ["a"]);
}

#[tokio::test(start_paused = true)]
async fn visibility_is_changed_by_who_holds_the_message() {
    let queues = HostQueues::new();
    send(&queues, "web-1", "a").await;
    let held = receive(&queues, "web-1", Duration::ZERO).await;
    let change = |receipt: &str, after| queues.change_visibility(&scope(), "web-1", receipt, after);
    assert_eq!(change(&held[0].receipt, HOUR / 2), Receipt::Held);
    let began = Instant::now();
    assert_eq!(bodies(&receive(&queues, "web-1", HOUR / 2 + POLL).await), ["a"]);
    assert_eq!(began.elapsed(), HOUR / 2);
    assert_eq!(change(&held[0].receipt, Duration::ZERO), Receipt::Past, "somebody else holds it");
    tokio::time::sleep(VISIBILITY).await;
    assert_eq!(change("nonsense", Duration::ZERO), Receipt::Unreadable);
    let again = receive(&queues, "web-1", Duration::ZERO).await;
    assert_eq!(change(&again[0].receipt, Duration::ZERO), Receipt::Held);
    assert_eq!(bodies(&receive(&queues, "web-1", Duration::ZERO).await), ["a"], "at once");
}

#[tokio::test(start_paused = true)]
async fn queues_are_bounded() {
    let queues = HostQueues::new();
    assert!(queues.send(&scope(), "web-1", "x".repeat(MOST_BYTES + 1)).await.is_err());
    for n in 0..=MOST_MESSAGES {
        send(&queues, "web-1", &n.to_string()).await;
    }
    assert_eq!(queues.len(&scope(), "web-1"), MOST_MESSAGES);
    let first = queues.receive(&scope(), "web-1", (1, VISIBILITY, Duration::ZERO)).await;
    assert_eq!(bodies(&first), ["1"], "the oldest went");
    tokio::time::sleep(KEPT).await;
    send(&queues, "web-2", "x").await;
    assert_eq!(queues.lock().by_host.len(), 1, "what nobody fetched is forgotten");
}

#[tokio::test(start_paused = true)]
async fn clearing_ends_the_polls_of_one_host_and_closing_those_of_all() {
    let queues = Arc::new(HostQueues::new());
    send(&queues, "web-1", "a").await;
    queues.clear(&scope(), "web-1");
    assert_eq!(queues.len(&scope(), "web-1"), 0);
    let poll = |host: &'static str| {
        let queues = queues.clone();
        tokio::spawn(async move {
            let began = Instant::now();
            (receive(&queues, host, POLL).await, began.elapsed())
        })
    };
    let (one, other) = (poll("web-1"), poll("web-2"));
    tokio::time::sleep(Duration::from_secs(1)).await;
    queues.clear(&scope(), "web-1");
    assert_eq!(one.await.expect("an answer"), (vec![], Duration::from_secs(1)));
    tokio::time::sleep(Duration::from_secs(1)).await;
    queues.close();
    assert_eq!(other.await.expect("an answer"), (vec![], Duration::from_secs(2)));
    assert_eq!(poll("web-1").await.expect("an answer"), (vec![], Duration::ZERO));
}
