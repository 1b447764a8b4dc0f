"""Valid requests with one thing broken, and what the model says must come of each."""

import copy
import json
from dataclasses import dataclass
from typing import Callable

# What has to be answered: a refusal, "cannot be read", the same as without the change, or anything typed.
REFUSED, UNREADABLE, SAME, TYPED = "refused", "unreadable", "same", "typed"
LONG, HUGE, MANY = 100_000, 300_000, 1_000
# Deeper than anything that is read.
DEEP = 1_000
OTHERS = {
    "string": [7, ["x"], {"x": "x"}],
    "integer": ["7", True, [7]], "long": ["7", True, [7]],
    "boolean": ["true", 1, {}],
    "timestamp": ["soon", True, {}],
    "list": ["x", 7, {"x": "x"}], "structure": ["x", 7], "map": ["x", 7, ["x"]],
}
NUMBERS = [-1, 0, 101, 1.5, 2**31, 2**63, 2**70]
ODD_TEXTS = ["\u0000", "\u202e\n\t", " ", "漢字 😀", "'; DROP TABLE items; --", "../../etc/passwd", "#/"]


@dataclass(frozen=True)
class Mutation:
    """One change of a body. `change` gets a copy of it and gives what is sent: an object or text."""

    name: str
    expected: str
    change: Callable

    def apply(self, body):
        sent = self.change(copy.deepcopy(body))
        return sent if isinstance(sent, (bytes, str)) else json.dumps(sent)

    def __str__(self):
        return f"{self.name} ({self.expected})"


def mutations(shape, body):
    """Every change of this body that the model has an opinion of, in a fixed order."""
    yield from of_the_whole()
    for node in nodes(shape, body, (), required=True):
        if node.path:
            yield from of_a_member(node)
        yield from getattr(Of, node.shape.type_name)(node)


@dataclass(frozen=True)
class Node:
    """A value in a body."""

    shape: object
    path: tuple
    required: bool
    value: object

    def __str__(self):
        return ".".join(map(str, self.path)) or "it"

    def put(self, what, expected, value):
        return Mutation(f"{self} {what}", expected, lambda body: replaced(body, self.path, value))

    def must(self, broken):
        return REFUSED if broken else TYPED


def nodes(shape, value, path, required):
    """The values of a body, each before what is in it; of a list the first alone."""
    yield Node(shape, path, required, value)
    if shape.type_name == "structure":
        for name, member in value.items():
            yield from nodes(shape.members[name], member, (*path, name), name in shape.required_members)
    elif shape.type_name == "list" and value:
        yield from nodes(shape.member, value[0], (*path, 0), False)
    elif shape.type_name == "map":
        for key, member in value.items():
            yield from nodes(shape.value, member, (*path, key), False)


def replaced(body, path, value):
    if not path:
        return value
    at(body, path[:-1])[path[-1]] = value
    return body


def at(body, path):
    for part in path:
        body = body[part]
    return body


def of_the_whole():
    yield Mutation("cut off", UNREADABLE, lambda body: json.dumps(body)[:-1])
    yield Mutation("with more behind", UNREADABLE, lambda body: json.dumps(body) + "{}")
    yield Mutation("as a list", UNREADABLE, lambda body: [body])
    yield Mutation("not UTF-8", UNREADABLE, lambda body: json.dumps({**body, "x": "?"}).encode().replace(b"?", b"\xff"))
    # In a member that nobody reads neither has to be noticed, but neither may do harm.
    yield Mutation("half a surrogate", TYPED, lambda body: json.dumps({**body, "x": "?"}).replace("?", "\\ud800"))
    yield Mutation("deep", TYPED, lambda body: json.dumps({**body, "x": 0})[:-2] + nested(LONG) + "}")
    yield Mutation("nested", SAME, lambda body: json.dumps({**body, "x": 0})[:-2] + nested(50) + "}")
    yield Mutation("huge", SAME, lambda body: {**body, "x": "x" * HUGE})


def nested(depth):
    return "[" * depth + "]" * depth


def as_text(body, path, text):
    """The body as JSON text with this text in the place of a value."""
    return json.dumps(replaced(body, path, "\0here")).replace(json.dumps("\0here"), text)


def of_a_member(node):
    if isinstance(node.path[-1], str):
        def drop(body):
            del at(body, node.path[:-1])[node.path[-1]]
            return body
        yield Mutation(f"{node} left out", node.must(node.required), drop)
    yield node.put("null", node.must(node.required), None)
    yield Mutation(f"{node} deep", UNREADABLE, lambda body: as_text(body, node.path, nested(DEEP)))
    for other in OTHERS[node.shape.type_name]:
        yield node.put(f"as {json.dumps(other)}", UNREADABLE, other)


class Of:
    """By the type of the value."""

    @staticmethod
    def structure(node):
        def add(body):
            at(body, node.path)["madeUp"] = {"by": ["nobody", None, 1.5]}
            return body
        yield Mutation(f"{node} with an unknown member", SAME, add)
        if node.path:
            yield node.put("empty", node.must(node.required), {})
            # What else a list may be read as is not what the model says.
            yield node.put("as a list of its members", UNREADABLE, list(node.value.values()))
            yield node.put("as an empty list", UNREADABLE, [])

    @staticmethod
    def list(node):
        longest = node.shape.metadata.get("max")
        yield node.put("empty", node.must(node.required), [])
        yield node.put("of null", TYPED, [None])
        yield node.put("in a list", UNREADABLE, [node.value])
        yield node.put("many", node.must(longest), node.value[:1] * MANY)
        if longest:
            yield node.put("one too many", REFUSED, node.value[:1] * (longest + 1))

    @staticmethod
    def map(node):
        yield node.put("empty", TYPED, {})
        if getattr(node.shape.key, "enum", None):
            yield node.put("under another key", REFUSED, {"MadeUp": next(iter(node.value.values()))})

    @staticmethod
    def string(node):
        limits = node.shape.metadata
        yield Mutation(f"{node} as half a surrogate", UNREADABLE,
                       lambda body: as_text(body, node.path, '"\\ud800"'))
        yield node.put("empty", node.must(node.required or limits.get("min")), "")
        if getattr(node.shape, "enum", None):
            for word in ("MadeUp", node.value.swapcase(), node.value + " "):
                yield node.put(f"as {word!r}", REFUSED, word)
        else:
            for text in ODD_TEXTS:
                yield node.put(f"as {text!r}", node.must("pattern" in limits), text)
        if "max" in limits and "enum" not in limits:
            yield node.put("one too long", REFUSED, "x" * (limits["max"] + 1))
        yield node.put("huge", node.must("max" in limits or "enum" in limits), "x" * HUGE)

    @staticmethod
    def integer(node):
        for number in NUMBERS:
            yield node.put(f"as {number}", TYPED, number)

    long = timestamp = integer

    @staticmethod
    def boolean(node):
        yield node.put("the other way", TYPED, not node.value)
