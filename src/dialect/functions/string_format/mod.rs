//! `FORMAT`, the verbs of C's `printf` and BigQuery's own `%t`, `%T`, `%p` and `%P`.

mod number;
mod pattern;
pub(super) mod texts;

use std::sync::Arc;

use datafusion::arrow::array::{Array, ArrayRef, StringViewArray, StringViewBuilder};
use datafusion::arrow::datatypes::DataType;
use datafusion::common::{Result, exec_err};
use datafusion::logical_expr::ColumnarValue;

use super::super::types::Kind;
use super::bytes::MOST;
use super::{Function, exactly, on_arrays, typed};
use number::Value;
pub(super) use number::Value as Number;
use pattern::{Count, Part, Spec, parse};
use texts::{Column, canonical, indented};

pub(super) const ALL: &[Function] = &[Function {
    name: "format",
    takes: |given| {
        let (pattern, values) = given.split_first()?;
        let pattern = exactly(std::slice::from_ref(pattern), &[Kind::String])?;
        let values = values.iter().map(canonical).collect::<Option<Vec<_>>>()?;
        Some(pattern.into_iter().chain(values).collect())
    },
    usage: "FORMAT takes a format and values, of which a table's column that may be DATETIME or TIMESTAMP has no one text",
    returns: |_| DataType::Utf8View,
    run,
}];

fn run(args: &[ColumnarValue], rows: usize) -> Result<ColumnarValue> {
    on_arrays(args, rows, |arrays| {
        let patterns = typed::<StringViewArray>(arrays, 0)?;
        let values = arrays.get(1..).unwrap_or_default();
        let columns = values.iter().map(Column::of).collect::<Result<Vec<_>>>()?;
        let mut last: Option<(&str, Vec<Part<'_>>)> = None;
        let mut texts = StringViewBuilder::with_capacity(patterns.len());
        let mut out = String::new();
        for row in 0..patterns.len() {
            if patterns.is_null(row) {
                texts.append_null();
                continue;
            }
            let pattern = patterns.value(row);
            if last.as_ref().is_none_or(|(known, _)| *known != pattern) {
                let parts = parse(pattern)?;
                check(&parts, &columns)?;
                last = Some((pattern, parts));
            }
            out.clear();
            let parts = last.as_ref().map_or(&[][..], |(_, parts)| parts);
            if write(parts, &columns, row, &mut out)? {
                texts.append_value(&out);
            } else {
                texts.append_null();
            }
        }
        Ok(Arc::new(texts.finish()) as ArrayRef)
    })
}

/// Whether the values are as many, and each of a type, as the verbs ask for.
fn check(parts: &[Part<'_>], columns: &[Column]) -> Result<()> {
    let mut given = columns.iter();
    for part in parts {
        let Part::Verb(spec) = part else {
            continue;
        };
        for count in [spec.width, spec.precision] {
            if count == Some(Count::Argument) {
                match given.next() {
                    Some(Column::Int(_)) => {}
                    Some(_) => return exec_err!("a width or precision of FORMAT must be INT64"),
                    None => return exec_err!("FORMAT has fewer values than its format asks for"),
                }
            }
        }
        let Some(column) = given.next() else {
            return exec_err!("FORMAT has fewer values than its format asks for");
        };
        let (fits, wanted) = match spec.verb {
            'd' | 'i' | 'o' | 'x' | 'X' => (matches!(column, Column::Int(_)), "an INT64"),
            // BigQuery has no type without a sign.
            'u' => (false, "an integer without a sign"),
            'e' | 'E' | 'f' | 'F' | 'g' | 'G' => (
                matches!(
                    column,
                    Column::Float(_) | Column::Numeric(_) | Column::BigNumeric(_)
                ),
                "a FLOAT64, NUMERIC or BIGNUMERIC",
            ),
            's' => (matches!(column, Column::String(_)), "a STRING"),
            'p' | 'P' => (matches!(column, Column::Json(_)), "a JSON"),
            _ => (true, ""),
        };
        if !fits {
            return exec_err!("%{} of FORMAT takes {wanted}", spec.verb);
        }
    }
    if given.next().is_some() {
        return exec_err!("FORMAT has more values than its format asks for");
    }
    Ok(())
}

/// Whether there is a text: none if a value is NULL whose verb has no text for that.
fn write(parts: &[Part<'_>], columns: &[Column], row: usize, out: &mut String) -> Result<bool> {
    let mut given = columns.iter();
    for part in parts {
        let spec = match part {
            Part::Text(text) => {
                out.push_str(text);
                continue;
            }
            Part::Verb(spec) => spec,
        };
        let mut count = |count: Option<Count>| match count {
            None => Some(None),
            Some(Count::Fixed(count)) => Some(i64::try_from(count).ok()),
            Some(Count::Argument) => match given.next() {
                Some(Column::Int(values)) if values.is_valid(row) => Some(Some(values.value(row))),
                _ => None,
            },
        };
        let (Some(width), Some(precision)) = (count(spec.width), count(spec.precision)) else {
            return Ok(false);
        };
        let Some(column) = given.next() else {
            return Ok(false);
        };
        let spec = spec.resolve(width, precision)?;
        if !value(&spec, column, row, out)? {
            return Ok(false);
        }
        if out.len() > MOST {
            return exec_err!("the answer of FORMAT has more than {MOST} bytes");
        }
    }
    Ok(true)
}

/// Appends one value; whether it has a text.
fn value(spec: &Spec, column: &Column, row: usize, out: &mut String) -> Result<bool> {
    let mut text = String::new();
    match spec.verb {
        't' => column.plain(row, &mut text)?,
        'T' => column.literal(row, &mut text)?,
        _ if column.is_null(row) => return Ok(false),
        's' => {
            if let Column::String(values) = column {
                // As in C a text ends at its first NUL.
                text.push_str(values.value(row).split('\0').next().unwrap_or_default());
            }
        }
        'p' => column.plain(row, &mut text)?,
        'P' => {
            let mut json = String::new();
            column.plain(row, &mut json)?;
            text = indented(&json);
        }
        _ => {
            let value = match column {
                Column::Int(values) => return spec.integer(values.value(row), out).map(|()| true),
                Column::Float(values) => Value::of_f64(values.value(row)),
                Column::Numeric(values) => Value::of_decimal(&values.value(row).to_string(), 9),
                Column::BigNumeric(values) => Value::of_decimal(&values.value(row).to_string(), 38),
                _ => return exec_err!("%{} of FORMAT takes a number", spec.verb),
            };
            spec.real(&value, out);
            return Ok(true);
        }
    }
    spec.text(&text, out);
    Ok(true)
}
