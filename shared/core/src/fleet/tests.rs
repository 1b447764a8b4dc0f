//! Tables of the rule, a second reading of it to compare with, and what no order of events may make of a shard.

pub(super) mod fixture;
mod golden;
mod lives;
mod many;
mod model;
mod random;
mod watch;
mod world;
mod zones;
