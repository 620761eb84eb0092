//! Functions that exist with `OVER` only: the ones that number rows or look at other rows of the window.

use std::sync::Arc;

use datafusion::arrow::datatypes::DataType;
use datafusion::functions_window::all_default_window_functions;
use datafusion::logical_expr::WindowUDF;

use super::super::types::{Kind, names as type_names};

/// Their names.
const NAMES: [&str; 11] = [
    "cume_dist",
    "dense_rank",
    "first_value",
    "lag",
    "last_value",
    "lead",
    "nth_value",
    "ntile",
    "percent_rank",
    "rank",
    "row_number",
];

/// The window function called `name`: DataFusion's, whose answers are BigQuery's.
///
/// What they number they give as UINT64.
pub(in crate::dialect) fn window(name: &str) -> Option<Arc<WindowUDF>> {
    NAMES.contains(&name).then_some(())?;
    all_default_window_functions()
        .into_iter()
        .find(|function| function.name() == name)
}

/// The types a window function's arguments are cast to, and the type it returns; none if no window function is called so.
pub(in crate::dialect) fn window_takes(
    name: &str,
    args: &[DataType],
) -> Option<Result<(Vec<DataType>, DataType), String>> {
    NAMES.contains(&name).then_some(())?;
    Some(takes(name, args).ok_or_else(|| {
        let usage = match name {
            "first_value" | "last_value" => "a value",
            "lag" | "lead" => {
                "a value, an INT64 literal that is not negative, and a value of the same type"
            }
            "nth_value" => "a value and an INT64 literal greater than 0",
            "ntile" => "an INT64 literal greater than 0",
            _ => "nothing",
        };
        format!(
            "{} takes {usage}, not ({})",
            name.to_ascii_uppercase(),
            type_names(args)
        )
    }))
}

fn takes(name: &str, args: &[DataType]) -> Option<(Vec<DataType>, DataType)> {
    match (name, args) {
        ("row_number" | "rank" | "dense_rank", []) => Some((vec![], DataType::UInt64)),
        ("percent_rank" | "cume_dist", []) => Some((vec![], DataType::Float64)),
        ("ntile", [n]) => Some((vec![int(n)?], DataType::UInt64)),
        ("first_value" | "last_value", [value]) => Some((vec![any(value)?], any(value)?)),
        ("nth_value", [value, n]) => Some((vec![any(value)?, int(n)?], any(value)?)),
        ("lag" | "lead", [value]) => Some((vec![any(value)?], any(value)?)),
        ("lag" | "lead", [value, offset]) => Some((vec![any(value)?, int(offset)?], any(value)?)),
        ("lag" | "lead", [value, offset, default]) => {
            let both = match super::super::types::common(Kind::of(value), Kind::of(default))? {
                Kind::Array | Kind::Struct if value == default => value.clone(),
                Kind::Array | Kind::Struct if Kind::of(default) == Kind::Null => value.clone(),
                kind => kind.arrow()?,
            };
            let both = any(&both)?;
            Some((vec![both.clone(), int(offset)?, both.clone()], both))
        }
        _ => None,
    }
}

fn any(given: &DataType) -> Option<DataType> {
    match Kind::of(given) {
        Kind::Null => Some(DataType::Int64),
        Kind::Array | Kind::Struct => Some(given.clone()),
        kind => kind.arrow(),
    }
}

fn int(given: &DataType) -> Option<DataType> {
    matches!(Kind::of(given), Kind::Int).then_some(DataType::Int64)
}
