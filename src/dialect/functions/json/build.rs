//! JSON out of other types: `TO_JSON`, `TO_JSON_STRING`, `JSON_ARRAY`, `JSON_OBJECT`.

use std::sync::Arc;

use datafusion::arrow::array::{
    Array, ArrayRef, AsArray, BooleanArray, LargeStringBuilder, ListArray, StringViewArray,
    StringViewBuilder,
};
use datafusion::arrow::datatypes::DataType;
use datafusion::common::{Result, exec_err};
use datafusion::logical_expr::ColumnarValue as Columnar;

use super::super::super::types::{Kind, array_of};
use super::write::{Style, Writer, is_writable};
use super::{ColumnarValue, Function, finish, on_arrays, returns_json, typed};
use crate::value::json::encode_json;

pub(in super::super) const ALL: &[Function] = &[
    Function {
        name: "to_json",
        takes: value_and_flag,
        usage: "TO_JSON takes a value of a type JSON knows and, if at all, stringify_wide_numbers; a moment of a table must say whether it is a DATETIME or a TIMESTAMP",
        returns: returns_json,
        run: |args, rows| on_arrays(args, rows, to_json),
    },
    Function {
        name: "safe_to_json",
        takes: |given| (given.len() == 1).then(|| value_and_flag(given))?,
        usage: "SAFE_TO_JSON takes a value of a type JSON knows; a moment of a table must say whether it is a DATETIME or a TIMESTAMP",
        returns: returns_json,
        run: |args, rows| on_arrays(args, rows, to_json),
    },
    Function {
        name: "to_json_string",
        takes: value_and_flag,
        usage: "TO_JSON_STRING takes a value of a type JSON knows and, if at all, pretty_print; a moment of a table must say whether it is a DATETIME or a TIMESTAMP",
        returns: |_| DataType::Utf8View,
        run: |args, rows| on_arrays(args, rows, to_json_string),
    },
    Function {
        name: "json_array",
        takes: |given| given.iter().all(is_writable).then(|| given.to_vec()),
        usage: "JSON_ARRAY takes values of types JSON knows",
        returns: returns_json,
        run: |args, rows| with_rows(args, rows, array),
    },
    Function {
        name: "json_object",
        takes: take_object,
        usage: "JSON_OBJECT takes keys, each a STRING before its value, or an array of keys and one of values",
        returns: returns_json,
        run: |args, rows| with_rows(args, rows, object),
    },
];

/// What adds members and elements writes them as `TO_JSON` does.
pub(super) const TO_JSON: Style = Style::Json { stringify: false };

fn value_and_flag(given: &[DataType]) -> Option<Vec<DataType>> {
    match given {
        [value] => is_writable(value).then(|| vec![value.clone()]),
        [value, flag] => {
            let flagged = matches!(Kind::of(flag), Kind::Bool | Kind::Null);
            (flagged && is_writable(value)).then(|| vec![value.clone(), DataType::Boolean])
        }
        _ => None,
    }
}

fn take_object(given: &[DataType]) -> Option<Vec<DataType>> {
    if !given.iter().all(is_writable) {
        return None;
    }
    if let [keys, values] = given
        && Kind::of(keys) == Kind::Array
    {
        let is_array = matches!(Kind::of(values), Kind::Array);
        return is_array.then(|| vec![array_of(DataType::Utf8View), values.clone()]);
    }
    let pair = |pair: &[DataType]| match pair {
        [key, value] if matches!(Kind::of(key), Kind::String | Kind::Null) => {
            Some([DataType::Utf8View, value.clone()])
        }
        _ => None,
    };
    let pairs: Option<Vec<_>> = given.chunks(2).map(pair).collect();
    Some(pairs?.into_iter().flatten().collect())
}

/// [`on_arrays`] for functions that may have no arguments.
fn with_rows(
    args: &[ColumnarValue],
    rows: usize,
    run: fn(&[ArrayRef], usize) -> Result<ArrayRef>,
) -> Result<ColumnarValue> {
    if args.is_empty() {
        return finish(run(&[], 1)?, true);
    }
    let constant = args.iter().all(|a| matches!(a, Columnar::Scalar(_)));
    let rows = if constant { 1 } else { rows };
    on_arrays(args, rows, |arrays| run(arrays, rows))
}

/// The flag of each row, `default` without a second argument.
fn flags(arrays: &[ArrayRef], default: bool) -> Result<impl Fn(usize) -> Option<bool>> {
    let flags = match arrays.len() {
        0 | 1 => None,
        _ => Some(typed::<BooleanArray>(arrays, 1)?.clone()),
    };
    Ok(move |row| match &flags {
        None => Some(default),
        Some(flags) => flags.is_valid(row).then(|| flags.value(row)),
    })
}

fn to_json(arrays: &[ArrayRef]) -> Result<ArrayRef> {
    let Some(values) = arrays.first() else {
        return exec_err!("expected an argument");
    };
    let flag = flags(arrays, false)?;
    let writer = Writer::new(values, TO_JSON)?;
    let mut out = LargeStringBuilder::with_capacity(values.len(), 0);
    let mut json = String::new();
    for row in 0..values.len() {
        let Some(stringify) = flag(row) else {
            out.append_null();
            continue;
        };
        json.clear();
        writer.push(row, Style::Json { stringify }, &mut json)?;
        out.append_value(&json);
    }
    Ok(Arc::new(out.finish()))
}

fn to_json_string(arrays: &[ArrayRef]) -> Result<ArrayRef> {
    let Some(values) = arrays.first() else {
        return exec_err!("expected an argument");
    };
    let flag = flags(arrays, false)?;
    let writer = Writer::new(values, Style::Text { pretty: false })?;
    let mut out = StringViewBuilder::with_capacity(values.len());
    let mut json = String::new();
    for row in 0..values.len() {
        let Some(pretty) = flag(row) else {
            out.append_null();
            continue;
        };
        json.clear();
        writer.push(row, Style::Text { pretty }, &mut json)?;
        out.append_value(&json);
    }
    Ok(Arc::new(out.finish()))
}

fn writers(arrays: &[ArrayRef]) -> Result<Vec<Writer>> {
    arrays.iter().map(|a| Writer::new(a, TO_JSON)).collect()
}

fn array(arrays: &[ArrayRef], rows: usize) -> Result<ArrayRef> {
    let writers = writers(arrays)?;
    let mut out = LargeStringBuilder::new();
    let mut json = String::new();
    for row in 0..rows {
        json.clear();
        json.push('[');
        for (i, writer) in writers.iter().enumerate() {
            if i > 0 {
                json.push(',');
            }
            writer.push(row, TO_JSON, &mut json)?;
        }
        json.push(']');
        out.append_value(&json);
    }
    Ok(Arc::new(out.finish()))
}

fn object(arrays: &[ArrayRef], rows: usize) -> Result<ArrayRef> {
    if let [keys, values] = arrays
        && let Some(keys) = keys.as_list_opt::<i32>()
        && let Some(values) = values.as_list_opt::<i32>()
    {
        return object_of_arrays(keys, values);
    }
    let mut pairs = Vec::with_capacity(arrays.len() / 2);
    for pair in arrays.chunks(2) {
        let keys = typed::<StringViewArray>(pair, 0)?;
        if let Some(values) = pair.get(1) {
            pairs.push((keys, Writer::new(values, TO_JSON)?));
        }
    }
    let mut out = LargeStringBuilder::new();
    let mut members = Vec::with_capacity(pairs.len());
    for row in 0..rows {
        for (keys, writer) in &pairs {
            if keys.is_null(row) {
                return exec_err!("invalid input to JSON_OBJECT: a key is NULL");
            }
            members.push((keys.value(row), writer, row));
        }
        out.append_value(join(&mut members)?);
    }
    Ok(Arc::new(out.finish()))
}

fn object_of_arrays(keys: &ListArray, values: &ListArray) -> Result<ArrayRef> {
    let writer = Writer::new(values.values(), TO_JSON)?;
    let names = keys.values().as_string_view_opt();
    let mut out = LargeStringBuilder::new();
    let mut members = Vec::new();
    for row in 0..keys.len() {
        if keys.is_null(row) {
            return exec_err!("invalid input to JSON_OBJECT: the array of keys is NULL");
        }
        if values.is_null(row) {
            return exec_err!("invalid input to JSON_OBJECT: the array of values is NULL");
        }
        let range = |list: &ListArray| {
            let offsets = list.value_offsets();
            let at = |i: usize| offsets.get(i).map_or(0, |o| *o as usize);
            at(row)..at(row + 1)
        };
        let (keys, values) = (range(keys), range(values));
        if keys.len() != values.len() {
            return exec_err!(
                "invalid input to JSON_OBJECT: {} keys and {} values",
                keys.len(),
                values.len()
            );
        }
        for (key, value) in keys.zip(values) {
            match names.filter(|names| names.is_valid(key)) {
                Some(names) => members.push((names.value(key), &writer, value)),
                None => return exec_err!("invalid input to JSON_OBJECT: a key is NULL"),
            }
        }
        out.append_value(join(&mut members)?);
    }
    Ok(Arc::new(out.finish()))
}

/// An object of the JSON type, of members in any order; takes them all.
fn join(members: &mut Vec<(&str, &Writer, usize)>) -> Result<String> {
    let mut json = String::from("{");
    // Stable: of two of one name, the first stays first.
    members.sort_by_key(|(name, ..)| *name);
    let mut last = None;
    for (name, writer, row) in members.drain(..) {
        if last.replace(name) == Some(name) {
            continue;
        }
        if json.len() > 1 {
            json.push(',');
        }
        encode_json(name, &mut json);
        json.push(':');
        writer.push(row, TO_JSON, &mut json)?;
    }
    json.push('}');
    Ok(json)
}
