"""Requests that no client library would send: each is answered in the API's own error shape."""

import http.client
import json
import urllib.parse

import pytest

JSON_11 = "application/x-amz-json-1.1"


@pytest.fixture
def post(scene):
    """Posts a body for an operation and returns status, headers and the answer's JSON."""
    address = urllib.parse.urlsplit(scene.server.endpoint).netloc

    def post(operation, body, prefix="CodeDeploy_20141006."):
        connection = http.client.HTTPConnection(address, timeout=60)
        headers = {"Content-Type": JSON_11}
        if operation is not None:
            headers["X-Amz-Target"] = prefix + operation
        connection.request("POST", "/", body=body if isinstance(body, bytes) else body.encode(), headers=headers)
        response = connection.getresponse()
        text = response.read()
        connection.close()
        return response.status, response.headers, json.loads(text or b"{}")

    return post


def check_refused(answer, code, status=400):
    got, headers, body = answer
    assert (got, body.get("__type")) == (status, code), body
    assert body["message"] or body["Message"]
    assert headers["x-amzn-ErrorType"] == code
    assert headers["x-amzn-RequestId"]
    assert headers["Content-Type"] == JSON_11


@pytest.mark.parametrize("body", [
    '{"applicationName": ', "not json", "[]", '"text"', "null and void", '{"applicationName": 1}',
    '{"applicationName": ["a"]}', '{"applicationName": {"a": 1}}', "{} {}", "[" * 100_000,
], ids=["cut off", "words", "a list", "a text", "words after null", "a number", "a list for a text",
        "an object for a text", "two", "deep"])
def test_unreadable(post, body):
    check_refused(post("GetApplication", body), "SerializationException")


def test_not_utf8(post):
    check_refused(post("GetApplication", b'{"applicationName": "\xff\xfe"}'), "SerializationException")


@pytest.mark.parametrize("operation", ["MakeCoffee", "", "getApplication", "GetApplications"])
def test_unknown_operation(post, operation):
    check_refused(post(operation, "{}"), "UnknownOperationException")


def test_no_operation(post):
    check_refused(post(None, "{}"), "UnknownOperationException")


def test_operation_of_another_service(post):
    check_refused(post("GetItem", "{}", prefix="DynamoDB_20120810."), "UnknownOperationException")


def test_huge(post):
    status, headers, body = post("GetApplication", json.dumps({"applicationName": "x" * (5 << 20)}))
    assert 400 <= status < 500
    assert body["__type"] and headers["x-amzn-ErrorType"] == body["__type"]
    assert headers["x-amzn-RequestId"]


def test_large_but_allowed(post):
    check_refused(post("GetApplication", json.dumps({"applicationName": "x" * (1 << 20)})),
                  "InvalidApplicationNameException")


def test_members_that_are_missing(post):
    check_refused(post("GetApplication", "{}"), "ApplicationNameRequiredException")
    check_refused(post("GetApplication", '{"applicationName": ""}'), "ApplicationNameRequiredException")
    check_refused(post("GetApplication", '{"applicationName": null}'), "ApplicationNameRequiredException")
    check_refused(post("GetDeployment", "{}"), "DeploymentIdRequiredException")
    check_refused(post("CreateDeployment", "{}"), "ApplicationNameRequiredException")


def test_an_empty_body_counts_as_an_empty_object(post):
    status, _, body = post("ListApplications", "")
    assert status == 200 and isinstance(body["applications"], list)


def test_nulls_and_unknown_members_are_passed_over(post, scene):
    name = scene.application()
    status, headers, body = post("GetApplication", json.dumps({"applicationName": name, "new": 1, "old": None}))
    assert (status, body["application"]["applicationName"]) == (200, name)
    assert headers["x-amzn-RequestId"] and headers["Content-Type"] == JSON_11
    assert isinstance(body["application"]["createTime"], float)


def test_request_ids_differ(post):
    ids = {post("ListApplications", "{}")[1]["x-amzn-RequestId"] for _ in range(5)}
    assert len(ids) == 5


def test_other_methods_and_places_do_no_harm(scene):
    address = urllib.parse.urlsplit(scene.server.endpoint).netloc
    for method, path in [("GET", "/"), ("DELETE", "/"), ("POST", "/elsewhere"), ("GET", "/../etc/passwd")]:
        connection = http.client.HTTPConnection(address, timeout=60)
        connection.request(method, path)
        assert 400 <= connection.getresponse().status < 500
        connection.close()
    connection = http.client.HTTPConnection(address, timeout=60)
    connection.request("GET", "/health")
    assert connection.getresponse().status == 200
    connection.close()
