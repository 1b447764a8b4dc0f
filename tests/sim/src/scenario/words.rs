//! The words that scenario lines are made of.

use cutover_core::alias::AliasState;
use cutover_core::deployment::{ErrorCode, Verdict};
use cutover_core::event::HookStatus;

use crate::faults::{Fault, Kind, MessageFault};
use crate::setup::{AlarmNow, Port};

/// The words of a line, read one after another.
pub(super) struct Words<'a>(std::iter::Peekable<std::str::SplitWhitespace<'a>>);

type Read<T> = Result<T, String>;

impl<'a> Words<'a> {
    pub(super) fn new(line: &'a str) -> Self {
        Self(line.split_whitespace().peekable())
    }

    /// Takes the next word.
    pub(super) fn word(&mut self) -> Read<&'a str> {
        self.0.next().ok_or_else(|| "it ends too early".to_owned())
    }

    /// Takes the next word if it is this one.
    pub(super) fn is(&mut self, word: &str) -> bool {
        self.0.next_if_eq(&word).is_some()
    }

    /// Takes this word.
    pub(super) fn must(&mut self, word: &str) -> Read<()> {
        if self.is(word) { Ok(()) } else { Err(format!("{word:?} is missing")) }
    }

    /// Whether the next word is this one.
    pub(super) fn is_next(&mut self, word: &str) -> bool {
        self.0.peek() == Some(&word)
    }

    /// Whether no word is left.
    pub(super) fn is_over(&mut self) -> bool {
        self.0.peek().is_none()
    }

    /// All words that are left.
    pub(super) fn rest(&mut self) -> Vec<&'a str> {
        self.0.by_ref().collect()
    }

    /// Nothing may be left.
    pub(super) fn end(&mut self) -> Read<()> {
        match self.0.next() {
            None => Ok(()),
            Some(word) => Err(format!("{word:?} is too much")),
        }
    }

    pub(super) fn number(&mut self) -> Read<u64> {
        let word = self.word()?;
        word.parse().map_err(|_| format!("{word:?} is not a number"))
    }

    /// A span: `200ms`, `3s`, `5min`, `1h`.
    pub(super) fn span(&mut self) -> Read<i64> {
        let word = self.word()?;
        let digits = word.trim_end_matches(|c: char| c.is_ascii_alphabetic());
        let unit = match &word[digits.len()..] {
            "ms" => 1,
            "s" => 1_000,
            "min" => 60_000,
            "h" => 3_600_000,
            _ => return Err(format!("{word:?} is not a span like 200ms, 3s, 5min or 1h")),
        };
        digits.parse::<i64>().map(|n| n * unit).map_err(|_| format!("{word:?} is not a span"))
    }

    /// A share: `10%`.
    pub(super) fn percent(&mut self) -> Read<u8> {
        let word = self.word()?;
        let number = word.strip_suffix('%').and_then(|n| n.parse().ok());
        number.filter(|n| (1..=99).contains(n)).ok_or_else(|| format!("{word:?} is not a share like 10%"))
    }

    pub(super) fn minutes(&mut self) -> Read<u32> {
        let span = self.span()?;
        u32::try_from(span / 60_000).ok().filter(|m| *m > 0).ok_or_else(|| "less than a minute".to_owned())
    }

    pub(super) fn status(&mut self) -> Read<HookStatus> {
        match self.word()? {
            "Succeeded" => Ok(HookStatus::Succeeded),
            "Failed" => Ok(HookStatus::Failed),
            other => Err(format!("a hook answers Succeeded or Failed, not {other:?}")),
        }
    }

    pub(super) fn verdict(&mut self) -> Read<Verdict> {
        let word = self.word()?;
        let all = [Verdict::Succeeded, Verdict::Failed, Verdict::Stopped];
        let found = all.into_iter().find(|v| v.as_str() == word);
        found.ok_or_else(|| format!("a deployment ends Succeeded, Failed or Stopped, not {word:?}"))
    }

    /// An error code, if one stands there.
    pub(super) fn code(&mut self) -> Read<Option<ErrorCode>> {
        let Some(word) = self.0.next() else { return Ok(None) };
        let all = [
            ErrorCode::AlarmActive,
            ErrorCode::HookExecutionFailure,
            ErrorCode::InvalidLambdaConfiguration,
            ErrorCode::InvalidLambdaFunction,
            ErrorCode::ManualStop,
            ErrorCode::IamRolePermissions,
            ErrorCode::Throttled,
            ErrorCode::InvalidRevision,
            ErrorCode::NoInstances,
            ErrorCode::OverMaxInstances,
            ErrorCode::HealthConstraints,
            ErrorCode::HealthConstraintsInvalid,
        ];
        let found = all.into_iter().find(|c| c.as_str() == word);
        found.map(Some).ok_or_else(|| format!("{word:?} is not an error code"))
    }

    /// `version 1` or `version 1 with 10% on 2`.
    pub(super) fn alias(&mut self) -> Read<AliasState> {
        self.must("version")?;
        let version = self.word()?;
        if !self.is("with") {
            return Ok(AliasState::whole(version));
        }
        let word = self.word()?;
        let share = word.strip_suffix('%').and_then(|n| n.parse::<f64>().ok());
        let share = share.filter(|s| (0.01..=100.0).contains(s));
        let share = share.ok_or_else(|| format!("{word:?} is not a share like 10% or 2.5%"))?;
        self.must("on")?;
        Ok(AliasState::observed(version, [(self.word()?, share / 100.0)]))
    }

    pub(super) fn alarm(&mut self) -> Read<AlarmNow> {
        Ok(match self.word()? {
            "green" => AlarmNow::Green,
            "red" => AlarmNow::Red,
            "no-data" => AlarmNow::NoData,
            "unreadable" => AlarmNow::Unreadable,
            "missing" => AlarmNow::Missing,
            other => {
                return Err(format!("an alarm is green, red, no-data, unreadable or missing, not {other:?}"));
            }
        })
    }

    pub(super) fn port(&mut self) -> Read<Port> {
        Ok(match self.word()? {
            "alias-reads" => Port::AliasReads,
            "alias-writes" => Port::AliasWrites,
            "hooks" => Port::Hooks,
            "listener" => Port::Listener,
            "alarms" => Port::Alarms,
            "read-processes" => Port::Processes,
            "suspend" => Port::Suspends,
            "resume" => Port::Resumes,
            other => {
                return Err(format!(
                    "alias-reads, alias-writes, hooks, listener, alarms, read-processes, suspend or resume are \
                     refused, not {other:?}"
                ));
            }
        })
    }

    pub(super) fn kind(&mut self) -> Read<Kind> {
        let word = self.word()?;
        let found = Kind::ALL.iter().find(|(_, w)| *w == word);
        found.map(|(kind, _)| *kind).ok_or_else(|| format!("{word:?} is not a call"))
    }

    pub(super) fn message_fault(&mut self) -> Read<MessageFault> {
        Ok(match self.word()? {
            "lost" => MessageFault::Lost,
            "doubled" => MessageFault::Doubled,
            "late" => MessageFault::Late(self.span()?),
            "kept" => MessageFault::Kept,
            other => return Err(format!("a message is lost, doubled, late or kept, not {other:?}")),
        })
    }

    /// What goes wrong, to the end of the line.
    pub(super) fn fault(&mut self) -> Read<Fault> {
        let words = self.rest().join(" ");
        let found = Fault::ALL.iter().find(|(_, w)| *w == words);
        found.map(|(fault, _)| *fault).ok_or_else(|| {
            let all: Vec<&str> = Fault::ALL.iter().map(|(_, w)| *w).collect();
            format!("{words:?} is not one of: {}", all.join(", "))
        })
    }
}
