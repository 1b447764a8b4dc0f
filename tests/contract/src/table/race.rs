//! Many writers at once.

use std::sync::Arc;

use cutover_ports::table::{Expect, Key, Table, TableError, Write};

use super::{item, partition};

pub(super) async fn one_of_many_wins(table: &Arc<dyn Table>) {
    let pk = partition("RACE");
    for round in 0..10 {
        let expect = if round == 0 { Expect::Absent } else { Expect::Version(round) };
        let racers: Vec<_> = (0..8)
            .map(|_| {
                let (table, item) = (Arc::clone(table), item(&pk, "S", round + 1));
                tokio::spawn(async move { table.put_if(item, expect).await })
            })
            .collect();
        let mut winners = 0;
        for racer in racers {
            match racer.await.expect("no panic") {
                Ok(()) => winners += 1,
                Err(error) => assert_eq!(error, TableError::Condition(0)),
            }
        }
        assert_eq!(winners, 1, "round {round}");
    }
}

/// Transactions over the same two items in crossed order: the counters stay equal.
pub(super) async fn crossing_transactions_keep_the_sum(table: &Arc<dyn Table>) {
    let pk = partition("CROSS");
    for sk in ["a", "b"] {
        table.put_if(item(&pk, sk, 0), Expect::Absent).await.expect("put");
    }
    let workers: Vec<_> = (0..4)
        .map(|worker| {
            let (table, pk) = (Arc::clone(table), pk.clone());
            tokio::spawn(async move {
                for _ in 0..5 {
                    while !raise_both(&*table, &pk, worker % 2 == 0).await {}
                }
            })
        })
        .collect();
    for worker in workers {
        worker.await.expect("no panic");
    }
    for sk in ["a", "b"] {
        let found = table.get(&Key::new(&pk, sk)).await.expect("get").expect("there");
        assert_eq!(found.version, 20, "{sk}");
    }
}

async fn raise_both(table: &dyn Table, pk: &str, crossed: bool) -> bool {
    let mut writes = Vec::new();
    for sk in if crossed { ["b", "a"] } else { ["a", "b"] } {
        let found = table.get(&Key::new(pk, sk)).await.expect("get").expect("there");
        let expect = Expect::Version(found.version);
        writes.push(Write::Put { item: item(pk, sk, found.version + 1), expect });
    }
    match table.transact(writes).await {
        Ok(()) => true,
        Err(TableError::Condition(_) | TableError::Contended) => false,
        Err(error) => panic!("{error}"),
    }
}
