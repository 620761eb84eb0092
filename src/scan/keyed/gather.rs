//! Rows of some buckets read again.

use std::collections::BTreeSet;
use std::sync::Arc;

use arrow::array::{BooleanArray, RecordBatch};
use arrow::compute::{concat_batches, filter_record_batch};
use datafusion::error::Result as EngineResult;
use datafusion::execution::memory_pool::{MemoryConsumer, MemoryReservation};
use hashbrown::HashSet;

use super::fingerprint::compact;
use super::reading::at_a_time;
use super::{Bucket, Keyed, days, hashed};
use crate::scan::stream::{Consumer, run_few};
use crate::session::Session;
use crate::value::lanes::Lanes;

/// Rows, in no order.
#[derive(Debug, Clone)]
pub struct Gathered {
    /// The hash of each row's key.
    pub keys: Vec<Lanes>,
    /// Each row's day.
    pub days: Vec<Option<i32>>,
    /// The row's file and place in it, its day where it has one, its key, the columns asked for, what it is counted by:
    /// `None` without rows.
    pub batch: Option<RecordBatch>,
}

/// Which rows are read.
#[derive(Debug, Clone)]
pub struct WantedRows {
    pub buckets: BTreeSet<Bucket>,
    /// Of those, the keys with these hashes, if not all.
    pub keys: Option<Arc<HashSet<u64>>>,
}

/// Reads the keys and some columns, by index, of the rows that are wanted.
pub async fn gather(
    session: &Session,
    keyed: &Arc<Keyed>,
    columns: &[usize],
    wanted: &Arc<WantedRows>,
) -> Result<Gathered, String> {
    let days: BTreeSet<Option<i32>> = wanted.buckets.iter().map(|(day, _)| *day).collect();
    let columns = columns.iter().filter_map(|at| keyed.columns.get(*at));
    let columns: Vec<&String> = columns.chain(&keyed.by).collect();
    let sql = keyed.sql(session, keyed.part(Some(&days)), &columns);
    let width = columns.len();
    let few = at_a_time(session, &keyed.table, &sql);
    let gatherers = run_few(session, &sql, few, || {
        let pool = &session.state().runtime_env().memory_pool;
        Gatherer {
            keyed: Arc::clone(keyed),
            width,
            wanted: Arc::clone(wanted),
            keys: Vec::new(),
            days: Vec::new(),
            batches: Vec::new(),
            reserved: MemoryConsumer::new("rows that differ").register(pool),
        }
    })
    .await?;
    let mut gathered = Gathered {
        keys: Vec::new(),
        days: Vec::new(),
        batch: None,
    };
    let mut batches = Vec::new();
    let mut reserved = Vec::new();
    for gatherer in gatherers {
        gathered.keys.extend(gatherer.keys);
        gathered.days.extend(gatherer.days);
        batches.extend(gatherer.batches);
        reserved.push(gatherer.reserved);
    }
    if let Some(first) = batches.first() {
        let whole = concat_batches(first.schema_ref(), &batches);
        gathered.batch = Some(whole.map_err(|e| e.to_string())?);
    }
    Ok(gathered)
}

struct Gatherer {
    keyed: Arc<Keyed>,
    width: usize,
    wanted: Arc<WantedRows>,
    keys: Vec<Lanes>,
    days: Vec<Option<i32>>,
    batches: Vec<RecordBatch>,
    reserved: MemoryReservation,
}

impl Consumer for Gatherer {
    fn batch(&mut self, batch: &RecordBatch) -> EngineResult<bool> {
        if batch.num_rows() == 0 {
            return Ok(true);
        }
        let layout = self.keyed.layout(self.width);
        let hashed = hashed(&self.keyed, layout, batch)?;
        let mut wanted = vec![false; batch.num_rows()];
        let mut last: Option<(Bucket, bool)> = None;
        let (keys, kept) = (&mut self.keys, &mut self.days);
        days(layout, batch, |row, day| {
            let (Some(key), Some(wanted)) = (hashed.keys.get(row), wanted.get_mut(row)) else {
                return;
            };
            let bucket = self.keyed.bucket(day, *key);
            *wanted = match last {
                Some((known, wanted)) if known == bucket => wanted,
                _ => self.wanted.buckets.contains(&bucket),
            };
            last = Some((bucket, *wanted));
            let [hash, _] = key;
            let named = &self.wanted.keys;
            *wanted = *wanted && named.as_ref().is_none_or(|keys| keys.contains(hash));
            if *wanted {
                keys.push(*key);
                kept.push(day);
            }
        })?;
        let wanted = BooleanArray::from(wanted);
        if wanted.true_count() > 0 {
            let rows = compact(&filter_record_batch(batch, &wanted)?)?;
            self.reserved.try_grow(rows.get_array_memory_size())?;
            self.batches.push(rows);
        }
        Ok(true)
    }
}
