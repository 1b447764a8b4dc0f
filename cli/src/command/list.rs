//! `cutover list`

use clap::Args;

use cutover_wire::api::deployment::{DeploymentInfo, ListDeploymentsInput};
use serde_json::json;

use crate::command::Context;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::view::clock;
use crate::view::style::Style;
use crate::view::table::columns;

const AFTER: &str = "\
Examples:
  cutover list
  cutover list --application shop --group prod --status InProgress --status Failed
  cutover list --limit 100 --json";

/// List deployments, newest first
#[derive(Debug, Args)]
#[command(after_help = AFTER)]
pub(crate) struct List {
    /// Only of this application
    #[arg(long, value_name = "NAME", requires = "group")]
    application: Option<String>,
    /// Only of this deployment group
    #[arg(long, value_name = "NAME", requires = "application")]
    group: Option<String>,
    /// Only with this status; may be given again
    #[arg(long, value_name = "STATUS")]
    #[arg(value_parser = ["Created", "Queued", "InProgress", "Baking", "Succeeded", "Failed", "Stopped", "Ready"])]
    status: Vec<String>,
    /// At most so many
    #[arg(long, value_name = "N", default_value_t = 25)]
    limit: usize,
}

impl List {
    /// Runs it.
    pub(crate) async fn run(&self, context: &Context<'_>) -> Result<Exit, Failure> {
        let input = ListDeploymentsInput {
            application_name: self.application.clone(),
            deployment_group_name: self.group.clone(),
            include_only_statuses: (!self.status.is_empty()).then(|| self.status.clone()),
            ..ListDeploymentsInput::default()
        };
        let ids = context.api.list(&input, self.limit).await?;
        let infos = context.api.deployments(&ids).await?;
        if context.out.json {
            context.out.json(&cutover_wire::api::without_nulls(json!({ "deployments": infos })));
        } else if infos.is_empty() {
            context.out.remark("There are no such deployments.");
        } else {
            columns(&rows(context.out.style, &infos)).iter().for_each(|line| context.out.say(line));
        }
        Ok(Exit::Succeeded)
    }
}

fn rows(style: Style, infos: &[DeploymentInfo]) -> Vec<Vec<String>> {
    let head = ["id", "status", "application / group", "created", "by", "description"].map(|t| style.dim(t));
    let mut rows = vec![head.to_vec()];
    rows.extend(infos.iter().map(|info| {
        vec![
            info.deployment_id.clone(),
            style.status(&info.status),
            format!("{} / {}", info.application_name, info.deployment_group_name),
            info.create_time.map(|at| clock::instant(at.0)).unwrap_or_default(),
            info.creator.clone(),
            info.description.clone().unwrap_or_default(),
        ]
    }));
    rows
}
