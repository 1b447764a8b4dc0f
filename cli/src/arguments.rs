//! What clap reads.

use clap::{Parser, Subcommand};

use crate::command::{
    abandon, alarms, appspec, audit, completion, deploy, explain, export, functions, github_tokens, hooks,
    hosts, keys, list, log, logs, plan, proxy, rehearse, serve, status, stop, triggers, webhooks,
};
use crate::http::Endpoint;
use crate::{demo, exit};

const AFTER: &str = "\
Examples:
  cutover demo                                     see what it does, in half a minute
  cutover serve --data ./cutover-data              start the service on this machine
  cutover deploy --application shop --group prod --appspec appspec.yml --watch
  cutover explain d-0A1B2C3D4                      why is it where it is, and what comes next?

Unchanged AWS clients work too: aws --endpoint-url http://127.0.0.1:7171 deploy list-applications";

/// Deployments planned once and stepped through, with the CodeDeploy API, on one machine or on Lambda.
#[derive(Debug, Parser)]
#[command(name = "cutover", version, max_term_width = 110)]
#[command(after_help = format!("{AFTER}\n\n{}", exit::HELP))]
pub(crate) struct Arguments {
    /// Where the service is
    #[arg(long, global = true, env = "CUTOVER_ENDPOINT", default_value = "http://127.0.0.1:7171")]
    #[arg(value_name = "URL", help_heading = "Global options")]
    pub(crate) endpoint: Endpoint,
    /// Print JSON instead of text
    #[arg(long, global = true, help_heading = "Global options")]
    pub(crate) json: bool,
    /// What to do.
    #[command(subcommand)]
    pub(crate) command: Command,
}

/// The commands.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    Serve(serve::Serve),
    Demo(demo::Demo),
    Deploy(deploy::Deploy),
    Plan(plan::Plan),
    Rehearse(Box<rehearse::Rehearse>),
    Status(status::Status),
    List(list::List),
    Explain(explain::Explain),
    Export(export::Export),
    Log(log::Log),
    Logs(logs::Logs),
    Stop(stop::Stop),
    Abandon(abandon::Abandon),
    Appspec(appspec::Appspec),
    Functions(functions::Functions),
    Alarms(alarms::Alarms),
    Hooks(hooks::Hooks),
    Hosts(hosts::Hosts),
    Keys(keys::Keys),
    GithubTokens(github_tokens::GithubTokens),
    Triggers(triggers::Triggers),
    Webhooks(webhooks::Webhooks),
    Audit(audit::Audit),
    Proxy(proxy::Proxy),
    Completion(completion::Completion),
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory;

    #[test]
    fn the_commands_are_consistent() {
        Arguments::command().debug_assert();
    }

    #[test]
    fn command_lines_are_read_or_refused() {
        let deploy = "deploy --application a --group g";
        for (line, fits) in [
            ("list".to_owned(), true),
            ("--json list".to_owned(), true),
            ("list --json --endpoint http://127.0.0.1:1".to_owned(), true),
            ("list --endpoint https://x".to_owned(), false),
            (format!("{deploy} --appspec f.yml"), true),
            (format!("{deploy} --bundle s3://b/shop.zip"), true),
            (format!("{deploy} --bundle b.tgz --appspec f.yml"), false),
            (format!("{deploy} --bundle b.tgz --ignore-stop-failures --file-exists overwrite"), true),
            (format!("{deploy} --appspec f.yml --file-exists overwrite"), false),
            ("logs d-1 web-3".to_owned(), true),
            (format!("{deploy} --appspec f.yml --watch --timeout 10m"), true),
            (format!("{deploy} --appspec f.yml --timeout 10m"), false),
            (format!("{deploy} --function f --alias live --to 2"), true),
            (format!("{deploy} --function f --alias live --to 2 --from 1 --before-hook h"), true),
            (format!("{deploy} --function f --alias live"), false),
            (format!("{deploy} --function f --to 2"), false),
            (format!("{deploy} --appspec f.yml --function f --alias live --to 2"), false),
            (format!("{deploy} --appspec f.yml --before-hook h"), false),
            (deploy.to_owned(), false),
            ("deploy --appspec f.yml".to_owned(), false),
            ("plan --application a --group g --appspec -".to_owned(), true),
            ("rehearse --appspec a.yml --group g.json".to_owned(), true),
            (
                "rehearse --appspec a.yml --application-name a --deployment-group-name g --alarms a --metrics m \
                 --map a=b --start 5m --hook AfterAllowTraffic=never"
                    .to_owned(),
                true,
            ),
            ("rehearse --appspec a.yml".to_owned(), false),
            ("rehearse --appspec a.yml --application-name a".to_owned(), false),
            ("rehearse --appspec a.yml --group g.json --deployment-group-name g".to_owned(), false),
            ("rehearse --appspec a.yml --group g.json --metrics m".to_owned(), false),
            ("rehearse --appspec a.yml --group g.json --start 5m".to_owned(), false),
            ("rehearse --appspec a.yml --group g.json --hook Before=Failed".to_owned(), false),
            ("status d-1 --watch".to_owned(), true),
            ("export d-1 --output f.txt --force".to_owned(), true),
            ("export d-1 --force".to_owned(), false),
            ("stop d-1 --rollback".to_owned(), true),
            ("stop d-1 --rollback --no-rollback".to_owned(), false),
            ("abandon d-1".to_owned(), true),
            ("appspec check - --platform ecs".to_owned(), true),
            ("appspec check - --platform kubernetes".to_owned(), false),
            ("functions publish f --command ./f".to_owned(), true),
            ("functions alias f live --version 2".to_owned(), true),
            ("functions show f --json".to_owned(), true),
            ("functions invoke f:live --count 100".to_owned(), true),
            ("functions invoke f:live --count 0".to_owned(), false),
            ("alarms put a".to_owned(), true),
            ("alarms put a --function f --version 2 --max-error-rate 0.05".to_owned(), true),
            ("alarms put a --function f".to_owned(), false),
            ("alarms put a --function f --version 2 --max-error-rate 1.5".to_owned(), false),
            ("alarms set a ALARM".to_owned(), true),
            ("alarms set a RED".to_owned(), false),
            ("hooks answer --status Succeeded".to_owned(), true),
            ("hooks answer --status Perhaps".to_owned(), false),
            ("keys create ci --role deployer --application web --application api".to_owned(), true),
            ("keys create ci".to_owned(), false),
            ("keys create ci --role admin".to_owned(), false),
            ("keys list --data /d".to_owned(), true),
            ("keys revoke CUTO".to_owned(), true),
            ("github-tokens put octo --token-file f".to_owned(), true),
            ("github-tokens put octo --token t".to_owned(), false),
            ("github-tokens put octo t".to_owned(), false),
            ("webhooks create ops --url-file f --format slack --event DeploymentFailure".to_owned(), true),
            ("webhooks create ops --url http://x --format morse".to_owned(), false),
            ("webhooks create ops".to_owned(), true),
            ("webhooks dead --json".to_owned(), true),
            ("webhooks replay --all".to_owned(), true),
            ("webhooks replay d-1.2.bus d-2.1.bus".to_owned(), true),
            ("webhooks replay".to_owned(), false),
            ("serve --auth keys --other-regions eu-west-1,eu-north-1 --rate-limit 5".to_owned(), true),
            ("serve --auth password".to_owned(), false),
            ("triggers create t --source github --place a/b --branch main --application a --group g".to_owned(), true),
            ("triggers create t --source github --place a/b --branch main --tag v* --application a --group g".to_owned(), false),
            ("triggers create t --source svn --place a --application a --group g".to_owned(), false),
            ("triggers create t --source s3 --place b --key *.zip --application a --group g --policy queue".to_owned(), true),
            ("triggers create t --source s3 --place b --application a --group g --policy some".to_owned(), false),
            ("triggers test t --event f.json".to_owned(), true),
            ("triggers events --trigger t --limit 5 --json".to_owned(), true),
            ("audit --since 2h --user ci --limit 5".to_owned(), true),
            ("audit --since yesterday".to_owned(), false),
            ("serve --speed 60 --listen 127.0.0.1:0".to_owned(), true),
            ("serve --speed 0".to_owned(), false),
            ("serve --most-deployments 2000".to_owned(), true),
            ("serve --most-deployments 1299".to_owned(), false),
            ("demo --speed 300".to_owned(), true),
            ("demo --speed 1000".to_owned(), false),
            ("proxy --function f --listen 127.0.0.1:0".to_owned(), true),
            ("proxy --function f --listen 192.0.2.1:1".to_owned(), false),
            ("completion bash".to_owned(), true),
            ("completion dos".to_owned(), false),
        ] {
            let words = std::iter::once("cutover").chain(line.split(' '));
            let read = Arguments::try_parse_from(words);
            assert_eq!(read.is_ok(), fits, "{line}: {read:?}");
        }
    }

    #[test]
    fn what_to_deploy_can_be_said_in_two_ways() {
        let said = Arguments::try_parse_from(["cutover", "plan"]).expect_err("nothing is said").to_string();
        assert!(said.contains("--appspec <FILE>|--function <NAME>"), "{said}");
    }

    #[test]
    fn every_command_has_examples() {
        fn walk(command: &clap::Command, path: &str) {
            let after = command.get_after_help().map(ToString::to_string).unwrap_or_default();
            assert!(after.contains("Example"), "{path} has no examples");
            for below in command.get_subcommands().filter(|c| c.get_name() != "help") {
                walk(below, &format!("{path} {}", below.get_name()));
            }
        }
        walk(&Arguments::command(), "cutover");
    }
}
