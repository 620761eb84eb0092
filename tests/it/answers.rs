//! What the dialect answers over a small lake in memory: for tests of queries that are only text.

use std::fmt::Write as _;
use std::path::Path;
use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray, RecordBatch};
use arrow::compute::concat_batches;
use arrow::datatypes::{
    DataType, Date32Type, Decimal128Type, Decimal256Type, Float64Type, Int64Type,
    IntervalMonthDayNanoType, IntervalUnit, Time64MicrosecondType, TimestampMicrosecondType,
};
use chrono_tz::Tz;
use datafusion::catalog::{MemorySchemaProvider, SchemaProvider};
use datafusion::datasource::MemTable;
use datafusion::execution::{SessionState, SessionStateBuilder};
use datafusion::physical_plan::collect;
use datafusion::prelude::SessionConfig;
use lakeaudit::dialect::{self, Env, Params};

/// A session pinned to 2026-01-28.
#[derive(Clone)]
pub(crate) struct Lake {
    state: SessionState,
}

/// An answer: a letter a column for its type, the columns' names, and the rows.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) types: String,
    pub(crate) names: Vec<String>,
    pub(crate) rows: Vec<Vec<String>>,
}

impl Lake {
    /// The lake's tables are made in UTC; `zone` is the zone of moments where a query names none.
    pub(crate) async fn new(zone: Tz) -> Self {
        let schema = Arc::new(MemorySchemaProvider::new());
        let made = Self::empty(Tz::UTC, &schema);
        // Each `CREATE TABLE ds.name AS query`.
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/slt/tables.sql");
        let tables = std::fs::read_to_string(path).expect("the tables");
        for statement in tables.split(";\n") {
            let statement = statement.trim();
            let Some((name, query)) = statement
                .strip_prefix("CREATE TABLE ds.")
                .and_then(|s| s.split_once(" AS\n"))
            else {
                assert!(statement.is_empty(), "not a table: {statement}");
                continue;
            };
            let batch = made.batch(query).await.expect(name);
            // Two partitions, the first of two batches, so that no answer hangs on how rows lie.
            let rows = batch.num_rows();
            let (a, b) = (rows / 3, rows - rows / 3);
            let parts = vec![
                vec![batch.slice(0, a), batch.slice(a, b - a)],
                vec![batch.slice(b, rows - b)],
            ];
            let table = MemTable::try_new(batch.schema(), parts).expect(name);
            schema
                .register_table(name.to_owned(), Arc::new(table))
                .expect(name);
        }
        Self::empty(zone, &schema)
    }

    fn empty(zone: Tz, schema: &Arc<MemorySchemaProvider>) -> Self {
        let env = Env {
            as_of: "2026-01-28".parse().ok(),
            timezone: chrono_tz::UTC,
            default_zone: zone,
        };
        let config = SessionConfig::new()
            .with_target_partitions(2)
            .with_batch_size(4);
        let builder = SessionStateBuilder::new_with_default_features().with_config(config);
        let state = dialect::configure(builder, &env).build();
        let catalog = state.catalog_list().catalog("datafusion").unwrap();
        catalog
            .register_schema("ds", Arc::clone(schema) as Arc<dyn SchemaProvider>)
            .unwrap();
        Self { state }
    }

    async fn batch(&self, sql: &str) -> Result<RecordBatch, String> {
        let query = dialect::parse(sql).map_err(|e| e.to_string())?;
        let plan = dialect::plan_view(&self.state, &query, &Params::new())
            .await
            .map_err(|e| e.to_string())?;
        let failed = |e: datafusion::error::DataFusionError| e.strip_backtrace();
        let physical = self.state.create_physical_plan(&plan).await;
        let physical = physical.map_err(failed)?;
        let schema = physical.schema();
        let batches = collect(physical, self.state.task_ctx()).await;
        concat_batches(&schema, &batches.map_err(failed)?).map_err(|e| e.to_string())
    }

    pub(crate) async fn answer(&self, sql: &str) -> Result<Answer, String> {
        let batch = self.batch(sql).await?;
        let schema = batch.schema();
        let fields = schema.fields();
        Ok(Answer {
            types: fields.iter().map(|f| letter(f.data_type())).collect(),
            names: fields.iter().map(|f| f.name().clone()).collect(),
            rows: (0..batch.num_rows())
                .map(|row| batch.columns().iter().map(|c| cell(c, row)).collect())
                .collect(),
        })
    }
}

/// The letter of a type in the head of a `query`.
fn letter(of: &DataType) -> char {
    match of {
        DataType::Null => '-',
        DataType::Boolean => 'B',
        DataType::Int64 => 'I',
        DataType::Float64 => 'R',
        DataType::Decimal128(..) => 'N',
        DataType::Decimal256(..) => 'G',
        DataType::Utf8 | DataType::Utf8View => 'T',
        DataType::LargeUtf8 => 'J',
        DataType::BinaryView => 'X',
        DataType::Date32 => 'D',
        DataType::Time64(_) => 'H',
        DataType::Timestamp(_, Some(zone)) if &**zone == "UTC" => 'P',
        DataType::Timestamp(..) => 'C',
        DataType::Interval(_) => 'V',
        DataType::List(_) => 'A',
        DataType::Struct(_) => 'S',
        _ => '?',
    }
}

/// A value as a cell of an answer: BigQuery's text of it, on one line.
fn cell(array: &ArrayRef, row: usize) -> String {
    let quoted = matches!(array.data_type(), DataType::Utf8 | DataType::Utf8View);
    if quoted && !array.is_null(row) {
        let value = text(array, row);
        return if value.is_empty() {
            "(empty)".to_owned()
        } else {
            value
        };
    }
    nested(array, row)
}

fn text(array: &ArrayRef, row: usize) -> String {
    let value = match array.data_type() {
        DataType::Utf8 => array.as_string::<i32>().value(row),
        _ => array.as_string_view().value(row),
    };
    let mut shown = String::new();
    for c in value.chars() {
        match c {
            c if c.is_control() => shown.extend(c.escape_default()),
            c => shown.push(c),
        }
    }
    shown
}

fn nested(array: &ArrayRef, row: usize) -> String {
    if array.is_null(row) {
        return "NULL".to_owned();
    }
    match array.data_type() {
        DataType::Null => "NULL".to_owned(),
        DataType::Boolean => array.as_boolean().value(row).to_string(),
        DataType::Int64 => array.as_primitive::<Int64Type>().value(row).to_string(),
        DataType::Float64 => format!("{:?}", array.as_primitive::<Float64Type>().value(row)),
        DataType::Decimal128(_, s) => {
            let n = array.as_primitive::<Decimal128Type>().value(row);
            decimal(&n.to_string(), *s as usize)
        }
        DataType::Decimal256(_, s) => {
            let n = array.as_primitive::<Decimal256Type>().value(row);
            decimal(&n.to_string(), *s as usize)
        }
        DataType::Utf8 | DataType::Utf8View => format!("\"{}\"", text(array, row)),
        DataType::LargeUtf8 => array.as_string::<i64>().value(row).to_owned(),
        DataType::BinaryView => {
            format!("b\"{}\"", array.as_binary_view().value(row).escape_ascii())
        }
        DataType::Date32 => {
            let days = array.as_primitive::<Date32Type>().value(row);
            let date = chrono::NaiveDate::default() + chrono::TimeDelta::days(days.into());
            date.format("%Y-%m-%d").to_string()
        }
        DataType::Timestamp(_, zone) => {
            let micros = array.as_primitive::<TimestampMicrosecondType>().value(row);
            let moment = chrono::DateTime::from_timestamp_micros(micros).unwrap();
            let zone = match zone {
                Some(zone) if &**zone == "UTC" => "+00",
                _ => "",
            };
            format!("{}{zone}", moment.format("%Y-%m-%d %H:%M:%S%.f"))
        }
        DataType::Time64(_) => {
            let micros = array.as_primitive::<Time64MicrosecondType>().value(row);
            let time = chrono::NaiveTime::MIN + chrono::TimeDelta::microseconds(micros);
            time.format("%H:%M:%S%.f").to_string()
        }
        DataType::Interval(IntervalUnit::MonthDayNano) => {
            let i = array.as_primitive::<IntervalMonthDayNanoType>().value(row);
            interval(i.months, i.days, i.nanoseconds)
        }
        DataType::List(_) => {
            let items = array.as_list::<i32>().value(row);
            let items: Vec<String> = (0..items.len()).map(|n| nested(&items, n)).collect();
            format!("[{}]", items.join(", "))
        }
        DataType::Struct(fields) => {
            let columns = array.as_struct().columns();
            let items: Vec<String> = fields
                .iter()
                .zip(columns)
                .map(|(field, column)| match field.name().as_str() {
                    "" => nested(column, row),
                    name => format!("{name}: {}", nested(column, row)),
                })
                .collect();
            format!("{{{}}}", items.join(", "))
        }
        other => format!("({other})"),
    }
}

pub(crate) fn interval(months: i32, days: i32, nanos: i64) -> String {
    let micros = nanos / 1000;
    let sign = |negative: bool| if negative { "-" } else { "" };
    let seconds = micros.unsigned_abs() / 1_000_000;
    let fraction = micros.unsigned_abs() % 1_000_000;
    let mut text = format!(
        "{}{}-{} {days} {}{}:{}:{}",
        sign(months < 0),
        months.unsigned_abs() / 12,
        months.unsigned_abs() % 12,
        sign(micros < 0),
        seconds / 3600,
        seconds / 60 % 60,
        seconds % 60
    );
    if !fraction.is_multiple_of(1000) {
        let _ = write!(text, ".{fraction:06}");
    } else if fraction > 0 {
        let _ = write!(text, ".{:03}", fraction / 1000);
    }
    text
}

/// The digits of a decimal without zeros at its end.
pub(crate) fn decimal(digits: &str, scale: usize) -> String {
    let (sign, digits) = match digits.strip_prefix('-') {
        Some(rest) => ("-", rest),
        None => ("", digits),
    };
    let digits = format!("{digits:0>width$}", width = scale + 1);
    let (whole, fraction) = digits.split_at(digits.len() - scale);
    let fraction = fraction.trim_end_matches('0');
    let point = if fraction.is_empty() { "" } else { "." };
    format!("{sign}{whole}{point}{fraction}")
}
