//! The table, item by item. Every partition key starts with `ACCOUNT/REGION`, the scope S; what is of an account,
//! whatever the region, with `ACCOUNT/global`.
//!
//! | item | pk | sk | changes | size |
//! |---|---|---|---|---|
//! | application pointer | `S/CATALOG` | `APP#name` | create, rename, delete | 100 B |
//! | deployment configuration | `S/CATALOG` | `CFG#name` | never | 300 B |
//! | GitHub account token, sealed | `S/CATALOG` | `GHT#name` | put, delete | 0.3–2 KB |
//! | trigger | `S/CATALOG` | `TRG#name` | create, delete | 0.5–20 KB |
//! | webhook, its secrets sealed | `S/CATALOG` | `WHK#name` | create, delete | 0.5–3 KB |
//! | dead letter | `S/DEAD` | `instant#id` | its replay; forgotten after 14 days | 400 B |
//! | application | `S/A#uuid` | `META` | update | 300 B |
//! | group pointer | `S/A#uuid` | `GRP#name` | create, rename, delete | 100 B |
//! | revision | `S/A#uuid` | `REV#digest` | registration, use by a deployment | 0.3–64 KB |
//! | a revision by its first use | `S/A#uuid` | `USED#instant#digest` | its first use | 100 B |
//! | group | `S/G#uuid` | `META` | update; create and finish of a deployment | 1–20 KB |
//! | request that waits for a group | `S/G#uuid` | `Q#orderkey#arrival#push` | never: its turn | 1–64 KB |
//! | timer of what waits for a group | `S/G#uuid` | `QUEUE` | every arrival; the sweep; gone with the last one | 150 B |
//! | push: what became of it | `S/PUSH#digest` | `META` | the end of its wait; forgotten after 14 days | 600 B |
//! | deployment state | `S/D#id` | `STATE` | every commit | 1–16 KB |
//! | deployment plan and record | `S/D#id` | `PLAN` | never | 1–100 KB |
//! | fleet of many shards: how it is divided | `S/D#id` | `FLEET` | never | 50 B a shard |
//! | fleet of many shards: purse | `S/D#id` | `PURSE` | grants, words of its shards | 50 B a shard |
//! | shard of a fleet: rule and roster | `S/D#id#S#nnn` | `ROSTER`, of many `ROSTER#drawn` | never | 100 B a host |
//! | shard of a fleet: board | `S/D#id#S#nnn` | `BOARD` | every commit of the shard | 1–16 KB |
//! | target of a fleet | `S/D#id#S#nnn` | `T#host` | never: its final report | 0.5–10 KB |
//! | notice: something to tell | `S/D#id` | `N#seq` | how far each listener was told | 0.3–8 KB |
//! | hosts of a shard that were told of | `S/D#id#S#nnn` | `TOLD` | a round of the notifier | 500 B a listener |
//! | overflown marks | `S/D#id` | `LOG#from` | never | 8 KB |
//! | alarm watch | `S/ALARM#name` | `D#id` | the poll's failure count | 200 B |
//! | a group's use of a configuration | `S/CFG#name` | `G#uuid` | the group's create, update, delete | 100 B |
//! | function, pending call, alarm of this machine | `S/LOCAL` | `FN#name`, `CALL#execution`, `ALARM#name` | kept by `shared/local` | 300 B |
//! | audit record | `S/AUDIT#2026-11-21` | `instant#request id` | its outcome, once; forgotten after 90 days | 400 B |
//! | access key | `ACCOUNT/global/KEYS` | `KEY#id` | once a day of use; revoked; forgotten 90 days later | 400 B |
//! | enrolment token | `ACCOUNT/global/ENROL` | `TOKEN#id` | its use, once; forgotten a day after its end | 400 B |
//! | on-premises instance | `S/HOST#name` | `META` | register, enrol, tag, deregister | 0.3–5 KB |
//! | IAM identity pointer | `S/IAM#arn` | `META` | register, enrol, deregister | 150 B |
//! | request of a CloudFormation stack | `S/STACK` | `REQ#id` | its answer, once; forgotten after 2 days | 300 B |
//! | job of a pipeline | `S/PIPELINE` | `REQ#id` | never: put with its answer; forgotten after 2 days | 300 B |
//! | key of page tokens | `S/SECRET` | `TOKENS` | never | 150 B |
//!
//! | index | pk | sk | holds |
//! |---|---|---|---|
//! | gsi1 | `S/G#uuid/DEPLOYMENTS` | `created#id` | states of a group, by age |
//! | gsi1 | `WATCHES` | `S/name/id` | every alarm watch |
//! | gsi1 | `S/A#uuid/REVISIONS` | `registered#digest` | revisions of an application, by registration |
//! | gsi2 | `S/A#uuid/REVISIONS` | `used#digest` | revisions of an application, by last use |
//! | gsi1 | `S/HOSTS/Registered`, `S/HOSTS/Deregistered` | `name` | on-premises instances by status |
//! | gsi2 | `S/HOSTS` | `name` | all on-premises instances |
//! | gsi2 | `S/DEPLOYMENTS` | `created#id` | states of the scope, by age |
//! | gsi1 | `S/PUSHES` | `arrival#digest` | pushes, by arrival |
//! | gsi2 | `S/PUSHES/trigger` | `arrival#digest` | pushes of a trigger, by arrival |
//! | wake | `WAKE#bucket` | `due#S#id` | states and boards that are not over, and queues of groups, by their timer |
//! | wake | `NOTICES#bucket` | `due#S#id` | notices that somebody has yet to hear, by the next try |
//!
//! Names point to ids and children hang on ids, so that a rename swaps one pointer. The index partitions
//! `WATCHES`, `WAKE#` and `NOTICES#` span scopes: the sweep and the alarm poll serve all of them.

use cutover_core::ids::{ApplicationId, DeploymentId, GroupId, Scope, ShardId};
use cutover_core::time::Timestamp;
use cutover_ports::table::Key;

/// In how many partitions the wake index is spread.
pub const WAKE_BUCKETS: u64 = 8;
/// Partition of every alarm watch in gsi1.
pub const WATCHES: &str = "WATCHES";
/// The last instant whose fifteen digits still sort.
pub const LAST: Timestamp = Timestamp::from_millis(999_999_999_999_999);

/// The key of an application's name.
pub fn application_name(scope: &Scope, name: &str) -> Key {
    Key::new(catalog(scope), format!("APP#{name}"))
}

/// The key of a deployment configuration.
pub fn config(scope: &Scope, name: &str) -> Key {
    Key::new(catalog(scope), format!("CFG#{name}"))
}

/// The key of a GitHub account token.
pub fn git_hub_token(scope: &Scope, name: &str) -> Key {
    Key::new(catalog(scope), format!("GHT#{name}"))
}

/// How the sort keys of triggers begin.
pub const TRIGGER: &str = "TRG#";

/// The key of a trigger.
pub fn trigger(scope: &Scope, name: &str) -> Key {
    Key::new(catalog(scope), format!("{TRIGGER}{name}"))
}

/// The partition of names.
pub fn catalog(scope: &Scope) -> String {
    format!("{scope}/CATALOG")
}

/// The partition of an application: itself and its groups' names.
pub fn application_pk(scope: &Scope, id: &ApplicationId) -> String {
    format!("{scope}/A#{id}")
}

/// The key of an application.
pub fn application(scope: &Scope, id: &ApplicationId) -> Key {
    Key::new(application_pk(scope, id), "META")
}

/// The key of a group's name.
pub fn group_name(scope: &Scope, application: &ApplicationId, name: &str) -> Key {
    Key::new(application_pk(scope, application), format!("GRP#{name}"))
}

/// How the sort keys of revisions begin.
pub const REVISION: &str = "REV#";
/// How the sort keys of first uses begin.
pub const FIRST_USE: &str = "USED#";

/// The key of a revision.
pub fn revision(scope: &Scope, application: &ApplicationId, digest: &str) -> Key {
    Key::new(application_pk(scope, application), format!("{REVISION}{digest}"))
}

/// The key of a revision's place by its first use.
pub fn first_use(scope: &Scope, application: &ApplicationId, at: Timestamp, digest: &str) -> Key {
    Key::new(application_pk(scope, application), format!("{FIRST_USE}{}", by_time(at, digest)))
}

/// gsi1 partition of an application's revisions.
pub fn revisions_by_registration(scope: &Scope, application: &ApplicationId) -> String {
    format!("{}/REVISIONS", application_pk(scope, application))
}

/// gsi2 partition of an application's revisions.
pub fn revisions_by_last_use(scope: &Scope, application: &ApplicationId) -> String {
    revisions_by_registration(scope, application)
}

/// Sort key of a thing among others: by an instant, then its id.
pub fn by_time(at: Timestamp, id: &str) -> String {
    format!("{}#{id}", instant(at))
}

/// The key of an on-premises instance.
pub fn host(scope: &Scope, name: &str) -> Key {
    Key::new(format!("{scope}/HOST#{name}"), "META")
}

/// The key of the pointer from an IAM identity to the on-premises instance that has it.
pub fn identity(scope: &Scope, arn: &str) -> Key {
    Key::new(format!("{scope}/IAM#{arn}"), "META")
}

/// gsi2 partition of all on-premises instances.
pub fn hosts(scope: &Scope) -> String {
    format!("{scope}/HOSTS")
}

/// gsi1 partition of registered or deregistered on-premises instances.
pub fn hosts_by_status(scope: &Scope, registered: bool) -> String {
    format!("{}/{}", hosts(scope), if registered { "Registered" } else { "Deregistered" })
}

/// The key of a group.
pub fn group(scope: &Scope, id: &GroupId) -> Key {
    Key::new(format!("{scope}/G#{id}"), "META")
}

/// How the sort keys of requests that wait begin.
pub const WAITING: &str = "Q#";

/// The key of a request that waits for a group.
pub fn waiting(scope: &Scope, group: &GroupId, (order, at, push): (&str, Timestamp, &str)) -> Key {
    Key::new(format!("{scope}/G#{group}"), format!("{WAITING}{order}#{}", by_time(at, push)))
}

/// The key of the timer of what waits for a group.
pub fn queue_timer(scope: &Scope, group: &GroupId) -> Key {
    Key::new(format!("{scope}/G#{group}"), "QUEUE")
}

/// The key of a push.
pub fn push(scope: &Scope, digest: &str) -> Key {
    Key::new(format!("{scope}/PUSH#{digest}"), "META")
}

/// gsi1 partition of all pushes.
pub fn pushes(scope: &Scope) -> String {
    format!("{scope}/PUSHES")
}

/// gsi2 partition of the pushes of a trigger.
pub fn pushes_of(scope: &Scope, trigger: &str) -> String {
    format!("{scope}/PUSHES/{trigger}")
}

/// The partition of a deployment.
pub fn deployment_pk(scope: &Scope, id: &DeploymentId) -> String {
    format!("{scope}/D#{id}")
}

/// The key of a deployment's state.
pub fn state(scope: &Scope, id: &DeploymentId) -> Key {
    Key::new(deployment_pk(scope, id), "STATE")
}

/// The key of a deployment's plan.
pub fn plan(scope: &Scope, id: &DeploymentId) -> Key {
    Key::new(deployment_pk(scope, id), "PLAN")
}

/// The partition of a shard.
pub fn shard_pk(id: &ShardId) -> String {
    format!("{}#S#{:03}", deployment_pk(&id.scope, &id.deployment), id.shard)
}

/// The key of a shard's rule and roster.
pub fn roster(id: &ShardId) -> Key {
    Key::new(shard_pk(id), "ROSTER")
}

/// The key of the rule and roster of one shard of many, by what the rosters were drawn from.
pub fn drawn_roster(id: &ShardId, drawn: &str) -> Key {
    Key::new(shard_pk(id), format!("ROSTER#{drawn}"))
}

/// The key of how a fleet of many shards is divided.
pub fn fleet(scope: &Scope, id: &DeploymentId) -> Key {
    Key::new(deployment_pk(scope, id), "FLEET")
}

/// The key of the purse of a fleet of many shards.
pub fn purse(scope: &Scope, id: &DeploymentId) -> Key {
    Key::new(deployment_pk(scope, id), "PURSE")
}

/// The key of a shard's board.
pub fn board(id: &ShardId) -> Key {
    Key::new(shard_pk(id), "BOARD")
}

/// The key of a host's final report.
pub fn target(id: &ShardId, host: &str) -> Key {
    Key::new(shard_pk(id), format!("T#{host}"))
}

/// The key of marks that no longer fit the state, by the first one's seq.
pub fn log(scope: &Scope, id: &DeploymentId, from: u32) -> Key {
    Key::new(deployment_pk(scope, id), format!("LOG#{from:08}"))
}

/// The partition of an alarm's watches.
pub fn alarm_pk(scope: &Scope, alarm: &str) -> String {
    format!("{scope}/ALARM#{alarm}")
}

/// The key of the watch of an alarm for a deployment.
pub fn watch(scope: &Scope, alarm: &str, id: &DeploymentId) -> Key {
    Key::new(alarm_pk(scope, alarm), format!("D#{id}"))
}

/// The key of the secret that authenticates page tokens.
pub fn token_key(scope: &Scope) -> Key {
    Key::new(format!("{scope}/SECRET"), "TOKENS")
}

/// The key of a request that another service made; `asker` is `STACK` or `PIPELINE`.
pub fn request(scope: &Scope, asker: &str, id: &str) -> Key {
    Key::new(format!("{scope}/{asker}"), format!("REQ#{id}"))
}

/// The partition of an account's access keys, which serve all its regions.
pub fn access_keys(scope: &Scope) -> String {
    format!("{}/global/KEYS", scope.account)
}

/// The key of an access key.
pub fn access_key(scope: &Scope, id: &str) -> Key {
    Key::new(access_keys(scope), format!("KEY#{id}"))
}

/// The key of an enrolment token, which is of an account.
pub fn enrolment(scope: &Scope, id: &str) -> Key {
    Key::new(format!("{}/global/ENROL", scope.account), format!("TOKEN#{id}"))
}

/// The partition of the audit records of that instant's day, in UTC.
pub fn audit_pk(scope: &Scope, at: Timestamp) -> String {
    format!("{scope}/AUDIT#{}", &at.to_string()[..10])
}

/// The key of an audit record.
pub fn audit(scope: &Scope, at: Timestamp, request_id: &str) -> Key {
    Key::new(audit_pk(scope, at), format!("{}#{request_id}", instant(at)))
}

/// gsi1 key of an alarm watch.
pub fn watch_index(scope: &Scope, alarm: &str, id: &DeploymentId) -> Key {
    Key::new(WATCHES, format!("{scope}/{alarm}/{id}"))
}

/// gsi1 partition of a group's deployments.
pub fn group_deployments(scope: &Scope, group: &GroupId) -> String {
    format!("{scope}/G#{group}/DEPLOYMENTS")
}

/// gsi2 partition of all deployments of a scope.
pub fn deployments(scope: &Scope) -> String {
    format!("{scope}/DEPLOYMENTS")
}

/// Sort key of a deployment among others: by age, then id.
pub fn by_age(created_at: Timestamp, id: &DeploymentId) -> String {
    by_time(created_at, id.as_str())
}

/// The id of the deployment with that sort key among others.
pub fn parse_by_age(mut sk: String) -> Option<DeploymentId> {
    let id = sk.find('#')? + 1;
    sk.drain(..id);
    Some(DeploymentId::new(sk))
}

/// The wake index partition number `bucket`.
pub fn wake_pk(bucket: u64) -> String {
    format!("WAKE#{bucket}")
}

/// The wake index key of a shard whose timer is due then.
pub fn shard_wake(id: &ShardId, due: Timestamp) -> Key {
    let Key { pk, sk } = wake(&id.scope, &id.deployment, due);
    Key::new(pk, format!("{sk}#{:03}", id.shard))
}

/// The wake index key of a deployment whose timer is due then.
pub fn wake(scope: &Scope, id: &DeploymentId, due: Timestamp) -> Key {
    timed(scope, id.as_str(), due)
}

/// The wake index key of a group's queue whose timer is due then.
pub fn queue_wake(scope: &Scope, group: &GroupId, due: Timestamp) -> Key {
    timed(scope, group.as_str(), due)
}

fn timed(scope: &Scope, id: &str, due: Timestamp) -> Key {
    Key::new(wake_pk(spread(id) % WAKE_BUCKETS), format!("{}#{scope}#{id}", instant(due)))
}

fn spread(id: &str) -> u64 {
    id.bytes().fold(0_u64, |hash, b| hash.wrapping_mul(31).wrapping_add(u64::from(b)))
}

/// How the sort keys of notices begin.
pub const NOTICE: &str = "N#";

/// The key of a notice of a deployment.
pub fn notice(scope: &Scope, id: &DeploymentId, seq: u32) -> Key {
    Key::new(deployment_pk(scope, id), format!("{NOTICE}{seq:02}"))
}

/// The key of which hosts of a shard were told of.
pub fn hosts_told(id: &ShardId) -> Key {
    Key::new(shard_pk(id), "TOLD")
}

/// How the sort keys of webhooks begin.
pub const WEBHOOK: &str = "WHK#";

/// The key of a webhook.
pub fn webhook(scope: &Scope, name: &str) -> Key {
    Key::new(catalog(scope), format!("{WEBHOOK}{name}"))
}

/// The partition of dead letters.
pub fn dead_letters(scope: &Scope) -> String {
    format!("{scope}/DEAD")
}

/// The key of a dead letter.
pub fn dead_letter(scope: &Scope, at: Timestamp, id: &str) -> Key {
    Key::new(dead_letters(scope), by_time(at, id))
}

/// In how many partitions the wake index of notices is spread.
pub const NOTICE_BUCKETS: u64 = 4;

/// The wake index partition number `bucket` of notices: one of their own, so that listeners who are not reached never
/// stand in the way of deployments.
pub fn notices_pk(bucket: u64) -> String {
    format!("NOTICES#{bucket}")
}

/// The wake index key of what is to be told of a deployment then.
pub fn notice_wake(scope: &Scope, id: &DeploymentId, due: Timestamp) -> Key {
    Key::new(notices_pk(spread(id.as_str()) % NOTICE_BUCKETS), format!("{}#{scope}#{id}", instant(due)))
}

/// The upper bound of wake index sort keys due at or before then.
pub fn wake_until(until: Timestamp) -> String {
    format!("{}#~", instant(until))
}

/// An instant as text whose byte order is the order of time.
pub fn instant(at: Timestamp) -> String {
    format!("{:015}", at.as_millis().max(0))
}

/// What has a timer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Timed {
    /// A deployment.
    Deployment(Scope, DeploymentId),
    /// A shard of its fleet.
    Shard(ShardId),
    /// What waits for a group.
    Queue(Scope, GroupId),
}

/// What the partition key of a deployment, of a shard or of a group names.
pub fn parse_timed_pk(pk: &str) -> Option<Timed> {
    if let Some((scope, group)) = pk.split_once("/G#") {
        let (account, region) = scope.split_once('/')?;
        return Some(Timed::Queue(Scope::new(account, region), GroupId::new(group)));
    }
    let (scope, id) = pk.split_once("/D#")?;
    let (account, region) = scope.split_once('/')?;
    let scope = Scope::new(account, region);
    match id.split_once("#S#") {
        None => Some(Timed::Deployment(scope, DeploymentId::new(id))),
        Some((id, shard)) => {
            let (deployment, shard) = (DeploymentId::new(id), shard.parse().ok()?);
            Some(Timed::Shard(ShardId { scope, deployment, shard }))
        }
    }
}

/// The scope and id of a deployment partition key.
pub fn parse_deployment_pk(pk: &str) -> Option<(Scope, DeploymentId)> {
    match parse_timed_pk(pk)? {
        Timed::Deployment(scope, id) => Some((scope, id)),
        Timed::Shard(_) | Timed::Queue(..) => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_golden() {
        let scope = Scope::new("123456789012", "eu-west-1");
        let id = DeploymentId::new("d-ABCDEFGHI");
        for (key, pk, sk) in [
            (application_name(&scope, "web"), "123456789012/eu-west-1/CATALOG", "APP#web"),
            (config(&scope, "slow"), "123456789012/eu-west-1/CATALOG", "CFG#slow"),
            (application(&scope, &ApplicationId::new("u")), "123456789012/eu-west-1/A#u", "META"),
            (group_name(&scope, &ApplicationId::new("u"), "g"), "123456789012/eu-west-1/A#u", "GRP#g"),
            (group(&scope, &GroupId::new("u")), "123456789012/eu-west-1/G#u", "META"),
            (state(&scope, &id), "123456789012/eu-west-1/D#d-ABCDEFGHI", "STATE"),
            (plan(&scope, &id), "123456789012/eu-west-1/D#d-ABCDEFGHI", "PLAN"),
            (log(&scope, &id, 7), "123456789012/eu-west-1/D#d-ABCDEFGHI", "LOG#00000007"),
            (watch(&scope, "hot", &id), "123456789012/eu-west-1/ALARM#hot", "D#d-ABCDEFGHI"),
            (trigger(&scope, "main"), "123456789012/eu-west-1/CATALOG", "TRG#main"),
            (push(&scope, "0a"), "123456789012/eu-west-1/PUSH#0a", "META"),
            (queue_timer(&scope, &GroupId::new("u")), "123456789012/eu-west-1/G#u", "QUEUE"),
            (
                waiting(&scope, &GroupId::new("u"), ("7", Timestamp::from_millis(9), "0a")),
                "123456789012/eu-west-1/G#u",
                "Q#7#000000000000009#0a",
            ),
            (token_key(&scope), "123456789012/eu-west-1/SECRET", "TOKENS"),
            (request(&scope, "STACK", "r-1"), "123456789012/eu-west-1/STACK", "REQ#r-1"),
            (access_key(&scope, "CUTO1"), "123456789012/global/KEYS", "KEY#CUTO1"),
            (enrolment(&scope, "0a"), "123456789012/global/ENROL", "TOKEN#0a"),
            (
                audit(&scope, Timestamp::from_millis(1_793_534_405_250), "r-1"),
                "123456789012/eu-west-1/AUDIT#2026-11-01",
                "001793534405250#r-1",
            ),
        ] {
            assert_eq!((key.pk.as_str(), key.sk.as_str()), (pk, sk));
        }
        assert_eq!(parse_by_age(by_age(Timestamp::from_millis(5), &id)), Some(id.clone()));
        let shard = ShardId { scope: scope.clone(), deployment: id.clone(), shard: 7 };
        assert_eq!(parse_timed_pk(&shard_pk(&shard)), Some(Timed::Shard(shard)));
        assert_eq!(parse_timed_pk(&deployment_pk(&scope, &id)), Some(Timed::Deployment(scope.clone(), id)));
        let group = GroupId::new("u");
        assert_eq!(parse_timed_pk(&queue_timer(&scope, &group).pk), Some(Timed::Queue(scope, group)));
    }

    #[test]
    fn wake_keys_sort_by_time_and_the_bound_includes_its_instant() {
        let scope = Scope::new("1", "r");
        let id = DeploymentId::new("d-ABCDEFGHI");
        let at = |ms| wake(&scope, &id, Timestamp::from_millis(ms)).sk;
        assert!(at(999) < at(1_000) && at(1_000) < at(1_700_000_000_000));
        assert!(at(1_000) <= wake_until(Timestamp::from_millis(1_000)));
        assert!(at(1_001) > wake_until(Timestamp::from_millis(1_000)));
    }
}
