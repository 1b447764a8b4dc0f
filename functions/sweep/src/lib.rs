//! sweep: once a minute, sends overdue timers again and those that have come near enough for a queue.

use cutover_driver::driver::Driver;
use cutover_driver::sweep::SweepReport;
use cutover_store::codec::StoreError;

/// One round. Quarantined deployments are told at error level: they need a person.
pub async fn sweep(driver: &Driver, restarted: bool) -> Result<SweepReport, StoreError> {
    let report = driver.sweep(restarted).await?;
    for deployment in &report.quarantined {
        tracing::error!(%deployment, "quarantined: it did not move after ten rounds; see `cutover explain`");
    }
    if report.sent > 0 || report.failed > 0 {
        tracing::info!(seen = report.seen, sent = report.sent, failed = report.failed, "swept");
    }
    Ok(report)
}
