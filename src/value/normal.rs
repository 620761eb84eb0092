//! Values of any type in normal form.

use arrow::array::{Array, ArrayRef, AsArray};
use arrow::datatypes::{
    DataType, Date32Type, Decimal128Type, Decimal256Type, Float64Type, Int64Type,
    Time64MicrosecondType, TimeUnit, TimestampMicrosecondType,
};
use arrow::error::ArrowError;

use super::hash::NormalForm;

/// Appends the value of a row, whose type is one BigQuery's values are read as.
pub fn push_normal(form: &mut NormalForm, array: &dyn Array, row: usize) -> Result<(), ArrowError> {
    if array.is_null(row) {
        form.null();
        return Ok(());
    }
    match array.data_type() {
        DataType::Null => form.null(),
        DataType::Boolean => form.bool(array.as_boolean().value(row)),
        DataType::Int64 => form.int(array.as_primitive::<Int64Type>().value(row)),
        DataType::Float64 => form.float(array.as_primitive::<Float64Type>().value(row)),
        DataType::Decimal128(_, scale) => {
            form.decimal(array.as_primitive::<Decimal128Type>().value(row), *scale)
        }
        DataType::Decimal256(_, scale) => {
            let (low, high) = array.as_primitive::<Decimal256Type>().value(row).to_parts();
            form.decimal256(low, high, *scale);
        }
        DataType::Utf8View => form.text(array.as_string_view().value(row)),
        DataType::Utf8 => form.text(array.as_string::<i32>().value(row)),
        DataType::LargeUtf8 => form.text(array.as_string::<i64>().value(row)),
        DataType::BinaryView => form.bytes(array.as_binary_view().value(row)),
        DataType::Binary => form.bytes(array.as_binary::<i32>().value(row)),
        DataType::LargeBinary => form.bytes(array.as_binary::<i64>().value(row)),
        DataType::Date32 => form.date(array.as_primitive::<Date32Type>().value(row)),
        DataType::Time64(TimeUnit::Microsecond) => {
            form.time(array.as_primitive::<Time64MicrosecondType>().value(row))
        }
        DataType::Timestamp(TimeUnit::Microsecond, zone) => {
            let micros = array.as_primitive::<TimestampMicrosecondType>().value(row);
            match zone {
                Some(_) => form.timestamp(micros),
                None => form.date_time(micros),
            }
        }
        DataType::List(_) => elements(form, &array.as_list::<i32>().value(row))?,
        DataType::LargeList(_) => elements(form, &array.as_list::<i64>().value(row))?,
        DataType::Struct(fields) => {
            form.fields(fields.len());
            for column in array.as_struct().columns() {
                push_normal(form, column, row)?;
            }
        }
        other => {
            return Err(ArrowError::NotYetImplemented(format!(
                "values of {other} can't be compared"
            )));
        }
    }
    Ok(())
}

fn elements(form: &mut NormalForm, list: &ArrayRef) -> Result<(), ArrowError> {
    form.list(list.len());
    (0..list.len()).try_for_each(|at| push_normal(form, list, at))
}
