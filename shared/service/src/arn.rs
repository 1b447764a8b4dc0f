//! Amazon Resource Names of targets.

use cutover_core::alias::AliasRef;
use cutover_core::ids::Scope;

/// The partition that a region belongs to.
fn partition(region: &str) -> &'static str {
    match region {
        r if r.starts_with("cn-") => "aws-cn",
        r if r.starts_with("us-gov-") => "aws-us-gov",
        _ => "aws",
    }
}

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
        partition(&scope.region),
        scope.region,
        function_name(&alias.function),
        alias.alias
    )
}

/// targetId of a Lambda alias.
pub(crate) fn alias_id(alias: &AliasRef) -> String {
    format!("{}:{}", function_name(&alias.function), alias.alias)
}

#[cfg(test)]
mod tests {
    use super::*;

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
