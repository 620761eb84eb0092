//! Calls of single functions in tests, without a query around them.

#![allow(clippy::unwrap_used, reason = "a test that can't go on fails")]

use std::sync::Arc;

use datafusion::arrow::array::ArrayRef;
use datafusion::arrow::datatypes::Field;
use datafusion::common::ScalarValue;
use datafusion::common::config::ConfigOptions;
use datafusion::logical_expr::{ColumnarValue, ScalarFunctionArgs};

/// What the function answers for constants, or why it does not.
pub(super) fn call(name: &str, args: &[ScalarValue]) -> Result<ScalarValue, String> {
    let args = args.iter().cloned().map(ColumnarValue::Scalar).collect();
    let array = run(name, args, 1)?.to_array(1).map_err(|e| e.to_string())?;
    ScalarValue::try_from_array(&array, 0).map_err(|e| e.to_string())
}

/// What the function answers for columns and constants.
pub(super) fn call_columns(
    name: &str,
    args: Vec<ColumnarValue>,
    rows: usize,
) -> Result<ArrayRef, String> {
    run(name, args, rows)?
        .to_array(rows)
        .map_err(|e| e.to_string())
}

fn run(name: &str, args: Vec<ColumnarValue>, rows: usize) -> Result<ColumnarValue, String> {
    let function = super::get(name, None).ok_or_else(|| format!("there is no function {name}"))?;
    let given: Vec<_> = args.iter().map(ColumnarValue::data_type).collect();
    let taken = function.coerce_types(&given).map_err(|e| e.to_string())?;
    let returns = function.return_type(&taken).map_err(|e| e.to_string())?;
    let args = args
        .iter()
        .zip(&taken)
        .map(|(arg, to)| arg.cast_to(to, None).unwrap())
        .collect();
    let field = |t| Arc::new(Field::new("", t, true));
    let answer = function
        .invoke_with_args(ScalarFunctionArgs {
            args,
            arg_fields: taken.into_iter().map(field).collect(),
            number_rows: rows,
            return_field: field(returns.clone()),
            config_options: Arc::new(ConfigOptions::default()),
        })
        .map_err(|e| e.strip_backtrace())?;
    assert_eq!(answer.data_type(), returns, "{name} returns what it says");
    Ok(answer)
}

#[test]
fn calls_as_a_query_would() {
    let days = ScalarValue::Date32(Some(3));
    assert_eq!(call("unix_date", &[days]), Ok(ScalarValue::Int64(Some(3))));
    assert!(call("unix_date", &[ScalarValue::Int64(None)]).is_err());
}
