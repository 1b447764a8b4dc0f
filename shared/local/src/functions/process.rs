//! One run of an executable.

use std::io;
use std::process::{ExitStatus, Stdio};
use std::time::Duration;

use nix::sys::signal::{Signal, killpg};
use nix::unistd::Pid;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWriteExt};
use tokio::process::{Child, Command};

/// The longest answer, as Lambda has it.
const MOST_OUT: usize = 6 * 1024 * 1024;
/// How much of the end of stderr is kept.
const TAIL: usize = 4 * 1024;

/// How a run ended.
#[derive(Debug)]
pub(crate) struct Ended {
    pub(crate) out: String,
    /// What failed, if anything.
    pub(crate) error: Option<String>,
}

/// Runs the command with `input` on its stdin, in a process group of its own that is killed after `limit`,
/// or when nobody waits any more.
pub(crate) async fn run(mut command: Command, input: &[u8], limit: Duration) -> io::Result<Ended> {
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).process_group(0);
    let mut child = spawn(&mut command).await?;
    let group = Group::of(&child);
    let (stdin, stdout, stderr) = (child.stdin.take(), child.stdout.take(), child.stderr.take());
    let (mut out, mut tail) = (Vec::new(), Vec::new());
    let ended = tokio::time::timeout(limit, async {
        let feed = async {
            if let Some(mut stdin) = stdin {
                // A function need not read its event.
                let _ = stdin.write_all(input).await;
            }
        };
        let ((), outcome, _) = tokio::join!(feed, read_all(stdout, &mut out), read_tail(stderr, &mut tail));
        (outcome, child.wait().await)
    })
    .await;
    let error = match ended {
        Err(_) => Some(format!("it took longer than {} s and was killed", limit.as_secs_f64())),
        Ok((Err(error), _)) => Some(error.to_string()),
        Ok((Ok(()), status)) => {
            let status = status?;
            group.ended();
            failure(status)
        }
    };
    let tail = String::from_utf8_lossy(&tail);
    let error = error.map(|error| match tail.trim() {
        "" => error,
        tail => format!("{error}: {tail}"),
    });
    Ok(Ended { out: String::from_utf8_lossy(&out).into_owned(), error })
}

/// A file that was written a moment ago may still be open in a child of another thread that is about to
/// start its own program.
async fn spawn(command: &mut Command) -> io::Result<Child> {
    for _ in 0..50 {
        match command.spawn() {
            Err(error) if error.kind() == io::ErrorKind::ExecutableFileBusy => {
                tokio::time::sleep(Duration::from_millis(2)).await;
            }
            spawned => return spawned,
        }
    }
    command.spawn()
}

async fn read_all(from: Option<impl AsyncRead + Unpin>, to: &mut Vec<u8>) -> io::Result<()> {
    let Some(from) = from else { return Ok(()) };
    from.take(MOST_OUT as u64 + 1).read_to_end(to).await?;
    if to.len() > MOST_OUT {
        return Err(io::Error::other(format!("its answer is longer than {MOST_OUT} bytes")));
    }
    Ok(())
}

async fn read_tail(from: Option<impl AsyncRead + Unpin>, to: &mut Vec<u8>) -> io::Result<()> {
    let Some(mut from) = from else { return Ok(()) };
    let mut chunk = [0; 4096];
    loop {
        let read = from.read(&mut chunk).await?;
        if read == 0 {
            return Ok(());
        }
        to.extend_from_slice(&chunk[..read]);
        to.drain(..to.len().saturating_sub(TAIL));
    }
}

fn failure(status: ExitStatus) -> Option<String> {
    (!status.success()).then(|| format!("it ended with {status}"))
}

/// Kills the process group when dropped before the end.
struct Group(Option<Pid>);

impl Group {
    fn of(child: &Child) -> Self {
        Self(child.id().and_then(|id| i32::try_from(id).ok()).map(Pid::from_raw))
    }

    fn ended(mut self) {
        self.0 = None;
    }
}

impl Drop for Group {
    fn drop(&mut self) {
        if let Some(group) = self.0 {
            // It may have ended in this moment.
            let _ = killpg(group, Signal::SIGKILL);
        }
    }
}
