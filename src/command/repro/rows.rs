//! Some rows of some tables, as a lake in memory and as files.

use std::sync::Arc;

use arrow::array::{ArrayRef, RecordBatch, UInt32Array};
use arrow::compute::{concat_batches, take_record_batch};
use arrow::error::ArrowError;
use object_store::memory::InMemory;
use object_store::{ObjectStore, ObjectStoreExt};
use parquet::arrow::arrow_writer::{ArrowWriter, ArrowWriterOptions};
use parquet::basic::Compression;
use parquet::file::properties::WriterProperties;

use crate::diagnostic::Diagnostic;
use crate::dialect;
use crate::scan::{self, quoted};
use crate::schema::TableName;
use crate::session::Session;
use crate::value::json::Node;
use crate::value::text::{push_quoted, row_json};

/// Rows of a table.
#[derive(Debug, Clone)]
pub(in crate::command) struct Rows {
    pub(in crate::command) table: TableName,
    pub(in crate::command) batch: RecordBatch,
}

/// So many rows are looked through for those that are needed.
pub(super) const MOST: usize = 20_000;

/// Reads the rows of a table for which a condition is true, in an order that their content gives. One more than
/// [`MOST`] says that there are too many.
pub(in crate::command) async fn read(
    session: &Session,
    table: &TableName,
    condition: Option<&str>,
) -> Result<Rows, Diagnostic> {
    read_some(session, table, condition, MOST + 1).await
}

/// So many of them at most.
pub(super) async fn read_some(
    session: &Session,
    table: &TableName,
    condition: Option<&str>,
    most: usize,
) -> Result<Rows, Diagnostic> {
    let filter = condition
        .map(|condition| format!(" WHERE {condition}"))
        .unwrap_or_default();
    let sql = format!("SELECT * FROM `{table}`{filter} LIMIT {most}");
    let failed = |why: String| Diagnostic::new(format!("failed to read `{table}`: {why}"));
    let query = dialect::parse(&sql).map_err(|e| failed(e.message))?;
    let plan = session
        .plan(&query, &Default::default())
        .await
        .map_err(|e| failed(e.message))?;
    let batches = scan::rows(session, &plan).await.map_err(failed)?;
    let Some(first) = batches.first() else {
        return Err(failed("it has no columns".to_owned()));
    };
    let batch = concat_batches(first.schema_ref(), &batches)
        .and_then(|batch| sorted(&batch))
        .map_err(|e| failed(e.to_string()))?;
    let name = session.table(table).await?.name().clone();
    Ok(Rows {
        table: name,
        batch: spelled(session, table, batch).await?,
    })
}

/// Rows by their text: threads and files would order them otherwise.
fn sorted(batch: &RecordBatch) -> Result<RecordBatch, ArrowError> {
    let mut rows: Vec<(String, u32)> = (0..batch.num_rows())
        .zip(0..)
        .map(|(row, at)| (row_json(batch, row), at))
        .collect();
    rows.sort();
    let order: Vec<u32> = rows.into_iter().map(|(_, at)| at).collect();
    take_record_batch(batch, &UInt32Array::from(order))
}

/// True of the rows of these keys, each a JSON object of columns and values; `None` without any.
pub(super) fn condition<'a>(keys: impl IntoIterator<Item = &'a str>) -> Option<String> {
    let of = |key: &str| {
        let Ok(Node::Object(key)) = Node::read(key) else {
            return None;
        };
        let parts: Vec<String> = key
            .iter()
            .map(|(name, value)| is_value(name, value))
            .collect();
        (!parts.is_empty()).then(|| format!("({})", parts.join(" AND ")))
    };
    // A key that names nothing is true of nothing.
    let mut all: Vec<String> = keys.into_iter().filter_map(of).collect();
    all.sort();
    all.dedup();
    (!all.is_empty()).then(|| all.join(" OR "))
}

/// The condition that a column has a key's value.
fn is_value(name: &str, value: &Node) -> String {
    let column = quoted(name);
    match value {
        Node::Null => format!("{column} IS NULL"),
        // A decimal compares exactly, and with a FLOAT64 as the nearest one.
        Node::Number(text) if text.contains('.') && !text.contains(['e', 'E']) => {
            format!("{column} = BIGNUMERIC '{text}'")
        }
        Node::Number(text) => format!("{column} = {text}"),
        value => {
            let (mut json, mut text) = (String::new(), String::new());
            value.push(&mut json);
            push_quoted(&mut text, &json);
            format!("TO_JSON_STRING({column}) = {text}")
        }
    }
}

/// The columns under the names the table spells.
async fn spelled(
    session: &Session,
    table: &TableName,
    batch: RecordBatch,
) -> Result<RecordBatch, Diagnostic> {
    let table = session.table(table).await?;
    let named = batch
        .schema_ref()
        .fields()
        .iter()
        .zip(batch.columns())
        .map(|(field, column)| {
            let name = table
                .column(field.name())
                .map_or(field.name().as_str(), |c| c.name.as_str());
            (name.to_owned(), Arc::clone(column), true)
        });
    let columns: Vec<(String, ArrayRef, bool)> = named.collect();
    RecordBatch::try_from_iter_with_nullable(columns).map_err(|e| Diagnostic::new(e.to_string()))
}

impl Rows {
    pub(super) fn take(&self, rows: &[u32]) -> Result<Self, ArrowError> {
        let batch = take_record_batch(&self.batch, &UInt32Array::from(rows.to_vec()))?;
        Ok(Self {
            table: self.table.clone(),
            batch,
        })
    }

    /// Only these columns, by index.
    pub(super) fn project(&self, columns: &[usize]) -> Result<Self, ArrowError> {
        Ok(Self {
            table: self.table.clone(),
            batch: self.batch.project(columns)?,
        })
    }

    /// Below a lake's root.
    pub(super) fn path(&self) -> String {
        path(&self.table)
    }

    /// A file as an export has it.
    pub(super) fn parquet(&self) -> Result<Vec<u8>, Diagnostic> {
        let properties = WriterProperties::builder()
            .set_compression(Compression::SNAPPY)
            .set_created_by("lakeaudit".to_owned())
            .build();
        let options = ArrowWriterOptions::new()
            .with_properties(properties)
            .with_skip_arrow_metadata(true);
        let write = || {
            let mut bytes = Vec::new();
            let mut writer =
                ArrowWriter::try_new_with_options(&mut bytes, self.batch.schema(), options)?;
            writer.write(&self.batch)?;
            writer.close()?;
            Ok::<_, parquet::errors::ParquetError>(bytes)
        };
        write()
            .map_err(|e| Diagnostic::new(format!("failed to write rows of `{}`: {e}", self.table)))
    }
}

/// The file of a table below a lake's root.
pub(super) fn path(table: &TableName) -> String {
    format!("{}/{}/000000000000.parquet", table.dataset, table.table)
}

/// A lake in memory that holds these rows and no others.
pub(super) async fn lake(tables: &[Rows]) -> Result<Arc<dyn ObjectStore>, Diagnostic> {
    let store = InMemory::new();
    for rows in tables {
        let bytes = rows.parquet()?;
        let put = store.put(&rows.path().into(), bytes.into()).await;
        put.map_err(|e| Diagnostic::new(format!("failed to hold rows: {e}")))?;
    }
    Ok(Arc::new(store))
}
