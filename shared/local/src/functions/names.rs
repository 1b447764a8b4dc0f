//! Names of functions, versions and aliases.

use cutover_core::ids::Scope;

use super::error::FunctionError;

/// The qualifier of the newest version.
pub(crate) const LATEST: &str = "$LATEST";

/// A function as callers name it: `NAME`, `NAME:QUALIFIER`, or an ARN with either.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct FunctionRef {
    pub(crate) name: String,
    pub(crate) qualifier: Option<String>,
}

impl FunctionRef {
    pub(crate) fn parse(text: &str, scope: &Scope) -> Result<Self, FunctionError> {
        let rest = if text.starts_with("arn:") { in_arn(text, scope)? } else { text };
        let (name, qualifier) = match rest.split_once(':') {
            Some((name, qualifier)) => (name, Some(qualifier.to_owned())),
            None => (rest, None),
        };
        check_function(name)?;
        Ok(Self { name: name.to_owned(), qualifier })
    }
}

/// What follows `arn:aws:lambda:REGION:ACCOUNT:function:`.
fn in_arn<'a>(arn: &'a str, scope: &Scope) -> Result<&'a str, FunctionError> {
    let parts: Vec<&str> = arn.splitn(7, ':').collect();
    match parts[..] {
        ["arn", _, "lambda", region, account, "function", rest] => {
            if region == scope.region && account == scope.account {
                return Ok(rest);
            }
            Err(FunctionError::Elsewhere { arn: arn.to_owned(), scope: scope.to_string() })
        }
        _ => Err(FunctionError::FunctionName(arn.to_owned())),
    }
}

pub(crate) fn check_function(name: &str) -> Result<(), FunctionError> {
    if plain(name, 64) { Ok(()) } else { Err(FunctionError::FunctionName(name.to_owned())) }
}

pub(crate) fn check_alias(alias: &str) -> Result<(), FunctionError> {
    if plain(alias, 128) && !is_version(alias) {
        Ok(())
    } else {
        Err(FunctionError::AliasName(alias.to_owned()))
    }
}

/// Versions are numbers, and nothing else is.
pub(crate) fn is_version(qualifier: &str) -> bool {
    qualifier.bytes().all(|byte| byte.is_ascii_digit())
}

fn plain(name: &str, most: usize) -> bool {
    (1..=most).contains(&name.len())
        && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn functions_come_as_name_or_arn_with_or_without_qualifier() {
        let scope = Scope::new("000000000000", "eu-west-1");
        for (text, expected) in [
            ("hook", Some(("hook", None))),
            ("hook:3", Some(("hook", Some("3")))),
            ("hook:$LATEST", Some(("hook", Some("$LATEST")))),
            ("arn:aws:lambda:eu-west-1:000000000000:function:hook", Some(("hook", None))),
            ("arn:aws:lambda:eu-west-1:000000000000:function:hook:live", Some(("hook", Some("live")))),
            ("arn:aws:lambda:eu-west-1:111111111111:function:hook", None),
            ("arn:aws:sqs:eu-west-1:000000000000:hook", None),
            ("no spaces", None),
            ("../up", None),
            ("", None),
        ] {
            let found = FunctionRef::parse(text, &scope).ok();
            let found = found.as_ref().map(|found| (found.name.as_str(), found.qualifier.as_deref()));
            assert_eq!(found, expected, "{text}");
        }
        assert!(check_function(&"f".repeat(65)).is_err());
        for (alias, fine) in [("live", true), ("v2", true), ("2", false), ("", false), ("a:b", false)] {
            assert_eq!(check_alias(alias).is_ok(), fine, "{alias}");
        }
    }
}
