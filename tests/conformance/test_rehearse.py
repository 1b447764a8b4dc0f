"""`cutover rehearse` beside the service: the same plan, and the same end as the deployment itself."""

import json

from scene import ROLLBACK_EVENTS, lambda_appspec

SPEED = 60


def write(folder, name, value):
    path = folder / name
    path.write_text(value if isinstance(value, str) else json.dumps(value), encoding="utf-8")
    return path


def rehearsed(server, *arguments):
    done = server.run_cutover("--json", "rehearse", *arguments)
    assert done.returncode in (0, 7), done.stderr
    told = json.loads(done.stdout)
    assert told["exitCode"] == done.returncode
    return told


def shape(plan):
    """What two plans must have in common when the waits of one are shorter."""
    speed = plan["speed"]
    spans = [entry["spanMs"] * (speed if entry["text"].startswith("let it stand") else 1)
             for entry in plan["entries"] if "spanMs" in entry]
    steps = [(entry["step"], entry["queue"], entry["percent"]) for entry in plan["entries"]]
    return plan["alias"], plan["currentVersion"], plan["targetVersion"], plan["summary"], steps, spans


def test_a_rehearsal_plans_what_the_service_plans(server, scene, tmp_path):
    target = scene.target(config="Short", alarms=[scene.alarm()], rollback=ROLLBACK_EVENTS)
    hooks = {"BeforeAllowTraffic": scene.hook(), "AfterAllowTraffic": scene.hook()}
    spec = write(tmp_path, "appspec.json", lambda_appspec(target.function, hooks))
    names = ["--application-name", target.application, "--deployment-group-name", target.group]
    told = rehearsed(server, "--appspec", spec, *names)
    planned = server.cutover_json("plan", "--application", target.application, "--group", target.group,
                                  "--appspec", spec)
    assert planned["speed"] == SPEED and told["plan"]["speed"] == 1
    assert shape(told["plan"]) == shape(planned)
    # From the files that the AWS CLI prints it is the same rehearsal.
    group = write(tmp_path, "group.json", server.aws("get-deployment-group", **target.cli_names()))
    config = write(tmp_path, "config.json",
                   server.aws("get-deployment-config", deployment_config_name="Short"))
    assert rehearsed(server, "--appspec", spec, "--group", group, "--config", config) == told


def test_a_rehearsal_ends_as_the_deployment_does(server, scene, tmp_path):
    alarm = scene.alarm()
    target = scene.target(config="Long", alarms=[alarm], rollback=ROLLBACK_EVENTS)
    spec = write(tmp_path, "appspec.json", lambda_appspec(target.function))
    definition = {"AlarmName": alarm, "MetricName": "Errors", "Statistic": "Sum", "Period": 60,
                  "EvaluationPeriods": 1, "Threshold": 0, "ComparisonOperator": "GreaterThanThreshold"}
    alarms = write(tmp_path, "alarms.json", {"MetricAlarms": [definition]})
    metrics = write(tmp_path, "errors.csv", "time,Errors\n0,0\n5m,3\n11h,0\n")
    names = ["--application-name", target.application, "--deployment-group-name", target.group]
    told = rehearsed(server, "--appspec", spec, *names, "--alarms", alarms, "--metrics", metrics)
    assert told["conclusion"].startswith(f"would have been STOPPED at 0:06:00 by alarm {alarm} at 25 %"), told

    deployment = target.deploy()
    target.await_alias("1", {"2": 0.25})
    server.cutover("alarms", "set", alarm, "ALARM")
    info = target.await_status(deployment, "Stopped")
    assert info["errorInformation"] == told["deployment"]["errorInformation"]
    target.check_rolled_back(deployment)
    assert told["rollback"]["status"] == "Succeeded"
