//! Single items.

use cutover_ports::table::{Expect, Item, Key, Table, TableError};

use super::{item, partition};

pub(super) async fn absent_version_anything(table: &dyn Table) {
    let pk = partition("PUT");
    let key = Key::new(&pk, "S");
    assert_eq!(table.get(&key).await, Ok(None));
    let (done, refused) = (Ok(()), Err(TableError::Condition(0)));
    for (version, expect, result, stands) in [
        (1, Expect::Version(1), &refused, None),
        (1, Expect::Absent, &done, Some(1)),
        (2, Expect::Absent, &refused, Some(1)),
        (2, Expect::Version(2), &refused, Some(1)),
        (2, Expect::Version(1), &done, Some(2)),
        (3, Expect::Version(1), &refused, Some(2)),
        (9, Expect::Anything, &done, Some(9)),
        (u64::MAX / 2, Expect::Version(9), &done, Some(u64::MAX / 2)),
    ] {
        assert_eq!(&table.put_if(item(&pk, "S", version), expect).await, result, "{expect:?}");
        assert_eq!(
            table.get(&key).await,
            Ok(stands.map(|version| item(&pk, "S", version))),
            "after {expect:?}"
        );
    }
    assert_eq!(table.put_if(item(&pk, "new", 1), Expect::Anything).await, Ok(()));
    assert_eq!(table.get(&Key::new(&pk, "new")).await, Ok(Some(item(&pk, "new", 1))));
}

pub(super) async fn any_text_comes_back(table: &dyn Table) {
    let pk = partition("TEXT/Grüße-日本-🚢");
    for (sk, body) in [
        ("NAME#Ünïcödé 🚀", "{\"text\":\"naïve – 東京 – \u{1f680} – \\u0000 – \\\"\"}".to_owned()),
        ("LARGE", format!("{{\"text\":\"{}\"}}", "0123456789".repeat(30_000))),
        ("quote'\"`;--%_*", "[]".to_owned()),
    ] {
        let whole = Item {
            gsi1: Some(Key::new(format!("{pk}/1"), sk)),
            gsi2: Some(Key::new(format!("{pk}/2"), sk)),
            wake: Some(Key::new(format!("{pk}/W"), sk)),
            expires_at: Some(4_102_444_800),
            ..Item::new(Key::new(&pk, sk), 1, body)
        };
        table.put_if(whole.clone(), Expect::Absent).await.expect("put");
        assert_eq!(table.get(&whole.key).await.expect("get").as_ref(), Some(&whole), "{sk}");
        let bare = Item::new(whole.key.clone(), 2, "{}".to_owned());
        table.put_if(bare.clone(), Expect::Version(1)).await.expect("put");
        assert_eq!(table.get(&bare.key).await, Ok(Some(bare)), "{sk}");
    }
    let long = Item::new(Key::new(&pk, "TOO-LARGE"), 1, "x".repeat(410 * 1024));
    assert!(matches!(table.put_if(long, Expect::Absent).await, Err(TableError::Broken(_))));
}
