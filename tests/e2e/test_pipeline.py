"""Actions of CodePipeline: the function is given jobs as CodePipeline gives them, and answers to what stands for it."""

import concurrent.futures
import io
import json
import re
import threading
import time
import uuid
import zipfile

import botocore.session
from botocore.validate import ParamValidator

from listener import Listener
from target import Target, create_hook, invoke, wait_until

BUCKET = "e2e-artifacts"
ANSWERS_SECS = 60


class CodePipeline(Listener):
    """The two operations that answer jobs. A job that was answered, or that nobody gave out, is refused as the service does
    it; requests are held against its model."""

    def __init__(self):
        self.model = botocore.session.get_session().get_service_model("codepipeline")
        self.open, self.told, self.refused, self.lock = set(), {}, [], threading.Lock()

    def answer(self, path, headers, body):
        operation = headers["x-amz-target"].removeprefix("CodePipeline_20150709.")
        assert "/codepipeline/aws4_request" in headers["authorization"], headers["authorization"]
        return self.take(operation, json.loads(body))

    def take(self, operation, body):
        found = ParamValidator().validate(body, self.model.operation_model(operation).input_shape).generate_report()
        token = body.get("continuationToken", "")
        if found or len(token) > 2048 or len(body.get("executionDetails", {}).get("summary", "")) > 2048:
            return 400, json.dumps({"__type": "ValidationException", "message": found}).encode()
        with self.lock:
            job = body["jobId"]
            if job not in self.open:
                self.refused.append(job)
                return 400, b'{"__type": "InvalidJobStateException", "message": "it is over"}'
            self.open.remove(job)
            self.told[job] = (operation, body)
        # As the service does: nothing.
        return 200, b""

    def give(self):
        job = str(uuid.uuid4())
        self.open.add(job)
        return job


class Action:
    """An action of a pipeline, with artifacts of its own."""

    def __init__(self, stack, pipelines, name, parameters, files, credentials):
        self.stack, self.pipelines, self.parameters, self.credentials = stack, pipelines, parameters, credentials
        self.key = f"{name}/Build/{uuid.uuid4().hex[:7]}"
        buffer = io.BytesIO()
        with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
            for path, text in files.items():
                archive.writestr(path, text)
        stack.client("s3").put_object(Bucket=BUCKET, Key=self.key, Body=buffer.getvalue())

    def event(self, job, token=None):
        """As the user guide of CodePipeline shows it."""
        data = {
            "actionConfiguration": {"configuration": {
                "FunctionName": "pipeline-action", "UserParameters": json.dumps(self.parameters)}},
            "inputArtifacts": [{"name": "Build", "revision": None, "location": {
                "type": "S3", "s3Location": {"bucketName": BUCKET, "objectKey": self.key}}}],
            "outputArtifacts": [],
            "artifactCredentials": {
                "accessKeyId": self.credentials["AccessKeyId"], "secretAccessKey": self.credentials["SecretAccessKey"],
                "sessionToken": self.credentials["SessionToken"],
                "expirationTime": int(self.credentials["Expiration"].timestamp() * 1000)},
        }
        if token:
            data["continuationToken"] = token
        return {"CodePipeline.job": {"id": job, "accountId": "000000000000", "data": data}}

    def ask(self, token=None, times=1):
        """Gives a job out, delivers it so often, and says what it was answered."""
        job = self.pipelines.give()
        event = self.event(job, token)
        with concurrent.futures.ThreadPoolExecutor(times) as pool:
            function = self.stack.outputs["PipelineActionFunction"]
            list(pool.map(lambda _: invoke(self.stack, function, event), range(times)))
        return job, *self.pipelines.told[job]

    def run(self, times=1):
        """To its end; gives every answer."""
        job, operation, answer = self.ask(times=times)
        answers = [answer]
        until = time.monotonic() + 240
        while "continuationToken" in answer:
            assert time.monotonic() < until, answers
            time.sleep(2)
            _, operation, answer = self.ask(answer["continuationToken"])
            answers.append(answer)
        return job, operation, answers


def credentials(stack, name, *statements):
    """Those of a session of a role that may do this."""
    iam, account = stack.client("iam"), {"AWS": "*"}
    trust = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": account}]}
    role = iam.create_role(RoleName=name, AssumeRolePolicyDocument=json.dumps(trust))["Role"]["Arn"]
    if statements:
        policy = {"Version": "2012-10-17", "Statement": list(statements)}
        iam.put_role_policy(RoleName=name, PolicyName="p", PolicyDocument=json.dumps(policy))
    return stack.client("sts").assume_role(RoleArn=role, RoleSessionName="pipeline")["Credentials"]


def app_spec(target, **hooks):
    revision = json.loads(target.revision(hooks)["appSpecContent"]["content"])
    revision["Resources"][0][target.name]["Properties"]["TargetVersion"] = "<VERSION>"
    return json.dumps(revision)


def succeeds(action, target):
    job, operation, answers = action.run(times=3)
    assert operation == "PutJobSuccessResult", answers
    listed = action.stack.codedeploy.list_deployments(applicationName=target.name, deploymentGroupName="group")
    (deployment,) = listed["deployments"]
    assert answers[-1]["outputVariables"] == {"deploymentId": deployment}, answers
    assert {answer["executionDetails"]["externalExecutionId"] for answer in answers} == {deployment}, answers
    percents = [answer["executionDetails"].get("percentComplete") for answer in answers]
    assert percents[0] == 0 and 50 in percents and percents[-1] == 100, percents
    # Of three deliveries one was answered, and the others left alone.
    assert action.pipelines.refused.count(job) == 2, action.pipelines.refused
    assert target.weights() == {"2": 1}


def fails(action, target):
    _, operation, answers = action.run()
    assert operation == "PutJobFailureResult", answers
    failure = answers[-1]["failureDetails"]
    info = action.stack.codedeploy.get_deployment(deploymentId=failure["externalExecutionId"])["deploymentInfo"]
    rollback = info["rollbackInfo"]["rollbackDeploymentId"]
    assert failure["type"] == "JobFailed" and f"rollback deployment {rollback} is Succeeded" in failure["message"], failure
    assert "HOOK_EXECUTION_FAILURE" in failure["message"], failure
    assert target.weights() == {"1": 1}


def test_pipeline(stack):
    s3 = stack.client("s3")
    s3.create_bucket(Bucket=BUCKET)
    may_read = {"Effect": "Allow", "Action": "s3:GetObject", "Resource": f"arn:aws:s3:::{BUCKET}/*"}
    reader = credentials(stack, "e2e-pipeline", may_read)
    function = stack.outputs["PipelineActionFunction"]
    with CodePipeline() as pipelines, concurrent.futures.ThreadPoolExecutor(2) as pool:
        variables = stack.lambda_.get_function_configuration(FunctionName=function)["Environment"]["Variables"]
        stack.lambda_.update_function_configuration(
            FunctionName=function, Environment={"Variables": {
                **variables, "AWS_ENDPOINT_URL_CODEPIPELINE": pipelines.url, "RUST_LOG": "trace"}})

        def action(target, files, **more):
            parameters = {"applicationName": target.name, "deploymentGroupName": "group",
                          "placeholders": {"VERSION": "2"}, **more}
            return Action(stack, pipelines, target.name, parameters, files, reader)

        good = Target(stack, "pipeline-good", stack.canary)
        bad = Target(stack, "pipeline-bad", "CodeDeployDefault.LambdaAllAtOnce", rollback=["DEPLOYMENT_FAILURE"])
        hook = create_hook(stack, "CodeDeployHook_pipeline-bad", "Failed")
        runs = [pool.submit(succeeds, action(good, {"deploy/a.json": app_spec(good)}, appSpecTemplatePath="deploy/a.json"), good),
                pool.submit(fails, action(bad, {"appspec.yaml": app_spec(bad, AfterAllowTraffic=hook)}), bad)]
        for run in runs:
            run.result()

        other = action(good, {"readme": ""})
        _, operation, answer = other.ask()
        expected = {"type": "ConfigurationError",
                    "message": "the artifact Build has no file appspec.yaml or appspec.yml or appspec.json"}
        assert (operation, answer["failureDetails"]) == ("PutJobFailureResult", expected), answer
        other.key = "nothing"
        assert other.ask()[2]["failureDetails"]["type"] == "RevisionUnavailable"
        other.credentials = credentials(stack, "e2e-pipeline-without")
        told = other.ask()[2]["failureDetails"]
        assert told["type"] == "PermissionError" and "AccessDenied" in told["message"], told

        def logged():
            group = stack.lambda_.get_function_configuration(FunctionName=function)["LoggingConfig"]["LogGroup"]
            return [event["message"] for event in stack.logs.filter_log_events(logGroupName=group)["events"]]
        lines = wait_until("the log of jobs", logged, ANSWERS_SECS)
        assert any("DEBUG" in line for line in lines), "all is logged that may be"
        for secret in (reader["SecretAccessKey"], reader["SessionToken"], reader["AccessKeyId"]):
            assert not re.search(re.escape(secret), "\n".join(lines)), "credentials are in the log"
