//! One process with its group, its output and its time.
//!
//! The end of the process is what counts, not the end of its output: a daemon that it leaves may hold the
//! pipes for years.

use std::io::{self, Read};
use std::os::fd::{AsFd, OwnedFd};
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::fs::{OFlags, fcntl_getfl, fcntl_setfl};
use rustix::process::{Pid, PidfdFlags, Signal, kill_process_group, pidfd_open};

use super::lines::Lines;

/// Between TERM and KILL.
const GRACE: Duration = Duration::from_secs(5);
/// How long output that is still under way is waited for once the process has ended.
const AFTERWARDS: Duration = Duration::from_millis(300);
/// How often the clock is looked at while there is no output; the end of the process wakes at once.
const TICK: Timespec = Timespec { tv_sec: 0, tv_nsec: 20_000_000 };
/// The kernel's word for a script without `#!`.
const NO_EXEC_FORMAT: i32 = 8;

/// How a process ended.
#[derive(Debug)]
pub(super) enum End {
    /// By itself.
    Exited(ExitStatus),
    /// Its time was up, and its group was killed.
    TimedOut,
    /// The agent was asked to stop, and its group was killed.
    Stopped,
}

/// What became of a process.
#[derive(Debug)]
pub(super) struct Ran {
    pub(super) end: End,
    /// Whether something that it left still holds its output.
    pub(super) held: bool,
}

struct Pipe {
    from: Option<Box<dyn Source>>,
    label: &'static str,
    lines: Lines,
}

trait Source: Read + AsFd {}
impl<T: Read + AsFd> Source for T {}

/// Runs a command in a process group of its own; `write` takes its output line by line.
pub(super) fn run(
    command: Command,
    script: &Path,
    timeout: Duration,
    stop: &AtomicBool,
    write: &mut dyn FnMut(&str),
) -> io::Result<Ran> {
    let mut child = spawn(command, script)?;
    // Old kernels have none: then the clock has to do.
    let ended_fd = pid(&child).and_then(|pid| pidfd_open(pid, PidfdFlags::empty()).ok());
    let deadline = Instant::now() + timeout;
    let mut pipes = [pipe(child.stdout.take(), "[stdout]")?, pipe(child.stderr.take(), "[stderr]")?];
    // What ended it before its time, and when it is killed for good.
    let mut ended: Option<(End, Instant)> = None;
    let status = loop {
        read(&mut pipes, ended_fd.as_ref(), write)?;
        if let Some(status) = child.try_wait()? {
            break status;
        }
        let now = Instant::now();
        let over = match &ended {
            None if stop.load(Ordering::Relaxed) => Some(End::Stopped),
            None if now >= deadline => Some(End::TimedOut),
            Some((_, kill)) if now >= *kill => {
                signal(&child, Signal::KILL);
                None
            }
            _ => None,
        };
        if let Some(end) = over {
            signal(&child, Signal::TERM);
            ended = Some((end, now + GRACE));
        }
    };
    let end = match ended {
        None => End::Exited(status),
        Some((end, _)) => {
            // Members of the group that did not mind TERM.
            signal(&child, Signal::KILL);
            end
        }
    };
    let until = Instant::now() + AFTERWARDS;
    while pipes.iter().any(|pipe| pipe.from.is_some()) && Instant::now() < until {
        read(&mut pipes, None, write)?;
    }
    let held = pipes.iter().any(|pipe| pipe.from.is_some());
    for pipe in &mut pipes {
        let label = pipe.label;
        pipe.lines.finish(&mut |line| write(&format!("{label}{line}")));
    }
    Ok(Ran { end, held })
}

fn spawn(mut command: Command, script: &Path) -> io::Result<Child> {
    let prepare = |command: &mut Command| {
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).process_group(0).spawn()
    };
    match prepare(&mut command) {
        // As execvp and every shell do; the official agent ran such scripts, too.
        Err(error) if error.raw_os_error() == Some(NO_EXEC_FORMAT) => {
            let mut shell = Command::new("/bin/sh");
            shell.arg(script);
            for (key, value) in command.get_envs() {
                if let Some(value) = value {
                    shell.env(key, value);
                }
            }
            prepare(&mut shell)
        }
        spawned => spawned,
    }
}

fn pipe(from: Option<impl Source + 'static>, label: &'static str) -> io::Result<Pipe> {
    let mut boxed: Option<Box<dyn Source>> = None;
    if let Some(from) = from {
        let flags = fcntl_getfl(&from)?;
        fcntl_setfl(&from, flags | OFlags::NONBLOCK)?;
        boxed = Some(Box::new(from));
    }
    Ok(Pipe { from: boxed, label, lines: Lines::default() })
}

/// Waits a tick for output and takes what is there.
fn read(pipes: &mut [Pipe; 2], ended: Option<&OwnedFd>, write: &mut dyn FnMut(&str)) -> io::Result<()> {
    let open = pipes.iter().filter_map(|pipe| pipe.from.as_ref());
    let mut polled: Vec<_> = open.map(|from| PollFd::new(from, PollFlags::IN)).collect();
    polled.extend(ended.map(|ended| PollFd::new(ended, PollFlags::IN)));
    match poll(&mut polled, Some(&TICK)) {
        Err(error) if error != rustix::io::Errno::INTR => return Err(error.into()),
        _ => drop(polled),
    }
    let mut buffer = [0; 16 << 10];
    for pipe in pipes {
        let label = pipe.label;
        let Some(from) = &mut pipe.from else { continue };
        match from.read(&mut buffer) {
            Ok(0) => pipe.from = None,
            Ok(bytes) => pipe.lines.push(&buffer[..bytes], &mut |line| write(&format!("{label}{line}"))),
            Err(error) if [io::ErrorKind::WouldBlock, io::ErrorKind::Interrupted].contains(&error.kind()) => {
            }
            Err(error) => return Err(error),
        }
    }
    Ok(())
}

/// To the whole group; one that is gone already is no error.
fn signal(child: &Child, signal: Signal) {
    if let Some(group) = pid(child) {
        let _ = kill_process_group(group, signal);
    }
}

fn pid(child: &Child) -> Option<Pid> {
    i32::try_from(child.id()).ok().and_then(Pid::from_raw)
}
