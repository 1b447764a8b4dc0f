//! aws-sdk-codedeploy, as a Rust program uses it.

use std::time::Duration;

use aws_sdk_codedeploy::Client;
use aws_sdk_codedeploy::config::{BehaviorVersion, Credentials, Region};
use aws_sdk_codedeploy::error::ProvideErrorMetadata;
use aws_sdk_codedeploy::operation::RequestId;
use aws_sdk_codedeploy::types::{
    AppSpecContent, BundleType, ComputePlatform, DeploymentInfo, DeploymentOption, DeploymentStatus,
    DeploymentStyle, DeploymentType, DeploymentWaitType, ErrorCode, LifecycleEventStatus, RegistrationStatus,
    RevisionLocation, RevisionLocationType, S3Location, Tag, TagFilter, TagFilterType,
};
use conformance::Server;

const GROUP: &str = "group";
/// Every state is reached long before.
const PATIENCE: Duration = Duration::from_secs(60);

fn client(server: &Server) -> Client {
    let config = aws_sdk_codedeploy::Config::builder()
        .behavior_version(BehaviorVersion::latest())
        .endpoint_url(&server.endpoint)
        .region(Region::new("us-east-1"))
        .credentials_provider(Credentials::new("test", "test", None, None, "test"))
        .http_client(aws_smithy_http_client::Builder::new().build_http())
        .build();
    Client::from_conf(config)
}

/// An application, a group in it and a function, all of the same name.
async fn prepare(server: &Server, client: &Client, name: &str, config: &str) {
    server.publish_two_versions(name).expect("a function");
    let application =
        client.create_application().application_name(name).compute_platform(ComputePlatform::Lambda);
    application.send().await.expect("an application");
    let style = DeploymentStyle::builder()
        .deployment_type(DeploymentType::BlueGreen)
        .deployment_option(DeploymentOption::WithTrafficControl)
        .build();
    let group = client.create_deployment_group().application_name(name).deployment_group_name(GROUP);
    let group = group.service_role_arn("arn:aws:iam::123456789012:role/cutover").deployment_style(style);
    group.deployment_config_name(config).send().await.expect("a group");
}

fn revision(function: &str) -> RevisionLocation {
    let appspec = format!(
        "version: 0.0\nResources:\n  - target:\n      Type: AWS::Lambda::Function\n      Properties:\n        \
         Name: {function}\n        Alias: live\n        CurrentVersion: \"1\"\n        TargetVersion: \"2\"\n"
    );
    RevisionLocation::builder()
        .revision_type(RevisionLocationType::AppSpecContent)
        .app_spec_content(AppSpecContent::builder().content(appspec).build())
        .build()
}

async fn info(client: &Client, deployment: &str) -> DeploymentInfo {
    let got = client.get_deployment().deployment_id(deployment).send().await.expect("the deployment");
    got.deployment_info.expect("its information")
}

async fn until(client: &Client, deployment: &str, status: DeploymentStatus) -> DeploymentInfo {
    let reached = async {
        loop {
            let info = info(client, deployment).await;
            if info.status() == Some(&status) {
                return info;
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    };
    tokio::time::timeout(PATIENCE, reached).await.expect("the status in time")
}

#[tokio::test]
async fn a_canary_runs_to_its_end() {
    let server = Server::start("sdk-canary", 60).expect("a service");
    let client = client(&server);
    prepare(&server, &client, "shop", "CodeDeployDefault.LambdaCanary10Percent5Minutes").await;

    let create = || {
        let create = client.create_deployment().application_name("shop").deployment_group_name(GROUP);
        create.revision(revision("shop")).send()
    };
    let deployment = create().await.expect("a deployment").deployment_id.expect("an id");
    let refused = create().await.expect_err("one at a time").into_service_error();
    assert!(refused.is_deployment_limit_exceeded_exception(), "{refused:?}");
    let text = format!("already has an active Deployment '{deployment}'");
    assert!(refused.message().is_some_and(|message| message.contains(&text)), "{refused:?}");

    let info = until(&client, &deployment, DeploymentStatus::Succeeded).await;
    assert_eq!(info.compute_platform(), Some(&ComputePlatform::Lambda));
    assert!(info.create_time() <= info.start_time() && info.start_time() < info.complete_time());
    assert_eq!(info.deployment_overview().map(|overview| overview.succeeded), Some(1));

    let targets = client.list_deployment_targets().deployment_id(&deployment).send().await.expect("targets");
    assert_eq!(targets.target_ids(), ["shop:live"]);
    let target = client.get_deployment_target().deployment_id(&deployment).target_id("shop:live");
    let target = target.send().await.expect("the target").deployment_target.expect("a target");
    let target = target.lambda_target.expect("a Lambda target");
    assert_eq!(target.lambda_function_info().map(|info| info.target_version_weight), Some(1.0));
    let statuses: Vec<_> = target.lifecycle_events().iter().filter_map(|event| event.status()).collect();
    assert_eq!(statuses, [&LifecycleEventStatus::Succeeded; 3]);

    let shown = server.cutover(&["--json", "functions", "show", "shop"]).expect("the function");
    let shown: serde_json::Value = serde_json::from_str(&shown).expect("JSON");
    assert_eq!(shown["aliases"]["live"]["version"], "2");
    assert_eq!(shown["aliases"]["live"]["weights"], serde_json::json!({}));
}

#[tokio::test]
async fn errors_are_typed() {
    let server = Server::start("sdk-errors", 60).expect("a service");
    let client = client(&server);
    let unknown = client.get_application().application_name("nowhere").send().await.expect_err("none");
    assert!(unknown.request_id().is_some());
    assert!(unknown.into_service_error().is_application_does_not_exist_exception());
    let unknown = client.get_deployment().deployment_id("d-NOWHERE00").send().await.expect_err("none");
    assert!(unknown.into_service_error().is_deployment_does_not_exist_exception());
    let invalid =
        client.create_application().application_name("x".repeat(101)).send().await.expect_err("long");
    assert!(invalid.into_service_error().is_invalid_application_name_exception());

    prepare(&server, &client, "shop", "CodeDeployDefault.LambdaAllAtOnce").await;
    let broken = AppSpecContent::builder().content("version: 0.0\nResources: [").build();
    let broken = RevisionLocation::builder()
        .revision_type(RevisionLocationType::AppSpecContent)
        .app_spec_content(broken)
        .build();
    let create = client.create_deployment().application_name("shop").deployment_group_name(GROUP);
    let deployment =
        create.revision(broken).send().await.expect("a deployment").deployment_id.expect("an id");
    // What is wrong with an AppSpec fails the deployment at its start.
    let failed = until(&client, &deployment, DeploymentStatus::Failed).await;
    let told = failed.error_information.expect("an error");
    assert_eq!(told.code().map(ErrorCode::as_str), Some("INVALID_REVISION"));
    assert!(told.message().is_some_and(|message| message.contains("line 2")), "{told:?}");
}

#[tokio::test]
async fn revisions_instances_and_tags() {
    let server = Server::start("sdk-resources", 60).expect("a service");
    let client = client(&server);
    client.create_application().application_name("hosts").send().await.expect("an application");

    let location = |key: &str| {
        let s3 = S3Location::builder().bucket("releases").key(key).bundle_type(BundleType::Zip).build();
        RevisionLocation::builder().revision_type(RevisionLocationType::S3).s3_location(s3).build()
    };
    for key in ["1.zip", "2.zip"] {
        let register = client.register_application_revision().application_name("hosts");
        register.revision(location(key)).description(key).send().await.expect("a revision");
    }
    let pages = client.list_application_revisions().application_name("hosts").into_paginator();
    let listed = pages.items().send().collect::<Result<Vec<_>, _>>().await.expect("revisions");
    assert_eq!(listed.len(), 2);
    let got = client.get_application_revision().application_name("hosts").revision(location("2.zip"));
    let got = got.send().await.expect("the revision").revision_info.expect("its information");
    assert_eq!(got.description(), Some("2.zip"));
    assert!(got.register_time().is_some() && got.first_used_time().is_none());
    let unknown = client.get_application_revision().application_name("hosts").revision(location("3.zip"));
    let unknown = unknown.send().await.expect_err("none").into_service_error();
    assert!(unknown.is_revision_does_not_exist_exception(), "{unknown:?}");

    let tag = Tag::builder().key("role").value("web").build();
    let user = "arn:aws:iam::123456789012:user/box";
    let register = client.register_on_premises_instance().instance_name("box").iam_user_arn(user);
    register.send().await.expect("an instance");
    let add = client.add_tags_to_on_premises_instances().instance_names("box").tags(tag.clone());
    add.send().await.expect("a tag");
    let filter = TagFilter::builder().key("role").value("web").r#type(TagFilterType::KeyAndValue).build();
    let list = client.list_on_premises_instances().registration_status(RegistrationStatus::Registered);
    let found = list.tag_filters(filter).send().await.expect("instances");
    assert_eq!(found.instance_names(), ["box"]);
    let info = client.get_on_premises_instance().instance_name("box").send().await.expect("the instance");
    let info = info.instance_info.expect("its information");
    assert_eq!((info.iam_user_arn(), info.tags()), (Some(user), [tag.clone()].as_slice()));

    let arn = "arn:aws:codedeploy:us-east-1:123456789012:application:hosts";
    client.tag_resource().resource_arn(arn).tags(tag.clone()).send().await.expect("tagged");
    let tags = client.list_tags_for_resource().resource_arn(arn).send().await.expect("tags");
    assert_eq!(tags.tags(), [tag]);
    let wait = client.continue_deployment().deployment_id("d-NOWHERE00");
    let wait = wait.deployment_wait_type(DeploymentWaitType::ReadyWait).send().await.expect_err("none");
    assert!(wait.into_service_error().is_deployment_does_not_exist_exception());
}
