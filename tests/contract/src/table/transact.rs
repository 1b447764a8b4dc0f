//! Transactions.

use cutover_ports::table::{Expect, Item, Key, Table, TableError, Write};

use super::{item, partition};

fn put(item: Item, expect: Expect) -> Write {
    Write::Put { item, expect }
}

async fn versions(table: &dyn Table, pk: &str, sks: &[&str]) -> Vec<Option<u64>> {
    let mut found = Vec::new();
    for sk in sks {
        found.push(table.get(&Key::new(pk, *sk)).await.expect("get").map(|item| item.version));
    }
    found
}

pub(super) async fn all_or_nothing(table: &dyn Table) {
    let pk = partition("TRANSACT");
    table.put_if(item(&pk, "a", 1), Expect::Absent).await.expect("put");
    let refused = table
        .transact(vec![
            put(item(&pk, "b", 1), Expect::Absent),
            put(item(&pk, "c", 1), Expect::Anything),
            put(item(&pk, "a", 3), Expect::Version(2)),
        ])
        .await;
    assert_eq!(refused, Err(TableError::Condition(2)));
    assert_eq!(versions(table, &pk, &["a", "b", "c"]).await, [Some(1), None, None]);
    let done = table
        .transact(vec![
            put(item(&pk, "b", 1), Expect::Absent),
            put(item(&pk, "c", 1), Expect::Anything),
            put(item(&pk, "a", 2), Expect::Version(1)),
        ])
        .await;
    assert_eq!(done, Ok(()));
    assert_eq!(versions(table, &pk, &["a", "b", "c"]).await, [Some(2), Some(1), Some(1)]);
}

pub(super) async fn checks_and_deletes(table: &dyn Table) {
    let pk = partition("CHECK");
    let key = |sk: &str| Key::new(&pk, sk);
    table.put_if(item(&pk, "a", 5), Expect::Absent).await.expect("put");
    for (expect, on, result) in [
        (Expect::Version(4), "a", Err(TableError::Condition(1))),
        (Expect::Absent, "a", Err(TableError::Condition(1))),
        (Expect::Version(5), "none", Err(TableError::Condition(1))),
        (Expect::Version(5), "a", Ok(())),
        (Expect::Absent, "none", Ok(())),
    ] {
        let write = put(item(&pk, "w", 1), Expect::Anything);
        let found = table.transact(vec![write, Write::Check { key: key(on), expect }]).await;
        assert_eq!(found, result, "{expect:?} on {on}");
    }
    for (expect, on, result, left) in [
        (Expect::Version(4), "a", Err(TableError::Condition(0)), Some(5)),
        (Expect::Version(1), "none", Err(TableError::Condition(0)), Some(5)),
        (Expect::Anything, "none", Ok(()), Some(5)),
        (Expect::Version(5), "a", Ok(()), None),
        (Expect::Anything, "a", Ok(()), None),
    ] {
        assert_eq!(table.transact(vec![Write::Delete { key: key(on), expect }]).await, result);
        assert_eq!(versions(table, &pk, &["a"]).await, [left], "{expect:?} on {on}");
    }
}

pub(super) async fn a_hundred_writes(table: &dyn Table) {
    let pk = partition("HUNDRED");
    let writes = |version, expect| {
        (0..100).map(|n| put(item(&pk, &format!("S#{n}"), version), expect)).collect::<Vec<_>>()
    };
    assert_eq!(table.transact(writes(1, Expect::Absent)).await, Ok(()));
    assert_eq!(table.transact(writes(2, Expect::Version(1))).await, Ok(()));
    let mut last_fails = writes(3, Expect::Version(2));
    last_fails[99] = put(item(&pk, "S#99", 3), Expect::Version(1));
    assert_eq!(table.transact(last_fails).await, Err(TableError::Condition(99)));
    assert_eq!(versions(table, &pk, &["S#0", "S#99"]).await, [Some(2), Some(2)]);
}
