//! Audit records: listed.

use cutover_wire::api::access::{AuditRecordInfo, ListAuditRecordsInput, ListAuditRecordsOutput};

use super::Api;
use crate::failure::Failure;

impl Api {
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
