"""The process: how it ends, how it starts again, and when it refuses to start."""

import os
import signal
import socket
import sqlite3
import subprocess
import time

import pytest

from scene import Scene
from support import CUTOVER, PATIENCE, Server, environment, wait_until


def test_sigterm_ends_it_and_nothing_is_lost(new_server, tmp_path):
    server = new_server()
    scene = Scene(server, tmp_path)
    target = scene.target(config="Long")
    deployment = target.deploy({"BeforeAllowTraffic": scene.hook()})
    target.await_alias("1", {"2": 0.25})
    before = target.info(deployment)

    began = time.monotonic()
    assert server.terminate() == 0
    assert time.monotonic() - began < 15
    # Closed well: no log of the store is left to be gone through.
    left = server.data / "cutover.db-wal"
    assert not left.exists() or left.stat().st_size == 0

    server.start()
    assert target.info(deployment) == before
    scene.client.stop_deployment(deploymentId=deployment)
    target.await_status(deployment, "Stopped")
    assert scene.alias(target.function) == ("1", {})


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_an_idle_server_ends_soon(new_server, number):
    server = new_server()
    server.process.send_signal(number)
    assert server.process.wait(timeout=15) == 0


def test_sigterm_with_an_open_connection_and_a_silent_hook(new_server, tmp_path):
    server = new_server()
    scene = Scene(server, tmp_path)
    target = scene.target()
    target.deploy({"BeforeAllowTraffic": scene.silent_hook()})
    host, port = server.listen.split(":")
    with socket.create_connection((host, int(port))) as idle:
        idle.sendall(b"POST / HTTP/1.1\r\nHost: x\r\n")
        assert server.terminate() == 0


def test_sigkill_in_the_middle_of_a_wait(new_server, tmp_path):
    server = new_server()
    scene = Scene(server, tmp_path)
    target = scene.target(config="CodeDeployDefault.LambdaCanary10Percent5Minutes")
    deployment = target.deploy()
    target.await_alias("1", {"2": 0.1})
    server.kill()
    server.start()
    target.await_status(deployment, "Succeeded")
    assert scene.alias(target.function) == ("2", {})


@pytest.mark.parametrize("end", ["kill", "terminate"])
def test_a_hook_that_runs_when_the_server_ends(new_server, tmp_path, end):
    """Whatever becomes of the process that runs it, the next server gets its answer."""
    server = new_server()
    scene = Scene(server, tmp_path)
    target = scene.target()
    hook, started, go = scene.name("hook"), tmp_path / "started", tmp_path / "go"
    scene.publish(hook, f"""#!/bin/sh
event=$(cat)
touch '{started}'
for _ in $(seq 1200); do [ -e '{go}' ] && break; sleep 0.05; done
printf '%s' "$event" | {CUTOVER} hooks answer --status Succeeded
""")
    deployment = target.deploy({"BeforeAllowTraffic": hook})
    wait_until("the hook runs", started.exists)
    getattr(server, end)()
    server.start()
    go.touch()
    target.await_status(deployment, "Succeeded")


def test_a_hook_that_died_with_the_machine(new_server, tmp_path):
    """Server and hook are both gone, as after a power cut: the hook is called again."""
    server = new_server()
    scene = Scene(server, tmp_path)
    target = scene.target()
    hook, first = scene.name("hook"), tmp_path / "first"
    scene.publish(hook, f"""#!/bin/sh
event=$(cat)
[ -e '{first}' ] || {{ echo $$ >'{first}.part'; mv '{first}.part' '{first}'; exec sleep 60; }}
printf '%s' "$event" | {CUTOVER} hooks answer --status Succeeded
""")
    deployment = target.deploy({"BeforeAllowTraffic": hook})
    wait_until("the hook runs", first.exists)
    wait_until("it is awaited", lambda: is_awaited(server, deployment))
    server.kill()
    os.kill(int(first.read_text()), signal.SIGKILL)
    server.start()
    target.await_status(deployment, "Succeeded")


def is_awaited(server, deployment):
    marks = server.cutover_json("log", deployment)["marks"]
    return any(mark["kind"] == "hook-invoked" for mark in marks)


def test_one_server_to_a_folder(new_server):
    server = new_server()
    other = Server(server.data)
    status, said = other.start_refused()
    assert status == 1
    assert "in use by another process" in said and str(server.data) in said


def test_a_taken_port(new_server, tmp_path):
    server = new_server()
    other = Server(tmp_path / "other")
    other.listen = server.listen
    status, said = other.start_refused()
    assert status == 1
    assert server.listen in said and "--listen" in said


def test_a_corrupt_store_is_refused_and_left_alone(new_server, tmp_path):
    server = new_server()
    Scene(server, tmp_path).application()
    assert server.terminate() == 0
    store = server.data / "cutover.db"
    broken = b"not a database at all".ljust(8192, b"!")
    store.write_bytes(broken)
    status, said = server.start_refused()
    assert status == 1
    assert str(store) in said and "not a readable Cutover store" in said, said
    assert store.read_bytes() == broken


def test_pages_that_rotted_are_noticed_after_a_crash(new_server, tmp_path):
    server = new_server()
    scene = Scene(server, tmp_path)
    for _ in range(3):
        scene.target()
    assert server.terminate() == 0
    store = server.data / "cutover.db"
    store.write_bytes(rot(store.read_bytes()))
    (server.data / "cutover.db-wal").write_bytes(b"x")
    status, said = server.start_refused()
    assert status == 1
    assert "not a readable Cutover store" in said, said


def rot(content):
    """The same file with everything after its first page overwritten."""
    return content[:4096] + bytes(byte ^ 0xA5 for byte in content[4096:])


def test_a_store_of_another_program_is_refused(tmp_path):
    data = tmp_path / "data"
    data.mkdir()
    with sqlite3.connect(data / "cutover.db") as other:
        other.execute("CREATE TABLE songs (title TEXT)")
    other.close()
    status, said = Server(data).start_refused()
    assert status == 1
    assert "belongs to another program" in said


def test_a_folder_that_cannot_be_made(tmp_path):
    (tmp_path / "file").write_text("a file where a folder should be")
    status, said = Server(tmp_path / "file" / "data").start_refused()
    assert status == 1
    assert str(tmp_path / "file") in said


@pytest.mark.parametrize("options, part", [
    (["--listen", "192.0.2.1:7171"], "loopback"),
    (["--speed", "0"], "speed"),
    (["--targets", "aws", "--speed", "60"], "speed"),
    (["--account", "12"], "twelve digits"),
])
def test_options_that_must_not_be(tmp_path, options, part):
    refused = subprocess.run([CUTOVER, "serve", "--data", tmp_path / "data", *options], capture_output=True, text=True,
                             timeout=PATIENCE, stdin=subprocess.DEVNULL, env=environment())
    assert refused.returncode in (1, 2)
    assert part in refused.stderr, refused.stderr
