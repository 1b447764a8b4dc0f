//! Many worlds on all cores, with a bar that tells how far they are.

use std::ops::Range;
use std::sync::Mutex;
use std::sync::PoisonError;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressStyle};

/// Seeds that a thread takes at once, at most.
const CHUNK: u64 = 64;

/// What one seed brought.
#[derive(Debug, Default)]
pub struct Outcome<F> {
    /// How many worlds it took.
    pub worlds: u64,
    /// Calls of ports in them.
    pub calls: u64,
    /// What was found wrong.
    pub found: Option<F>,
}

/// What a range of seeds brought.
#[derive(Debug)]
pub struct Tally<F> {
    /// The lowest seed at which something was wrong, and what.
    pub found: Option<(u64, F)>,
    /// Worlds in all.
    pub worlds: u64,
    /// Calls of ports in all.
    pub calls: u64,
    /// Wall time.
    pub took: Duration,
}

/// Runs `look` for every seed, on as many threads as there are cores, until one of them finds something. Which
/// one is told does not depend on the threads: every lower seed is run to its end.
pub fn run<F: Send>(seeds: Range<u64>, look: impl Fn(u64) -> Outcome<F> + Sync) -> Tally<F> {
    let begun = Instant::now();
    let bar = bar(seeds.end - seeds.start);
    let next = AtomicU64::new(seeds.start);
    let (worlds, calls) = (AtomicU64::new(0), AtomicU64::new(0));
    let lowest = AtomicU64::new(u64::MAX);
    let found: Mutex<Option<(u64, F)>> = Mutex::new(None);
    // Few seeds are few long ones.
    let chunk = ((seeds.end - seeds.start) / 64).clamp(1, CHUNK);
    let work = || {
        loop {
            let from = next.fetch_add(chunk, Ordering::Relaxed);
            if from >= seeds.end || from > lowest.load(Ordering::Relaxed) {
                return;
            }
            for seed in from..(from + chunk).min(seeds.end) {
                let outcome = look(seed);
                worlds.fetch_add(outcome.worlds, Ordering::Relaxed);
                calls.fetch_add(outcome.calls, Ordering::Relaxed);
                bar.inc(1);
                if let Some(wrong) = outcome.found {
                    let mut found = found.lock().unwrap_or_else(PoisonError::into_inner);
                    if found.as_ref().is_none_or(|(other, _)| seed < *other) {
                        lowest.store(seed, Ordering::Relaxed);
                        *found = Some((seed, wrong));
                    }
                    break;
                }
            }
        }
    };
    std::thread::scope(|scope| {
        let threads = std::thread::available_parallelism().map_or(1, usize::from);
        for _ in 1..threads {
            scope.spawn(work);
        }
        work();
    });
    bar.finish_and_clear();
    Tally {
        found: found.into_inner().unwrap_or_else(PoisonError::into_inner),
        worlds: worlds.into_inner(),
        calls: calls.into_inner(),
        took: begun.elapsed(),
    }
}

/// Drawn only on a terminal.
fn bar(seeds: u64) -> ProgressBar {
    let look = "{wide_bar} {human_pos} of {human_len} seeds, {per_sec}, {eta} left";
    let style = ProgressStyle::with_template(look).unwrap_or_else(|_| ProgressStyle::default_bar());
    ProgressBar::new(seeds).with_style(style)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_lowest_seed_is_told_whatever_the_threads_do() {
        let look =
            |seed| Outcome { worlds: 1, calls: 2, found: [700, 701, 900].contains(&seed).then_some(seed) };
        for _ in 0..50 {
            assert_eq!(run(0..10_000, look).found, Some((700, 700)));
        }
        let whole = run(0..1_000, |_| Outcome::<()> { worlds: 1, calls: 2, found: None });
        assert_eq!((whole.found, whole.worlds, whole.calls), (None, 1_000, 2_000));
    }
}
