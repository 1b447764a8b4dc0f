"""The API's own model asks: every operation is called in every way that its shapes allow, and every answer fits
the shapes and the declared errors. The same for the same CUTOVER_MODEL_SEED."""

import json
from email.message import Message

import pytest
from botocore import xform_name
from botocore.exceptions import ClientError

from generator import Generator
from recipes import RECIPES
from wire import JSON_11, MODEL, Reply, problems

OPERATIONS = MODEL.operation_names
SHAPED = 25


def test_every_operation_has_a_recipe():
    assert len(OPERATIONS) == 47
    assert {recipe.operation for recipe in RECIPES} == set(OPERATIONS)
    assert len({str(recipe) for recipe in RECIPES}) == len(RECIPES)


@pytest.mark.parametrize("recipe", RECIPES, ids=str)
def test_valid_requests_succeed(world, recipe):
    body = recipe.make(world)
    reply = world.wire.post(recipe.operation, body)
    assert reply.code == recipe.code, f"{body}: {reply.raw.decode()}"
    assert list(problems(recipe.operation, reply)) == []


@pytest.mark.parametrize("recipe", RECIPES, ids=str)
def test_boto3_has_them_succeed_too(world, recipe):
    call = getattr(world.scene.client, xform_name(recipe.operation))
    body = recipe.make(world)
    if recipe.code is None:
        assert call(**body)["ResponseMetadata"]["HTTPStatusCode"] == 200
        return
    with pytest.raises(ClientError) as refused:
        call(**body)
    # A class of its own: the client knows the exception.
    assert type(refused.value).__name__ == recipe.code


@pytest.mark.parametrize("operation", OPERATIONS)
def test_whatever_fits_the_shapes_is_answered_within_the_model(world, operation):
    shape = MODEL.operation_model(operation).input_shape
    generator = Generator(world, operation)
    found = []
    for _ in range(SHAPED):
        body = generator.body(shape)
        reply = world.wire.post(operation, body)
        found += [f"{json.dumps(body)}: {problem}" for problem in problems(operation, reply)]
        # What cannot be read is of the wrong shape, and these are not.
        if reply.code == "SerializationException":
            found.append(f"{json.dumps(body)}: {reply.raw.decode()}")
    assert not found, "\n".join(found[:5])


def test_the_same_seed_makes_the_same_requests(world):
    shape = MODEL.operation_model("CreateDeploymentGroup").input_shape
    made = [[generator.body(shape) for _ in range(20)] for generator in (
        Generator(world, "", "one"), Generator(world, "", "one"), Generator(world, "", "two"))]
    assert made[0] == made[1] != made[2]


@pytest.mark.parametrize("status, headers, body, problem", [
    (200, {}, {"application": {"applicationName": "a", "createTime": 1.5}}, None),
    (400, {}, {"__type": "ApplicationDoesNotExistException", "message": "m"}, None),
    (200, {}, {"application": {"madeUp": 1}}, "madeUp is unknown"),
    (200, {}, {"application": {"createTime": "2026-11-01T00:00:00Z"}}, "not a timestamp"),
    (200, {"x-amzn-RequestId": None}, {}, "no x-amzn-RequestId"),
    (200, {"Content-Type": "application/json"}, {}, "content type"),
    (400, {}, {"__type": "DeploymentDoesNotExistException", "message": "m"}, "is not declared"),
    (400, {}, {"__type": "ApplicationDoesNotExistException"}, "no message"),
    (400, {"x-amzn-ErrorType": None}, {"__type": "ApplicationDoesNotExistException", "message": "m"}, "ErrorType"),
    (500, {}, {"__type": "InternalFailure", "message": "m"}, "status 500"),
])
def test_what_does_not_fit_is_found(status, headers, body, problem):
    carried = Message()
    usual = {"x-amzn-RequestId": "id", "Content-Type": JSON_11, "x-amzn-ErrorType": body.get("__type")}
    for name, value in {**usual, **headers}.items():
        if value is not None:
            carried[name] = value
    found = list(problems("GetApplication", Reply(status, carried, json.dumps(body).encode())))
    assert found == [] if problem is None else len(found) == 1 and problem in found[0], found
