//! Runs a query over all its partitions, each in a task of its own.

use std::collections::BTreeMap;
use std::sync::Arc;

use arrow::array::RecordBatch;
use datafusion::common::ScalarValue;
use datafusion::error::{DataFusionError, Result as EngineResult};
use datafusion::logical_expr::LogicalPlan;
use datafusion::physical_plan::ExecutionPlanProperties;
use futures::StreamExt;
use tokio::sync::Semaphore;

use crate::diagnostic::broke_off;
use crate::dialect;
use crate::session::Session;

/// What takes up the batches of one partition.
pub(super) trait Consumer: Send + 'static {
    /// Takes up a batch; `false` ends the partition early.
    fn batch(&mut self, batch: &RecordBatch) -> EngineResult<bool>;
}

/// Plans an internal query; its text is ours, so a fault in it is told without a place.
pub(super) async fn planned(session: &Session, sql: &str) -> Result<LogicalPlan, String> {
    let query = dialect::parse(sql).map_err(|e| e.to_string())?;
    let no_parameters = BTreeMap::<String, ScalarValue>::new();
    let planned = session.plan(&query, &no_parameters).await;
    planned.map_err(|e| e.to_string())
}

/// Runs an internal query.
pub(super) async fn run_sql<C: Consumer>(
    session: &Session,
    sql: &str,
    consumer: impl Fn() -> C,
) -> Result<Vec<C>, String> {
    run_plan(session, &planned(session, sql).await?, consumer).await
}

/// Runs an internal query, so many partitions at a time.
pub(super) async fn run_few<C: Consumer>(
    session: &Session,
    sql: &str,
    at_a_time: usize,
    consumer: impl Fn() -> C,
) -> Result<Vec<C>, String> {
    run_partitions(session, &planned(session, sql).await?, at_a_time, consumer).await
}

/// Runs a plan; one consumer a partition, in partition order.
pub(super) async fn run_plan<C: Consumer>(
    session: &Session,
    plan: &LogicalPlan,
    consumer: impl Fn() -> C,
) -> Result<Vec<C>, String> {
    run_partitions(session, plan, Semaphore::MAX_PERMITS, consumer).await
}

async fn run_partitions<C: Consumer>(
    session: &Session,
    plan: &LogicalPlan,
    at_a_time: usize,
    consumer: impl Fn() -> C,
) -> Result<Vec<C>, String> {
    let turns = Arc::new(Semaphore::new(at_a_time));
    let state = session.state();
    let plan = state
        .create_physical_plan(plan)
        .await
        .map_err(|e| plain(&e))?;
    let context = state.task_ctx();
    let tasks: Vec<_> = (0..plan.output_partitioning().partition_count())
        .map(|partition| {
            let (plan, context) = (Arc::clone(&plan), Arc::clone(&context));
            let mut consumer = consumer();
            let turns = Arc::clone(&turns);
            tokio::spawn(async move {
                // It is never closed.
                let _turn = turns.acquire().await;
                let mut batches = plan.execute(partition, context)?;
                while let Some(batch) = batches.next().await {
                    if !consumer.batch(&batch?)? {
                        break;
                    }
                }
                Ok::<C, DataFusionError>(consumer)
            })
        })
        .collect();
    let mut done = Vec::with_capacity(tasks.len());
    let mut failures = Vec::new();
    for task in tasks {
        match task.await {
            Ok(Ok(consumer)) => done.push(consumer),
            Ok(Err(e)) => failures.push(plain(&e)),
            // A panic inside a dependency ends its task, not the audit.
            Err(e) => failures.push(broke_off(e)),
        }
    }
    // Whichever came first, the same is told.
    match failures.into_iter().min() {
        None => Ok(done),
        Some(why) => Err(why),
    }
}

/// An engine's error without the names of the layers it came through.
///
/// What stands in a query of the user's or of a check's is told with the expression that failed: where that query stands
/// is not known here.
pub(super) fn plain(error: &DataFusionError) -> String {
    if let Some(failed) = dialect::RunError::within(error) {
        return format!("{failed}, in `{}`", failed.expression());
    }
    let text = error.strip_backtrace();
    let mut rest = text.as_str();
    let mut before = usize::MAX;
    while rest.len() < before {
        before = rest.len();
        for layer in [
            "External error: ",
            "Parquet error: ",
            "Arrow error: ",
            "Execution error: ",
            "Error during planning: ",
            "ParquetError: ",
            "Arrow: ",
            "Parquet argument error: ",
        ] {
            rest = rest.strip_prefix(layer).unwrap_or(rest);
        }
    }
    rest.to_owned()
}
