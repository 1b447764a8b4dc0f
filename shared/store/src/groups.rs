//! The repository of deployment groups: names under an application, and the groups that they stand for.
//!
//! A group's item is also written when a deployment is created and finished, so every write here names
//! the version that was loaded, and its caller loads again when it has passed.

use std::collections::HashMap;
use std::sync::Arc;

use cutover_core::ids::{ApplicationId, GroupId, Scope};
use cutover_ports::table::{Expect, Table, TableError, Write};

use crate::catalog::{NameError, Pointer, Reliance, begin_use, end_use, find_all};
use crate::codec::{StoreError, decode};
use crate::group::{self, Group};
use crate::key;

/// The repository of groups.
pub struct Groups {
    table: Arc<dyn Table>,
}

const CONFIG_NAME: &str = "deploymentConfigName";

fn config_name(group: &Group) -> Option<&str> {
    group.definition.get(CONFIG_NAME)?.as_str()
}

impl Groups {
    /// Over this table.
    pub fn new(table: Arc<dyn Table>) -> Self {
        Self { table }
    }

    /// The group of that name and its stored version.
    pub async fn find(
        &self,
        scope: &Scope,
        application: &ApplicationId,
        name: &str,
    ) -> Result<Option<(Group, u64)>, StoreError> {
        let Some(pointer) = self.table.get(&key::group_name(scope, application, name)).await? else {
            return Ok(None);
        };
        let id = GroupId::new(decode::<Pointer>(&pointer)?.id);
        group::load(self.table.as_ref(), scope, &id).await
    }

    /// Those of up to 100 groups that exist, by the name that was asked for.
    pub async fn find_all(
        &self,
        scope: &Scope,
        application: &ApplicationId,
        names: &[&str],
    ) -> Result<HashMap<String, Group>, StoreError> {
        let pointer = |name: &str| key::group_name(scope, application, name);
        let thing = |id| key::group(scope, &GroupId::new(id));
        find_all(self.table.as_ref(), names, pointer, thing).await
    }

    /// Stores a new group under its name, while the application is still what was loaded at `version`.
    pub async fn create(
        &self,
        scope: &Scope,
        group: &Group,
        application_version: u64,
        reliance: Option<&Reliance>,
    ) -> Result<(), NameError> {
        let pointer =
            Pointer::item(key::group_name(scope, &group.application_id, &group.name), group.id.as_str())?;
        let mut writes = vec![
            Write::Put { item: pointer, expect: Expect::Absent },
            Write::Put { item: group.to_item(scope, 1)?, expect: Expect::Absent },
            Write::Check {
                key: key::application(scope, &group.application_id),
                expect: Expect::Version(application_version),
            },
        ];
        if let Some(reliance) = reliance {
            writes.extend(begin_use(scope, reliance, &group.id)?);
        }
        self.named(writes, true).await
    }

    /// Puts `new` over `old`, which was loaded at `version`. The name and the configuration may differ.
    pub async fn update(
        &self,
        scope: &Scope,
        old: &Group,
        version: u64,
        new: &Group,
        reliance: Option<&Reliance>,
    ) -> Result<(), NameError> {
        let mut writes = Vec::new();
        let renamed = old.name != new.name;
        if renamed {
            let name = |group: &Group| key::group_name(scope, &group.application_id, &group.name);
            let pointer = Pointer::item(name(new), new.id.as_str())?;
            writes.push(Write::Put { item: pointer, expect: Expect::Absent });
            writes.push(Write::Delete { key: name(old), expect: Expect::Anything });
        }
        writes.push(Write::Put { item: new.to_item(scope, version + 1)?, expect: Expect::Version(version) });
        if config_name(old) != config_name(new) {
            writes.extend(config_name(old).map(|name| end_use(scope, name, &old.id)));
            if let Some(reliance) = reliance {
                writes.extend(begin_use(scope, reliance, &new.id)?);
            }
        }
        self.named(writes, renamed).await
    }

    /// Deletes the group, as loaded at `version`, and its name.
    pub async fn delete(&self, scope: &Scope, group: &Group, version: u64) -> Result<(), StoreError> {
        let name = key::group_name(scope, &group.application_id, &group.name);
        let mut writes = vec![
            Write::Delete { key: key::group(scope, &group.id), expect: Expect::Version(version) },
            Write::Delete { key: name, expect: Expect::Anything },
        ];
        writes.extend(config_name(group).map(|name| end_use(scope, name, &group.id)));
        Ok(self.table.transact(writes).await?)
    }

    /// Writes whose first one, if `takes_name`, takes a name.
    async fn named(&self, writes: Vec<Write>, takes_name: bool) -> Result<(), NameError> {
        match self.table.transact(writes).await {
            Ok(()) => Ok(()),
            Err(TableError::Condition(0)) if takes_name => Err(NameError::Taken),
            Err(TableError::Condition(_) | TableError::Contended) => Err(NameError::Changed),
            Err(error) => Err(NameError::Store(error.into())),
        }
    }
}
