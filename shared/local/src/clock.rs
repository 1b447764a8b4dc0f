//! The machine's clock.

pub use cutover_ports::system::SystemClock;
