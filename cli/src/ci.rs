//! What a CI job gets of a deployment besides the log: its result and a summary in files, and in GitHub Actions groups of
//! lines, an annotation and the step's outputs.

mod workflow;

use std::fs::{self, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use crate::exit::Exit;
use crate::failure::Failure;
use crate::output::Output;
use crate::progress::Watched;
use crate::view::clock;
use crate::view::summary::summary;

pub(crate) use workflow::Workflow;

/// Where the result of a watched deployment goes.
#[derive(Debug, Clone, Default)]
pub(crate) struct Places {
    result: Option<PathBuf>,
    summary: Option<PathBuf>,
    outputs: Option<PathBuf>,
}

impl Places {
    /// Those asked for, and those that GitHub Actions gives a step.
    pub(crate) fn new(result: Option<PathBuf>, summary: Option<PathBuf>) -> Self {
        let given = |name: &str| {
            let path = std::env::var_os(name).filter(|path| workflow::is_here() && !path.is_empty());
            path.map(PathBuf::from)
        };
        Self {
            result,
            summary: summary.or_else(|| given("GITHUB_STEP_SUMMARY")),
            outputs: given("GITHUB_OUTPUT"),
        }
    }

    /// Whether the files can be written, before anything is deployed.
    pub(crate) fn check(&self) -> Result<(), Failure> {
        for path in [&self.result, &self.summary, &self.outputs].into_iter().flatten() {
            append(path, "").map_err(|error| unwritable(path, &error))?;
        }
        Ok(())
    }

    /// Writes them.
    pub(crate) fn write(&self, watched: &Watched) -> Result<(), Failure> {
        let written = |path: &Path, done: io::Result<()>| done.map_err(|error| unwritable(path, &error));
        if let Some(path) = &self.result {
            let text = format!("{:#}\n", watched.snapshot.to_json());
            written(path, fs::write(path, text))?;
        }
        if let Some(path) = &self.summary {
            written(path, append(path, &summary(watched, clock::now())))?;
        }
        if let Some(path) = &self.outputs {
            let (info, exit) = (&watched.snapshot.info, watched.snapshot.exit());
            let text = format!(
                "deployment-id={}\nstatus={}\noutcome={}\nexit-code={}\n",
                info.deployment_id,
                info.status,
                exit.word(),
                exit as u8
            );
            written(path, append(path, &text))?;
        }
        Ok(())
    }
}

/// Tells the job what it is to know of a deployment that is being watched, and hands its exit code on.
pub(crate) fn conclude(
    places: &Places,
    workflow: Option<&Workflow>,
    watched: &Watched,
    out: &Output,
) -> Result<Exit, Failure> {
    if let Some(annotation) = workflow.and_then(|workflow| workflow.annotation(&watched.snapshot)) {
        out.say(annotation);
    }
    places.write(watched)?;
    Ok(watched.snapshot.exit())
}

fn append(path: &Path, text: &str) -> io::Result<()> {
    OpenOptions::new().create(true).append(true).open(path)?.write_all(text.as_bytes())
}

fn unwritable(path: &Path, error: &io::Error) -> Failure {
    Failure::input(format!("{} cannot be written: {error}.", path.display()))
}
