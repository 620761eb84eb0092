//! One pass over a table for its fingerprints, by day and by bits of the key's hash.
//!
//! A fingerprint is a sum of hashes over rows, of 128 bits, so it does not depend on their order and tells multisets
//! apart: of each column one over (key, value), and one over (key, all values), because of rows with one key
//! {(k, 1, a), (k, 2, b)} and {(k, 1, b), (k, 2, a)} differ in no column alone.

use std::collections::BTreeMap;
use std::collections::HashMap;
use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray, BooleanArray, RecordBatch, StringViewArray};
use arrow::compute::filter_record_batch;
use arrow::datatypes::{DataType, Field, Schema};
use datafusion::error::Result as EngineResult;
use datafusion::execution::memory_pool::{MemoryConsumer, MemoryReservation};

use super::by_key::RowsByKey;
use super::reading::at_a_time;
use super::{Bucket, Hashed, Keyed, Layout, days, hashed};
use crate::scan::fold::column_at;
use crate::scan::stream::{Consumer, run_few};
use crate::session::Session;
use crate::value::lanes::{Lanes, each, of_row, salt, salted};

/// What a bucket's rows come to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fingerprint {
    pub rows: u64,
    pub whole: u128,
    /// One a column.
    pub columns: Vec<u128>,
}

/// What a table's rows come to.
#[derive(Debug, Default)]
pub struct Fingerprints {
    pub rows: u64,
    /// Rows with a NULL in their key.
    pub null_keys: u64,
    pub buckets: BTreeMap<Bucket, Fingerprint>,
    /// `None` if memory did not suffice for them.
    pub keys: Option<RowsByKey>,
    pub kept: Kept,
}

/// Rows that were kept as they are: those of entities whose hash is small enough, so of any two tables the same ones.
#[derive(Debug, Clone, Default)]
pub struct Kept {
    /// The day, the key, what is compared and what is kept besides, behind the row's file and place in it. `None` without
    /// rows.
    pub batches: Vec<RecordBatch>,
}

/// Takes the fingerprints of a table, and keeps the rows of every entity whose hash is at most `most`.
///
/// `Err` says what could not be read.
pub async fn fingerprints(
    session: &Session,
    keyed: &Arc<Keyed>,
    most: Option<u64>,
) -> Result<Fingerprints, String> {
    // Without rows to keep, nothing else is read.
    let beside = keyed.beside.iter().filter(|_| most.is_some());
    let columns: Vec<&String> = keyed.columns.iter().chain(beside).collect();
    let sql = keyed.sql(session, keyed.part(None), &columns);
    let few = at_a_time(session, &keyed.table, &sql);
    let printer = || Printer::new(session, keyed, most);
    let printers = run_few(session, &sql, few, printer).await?;
    let mut all = Fingerprints {
        keys: Some(RowsByKey::default()),
        ..Fingerprints::default()
    };
    for printer in printers {
        all.rows += printer.rows.iter().sum::<u64>();
        all.null_keys += printer.nulls;
        printer.absorb_into(&mut all.buckets);
        all.kept.batches.extend(printer.kept);
        all.keys = all.keys.zip(printer.keys).map(|(mut all, keys)| {
            all.absorb(keys);
            all
        });
    }
    Ok(all)
}

/// Takes up one partition.
struct Printer {
    keyed: Arc<Keyed>,
    most: Option<u64>,
    salts: Vec<u64>,
    /// Where the buckets of a day begin: one for each value of the key's bits.
    days: HashMap<Option<i32>, usize>,
    rows: Vec<u64>,
    /// By column, and the whole behind them; by bucket.
    sums: Vec<Vec<u128>>,
    keys: Option<RowsByKey>,
    nulls: u64,
    kept: Vec<RecordBatch>,
    reserved: MemoryReservation,
    slots: Vec<usize>,
    /// The bucket of all rows, if they are of one.
    one_slot: Option<usize>,
    whole: Vec<u128>,
}

impl Printer {
    fn new(session: &Session, keyed: &Arc<Keyed>, most: Option<u64>) -> Self {
        let pool = &session.state().runtime_env().memory_pool;
        let columns = keyed.columns.len();
        Self {
            keyed: Arc::clone(keyed),
            most,
            salts: (0..columns).map(salt).collect(),
            days: HashMap::new(),
            rows: Vec::new(),
            sums: vec![Vec::new(); columns + 1],
            keys: Some(RowsByKey::new(
                pool,
                keyed.table.rows() / session.limits().threads.max(1) as u64,
            )),
            nulls: 0,
            kept: Vec::new(),
            reserved: MemoryConsumer::new("fingerprints").register(pool),
            slots: Vec::new(),
            one_slot: None,
            whole: Vec::new(),
        }
    }

    fn absorb_into(&self, buckets: &mut BTreeMap<Bucket, Fingerprint>) {
        let [columns @ .., whole] = self.sums.as_slice() else {
            return;
        };
        for (day, start) in &self.days {
            for bits in 0..1 << self.keyed.bits {
                let at = start + bits;
                let rows = self.rows.get(at).copied().unwrap_or(0);
                if rows == 0 {
                    continue;
                }
                let bucket = buckets
                    .entry((*day, bits as u32))
                    .or_insert_with(|| Fingerprint {
                        rows: 0,
                        whole: 0,
                        columns: vec![0; columns.len()],
                    });
                bucket.rows += rows;
                let sum = |sums: &Vec<u128>| sums.get(at).copied().unwrap_or_default();
                bucket.whole = bucket.whole.wrapping_add(sum(whole));
                bucket
                    .columns
                    .iter_mut()
                    .zip(columns)
                    .for_each(|(to, sums)| *to = to.wrapping_add(sum(sums)));
            }
        }
    }

    /// Each row's bucket, by its index.
    fn find_slots(
        &mut self,
        layout: Layout,
        batch: &RecordBatch,
        keys: &[Lanes],
    ) -> EngineResult<()> {
        self.slots.clear();
        let (shift, width) = (u64::BITS - self.keyed.bits, 1usize << self.keyed.bits);
        let mut last: Option<(Option<i32>, usize)> = None;
        let (known, rows, slots) = (&mut self.days, &mut self.rows, &mut self.slots);
        days(layout, batch, |row, day| {
            // Rows of a day mostly stand together.
            let start = match last {
                Some((known, start)) if known == day => start,
                _ => *known.entry(day).or_insert_with(|| {
                    rows.resize(rows.len() + width, 0);
                    rows.len() - width
                }),
            };
            last = Some((day, start));
            let hash = keys.get(row).map_or(0, |[hash, _]| *hash);
            slots.push(start + hash.checked_shr(shift).unwrap_or(0) as usize);
        })?;
        let first = self.slots.first().copied();
        self.one_slot = first.filter(|first| self.slots.iter().all(|slot| slot == first));
        let buckets = self.rows.len();
        self.sums
            .iter_mut()
            .for_each(|sums| sums.resize(buckets, 0));
        for slot in &self.slots {
            if let Some(rows) = self.rows.get_mut(*slot) {
                *rows += 1;
            }
        }
        Ok(())
    }

    fn keep(&mut self, batch: &RecordBatch, hashed: &Hashed) -> EngineResult<()> {
        let Some(most) = self.most else {
            return Ok(());
        };
        let named = hashed.entities.as_ref().unwrap_or(&hashed.keys);
        let wanted: BooleanArray = named.iter().map(|[_, hash]| Some(*hash <= most)).collect();
        if wanted.true_count() == 0 {
            return Ok(());
        }
        let kept = compact(&filter_record_batch(batch, &wanted)?)?;
        self.reserved.try_grow(kept.get_array_memory_size())?;
        self.kept.push(kept);
        Ok(())
    }
}

impl Consumer for Printer {
    fn batch(&mut self, batch: &RecordBatch) -> EngineResult<bool> {
        if batch.num_rows() == 0 {
            return Ok(true);
        }
        let layout = self.keyed.layout(self.keyed.columns.len());
        let hashed = hashed(&self.keyed, layout, batch)?;
        self.nulls += hashed.nulls;
        self.find_slots(layout, batch, &hashed.keys)?;
        self.whole.clear();
        self.whole.resize(batch.num_rows(), 0);
        for ((at, sums), salt) in layout.columns().zip(&mut self.sums).zip(&self.salts) {
            let mut rows = hashed.keys.iter().zip(&mut self.whole);
            let array = column_at(batch, at)?;
            match self.one_slot {
                // A sum that stays in registers.
                Some(slot) => {
                    let mut sum = 0u128;
                    each(array, self.keyed.zeros, |_, word| {
                        if let Some((key, whole)) = rows.next() {
                            let product = salted(*key, word, *salt);
                            *whole = whole.wrapping_add(product);
                            sum = sum.wrapping_add(product);
                        }
                    })?;
                    if let Some(all) = sums.get_mut(slot) {
                        *all = all.wrapping_add(sum);
                    }
                }
                None => {
                    let mut slots = self.slots.iter();
                    each(array, self.keyed.zeros, |_, word| {
                        if let Some(((key, whole), slot)) = rows.next().zip(slots.next()) {
                            let product = salted(*key, word, *salt);
                            *whole = whole.wrapping_add(product);
                            if let Some(sum) = sums.get_mut(*slot) {
                                *sum = sum.wrapping_add(product);
                            }
                        }
                    })?;
                }
            }
        }
        if !self
            .keys
            .as_mut()
            .is_some_and(|keys| keys.has_room(batch.num_rows()))
        {
            self.keys = None;
        }
        if let Some(sums) = self.sums.last_mut() {
            for ((key, slot), whole) in hashed.keys.iter().zip(&self.slots).zip(&self.whole) {
                let hash = of_row(*key, *whole);
                if let Some(sum) = sums.get_mut(*slot) {
                    let [low, high] = hash;
                    *sum = sum.wrapping_add(u128::from(high) << 64 | u128::from(low));
                }
                if let Some(keys) = &mut self.keys {
                    keys.push(*key, hash);
                }
            }
        }
        self.keep(batch, &hashed)?;
        Ok(true)
    }
}

/// A batch without the bytes of texts it does not use.
pub(super) fn compact(batch: &RecordBatch) -> EngineResult<RecordBatch> {
    let columns: Vec<ArrayRef> = batch
        .columns()
        .iter()
        .map(|column| match column.data_type() {
            DataType::Utf8View => Arc::new(column.as_string_view().gc()) as ArrayRef,
            DataType::BinaryView => Arc::new(column.as_binary_view().gc()),
            // JSON, as the dialect reads it.
            DataType::LargeUtf8 => {
                Arc::new(StringViewArray::from_iter(column.as_string::<i64>().iter()))
            }
            _ => Arc::clone(column),
        })
        .collect();
    let fields: Vec<Field> = batch
        .schema_ref()
        .fields()
        .iter()
        .zip(&columns)
        .map(|(field, column)| Field::new(field.name(), column.data_type().clone(), true))
        .collect();
    Ok(RecordBatch::try_new(
        Arc::new(Schema::new(fields)),
        columns,
    )?)
}
