//! A sample of a table's rows by day, the same for any order of files, threads and batches.
//!
//! Of each day the rows with the smallest hashes of their own values are kept (bottom-k sampling:
//! Cohen and Kaplan, "Summarizing data using bottom-k sketches", PODC 2007), so which rows are kept
//! depends on nothing but the rows. The values of STRING columns that have few are counted in the
//! same pass, over all rows. A few days, likewise chosen by a hash, are kept whole, for what only rows
//! that stand together show.

use std::collections::{BTreeMap, BTreeSet, BinaryHeap};
use std::ops::Range;
use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray, RecordBatch, StringViewArray, UInt32Array};
use arrow::compute::{interleave, take_record_batch};
use arrow::datatypes::{Date32Type, Int64Type};
use datafusion::error::Result as EngineResult;
use datafusion::execution::memory_pool::{MemoryConsumer, MemoryReservation};
use hashbrown::HashMap;
use twox_hash::XxHash3_64;

use super::fold::column_at;
use super::keys::encoded;
use super::metric::{Measure, Metric};
use super::program::Program;
use super::stream::{Consumer, run_sql};
use crate::lake::{Column, Table};
use crate::schema::BqType;
use crate::session::{Part, Session};

/// How many rows a sample aims at.
const ROWS: usize = 6_000;
/// The fewest rows of a day it keeps, where the day has them.
const LEAST: usize = 8;
/// How many days are kept whole, and up to how many rows of each.
const WHOLE_DAYS: usize = 8;
const WHOLE: usize = 2_000;
/// Up to how many values of a STRING column are counted.
const VALUES: usize = 48;

/// Rows of a table.
#[derive(Debug)]
pub struct Sampled {
    /// How many rows the table has in the window.
    pub rows: u64,
    /// In order of days, rows without a date first.
    pub days: Vec<SampledDay>,
    /// The rows that were kept, day by day.
    pub batch: RecordBatch,
    /// Every value of the STRING columns that have few.
    pub values: BTreeMap<String, BTreeMap<String, Seen>>,
}

/// A day and its rows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SampledDay {
    pub day: Option<i32>,
    /// How many the table has.
    pub rows: u64,
    /// Which rows of the batch are this day's.
    pub kept: Range<usize>,
}

/// Where a value was seen.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Seen {
    pub rows: u64,
    pub days: BTreeSet<Option<i32>>,
}

/// Samples a table in one pass. The sample has the columns that [`is_sampled`] tells of.
pub async fn sampled(session: &Session, table: &Arc<Table>) -> Result<Sampled, String> {
    sampled_of(session, table, (0..table.files().len()).collect()).await
}

/// [`sampled`] of the files of these indices alone; which rows are kept depends on no other.
pub async fn sampled_of(
    session: &Session,
    table: &Arc<Table>,
    files: Vec<usize>,
) -> Result<Sampled, String> {
    let query = Arc::new(Query::new(table)?);
    let sql = query.program.sql(table, &session.part(Part::Files(files)));
    let collectors = run_sql(session, &sql, || Collector::new(session, &query)).await?;
    merged(collectors, &query).map_err(|e| e.to_string())
}

/// Whether a sample has a column: single values that can be compared, and arrays of numbers.
pub fn is_sampled(column: &Column) -> bool {
    use BqType::{
        Array, Bool, Date, Datetime, DatetimeOrTimestamp, Float64, Int64, Json, Numeric, String,
        Timestamp,
    };
    column.unreadable.is_none()
        && match &column.bq_type {
            Int64 | Float64 | Numeric(..) | Bool | String | Json | Date | Datetime | Timestamp
            | DatetimeOrTimestamp => true,
            Array(of) => of.is_number(),
            _ => false,
        }
}

struct Query {
    program: Program,
    /// Name and place in the query's batches.
    columns: Vec<(String, usize)>,
    /// Of `columns`, those whose values make the hash of a row.
    hashed: Vec<usize>,
    /// Of `columns`, those whose values are counted.
    counted: Vec<usize>,
}

impl Query {
    fn new(table: &Table) -> Result<Self, String> {
        let rows = Metric {
            measure: Measure::Rows,
            filter: None,
            per: None,
        };
        let mut program = Program::new(table, &[rows]).map_err(|e| e.one_line())?;
        let (mut columns, mut hashed, mut counted) = (Vec::new(), Vec::new(), Vec::new());
        for column in table.columns().iter().filter(|c| is_sampled(c)) {
            if !matches!(column.bq_type, BqType::Array(_)) {
                hashed.push(columns.len());
            }
            if column.bq_type == BqType::String {
                counted.push(columns.len());
            }
            columns.push((column.name.clone(), program.column(&column.name)));
        }
        Ok(Self {
            program,
            columns,
            hashed,
            counted,
        })
    }
}

/// The days seen, and how many rows of each are kept.
#[derive(Debug, Default)]
struct Days {
    days: BTreeMap<Option<i32>, Day>,
    /// Those kept whole, by the hash that chose them. Rows of a day can be in several partitions; a
    /// day that is chosen among all is chosen in each.
    whole: BTreeSet<(u64, Option<i32>)>,
}

impl Days {
    /// The day, and how many of its rows are kept.
    fn of(&mut self, day: Option<i32>) -> (&mut Day, usize) {
        if !self.days.contains_key(&day) {
            let hash = XxHash3_64::oneshot(&day.unwrap_or(i32::MIN).to_le_bytes());
            self.whole.insert((hash, day));
            if self.whole.len() > WHOLE_DAYS {
                self.whole.pop_last();
            }
            self.days.insert(day, Day::default());
        }
        let most = self.most(day);
        (self.days.entry(day).or_default(), most)
    }

    fn most(&self, day: Option<i32>) -> usize {
        let whole = self.whole.iter().any(|(_, chosen)| *chosen == day);
        let share = (ROWS / self.days.len().max(1)).max(LEAST);
        if whole { share.max(WHOLE) } else { share }
    }

    /// Lets go of rows that were kept while fewer days were known.
    fn shrink(&mut self) {
        let most: Vec<usize> = self.days.keys().map(|day| self.most(*day)).collect();
        for (day, most) in self.days.values_mut().zip(most) {
            while day.kept.len() > most {
                day.kept.pop();
            }
        }
    }
}

/// A row that is kept: its hash, where the table has it, and where the collector has it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Row {
    hash: u64,
    file: i64,
    row: i64,
    at: (usize, usize),
}

#[derive(Debug, Default)]
struct Day {
    rows: u64,
    /// The greatest hash on top.
    kept: BinaryHeap<Row>,
}

/// A hash of the values of each row; none without columns.
pub fn row_hashes(columns: &[ArrayRef]) -> EngineResult<Vec<u64>> {
    if columns.is_empty() {
        return Ok(Vec::new());
    }
    let rows = encoded(columns)?;
    let hashes = rows.iter().map(|row| XxHash3_64::oneshot(row.data()));
    Ok(hashes.collect())
}

/// What one partition keeps.
struct Collector {
    query: Arc<Query>,
    days: Days,
    batches: Vec<RecordBatch>,
    /// By counted column; `None` once it has too many values.
    values: Vec<Option<HashMap<String, Seen>>>,
    reserved: MemoryReservation,
}

impl Collector {
    fn new(session: &Session, query: &Arc<Query>) -> Self {
        let pool = &session.state().runtime_env().memory_pool;
        Self {
            query: Arc::clone(query),
            days: Days::default(),
            batches: Vec::new(),
            values: vec![Some(HashMap::new()); query.counted.len()],
            reserved: MemoryConsumer::new("sample").register(pool),
        }
    }

    /// The rows of a batch, each with its day.
    fn rows(&self, batch: &RecordBatch) -> EngineResult<Vec<(usize, Option<i32>)>> {
        let date = self.query.program.date();
        let days = date.map(|d| column_at(batch, d)).transpose()?;
        let days = days.map(|d| d.as_primitive::<Date32Type>());
        let day = |row: usize| days.and_then(|d| (!d.is_null(row)).then(|| d.value(row)));
        Ok((0..batch.num_rows()).map(|row| (row, day(row))).collect())
    }

    fn count(&mut self, batch: &RecordBatch, rows: &[(usize, Option<i32>)]) -> EngineResult<()> {
        for (slot, column) in self.values.iter_mut().zip(&self.query.counted) {
            let Some(values) = slot else { continue };
            let Some((_, at)) = self.query.columns.get(*column) else {
                continue;
            };
            let array = column_at(batch, *at)?.as_string_view();
            for (row, day) in rows.iter().filter(|(row, _)| !array.is_null(*row)) {
                let seen = values.entry_ref(array.value(*row)).or_default();
                seen.rows += 1;
                // Rows of a day mostly stand together.
                if seen.days.last() != Some(day) {
                    seen.days.insert(*day);
                }
                if values.len() > VALUES {
                    *slot = None;
                    break;
                }
            }
        }
        Ok(())
    }

    /// Forgets the rows that were kept for a while, so that memory is that of the sample.
    fn compact(&mut self) -> EngineResult<()> {
        let live: usize = self.days.days.values().map(|day| day.kept.len()).sum();
        let held: usize = self.batches.iter().map(RecordBatch::num_rows).sum();
        if held > 2 * live + 1_000 {
            self.days.shrink();
            let mut places = Vec::with_capacity(live);
            for day in self.days.days.values_mut() {
                let mut rows = std::mem::take(&mut day.kept).into_vec();
                for row in &mut rows {
                    places.push(row.at);
                    row.at = (0, places.len() - 1);
                }
                day.kept = rows.into();
            }
            self.batches = vec![picked(&self.batches, &places)?];
        }
        let bytes = self.batches.iter().map(RecordBatch::get_array_memory_size);
        self.reserved.try_resize(bytes.sum())?;
        Ok(())
    }
}

impl Consumer for Collector {
    fn batch(&mut self, batch: &RecordBatch) -> EngineResult<bool> {
        let rows = self.rows(batch)?;
        if rows.is_empty() {
            return Ok(true);
        }
        self.count(batch, &rows)?;
        let file = column_at(batch, 0)?.as_primitive::<Int64Type>();
        let position = column_at(batch, 1)?.as_primitive::<Int64Type>();
        let query = Arc::clone(&self.query);
        let columns = query
            .columns
            .iter()
            .map(|(_, at)| column_at(batch, *at).cloned())
            .collect::<EngineResult<Vec<ArrayRef>>>()?;
        let hashed: Vec<ArrayRef> = query
            .hashed
            .iter()
            .filter_map(|at| columns.get(*at).cloned())
            .collect();
        let hashes = row_hashes(&hashed)?;
        let mut chosen: Vec<u32> = Vec::new();
        for (row, day) in rows {
            let hash = hashes.get(row).copied().unwrap_or_default();
            let (kept, most) = self.days.of(day);
            kept.rows += 1;
            let this = Row {
                hash,
                file: file.value(row),
                row: position.value(row),
                at: (self.batches.len(), chosen.len()),
            };
            if kept.kept.len() >= most {
                if kept.kept.peek().is_some_and(|top| *top <= this) {
                    continue;
                }
                kept.kept.pop();
            }
            kept.kept.push(this);
            chosen.push(u32::try_from(row).unwrap_or_default());
        }
        if !chosen.is_empty() {
            let named = query.columns.iter().map(|(name, _)| name.as_str());
            let all = RecordBatch::try_from_iter_with_nullable(
                named.zip(columns).map(|(name, array)| (name, array, true)),
            )?;
            let taken = take_record_batch(&all, &UInt32Array::from(chosen))?;
            self.batches.push(compacted(taken)?);
        }
        self.compact()?;
        Ok(true)
    }
}

/// The rows all partitions kept, as if one had read them all.
fn merged(collectors: Vec<Collector>, query: &Query) -> EngineResult<Sampled> {
    let mut days = Days::default();
    let mut batches = Vec::new();
    let mut values = vec![Some(HashMap::<String, Seen>::new()); query.counted.len()];
    let mut reserved = Vec::new();
    for collector in collectors {
        let first = batches.len();
        for (day, theirs) in collector.days.days {
            let (ours, _) = days.of(day);
            ours.rows += theirs.rows;
            ours.kept.extend(theirs.kept.into_iter().map(|row| Row {
                at: (row.at.0 + first, row.at.1),
                ..row
            }));
        }
        batches.extend(collector.batches);
        for (ours, theirs) in values.iter_mut().zip(collector.values) {
            merge_values(ours, theirs);
        }
        reserved.push(collector.reserved);
    }
    days.shrink();
    let mut sampled = Sampled {
        rows: 0,
        days: Vec::with_capacity(days.days.len()),
        batch: RecordBatch::new_empty(Arc::new(arrow::datatypes::Schema::empty())),
        values: BTreeMap::new(),
    };
    let mut places = Vec::new();
    for (day, Day { rows, kept }) in days.days {
        let start = places.len();
        places.extend(kept.into_sorted_vec().into_iter().map(|row| row.at));
        sampled.rows += rows;
        sampled.days.push(SampledDay {
            day,
            rows,
            kept: start..places.len(),
        });
    }
    if !batches.is_empty() {
        sampled.batch = picked(&batches, &places)?;
    }
    for (column, values) in query.counted.iter().zip(values) {
        if let (Some((name, _)), Some(values)) = (query.columns.get(*column), values) {
            let values = values.into_iter().collect();
            sampled.values.insert(name.clone(), values);
        }
    }
    Ok(sampled)
}

fn merge_values(ours: &mut Option<HashMap<String, Seen>>, theirs: Option<HashMap<String, Seen>>) {
    let (Some(values), Some(theirs)) = (ours.as_mut(), theirs) else {
        *ours = None;
        return;
    };
    for (value, seen) in theirs {
        let all = values.entry(value).or_default();
        all.rows += seen.rows;
        all.days.extend(seen.days);
    }
    if values.len() > VALUES {
        *ours = None;
    }
}

/// The rows at `places`, each a batch and a row of it.
pub(super) fn picked(
    batches: &[RecordBatch],
    places: &[(usize, usize)],
) -> EngineResult<RecordBatch> {
    let Some(first) = batches.first() else {
        return Ok(RecordBatch::new_empty(Arc::new(
            arrow::datatypes::Schema::empty(),
        )));
    };
    let columns = (0..first.num_columns())
        .map(|at| {
            let arrays = batches
                .iter()
                .map(|batch| column_at(batch, at).map(AsRef::as_ref))
                .collect::<EngineResult<Vec<&dyn Array>>>()?;
            Ok(interleave(&arrays, places)?)
        })
        .collect::<EngineResult<Vec<_>>>()?;
    compacted(RecordBatch::try_new(first.schema(), columns)?)
}

/// The batch with text of its own, so that it does not hold on to the batch it was taken from.
pub(super) fn compacted(batch: RecordBatch) -> EngineResult<RecordBatch> {
    let columns = batch
        .columns()
        .iter()
        .map(
            |column| match column.as_any().downcast_ref::<StringViewArray>() {
                Some(text) => Arc::new(text.gc()) as ArrayRef,
                None => Arc::clone(column),
            },
        )
        .collect();
    Ok(RecordBatch::try_new(batch.schema(), columns)?)
}
