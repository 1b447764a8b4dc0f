//! The macro `Cutover`: what CloudFormation would have CodeDeploy do when an alias is updated, a template has Cutover
//! do that went through it.
//!
//! Pure: a template in, a template out, the same for the same. Per alias with a CodeDeployLambdaAliasUpdate the policy
//! gives way to three resources: a handle, the shift that is told where to call when it is over, and the wait for that
//! call, which the alias depends on. docs/operations/cloudformation.md has the picture.
//!
//! Deliberately absent: calls of any service, and the order of a template's members, which means nothing.

mod alias;
mod duration;
mod ending;
mod group;
mod intrinsic;
mod refusal;
mod request;
mod rewrite;
mod template;
mod version;

pub use request::answer;
