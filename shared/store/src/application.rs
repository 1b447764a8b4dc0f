//! Applications: the item, its name pointer, and its life.

use std::collections::HashMap;
use std::sync::Arc;

use cutover_core::config::ComputePlatform;
use cutover_core::ids::{ApplicationId, Scope};
use cutover_core::time::Timestamp;
use cutover_ports::table::{Expect, Item, Table, TableError, Write};
use serde::{Deserialize, Serialize};

use crate::catalog::{NameError, Pointer, find_all};
use crate::codec::{StoreError, decode, encode};
use crate::key;

/// The stored version of [`Application`].
pub const APPLICATION_VERSION: u16 = 1;

/// An application.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Application {
    /// [`APPLICATION_VERSION`].
    pub v: u16,
    /// Its id, which a rename does not change.
    pub id: ApplicationId,
    /// Its name.
    pub name: String,
    /// What its deployments run on.
    pub platform: ComputePlatform,
    /// When it was created.
    pub created_at: Timestamp,
    /// Its tags, by key.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub tags: Vec<(String, String)>,
}

impl Application {
    fn to_item(&self, scope: &Scope, version: u64) -> Result<Item, StoreError> {
        Ok(Item::new(key::application(scope, &self.id), version, encode(self)?))
    }
}

/// The repository of applications.
pub struct Applications {
    table: Arc<dyn Table>,
}

impl Applications {
    /// Over this table.
    pub fn new(table: Arc<dyn Table>) -> Self {
        Self { table }
    }

    /// The application of that name and its stored version.
    pub async fn find(&self, scope: &Scope, name: &str) -> Result<Option<(Application, u64)>, StoreError> {
        let Some(pointer) = self.table.get(&key::application_name(scope, name)).await? else {
            return Ok(None);
        };
        let id = ApplicationId::new(decode::<Pointer>(&pointer)?.id);
        match self.table.get(&key::application(scope, &id)).await? {
            Some(item) => Ok(Some((decode(&item)?, item.version))),
            None => Ok(None),
        }
    }

    /// The name that the application of that id has now.
    pub async fn name_of(&self, scope: &Scope, id: &ApplicationId) -> Result<Option<String>, StoreError> {
        let found = self.table.get(&key::application(scope, id)).await?;
        found.map(|item| decode::<Application>(&item).map(|application| application.name)).transpose()
    }

    /// Those of up to 100 applications that exist, by the name that was asked for.
    pub async fn find_all(
        &self,
        scope: &Scope,
        names: &[&str],
    ) -> Result<HashMap<String, Application>, StoreError> {
        let pointer = |name: &str| key::application_name(scope, name);
        let thing = |id| key::application(scope, &ApplicationId::new(id));
        find_all(self.table.as_ref(), names, pointer, thing).await
    }

    /// Stores a new application under its name.
    pub async fn create(&self, scope: &Scope, application: &Application) -> Result<(), NameError> {
        let pointer =
            Pointer::item(key::application_name(scope, &application.name), application.id.as_str())?;
        let writes = vec![
            Write::Put { item: pointer, expect: Expect::Absent },
            Write::Put { item: application.to_item(scope, 1)?, expect: Expect::Absent },
        ];
        self.named(writes).await
    }

    /// Gives the application, as loaded at `version`, another name. Its groups hang on its id and stay.
    pub async fn rename(
        &self,
        scope: &Scope,
        mut application: Application,
        version: u64,
        name: &str,
    ) -> Result<(), NameError> {
        let old = key::application_name(scope, &application.name);
        name.clone_into(&mut application.name);
        let writes = vec![
            Write::Put {
                item: Pointer::item(key::application_name(scope, name), application.id.as_str())?,
                expect: Expect::Absent,
            },
            Write::Put { item: application.to_item(scope, version + 1)?, expect: Expect::Version(version) },
            Write::Delete { key: old, expect: Expect::Anything },
        ];
        self.named(writes).await
    }

    /// Puts the application, whose name is as it was, over the one of that version.
    pub async fn put(&self, scope: &Scope, application: &Application, version: u64) -> Result<(), NameError> {
        match self.table.put_if(application.to_item(scope, version + 1)?, Expect::Version(version)).await {
            Ok(()) => Ok(()),
            Err(TableError::Condition(_)) => Err(NameError::Changed),
            Err(error) => Err(NameError::Store(error.into())),
        }
    }

    /// Deletes the application, as loaded at `version`, and its name. Its groups are deleted before.
    pub async fn delete(
        &self,
        scope: &Scope,
        application: &Application,
        version: u64,
    ) -> Result<(), StoreError> {
        let writes = vec![
            Write::Delete { key: key::application(scope, &application.id), expect: Expect::Version(version) },
            Write::Delete { key: key::application_name(scope, &application.name), expect: Expect::Anything },
        ];
        Ok(self.table.transact(writes).await?)
    }

    /// Writes whose first one takes a name.
    async fn named(&self, writes: Vec<Write>) -> Result<(), NameError> {
        match self.table.transact(writes).await {
            Ok(()) => Ok(()),
            Err(TableError::Condition(0)) => Err(NameError::Taken),
            Err(TableError::Condition(_) | TableError::Contended) => Err(NameError::Changed),
            Err(error) => Err(NameError::Store(error.into())),
        }
    }
}
