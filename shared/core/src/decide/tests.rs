//! Decision tables: what every event makes of every phase, and what no event may ever make of any.

mod acts;
mod fixture;
mod fleet;
mod random;
mod scaling;
mod signals;
mod undo;
