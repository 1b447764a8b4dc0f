//! Queues as working memory: what the memory and the SQLite queue share.

pub(crate) mod board;
pub(crate) mod changes;
pub mod dead;
pub(crate) mod lane;
