"""Stacks of others, whose aliases Cutover shifts: the macro's function transforms their template, the emulator's
CloudFormation runs the custom resource and the wait condition.
"""

import io
import json
import uuid
import zipfile

from target import ALIAS, TARGET, Target, Watch, create_hook, invoke, wait_until

AT_ONCE = "CodeDeployDefault.LambdaAllAtOnce"
OVER = {"CREATE_COMPLETE", "UPDATE_COMPLETE", "UPDATE_ROLLBACK_COMPLETE", "ROLLBACK_COMPLETE", "CREATE_FAILED",
        "UPDATE_ROLLBACK_FAILED", "ROLLBACK_FAILED", "DELETE_FAILED"}


class UserStack:
    """A stack with one function, as somebody wrote it who uses the macro. `live` in its template is the alias."""

    def __init__(self, stack, name, config):
        self.stack, self.name, self.config = stack, name, config
        self.cloudformation = stack.client("cloudformation")
        self.macro = f"macro-{name}"
        self._create_macro()

    def _create_macro(self):
        """infra/macro.yaml's function; the emulator knows no macros, so it is invoked from here."""
        packed = io.BytesIO()
        with zipfile.ZipFile(packed, "w") as file:
            entry = zipfile.ZipInfo("bootstrap")
            entry.external_attr = 0o755 << 16
            file.writestr(entry, (self.stack.bootstraps / "stack-transform").read_bytes())
        variables = {"CUTOVER_SHIFT_SERVICE_TOKEN": self.stack.outputs["ShiftServiceToken"]}
        self.stack.lambda_.create_function(
            FunctionName=self.macro, Runtime="provided.al2023", Handler="bootstrap", Role=self.stack.role,
            Timeout=15, Code={"ZipFile": packed.getvalue()}, Environment={"Variables": variables})

    def template(self, version, hooks):
        """The template with this version of the code."""
        ref = lambda name: {"Ref": name}  # noqa: E731
        fragment = {"Resources": {
            "Shop": {"Type": "AWS::Lambda::Function", "Properties": {
                "FunctionName": self.name, "Runtime": "python3.12", "Handler": "index.handler",
                "Role": self.stack.role, "Code": {"ZipFile": TARGET % version}}},
            f"ShopVersion{version}": {"Type": "AWS::Lambda::Version", "DeletionPolicy": "Retain", "Properties": {
                "FunctionName": ref("Shop")}},
            "Live": {"Type": "AWS::Lambda::Alias",
                     "Properties": {"FunctionName": ref("Shop"), "Name": ALIAS,
                                    "FunctionVersion": {"Fn::GetAtt": [f"ShopVersion{version}", "Version"]}},
                     "UpdatePolicy": {"CodeDeployLambdaAliasUpdate": {
                         "ApplicationName": ref("Application"), "DeploymentGroupName": ref("Group"), **hooks}}},
            "Application": {"Type": "AWS::CodeDeploy::Application", "Properties": {"ComputePlatform": "Lambda"}},
            "Group": {"Type": "AWS::CodeDeploy::DeploymentGroup", "Properties": {
                "ApplicationName": ref("Application"), "DeploymentConfigName": self.config,
                "ServiceRoleArn": self.stack.role,
                "AutoRollbackConfiguration": {"Enabled": True, "Events": ["DEPLOYMENT_FAILURE"]}}},
        }, "Outputs": {"Application": {"Value": ref("Application")}, "Group": {"Value": ref("Group")}}}
        request = {"region": "us-east-1", "accountId": "000000000000", "fragment": fragment, "params": {},
                   "transformId": "000000000000::Cutover", "requestId": str(uuid.uuid4()),
                   "templateParameterValues": {}}
        answer = invoke(self.stack, self.macro, request)
        assert (answer["status"], answer["requestId"]) == ("success", request["requestId"]), answer
        return json.dumps(answer["fragment"])

    def create(self):
        self.cloudformation.create_stack(StackName=self.name, TemplateBody=self.template("1", {}))
        self.await_end("CREATE_COMPLETE", 60)

    def update(self, version, **hooks):
        """Begins an update."""
        self.cloudformation.update_stack(StackName=self.name, TemplateBody=self.template(version, hooks))

    def status(self):
        return self.cloudformation.describe_stacks(StackName=self.name)["Stacks"][0]["StackStatus"]

    def await_end(self, status, seconds):
        found = wait_until(f"{self.name} over", lambda: (told := self.status()) in OVER and told, seconds)
        events = self.cloudformation.describe_stack_events(StackName=self.name)["StackEvents"]
        told = [(e["LogicalResourceId"], e["ResourceStatus"], e.get("ResourceStatusReason")) for e in events[:40]]
        assert found == status, (found, told)
        return told

    def outputs(self):
        described = self.cloudformation.describe_stacks(StackName=self.name)["Stacks"][0]
        return {o["OutputKey"]: o["OutputValue"] for o in described["Outputs"]}

    def deployments(self):
        """Those of its group, as the API tells of them."""
        names = {"applicationName": f"{self.name}-Application", "deploymentGroupName": f"{self.name}-Group"}
        client = self.stack.codedeploy
        ids = client.list_deployments(**names)["deployments"]
        return [client.get_deployment(deploymentId=id)["deploymentInfo"] for id in ids]

    weights = Target.weights


def test_stack_is_updated_by_a_canary(stack):
    user = UserStack(stack, "stack-canary", stack.canary)
    user.create()
    assert user.weights() == {"1": 1}
    assert user.outputs() == {"Application": "stack-canary-Application", "Group": "stack-canary-Group"}
    assert user.deployments() == []

    before = create_hook(stack, "CodeDeployHook_stack_canary")
    watch = Watch(user)
    user.update("2", BeforeAllowTrafficHook=before)
    wait_until("half of the traffic", lambda: user.weights() == {"1": 0.5, "2": 0.5}, 60)
    assert user.status() == "UPDATE_IN_PROGRESS"
    user.await_end("UPDATE_COMPLETE", 150)
    seen = [weights for _, weights in watch.end()]
    assert seen == [{"1": 1}, {"1": 0.5, "2": 0.5}, {"2": 1}], seen
    (deployment,) = user.deployments()
    assert deployment["status"] == "Succeeded", deployment

    user.cloudformation.delete_stack(StackName="stack-canary")
    wait_until("the application gone", lambda: "stack-canary-Application" not in
               stack.codedeploy.list_applications()["applications"], 60)


def test_stack_rolls_back_with_its_deployment(stack):
    user = UserStack(stack, "stack-hook", AT_ONCE)
    user.create()
    hook = create_hook(stack, "CodeDeployHook_stack_hook", "Failed")
    watch = Watch(user)
    user.update("2", AfterAllowTrafficHook=hook)
    told = user.await_end("UPDATE_ROLLBACK_COMPLETE", 120)
    assert any("ShiftWait" in id and "FAIL" in status and reason for id, status, reason in told), told
    seen = [weights for _, weights in watch.end()]
    assert seen == [{"1": 1}, {"2": 1}, {"1": 1}], seen
    assert sorted(one["status"] for one in user.deployments()) == ["Failed", "Succeeded"]

    # And it can be updated again.
    user.update("3")
    user.await_end("UPDATE_COMPLETE", 120)
    assert list(user.weights().values()) == [1] and user.weights() != {"1": 1}


def test_stack_update_is_cancelled(stack):
    user = UserStack(stack, "stack-cancelled", stack.canary)
    user.create()
    user.update("2")
    wait_until("half of the traffic", lambda: user.weights() == {"1": 0.5, "2": 0.5}, 60)
    user.cloudformation.cancel_update_stack(StackName=user.name)
    user.await_end("UPDATE_ROLLBACK_COMPLETE", 180)
    assert user.weights() == {"1": 1}
