"""Deploys template.yaml to an emulator, with the functions' executables from a directory.

    python deploy_stack.py --endpoint http://127.0.0.1:4566 --bootstraps DIR
        [--stack cutover] [--template template.yaml] [--parameter Name=Value ...] [--keep-table]

DIR holds one executable per function, named as the folder under functions/ is (DIR/api), or the
layout cargo-lambda leaves behind (DIR/api/bootstrap). Prints the stack's outputs as one JSON object;
to those of the template it adds ApiEndpoint, HostDeskEndpoint and, if it is wanted, WebhookEndpoint, the addresses the
emulator serves them at.

The template goes through the SAM translator here, so that a stack is made of the very resources the
template's checks look at. A second call updates the stack.
"""

import argparse
import hashlib
import io
import json
import pathlib
import sys
import urllib.parse
import zipfile

import boto3
import botocore
from botocore.config import Config
from botocore.exceptions import ClientError, EndpointConnectionError, WaiterError

from expand_sam import dump, expand, parse

BUCKET = "cutover-code"


def parse_arguments():
    parser = argparse.ArgumentParser(description="Deploy template.yaml to an emulator.")
    parser.add_argument("--endpoint", required=True)
    parser.add_argument("--bootstraps", type=pathlib.Path, required=True)
    parser.add_argument("--stack", default="cutover")
    parser.add_argument("--template", type=pathlib.Path,
                        default=pathlib.Path(__file__).parents[2] / "template.yaml")
    parser.add_argument("--parameter", action="append", default=[], metavar="Name=Value")
    parser.add_argument("--keep-table", action="store_true", help="protect the table as on AWS")
    return parser.parse_args()


def executable(directory, name):
    for path in (directory / name / "bootstrap", directory / name):
        if path.is_file():
            return path
    sys.exit(f"no executable of {name} in {directory}")


def archive(path):
    """A package with one file. Its bytes depend on that file alone, so what did not change stays."""
    entry = zipfile.ZipInfo("bootstrap", date_time=(1980, 1, 1, 0, 0, 0))
    entry.external_attr = 0o755 << 16
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as file:
        file.writestr(entry, path.read_bytes())
    return buffer.getvalue()


def upload(s3, template, bootstraps):
    """Stores every function's package and points the template at it."""
    try:
        s3.create_bucket(Bucket=BUCKET)
    except ClientError as error:
        if error.response["Error"]["Code"] not in ("BucketAlreadyOwnedByYou", "BucketAlreadyExists"):
            raise
    for resource in template["Resources"].values():
        if resource["Type"] == "AWS::Serverless::Function":
            name = pathlib.PurePosixPath(resource["Properties"]["CodeUri"]).name
            package = archive(executable(bootstraps, name))
            key = f"{name}-{hashlib.sha256(package).hexdigest()[:16]}.zip"
            s3.put_object(Bucket=BUCKET, Key=key, Body=package)
            resource["Properties"]["CodeUri"] = f"s3://{BUCKET}/{key}"


def release_table(template, parameters):
    """A test's stack takes its table along. A deletion policy cannot depend on a parameter."""
    for resource in template["Resources"].values():
        if resource["Type"] == "AWS::DynamoDB::Table":
            resource["DeletionPolicy"] = resource["UpdateReplacePolicy"] = "Delete"
    parameters.setdefault("TableDeletionProtection", "false")


def use_local_certificates(template):
    """Names a bundle of certificates that exists here: the functions run on this machine, and a
    client that finds no certificates panics even where it will only speak plain HTTP."""
    variables = template["Globals"]["Function"]["Environment"]["Variables"]
    variables["SSL_CERT_FILE"] = str(pathlib.Path(botocore.__file__).with_name("cacert.pem"))


def deploy(cloudformation, s3, stack, template, parameters):
    """Creates or updates the stack and waits for it."""
    body = dump(expand(template))
    # Beyond 51,200 bytes a template has to come from S3.
    key = f"{stack}-{hashlib.sha256(body.encode()).hexdigest()[:16]}.yaml"
    s3.put_object(Bucket=BUCKET, Key=key, Body=body.encode())
    request = {
        "StackName": stack,
        "TemplateURL": f"{s3.meta.endpoint_url}/{BUCKET}/{key}",
        "Capabilities": ["CAPABILITY_IAM"],
        "Parameters": [{"ParameterKey": k, "ParameterValue": v} for k, v in parameters.items()],
    }
    try:
        cloudformation.create_stack(**request)
        waiter = "stack_create_complete"
    except ClientError as error:
        if error.response["Error"]["Code"] != "AlreadyExistsException":
            raise
        waiter = "stack_update_complete"
        try:
            cloudformation.update_stack(**request)
        except ClientError as refused:
            if "No updates are to be performed" not in str(refused):
                raise
            return
    try:
        cloudformation.get_waiter(waiter).wait(
            StackName=stack, WaiterConfig={"Delay": 1, "MaxAttempts": 120})
    except WaiterError:
        for event in reversed(cloudformation.describe_stack_events(StackName=stack)["StackEvents"]):
            if event["ResourceStatus"].endswith("FAILED"):
                reason = event.get("ResourceStatusReason", "")
                print(event["LogicalResourceId"], event["ResourceStatus"], reason, file=sys.stderr)
        sys.exit(f"stack {stack} did not come up")


def outputs(cloudformation, endpoint, stack):
    described = cloudformation.describe_stacks(StackName=stack)["Stacks"][0]
    values = {o["OutputKey"]: o["OutputValue"] for o in described.get("Outputs", [])}
    for name in ("Api", "HostDesk", "Webhook"):
        host = urllib.parse.urlsplit(values.get(f"{name}Url", "")).hostname
        if host:
            # The name in the URL resolves nowhere here; the emulator serves the same by path.
            values[f"{name}Endpoint"] = f"{endpoint}/_aws/lambda-url/{host.split('.')[0]}/"
    return values


def run():
    arguments = parse_arguments()
    session = boto3.Session(aws_access_key_id="test", aws_secret_access_key="test",
                            region_name="us-east-1")
    settings = {"endpoint_url": arguments.endpoint.rstrip("/"),
                "config": Config(s3={"addressing_style": "path"}, retries={"max_attempts": 2})}
    s3, cloudformation = session.client("s3", **settings), session.client("cloudformation", **settings)
    template = parse(arguments.template.read_text(encoding="utf-8"))
    parameters = dict(given.split("=", 1) for given in arguments.parameter)
    if not arguments.keep_table:
        release_table(template, parameters)
    use_local_certificates(template)
    upload(s3, template, arguments.bootstraps)
    deploy(cloudformation, s3, arguments.stack, template, parameters)
    print(json.dumps(outputs(cloudformation, arguments.endpoint.rstrip("/"), arguments.stack), indent=2))


if __name__ == "__main__":
    try:
        run()
    except (ClientError, EndpointConnectionError) as error:
        sys.exit(str(error))
