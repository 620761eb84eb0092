//! Functions of regular expressions, in RE2's syntax. NULL in any argument is NULL.

use std::sync::Arc;

use datafusion::arrow::array::{ArrayRef, StringViewArray};
use datafusion::arrow::compute::{regexp_is_match, regexp_is_match_scalar};
use datafusion::arrow::datatypes::DataType;
use datafusion::common::{Result, exec_datafusion_err};
use datafusion::logical_expr::ColumnarValue;

use super::super::types::Kind;
use super::{Function, exactly, on_arrays, typed};

pub(super) const ALL: &[Function] = &[Function {
    name: "regexp_contains",
    takes: |given| exactly(given, &[Kind::String; 2]),
    usage: "REGEXP_CONTAINS takes a STRING and a regular expression",
    returns: |_| DataType::Boolean,
    run: contains,
}];

fn contains(args: &[ColumnarValue], rows: usize) -> Result<ColumnarValue> {
    // A pattern that is a literal, the usual case, is compiled once a batch.
    let pattern = match args.get(1) {
        Some(ColumnarValue::Scalar(pattern)) => pattern.try_as_str().flatten(),
        _ => None,
    };
    on_arrays(args, rows, |arrays| {
        let texts = typed::<StringViewArray>(arrays, 0)?;
        let found = match pattern {
            Some(pattern) => regexp_is_match_scalar(texts, pattern, None),
            None => regexp_is_match(
                texts,
                typed::<StringViewArray>(arrays, 1)?,
                None::<&StringViewArray>,
            ),
        };
        let found = found.map_err(|e| exec_datafusion_err!("REGEXP_CONTAINS: {e}"))?;
        Ok(Arc::new(found) as ArrayRef)
    })
}
