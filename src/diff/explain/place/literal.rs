//! Values as literals of BigQuery SQL.

use std::fmt::Write;

use arrow::array::{Array, AsArray};
use arrow::datatypes::{DataType, Float16Type, Float32Type, Float64Type};

use crate::value::cell::{CIVIL, push_text};

/// The value of a row, which is not NULL, as a literal that can be compared with its column.
pub(super) fn literal(array: &dyn Array, row: usize) -> String {
    let mut text = String::new();
    push_text(&mut text, array, row);
    let before = match array.data_type() {
        DataType::Boolean => return text.to_ascii_uppercase(),
        DataType::Float16 | DataType::Float32 | DataType::Float64 => {
            return float(float_of(array, row));
        }
        DataType::Utf8 | DataType::LargeUtf8 | DataType::Utf8View => return quoted(&text),
        DataType::Binary => return bytes(array.as_binary::<i32>().value(row)),
        DataType::LargeBinary => return bytes(array.as_binary::<i64>().value(row)),
        DataType::BinaryView => return bytes(array.as_binary_view().value(row)),
        DataType::FixedSizeBinary(_) => return bytes(array.as_fixed_size_binary().value(row)),
        DataType::Date32 | DataType::Date64 => "DATE ",
        DataType::Time32(_) | DataType::Time64(_) => "TIME ",
        // A DATETIME or a TIMESTAMP, undeclared: a bare string becomes either.
        DataType::Timestamp(_, None) => "",
        DataType::Timestamp(_, Some(zone)) if zone.as_ref() == CIVIL => "DATETIME ",
        DataType::Timestamp(_, Some(_)) => "TIMESTAMP ",
        DataType::Decimal256(..) => "BIGNUMERIC ",
        DataType::Decimal32(..) | DataType::Decimal64(..) | DataType::Decimal128(..) => "NUMERIC ",
        _ => return text,
    };
    format!("{before}'{text}'")
}

/// A FLOAT64; there are no literals for the infinities.
pub(super) fn float(value: f64) -> String {
    if value.is_finite() {
        // Zero has one text, whichever of its two forms a row holds.
        format!("{:?}", if value == 0.0 { 0.0 } else { value })
    } else {
        let name = if value > 0.0 { "inf" } else { "-inf" };
        format!("CAST('{name}' AS FLOAT64)")
    }
}

/// The number of fewest digits that parts the floats up to `below` from those of `from` on, and is one of the latter;
/// `from` itself where that has hardly more digits.
pub(super) fn between(below: f64, from: f64) -> f64 {
    let own = format!("{from:?}").len();
    for digits in 0..17 {
        let scale = 10_f64.powi(digits);
        // Up from `below` and down from `from` are each the shorter one where the two differ in size.
        let shorter = if from > 0.0 {
            (from * scale).floor() / scale
        } else {
            -(-from * scale).ceil() / scale
        };
        if shorter > below && shorter <= from {
            let saves = format!("{shorter:?}").len() + 2 < own;
            return if saves { shorter } else { from };
        }
    }
    from
}

pub(super) fn float_of(array: &dyn Array, row: usize) -> f64 {
    match array.data_type() {
        DataType::Float16 => array.as_primitive::<Float16Type>().value(row).to_f64(),
        DataType::Float32 => f64::from(array.as_primitive::<Float32Type>().value(row)),
        _ => array.as_primitive::<Float64Type>().value(row),
    }
}

fn quoted(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 2);
    out.push('\'');
    for c in text.chars() {
        match c {
            '\'' => out.push_str("\\'"),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            c if c.is_control() => {
                // Writing to a String does not fail.
                let _ = write!(out, "\\u{:04x}", c as u32);
            }
            c => out.push(c),
        }
    }
    out.push('\'');
    out
}

fn bytes(value: &[u8]) -> String {
    let mut out = String::from("b'");
    for byte in value {
        match byte {
            b'\'' | b'\\' => out.extend(['\\', char::from(*byte)]),
            b' '..=b'~' => out.push(char::from(*byte)),
            other => {
                let _ = write!(out, "\\x{other:02x}");
            }
        }
    }
    out.push('\'');
    out
}
