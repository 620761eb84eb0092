//! What a JSON is and holds: `JSON_TYPE`, `JSON_KEYS`, `JSON_CONTAINS`, `JSON_FLATTEN`.

use std::collections::BTreeSet;
use std::sync::Arc;

use datafusion::arrow::array::{
    Array, ArrayRef, AsArray, BooleanArray, LargeStringArray, LargeStringBuilder, ListBuilder,
    StringViewArray, StringViewBuilder,
};
use datafusion::arrow::datatypes::{DataType, Int64Type};
use datafusion::common::{Result, exec_datafusion_err, exec_err};

use super::super::super::types::{JSON, Kind, array_of};
use super::extract::json;
use super::{Function, kinds, on_arrays, one_json, typed};
use crate::value::json::{Found, JsonPath, Node, elements, encode, is_escaped};

pub(in super::super) const ALL: &[Function] = &[
    Function {
        name: "json_type",
        takes: one_json,
        usage: "JSON_TYPE takes a JSON",
        returns: |_| DataType::Utf8View,
        run: |args, rows| {
            on_arrays(args, rows, |arrays| {
                let documents = typed::<LargeStringArray>(arrays, 0)?;
                let types: StringViewArray =
                    documents.iter().map(|json| json.map(type_of)).collect();
                Ok(Arc::new(types) as ArrayRef)
            })
        },
    },
    Function {
        name: "json_keys",
        takes: |given| match given {
            [_] => one_json(given),
            [_, second] if Kind::of(second) == Kind::String => {
                kinds(given, &[Kind::Json, Kind::String])
            }
            [_, _] => kinds(given, &[Kind::Json, Kind::Int]),
            _ => kinds(given, &[Kind::Json, Kind::Int, Kind::String]),
        },
        usage: "JSON_KEYS takes a JSON and, if at all, a max_depth and a mode",
        returns: |_| array_of(DataType::Utf8View),
        run: |args, rows| on_arrays(args, rows, keys),
    },
    Function {
        name: "json_contains",
        takes: |given| kinds(given, &[Kind::Json; 2]),
        usage: "JSON_CONTAINS takes two JSON",
        returns: |_| DataType::Boolean,
        run: |args, rows| {
            on_arrays(args, rows, |arrays| {
                let outer = typed::<LargeStringArray>(arrays, 0)?;
                let inner = typed::<LargeStringArray>(arrays, 1)?;
                let held = outer.iter().zip(inner).map(|pair| match pair {
                    (Some(outer), Some(inner)) => {
                        contains(&read(outer)?, &read(inner)?, true).map(Some)
                    }
                    _ => Ok(None),
                });
                Ok(Arc::new(held.collect::<Result<BooleanArray>>()?) as ArrayRef)
            })
        },
    },
    Function {
        name: "json_flatten",
        takes: one_json,
        usage: "JSON_FLATTEN takes a JSON",
        returns: |_| array_of(JSON),
        run: |args, rows| {
            on_arrays(args, rows, |arrays| {
                let documents = typed::<LargeStringArray>(arrays, 0)?;
                let root = JsonPath::parse("$").map_err(|e| exec_datafusion_err!("{e}"))?;
                let mut out = ListBuilder::new(LargeStringBuilder::new());
                for document in documents {
                    if let Some(document) = document {
                        let found = root
                            .find(document)
                            .map_err(|e| exec_datafusion_err!("{e}"))?;
                        flatten(&found, out.values());
                    }
                    out.append(document.is_some());
                }
                Ok(Arc::new(out.finish()) as ArrayRef)
            })
        },
    },
];

fn read(document: &str) -> Result<Node> {
    Node::read(document).map_err(|e| exec_datafusion_err!("{e}"))
}

fn type_of(document: &str) -> &'static str {
    match document.bytes().next() {
        Some(b'{') => "object",
        Some(b'[') => "array",
        Some(b'"') => "string",
        Some(b't' | b'f') => "boolean",
        Some(b'n') => "null",
        _ => "number",
    }
}

/// Where keys are looked for.
#[derive(Clone, Copy, PartialEq)]
enum Mode {
    /// Not in arrays.
    Strict,
    /// In arrays of objects.
    Lax,
    /// In arrays of arrays too.
    Recursive,
}

fn keys(arrays: &[ArrayRef]) -> Result<ArrayRef> {
    let documents = typed::<LargeStringArray>(arrays, 0)?;
    let second = arrays.get(1);
    let depths = second.and_then(|a| a.as_primitive_opt::<Int64Type>());
    let modes = arrays
        .get(2)
        .or(second)
        .and_then(|a| a.as_string_view_opt());
    let mut out = ListBuilder::new(StringViewBuilder::new());
    for (row, document) in documents.iter().enumerate() {
        let null = |array: &dyn Array| array.is_null(row);
        if depths.is_some_and(|a| null(a)) || modes.is_some_and(|a| null(a)) {
            return exec_err!("JSON_KEYS with a NULL argument is not supported yet");
        }
        let depth = depths.map_or(i64::MAX, |depths| depths.value(row));
        if depth <= 0 {
            return exec_err!("max_depth of JSON_KEYS must be positive");
        }
        let mode = match modes.map(|modes| modes.value(row)) {
            None | Some("strict") => Mode::Strict,
            Some("lax") => Mode::Lax,
            Some("lax recursive") => Mode::Recursive,
            Some(other) => return exec_err!("JSON_KEYS has no mode `{other}`"),
        };
        if let Some(document) = document {
            let mut found = BTreeSet::new();
            collect_keys(&read(document)?, "", depth, mode, &mut found);
            for key in found {
                out.values().append_value(key);
            }
        }
        out.append(document.is_some());
    }
    Ok(Arc::new(out.finish()))
}

/// Names of members and of theirs, `a.b`; one with a point or an escape in it in quotes.
fn collect_keys(node: &Node, prefix: &str, depth: i64, mode: Mode, found: &mut BTreeSet<String>) {
    match node {
        Node::Object(members) => {
            for (name, member) in members {
                // Below an empty name ZetaSQL forgets the prefix.
                let mut key = match prefix {
                    "" => String::new(),
                    prefix => format!("{prefix}."),
                };
                if name.contains('.') || is_escaped(name) {
                    encode(name, &mut key);
                } else {
                    key.push_str(name);
                }
                if depth > 1 {
                    collect_keys(member, &key, depth - 1, mode, found);
                }
                found.insert(key);
            }
        }
        Node::Array(elements) if mode != Mode::Strict => {
            for element in elements {
                let goes_in = match element {
                    Node::Object(_) => true,
                    Node::Array(_) => mode == Mode::Recursive,
                    _ => false,
                };
                if goes_in {
                    collect_keys(element, prefix, depth, mode, found);
                }
            }
        }
        _ => {}
    }
}

/// Whether `inner` is a part of `outer`; on top, an array holds a scalar too.
fn contains(outer: &Node, inner: &Node, top: bool) -> Result<bool> {
    Ok(match (outer, inner) {
        (Node::Object(outer), Node::Object(inner)) => {
            for (name, inner) in inner {
                let held = match outer.get(name) {
                    Some(outer) => contains(outer, inner, false)?,
                    None => false,
                };
                if !held {
                    return Ok(false);
                }
            }
            true
        }
        (_, Node::Object(_)) => false,
        (Node::Array(outer), Node::Array(inner)) => {
            for inner in inner {
                if !any_contains(outer, inner)? {
                    return Ok(false);
                }
            }
            true
        }
        (_, Node::Array(_)) => false,
        (Node::Array(outer), scalar) => top && any_contains(outer, scalar)?,
        (Node::Number(a), Node::Number(b)) => same_number(a, b)?,
        (outer, inner) => outer == inner,
    })
}

fn any_contains(outer: &[Node], inner: &Node) -> Result<bool> {
    for outer in outer {
        if contains(outer, inner, false)? {
            return Ok(true);
        }
    }
    Ok(false)
}

/// Whether two numbers of the JSON type are equal.
fn same_number(a: &str, b: &str) -> Result<bool> {
    let is_float = |text: &str| text.contains(['.', 'e']);
    match (is_float(a), is_float(b)) {
        (false, false) => Ok(a == b),
        (true, true) => Ok(a.parse::<f64>().ok() == b.parse::<f64>().ok()),
        (float, _) => {
            let (float, integer) = if float { (a, b) } else { (b, a) };
            let same = float.parse::<f64>().ok() == integer.parse::<f64>().ok();
            let rounds = integer.parse::<i128>().is_ok_and(|i| i.abs() > 1 << 53);
            if same && rounds {
                return exec_err!(
                    "JSON_CONTAINS of {integer} and {float} is not supported: whether they are equal depends on rounding"
                );
            }
            Ok(same)
        }
    }
}

fn flatten(found: &Found<'_>, out: &mut LargeStringBuilder) {
    let array = match found {
        Found::Compound(text) => elements(text),
        _ => None,
    };
    match array {
        Some(array) => array.for_each(|element| flatten(&element, out)),
        None => out.append_option(json(found)),
    }
}
