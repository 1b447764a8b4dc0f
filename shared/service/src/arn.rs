//! Amazon Resource Names: of targets, of instances, of what can be tagged.

use cutover_core::alias::AliasRef;
use cutover_core::ids::Scope;
use cutover_wire::api::error::ApiError;

use crate::rules::rule::shortened;

/// The function's bare name, whether the AppSpec gives a name, a partial ARN or an ARN.
pub(crate) fn function_name(function: &str) -> &str {
    function.rsplit_once(":function:").map_or(function, |(_, name)| name)
}

/// targetArn of a Lambda alias.
pub(crate) fn alias_arn(scope: &Scope, alias: &AliasRef) -> String {
    if alias.function.starts_with("arn:") {
        return alias.to_string();
    }
    let account = alias.function.split_once(":function:").map_or(scope.account.as_str(), |(owner, _)| owner);
    format!(
        "arn:{}:lambda:{}:{account}:function:{}:{}",
        scope.partition(),
        scope.region,
        function_name(&alias.function),
        alias.alias
    )
}

/// instanceArn of an on-premises instance: its name and ten random letters or digits.
pub(crate) fn instance_arn(scope: &Scope, name: &str, bits: u128) -> String {
    const LETTERS: &[u8; 36] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789";
    let mut left = bits;
    let mut suffix = String::with_capacity(10);
    for _ in 0..10 {
        suffix.push(char::from(LETTERS[(left % 36) as usize]));
        left /= 36;
    }
    let Scope { account, region } = scope;
    format!("arn:{}:codedeploy:{region}:{account}:instance/{name}_{suffix}", scope.partition())
}

/// targetArn of an EC2 instance.
pub(crate) fn ec2_arn(scope: &Scope, instance: &str) -> String {
    let Scope { account, region } = scope;
    format!("arn:{}:ec2:{region}:{account}:instance/{instance}", scope.partition())
}

/// How the ARN of an enrolled host goes on behind the account; its name follows.
const HOST_SESSION: &str = ":assumed-role/cutover-host/";

/// What an enrolled host calls as: a session, named after it, of a role that no other caller has.
pub fn host_session(account: &str, name: &str) -> String {
    format!("arn:aws:sts::{account}{HOST_SESSION}{name}")
}

/// The host that a principal is, if it is one.
pub(crate) fn host_of_session<'a>(account: &str, principal: &'a str) -> Option<&'a str> {
    let name = principal.strip_prefix("arn:aws:sts::")?.strip_prefix(account)?.strip_prefix(HOST_SESSION)?;
    // What follows the name of somebody whom nobody has checked.
    (!name.is_empty() && !name.contains([' ', '/'])).then_some(name)
}

/// What carries tags.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Resource<'a> {
    /// An application, by name.
    Application(&'a str),
    /// A deployment group, by the names of its application and its own.
    Group {
        /// The application.
        application: &'a str,
        /// The group.
        name: &'a str,
    },
}

/// What an ARN names in this account and region (behaviour: wire protocol, ARNs). Clients may leave the account
/// away.
pub(crate) fn resource<'a>(scope: &Scope, arn: &'a str) -> Result<Resource<'a>, ApiError> {
    let invalid = |why: &str| {
        let message = format!("The ARN {:?} {why}.", shortened(arn));
        ApiError::refused("InvalidArnException", message)
    };
    let parts: Vec<&str> = arn.splitn(6, ':').collect();
    // On-premises instances write TYPE/NAME.
    let named = parts.last().and_then(|last| last.split_once(':').or_else(|| last.split_once('/')));
    let (["arn", of, "codedeploy", region, account, _], Some((kind, name))) = (&parts[..], named) else {
        return Err(invalid("is not one of CodeDeploy: arn:aws:codedeploy:REGION:ACCOUNT:TYPE:NAME"));
    };
    if *of != scope.partition() || *region != scope.region {
        return Err(invalid(&format!("is not of the region {}", scope.region)));
    }
    if !account.is_empty() && *account != scope.account {
        return Err(invalid(&format!("is not of the account {}", scope.account)));
    }
    match (kind, name.split_once('/')) {
        ("application", None) if !name.is_empty() => Ok(Resource::Application(name)),
        ("deploymentgroup", Some((application, name))) if !application.is_empty() && !name.is_empty() => {
            Ok(Resource::Group { application, name })
        }
        ("application" | "deploymentgroup", _) => Err(invalid("does not name one")),
        _ => {
            let message =
                format!("Only applications and deployment groups carry tags, not {:?}.", shortened(arn));
            Err(ApiError::refused("ArnNotSupportedException", message))
        }
    }
}

/// targetId of a Lambda alias.
pub(crate) fn alias_id(alias: &AliasRef) -> String {
    format!("{}:{}", function_name(&alias.function), alias.alias)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_carries_tags_is_told_from_its_arn() {
        let scope = Scope::new("123456789012", "eu-west-1");
        for (arn, found) in [
            ("arn:aws:codedeploy:eu-west-1:123456789012:application:web", Ok(Resource::Application("web"))),
            ("arn:aws:codedeploy:eu-west-1::application:web", Ok(Resource::Application("web"))),
            (
                "arn:aws:codedeploy:eu-west-1:123456789012:deploymentgroup:web/prod",
                Ok(Resource::Group { application: "web", name: "prod" }),
            ),
            ("arn:aws:codedeploy:eu-west-1:123456789012:deploymentgroup:web", Err("InvalidArnException")),
            ("arn:aws:codedeploy:eu-west-1:123456789012:application:", Err("InvalidArnException")),
            ("arn:aws:codedeploy:us-east-1:123456789012:application:web", Err("InvalidArnException")),
            ("arn:aws:codedeploy:eu-west-1:999999999999:application:web", Err("InvalidArnException")),
            ("arn:aws:lambda:eu-west-1:123456789012:function:web", Err("InvalidArnException")),
            ("web", Err("InvalidArnException")),
            ("arn:aws:codedeploy:eu-west-1:123456789012:deployment:d-1", Err("ArnNotSupportedException")),
            ("arn:aws:codedeploy:eu-west-1:123456789012:instance/box_1", Err("ArnNotSupportedException")),
            ("arn:aws:codedeploy:eu-west-1:123456789012:box", Err("InvalidArnException")),
        ] {
            assert_eq!(resource(&scope, arn).map_err(|error| error.code), found, "{arn}");
        }
        let arn = instance_arn(&scope, "web-1", 7);
        assert_eq!(arn, "arn:aws:codedeploy:eu-west-1:123456789012:instance/web-1_HAAAAAAAAA");
    }

    #[test]
    fn every_way_to_name_a_function() {
        let full = "arn:aws-cn:lambda:cn-north-1:999999999999:function:f";
        for (region, function, arn) in [
            ("us-east-1", "f", "arn:aws:lambda:us-east-1:123456789012:function:f:live"),
            ("cn-north-1", "f", "arn:aws-cn:lambda:cn-north-1:123456789012:function:f:live"),
            ("us-gov-west-1", "f", "arn:aws-us-gov:lambda:us-gov-west-1:123456789012:function:f:live"),
            ("eu-west-1", "111122223333:function:f", "arn:aws:lambda:eu-west-1:111122223333:function:f:live"),
            ("eu-west-1", full, &format!("{full}:live")),
        ] {
            let alias = AliasRef { function: function.to_owned(), alias: "live".to_owned() };
            assert_eq!(alias_arn(&Scope::new("123456789012", region), &alias), arn);
            assert_eq!(alias_id(&alias), "f:live");
        }
    }
}
