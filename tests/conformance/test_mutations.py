"""Every valid request with one thing broken: the answer is a typed refusal, or a success where the model finds
nothing wrong with it, and a refused request has changed nothing. The same for the same CUTOVER_MODEL_SEED."""

import pytest

from generator import SEED, Generator
from mutations import REFUSED, SAME, TYPED, UNREADABLE, Mutation, mutations
from recipes import RECIPES
from wire import MODEL, problems
from world import fingerprint

# Random bodies that are refused anyway, broken as well.
SHAPED = 2
# What cannot be read never gets as far as the store: of every so many one is sent again.
UNREAD = 5


@pytest.fixture(scope="module")
def refused():
    """What was sent and refused, by recipe."""
    return {}


@pytest.mark.parametrize("recipe", RECIPES, ids=str, scope="class")
class TestOneThingBroken:
    def test_is_answered_within_the_model(self, world, refused, recipe):
        world.tidy()
        shape = MODEL.operation_model(recipe.operation).input_shape
        body = recipe.make(world)
        sent, found = refused.setdefault(str(recipe), []), []
        for number, mutation in enumerate(mutations(shape, body)):
            request = mutation.apply(body)
            reply = world.wire.post(recipe.operation, request)
            found += [f"{mutation}: {problem}" for problem in wrong(recipe, mutation, reply)]
            if reply.status != 200 and (mutation.expected != UNREADABLE or number % UNREAD == 0):
                sent.append(request)
            if reply.code is None and recipe.consumed:
                body = recipe.make(world)
        assert sent
        assert not found, f"{len(found)}:\n" + "\n".join(found[:40])

    def test_and_changes_nothing_when_it_is_refused(self, world, refused, recipe):
        sent = refused.get(str(recipe))
        if not sent:
            pytest.skip("the requests are made by the test before")
        before = world.settle()
        for request in sent:
            reply = world.wire.post(recipe.operation, request)
            assert reply.status == 400, f"refused before, and now {reply.status}: {request[:500]!r}"
        assert fingerprint(world) == before


def wrong(recipe, mutation, reply):
    """What is wrong with the answer to a broken request."""
    yield from problems(recipe.operation, reply)
    code = reply.code or "a success"
    if mutation.expected == UNREADABLE and code != "SerializationException":
        yield f"{code} instead of SerializationException"
    if mutation.expected == REFUSED and code in ("a success", "SerializationException"):
        yield f"{code} instead of a refusal"
    # Some requests meet a refusal unbroken, and others have used up what they were about.
    if mutation.expected == SAME and reply.code not in (recipe.code, "LifecycleEventAlreadyCompletedException"):
        yield f"{code} instead of {recipe.code or 'a success'}"


@pytest.mark.parametrize("operation", MODEL.operation_names)
def test_random_requests_broken(world, operation):
    shape = MODEL.operation_model(operation).input_shape
    generator = Generator(world, operation, f"{SEED} broken")
    found = []
    for _ in range(SHAPED):
        body = generator.body(shape)
        for mutation in mutations(shape, body):
            reply = world.wire.post(operation, mutation.apply(body))
            found += [f"{mutation} {body}: {problem}" for problem in problems(operation, reply)]
            if mutation.expected == UNREADABLE and reply.code != "SerializationException":
                found.append(f"{mutation} {body}: {reply.code} instead of SerializationException")
    world.tidy()
    assert not found, f"{len(found)}:\n" + "\n".join(found[:20])


@pytest.mark.parametrize("operation, make", [
    ("TagResource", lambda w: {"ResourceArn": w.arns[0], "Tags": [{"Key": "seen", "Value": "1"}]}),
    ("CreateApplication", lambda w: {"applicationName": w.fresh("seen")}),
    ("UpdateDeploymentGroup", lambda w: {
        "applicationName": "hosts", "currentDeploymentGroupName": "fleet", "outdatedInstancesStrategy": "IGNORE"}),
    ("AddTagsToOnPremisesInstances", lambda w: {
        "instanceNames": [w.instance], "tags": [{"Key": "seen", "Value": "1"}]}),
    ("RegisterApplicationRevision", lambda w: {
        "applicationName": "shop", "revision": w.appspec("seen")}),
    ("StopDeployment", lambda w: {"deploymentId": w.running}),
], ids=lambda value: value if isinstance(value, str) else "")
def test_a_change_would_be_seen(world, operation, make):
    before = fingerprint(world)
    world.wire.call(operation, **make(world))
    assert fingerprint(world) != before


def test_the_mutations_of_a_request():
    shape = MODEL.operation_model("CreateApplication").input_shape
    body = {"applicationName": "a", "computePlatform": "Server", "tags": [{"Key": "k", "Value": "v"}]}
    made = list(mutations(shape, body))
    names = [mutation.name for mutation in made]
    assert len(set(names)) == len(names) > 60
    by_name = {mutation.name: mutation for mutation in made}
    for name, expected in [
        ("applicationName left out", REFUSED), ("applicationName null", REFUSED), ("applicationName empty", REFUSED),
        ("applicationName one too long", REFUSED), ("applicationName as ' '", REFUSED), ("computePlatform null", TYPED),
        ("computePlatform as 'MadeUp'", REFUSED), ("tags as \"x\"", UNREADABLE), ("tags.0.Key as 7", UNREADABLE),
        ("it with an unknown member", SAME), ("tags.0 with an unknown member", SAME), ("tags many", TYPED),
    ]:
        assert by_name[name].expected == expected
    assert by_name["tags.0.Key as 7"].apply(body) == (
        '{"applicationName": "a", "computePlatform": "Server", "tags": [{"Key": 7, "Value": "v"}]}')
    assert body["tags"][0]["Key"] == "k", "a mutation leaves the body itself as it is"


def test_what_is_wrong_is_told(world):
    recipe = next(recipe for recipe in RECIPES if recipe.operation == "GetApplication")
    replies = {"a success": {"applicationName": "shop"}, "unknown": {"applicationName": "nowhere"}, "unread": []}
    replies = {name: world.wire.post("GetApplication", body) for name, body in replies.items()}
    for name, expected, told in [
        ("a success", SAME, 0), ("a success", TYPED, 0), ("a success", REFUSED, 1), ("a success", UNREADABLE, 1),
        ("unknown", SAME, 1), ("unknown", TYPED, 0), ("unknown", REFUSED, 0), ("unknown", UNREADABLE, 1),
        ("unread", SAME, 1), ("unread", REFUSED, 1), ("unread", UNREADABLE, 0),
    ]:
        mutation = Mutation("m", expected, lambda body: body)
        assert len(list(wrong(recipe, mutation, replies[name]))) == told, (name, expected)
