"""A deployment that can never be undone: it keeps trying, and `cutover abandon` is the way out."""

import contextlib
import sqlite3

import pytest

from scene import ALIAS, Scene, lambda_appspec, revision
from support import wait_until

BEFORE, LEFT = "version 1 without weights", "version 1 with 25 % on version 2"


@contextlib.contextmanager
def store(server):
    """The store's file, of a server that does not run."""
    with contextlib.closing(sqlite3.connect(server.data / "cutover.db")) as opened, opened:
        yield opened


def replace_record(server, function, body):
    """Puts another text in the place of what is stored of a function, and gives the one before."""
    with store(server) as items:
        (before,), = items.execute("SELECT body FROM items WHERE sk = ?", [f"FN#{function}"])
        items.execute("UPDATE items SET body = ? WHERE sk = ?", [body, f"FN#{function}"])
    return before


class Stuck:
    """A canary in its wait, whose function's record rots while the server is down; then it is stopped."""

    def __init__(self, server, folder):
        self.server, self.scene = server, Scene(server, folder)
        self.target = self.scene.target(config="Long")
        self.id = self.target.deploy()
        self.target.await_alias("1", {"2": 0.25})
        assert server.terminate() == 0
        self.record = replace_record(server, self.target.function, '{"versions": [')
        server.start()
        self.scene.client.stop_deployment(deploymentId=self.id)
        wait_until("its undo failed several times", lambda: "tries so far" in self.explained()["now"]
                   and self.explained()["advice"])

    def explained(self):
        return self.server.cutover_json("explain", self.id)

    def mend(self):
        """What an operator would do about the cause, in the end."""
        assert self.server.terminate() == 0
        replace_record(self.server, self.target.function, self.record)
        self.server.start()


@pytest.fixture
def stuck(new_server, tmp_path):
    return Stuck(new_server(), tmp_path)


def marks(server, deployment, kind):
    return [mark for mark in server.cutover_json("log", deployment)["marks"] if mark["kind"] == kind]


def test_abandon(stuck):
    server, target, id = stuck.server, stuck.target, stuck.id
    alias = f"{target.function}:{ALIAS}"
    check_told(stuck, alias)
    check_refused_while_it_tries(target, id)
    check_nothing_happens_unasked(stuck, alias)

    # Done by somebody, and told.
    done = server.run_cutover("abandon", id, "--yes", USER="ada")
    assert done.returncode == 0, done.stderr
    assert f"{alias}: last seen at {LEFT}; put it back to {BEFORE} by hand" in done.stdout, done.stdout
    info = target.await_status(id, "Stopped")
    assert info["errorInformation"]["code"] == "MANUAL_STOP", info
    (mark,) = marks(server, id, "abandoned")
    assert mark["detail"].startswith("by ada@"), mark
    assert "(not verified)" in mark["detail"] and f"{alias} last seen at {LEFT}" in mark["detail"], mark
    assert f"deployment abandoned deployment={id} by=\"ada@" in server.log()
    assert stuck.explained()["advice"] == [f"Put {alias} back to {BEFORE} by hand."]
    again = server.run_cutover("abandon", id, "--yes")
    assert again.returncode == 1 and "DeploymentAlreadyCompletedException" in again.stderr, again

    check_group_is_free(stuck)


def check_told(stuck, alias):
    """Whoever asks hears that it keeps trying, why, and what to do."""
    told = stuck.explained()
    assert told["status"] == "InProgress" and told["undoing"], told
    assert told["now"].startswith("It keeps trying to undo what it did"), told
    assert told["next"] == f"{alias} is put back to {BEFORE}.", told
    assert any(why.startswith("The last try failed") and "unreadable" in why for why in told["why"]), told
    assert f"cutover abandon {stuck.id} --yes" in told["advice"][0], told
    shown = stuck.server.run_cutover("status", stuck.id)
    assert "It keeps trying to undo what it did" in shown.stdout and "unreadable" in shown.stdout, shown
    assert marks(stuck.server, stuck.id, "retried")[-1]["count"] > 3


def check_refused_while_it_tries(target, id):
    with pytest.raises(target.client.exceptions.DeploymentLimitExceededException) as refused:
        target.deploy()
    assert id in str(refused.value)


def check_nothing_happens_unasked(stuck, alias):
    """Without --yes it only tells."""
    asked = stuck.server.run_cutover("abandon", stuck.id)
    assert asked.returncode == 1, asked
    assert "It keeps trying to undo" in asked.stdout, asked.stdout
    assert f"{alias}: last seen at {LEFT}, being put back to {BEFORE}" in asked.stdout, asked.stdout
    assert f"Nothing was changed. To do it: cutover abandon {stuck.id} --yes" in asked.stderr, asked.stderr
    assert not marks(stuck.server, stuck.id, "abandoned")
    told = stuck.explained()
    assert told["status"] == "InProgress" and told["undoing"], told


def check_group_is_free(stuck):
    """The group deploys another function at once. The cause mended, what was left is put back by hand, and
    deployed again."""
    target, scene = stuck.target, stuck.scene
    created = scene.client.create_deployment(
        **target.names(), deploymentConfigName="Short", revision=revision(lambda_appspec(scene.function())))
    target.await_status(created["deploymentId"], "Succeeded")
    stuck.mend()
    assert scene.alias(target.function) == ("1", {"2": 0.25})
    stuck.server.cutover("functions", "alias", target.function, ALIAS, "--version", "1")
    target.await_status(target.deploy(deploymentConfigName="Short"), "Succeeded")
    assert scene.alias(target.function) == ("2", {})
