//! What this process has used, from /proc.

use std::time::Duration;

/// Ticks of the kernel's clock for processes: 100 a second on every Linux.
const TICK: Duration = Duration::from_millis(10);

/// Processor time so far.
///
/// # Panics
/// Where there is no /proc.
pub fn cpu() -> Duration {
    let stat = std::fs::read_to_string("/proc/self/stat").expect("/proc");
    let after_name = stat.rsplit_once(')').map_or("", |(_, rest)| rest);
    let ticks = after_name.split_whitespace().skip(11).take(2).filter_map(|n| n.parse::<u32>().ok());
    TICK * ticks.sum::<u32>()
}

/// The most memory since [`forget_peak`], in MB.
///
/// # Panics
/// Where there is no /proc.
pub fn peak_mb() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").expect("/proc");
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    let kb = line.and_then(|line| line.split_whitespace().next()?.parse::<u64>().ok());
    kb.unwrap_or(0) / 1024
}

/// Counts the peak of memory from here.
pub fn forget_peak() {
    // Some kernels do not let us: then the peak is that of all before.
    let _ = std::fs::write("/proc/self/clear_refs", "5");
}
