//! `cutover audit`

use std::path::PathBuf;
use std::time::Duration;

use clap::Args;
use cutover_core::time::Timestamp;
use cutover_wire::api::access::{AuditRecordInfo, ListAuditRecordsInput};
use cutover_wire::api::without_nulls;
use serde_json::json;

use crate::command::{Context, span};
use crate::exit::Exit;
use crate::failure::Failure;
use crate::view::clock;
use crate::view::style::Style;
use crate::view::table::columns;

const AFTER: &str = "\
Examples:
  cutover audit
  cutover audit --since 168h --user ci
  cutover audit --since 2h --json

Every call that is to change something leaves a record, also one that was refused to somebody who may not.
Records are kept for 90 days. An outcome is Unknown when the service ended in the middle of the call.";

/// List who changed what, newest first
#[derive(Debug, Args)]
#[command(after_help = AFTER)]
pub(crate) struct Audit {
    /// How far back: 90s, 10m or 2h
    #[arg(long, value_name = "SPAN", default_value = "24h", value_parser = span::parse)]
    since: Duration,
    /// Only of this user: a key's name, or an ARN
    #[arg(long, value_name = "NAME")]
    user: Option<String>,
    /// At most so many
    #[arg(long, value_name = "N", default_value_t = 100)]
    limit: usize,
    /// The data folder of a service on this machine, whose root key signs if it has one
    #[arg(long, value_name = "DIR", default_value = "cutover-data")]
    data: PathBuf,
}

impl Audit {
    /// Runs it.
    pub(crate) async fn run(&self, context: &Context<'_>) -> Result<Exit, Failure> {
        let since = i64::try_from(self.since.as_millis()).unwrap_or(i64::MAX);
        let start = Timestamp::from_millis(clock::now().as_millis().saturating_sub(since));
        let input = ListAuditRecordsInput {
            user: self.user.clone(),
            start_time: Some(start.into()),
            ..ListAuditRecordsInput::default()
        };
        let records = context.api.as_root(&self.data)?.audit_records(input, self.limit).await?;
        if context.out.json {
            context.out.json(&without_nulls(json!({ "auditRecords": records })));
        } else if records.is_empty() {
            context.out.remark("There are no such records.");
        } else {
            columns(&rows(context.out.style, &records)).iter().for_each(|line| context.out.say(line));
        }
        Ok(Exit::Succeeded)
    }
}

fn rows(style: Style, records: &[AuditRecordInfo]) -> Vec<Vec<String>> {
    let head = ["when", "who", "from", "what", "on", "outcome", "request"].map(|text| style.dim(text));
    let text = |text: &Option<String>| text.clone().unwrap_or_default();
    let mut rows = vec![head.to_vec()];
    rows.extend(records.iter().map(|record| {
        vec![
            record.time.map(|at| clock::instant(at.0)).unwrap_or_default(),
            record.user.clone(),
            text(&record.source_address),
            record.operation.clone(),
            text(&record.resource),
            outcome(record),
            style.dim(&record.request_id),
        ]
    }));
    rows
}

/// `Succeeded (d-0A1B2C3D4)`, `Refused (AccessDeniedException)`.
fn outcome(record: &AuditRecordInfo) -> String {
    match record.error_code.as_ref().or(record.result.as_ref()) {
        Some(more) => format!("{} ({more})", record.outcome),
        None => record.outcome.clone(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn outcomes_say_what_came_of_it() {
        for (code, result, text) in [
            (None, None, "Succeeded"),
            (None, Some("d-1"), "Succeeded (d-1)"),
            (Some("XException"), None, "Succeeded (XException)"),
        ] {
            let record = AuditRecordInfo {
                outcome: "Succeeded".into(),
                error_code: code.map(str::to_owned),
                result: result.map(str::to_owned),
                ..AuditRecordInfo::default()
            };
            assert_eq!(outcome(&record), text);
        }
    }
}
