//! What `cutover rehearse` does: from a user's own files to a deployment in virtual time.
//!
//! `source` reads files and tells where they are wrong. `time`, `csv`, `metric_data` and `series` read what was
//! recorded; `definition` reads the `rule` of an alarm and `pairing` finds the series that each one watches. `datapoints`,
//! `judge` and `history` evaluate an alarm as CloudWatch does (pure), `watch` all alarms of a deployment. `group`
//! and `hooks` say what is deployed, `world` lets the simulator run it, `outcome` reads what came of it, `view`
//! and `json` tell it.

pub(crate) mod conclusion;
pub(crate) mod csv;
pub(crate) mod datapoints;
pub(crate) mod definition;
pub(crate) mod group;
pub(crate) mod history;
pub(crate) mod hooks;
pub(crate) mod json;
pub(crate) mod judge;
pub(crate) mod metric_data;
pub(crate) mod outcome;
pub(crate) mod pairing;
pub(crate) mod rule;
pub(crate) mod series;
pub(crate) mod source;
pub(crate) mod time;
pub(crate) mod view;
pub(crate) mod watch;
pub(crate) mod world;
