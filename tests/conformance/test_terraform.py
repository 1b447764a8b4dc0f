"""What Terraform's CodeDeploy resources read back after what they have written: every difference would be a
change that never ends."""

import pytest

from scene import ROLE, ROLLBACK_EVENTS, STYLE
from support import ACCOUNT, REGION

IN_PLACE = {"deploymentType": "IN_PLACE", "deploymentOption": "WITHOUT_TRAFFIC_CONTROL"}
BLUE_GREEN = {"deploymentType": "BLUE_GREEN", "deploymentOption": "WITH_TRAFFIC_CONTROL"}
LISTENER = f"arn:aws:elasticloadbalancing:{REGION}:{ACCOUNT}:listener/app/web/0/{{}}"
EMPTY = ("autoScalingGroups", "ec2TagFilters", "onPremisesInstanceTagFilters", "triggerConfigurations")


class Group:
    """One aws_codedeploy_deployment_group."""

    def __init__(self, scene, client, platform="Server", **settings):
        self.client, self.application, self.name = client, scene.name("tf-app"), "group"
        client.create_application(applicationName=self.application, computePlatform=platform)
        self.id = client.create_deployment_group(
            applicationName=self.application, deploymentGroupName=self.name, serviceRoleArn=ROLE,
            **settings)["deploymentGroupId"]

    def read(self):
        return self.client.get_deployment_group(
            applicationName=self.application, deploymentGroupName=self.name)["deploymentGroupInfo"]

    def update(self, **settings):
        """What it reads after the update; Terraform sends the names and what has changed."""
        self.client.update_deployment_group(
            applicationName=self.application, currentDeploymentGroupName=self.name, **settings)
        self.name = settings.get("newDeploymentGroupName", self.name)
        return self.read()


@pytest.fixture
def group(scene, client):
    """Makes groups, and deletes their applications."""
    made = []

    def make(**settings):
        made.append(Group(scene, client, **settings))
        return made[-1]
    yield make
    for each in made:
        client.delete_application(applicationName=each.application)


class TestApplications:
    def test_defaults(self, scene, client):
        name = scene.name("tf-app")
        client.create_application(applicationName=name)
        got = client.get_application(applicationName=name)["application"]
        assert got["computePlatform"] == "Server"
        assert got["linkedToGitHub"] is False
        assert "gitHubAccountName" not in got
        assert client.list_tags_for_resource(ResourceArn=arn(f"application:{name}"))["Tags"] == []

    def test_one_that_is_gone_is_told_so(self, scene, client):
        with pytest.raises(client.exceptions.ApplicationDoesNotExistException):
            client.get_application(applicationName=scene.name("tf-app"))

    def test_made_again_it_is_another(self, scene, client):
        name = scene.name("tf-app")

        def make():
            client.create_application(applicationName=name, tags=[{"Key": "a", "Value": "b"}])
            return client.get_application(applicationName=name)["application"]
        first = make()
        client.delete_application(applicationName=name)
        second = make()
        assert first["applicationId"] != second["applicationId"]
        assert first["createTime"] < second["createTime"]

    def test_renamed_it_stays_itself(self, scene, client):
        name, new = scene.name("tf-app"), scene.name("tf-app")
        made = client.create_application(applicationName=name, tags=[{"Key": "a", "Value": "b"}])
        client.update_application(applicationName=name, newApplicationName=new)
        assert client.get_application(applicationName=new)["application"]["applicationId"] == made["applicationId"]
        tags = client.list_tags_for_resource(ResourceArn=arn(f"application:{new}"))["Tags"]
        assert tags == [{"Key": "a", "Value": "b"}]


class TestConfigurations:
    @pytest.mark.parametrize("platform, given, absent", [
        ("Server", {"minimumHealthyHosts": {"type": "HOST_COUNT", "value": 2}}, ["trafficRoutingConfig", "zonalConfig"]),
        ("Lambda", {"trafficRoutingConfig": {
            "type": "TimeBasedCanary", "timeBasedCanary": {"canaryPercentage": 20, "canaryInterval": 3}}},
         ["minimumHealthyHosts", "zonalConfig"]),
        ("ECS", {"trafficRoutingConfig": {
            "type": "TimeBasedLinear", "timeBasedLinear": {"linearPercentage": 20, "linearInterval": 3}}},
         ["minimumHealthyHosts", "zonalConfig"]),
        ("Lambda", {"trafficRoutingConfig": {"type": "AllAtOnce"}}, ["minimumHealthyHosts", "zonalConfig"]),
        ("Server", {"minimumHealthyHosts": {"type": "FLEET_PERCENT", "value": 50}, "zonalConfig": {
            "firstZoneMonitorDurationInSeconds": 60, "monitorDurationInSeconds": 30,
            "minimumHealthyHostsPerZone": {"type": "HOST_COUNT", "value": 1}}}, ["trafficRoutingConfig"]),
    ], ids=["hosts", "canary", "linear", "at once", "zonal"])
    def test_are_read_back_as_given(self, scene, client, platform, given, absent):
        name = scene.name("tf-config")
        client.create_deployment_config(deploymentConfigName=name, computePlatform=platform, **given)
        got = client.get_deployment_config(deploymentConfigName=name)["deploymentConfigInfo"]
        assert got["computePlatform"] == platform
        assert {member: got[member] for member in given} == given
        assert not set(absent) & set(got)
        client.delete_deployment_config(deploymentConfigName=name)
        with pytest.raises(client.exceptions.DeploymentConfigDoesNotExistException):
            client.get_deployment_config(deploymentConfigName=name)


class TestMinimalGroups:
    def test_on_hosts(self, group):
        made = group()
        got = made.read()
        assert got["deploymentGroupId"] == made.id
        assert got["deploymentConfigName"] == "CodeDeployDefault.OneAtATime"
        assert got["deploymentStyle"] == IN_PLACE
        assert got["outdatedInstancesStrategy"] == "UPDATE"
        assert got["computePlatform"] == "Server"
        assert got.get("terminationHookEnabled", False) is False
        for member in EMPTY:
            assert got[member] == [], member
        for member in ("loadBalancerInfo", "blueGreenDeploymentConfiguration", "ec2TagSet", "onPremisesTagSet",
                       "lastSuccessfulDeployment", "lastAttemptedDeployment", "targetRevision"):
            assert not got.get(member), member
        assert got.get("ecsServices", []) == []
        # A block is there for as long as it says more than "no".
        for member, inside in (("alarmConfiguration", "alarms"), ("autoRollbackConfiguration", "events")):
            assert got.get(member, {}).get("enabled", False) is False and not got.get(member, {}).get(inside)

    def test_of_functions(self, group):
        got = group(platform="Lambda", deploymentStyle=STYLE,
                    deploymentConfigName="CodeDeployDefault.LambdaAllAtOnce").read()
        assert got["deploymentStyle"] == STYLE
        assert got["deploymentConfigName"] == "CodeDeployDefault.LambdaAllAtOnce"
        assert not got.get("loadBalancerInfo") and not got.get("blueGreenDeploymentConfiguration")

    def test_what_is_gone_is_told_so(self, scene, client, group):
        made = group()
        client.delete_deployment_group(applicationName=made.application, deploymentGroupName=made.name)
        with pytest.raises(client.exceptions.DeploymentGroupDoesNotExistException):
            made.read()
        client.delete_application(applicationName=made.application)
        with pytest.raises(client.exceptions.ApplicationDoesNotExistException):
            made.read()


class TestUpdates:
    def test_what_is_absent_stays(self, group):
        settings = {
            "ec2TagFilters": [{"Key": "role", "Value": "web", "Type": "KEY_AND_VALUE"}],
            "autoRollbackConfiguration": {"enabled": True, "events": ROLLBACK_EVENTS},
            "alarmConfiguration": {"enabled": True, "ignorePollAlarmFailure": True, "alarms": [{"name": "a"}]},
            "outdatedInstancesStrategy": "IGNORE",
            "triggerConfigurations": [{"triggerName": "t", "triggerEvents": ["DeploymentFailure"],
                                       "triggerTargetArn": f"arn:aws:sns:{REGION}:{ACCOUNT}:t"}]}
        made = group(**settings)
        before = made.read()
        assert {member: before[member] for member in settings} == settings
        after = made.update(deploymentConfigName="CodeDeployDefault.AllAtOnce")
        assert after == {**before, "deploymentConfigName": "CodeDeployDefault.AllAtOnce"}
        assert made.update(newDeploymentGroupName="other") == {**after, "deploymentGroupName": "other"}
        assert made.update(serviceRoleArn=ROLE + "2")["serviceRoleArn"] == ROLE + "2"

    @pytest.mark.parametrize("member, given, cleared", [
        ("ec2TagFilters", [{"Key": "a", "Value": "b", "Type": "KEY_AND_VALUE"}], []),
        ("onPremisesInstanceTagFilters", [{"Key": "a", "Type": "KEY_ONLY"}], []),
        ("autoScalingGroups", ["web"], []),
        ("triggerConfigurations", [{"triggerName": "t", "triggerEvents": ["DeploymentStart"],
                                    "triggerTargetArn": f"arn:aws:sns:{REGION}:{ACCOUNT}:t"}], []),
        ("loadBalancerInfo", {"elbInfoList": [{"name": "lb"}]}, {}),
        ("ec2TagSet", {"ec2TagSetList": [[{"Key": "a", "Type": "KEY_ONLY"}]]}, {}),
        ("onPremisesTagSet", {"onPremisesTagSetList": [[{"Key": "a", "Type": "KEY_ONLY"}]]}, {}),
    ])
    def test_what_is_empty_is_cleared(self, group, member, given, cleared):
        made = group(**{member: given})
        got = made.read()[member]
        if member == "autoScalingGroups":
            got = [each["name"] for each in got]
        assert got == given
        assert not made.update(**{member: cleared}).get(member)
        assert not made.read().get(member)

    def test_alarms_and_rollback_say_whether_they_are_on(self, group):
        made = group(alarmConfiguration={"enabled": True, "alarms": [{"name": "a"}]},
                     autoRollbackConfiguration={"enabled": True, "events": ["DEPLOYMENT_FAILURE"]})
        got = made.read()
        assert got["alarmConfiguration"] == {
            "enabled": True, "ignorePollAlarmFailure": False, "alarms": [{"name": "a"}]}
        assert got["autoRollbackConfiguration"] == {"enabled": True, "events": ["DEPLOYMENT_FAILURE"]}
        # Switched off, the lists stay as they are given.
        off = {"enabled": False, "ignorePollAlarmFailure": False, "alarms": [{"name": "a"}]}
        assert made.update(alarmConfiguration=off)["alarmConfiguration"] == off
        # This is how a block that was taken out is sent.
        got = made.update(alarmConfiguration={"enabled": False, "ignorePollAlarmFailure": False, "alarms": []},
                          autoRollbackConfiguration={"enabled": False, "events": []})
        assert got["alarmConfiguration"] == {"enabled": False, "ignorePollAlarmFailure": False, "alarms": []}
        assert got["autoRollbackConfiguration"] == {"enabled": False, "events": []}

    def test_the_termination_hook(self, group):
        made = group(terminationHookEnabled=True)
        assert made.read()["terminationHookEnabled"] is True
        assert made.update(outdatedInstancesStrategy="IGNORE")["terminationHookEnabled"] is True
        assert made.update(terminationHookEnabled=False)["terminationHookEnabled"] is False


class TestBlueGreen:
    OPTIONS = {
        "terminateBlueInstancesOnDeploymentSuccess": {"action": "TERMINATE", "terminationWaitTimeInMinutes": 120},
        "deploymentReadyOption": {"actionOnTimeout": "STOP_DEPLOYMENT", "waitTimeInMinutes": 60},
        "greenFleetProvisioningOption": {"action": "DISCOVER_EXISTING"}}

    def make(self, group, **options):
        return group(deploymentStyle=BLUE_GREEN, loadBalancerInfo={"elbInfoList": [{"name": "lb"}]},
                     blueGreenDeploymentConfiguration={**self.OPTIONS, **options})

    def test_is_read_back_as_given(self, group):
        got = self.make(group).read()
        assert got["blueGreenDeploymentConfiguration"] == self.OPTIONS
        assert got["loadBalancerInfo"]["elbInfoList"] == [{"name": "lb"}]
        assert not got["loadBalancerInfo"].get("targetGroupInfoList")
        assert not got["loadBalancerInfo"].get("targetGroupPairInfoList")

    def test_a_wait_that_is_not_given_is_0(self, group):
        got = self.make(group, terminateBlueInstancesOnDeploymentSuccess={"action": "KEEP_ALIVE"},
                        deploymentReadyOption={"actionOnTimeout": "CONTINUE_DEPLOYMENT"}).read()
        options = got["blueGreenDeploymentConfiguration"]
        assert options["terminateBlueInstancesOnDeploymentSuccess"] == {
            "action": "KEEP_ALIVE", "terminationWaitTimeInMinutes": 0}
        assert options["deploymentReadyOption"] == {
            "actionOnTimeout": "CONTINUE_DEPLOYMENT", "waitTimeInMinutes": 0}

    def test_the_longest_wait(self, group, client):
        made = self.make(group)
        options = {**self.OPTIONS, "terminateBlueInstancesOnDeploymentSuccess": {
            "action": "TERMINATE", "terminationWaitTimeInMinutes": 2880}}
        assert made.update(blueGreenDeploymentConfiguration=options)["blueGreenDeploymentConfiguration"] == options
        options["terminateBlueInstancesOnDeploymentSuccess"]["terminationWaitTimeInMinutes"] = 2881
        with pytest.raises(client.exceptions.InvalidBlueGreenDeploymentConfigurationException):
            made.update(blueGreenDeploymentConfiguration=options)

    def test_back_in_place_the_options_stay(self, group):
        got = self.make(group).update(deploymentStyle=IN_PLACE)
        assert got["deploymentStyle"] == IN_PLACE
        assert got["blueGreenDeploymentConfiguration"] == self.OPTIONS

    def test_a_copied_fleet_has_one_auto_scaling_group(self, group, client):
        copied = {"greenFleetProvisioningOption": {"action": "COPY_AUTO_SCALING_GROUP"}}
        made = self.make(group)
        for groups in ([], ["one", "two"]):
            with pytest.raises(client.exceptions.InvalidAutoScalingGroupException):
                made.update(blueGreenDeploymentConfiguration={**self.OPTIONS, **copied}, autoScalingGroups=groups)
        got = made.update(blueGreenDeploymentConfiguration={**self.OPTIONS, **copied}, autoScalingGroups=["one"])
        assert [each["name"] for each in got["autoScalingGroups"]] == ["one"]

    def test_target_groups_of_hosts(self, group):
        got = group(deploymentStyle=BLUE_GREEN, blueGreenDeploymentConfiguration=self.OPTIONS,
                    loadBalancerInfo={"targetGroupInfoList": [{"name": "b"}, {"name": "a"}]}).read()
        assert got["loadBalancerInfo"]["targetGroupInfoList"] == [{"name": "b"}, {"name": "a"}]


class TestContainers:
    PAIR = {"targetGroups": [{"name": "green"}, {"name": "blue"}],
            "prodTrafficRoute": {"listenerArns": [LISTENER.format(1)]},
            "testTrafficRoute": {"listenerArns": [LISTENER.format(2)]}}

    def make(self, scene, group):
        return group(
            platform="ECS", deploymentStyle=BLUE_GREEN, deploymentConfigName="CodeDeployDefault.ECSAllAtOnce",
            ecsServices=[{"clusterName": "main", "serviceName": scene.name("tf-service")}],
            blueGreenDeploymentConfiguration={
                "deploymentReadyOption": {"actionOnTimeout": "CONTINUE_DEPLOYMENT"},
                "terminateBlueInstancesOnDeploymentSuccess": {
                    "action": "TERMINATE", "terminationWaitTimeInMinutes": 5}},
            loadBalancerInfo={"targetGroupPairInfoList": [self.PAIR]})

    def test_are_read_back_as_given(self, scene, group):
        got = self.make(scene, group).read()
        assert got["computePlatform"] == "ECS"
        assert got["loadBalancerInfo"]["targetGroupPairInfoList"] == [self.PAIR], "the order counts"
        assert got["blueGreenDeploymentConfiguration"]["deploymentReadyOption"]["waitTimeInMinutes"] == 0
        assert len(got["ecsServices"]) == 1

    def test_texts_of_what_does_not_go_together(self, scene, group, client):
        made = group()
        with pytest.raises(client.exceptions.InvalidECSServiceException,
                           match="Should not specify ECS services parameter for Server deployment group"):
            made.update(ecsServices=[{"clusterName": "main", "serviceName": "web"}])
        made = self.make(scene, group)
        with pytest.raises(client.exceptions.InvalidAutoScalingGroupException,
                           match="For ECS deployment group, autoScalingGroups can not be specified"):
            made.update(autoScalingGroups=["web"])


class TestTags:
    def test_an_arn_without_account(self, group, client):
        made = group(tags=[{"Key": "a", "Value": "1"}])
        short = f"arn:aws:codedeploy:{REGION}::deploymentgroup:{made.application}/{made.name}"
        assert client.list_tags_for_resource(ResourceArn=short)["Tags"] == [{"Key": "a", "Value": "1"}]
        client.tag_resource(ResourceArn=short, Tags=[{"Key": "b", "Value": "2"}])
        client.untag_resource(ResourceArn=short, TagKeys=["a"])
        full = arn(f"deploymentgroup:{made.application}/{made.name}")
        assert client.list_tags_for_resource(ResourceArn=full)["Tags"] == [{"Key": "b", "Value": "2"}]

    def test_they_move_with_the_name(self, group, client):
        made = group(tags=[{"Key": "a", "Value": "1"}])
        old = arn(f"deploymentgroup:{made.application}/{made.name}")
        assert made.update(newDeploymentGroupName="renamed")["deploymentGroupId"] == made.id
        new = arn(f"deploymentgroup:{made.application}/renamed")
        assert client.list_tags_for_resource(ResourceArn=new)["Tags"] == [{"Key": "a", "Value": "1"}]
        with pytest.raises(client.exceptions.ClientError):
            client.tag_resource(ResourceArn=old, Tags=[{"Key": "b", "Value": "2"}])


class TestRetries:
    """It tries again for minutes after these two: they must be for real."""

    def test_roles(self, group, client):
        made = group()
        assert made.update(serviceRoleArn="arn:aws:iam::123456789012:role/not-there-yet")["serviceRoleArn"]
        with pytest.raises(client.exceptions.InvalidRoleException):
            made.update(serviceRoleArn="no-role")

    def test_topics(self, group):
        topic = f"arn:aws:sns:{REGION}:{ACCOUNT}:not-there-yet"
        trigger = {"triggerName": "t", "triggerEvents": ["DeploymentStart"], "triggerTargetArn": topic}
        assert group(triggerConfigurations=[trigger]).read()["triggerConfigurations"] == [trigger]


def arn(resource):
    return f"arn:aws:codedeploy:{REGION}:{ACCOUNT}:{resource}"
