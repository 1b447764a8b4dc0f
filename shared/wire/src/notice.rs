//! What is told of a deployment, as each kind of listener wants it. Pure: facts in, bytes out.

pub mod event_bridge;
pub mod facts;
mod people;
pub mod sign;
pub mod slack;
pub mod sns;
pub mod stack;
pub mod teams;
pub mod webhook;

#[cfg(test)]
mod tests;
