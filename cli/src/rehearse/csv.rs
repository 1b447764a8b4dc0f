//! Series in CSV: a column of times, and one column per series.

use crate::failure::Failure;
use crate::rehearse::series::Raw;
use crate::rehearse::source::Source;
use crate::rehearse::time;

/// Reads a file. The first line names the columns; the first column is `time`. An empty cell is missing data.
pub(crate) fn read(source: &Source) -> Result<Vec<Raw>, Failure> {
    let mut rows = source.text.lines().enumerate().filter(|(_, line)| !line.trim().is_empty());
    let Some((_, head)) = rows.next() else { return Err(source.wrong(1, "no header: write time,NAME,…")) };
    let head = cells(head).map_err(|what| source.wrong(1, what))?;
    let [first, names @ ..] = head.as_slice() else { return Err(source.wrong(1, "no header")) };
    if !first.eq_ignore_ascii_case("time") {
        return Err(source.wrong(1, format!("the first column must be called time, not {first:?}")));
    }
    if names.is_empty() {
        return Err(source.wrong(1, "no column besides time: each further one is a series"));
    }
    if let Some((n, name)) =
        names.iter().enumerate().find(|(n, name)| name.is_empty() || names[..*n].contains(name))
    {
        return Err(
            source.wrong(1, format!("column {} is called {name:?}, which is empty or not the first", n + 2))
        );
    }
    let mut series: Vec<Raw> =
        names.iter().map(|name| Raw { names: vec![name.clone()], points: Vec::new() }).collect();
    for (n, row) in rows {
        let line = n + 1;
        let row = cells(row).map_err(|what| source.wrong(line, what))?;
        if row.len() != head.len() {
            let what = format!("{} cells, where the header has {}", row.len(), head.len());
            return Err(source.wrong(line, what));
        }
        let moment = time::parse(&row[0]).map_err(|what| source.wrong(line, format!("time: {what}")))?;
        for (raw, cell) in series.iter_mut().zip(&row[1..]) {
            if cell.is_empty() {
                continue;
            }
            match cell.parse::<f64>() {
                Ok(value) if value.is_finite() => raw.points.push((moment, value, line.to_string())),
                _ => return Err(source.wrong(line, format!("{}: {cell:?} is no number", raw.names[0]))),
            }
        }
    }
    Ok(series)
}

/// The cells of a line, without blanks around them; a cell in double quotes may hold commas, and `""` is a
/// quote.
fn cells(line: &str) -> Result<Vec<String>, &'static str> {
    let mut cells = vec![String::new()];
    let (mut quoted, mut closed) = (false, false);
    let mut chars = line.chars().peekable();
    while let Some(c) = chars.next() {
        let cell = cells.last_mut().ok_or("no cell")?;
        match c {
            '"' if quoted && chars.peek() == Some(&'"') => {
                chars.next();
                cell.push('"');
            }
            '"' if quoted => (quoted, closed) = (false, true),
            '"' if cell.trim().is_empty() && !closed => {
                cell.clear();
                quoted = true;
            }
            ',' if !quoted => {
                cells.push(String::new());
                closed = false;
            }
            c if closed && !c.is_whitespace() => return Err("text after a closing quote"),
            _ if closed => {}
            c => cell.push(c),
        }
    }
    if quoted {
        return Err("a quote is not closed");
    }
    Ok(cells.iter().map(|cell| cell.trim().to_owned()).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn source(text: &str) -> Source {
        Source { name: "m.csv".into(), text: text.into() }
    }

    #[test]
    fn columns_are_series() {
        let text = "Time, errors ,\"p99, ms\"\r\n\r\n0,1,\r\n1m,,\"2.5\"\r\n";
        let read = read(&source(text)).expect("series");
        let told: Vec<_> = read
            .iter()
            .map(|raw| {
                let points: Vec<_> = raw.points.iter().map(|(m, v, at)| (m.at, *v, at.as_str())).collect();
                (raw.names[0].as_str(), points)
            })
            .collect();
        assert_eq!(told, [("errors", vec![(0, 1.0, "3")]), ("p99, ms", vec![(60_000, 2.5, "4")])]);
    }

    #[test]
    fn what_is_wrong_is_told_by_its_line() {
        for (text, said) in [
            ("", "m.csv:1: no header"),
            ("when,e\n", "m.csv:1: the first column must be called time, not \"when\""),
            ("time\n", "m.csv:1: no column besides time"),
            ("time,a,a\n", "m.csv:1: column 3 is called \"a\""),
            ("time,a,\n", "m.csv:1: column 3 is called \"\""),
            ("time,a\n0,1\n60\n", "m.csv:3: 1 cells, where the header has 2"),
            ("time,a\nsoon,1\n", "m.csv:2: time: \"soon\" is no time"),
            ("time,a\n0,many\n", "m.csv:2: a: \"many\" is no number"),
            ("time,a\n0,NaN\n", "m.csv:2: a: \"NaN\" is no number"),
            ("time,a\n0,\"1\n", "m.csv:2: a quote is not closed"),
            ("time,a\n0,\"1\"2\n", "m.csv:2: text after a closing quote"),
        ] {
            let told = read(&source(text)).expect_err("a failure").to_string();
            assert!(told.starts_with(said), "{text:?}: {told}");
        }
    }
}
