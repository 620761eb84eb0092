//! JSON to other types: `BOOL(j)`, `INT64(j)` and so on, which take their own type only; `LAX_BOOL(j)` and so on, which
//! convert what they can and answer NULL for the rest. And `PARSE_JSON`, the way in.

use std::sync::Arc;

use datafusion::arrow::array::{
    Array, ArrayRef, BooleanArray, Float64Array, Int64Array, LargeStringBuilder, ListArray,
    StringViewArray,
};
use datafusion::arrow::buffer::{NullBuffer, OffsetBuffer};
use datafusion::arrow::datatypes::{DataType, Field};
use datafusion::common::{DataFusionError, Result, exec_datafusion_err, exec_err};
use num_bigint::{BigInt, Sign};

use super::super::super::types::{Kind, array_of};
use super::input::{Texts, on_texts};
use super::{ColumnarValue, Function, Run, kinds, on_arrays, one_json, read, returns_json, typed};
use crate::value::json::{
    Found, JsonPath, Quoting, WideNumbers, elements, json_value, push_canonical,
};

pub(in super::super) const ALL: &[Function] = &[
    Function {
        name: "parse_json",
        takes: |given| match given {
            [_] => kinds(given, &[Kind::String]),
            _ => kinds(given, &[Kind::String; 2]),
        },
        usage: "PARSE_JSON takes a STRING and, if at all, a wide_number_mode",
        returns: returns_json,
        run: parse,
    },
    strict(
        "$json_bool",
        "BOOL takes a JSON",
        |_| DataType::Boolean,
        |args, rows| one::<bool, BooleanArray>(args, rows, |found, _| bool(found)),
    ),
    strict(
        "bool_array",
        "BOOL_ARRAY takes a JSON",
        |_| array_of(DataType::Boolean),
        |args, rows| many::<bool, BooleanArray>(args, rows, |found, _| bool(found)),
    ),
    strict(
        "$json_int64",
        "INT64 takes a JSON",
        |_| DataType::Int64,
        |args, rows| one::<i64, Int64Array>(args, rows, |found, _| int64(found)),
    ),
    strict(
        "int64_array",
        "INT64_ARRAY takes a JSON",
        |_| array_of(DataType::Int64),
        |args, rows| many::<i64, Int64Array>(args, rows, |found, _| int64(found)),
    ),
    wide(
        "$json_float64",
        "FLOAT64 takes a JSON and, if at all, a wide_number_mode",
        |_| DataType::Float64,
        |args, rows| one::<f64, Float64Array>(args, rows, float64),
    ),
    wide(
        "float64_array",
        "FLOAT64_ARRAY takes a JSON and, if at all, a wide_number_mode",
        |_| array_of(DataType::Float64),
        |args, rows| many::<f64, Float64Array>(args, rows, float64),
    ),
    strict(
        "$json_string",
        "STRING takes a JSON, DATE, DATETIME, TIME or TIMESTAMP",
        |_| DataType::Utf8View,
        |args, rows| one::<String, StringViewArray>(args, rows, |found, _| string(found)),
    ),
    strict(
        "string_array",
        "STRING_ARRAY takes a JSON",
        |_| array_of(DataType::Utf8View),
        |args, rows| many::<String, StringViewArray>(args, rows, |found, _| string(found)),
    ),
    strict(
        "lax_bool",
        "LAX_BOOL takes a JSON",
        |_| DataType::Boolean,
        |args, rows| one::<bool, BooleanArray>(args, rows, |found, _| Ok(lax_bool(found))),
    ),
    strict(
        "lax_bool_array",
        "LAX_BOOL_ARRAY takes a JSON",
        |_| array_of(DataType::Boolean),
        |args, rows| lax_many::<bool, BooleanArray>(args, rows, lax_bool),
    ),
    strict(
        "lax_int64",
        "LAX_INT64 takes a JSON",
        |_| DataType::Int64,
        |args, rows| one::<i64, Int64Array>(args, rows, |found, _| Ok(lax_int64(found))),
    ),
    strict(
        "lax_int64_array",
        "LAX_INT64_ARRAY takes a JSON",
        |_| array_of(DataType::Int64),
        |args, rows| lax_many::<i64, Int64Array>(args, rows, lax_int64),
    ),
    strict(
        "lax_float64",
        "LAX_FLOAT64 takes a JSON",
        |_| DataType::Float64,
        |args, rows| one::<f64, Float64Array>(args, rows, |found, _| Ok(lax_float64(found))),
    ),
    strict(
        "lax_float64_array",
        "LAX_FLOAT64_ARRAY takes a JSON",
        |_| array_of(DataType::Float64),
        |args, rows| lax_many::<f64, Float64Array>(args, rows, lax_float64),
    ),
    strict(
        "lax_string",
        "LAX_STRING takes a JSON",
        |_| DataType::Utf8View,
        |args, rows| one::<String, StringViewArray>(args, rows, |found, _| Ok(lax_string(found))),
    ),
    strict(
        "lax_string_array",
        "LAX_STRING_ARRAY takes a JSON",
        |_| array_of(DataType::Utf8View),
        |args, rows| lax_many::<String, StringViewArray>(args, rows, lax_string),
    ),
];

const fn strict(
    name: &'static str,
    usage: &'static str,
    returns: fn(&[DataType]) -> DataType,
    run: Run,
) -> Function {
    Function {
        name,
        takes: one_json,
        usage,
        returns,
        run,
    }
}

/// With a `wide_number_mode`.
const fn wide(
    name: &'static str,
    usage: &'static str,
    returns: fn(&[DataType]) -> DataType,
    run: Run,
) -> Function {
    Function {
        name,
        takes: |given| match given {
            [_] => one_json(given),
            _ => kinds(given, &[Kind::Json, Kind::String]),
        },
        usage,
        returns,
        run,
    }
}

fn parse(args: &[ColumnarValue], rows: usize) -> Result<ColumnarValue> {
    let each = |texts: &mut dyn Iterator<Item = (Option<&str>, Option<WideNumbers>)>| {
        let mut out = LargeStringBuilder::new();
        let mut json = String::new();
        for (text, mode) in texts {
            let (Some(text), Some(mode)) = (text, mode) else {
                out.append_null();
                continue;
            };
            json.clear();
            push_canonical(text, mode, &mut json)
                .map_err(|e| exec_datafusion_err!("invalid input to PARSE_JSON: {e}"))?;
            out.append_value(&json);
        }
        Ok(Arc::new(out.finish()) as ArrayRef)
    };
    if args.len() == 1 {
        return on_texts(args, rows, |texts| {
            each(&mut texts.iter().map(|text| (text, Some(WideNumbers::Exact))))
        });
    }
    on_arrays(args, rows, |arrays| {
        let texts = typed::<StringViewArray>(arrays, 0)?;
        let modes = modes(arrays, texts.len())?;
        each(&mut texts.iter().zip(modes))
    })
}

/// The `wide_number_mode` of each row; `round` without one.
fn modes(arrays: &[ArrayRef], rows: usize) -> Result<Vec<Option<WideNumbers>>> {
    if arrays.len() < 2 {
        return Ok(vec![Some(WideNumbers::Round); rows]);
    }
    typed::<StringViewArray>(arrays, 1)?
        .iter()
        .map(|mode| match mode {
            None => Ok(None),
            Some("exact") => Ok(Some(WideNumbers::Exact)),
            Some("round") => Ok(Some(WideNumbers::Round)),
            Some(other) => exec_err!("invalid wide_number_mode: {other}"),
        })
        .collect()
}

/// How a JSON value becomes one of another type: NULL, or an error.
type Convert<T> = fn(&Found<'_>, WideNumbers) -> Result<Option<T>>;

fn root(document: &str) -> Result<Found<'_>> {
    let path = JsonPath::parse_as("$", Quoting::Standard);
    path.map_err(|e| exec_datafusion_err!("{e}"))?
        .find(document)
        .map_err(|e| exec_datafusion_err!("{e}"))
}

fn one<T, A>(args: &[ColumnarValue], rows: usize, convert: Convert<T>) -> Result<ColumnarValue>
where
    A: Array + FromIterator<Option<T>> + 'static,
{
    on_arrays(args, rows, |arrays| {
        let Some(first) = arrays.first() else {
            return exec_err!("expected an argument");
        };
        let documents = Texts::of(first)?;
        let modes = modes(arrays, documents.len())?;
        let values = documents.iter().zip(modes).map(|(document, mode)| {
            let (Some(document), Some(mode)) = (document, mode) else {
                return Ok(None);
            };
            convert(&root(document)?, mode)
        });
        Ok(Arc::new(values.collect::<Result<A>>()?) as ArrayRef)
    })
}

/// Of each element; what is no array is an error.
fn many<T, A>(args: &[ColumnarValue], rows: usize, convert: Convert<T>) -> Result<ColumnarValue>
where
    A: Array + FromIterator<Option<T>> + 'static,
{
    lists::<T, A>(args, rows, convert, || {
        Err(wrong("the JSON value is not an array"))
    })
}

/// Of each element; what is no array is NULL.
fn lax_many<T, A>(
    args: &[ColumnarValue],
    rows: usize,
    convert: fn(&Found<'_>) -> Option<T>,
) -> Result<ColumnarValue>
where
    A: Array + FromIterator<Option<T>> + 'static,
{
    lists::<T, A>(args, rows, |found, _| Ok(convert(found)), || Ok(()))
}

fn lists<T, A>(
    args: &[ColumnarValue],
    rows: usize,
    convert: impl Fn(&Found<'_>, WideNumbers) -> Result<Option<T>>,
    no_array: impl Fn() -> Result<()>,
) -> Result<ColumnarValue>
where
    A: Array + FromIterator<Option<T>> + 'static,
{
    on_arrays(args, rows, |arrays| {
        let Some(first) = arrays.first() else {
            return exec_err!("expected an argument");
        };
        let documents = Texts::of(first)?;
        let modes = modes(arrays, documents.len())?;
        let mut values = Vec::new();
        let mut lengths = Vec::with_capacity(documents.len());
        let mut valid = Vec::with_capacity(documents.len());
        for (document, mode) in documents.iter().zip(modes) {
            let before = values.len();
            let array = match (document, mode) {
                (Some(document), Some(mode)) => match root(document)? {
                    Found::Compound(text) => elements(text).map(|array| (array, mode)),
                    _ => None,
                },
                _ => {
                    lengths.push(0);
                    valid.push(false);
                    continue;
                }
            };
            valid.push(array.is_some());
            match array {
                Some((array, mode)) => {
                    for element in array {
                        values.push(convert(&element, mode)?);
                    }
                }
                None => no_array()?,
            }
            lengths.push(values.len() - before);
        }
        let values: A = values.into_iter().collect();
        let field = Field::new("item", values.data_type().clone(), true);
        Ok(Arc::new(ListArray::try_new(
            Arc::new(field),
            OffsetBuffer::from_lengths(lengths),
            Arc::new(values),
            Some(NullBuffer::from(valid)),
        )?) as ArrayRef)
    })
}

fn wrong(what: &str) -> DataFusionError {
    DataFusionError::Execution(what.to_owned())
}

/// A number of the JSON type.
#[derive(Clone, Copy)]
enum Number {
    Int(i64),
    /// Beyond INT64.
    Unsigned(u64),
    Float(f64),
}

fn number(text: &str) -> Option<Number> {
    text.parse()
        .map(Number::Int)
        .or_else(|_| text.parse().map(Number::Unsigned))
        .ok()
        .or_else(|| text.parse().map(Number::Float).ok())
}

fn bool(found: &Found<'_>) -> Result<Option<bool>> {
    match found {
        Found::Bool(value) => Ok(Some(*value)),
        _ => Err(wrong("the JSON value is not a boolean")),
    }
}

fn int64(found: &Found<'_>) -> Result<Option<i64>> {
    let Found::Number(text) = found else {
        return Err(wrong("the JSON value is not an integer"));
    };
    match number(text) {
        Some(Number::Int(value)) => Ok(Some(value)),
        Some(Number::Float(value)) if value.fract() == 0.0 => match read::int64_of_f64(value) {
            Some(value) => Ok(Some(value)),
            None => exec_err!("the JSON number {text} is no INT64"),
        },
        _ => exec_err!("the JSON number {text} is no INT64"),
    }
}

fn float64(found: &Found<'_>, mode: WideNumbers) -> Result<Option<f64>> {
    const EXACT: u64 = 1 << 53;
    let Found::Number(text) = found else {
        return Err(wrong("the JSON value is not a number"));
    };
    let (value, magnitude) = match number(text) {
        Some(Number::Int(value)) => (value as f64, value.unsigned_abs()),
        Some(Number::Unsigned(value)) => (value as f64, value),
        Some(Number::Float(value)) => (value, 0),
        None => return Err(wrong("the JSON value is not a number")),
    };
    if mode == WideNumbers::Exact && magnitude > EXACT {
        return exec_err!("the JSON number {text} is no FLOAT64 without a loss of digits");
    }
    Ok(Some(value))
}

fn string(found: &Found<'_>) -> Result<Option<String>> {
    match found {
        Found::String(value) => Ok(Some(value.to_string())),
        _ => Err(wrong("the JSON value is not a string")),
    }
}

fn lax_bool(found: &Found<'_>) -> Option<bool> {
    match found {
        Found::Bool(value) => Some(*value),
        Found::String(text) => read::bool(text),
        Found::Number(text) => Some(match number(text)? {
            Number::Int(value) => value != 0,
            Number::Unsigned(value) => value != 0,
            Number::Float(value) => value != 0.0,
        }),
        _ => None,
    }
}

fn lax_int64(found: &Found<'_>) -> Option<i64> {
    match found {
        Found::Bool(value) => Some(i64::from(*value)),
        Found::String(text) => int64_of_decimal(text),
        Found::Number(text) => match number(text)? {
            Number::Int(value) => Some(value),
            Number::Unsigned(_) => None,
            Number::Float(value) => read::int64_of_f64(value),
        },
        _ => None,
    }
}

fn lax_float64(found: &Found<'_>) -> Option<f64> {
    match found {
        Found::String(text) => read::float64(text),
        Found::Number(text) => Some(match number(text)? {
            Number::Int(value) => value as f64,
            Number::Unsigned(value) => value as f64,
            Number::Float(value) => value,
        }),
        _ => None,
    }
}

fn lax_string(found: &Found<'_>) -> Option<String> {
    match found {
        Found::Number(text) => Some(match number(text)? {
            // -0.0 is written without its sign.
            Number::Float(value) => read::text_of_f64(value + 0.0),
            _ => (*text).to_owned(),
        }),
        found => json_value(found).map(str::to_owned),
    }
}

/// A decimal text as a BIGNUMERIC, 38 digits after the point, and that as an INT64, both rounded half away from zero.
fn int64_of_decimal(text: &str) -> Option<i64> {
    let text = text.trim_matches(|c: char| c.is_ascii_whitespace());
    let negative = text.starts_with('-');
    let unsigned = text.strip_prefix(['-', '+']).unwrap_or(text);
    let (mantissa, exponent) = match unsigned.split_once(['e', 'E']) {
        Some((mantissa, exponent)) => (mantissa, exponent.parse::<i32>().ok()?),
        None => (unsigned, 0),
    };
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let digits = format!("{whole}{fraction}");
    if digits.is_empty() || !digits.bytes().all(|b| b.is_ascii_digit()) {
        return None;
    }
    let digits = digits.trim_start_matches('0');
    // The value is `digits * 10^scale`.
    let scale = i64::from(exponent) - i64::try_from(fraction.len()).ok()?;
    let point = i64::try_from(digits.len()).ok()? + scale;
    if digits.is_empty() || point < -38 {
        return Some(0);
    }
    if point > 19 {
        return None;
    }
    let number = BigInt::parse_bytes(digits.as_bytes(), 10)?;
    let ten = |power: i64| BigInt::from(10).pow(u32::try_from(power).unwrap_or(0));
    let units = if scale >= -38 {
        number * ten(scale + 38)
    } else {
        half_away(&number, &ten(-38 - scale))
    };
    let rounded = half_away(&units, &ten(38));
    let signed = if negative { -rounded } else { rounded };
    i64::try_from(signed).ok()
}

/// The quotient of a number that is not negative.
fn half_away(number: &BigInt, divisor: &BigInt) -> BigInt {
    debug_assert!(number.sign() != Sign::Minus);
    (number * 2 + divisor) / (divisor * 2)
}
