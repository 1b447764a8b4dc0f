//! Pages of an index.

use aws_sdk_dynamodb::operation::query::builders::QueryFluentBuilder;
use cutover_ports::table::{Key, Page, Place, Query, Range, SortKeys, TableError};

use super::item::{self, Layout, MAIN, WAKE};
use super::{Attributes, DynamoTable, table_error};
use crate::error::Fault;

pub(super) async fn page(table: &DynamoTable, query: Query) -> Result<Page, TableError> {
    let (found, next) = ask(table, query, false).await?;
    Ok(Page { items: found.iter().map(item::decode).collect::<Result<_, _>>()?, next })
}

pub(super) async fn sort_keys(table: &DynamoTable, query: Query) -> Result<SortKeys, TableError> {
    let layout = Layout::of(query.index);
    let (found, next) = ask(table, query, true).await?;
    Ok(SortKeys { found: found.iter().map(|keys| layout.sk(keys)).collect::<Result<_, _>>()?, next })
}

/// What is on a page, of which DynamoDB sends all or the sort keys alone, and where the next one begins.
async fn ask(
    table: &DynamoTable,
    query: Query,
    sort_keys: bool,
) -> Result<(Vec<Attributes>, Option<Place>), TableError> {
    let layout = Layout::of(query.index);
    let Some(bounds) = Bounds::of(&query.range) else {
        return Ok((Vec::new(), None));
    };
    let request = bounds
        .apply(table.client().await.query().table_name(&table.name), layout, &query.pk)
        .consistent_read(layout == MAIN)
        .scan_index_forward(!query.descending)
        .limit(limit(query.limit))
        .set_exclusive_start_key(query.after.map(|place| start(layout, &query.pk, &place)));
    let request = match sort_keys {
        true => request.expression_attribute_names("#sk", layout.sk).projection_expression("#sk"),
        false => request,
    };
    let answer = request.send().await.map_err(|error| table_error(Fault::of(&error)))?;
    let next = answer.last_evaluated_key.map(|key| place(layout, &key)).transpose()?;
    Ok((answer.items.unwrap_or_default(), next))
}

pub(super) async fn due(
    table: &DynamoTable,
    wake_pk: &str,
    until: &str,
    most: usize,
) -> Result<Vec<Key>, TableError> {
    let Some(bounds) = Bounds::between("", until) else {
        return Ok(Vec::new());
    };
    let request = bounds.apply(table.client().await.query().table_name(&table.name), WAKE, wake_pk);
    let answer = request.limit(limit(most)).send().await;
    let answer = answer.map_err(|error| table_error(Fault::of(&error)))?;
    answer.items.iter().flatten().map(item::decode_primary).collect()
}

fn limit(wanted: usize) -> i32 {
    i32::try_from(wanted.clamp(1, 1000)).unwrap_or(1000)
}

/// The condition on the sort key. DynamoDB refuses empty keys and crossed bounds, so what can hold
/// nothing is no request at all.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Bounds {
    condition: &'static str,
    values: Vec<(&'static str, String)>,
}

impl Bounds {
    /// `None` when nothing can be in the range.
    fn of(range: &Range) -> Option<Self> {
        match range {
            Range::Prefix(prefix) if !prefix.is_empty() => Some(Self {
                condition: "#pk = :pk AND begins_with(#sk, :from)",
                values: vec![(":from", prefix.clone())],
            }),
            Range::All | Range::Prefix(_) => Some(Self { condition: "#pk = :pk", values: Vec::new() }),
            Range::Between(from, to) => Self::between(from, to),
        }
    }

    fn between(from: &str, to: &str) -> Option<Self> {
        if to.is_empty() || from > to {
            return None;
        }
        if from.is_empty() {
            let values = vec![(":to", to.to_owned())];
            return Some(Self { condition: "#pk = :pk AND #sk <= :to", values });
        }
        let values = vec![(":from", from.to_owned()), (":to", to.to_owned())];
        Some(Self { condition: "#pk = :pk AND #sk BETWEEN :from AND :to", values })
    }

    fn apply(self, request: QueryFluentBuilder, layout: Layout, pk: &str) -> QueryFluentBuilder {
        let mut request = request
            .set_index_name(layout.name.map(str::to_owned))
            .key_condition_expression(self.condition)
            .expression_attribute_names("#pk", layout.pk)
            .expression_attribute_values(":pk", item::text(pk));
        if self.condition.contains("#sk") {
            request = request.expression_attribute_names("#sk", layout.sk);
        }
        for (name, value) in self.values {
            request = request.expression_attribute_values(name, item::text(&value));
        }
        request
    }
}

/// A place as DynamoDB wants it back: the key in the index and the primary key.
fn start(layout: Layout, pk: &str, place: &Place) -> Attributes {
    let mut attributes = item::primary(&place.key);
    layout.put(&mut attributes, &Key::new(pk, &place.sk));
    attributes
}

fn place(layout: Layout, attributes: &Attributes) -> Result<Place, TableError> {
    let key = item::decode_primary(attributes)?;
    let sk = layout.take(attributes)?.map_or_else(|| key.sk.clone(), |key| key.sk);
    Ok(Place { sk, key })
}

#[cfg(test)]
mod tests {
    use cutover_ports::table::Index;

    use super::*;

    #[test]
    fn a_range_that_holds_nothing_is_not_asked_for() {
        let between = |from: &str, to: &str| Range::Between(from.to_owned(), to.to_owned());
        for (range, condition) in [
            (Range::All, Some("#pk = :pk")),
            (Range::Prefix(String::new()), Some("#pk = :pk")),
            (Range::Prefix("a".to_owned()), Some("#pk = :pk AND begins_with(#sk, :from)")),
            (between("a", "b"), Some("#pk = :pk AND #sk BETWEEN :from AND :to")),
            (between("a", "a"), Some("#pk = :pk AND #sk BETWEEN :from AND :to")),
            (between("", "b"), Some("#pk = :pk AND #sk <= :to")),
            (between("b", "a"), None),
            (between("", ""), None),
        ] {
            assert_eq!(Bounds::of(&range).map(|bounds| bounds.condition), condition, "{range:?}");
        }
    }

    #[test]
    fn a_place_survives_the_way_there_and_back() {
        let key = Key::new("P", "S");
        for (index, sk, attributes) in [(Index::Main, "S", 2), (Index::Gsi1, "I", 4), (Index::Gsi2, "I", 4)] {
            let layout = Layout::of(index);
            let there = Place { sk: sk.to_owned(), key: key.clone() };
            let start = start(layout, if index == Index::Main { "P" } else { "X" }, &there);
            assert_eq!(start.len(), attributes);
            assert_eq!(place(layout, &start), Ok(there));
        }
    }
}
