"""`cutover webhooks`: everybody is told, in order, whoever refuses or hangs; a kill loses nothing."""

import hashlib
import hmac
import json
import subprocess
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from scene import Scene
from support import CUTOVER, PATIENCE, environment, wait_until

SECRET = "a-secret-that-is-long-enough"
HANG = 30


class Receiver:
    """A webhook on a port of its own: notes every request, and answers as it is told to."""

    def __init__(self, answers=()):
        self.heard, self.answers, self.hangs = [], list(answers), False
        receiver = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self):
                body = self.rfile.read(int(self.headers["content-length"]))
                status = receiver.answers.pop(0) if receiver.answers else 200
                if receiver.hangs:
                    time.sleep(HANG)
                receiver.heard.append((status, dict(self.headers.items()), body))
                self.send_response(status)
                if status == 302:
                    self.send_header("location", "/elsewhere")
                self.send_header("content-length", "0")
                self.end_headers()

            def log_message(self, *_):
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self.server.server_port}/hook"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def taken(self):
        """The headers and bodies of what it took, repeats dropped by their id."""
        by_id = {}
        for status, headers, body in self.heard:
            if status == 200:
                by_id.setdefault(headers["x-cutover-delivery"], (headers, json.loads(body)))
        return list(by_id.values())

    def events(self, deployment):
        return [body["event"] for _, body in self.taken() if body["deployment"]["id"] == deployment]

    def close(self):
        self.server.shutdown()
        self.server.server_close()


@pytest.fixture
def receivers():
    made = []

    def make(*answers):
        made.append(Receiver(answers))
        return made[-1]

    yield make
    for receiver in made:
        receiver.close()


def create(server, name, url, *more, secret=None):
    """`cutover webhooks create`, with the address on standard input."""
    command = [CUTOVER, "--json", "webhooks", "create", name, "--data", server.data, *more]
    if secret:
        file = server.data.with_name(f"{name}-secret")
        file.write_text(secret + "\n", encoding="utf-8")
        command += ["--secret-file", file]
    done = subprocess.run(command, input=url + "\n", capture_output=True, text=True, timeout=PATIENCE,
                          env=environment(CUTOVER_ENDPOINT=server.endpoint))
    return done.returncode, done.stdout + done.stderr


def created(server, name, url, *more, secret=None):
    status, told = create(server, name, url, *more, secret=secret)
    assert status == 0, told
    return json.loads(told)


def test_all_is_told_signed_and_in_order_past_who_refuses_and_who_hangs(new_server, receivers, tmp_path):
    server = new_server()
    scene = Scene(server, tmp_path)
    good, refusing, hanging = receivers(), receivers(500, 302), receivers()
    hanging.hangs = True
    created(server, "good", good.url, secret=SECRET)
    secret = created(server, "refusing", refusing.url)["secret"]
    created(server, "hanging", hanging.url)
    target = scene.target()
    begun = time.monotonic()
    deployment = target.deploy()
    target.await_status(deployment, "Succeeded")
    expected = ["DeploymentStart", "DeploymentSuccess"]
    wait_until("the one that answers was told", lambda: good.events(deployment) == expected)
    assert time.monotonic() - begun < HANG, "nobody waits for the one that hangs"
    wait_until("the one that refused was told", lambda: refusing.events(deployment) == expected)
    assert [status for status, _, _ in refusing.heard][:3] == [500, 302, 200], "a redirect is not followed"
    for receiver, key in ((good, SECRET), (refusing, secret)):
        for _, headers, body in receiver.heard:
            signed = headers["x-cutover-timestamp"].encode() + b"." + body
            mac = hmac.new(key.encode(), signed, hashlib.sha256).hexdigest()
            assert headers["x-cutover-signature"] == f"sha256={mac}"
            assert headers["x-cutover-event"] == json.loads(body)["event"]
            assert headers["x-cutover-delivery"] == json.loads(body)["id"]
            assert abs(int(headers["x-cutover-timestamp"]) - time.time()) < PATIENCE
    tries = [headers["x-cutover-delivery"] for _, headers, _ in refusing.heard]
    assert len(set(tries[:3])) == 1, "a try keeps its id"
    seen = [path.read_bytes() for path in server.data.rglob("*") if path.is_file()]
    assert not any(SECRET.encode() in text or good.url.encode() in text for text in seen), "it is sealed"


def test_a_kill_between_commit_and_delivery_loses_nothing(new_server, receivers, tmp_path):
    server = new_server()
    scene = Scene(server, tmp_path)
    receiver = receivers(*[503] * 4)
    created(server, "ops", receiver.url)
    targets = [scene.target() for _ in range(3)]
    deployments = []
    for target in targets:
        deployments.append(target.deploy())
        heard = len(receiver.heard)
        # Refused at first: what is to be told stands in the store alone.
        wait_until("it was tried", lambda: len(receiver.heard) > heard)
        server.kill()
        server.start()
    for target, deployment in zip(targets, deployments):
        target.await_status(deployment, "Succeeded")
        told = lambda: receiver.events(deployment) == ["DeploymentStart", "DeploymentSuccess"]
        wait_until("all was told", told, seconds=3 * PATIENCE)


def test_webhooks_are_created_listed_tried_out_and_deleted(new_server, receivers):
    server = new_server(options=["--auth", "keys"])
    data = ["--data", server.data]
    slack, teams = receivers(), receivers(404)
    created(server, "room", slack.url, "--format", "slack", "--event", "DeploymentFailure")
    created(server, "team", teams.url, "--format", "teams")
    status, told = create(server, "room", slack.url)
    assert status != 0 and "WebhookAlreadyExistsException" in told
    for url, words in (("http://169.254.169.254/latest/meta-data", "not to be reached"), ("ftp://x/", "begins with")):
        status, told = create(server, "bad", url)
        assert status != 0 and "InvalidWebhookException" in told and words in told
    listed = server.cutover_json("webhooks", "list", *data)["webhooks"]
    assert [webhook["webhookName"] for webhook in listed] == ["room", "team"]
    assert all(webhook["address"].endswith("/…") for webhook in listed), "the path may be a secret"
    assert server.run_cutover("webhooks", "test", "room", *data).stdout == "The webhook room took it: it answered 200.\n"
    refused = server.run_cutover("webhooks", "test", "team", *data)
    assert (refused.returncode, refused.stdout) == (1, "The webhook team did not take it: it answered 404.\n")
    assert json.loads(slack.heard[0][2])["text"] == "Deployment d-TESTTEST0 succeeded"
    card = json.loads(teams.heard[0][2])["attachments"][0]
    assert card["contentType"] == "application/vnd.microsoft.card.adaptive"
    server.cutover("webhooks", "delete", "room", *data)
    gone = server.run_cutover("webhooks", "test", "room", *data)
    assert gone.returncode != 0 and "WebhookDoesNotExistException" in gone.stderr
    assert server.cutover_json("webhooks", "dead", *data) == {"deadLetters": []}
    assert server.cutover_json("webhooks", "replay", "--all", *data) == {"replayed": []}
    audit = server.cutover("--json", "audit", *data)
    assert '"webhook room"' in audit and slack.url not in audit
