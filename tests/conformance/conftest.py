"""Fixtures: servers that run, and what is deployed with them."""

import pytest

from emulator import Emulator
from scene import Scene
from support import Server, making
from world import World


@pytest.fixture(scope="session")
def server(tmp_path_factory):
    """A server for everybody, a minute to the second."""
    with Server(tmp_path_factory.mktemp("shared") / "data", speed=60) as server:
        yield server


@pytest.fixture(scope="session")
def scene(server, tmp_path_factory):
    return Scene(server, tmp_path_factory.mktemp("scripts"))


@pytest.fixture(scope="session")
def client(scene):
    return scene.client


@pytest.fixture
def new_server(tmp_path):
    """Makes a server of the test's own, ended with the test."""
    yield from making(Server, tmp_path)


@pytest.fixture(scope="session")
def world(tmp_path_factory):
    """A small prepared world on a server of its own."""
    folder = tmp_path_factory.mktemp("world")
    (folder / "scripts").mkdir()
    with Server(folder / "data", speed=60) as server:
        yield World(server, folder / "scripts")


@pytest.fixture(scope="session")
def emulator():
    with Emulator() as emulator:
        yield emulator
