//! Lists with a filter: page after page of what is stored is read until a page of the list is full.

use cutover_core::ids::Scope;
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::error::Answer;
use crate::service::{PAGE, Service};
use crate::tokens::Tokens;

/// A search for one page of a list, of things `T` whose places are told as `P`.
pub(crate) struct Search<'a, T, P> {
    tokens: &'a Tokens,
    scope: &'a Scope,
    list: &'a str,
    found: Vec<T>,
    place: Option<P>,
    /// Stored pages that may still be read.
    pages: usize,
}

impl Service {
    /// Begins where the token says. `list` names the list with its filters: a token is good for the same one
    /// alone. After so many stored `pages` what was found is answered, be it nothing.
    pub(crate) fn search<'a, T, P: Serialize + DeserializeOwned>(
        &'a self,
        scope: &'a Scope,
        list: &'a str,
        token: &Option<String>,
        pages: usize,
    ) -> Answer<Search<'a, T, P>> {
        let place = self.tokens.read(scope, list, token)?;
        Ok(Search { tokens: &self.tokens, scope, list, found: Vec::new(), place, pages })
    }
}

impl<T, P: Serialize> Search<'_, T, P> {
    /// The stored page to read now, if one is: the place that it begins behind, none at the beginning of the list,
    /// and how many are still wanted. More would have to be read again.
    pub(crate) fn page(&mut self) -> Option<(Option<P>, usize)> {
        let room = PAGE.saturating_sub(self.found.len());
        if self.pages == 0 || room == 0 {
            return None;
        }
        self.pages -= 1;
        Some((self.place.take(), room))
    }

    /// What the filter lets pass of that page, and the place behind the page; none where the list ends.
    pub(crate) fn take(&mut self, found: impl IntoIterator<Item = T>, next: Option<P>) {
        self.found.extend(found);
        self.place = next;
        if self.place.is_none() {
            self.pages = 0;
        }
    }

    /// The page of the list, and the token of the next one if there may be more.
    pub(crate) fn end(self) -> (Vec<T>, Option<String>) {
        (self.found, self.place.map(|place| self.tokens.issue(self.scope, self.list, &place)))
    }
}
