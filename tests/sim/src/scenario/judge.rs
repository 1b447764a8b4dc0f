//! Whether a world ended as a scenario expects.

use super::{Expect, asked};
use crate::report::{Report, clock};
use crate::world::group_name;

pub(super) fn one(expect: &Expect, report: &Report) -> Result<(), String> {
    match expect {
        Expect::Deployment { number, verdict, code } => {
            let Some(ended) = asked(report).nth(number - 1) else {
                return Err(format!("there is no deployment {number}"));
            };
            let as_wanted = ended.verdict == Some(*verdict) && (code.is_none() || ended.code == *code);
            demand(as_wanted, || {
                format!(
                    "deployment {number} ended {:?} {:?}, not {verdict:?} {code:?}",
                    ended.verdict, ended.code
                )
            })
        }
        Expect::Over => {
            let open = report.deployments.iter().find(|d| d.verdict.is_none());
            demand(open.is_none(), || format!("not every deployment is over: {open:?}"))
        }
        Expect::All(verdict) => {
            let other = report.deployments.iter().find(|d| d.verdict != Some(*verdict));
            demand(other.is_none(), || format!("not every deployment ended {verdict:?}: {other:?}"))
        }
        Expect::Deployments(n) => {
            let found = asked(report).count();
            demand(found == *n, || format!("{found} deployments were created, not {n}"))
        }
        Expect::Rollbacks(n) => {
            let found = report.deployments.len() - asked(report).count();
            demand(found == *n, || format!("{found} rollback deployments were created, not {n}"))
        }
        Expect::Alias(wanted) => {
            let found = || report.alias.as_ref().map_or_else(|| "gone".to_owned(), ToString::to_string);
            demand(report.alias.as_ref() == Some(wanted), || {
                format!("the alias is at {}, not at {wanted}", found())
            })
        }
        Expect::AliasGone => demand(report.alias.is_none(), || "the alias is not gone".to_owned()),
        Expect::Within(limit) => {
            let last = report.deployments.iter().map(|d| d.at).max().unwrap_or(0);
            demand(last <= *limit, || format!("it took {}, longer than {}", clock(last), clock(*limit)))
        }
        Expect::Hosts { of, succeeded, failed, skipped } => {
            let ended = match of {
                Some(number) => asked(report).nth(number - 1),
                None => report.deployments.iter().find(|d| d.rollback),
            };
            let Some(counts) = ended.and_then(|ended| ended.hosts) else {
                return Err("there is no such fleet".to_owned());
            };
            let found = (counts.succeeded, counts.failed, counts.skipped);
            demand(found == (*succeeded, *failed, *skipped), || {
                let wanted = (succeeded, failed, skipped);
                format!("(succeeded, failed, skipped) are {found:?}, not {wanted:?}")
            })
        }
        Expect::Host { host, runs } => {
            let found = report.hosts.get(host - 1);
            demand(found == Some(runs), || format!("host {host} runs {found:?}, not {runs:?}"))
        }
        Expect::Process { group, process, suspended } => {
            let found = report.suspended.get(&group_name(*group)).map(|all| all.contains(process));
            demand(found == Some(*suspended), || {
                format!("{process} of {} is suspended: {found:?}, not {suspended}", group_name(*group))
            })
        }
        Expect::Invocations(n) => demand(report.invocations == *n, || {
            format!("hooks were invoked {} times, not {n} times", report.invocations)
        }),
    }
}

fn demand(holds: bool, what: impl FnOnce() -> String) -> Result<(), String> {
    if holds { Ok(()) } else { Err(what()) }
}
