//! Duplicate keys: one pass over the key columns, and the rows of duplicates read whole.
//!
//! The pass keeps a 128-bit hash and a place per row (24 bytes). Rows whose hashes are equal are then
//! read with all their columns and compared by their keys themselves, so a collision of hashes costs
//! a read and never a wrong answer.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray, RecordBatch};
use arrow::datatypes::{Date32Type, Float64Type, Int64Type};
use arrow::row::{RowConverter, SortField};
use datafusion::error::Result as EngineResult;
use datafusion::execution::memory_pool::{MemoryConsumer, MemoryReservation};
use twox_hash::XxHash3_128;

use super::fold::{column_at, is_true};
use super::metric::{Measure, Metric};
use super::program::Program;
use super::proof::Window;
use super::shown::{Shown, ShownRow};
use super::stream::{Consumer, run_sql};
use crate::lake::{Table, days};
use crate::session::{Part, Session};
use crate::value::text::push_object;

/// Which rows must differ in which columns.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Key {
    pub columns: Vec<String>,
    /// A BigQuery SQL condition; rows for which it is not true are left out.
    pub filter: Option<String>,
    /// Columns in which duplicates may differ and still count as identical.
    pub ignored: Vec<String>,
}

/// What a pass over a key came to.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Duplicates {
    /// Keys that more than one row has.
    pub keys: u64,
    /// Rows with such a key.
    pub rows: u64,
    /// Of the keys, those whose rows are equal in all other columns, and those whose are not.
    pub identical: u64,
    pub conflicting: u64,
    /// The columns in which the rows of some key differ.
    pub differing: BTreeSet<String>,
    pub days: BTreeMap<Option<i32>, KeyRows>,
    /// The rows of the first duplicate keys.
    pub shown: Vec<ShownRow>,
}

/// The rows of a day.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct KeyRows {
    pub tested: u64,
    /// Those with a duplicate key.
    pub affected: u64,
}

/// Finds the duplicates of `key` among the rows of the window. NULL equals NULL.
pub async fn duplicates(
    session: &Session,
    table: &Arc<Table>,
    key: &Key,
    window: Window,
    most: usize,
) -> Result<Duplicates, String> {
    let files = files_in(table, window);
    let window = window.map(|(from, to)| (days(from), days(to)));
    let keys = Arc::new(KeyQuery::new(table, key, false, window)?);
    let sql = keys
        .program
        .sql(table, &session.part(Part::Files(files.clone())));
    let collected = run_sql(session, &sql, || Collector::new(session, &keys)).await;
    let collectors = match collected {
        Ok(collectors) => collectors,
        Err(why) => return Err(in_file(session, table, &keys, &files, why).await),
    };
    let mut entries: Vec<Entry> = Vec::new();
    let mut found = Duplicates::default();
    for mut collector in collectors {
        entries.append(&mut collector.entries);
        for (day, rows) in collector.tested {
            found.days.entry(day).or_default().tested += rows;
        }
    }
    entries.sort_unstable();
    let mut places: BTreeMap<usize, BTreeSet<u64>> = BTreeMap::new();
    for group in entries.chunk_by(|a, b| a.hash == b.hash) {
        if group.len() > 1 {
            for entry in group {
                let rows = places.entry(entry.file as usize).or_default();
                rows.insert(entry.row);
            }
        }
    }
    drop(entries);
    if places.is_empty() {
        return Ok(found);
    }
    let part = Part::RowGroups(
        places
            .iter()
            .map(|(file, rows)| {
                let groups: BTreeSet<usize> = rows
                    .iter()
                    .map(|row| keys.program.row_group(*file as u32, *row as i64) as usize)
                    .collect();
                (*file, groups.into_iter().collect())
            })
            .collect(),
    );
    let whole = Arc::new(KeyQuery::new(table, key, true, window)?);
    let sql = whole.program.sql(table, &session.part(part));
    let places = Arc::new(places);
    let gatherers = run_sql(session, &sql, || Gatherer {
        query: Arc::clone(&whole),
        places: Arc::clone(&places),
        groups: BTreeMap::new(),
        first: BTreeSet::new(),
        most,
    })
    .await?;
    let mut groups: BTreeMap<Box<[u8]>, Vec<Candidate>> = BTreeMap::new();
    for gatherer in gatherers {
        for (key, mut rows) in gatherer.groups {
            groups.entry(key).or_default().append(&mut rows);
        }
    }
    groups.retain(|_, rows| rows.len() > 1);
    judge(groups, &whole, most, &mut found);
    Ok(found)
}

fn files_in(table: &Table, window: Window) -> Vec<usize> {
    let files = table.files().iter().enumerate();
    files
        .filter(
            |(_, (file, footer))| match (window, table.file_dates(file, footer)) {
                (Some((from, to)), Some((first, last))) => last >= from && first <= to,
                _ => true,
            },
        )
        .map(|(index, _)| index)
        .collect()
}

/// What went wrong, with the first file in which it goes wrong.
async fn in_file(
    session: &Session,
    table: &Arc<Table>,
    keys: &Arc<KeyQuery>,
    files: &[usize],
    why: String,
) -> String {
    for index in files {
        let part = session.part(Part::Files(vec![*index]));
        let sql = keys.program.sql(table, &part);
        let tried = run_sql(session, &sql, || Collector::new(session, keys)).await;
        if let (Err(why), Some((file, _))) = (tried, table.files().get(*index)) {
            return format!("{}: {why}", file.path());
        }
    }
    why
}

fn judge(
    groups: BTreeMap<Box<[u8]>, Vec<Candidate>>,
    query: &KeyQuery,
    most: usize,
    found: &mut Duplicates,
) {
    let mut shown = Shown::new(most);
    for rows in groups.into_values() {
        found.keys += 1;
        found.rows += rows.len() as u64;
        let mut conflicting = false;
        if let Some((first, others)) = rows.split_first() {
            for other in others {
                for (i, (a, b)) in first.others.iter().zip(&other.others).enumerate() {
                    if a != b {
                        conflicting = true;
                        found
                            .differing
                            .extend(query.others.get(i).map(|(name, _)| name.clone()));
                    }
                }
            }
        }
        if conflicting {
            found.conflicting += 1;
        } else {
            found.identical += 1;
        }
        let reason = if conflicting {
            "conflicting duplicate"
        } else {
            "identical duplicate"
        };
        for mut row in rows {
            found.days.entry(row.shown.day).or_default().affected += 1;
            row.shown.reason = reason.to_owned();
            shown.add(row.shown);
        }
    }
    found.shown = shown.into_rows();
}

/// The query for keys, alone or with all other columns.
struct KeyQuery {
    program: Program,
    filter: Option<usize>,
    key: Vec<(String, usize)>,
    /// The columns that tell identical from conflicting duplicates.
    others: Vec<(String, usize)>,
    window: Option<(i32, i32)>,
}

impl KeyQuery {
    fn new(
        table: &Table,
        key: &Key,
        whole: bool,
        window: Option<(i32, i32)>,
    ) -> Result<Self, String> {
        let rows = Metric {
            measure: Measure::Rows,
            filter: key.filter.clone(),
            per: None,
        };
        let mut program = Program::new(table, &[rows]).map_err(|e| e.one_line())?;
        let filter = program.steps().first().and_then(|s| s.filter);
        let mut columns = Vec::new();
        for name in &key.columns {
            let column = table.require(name).map_err(|e| e.one_line())?;
            columns.push((column.name.clone(), program.column(&column.name)));
        }
        let mut others = Vec::new();
        if whole {
            for column in table.columns() {
                let is =
                    |names: &[String]| names.iter().any(|n| n.eq_ignore_ascii_case(&column.name));
                if column.unreadable.is_none() && !is(&key.columns) && !is(&key.ignored) {
                    others.push((column.name.clone(), program.column(&column.name)));
                }
            }
        }
        Ok(Self {
            program,
            filter,
            key: columns,
            others,
            window,
        })
    }

    /// The rows of a batch that count, each with its day.
    fn rows(&self, batch: &RecordBatch) -> EngineResult<Vec<(usize, Option<i32>)>> {
        let filter = self.filter.map(|f| column_at(batch, f)).transpose()?;
        let filter = filter.map(|f| f.as_boolean());
        let days = self
            .program
            .date()
            .map(|d| column_at(batch, d))
            .transpose()?;
        let days = days.map(|d| d.as_primitive::<Date32Type>());
        let day = |row: usize| days.and_then(|d| (!d.is_null(row)).then(|| d.value(row)));
        Ok((0..batch.num_rows())
            .filter(|row| filter.is_none_or(|f| is_true(f, *row)))
            .map(|row| (row, day(row)))
            .filter(|(_, day)| match (self.window, day) {
                (None, _) => true,
                (Some((from, to)), Some(day)) => *day >= from && *day <= to,
                (Some(_), None) => false,
            })
            .collect())
    }

    fn arrays(columns: &[(String, usize)], batch: &RecordBatch) -> EngineResult<Vec<ArrayRef>> {
        columns
            .iter()
            .map(|(_, index)| column_at(batch, *index).cloned())
            .collect()
    }
}

/// Bytes that are equal where BigQuery groups values together: -0 is 0, and NaN is one value.
pub(super) fn encoded(arrays: &[ArrayRef]) -> EngineResult<arrow::row::Rows> {
    let arrays: Vec<ArrayRef> = arrays
        .iter()
        .map(|array| match array.as_primitive_opt::<Float64Type>() {
            Some(floats) => {
                let normal = |x: f64| if x.is_nan() { f64::NAN } else { x + 0.0 };
                Arc::new(floats.unary::<_, Float64Type>(normal))
            }
            None => Arc::clone(array),
        })
        .collect();
    let fields = arrays
        .iter()
        .map(|a| SortField::new(a.data_type().clone()))
        .collect();
    Ok(RowConverter::new(fields)?.convert_columns(&arrays)?)
}

/// A row as the key pass keeps it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Entry {
    hash: [u64; 2],
    file: u32,
    row: u64,
}

/// Collects the hashes of one partition's keys.
struct Collector {
    query: Arc<KeyQuery>,
    entries: Vec<Entry>,
    tested: BTreeMap<Option<i32>, u64>,
    reserved: MemoryReservation,
}

impl Collector {
    fn new(session: &Session, query: &Arc<KeyQuery>) -> Self {
        let pool = &session.state().runtime_env().memory_pool;
        Self {
            query: Arc::clone(query),
            entries: Vec::new(),
            tested: BTreeMap::new(),
            reserved: MemoryConsumer::new("keys").register(pool),
        }
    }
}

impl Consumer for Collector {
    fn batch(&mut self, batch: &RecordBatch) -> EngineResult<bool> {
        if batch.num_rows() == 0 {
            return Ok(true);
        }
        let file = column_at(batch, 0)?.as_primitive::<Int64Type>();
        let position = column_at(batch, 1)?.as_primitive::<Int64Type>();
        let keys = encoded(&KeyQuery::arrays(&self.query.key, batch)?)?;
        let rows = self.query.rows(batch)?;
        self.reserved.try_grow(rows.len() * size_of::<Entry>())?;
        for (row, day) in rows {
            *self.tested.entry(day).or_default() += 1;
            let hash = XxHash3_128::oneshot(keys.row(row).data());
            self.entries.push(Entry {
                hash: [(hash >> 64) as u64, hash as u64],
                file: file.value(row) as u32,
                row: position.value(row) as u64,
            });
        }
        Ok(true)
    }
}

/// A row whose key's hash is not unique.
#[derive(Debug)]
struct Candidate {
    /// A hash of each other column's value.
    others: Vec<u128>,
    shown: ShownRow,
}

/// Gathers those rows of one partition, by key.
struct Gatherer {
    query: Arc<KeyQuery>,
    places: Arc<BTreeMap<usize, BTreeSet<u64>>>,
    groups: BTreeMap<Box<[u8]>, Vec<Candidate>>,
    /// The first keys by day: only their rows can be shown, so only theirs are kept as text.
    first: BTreeSet<(Option<i32>, String)>,
    most: usize,
}

impl Gatherer {
    fn may_be_shown(&mut self, day: Option<i32>, key: &str) -> bool {
        let this = (day, key.to_owned());
        if self.first.len() >= self.most && self.first.last().is_none_or(|last| *last < this) {
            return false;
        }
        self.first.insert(this);
        if self.first.len() > self.most {
            self.first.pop_last();
        }
        true
    }
}

impl Consumer for Gatherer {
    fn batch(&mut self, batch: &RecordBatch) -> EngineResult<bool> {
        if batch.num_rows() == 0 {
            return Ok(true);
        }
        let query = Arc::clone(&self.query);
        let files = column_at(batch, 0)?.as_primitive::<Int64Type>();
        let positions = column_at(batch, 1)?.as_primitive::<Int64Type>();
        let keys = encoded(&KeyQuery::arrays(&query.key, batch)?)?;
        let others = KeyQuery::arrays(&query.others, batch)?;
        let values = others
            .iter()
            .map(|array| encoded(std::slice::from_ref(array)))
            .collect::<EngineResult<Vec<_>>>()?;
        for (row, day) in query.rows(batch)? {
            let (file, position) = (files.value(row) as usize, positions.value(row) as u64);
            if !self
                .places
                .get(&file)
                .is_some_and(|rows| rows.contains(&position))
            {
                continue;
            }
            let group = query
                .program
                .row_group(files.value(row) as u32, positions.value(row));
            let object = |columns: &[(String, usize)]| -> EngineResult<String> {
                let mut out = String::new();
                let arrays = KeyQuery::arrays(columns, batch)?;
                let named = columns.iter().zip(&arrays);
                push_object(
                    &mut out,
                    named.map(|((n, _), a)| (n.as_str(), a.as_ref() as &dyn Array)),
                    row,
                );
                Ok(out)
            };
            let key = object(&query.key)?;
            let row_json = if self.may_be_shown(day, &key) {
                object(&query.others)?
            } else {
                String::new()
            };
            let candidate = Candidate {
                others: values
                    .iter()
                    .map(|v| XxHash3_128::oneshot(v.row(row).data()))
                    .collect(),
                shown: ShownRow {
                    day,
                    key,
                    row: row_json,
                    reason: String::new(),
                    source: Some((file, group, position)),
                },
            };
            let encoded_key: Box<[u8]> = keys.row(row).data().into();
            self.groups.entry(encoded_key).or_default().push(candidate);
        }
        Ok(true)
    }
}
