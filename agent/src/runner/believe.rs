//! Finds out whether a message is to be believed, if need be with keys that the service has made since.

use std::sync::Arc;
use std::time::{Duration, Instant};

use cutover_aws::host_channel::Received;

use super::{Runner, tasks};
use crate::clock;
use crate::intake::Disbelief;
use crate::machine::Input;

/// A queue full of strangers' messages must not become as many questions to the service. Does not hold back after
/// an answer that told of a new key.
const BETWEEN_QUESTIONS: Duration = Duration::from_secs(60);

impl Runner {
    pub(super) fn received(&mut self, message: Received) {
        match self.intake.open(&self.trust.keys(clock::now()), &message.body) {
            Err(Disbelief::UnknownKey(_)) if self.may_ask() => {
                self.keys_asked = Some(Instant::now());
                tasks::announcements(Arc::clone(&self.link.service), message, self.events.clone());
            }
            opened => {
                let order = opened.map(Box::new).map_err(Disbelief::reason);
                self.inputs.push_back(Input::Received { receipt: message.receipt, order });
            }
        }
    }

    fn may_ask(&self) -> bool {
        self.keys_asked.is_none_or(|at| at.elapsed() >= BETWEEN_QUESTIONS)
    }

    pub(super) fn announced(&mut self, message: Received, announced: Result<Vec<String>, String>) {
        match announced {
            Ok(announcements) => {
                match self.trust.learn(&announcements, clock::now()) {
                    Ok(false) => {}
                    Ok(true) => {
                        // A question that was worth it: the next key may be as near.
                        self.keys_asked = None;
                        self.say.info("Orders are signed with another key by now; it is trusted.");
                    }
                    Err(error) => self.say.warn(&format!("The service's new key cannot be kept: {error}")),
                }
                self.received(message);
            }
            // The message stays in the queue and comes again.
            Err(error) => {
                self.keys_asked = None;
                self.say
                    .warn(&format!("An order is signed with an unknown key, and nobody says more: {error}"));
            }
        }
    }
}
