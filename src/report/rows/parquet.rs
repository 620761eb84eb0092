//! Rows as a Parquet file that BigQuery loads, and that a lake can hold.
//!
//! Types are those an export has: a JSON is its text, a DATETIME has no zone. INTERVAL, which no export has, is its text;
//! a column of bare NULLs is INT64, as it is in BigQuery.

use std::io::Write;
use std::sync::Arc;

use ::parquet::arrow::arrow_writer::{ArrowWriter, ArrowWriterOptions};
use ::parquet::basic::Compression;
use ::parquet::errors::ParquetError;
use ::parquet::file::properties::WriterProperties;
use arrow::array::{
    Array, ArrayRef, AsArray, ListArray, RecordBatch, StringArray, StructArray, new_null_array,
};
use arrow::compute::cast;
use arrow::datatypes::{
    DataType, Field, FieldRef, Fields, Schema, SchemaRef, TimeUnit, TimestampMicrosecondType,
};
use arrow::error::ArrowError;

use super::{Failed, RowWriter};
use crate::value::cell::{CIVIL, field_name, push_text};

/// Rows of a row group, at most.
const GROUP_ROWS: usize = 131_072;

pub(super) struct File<'a> {
    schema: SchemaRef,
    writer: ArrowWriter<Box<dyn Write + Send + 'a>>,
}

impl<'a> File<'a> {
    pub(super) fn new(schema: &Schema, out: Box<dyn Write + Send + 'a>) -> Result<Self, Failed> {
        let fields: Fields = schema.fields().iter().map(|f| exported(f, 0)).collect();
        let schema = Arc::new(Schema::new(fields));
        let properties = WriterProperties::builder()
            .set_compression(Compression::SNAPPY)
            .set_created_by("lakeaudit".to_owned())
            .set_max_row_group_row_count(Some(GROUP_ROWS))
            .build();
        let options = ArrowWriterOptions::new()
            .with_properties(properties)
            .with_skip_arrow_metadata(true);
        let writer =
            ArrowWriter::try_new_with_options(out, Arc::clone(&schema), options).map_err(failed)?;
        Ok(Self { schema, writer })
    }
}

impl RowWriter for File<'_> {
    fn write(&mut self, batch: &RecordBatch) -> Result<(), Failed> {
        let columns = batch.columns().iter().zip(self.schema.fields());
        let columns = columns
            .map(|(column, field)| export(column, field.data_type()))
            .collect::<Result<Vec<_>, _>>();
        let batch =
            columns.and_then(|columns| RecordBatch::try_new(Arc::clone(&self.schema), columns));
        let batch = batch.map_err(|e| Failed::Format(e.to_string()))?;
        self.writer.write(&batch).map_err(failed)
    }

    fn end(self: Box<Self>) -> Result<(), Failed> {
        let mut out = self.writer.into_inner().map_err(failed)?;
        Ok(out.flush()?)
    }
}

/// A full disk or a pipe that is closed is told as what it is.
fn failed(error: ParquetError) -> Failed {
    match error {
        ParquetError::External(inner) => match inner.downcast::<std::io::Error>() {
            Ok(io) => Failed::Io(*io),
            Err(other) => Failed::Format(other.to_string()),
        },
        other => Failed::Format(other.to_string()),
    }
}

/// A column, element or the `at`th field of a STRUCT as it is in the file.
fn exported(field: &FieldRef, at: usize) -> FieldRef {
    let data_type = exported_type(field.data_type());
    Arc::new(Field::new(field_name(field.name(), at), data_type, true))
}

fn exported_type(data_type: &DataType) -> DataType {
    match data_type {
        DataType::Null => DataType::Int64,
        DataType::Interval(_) => DataType::Utf8,
        DataType::Timestamp(_, Some(zone)) if &**zone == CIVIL => {
            DataType::Timestamp(TimeUnit::Microsecond, None)
        }
        DataType::Dictionary(_, value) => exported_type(value),
        DataType::List(item) | DataType::LargeList(item) | DataType::ListView(item) => {
            DataType::List(exported(item, 0))
        }
        DataType::Struct(fields) => {
            let fields = fields.iter().enumerate();
            DataType::Struct(fields.map(|(at, f)| exported(f, at)).collect())
        }
        other => other.clone(),
    }
}

fn export(array: &ArrayRef, to: &DataType) -> Result<ArrayRef, ArrowError> {
    if array.data_type() == to {
        return Ok(Arc::clone(array));
    }
    Ok(match (array.data_type(), to) {
        (DataType::Null, _) => new_null_array(to, array.len()),
        (DataType::Interval(_), _) => {
            let texts = (0..array.len()).map(|row| {
                let mut text = String::new();
                push_text(&mut text, array, row).then_some(text)
            });
            Arc::new(texts.collect::<StringArray>())
        }
        (DataType::Timestamp(TimeUnit::Microsecond, _), _) => {
            let moments = array.as_primitive::<TimestampMicrosecondType>().clone();
            Arc::new(moments.with_timezone_opt(None::<&str>))
        }
        (DataType::Struct(_), DataType::Struct(fields)) => {
            let columns = array.as_struct().columns().iter().zip(fields);
            let columns = columns
                .map(|(column, field)| export(column, field.data_type()))
                .collect::<Result<_, _>>()?;
            let nulls = array.nulls().cloned();
            Arc::new(StructArray::try_new_with_length(
                fields.clone(),
                columns,
                nulls,
                array.len(),
            )?)
        }
        (DataType::LargeList(item) | DataType::ListView(item), _) => {
            export(&cast(array, &DataType::List(Arc::clone(item)))?, to)?
        }
        (DataType::List(_), DataType::List(item)) => {
            let list = array.as_list::<i32>();
            let elements = export(list.values(), item.data_type())?;
            let (offsets, nulls) = (list.offsets().clone(), list.nulls().cloned());
            Arc::new(ListArray::try_new(
                Arc::clone(item),
                offsets,
                elements,
                nulls,
            )?)
        }
        // A dictionary's values.
        (DataType::Dictionary(_, value), _) => export(&cast(array, value)?, to)?,
        _ => cast(array, to)?,
    })
}
