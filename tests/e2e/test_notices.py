"""Those who listen hear of deployments: a topic through a trigger of the group, and the event bus, both by real deliveries."""

import json

from target import Target, create_hook, wait_until

AT_ONCE = "CodeDeployDefault.LambdaAllAtOnce"
EVENTS = [f"Deployment{what}" for what in ("Start", "Success", "Failure", "Stop", "Rollback")]


class Listener:
    """A queue, and what has arrived in it; a standard queue may deliver twice, and in another order."""

    def __init__(self, stack, name, sender):
        self.sqs = stack.sqs
        self.url = self.sqs.create_queue(QueueName=name)["QueueUrl"]
        self.arn = self.sqs.get_queue_attributes(
            QueueUrl=self.url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
        policy = {"Version": "2012-10-17", "Statement": [{
            "Effect": "Allow", "Action": "sqs:SendMessage", "Resource": self.arn, "Principal": {"Service": sender}}]}
        self.sqs.set_queue_attributes(QueueUrl=self.url, Attributes={"Policy": json.dumps(policy)})
        self.heard = []

    def listen(self):
        found = self.sqs.receive_message(
            QueueUrl=self.url, MaxNumberOfMessages=10, WaitTimeSeconds=1, MessageAttributeNames=["All"])
        for message in found.get("Messages", []):
            self.heard.append((json.loads(message["Body"]), message.get("MessageAttributes", {})))
            self.sqs.delete_message(QueueUrl=self.url, ReceiptHandle=message["ReceiptHandle"])
        return self.heard


def let_the_notifier_put_events(stack):
    """The template lets it put events of one source. The emulator does not know that condition, and refuses all."""
    iam = stack.client("iam")
    (role,) = [role["RoleName"] for role in iam.list_roles()["Roles"] if "NotifyRole" in role["RoleName"]]
    statement = {"Effect": "Allow", "Action": "events:PutEvents", "Resource": "*"}
    iam.put_role_policy(RoleName=role, PolicyName="any-source",
                        PolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": [statement]}))


def test_notices(stack):
    let_the_notifier_put_events(stack)
    hook = create_hook(stack, "CodeDeployHook_unheard", "Failed")
    target = Target(stack, "told", AT_ONCE, rollback=["DEPLOYMENT_FAILURE"])
    sns = stack.client("sns")
    topic = sns.create_topic(Name="told")["TopicArn"]
    room = Listener(stack, "told-by-topic", "sns.amazonaws.com")
    sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=room.arn, Attributes={"RawMessageDelivery": "true"})
    bus = Listener(stack, "told-by-bus", "events.amazonaws.com")
    # As somebody writes it who has heard of CodeDeploy until now.
    stack.events.put_rule(Name="told", EventPattern=json.dumps({
        "source": ["aws.codedeploy", "cutover.codedeploy"], "detail": {"application": [target.name]}}))
    stack.events.put_targets(Rule="told", Targets=[{"Id": "queue", "Arn": bus.arn}])
    stack.codedeploy.update_deployment_group(
        applicationName=target.name, currentDeploymentGroupName="group",
        triggerConfigurations=[{"triggerName": "room", "triggerTargetArn": topic, "triggerEvents": EVENTS}])

    failed = target.deploy(BeforeAllowTraffic=hook)
    info = failed.await_end("Failed", 60)
    back = info["rollbackInfo"]["rollbackDeploymentId"]
    failed.await_end("Succeeded", 60, back)

    # Start, the end, and the rollback; then start and end of the rollback deployment.
    wait_until("the topic has told", lambda: len(room.listen()) >= 5, 60)
    by_id = {attributes["CutoverDelivery"]["StringValue"]: message for message, attributes in room.heard}
    told = [(by_id[id]["deploymentId"], by_id[id]["status"]) for id in sorted(by_id)
            if by_id[id]["deploymentId"] == failed.id]
    assert told[0] == (failed.id, "InProgress") and (failed.id, "Failed") in told[1:], told
    assert len(by_id) == 5 and {message["deploymentId"] for message in by_id.values()} == {failed.id, back}, by_id
    end = next(message for message in by_id.values() if "errorInformation" in message)
    assert end["eventTriggerName"] == "room" and end["applicationName"] == target.name
    assert end["errorInformation"]["ErrorCode"] == "HOOK_EXECUTION_FAILURE", end
    assert end["deploymentOverview"]["Failed"] == "1" and end["createTime"].count(".") == 1, end

    wait_until("the bus has told", lambda: len(bus.listen()) >= 4, 60)
    states = {(event["detail"]["deploymentId"], event["detail"]["state"]) for event, _ in bus.heard}
    assert states == {(failed.id, "START"), (failed.id, "FAILURE"), (back, "START"), (back, "SUCCESS")}, states
    for event, _ in bus.heard:
        assert event["detail-type"] == "CodeDeploy Deployment State-change Notification", event
        assert event["detail"]["deploymentGroup"] == "group" and len(event["resources"]) == 2, event
