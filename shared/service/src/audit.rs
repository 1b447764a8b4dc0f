//! The audit: a record of every call that is to change something, and lists of them.

use cutover_core::time::Timestamp;
use cutover_store::audit::{self, AUDIT_VERSION, AuditRecord, DAY_MS, KEPT_MS, Outcome};
use cutover_wire::api::access::{AuditRecordInfo, ListAuditRecordsInput, ListAuditRecordsOutput};
use serde::{Deserialize, Serialize};

use crate::error::{Answer, refuse};
use crate::rules::Valid;
use crate::service::{Caller, Service};
use crate::tokens::PlaceBody;

/// Table pages that one call reads in search of a rare user, before it answers what it has.
const SEARCH_PAGES: usize = 20;
/// Characters of a text that is kept.
const LONGEST: usize = 256;

/// What is to be done.
#[derive(Debug, Clone, Copy)]
pub struct Deed<'a> {
    /// The operation.
    pub operation: &'a str,
    /// What the request names.
    pub resource: Option<&'a str>,
    /// The request.
    pub request_id: &'a str,
    /// Where it came from.
    pub source: Option<&'a str>,
}

/// Where a list goes on: on this day, after this place.
#[derive(Serialize, Deserialize)]
struct Next {
    day: i64,
    after: Option<PlaceBody>,
}

impl Service {
    /// Stores what is to be done, before it is. Without a record nothing is to be done.
    pub async fn audit_begin(&self, caller: &Caller, deed: Deed<'_>) -> Answer<AuditRecord> {
        let record = self.record(caller, deed, None);
        Ok(audit::put(self.table(), &caller.scope, record).await?)
    }

    /// Stores what became of it.
    pub async fn audit_end(&self, caller: &Caller, mut record: AuditRecord, outcome: Outcome) -> Answer<()> {
        record.outcome = Some(outcome);
        Ok(audit::close(self.table(), &caller.scope, &record).await?)
    }

    /// Stores a call that came to nothing, in one go.
    pub async fn audit_refused(&self, caller: &Caller, deed: Deed<'_>, code: &str) -> Answer<()> {
        let record = self.record(caller, deed, Some(Outcome::Refused(code.to_owned())));
        audit::put(self.table(), &caller.scope, record).await?;
        Ok(())
    }

    fn record(&self, caller: &Caller, deed: Deed<'_>, outcome: Option<Outcome>) -> AuditRecord {
        AuditRecord {
            v: AUDIT_VERSION,
            at: self.now(),
            principal: caller.principal.as_deref().map_or_else(|| "anonymous".to_owned(), short),
            operation: short(deed.operation),
            resource: deed.resource.map(short),
            request_id: short(deed.request_id),
            source: deed.source.map(short),
            outcome,
        }
    }

    /// ListAuditRecords.
    pub async fn list_audit_records(
        &self,
        caller: &Caller,
        input: Valid<ListAuditRecordsInput>,
    ) -> Answer<ListAuditRecordsOutput> {
        let scope = &caller.scope;
        let (from, to) = self.span(&input)?;
        let list = format!("audit {:?} {:?} {:?}", input.user, input.start_time, input.end_time);
        let day = |at: Timestamp| at.as_millis().div_euclid(DAY_MS);
        let mut search = self.search(scope, &list, &input.next_token, SEARCH_PAGES)?;
        while let Some((at, room)) = search.page() {
            let Next { day: of, after } = at.unwrap_or(Next { day: day(to), after: None });
            let page = audit::page(self.table(), scope, of, (from, to), after.map(Into::into), room).await?;
            let user = input.user.as_deref();
            let found = page.found.into_iter().filter(|r| user.is_none_or(|u| is(&r.principal, u)));
            let next = match page.next {
                Some(place) => Some(Next { day: of, after: Some(place.into()) }),
                None => (of > day(from)).then_some(Next { day: of - 1, after: None }),
            };
            search.take(found.map(shown), next);
        }
        let (audit_records, next_token) = search.end();
        Ok(ListAuditRecordsOutput { audit_records, next_token })
    }

    /// From when to when, as asked for and as far as records are kept.
    fn span(&self, input: &ListAuditRecordsInput) -> Answer<(Timestamp, Timestamp)> {
        let now = self.now();
        let first = Timestamp::from_millis(now.as_millis() - KEPT_MS.cast_signed() - DAY_MS);
        let from = input.start_time.map_or(first, |time| time.0).max(first);
        // A clock of another machine may be a little ahead.
        let last = now.plus_ms(DAY_MS.cast_unsigned());
        let to = input.end_time.map_or(last, |time| time.0).min(last);
        if input.start_time.zip(input.end_time).is_some_and(|(start, end)| end < start) {
            return Err(refuse("InvalidTimeRangeException", "The end time is before the start time."));
        }
        Ok((from, to))
    }
}

/// Whether that is the user: the whole name, or what stands before a remark or behind the last slash of an ARN.
fn is(principal: &str, user: &str) -> bool {
    let plain = principal.split(" (").next().unwrap_or(principal);
    principal == user || plain == user || plain.rsplit('/').next() == Some(user)
}

fn short(text: &str) -> String {
    text.chars().take(LONGEST).collect()
}

fn shown(record: AuditRecord) -> AuditRecordInfo {
    let (outcome, error_code, result) = match record.outcome {
        None => ("Unknown", None, None),
        Some(Outcome::Succeeded(result)) => ("Succeeded", None, result),
        Some(Outcome::Refused(code)) => ("Refused", Some(code), None),
        Some(Outcome::Failed(code)) => ("Failed", Some(code), None),
    };
    AuditRecordInfo {
        time: Some(record.at.into()),
        user: record.principal,
        operation: record.operation,
        resource: record.resource,
        request_id: record.request_id,
        source_address: record.source,
        outcome: outcome.to_owned(),
        error_code,
        result,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn users_are_known_by_any_of_their_names() {
        for (principal, user, same) in [
            ("arn:aws:iam::123456789012:user/ci", "ci", true),
            ("arn:aws:iam::123456789012:user/ci", "arn:aws:iam::123456789012:user/ci", true),
            ("arn:aws:sts::123456789012:assumed-role/deploy/ada", "ada", true),
            ("ada@engine (not verified)", "ada@engine", true),
            ("ada@engine (not verified)", "ada", false),
            ("arn:aws:iam::123456789012:user/ci", "c", false),
            ("arn:aws:iam::123456789012:user/ci", "", false),
        ] {
            assert_eq!(is(principal, user), same, "{principal} {user}");
        }
    }
}
