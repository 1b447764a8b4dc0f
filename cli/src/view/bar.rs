//! The traffic as a bar.

use crate::view::style::Style;

const CELLS: usize = 30;

/// `v1 ███████████████████████████░░░ v2  90 % | 10 %`: the filled part is the old version's share.
pub(crate) fn bar(style: Style, current: &str, target: &str, share: f64) -> String {
    let share = share.clamp(0.0, 1.0);
    let exact = (share * CELLS as f64).round() as usize;
    let new = match share {
        0.0 => 0,
        1.0 => CELLS,
        _ => exact.clamp(1, CELLS - 1),
    };
    let old = "█".repeat(CELLS - new);
    let shown = style.green(&"░".repeat(new));
    format!(
        "v{current} {}{shown} v{target}  {} % | {} %",
        style.cyan(&old),
        percent(1.0 - share),
        percent(share)
    )
}

/// A share as percents, without needless digits.
pub(crate) fn percent(share: f64) -> String {
    let tenths = (share * 1000.0).round() / 10.0;
    format!("{tenths}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shares_are_drawn() {
        for (share, old, new, numbers) in [
            (0.0, 30, 0, "100 % | 0 %"),
            (0.001, 29, 1, "99.9 % | 0.1 %"),
            (0.1, 27, 3, "90 % | 10 %"),
            (0.99, 1, 29, "1 % | 99 %"),
            (1.0, 0, 30, "0 % | 100 %"),
        ] {
            let expected = format!("v1 {}{} v2  {numbers}", "█".repeat(old), "░".repeat(new));
            assert_eq!(bar(Style::PLAIN, "1", "2", share), expected);
        }
    }
}
