//! How many rows of a table have which value, of columns with few.

use std::collections::BTreeMap;
use std::sync::Arc;

use arrow::array::{Array, AsArray, RecordBatch};
use arrow::datatypes::Int64Type;
use datafusion::error::Result as EngineResult;

use super::Keyed;
use crate::scan::fold::column_at;
use crate::scan::program::alias;
use crate::scan::stream::{Consumer, run_sql};
use crate::session::{Part, Session};

/// Rows by value as text, `None` for NULL.
pub type RowsByValue = BTreeMap<Option<String>, u64>;

/// As many values of a column are counted apart, at most.
pub const MOST_COUNTED: usize = 1000;

/// The rows of a table by each of [`Keyed::by`]; where there are more values than [`MOST_COUNTED`], some of them, one more than that.
pub async fn rows_by_value(
    session: &Session,
    keyed: &Arc<Keyed>,
) -> Result<Vec<RowsByValue>, String> {
    let mut all = Vec::new();
    for by in &keyed.by {
        let name = keyed.table.name();
        let part = session.part(Part::Files((0..keyed.table.files().len()).collect()));
        let mut sql = format!(
            "SELECT {by} AS _value, COUNT(*) AS _rows FROM `{}{part}.{}`{}",
            name.dataset,
            name.table,
            alias(&keyed.table)
        );
        if let Some(filter) = &keyed.filter {
            sql.push_str(&format!(" WHERE (\n{filter}\n)"));
        }
        sql.push_str(&format!(" GROUP BY 1 LIMIT {}", MOST_COUNTED + 1));
        let mut rows = RowsByValue::new();
        for found in run_sql(session, &sql, Counter::default).await? {
            rows.extend(found.rows);
        }
        all.push(rows);
    }
    Ok(all)
}

#[derive(Default)]
struct Counter {
    rows: RowsByValue,
}

impl Consumer for Counter {
    fn batch(&mut self, batch: &RecordBatch) -> EngineResult<bool> {
        if batch.num_rows() == 0 {
            return Ok(true);
        }
        let values = column_at(batch, 0)?.as_string_view();
        let counts = column_at(batch, 1)?.as_primitive::<Int64Type>();
        for (row, rows) in counts.values().iter().enumerate() {
            let value = values.is_valid(row).then(|| values.value(row).to_owned());
            self.rows.insert(value, *rows as u64);
        }
        Ok(true)
    }
}
