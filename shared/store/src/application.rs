//! The application item and its name pointer.
