//! The ports on AWS: the only crate that names SDK crates.
//!
//! One cargo feature and one file per service, so that a function is linked with the clients that it
//! calls and no others. Every adapter shares one [`sdk::Sdk`], which loads nothing before the first call.
//!
//! | feature | service | port |
//! |---|---|---|
//! | `dynamodb` | DynamoDB | `Table` ([`table::DynamoTable`]) |
//! | `sqs` | SQS | `Queue` ([`queue::SqsQueue`]), `Inbox` ([`inbox::SqsInbox`]), `HostChannel` ([`host_queues::SqsHosts`]) |
//! | `host-access` | SQS, STS | `HostAccess` ([`host_access::LentAccess`]) |
//! | `caller-identity` | STS | `CallerIdentities` ([`caller_identity::StsIdentities`]) |
//! | `ssm` | Parameter Store | `Secrets` ([`secrets::ParameterStore`]) |
//! | `lambda` | Lambda | `FunctionAliases`, `Hooks`, and a plain invoke ([`invoke::FunctionInvoker`]) |
//! | `cloudwatch` | CloudWatch | `Alarms` ([`alarms::CloudWatchAlarms`]) |
//! | `ec2` | EC2 | `Inventory` by tags ([`ec2::Ec2Instances`]) |
//! | `auto-scaling` | Auto Scaling | `Inventory` by group, `ScalingProcesses` ([`auto_scaling::AutoScaling`]) |
//! | `cloudformation` | CloudFormation | `Stacks` ([`cloudformation::CloudFormationStacks`]) |
//! | `notify` | SNS, EventBridge | `Topics` ([`topics::SnsTopics`]), `EventBus` ([`event_bus::NamedBus`]) |
//! | `pipelines` | CodePipeline, S3, ECS | `Pipelines` ([`code_pipeline::CodePipeline`]), `Artifacts` ([`artifacts::S3Artifacts`]), `TaskDefinitions` ([`task_definitions::EcsTaskDefinitions`]) |
//! | `archives` | CodeCommit, S3, and Bitbucket | `Archives` ([`archives::CommitArchives`]) |
//! | `chain` | | none: adds [`sdk::Sdk::from_chain`], which also looks at profiles, instance and container |
//! | `hosts` | SQS | none: what the agent of a host needs ([`host_channel::HostChannel`], [`object`], [`web::Web`], [`proxy`]) |
//! | `provision` | DynamoDB, SQS | none: makes the table and the queues for tests and small installations |
//!
//! Deliberately absent: waiting and deciding. The SDK tries a failed request a second time, at once; every
//! longer wait belongs to the engine, which commits it.

#[cfg(feature = "cloudwatch")]
pub mod alarms;
#[cfg(feature = "lambda")]
pub mod aliases;
#[cfg(feature = "archives")]
pub mod archives;
#[cfg(feature = "pipelines")]
pub mod artifacts;
#[cfg(feature = "dynamodb")]
mod attempts;
#[cfg(feature = "auto-scaling")]
pub mod auto_scaling;
#[cfg(any(feature = "hosts", feature = "query", feature = "json"))]
#[cfg_attr(
    not(any(feature = "query", feature = "json")),
    allow(dead_code, reason = "a host signs and sends nothing of this kind")
)]
mod caller;
#[cfg(any(feature = "hosts", feature = "caller-identity"))]
pub mod caller_identity;
#[cfg(feature = "cloudformation")]
pub mod cloudformation;
#[cfg(feature = "pipelines")]
pub mod code_pipeline;
#[cfg(feature = "ec2")]
pub mod ec2;
pub mod error;
#[cfg(feature = "notify")]
pub mod event_bus;
#[cfg(feature = "hosts")]
mod file_keys;
#[cfg(feature = "lambda")]
pub mod hooks;
#[cfg(feature = "host-access")]
pub mod host_access;
#[cfg(feature = "hosts")]
pub mod host_channel;
#[cfg(feature = "sqs")]
pub mod host_queues;
mod http;
#[cfg(feature = "sqs")]
pub mod inbox;
#[cfg(feature = "lambda")]
pub mod invoke;
#[cfg(feature = "json")]
mod json;
#[cfg(feature = "hosts")]
pub mod lent;
#[cfg(any(feature = "hosts", feature = "sqs"))]
mod long_poll;
#[cfg(any(feature = "hosts", feature = "pipelines", feature = "archives"))]
pub mod object;
#[cfg(feature = "provision")]
pub mod provision;
#[cfg(feature = "hosts")]
pub mod proxy;
#[cfg(feature = "query")]
#[cfg_attr(
    not(any(feature = "ec2", feature = "auto-scaling")),
    allow(
        dead_code,
        reason = "whoever only publishes reads nothing, and whoever asks for one answer no lists"
    )
)]
mod query;
#[cfg(feature = "sqs")]
pub mod queue;
#[cfg(feature = "sqs")]
pub mod queue_urls;
pub mod sdk;
mod sdk_env;
#[cfg(feature = "ssm")]
pub mod secrets;
#[cfg(any(feature = "hosts", feature = "query", feature = "json"))]
mod signed;
#[cfg(feature = "dynamodb")]
pub mod table;
#[cfg(feature = "pipelines")]
pub mod task_definitions;
#[cfg(all(test, any(feature = "query", feature = "archives")))]
mod testing;
#[cfg(feature = "notify")]
pub mod topics;
#[cfg(any(feature = "hosts", feature = "query", feature = "json"))]
pub mod web;
