//! host-desk: what hosts ask themselves, at an address of their own that no signature of AWS guards. A token, or what AWS
//! says of an instance, proves who enrols; everything else is signed by the key that a host enrolled with.
//!
//! | operation | proof | answer |
//! |---|---|---|
//! | EnrollHost | a token, good once | names, queues, the keys that orders are checked with |
//! | EnrollInstance | AWS knows the instance by its role's credentials | the same |
//! | RefreshHostCredentials | the host's key | an hour's credentials for its own queue and for reports |
//! | AcceptOrder | the host's key | granted or withdrawn |
//! | GetBundleAddress | the host's key | where GitHub gives out the revision of its order |
//! | GetOrderKeys | the host's key | how the key of orders came to be it |
//! | RotateHostKey | the host's key | nothing more: another key counts as well, or alone |

mod desk;
#[cfg(test)]
mod tests;

pub use desk::{Asked, Desk, OrderKeys, ToldKey};
