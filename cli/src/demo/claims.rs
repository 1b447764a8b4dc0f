//! What the demo says happened, and whether it is so.

use serde::Serialize;

use crate::progress::Screen;
use crate::view::style::Style;

/// One thing that is said to have happened.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct Claim {
    /// Whether what was read back says so, too.
    pub(crate) holds: bool,
    /// What happened.
    pub(crate) claim: String,
    /// What was read back.
    pub(crate) seen: String,
}

/// Everything that is said to have happened.
pub(crate) struct Claims {
    /// In order.
    pub(crate) list: Vec<Claim>,
    screen: Screen,
    style: Style,
}

impl Claims {
    /// None so far.
    pub(crate) fn new(screen: Screen, style: Style) -> Self {
        Self { list: Vec::new(), screen, style }
    }

    /// Says that something is as wanted, and shows what was read instead if it is not.
    pub(crate) fn equal<T: PartialEq + std::fmt::Debug>(
        &mut self,
        claim: impl Into<String>,
        seen: T,
        wanted: T,
    ) {
        let holds = seen == wanted;
        let seen = if holds { format!("{seen:?}") } else { format!("{seen:?} instead of {wanted:?}") };
        self.add(Claim { holds, claim: claim.into(), seen });
    }

    /// Says that something is so.
    pub(crate) fn holds(&mut self, claim: impl Into<String>, holds: bool, seen: impl Into<String>) {
        self.add(Claim { holds, claim: claim.into(), seen: seen.into() });
    }

    fn add(&mut self, claim: Claim) {
        let line = match claim.holds {
            true => format!("  {} {}", self.style.green("✓"), claim.claim),
            false => format!("  {} {}  {}", self.style.red("✗"), claim.claim, self.style.red(&claim.seen)),
        };
        self.screen.line(&line);
        self.list.push(claim);
    }

    /// How many hold, of how many.
    pub(crate) fn counts(&self) -> (usize, usize) {
        (self.list.iter().filter(|c| c.holds).count(), self.list.len())
    }

    /// Whether there are any and all of them hold.
    pub(crate) fn all_hold(&self) -> bool {
        let (held, all) = self.counts();
        all > 0 && held == all
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::output::Output;

    #[test]
    fn one_wrong_claim_is_enough() {
        let out = Output::new(true);
        let mut claims = Claims::new(Screen::beside_json(&out), Style::PLAIN);
        assert!(!claims.all_hold());
        claims.equal("two", 2, 2);
        assert!(claims.all_hold());
        claims.equal("three", 2, 3);
        assert!(!claims.all_hold());
        assert_eq!(claims.counts(), (1, 2));
        assert_eq!(claims.list[1].seen, "2 instead of 3");
    }
}
