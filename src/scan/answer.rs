//! Runs a SQL check's query: counts its rows and keeps the first in canonical order.

use std::collections::BTreeMap;

use arrow::array::{Array, ArrayRef, AsArray, RecordBatch};
use arrow::datatypes::{DataType, Date32Type, Float64Type};
use datafusion::error::{DataFusionError, Result as EngineResult};
use datafusion::logical_expr::LogicalPlan;

use super::cursor::Cursor;
use super::shown::{Shown, ShownRow};
use super::stream::{Consumer, run_plan};
use crate::schema::BqType;
use crate::session::Session;
use crate::value::text::{push_json, row_json};

/// The column a query of the value contract must have.
pub const VALUE: &str = "value";

/// What a query of violating rows came to.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Violations {
    pub rows: u64,
    /// Rows by day, where the query has a column of the date column's name.
    pub days: BTreeMap<Option<i32>, u64>,
    pub shown: Vec<ShownRow>,
}

/// One row of a query with a `value` column.
#[derive(Debug, Clone, PartialEq)]
pub struct Valued {
    /// The other columns, `name=value` joined by commas; empty for none.
    pub segment: String,
    pub day: Option<i32>,
    /// `None` for NULL.
    pub value: Option<f64>,
    /// The whole row as a JSON object.
    pub row: String,
}

/// Runs a query whose rows are violations.
pub async fn violations(
    session: &Session,
    plan: &LogicalPlan,
    date: Option<&str>,
    most: usize,
) -> Result<Violations, String> {
    let consumers = run_plan(session, plan, || Violating {
        date: date.map(str::to_owned),
        found: Violations::default(),
        shown: Shown::new(most),
    })
    .await?;
    let mut all = Violations::default();
    let mut shown = Shown::new(most);
    for one in consumers {
        all.rows += one.found.rows;
        for (day, rows) in one.found.days {
            *all.days.entry(day).or_default() += rows;
        }
        shown.merge(one.shown);
    }
    all.shown = shown.into_rows();
    Ok(all)
}

/// Runs a query with a `value` column; rows by segment, so in canonical order.
pub async fn values(
    session: &Session,
    plan: &LogicalPlan,
    date: Option<&str>,
    most: usize,
) -> Result<Vec<Valued>, String> {
    let consumers = run_plan(session, plan, || Valuing {
        date: date.map(str::to_owned),
        most,
        rows: Vec::new(),
    })
    .await?;
    let mut rows: Vec<Valued> = consumers.into_iter().flat_map(|c| c.rows).collect();
    if rows.len() > most {
        return Err(format!(
            "more than {most} rows; a check of values gives one row a segment"
        ));
    }
    rows.sort_by(|a, b| (a.day, &a.segment, &a.row).cmp(&(b.day, &b.segment, &b.row)));
    Ok(rows)
}

struct Violating {
    date: Option<String>,
    found: Violations,
    shown: Shown,
}

impl Consumer for Violating {
    fn batch(&mut self, batch: &RecordBatch) -> EngineResult<bool> {
        let days = day_column(batch, self.date.as_deref())?;
        for row in 0..batch.num_rows() {
            let day = day_at(days.as_ref(), row);
            self.found.rows += 1;
            if days.is_some() {
                *self.found.days.entry(day).or_default() += 1;
            }
            self.shown.add(ShownRow {
                day,
                key: "{}".to_owned(),
                row: row_json(batch, row),
                reason: "violating row".to_owned(),
                source: None,
            });
        }
        Ok(true)
    }
}

struct Valuing {
    date: Option<String>,
    most: usize,
    rows: Vec<Valued>,
}

impl Consumer for Valuing {
    fn batch(&mut self, batch: &RecordBatch) -> EngineResult<bool> {
        let schema = batch.schema();
        let index = crate::schema::column_index(&schema, VALUE).ok_or_else(|| {
            DataFusionError::Execution(format!("the query has no column `{VALUE}`"))
        })?;
        let given = batch.column(index).data_type();
        if !given.is_numeric() && !given.is_null() {
            let given = BqType::from_arrow(given);
            return Err(DataFusionError::Execution(format!(
                "the column `{VALUE}` is {given}, not a number"
            )));
        }
        let values = arrow::compute::cast(batch.column(index), &DataType::Float64)?;
        let values = values.as_primitive::<Float64Type>();
        let days = day_column(batch, self.date.as_deref())?;
        for row in 0..batch.num_rows() {
            self.rows.push(Valued {
                segment: segment(batch, index, row),
                day: day_at(days.as_ref(), row),
                value: (!values.is_null(row)).then(|| values.value(row)),
                row: row_json(batch, row),
            });
        }
        Ok(self.rows.len() <= self.most)
    }
}

/// The columns before `value`: what a row is about. Those behind it are details.
fn segment(batch: &RecordBatch, value: usize, row: usize) -> String {
    let mut out = String::new();
    for (field, column) in batch
        .schema_ref()
        .fields()
        .iter()
        .zip(batch.columns())
        .take(value)
    {
        if !out.is_empty() {
            out.push_str(", ");
        }
        out.push_str(field.name());
        out.push('=');
        let mut text = String::new();
        push_json(&mut text, column, row);
        match text.strip_prefix('"').and_then(|t| t.strip_suffix('"')) {
            Some(bare) => out.push_str(bare),
            None => out.push_str(&text),
        }
    }
    out
}

fn day_column(batch: &RecordBatch, date: Option<&str>) -> EngineResult<Option<ArrayRef>> {
    let index = date.and_then(|d| crate::schema::column_index(batch.schema_ref(), d));
    let Some(column) = index.and_then(|i| batch.columns().get(i)) else {
        return Ok(None);
    };
    match column.data_type() {
        DataType::Date32 => Ok(Some(column.clone())),
        DataType::Timestamp(..) => Ok(Some(arrow::compute::cast(column, &DataType::Date32)?)),
        _ => Ok(None),
    }
}

fn day_at(days: Option<&ArrayRef>, row: usize) -> Option<i32> {
    let days = days?.as_primitive_opt::<Date32Type>()?;
    (!days.is_null(row)).then(|| days.value(row))
}

/// All rows of a query, in its order.
pub async fn rows(session: &Session, plan: &LogicalPlan) -> Result<Vec<RecordBatch>, String> {
    let told = |stopped: super::Stopped| stopped.to_string();
    let mut cursor = Cursor::open(session, plan).await.map_err(told)?;
    let mut batches = Vec::new();
    while let Some(batch) = cursor.next().await.map_err(told)? {
        batches.push(batch);
    }
    // An answer without rows still has columns.
    if batches.is_empty() {
        batches.push(RecordBatch::new_empty(cursor.schema().clone()));
    }
    Ok(batches)
}
