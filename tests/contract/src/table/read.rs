//! Many items at once.

use std::collections::BTreeSet;

use cutover_ports::table::{Expect, Key, Table};

use super::{item, partition};

pub(super) async fn a_hundred_at_once(table: &dyn Table) {
    let (one, two) = (partition("ONE"), partition("TWO"));
    let keys: Vec<Key> =
        (0..100).map(|n| Key::new(if n % 2 == 0 { &one } else { &two }, format!("S#{n:03}"))).collect();
    for key in keys.iter().filter(|key| !key.sk.ends_with('7')) {
        table.put_if(item(&key.pk, &key.sk, 1), Expect::Absent).await.expect("put");
    }
    let found = table.batch_get(&keys).await.expect("batch_get");
    let found: BTreeSet<Key> = found.into_iter().map(|item| item.key).collect();
    let expected: BTreeSet<Key> = keys.into_iter().filter(|key| !key.sk.ends_with('7')).collect();
    assert_eq!(found, expected);
    assert_eq!(table.batch_get(&[]).await, Ok(Vec::new()));
}
