"""Holds what the service answers against the API's own output shapes, as botocore carries them."""

import json

# What the live service answers although its published model does not list it.
UNLISTED = {"MOST_CONCURRENCY"}


def check_answers(client):
    """Makes every answer of this client be checked; botocore itself drops what it does not know."""
    def before_parse(operation_model, response_dict, **_):
        if response_dict["status_code"] < 300:
            body = response_dict["body"]
            problems = list(check_body(body, operation_model.output_shape))
            assert not problems, f"{operation_model.name}: {'; '.join(problems)} in {body.decode()}"
    client.meta.events.register("before-parse.codedeploy", before_parse)
    return client


def check_body(body, shape):
    if shape is None:
        return [] if body in (b"", b"{}") else ["something is answered where nothing should be"]
    return mismatches(json.loads(body), shape, shape.name)


def mismatches(value, shape, where):
    """Everything in a value that its shape does not allow."""
    if shape.type_name == "structure":
        yield from structure(value, shape, where)
    elif shape.type_name == "list":
        yield from items(value, shape, where)
    elif shape.type_name == "map":
        yield from entries(value, shape, where)
    elif not is_scalar(value, shape.type_name):
        yield f"{where} is {value!r}, not a {shape.type_name}"
    elif getattr(shape, "enum", None) and value not in {*shape.enum, *UNLISTED}:
        yield f"{where} is {value!r}, not one of {shape.enum}"


def structure(value, shape, where):
    if not isinstance(value, dict):
        yield f"{where} is {value!r}, not a structure"
        return
    for name, member in value.items():
        if name not in shape.members:
            yield f"{where}.{name} is unknown"
        else:
            yield from mismatches(member, shape.members[name], f"{where}.{name}")


def items(value, shape, where):
    if not isinstance(value, list):
        yield f"{where} is {value!r}, not a list"
        return
    for place, item in enumerate(value):
        yield from mismatches(item, shape.member, f"{where}[{place}]")


def entries(value, shape, where):
    if not isinstance(value, dict):
        yield f"{where} is {value!r}, not a map"
        return
    for key, entry in value.items():
        yield from mismatches(entry, shape.value, f"{where}[{key!r}]")


def is_scalar(value, type_name):
    if type_name == "string":
        return isinstance(value, str)
    if type_name == "boolean":
        return isinstance(value, bool)
    if isinstance(value, bool):
        return False
    if type_name in ("integer", "long"):
        return isinstance(value, int)
    if type_name in ("float", "double", "timestamp"):
        return isinstance(value, (int, float))
    raise AssertionError(f"no test for a {type_name}")
