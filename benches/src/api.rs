//! The API over HTTP: a generator of load, the processes that it loads, and a store with much in it.

pub mod connection;
pub mod echo;
pub mod fill;
pub mod growth;
pub mod load;
pub mod process;
pub mod rates;
pub mod request;
