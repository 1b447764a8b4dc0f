//! Local functions as the engine sees them.

use async_trait::async_trait;
use cutover_core::alias::{AliasRef, AliasState};
use cutover_ports::aliases::{AliasReading, FunctionAliases};
use cutover_ports::call::CallError;
use cutover_ports::hooks::{HookPayload, Hooks};

use super::calls::Call;
use super::error::FunctionError;
use super::local::LocalFunctions;
use super::names::FunctionRef;
use super::record::AliasRecord;

impl LocalFunctions {
    fn named(&self, function: &str) -> Result<FunctionRef, FunctionError> {
        FunctionRef::parse(function, &self.scope)
    }
}

#[async_trait]
impl FunctionAliases for LocalFunctions {
    async fn read(&self, alias: &AliasRef) -> Result<AliasReading, CallError> {
        let name = self.named(&alias.function)?.name;
        let record = self.load(&name).await?;
        let AliasRecord { state, revision_id } = record.alias(&name, &alias.alias)?.clone();
        Ok(AliasReading { state, revision_id })
    }

    async fn set(&self, alias: &AliasRef, set: &AliasState, revision_id: &str) -> Result<(), CallError> {
        let name = self.named(&alias.function)?.name;
        let next = self.revision_id();
        self.edit(&name, |record| {
            let found = record.alias(&name, &alias.alias)?;
            if found.revision_id != revision_id {
                return Err(FunctionError::Stale(alias.to_string()));
            }
            record.check(&name, &alias.alias, set)?;
            let changed = AliasRecord { state: set.clone(), revision_id: next.clone() };
            record.aliases.insert(alias.alias.clone(), changed);
            Ok(())
        })
        .await?;
        Ok(())
    }

    async fn version_exists(&self, function: &str, version: &str) -> Result<(), CallError> {
        let name = self.named(function)?.name;
        self.load(&name).await?.version(&name, version)?;
        Ok(())
    }
}

#[async_trait]
impl Hooks for LocalFunctions {
    async fn invoke(&self, function: &str, payload: &HookPayload) -> Result<(), CallError> {
        let FunctionRef { name, qualifier } = self.named(function)?;
        let record = self.load(&name).await?;
        let published = record.route(&name, qualifier.as_deref(), self.entropy.bits())?.clone();
        let event = payload.clone();
        self.calls.make(Call { function: name, published, event }).await?;
        Ok(())
    }
}
