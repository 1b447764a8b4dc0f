//! Fleets with a broken rule: what agents are told, and what boards show.

use cutover_core::fleet::accept::{Accept, Refusal, may_begin};
use cutover_core::fleet::board::{Board, Flight};
use cutover_core::fleet::cell::Cell;
use cutover_core::ids::ShardId;
use cutover_core::limits::HEARTBEAT_MS;
use cutover_driver::driver::DriverError;
use cutover_driver::shards::Shards;
use cutover_ports::table::Item;
use cutover_store::codec::{decode, encode};
use cutover_store::state::Sweep;
use cutover_wire::agent::order::Order;
use serde::{Deserialize, Serialize};

use super::Mutant;
use crate::check::Watch;

#[derive(Serialize, Deserialize)]
struct Body {
    board: Board,
    sweep: Sweep,
}

/// The answer to an agent that asks, as the broken rule has it.
pub(crate) async fn accept(
    mutant: Option<Mutant>,
    shards: &Shards,
    id: &ShardId,
    order: &Order,
) -> Result<Accept, DriverError> {
    let (index, attempt) = (order.seat.index, order.seat.attempt);
    if mutant == Some(Mutant::GrantedUncommitted) {
        let read = shards.fleets().board(id).await;
        let stored =
            read.map_err(|source| DriverError::Store { deployment: id.deployment.clone(), source })?;
        return Ok(stored.map_or(Accept::Withdrawn(Refusal::NoOrder), |stored| {
            may_begin(&stored.board, index, attempt, order.issued_at)
        }));
    }
    let answer = shards.accept(id, &order.host, &order.id, (index, attempt)).await?;
    match answer {
        Accept::Withdrawn(Refusal::Withdrawn(_)) if mutant == Some(Mutant::WithdrawnMayBegin) => {
            Ok(Accept::Granted)
        }
        answer => Ok(answer),
    }
}

/// A board as the broken rule has it.
pub(super) fn bend_board(mutant: Mutant, mut item: Item, watch: &Watch) -> Item {
    let broken = [
        Mutant::OneMoreAtATime,
        Mutant::LostHostSucceeds,
        Mutant::LateReportFlips,
        Mutant::AbsenceBlamesHosts,
    ];
    let old = watch.board_at(&item.key.pk);
    let (true, Some(old), Ok(mut body)) = (broken.contains(&mutant), old, decode::<Body>(&item)) else {
        return item;
    };
    if old.epoch != body.board.epoch {
        bend_cells(mutant, old, &mut body.board);
        item.body = encode(&body).unwrap_or(item.body);
    }
    item
}

fn bend_cells(mutant: Mutant, old: &Board, next: &mut Board) {
    if mutant == Mutant::OneMoreAtATime {
        let newest = next.in_flight.values().find(|flight| flight.wave > old.wave).cloned();
        let waiting = next.cells.iter().position(|cell| *cell == Cell::Waiting);
        if let (Some(flight), Some(place)) = (newest, waiting) {
            next.cells[place] = Cell::Ordered;
            next.in_flight.insert(place as u16, Flight { attempt: 1, ..flight });
        }
        return;
    }
    if mutant == Mutant::AbsenceBlamesHosts {
        // What is heard in time moves it by no more than a heartbeat's limit.
        let most = (HEARTBEAT_MS / 1000) as u32 + 1;
        let spared = |(place, flight): (&u16, &Flight)| {
            let before = old.in_flight.get(place).filter(|before| before.attempt == flight.attempt)?;
            (flight.due_secs > before.due_secs + most).then_some(*place)
        };
        let spared: Vec<u16> = next.in_flight.iter().filter_map(spared).collect();
        for place in spared {
            next.in_flight.remove(&place);
            next.cells[usize::from(place)] = Cell::Lost;
        }
        return;
    }
    for (before, cell) in old.cells.iter().zip(&mut next.cells) {
        let flips = match mutant {
            Mutant::LostHostSucceeds => *cell == Cell::Lost && *before != Cell::Lost,
            _ => *before == Cell::Lost || *before == Cell::Failed,
        };
        if flips {
            *cell = Cell::Succeeded;
        }
    }
}
