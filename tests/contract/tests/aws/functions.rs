//! Aliases, hooks and invokes against Lambda.

use std::time::Duration;

use aws_sdk_lambda::config::retry::RetryConfig;
use aws_sdk_lambda::config::timeout::TimeoutConfig;
use aws_sdk_lambda::primitives::Blob;
use aws_sdk_lambda::types::{FunctionCode, Runtime};
use contract::names::unique;
use cutover_aws::aliases::LambdaAliases;
use cutover_aws::hooks::LambdaHooks;
use cutover_aws::invoke::FunctionInvoker;
use cutover_core::alias::{AliasRef, AliasState};
use cutover_ports::aliases::FunctionAliases;
use cutover_ports::call::CallError;
use cutover_ports::hooks::{HookPayload, Hooks};

const PATIENCE: Duration = Duration::from_secs(60);

fn code(version: u32) -> Blob {
    let source = format!(
        "def handler(event, context):\n    if event.get('fail'):\n        raise ValueError('told to')\n    \
         return {{'code': {version}, 'event': event}}\n"
    );
    Blob::new(crate::zip::zip("index.py", source.as_bytes()))
}

/// A function with the versions 1 and 2; its alias `live` names 1. Returns name and ARN.
pub(crate) async fn function(client: &aws_sdk_lambda::Client) -> (String, String) {
    let name = unique("contract");
    // Asked once and with patience: what is asked again because the machine is slow, is there already.
    let patience = TimeoutConfig::builder().operation_timeout(PATIENCE).build();
    let once = client.config().to_builder().retry_config(RetryConfig::disabled()).timeout_config(patience);
    let client = aws_sdk_lambda::Client::from_conf(once.build());
    let made = client
        .create_function()
        .function_name(&name)
        .role("arn:aws:iam::000000000000:role/contract")
        .runtime(Runtime::Python312)
        .handler("index.handler")
        .code(FunctionCode::builder().zip_file(code(1)).build())
        .publish(true);
    let made = made.send().await.expect("create the function");
    let update = client.update_function_code().function_name(&name).zip_file(code(2)).publish(true);
    assert_eq!(update.send().await.expect("publish").version.as_deref(), Some("2"));
    let alias = client.create_alias().function_name(&name).name("live").function_version("1");
    alias.send().await.expect("create the alias");
    let arn = made.function_arn.expect("an ARN");
    (name, arn.strip_suffix(":1").unwrap_or(&arn).to_owned())
}

#[tokio::test(flavor = "multi_thread")]
async fn aliases() {
    let sdk = crate::sdk();
    let (name, arn) = function(&aws_sdk_lambda::Client::new(sdk.config().await)).await;
    let aliases = LambdaAliases::new(sdk);
    for function in [name, arn] {
        let live = AliasRef { function: function.clone(), alias: "live".to_owned() };
        let mut seen = aliases.read(&live).await.expect("read");
        assert_eq!(seen.state, AliasState::whole("1"));
        for state in [
            AliasState::shifted("1", "2", 10),
            AliasState::shifted("1", "2", 33),
            AliasState::whole("1"),
            AliasState::shifted("1", "2", 99),
            AliasState::whole("2"),
            AliasState::whole("1"),
        ] {
            aliases.set(&live, &state, &seen.revision_id).await.expect("set");
            let stale = aliases.set(&live, &AliasState::whole("2"), &seen.revision_id).await;
            assert_eq!(stale, Err(CallError::Conflict));
            let now = aliases.read(&live).await.expect("read");
            assert_eq!(now.state, state);
            assert_ne!(now.revision_id, seen.revision_id);
            seen = now;
        }
        let gone = AliasRef { alias: "gone".to_owned(), ..live };
        let missing = aliases.read(&gone).await;
        assert_eq!(missing, Err(CallError::Gone { what: format!("alias {function}:gone") }));
        assert_eq!(aliases.version_exists(&function, "2").await, Ok(()));
        assert!(matches!(aliases.version_exists(&function, "3").await, Err(CallError::Gone { .. })));
    }
    let nowhere = AliasRef { function: unique("nowhere"), alias: "live".to_owned() };
    assert!(matches!(aliases.read(&nowhere).await, Err(CallError::Gone { .. })));
    assert!(matches!(aliases.version_exists(&nowhere.function, "1").await, Err(CallError::Gone { .. })));
}

#[tokio::test(flavor = "multi_thread")]
async fn hooks_and_invokes() {
    let sdk = crate::sdk();
    let (name, arn) = function(&aws_sdk_lambda::Client::new(sdk.config().await)).await;
    let (invoker, hooks) = (FunctionInvoker::new(sdk.clone()), LambdaHooks::new(sdk));
    for (function, code) in [(&name, 2), (&arn, 2), (&format!("{name}:1"), 1), (&format!("{arn}:live"), 1)] {
        let answer = invoker.invoke(function, b"{\"x\":\"\\u00fc\"}".to_vec()).await.expect("an answer");
        let text = String::from_utf8(answer).expect("text").replace(' ', "");
        assert!(text.contains(&format!("\"code\":{code}")), "{function}: {text}");
    }
    let failed = invoker.invoke(&name, b"{\"fail\":true}".to_vec()).await;
    let Err(CallError::Transient { message }) = failed else { panic!("{failed:?}") };
    assert!(message.contains("told to"), "{message}");

    let nowhere = unique("nowhere");
    assert!(matches!(invoker.invoke(&nowhere, b"{}".to_vec()).await, Err(CallError::Gone { .. })));
    let payload =
        HookPayload { deployment_id: "d-1".to_owned(), lifecycle_event_hook_execution_id: "e-1".to_owned() };
    assert_eq!(hooks.invoke(&name, &payload).await, Ok(()));
    let gone = CallError::Gone { what: format!("hook function {nowhere}") };
    assert_eq!(hooks.invoke(&nowhere, &payload).await, Err(gone));
}
