//! What is to be deployed: an AppSpec from a file, or made from flags. Shared by `deploy` and `plan`.

use std::path::PathBuf;

use clap::{ArgGroup, Args};
use serde_json::{Value, json};

use cutover_wire::api::deployment::CreateDeploymentInput;
use cutover_wire::api::revision::{RawString, RevisionLocation};

use crate::api::Api;
use crate::command::appspec::{name, read};
use crate::command::{Context, bundle};
use crate::failure::Failure;
use crate::view::findings;

/// The options of a deployment.
#[derive(Debug, Args)]
#[command(group = ArgGroup::new("what").args(["appspec", "function", "bundle"]).required(true))]
pub(crate) struct DeploymentArguments {
    /// The application
    #[arg(long, value_name = "NAME")]
    application: String,
    /// The deployment group
    #[arg(long, value_name = "NAME")]
    group: String,
    /// The AppSpec, a file or - for standard input
    #[arg(long, value_name = "FILE")]
    #[arg(conflicts_with_all = ["alias", "to", "from", "before_hook", "after_hook"])]
    appspec: Option<PathBuf>,
    /// The bundle that hosts get: s3://BUCKET/KEY, or a file or folder that the hosts reach under the same path
    #[arg(long, value_name = "WHERE")]
    bundle: Option<String>,
    /// What hosts do about files that are there already [default: disallow]
    #[arg(long, value_name = "WHAT", conflicts_with_all = ["appspec", "function"], ignore_case = true)]
    #[arg(value_parser = ["disallow", "overwrite", "retain"])]
    file_exists: Option<String>,
    /// Go on when a script of the revision deployed before fails
    #[arg(long, conflicts_with_all = ["appspec", "function"])]
    ignore_stop_failures: bool,
    /// Leave out hosts that have the revision
    #[arg(long, conflicts_with_all = ["appspec", "function"])]
    outdated_only: bool,
    /// The function, instead of an AppSpec
    #[arg(long, value_name = "NAME", requires = "alias", requires = "to")]
    function: Option<String>,
    /// The alias whose traffic moves
    #[arg(long, value_name = "NAME", requires = "function")]
    alias: Option<String>,
    /// The version that gets the traffic
    #[arg(long, value_name = "VERSION", requires = "function")]
    to: Option<String>,
    /// The version that has it now [default: the one that the local function's alias names]
    #[arg(long, value_name = "VERSION", requires = "function")]
    from: Option<String>,
    /// The function of the BeforeAllowTraffic hook
    #[arg(long, value_name = "FUNCTION", requires = "function")]
    before_hook: Option<String>,
    /// The function of the AfterAllowTraffic hook
    #[arg(long, value_name = "FUNCTION", requires = "function")]
    after_hook: Option<String>,
    /// The deployment configuration [default: the group's]
    #[arg(long, value_name = "NAME")]
    config: Option<String>,
    /// A comment
    #[arg(long, value_name = "TEXT")]
    description: Option<String>,
}

impl DeploymentArguments {
    /// Whether it is one to hosts.
    pub(crate) fn is_to_hosts(&self) -> bool {
        self.bundle.is_some()
    }

    /// The request. An AppSpec that cannot be deployed is refused here, with its findings.
    pub(crate) async fn input(&self, context: &Context<'_>) -> Result<CreateDeploymentInput, Failure> {
        let mut input = match &self.bundle {
            Some(bundle) => self.to_hosts(bundle)?,
            None => create(&self.application, &self.group, self.app_spec(context).await?),
        };
        input.deployment_config_name.clone_from(&self.config);
        input.description.clone_from(&self.description);
        Ok(input)
    }

    fn to_hosts(&self, location: &str) -> Result<CreateDeploymentInput, Failure> {
        Ok(CreateDeploymentInput {
            application_name: Some(self.application.clone()),
            deployment_group_name: Some(self.group.clone()),
            revision: Some(bundle::revision(location)?),
            file_exists_behavior: self.file_exists.as_deref().map(str::to_ascii_uppercase),
            ignore_application_stop_failures: self.ignore_stop_failures.then_some(true),
            update_outdated_instances_only: self.outdated_only.then_some(true),
            ..CreateDeploymentInput::default()
        })
    }

    async fn app_spec(&self, context: &Context<'_>) -> Result<String, Failure> {
        match (&self.appspec, &self.function, &self.alias, &self.to) {
            (Some(file), ..) => checked(context, file),
            (None, Some(function), Some(alias), Some(to)) => {
                let from = match &self.from {
                    Some(from) => from.clone(),
                    None => current_version(&context.api, function, alias).await?,
                };
                let hooks = [&self.before_hook, &self.after_hook].map(Option::as_deref);
                Ok(app_spec(function, alias, &from, to, hooks).to_string())
            }
            _ => Err(Failure::told("give --appspec, --bundle, or --function with --alias and --to")),
        }
    }
}

/// A request to deploy an AppSpec.
pub(crate) fn create(application: &str, group: &str, content: String) -> CreateDeploymentInput {
    CreateDeploymentInput {
        application_name: Some(application.to_owned()),
        deployment_group_name: Some(group.to_owned()),
        revision: Some(RevisionLocation {
            revision_type: Some("AppSpecContent".to_owned()),
            app_spec_content: Some(RawString { content: Some(content), sha256: None }),
            ..RevisionLocation::default()
        }),
        ..CreateDeploymentInput::default()
    }
}

fn checked(context: &Context<'_>, file: &std::path::Path) -> Result<String, Failure> {
    let text = read(file)?;
    let checked = cutover_appspec::check(&text, None);
    if !checked.findings.is_empty() {
        for line in findings::lines(context.out.error_style, &name(file), &text, &checked) {
            context.out.remark(line);
        }
    }
    if checked.spec.is_none() {
        return Err(Failure::told("the AppSpec cannot be deployed; nothing was started"));
    }
    Ok(text)
}

/// The version that the alias of a local function names.
async fn current_version(api: &Api, function: &str, alias: &str) -> Result<String, Failure> {
    let details = match api.function(function).await {
        Ok(details) => details,
        Err(Failure::Refused { code, .. }) if code == "UnknownOperationException" => {
            return Err(Failure::advised(
                "the service cannot tell which version the alias names now",
                "Give it with --from VERSION.",
            ));
        }
        Err(failure) => return Err(failure),
    };
    details.aliases.get(alias).map(|a| a.version.clone()).ok_or_else(|| {
        Failure::advised(
            format!("function {function} has no alias {alias}"),
            format!("Make it first: cutover functions alias {function} {alias} --version V"),
        )
    })
}

/// An AppSpec for a Lambda function.
pub(crate) fn app_spec(
    function: &str,
    alias: &str,
    from: &str,
    to: &str,
    [before, after]: [Option<&str>; 2],
) -> Value {
    let hooks: Vec<Value> = [("BeforeAllowTraffic", before), ("AfterAllowTraffic", after)]
        .into_iter()
        .filter_map(|(event, hook)| Some(json!({ event: hook? })))
        .collect();
    let mut spec = json!({
        "version": 0.0,
        "Resources": [{ "function": {
            "Type": "AWS::Lambda::Function",
            "Properties": { "Name": function, "Alias": alias, "CurrentVersion": from, "TargetVersion": to },
        }}],
    });
    if !hooks.is_empty() {
        spec["Hooks"] = Value::Array(hooks);
    }
    spec
}

#[cfg(test)]
mod tests {
    use super::*;
    use cutover_appspec::parse_lambda;

    #[test]
    fn flags_make_a_valid_appspec() {
        let text = app_spec("fn", "live", "1", "2", [Some("pre"), Some("post")]).to_string();
        let spec = parse_lambda(&text).expect("a valid AppSpec");
        assert_eq!((spec.function.as_str(), spec.alias.as_str()), ("fn", "live"));
        assert_eq!((spec.current_version.as_str(), spec.target_version.as_str()), ("1", "2"));
        assert_eq!(spec.hooks.before_allow_traffic.as_deref(), Some("pre"));
        assert_eq!(spec.hooks.after_allow_traffic.as_deref(), Some("post"));
        let bare = app_spec("fn", "live", "1", "2", [None, None]).to_string();
        assert!(parse_lambda(&bare).is_ok_and(|spec| spec.hooks == Default::default()));
    }
}
