//! Access keys and audit records: Cutover's own operations on who may call and who did.

use crate::api::time::Time;

shapes! {
    /// CreateAccessKey. A role is read-only, deployer, operator or agent; applications bind a deployer.
    CreateAccessKeyInput {
        name: Option<String>,
        role: Option<String>,
        applications: Option<Vec<String>>,
    }

    /// What CreateAccessKey answers: the only time that the secret is told.
    CreateAccessKeyOutput {
        access_key: AccessKeyInfo,
        secret_access_key: String,
    }

    /// What ListAccessKeys answers: live keys first, then those revoked lately.
    ListAccessKeysOutput {
        access_keys: Vec<AccessKeyInfo>,
    }

    /// RevokeAccessKey.
    RevokeAccessKeyInput {
        access_key_id: Option<String>,
    }

    /// What RevokeAccessKey answers.
    RevokeAccessKeyOutput {
        access_key: AccessKeyInfo,
    }

    /// A key without its secret. The day of its last use is a date in UTC.
    AccessKeyInfo {
        access_key_id: String,
        name: String,
        role: String,
        applications: Option<Vec<String>>,
        create_time: Option<Time>,
        created_by: Option<String>,
        last_used_on: Option<String>,
        revoke_time: Option<Time>,
        revoked_by: Option<String>,
    }

    /// ListAuditRecords: of this user, between these times.
    ListAuditRecordsInput {
        user: Option<String>,
        start_time: Option<Time>,
        end_time: Option<Time>,
        next_token: Option<String>,
    }

    /// What ListAuditRecords answers, newest first. A page may be empty and still carry a token.
    ListAuditRecordsOutput {
        audit_records: Vec<AuditRecordInfo>,
        next_token: Option<String>,
    }

    /// A call that was to change something. The outcome is Succeeded, Refused, Failed, or Unknown when the
    /// service ended in the middle.
    AuditRecordInfo {
        time: Option<Time>,
        user: String,
        operation: String,
        resource: Option<String>,
        request_id: String,
        source_address: Option<String>,
        outcome: String,
        error_code: Option<String>,
        result: Option<String>,
    }
}
