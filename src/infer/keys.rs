//! The columns that name a row.
//!
//! Candidates come from whole days, as rows sampled here and there hardly ever share a key; each is
//! then tried on all rows. A key may have a few duplicates, or a backfill that wrote rows twice would
//! hide itself.

use std::collections::BTreeSet;
use std::ops::Range;
use std::sync::Arc;

use arrow::array::Array;

use super::sample::Sample;
use crate::lake::{Column, Table};
use crate::scan::{self, Key, row_hashes};
use crate::schema::BqType;
use crate::session::Session;

/// How many columns a key has at most, and how many are considered.
const COLUMNS: usize = 5;
const CONSIDERED: usize = 24;
const TIMES: usize = 4;
/// How many candidates of few columns are tried on all rows.
const TRIED: usize = 4;
/// Rows with a key that is not theirs alone, in percent, or days that have such rows.
const DUPLICATES: u64 = 1;
const DUPLICATE_DAYS: usize = 10;
/// A key names so many percent of the rows of a day, in so many percent of the days looked at.
const NAMED: usize = 98;
const NAMED_DAYS: usize = 75;
/// The fewest rows that tell anything of a key.
const ROWS: usize = 20;

/// A key that names nearly all rows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Named {
    pub(super) columns: Vec<String>,
    pub(super) duplicates: u64,
    pub(super) rows: u64,
}

/// A table's key, if it has one.
pub(super) async fn key(
    session: &Session,
    table: &Arc<Table>,
    sample: &Sample,
) -> Result<Option<Named>, String> {
    let found = keys(session, table, sample, 1).await?;
    Ok(found.into_iter().next())
}

/// Sets of columns that name a table's rows, the likeliest first, as many as asked for.
pub(super) async fn keys(
    session: &Session,
    table: &Arc<Table>,
    sample: &Sample,
    most: usize,
) -> Result<Vec<Named>, String> {
    let mut all = Vec::new();
    let Some(search) = Search::new(table, sample)? else {
        return Ok(all);
    };
    for columns in search.candidates() {
        if all.len() >= most {
            break;
        }
        let key = Key {
            columns: columns.clone(),
            filter: None,
            ignored: Vec::new(),
        };
        let found = scan::duplicates(session, table, &key, None, 0).await?;
        let struck = found.days.values().filter(|day| day.affected > 0).count();
        if found.rows * 100 <= sample.table_rows() * DUPLICATES
            || struck * 100 <= found.days.len() * DUPLICATE_DAYS
        {
            all.push(Named {
                columns,
                duplicates: found.rows,
                rows: sample.table_rows(),
            });
        }
    }
    Ok(all)
}

/// Columns that may be part of a key, with a hash of each row's value.
struct Search {
    /// The date column comes first.
    columns: Vec<(String, Vec<u64>)>,
    dated: bool,
    /// Of `columns`, those in which hardly any value comes twice in the whole table: what names a
    /// row by itself, such as a hash of it, says nothing of what it is about.
    unique: Vec<usize>,
    /// Of `columns`, the times: something is named by one only where nothing else does.
    times: Vec<usize>,
    /// The rows that are looked at: those of days that were kept whole.
    days: Vec<Range<usize>>,
}

impl Search {
    fn new(table: &Table, sample: &Sample) -> Result<Option<Self>, String> {
        let days = sample.fullest_days();
        if days.iter().map(ExactSizeIterator::len).sum::<usize>() < ROWS {
            return Ok(None);
        }
        let date = table.date().map(|d| d.name.clone());
        let mut search = Self {
            columns: Vec::new(),
            dated: false,
            unique: Vec::new(),
            times: Vec::new(),
            days,
        };
        let is_time = |column: &&Column| {
            use BqType::{Datetime, DatetimeOrTimestamp, Timestamp};
            matches!(column.bq_type, Datetime | DatetimeOrTimestamp | Timestamp)
        };
        let others = table.columns().iter().filter(|column| {
            use BqType::{Date, Int64, String};
            matches!(column.bq_type, String | Int64 | Date) && Some(&column.name) != date.as_ref()
        });
        let times = table.columns().iter().filter(is_time);
        let considered = others.take(CONSIDERED).chain(times.take(TIMES));
        for name in date.iter().chain(considered.map(|column| &column.name)) {
            let Some(array) = sample.column(name) else {
                continue;
            };
            if array.null_count() * 100 > array.len() {
                continue;
            }
            let hashes = row_hashes(std::slice::from_ref(array)).map_err(|e| e.to_string())?;
            if Some(name) == date.as_ref() {
                search.dated = true;
            } else {
                let values: BTreeSet<u64> = hashes.iter().copied().collect();
                if table.column(name).as_ref().is_some_and(is_time) {
                    search.times.push(search.columns.len());
                } else if values.len() * 100 >= hashes.len() * 99 {
                    search.unique.push(search.columns.len());
                }
            }
            search.columns.push((name.clone(), hashes));
        }
        Ok(Some(search))
    }

    /// Sets of columns that name nearly all rows, the likeliest first: columns that come again under
    /// other dates before those that name a row alone, fewer before more.
    fn candidates(&self) -> Vec<Vec<String>> {
        let all: Vec<usize> = (0..self.columns.len()).collect();
        let again: Vec<usize> = all
            .iter()
            .copied()
            .filter(|at| !self.unique.contains(at) && !self.times.contains(at))
            .collect();
        let mut found: Vec<Vec<usize>> = Vec::new();
        let start: Vec<usize> = Vec::from_iter(self.dated.then_some(0));
        for size in 1..=2 {
            self.sets(&start, &again, size, &mut found);
            if !found.is_empty() {
                break;
            }
        }
        found.extend(self.unique.iter().map(|at| vec![*at]));
        found.truncate(TRIED);
        let with_times: Vec<usize> = again.iter().chain(&self.times).copied().collect();
        let grown = self.grown(&start, &again);
        found.extend(grown.or_else(|| self.grown(&start, &with_times)));
        let name = |at: &usize| self.columns.get(*at).map(|(name, _)| name.clone());
        found
            .iter()
            .map(|set| set.iter().filter_map(name).collect())
            .collect()
    }

    /// Every set of `size` columns more that names the rows.
    fn sets(&self, start: &[usize], among: &[usize], size: usize, found: &mut Vec<Vec<usize>>) {
        for (i, at) in among.iter().enumerate() {
            if start.contains(at) {
                continue;
            }
            let set: Vec<usize> = start.iter().copied().chain([*at]).collect();
            if size > 1 {
                let after = among.get(i + 1..).unwrap_or_default();
                self.sets(&set, after, size - 1, found);
            } else if self.names(&set) {
                found.push(set);
            }
        }
    }

    /// A larger set: the column that tells most rows apart, again and again, and then without those
    /// that turn out to be needless.
    fn grown(&self, start: &[usize], among: &[usize]) -> Option<Vec<usize>> {
        let mut set = start.to_vec();
        while !self.names(&set) {
            if set.len() >= COLUMNS {
                return None;
            }
            let next = among
                .iter()
                .filter(|at| !set.contains(at))
                .max_by_key(|at| {
                    let with: Vec<usize> = set.iter().copied().chain([**at]).collect();
                    (
                        self.distinct(&with).iter().sum::<usize>(),
                        usize::MAX - **at,
                    )
                })?;
            set.push(*next);
        }
        // All that is looked at here is one day, so the date is never needless.
        for at in set.clone().into_iter().filter(|at| !start.contains(at)) {
            let without: Vec<usize> = set.iter().copied().filter(|a| *a != at).collect();
            if !without.is_empty() && self.names(&without) {
                set = without;
            }
        }
        Some(set)
    }

    fn names(&self, set: &[usize]) -> bool {
        let values = self.distinct(set);
        let named = self.days.iter().zip(values);
        let named = named.filter(|(day, values)| values * 100 >= day.len() * NAMED);
        named.count() * 100 >= self.days.len() * NAMED_DAYS
    }

    /// How many values `set` has on each day.
    fn distinct(&self, set: &[usize]) -> Vec<usize> {
        let columns: Vec<&Vec<u64>> = set
            .iter()
            .filter_map(|at| self.columns.get(*at).map(|(_, hashes)| hashes))
            .collect();
        let value = |row: usize| -> Vec<u64> {
            columns.iter().filter_map(|c| c.get(row).copied()).collect()
        };
        let days = self.days.iter();
        days.map(|day| day.clone().map(value).collect::<BTreeSet<_>>().len())
            .collect()
    }
}
