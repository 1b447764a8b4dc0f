//! Columns of text.

/// Lines whose cells stand below each other, two spaces between; the last column is not padded.
/// Colours are counted as nothing.
pub(crate) fn columns(rows: &[Vec<String>]) -> Vec<String> {
    let count = rows.iter().map(Vec::len).max().unwrap_or(0);
    let wide = |column: usize| rows.iter().filter_map(|r| r.get(column)).map(|c| width(c)).max().unwrap_or(0);
    let widths: Vec<usize> = (0..count).map(wide).collect();
    rows.iter()
        .map(|row| {
            let cells = row.iter().enumerate().map(|(i, cell)| {
                let pad = if i + 1 == row.len() { 0 } else { widths[i] - width(cell) };
                format!("{cell}{}", " ".repeat(pad))
            });
            cells.collect::<Vec<_>>().join("  ").trim_end().to_owned()
        })
        .collect()
}

/// How many characters are seen.
pub(crate) fn width(text: &str) -> usize {
    let (mut seen, mut hidden) = (0, false);
    for c in text.chars() {
        match c {
            '\x1b' => hidden = true,
            'm' if hidden => hidden = false,
            _ if hidden => {}
            _ => seen += 1,
        }
    }
    seen
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cells_stand_below_each_other() {
        let rows = [
            vec!["a".into(), "\x1b[1mbb\x1b[0m".into(), "c".into()],
            vec!["dddd".into(), "e".into(), "ff".into()],
        ];
        assert_eq!(columns(&rows), ["a     \x1b[1mbb\x1b[0m  c", "dddd  e   ff"]);
    }
}
