//! The stage: a service, functions, an application.

use std::path::{Path, PathBuf};

use serde_json::{Value, json};

use crate::api::Api;
use crate::api::local::AlarmInput;
use crate::demo::claims::Claims;
use crate::demo::folder::{Folder, quoted};
use crate::demo::service::Service;
use crate::failure::Failure;
use crate::output::Output;
use crate::progress::Screen;

/// The function that is deployed.
pub(crate) const FUNCTION: &str = "checkout";
/// Its alias.
pub(crate) const ALIAS: &str = "live";
/// The application.
pub(crate) const APPLICATION: &str = "shop";
/// The deployment group.
pub(crate) const GROUP: &str = "prod";
/// The alarm that guards it.
pub(crate) const ALARM: &str = "checkout-errors";
/// The hooks: lifecycle event, function.
pub(crate) const HOOKS: [(&str, &str); 2] =
    [("BeforeAllowTraffic", "checkout-before"), ("AfterAllowTraffic", "checkout-after")];
/// The group's configuration: one that every account has.
pub(crate) const CONFIG: &str = "CodeDeployDefault.LambdaCanary10Percent5Minutes";

/// Reads its event and answers.
const GOOD: &str = "IFS= read -r event\nprintf '%s\\n' \"{\\\"total\\\":42}\"\n";
/// Reads its event and fails.
const BAD: &str = "IFS= read -r event\necho 'no such table: orders' >&2\nexit 1\n";

/// Everything that the scenes share.
pub(crate) struct Stage<'a> {
    /// Where words go.
    pub(crate) out: &'a Output,
    /// Where progress goes.
    pub(crate) screen: Screen,
    /// What the waits are divided by.
    pub(crate) speed: u32,
    /// The running service.
    pub(crate) service: Service,
    /// Its client.
    pub(crate) api: Api,
    /// What is said to have happened.
    pub(crate) claims: Claims,
    folder: &'a Folder,
}

impl<'a> Stage<'a> {
    /// Starts the service and sets everything up over its API.
    pub(crate) async fn set(
        out: &'a Output,
        screen: Screen,
        folder: &'a Folder,
        speed: u32,
    ) -> Result<Self, Failure> {
        let (data, log) = (folder.path().join("data"), folder.path().join("service.log"));
        let service = Service::start(&data, "127.0.0.1:0", speed, &log).await?;
        let api = Api::new(service.endpoint.clone());
        let claims = Claims::new(screen.clone(), out.style);
        let mut stage = Self { out, screen, speed, service, api, claims, folder };
        stage.set_up().await?;
        Ok(stage)
    }

    async fn set_up(&mut self) -> Result<(), Failure> {
        let line =
            format!("The service answers at {} (process {}).", self.service.endpoint, self.service.process);
        self.screen.line(&line);
        self.publish_good().await?;
        self.api.put_alias(FUNCTION, ALIAS, "1").await?;
        for (event, function) in HOOKS {
            let script = self.folder.script(function, &self.hook(event)?)?;
            self.api.publish_function(function, &text(&script)).await?;
        }
        self.guard("1").await?;
        let create = json!({ "applicationName": APPLICATION, "computePlatform": "Lambda" });
        self.api.codedeploy::<Value>("CreateApplication", &create).await?;
        self.api.codedeploy::<Value>("CreateDeploymentGroup", &group()).await?;
        let line = format!(
            "Function {FUNCTION}, its alias {ALIAS} at version 1, two hooks, the alarm {ALARM}, a group."
        );
        self.screen.line(&line);
        Ok(())
    }

    /// Publishes a version that works.
    pub(crate) async fn publish_good(&self) -> Result<String, Failure> {
        let script = self.folder.script("good", GOOD)?;
        self.api.publish_function(FUNCTION, &text(&script)).await
    }

    /// Publishes a version that fails.
    pub(crate) async fn publish_bad(&self) -> Result<String, Failure> {
        let script = self.folder.script("bad", BAD)?;
        self.api.publish_function(FUNCTION, &text(&script)).await
    }

    /// Lets the alarm look at this version.
    pub(crate) async fn guard(&self, version: &str) -> Result<(), Failure> {
        let alarm = AlarmInput {
            alarm_name: ALARM.to_owned(),
            function_name: Some(FUNCTION.to_owned()),
            version: Some(version.to_owned()),
            max_error_rate: Some(0.2),
        };
        self.api.put_alarm(&alarm).await.map(|_| ())
    }

    /// A hook that notes its event and answers through the API.
    fn hook(&self, event: &str) -> Result<String, Failure> {
        let program = std::env::current_exe();
        let program = program.map_err(|e| Failure::told(format!("this program cannot be found: {e}")))?;
        Ok(format!(
            "IFS= read -r event\nprintf '%s\\n' \"$event\" >> {}\nexport CUTOVER_ENDPOINT={}\n\
             printf '%s' \"$event\" | {} hooks answer --status Succeeded\n",
            quoted(&self.notes(event)),
            self.service.endpoint,
            quoted(&program),
        ))
    }

    /// A place in the demonstration's folder.
    pub(crate) fn place(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// Where a hook notes its events.
    fn notes(&self, event: &str) -> PathBuf {
        self.folder.path().join(format!("{event}.called"))
    }

    /// How often a hook was called for a deployment: what it wrote down itself.
    pub(crate) fn calls(&self, event: &str, deployment: &str) -> usize {
        let notes = std::fs::read_to_string(self.notes(event)).unwrap_or_default();
        notes.lines().filter(|line| line.contains(deployment)).count()
    }

    /// Starts the service again, on the same store and address.
    pub(crate) async fn restart(&mut self) -> Result<(), Failure> {
        let (data, log) = (self.folder.path().join("data"), self.folder.path().join("service.log"));
        self.service = Service::start(&data, &self.service.listen(), self.speed, &log).await?;
        Ok(())
    }

    /// Where the service writes its log.
    pub(crate) fn service_log(&self) -> String {
        self.folder.path().join("service.log").display().to_string()
    }
}

fn text(path: &Path) -> String {
    path.display().to_string()
}

fn group() -> Value {
    json!({
        "applicationName": APPLICATION,
        "deploymentGroupName": GROUP,
        "deploymentConfigName": CONFIG,
        "serviceRoleArn": "arn:aws:iam::123456789012:role/cutover-demo",
        "deploymentStyle": { "deploymentType": "BLUE_GREEN", "deploymentOption": "WITH_TRAFFIC_CONTROL" },
        "alarmConfiguration": { "enabled": true, "alarms": [{ "name": ALARM }] },
        "autoRollbackConfiguration": {
            "enabled": true,
            "events": ["DEPLOYMENT_FAILURE", "DEPLOYMENT_STOP_ON_ALARM"],
        },
    })
}
