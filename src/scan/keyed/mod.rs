//! Rows by their keys, for comparing two tables: fingerprints of all of them, and some of them read again.

mod by_key;
mod by_value;
mod fingerprint;
mod gather;
mod reading;

use std::collections::BTreeSet;
use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray, BooleanArray, RecordBatch, StringViewArray};
use arrow::compute::filter_record_batch;
use arrow::datatypes::{DataType, Date32Type};
use datafusion::error::{DataFusionError, Result as EngineResult};

use super::fold::column_at;
use super::program::alias;
use crate::lake::{Table, date_of};
use crate::session::{FILE, Part, ROW, Session};
use crate::value::hash::Zeros;
use crate::value::json::meaning;
use crate::value::lanes::{EMPTY, Lanes, each, mixed};

pub use by_key::{KeysCompared, Repeated, RowsByKey, compare_keys};
pub use by_value::{MOST_COUNTED, RowsByValue, rows_by_value};
pub use fingerprint::{Fingerprint, Fingerprints, Kept, fingerprints};
pub use gather::{Gathered, WantedRows, gather};

/// What is read of a table whose rows are found by key. All texts are BigQuery SQL over the table.
#[derive(Debug, Clone)]
pub struct Keyed {
    pub table: Arc<Table>,
    pub key: Vec<String>,
    /// Which of the key's columns hold JSON documents, equal by what they say.
    pub documents: BTreeSet<usize>,
    /// Which of the key's columns name what the rows are about, as opposed to when: all, if none holds a time.
    pub entity: Vec<usize>,
    /// What is compared.
    pub columns: Vec<String>,
    /// Whether -0 is another value than 0 in a key, and in what is compared.
    pub key_zeros: Zeros,
    pub zeros: Zeros,
    /// What is kept of rows that are kept, besides.
    pub beside: Vec<String>,
    /// What rows that are read again are counted by, as texts.
    pub by: Vec<String>,
    /// An expression of type DATE.
    pub day: Option<String>,
    /// Rows for which it is not true are left out.
    pub filter: Option<String>,
    /// Rows are told apart by so many bits of their key's hash, besides their day.
    pub bits: u32,
}

/// A row's day, and the first bits of its key's hash.
pub type Bucket = (Option<i32>, u32);

/// Where the columns of a query's batch stand: [`FILE`] and [`ROW`], the day, the key, what is compared, what is kept
/// besides.
#[derive(Debug, Clone, Copy)]
struct Layout {
    day: bool,
    key: usize,
    columns: usize,
}

impl Layout {
    fn key(self) -> std::ops::Range<usize> {
        let start = 2 + usize::from(self.day);
        start..start + self.key
    }

    fn columns(self) -> std::ops::Range<usize> {
        let start = self.key().end;
        start..start + self.columns
    }
}

impl Keyed {
    /// The query for the key and `columns` of the rows of a part of the table.
    fn sql(&self, session: &Session, part: Part, columns: &[&String]) -> String {
        let mut select = vec![FILE.to_owned(), ROW.to_owned()];
        let all = self
            .day
            .iter()
            .chain(&self.key)
            .chain(columns.iter().copied());
        for expression in all {
            select.push(format!("{expression} AS c{}", select.len()));
        }
        let name = self.table.name();
        let part = session.part(part);
        let mut sql = format!(
            "SELECT {} FROM `{}{part}.{}`",
            select.join(", "),
            name.dataset,
            name.table
        );
        sql.push_str(alias(&self.table));
        if let Some(filter) = &self.filter {
            sql.push_str(&format!(" WHERE (\n{filter}\n)"));
        }
        sql
    }

    fn layout(&self, columns: usize) -> Layout {
        Layout {
            day: self.day.is_some(),
            key: self.key.len(),
            columns,
        }
    }

    fn bucket(&self, day: Option<i32>, [hash, _]: Lanes) -> Bucket {
        (
            day,
            hash.checked_shr(u64::BITS - self.bits).unwrap_or(0) as u32,
        )
    }

    /// The files and row groups that may hold rows of those days; `None` for any day.
    fn part(&self, days: Option<&BTreeSet<Option<i32>>>) -> Part {
        let table = &self.table;
        let whole = || Part::Files((0..table.files().len()).collect());
        let Some(days) = days.filter(|days| self.day.is_some() && !days.contains(&None)) else {
            return whole();
        };
        let may = |dates: Option<(chrono::NaiveDate, chrono::NaiveDate)>| {
            dates.is_none_or(|(first, last)| {
                days.iter()
                    .flatten()
                    .filter_map(|day| date_of(*day))
                    .any(|day| first <= day && day <= last)
            })
        };
        let files = table.files().iter().enumerate();
        let files = files.filter(|(_, (file, footer))| may(table.file_dates(file, footer)));
        Part::RowGroups(
            files
                .map(|(at, (file, footer))| {
                    let groups = 0..footer.metadata().num_row_groups();
                    let groups =
                        groups.filter(|group| may(table.group_dates(file, footer, *group)));
                    (at, groups.collect())
                })
                .collect(),
        )
    }
}

/// The hashes of the keys of rows that were kept.
pub fn key_hashes(keyed: &Keyed, batch: &RecordBatch) -> Result<Vec<Lanes>, String> {
    let hashed = hashed(keyed, keyed.layout(keyed.columns.len()), batch);
    hashed.map(|hashed| hashed.keys).map_err(|e| e.to_string())
}

/// The rows of a batch that are not of an entity whose rows are kept, those with a hash of at most `most`.
pub fn others(keyed: &Keyed, batch: &RecordBatch, most: u64) -> Result<RecordBatch, String> {
    let rest = || {
        let hashed = hashed(keyed, keyed.layout(keyed.columns.len()), batch)?;
        let named = hashed.entities.as_ref().unwrap_or(&hashed.keys);
        let wanted: BooleanArray = named.iter().map(|[_, hash]| Some(*hash > most)).collect();
        EngineResult::Ok(filter_record_batch(batch, &wanted)?)
    };
    rest().map_err(|e: DataFusionError| e.to_string())
}

/// The hashes of each row's key, and of the part of it that names what the row is about.
struct Hashed {
    keys: Vec<Lanes>,
    entities: Option<Vec<Lanes>>,
    /// Rows with a NULL in their key.
    nulls: u64,
}

fn hashed(keyed: &Keyed, layout: Layout, batch: &RecordBatch) -> EngineResult<Hashed> {
    let rows = batch.num_rows();
    let mut keys = vec![EMPTY; rows];
    let mut entities = (keyed.entity.len() < keyed.key.len()).then(|| vec![EMPTY; rows]);
    let mut null = vec![false; 0];
    for (place, at) in layout.key().enumerate() {
        let array = column_at(batch, at)?;
        if array.null_count() > 0 {
            null.resize(rows, false);
            null.iter_mut()
                .enumerate()
                .for_each(|(row, null)| *null |= array.is_null(row));
        }
        let named = entities.as_mut().filter(|_| keyed.entity.contains(&place));
        let said = keyed.documents.contains(&place).then(|| meanings(array));
        let array = said.as_ref().unwrap_or(array);
        fold(array, keyed.key_zeros, &mut keys)?;
        if let Some(entities) = named {
            fold(array, keyed.key_zeros, entities)?;
        }
    }
    let nulls = null.iter().filter(|null| **null).count() as u64;
    Ok(Hashed {
        keys,
        entities,
        nulls,
    })
}

/// What documents say; a text that is none is itself.
fn meanings(array: &ArrayRef) -> ArrayRef {
    fn all<'a>(texts: impl Iterator<Item = Option<&'a str>>) -> ArrayRef {
        let said =
            texts.map(|text| text.map(|text| meaning(text).unwrap_or_else(|| text.to_owned())));
        Arc::new(said.collect::<StringViewArray>())
    }
    match array.data_type() {
        DataType::Utf8View => all(array.as_string_view().iter()),
        DataType::LargeUtf8 => all(array.as_string::<i64>().iter()),
        DataType::Utf8 => all(array.as_string::<i32>().iter()),
        _ => Arc::clone(array),
    }
}

fn fold(array: &ArrayRef, zeros: Zeros, hashes: &mut [Lanes]) -> EngineResult<()> {
    each(array, zeros, |row, word| {
        if let Some(hash) = hashes.get_mut(row) {
            *hash = mixed(*hash, word);
        }
    })?;
    Ok(())
}

/// Calls `take` with each row's day.
fn days(
    layout: Layout,
    batch: &RecordBatch,
    mut take: impl FnMut(usize, Option<i32>),
) -> EngineResult<()> {
    if !layout.day {
        (0..batch.num_rows()).for_each(|row| take(row, None));
        return Ok(());
    }
    let days = column_at(batch, 2)?.as_primitive::<Date32Type>();
    (0..batch.num_rows()).for_each(|row| take(row, days.is_valid(row).then(|| days.value(row))));
    Ok(())
}
