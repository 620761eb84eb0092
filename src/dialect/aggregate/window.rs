//! Functions that exist with `OVER` only: the ones that number rows or look at other rows of the window.

use std::sync::Arc;

use datafusion::arrow::datatypes::DataType;
use datafusion::common::ScalarValue;
use datafusion::functions_window::all_default_window_functions;
use datafusion::logical_expr::WindowUDF;

use super::super::types::{Kind, common, names as type_names};

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

/// Fails where an argument that must be a constant is none, or one BigQuery does not take.
pub(in crate::dialect) fn window_literals(
    name: &str,
    literals: &[Option<ScalarValue>],
) -> Result<(), String> {
    let shown = name.to_ascii_uppercase();
    let least = |at: usize, least: i64| match literals.get(at) {
        None => Ok(()),
        Some(Some(ScalarValue::Int64(Some(n)))) if *n >= least => Ok(()),
        Some(_) => Err(format!(
            "argument {} of {shown} must be a literal or a query parameter of {least} or more",
            at + 1
        )),
    };
    match name {
        "ntile" => least(0, 1),
        "nth_value" => least(1, 1),
        "lag" | "lead" => {
            least(1, 0)?;
            match literals.get(2) {
                Some(None) => Err(format!("argument 3 of {shown} must be constant")),
                _ => Ok(()),
            }
        }
        _ => Ok(()),
    }
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
            // What stands in for a missing row has to become what the values are.
            let (kind, other) = (Kind::of(value), Kind::of(default));
            let both = match common(kind, other)? {
                Kind::Array | Kind::Struct if kind == Kind::Null => default.clone(),
                Kind::Array | Kind::Struct if other == Kind::Null || value == default => {
                    value.clone()
                }
                both if both == kind || matches!(kind, Kind::Null | Kind::Moment) => {
                    both.arrow()?
                }
                _ => return None,
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn types_and_constants() {
        let of = |name: &str, args: &[DataType]| {
            window_takes(name, args).unwrap_or(Err("none".to_owned()))
        };
        let (int, float, text) = (DataType::Int64, DataType::Float64, DataType::Utf8View);
        assert_eq!(
            of("lag", &[float.clone(), int.clone(), int.clone()]),
            Ok((
                vec![float.clone(), int.clone(), float.clone()],
                float.clone()
            ))
        );
        assert!(of("lag", &[int.clone(), int.clone(), float.clone()]).is_err());
        assert!(of("lag", &[text.clone(), float]).is_err());
        assert_eq!(
            of("lead", &[DataType::Null, int.clone(), text.clone()]).map(|(_, returns)| returns),
            Ok(text)
        );
        assert!(of("rank", &[int]).is_err());
        assert!(window_takes("median", &[]).is_none());
        let int = |n| Some(ScalarValue::Int64(n));
        assert!(window_literals("ntile", &[int(Some(0))]).is_err());
        assert!(window_literals("nth_value", &[None, int(Some(1))]).is_ok());
        assert!(window_literals("nth_value", &[None, None]).is_err());
        assert!(window_literals("lag", &[None]).is_ok());
        assert!(window_literals("lag", &[None, int(Some(0)), int(None)]).is_ok());
        assert!(window_literals("lead", &[None, int(Some(-1))]).is_err());
        assert!(window_literals("lead", &[None, int(None)]).is_err());
        assert!(NAMES.iter().all(|name| window(name).is_some()));
    }
}
