//! What a subquery reads that does not depend on the rows it is asked for: read once, then held in memory.
//!
//! A plan that is run for each batch of rows would read its tables as often. So each part of it that reads tables and none
//! of the rows around is taken out, run when it is first needed, with all threads, and its rows are read from memory from
//! then on. They count against the session's memory; a part that takes too much of it is read again each time.

use std::fmt;
use std::sync::Arc;

use async_trait::async_trait;
use datafusion::arrow::array::{RecordBatch, RecordBatchOptions};
use datafusion::arrow::datatypes::{Field, Schema, SchemaRef};
use datafusion::catalog::{Session, TableProvider};
use datafusion::common::tree_node::{Transformed, TreeNodeRecursion};
use datafusion::common::utils::memory::get_record_batch_memory_size;
use datafusion::common::{Column, DataFusionError, Result, exec_datafusion_err};
use datafusion::datasource::memory::MemorySourceConfig;
use datafusion::datasource::provider_as_source;
use datafusion::execution::memory_pool::{MemoryConsumer, MemoryLimit, MemoryReservation};
use datafusion::execution::{SendableRecordBatchStream, SessionState, TaskContext};
use datafusion::logical_expr::{Expr, LogicalPlan, LogicalPlanBuilder, Projection, TableType};
use datafusion::physical_expr::LexOrdering;
use datafusion::physical_plan::stream::RecordBatchStreamAdapter;
use datafusion::physical_plan::streaming::{PartitionStream, StreamingTableExec};
use datafusion::physical_plan::{ExecutionPlan, execute_stream, execute_stream_partitioned};
use futures::StreamExt;
use tokio::runtime::Handle;
use tokio::sync::{OnceCell, mpsc};
use tokio::task::JoinError;

use super::apply::{is_exhausted, is_rows};

/// A part of a plan takes no more than this share of the memory a session may use.
const SHARE: usize = 4;
const NAME: &str = "$held";
/// Batches that wait while those before them are read.
const AHEAD: usize = 2;

/// The optimized plan of a subquery, whose parts that do not depend on the rows around are held.
pub(super) fn holding(plan: LogicalPlan, state: &SessionState) -> Result<LogicalPlan> {
    let mut parts = 0usize;
    let done = plan.transform_down_with_subqueries(|node| {
        // What stands for a subquery must stay one.
        if matches!(node, LogicalPlan::Subquery(_)) {
            return Ok(Transformed::no(node));
        }
        let (rows, tables) = reads(&node)?;
        if rows || !tables || !node.all_out_ref_exprs().is_empty() {
            return Ok(Transformed::no(node));
        }
        parts += 1;
        let part = held(node, parts, state)?;
        Ok(Transformed::new(part, true, TreeNodeRecursion::Jump))
    })?;
    Ok(done.data)
}

/// Whether a plan reads rows around, and whether it reads anything else.
fn reads(plan: &LogicalPlan) -> Result<(bool, bool)> {
    let (mut rows, mut tables) = (false, false);
    plan.apply_with_subqueries(|node| {
        if let LogicalPlan::TableScan(scan) = node {
            match is_rows(&scan.table_name) {
                true => rows = true,
                false => tables = true,
            }
        }
        Ok(TreeNodeRecursion::Continue)
    })?;
    Ok((rows, tables))
}

/// The rows of a plan under the names they had.
fn held(plan: LogicalPlan, number: usize, state: &SessionState) -> Result<LogicalPlan> {
    let names: Vec<(Option<_>, String)> = plan
        .schema()
        .iter()
        .map(|(qualifier, field)| (qualifier.cloned(), field.name().clone()))
        .collect();
    let fields: Vec<Field> = (0usize..)
        .zip(plan.schema().fields())
        // With what a field says of itself too: the plan above was made of fields that do.
        .map(|(n, f)| f.as_ref().clone().with_name(format!("c{n}")))
        .collect();
    let table = Held {
        schema: Arc::new(Schema::new(fields)),
        plan,
        state: state.clone(),
        rows: OnceCell::new(),
    };
    let source = provider_as_source(Arc::new(table));
    let scan = LogicalPlanBuilder::scan(format!("{NAME}{number}"), source, None)?.build()?;
    let columns: Vec<Expr> = scan
        .schema()
        .columns()
        .into_iter()
        .zip(names)
        .map(|(column, (qualifier, name)): (Column, _)| {
            Expr::Column(column).alias_qualified(qualifier, name)
        })
        .collect();
    Projection::try_new(columns, Arc::new(scan)).map(LogicalPlan::Projection)
}

/// A part of a plan as a table.
struct Held {
    schema: SchemaRef,
    plan: LogicalPlan,
    /// Of the query around, which has all threads.
    state: SessionState,
    rows: OnceCell<Option<Rows>>,
}

struct Rows {
    batches: Vec<RecordBatch>,
    _memory: Arc<MemoryReservation>,
}

impl fmt::Debug for Held {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Held")
    }
}

#[async_trait]
impl TableProvider for Held {
    fn schema(&self) -> SchemaRef {
        Arc::clone(&self.schema)
    }

    fn table_type(&self) -> TableType {
        TableType::Temporary
    }

    async fn scan(
        &self,
        _: &dyn Session,
        projection: Option<&Vec<usize>>,
        _filters: &[Expr],
        _limit: Option<usize>,
    ) -> Result<Arc<dyn ExecutionPlan>> {
        let rows = self.rows.get_or_try_init(|| self.read()).await?;
        let schema = Arc::clone(&self.schema);
        Ok(match rows {
            Some(rows) => {
                let batches = rows.batches.clone();
                MemorySourceConfig::try_new_exec(&[batches], schema, projection.cloned())?
            }
            None => {
                let again: Arc<dyn PartitionStream> = Arc::new(Again {
                    schema: Arc::clone(&schema),
                    plan: self.plan.clone(),
                    state: self.state.clone(),
                    around: Handle::current(),
                });
                let none: Vec<LexOrdering> = Vec::new();
                let exec =
                    StreamingTableExec::try_new(schema, vec![again], projection, none, false, None);
                Arc::new(exec?)
            }
        })
    }
}

/// Runs a part of a plan, in the runtime it was planned in.
struct Again {
    schema: SchemaRef,
    plan: LogicalPlan,
    state: SessionState,
    around: Handle,
}

impl fmt::Debug for Again {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Again")
    }
}

impl PartitionStream for Again {
    fn schema(&self) -> &SchemaRef {
        &self.schema
    }

    fn execute(&self, _: Arc<TaskContext>) -> SendableRecordBatchStream {
        let (plan, state) = (self.plan.clone(), self.state.clone());
        let schema = Arc::clone(&self.schema);
        let (sender, batches) = mpsc::channel(AHEAD);
        let task = Task(self.around.spawn(async move {
            let planner = state.query_planner();
            let plan = planner.create_physical_plan(&plan, &state).await?;
            let mut stream = execute_stream(plan, state.task_ctx())?;
            while let Some(batch) = stream.next().await {
                if sender.send(renamed(&batch?, &schema)?).await.is_err() {
                    break;
                }
            }
            Ok(())
        }));
        let rows = futures::stream::unfold(Some((batches, task)), |open| async {
            let (mut batches, mut task) = open?;
            if let Some(batch) = batches.recv().await {
                return Some((Ok(batch), Some((batches, task))));
            }
            // The task is at its end; what broke it off must not pass for the end of the rows.
            match (&mut task.0).await {
                Ok(Ok(())) => None,
                Ok(Err(error)) => Some((Err(error), None)),
                Err(error) => Some((Err(broken(&error)), None)),
            }
        });
        Box::pin(RecordBatchStreamAdapter::new(
            Arc::clone(&self.schema),
            rows,
        ))
    }
}

fn broken(error: &JoinError) -> DataFusionError {
    exec_datafusion_err!("a subquery broke off: {error}")
}

/// The batch under the names of a held part.
fn renamed(batch: &RecordBatch, schema: &SchemaRef) -> Result<RecordBatch> {
    let options = RecordBatchOptions::new().with_row_count(Some(batch.num_rows()));
    let columns = batch.columns().to_vec();
    let schema = Arc::clone(schema);
    Ok(RecordBatch::try_new_with_options(
        schema, columns, &options,
    )?)
}

impl Held {
    /// The rows of the plan, in the order of its partitions; none of them where they take too much memory.
    async fn read(&self) -> Result<Option<Rows>> {
        let planner = self.state.query_planner();
        let plan = planner
            .create_physical_plan(&self.plan, &self.state)
            .await?;
        let task = self.state.task_ctx();
        let pool = task.memory_pool();
        let most = match pool.memory_limit() {
            MemoryLimit::Finite(bytes) => bytes / SHARE,
            _ => usize::MAX,
        };
        let memory = Arc::new(MemoryConsumer::new("the tables of a subquery").register(pool));
        let streams = execute_stream_partitioned(plan, task)?;
        let tasks: Vec<_> = streams
            .into_iter()
            .map(|stream| {
                let part = part(stream, Arc::clone(&self.schema), Arc::clone(&memory), most);
                Task(tokio::spawn(part))
            })
            .collect();
        let mut batches = Vec::new();
        for mut task in tasks {
            let done = (&mut task.0).await;
            match done.map_err(|e| broken(&e))?? {
                Some(part) => batches.extend(part),
                None => return Ok(None),
            }
        }
        Ok(Some(Rows {
            batches,
            _memory: memory,
        }))
    }
}

/// A task that ends when nobody waits for it.
struct Task<T>(tokio::task::JoinHandle<T>);

impl<T> Drop for Task<T> {
    fn drop(&mut self) {
        self.0.abort();
    }
}

async fn part(
    mut stream: SendableRecordBatchStream,
    schema: SchemaRef,
    memory: Arc<MemoryReservation>,
    most: usize,
) -> Result<Option<Vec<RecordBatch>>> {
    let mut batches = Vec::new();
    while let Some(batch) = stream.next().await {
        let batch = batch?;
        let bytes = get_record_batch_memory_size(&batch);
        if memory.size().saturating_add(bytes) > most {
            return Ok(None);
        }
        match memory.try_grow(bytes) {
            Ok(()) => {}
            Err(error) if is_exhausted(&error) => return Ok(None),
            Err(other) => return Err(other),
        }
        batches.push(renamed(&batch, &schema)?);
    }
    Ok(Some(batches))
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};

    use datafusion::arrow::array::{AsArray, Int64Array};
    use datafusion::arrow::datatypes::{DataType, Int64Type};
    use datafusion::catalog::streaming::StreamingTable;
    use datafusion::execution::SessionStateBuilder;
    use datafusion::execution::memory_pool::FairSpillPool;
    use datafusion::execution::runtime_env::RuntimeEnvBuilder;
    use datafusion::physical_plan::collect;
    use datafusion::prelude::SessionConfig;

    use super::*;
    use crate::dialect::{Env, Params, configure, parse, plan};

    /// A table of 20000 rows that counts how often it is read.
    #[derive(Debug)]
    struct Counted(SchemaRef, Arc<AtomicUsize>);

    impl PartitionStream for Counted {
        fn schema(&self) -> &SchemaRef {
            &self.0
        }

        fn execute(&self, _: Arc<TaskContext>) -> SendableRecordBatchStream {
            self.1.fetch_add(1, Ordering::Relaxed);
            let schema = Arc::clone(&self.0);
            let batches = (0..20i64).map(move |n| {
                let values = Int64Array::from_iter_values(n * 1000..(n + 1) * 1000);
                Ok(RecordBatch::try_new(
                    Arc::clone(&schema),
                    vec![Arc::new(values)],
                )?)
            });
            let batches = futures::stream::iter(batches);
            Box::pin(RecordBatchStreamAdapter::new(Arc::clone(&self.0), batches))
        }
    }

    /// The answer of a query, and how often the table was read.
    fn run(sql: &str, memory: usize) -> (i64, usize) {
        let runtime = tokio::runtime::Builder::new_multi_thread().build().unwrap();
        runtime.block_on(async {
            let env = Env {
                as_of: None,
                timezone: chrono_tz::UTC,
                default_zone: chrono_tz::UTC,
            };
            let environment = RuntimeEnvBuilder::new()
                .with_memory_pool(Arc::new(FairSpillPool::new(memory)))
                .build_arc();
            let config = SessionConfig::new().with_target_partitions(2);
            let builder = SessionStateBuilder::new_with_default_features()
                .with_config(config.with_batch_size(1000))
                .with_runtime_env(environment.unwrap());
            let state = configure(builder, &env).build();
            let field = Field::new("k", DataType::Int64, true);
            let schema = Arc::new(Schema::new(vec![field]));
            let reads = Arc::new(AtomicUsize::new(0));
            let counted = Counted(Arc::clone(&schema), Arc::clone(&reads));
            let table = StreamingTable::try_new(schema, vec![Arc::new(counted)]).unwrap();
            let catalog = state.catalog_list().catalog("datafusion").unwrap();
            let ds = Arc::new(datafusion::catalog::MemorySchemaProvider::new());
            catalog.register_schema("ds", Arc::clone(&ds) as _).unwrap();
            let ds = ds as Arc<dyn datafusion::catalog::SchemaProvider>;
            ds.register_table("t".to_owned(), Arc::new(table)).unwrap();
            let query = parse(sql).unwrap();
            let plan = plan(&state, &query, &Params::new()).await.unwrap();
            let physical = state.create_physical_plan(&plan).await.unwrap();
            let batches = collect(physical, state.task_ctx()).await.unwrap();
            let first = batches.iter().find(|b| b.num_rows() > 0).unwrap();
            let answer = first.column(0).as_primitive::<Int64Type>().value(0);
            (answer, reads.load(Ordering::Relaxed))
        })
    }

    #[test]
    fn tables_are_read_once_where_they_fit() {
        let sql =
            "SELECT SUM((SELECT COUNT(*) FROM ds.t b WHERE b.k < a.k AND b.k < 5)) FROM ds.t a";
        let want = (20_000 - 5) * 5 + (0..5).sum::<i64>();
        assert_eq!(run(sql, 100 << 20), (want, 2));
        let sql = "SELECT SUM((SELECT COUNT(*) FROM ds.t b WHERE b.k = a.k + 1)) FROM ds.t a";
        assert_eq!(run(sql, 100 << 20), (19_999, 2));
        // It begins to be held, and then each of 20 batches reads it again.
        assert_eq!(run(sql, 600_000), (19_999, 22));
    }

    #[test]
    fn what_is_too_much_at_once_is_answered_by_halves() {
        let sql = "SELECT SUM(ARRAY_LENGTH(ARRAY(SELECT b.k FROM ds.t b WHERE b.k < MOD(a.k, 1000) AND b.k < 900))) \
                   FROM ds.t a WHERE a.k < 1000";
        let want = (0..900).sum::<i64>() + 100 * 900;
        assert_eq!(run(sql, 100 << 20).0, want);
        assert_eq!(run(sql, 6 << 20).0, want);
    }
}
