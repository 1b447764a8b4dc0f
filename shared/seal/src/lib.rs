//! Secrets at rest: sealed with a master key, each bound to the id that it belongs to, so that neither a copy
//! of the table nor one entry put in the place of another is of any use.

pub mod file;
pub mod kept;
pub mod master;
