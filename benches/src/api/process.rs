//! The processes that are measured.

use std::fs;
use std::io::{BufRead, BufReader};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use serde_json::Value;

/// A service in a process of its own, which ends with this.
pub struct Process {
    child: Child,
    /// Where it answers.
    pub address: SocketAddr,
}

/// What a process holds, in KiB.
#[derive(Debug, Clone, Copy)]
pub struct Memory {
    /// Its own.
    pub own: u64,
    /// Pages of files that the system lends it, and takes back when it needs them.
    pub files: u64,
}

impl Process {
    /// `cutover serve` over this folder; its log, which holds a line for every request at `info`, goes nowhere.
    ///
    /// # Panics
    /// When it does not start.
    pub fn cutover(program: &Path, data: &Path, log: &str) -> Self {
        let mut command = Command::new(program);
        command.args(["--json", "serve", "--while-stdin", "--log", log, "--listen", "127.0.0.1:0"]);
        // What is created is measured, not how soon there is too much of it.
        command.args(["--most-deployments", "1000000"]);
        Self::told(command.arg("--data").arg(data).stderr(Stdio::null()))
    }

    /// This program, as [echo](super::echo).
    ///
    /// # Panics
    /// When it does not start.
    pub fn echo() -> Self {
        Self::told(Command::new(std::env::current_exe().expect("this program")).arg("echo"))
    }

    /// `moto_server`.
    ///
    /// # Panics
    /// When it does not start.
    pub fn moto(program: &Path) -> Self {
        let free = TcpListener::bind("127.0.0.1:0").expect("a free port");
        let address = free.local_addr().expect("an address");
        drop(free);
        let mut command = Command::new(program);
        command.args(["-H", "127.0.0.1", "-p", &address.port().to_string()]);
        let child = command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).spawn();
        let process = Self { child: child.expect("moto_server"), address };
        for _ in 0..300 {
            if TcpStream::connect(address).is_ok() {
                return process;
            }
            std::thread::sleep(Duration::from_millis(100));
        }
        panic!("moto_server does not answer");
    }

    /// A program that ends when its standard input does and tells its address in a line of JSON.
    fn told(command: &mut Command) -> Self {
        let child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn();
        let mut child = child.unwrap_or_else(|error| panic!("{command:?}: {error}"));
        let mut line = String::new();
        let out = child.stdout.take().expect("its output");
        BufReader::new(out).read_line(&mut line).expect("a line");
        let told: Value = serde_json::from_str(&line).expect("a line of JSON");
        let endpoint = told["endpoint"].as_str().and_then(|url| url.strip_prefix("http://"));
        let address = endpoint.and_then(|address| address.parse().ok()).expect("an address");
        Self { child, address }
    }

    /// What it holds now.
    ///
    /// # Panics
    /// When it has ended.
    pub fn memory(&self) -> Memory {
        let status = fs::read_to_string(format!("/proc/{}/status", self.child.id())).expect("a status");
        let of = |name: &str| {
            let line = status.lines().find_map(|line| line.strip_prefix(name));
            line.and_then(|line| line.split_whitespace().next()?.parse().ok()).expect("a size")
        };
        Memory { own: of("RssAnon:"), files: of("RssFile:") }
    }

    /// The processor time that it has used so far, to a hundredth of a second.
    ///
    /// # Panics
    /// When it has ended.
    pub fn processor_time(&self) -> Duration {
        let stat = fs::read_to_string(format!("/proc/{}/stat", self.child.id())).expect("a status");
        // The name of the program, which may hold anything, ends with the last bracket; the times are the twelfth
        // and thirteenth field behind it, in hundredths of a second.
        let behind = stat.rsplit(')').next().unwrap_or_default();
        let ticks = behind.split_whitespace().skip(11).take(2).map(|n| n.parse::<u64>().expect("a number"));
        Duration::from_millis(ticks.sum::<u64>() * 10)
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        // Ours end by themselves, and close what they have open; others are ended.
        if self.child.stdin.take().is_none() {
            let _ = self.child.kill();
        }
        let _ = self.child.wait();
    }
}
