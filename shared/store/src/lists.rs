//! Pages of what there is: names in alphabetical order, deployments from the newest.

use cutover_core::ids::{ApplicationId, DeploymentId, GroupId, Scope};
use cutover_core::time::Timestamp;
use cutover_ports::table::{Index, Place, Query, Range, Table};

use crate::codec::StoreError;
use crate::key;
use crate::state;

/// A page, and where the next one begins; absent on the last one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Listed<T> {
    /// What is on it.
    pub found: Vec<T>,
    /// Where to go on.
    pub next: Option<Place>,
}

/// Which names.
#[derive(Debug, Clone, Copy)]
pub enum Names<'a> {
    /// Of applications.
    Applications,
    /// Of custom deployment configurations.
    Configs,
    /// Of GitHub account tokens.
    GitHubTokens,
    /// Of triggers.
    Triggers,
    /// Of an application's groups.
    Groups(&'a ApplicationId),
}

/// A page of names.
pub async fn names(
    table: &dyn Table,
    scope: &Scope,
    which: Names<'_>,
    after: Option<Place>,
    limit: usize,
) -> Result<Listed<String>, StoreError> {
    let (pk, prefix) = match which {
        Names::Applications => (key::catalog(scope), "APP#"),
        Names::Configs => (key::catalog(scope), "CFG#"),
        Names::GitHubTokens => (key::catalog(scope), "GHT#"),
        Names::Triggers => (key::catalog(scope), key::TRIGGER),
        Names::Groups(application) => (key::application_pk(scope, application), "GRP#"),
    };
    let range = Range::Prefix(prefix.to_owned());
    let query = Query { index: Index::Main, pk, range, descending: false, limit, after };
    let page = table.sort_keys(query).await?;
    let name = |sk: &String| sk.strip_prefix(prefix).unwrap_or(sk).to_owned();
    Ok(Listed { found: page.found.iter().map(name).collect(), next: page.next })
}

/// Which deployments.
#[derive(Debug, Clone, Copy)]
pub struct Which<'a> {
    /// Of this group; of all without.
    pub group: Option<&'a GroupId>,
    /// Created then or later.
    pub from: Option<Timestamp>,
    /// Created then or earlier.
    pub to: Option<Timestamp>,
    /// Of one of these statuses; of any if there are none.
    pub statuses: &'a [String],
}

/// A page of the ids of deployments, newest first. `limit` deployments are looked at; those of other statuses
/// are left out.
pub async fn deployments(
    table: &dyn Table,
    scope: &Scope,
    which: Which<'_>,
    after: Option<Place>,
    limit: usize,
) -> Result<Listed<DeploymentId>, StoreError> {
    let (index, pk) = match which.group {
        Some(group) => (Index::Gsi1, key::group_deployments(scope, group)),
        None => (Index::Gsi2, key::deployments(scope)),
    };
    let (from, to) = (which.from.unwrap_or(FIRST), which.to.unwrap_or(key::LAST));
    let range = Range::Between(instant(from), format!("{}#~", instant(to)));
    let query = Query { index, pk, range, descending: true, limit, after };
    if which.statuses.is_empty() {
        let page = table.sort_keys(query).await?;
        let wrong = || StoreError::Broken("the list of deployments holds something else".to_owned());
        let id = |sk| key::parse_by_age(sk).ok_or_else(wrong);
        return Ok(Listed {
            found: page.found.into_iter().map(id).collect::<Result<_, _>>()?,
            next: page.next,
        });
    }
    let page = table.query(query).await?;
    let mut found = Vec::new();
    for item in &page.items {
        let brief = state::brief(item)?;
        if which.statuses.iter().any(|wanted| wanted == brief.status()) {
            found.push(brief.id);
        }
    }
    Ok(Listed { found, next: page.next })
}

const FIRST: Timestamp = Timestamp::from_millis(0);

fn instant(at: Timestamp) -> String {
    key::instant(at.clamp(FIRST, key::LAST))
}
