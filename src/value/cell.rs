//! One value of a query's answer as text: the one place that knows how each of BigQuery's types is written.
//!
//! | type | text | in JSON |
//! |---|---|---|
//! | INT64, BOOL | `12`, `true` | bare |
//! | FLOAT64 | the fewest digits that name it, with a point or an exponent: `12.0` | bare; `"NaN"`, `"Infinity"` |
//! | NUMERIC, BIGNUMERIC | all its digits, no zeros at their end | a string, for JSON's readers would round it |
//! | DATE, TIME | `2026-01-31`, `12:00:00.5` as `12:00:00.500` | a string |
//! | DATETIME, TIMESTAMP | `2026-01-31T12:00:00`, `2026-01-31 12:00:00+00` | a string |
//! | either of them, undeclared | `2026-01-31 12:00:00` | a string |
//! | INTERVAL | `1-2 3 4:5:6` | a string |
//! | BYTES | base64 | a string |
//! | JSON | its text | the value itself |
//! | ARRAY, STRUCT | as JSON | an array, an object |

use std::fmt::Write;

use arrow::array::{Array, ArrowPrimitiveType, AsArray};
use arrow::datatypes::{
    DataType, Date32Type, Decimal128Type, Decimal256Type, Float16Type, Float32Type, Float64Type,
    Int8Type, Int16Type, Int32Type, Int64Type, IntervalMonthDayNanoType, IntervalUnit,
    Time32MillisecondType, Time32SecondType, Time64MicrosecondType, Time64NanosecondType, TimeUnit,
    TimestampMicrosecondType, TimestampMillisecondType, TimestampNanosecondType,
    TimestampSecondType, UInt8Type, UInt16Type, UInt32Type, UInt64Type,
};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use chrono::{DateTime, Datelike, NaiveDate};

use super::decimal;
use super::text::{float, formatted, push_quoted};

/// The zone that marks a DATETIME in Arrow's type of it; TIMESTAMP's is UTC, and what has none may be either.
pub const CIVIL: &str = "+00:00";

/// Whether a column of this type is a column of numbers.
pub fn is_number(data_type: &DataType) -> bool {
    match data_type {
        DataType::Dictionary(_, value) => is_number(value),
        other => other.is_numeric(),
    }
}

/// How the `at`th field of a STRUCT is called, which may have no name.
pub fn field_name(name: &str, at: usize) -> String {
    match name {
        "" => format!("_field_{}", at + 1),
        named => named.to_owned(),
    }
}

/// Appends the value of `row` as plain text; `false`, and nothing appended, if it is NULL.
pub fn push_text(out: &mut String, array: &dyn Array, row: usize) -> bool {
    if array.is_null(row) || array.data_type() == &DataType::Null {
        return false;
    }
    match array.data_type() {
        DataType::Utf8 => out.push_str(array.as_string::<i32>().value(row)),
        DataType::LargeUtf8 => out.push_str(array.as_string::<i64>().value(row)),
        DataType::Utf8View => out.push_str(array.as_string_view().value(row)),
        DataType::Dictionary(..) => {
            return match dictionary(array, row) {
                Some((values, key)) => push_text(out, values, key),
                None => false,
            };
        }
        DataType::List(_)
        | DataType::LargeList(_)
        | DataType::ListView(_)
        | DataType::Struct(_) => push_json(out, array, row),
        _ => push_scalar(out, array, row),
    }
    true
}

/// Appends the value of `row` as JSON, on one line and without blanks.
pub fn push_json(out: &mut String, array: &dyn Array, row: usize) {
    if array.is_null(row) || array.data_type() == &DataType::Null {
        out.push_str("null");
        return;
    }
    match array.data_type() {
        DataType::Utf8 => push_quoted(out, array.as_string::<i32>().value(row)),
        DataType::Utf8View => push_quoted(out, array.as_string_view().value(row)),
        DataType::LargeUtf8 => {
            // Between the tokens of a JSON text may be line ends; within its strings there are none.
            let text = array.as_string::<i64>().value(row);
            out.extend(text.chars().filter(|c| !matches!(c, '\n' | '\r')));
        }
        DataType::Dictionary(..) => match dictionary(array, row) {
            Some((values, key)) => push_json(out, values, key),
            None => out.push_str("null"),
        },
        DataType::List(_) => push_elements(out, array.as_list::<i32>().value(row).as_ref()),
        DataType::LargeList(_) => push_elements(out, array.as_list::<i64>().value(row).as_ref()),
        DataType::ListView(_) => {
            push_elements(out, array.as_list_view::<i32>().value(row).as_ref());
        }
        DataType::Struct(fields) => {
            out.push('{');
            let columns = array.as_struct().columns();
            for (at, (field, column)) in fields.iter().zip(columns).enumerate() {
                if at > 0 {
                    out.push(',');
                }
                push_quoted(out, &field_name(field.name(), at));
                out.push(':');
                push_json(out, column, row);
            }
            out.push('}');
        }
        data_type => {
            let bare = match data_type {
                DataType::Boolean => true,
                DataType::Float16 | DataType::Float32 | DataType::Float64 => {
                    float_of(array, row).is_finite()
                }
                other => other.is_integer(),
            };
            let quote = if bare { "" } else { "\"" };
            out.push_str(quote);
            push_scalar(out, array, row);
            out.push_str(quote);
        }
    }
}

fn push_elements(out: &mut String, elements: &dyn Array) {
    out.push('[');
    for at in 0..elements.len() {
        if at > 0 {
            out.push(',');
        }
        push_json(out, elements, at);
    }
    out.push(']');
}

/// The values of a dictionary, and which of them `row` is.
fn dictionary(array: &dyn Array, row: usize) -> Option<(&dyn Array, usize)> {
    let dictionary = array.as_any_dictionary_opt()?;
    let key = *dictionary.normalized_keys().get(row)?;
    Some((dictionary.values().as_ref(), key))
}

/// Appends what is neither text, nor made of other values, nor NULL. It holds nothing JSON would escape.
fn push_scalar(out: &mut String, array: &dyn Array, row: usize) {
    // Writing to a String does not fail.
    match array.data_type() {
        DataType::Boolean => out.push_str(match array.as_boolean().value(row) {
            true => "true",
            false => "false",
        }),
        DataType::Int8 => push_number::<Int8Type>(out, array, row),
        DataType::Int16 => push_number::<Int16Type>(out, array, row),
        DataType::Int32 => push_number::<Int32Type>(out, array, row),
        DataType::Int64 => push_number::<Int64Type>(out, array, row),
        DataType::UInt8 => push_number::<UInt8Type>(out, array, row),
        DataType::UInt16 => push_number::<UInt16Type>(out, array, row),
        DataType::UInt32 => push_number::<UInt32Type>(out, array, row),
        DataType::UInt64 => push_number::<UInt64Type>(out, array, row),
        DataType::Float16 | DataType::Float32 | DataType::Float64 => {
            push_float(out, float_of(array, row));
        }
        DataType::Decimal128(_, scale) => {
            let units = array.as_primitive::<Decimal128Type>().value(row);
            push_decimal(out, units, *scale);
        }
        // Arrow's own text would lose the 77th digit a BIGNUMERIC can have.
        DataType::Decimal256(_, scale) => {
            let units = array.as_primitive::<Decimal256Type>().value(row);
            push_decimal(out, units, *scale);
        }
        DataType::Date32 => push_days(out, array.as_primitive::<Date32Type>().value(row)),
        DataType::Time32(_) | DataType::Time64(_) => match micros_of_time(array, row) {
            Some(micros) => push_time(out, micros),
            None => out.push_str(&formatted(array, row)),
        },
        DataType::Timestamp(unit, zone) => {
            let micros = micros_of(array, *unit, row);
            let (between, after) = match zone.as_deref() {
                None => (' ', ""),
                Some(CIVIL) => ('T', ""),
                Some(_) => (' ', "+00"),
            };
            push_moment(out, micros, between);
            out.push_str(after);
        }
        DataType::Interval(IntervalUnit::MonthDayNano) => {
            let value = array.as_primitive::<IntervalMonthDayNanoType>().value(row);
            push_interval(
                out,
                i64::from(value.months),
                i64::from(value.days),
                value.nanoseconds / 1_000,
            );
        }
        DataType::Binary => STANDARD.encode_string(array.as_binary::<i32>().value(row), out),
        DataType::LargeBinary => STANDARD.encode_string(array.as_binary::<i64>().value(row), out),
        DataType::BinaryView => STANDARD.encode_string(array.as_binary_view().value(row), out),
        DataType::FixedSizeBinary(_) => {
            STANDARD.encode_string(array.as_fixed_size_binary().value(row), out);
        }
        // Of a type no export writes; its text may hold anything.
        _ => {
            let mut quoted = String::new();
            push_quoted(&mut quoted, &formatted(array, row));
            out.push_str(quoted.trim_matches('"'));
        }
    }
}

fn push_number<T: ArrowPrimitiveType>(out: &mut String, array: &dyn Array, row: usize)
where
    T::Native: std::fmt::Display,
{
    let _ = write!(out, "{}", array.as_primitive::<T>().value(row));
}

fn float_of(array: &dyn Array, row: usize) -> f64 {
    match array.data_type() {
        DataType::Float16 => array.as_primitive::<Float16Type>().value(row).to_f64(),
        DataType::Float32 => f64::from(array.as_primitive::<Float32Type>().value(row)),
        _ => array.as_primitive::<Float64Type>().value(row),
    }
}

/// Appends a FLOAT64: `1.0`, `1e-9`, `NaN`, `-Infinity`.
pub fn push_float(out: &mut String, value: f64) {
    if value.is_nan() {
        out.push_str("NaN");
    } else if value.is_infinite() {
        out.push_str(if value > 0.0 { "Infinity" } else { "-Infinity" });
    } else {
        let text = float(value);
        out.push_str(&text);
        // What tells it from an INT64.
        if !text.contains(['.', 'e']) {
            out.push_str(".0");
        }
    }
}

fn push_decimal(out: &mut String, units: impl std::fmt::Display, scale: i8) {
    let text = decimal::text(units, u32::try_from(scale).unwrap_or(0));
    out.push_str(match text.contains('.') {
        true => text.trim_end_matches('0').trim_end_matches('.'),
        false => &text,
    });
}

fn push_days(out: &mut String, days: i32) {
    match NaiveDate::from_epoch_days(days) {
        Some(date) => push_date(out, date),
        // No date of BigQuery's; its number says more than nothing.
        None => {
            let _ = write!(out, "{days}");
        }
    }
}

fn push_moment(out: &mut String, micros: i64, between: char) {
    match DateTime::from_timestamp_micros(micros) {
        Some(moment) => {
            push_date(out, moment.date_naive());
            out.push(between);
            push_time(out, micros.rem_euclid(86_400_000_000));
        }
        None => {
            let _ = write!(out, "{micros}");
        }
    }
}

/// `2024-01-31`.
pub fn push_date(out: &mut String, date: NaiveDate) {
    let (year, month, day) = (date.year(), date.month(), date.day());
    let _ = write!(out, "{year:04}-{month:02}-{day:02}");
}

/// `12:34:56`, with 3 or 6 more digits if they are not zero; `micros` since midnight.
pub fn push_time(out: &mut String, micros: i64) {
    let seconds = micros / 1_000_000;
    let (hour, minute, second) = (seconds / 3_600, seconds / 60 % 60, seconds % 60);
    let _ = write!(out, "{hour:02}:{minute:02}:{second:02}");
    push_fraction(out, micros.unsigned_abs() % 1_000_000);
}

/// `[-]Y-M [-]D [-]H:M:S[.FFF[FFF]]`.
pub fn push_interval(out: &mut String, months: i64, days: i64, micros: i64) {
    let sign = |n: i64| if n < 0 { "-" } else { "" };
    let (whole, part) = (months.unsigned_abs(), micros.unsigned_abs());
    let seconds = part / 1_000_000;
    let _ = write!(
        out,
        "{}{}-{} {days} {}{}:{}:{}",
        sign(months),
        whole / 12,
        whole % 12,
        sign(micros),
        seconds / 3_600,
        seconds / 60 % 60,
        seconds % 60,
    );
    push_fraction(out, part % 1_000_000);
}

fn push_fraction(out: &mut String, micros: u64) {
    let _ = match micros {
        0 => Ok(()),
        rest if rest.is_multiple_of(1_000) => write!(out, ".{:03}", rest / 1_000),
        rest => write!(out, ".{rest:06}"),
    };
}

fn micros_of_time(array: &dyn Array, row: usize) -> Option<i64> {
    Some(match array.data_type() {
        DataType::Time32(TimeUnit::Second) => {
            i64::from(array.as_primitive::<Time32SecondType>().value(row)) * 1_000_000
        }
        DataType::Time32(TimeUnit::Millisecond) => {
            i64::from(array.as_primitive::<Time32MillisecondType>().value(row)) * 1_000
        }
        DataType::Time64(TimeUnit::Microsecond) => {
            array.as_primitive::<Time64MicrosecondType>().value(row)
        }
        DataType::Time64(TimeUnit::Nanosecond) => {
            array.as_primitive::<Time64NanosecondType>().value(row) / 1_000
        }
        _ => return None,
    })
}

fn micros_of(array: &dyn Array, unit: TimeUnit, row: usize) -> i64 {
    match unit {
        TimeUnit::Second => {
            let seconds = array.as_primitive::<TimestampSecondType>().value(row);
            seconds.saturating_mul(1_000_000)
        }
        TimeUnit::Millisecond => {
            let millis = array.as_primitive::<TimestampMillisecondType>().value(row);
            millis.saturating_mul(1_000)
        }
        TimeUnit::Microsecond => array.as_primitive::<TimestampMicrosecondType>().value(row),
        TimeUnit::Nanosecond => {
            let nanos = array.as_primitive::<TimestampNanosecondType>().value(row);
            nanos.div_euclid(1_000)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use arrow::array::{
        ArrayRef, Decimal256Array, Float64Array, Int32Array, IntervalMonthDayNanoArray,
        StringArray, StructArray, TimestampMicrosecondArray,
    };
    use arrow::datatypes::{Field, Fields, IntervalMonthDayNano, i256};
    use std::sync::Arc;

    fn texts(array: &dyn Array) -> Vec<String> {
        (0..array.len())
            .map(|row| {
                let mut out = String::new();
                push_json(&mut out, array, row);
                out
            })
            .collect()
    }

    #[test]
    fn floats_are_told_from_integers() {
        let floats = [1.0, -0.0, 0.1, 1e21, 1e-9, f64::NAN, f64::NEG_INFINITY];
        assert_eq!(
            texts(&Float64Array::from(floats.to_vec())),
            [
                "1.0",
                "-0.0",
                "0.1",
                "1e21",
                "1e-9",
                "\"NaN\"",
                "\"-Infinity\""
            ]
        );
    }

    #[test]
    fn a_bignumeric_keeps_its_77_digits() {
        let array = Decimal256Array::from(vec![i256::MIN, i256::from_i128(-15), i256::ZERO])
            .with_data_type(DataType::Decimal256(76, 38));
        let digits = i256::MIN.to_string();
        let least = format!("\"{}.{}\"", &digits[..40], &digits[40..]);
        assert_eq!(
            texts(&array),
            [
                &least,
                "\"-0.00000000000000000000000000000000000015\"",
                "\"0\""
            ]
        );
    }

    #[test]
    fn moments_by_their_zone() {
        let micros = vec![Some(-1), Some(1_769_860_800_500_000), None];
        let plain = TimestampMicrosecondArray::from(micros);
        assert_eq!(
            texts(&plain),
            [
                "\"1969-12-31 23:59:59.999999\"",
                "\"2026-01-31 12:00:00.500\"",
                "null"
            ]
        );
        let civil = plain.clone().with_timezone(CIVIL);
        assert_eq!(texts(&civil)[1], "\"2026-01-31T12:00:00.500\"");
        let utc = plain.with_timezone("UTC");
        assert_eq!(texts(&utc)[1], "\"2026-01-31 12:00:00.500+00\"");
    }

    #[test]
    fn structs_dictionaries_and_intervals() {
        let fields = Fields::from(vec![
            Field::new("", DataType::Utf8, true),
            Field::new("n", DataType::Int32, true),
        ]);
        let columns: Vec<ArrayRef> = vec![
            Arc::new(StringArray::from(vec![Some("a\"\n"), None])),
            Arc::new(Int32Array::from(vec![1, 2])),
        ];
        let array = StructArray::new(fields, columns, None);
        assert_eq!(
            texts(&array),
            [
                r#"{"_field_1":"a\"\n","n":1}"#,
                r#"{"_field_1":null,"n":2}"#
            ]
        );
        let array: arrow::array::DictionaryArray<Int32Type> =
            [Some("x"), None, Some("y"), Some("x")]
                .into_iter()
                .collect();
        assert_eq!(texts(&array), ["\"x\"", "null", "\"y\"", "\"x\""]);
        let value = IntervalMonthDayNano::new(-14, 3, -3_723_004_000_000);
        let array = IntervalMonthDayNanoArray::from(vec![value]);
        assert_eq!(texts(&array), ["\"-1-2 3 -1:2:3.004\""]);
    }
}
