"""Answers which version of it was asked."""


def handler(event, context):
    return {"version": context.function_version}
