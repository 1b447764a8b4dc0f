//! What a person reads, from what the service answers. Pure: no requests, no clock, no terminal.

pub(crate) mod bar;
pub(crate) mod clock;
pub(crate) mod explanation;
pub(crate) mod findings;
pub(crate) mod fleet;
pub(crate) mod marks;
pub(crate) mod preview;
pub(crate) mod snapshot;
pub(crate) mod style;
pub(crate) mod summary;
pub(crate) mod table;
pub(crate) mod timeline;
