//! From a Lambda event to the driver.
