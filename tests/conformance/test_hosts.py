"""Hosts of `cutover serve`: how they enrol, their queues in the protocol of SQS, and how they are cut off."""

import concurrent.futures
import hashlib
import json
import stat
import subprocess
import threading
import time

import pytest

from host import Host, Key, ask, signed, sqs
from keyed import OTHER_REGION, Keyed, records, refusal
from support import ACCOUNT, PATIENCE, REGION, environment, making, wait_until

NO_QUEUE = "AWS.SimpleQueueService.NonExistentQueue"


@pytest.fixture(scope="module")
def keyed(tmp_path_factory):
    with Keyed(tmp_path_factory.mktemp("hosts") / "data") as server:
        yield server


@pytest.fixture
def new_keyed(tmp_path):
    yield from making(Keyed, tmp_path)


def token(server, *arguments):
    return server.cutover_json("hosts", "token", *arguments)["token"]


def enrolment(server, folder, key=None, **input):
    """EnrollHost; the refusal's code and words."""
    status, answer = ask(server, "EnrollHost", {"publicKey": (key or Key(folder, "other")).public, **input})
    assert status == 400, answer
    return answer["__type"], answer["message"]


def test_a_host_enrols_with_a_token_and_polls(keyed, tmp_path):
    host = Host.enrol(keyed, tmp_path, "web-1", "--tag", "env=prod", "--tag", "tier=web")
    assert (host.answer["account"], host.answer["region"]) == (ACCOUNT, REGION)
    assert host.queue == f"{keyed.endpoint}/{ACCOUNT}/host-web-1"
    assert host.reports == f"{keyed.endpoint}/{ACCOUNT}/fleet-report"
    [order_key] = host.answer["orderKeys"]
    assert len(order_key["keyId"]) == 16 and len(order_key["publicKey"]) == 44
    assert stat.S_IMODE((keyed.data / "order-key").stat().st_mode) == 0o600
    assert host.poll() == []
    began = time.monotonic()
    assert host.poll(1, MaxNumberOfMessages=10, VisibilityTimeout=60, AttributeNames=["All"]) == []
    assert time.monotonic() - began >= 1
    # It is an on-premises instance as any other.
    info = keyed.boto3().get_on_premises_instance(instanceName="web-1")["instanceInfo"]
    assert info["iamSessionArn"] == f"arn:aws:sts::{ACCOUNT}:assumed-role/cutover-host/web-1"
    assert info["tags"] == [{"Key": "env", "Value": "prod"}, {"Key": "tier", "Value": "web"}]
    assert "web-1" in keyed.cutover("hosts", "list")
    # What it did is recorded under its name, and the token nowhere.
    [record] = [r for r in records(keyed) if r["operation"] == "EnrollHost" and r["user"].endswith("/web-1")]
    assert (record["user"], record["resource"]) == (info["iamSessionArn"], "instance web-1")
    [made] = [r for r in records(keyed) if r["operation"] == "CreateEnrollmentToken" and r["resource"] == "instance web-1"]
    assert made["user"] == f"arn:aws:iam::{ACCOUNT}:user/root" and made["outcome"] == "Succeeded"
    keys = keyed.cutover_json("keys", "list")["accessKeys"]
    assert [(k["name"], k["role"]) for k in keys if k["accessKeyId"] == host.answer["accessKeyId"]] == [
        ("host/web-1", "agent")]


def test_the_aws_cli_finds_the_queue(keyed, tmp_path):
    host = Host.enrol(keyed, tmp_path, "cli-1")
    identity, secret = host.credentials
    variables = environment(AWS_ACCESS_KEY_ID=identity, AWS_SECRET_ACCESS_KEY=secret, AWS_DEFAULT_OUTPUT="json")

    def aws(action, **options):
        # The CLI asks a queue's older host names by itself: it does not take the endpoint from the environment.
        command = keyed.aws_command(action, program="sqs", endpoint_url=keyed.endpoint, **options)
        return subprocess.run(command, capture_output=True, text=True, timeout=PATIENCE, env=variables)

    found = aws("get-queue-url", queue_name="host-cli-1")
    assert found.returncode == 0, found.stderr
    assert json.loads(found.stdout) == {"QueueUrl": host.queue}
    polled = aws("receive-message", queue_url=host.queue, wait_time_seconds="1")
    assert (polled.returncode, polled.stdout) == (0, ""), polled.stderr
    refused = aws("receive-message", queue_url=host.queue + "x")
    assert refused.returncode != 0 and "AccessDenied" in refused.stderr, refused.stderr


def test_a_token_works_once_and_not_for_ever(keyed, tmp_path):
    key, wrong = Key(tmp_path, "key"), "InvalidEnrollmentTokenException"
    spent = token(keyed, "once-1")
    Host.enrol(keyed, tmp_path, "once-1", token=spent)
    short = token(keyed, "once-2", "--expires", "1s")
    time.sleep(1.1)
    good = token(keyed, "once-3")
    for given, name, said in [
        (spent, "once-1", "was used by once-1"),
        (short, "once-2", "ended at"),
        (good[:-2] + "xx", "once-3", "is not known"),
        ("0" * 16 + "." + good.split(".")[1], "once-3", "is not known"),
        ("nonsense", "once-3", "is not known"),
        ("", "once-3", "required"),
        (good, "once-4", "is for the instance once-3"),
    ]:
        code, message = enrolment(keyed, tmp_path, key, token=given, instanceName=name)
        assert code == wrong and said in message, message
    # Nothing of that used the good one up, and nobody was recorded.
    for public in ("", "AAAA", "x" * 44):
        status, answer = ask(keyed, "EnrollHost", {"token": good, "publicKey": public})
        assert (status, answer["__type"]) == (400, "InvalidPublicKeyException")
    assert not [r for r in records(keyed) if r.get("resource") == "instance once-4"]
    assert ask(keyed, "EnrollHost", {"token": good, "publicKey": key.public})[1]["instanceName"] == "once-3"
    assert good.split(".")[1] not in keyed.log()
    everything = b"".join(p.read_bytes() for p in keyed.data.iterdir() if p.name.startswith("cutover.db"))
    assert good.split(".")[0].encode() in everything and good.split(".")[1].encode() not in everything


def test_a_token_without_a_name_lets_in_whoever_is_new(keyed, tmp_path):
    Host.enrol(keyed, tmp_path, "new-1")
    free = token(keyed)
    code, message = enrolment(keyed, tmp_path, token=free, instanceName="new-1")
    assert code == "InstanceNameAlreadyRegisteredException" and "only an enrollment token made for" in message
    assert enrolment(keyed, tmp_path, token=free)[0] == "InstanceNameRequiredException"
    assert enrolment(keyed, tmp_path, token=free, instanceName="i-1")[0] == "InvalidInstanceNameException"
    assert Host.enrol(keyed, tmp_path, "new-2", token=free).poll() == []


def test_an_ec2_instance_enrols_under_its_id_with_a_token_made_for_it(keyed, tmp_path):
    name = "i-0abc1234def567890"
    assert Host.enrol(keyed, tmp_path, name).poll() == []
    found = keyed.boto3().get_on_premises_instance(instanceName=name)["instanceInfo"]
    assert found["instanceArn"] == f"arn:aws:ec2:{REGION}:{ACCOUNT}:instance/{name}", found
    # What AWS names itself is still nothing to register by hand.
    refused = refusal(keyed.boto3().register_on_premises_instance, instanceName="i-1",
                      iamUserArn=f"arn:aws:iam::{ACCOUNT}:user/i-1")
    assert refused[0] == "InvalidInstanceNameException"


def test_a_token_is_an_operators_to_make(keyed):
    for role in ("read-only", "deployer", "agent"):
        done = keyed.run_cutover("hosts", "token", "web-9", key=keyed.key(f"no-{role}", role), HOME="/",)
        assert done.returncode == 1 and "(AccessDeniedException)" in done.stderr, done.stderr
    assert keyed.run_cutover("hosts", "token", "--expires", "200h").returncode == 1
    said = keyed.cutover("hosts", "token", "web-9").splitlines()
    assert said[1] == f"cutover-agent register --endpoint {keyed.endpoint} --token {said[0]}"


def test_enrolling_again_replaces_the_keys(keyed, tmp_path):
    before = Host.enrol(keyed, tmp_path, "again-1", "--tag", "env=prod")
    arn = keyed.boto3().get_on_premises_instance(instanceName="again-1")["instanceInfo"]["instanceArn"]
    after = Host.enrol(keyed, tmp_path, "again-1", "--tag", "env=test")
    assert refusal(before.poll)[0] == "UnrecognizedClientException"
    assert after.poll() == []
    info = keyed.boto3().get_on_premises_instance(instanceName="again-1")["instanceInfo"]
    assert (info["instanceArn"], info["tags"]) == (arn, [{"Key": "env", "Value": "test"}])
    after.send(after.key.jws(after.report()))
    assert refusal(after.send, before.key.jws(after.report()))[0] == "AccessDenied"


def test_a_hosts_keys_give_way_without_a_gap(keyed, tmp_path):
    old, other = Host.enrol(keyed, tmp_path, "turn-1"), Host.enrol(keyed, tmp_path, "turn-2")
    client = keyed.boto3()

    def rotate(host, key, name="turn-1", **more):
        body = json.dumps({"instanceName": name, "publicKey": key.public, **more})
        headers = {"Content-Type": "application/x-amz-json-1.1", "X-Amz-Target": "Cutover_20261101.RotateHostKey"}
        return keyed.post(signed(keyed, headers, body, host.credentials, "codedeploy"), body)

    def renewed(host, key):
        status, answer = rotate(host, key)
        assert status == 200, answer
        return Host(keyed, key, {**host.answer, **answer})

    def listed():
        keys = [k for k in keyed.cutover_json("keys", "list")["accessKeys"] if k["name"] == "host/turn-1"]
        return {k["accessKeyId"] for k in keys if "revokeTime" not in k}
    # Nobody else, and nothing that was not asked for.
    assert rotate(other, Key(tmp_path, "thief"))[1]["__type"] == "AccessDeniedException"
    status, answer = rotate(old, Key(tmp_path, "early"), confirm=True)
    assert (status, answer["__type"]) == (400, "InvalidPublicKeyException")
    assert listed() == {old.answer["accessKeyId"]}
    # An answer that was lost is asked for again; both keys count until the host has the new one.
    key = Key(tmp_path, "turned")
    lost, new = renewed(old, key), renewed(old, key)
    assert refusal(lost.poll)[0] == "UnrecognizedClientException"
    for host in (old, new):
        assert host.poll() == []
        host.send(host.key.jws(host.report()))
    assert listed() == {old.answer["accessKeyId"], new.answer["accessKeyId"]}
    for _ in range(2):
        assert rotate(new, key, confirm=True) == (200, {"instanceName": "turn-1"})
    # The old key ends; a report that it had signed may still be on its way.
    assert refusal(old.poll)[0] == "UnrecognizedClientException" and new.poll() == []
    new.send(old.key.jws(old.report()))
    assert listed() == {new.answer["accessKeyId"]}
    assert "RotateHostKey" in [r["operation"] for r in records(keyed) if r["user"].endswith("/turn-1")]
    client.deregister_on_premises_instance(instanceName="turn-1")
    assert refusal(new.poll)[0] == "UnrecognizedClientException"


def test_a_host_reaches_its_own_queue_and_nothing_else(keyed, tmp_path):
    host, other = Host.enrol(keyed, tmp_path, "own-1"), Host.enrol(keyed, tmp_path, "own-2")
    client = host.sqs()
    receipt = "00000000-0000-0000-0000-000000000000#1"
    for queue in (other.queue, host.reports, f"{keyed.endpoint}/{ACCOUNT}/host-nobody"):
        assert refusal(client.receive_message, QueueUrl=queue)[0] == "AccessDenied", queue
        assert refusal(client.delete_message, QueueUrl=queue, ReceiptHandle=receipt)[0] == "AccessDenied", queue
        assert refusal(client.change_message_visibility, QueueUrl=queue, ReceiptHandle=receipt,
                       VisibilityTimeout=1)[0] == "AccessDenied", queue
    for queue in (host.queue, other.queue):
        assert refusal(client.send_message, QueueUrl=queue, MessageBody="x")[0] == "AccessDenied"
    assert refusal(client.get_queue_url, QueueName="host-own-2")[0] == "AccessDenied"
    assert refusal(client.get_queue_url, QueueName="rollback")[0] == NO_QUEUE
    assert refusal(client.list_queues)[0] == "AWS.SimpleQueueService.UnsupportedOperation"
    # Nor does anybody else reach it, not even an operator; and a host reaches nothing of the API's.
    assert refusal(sqs(keyed, keyed.root).receive_message, QueueUrl=host.queue)[0] == "AccessDenied"
    assert refusal(sqs(keyed, keyed.root).send_message, QueueUrl=host.reports,
                   MessageBody=host.key.jws(host.report()))[0] == "AccessDenied"
    api = keyed.boto3(host.credentials)
    assert refusal(api.list_applications)[0] == "AccessDeniedException"
    code, message = refusal(api.put_lifecycle_event_hook_execution_status, deploymentId="d-AAAAAAAAA",
                            lifecycleEventHookExecutionId="x", status="Succeeded")
    assert code == "AccessDeniedException" and "assumed-role/cutover-host/own-1 is not authorized" in message, message
    # A host of another region is another host, whatever its name.
    assert refusal(host.sqs(OTHER_REGION).receive_message, QueueUrl=host.queue)[0] == "UnrecognizedClientException"


def test_parameters_are_checked_in_the_words_of_sqs(keyed, tmp_path):
    host = Host.enrol(keyed, tmp_path, "words-1")
    client = host.sqs(parameter_validation=False)
    receive = lambda **more: refusal(client.receive_message, **{"QueueUrl": host.queue, **more})
    assert receive(WaitTimeSeconds=21) == ("InvalidParameterValue", (
        "Value 21 for parameter WaitTimeSeconds is invalid. Reason: Must be >= 0 and <= 20, if provided."))
    for more in ({"MaxNumberOfMessages": 11}, {"MaxNumberOfMessages": 0}, {"VisibilityTimeout": -1}):
        assert receive(**more)[0] == "InvalidParameterValue"
    assert receive(QueueUrl="")[0] == "MissingParameter"
    assert receive(QueueUrl=f"{keyed.endpoint}/999999999999/host-words-1")[0] == NO_QUEUE
    unread = refusal(client.delete_message, QueueUrl=host.queue, ReceiptHandle="nonsense")
    assert unread == ("ReceiptHandleIsInvalid", 'The input receipt handle "nonsense" is not a valid receipt handle.')
    gone = "00000000-0000-0000-0000-000000000000#1"
    client.delete_message(QueueUrl=host.queue, ReceiptHandle=gone)
    assert refusal(client.change_message_visibility, QueueUrl=host.queue, ReceiptHandle=gone,
                   VisibilityTimeout=1)[0] == "AWS.SimpleQueueService.MessageNotInflight"


def test_only_what_the_hosts_key_signed_is_a_report(keyed, tmp_path):
    host, other = Host.enrol(keyed, tmp_path, "report-1"), Host.enrol(keyed, tmp_path, "report-2")
    good = host.key.jws(host.report())
    sent = host.send(good)
    assert sent["MD5OfMessageBody"] == hashlib.md5(good.encode()).hexdigest() and sent["MessageId"]
    wait_until("it is looked at", lambda: "reports about orders that were never given" in keyed.log())
    altered = good[:60] + ("A" if good[60] != "A" else "B") + good[61:]
    for body in (
        "x", altered, good[:-3], host.key.jws(host.report(), kind="cutover-order"),
        host.key.jws(host.report(v=2)), host.key.jws(host.report(host="report-2")),
        host.key.jws(host.report(scope={"account": ACCOUNT, "region": OTHER_REGION})),
        other.key.jws(host.report()), Key(tmp_path, "stranger").jws(host.report()),
    ):
        code, message = refusal(host.send, body)
        assert code == "AccessDenied" and message.startswith("The report is not believed: "), message
    assert refusal(host.send, "x" * (262_144 + 1))[0] == "InvalidParameterValue"


def test_without_a_signature_of_the_host_nothing_goes(keyed, tmp_path):
    host = Host.enrol(keyed, tmp_path, "sign-1")
    body = json.dumps({"QueueUrl": host.queue})
    plain = {"Content-Type": "application/x-amz-json-1.0", "X-Amz-Target": "AmazonSQS.ReceiveMessage"}
    status, answer = keyed.post(plain, body)
    assert (status, answer["__type"]) == (400, "com.amazonaws.sqs#MissingAuthenticationTokenException")
    wrong = sqs(keyed, (host.credentials[0], "x" * 40))
    assert refusal(wrong.receive_message, QueueUrl=host.queue)[0] == "InvalidSignatureException"
    # Signed, but changed on the way, or for another service.
    good = signed(keyed, plain, body, host.credentials, "sqs")
    assert keyed.post(good, body) == (200, {})
    status, answer = keyed.post(good, body + " ")
    assert (status, answer["__type"]) == (400, "com.amazonaws.sqs#InvalidSignatureException")
    status, answer = keyed.post(signed(keyed, plain, body, host.credentials, "codedeploy"), body)
    assert (status, answer["__type"]) == (400, "com.amazonaws.sqs#InvalidSignatureException")


def test_a_deregistered_host_is_cut_off_at_once(keyed, tmp_path):
    host = Host.enrol(keyed, tmp_path, "gone-1")
    ended = concurrent.futures.ThreadPoolExecutor(1).submit(host.poll, 20)
    time.sleep(1)
    began = time.monotonic()
    assert "is deregistered" in keyed.cutover("hosts", "deregister", "gone-1")
    assert ended.result(PATIENCE) == [] and time.monotonic() - began < 10
    assert refusal(host.poll)[0] == "UnrecognizedClientException"
    assert refusal(host.send, host.key.jws(host.report()))[0] == "UnrecognizedClientException"
    listed = {k["accessKeyId"]: k for k in keyed.cutover_json("keys", "list")["accessKeys"]}
    assert "revokeTime" in listed[host.answer["accessKeyId"]]
    assert "deregistered" in keyed.cutover("hosts", "list")
    # Its name may come again, with nothing of what was.
    again = Host.enrol(keyed, tmp_path, "gone-1", token=token(keyed))
    assert again.poll() == [] and refusal(host.poll)[0] == "UnrecognizedClientException"


def test_a_revoked_key_ends_while_it_waits_for_nothing(keyed, tmp_path):
    host = Host.enrol(keyed, tmp_path, "revoked-1")
    keyed.cutover("keys", "revoke", host.answer["accessKeyId"])
    assert refusal(host.poll)[0] == "UnrecognizedClientException"


def test_hosts_outlive_the_server(new_keyed, tmp_path):
    server = new_keyed()
    host, waiting = Host.enrol(server, tmp_path, "web-1"), token(server, "web-2")
    server.kill()
    server.start()
    assert host.poll() == []
    host.send(host.key.jws(host.report()))
    again = Host.enrol(server, tmp_path, "web-2", token=waiting)
    assert again.answer["orderKeys"] == host.answer["orderKeys"]
    # Polls do not hold a stop up.
    polls = concurrent.futures.ThreadPoolExecutor(8)
    running = [polls.submit(host.poll, 20) for _ in range(8)]
    time.sleep(1)
    began = time.monotonic()
    assert server.terminate() == 0
    assert time.monotonic() - began < 3
    assert [poll.result(PATIENCE) for poll in running] == [[]] * 8
    assert "were cut off" not in server.log()


def test_two_hundred_hosts_poll_at_once_and_are_no_slow_requests(new_server, tmp_path):
    server = new_server()
    key, names = Key(tmp_path, "key"), [f"web-{n}" for n in range(200)]
    host = Host.enrol(server, tmp_path, "web-0")
    assert "accessKeyId" not in host.answer
    made = server.cutover_json("hosts", "list")["instanceInfos"]
    assert [info["instanceName"] for info in made] == ["web-0"]
    tokens = concurrent.futures.ThreadPoolExecutor(4).map(
        lambda name: ask(server, "CreateEnrollmentToken", {"instanceName": name})[1]["token"], names[1:])
    for given in tokens:
        wait_until("a turn", lambda: ask(server, "EnrollHost", {"token": given, "publicKey": key.public})[0] == 200)
    answers, lock = [], threading.Lock()

    def poll(name):
        client = sqs(server, ("any", "any"))
        got = client.receive_message(QueueUrl=f"{server.endpoint}/{ACCOUNT}/host-{name}", WaitTimeSeconds=5)
        with lock:
            answers.append(got.get("Messages"))

    threads = [threading.Thread(target=poll, args=(name,)) for name in names]
    for thread in threads:
        thread.start()
    time.sleep(2)
    # Others are answered meanwhile.
    began = time.monotonic()
    server.boto3().list_applications()
    assert time.monotonic() - began < 5
    for thread in threads:
        thread.join(PATIENCE)
    assert answers == [None] * 200
    lines = [line for line in server.log().splitlines() if 'operation="ReceiveMessage"' in line]
    took = [int(line.split(" ms=")[1].split()[0]) for line in lines]
    assert len(took) == 200 and max(took) < 2_000, max(took)


def test_where_nobody_is_checked_a_queue_is_there_for_those_enrolled(new_server, tmp_path):
    server = new_server()
    client = sqs(server, ("any", "any"))
    queue = f"{server.endpoint}/{ACCOUNT}/host-web-1"
    assert refusal(client.receive_message, QueueUrl=queue)[0] == NO_QUEUE
    host = Host.enrol(server, tmp_path, "web-1")
    assert host.poll() == [] and host.queue == queue
    host.send(host.key.jws(host.report()))
    assert refusal(host.send, Key(tmp_path, "other").jws(host.report()))[0] == "AccessDenied"
    server.boto3().deregister_on_premises_instance(instanceName="web-1")
    assert refusal(host.poll)[0] == NO_QUEUE
    assert refusal(host.send, host.key.jws(host.report()))[0] == "AccessDenied"
    status, answer = ask(server, "EnrollHost", {"token": "x", "publicKey": host.key.public})
    assert (status, answer["__type"]) == (400, "InvalidEnrollmentTokenException")
