//! Queries and what BigQuery answers, through the door a command uses: parse, plan, run.

#![allow(clippy::unwrap_used, reason = "a test that can't go on fails")]

mod aggregates;
mod documents;
mod names;
mod queries;
mod refusals;
mod values;
mod windows;

use std::sync::Arc;

use datafusion::arrow::array::{ArrayRef, RecordBatch};
use datafusion::arrow::util::display::{ArrayFormatter, FormatOptions};
use datafusion::catalog::{MemorySchemaProvider, SchemaProvider};
use datafusion::common::ScalarValue;
use datafusion::datasource::MemTable;
use datafusion::execution::{SessionState, SessionStateBuilder};
use datafusion::physical_plan::collect;
use datafusion::prelude::SessionConfig;

use super::types::datetime;
use super::{Env, Params, configure, parse, plan};

/// A session pinned to 2026-01-28 with tables of schema `ds`.
struct Lake {
    state: SessionState,
    schema: Arc<MemorySchemaProvider>,
    params: Params,
}

impl Lake {
    fn new() -> Self {
        Self::with_partitions(2)
    }

    fn with_partitions(partitions: usize) -> Self {
        let env = Env {
            as_of: "2026-01-28".parse().ok(),
            timezone: chrono_tz::UTC,
            default_zone: chrono_tz::UTC,
        };
        let builder = SessionStateBuilder::new_with_default_features().with_config(
            SessionConfig::new()
                .with_target_partitions(partitions)
                .with_batch_size(3),
        );
        let state = configure(builder, &env).build();
        let schema = Arc::new(MemorySchemaProvider::new());
        let catalog = state.catalog_list().catalog("datafusion").unwrap();
        catalog
            .register_schema("ds", Arc::clone(&schema) as Arc<dyn SchemaProvider>)
            .unwrap();
        Self {
            state,
            schema,
            params: Params::new(),
        }
    }

    fn param(mut self, name: &str, value: ScalarValue) -> Self {
        self.params.insert(name.to_owned(), value);
        self
    }

    fn table(self, name: &str, columns: Vec<(&str, ArrayRef)>) -> Self {
        let batch = RecordBatch::try_from_iter_with_nullable(
            columns
                .into_iter()
                .map(|(name, column)| (name, column, true)),
        )
        .unwrap();
        self.batches(name, vec![vec![batch]])
    }

    fn batches(self, name: &str, partitions: Vec<Vec<RecordBatch>>) -> Self {
        let schema = partitions[0][0].schema();
        let table = MemTable::try_new(schema, partitions).unwrap();
        self.schema
            .register_table(name.to_owned(), Arc::new(table))
            .unwrap();
        self
    }

    /// The header and the rows, cells joined by `|`; or the error.
    fn run(&self, sql: &str) -> Vec<String> {
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(2)
            .build()
            .unwrap();
        runtime.block_on(async {
            match self.rows(sql).await {
                Ok(rows) => rows,
                Err(error) => vec![format!("error {error}")],
            }
        })
    }

    async fn rows(&self, sql: &str) -> Result<Vec<String>, String> {
        let query = parse(sql).map_err(|e| e.to_string())?;
        let plan = plan(&self.state, &query, &self.params)
            .await
            .map_err(|e| e.to_string())?;
        let physical = self
            .state
            .create_physical_plan(&plan)
            .await
            .map_err(|e| e.strip_backtrace())?;
        let schema = physical.schema();
        let batches = collect(physical, self.state.task_ctx())
            .await
            .map_err(|e| e.strip_backtrace())?;
        let names: Vec<&str> = schema.fields().iter().map(|f| f.name().as_str()).collect();
        let mut rows = vec![names.join("|")];
        let options = FormatOptions::default().with_null("NULL");
        for batch in batches {
            let columns: Vec<ArrayFormatter<'_>> = batch
                .columns()
                .iter()
                .map(|column| ArrayFormatter::try_new(column, &options).unwrap())
                .collect();
            for row in 0..batch.num_rows() {
                let cells: Vec<String> = columns
                    .iter()
                    .zip(batch.columns())
                    .map(|(c, column)| match column.data_type() {
                        // A DATETIME has no zone, whatever Arrow is told.
                        t if *t == datetime() => c.value(row).to_string().replace('Z', ""),
                        _ => c.value(row).to_string(),
                    })
                    .collect();
                rows.push(cells.join("|"));
            }
        }
        Ok(rows)
    }

    /// The cells of the one row.
    fn one(&self, sql: &str) -> String {
        let rows = self.run(sql);
        match rows.as_slice() {
            [_, row] => row.clone(),
            other => other.join("\n"),
        }
    }
}

/// Checks what `SELECT <expression>` answers.
fn check(cases: &[(&str, &str)]) {
    let lake = Lake::new();
    for (expression, want) in cases {
        assert_eq!(
            lake.one(&format!("SELECT {expression}")),
            *want,
            "{expression}"
        );
    }
}
