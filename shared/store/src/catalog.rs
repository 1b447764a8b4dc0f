//! Name pointers and deployment configurations.
