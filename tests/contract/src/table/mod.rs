//! The table's contract.

mod due;
mod index;
mod put;
mod query;
mod race;
mod read;
mod transact;

use std::sync::Arc;

use cutover_ports::table::{Item, Key, Table};

use crate::names::unique;
use crate::pace::Pace;

/// Everything a table must do. `make` gives a table; whether each time a new one does not matter.
///
/// # Panics
/// When the table does something else.
pub async fn table_contract(make: impl Fn() -> Arc<dyn Table>, pace: Pace) {
    put::absent_version_anything(&*make()).await;
    put::any_text_comes_back(&*make()).await;
    read::a_hundred_at_once(&*make()).await;
    transact::all_or_nothing(&*make()).await;
    transact::checks_and_deletes(&*make()).await;
    transact::a_hundred_writes(&*make()).await;
    query::ranges_and_pages(&*make(), &pace).await;
    query::byte_order(&*make()).await;
    query::pages_of_large_items(&*make()).await;
    index::an_item_moves_and_leaves(&*make(), &pace).await;
    index::equal_sort_keys_page_to_the_end(&*make(), &pace).await;
    due::earliest_first_up_to_a_bound(&*make(), &pace).await;
    race::one_of_many_wins(&make()).await;
    race::crossing_transactions_keep_the_sum(&make()).await;
}

/// An item in no index, with its version as body.
fn item(pk: &str, sk: &str, version: u64) -> Item {
    Item::new(Key::new(pk, sk), version, format!("{{\"version\":{version}}}"))
}

fn partition(of: &str) -> String {
    unique(&format!("000000000000/eu-west-1/{of}"))
}
