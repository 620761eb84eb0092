//! What a diff reads of both sides.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::columns::{Columns, Common};
use super::options::Options;
use super::run::Source;
use crate::scan::Keyed;
use crate::schema::BqType;
use crate::value::hash::Zeros;

/// What is read of both sides.
pub(super) struct Plan<'a> {
    pub(super) columns: Columns,
    pub(super) options: &'a Options,
    pub(super) left: Arc<Keyed>,
    pub(super) right: Arc<Keyed>,
    pub(super) date: Option<String>,
    /// Rows of entities with a hash of at most this are kept; none of a table without rows.
    pub(super) kept: u64,
}

/// How many rows of a side are kept for explanations: all of most tables, and of larger ones so many.
const KEPT: u64 = 200_000;
const SAMPLED: u64 = 50_000;
/// Bits of the key's hash that tell rows apart where days don't, or where a day has more rows than memory holds with ease.
const BITS: u32 = 6;
const ROWS_OF_A_DAY: u64 = 1_000_000;

impl<'a> Plan<'a> {
    pub(super) fn new(
        left: &Source<'_>,
        right: &Source<'_>,
        columns: Columns,
        options: &'a Options,
    ) -> Self {
        let rows = left.table.rows().max(right.table.rows());
        let kept = if rows <= KEPT {
            u64::MAX
        } else {
            (u64::MAX as f64 * (SAMPLED as f64 / rows as f64)) as u64
        };
        // What is left out is read for the whole of a small table: it may tell where rows differ.
        let whole = rows <= KEPT;
        let beside = |sql: Sql| {
            let ignored = columns.ignored.iter().map(|c| sql.of(c).to_owned());
            let ignored = ignored.filter(|sql| !sql.is_empty());
            let rules = options
                .rules
                .iter()
                .map(|(_, condition)| format!("(\n{condition}\n)"));
            ignored
                .chain(rules)
                .filter(|_| whole)
                .collect::<Vec<String>>()
        };
        let (key, compared): (&[Common], &[Common]) = match columns.key.is_empty() {
            true => (&columns.compared, &[]),
            false => (&columns.key, &columns.compared),
        };
        let date = left.table.date().map(|date| date.name.as_str());
        let side = |side: &Source<'_>, sql: Sql| {
            let by = columns.by.iter().map(|c| sql.of(c).to_owned()).collect();
            let keyed = keyed(side, key, compared, beside(sql), date, left, sql, options);
            // Without a key, rows are equal whole, so that documents have to be by what they say.
            let json = |at: &usize| {
                let column = columns.compared.get(*at).filter(|_| columns.key.is_empty());
                column.is_some_and(|column| column.bq_type == BqType::Json)
            };
            let documents = (0..columns.compared.len()).filter(json).collect();
            Arc::new(Keyed {
                by,
                documents,
                ..keyed
            })
        };
        let (ours, theirs) = (side(left, Sql::Left), side(right, Sql::Right));
        Self {
            date: ours.day.as_ref().and(date.map(str::to_owned)),
            left: ours,
            right: theirs,
            columns,
            options,
            kept,
        }
    }

    /// Reads these columns of rows that are compared whole as documents.
    pub(super) fn read_documents(&mut self, documents: &BTreeSet<usize>) {
        for keyed in [&mut self.left, &mut self.right] {
            Arc::make_mut(keyed).documents.clone_from(documents);
        }
    }

    pub(super) fn is_day_in_key(&self) -> bool {
        let named = |date: &String| {
            self.key()
                .iter()
                .any(|key| key.name.eq_ignore_ascii_case(date))
        };
        self.date.as_ref().is_none_or(named)
    }

    /// The columns by which rows are found: of tables without a key, all that are compared.
    pub(super) fn key(&self) -> &[Common] {
        if self.columns.key.is_empty() {
            &self.columns.compared
        } else {
            &self.columns.key
        }
    }

    /// The columns that are compared as values.
    pub(super) fn values(&self) -> &[Common] {
        if self.columns.key.is_empty() {
            &[]
        } else {
            &self.columns.compared
        }
    }
}

/// Which side's SQL reads a column.
#[derive(Debug, Clone, Copy)]
pub(super) enum Sql {
    Left,
    Right,
}

impl Sql {
    fn of(self, common: &Common) -> &str {
        match self {
            Self::Left => &common.left_sql,
            Self::Right => &common.right_sql,
        }
    }
}

/// What is read of a table. `date` is its date column, by which rows are told apart if it is compared; `first` is the
/// table by which the number of buckets is chosen, the same for all that are compared.
#[allow(clippy::too_many_arguments)]
pub(super) fn keyed(
    side: &Source<'_>,
    key: &[Common],
    compared: &[Common],
    beside: Vec<String>,
    date: Option<&str>,
    first: &Source<'_>,
    sql: Sql,
    options: &Options,
) -> Keyed {
    let all = |columns: &[Common]| {
        columns
            .iter()
            .map(|c| sql.of(c).to_owned())
            .collect::<Vec<_>>()
    };
    let dated = |common: &&Common| {
        date.is_some_and(|date| date.eq_ignore_ascii_case(&common.name)) && is_time(&common.bq_type)
    };
    let day = key.iter().chain(compared).find(dated);
    let day = day.map(|day| match day.bq_type {
        BqType::Date => sql.of(day).to_owned(),
        _ => format!("CAST({} AS DATE)", sql.of(day)),
    });
    let bits = match (&day, first.table.dates()) {
        (Some(_), Some((from, to))) => {
            // Of days with few rows, one bucket each is fastest.
            let days = (to - from).num_days().max(0) as u64 + 1;
            if first.table.rows() / days > ROWS_OF_A_DAY {
                BITS
            } else {
                0
            }
        }
        _ => BITS,
    };
    Keyed {
        table: Arc::clone(&side.table),
        by: Vec::new(),
        entity: entity(key),
        key: all(key),
        documents: BTreeSet::new(),
        columns: all(compared),
        // Rows that are compared whole are their own key.
        key_zeros: if compared.is_empty() {
            options.zeros
        } else {
            Zeros::Alike
        },
        zeros: options.zeros,
        beside,
        day,
        filter: options.filter.clone(),
        bits,
    }
}

/// Which columns of a key say what a row is about: all, if every one holds a time.
fn entity(key: &[Common]) -> Vec<usize> {
    let named: Vec<usize> = (0..key.len())
        .filter(|at| key.get(*at).is_some_and(|c| !is_time(&c.bq_type)))
        .collect();
    if named.is_empty() {
        (0..key.len()).collect()
    } else {
        named
    }
}

pub(super) fn is_time(bq_type: &BqType) -> bool {
    matches!(
        bq_type,
        BqType::Date | BqType::Datetime | BqType::Timestamp | BqType::DatetimeOrTimestamp
    )
}
