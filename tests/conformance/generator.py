"""Requests made from the API's own model: shapes filled at random out of the world, the same for the same seed."""

import os
import random

SEED = int(os.environ.get("CUTOVER_MODEL_SEED", "20261101"))
LETTERS = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
ODD = ["ü", "漢字", "\u0000", "\u202e", "a b", "'; --", "../..", "{}", "%00", "\\", "\"", "\n", "😀"]
# How often a name is one of the world's, and an optional member is there.
KNOWN, THERE = 0.85, 0.4


# Operations that could take away what the other tests stand on: they know other things by name.
DESTRUCTIVE = {
    "DeleteApplication", "DeleteDeploymentConfig", "DeleteDeploymentGroup", "DeregisterOnPremisesInstance",
    "StopDeployment", "TagResource", "UntagResource", "UpdateApplication", "UpdateDeploymentGroup",
    "AddTagsToOnPremisesInstances", "RemoveTagsFromOnPremisesInstances"}


class Generator:
    """Makes bodies that fit an operation's input shape."""

    def __init__(self, world, operation, seed=SEED):
        self.world, self.random = world, random.Random(f"{seed} {operation}")
        self.known = self.known_values()
        if operation in DESTRUCTIVE:
            self.known.update(self.loose_values())

    def known_values(self):
        """What stands in the world, by the name of the shape that names it."""
        world = self.world
        deployments = [world.succeeded, world.stopped, world.on_hosts]
        return {
            "ApplicationName": list(world.applications.values()),
            "DeploymentGroupName": ["prod", "fleet", "services"],
            "DeploymentConfigName": ["Short", "CodeDeployDefault.OneAtATime", "CodeDeployDefault.ECSAllAtOnce",
                                     "CodeDeployDefault.LambdaAllAtOnce"],
            "DeploymentId": deployments,
            "InstanceName": [world.instance, world.gone],
            "TargetId": world.target_ids,
            "Role": ["arn:aws:iam::123456789012:role/cutover"],
            "Arn": world.arns,
            "Key": ["role", "team"],
            "Value": ["web", "blue"],
            "S3Bucket": ["releases"], "S3Key": ["shop/1.zip"], "Repository": ["octo/shop"],
        }

    def loose_values(self):
        """Things that nobody misses."""
        world = self.world
        application, instance = world.fresh("app"), world.on_premises()
        world.wire.call("CreateApplication", applicationName=application)
        names = world.group("Server", applicationName=application)
        return {
            "ApplicationName": [names["applicationName"]], "DeploymentGroupName": [names["deploymentGroupName"]],
            "DeploymentConfigName": ["CodeDeployDefault.OneAtATime", "CodeDeployDefault.ECSAllAtOnce"],
            "DeploymentId": [world.succeeded, world.stopped], "InstanceName": [instance],
            "Arn": [world.group_arn(names)],
        }

    def body(self, shape):
        """A structure: what is required, and some of what is not."""
        members = {}
        for name, member in shape.members.items():
            # A page that the world does not have is the mutations' business.
            if name.lower() == "nexttoken":
                continue
            if name in shape.required_members or self.random.random() < THERE:
                members[name] = self.value(member)
        return members

    def value(self, shape):
        make = getattr(self, shape.type_name, None) or self.string
        return make(shape)

    structure = body

    def list(self, shape):
        return [self.value(shape.member) for _ in range(self.random.choice([1, 1, 1, 2, 3]))]

    def map(self, shape):
        return {self.value(shape.key): self.value(shape.value) for _ in range(self.random.choice([1, 1, 2]))}

    def string(self, shape):
        if getattr(shape, "enum", None):
            return self.random.choice(shape.enum)
        if shape.name in self.known and self.random.random() < KNOWN:
            return self.random.choice(self.known[shape.name])
        if "pattern" in shape.metadata or self.random.random() < 0.7:
            longest = min(shape.metadata.get("max", 20), 20)
            return "".join(self.random.choices(LETTERS, k=self.random.randint(1, longest)))
        return self.random.choice(ODD)

    def boolean(self, _):
        return self.random.random() < 0.5

    def integer(self, _):
        return self.random.choice([0, 1, 5, 10, 50, 99, 100, 1000])

    long = integer

    def timestamp(self, _):
        return self.random.choice([0, 1, 1_700_000_000, 1_700_000_000.123, 4_000_000_000])
