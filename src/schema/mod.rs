//! Names and types: how a table is called and what its columns hold, in BigQuery's terms.

mod bq_type;
mod table_name;

pub use bq_type::BqType;
pub use table_name::TableName;

use arrow::datatypes::Schema;

/// The index of the column called `name` in `schema`, ignoring ASCII case as BigQuery does.
pub fn column_index(schema: &Schema, name: &str) -> Option<usize> {
    let fields = schema.fields();
    fields.iter().position(|f| f.name() == name).or_else(|| {
        fields
            .iter()
            .position(|f| f.name().eq_ignore_ascii_case(name))
    })
}
