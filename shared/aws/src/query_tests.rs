use std::sync::{Arc, Mutex};

use cutover_core::fleet_plan::{Selection, TagFilter};
use cutover_core::ids::Scope;
use cutover_core::scaling::{Processes, Suspended};
use cutover_ports::call::CallError;
use cutover_ports::inventory::{FoundHost, Inventory};
use cutover_ports::scaling::ScalingProcesses;

use crate::auto_scaling::AutoScaling;
use crate::ec2::Ec2Instances;
use crate::testing::{self, Answer};

use super::*;

/// A service that gives these answers, one after another, and keeps what it was asked.
async fn service(answers: Vec<(u16, String)>) -> (Sdk, Arc<Mutex<Vec<String>>>) {
    let asked = Arc::new(Mutex::new(Vec::new()));
    let (kept, answers) = (asked.clone(), Mutex::new(answers.into_iter()));
    let address = testing::service(move |request| {
        kept.lock().unwrap().push(format!("{}{}", request.head, String::from_utf8_lossy(&request.body)));
        let (status, body) = answers.lock().unwrap().next().unwrap_or((500, String::new()));
        Answer { status, body: body.into_bytes(), ..Answer::default() }
    });
    (Sdk::emulator(address.await), asked)
}

fn scope() -> Scope {
    Scope::new("123456789012", "eu-west-1")
}

fn tagged() -> Selection {
    let filter = TagFilter { key: Some("role".into()), value: Some("web & db".into()) };
    Selection { ec2: vec![vec![filter]], ..Selection::default() }
}

fn grouped(names: &[&str]) -> Selection {
    Selection { auto_scaling_groups: names.iter().map(|n| (*n).to_owned()).collect(), ..Selection::default() }
}

fn instance(id: &str, zone: &str, value: &str) -> String {
    format!(
        "<item><instancesSet><item><instanceId>{id}</instanceId><instanceState><name>running</name></instanceState>\
         <placement><availabilityZone>{zone}</availabilityZone></placement><tagSet><item><key>role</key>\
         <value>{value}</value></item><item><key>empty</key><value/></item></tagSet></item></instancesSet></item>"
    )
}

fn instances(items: &[String], next: &str) -> (u16, String) {
    let items = items.concat();
    let next = if next.is_empty() { String::new() } else { format!("<nextToken>{next}</nextToken>") };
    (
        200,
        format!(
            "<?xml version=\"1.0\"?><DescribeInstancesResponse xmlns=\"urn:x\"><reservationSet>{items}</reservationSet>{next}</DescribeInstancesResponse>"
        ),
    )
}

fn host(name: &str, zone: &str) -> FoundHost {
    FoundHost { name: name.into(), zone: Some(zone.into()), poll_gap_ms: 0 }
}

#[tokio::test]
async fn instances_come_page_by_page_and_are_looked_at_once_more() {
    let first = instances(&[instance("i-1", "z1", "web &amp; db"), instance("i-2", "z2", "web")], "t/1");
    let last = instances(&[instance("i-3", "z2", "web &amp; db")], "");
    let (sdk, asked) = service(vec![first, last]).await;
    let found = Ec2Instances::new(sdk).select(&scope(), &tagged()).await;
    assert_eq!(found, Ok(vec![host("i-1", "z1"), host("i-3", "z2")]));
    let asked = asked.lock().unwrap();
    assert_eq!(asked.len(), 2);
    assert!(
        asked[0].contains("/eu-west-1/ec2/aws4_request") && asked[0].contains("x-amz-date"),
        "{}",
        asked[0]
    );
    assert!(asked[0].contains("Action=DescribeInstances&Version=2016-11-15&MaxResults=1000"), "{}", asked[0]);
    assert!(asked[0].contains("Filter.2.Name=tag%3Arole&Filter.2.Value.1=web%20%26%20db"), "{}", asked[0]);
    assert!(!asked[0].contains("NextToken") && asked[1].ends_with("NextToken=t%2F1"), "{}", asked[1]);
}

#[tokio::test]
async fn nothing_is_asked_for_a_group_without_instances() {
    let (sdk, asked) = service(Vec::new()).await;
    assert_eq!(Ec2Instances::new(sdk.clone()).select(&scope(), &grouped(&["a"])).await, Ok(Vec::new()));
    assert_eq!(AutoScaling::new(sdk).select(&scope(), &tagged()).await, Ok(Vec::new()));
    assert!(asked.lock().unwrap().is_empty());
}

#[tokio::test]
async fn only_who_is_throttled_is_asked_again() {
    let throttled = "<Response><Errors><Error><Code>RequestLimitExceeded</Code><Message>Slow down.</Message>\
                     </Error></Errors><RequestID>r-1</RequestID></Response>";
    let throttled = (503, throttled.to_owned());
    let (sdk, _) = service(vec![throttled.clone(), throttled.clone(), instances(&[], "")]).await;
    assert_eq!(Ec2Instances::new(sdk).select(&scope(), &tagged()).await, Ok(Vec::new()));
    let (sdk, asked) = service(vec![throttled; 9]).await;
    let message = "RequestLimitExceeded: Slow down. (request r-1)".to_owned();
    let select = Ec2Instances::new(sdk).select(&scope(), &tagged()).await;
    assert_eq!((select, asked.lock().unwrap().len()), (Err(CallError::Transient { message }), 3));

    let denied = "<Response><Errors><Error><Code>UnauthorizedOperation</Code><Message>Not you.</Message></Error>\
                  </Errors><RequestID>r-2</RequestID></Response>";
    let (sdk, asked) = service(vec![(403, denied.to_owned())]).await;
    let message = "UnauthorizedOperation: Not you. (request r-2)".to_owned();
    let select = Ec2Instances::new(sdk).select(&scope(), &tagged()).await;
    assert_eq!((select, asked.lock().unwrap().len()), (Err(CallError::Denied { message }), 1));
}

#[tokio::test]
async fn auto_scaling_has_words_of_its_own() {
    let error = "<ErrorResponse xmlns=\"urn:x\"><Error><Type>Sender</Type><Code>ValidationError</Code>\
                 <Message>Too long.</Message></Error><RequestId>r-3</RequestId></ErrorResponse>";
    let (sdk, _) = service(vec![(400, error.to_owned())]).await;
    let message = "ValidationError: Too long. (request r-3)".to_owned();
    let select = AutoScaling::new(sdk).select(&scope(), &grouped(&["a"])).await;
    assert_eq!(select, Err(CallError::Refused { message }));
    let (sdk, _) = service(vec![(200, "{}".to_owned())]).await;
    let select = AutoScaling::new(sdk).select(&scope(), &grouped(&["a"])).await;
    assert!(select.is_err_and(|error| error.to_string().contains("no readable answer")));
}

#[tokio::test]
async fn instances_in_service_are_those_of_a_group() {
    let member = |id: &str, state: &str| {
        format!(
            "<member><InstanceId>{id}</InstanceId><LifecycleState>{state}</LifecycleState>\
             <AvailabilityZone>z1</AvailabilityZone></member>"
        )
    };
    let states = ["InService", "Pending", "Standby", "Terminating:Wait", "EnteringStandby"];
    let members: String = (1..).zip(states).map(|(n, state)| member(&format!("i-{n}"), state)).collect();
    let page = |name: &str, members: &str, next: &str| {
        let group = format!(
            "<member><AutoScalingGroupName>{name}</AutoScalingGroupName><Instances>{members}</Instances></member>"
        );
        let result = format!("<AutoScalingGroups>{group}</AutoScalingGroups><NextToken>{next}</NextToken>");
        let name = "DescribeAutoScalingGroups";
        (200, format!("<{name}Response><{name}Result>{result}</{name}Result></{name}Response>"))
    };
    let pages = vec![page("web", &members, "more"), page("db", &member("i-9", "InService"), "")];
    let (sdk, asked) = service(pages.clone()).await;
    let found = AutoScaling::new(sdk).select(&scope(), &grouped(&["web", "db"])).await;
    assert_eq!(found, Ok(vec![host("i-1", "z1"), host("i-9", "z1")]));
    assert!(asked.lock().unwrap()[0].contains("AutoScalingGroupNames.member.2=db"), "{asked:?}");
    let (sdk, _) = service(pages).await;
    let found = AutoScaling::new(sdk).select(&scope(), &grouped(&["web", "gone"])).await;
    assert_eq!(found, Err(CallError::Gone { what: "the Auto Scaling group gone".into() }));
}

#[tokio::test]
async fn processes_are_read_suspended_and_resumed() {
    let group = "<member><AutoScalingGroupName>web</AutoScalingGroupName><SuspendedProcesses><member>\
                 <ProcessName>Terminate</ProcessName><SuspensionReason>User suspended</SuspensionReason></member>\
                 </SuspendedProcesses></member>";
    let name = "DescribeAutoScalingGroups";
    let described = format!(
        "<{name}Response><{name}Result><AutoScalingGroups>{group}</AutoScalingGroups></{name}Result></{name}Response>"
    );
    let done = |name: &str| (200, format!("<{name}Response/>"));
    let throttled = "<ErrorResponse><Error><Code>Throttling</Code><Message>Rate exceeded</Message></Error></ErrorResponse>";
    let answers = vec![
        (200, described),
        done("SuspendProcesses"),
        done("ResumeProcesses"),
        (400, throttled.to_owned()),
    ];
    let (sdk, asked) = service(answers).await;
    let scaling = AutoScaling::new(sdk);
    let names = ["web", "gone"].map(str::to_owned);
    let seen = scaling.suspended(&scope(), &names).await.expect("an answer");
    assert_eq!(seen, Suspended::from([("web".to_owned(), vec!["Terminate".to_owned()])]));
    let of =
        Processes { group: "web".into(), names: ["AZRebalance", "Terminate"].map(str::to_owned).to_vec() };
    assert_eq!(scaling.suspend(&scope(), &of).await, Ok(()));
    assert_eq!(scaling.resume(&scope(), &of).await, Ok(()));
    // What changes something is asked once.
    assert!(matches!(scaling.resume(&scope(), &of).await, Err(CallError::Transient { .. })));
    assert_eq!(scaling.suspended(&scope(), &[]).await, Ok(Suspended::new()));
    let asked = asked.lock().unwrap();
    assert_eq!(asked.len(), 4);
    for (request, action) in [(1, "SuspendProcesses"), (2, "ResumeProcesses")] {
        let expected = format!(
            "Action={action}&Version=2011-01-01&ScalingProcesses.member.1=AZRebalance\
             &ScalingProcesses.member.2=Terminate&AutoScalingGroupName=web"
        );
        assert!(asked[request].ends_with(&expected), "{}", asked[request]);
    }
}
