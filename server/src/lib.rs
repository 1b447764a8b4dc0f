//! The one-machine service.
