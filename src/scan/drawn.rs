//! The rows of any query, folded side by side, and samples of them.
//!
//! What a fold came to must not depend on which rows its partition had; who folds merges what commutes.

use std::collections::BinaryHeap;
use std::sync::Arc;

use arrow::array::{RecordBatch, UInt32Array};
use arrow::compute::take_record_batch;
use datafusion::error::{DataFusionError, Result as EngineResult};
use datafusion::execution::memory_pool::{MemoryConsumer, MemoryReservation};

use super::sampled::{compacted, picked, row_hashes};
use super::stream::{Consumer, run_sql};
use crate::session::Session;

/// What takes up the batches of one partition of a query.
pub trait Fold: Send + 'static {
    fn batch(&mut self, batch: &RecordBatch) -> Result<(), String>;
}

/// Runs an internal query; one fold a partition.
pub async fn folded<F: Fold>(
    session: &Session,
    sql: &str,
    start: impl Fn() -> F,
) -> Result<Vec<F>, String> {
    let folds = run_sql(session, sql, || Folding(start())).await?;
    Ok(folds.into_iter().map(|fold| fold.0).collect())
}

struct Folding<F>(F);

impl<F: Fold> Consumer for Folding<F> {
    fn batch(&mut self, batch: &RecordBatch) -> EngineResult<bool> {
        if batch.num_rows() > 0 {
            self.0.batch(batch).map_err(DataFusionError::Execution)?;
        }
        Ok(true)
    }
}

/// Tells of a batch which rows are of each lot.
pub type Pick = Arc<dyn Fn(&RecordBatch) -> Result<Vec<Vec<u32>>, String> + Send + Sync>;

/// Draws at most `most` rows of each lot of a query's rows: those with the smallest hashes of their values, in the order
/// of the hashes, so the same for any order of rows and as good as any other choice.
pub async fn drawn(
    session: &Session,
    sql: &str,
    most: usize,
    lots: usize,
    pick: Pick,
) -> Result<Vec<RecordBatch>, String> {
    let pool = &session.state().runtime_env().memory_pool;
    let draws = run_sql(session, sql, || Draw {
        pick: Arc::clone(&pick),
        most,
        lots: (0..lots).map(|_| Lot::default()).collect(),
        schema: None,
        reserved: MemoryConsumer::new("sample").register(pool),
    })
    .await?;
    let mut all: Vec<Lot> = (0..lots).map(|_| Lot::default()).collect();
    let mut schema = None;
    let mut reserved = Vec::new();
    for draw in draws {
        schema = schema.or(draw.schema);
        reserved.push(draw.reserved);
        for (ours, theirs) in all.iter_mut().zip(draw.lots) {
            let first = ours.batches.len();
            ours.batches.extend(theirs.batches);
            let rows = theirs.kept.into_iter();
            ours.kept
                .extend(rows.map(|(hash, (batch, row))| (hash, (batch + first, row))));
        }
    }
    let empty = || RecordBatch::new_empty(Arc::new(arrow::datatypes::Schema::empty()));
    all.into_iter()
        .map(|lot| {
            let mut rows = lot.kept.into_sorted_vec();
            rows.truncate(most);
            let places: Vec<(usize, usize)> = rows.into_iter().map(|(_, at)| at).collect();
            if places.is_empty() {
                return Ok(schema
                    .as_ref()
                    .map_or_else(empty, |s| RecordBatch::new_empty(Arc::clone(s))));
            }
            picked(&lot.batches, &places).map_err(|e| e.to_string())
        })
        .collect()
}

/// The rows of one lot that are kept: a hash of each row, and where it is; the greatest hash on top.
#[derive(Default)]
struct Lot {
    kept: BinaryHeap<(u64, (usize, usize))>,
    batches: Vec<RecordBatch>,
}

struct Draw {
    pick: Pick,
    most: usize,
    lots: Vec<Lot>,
    schema: Option<arrow::datatypes::SchemaRef>,
    reserved: MemoryReservation,
}

impl Consumer for Draw {
    fn batch(&mut self, batch: &RecordBatch) -> EngineResult<bool> {
        self.schema.get_or_insert_with(|| batch.schema());
        if batch.num_rows() == 0 {
            return Ok(true);
        }
        let lots = (self.pick)(batch).map_err(DataFusionError::Execution)?;
        if lots.iter().all(Vec::is_empty) {
            return Ok(true);
        }
        let hashes = row_hashes(batch.columns())?;
        for (lot, rows) in self.lots.iter_mut().zip(lots) {
            lot.add(batch, &hashes, &rows, self.most)?;
        }
        let bytes = self.lots.iter().flat_map(|lot| &lot.batches);
        self.reserved
            .try_resize(bytes.map(RecordBatch::get_array_memory_size).sum())?;
        Ok(true)
    }
}

impl Lot {
    fn add(
        &mut self,
        batch: &RecordBatch,
        hashes: &[u64],
        rows: &[u32],
        most: usize,
    ) -> EngineResult<()> {
        let mut chosen = Vec::new();
        for row in rows {
            let hash = hashes.get(*row as usize).copied().unwrap_or_default();
            if self.kept.len() >= most {
                if self.kept.peek().is_none_or(|(top, _)| *top <= hash) {
                    continue;
                }
                self.kept.pop();
            }
            self.kept.push((hash, (self.batches.len(), chosen.len())));
            chosen.push(*row);
        }
        if chosen.is_empty() {
            return Ok(());
        }
        let taken = take_record_batch(batch, &UInt32Array::from(chosen))?;
        self.batches.push(compacted(taken)?);
        self.compact()
    }

    /// Forgets the rows that were kept for a while.
    fn compact(&mut self) -> EngineResult<()> {
        let held: usize = self.batches.iter().map(RecordBatch::num_rows).sum();
        if held <= 2 * self.kept.len() + 1_000 {
            return Ok(());
        }
        let rows = std::mem::take(&mut self.kept).into_vec();
        let places: Vec<(usize, usize)> = rows.iter().map(|(_, at)| *at).collect();
        self.batches = vec![picked(&self.batches, &places)?];
        let rows = rows.into_iter().enumerate();
        self.kept = rows.map(|(at, (hash, _))| (hash, (0, at))).collect();
        Ok(())
    }
}
