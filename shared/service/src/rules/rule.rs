//! The kinds of rules: what one member must be, and the exception that says that it is not.

use cutover_wire::api::error::ApiError;

/// A rule about a member of type `T`, which may be absent.
pub(crate) trait Rule<T> {
    fn check(&self, member: &Option<T>) -> Result<(), ApiError>;
}

/// A check of a member that is there. One that is absent passes.
impl<T, F: Fn(&T) -> Result<(), ApiError>> Rule<T> for F {
    fn check(&self, member: &Option<T>) -> Result<(), ApiError> {
        member.as_ref().map_or(Ok(()), self)
    }
}

/// Anything goes; what there is to say about the member depends on more than the request.
pub(crate) struct Anything;

impl<T> Rule<T> for Anything {
    fn check(&self, _: &Option<T>) -> Result<(), ApiError> {
        Ok(())
    }
}

/// How a text must look.
#[derive(Clone, Copy)]
pub(crate) enum Form {
    /// 1 to `most` characters: ASCII letters, digits and those of `also`.
    Name { most: usize, also: &'static str },
    /// `least` to `most` characters of any kind.
    Chars { least: usize, most: usize },
    /// One of these words.
    Words(&'static [&'static str]),
    /// `lead` and `count` upper-case letters or digits.
    Id { lead: &'static str, count: usize },
    /// An ARN of this service whose last part begins so, with something behind it.
    Arn { service: &'static str, resource: &'static str },
}

/// A text.
#[derive(Clone, Copy)]
pub(crate) struct Text {
    /// What the member holds, for the message.
    pub(crate) what: &'static str,
    pub(crate) form: Form,
    /// The exception when it is not of that form.
    pub(crate) invalid: &'static str,
    /// The exception when it is absent or empty; without one it may be absent.
    pub(crate) required: Option<&'static str>,
}

impl Text {
    pub(crate) const fn required(self, code: &'static str) -> Self {
        Self { required: Some(code), ..self }
    }

    /// The text, which is there and of its form.
    pub(crate) fn valid<'a>(&self, text: &'a str) -> Result<&'a str, ApiError> {
        match (text, self.required) {
            ("", Some(code)) => Err(self.missing(code)),
            _ if self.form.fits(text) => Ok(text),
            _ => {
                let message =
                    format!("The {} must be {} but is {:?}.", self.what, self.form, shortened(text));
                Err(ApiError::refused(self.invalid, message))
            }
        }
    }

    fn missing(&self, code: &'static str) -> ApiError {
        ApiError::refused(code, format!("The {} is required.", self.what))
    }
}

impl Rule<String> for Text {
    fn check(&self, member: &Option<String>) -> Result<(), ApiError> {
        match (member, self.required) {
            (Some(text), _) => self.valid(text).map(|_| ()),
            (None, Some(code)) => Err(self.missing(code)),
            (None, None) => Ok(()),
        }
    }
}

/// A list of texts.
#[derive(Clone, Copy)]
pub(crate) struct Texts {
    /// What each of them must be.
    pub(crate) each: Text,
    /// The most that may be asked for, and the exception beyond.
    pub(crate) most: (usize, &'static str),
    /// The exception when there is none; without one the list may be absent or empty.
    pub(crate) required: Option<&'static str>,
}

impl Rule<Vec<String>> for Texts {
    fn check(&self, member: &Option<Vec<String>>) -> Result<(), ApiError> {
        let texts = member.as_deref().unwrap_or_default();
        counted(texts.len(), self.each.what, self.most, self.required)?;
        texts.iter().try_for_each(|text| self.each.valid(text).map(|_| ()))
    }
}

/// A list of structures.
pub(crate) struct List<T> {
    /// What they are, for the message.
    pub(crate) what: &'static str,
    /// What each of them must be.
    pub(crate) each: fn(&T) -> Result<(), ApiError>,
    /// The most that may be given, and the exception beyond.
    pub(crate) most: (usize, &'static str),
    /// The exception when there is none; without one the list may be absent or empty.
    pub(crate) required: Option<&'static str>,
}

impl<T> Rule<Vec<T>> for List<T> {
    fn check(&self, member: &Option<Vec<T>>) -> Result<(), ApiError> {
        let items = member.as_deref().unwrap_or_default();
        counted(items.len(), self.what, self.most, self.required)?;
        items.iter().try_for_each(self.each)
    }
}

/// A list of so many things, of which at most so many may be given.
pub(crate) fn counted(
    count: usize,
    what: &str,
    (most, beyond): (usize, &'static str),
    required: Option<&'static str>,
) -> Result<(), ApiError> {
    match required {
        Some(code) if count == 0 => Err(ApiError::refused(code, format!("At least one {what} is required."))),
        _ if count > most => {
            let message = format!("The request gives {count} times a {what}; at most {most} are allowed.");
            Err(ApiError::refused(beyond, message))
        }
        _ => Ok(()),
    }
}

/// A member that only takes some words, inside of a structure that has one exception for all of its members.
pub(crate) fn one_of(
    value: &Option<String>,
    words: &'static [&'static str],
    invalid: &'static str,
    what: &'static str,
) -> Result<(), ApiError> {
    Text { what, form: Form::Words(words), invalid, required: None }.check(value)
}

impl Form {
    fn fits(self, text: &str) -> bool {
        match self {
            Self::Name { most, also } => {
                let fits = |b: u8| b.is_ascii_alphanumeric() || also.as_bytes().contains(&b);
                (1..=most).contains(&text.len()) && text.bytes().all(fits)
            }
            Self::Chars { least, most } => (least..=most).contains(&text.chars().count()),
            Self::Words(words) => words.contains(&text),
            Self::Id { lead, count } => text.strip_prefix(lead).is_some_and(|rest| {
                rest.len() == count && rest.bytes().all(|b| b.is_ascii_uppercase() || b.is_ascii_digit())
            }),
            Self::Arn { service, resource } => is_arn(text, service, resource),
        }
    }
}

/// `arn:PARTITION:SERVICE:…:…:RESOURCE…`, with something behind the resource's beginning.
fn is_arn(text: &str, service: &str, resource: &str) -> bool {
    let parts: Vec<&str> = text.splitn(6, ':').collect();
    matches!(parts[..], ["arn", partition, name, _, _, rest]
        if !partition.is_empty() && name == service && rest.len() > resource.len() && rest.starts_with(resource))
}

impl std::fmt::Display for Form {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Name { most, also } => write!(f, "1 to {most} letters, digits or characters of {also}"),
            Self::Chars { least: 0, most } => write!(f, "at most {most} characters long"),
            Self::Chars { least, most } => write!(f, "{least} to {most} characters long"),
            Self::Words(words) => write!(f, "one of {}", words.join(", ")),
            Self::Id { lead, count } => write!(f, "{lead} and {count} upper-case letters or digits"),
            Self::Arn { service, resource } => write!(f, "an ARN of {service} for {resource}…"),
        }
    }
}

/// What a message shows of a text that may be of any length.
pub(crate) fn shortened(text: &str) -> String {
    match text.char_indices().nth(60) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NAME: Text = Text {
        what: "name",
        form: Form::Name { most: 100, also: "._+=,@-" },
        invalid: "Invalid",
        required: Some("Required"),
    };

    #[test]
    fn names_have_their_own_errors() {
        let long = "n".repeat(101);
        for (name, code) in [
            (None, "Required"),
            (Some(""), "Required"),
            (Some("a b"), "Invalid"),
            (Some("ü"), "Invalid"),
            (Some("a/b"), "Invalid"),
            (Some("a#b"), "Invalid"),
            (Some(long.as_str()), "Invalid"),
        ] {
            let told = NAME.check(&name.map(str::to_owned)).expect_err("a refusal");
            assert_eq!(told.code, code, "{name:?}");
            assert!(told.message.len() < 250, "{}", told.message);
        }
        let long = "n".repeat(100);
        for good in ["a", "A.b_c+d=e,f@g-h9", long.as_str()] {
            assert_eq!(NAME.valid(good).expect("a name"), good);
        }
    }

    #[test]
    fn every_form_has_its_bounds() {
        let ten = Form::Chars { least: 2, most: 3 };
        let id = Form::Id { lead: "d-", count: 9 };
        let role = Form::Arn { service: "iam", resource: "role/" };
        for (form, text, fits) in [
            (ten, "ü", false),
            (ten, "üü", true),
            (ten, "üüüü", false),
            (Form::Words(&["A", "B"]), "A", true),
            (Form::Words(&["A", "B"]), "a", false),
            (id, "d-ABCDEFGH1", true),
            (id, "d-ABCDEFGH", false),
            (id, "d-abcdefgh1", false),
            (id, "D-ABCDEFGH1", false),
            (role, "arn:aws:iam::123456789012:role/path/r", true),
            (role, "arn:aws:iam::123456789012:role/", false),
            (role, "arn:aws:iam::123456789012:user/u", false),
            (role, "arn:aws:sns::123456789012:role/r", false),
            (role, "role/r", false),
        ] {
            assert_eq!(form.fits(text), fits, "{form}: {text}");
        }
    }

    #[test]
    fn lists_are_counted_before_they_are_read() {
        let names = Texts { each: NAME, most: (2, "TooMany"), required: Some("Required") };
        for (list, code) in [
            (None, "Required"),
            (Some(vec![]), "Required"),
            (Some(vec!["a", "b", "?"]), "TooMany"),
            (Some(vec!["a", "?"]), "Invalid"),
        ] {
            let list = list.map(|l| l.into_iter().map(str::to_owned).collect());
            assert_eq!(names.check(&list).expect_err("a refusal").code, code);
        }
        assert!(names.check(&Some(vec!["a".to_owned(); 2])).is_ok());
        assert!(Texts { required: None, ..names }.check(&None).is_ok());
    }
}
