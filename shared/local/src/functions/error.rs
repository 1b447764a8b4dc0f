//! What goes wrong with functions.

use std::path::PathBuf;

use cutover_ports::call::CallError;
use cutover_ports::table::TableError;

/// What goes wrong with functions. That a function ran and failed is no such error.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum FunctionError {
    /// A function's name breaks Lambda's rule.
    #[error("{0:?} is not a function name; it has 1 to 64 letters, digits, hyphens and underscores")]
    FunctionName(String),
    /// An alias's name breaks Lambda's rule.
    #[error(
        "{0:?} is not an alias name; it has 1 to 128 letters, digits, hyphens and underscores, and not only digits"
    )]
    AliasName(String),
    /// The ARN is of another account or region.
    #[error("{arn} is not a function of this server, which is {scope}")]
    Elsewhere {
        /// The ARN.
        arn: String,
        /// This server's account and region.
        scope: String,
    },
    /// Nothing was published under the name.
    #[error("function {0} does not exist")]
    NoFunction(String),
    /// The function has no such version.
    #[error("function {function} has no version {version}")]
    NoVersion {
        /// The function.
        function: String,
        /// The version asked for.
        version: String,
    },
    /// The function has no such alias.
    #[error("function {function} has no alias {alias}")]
    NoAlias {
        /// The function.
        function: String,
        /// The alias asked for.
        alias: String,
    },
    /// The weights of an alias break Lambda's rules.
    #[error("weights of {alias}: {why}")]
    Weights {
        /// The alias.
        alias: String,
        /// Which rule.
        why: &'static str,
    },
    /// The alias has another revision than the caller has seen.
    #[error("alias {0} was changed in between")]
    Stale(String),
    /// Others changed the function at each of our tries.
    #[error("function {0} is being changed by others; try again")]
    Busy(String),
    /// The command cannot be published.
    #[error("cannot publish {}: {why}", .path.display())]
    Command {
        /// The command.
        path: PathBuf,
        /// Why not.
        why: String,
    },
    /// The function cannot be started.
    #[error("cannot run {}: {why}", .path.display())]
    Start {
        /// The published file.
        path: PathBuf,
        /// The system's words.
        why: String,
    },
    /// What the table holds of a function cannot be read.
    #[error("the record of function {function} is unreadable: {why}")]
    Record {
        /// The function.
        function: String,
        /// What is wrong with it.
        why: String,
    },
    /// The table failed.
    #[error(transparent)]
    Table(#[from] TableError),
}

impl From<FunctionError> for CallError {
    fn from(error: FunctionError) -> Self {
        match &error {
            FunctionError::NoFunction(function) => Self::Gone { what: format!("function {function}") },
            FunctionError::NoVersion { function, version } => {
                Self::Gone { what: format!("version {version} of function {function}") }
            }
            FunctionError::NoAlias { function, alias } => {
                Self::Gone { what: format!("alias {alias} of function {function}") }
            }
            FunctionError::Stale(_) => Self::Conflict,
            FunctionError::Busy(_)
            | FunctionError::Start { .. }
            | FunctionError::Table(TableError::Unavailable(_) | TableError::Contended) => {
                Self::Transient { message: error.to_string() }
            }
            _ => Self::Refused { message: error.to_string() },
        }
    }
}
