//! What follows from a difference and is told by more than one writer.

use std::collections::{BTreeMap, HashMap};

use chrono::NaiveDate;

use crate::diff::{Cell, CellKind, ColumnDifference, Difference, KeyFrom, Witness};

/// What a diff came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Verdict {
    Equal,
    /// No value differs, and documents differ in shape.
    Shape,
    /// No value differs in what was compared, and a column was not.
    Incomplete,
    Differs,
}

impl Verdict {
    pub(super) fn of(difference: &Difference) -> Self {
        match (difference.has_same_values(), difference.rows.shape) {
            (false, _) => Self::Differs,
            _ if !difference.is_complete() => Self::Incomplete,
            (true, 0) => Self::Equal,
            (true, _) => Self::Shape,
        }
    }

    /// As reports write it.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Equal => "equal",
            Self::Shape => "shape",
            Self::Incomplete => "incomplete",
            Self::Differs => "differs",
        }
    }
}

/// Where a key is known from, as reports write it.
pub(super) fn key_from(from: KeyFrom) -> &'static str {
    match from {
        KeyFrom::Asked => "asked",
        KeyFrom::Suite => "suite",
        KeyFrom::Data => "data",
        KeyFrom::Rows => "rows",
    }
}

/// What a compared column came to, as reports write it.
pub(super) fn status(column: &ColumnDifference) -> &'static str {
    match column {
        column if column.differing > 0 => "differs",
        column if column.shape > 0 => "shape",
        column if column.within > 0 => "within",
        _ => "equal",
    }
}

/// How many columns both sides have: the key's, those compared and those that were not.
pub(super) fn both(difference: &Difference) -> u64 {
    let beside = difference.ignored.len() + difference.uncompared.len();
    (difference.key.len() + difference.columns.len() + beside) as u64
}

/// The columns of documents that differ in shape alone.
pub(super) fn shape_only(difference: &Difference) -> Vec<&ColumnDifference> {
    let columns = difference.columns.iter();
    columns
        .filter(|column| column.shape > 0 && column.differing == 0)
        .collect()
}

/// A differing column that follows no other, and those that follow it, also by way of each other.
#[derive(Debug)]
pub(super) struct Leader<'a> {
    pub(super) column: &'a ColumnDifference,
    pub(super) followers: Vec<&'a ColumnDifference>,
}

/// The differing columns, those that are explained first, then those that differ most.
pub(super) fn leaders(difference: &Difference) -> Vec<Leader<'_>> {
    let known: HashMap<&str, &ColumnDifference> = difference
        .differing()
        .map(|column| (column.name.as_str(), column))
        .collect();
    // A column that no chain leads away from, however the chain is tangled.
    let root = |column: &ColumnDifference| {
        let mut name = column.name.clone();
        for _ in 0..known.len() {
            let next = known.get(name.as_str()).and_then(|c| c.follows.as_ref());
            match next.filter(|next| known.contains_key(next.as_str())) {
                Some(next) => name.clone_from(next),
                None => return name,
            }
        }
        column.name.clone()
    };
    let mut leaders: Vec<Leader<'_>> = Vec::new();
    let mut followers: BTreeMap<String, Vec<&ColumnDifference>> = BTreeMap::new();
    for column in difference.differing() {
        match root(column) {
            name if name == column.name => leaders.push(Leader {
                column,
                followers: Vec::new(),
            }),
            name => followers.entry(name).or_default().push(column),
        }
    }
    for leader in &mut leaders {
        leader.followers = followers.remove(&leader.column.name).unwrap_or_default();
    }
    leaders.sort_by_key(|leader| {
        let column = leader.column;
        let explained = !column.patterns.is_empty() || !column.witnesses.is_empty();
        std::cmp::Reverse((explained, column.differing))
    });
    leaders
}

/// A day of the model as a date.
pub(super) fn date(day: i32) -> NaiveDate {
    NaiveDate::from_epoch_days(day).unwrap_or_default()
}

/// The days of some rows among all days there are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Span {
    pub(super) since: NaiveDate,
    pub(super) until: NaiveDate,
    /// How many days have such rows, and how many there are.
    pub(super) days: u64,
    pub(super) all: u64,
    /// How many there are from the first to the last.
    pub(super) between: u64,
    /// Whether there is none after the last.
    pub(super) to_the_end: bool,
}

/// The span of the days that `counts`; none if it has no date.
pub(super) fn span(
    difference: &Difference,
    counts: impl Iterator<Item = Option<i32>>,
) -> Option<Span> {
    let days: Vec<i32> = counts.flatten().collect();
    let (since, until) = (*days.iter().min()?, *days.iter().max()?);
    let all: Vec<i32> = difference.days.keys().copied().flatten().collect();
    Some(Span {
        since: date(since),
        until: date(until),
        days: days.len() as u64,
        all: all.len() as u64,
        between: all.iter().filter(|d| (since..=until).contains(d)).count() as u64,
        to_the_end: all.iter().all(|day| *day <= until),
    })
}

/// The days a column differs on.
pub(super) fn column_span(difference: &Difference, column: &ColumnDifference) -> Option<Span> {
    let days = column.days.iter().filter(|(_, rows)| **rows > 0);
    span(difference, days.map(|(day, _)| *day))
}

/// A share in percent; nothing of nothing is none.
pub(super) fn percent_of(part: u64, all: u64) -> f64 {
    match all {
        0 => 0.0,
        all => 100.0 * part as f64 / all as f64,
    }
}

/// The differing cells that were kept, by column.
pub(super) fn cells_by_column(difference: &Difference) -> HashMap<&str, Vec<&Cell>> {
    let mut cells: HashMap<&str, Vec<&Cell>> = HashMap::new();
    let differing = difference.cells.iter();
    for cell in differing.filter(|cell| cell.kind == CellKind::Differs) {
        cells.entry(cell.column.as_str()).or_default().push(cell);
    }
    cells
}

/// What is there how often, the most frequent first, then in order.
pub(super) fn frequent<T: Ord + Copy>(values: impl Iterator<Item = T>) -> Vec<(T, u64)> {
    let mut counts: BTreeMap<T, u64> = BTreeMap::new();
    for value in values {
        *counts.entry(value).or_default() += 1;
    }
    let mut counts: Vec<(T, u64)> = counts.into_iter().collect();
    counts.sort_by_key(|(_, count)| std::cmp::Reverse(*count));
    counts
}

/// Which side a witness agrees with; neither if it agrees with both as often.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Agrees {
    Left,
    Right,
    Neither,
}

impl Agrees {
    pub(super) fn of(witness: &Witness) -> Self {
        match witness.left.cmp(&witness.right) {
            std::cmp::Ordering::Greater => Self::Left,
            std::cmp::Ordering::Less => Self::Right,
            std::cmp::Ordering::Equal => Self::Neither,
        }
    }

    /// As reports write it.
    pub(super) fn name(self) -> Option<&'static str> {
        match self {
            Self::Left => Some("left"),
            Self::Right => Some("right"),
            Self::Neither => None,
        }
    }
}
