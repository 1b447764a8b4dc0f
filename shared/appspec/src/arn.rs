//! Names of Lambda functions and aliases, and ARNs.

const NAME_LIMIT: usize = 64;
const ARN_LIMIT: usize = 140;
const ALIAS_LIMIT: usize = 128;

/// A function as somebody wrote it: by name, partial ARN (`account:function:name`) or ARN.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Function<'a> {
    pub(crate) name: &'a str,
    /// The version or alias behind the name.
    pub(crate) qualifier: Option<&'a str>,
}

/// Lambda's own rules for function names: letters, digits, `-` and `_`, at most 64; 140 for an ARN.
pub(crate) fn function(text: &str) -> Result<Function<'_>, String> {
    if text.is_empty() {
        return Err("the name is empty".to_owned());
    }
    let parts: Vec<&str> = text.split(':').collect();
    let (name, qualifier) = match parts.as_slice() {
        ["arn", partition, "lambda", region, account, "function", rest @ ..]
            if partition.starts_with("aws") && !region.is_empty() && is_account(account) =>
        {
            rest_of(rest)?
        }
        ["arn", ..] => {
            return Err("an ARN of a function reads arn:aws:lambda:region:account:function:name".to_owned());
        }
        [account, "function", rest @ ..] if is_account(account) => rest_of(rest)?,
        ["function", rest @ ..] if !rest.is_empty() => rest_of(rest)?,
        rest => rest_of(rest)?,
    };
    let odd = |c: char| !(c.is_ascii_alphanumeric() || c == '-' || c == '_');
    if let Some(c) = name.chars().find(|c| odd(*c)) {
        return Err(format!("names hold letters, digits, - and _, but no {c:?}"));
    }
    if name.is_empty() || qualifier == Some("") {
        return Err("a part of it is empty".to_owned());
    }
    if name.len() > NAME_LIMIT {
        return Err(format!("the name has {} characters, of {NAME_LIMIT} at most", name.len()));
    }
    let unqualified = text.len() - qualifier.map_or(0, |q| q.len() + 1);
    if unqualified > ARN_LIMIT {
        return Err(format!("the ARN has {unqualified} characters, of {ARN_LIMIT} at most"));
    }
    match qualifier.filter(|q| *q != "$LATEST" && (q.contains(odd) || q.len() > ALIAS_LIMIT)) {
        Some(_) => Err("what follows the name is neither a version nor an alias".to_owned()),
        None => Ok(Function { name, qualifier }),
    }
}

fn rest_of<'a>(rest: &[&'a str]) -> Result<(&'a str, Option<&'a str>), String> {
    match rest {
        [name] => Ok((name, None)),
        [name, qualifier] => Ok((name, Some(qualifier))),
        _ => Err("it has too many or too few parts between colons".to_owned()),
    }
}

fn is_account(text: &str) -> bool {
    text.len() == 12 && text.bytes().all(|b| b.is_ascii_digit())
}

/// Lambda's own rule for aliases: letters, digits, `-` and `_`, at most 128, and not digits alone.
pub(crate) fn alias(text: &str) -> Result<(), &'static str> {
    let odd = |c: char| !(c.is_ascii_alphanumeric() || c == '-' || c == '_');
    if text.is_empty() {
        Err("it is empty")
    } else if text.len() > ALIAS_LIMIT {
        Err("it has more than 128 characters")
    } else if text == "$LATEST" {
        Err("$LATEST is a version, and one that cannot be shifted")
    } else if text.contains(odd) {
        Err("aliases hold letters, digits, - and _")
    } else if text.bytes().all(|b| b.is_ascii_digit()) {
        Err("a number is a version, not an alias")
    } else {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn functions() {
        let (exact, long) = ("n".repeat(64), "n".repeat(65));
        let far = format!("arn:aws:lambda:{}:123456789012:function:f", "r".repeat(110));
        for (text, expected) in [
            ("f", Ok(("f", None))),
            ("My_fn-1", Ok(("My_fn-1", None))),
            ("f:live", Ok(("f", Some("live")))),
            ("f:$LATEST", Ok(("f", Some("$LATEST")))),
            (exact.as_str(), Ok((exact.as_str(), None))),
            ("123456789012:function:f", Ok(("f", None))),
            ("arn:aws:lambda:eu-west-1:123456789012:function:f", Ok(("f", None))),
            ("arn:aws-cn:lambda:cn-north-1:123456789012:function:f:7", Ok(("f", Some("7")))),
            ("", Err("the name is empty")),
            (long.as_str(), Err("65 characters, of 64")),
            (far.as_str(), Err("of 140 at most")),
            ("a b", Err("no ' '")),
            ("f:", Err("a part of it is empty")),
            ("f:a:b", Err("too many or too few parts")),
            ("f:a.b", Err("neither a version nor an alias")),
            ("arn:aws:sns:eu-west-1:123456789012:topic", Err("an ARN of a function reads")),
            ("arn:aws:lambda:eu-west-1:12:function:f", Err("an ARN of a function reads")),
        ] {
            match (function(text), expected) {
                (Ok(found), Ok((name, qualifier))) => assert_eq!(found, Function { name, qualifier }),
                (Err(found), Err(part)) => assert!(found.contains(part), "{text}: {found}"),
                (found, _) => panic!("{text}: {found:?}"),
            }
        }
    }

    #[test]
    fn aliases() {
        for (text, good) in
            [("live", true), ("a-1_B", true), ("12", false), ("", false), ("a.b", false), ("$LATEST", false)]
        {
            assert_eq!(alias(text).is_ok(), good, "{text}");
        }
        assert!(alias(&"a".repeat(128)).is_ok() && alias(&"a".repeat(129)).is_err());
    }
}
