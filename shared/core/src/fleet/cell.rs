//! How one host of a shard stands: a byte of the scoreboard.

/// How a host stands. The stored letters are lower-case while it may change, upper-case once it cannot.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Cell {
    /// `w`: no order was sent.
    Waiting,
    /// `o`: its order was sent and not accepted yet.
    Ordered,
    /// `r`: it accepted.
    Running,
    /// `S`: it reported success.
    Succeeded,
    /// `F`: it reported failure.
    Failed,
    /// `U`: it did not accept in time, so it never began.
    Offline,
    /// `L`: it accepted and then stopped reporting.
    Lost,
    /// `T`: it kept reporting, but its order took too long.
    TimedOut,
    /// `K`: it was never started, or its order was withdrawn before it began.
    Skipped,
}

impl Cell {
    const ALL: [(Self, u8); 9] = [
        (Self::Waiting, b'w'),
        (Self::Ordered, b'o'),
        (Self::Running, b'r'),
        (Self::Succeeded, b'S'),
        (Self::Failed, b'F'),
        (Self::Offline, b'U'),
        (Self::Lost, b'L'),
        (Self::TimedOut, b'T'),
        (Self::Skipped, b'K'),
    ];

    /// Whether nothing will change any more.
    pub fn is_final(self) -> bool {
        !matches!(self, Self::Waiting | Self::Ordered | Self::Running)
    }

    /// Whether it was attempted and did not succeed: unreachable counts as failed (behaviour: minimum healthy
    /// hosts rule 7).
    pub fn has_failed(self) -> bool {
        matches!(self, Self::Failed | Self::Offline | Self::Lost | Self::TimedOut)
    }

    /// The target's status, as the API spells it.
    pub fn status(self) -> &'static str {
        match self {
            Self::Waiting => "Pending",
            Self::Ordered | Self::Running => "InProgress",
            Self::Succeeded => "Succeeded",
            Self::Failed | Self::Offline | Self::Lost | Self::TimedOut => "Failed",
            Self::Skipped => "Skipped",
        }
    }
}

/// How a board stores its cells: a string of one letter per host.
pub(super) mod letters {
    use serde::de::Error;
    use serde::{Deserialize, Deserializer, Serializer};

    use super::Cell;

    fn letter(cell: Cell) -> char {
        Cell::ALL.iter().find(|(known, _)| *known == cell).map_or('?', |(_, letter)| char::from(*letter))
    }

    pub(in super::super) fn serialize<S: Serializer>(cells: &[Cell], to: S) -> Result<S::Ok, S::Error> {
        to.serialize_str(&cells.iter().map(|cell| letter(*cell)).collect::<String>())
    }

    pub(in super::super) fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<Vec<Cell>, D::Error> {
        let cell = |byte: u8| {
            let known = Cell::ALL.iter().find(|(_, letter)| *letter == byte);
            known.map(|(cell, _)| *cell).ok_or_else(|| D::Error::custom(format!("no cell is {byte:#04x}")))
        };
        String::deserialize(from)?.bytes().map(cell).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(serde::Serialize, serde::Deserialize)]
    struct Row(#[serde(with = "letters")] Vec<Cell>);

    #[test]
    fn every_cell_has_a_letter_and_a_status() {
        let text = serde_json::to_string(&Row(Cell::ALL.map(|(cell, _)| cell).to_vec())).expect("JSON");
        assert_eq!(text, r#""worSFULTK""#);
        let Row(back) = serde_json::from_str(&text).expect("cells");
        let statuses: Vec<_> = back.iter().map(|cell| (cell.status(), cell.is_final())).collect();
        let (pending, running) = (("Pending", false), ("InProgress", false));
        let (good, bad, skipped) = (("Succeeded", true), ("Failed", true), ("Skipped", true));
        assert_eq!(statuses, [pending, running, running, good, bad, bad, bad, bad, skipped]);
        assert!(serde_json::from_str::<Row>(r#""wx""#).is_err());
    }
}
