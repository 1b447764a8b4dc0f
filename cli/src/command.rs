//! The commands, one file each.

pub(crate) mod abandon;
pub(crate) mod alarms;
pub(crate) mod appspec;
pub(crate) mod audit;
pub(crate) mod bundle;
pub(crate) mod completion;
pub(crate) mod deploy;
pub(crate) mod explain;
pub(crate) mod export;
pub(crate) mod functions;
pub(crate) mod github_tokens;
pub(crate) mod hooks;
pub(crate) mod hosts;
pub(crate) mod keys;
pub(crate) mod list;
pub(crate) mod log;
pub(crate) mod logs;
pub(crate) mod plan;
pub(crate) mod proxy;
pub(crate) mod rehearse;
pub(crate) mod revision;
pub(crate) mod secret;
pub(crate) mod serve;
pub(crate) mod span;
pub(crate) mod status;
pub(crate) mod stdin;
pub(crate) mod stop;
pub(crate) mod triggers;
pub(crate) mod watching;
pub(crate) mod webhooks;

use crate::api::Api;
use crate::arguments::{Arguments, Command};
use crate::exit::Exit;
use crate::failure::Failure;
use crate::output::Output;

/// What every command works with.
pub(crate) struct Context<'a> {
    /// The service.
    pub(crate) api: Api,
    /// Where words go.
    pub(crate) out: &'a Output,
}

/// Runs one command.
pub(crate) async fn run(arguments: Arguments, out: &Output) -> Result<Exit, Failure> {
    let context = Context { api: Api::new(arguments.endpoint), out };
    match arguments.command {
        Command::Serve(serve) => serve.run(&context).await,
        Command::Demo(demo) => demo.run(&context).await,
        Command::Deploy(deploy) => deploy.run(&context).await,
        Command::Plan(plan) => plan.run(&context).await,
        Command::Rehearse(rehearse) => rehearse.run(&context).await,
        Command::Status(status) => status.run(&context).await,
        Command::List(list) => list.run(&context).await,
        Command::Explain(explain) => explain.run(&context).await,
        Command::Export(export) => export.run(&context).await,
        Command::Log(log) => log.run(&context).await,
        Command::Logs(logs) => logs.run(&context).await,
        Command::Stop(stop) => stop.run(&context).await,
        Command::Abandon(abandon) => abandon.run(&context).await,
        Command::Appspec(appspec) => appspec.run(&context),
        Command::Functions(functions) => functions.run(&context).await,
        Command::Alarms(alarms) => alarms.run(&context).await,
        Command::Hooks(hooks) => hooks.run(&context).await,
        Command::Hosts(hosts) => hosts.run(&context).await,
        Command::Keys(keys) => keys.run(&context).await,
        Command::GithubTokens(tokens) => tokens.run(&context).await,
        Command::Triggers(triggers) => triggers.run(&context).await,
        Command::Webhooks(webhooks) => webhooks.run(&context).await,
        Command::Audit(audit) => audit.run(&context).await,
        Command::Proxy(proxy) => proxy.run(&context).await,
        Command::Completion(completion) => completion.run(),
    }
}
