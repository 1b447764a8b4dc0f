//! What this process deploys to: executables on this machine, or AWS.

use std::path::Path;
use std::sync::Arc;

use cutover_core::ids::Scope;
use cutover_local::alarms::{AlarmError, LocalAlarms};
use cutover_local::functions::Endpoint;
use cutover_local::functions::local::LocalFunctions;
use cutover_ports::alarms::Alarms;
use cutover_ports::aliases::FunctionAliases;
use cutover_ports::archives::Archives;
use cutover_ports::caller_identity::CallerIdentities;
use cutover_ports::hooks::Hooks;
use cutover_ports::inventory::Inventory;
use cutover_ports::outgoing::{EventBus, Topics};
use cutover_ports::scaling::ScalingProcesses;
use cutover_ports::system::OsEntropy;
use cutover_ports::table::Table;

/// The ports that the phases act through.
pub struct Adapters {
    /// Lambda aliases.
    pub aliases: Arc<dyn FunctionAliases>,
    /// Hook functions.
    pub hooks: Arc<dyn Hooks>,
    /// Alarms.
    pub alarms: Arc<dyn Alarms>,
    /// Where hosts are found beside those that are registered here.
    pub inventories: Vec<Arc<dyn Inventory>>,
    /// Auto Scaling, where there is such a thing.
    pub scaling: Option<Arc<dyn ScalingProcesses>>,
    /// Whoever brings archives of commits into S3.
    pub archives: Option<Arc<dyn Archives>>,
    /// Whoever says which EC2 instance signed a request.
    pub identities: Option<Arc<dyn CallerIdentities>>,
    /// SNS topics.
    pub topics: Option<Arc<dyn Topics>>,
    /// The event bus, if one is named.
    pub bus: Option<Arc<dyn EventBus>>,
}

/// The functions and alarms of this machine.
#[derive(Clone)]
pub struct Local {
    /// Executables with versions and aliases.
    pub functions: Arc<LocalFunctions>,
    /// Alarms set by hand or computed.
    pub alarms: Arc<LocalAlarms>,
}

impl Local {
    /// Those stored in this table; functions are told this endpoint, and their files stand under `data`.
    pub async fn open(
        table: Arc<dyn Table>,
        data: &Path,
        scope: Scope,
        endpoint: Endpoint,
    ) -> Result<Self, AlarmError> {
        let functions =
            LocalFunctions::new(table.clone(), data, scope.clone(), endpoint, Arc::new(OsEntropy));
        let alarms = LocalAlarms::open(table, scope, functions.outcomes()).await?;
        Ok(Self { functions: Arc::new(functions), alarms })
    }

    /// As ports.
    pub fn adapters(&self) -> Adapters {
        Adapters {
            aliases: self.functions.clone(),
            hooks: self.functions.clone(),
            alarms: self.alarms.clone(),
            inventories: Vec::new(),
            scaling: None,
            archives: None,
            identities: None,
            topics: None,
            bus: None,
        }
    }
}

/// AWS Lambda and CloudWatch, and instances of EC2, from the environment.
#[cfg(feature = "aws")]
pub fn aws(bus: Option<&str>) -> Adapters {
    use cutover_aws::alarms::CloudWatchAlarms;
    use cutover_aws::aliases::LambdaAliases;
    use cutover_aws::archives::CommitArchives;
    use cutover_aws::auto_scaling::AutoScaling;
    use cutover_aws::caller_identity::StsIdentities;
    use cutover_aws::ec2::Ec2Instances;
    use cutover_aws::event_bus::NamedBus;
    use cutover_aws::hooks::LambdaHooks;
    use cutover_aws::topics::SnsTopics;
    let sdk = cutover_aws::sdk::Sdk::from_chain();
    let scaling = Arc::new(AutoScaling::new(sdk.clone()));
    Adapters {
        aliases: Arc::new(LambdaAliases::new(sdk.clone())),
        hooks: Arc::new(LambdaHooks::new(sdk.clone())),
        alarms: Arc::new(CloudWatchAlarms::new(sdk.clone())),
        archives: Some(Arc::new(CommitArchives::from_env(sdk.clone()))),
        identities: Some(Arc::new(StsIdentities::new(sdk.clone()))),
        topics: Some(Arc::new(SnsTopics::new(sdk.clone()))),
        bus: bus.map(|name| Arc::new(NamedBus::new(sdk.clone(), name)) as Arc<dyn EventBus>),
        inventories: vec![Arc::new(Ec2Instances::new(sdk)), scaling.clone()],
        scaling: Some(scaling),
    }
}
