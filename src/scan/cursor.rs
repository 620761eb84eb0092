//! The rows of one query, batch by batch, as they are asked for.

use std::fmt;

use arrow::array::RecordBatch;
use arrow::datatypes::SchemaRef;
use datafusion::error::DataFusionError;
use datafusion::logical_expr::LogicalPlan;
use futures::StreamExt;
use tokio::sync::mpsc;
use tokio::task::JoinHandle;

use super::stream::plain;
use crate::diagnostic::broke_off;
use crate::dialect::RunError;
use crate::session::Session;

/// Batches that wait while those before them are written.
const AHEAD: usize = 2;

/// Why a query that ran came to no end.
#[derive(Debug, Clone)]
pub struct Stopped {
    pub message: String,
    /// The expression that failed, where it is known.
    pub at: Option<RunError>,
}

impl Stopped {
    fn new(error: &DataFusionError) -> Self {
        let at = RunError::within(error).cloned();
        let message = match &at {
            Some(at) => at.to_string(),
            None => plain(error),
        };
        Self { message, at }
    }
}

impl fmt::Display for Stopped {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

/// A query that runs, a few batches ahead of who reads it. Dropped, it is cancelled.
#[derive(Debug)]
pub struct Cursor {
    schema: SchemaRef,
    batches: mpsc::Receiver<Result<RecordBatch, Stopped>>,
    /// A task of its own, so that whoever waits for rows can wait for something else as well.
    task: JoinHandle<()>,
}

impl Cursor {
    /// Starts `plan`; its rows come in its order, if it has one.
    pub async fn open(session: &Session, plan: &LogicalPlan) -> Result<Self, Stopped> {
        let state = session.state();
        let physical = state
            .create_physical_plan(plan)
            .await
            .map_err(|e| Stopped::new(&e))?;
        let schema = physical.schema();
        let mut stream = datafusion::physical_plan::execute_stream(physical, state.task_ctx())
            .map_err(|e| Stopped::new(&e))?;
        let (sender, batches) = mpsc::channel(AHEAD);
        let task = tokio::spawn(async move {
            while let Some(batch) = stream.next().await {
                // Nobody reads any more.
                if sender
                    .send(batch.map_err(|e| Stopped::new(&e)))
                    .await
                    .is_err()
                {
                    return;
                }
            }
        });
        Ok(Self {
            schema,
            batches,
            task,
        })
    }

    pub fn schema(&self) -> &SchemaRef {
        &self.schema
    }

    /// The next rows; none when there are no more.
    pub async fn next(&mut self) -> Result<Option<RecordBatch>, Stopped> {
        match self.batches.recv().await {
            Some(batch) => batch.map(Some),
            // The task is at its end; a panic in it must not pass for the end of the rows.
            None => match (&mut self.task).await {
                Ok(()) => Ok(None),
                Err(error) => Err(Stopped {
                    message: broke_off(error),
                    at: None,
                }),
            },
        }
    }
}

impl Drop for Cursor {
    fn drop(&mut self) {
        self.task.abort();
    }
}
