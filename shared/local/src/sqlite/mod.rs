//! Table and queues in one SQLite file.
//!
//! One thread owns the write connection and commits what many callers ask for in one transaction; reads
//! go to a few connections of their own, on the caller's thread, and see every acknowledged write.

mod apply;
mod batch;
mod connection;
mod fault;
mod lock;
pub mod open_error;
pub mod queue;
mod queue_rows;
mod readers;
mod recent;
mod rows;
mod schema;
pub mod store;
pub mod table;
mod work;
mod writer;
