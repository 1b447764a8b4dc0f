//! The same work on many things, by as many threads as there are processors.

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::thread;

const MOST_THREADS: usize = 4;
/// Neighbours lie in the same directory, in which one thread at a time can make a file: a thread takes so many.
const HANDFUL: usize = 128;
/// As many turns are left for every thread at least, so that all of them end at about the same time.
const TURNS: usize = 4;

/// Works on every thing, in any order; each thread has a `tool` of its own. After a failure nothing more is begun, and the
/// first that is known is told.
pub(crate) fn each<T: Sync, W, E: Send>(
    things: &[T],
    tool: impl Fn() -> W + Sync,
    work: impl Fn(&mut W, usize, &T) -> Result<(), E> + Sync,
) -> Result<(), E> {
    let processors = thread::available_parallelism().map_or(1, usize::from).min(MOST_THREADS);
    let handful = (things.len() / (processors * TURNS)).clamp(1, HANDFUL);
    let (next, stop) = (AtomicUsize::new(0), AtomicBool::new(false));
    let turn = || {
        let mut tool = tool();
        loop {
            let from = next.fetch_add(handful, Ordering::Relaxed);
            if from >= things.len() {
                return Ok(());
            }
            for (at, thing) in things.iter().enumerate().skip(from).take(handful) {
                if stop.load(Ordering::Relaxed) {
                    return Ok(());
                }
                work(&mut tool, at, thing).inspect_err(|_| stop.store(true, Ordering::Relaxed))?;
            }
        }
    };
    let others = processors.min(things.len().div_ceil(handful)).saturating_sub(1);
    thread::scope(|scope| {
        let others: Vec<_> = (0..others).map(|_| scope.spawn(turn)).collect();
        let mine = turn();
        let join = |other: thread::ScopedJoinHandle<'_, _>| {
            other.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic))
        };
        others.into_iter().map(join).fold(mine, Result::and)
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::Mutex;

    #[test]
    fn everything_is_worked_on_once_and_nothing_after_a_failure() {
        let things: Vec<usize> = (0..1_000).collect();
        let done = Mutex::new(Vec::new());
        let note = |_: &mut (), at: usize, thing: &usize| {
            assert_eq!(at, *thing);
            done.lock().unwrap().push(at);
            if *thing == 5_000 { Err(()) } else { Ok(()) }
        };
        assert_eq!(each(&things, || (), note), Ok(()));
        let mut found = std::mem::take(&mut *done.lock().unwrap());
        found.sort_unstable();
        assert_eq!(found, things);
        let fails = |_: &mut (), at: usize, _: &usize| {
            done.lock().unwrap().push(at);
            if at == 0 { Err(at) } else { Ok(()) }
        };
        assert_eq!(each(&things[..1], || (), fails), Err(0));
        assert_eq!(each::<usize, (), ()>(&[], || (), |_, _, _| Ok(())), Ok(()));
        assert!(each(&things, || (), fails).is_err());
    }
}
