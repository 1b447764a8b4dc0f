//! Lines about places in the course of the first deployment: `step 4 failed 3 times`,
//! `in step 5 waiting after 2min stop`.

use super::words::Words;
use super::write::span;
use crate::story::{Moment, Place, Stage, Tries, Trouble};

/// Reads what follows the `step` or `undo` with which a line begins: `4 failed 3 times`.
pub(super) fn tries(first: &str, words: &mut Words<'_>) -> Result<Tries, String> {
    let place = place(first, words)?;
    let word = words.word()?;
    let found = Trouble::ALL.iter().find(|(_, w)| *w == word);
    let trouble = found.map(|(trouble, _)| *trouble).ok_or_else(|| {
        let all: Vec<&str> = Trouble::ALL.iter().map(|(_, w)| *w).collect();
        format!("{word:?} is not one of: {}", all.join(", "))
    })?;
    Ok(Tries { place, trouble, times: times(words)? })
}

/// Reads what follows `in`: `step 5 waiting after 2min`.
pub(super) fn moment(words: &mut Words<'_>) -> Result<Moment, String> {
    let first = words.word()?;
    let place = place(first, words)?;
    let stage = match () {
        () if words.is("claimed") => Stage::Claimed(times(words)?),
        () if words.is("waiting") => Stage::Waiting,
        () => Stage::Come,
    };
    words.must("after")?;
    Ok(Moment { place, stage, after: words.span()? })
}

/// `2 times`, or once if nothing is said.
fn times(words: &mut Words<'_>) -> Result<u32, String> {
    if words.is_over() || words.is_next("after") {
        return Ok(1);
    }
    let times = words.number()?;
    words.must("times")?;
    u32::try_from(times).map_err(|_| format!("{times} times is too often"))
}

fn times_text(times: u32) -> String {
    if times == 1 { String::new() } else { format!(" {times} times") }
}

fn place(first: &str, words: &mut Words<'_>) -> Result<Place, String> {
    match first {
        "undo" => Ok(Place::Undo),
        "step" => {
            let number = words.number()?;
            let index = number.checked_sub(1).and_then(|n| u16::try_from(n).ok());
            index.map(Place::Step).ok_or_else(|| format!("there is no step {number}"))
        }
        other => Err(format!("a place is a step or undo, not {other:?}")),
    }
}

pub(super) fn tries_text(tries: &Tries) -> String {
    format!("{} {}{}", place_text(tries.place), tries.trouble.word(), times_text(tries.times))
}

pub(super) fn moment_text(moment: &Moment) -> String {
    let stage = match moment.stage {
        Stage::Come => String::new(),
        Stage::Claimed(times) => format!(" claimed{}", times_text(times)),
        Stage::Waiting => " waiting".to_owned(),
    };
    format!("in {}{stage} after {}", place_text(moment.place), span(moment.after))
}

fn place_text(place: Place) -> String {
    match place {
        Place::Step(index) => format!("step {}", u32::from(index) + 1),
        Place::Undo => "undo".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::super::Scenario;

    #[test]
    fn what_is_written_reads_as_the_same() {
        let lines = [
            "in step 1 after 0s foreign write version 9",
            "in step 5 waiting after 2min stop with rollback",
            "in undo claimed after 200ms poll-gives-up",
            "in step 2 claimed 3 times after 0s stop without rollback",
            "step 4 failed 3 times",
            "step 4 answer-lost",
            "undo denied 12 times",
        ];
        let text =
            format!("given\n  all-at-once\n  seeds 1\nfaults\n  {}\nexpect\n  over\n", lines.join("\n  "));
        assert_eq!(Scenario::parse(&text).expect("a scenario").write(), text);
    }

    #[test]
    fn mistakes_are_told() {
        for (line, what) in [
            ("step 0 failed", "there is no step 0"),
            ("step 1 exploded", "\"exploded\" is not one of: failed, unanswered"),
            ("undo failed often", "\"often\" is not a number"),
            ("undo failed 3", "\"times\" is missing"),
            ("in time after 3s stop", "a place is a step or undo, not \"time\""),
            ("in step 3 stop", "\"after\" is missing"),
        ] {
            let error = Scenario::parse(&format!("given\nfaults\n  {line}")).expect_err("a mistake");
            assert!(error.what.contains(what), "{line}: {}", error.what);
        }
    }
}
