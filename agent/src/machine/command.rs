//! What an agent can be told to do.

use cutover_wire::agent::order::Order;
use cutover_wire::agent::report::Report;

/// Something to do. Except for [`Command::Journal`] nothing is waited for: what comes of it is an
/// [`Input`](super::Input).
#[derive(Debug, Clone, PartialEq)]
pub enum Command {
    /// Ask the service whether the order may begin.
    Ask(Box<Order>),
    /// Write the journal, and have it on disk before anything else is done.
    Journal,
    /// Begin the order's work: fetch the bundle, unpack it, plan the install.
    Begin(Box<Order>),
    /// Run the event at this place of the order.
    Run(usize),
    /// The order's work is over.
    End,
    /// End the script that runs.
    Interrupt,
    /// Sign the report and send it.
    Send(Box<Report>),
    /// Take the message from the queue for good.
    Delete(String),
    /// Keep the message hidden for so many seconds.
    Extend(String, u32),
    /// Say something.
    Log(Level, String),
    /// The agent ends.
    Exit,
}

/// How bad it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Level {
    /// As it should be.
    Info,
    /// Somebody should know.
    Warn,
}

impl Command {
    pub(super) fn info(text: String) -> Self {
        Self::Log(Level::Info, text)
    }

    pub(super) fn warn(text: String) -> Self {
        Self::Log(Level::Warn, text)
    }
}
