//! `JSON_VALUE`, `JSON_QUERY` and their older twins, of JSON-formatted STRINGs.
//!
//! A document that is malformed after the hit still answers, as in BigQuery; one that is malformed before it is NULL.

use std::sync::Arc;

use datafusion::arrow::array::{Array, ArrayRef, AsArray, StringViewBuilder};
use datafusion::arrow::datatypes::DataType;
use datafusion::common::{Result, exec_datafusion_err, plan_datafusion_err};
use datafusion::logical_expr::ColumnarValue;

use super::super::types::Kind;
use super::{Function, exactly, literal, on_arrays};
use crate::value::json::{Found, JsonPath, PathSet, Quoting, json_query, json_value};

pub(super) const ALL: &[Function] = &[
    function(
        "json_value",
        "JSON_VALUE takes a STRING and a path",
        |args, rows| look_up(args, rows, Quoting::Standard, scalar),
    ),
    function(
        "json_query",
        "JSON_QUERY takes a STRING and a path",
        |args, rows| look_up(args, rows, Quoting::Standard, compound),
    ),
    function(
        "json_extract_scalar",
        "JSON_EXTRACT_SCALAR takes a STRING and a path",
        |args, rows| look_up(args, rows, Quoting::Legacy, scalar),
    ),
    function(
        "json_extract",
        "JSON_EXTRACT takes a STRING and a path",
        |args, rows| look_up(args, rows, Quoting::Legacy, compound),
    ),
];

const fn function(name: &'static str, usage: &'static str, run: super::Run) -> Function {
    Function {
        name,
        takes: |given| match given {
            [_] => exactly(given, &[Kind::String]),
            _ => exactly(given, &[Kind::String; 2]),
        },
        usage,
        returns: |_| DataType::Utf8View,
        run,
    }
}

fn scalar(found: &Found<'_>, out: &mut StringViewBuilder) {
    out.append_option(json_value(found));
}

fn compound(found: &Found<'_>, out: &mut StringViewBuilder) {
    out.append_option(json_query(found));
}

fn look_up(
    args: &[ColumnarValue],
    rows: usize,
    quoting: Quoting,
    append: fn(&Found<'_>, &mut StringViewBuilder),
) -> Result<ColumnarValue> {
    let path = match args.get(1) {
        Some(path) => literal(Some(path), "a JSON path")?,
        None => Some("$".to_owned()),
    };
    let paths = path
        .map(|text| {
            JsonPath::parse_as(&text, quoting)
                .map(|path| PathSet::new(vec![path]))
                .map_err(|e| plan_datafusion_err!("`{text}` is not a JSON path: {}", e.what))
        })
        .transpose()?;
    on_arrays(args.get(..1).unwrap_or_default(), rows, |arrays| {
        let texts = arrays
            .first()
            .and_then(|a| a.as_string_view_opt())
            .ok_or_else(|| exec_datafusion_err!("expected a STRING"))?;
        let mut out = StringViewBuilder::with_capacity(texts.len());
        let mut found = Vec::new();
        for text in texts {
            match (text, &paths) {
                (Some(text), Some(paths)) => {
                    // What was found before a fault stands; the fault itself is no answer.
                    let _ = paths.walk(text, &mut found);
                    append(found.first().unwrap_or(&Found::Missing), &mut out);
                }
                _ => out.append_null(),
            }
            found.clear();
        }
        Ok(Arc::new(out.finish()) as ArrayRef)
    })
}
