//! Queries.

use cutover_ports::table::{Expect, Index, Item, Key, Query, Range, Table};

use super::{item, partition};
use crate::pace::Pace;

/// All that a query finds, page by page to the end, as primary sort keys.
pub(super) async fn all(table: &dyn Table, mut query: Query) -> Vec<String> {
    let mut found = Vec::new();
    loop {
        let page = table.query(query.clone()).await.expect("query");
        assert!(page.items.len() <= query.limit, "{} items for {query:?}", page.items.len());
        found.extend(page.items.into_iter().map(|item| item.key.sk));
        match page.next {
            Some(next) => query.after = Some(next),
            None => return found,
        }
    }
}

/// The same as sort keys in the queried index.
async fn all_sort_keys(table: &dyn Table, mut query: Query) -> Vec<String> {
    let mut found = Vec::new();
    loop {
        let page = table.sort_keys(query.clone()).await.expect("query");
        assert!(page.found.len() <= query.limit, "{} keys for {query:?}", page.found.len());
        found.extend(page.found);
        match page.next {
            Some(next) => query.after = Some(next),
            None => return found,
        }
    }
}

pub(super) fn query(index: Index, pk: &str, range: Range, descending: bool, limit: usize) -> Query {
    Query { index, pk: pk.to_owned(), range, descending, limit, after: None }
}

/// The same items in the main table and in both indexes, where their order is another one.
pub(super) async fn ranges_and_pages(table: &dyn Table, pace: &Pace) {
    let (pk, g1, g2) = (partition("QUERY"), partition("Q1"), partition("Q2"));
    let mut rows: Vec<(String, String, String)> = Vec::new();
    for n in 0..24_u32 {
        let main = format!("{}#{n:02}", ["APP", "APQ", "GRP"][n as usize % 3]);
        rows.push((main, format!("N#{:02}", 23 - n), format!("T#{:02}", (n * 7) % 24)));
    }
    for (sk, first, second) in &rows {
        let item =
            Item { gsi1: Some(Key::new(&g1, first)), gsi2: Some(Key::new(&g2, second)), ..item(&pk, sk, 1) };
        table.put_if(item, Expect::Absent).await.expect("put");
    }
    let stranger =
        Item { gsi1: Some(Key::new(format!("{g1}x"), "N#05")), ..item(&format!("{pk}x"), "APP#01", 1) };
    table.put_if(stranger, Expect::Absent).await.expect("put");

    let between = |from: &str, to: &str| Range::Between(from.to_owned(), to.to_owned());
    let prefix = |prefix: &str| Range::Prefix(prefix.to_owned());
    for (index, pk, ranges) in [
        (Index::Main, &pk, [Range::All, prefix("APP#"), prefix("AP"), between("APP#03", "GRP#05")]),
        (Index::Gsi1, &g1, [Range::All, prefix("N#1"), prefix("X"), between("N#03", "N#20")]),
        (Index::Gsi2, &g2, [Range::All, prefix("T#0"), prefix("T#"), between("T#03", "T#03")]),
    ] {
        for range in ranges {
            for descending in [false, true] {
                let (expected, sort_keys) = expected(&rows, index, &range, descending);
                for limit in [1, 3, 24, 1000] {
                    let query = query(index, pk, range.clone(), descending, limit);
                    let what = format!("{query:?}");
                    pace.settles(&what, expected.clone(), async || all(table, query.clone()).await).await;
                    let found = async || all_sort_keys(table, query.clone()).await;
                    pace.settles(&what, sort_keys.clone(), found).await;
                }
            }
        }
    }
    assert!(all(table, query(Index::Main, &partition("NONE"), Range::All, false, 10)).await.is_empty());
}

/// The primary sort keys, and the sort keys in the index.
fn expected(
    rows: &[(String, String, String)],
    index: Index,
    range: &Range,
    descending: bool,
) -> (Vec<String>, Vec<String>) {
    let at = |row: &(String, String, String)| match index {
        Index::Main => row.0.clone(),
        Index::Gsi1 => row.1.clone(),
        Index::Gsi2 => row.2.clone(),
    };
    let within = |sk: &String| match range {
        Range::All => true,
        Range::Prefix(prefix) => sk.starts_with(prefix),
        Range::Between(from, to) => from <= sk && sk <= to,
    };
    let mut found: Vec<_> = rows.iter().map(|row| (at(row), row.0.clone())).collect();
    found.retain(|(sk, _)| within(sk));
    found.sort();
    if descending {
        found.reverse();
    }
    found.into_iter().map(|(at, main)| (main, at)).unzip()
}

pub(super) async fn byte_order(table: &dyn Table) {
    let pk = partition("ORDER");
    let mut sks = [
        "A", "A#1", "A#10", "A#2", "A-", "AA", "Z", "_", "a", "aa", "z", "~", "é", "ß", "日", "\u{ffff}",
        "🚀",
    ];
    for sk in sks {
        table.put_if(item(&pk, sk, 1), Expect::Absent).await.expect("put");
    }
    sks.sort_unstable_by(|a, b| a.as_bytes().cmp(b.as_bytes()));
    assert_eq!(all(table, query(Index::Main, &pk, Range::All, false, 5)).await, sks);
    let prefix = Range::Prefix("A#".to_owned());
    assert_eq!(all(table, query(Index::Main, &pk, prefix, true, 5)).await, ["A#2", "A#10", "A#1"]);
}

/// A page may end before its limit; whoever goes on sees everything once.
pub(super) async fn pages_of_large_items(table: &dyn Table) {
    let pk = partition("LARGE");
    let sks: Vec<String> = (0..6).map(|n| format!("S#{n}")).collect();
    for sk in &sks {
        let large = Item::new(Key::new(&pk, sk), 1, format!("\"{}\"", "x".repeat(300 * 1024)));
        table.put_if(large, Expect::Absent).await.expect("put");
    }
    assert_eq!(all(table, query(Index::Main, &pk, Range::All, false, 100)).await, sks);
}
