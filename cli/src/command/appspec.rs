//! `cutover appspec`

use std::io::Read;
use std::path::{Path, PathBuf};

use clap::{Args, Subcommand, ValueEnum};

use crate::command::Context;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::view::findings;

const GROUP: &str = "\
Example:
  cutover appspec check appspec.yml";
const AFTER: &str = "\
Examples:
  cutover appspec check appspec.yml
  cutover appspec check appspec.yml --platform lambda
  git show HEAD:appspec.yml | cutover appspec check - --json

Exit code 0 if it can be deployed (warnings or not), 1 if not.";

/// Check AppSpecs
#[derive(Debug, Args)]
#[command(after_help = GROUP)]
pub(crate) struct Appspec {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Tell whether an AppSpec of any platform is valid, with place and advice; needs no service
    Check(Check),
}

/// Tells whether an AppSpec of any platform is valid, with place and advice. Needs no service.
#[derive(Debug, Args)]
#[command(after_help = AFTER)]
struct Check {
    /// The AppSpec, a file or - for standard input
    file: PathBuf,
    /// The platform that it must be for [default: any]
    #[arg(long)]
    platform: Option<Platform>,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum Platform {
    /// EC2 and on-premises hosts
    Server,
    /// Lambda functions
    Lambda,
    /// ECS services
    Ecs,
}

impl Appspec {
    /// Runs it.
    pub(crate) fn run(&self, context: &Context<'_>) -> Result<Exit, Failure> {
        let Command::Check(check) = &self.command;
        let text = read(&check.file)?;
        let expected = check.platform.map(|platform| match platform {
            Platform::Server => cutover_appspec::Platform::Server,
            Platform::Lambda => cutover_appspec::Platform::Lambda,
            Platform::Ecs => cutover_appspec::Platform::Ecs,
        });
        let checked = cutover_appspec::check(&text, expected);
        if context.out.json {
            let mut value = serde_json::json!(checked);
            value["valid"] = checked.spec.is_some().into();
            context.out.json(&value);
        } else {
            let lines = findings::lines(context.out.style, &name(&check.file), &text, &checked);
            lines.iter().for_each(|line| context.out.say(line));
        }
        Ok(if checked.spec.is_some() { Exit::Succeeded } else { Exit::Error })
    }
}

/// How the file is called in messages.
pub(crate) fn name(file: &Path) -> String {
    if file == Path::new("-") { "standard input".to_owned() } else { file.display().to_string() }
}

/// The text of a file, or of standard input. More than an AppSpec may be long is not read.
pub(crate) fn read(file: &Path) -> Result<String, Failure> {
    let unreadable = |why: String| {
        Failure::advised(
            format!("{} cannot be read: {why}", name(file)),
            "Give the AppSpec's path, or - for standard input.",
        )
    };
    let source: Box<dyn Read> = if file == Path::new("-") {
        Box::new(std::io::stdin())
    } else {
        Box::new(std::fs::File::open(file).map_err(|e| unreadable(e.to_string()))?)
    };
    let mut bytes = Vec::new();
    let most = cutover_appspec::MAX_BYTES as u64 + 1;
    source.take(most).read_to_end(&mut bytes).map_err(|e| unreadable(e.to_string()))?;
    String::from_utf8(bytes).map_err(|_| unreadable("it is no UTF-8 text".to_owned()))
}
