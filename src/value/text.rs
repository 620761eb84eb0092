//! Values as JSON text, for evidence: what BigQuery's TO_JSON_STRING would show.

use std::cmp::Ordering;
use std::fmt::Write;

use arrow::array::{Array, AsArray, RecordBatch};
use arrow::datatypes::{DataType, Decimal128Type, Decimal256Type, Float64Type, Int64Type};
use arrow::util::display::{ArrayFormatter, FormatOptions};

use super::decimal;

/// Appends the value of `row` as JSON: numbers that JSON can hold bare, NULL as `null`, arrays and
/// structs by element, everything else quoted as BigQuery writes it as text.
pub fn push_json(out: &mut String, array: &dyn Array, row: usize) {
    if array.is_null(row) {
        out.push_str("null");
        return;
    }
    match array.data_type() {
        DataType::Int64 => {
            let _ = write!(out, "{}", array.as_primitive::<Int64Type>().value(row));
        }
        DataType::Float64 => {
            let value = array.as_primitive::<Float64Type>().value(row);
            if value.is_finite() {
                out.push_str(&float(value));
            } else {
                let name = if value.is_nan() {
                    "NaN"
                } else if value > 0.0 {
                    "Infinity"
                } else {
                    "-Infinity"
                };
                push_quoted(out, name);
            }
        }
        DataType::Boolean => {
            out.push_str(if array.as_boolean().value(row) {
                "true"
            } else {
                "false"
            });
        }
        DataType::Utf8View => push_quoted(out, array.as_string_view().value(row)),
        DataType::Utf8 => push_quoted(out, array.as_string::<i32>().value(row)),
        DataType::List(_) => {
            let items = array.as_list::<i32>().value(row);
            out.push('[');
            for item in 0..items.len() {
                if item > 0 {
                    out.push_str(", ");
                }
                push_json(out, &items, item);
            }
            out.push(']');
        }
        DataType::Struct(fields) => {
            let columns = array.as_struct().columns();
            let named = fields.iter().map(|f| f.name().as_str()).zip(columns);
            push_object(out, named.map(|(name, c)| (name, c.as_ref())), row);
        }
        DataType::Decimal128(precision, scale) => {
            let value = array.as_primitive::<Decimal128Type>().value(row);
            let text = decimal::text(value, u32::try_from(*scale).unwrap_or(0));
            out.push_str(told(&text, (*precision, *scale) != (38, 9)));
        }
        // Arrow would cut off the 77th digit that a BIGNUMERIC can have.
        DataType::Decimal256(precision, scale) => {
            let value = array.as_primitive::<Decimal256Type>().value(row);
            let text = decimal::text(value, u32::try_from(*scale).unwrap_or(0));
            out.push_str(told(&text, (*precision, *scale) != (76, 38)));
        }
        _ => push_quoted(out, &formatted(array, row)),
    }
}

/// A decimal's text: with all digits of a scale that was `declared`, else without zeros at its end, which a NUMERIC of no
/// declared scale, and whatever is computed, is full of.
fn told(text: &str, declared: bool) -> &str {
    match declared {
        true => text,
        false => text.trim_end_matches('0').trim_end_matches('.'),
    }
}

/// A number in the fewest digits that name it, with an exponent where plain digits would be mostly
/// zeros.
pub fn float(value: f64) -> String {
    let size = value.abs();
    if value == 0.0 || !size.is_finite() || (1e-6..1e21).contains(&size) {
        value.to_string()
    } else {
        format!("{value:e}")
    }
}

/// Appends the values of `row` as a JSON object.
pub fn push_object<'a>(
    out: &mut String,
    columns: impl Iterator<Item = (&'a str, &'a dyn Array)>,
    row: usize,
) {
    out.push('{');
    for (i, (name, column)) in columns.enumerate() {
        if i > 0 {
            out.push_str(", ");
        }
        push_quoted(out, name);
        out.push_str(": ");
        push_json(out, column, row);
    }
    out.push('}');
}

/// A row of a batch as a JSON object.
pub fn row_json(batch: &RecordBatch, row: usize) -> String {
    let mut out = String::new();
    let schema = batch.schema_ref();
    let named = schema.fields().iter().map(|f| f.name().as_str());
    push_object(
        &mut out,
        named.zip(batch.columns()).map(|(n, c)| (n, c.as_ref())),
        row,
    );
    out
}

/// A count with thousands separators, for sentences.
pub fn grouped(count: u64) -> String {
    let digits = count.to_string();
    let mut out = String::with_capacity(digits.len() + digits.len() / 3);
    for (i, digit) in digits.chars().enumerate() {
        if i > 0 && (digits.len() - i).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}

/// The first few of many, and how many more there are.
pub fn few<S: AsRef<str>>(all: &[S], shown: usize, separator: &str) -> String {
    let first: Vec<&str> = all.iter().take(shown).map(AsRef::as_ref).collect();
    let mut text = first.join(separator);
    if let Some(more) = all.len().checked_sub(shown).filter(|more| *more > 0) {
        text.push_str(&format!("{separator}and {more} more"));
    }
    text
}

/// A number of things: `1 file`, `1,512 files`.
pub fn counted(n: u64, one: &str) -> String {
    let plural = if n == 1 { "" } else { "s" };
    format!("{} {one}{plural}", grouped(n))
}

/// The order of texts in which numbers in them stand by their size: `a9` before `a10`.
pub fn natural(a: &str, b: &str) -> Ordering {
    let (mut a, mut b) = (a.as_bytes(), b.as_bytes());
    loop {
        let (Some(x), Some(y)) = (a.first(), b.first()) else {
            return a.len().cmp(&b.len());
        };
        if x.is_ascii_digit() && y.is_ascii_digit() {
            let ((x, rest), (y, others)) = (digits(a), digits(b));
            match x.len().cmp(&y.len()).then_with(|| x.cmp(y)) {
                Ordering::Equal => (a, b) = (rest, others),
                order => return order,
            }
        } else if x == y {
            (a, b) = (
                a.get(1..).unwrap_or_default(),
                b.get(1..).unwrap_or_default(),
            );
        } else {
            return x.cmp(y);
        }
    }
}

/// The digits a text begins with, without leading zeros, and the rest.
fn digits(text: &[u8]) -> (&[u8], &[u8]) {
    let end = text.iter().position(|c| !c.is_ascii_digit());
    let (digits, rest) = text.split_at(end.unwrap_or(text.len()));
    let zeros = digits.iter().take_while(|c| **c == b'0').count();
    (digits.get(zeros..).unwrap_or_default(), rest)
}

/// Appends a JSON string.
pub fn push_quoted(out: &mut String, text: &str) {
    out.push('"');
    for c in text.chars() {
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            c if c.is_control() => {
                let _ = write!(out, "\\u{:04x}", c as u32);
            }
            c => out.push(c),
        }
    }
    out.push('"');
}

pub(super) fn formatted(array: &dyn Array, row: usize) -> String {
    let options = FormatOptions::default().with_null("null");
    ArrayFormatter::try_new(array, &options).map_or_else(
        |_| array.data_type().to_string(),
        |f| {
            f.value(row)
                .try_to_string()
                .unwrap_or_else(|_| array.data_type().to_string())
        },
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use arrow::array::{Date32Array, Decimal128Array, Float64Array, Int64Array, StringViewArray};
    use std::sync::Arc;

    #[test]
    fn numbers_in_texts_stand_by_size() {
        let mut texts = ["a10", "a9", "a09b", "b", "a", "", "10", "2", "a9b"];
        texts.sort_by(|a, b| natural(a, b));
        assert_eq!(texts, ["", "2", "10", "a", "a9", "a09b", "a9b", "a10", "b"]);
    }

    #[test]
    fn one_row_of_each() {
        let batch = RecordBatch::try_from_iter([
            (
                "i",
                Arc::new(Int64Array::from(vec![9_007_199_254_740_993])) as _,
            ),
            ("f", Arc::new(Float64Array::from(vec![f64::NAN])) as _),
            ("d", Arc::new(Date32Array::from(vec![20_478])) as _),
            (
                "n",
                Arc::new(
                    Decimal128Array::from(vec![-15]).with_data_type(DataType::Decimal128(4, 1)),
                ) as _,
            ),
            (
                "computed",
                Arc::new(
                    Decimal128Array::from(vec![21_500_000_000])
                        .with_data_type(DataType::Decimal128(38, 9)),
                ) as _,
            ),
            ("s", Arc::new(StringViewArray::from(vec!["a\"\u{1}é"])) as _),
        ])
        .unwrap();
        assert_eq!(
            row_json(&batch, 0),
            r#"{"i": 9007199254740993, "f": "NaN", "d": "2026-01-25", "n": -1.5, "computed": 21.5, "s": "a\"\u0001é"}"#
        );
    }
}
