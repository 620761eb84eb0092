//! Rows to Parquet, the way BigQuery exports them.
//!
//! A table is a list of columns, each with its BigQuery type and the value it takes from a row. The file has BigQuery's
//! physical types (NUMERIC as fixed-length bytes, TIMESTAMP as microseconds not adjusted to UTC, ARRAY as a required list of
//! required elements), SNAPPY pages, no page index and no key-value metadata.
//!
//! All settings are fixed, the writer's name too: bytes depend on nothing but the rows and the `parquet` crate. The name is
//! the one BigQuery's exports carry, because readers choose workarounds by it and the demo should take their usual path.

use std::sync::Arc;

use arrow::array::{
    ArrayRef, BooleanArray, Date32Array, Decimal128Array, Float64Array, Int64Array, ListBuilder,
    RecordBatch, StringArray, StringBuilder, TimestampMicrosecondArray,
};
use arrow::datatypes::{DataType, Field, Schema, TimeUnit};
use parquet::arrow::arrow_writer::{ArrowWriter, ArrowWriterOptions};
use parquet::basic::Compression;
use parquet::file::properties::{EnabledStatistics, WriterProperties, WriterVersion};
use parquet::schema::parser::parse_message_type;
use parquet::schema::types::SchemaDescriptor;

use super::DemoError;
use super::calendar::{Day, Instant};

/// A column of rows of type `R`.
pub(crate) struct Column<R> {
    pub(crate) name: &'static str,
    /// NOT NULL. An array is never NULL.
    required: bool,
    values: Values<R>,
}

/// A column's BigQuery type, and how a row gives its value; `None` is NULL.
pub(crate) enum Values<R> {
    Bool(fn(&R) -> Option<bool>),
    Date(fn(&R) -> Option<Day>),
    Float64(fn(&R) -> Option<f64>),
    Int64(fn(&R) -> Option<i64>),
    /// Precision and scale; the value without its point, 12.5 at scale 1 being 125.
    Numeric(u8, i8, fn(&R) -> Option<i64>),
    Text(fn(&R) -> Option<&str>),
    Texts(fn(&R) -> &[String]),
    Timestamp(fn(&R) -> Option<Instant>),
}

/// What BigQuery's exports name as their writer.
const CREATED_BY: &str = "parquet-cpp-arrow version 13.0.0";

/// A NOT NULL column.
pub(crate) const fn required<R>(name: &'static str, values: Values<R>) -> Column<R> {
    Column {
        name,
        required: true,
        values,
    }
}

/// A column that may be NULL.
pub(crate) const fn optional<R>(name: &'static str, values: Values<R>) -> Column<R> {
    Column {
        name,
        required: false,
        values,
    }
}

/// One file with `rows` in the given order. A NULL in a required column is an error.
pub(crate) fn parquet<R>(columns: &[Column<R>], rows: &[R]) -> Result<Vec<u8>, DemoError> {
    let schema = Arc::new(Schema::new(
        columns.iter().map(Column::field).collect::<Vec<_>>(),
    ));
    let arrays = columns
        .iter()
        .map(|column| column.array(rows))
        .collect::<Result<Vec<_>, _>>()?;
    let batch = RecordBatch::try_new(Arc::clone(&schema), arrays)?;

    let properties = WriterProperties::builder()
        .set_writer_version(WriterVersion::PARQUET_1_0)
        .set_compression(Compression::SNAPPY)
        .set_statistics_enabled(EnabledStatistics::Chunk)
        .set_statistics_truncate_length(None)
        .set_offset_index_disabled(true)
        .set_created_by(CREATED_BY.to_owned())
        .build();
    let message: String = columns.iter().map(Column::message).collect();
    let message = parse_message_type(&format!("message schema {{ {message} }}"))?;
    let options = ArrowWriterOptions::new()
        .with_properties(properties)
        .with_skip_arrow_metadata(true)
        .with_parquet_schema(SchemaDescriptor::new(Arc::new(message)));
    let mut bytes = Vec::new();
    let mut writer = ArrowWriter::try_new_with_options(&mut bytes, schema, options)?;
    writer.write(&batch)?;
    writer.close()?;
    Ok(bytes)
}

impl<R> Column<R> {
    fn field(&self) -> Field {
        let data_type = match self.values {
            Values::Bool(_) => DataType::Boolean,
            Values::Date(_) => DataType::Date32,
            Values::Float64(_) => DataType::Float64,
            Values::Int64(_) => DataType::Int64,
            Values::Numeric(precision, scale, _) => DataType::Decimal128(precision, scale),
            Values::Text(_) => DataType::Utf8,
            Values::Texts(_) => DataType::List(Arc::new(element())),
            Values::Timestamp(_) => DataType::Timestamp(TimeUnit::Microsecond, None),
        };
        Field::new(self.name, data_type, !self.required)
    }

    /// The column in Parquet's schema language.
    fn message(&self) -> String {
        let (physical, logical) = match self.values {
            Values::Bool(_) => ("boolean".to_owned(), String::new()),
            Values::Date(_) => ("int32".to_owned(), "(DATE)".to_owned()),
            Values::Float64(_) => ("double".to_owned(), String::new()),
            Values::Int64(_) => ("int64".to_owned(), String::new()),
            Values::Numeric(precision, scale, _) => {
                let length = decimal_length(precision);
                (
                    format!("fixed_len_byte_array({length})"),
                    format!("(DECIMAL({precision},{scale}))"),
                )
            }
            Values::Text(_) => ("binary".to_owned(), "(STRING)".to_owned()),
            Values::Texts(_) => {
                let list = "repeated group list { required binary element (STRING); }";
                return format!("required group {} (LIST) {{ {list} }} ", self.name);
            }
            Values::Timestamp(_) => ("int64".to_owned(), "(TIMESTAMP(MICROS,false))".to_owned()),
        };
        let repetition = if self.required {
            "required"
        } else {
            "optional"
        };
        format!("{repetition} {physical} {} {logical}; ", self.name)
    }

    fn array(&self, rows: &[R]) -> Result<ArrayRef, DemoError> {
        let rows = rows.iter();
        Ok(match self.values {
            Values::Bool(get) => Arc::new(rows.map(get).collect::<BooleanArray>()),
            Values::Date(get) => Arc::new(
                rows.map(|row| get(row).map(|day| day.0))
                    .collect::<Date32Array>(),
            ),
            Values::Float64(get) => Arc::new(rows.map(get).collect::<Float64Array>()),
            Values::Int64(get) => Arc::new(rows.map(get).collect::<Int64Array>()),
            Values::Numeric(precision, scale, get) => {
                let values: Decimal128Array = rows.map(|row| get(row).map(i128::from)).collect();
                Arc::new(values.with_precision_and_scale(precision, scale)?)
            }
            Values::Text(get) => Arc::new(rows.map(get).collect::<StringArray>()),
            Values::Texts(get) => {
                let mut lists = ListBuilder::new(StringBuilder::new()).with_field(element());
                rows.for_each(|row| lists.append_value(get(row).iter().map(Some)));
                Arc::new(lists.finish())
            }
            Values::Timestamp(get) => Arc::new(
                rows.map(|row| get(row).map(|at| at.0))
                    .collect::<TimestampMicrosecondArray>(),
            ),
        })
    }
}

/// The fewest bytes that hold every signed number of so many digits, up to BigQuery's 38.
fn decimal_length(precision: u8) -> u32 {
    (1..16)
        .find(|bytes| 10u128.pow(precision.into()) <= 1u128 << (8 * bytes - 1))
        .unwrap_or(16)
}

fn element() -> Field {
    Field::new("element", DataType::Utf8, false)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn decimals_take_as_few_bytes_as_in_the_format() {
        // DECIMAL in the Parquet format's LogicalTypes.md: 2 bytes hold 4 digits, 4 hold 9, 8 hold 18, 16 hold 38.
        let lengths = [2, 3, 4, 5, 9, 10, 18, 19, 29, 38].map(decimal_length);
        assert_eq!(lengths, [1, 2, 2, 3, 4, 5, 8, 9, 13, 16]);
    }

    #[test]
    fn null_in_a_required_column_is_an_error() {
        let columns = [required("id", Values::Int64(|row: &Option<i64>| *row))];
        assert!(parquet(&columns, &[Some(1)]).is_ok());
        assert!(matches!(
            parquet(&columns, &[None]),
            Err(DemoError::Build(_))
        ));
    }
}
