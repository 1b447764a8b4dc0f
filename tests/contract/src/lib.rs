//! What every table and every queue must do, whatever is behind it: run [`table::table_contract`] and
//! [`queue::queue_contract`] against an adapter. Where the cloud promises less than one machine does,
//! less is demanded: index reads are polled, queues have no order, and times follow a [`pace::Pace`].

pub mod names;
pub mod pace;
pub mod queue;
pub mod table;
