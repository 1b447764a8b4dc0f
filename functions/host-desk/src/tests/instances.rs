//! EC2 instances that enrol by what AWS says of them.

use super::*;

const ID: &str = "i-0abc1234def567890";
const NOT_PROVEN: &str = "InvalidInstanceIdentityException";

/// AWS answers that whoever asks is this.
fn is(world: &World, arn: &str) {
    let identity = CallerIdentity { account: "123456789012".to_owned(), arn: arn.to_owned() };
    *world.outside.identity.lock().expect("not poisoned") = Some(Ok(identity));
}

fn signed(key: &Signer) -> Value {
    json!({ "publicKey": key.public(), "region": "us-east-1", "accessKeyId": "ASIAEXAMPLE",
        "date": "20231114T221500Z", "sessionToken": "IQoJb3", "signature": "0af9" })
}

async fn enroll(world: &World, key: &Signer) -> Result<Value, &'static str> {
    world.ask("EnrollInstance", &signed(key).to_string()).await
}

#[tokio::test]
async fn an_instance_enrols_by_its_role_and_only_once() {
    let (world, key, other) = (world(), Signer::from_seed([1; 32]), Signer::from_seed([2; 32]));
    is(&world, &format!("arn:aws:sts::123456789012:assumed-role/web/{ID}"));
    let told = enroll(&world, &key).await.expect("enrolled");
    assert_eq!((&told["instanceName"], &told["signedRequests"]), (&json!(ID), &json!(true)));
    // What AWS is asked is made here: for this region, this desk and this key.
    let asked = world.outside.identified.lock().expect("not poisoned")[0].clone();
    assert_eq!(asked.bound_to, format!("desk.example {}", key.public()));
    assert_eq!((asked.region.as_str(), asked.signature.as_str()), ("us-east-1", "0af9"));
    let good = world.request(ID, "RefreshHostCredentials");
    assert!(world.refresh(&key, &good).await.is_ok());
    // Whoever did not hear the answer asks again. Another key is somebody else's, until the operator says otherwise.
    assert!(enroll(&world, &key).await.is_ok());
    assert_eq!(enroll(&world, &other).await, Err("InstanceNameAlreadyRegisteredException"));
    assert!(world.refresh(&key, &good).await.is_ok());
    let token = world.token(Some(ID)).await;
    assert!(world.enroll(&token, &other).await.is_ok());
    assert_eq!(enroll(&world, &key).await, Err("InstanceNameAlreadyRegisteredException"));
    let leaver = OnPremisesInstanceInput { instance_name: Some(ID.to_owned()) };
    let gone = world.service.deregister_host(&world.home, Valid::of(leaver).expect("valid")).await;
    assert!(gone.is_ok() && world.refresh(&other, &good).await == DENIED);
    assert!(enroll(&world, &key).await.is_ok());
}

#[tokio::test]
async fn who_proves_nothing_does_not_come_in() {
    let (world, key) = (world(), Signer::from_seed([1; 32]));
    // AWS is not even asked.
    for (member, value) in [
        ("region", json!("eu-west-1")),
        ("region", Value::Null),
        ("date", json!("20231114T215819Z")),
        ("date", json!("20231114T222821Z")),
        ("date", json!("yesterday")),
        ("accessKeyId", json!("A/20231114")),
        ("sessionToken", json!("x\r\nhost: elsewhere")),
        ("signature", json!("0AF9")),
        ("signature", Value::Null),
    ] {
        let mut altered = signed(&key);
        altered[member] = value.clone();
        let answer = world.ask("EnrollInstance", &altered.to_string()).await;
        assert_eq!(answer, Err(NOT_PROVEN), "{member} {value}");
    }
    let mut keyless = signed(&key);
    keyless["publicKey"] = json!("AAAA");
    let answer = world.ask("EnrollInstance", &keyless.to_string()).await;
    assert_eq!(answer, Err("InvalidPublicKeyException"));
    assert_eq!(world.outside.identified.lock().expect("not poisoned").len(), 0);
    // AWS says otherwise, or nothing.
    for arn in
        ["arn:aws:sts::123456789012:assumed-role/db/i-0abc1234", "arn:aws:iam::123456789012:user/i-0abc1234"]
    {
        is(&world, arn);
        assert_eq!(enroll(&world, &key).await, Err(NOT_PROVEN), "{arn}");
    }
    let say = |error| *world.outside.identity.lock().expect("not poisoned") = Some(Err(error));
    say(CallError::Refused { message: "SignatureDoesNotMatch".to_owned() });
    assert_eq!(enroll(&world, &key).await, Err(NOT_PROVEN));
    say(CallError::Transient { message: "no answer".to_owned() });
    assert_eq!(enroll(&world, &key).await, Err("ServiceUnavailable"));
    assert!(world.outside.opened.lock().expect("not poisoned").is_empty());
}

#[tokio::test]
async fn without_named_roles_nobody_enrols_so() {
    let (world, key) = (world_of(""), Signer::from_seed([1; 32]));
    is(&world, &format!("arn:aws:sts::123456789012:assumed-role/web/{ID}"));
    assert_eq!(enroll(&world, &key).await, Err(NOT_PROVEN));
    assert_eq!(world.outside.identified.lock().expect("not poisoned").len(), 0);
}
