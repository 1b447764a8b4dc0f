//! What the members of a request must be, once for all operations.
//!
//! ```text
//! request ─► shape ─► Valid::of (the table: every member by its rule) ─► use case
//! ```
//! [`table`] gives every input shape its rules, member by member, in the order in which they are told;
//! [`words`] holds the rules that several operations share; [`rule`] the kinds of rules. A use case takes a
//! [`Valid`] shape, so none can be reached with a request that nobody checked. What depends on the store, or on
//! a group's stored definition, is checked by the use case itself.

pub(crate) mod rule;
mod table;
pub(crate) mod words;

use std::ops::Deref;

use cutover_wire::api::error::ApiError;

/// A shape whose members have rules.
pub trait Ruled {
    /// The first rule that does not hold, with the API's own exception for it.
    fn check(&self) -> Result<(), ApiError>;
}

/// A request whose members are in order.
#[derive(Debug, Clone, PartialEq)]
pub struct Valid<T>(T);

impl<T: Ruled> Valid<T> {
    /// The request, if all its rules hold.
    pub fn of(request: T) -> Result<Self, ApiError> {
        request.check()?;
        Ok(Self(request))
    }
}

impl<T> Valid<T> {
    /// The shape itself.
    pub fn into_inner(self) -> T {
        self.0
    }
}

impl<T> Deref for Valid<T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.0
    }
}

/// A text member that its rule found to be there; empty where it may be absent.
pub(crate) fn given(member: &Option<String>) -> &str {
    member.as_deref().unwrap_or_default()
}
