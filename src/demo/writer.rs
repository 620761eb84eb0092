//! Rows to Parquet, the way BigQuery exports them.
//!
//! A table is a list of columns, each with its BigQuery type and the value it takes from a row. The file has BigQuery's
//! physical types (NUMERIC as fixed-length bytes, TIMESTAMP as microseconds not adjusted to UTC, ARRAY as a required list of
//! required elements), SNAPPY pages, no page index and no key-value metadata.
//!
//! All settings are fixed, the writer's name too: bytes depend on nothing but the rows and the `parquet` crate. The name is
//! the one BigQuery's exports carry, because readers choose workarounds by it and the demo should take their usual path.

use std::borrow::Cow;
use std::sync::Arc;

use arrow::array::{
    ArrayRef, BooleanArray, Date32Array, Date32Builder, Decimal128Array, Float64Array,
    Float64Builder, Int64Array, Int64Builder, ListBuilder, RecordBatch, StringArray, StringBuilder,
    StructArray, TimestampMicrosecondArray,
};
use arrow::datatypes::{DataType, Field, Fields, Schema, TimeUnit};
use parquet::arrow::arrow_writer::{ArrowWriter, ArrowWriterOptions};
use parquet::basic::Compression;
use parquet::file::properties::{EnabledStatistics, WriterProperties, WriterVersion};
use parquet::schema::parser::parse_message_type;
use parquet::schema::types::SchemaDescriptor;

use super::DemoError;
use super::calendar::{Day, Instant};

/// A column of rows of type `R`.
pub(crate) struct Column<R> {
    pub(crate) name: Cow<'static, str>,
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
    Timestamp(fn(&R) -> Option<Instant>),
    /// One of many columns of the same kind, by its place among them.
    Float64At(usize, fn(&R, usize) -> Option<f64>),
    TextAt(usize, fn(&R, usize) -> Option<&str>),
    Dates(fn(&R) -> Vec<Day>),
    Floats(fn(&R) -> Vec<f64>),
    Ints(fn(&R) -> Vec<i64>),
    Texts(fn(&R) -> Vec<&str>),
    Struct(Vec<Column<R>>),
}

/// What BigQuery's exports name as their writer.
const CREATED_BY: &str = "parquet-cpp-arrow version 13.0.0";

/// A NOT NULL column.
pub(crate) const fn required<R>(name: &'static str, values: Values<R>) -> Column<R> {
    Column {
        name: Cow::Borrowed(name),
        required: true,
        values,
    }
}

/// A column that may be NULL.
pub(crate) const fn optional<R>(name: &'static str, values: Values<R>) -> Column<R> {
    Column {
        name: Cow::Borrowed(name),
        required: false,
        values,
    }
}

/// A column of a family, which may be NULL.
pub(crate) fn member<R>(name: String, values: Values<R>) -> Column<R> {
    Column {
        name: Cow::Owned(name),
        required: false,
        values,
    }
}

/// Rows that are laid out in memory at once.
const BATCH: usize = 4096;

/// One file with `rows` in the given order. A NULL in a required column is an error.
pub(crate) fn parquet<R>(columns: &[Column<R>], rows: &[R]) -> Result<Vec<u8>, DemoError> {
    let schema = Arc::new(Schema::new(
        columns.iter().map(Column::field).collect::<Vec<_>>(),
    ));
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
    let mut writer = ArrowWriter::try_new_with_options(&mut bytes, Arc::clone(&schema), options)?;
    for rows in rows.chunks(BATCH) {
        let arrays = columns.iter().map(|column| column.array(rows));
        let arrays = arrays.collect::<Result<Vec<_>, _>>()?;
        writer.write(&RecordBatch::try_new(Arc::clone(&schema), arrays)?)?;
    }
    writer.close()?;
    Ok(bytes)
}

impl<R> Column<R> {
    fn field(&self) -> Field {
        Field::new(self.name.as_ref(), self.values.data_type(), !self.required)
    }

    /// The column in Parquet's schema language.
    fn message(&self) -> String {
        let name = &self.name;
        let repetition = if self.required {
            "required"
        } else {
            "optional"
        };
        if let Some(element) = self.values.element() {
            let element = format!("required {}", primitive(&element, "element"));
            return format!(
                "required group {name} (LIST) {{ repeated group list {{ {element} }} }} "
            );
        }
        if let Values::Struct(columns) = &self.values {
            let fields: String = columns.iter().map(Self::message).collect();
            return format!("{repetition} group {name} {{ {fields} }} ");
        }
        format!("{repetition} {}", primitive(&self.values.data_type(), name))
    }

    fn array(&self, rows: &[R]) -> Result<ArrayRef, DemoError> {
        let each = rows.iter();
        Ok(match &self.values {
            Values::Bool(get) => Arc::new(each.map(get).collect::<BooleanArray>()),
            Values::Date(get) => Arc::new(
                each.map(|row| get(row).map(|day| day.0))
                    .collect::<Date32Array>(),
            ),
            Values::Float64(get) => Arc::new(each.map(get).collect::<Float64Array>()),
            Values::Float64At(place, get) => {
                Arc::new(each.map(|row| get(row, *place)).collect::<Float64Array>())
            }
            Values::Int64(get) => Arc::new(each.map(get).collect::<Int64Array>()),
            Values::Numeric(precision, scale, get) => {
                let values: Decimal128Array = each.map(|row| get(row).map(i128::from)).collect();
                Arc::new(values.with_precision_and_scale(*precision, *scale)?)
            }
            Values::Text(get) => Arc::new(each.map(get).collect::<StringArray>()),
            Values::TextAt(place, get) => {
                Arc::new(each.map(|row| get(row, *place)).collect::<StringArray>())
            }
            Values::Timestamp(get) => Arc::new(
                each.map(|row| get(row).map(|at| at.0))
                    .collect::<TimestampMicrosecondArray>(),
            ),
            Values::Dates(get) => {
                let mut lists =
                    ListBuilder::new(Date32Builder::new()).with_field(self.values.item());
                each.for_each(|row| lists.append_value(get(row).iter().map(|day| Some(day.0))));
                Arc::new(lists.finish())
            }
            Values::Floats(get) => {
                let mut lists =
                    ListBuilder::new(Float64Builder::new()).with_field(self.values.item());
                each.for_each(|row| lists.append_value(get(row).into_iter().map(Some)));
                Arc::new(lists.finish())
            }
            Values::Ints(get) => {
                let mut lists =
                    ListBuilder::new(Int64Builder::new()).with_field(self.values.item());
                each.for_each(|row| lists.append_value(get(row).into_iter().map(Some)));
                Arc::new(lists.finish())
            }
            Values::Texts(get) => {
                let mut lists =
                    ListBuilder::new(StringBuilder::new()).with_field(self.values.item());
                each.for_each(|row| lists.append_value(get(row).into_iter().map(Some)));
                Arc::new(lists.finish())
            }
            Values::Struct(columns) => {
                let fields: Fields = columns.iter().map(Column::field).collect();
                let arrays = columns.iter().map(|column| column.array(rows));
                let arrays = arrays.collect::<Result<Vec<_>, _>>()?;
                Arc::new(StructArray::try_new(fields, arrays, None)?)
            }
        })
    }
}

impl<R> Values<R> {
    fn data_type(&self) -> DataType {
        match self {
            Self::Bool(_) => DataType::Boolean,
            Self::Date(_) => DataType::Date32,
            Self::Float64(_) | Self::Float64At(..) => DataType::Float64,
            Self::Int64(_) => DataType::Int64,
            Self::Numeric(precision, scale, _) => DataType::Decimal128(*precision, *scale),
            Self::Text(_) | Self::TextAt(..) => DataType::Utf8,
            Self::Timestamp(_) => DataType::Timestamp(TimeUnit::Microsecond, None),
            Self::Struct(columns) => DataType::Struct(columns.iter().map(Column::field).collect()),
            Self::Dates(_) | Self::Floats(_) | Self::Ints(_) | Self::Texts(_) => {
                DataType::List(Arc::new(self.item()))
            }
        }
    }

    /// The type of an array's elements.
    fn element(&self) -> Option<DataType> {
        match self {
            Self::Dates(_) => Some(DataType::Date32),
            Self::Floats(_) => Some(DataType::Float64),
            Self::Ints(_) => Some(DataType::Int64),
            Self::Texts(_) => Some(DataType::Utf8),
            _ => None,
        }
    }

    fn item(&self) -> Field {
        Field::new("element", self.element().unwrap_or(DataType::Null), false)
    }
}

/// A column of a primitive type, without its repetition.
fn primitive(data_type: &DataType, name: &str) -> String {
    match data_type {
        DataType::Boolean => format!("boolean {name}; "),
        DataType::Date32 => format!("int32 {name} (DATE); "),
        DataType::Float64 => format!("double {name}; "),
        DataType::Decimal128(precision, scale) => {
            let length = decimal_length(*precision);
            format!("fixed_len_byte_array({length}) {name} (DECIMAL({precision},{scale})); ")
        }
        DataType::Utf8 => format!("binary {name} (STRING); "),
        DataType::Timestamp(..) => format!("int64 {name} (TIMESTAMP(MICROS,false)); "),
        _ => format!("int64 {name}; "),
    }
}

/// The fewest bytes that hold every signed number of so many digits, up to BigQuery's 38.
fn decimal_length(precision: u8) -> u32 {
    (1..16)
        .find(|bytes| 10u128.pow(precision.into()) <= 1u128 << (8 * bytes - 1))
        .unwrap_or(16)
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
