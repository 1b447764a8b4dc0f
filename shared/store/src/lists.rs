//! Pages of what there is: names in alphabetical order, deployments from the newest.

use cutover_core::ids::{ApplicationId, DeploymentId, GroupId, Scope};
use cutover_core::time::Timestamp;
use cutover_ports::table::{Index, Item, Place, Query, Range, Table};

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
        Names::Groups(application) => (key::application_pk(scope, application), "GRP#"),
    };
    let range = Range::Prefix(prefix.to_owned());
    let page = table.query(Query { index: Index::Main, pk, range, descending: false, limit, after }).await?;
    let name = |sk: &str| sk.strip_prefix(prefix).unwrap_or(sk).to_owned();
    Ok(Listed { found: page.items.iter().map(|item| name(&item.key.sk)).collect(), next: page.next })
}

/// A deployment of a list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ListedDeployment {
    /// Its id.
    pub id: DeploymentId,
    state: Item,
}

impl ListedDeployment {
    /// Its status. Read when it is asked for: most lists ask for none.
    pub fn status(&self) -> Result<&'static str, StoreError> {
        state::status(&self.state)
    }
}

/// A page of the deployments of a group, or of the whole scope, created from `from` to `to`, newest first.
pub async fn deployments(
    table: &dyn Table,
    scope: &Scope,
    group: Option<&GroupId>,
    (from, to): (Option<Timestamp>, Option<Timestamp>),
    after: Option<Place>,
    limit: usize,
) -> Result<Listed<ListedDeployment>, StoreError> {
    let (index, pk) = match group {
        Some(group) => (Index::Gsi1, key::group_deployments(scope, group)),
        None => (Index::Gsi2, key::deployments(scope)),
    };
    let range =
        Range::Between(instant(from.unwrap_or(FIRST)), format!("{}#~", instant(to.unwrap_or(key::LAST))));
    let page = table.query(Query { index, pk, range, descending: true, limit, after }).await?;
    let listed = |state: Item| {
        let (_, id) = key::parse_deployment_pk(&state.key.pk)
            .ok_or_else(|| StoreError::Broken(format!("the item {} is no deployment's", state.key.pk)))?;
        Ok::<_, StoreError>(ListedDeployment { id, state })
    };
    Ok(Listed { found: page.items.into_iter().map(listed).collect::<Result<_, _>>()?, next: page.next })
}

const FIRST: Timestamp = Timestamp::from_millis(0);

fn instant(at: Timestamp) -> String {
    key::instant(at.clamp(FIRST, key::LAST))
}
