//! What `deploy-local` prints.

use std::path::Path;

use serde::Serialize;

use crate::deployment::{Deployment, EventReport, Status};
use crate::layout::Folder;

/// Text as things happen, or one JSON object at the end.
#[derive(Debug)]
pub(super) struct View {
    json: bool,
    remarks: Vec<String>,
}

#[derive(Serialize)]
struct Outcome<'a> {
    deployment_id: &'a str,
    deployment_group_id: &'a str,
    status: Status,
    directory: &'a Path,
    log: &'a Path,
    remarks: &'a [String],
    events: Vec<EventReport>,
}

impl View {
    pub(super) fn new(json: bool) -> Self {
        Self { json, remarks: Vec::new() }
    }

    pub(super) fn remark(&mut self, text: &str) {
        self.remarks.push(text.to_owned());
        self.line(text);
    }

    pub(super) fn start(&self, folder: &Path) {
        self.line(&format!("Starting to execute deployment from within folder {}", folder.display()));
    }

    pub(super) fn event(&self, report: &EventReport) {
        let seconds = report.duration_ms as f64 / 1_000.0;
        self.line(&match report.status {
            Status::Skipped => format!("  {:<20} Skipped", report.event),
            status => format!("  {:<20} {:<10} {seconds:.1} s", report.event, format!("{status:?}")),
        });
        for warning in &report.warnings {
            self.line(&format!("    warning: {warning}"));
        }
        if report.diagnostics.succeeded() {
            return;
        }
        for line in report.diagnostics.message.lines().chain(report.diagnostics.log.lines()) {
            self.line(&format!("    {line}"));
        }
    }

    pub(super) fn end(
        &self,
        deployment: &Deployment,
        folder: &Folder,
        events: Vec<EventReport>,
        succeeded: bool,
    ) {
        let log = folder.scripts_log();
        self.line(&format!("See the deployment log at {}", log.display()));
        if succeeded {
            self.line("AppSpec file valid. Local deployment successful");
        } else {
            self.line("The local deployment failed");
        }
        if self.json {
            let outcome = Outcome {
                deployment_id: &deployment.names.deployment,
                deployment_group_id: &deployment.names.group_id,
                status: if succeeded { Status::Succeeded } else { Status::Failed },
                directory: folder.path(),
                log: &log,
                remarks: &self.remarks,
                events,
            };
            println!("{}", serde_json::to_string(&outcome).unwrap_or_default());
        }
    }

    fn line(&self, text: &str) {
        if !self.json {
            println!("{text}");
        }
    }
}
