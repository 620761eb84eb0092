//! JSON changed: `JSON_SET`, `JSON_REMOVE`, `JSON_STRIP_NULLS`, `JSON_ARRAY_APPEND`, `JSON_ARRAY_INSERT`.

use std::sync::Arc;

use datafusion::arrow::array::{
    Array, ArrayRef, BooleanArray, LargeStringArray, LargeStringBuilder, StringViewArray,
};
use datafusion::arrow::datatypes::DataType;
use datafusion::common::{DataFusionError, Result, exec_datafusion_err, exec_err};

use super::super::super::types::{JSON, Kind};
use super::build::TO_JSON;
use super::write::{Writer, is_writable};
use super::{ColumnarValue, Function, Run, kinds, on_arrays, returns_json, typed};
use crate::value::json::{Node, Place, StrictPath, TooLong};

pub(in super::super) const ALL: &[Function] = &[
    pairs(
        "json_set",
        "JSON_SET takes a JSON, pairs of a path and a value and, if at all, create_if_missing",
        |args, rows| {
            change(args, rows, |json, path, added, create| {
                json.set(path, added.whole, create)
            })
        },
    ),
    pairs(
        "json_array_append",
        "JSON_ARRAY_APPEND takes a JSON, pairs of a path and a value and, if at all, append_each_element",
        |args, rows| add(args, rows, Place::Append),
    ),
    pairs(
        "json_array_insert",
        "JSON_ARRAY_INSERT takes a JSON, pairs of a path and a value and, if at all, insert_each_element",
        |args, rows| add(args, rows, Place::Insert),
    ),
    Function {
        name: "json_remove",
        takes: |given| {
            let mut wanted = vec![Kind::String; given.len()];
            *wanted.first_mut()? = Kind::Json;
            (given.len() > 1).then(|| kinds(given, &wanted))?
        },
        usage: "JSON_REMOVE takes a JSON and paths",
        returns: returns_json,
        run: |args, rows| on_arrays(args, rows, remove),
    },
    Function {
        name: "json_strip_nulls",
        takes: |given| {
            let wanted = [Kind::Json, Kind::String, Kind::Bool, Kind::Bool];
            kinds(given, wanted.get(..given.len())?)
        },
        usage: "JSON_STRIP_NULLS takes a JSON and, if at all, a path, include_arrays and remove_empty",
        returns: returns_json,
        run: |args, rows| on_arrays(args, rows, strip_nulls),
    },
];

/// A JSON, pairs of a path and a value, and maybe a flag.
const fn pairs(name: &'static str, usage: &'static str, run: Run) -> Function {
    Function {
        name,
        takes: take_pairs,
        usage,
        returns: returns_json,
        run,
    }
}

fn take_pairs(given: &[DataType]) -> Option<Vec<DataType>> {
    let (document, rest) = given.split_first()?;
    if !matches!(Kind::of(document), Kind::Json | Kind::Null) || rest.len() < 2 {
        return None;
    }
    let mut taken = vec![JSON];
    let mut pairs = rest.chunks_exact(2);
    for pair in &mut pairs {
        let [path, value] = pair else { return None };
        let is_path = matches!(Kind::of(path), Kind::String | Kind::Null);
        if !is_path || !is_writable(value) {
            return None;
        }
        taken.extend([DataType::Utf8View, value.clone()]);
    }
    if let [flag] = pairs.remainder() {
        matches!(Kind::of(flag), Kind::Bool | Kind::Null).then(|| taken.push(DataType::Boolean))?;
    }
    Some(taken)
}

/// A value to put into a JSON.
struct Added {
    whole: Node,
    /// Whether it is a SQL array.
    is_array: bool,
}

impl Added {
    /// Its elements if it is an array and they go in one by one, else itself; nothing for a NULL array.
    fn elements(self, each: bool) -> Option<Vec<Node>> {
        match self.whole {
            Node::Array(elements) if each && self.is_array => Some(elements),
            Node::Null if each && self.is_array => None,
            whole => Some(vec![whole]),
        }
    }
}

/// The last path parsed, for columns of one path.
#[derive(Default)]
struct LastPath(Option<(String, StrictPath)>);

impl LastPath {
    fn parse(&mut self, text: &str) -> Result<&StrictPath> {
        if self.0.as_ref().is_none_or(|(known, _)| known != text) {
            let path = StrictPath::parse(text)
                .map_err(|e| exec_datafusion_err!("`{text}` is not a JSON path: {}", e.what))?;
            self.0 = Some((text.to_owned(), path));
        }
        match &self.0 {
            Some((_, path)) => Ok(path),
            None => exec_err!("a JSON path is missing"),
        }
    }
}

fn too_long(_: TooLong) -> DataFusionError {
    exec_datafusion_err!("a JSON array would have more than 1000000 elements")
}

fn read(document: &str) -> Result<Node> {
    Node::read(document).map_err(|e| exec_datafusion_err!("{e}"))
}

fn add(args: &[ColumnarValue], rows: usize, place: Place) -> Result<ColumnarValue> {
    change(args, rows, |json, path, added, each| {
        match added.elements(each) {
            Some(elements) => json.add(path, elements, place),
            None => Ok(()),
        }
    })
}

fn change(
    args: &[ColumnarValue],
    rows: usize,
    apply: impl Fn(&mut Node, &StrictPath, Added, bool) -> Result<(), TooLong>,
) -> Result<ColumnarValue> {
    on_arrays(args, rows, |arrays| {
        let documents = typed::<LargeStringArray>(arrays, 0)?;
        let rest = arrays.get(1..).unwrap_or_default();
        let mut pairs = Vec::new();
        for pair in rest.chunks_exact(2) {
            let [_, values] = pair else { continue };
            let is_array = Kind::of(values.data_type()) == Kind::Array;
            let writer = Writer::new(values, TO_JSON)?;
            pairs.push((typed::<StringViewArray>(pair, 0)?, writer, is_array));
        }
        let flags = match rest.len() % 2 {
            0 => None,
            _ => Some(typed::<BooleanArray>(rest, rest.len() - 1)?),
        };
        let mut paths: Vec<LastPath> = pairs.iter().map(|_| LastPath::default()).collect();
        let mut out = LargeStringBuilder::new();
        let mut json = String::new();
        for (row, document) in documents.iter().enumerate() {
            let Some(document) = document else {
                out.append_null();
                continue;
            };
            let flag = match flags {
                None => Some(true),
                Some(flags) => flags.is_valid(row).then(|| flags.value(row)),
            };
            let mut node = read(document)?;
            for ((texts, writer, is_array), path) in pairs.iter().zip(&mut paths) {
                if texts.is_null(row) {
                    continue;
                }
                // A path must be one, whatever becomes of it.
                let path = path.parse(texts.value(row))?;
                let Some(flag) = flag else { continue };
                json.clear();
                writer.push(row, TO_JSON, &mut json)?;
                let added = Added {
                    whole: read(&json)?,
                    is_array: *is_array,
                };
                apply(&mut node, path, added, flag).map_err(too_long)?;
            }
            json.clear();
            node.push(&mut json);
            out.append_value(&json);
        }
        Ok(Arc::new(out.finish()) as ArrayRef)
    })
}

fn remove(arrays: &[ArrayRef]) -> Result<ArrayRef> {
    let documents = typed::<LargeStringArray>(arrays, 0)?;
    let texts = (1..arrays.len())
        .map(|i| typed::<StringViewArray>(arrays, i))
        .collect::<Result<Vec<_>>>()?;
    let mut paths: Vec<LastPath> = texts.iter().map(|_| LastPath::default()).collect();
    let mut out = LargeStringBuilder::new();
    let mut json = String::new();
    for (row, document) in documents.iter().enumerate() {
        let Some(document) = document else {
            out.append_null();
            continue;
        };
        let mut node = read(document)?;
        for (texts, path) in texts.iter().zip(&mut paths) {
            if texts.is_null(row) {
                continue;
            }
            let path = path.parse(texts.value(row))?;
            if path.steps().is_empty() {
                return exec_err!("the path of JSON_REMOVE can't be `$`");
            }
            node.remove(path);
        }
        json.clear();
        node.push(&mut json);
        out.append_value(&json);
    }
    Ok(Arc::new(out.finish()))
}

fn strip_nulls(arrays: &[ArrayRef]) -> Result<ArrayRef> {
    let documents = typed::<LargeStringArray>(arrays, 0)?;
    let texts = match arrays.len() {
        1 => None,
        _ => Some(typed::<StringViewArray>(arrays, 1)?),
    };
    let flag = |index: usize, default: bool| {
        let flags = match arrays.get(index) {
            None => None,
            Some(_) => Some(typed::<BooleanArray>(arrays, index)?),
        };
        Ok::<_, DataFusionError>(move |row: usize| match flags {
            None => Some(default),
            Some(flags) => flags.is_valid(row).then(|| flags.value(row)),
        })
    };
    let (in_arrays, empty) = (flag(2, true)?, flag(3, false)?);
    let mut path = LastPath::default();
    let mut out = LargeStringBuilder::new();
    let mut json = String::new();
    for (row, document) in documents.iter().enumerate() {
        let Some(document) = document else {
            out.append_null();
            continue;
        };
        let text = match texts {
            None => Some("$"),
            Some(texts) => texts.is_valid(row).then(|| texts.value(row)),
        };
        let path = text.map(|text| path.parse(text)).transpose()?;
        let (Some(path), Some(in_arrays), Some(empty)) = (path, in_arrays(row), empty(row)) else {
            out.append_value(document);
            continue;
        };
        let mut node = read(document)?;
        if let Some(part) = node.at(path.steps()) {
            part.strip_nulls(in_arrays, empty);
        }
        json.clear();
        node.push(&mut json);
        out.append_value(&json);
    }
    Ok(Arc::new(out.finish()))
}
