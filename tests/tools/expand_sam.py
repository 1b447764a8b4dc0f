"""Prints the CloudFormation template that a SAM template stands for, without calling AWS.

    python expand_sam.py template.yaml > expanded.yaml

cfn-lint reads SAM resources as they are written, so a mistake that only shows in what they turn
into (a batch size the queue does not allow, a reference that leads nowhere) needs this step first.
"""

import logging
import os
import sys

import yaml
from samtranslator.translator.transform import transform
from samtranslator.yaml_helper import yaml_parse


class NoManagedPolicies:
    """The translator asks IAM for the ARNs of policies that are given by name. We give ARNs."""

    def load(self):
        return {}


class Dumper(yaml.SafeDumper):
    """Writes a value out wherever it stands: CloudFormation does not know YAML's aliases."""

    def ignore_aliases(self, data):
        return True


def expand(template):
    """The plain template of a parsed SAM template, which is changed on the way."""
    for name, resource in template["Resources"].items():
        if resource.get("Type") == "AWS::Serverless::Function":
            # A path on this machine; only an S3 address can be translated.
            if not str(resource["Properties"].get("CodeUri", "")).startswith("s3://"):
                resource["Properties"]["CodeUri"] = f"s3://code/{name}.zip"
    logging.disable(logging.CRITICAL)
    os.environ.setdefault("AWS_DEFAULT_REGION", "us-east-1")
    try:
        return transform(template, {}, NoManagedPolicies())
    finally:
        logging.disable(logging.NOTSET)


def parse(text):
    """A parsed template in which the short forms (`!Ref`) are spelt out."""
    return yaml_parse(text)


def dump(template):
    """The template's text."""
    return yaml.dump(template, Dumper=Dumper, sort_keys=False, width=160)


if __name__ == "__main__":
    with open(sys.argv[1], encoding="utf-8") as file:
        sys.stdout.write(dump(expand(parse(file.read()))))
