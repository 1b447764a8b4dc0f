//! The wake index.

use cutover_ports::table::{Expect, Item, Key, Table};

use super::{item, partition};
use crate::pace::Pace;

pub(super) async fn earliest_first_up_to_a_bound(table: &dyn Table, pace: &Pace) {
    let (pk, wake) = (partition("DUE"), partition("WAKE"));
    let with = |sk: &str, at: Option<&str>, version| Item {
        wake: at.map(|at| Key::new(&wake, at)),
        ..item(&pk, sk, version)
    };
    for (sk, at) in [("late", "0300"), ("first", "0100"), ("second", "0200"), ("never", "9999")] {
        table.put_if(with(sk, Some(at), 1), Expect::Absent).await.expect("put");
    }
    table.put_if(with("untimed", None, 1), Expect::Absent).await.expect("put");
    let keys = |sks: &[&str]| sks.iter().map(|sk| Key::new(&pk, *sk)).collect::<Vec<_>>();
    let due = async |until: &'static str, limit, expected: &[&str]| {
        pace.settles(until, keys(expected), async || table.due(&wake, until, limit).await.expect("due"))
            .await;
    };
    due("0300", 10, &["first", "second", "late"]).await;
    due("0299", 10, &["first", "second"]).await;
    due("9999", 2, &["first", "second"]).await;
    due("0099", 10, &[]).await;
    table.put_if(with("first", Some("0250"), 2), Expect::Version(1)).await.expect("put");
    table.put_if(with("second", None, 2), Expect::Version(1)).await.expect("put");
    due("9999", 10, &["first", "late", "never"]).await;
}
