//! What goes on beside the loop; each task says what became of it and ends.

use std::time::{Duration, Instant};

use cutover_aws::host_channel::{HostChannel, LONGEST_WAIT};
use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::mpsc::UnboundedSender;
use tokio::task::AbortHandle;

use super::Event;
use crate::machine::{HIDDEN_SECS, Input};

/// How often the queue is asked to forget a message, and the wait in between.
const TRIES: u32 = 3;
const BETWEEN: Duration = Duration::from_secs(2);

/// Tells of every signal that asks the agent to stop.
pub(super) fn signals(events: &UnboundedSender<Event>) -> std::io::Result<()> {
    for kind in [SignalKind::terminate(), SignalKind::interrupt()] {
        let (mut signal, events) = (signal(kind)?, events.clone());
        tokio::spawn(async move {
            while signal.recv().await.is_some() {
                if events.send(Event::Input(Input::Shutdown)).is_err() {
                    break;
                }
            }
        });
    }
    Ok(())
}

/// Rests, then waits for a message.
pub(super) fn poll(channel: HostChannel, rest: Duration, events: UnboundedSender<Event>) -> AbortHandle {
    let poll = async move {
        tokio::time::sleep(rest).await;
        let began = Instant::now();
        let polled = channel.receive(LONGEST_WAIT, HIDDEN_SECS).await;
        let _ = events.send(Event::Polled(polled, began.elapsed()));
    };
    tokio::spawn(poll).abort_handle()
}

/// Takes a message from the queue. One that stays comes again, and is known then.
pub(super) fn delete(channel: HostChannel, receipt: String, events: UnboundedSender<Event>) {
    tokio::spawn(async move {
        for attempt in 1..=TRIES {
            let Err(fault) = channel.delete(&receipt).await else { return };
            if attempt == TRIES {
                let line = format!("A message cannot be deleted and will come again: {}", fault.message);
                let _ = events.send(Event::Said(line));
            }
            tokio::time::sleep(BETWEEN).await;
        }
    });
}

/// Keeps a message hidden.
pub(super) fn extend(channel: HostChannel, receipt: String, seconds: u32, events: UnboundedSender<Event>) {
    tokio::spawn(async move {
        if let Err(fault) = channel.extend(&receipt, seconds).await {
            let line = format!("A message cannot be kept hidden and may come again: {}", fault.message);
            let _ = events.send(Event::Said(line));
        }
    });
}
