//! Items in and out of indexes.

use cutover_ports::table::{Expect, Index, Item, Key, Range, Table, Write};

use super::query::{all, query};
use super::{item, partition};
use crate::pace::Pace;

pub(super) async fn an_item_moves_and_leaves(table: &dyn Table, pace: &Pace) {
    let (pk, here, there) = (partition("MOVE"), partition("HERE"), partition("THERE"));
    let at = |g1: Option<&str>, g2: Option<&str>, version| Item {
        gsi1: g1.map(|pk| Key::new(pk, "S")),
        gsi2: g2.map(|pk| Key::new(pk, "S")),
        ..item(&pk, "M", version)
    };
    let seen = async |expected: [bool; 4]| {
        pace.settles("the indexes", expected, async || {
            let mut found = [false; 4];
            for (n, (index, pk)) in
                [(Index::Gsi1, &here), (Index::Gsi1, &there), (Index::Gsi2, &here), (Index::Gsi2, &there)]
                    .into_iter()
                    .enumerate()
            {
                found[n] = !all(table, query(index, pk, Range::All, false, 10)).await.is_empty();
            }
            found
        })
        .await;
    };
    table.put_if(at(Some(&here), Some(&here), 1), Expect::Absent).await.expect("put");
    seen([true, false, true, false]).await;
    table.put_if(at(Some(&there), Some(&here), 2), Expect::Version(1)).await.expect("put");
    seen([false, true, true, false]).await;
    table.put_if(at(None, Some(&there), 3), Expect::Anything).await.expect("put");
    seen([false, false, false, true]).await;
    table.put_if(at(Some(&here), None, 4), Expect::Version(3)).await.expect("put");
    seen([true, false, false, false]).await;
    let delete = Write::Delete { key: Key::new(&pk, "M"), expect: Expect::Version(4) };
    table.transact(vec![delete]).await.expect("delete");
    seen([false; 4]).await;
}

pub(super) async fn equal_sort_keys_page_to_the_end(table: &dyn Table, pace: &Pace) {
    let (pk, g1) = (partition("TIES"), partition("TIE"));
    let sks: Vec<String> = (0..7).map(|n| format!("S#{n}")).collect();
    for sk in &sks {
        let tied = Item { gsi1: Some(Key::new(&g1, "SAME")), ..item(&pk, sk, 1) };
        table.put_if(tied, Expect::Absent).await.expect("put");
    }
    for (descending, limit) in [(false, 1), (true, 1), (false, 3), (true, 3)] {
        let range = Range::Prefix("SA".to_owned());
        pace.settles("equal sort keys", sks.clone(), async || {
            let mut found = all(table, query(Index::Gsi1, &g1, range.clone(), descending, limit)).await;
            found.sort();
            found
        })
        .await;
    }
}
