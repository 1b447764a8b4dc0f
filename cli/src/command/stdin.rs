//! The end of standard input, with which a service ends that another program started.

use tokio::io::AsyncReadExt;

/// Waits until standard input is closed: whoever holds its other end is gone.
pub(crate) async fn stdin_closed() {
    let (mut stdin, mut buffer) = (tokio::io::stdin(), [0; 64]);
    while matches!(stdin.read(&mut buffer).await, Ok(1..)) {}
}
