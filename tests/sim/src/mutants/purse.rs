//! Fleets of many shards with a broken rule.

use cutover_core::fleet::board::Board;
use cutover_core::fleet::purse::Purse;
use cutover_ports::table::{Expect, Item};
use cutover_store::codec::{decode, encode};
use serde::Deserialize;

use super::{Bent, Mutant};
use crate::world::{Op, Reply};

#[derive(Deserialize)]
struct Body {
    board: Board,
}

/// The write of an item of such a fleet as the broken rule has it.
pub(super) fn bend_fleet(mutant: Mutant, item: Item, expect: Expect) -> Bent {
    let dropped = match mutant {
        Mutant::HalfAFleetIsWhole => item.key.sk.starts_with("ROSTER#") && item.key.pk.ends_with("#S#001"),
        Mutant::WithdrawMissesAShard => {
            let withdrawn = decode::<Body>(&item).is_ok_and(|body| body.board.withdrawn.is_some());
            item.key.sk == "BOARD" && item.key.pk.ends_with("#S#001") && withdrawn
        }
        _ => false,
    };
    if dropped {
        return Bent::Dropped(Reply::Written(Ok(())));
    }
    if item.key.sk != "PURSE" {
        return Bent::Op(Op::Put(item, expect));
    }
    Bent::Op(Op::Put(bend_purse(mutant, item), expect))
}

fn bend_purse(mutant: Mutant, mut item: Item) -> Item {
    let Ok(mut purse) = decode::<Purse>(&item) else { return item };
    let begun = purse.holdings.iter_mut().filter(|holding| holding.has_begun() && !holding.held.over);
    match mutant {
        Mutant::OneGrantTooMany => {
            for holding in begun {
                holding.grant.at_work += 1;
                holding.grant.out += 1;
            }
        }
        Mutant::GrantedNotCounted => {
            for holding in begun {
                (holding.held.waiting, holding.held.waiting_unhealthy) = (0, 0);
            }
        }
        Mutant::OneShardOverIsAllOver if purse.holdings.iter().any(|holding| holding.held.over) => {
            purse.holdings.iter_mut().for_each(|holding| holding.held.over = true);
        }
        _ => return item,
    }
    item.body = encode(&purse).unwrap_or(item.body);
    item
}

/// Whether it is the call of a shard of many.
pub(super) fn is_call(body: &str) -> bool {
    body.contains("\"shard\":") && body.contains("\"epoch\":0,")
}
