use crate::{
    CapacityProvider, EcsHooks, EcsSpec, NetworkConfiguration, Platform, Severity, check, parse_ecs,
};

const ARN: &str = "arn:aws:ecs:eu-west-1:123456789012:task-definition/web:7";
const GOOD: &str = "version: 0.0
Resources:
  - TargetService:
      Type: AWS::ECS::Service
      Properties:
        TaskDefinition: arn:aws:ecs:eu-west-1:123456789012:task-definition/web:7
        LoadBalancerInfo:
          ContainerName: web
          ContainerPort: 8080
        PlatformVersion: 1.4.0
        NetworkConfiguration:
          AwsvpcConfiguration:
            Subnets: [subnet-0a1b, subnet-0c2d]
            SecurityGroups: [sg-0e3f]
            AssignPublicIp: DISABLED
        CapacityProviderStrategy:
          - CapacityProvider: FARGATE
            Base: 1
            Weight: 1
          - CapacityProvider: FARGATE_SPOT
            Weight: 3
Hooks:
  - BeforeInstall: one
  - AfterInstall: two
  - AfterAllowTestTraffic: three
  - BeforeAllowTraffic: four
  - AfterAllowTraffic: five
";

fn provider(name: &str, base: u32, weight: u32) -> CapacityProvider {
    CapacityProvider { capacity_provider: name.into(), base, weight }
}

#[test]
fn reads_every_field() {
    let spec = EcsSpec {
        resource: "TargetService".into(),
        task_definition: ARN.into(),
        container_name: "web".into(),
        container_port: 8080,
        platform_version: Some("1.4.0".into()),
        network_configuration: Some(NetworkConfiguration {
            subnets: vec!["subnet-0a1b".into(), "subnet-0c2d".into()],
            security_groups: vec!["sg-0e3f".into()],
            assign_public_ip: false,
        }),
        capacity_provider_strategy: vec![provider("FARGATE", 1, 1), provider("FARGATE_SPOT", 0, 3)],
        hooks: EcsHooks {
            before_install: Some("one".into()),
            after_install: Some("two".into()),
            after_allow_test_traffic: Some("three".into()),
            before_allow_traffic: Some("four".into()),
            after_allow_traffic: Some("five".into()),
        },
    };
    assert_eq!(check(GOOD, None).findings, vec![]);
    assert_eq!(parse_ecs(GOOD), Ok(spec));
}

#[test]
fn the_least_that_is_needed() {
    let text = format!(
        "{{\"version\":0.0,\"resources\":[{{\"s\":{{\"type\":\"AWS::ECS::Service\",\"properties\":{{\"taskDefinition\":\"{ARN}\",\
         \"loadBalancerInfo\":{{\"containerName\":\"web\",\"containerPort\":80}}}}}}}}]}}"
    );
    let spec = parse_ecs(&text).unwrap();
    assert_eq!((spec.container_port, spec.platform_version, spec.network_configuration), (80, None, None));
    assert_eq!((spec.capacity_provider_strategy, spec.hooks), (vec![], EcsHooks::default()));
}

#[test]
fn wrong_values_are_found_where_they_are() {
    use Severity::{Error, Warning};
    for (from, to, severity, code, line, column, part) in [
        (ARN, "<TASK_DEFINITION>", Error, "placeholder", 6, 25, "A pipeline's deploy step"),
        (ARN, "taskdef.json", Error, "task-definition", 6, 25, "name of a file"),
        (ARN, "web", Error, "task-definition", 6, 25, "not the ARN"),
        (ARN, "web:7", Warning, "task-definition", 6, 25, "the whole ARN"),
        ("/web:7", "/web", Error, "task-definition", 6, 25, "without a revision"),
        ("/web:7", "/web:0", Error, "task-definition", 6, 25, "not the ARN"),
        ("8080", "\"8080\"", Warning, "container-port", 9, 26, "without quotes"),
        ("8080", "0", Error, "container-port", 9, 26, "1 to 65535"),
        ("8080", "65536", Error, "container-port", 9, 26, "1 to 65535"),
        (
            "          ContainerPort: 8080\n",
            "",
            Error,
            "missing",
            7,
            9,
            "LoadBalancerInfo has no ContainerPort",
        ),
        (": web\n", ": we b\n", Error, "container-name", 8, 26, "no container"),
        ("1.4.0", "latest", Error, "platform-version", 10, 26, "Write LATEST"),
        ("DISABLED", "disabled", Error, "network", 15, 29, "in capitals"),
        ("subnet-0c2d", "subnet-0c2d - a", Error, "network", 13, 36, "the id alone"),
        ("[sg-0e3f]", "[]", Error, "network", 14, 29, "empty list"),
        ("[sg-0e3f]", "sg-0e3f", Error, "wrong-type", 14, 29, "must be a list"),
        ("            SecurityGroups: [sg-0e3f]\n", "", Error, "missing", 12, 11, "go together"),
        (
            "Weight: 3",
            "Weight: 3\n            Base: 1",
            Error,
            "capacity",
            20,
            13,
            "second capacity provider",
        ),
        ("Weight: 3", "Weight: 1001", Error, "capacity", 21, 21, "0 to 1000"),
        ("BeforeInstall: one", "Install: one", Error, "hook-event", 23, 5, "by the deployment itself"),
        (
            "BeforeInstall: one",
            "BeforInstall: one",
            Error,
            "hook-event",
            23,
            5,
            "Did you mean BeforeInstall?",
        ),
        (
            "PlatformVersion",
            "PlatfromVersion",
            Warning,
            "unknown-key",
            10,
            9,
            "Did you mean PlatformVersion?",
        ),
    ] {
        let text = GOOD.replacen(from, to, 1);
        assert_ne!(text, GOOD, "{from}");
        let findings = check(&text, Some(Platform::Ecs)).findings;
        let [finding] = findings.as_slice() else { panic!("{to}: {findings:#?}") };
        let place = finding.place.unwrap();
        assert_eq!((finding.severity, finding.code), (severity, code), "{to}: {finding}");
        assert_eq!((place.line, place.column), (line, column), "{to}: {finding}");
        assert!(finding.to_string().contains(part), "{to}: {finding}");
    }
    let text = GOOD.replace("Weight: 1", "Weight: 0").replace("Weight: 3", "Weight: 0");
    assert!(parse_ecs(&text).unwrap_err().to_string().contains("above 0"));
}
