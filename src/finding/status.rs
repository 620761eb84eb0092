//! How far a table is, day by day.

use chrono::NaiveDate;
use serde::Serialize;

/// What became of the rows of a day, the gravest first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum DayState {
    /// None is there.
    Missing,
    /// They are there, and checks say that they are wrong.
    Wrong,
    /// Some are there.
    Partial,
    /// They are there, and too many are constants or defaults.
    Defaults,
    Done,
}

impl DayState {
    pub const ALL: [Self; 5] = [
        Self::Missing,
        Self::Wrong,
        Self::Partial,
        Self::Defaults,
        Self::Done,
    ];

    pub fn name(self) -> &'static str {
        match self {
            Self::Missing => "missing",
            Self::Wrong => "wrong",
            Self::Partial => "partial",
            Self::Defaults => "defaults",
            Self::Done => "done",
        }
    }
}

/// A day of a table.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct DayStatus {
    pub date: NaiveDate,
    pub status: DayState,
    /// The rows that are there and those that checks miss.
    pub expected_rows: u64,
    pub actual_rows: u64,
    /// The checks of the table that fail on this day.
    pub checks: Vec<String>,
    /// The tables that hold something else for this day than what they copied from here.
    pub stale_tables: Vec<String>,
}

/// How far a table is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct TableStatus {
    pub table: String,
    /// In the order of their dates.
    pub days: Vec<DayStatus>,
    /// The checks that could not be judged, and why.
    pub errors: Vec<String>,
}

/// Days that follow one another in a table, both inclusive.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Stretch {
    pub from: NaiveDate,
    pub to: NaiveDate,
    pub days: usize,
}

impl TableStatus {
    /// The days that are to be run again.
    pub fn rerun(&self) -> Vec<Stretch> {
        self.stretches(|day| day.status != DayState::Done)
    }

    /// The tables downstream that are to be built again, and for which days.
    pub fn stale(&self) -> Vec<(&str, Vec<Stretch>)> {
        let mut tables: Vec<&str> = self
            .days
            .iter()
            .flat_map(|day| day.stale_tables.iter().map(String::as_str))
            .collect();
        tables.sort_unstable();
        tables.dedup();
        let of = |table: &&str| self.stretches(|day| day.stale_tables.iter().any(|t| t == table));
        tables.iter().map(|table| (*table, of(table))).collect()
    }

    /// How many days are in a state.
    pub fn count(&self, state: DayState) -> usize {
        self.days.iter().filter(|day| day.status == state).count()
    }

    fn stretches(&self, wanted: impl Fn(&DayStatus) -> bool) -> Vec<Stretch> {
        self.days
            .chunk_by(|a, b| wanted(a) == wanted(b))
            .filter_map(|run| match (run.first(), run.last()) {
                (Some(first), Some(last)) if wanted(first) => Some(Stretch {
                    from: first.date,
                    to: last.date,
                    days: run.len(),
                }),
                _ => None,
            })
            .collect()
    }
}
