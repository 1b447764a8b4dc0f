"""What must hold of template.yaml. Run it through `check`, which provides the tools.

Every rule is a function that yields findings, and comes with a way to break it: a change of the
template after which the rule has to have something to say. A rule that cannot fail counts as failed.
"""

import copy
import pathlib
import subprocess
import sys

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parents[1]
sys.path.insert(0, str(ROOT / "tests" / "tools"))

import cfnlint.api  # noqa: E402
import macro  # noqa: E402
import terraform  # noqa: E402
from expand_sam import dump, expand, parse  # noqa: E402

TEMPLATE = ROOT / "template.yaml"
PERMISSIONS = HERE / "permissions.txt"

FUNCTION_TIMEOUT_SECS, ACT_LEASE_SECS, VISIBILITY_SECS = 15, 20, 90
FOURTEEN_DAYS_SECS = 14 * 24 * 3600
PHASES = ["PreTrafficHook", "CanaryShift", "LinearShift", "AlarmCheck", "PostTrafficHook", "FleetPlan",
          "FleetDispatch", "Rollback", "Notify"]
# Takes what hosts send; it performs nothing.
INTAKE = "FleetReport"
# Hears of pushes, and deals with them one at a time; it performs nothing either, but may bring a large archive.
PUSHES = "PushTrigger"
# The door of webhooks: the same package as PUSHES, there if it is wanted.
DOOR = "Webhooks"
FUNCTIONS = ["Api", *PHASES, INTAKE, PUSHES, DOOR, "HostDesk", "PipelineAction", "StackShift", "Sweep"]
# Whose package another one runs.
SHARED = {DOOR: "push-trigger"}
# No lease is theirs.
LONGER_SECS = {"PipelineAction": 60, "StackShift": 90, PUSHES: 60}
# The rest are fed from no queue.
LONGER_VISIBILITY_SECS = {f"{PUSHES}Queue": 6 * LONGER_SECS[PUSHES]}
ENVIRONMENT = [
    "CUTOVER_ACCOUNT",
    "CUTOVER_EVENT_BUS",
    "CUTOVER_HOOK_TIMEOUT_SECS",
    "CUTOVER_HOST_QUEUES",
    "CUTOVER_QUEUE_ALARM_CHECK",
    "CUTOVER_QUEUE_CANARY_SHIFT",
    "CUTOVER_QUEUE_FLEET_DISPATCH",
    "CUTOVER_QUEUE_FLEET_PLAN",
    "CUTOVER_QUEUE_LINEAR_SHIFT",
    "CUTOVER_QUEUE_POST_TRAFFIC_HOOK",
    "CUTOVER_QUEUE_NOTIFY",
    "CUTOVER_QUEUE_PRE_TRAFFIC_HOOK",
    "CUTOVER_QUEUE_PUSH_TRIGGER",
    "CUTOVER_QUEUE_ROLLBACK",
    "CUTOVER_TABLE",
    "CUTOVER_WEBHOOK_PLACES",
    "RUST_LOG",
    "SSL_CERT_FILE",
]
# What one function is told besides.
MORE = {"Api": ["CUTOVER_HOST_DESK", "CUTOVER_MASTER_KEY", "CUTOVER_WEBHOOK_URL"],
        "FleetDispatch": ["CUTOVER_ORDER_KEY"],
        "Notify": ["CUTOVER_MASTER_KEY"],
        PUSHES: ["CUTOVER_MASTER_KEY"],
        DOOR: ["CUTOVER_MASTER_KEY"],
        "HostDesk": ["CUTOVER_DISPATCH_FUNCTION", "CUTOVER_HOST_ROLE", "CUTOVER_INSTANCE_ROLES",
                     "CUTOVER_MASTER_KEY", "CUTOVER_QUEUE_FLEET_REPORT"]}


# Actions that know no resource: they only read, or answer a job, or make what has no name yet.
UNPLACED = ["autoscaling:DescribeAutoScalingGroups", "cloudwatch:DescribeAlarms", "codepipeline:PutJobFailureResult",
            "codepipeline:PutJobSuccessResult", "ec2:DescribeInstances", "ecs:RegisterTaskDefinition"]


class Stack:
    """An expanded template, and the questions the rules ask of it."""

    def __init__(self, sam):
        self.sam = sam
        self.template = expand(copy.deepcopy(sam))
        self.resources = self.template["Resources"]

    def all(self, kind):
        """Name and properties of every resource of a type."""
        return {name: resource.get("Properties", {})
                for name, resource in self.resources.items() if resource["Type"] == kind}

    def of(self, name):
        return self.resources[name]["Properties"]

    def functions(self):
        return self.all("AWS::Lambda::Function")

    def mappings(self):
        """Function, queue and properties of every queue that a function is fed from."""
        for properties in self.all("AWS::Lambda::EventSourceMapping").values():
            yield target(properties["FunctionName"]), target(properties["EventSourceArn"]), properties

    def statements(self, function):
        """What the role of a function allows."""
        role = self.of(target(self.of(function)["Role"]))
        documents = [policy["PolicyDocument"] for policy in role.get("Policies", [])]
        for policy in role.get("ManagedPolicyArns", []):
            documents.append(self.of(target(policy))["PolicyDocument"])
        for document in documents:
            yield from document["Statement"]

    def grants(self, function):
        """The pairs of action and resource a function is allowed."""
        return sorted({(action, place(resource))
                       for statement in self.statements(function)
                       for action in many(statement["Action"])
                       for resource in many(statement["Resource"])})


def many(value):
    return value if isinstance(value, list) else [value]


def target(value):
    """The logical id that a reference leads to."""
    if isinstance(value, dict) and "Ref" in value:
        return value["Ref"]
    if isinstance(value, dict) and "Fn::GetAtt" in value:
        return many(value["Fn::GetAtt"])[0].split(".")[0]
    return value


def place(resource):
    """A resource of a policy, short: `Table`, `Table/index/wake`, `function:${Pattern}`."""
    if isinstance(resource, dict) and "Fn::Sub" in resource:
        text = resource["Fn::Sub"].replace("${Table.Arn}", "Table")
        short = text.rpartition("AccountId}:")[2].removeprefix("arn:${AWS::Partition}:")
        # Whatever a service has in the account, where its names have nothing in front of them.
        return short if short != "*" else f"{text.removeprefix('arn:${AWS::Partition}:').partition(':')[0]}:*"
    return target(resource)


def permissions(stack):
    lines = []
    for function in stack.functions():
        lines.append(function)
        lines += [f"  {action:<30} {resource}" for action, resource in stack.grants(function)]
    return "\n".join(lines) + "\n"


def grants_of(text):
    """The lines of permissions.txt, each with its function."""
    grants, function = set(), None
    for line in text.splitlines():
        if line.startswith(" "):
            grants.add(" ".join([function, *line.split()]))
        else:
            function = line
    return grants


# Rules.


def lint(stack):
    """cfn-lint has nothing to say about the expanded template."""
    # Errors and warnings, not hints: as the command does it.
    settings = cfnlint.api.ManualArgs(regions=["us-east-1"])
    for match in cfnlint.api.lint(dump(stack.template), config=settings):
        yield f"{match.rule.id} line {match.linenumber}: {match.message}"


def functions(stack):
    """Every function, and no other, runs its own package the way the others do."""
    if sorted(stack.functions()) != sorted(FUNCTIONS):
        yield f"functions are {sorted(stack.functions())}"
    # The macro stands in a stack of its own.
    folders = {"stack-transform"}
    for name, resource in stack.sam["Resources"].items():
        if resource["Type"] == "AWS::Serverless::Function":
            folder = "".join("-" + c.lower() if c.isupper() else c for c in name).strip("-")
            folder = SHARED.get(name, folder)
            folders.add(folder)
            if resource["Properties"]["CodeUri"] != f"functions/{folder}":
                yield f"{name} is not built from functions/{folder}"
            if resource["Metadata"] != {"BuildMethod": "rust-cargolambda"}:
                yield f"{name} is not built by cargo-lambda"
    # Those without a main run in `cutover serve` alone.
    for main in (ROOT / "functions").glob("*/src/main.rs"):
        if main.parents[1].name not in folders:
            yield f"nothing deploys functions/{main.parents[1].name}"
    for name, properties in stack.functions().items():
        if (properties["Runtime"], properties["Handler"]) != ("provided.al2023", "bootstrap"):
            yield f"{name} runs on {properties['Runtime']}"


def recursion(stack):
    """Lambda ends a chain of function and queue after 16 rounds unless told that it is meant."""
    for function, _, _ in stack.mappings():
        if stack.of(function).get("RecursiveLoop") != "Allow":
            yield f"{function} is fed from a queue without RecursiveLoop: Allow"


def times(stack):
    """A function ends before its act's lease does, and the lease before the message comes again."""
    assert FUNCTION_TIMEOUT_SECS < ACT_LEASE_SECS < VISIBILITY_SECS
    for name, properties in stack.functions().items():
        if properties.get("Timeout") != LONGER_SECS.get(name, FUNCTION_TIMEOUT_SECS):
            yield f"{name} may run {properties.get('Timeout')} s"
    for function, queue, _ in stack.mappings():
        if function in LONGER_SECS and queue not in LONGER_VISIBILITY_SECS:
            yield f"{function} is fed from a queue and runs longer than a lease"
        if stack.of(queue).get("VisibilityTimeout") != LONGER_VISIBILITY_SECS.get(queue, VISIBILITY_SECS):
            yield f"a message of {queue} comes again after {stack.of(queue).get('VisibilityTimeout')} s"


def deliveries(stack):
    """Each phase takes its own queue, one message at a time, reports come in batches, and each says which failed."""
    pairs = sorted((function, queue) for function, queue, _ in stack.mappings())
    if pairs != sorted((phase, f"{phase}Queue") for phase in [*PHASES, INTAKE, PUSHES]):
        yield f"queues feed {pairs}"
    for function, _, properties in stack.mappings():
        window = properties.get("MaximumBatchingWindowInSeconds", 0)
        if (properties.get("BatchSize"), window) != ((500, 1) if function == INTAKE else (1, 0)):
            yield f"{function} takes batches of {properties.get('BatchSize')}, waiting {window} s"
        if properties.get("FunctionResponseTypes") != ["ReportBatchItemFailures"]:
            yield f"{function} cannot report a failed message"
        if "MaximumConcurrency" not in properties.get("ScalingConfig", {}):
            yield f"{function} scales without a limit"


def dead_letters(stack):
    """A message is tried five times, then kept for 14 days where an alarm sees it. All are encrypted."""
    queues = stack.all("AWS::SQS::Queue")
    watched = {target(dimension["Value"]) for alarm in stack.all("AWS::CloudWatch::Alarm").values()
               if alarm["MetricName"] == "ApproximateNumberOfMessagesVisible"
               for dimension in alarm["Dimensions"]}
    for name, properties in queues.items():
        if properties.get("SqsManagedSseEnabled") is not True:
            yield f"{name} is not encrypted"
        if name.endswith("Dlq"):
            if properties.get("MessageRetentionPeriod") != FOURTEEN_DAYS_SECS:
                yield f"{name} forgets after {properties.get('MessageRetentionPeriod')} s"
            if name not in watched:
                yield f"no alarm watches {name}"
            continue
        redrive = properties.get("RedrivePolicy", {})
        if redrive.get("maxReceiveCount") != 5:
            yield f"{name} tries {redrive.get('maxReceiveCount')} times"
        if target(redrive.get("deadLetterTargetArn")) != name.replace("Queue", "Dlq"):
            yield f"{name} has no dead letters of its own"


def table(stack):
    """The table outlives accidents, and has the keys the store writes."""
    resource = stack.resources["Table"]
    properties = resource["Properties"]
    for policy in ("DeletionPolicy", "UpdateReplacePolicy"):
        if resource.get(policy) != "Retain":
            yield f"the table's {policy} is {resource.get(policy)}"
    wanted = {
        "BillingMode": "PAY_PER_REQUEST",
        "DeletionProtectionEnabled": {"Ref": "TableDeletionProtection"},
        "PointInTimeRecoverySpecification": {"PointInTimeRecoveryEnabled": True},
        "SSESpecification": {"SSEEnabled": True},
        "TimeToLiveSpecification": {"AttributeName": "expires_at", "Enabled": True},
    }
    for key, value in wanted.items():
        if properties.get(key) != value:
            yield f"the table's {key} is {properties.get(key)}"
    keys = {"": ["pk", "sk", None]}
    keys |= {"gsi1": ["g1pk", "g1sk", "ALL"], "gsi2": ["g2pk", "g2sk", "ALL"]}
    keys |= {"wake": ["wpk", "wsk", "KEYS_ONLY"]}
    found = {"": [key["AttributeName"] for key in properties["KeySchema"]] + [None]}
    for index in properties["GlobalSecondaryIndexes"]:
        names = [key["AttributeName"] for key in index["KeySchema"]]
        found[index["IndexName"]] = [*names, index["Projection"]["ProjectionType"]]
    if found != keys:
        yield f"the table's keys are {found}"


def environment(stack):
    """Every function is told the same, and a few of them something more."""
    for name, properties in stack.functions().items():
        found = sorted(properties["Environment"]["Variables"])
        if found != sorted([*ENVIRONMENT, *MORE.get(name, [])]):
            yield f"{name} is given {found}"


def wildcards(stack):
    """No policy says `*`, but for the actions that know no resource."""
    for function in stack.functions():
        for action, resource in stack.grants(function):
            if "*" in action:
                yield f"{function} may {action}"
            if resource == "*" and action not in UNPLACED:
                yield f"{function} may {action} everything"


def roles(stack):
    """Every function has a role of its own, with our policies and nobody else's."""
    used = [target(properties["Role"]) for properties in stack.functions().values()]
    if len(set(used)) != len(used):
        yield f"functions share roles: {used}"
    for name in used:
        for policy in stack.of(name).get("ManagedPolicyArns", []):
            if target(policy) not in stack.all("AWS::IAM::ManagedPolicy"):
                yield f"{name} carries {policy}"


def granted(stack):
    """Who may do what is written down in permissions.txt, so that a change of it is seen."""
    written, found = grants_of(PERMISSIONS.read_text(encoding="utf-8")), grants_of(permissions(stack))
    yield from (f"not in permissions.txt: {grant}" for grant in sorted(found - written))
    yield from (f"in permissions.txt only: {grant}" for grant in sorted(written - found))


def events(stack):
    """Alarms are taken as they ring and read once a minute; the sweep runs once a minute."""
    rules = {}
    for properties in stack.all("AWS::Events::Rule").values():
        (goal,) = properties["Targets"]
        said = properties.get("EventPattern") or (properties["ScheduleExpression"], goal.get("Input"))
        rules.setdefault(target(goal["Arn"]), []).append(said)
        if target(goal.get("DeadLetterConfig", {}).get("Arn")) != "EventsDlq" or "RetryPolicy" not in goal:
            yield f"an event for {target(goal['Arn'])} may vanish"
    ringing = {"source": ["aws.cloudwatch"], "detail-type": ["CloudWatch Alarm State Change"],
               "detail": {"state": {"value": ["ALARM"]}}}
    pushed = {"source": ["aws.s3", "aws.ecr", "aws.codecommit", "aws.codepipeline", "github.com"],
              "detail-type": ["Object Created", "ECR Image Action", "CodeCommit Repository State Change",
                              "CodePipeline Pipeline Execution State Change", "push"]}
    if rules != {"AlarmCheck": [ringing, ("rate(1 minute)", '{"cutover":"poll-alarms"}')],
                 "PushTrigger": [pushed],
                 "Sweep": [("rate(1 minute)", '{"cutover":"sweep"}')]}:
        yield f"events are {rules}"


def entrance(stack):
    """The only ways in are the API's URL, for signed calls, those of hosts, who prove themselves otherwise, and, if wanted,
    of webhooks, which secrets sign: few at a time, by a function that may read the table and send to one queue."""
    urls = {target(url["TargetFunctionArn"]): url["AuthType"] for url in stack.all("AWS::Lambda::Url").values()}
    if urls != {"Api": "AWS_IAM", "HostDesk": "NONE", DOOR: "NONE"}:
        yield f"function URLs are {urls}"
    for name, resource in stack.resources.items():
        if name.startswith(DOOR) and resource.get("Condition") != "HasWebhookUrl":
            yield f"{name} is there whether it is wanted or not"
    if stack.of(DOOR).get("ReservedConcurrentExecutions") != {"Ref": "WebhookConcurrency"}:
        yield "webhooks take as much of the account's concurrency as they like"
    if "ManagedPolicyArns" in stack.of(f"{DOOR}Role"):
        yield "who takes webhooks in may do more than that"
    for name, permission in stack.all("AWS::Lambda::Permission").items():
        anybody = target(permission["FunctionName"]) in ("HostDesk", DOOR) and permission["Principal"] == "*"
        if permission["Principal"] != "events.amazonaws.com" and not anybody:
            yield f"{name} lets {permission['Principal']} in"


def hosts(stack):
    """A host's role is lent by the desk alone, and reaches queues of hosts, reports and revisions, as nothing else."""
    role = stack.of("HostRole")
    (trust,) = role["AssumeRolePolicyDocument"]["Statement"]
    if target(trust["Principal"].get("AWS")) != "HostDeskRole":
        yield f"the role of hosts is lent to {trust['Principal']}"
    statements = [statement for policy in role["Policies"] for statement in policy["PolicyDocument"]["Statement"]]
    allowed = sorted((action, place(statement["Resource"])) for statement in statements
                     for action in many(statement["Action"]))
    conditions = [statement["Condition"] for statement in statements if statement["Action"] == "kms:Decrypt"]
    through_s3 = {"StringEquals": {"kms:ViaService": {"Fn::Sub": "s3.${AWS::Region}.${AWS::URLSuffix}"}}}
    if conditions != [through_s3]:
        yield f"hosts decrypt with {conditions}"
    own = "${AWS::StackName}-host*"
    if allowed != [("kms:Decrypt", "key/*"), ("s3:GetObject", "s3:::${RevisionBucketPattern}/*"),
                   ("s3:GetObjectVersion", "s3:::${RevisionBucketPattern}/*"),
                   ("sqs:ChangeMessageVisibility", own), ("sqs:DeleteMessage", own), ("sqs:ReceiveMessage", own),
                   ("sqs:SendMessage", "FleetReportQueue")]:
        yield f"hosts may {allowed}"


def logs(stack):
    """Every function logs to a group of the stack's, which forgets in time."""
    groups = stack.all("AWS::Logs::LogGroup")
    for name, properties in stack.functions().items():
        group = target(properties.get("LoggingConfig", {}).get("LogGroup"))
        if "RetentionInDays" not in groups.get(group, {}):
            yield f"{name} logs to {group}"


def alarms(stack):
    """What needs a person rings."""
    found = {(alarm["Namespace"], alarm["MetricName"]) for alarm in stack.all("AWS::CloudWatch::Alarm").values()}
    for wanted in [("Cutover", "QuarantinedDeployments"), ("AWS/Lambda", "Invocations"), ("AWS/Lambda", "Errors")]:
        if wanted not in found:
            yield f"no alarm on {wanted}"


# Ways to break them. Each gets the SAM template's resources.


def name_something_missing(resources):
    resources["Api"]["Properties"]["Description"] = {"Ref": "Nowhere"}


def build_another_folder(resources):
    resources["Sweep"]["Properties"]["CodeUri"] = "functions/api"


def keep_the_recursion_guard(resources):
    del resources["CanaryShift"]["Properties"]["RecursiveLoop"]


def show_messages_early(resources):
    resources["LinearShiftQueue"]["Properties"]["VisibilityTimeout"] = ACT_LEASE_SECS


def take_batches(resources):
    resources["Rollback"]["Properties"]["Events"]["Work"]["Properties"]["BatchSize"] = 10


def try_forever(resources):
    del resources["RollbackQueue"]["Properties"]["RedrivePolicy"]


def let_the_table_go(resources):
    del resources["Table"]["DeletionPolicy"]


def tell_one_function_more(resources):
    resources["Api"]["Properties"]["Environment"] = {"Variables": {"CUTOVER_MORE": "1"}}


def allow_everywhere(resources):
    resources["AliasPolicy"]["Properties"]["PolicyDocument"]["Statement"][0]["Resource"] = "*"


def borrow_a_policy(resources):
    resources["SweepRole"]["Properties"]["ManagedPolicyArns"].append("arn:aws:iam::aws:policy/AWSLambda_FullAccess")


def allow_one_more_action(resources):
    resources["DriverPolicy"]["Properties"]["PolicyDocument"]["Statement"][0]["Action"].append("dynamodb:UpdateItem")


def sweep_seldom(resources):
    resources["Sweep"]["Properties"]["Events"]["EveryMinute"]["Properties"]["Schedule"] = "rate(1 hour)"


def open_the_door(resources):
    resources["Api"]["Properties"]["FunctionUrlConfig"]["AuthType"] = "NONE"


def lend_to_anybody(resources):
    resources["HostRole"]["Properties"]["AssumeRolePolicyDocument"]["Statement"][0]["Principal"] = {"AWS": "*"}


def log_anywhere(resources):
    del resources["Api"]["Properties"]["LoggingConfig"]


def quarantine_in_silence(resources):
    del resources["QuarantinedAlarm"]


RULES = [
    (lint, name_something_missing),
    (functions, build_another_folder),
    (recursion, keep_the_recursion_guard),
    (times, show_messages_early),
    (deliveries, take_batches),
    (dead_letters, try_forever),
    (table, let_the_table_go),
    (environment, tell_one_function_more),
    (wildcards, allow_everywhere),
    (roles, borrow_a_policy),
    (granted, allow_one_more_action),
    (events, sweep_seldom),
    (entrance, open_the_door),
    (hosts, lend_to_anybody),
    (logs, log_anywhere),
    (alarms, quarantine_in_silence),
]


def sam_validate():
    """SAM accepts the template as it is written."""
    done = subprocess.run(["sam", "validate", "--lint", "--template", str(TEMPLATE)],
                          capture_output=True, text=True, check=False)
    if done.returncode != 0:
        yield (done.stdout + done.stderr).strip()


def run():
    sam = parse(TEMPLATE.read_text(encoding="utf-8"))
    stack = Stack(sam)
    if sys.argv[1:] == ["--bless"]:
        PERMISSIONS.write_text(permissions(stack), encoding="utf-8")
        macro.bless()
    passed = failed = 0

    def count(title, findings):
        nonlocal passed, failed
        if findings:
            failed += 1
            print(f"FAILED {title}")
            for finding in findings:
                print(f"    {finding}")
        else:
            passed += 1

    count("sam validate", list(sam_validate()))
    for rule, spoil in RULES:
        findings = list(rule(stack))
        count(rule.__name__, findings)
        broken = copy.deepcopy(sam)
        spoil(broken["Resources"])
        noticed = set(rule(Stack(broken))) - set(findings)
        count(f"{rule.__name__} notices {spoil.__name__}", [] if noticed else ["it has nothing to say"])
    for title, findings in (*macro.checks(), *terraform.checks(sam)):
        count(title, findings)
    print(f"{passed} passed, {failed} failed")
    sys.exit(failed > 0)


if __name__ == "__main__":
    run()
