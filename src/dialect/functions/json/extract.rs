//! `JSON_VALUE`, `JSON_QUERY`, their older twins and their forms for arrays; `j.field` and `j[i]`.

use std::borrow::Cow;
use std::sync::Arc;

use datafusion::arrow::array::{
    Array, ArrayRef, AsArray, LargeStringBuilder, ListBuilder, StringViewBuilder,
};
use datafusion::arrow::datatypes::{DataType, Int64Type};
use datafusion::common::{Result, exec_datafusion_err, exec_err, plan_datafusion_err};

use super::super::super::types::{JSON, Kind, array_of};
use super::input::{Texts, on_texts};
use super::{ColumnarValue, Function, kinds, literal, on_arrays, returns_json};
use crate::value::json::{
    Fault, Found, JsonPath, LaxPath, Malformed, Node, PathError, Quoting, elements, encode,
    encode_json, json_query, json_value,
};

pub(in super::super) const ALL: &[Function] = &[
    function(
        "json_value",
        "JSON_VALUE takes a STRING or JSON and a path",
        |_| DataType::Utf8View,
        |args, rows| scalar(args, rows, Quoting::Standard),
    ),
    function(
        "json_extract_scalar",
        "JSON_EXTRACT_SCALAR takes a STRING or JSON and a path",
        |_| DataType::Utf8View,
        |args, rows| scalar(args, rows, Quoting::Legacy),
    ),
    function(
        "json_query",
        "JSON_QUERY takes a STRING or JSON and a path",
        same,
        |args, rows| compound(args, rows, Quoting::Standard),
    ),
    function(
        "json_extract",
        "JSON_EXTRACT takes a STRING or JSON and a path",
        same,
        |args, rows| compound(args, rows, Quoting::Legacy),
    ),
    function(
        "json_value_array",
        "JSON_VALUE_ARRAY takes a STRING or JSON and a path",
        |_| array_of(DataType::Utf8View),
        |args, rows| scalars(args, rows, Quoting::Standard),
    ),
    function(
        "json_extract_string_array",
        "JSON_EXTRACT_STRING_ARRAY takes a STRING or JSON and a path",
        |_| array_of(DataType::Utf8View),
        |args, rows| scalars(args, rows, Quoting::Legacy),
    ),
    function(
        "json_query_array",
        "JSON_QUERY_ARRAY takes a STRING or JSON and a path",
        |taken| array_of(same(taken)),
        |args, rows| compounds(args, rows, Quoting::Standard),
    ),
    function(
        "json_extract_array",
        "JSON_EXTRACT_ARRAY takes a STRING or JSON and a path",
        |taken| array_of(same(taken)),
        |args, rows| compounds(args, rows, Quoting::Legacy),
    ),
    // `j.name`
    Function {
        name: "$json_field",
        takes: |given| kinds(given, &[Kind::Json, Kind::String]),
        usage: "a field is of a JSON",
        returns: returns_json,
        run: step,
    },
    // `j[0]`, `j['name']`
    Function {
        name: "$json_element",
        takes: |given| {
            kinds(given, &[Kind::Json, Kind::Int])
                .or_else(|| kinds(given, &[Kind::Json, Kind::String]))
        },
        usage: "an element of a JSON is asked for by an INT64 or a STRING",
        returns: returns_json,
        run: step,
    },
];

const fn function(
    name: &'static str,
    usage: &'static str,
    returns: fn(&[DataType]) -> DataType,
    run: super::Run,
) -> Function {
    Function {
        name,
        takes: |given| {
            let document = match given.first().map(Kind::of)? {
                Kind::Json => Kind::Json,
                _ => Kind::String,
            };
            match given {
                [_] => kinds(given, &[document]),
                _ => kinds(given, &[document, Kind::String]),
            }
        },
        usage,
        returns,
        run,
    }
}

fn same(taken: &[DataType]) -> DataType {
    taken.first().cloned().unwrap_or(DataType::Utf8View)
}

fn is_json(args: &[ColumnarValue]) -> bool {
    args.first().is_some_and(|arg| arg.data_type() == JSON)
}

/// The path's text, `$` if there is none; none for NULL.
fn path_text(args: &[ColumnarValue]) -> Result<Option<String>> {
    match args.get(1) {
        Some(path) => literal(Some(path), "a JSON path"),
        None => Ok(Some("$".to_owned())),
    }
}

fn path(args: &[ColumnarValue], quoting: Quoting) -> Result<Option<JsonPath>> {
    let text = path_text(args)?;
    text.map(|text| JsonPath::parse_as(&text, quoting).map_err(|e| refused(&text, &e)))
        .transpose()
}

fn refused(path: &str, error: &PathError) -> datafusion::common::DataFusionError {
    plan_datafusion_err!("`{path}` is not a JSON path: {}", error.what)
}

/// What stands at the path; nothing in a document that is malformed before it.
fn find<'a>(doc: &'a str, path: &JsonPath) -> Result<Found<'a>> {
    match path.find(doc) {
        Ok(found) => Ok(found),
        Err(Malformed {
            what: Fault::TooDeep,
            ..
        }) => exec_err!("JSON nests deeper than 1000 levels"),
        Err(_) => Ok(Found::Missing),
    }
}

fn scalar(args: &[ColumnarValue], rows: usize, quoting: Quoting) -> Result<ColumnarValue> {
    let path = path(args, quoting)?;
    on_texts(args, rows, |texts| {
        let mut out = StringViewBuilder::with_capacity(texts.len());
        for text in texts.iter() {
            match text.zip(path.as_ref()) {
                Some((text, path)) => out.append_option(json_value(&find(text, path)?)),
                None => out.append_null(),
            }
        }
        Ok(Arc::new(out.finish()) as ArrayRef)
    })
}

fn compound(args: &[ColumnarValue], rows: usize, quoting: Quoting) -> Result<ColumnarValue> {
    if is_json(args)
        && quoting == Quoting::Standard
        && let Some(text) = path_text(args)?
        && let Some(path) = LaxPath::parse(&text).map_err(|e| refused(&text, &e))?
    {
        return lax(args, rows, &path);
    }
    let path = path(args, quoting)?;
    on_texts(args, rows, |texts| match texts {
        Texts::Strings(_) => {
            let mut out = StringViewBuilder::with_capacity(texts.len());
            for text in texts.iter() {
                match text.zip(path.as_ref()) {
                    Some((text, path)) => out.append_option(json_query(&find(text, path)?)),
                    None => out.append_null(),
                }
            }
            Ok(Arc::new(out.finish()) as ArrayRef)
        }
        Texts::Json(_) => {
            let mut out = LargeStringBuilder::new();
            for text in texts.iter() {
                match text.zip(path.as_ref()) {
                    Some((text, path)) => out.append_option(json(&find(text, path)?)),
                    None => out.append_null(),
                }
            }
            Ok(Arc::new(out.finish()) as ArrayRef)
        }
    })
}

/// A value of the JSON type, found in one of it.
pub(super) fn json<'a>(found: &Found<'a>) -> Option<Cow<'a, str>> {
    Some(match found {
        Found::Missing => return None,
        Found::Null => Cow::Borrowed("null"),
        Found::Bool(true) => Cow::Borrowed("true"),
        Found::Bool(false) => Cow::Borrowed("false"),
        Found::Number(text) | Found::Compound(text) => Cow::Borrowed(*text),
        Found::String(text) => {
            let mut json = String::with_capacity(text.len() + 2);
            encode_json(text, &mut json);
            Cow::Owned(json)
        }
    })
}

fn lax(args: &[ColumnarValue], rows: usize, path: &LaxPath) -> Result<ColumnarValue> {
    on_texts(args, rows, |texts| {
        let mut out = LargeStringBuilder::new();
        for text in texts.iter() {
            let Some(text) = text else {
                out.append_null();
                continue;
            };
            let root = Node::read(text).map_err(|e| exec_datafusion_err!("{e}"))?;
            let mut json = String::from("[");
            for (i, node) in path.find(&root).into_iter().enumerate() {
                if i > 0 {
                    json.push(',');
                }
                node.push(&mut json);
            }
            json.push(']');
            out.append_value(json);
        }
        Ok(Arc::new(out.finish()) as ArrayRef)
    })
}

fn scalars(args: &[ColumnarValue], rows: usize, quoting: Quoting) -> Result<ColumnarValue> {
    let path = path(args, quoting)?;
    on_texts(args, rows, |texts| {
        let mut out = ListBuilder::new(StringViewBuilder::new());
        for text in texts.iter() {
            let found = match text.zip(path.as_ref()) {
                Some((text, path)) => find(text, path)?,
                None => Found::Missing,
            };
            let values: Option<Vec<Found<'_>>> = match found {
                Found::Compound(array) => elements(array).map(Iterator::collect),
                _ => None,
            };
            let values =
                values.filter(|values| !values.iter().any(|v| matches!(v, Found::Compound(_))));
            for value in values.iter().flatten() {
                out.values().append_option(json_value(value));
            }
            out.append(values.is_some());
        }
        Ok(Arc::new(out.finish()) as ArrayRef)
    })
}

fn compounds(args: &[ColumnarValue], rows: usize, quoting: Quoting) -> Result<ColumnarValue> {
    let path = path(args, quoting)?;
    on_texts(args, rows, |texts| match texts {
        Texts::Strings(_) => {
            let mut out = ListBuilder::new(StringViewBuilder::new());
            let mut written = String::new();
            for text in texts.iter() {
                let values = compound_at(text, path.as_ref())?.and_then(elements);
                let is_array = values.is_some();
                for value in values.into_iter().flatten() {
                    if let Found::String(text) = &value {
                        written.clear();
                        encode(text, &mut written);
                        out.values().append_value(&written);
                        continue;
                    }
                    // A null among others is one, in text.
                    let json = json_query(&value);
                    out.values().append_value(json.as_deref().unwrap_or("null"));
                }
                out.append(is_array);
            }
            Ok(Arc::new(out.finish()) as ArrayRef)
        }
        Texts::Json(_) => {
            let mut out = ListBuilder::new(LargeStringBuilder::new());
            for text in texts.iter() {
                let values = compound_at(text, path.as_ref())?.and_then(elements);
                let is_array = values.is_some();
                for value in values.into_iter().flatten() {
                    out.values().append_option(json(&value));
                }
                out.append(is_array);
            }
            Ok(Arc::new(out.finish()) as ArrayRef)
        }
    })
}

/// The object or array at the path, as written.
fn compound_at<'a>(text: Option<&'a str>, path: Option<&JsonPath>) -> Result<Option<&'a str>> {
    let Some((text, path)) = text.zip(path) else {
        return Ok(None);
    };
    Ok(match find(text, path)? {
        Found::Compound(compound) => Some(compound),
        _ => None,
    })
}

/// One step by a name, which is of objects only, or by an index, which is of arrays only.
fn step(args: &[ColumnarValue], rows: usize) -> Result<ColumnarValue> {
    on_arrays(args, rows, |arrays| {
        let [documents, steps] = arrays else {
            return exec_err!("expected two arguments");
        };
        let documents = Texts::of(documents)?;
        let names = steps.as_string_view_opt();
        let indexes = steps.as_primitive_opt::<Int64Type>();
        let mut path: Option<(String, JsonPath)> = None;
        let mut out = LargeStringBuilder::new();
        for (row, document) in documents.iter().enumerate() {
            let (open, name) = match (names, indexes) {
                _ if steps.is_null(row) => ('{', None),
                (Some(names), _) => ('{', Some(Cow::Borrowed(names.value(row)))),
                (_, Some(indexes)) => ('[', Some(Cow::Owned(indexes.value(row).to_string()))),
                _ => return exec_err!("a JSON has no such elements"),
            };
            let document = document.filter(|document| document.starts_with(open));
            let (Some(document), Some(name)) = (document, name) else {
                out.append_null();
                continue;
            };
            if path.as_ref().is_none_or(|(known, _)| *known != *name) {
                let name = name.into_owned();
                path = Some((name.clone(), JsonPath::of_names(vec![name])));
            }
            let found = match &path {
                Some((_, path)) => find(document, path)?,
                None => Found::Missing,
            };
            out.append_option(json(&found));
        }
        Ok(Arc::new(out.finish()) as ArrayRef)
    })
}
