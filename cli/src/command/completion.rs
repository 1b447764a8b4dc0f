//! `cutover completion`

use clap::{Args, CommandFactory};
use clap_complete::Shell;

use crate::arguments::Arguments;
use crate::exit::Exit;
use crate::failure::Failure;

const AFTER: &str = "\
Examples:
  cutover completion bash > /etc/bash_completion.d/cutover
  cutover completion zsh > \"${fpath[1]}/_cutover\"
  cutover completion fish > ~/.config/fish/completions/cutover.fish";

/// Print a completion script for a shell
#[derive(Debug, Args)]
#[command(after_help = AFTER)]
pub(crate) struct Completion {
    /// The shell
    shell: Shell,
}

impl Completion {
    /// Runs it.
    #[allow(clippy::unnecessary_wraps, reason = "every command ends alike")]
    pub(crate) fn run(&self) -> Result<Exit, Failure> {
        let mut script = Vec::new();
        clap_complete::generate(self.shell, &mut Arguments::command(), "cutover", &mut script);
        // A reader that closes the pipe early is no error.
        let _ = std::io::Write::write_all(&mut std::io::stdout(), &script);
        Ok(Exit::Succeeded)
    }
}
