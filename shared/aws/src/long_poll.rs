//! Requests that SQS answers late on purpose.

use std::time::Duration;

use aws_sdk_sqs::config::{Builder, StalledStreamProtectionConfig};

use crate::sdk::{ATTEMPT, OPERATION, timeouts};

/// How a request is waited for that may take so long to be answered. The SDK's watch over stalled bodies would wake the
/// process ten times a second meanwhile; the timeouts end what stalls.
pub(crate) fn patience(wait: Duration) -> Builder {
    Builder::new()
        .timeout_config(timeouts(wait + ATTEMPT, wait + OPERATION))
        .stalled_stream_protection(StalledStreamProtectionConfig::disabled())
}
