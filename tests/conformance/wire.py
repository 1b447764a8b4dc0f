"""Requests as they are, without a client library, and what every answer must look like."""

import http.client
import json
import urllib.parse
from dataclasses import dataclass

import botocore.session

from shapes import check_body
from support import PATIENCE, REGION

# The prefix of the operations that CodeDeploy does not have.
OWN = "Cutover_20261101."
JSON_11 = "application/x-amz-json-1.1"
MODEL = botocore.session.get_session().get_service_model("codedeploy")
# What every operation may answer beside the errors that the model declares for it.
COMMON = {"SerializationException", "ThrottlingException"}


def declared_errors(operation):
    return {shape.name for shape in MODEL.operation_model(operation).error_shapes} | COMMON


@dataclass(frozen=True)
class Reply:
    status: int
    headers: object
    raw: bytes

    @property
    def body(self):
        return json.loads(self.raw or b"{}")

    @property
    def code(self):
        """The exception's name; None for a success."""
        return None if self.status == 200 else self.body.get("__type")


class Wire:
    """Posts over one connection that stays open."""

    def __init__(self, endpoint, region=REGION):
        self.address, self.connection = urllib.parse.urlsplit(endpoint).netloc, None
        self.signature = (f"AWS4-HMAC-SHA256 Credential=test/20261101/{region}/codedeploy/aws4_request, "
                          "SignedHeaders=host;x-amz-date, Signature=0")

    def post(self, operation, body, prefix="CodeDeploy_20141006."):
        headers = {"Content-Type": JSON_11, "Authorization": self.signature}
        if operation is not None:
            headers["X-Amz-Target"] = prefix + operation
        if not isinstance(body, bytes):
            body = (body if isinstance(body, str) else json.dumps(body)).encode()
        if self.connection is None:
            self.connection = http.client.HTTPConnection(self.address, timeout=PATIENCE)
        try:
            self.connection.request("POST", "/", body=body, headers=headers)
            response = self.connection.getresponse()
            return Reply(response.status, response.headers, response.read())
        except (http.client.HTTPException, OSError):
            self.close()
            raise

    def call(self, operation, **members):
        """A request that has to succeed; its answer."""
        reply = self.post(operation, members)
        assert reply.status == 200, f"{operation} {members}: {reply.raw.decode()}"
        return reply.body

    def close(self):
        if self.connection is not None:
            self.connection.close()
            self.connection = None


def problems(operation, reply):
    """Everything about an answer that neither the operation's output shape nor its declared errors allow."""
    if not reply.headers.get("x-amzn-RequestId"):
        yield "no x-amzn-RequestId"
    if reply.headers.get("Content-Type") != JSON_11:
        yield f"the content type is {reply.headers.get('Content-Type')}"
    if reply.status == 200:
        yield from check_body(reply.raw, MODEL.operation_model(operation).output_shape)
    elif reply.status != 400:
        yield f"status {reply.status}: {reply.raw.decode(errors='replace')[:300]}"
    else:
        yield from problems_of_refusal(operation, reply)


def problems_of_refusal(operation, reply):
    body = reply.body
    if not body.get("message"):
        yield "no message"
    elif len(body["message"]) > 2000:
        yield f"a message of {len(body['message'])} characters"
    if reply.headers.get("x-amzn-ErrorType") != body.get("__type"):
        yield f"x-amzn-ErrorType is {reply.headers.get('x-amzn-ErrorType')}"
    if body.get("__type") not in declared_errors(operation):
        yield f"{body.get('__type')} is not declared: {body.get('message', '')[:200]}"
