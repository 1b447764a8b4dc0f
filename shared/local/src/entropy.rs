//! The machine's source of chance.

pub use cutover_ports::system::OsEntropy;
