"""The custom resource of CloudFormation stacks, asked as CloudFormation asks it."""

import json

from listener import Listener
from target import ALIAS, Deployment, Target, Watch, invoke


class Answers(Listener):
    """Takes what is put to its addresses."""

    def __init__(self):
        self.taken = []

    def answer(self, path, headers, body):
        self.taken.append((path, headers.get("content-type"), json.loads(body)))
        return 200, b""

    def at(self, path):
        return [(content_type, body) for taken, content_type, body in self.taken if taken == path]


def test_shift_is_deleted_during_a_canary(stack):
    """As when a create that moves an alias fails elsewhere; and whatever comes twice is done once."""
    target = Target(stack, "shift-direct", stack.canary)
    with Answers() as answers:
        def ask(kind, id, **more):
            properties = {"FunctionName": target.name, "AliasName": ALIAS, "TargetVersion": "2",
                          "ApplicationName": target.name, "DeploymentGroupName": "group",
                          "CallbackUrl": f"{answers.url}/handle"}
            event = {"RequestType": kind, "RequestId": id, "ResponseURL": f"{answers.url}/{id}",
                     "ResourceType": "Custom::CutoverLambdaShift", "LogicalResourceId": "Shift",
                     "StackId": "arn:aws:cloudformation:us-east-1:000000000000:stack/direct/0a",
                     "ResourceProperties": properties, **more}
            invoke(stack, stack.outputs["ShiftServiceToken"], event)
            return answers.at(f"/{id}")[-1]

        watch = Watch(target)
        first = ask("Create", "create")
        assert first[0] in ("", None) and first[1]["Status"] == "SUCCESS", first
        assert ask("Create", "create") == first
        deployment = Deployment(target, first[1]["Data"]["DeploymentId"], watch)
        deployment.await_weights({"1": 0.5, "2": 0.5}, 60)
        deleted = ask("Delete", "delete", PhysicalResourceId=first[1]["PhysicalResourceId"])
        assert deleted[1]["Status"] == "SUCCESS", deleted
        deployment.await_end("Stopped", 60)
        deployment.check_history({"1": 1}, {"1": 0.5, "2": 0.5}, {"1": 1})
        ids = stack.codedeploy.list_deployments(applicationName=target.name, deploymentGroupName="group")
        assert ids["deployments"] == [deployment.id], ids
