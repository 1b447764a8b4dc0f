"""A plugin for the pytest that runs moto's tests: each gets a `cutover serve` of its own, at $FRESH_SERVER."""

import os

import pytest

from support import Server


@pytest.fixture(autouse=True)
def fresh_server(tmp_path):
    server = Server(tmp_path / "data")
    server.listen = os.environ["FRESH_SERVER"]
    with server:
        yield
