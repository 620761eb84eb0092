//! `dataset.INFORMATION_SCHEMA.COLUMNS`, `.TABLES` and `.PARTITIONS`: what a dataset of the lake holds, by BigQuery's names.
//!
//! Only columns whose answer an export tells are there; a query that names another one (`creation_time`, `ddl`) is
//! refused as for any unknown column, where a NULL would pass for an answer. COLUMNS and TABLES are from footers;
//! PARTITIONS counts rows by the day of a table's date column, since a file may hold many days. How BigQuery's own table
//! was partitioned an export doesn't tell: a table without a date column is one partition whose id is NULL.

use std::path::PathBuf;
use std::sync::Arc;

use arrow::array::{ArrayRef, Int64Array, RecordBatch, StringViewArray};
use arrow::datatypes::{DataType, Field, Schema};
use datafusion::catalog::TableProvider;
use datafusion::datasource::MemTable;

use super::provider::lake_table;
use super::{Session, View};
use crate::diagnostic::Diagnostic;
use crate::dialect::{INFORMATION, type_name};
use crate::lake::{Column, Origin, Table};
use crate::schema::{BqType, TableName};
use crate::value::text::push_quoted;

/// The views a dataset has of itself here.
const VIEWS: [&str; 3] = ["COLUMNS", "PARTITIONS", "TABLES"];

/// The dataset that a name of `dataset.INFORMATION_SCHEMA` is of.
pub(super) fn dataset(name: &TableName) -> Option<&str> {
    let (dataset, schema) = name.dataset.rsplit_once('.')?;
    schema.eq_ignore_ascii_case(INFORMATION).then_some(dataset)
}

/// What `name` answers of its dataset; `within` are the views it is opened for.
pub(super) async fn provider(
    session: &Session,
    name: &TableName,
    within: Vec<TableName>,
) -> Result<Arc<dyn TableProvider>, Diagnostic> {
    let dataset = dataset(name).unwrap_or_default();
    let tables = session
        .lake
        .names()
        .chain(session.lake.report_names())
        .chain(session.views.keys());
    let mut tables: Vec<TableName> = tables.filter(|t| t.dataset == dataset).cloned().collect();
    tables.sort();
    if tables.is_empty() {
        let all = session.lake.names().map(|t| t.dataset.as_str());
        let error = Diagnostic::new(format!("no dataset `{dataset}` in the lake"));
        let near = crate::diagnostic::near(dataset, all);
        return Err(match near.first() {
            Some(near) => error.help(format!("did you mean `{near}`?")),
            None => error.help("`lakeaudit tables` lists what is there"),
        });
    }
    let batch = if name.table.eq_ignore_ascii_case("TABLES") {
        tables_of(session, &tables)
    } else if name.table.eq_ignore_ascii_case("COLUMNS") {
        let mut columns = Columns::default();
        for table in &tables {
            let provider = session.provider(table, within.clone()).await?;
            match lake_table(provider.as_ref()) {
                Some(lake) => columns.add_table(lake.table()),
                None => columns.add_view(table, provider.schema().as_ref()),
            }
        }
        columns.batch()
    } else if name.table.eq_ignore_ascii_case("PARTITIONS") {
        let view = partitions(session, name, &tables).await?;
        return Ok(Arc::new(session.open_view(&view, within).await?));
    } else {
        let [columns, partitions, tables] = VIEWS;
        let known = format!("{columns}, {partitions} and {tables}");
        return Err(Diagnostic::new(format!(
            "INFORMATION_SCHEMA.{} is not supported",
            name.table
        ))
        .help(format!(
            "an export tells {known}; the rest only BigQuery itself knows"
        )));
    };
    let batch = batch.map_err(|e| Diagnostic::new(format!("failed to describe {dataset}: {e}")))?;
    let table = MemTable::try_new(batch.schema(), vec![vec![batch]]);
    let table = table.map_err(|e| Diagnostic::new(format!("failed to describe {dataset}: {e}")))?;
    Ok(Arc::new(table))
}

type Made = Result<RecordBatch, arrow::error::ArrowError>;

fn tables_of(session: &Session, tables: &[TableName]) -> Made {
    let is_view = |table: &&TableName| session.is_view(table);
    batch(vec![
        (
            "table_schema",
            text(tables.iter().map(|t| Some(t.dataset.clone()))),
        ),
        (
            "table_name",
            text(tables.iter().map(|t| Some(t.table.clone()))),
        ),
        (
            "table_type",
            text(tables.iter().map(|t| {
                let kind = if is_view(&t) { "VIEW" } else { "BASE TABLE" };
                Some(kind.to_owned())
            })),
        ),
        (
            "is_insertable_into",
            text(tables.iter().map(|t| Some(yes(!is_view(&t))))),
        ),
    ])
}

/// The rows of PARTITIONS, as a view: of a table with a date column one row a day, whose id is BigQuery's.
async fn partitions(
    session: &Session,
    name: &TableName,
    tables: &[TableName],
) -> Result<View, Diagnostic> {
    let mut parts = Vec::new();
    // A folder may be called as no table of BigQuery's can be, and no query can name it.
    let named = |t: &&TableName| !session.is_view(t) && !t.table.contains(['.', '`']);
    for table in tables.iter().filter(named) {
        let opened = session.table(table).await?;
        // What can't be read has no rows to count; the audit says so.
        if super::unreadable(&opened).is_some() {
            continue;
        }
        let id = match opened.date() {
            Some(date) => format!(
                "IFNULL(FORMAT_DATE('%Y%m%d', DATE(_row.`{}`)), '__NULL__')",
                date.name
            ),
            None => "CAST(NULL AS STRING)".to_owned(),
        };
        let TableName { dataset, table } = table;
        let mut names = String::new();
        push_quoted(&mut names, dataset);
        names.push_str(" AS table_schema, ");
        push_quoted(&mut names, table);
        parts.push(format!(
            "SELECT {names} AS table_name, {id} AS partition_id, COUNT(*) AS total_rows \
             FROM `{dataset}`.`{table}` AS _row GROUP BY partition_id"
        ));
    }
    if parts.is_empty() {
        return Err(Diagnostic::new(format!(
            "no table of `{}` can be read",
            dataset(name).unwrap_or_default()
        )));
    }
    Ok(View {
        name: name.clone(),
        file: PathBuf::from(name.to_string()),
        sql: parts.join("\nUNION ALL\n"),
    })
}

/// The rows of COLUMNS.
#[derive(Default)]
struct Columns {
    table: Vec<TableName>,
    name: Vec<String>,
    position: Vec<i64>,
    nullable: Vec<Option<String>>,
    data_type: Vec<Option<String>>,
}

impl Columns {
    fn add_table(&mut self, table: &Table) {
        for (column, position) in table.columns().iter().zip(1..) {
            // A type files don't agree on is no type BigQuery has for the column.
            let known = column.unreadable.is_none();
            self.add(
                table.name(),
                &column.name,
                position,
                nullable(table, column),
                known.then(|| column.bq_type.to_string()),
            );
        }
    }

    fn add_view(&mut self, view: &TableName, schema: &Schema) {
        for (field, position) in schema.fields().iter().zip(1..) {
            let data_type = type_name(field.data_type());
            let is_array = matches!(field.data_type(), DataType::List(_));
            self.add(
                view,
                field.name(),
                position,
                Some(!is_array),
                Some(data_type),
            );
        }
    }

    fn add(
        &mut self,
        table: &TableName,
        name: &str,
        position: i64,
        nullable: Option<bool>,
        data_type: Option<String>,
    ) {
        self.table.push(table.clone());
        self.name.push(name.to_owned());
        self.position.push(position);
        self.nullable.push(nullable.map(yes));
        self.data_type.push(data_type);
    }

    fn batch(self) -> Made {
        let tables = &self.table;
        let position: ArrayRef = Arc::new(Int64Array::from(self.position));
        batch(vec![
            (
                "table_schema",
                text(tables.iter().map(|t| Some(t.dataset.clone()))),
            ),
            (
                "table_name",
                text(tables.iter().map(|t| Some(t.table.clone()))),
            ),
            ("column_name", text(self.name.into_iter().map(Some))),
            ("ordinal_position", position),
            ("is_nullable", text(self.nullable)),
            ("data_type", text(self.data_type)),
        ])
    }
}

/// Whether a column may be NULL: not if all files require it, and never if it is REPEATED. A folder's name doesn't tell.
fn nullable(table: &Table, column: &Column) -> Option<bool> {
    if column.origin == Origin::Folder {
        return None;
    }
    if matches!(column.bq_type, BqType::Array(_)) {
        return Some(false);
    }
    let required = table.files().iter().all(|(_, footer)| {
        let mut fields = footer.schema().fields().iter();
        let field = fields.find(|f| f.name().eq_ignore_ascii_case(&column.name));
        field.is_some_and(|f| !f.is_nullable())
    });
    Some(!required)
}

fn yes(is: bool) -> String {
    if is { "YES" } else { "NO" }.to_owned()
}

fn text(values: impl IntoIterator<Item = Option<String>>) -> ArrayRef {
    Arc::new(values.into_iter().collect::<StringViewArray>())
}

fn batch(columns: Vec<(&str, ArrayRef)>) -> Made {
    let fields: Vec<Field> = columns
        .iter()
        .map(|(name, array)| Field::new(*name, array.data_type().clone(), true))
        .collect();
    let arrays = columns.into_iter().map(|(_, array)| array).collect();
    RecordBatch::try_new(Arc::new(Schema::new(fields)), arrays)
}
