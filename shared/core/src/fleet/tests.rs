//! Tables of the rule.

mod fixture;
mod golden;
mod lives;
mod zones;
