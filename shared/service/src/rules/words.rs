//! The rules that several members share: names, ids, platforms, statuses.

use cutover_wire::api::group::{EcsService, TriggerConfig};
use cutover_wire::api::revision::RevisionLocation;
use cutover_wire::api::tag::{Tag, TagFilter};

use super::rule::{Form, List, Text, Texts};
use crate::{group_checks, revision, tags};

const NAME: Form = Form::Name { most: 100, also: "._+=,@-" };

const fn text(what: &'static str, form: Form, invalid: &'static str) -> Text {
    Text { what, form, invalid, required: None }
}

/// behaviour: quotas: names of 1 to 100 characters.
pub(crate) const APPLICATION: Text = text("application name", NAME, "InvalidApplicationNameException")
    .required("ApplicationNameRequiredException");
pub(crate) const GROUP: Text = text("deployment group name", NAME, "InvalidDeploymentGroupNameException")
    .required("DeploymentGroupNameRequiredException");
pub(crate) const CONFIG: Text =
    text("deployment configuration name", NAME, "InvalidDeploymentConfigNameException")
        .required("DeploymentConfigNameRequiredException");
/// behaviour: wire protocol: `d-` and nine upper-case letters or digits.
pub(crate) const DEPLOYMENT: Text =
    text("deployment id", Form::Id { lead: "d-", count: 9 }, "InvalidDeploymentIdException")
        .required("DeploymentIdRequiredException");
pub(crate) const PLATFORM: Text =
    text("compute platform", Form::Words(&["Server", "Lambda", "ECS"]), "InvalidComputePlatformException");
/// behaviour: quotas: descriptions of at most 256 characters.
pub(crate) const DESCRIPTION: Text =
    text("description", Form::Chars { least: 0, most: 256 }, "DescriptionTooLongException");
/// behaviour: quotas. No service role is looked up.
pub(crate) const ROLE: Text =
    text("serviceRoleArn", Form::Arn { service: "iam", resource: "role/" }, "InvalidRoleException")
        .required("RoleRequiredException");

/// The name where it is optional.
pub(crate) const fn optional(rule: Text) -> Text {
    Text { required: None, ..rule }
}

/// A list of these, of which so many may be asked for at once.
const fn texts(each: Text, most: usize, beyond: &'static str, required: Option<&'static str>) -> Texts {
    Texts { each, most: (most, beyond), required }
}

/// A list of which any number may be given that fits a request.
const fn filter(each: Text) -> Texts {
    texts(each, usize::MAX, "InvalidInputException", None)
}

const BATCH_LIMIT: &str = "BatchLimitExceededException";

/// behaviour: quotas: batches of applications and groups name at most 100.
pub(crate) const APPLICATIONS: Texts = texts(APPLICATION, 100, BATCH_LIMIT, APPLICATION.required);
pub(crate) const GROUPS: Texts = texts(GROUP, 100, BATCH_LIMIT, GROUP.required);
/// behaviour: quotas: 25, older text 100; the larger one holds here.
pub(crate) const DEPLOYMENTS: Texts = texts(DEPLOYMENT, 100, BATCH_LIMIT, DEPLOYMENT.required);
/// behaviour: statuses.
pub(crate) const DEPLOYMENT_STATUSES: Texts = filter(text(
    "deployment status",
    Form::Words(&["Created", "Queued", "InProgress", "Baking", "Succeeded", "Failed", "Stopped", "Ready"]),
    "InvalidDeploymentStatusException",
));
pub(crate) const EXTERNAL: Text =
    text("external id", Form::Chars { least: 1, most: 256 }, "InvalidExternalIdException");
pub(crate) const FILE_EXISTS: Text = text(
    "fileExistsBehavior",
    Form::Words(&["DISALLOW", "OVERWRITE", "RETAIN"]),
    "InvalidFileExistsBehaviorException",
);
pub(crate) const DEPLOYMENT_MODE: Text =
    text("deploymentMode", Form::Words(&["STANDARD", "RESTART"]), "InvalidInputException");
pub(crate) const WAIT_TYPE: Text = text(
    "deploymentWaitType",
    Form::Words(&["READY_WAIT", "TERMINATION_WAIT"]),
    "InvalidDeploymentWaitTypeException",
);
/// behaviour: Lambda: a hook answers one of these two.
pub(crate) const HOOK_STATUS: Text = text(
    "status of a hook",
    Form::Words(&["Succeeded", "Failed"]),
    "InvalidLifecycleEventHookExecutionStatusException",
)
.required("InvalidLifecycleEventHookExecutionStatusException");

const ANY: Form = Form::Chars { least: 1, most: 1_024 };

pub(crate) const TARGET: Text = text("target id", ANY, "InvalidDeploymentTargetIdException")
    .required("DeploymentTargetIdRequiredException");
/// behaviour: quotas: batches of targets and instances name at most 25.
pub(crate) const TARGETS: Texts =
    texts(TARGET, 25, "DeploymentTargetListSizeExceededException", TARGET.required);
pub(crate) const TARGET_STATUSES: Texts = filter(text(
    "instance status",
    Form::Words(&["Pending", "InProgress", "Succeeded", "Failed", "Skipped", "Unknown", "Ready"]),
    "InvalidInstanceStatusException",
));
pub(crate) const TARGET_LABELS: Texts =
    filter(text("instance type", Form::Words(&["Blue", "Green"]), "InvalidInstanceTypeException"));
pub(crate) const INSTANCE: Text =
    text("instance id", ANY, "InvalidInstanceNameException").required("InstanceIdRequiredException");
pub(crate) const INSTANCES: Texts = texts(INSTANCE, 25, BATCH_LIMIT, INSTANCE.required);

/// behaviour: quotas: batches of revisions name at most 25.
pub(crate) const REVISIONS: List<RevisionLocation> = List {
    what: "revision",
    each: revision::located,
    most: (25, BATCH_LIMIT),
    required: Some("RevisionRequiredException"),
};
pub(crate) const SORT_BY: Text =
    text("sortBy", Form::Words(&["registerTime", "firstUsedTime", "lastUsedTime"]), "InvalidSortByException");
pub(crate) const SORT_ORDER: Text =
    text("sortOrder", Form::Words(&["ascending", "descending"]), "InvalidSortOrderException");
pub(crate) const DEPLOYED_FILTER: Text =
    text("deployed", Form::Words(&["include", "exclude", "ignore"]), "InvalidDeployedStateFilterException");
pub(crate) const BUCKET_FILTER: Text =
    text("s3Bucket", Form::Name { most: 255, also: "._-" }, "InvalidBucketNameFilterException");
pub(crate) const KEY_PREFIX_FILTER: Text =
    text("s3KeyPrefix", Form::Chars { least: 1, most: 1_024 }, "InvalidKeyPrefixFilterException");

/// behaviour: on-premises instances: names of 1 to 100 letters, digits and `+=,.@_-`.
pub(crate) const HOST: Text =
    text("instance name", NAME, "InvalidInstanceNameException").required("InstanceNameRequiredException");
pub(crate) const HOSTS: Texts = texts(HOST, 100, BATCH_LIMIT, HOST.required);
pub(crate) const TAGGED_HOSTS: Texts = texts(HOST, 100, "InstanceLimitExceededException", HOST.required);
pub(crate) const USER_ARN: Text =
    text("iamUserArn", Form::Arn { service: "iam", resource: "user/" }, "InvalidIamUserArnException");
pub(crate) const SESSION_ARN: Text = text(
    "iamSessionArn",
    Form::Arn { service: "sts", resource: "assumed-role/" },
    "InvalidIamSessionArnException",
);
pub(crate) const REGISTRATION: Text = text(
    "registrationStatus",
    Form::Words(&["Registered", "Deregistered"]),
    "InvalidRegistrationStatusException",
);
pub(crate) const HOST_TAG_FILTERS: List<TagFilter> = List {
    what: "tag filter",
    each: |f| group_checks::tag_filter(f, "InvalidTagFilterException"),
    most: (10, "InvalidTagFilterException"),
    required: None,
};
/// behaviour: on-premises instances: at most 10 tags, each with a key and a value.
pub(crate) const HOST_TAGS: List<Tag> = List {
    what: "tag",
    each: tags::of_host,
    most: (tags::MOST_OF_HOST, "TagLimitExceededException"),
    required: Some("TagRequiredException"),
};
/// The same for one that is yet to come: it may have none.
pub(crate) const NEW_HOST_TAGS: List<Tag> = List { required: None, ..HOST_TAGS };

pub(crate) const RESOURCE_ARN: Text =
    text("resource ARN", Form::Chars { least: 1, most: 1_011 }, "InvalidArnException")
        .required("ResourceArnRequiredException");
pub(crate) const TAG_KEYS: Texts = texts(
    text("tag key", Form::Chars { least: 1, most: 128 }, "InvalidTagsToAddException")
        .required("InvalidTagsToAddException"),
    50,
    "InvalidTagsToAddException",
    Some("TagRequiredException"),
);
/// A repository's name, `owner/name`, is the name of a token that reads it.
pub(crate) const GIT_HUB_TOKEN: Text = text(
    "GitHub token name",
    Form::Name { most: 150, also: "._+=,@-/" },
    "InvalidGitHubAccountTokenNameException",
)
.required("GitHubAccountTokenNameRequiredException");

pub(crate) const TRIGGER: Text =
    text("trigger name", NAME, "InvalidTriggerNameException").required("TriggerNameRequiredException");
pub(crate) const TRIGGER_SOURCE: Text = text(
    "source of a trigger",
    Form::Words(&["codecommit", "github", "bitbucket", "ecr", "s3", "codepipeline"]),
    "InvalidTriggerException",
)
.required("InvalidTriggerException");
pub(crate) const TRIGGER_PATTERN: Text =
    text("pattern of a trigger", Form::Chars { least: 1, most: 1_024 }, "InvalidTriggerException");
pub(crate) const TRIGGER_POLICY: Text =
    text("policy", Form::Words(&["reject", "queue", "replace", "latest"]), "InvalidTriggerException");
pub(crate) const ARCHIVE_BUCKET: Text =
    text("bucket for archives", Form::Name { most: 63, also: ".-" }, "InvalidTriggerException");
pub(crate) const ARCHIVE_PREFIX: Text =
    text("prefix of archives", Form::Name { most: 256, also: "._-/" }, "InvalidTriggerException");
pub(crate) const ORDER_KEY: Text =
    text("order key", Form::Chars { least: 1, most: 256 }, "InvalidTriggerException");

/// behaviour: quotas: at most 10 tag filters, Auto Scaling groups and triggers in a group.
const MOST: usize = 10;

pub(crate) const EC2_TAG_FILTERS: List<TagFilter> = List {
    what: "tag filter",
    each: |f| group_checks::tag_filter(f, "InvalidEC2TagException"),
    most: (MOST, "InvalidEC2TagException"),
    required: None,
};
pub(crate) const TAG_FILTERS: List<TagFilter> = List {
    what: "tag filter",
    each: |f| group_checks::tag_filter(f, "InvalidTagException"),
    most: (MOST, "InvalidTagException"),
    required: None,
};
pub(crate) const AUTO_SCALING_GROUPS: Texts = texts(
    text("Auto Scaling group name", Form::Chars { least: 1, most: 255 }, "InvalidAutoScalingGroupException")
        .required("InvalidAutoScalingGroupException"),
    MOST,
    "InvalidAutoScalingGroupException",
    None,
);
pub(crate) const TRIGGERS: List<TriggerConfig> = List {
    what: "trigger",
    each: group_checks::trigger,
    most: (MOST, "TriggerTargetsLimitExceededException"),
    required: None,
};
pub(crate) const OUTDATED_INSTANCES: Text =
    text("outdatedInstancesStrategy", Form::Words(&["UPDATE", "IGNORE"]), "InvalidInputException");
/// behaviour: ECS: one service per group.
pub(crate) const ECS_SERVICES: List<EcsService> = List {
    what: "ECS service",
    each: group_checks::ecs_service,
    most: (1, "ECSServiceMappingLimitExceededException"),
    required: None,
};

pub(crate) const WEBHOOK: Text =
    text("webhook name", NAME, "InvalidWebhookException").required("InvalidWebhookException");
pub(crate) const WEBHOOK_FORMAT: Text =
    text("format of a webhook", Form::Words(&["json", "slack", "teams"]), "InvalidWebhookException");
pub(crate) const WEBHOOK_EVENTS: Texts = texts(
    text("event of a webhook", Form::Words(group_checks::TRIGGER_EVENTS), "InvalidWebhookException"),
    10,
    "InvalidWebhookException",
    None,
);
pub(crate) const WEBHOOK_APPLICATIONS: Texts =
    texts(optional(APPLICATION), 50, "InvalidWebhookException", None);
pub(crate) const DEAD_LETTERS: Texts = texts(
    text("dead letter id", Form::Chars { least: 1, most: 512 }, "InvalidWebhookException"),
    100,
    BATCH_LIMIT,
    None,
);
