//! What goes on beside the loop; each task says what became of it and ends.

use std::sync::Arc;
use std::time::{Duration, Instant};

use cutover_aws::host_channel::{HostChannel, LONGEST_WAIT, Received};
use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::mpsc::UnboundedSender;
use tokio::task::AbortHandle;

use super::Event;
use crate::machine::{HIDDEN_SECS, Input};
use crate::service::Service;

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

/// Asks whether the service signs with another key by now, because of a message.
pub(super) fn announcements(service: Arc<Service>, message: Received, events: UnboundedSender<Event>) {
    tokio::spawn(async move {
        let announced = service.order_keys().await.map_err(|error| error.to_string());
        let _ = events.send(Event::Announced(message, announced));
    });
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
