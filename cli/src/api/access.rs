//! Who may call and who did: access keys and audit records.

use cutover_wire::api::access::{
    AccessKeyInfo, AuditRecordInfo, CreateAccessKeyInput, CreateAccessKeyOutput, ListAccessKeysOutput,
    ListAuditRecordsInput, ListAuditRecordsOutput, RevokeAccessKeyInput, RevokeAccessKeyOutput,
};
use serde_json::json;

use super::Api;
use crate::failure::Failure;

impl Api {
    /// Issues an access key; the answer is the only one that tells its secret.
    pub(crate) async fn create_key(
        &self,
        input: &CreateAccessKeyInput,
    ) -> Result<CreateAccessKeyOutput, Failure> {
        self.own("CreateAccessKey", input).await
    }

    /// Every access key.
    pub(crate) async fn keys(&self) -> Result<Vec<AccessKeyInfo>, Failure> {
        Ok(self.own::<ListAccessKeysOutput>("ListAccessKeys", &json!({})).await?.access_keys)
    }

    /// Ends an access key.
    pub(crate) async fn revoke_key(&self, id: &str) -> Result<AccessKeyInfo, Failure> {
        let input = RevokeAccessKeyInput { access_key_id: Some(id.to_owned()) };
        Ok(self.own::<RevokeAccessKeyOutput>("RevokeAccessKey", &input).await?.access_key)
    }

    /// Audit records, newest first, at most `limit`.
    pub(crate) async fn audit_records(
        &self,
        mut input: ListAuditRecordsInput,
        limit: usize,
    ) -> Result<Vec<AuditRecordInfo>, Failure> {
        let mut records = Vec::new();
        loop {
            let page: ListAuditRecordsOutput = self.own("ListAuditRecords", &input).await?;
            records.extend(page.audit_records);
            input.next_token = page.next_token;
            if records.len() >= limit || input.next_token.is_none() {
                records.truncate(limit);
                return Ok(records);
            }
        }
    }
}
