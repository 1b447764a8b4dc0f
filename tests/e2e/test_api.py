"""Two ways to the API: the function URL, and invoking the function (what `cutover proxy` does)."""

import json


def invoke(stack, operation, body):
    event = {
        "version": "2.0", "rawPath": "/", "isBase64Encoded": False,
        "headers": {"content-type": "application/x-amz-json-1.1",
                    "x-amz-target": f"CodeDeploy_20141006.{operation}"},
        "requestContext": {"requestId": "e2e", "http": {"method": "POST", "path": "/"}},
        "body": body,
    }
    answer = stack.lambda_.invoke(FunctionName=stack.outputs["ApiFunction"], Payload=json.dumps(event))
    assert "FunctionError" not in answer, answer["Payload"].read()
    answer = json.load(answer["Payload"])
    return answer["statusCode"], json.loads(answer["body"])


def test_api_by_invoke(stack):
    for operation, body, status, expected in [
        ("ListApplications", "{}", 200, None),
        ("Dance", "{}", 400, "UnknownOperationException"),
        ("ListApplications", "{", 400, "SerializationException"),
        ("GetApplication", '{"applicationName": "nobody"}', 400, "ApplicationDoesNotExistException"),
    ]:
        answered, told = invoke(stack, operation, body)
        assert (answered, told.get("__type")) == (status, expected), (operation, answered, told)


def test_api_lists_in_pages(stack):
    """More applications than a page holds: the CLI follows the tokens."""
    names = {f"page-{n:03}" for n in range(105)}
    for name in names:
        stack.codedeploy.create_application(applicationName=name, computePlatform="Lambda")
    listed = stack.aws("list-applications")["applications"]
    assert names <= set(listed), names - set(listed)
