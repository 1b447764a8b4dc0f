"""`cutover serve --auth keys`: who may call, who may do what, and who did."""

import datetime
import json
import os
import stat
import time
import urllib.error
import urllib.parse
import urllib.request

import boto3
import pytest
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials
from botocore.exceptions import ClientError

from keyed import OTHER_REGION, Keyed, records, refusal
from scene import ROLE, STYLE, Scene
from support import ACCOUNT, PATIENCE, REGION, Server, environment, making, wait_until

JSON_11 = "application/x-amz-json-1.1"


@pytest.fixture(scope="module")
def keyed(tmp_path_factory):
    with Keyed(tmp_path_factory.mktemp("keyed") / "data", speed=60) as server:
        yield server


@pytest.fixture(scope="module")
def keyed_scene(keyed, tmp_path_factory):
    return Scene(keyed, tmp_path_factory.mktemp("keyed-scripts"))


def signed(server, key=None, operation="ListApplications", body="{}", region=REGION, service="codedeploy",
           moment=None, monkeypatch=None):
    """The headers of a request as botocore signs it, at another moment if one is given."""
    request = AWSRequest("POST", server.endpoint + "/", data=body, headers={
        "Content-Type": JSON_11, "X-Amz-Target": "CodeDeploy_20141006." + operation,
        "Host": urllib.parse.urlsplit(server.endpoint).netloc})
    if moment is not None:
        monkeypatch.setattr("botocore.auth.get_current_datetime", lambda *_, **__: moment)
    SigV4Auth(Credentials(*(key or server.root)), service, region).add_auth(request)
    return dict(request.headers.items())


def test_the_same_request_passes_signed_and_nothing_else_does(keyed):
    headers = signed(keyed)
    assert keyed.post(headers, "{}") == (200, {"applications": []})
    # Signed, and changed on the way: body, target, host, path, signature.
    mismatch = "The request signature we calculated does not match the signature you provided."
    for changed, body, path in [
        (headers, '{"nextToken": "x"}', "/"),
        (headers, "", "/"),
        ({**headers, "X-Amz-Target": "CodeDeploy_20141006.ListDeploymentConfigs"}, "{}", "/"),
        ({**headers, "Host": "localhost:1"}, "{}", "/"),
        (headers, "{}", "/elsewhere"),
        (headers, "{}", "/?a=b"),
        ({**headers, "Authorization": headers["Authorization"][:-4] + "0000"}, "{}", "/"),
    ]:
        status, answer = keyed.post(changed, body, path)
        assert (status, answer["__type"]) == (400, "InvalidSignatureException"), answer
        assert answer["message"].startswith(mismatch), answer


def test_without_a_whole_signature(keyed):
    headers = signed(keyed)
    bare = {name: value for name, value in headers.items() if name != "Authorization"}
    undated = {name: value for name, value in headers.items() if name != "X-Amz-Date"}
    for sent, code in [
        (bare, "MissingAuthenticationTokenException"),
        (undated, "IncompleteSignatureException"),
        ({**headers, "Authorization": "Bearer token"}, "IncompleteSignatureException"),
        ({**headers, "Authorization": headers["Authorization"].split(", Signature")[0]}, "IncompleteSignatureException"),
        ({**headers, "Authorization": headers["Authorization"].replace(";x-amz-target", "")}, "InvalidSignatureException"),
    ]:
        status, answer = keyed.post(sent, "{}")
        assert (status, answer["__type"]) == (400, code), answer


@pytest.mark.parametrize("minutes, said", [(-6, "Signature expired: "), (6, "Signature not yet current: ")])
def test_a_request_of_another_time(keyed, monkeypatch, minutes, said):
    moment = datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(minutes=minutes)
    status, answer = keyed.post(signed(keyed, moment=moment, monkeypatch=monkeypatch), "{}")
    assert (status, answer["__type"]) == (400, "InvalidSignatureException")
    assert answer["message"].startswith(said), answer


def test_four_minutes_of_skew_pass(keyed, monkeypatch):
    for minutes in (-4, 4):
        moment = datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(minutes=minutes)
        assert keyed.post(signed(keyed, moment=moment, monkeypatch=monkeypatch), "{}")[0] == 200


def test_a_wrong_region_and_a_wrong_service(keyed):
    code, message = refusal(keyed.boto3(region="us-west-2").list_applications)
    assert (code, message) == ("InvalidSignatureException",
                               "Credential should be scoped to a valid region, not 'us-west-2': "
                               f"here it is {REGION} or {OTHER_REGION}.")
    status, answer = keyed.post(signed(keyed, service="lambda"), "{}")
    assert (status, answer["__type"]) == (400, "InvalidSignatureException")
    assert answer["message"] == "Credential should be scoped to correct service: 'codedeploy'."


def test_an_unknown_key_a_wrong_secret_a_foreign_session(keyed):
    identity, secret = keyed.root
    assert refusal(keyed.boto3(("CUTOAAAAAAAAAAAAAAAA", secret)).list_applications)[0] == "UnrecognizedClientException"
    assert refusal(keyed.boto3((identity, "x" * 40)).list_applications)[0] == "InvalidSignatureException"
    status, answer = keyed.post({**signed(keyed), "X-Amz-Security-Token": "t"}, "{}")
    assert (status, answer["__type"]) == (400, "UnrecognizedClientException")


def test_a_revoked_key_ends_at_once_and_stays_revoked(new_keyed):
    server = new_keyed()
    key = server.key("ci", "operator")
    client = server.boto3(key)
    client.list_applications()
    assert "is revoked" in server.cutover("keys", "revoke", key[0])
    assert refusal(client.list_applications)[0] == "UnrecognizedClientException"
    listed = {entry["accessKeyId"]: entry for entry in server.cutover_json("keys", "list")["accessKeys"]}
    assert listed[key[0]]["revokedBy"] == f"arn:aws:iam::{ACCOUNT}:user/root"
    kept = server.key("ops", "operator")
    server.terminate()
    server.start()
    assert refusal(server.boto3(key).list_applications)[0] == "UnrecognizedClientException"
    server.boto3(kept).list_applications()


@pytest.fixture
def new_keyed(tmp_path):
    """Makes a keyed server of the test's own, ended with the test."""
    yield from making(Keyed, tmp_path)


def test_secrets_are_shown_once_and_sealed_at_rest(new_keyed):
    server = new_keyed()
    _, secret = server.key("ci", "read-only")
    assert len(secret) == 40
    assert secret not in server.cutover("--json", "keys", "list")
    for name in ("master-key", "root-credentials"):
        assert stat.S_IMODE(os.stat(server.data / name).st_mode) == 0o600, name
    server.terminate()
    everything = b"".join(path.read_bytes() for path in server.data.iterdir() if path.name.startswith("cutover.db"))
    assert b"read-only" in everything and secret.encode() not in everything
    # Another master key opens none of them, and one that others can read is none.
    master = server.data / "master-key"
    kept = master.read_text(encoding="utf-8")
    master.unlink()
    status, said = server.start_refused()
    assert status == 1 and "sealed with another master key" in said, said
    master.write_text(kept, encoding="utf-8")
    master.chmod(0o644)
    status, said = server.start_refused()
    assert status == 1 and "can be read by others: chmod 600" in said, said


def test_a_lost_root_key_is_replaced_at_the_next_start(new_keyed):
    server = new_keyed()
    before = server.root
    server.terminate()
    server.start()
    assert server.root == before
    server.terminate()
    (server.data / "root-credentials").unlink()
    server.start()
    assert server.root != before
    server.boto3().list_applications()
    assert refusal(server.boto3(before).list_applications)[0] == "UnrecognizedClientException"


def test_roles_reach_as_far_as_they_say(keyed, keyed_scene):
    function, application, group = deployable(keyed_scene)
    hook = {"deploymentId": "d-AAAAAAAAA", "lifecycleEventHookExecutionId": "x", "status": "Succeeded"}
    calls = {
        "ListApplications": lambda client: client.list_applications(),
        "StopDeployment": lambda client: client.stop_deployment(deploymentId="d-AAAAAAAAA"),
        "PutLifecycleEventHookExecutionStatus":
            lambda client: client.put_lifecycle_event_hook_execution_status(**hook),
        "DeleteApplication": lambda client: client.delete_application(applicationName="none"),
    }
    for role, reaches in {
        "read-only": ["ListApplications"],
        "agent": ["PutLifecycleEventHookExecutionStatus"],
        "deployer": ["ListApplications", "StopDeployment", "PutLifecycleEventHookExecutionStatus"],
        "operator": list(calls),
    }.items():
        client = keyed.boto3(keyed.key(f"a-{role}", role))
        for operation, call in calls.items():
            try:
                call(client)
                code, message = "OK", ""
            except ClientError as error:
                code, message = error.response["Error"]["Code"], error.response["Error"]["Message"]
            assert (code != "AccessDeniedException") == (operation in reaches), (role, operation, code)
            if code == "AccessDeniedException":
                assert message == (f"User: arn:aws:iam::{ACCOUNT}:user/a-{role} is not authorized to perform: "
                                   f"codedeploy:{operation} on resource: *")
    # Functions, alarms, keys and the audit of the machine are an operator's.
    reader = keyed.key("reader", "read-only")
    for words in (["functions", "alias", function, "live", "--version", "2"], ["alarms", "put", "a"], ["audit"],
                  ["keys", "list"], ["keys", "create", "me", "--role", "operator"]):
        done = keyed.run_cutover(*words, key=reader)
        assert done.returncode == 1 and "(AccessDeniedException)" in done.stderr, (words, done.stderr)
    assert keyed.run_cutover("functions", "show", function, key=reader).returncode == 0


def deployable(scene):
    """A function, an application and a group in it."""
    function, application = scene.function(), scene.name("application")
    scene.client.create_application(applicationName=application, computePlatform="Lambda")
    scene.client.create_deployment_group(
        applicationName=application, deploymentGroupName="group", serviceRoleArn=ROLE, deploymentStyle=STYLE,
        deploymentConfigName="Short")
    return function, application, "group"


def test_a_bound_deployer_deploys_what_it_is_bound_to(keyed, keyed_scene):
    function, application, group = deployable(keyed_scene)
    _, other, _ = deployable(keyed_scene)
    key = keyed.key("bound", "deployer", application)

    def deploy(name, *more):
        return keyed.run_cutover("deploy", "--application", name, "--group", group, "--function", function, "--alias",
                                 "live", "--to", "2", *more, key=key)

    refused = deploy(other)
    assert refused.returncode == 1 and f":application:{other} (AccessDeniedException)" in refused.stderr, refused.stderr
    done = deploy(application, "--watch")
    assert done.returncode == 0, done.stderr


def test_hooks_of_this_machine_report_with_a_key_of_their_own(keyed, keyed_scene):
    function, application, group = deployable(keyed_scene)
    for hook in (keyed_scene.hook(), keyed_scene.aws_hook()):
        keyed.cutover("functions", "alias", function, "live", "--version", "1")
        done = keyed.run_cutover("deploy", "--application", application, "--group", group, "--function", function,
                                 "--alias", "live", "--to", "2", "--before-hook", hook, "--watch")
        assert done.returncode == 0, done.stderr + keyed.log()[-2000:]
    operations = [(r["user"].rsplit("/")[-1], r["operation"]) for r in records(keyed)]
    assert ("functions", "PutLifecycleEventHookExecutionStatus") in operations


def test_every_change_is_in_the_audit(keyed):
    client = keyed.boto3(keyed.key("auditee", "operator"))
    made = client.create_application(applicationName="audited", computePlatform="Lambda")
    request = made["ResponseMetadata"]["RequestId"]
    refusal(client.create_application, applicationName="audited", computePlatform="Lambda")
    client.get_application(applicationName="audited")
    refusal(keyed.boto3(keyed.key("looker", "read-only")).delete_application, applicationName="audited")
    second, first = records(keyed, "--user", "auditee")
    assert first == {
        "time": first["time"], "user": f"arn:aws:iam::{ACCOUNT}:user/auditee", "operation": "CreateApplication",
        "resource": "application audited", "requestId": request, "sourceAddress": "127.0.0.1",
        "outcome": "Succeeded", "result": made["applicationId"]}
    assert abs(first["time"] - time.time()) < PATIENCE
    assert (second["outcome"], second["errorCode"]) == ("Refused", "ApplicationAlreadyExistsException")
    [denied] = records(keyed, "--user", "looker")
    assert (denied["operation"], denied["errorCode"]) == ("DeleteApplication", "AccessDeniedException")
    assert any(r["operation"] == "CreateAccessKey" and r["resource"] == "key auditee" for r in records(keyed))
    # For a person, and in the access log by the same request id.
    assert "auditee" in keyed.cutover("audit") and request in keyed.log()
    assert records(keyed, "--since", "1s", "--user", "nobody") == []


def test_regions_have_their_own_applications(keyed):
    here, there = keyed.boto3(), keyed.boto3(region=OTHER_REGION)
    there.create_application(applicationName="there", computePlatform="Lambda")
    assert there.list_applications()["applications"] == ["there"]
    assert "there" not in here.list_applications()["applications"]


def test_the_cli_signs_with_the_environment_or_says_what_is_missing(keyed):
    assert keyed.run_cutover("list").returncode == 0
    bare = {"AWS_ACCESS_KEY_ID": "", "AWS_SECRET_ACCESS_KEY": ""}
    done = keyed.run_cutover("list", **bare)
    assert done.returncode == 1 and "AWS_ACCESS_KEY_ID" in done.stderr, done.stderr
    # On the service's machine the data folder's root key serves for keys.
    assert keyed.run_cutover("keys", "list", "--data", keyed.data, **bare).returncode == 0
    # The unchanged AWS CLI with an issued key.
    assert "applications" in keyed.aws("list-applications")


def test_too_many_requests_are_throttled_and_others_are_not(new_keyed):
    server = new_keyed(options=["--rate-limit", "1", "--rate-burst", "5"])
    key = server.key("eager", "read-only")
    client = server.boto3(key)
    # A busy machine is slow, and a token comes back every second: more than five may pass.
    told, calls = None, 0
    while told is None and calls < 200:
        calls += 1
        try:
            client.list_applications()
        except ClientError as error:
            told = error.response["Error"]["Code"], error.response["Error"]["Message"]
    assert told == ("ThrottlingException", "Rate exceeded") and calls > 5
    server.boto3().list_applications()
    # Clients try again by themselves.
    patient = server.boto3(key, retries={"max_attempts": 8, "mode": "standard"})
    patient.list_applications()


def test_a_request_that_is_too_long(new_keyed):
    server = new_keyed(options=["--max-request", "64"])
    body = json.dumps({"applicationName": "x" * (65 << 10)})
    status, answer = server.post(signed(server, body=body), body)
    assert (status, answer["__type"]) == (413, "RequestEntityTooLargeException")


def test_only_keys_open_other_addresses(tmp_path):
    # An address of documentation: nothing is listened on there, the refusal comes before.
    server = Server(tmp_path / "open", options=["--auth", "none"])
    server.listen = "192.0.2.1:7171"
    status, said = server.start_refused()
    assert status == 1 and "only a loopback address may be listened on" in said and "--auth keys" in said, said
    server = Server(tmp_path / "odd", options=["--auth", "keys", "--other-regions", "moon"])
    status, said = server.start_refused()
    assert status == 1 and "is no name of a region" in said, said


def test_without_a_check_any_region_has_its_own_state(new_server):
    server = new_server()
    clients = [boto3.client("codedeploy", endpoint_url=server.endpoint, region_name=region, aws_access_key_id="any",
                            aws_secret_access_key="any") for region in ("us-east-1", "ap-southeast-2")]
    clients[0].create_application(applicationName="east", computePlatform="Lambda")
    assert [client.list_applications()["applications"] for client in clients] == [["east"], []]
    # An unsigned call belongs to the server's own region.
    done = server.run_cutover("--json", "audit", AWS_ACCESS_KEY_ID="", AWS_SECRET_ACCESS_KEY="")
    assert json.loads(done.stdout)["auditRecords"] == []
    [record] = json.loads(server.run_cutover("--json", "audit", AWS_DEFAULT_REGION="us-east-1").stdout)["auditRecords"]
    assert record["user"] == "any (not verified)"


def fetch(server, path):
    with urllib.request.urlopen(server.endpoint + path, timeout=PATIENCE) as answer:
        return answer.headers, answer.read().decode()


def test_health_readiness_and_metrics_need_no_key_and_name_nobody(keyed):
    keyed.boto3().list_applications()
    for path in ("/health", "/ready"):
        headers, text = fetch(keyed, path)
        assert text == "ok\n" and headers["x-amzn-RequestId"]
    headers, text = fetch(keyed, "/metrics")
    assert headers["Content-Type"].startswith("application/openmetrics-text")
    assert 'cutover_requests_total{operation="ListApplications",code="OK"}' in text
    assert 'cutover_request_duration_seconds_bucket{le="0.1",operation="ListApplications"}' in text
    assert "cutover_store_writable 1\n" in text and text.endswith("# EOF\n")
    assert ACCOUNT not in text and "root" not in text


def test_health_tells_of_a_disk_that_failed(new_server):
    server = new_server()
    client = server.boto3(retries={"max_attempts": 0})
    for number in range(40):
        client.create_application(applicationName=f"{'a' * 80}{number}", computePlatform="Lambda")
    server.terminate()
    server.start()
    client = server.boto3(retries={"max_attempts": 0})
    # All pages but the first hold something else from now on.
    database = server.data / "cutover.db"
    with open(database, "r+b") as file:
        file.seek(4096)
        file.write(b"\xff" * (database.stat().st_size - 4096))
    code = refusal(client.create_application, applicationName="late", computePlatform="Lambda")[0]
    assert code == "InternalFailure"
    with pytest.raises(urllib.error.HTTPError) as told:
        fetch(server, "/health")
    assert told.value.code == 503 and b"start the service again" in told.value.read()
    assert "cutover_store_writable 0\n" in fetch(server, "/metrics")[1]


def test_deployments_that_run_are_counted(new_keyed, tmp_path):
    server = new_keyed()
    scene = Scene(server, tmp_path)
    function, application, group = deployable(scene)
    assert "cutover_deployments_running 0\n" in fetch(server, "/metrics")[1]
    server.cutover("deploy", "--application", application, "--group", group, "--function", function, "--alias", "live",
                   "--to", "2", "--config", "Long")
    _, text = fetch(server, "/metrics")
    assert "cutover_deployments_running 1\n" in text and "cutover_deployments_overdue 0\n" in text


def test_a_request_leaves_one_line_in_the_access_log(keyed):
    client = keyed.boto3()
    request = client.list_deployment_configs()["ResponseMetadata"]["RequestId"]
    line, = wait_until("a line", lambda: [line for line in keyed.log().splitlines() if request in line])
    for part in ("operation=\"ListDeploymentConfigs\"", "status=200", "user/root", "ms=", "sent="):
        assert part in line, line
    assert environment()["AWS_SECRET_ACCESS_KEY"] != keyed.root[1] not in keyed.log()
