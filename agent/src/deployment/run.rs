//! A deployment under way: one event after another, whoever asks for them.

use std::fs;
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, Ordering};

use cutover_appspec::Script;

use super::ahead::{self, Ahead};
use super::{Deployment, Status};
use crate::diagnostics::Diagnostics;
use crate::events::{self, DOWNLOAD, INSTALL};
use crate::hooks::{self, Hook};
use crate::install;
use crate::layout::{Folder, Group};
use crate::log::Log;
use crate::{retention, revision};

/// Where scripts find what destinations are put under.
const INSTALL_ROOT: &str = "CUTOVER_INSTALL_ROOT";

/// How an event ended.
#[derive(Debug, Clone)]
pub struct Ended {
    /// What became of it.
    pub status: Status,
    /// How it ended.
    pub diagnostics: Diagnostics,
    /// What is doubtful about the revision, found at this event.
    pub warnings: Vec<String>,
}

/// A deployment that has begun.
#[derive(Debug)]
pub struct Run<'a> {
    deployment: &'a Deployment,
    group: &'a Group,
    folder: Folder,
    variables: Vec<(&'static str, String)>,
    stop: &'a AtomicBool,
    ahead: Ahead,
    warnings: Vec<String>,
    failed: bool,
}

impl<'a> Run<'a> {
    /// Makes the deployment's folder, unpacks the bundle and plans the install; what is wrong with them is told by
    /// their events. `fetched` says whether the bundle came to this machine.
    ///
    /// # Errors
    /// When the folder cannot be made.
    pub fn begin(
        deployment: &'a Deployment,
        group: &'a Group,
        stop: &'a AtomicBool,
        fetched: Result<(), String>,
    ) -> std::io::Result<Self> {
        let folder = group.deployment(&deployment.names.deployment)?;
        fs::create_dir_all(folder.path())?;
        let mut variables = hooks::variables(&deployment.names, &deployment.origin);
        let root = deployment.install_root.as_ref().map(|root| root.display().to_string());
        variables.extend(root.map(|root| (INSTALL_ROOT, root)));
        let ahead = ahead::look(deployment, group, &folder, fetched);
        let warnings = Vec::new();
        Ok(Self { deployment, group, folder, variables, stop, ahead, warnings, failed: false })
    }

    /// Runs one event; once one has failed, the others are Skipped.
    pub fn event(&mut self, event: &'static str, log: &mut Log) -> Ended {
        if self.failed {
            return self.ended(Status::Skipped, Diagnostics::not_run());
        }
        let stopped = self.stop.load(Ordering::Relaxed);
        let done = match (event, &self.ahead.refused) {
            _ if stopped => Err("the agent was asked to stop".to_owned()),
            (_, Some((at, problem))) if *at == event => Err(problem.clone()),
            // It may not touch what runs now, since what comes after it will fail.
            (_, Some(_)) if event != DOWNLOAD => return self.ended(Status::Skipped, Diagnostics::not_run()),
            (DOWNLOAD, _) => self.download().map(|()| Diagnostics::success()),
            (INSTALL, _) => self.install().map(|()| Diagnostics::success()),
            _ => self.hook(event, log),
        };
        let diagnostics = done.unwrap_or_else(|message| {
            log.line(&format!("LifecycleEvent - {event}"));
            log.line(&format!("[stderr]{message}"));
            Diagnostics::error(message)
        });
        let ignored = self.deployment.ignore_stop_failures && events::from_previous(event);
        let status = match diagnostics.succeeded() {
            true => Status::Succeeded,
            false if ignored && !self.stop.load(Ordering::Relaxed) => Status::Ignored,
            false => Status::Failed,
        };
        self.ended(status, diagnostics)
    }

    /// Whether nothing of weight happens at an event: no script runs and no file changes its place.
    pub fn is_quiet(&self, event: &str) -> bool {
        let refused = self.ahead.refused.is_some();
        match event {
            DOWNLOAD => true,
            _ if refused || self.failed => true,
            INSTALL => false,
            _ => self.hooks_of(event).is_ok_and(|found| found.is_none_or(|(_, scripts)| scripts.is_empty())),
        }
    }

    /// Notes the revision as one to go back to, if nothing failed.
    ///
    /// # Errors
    /// When that cannot be written.
    pub fn finish(&self) -> std::io::Result<()> {
        if self.failed || !self.deployment.events.contains(&INSTALL) {
            return Ok(());
        }
        self.group.set_last_successful(&self.folder)
    }

    fn ended(&mut self, status: Status, diagnostics: Diagnostics) -> Ended {
        self.failed |= status == Status::Failed;
        Ended { status, diagnostics, warnings: std::mem::take(&mut self.warnings) }
    }

    /// The bundle is here and unpacked by now.
    fn download(&mut self) -> Result<(), String> {
        self.warnings = std::mem::take(&mut self.ahead.warnings);
        self.group.set_most_recent(&self.folder).map_err(|error| error.to_string())?;
        if let Err(error) = retention::prune(self.group, &self.folder, self.deployment.keep) {
            self.warnings.push(format!("Old revisions cannot be removed: {error}"));
        }
        Ok(())
    }

    /// Plans once more if scripts have run since the plan was made.
    fn install(&mut self) -> Result<(), String> {
        let plan = match self.ahead.plan.take() {
            Some(plan) => plan,
            None => {
                let archive = self.folder.archive();
                let (spec, _) = ahead::read(self.deployment, &archive)?;
                let request = ahead::request(self.deployment, &archive, &spec);
                install::plan(request, self.group).map_err(|error| error.to_string())?
            }
        };
        self.warnings.clone_from(&plan.warnings);
        install::install(&plan, self.group).map_err(|error| error.to_string())
    }

    fn hook(&mut self, event: &'static str, log: &mut Log) -> Result<Diagnostics, String> {
        let Some((archive, scripts)) = self.hooks_of(event)? else { return Ok(Diagnostics::success()) };
        if !scripts.is_empty() {
            self.ahead.plan = None;
        }
        let hook = Hook { event, scripts: &scripts, archive: &archive, variables: &self.variables };
        Ok(hooks::run(hook, log, self.stop))
    }

    /// The scripts of an event and the revision that they are in; `None` if there is no such revision.
    fn hooks_of(&self, event: &str) -> Result<Option<(PathBuf, Vec<Script>)>, String> {
        let name = self.deployment.appspec.as_deref();
        let (archive, mut spec) = if events::from_previous(event) {
            let Some(previous) = self.group.last_successful() else { return Ok(None) };
            let archive = previous.archive();
            let (spec, _) = revision::read(&archive, name, &|_| true).map_err(|error| {
                format!("{event} runs the scripts of the revision deployed before, but {error} To go on without them, use --ignore-application-stop-failures.")
            })?;
            (archive, spec)
        } else {
            let archive = self.folder.archive();
            let is_asked = |event: &str| self.deployment.events.contains(&event);
            let read = revision::read(&archive, name, &is_asked);
            let (spec, _) = read.map_err(|error| error.to_string())?;
            (archive, spec)
        };
        Ok(Some((archive, spec.hooks.remove(event).unwrap_or_default())))
    }
}
