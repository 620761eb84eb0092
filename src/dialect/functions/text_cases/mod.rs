//! What the functions of texts answer, one row a documented behaviour.

#![allow(clippy::unwrap_used, reason = "a test that can't go on fails")]

mod format;
mod re2;
mod regexp;
mod strings;

use std::sync::Arc;

use datafusion::arrow::array::{
    Array, ArrayRef, AsArray, BinaryViewArray, Int64Array, StringViewArray,
};
use datafusion::arrow::datatypes::{DataType, Int64Type};
use datafusion::common::ScalarValue;
use datafusion::logical_expr::ColumnarValue;

use super::harness::{call, call_columns};
use super::split::list;

const NULL: ScalarValue = ScalarValue::Utf8View(None);
const NO_BYTES: ScalarValue = ScalarValue::BinaryView(None);
const NO_INT: ScalarValue = ScalarValue::Int64(None);

fn s(text: &str) -> ScalarValue {
    ScalarValue::Utf8View(Some(text.to_owned()))
}

fn b(bytes: &[u8]) -> ScalarValue {
    ScalarValue::BinaryView(Some(bytes.to_vec()))
}

fn i(value: i64) -> ScalarValue {
    ScalarValue::Int64(Some(value))
}

fn t(value: bool) -> ScalarValue {
    ScalarValue::Boolean(Some(value))
}

fn one_list(values: impl Array + 'static) -> ScalarValue {
    let size = values.len();
    let lists = list(values, &[Some(size)]);
    ScalarValue::List(Arc::new(lists.as_list::<i32>().clone()))
}

fn strings(values: &[Option<&str>]) -> ScalarValue {
    one_list(StringViewArray::from_iter(values.iter().copied()))
}

fn texts(values: &[&str]) -> ScalarValue {
    one_list(StringViewArray::from_iter_values(values))
}

fn byte_texts(values: &[&[u8]]) -> ScalarValue {
    one_list(BinaryViewArray::from_iter_values(values))
}

fn ints(values: &[Option<i64>]) -> ScalarValue {
    one_list(Int64Array::from(values.to_vec()))
}

/// Each call answers what stands beside it.
fn answers(cases: &[(&str, &[ScalarValue], ScalarValue)]) {
    for (name, args, expected) in cases {
        assert_eq!(call(name, args).as_ref(), Ok(expected), "{name} {args:?}");
    }
}

/// Each call fails.
fn fails(cases: &[(&str, &[ScalarValue])]) {
    for (name, args) in cases {
        assert!(call(name, args).is_err(), "{name} {args:?}");
    }
}

#[test]
fn columns_and_constants_mix() {
    let texts: ArrayRef = Arc::new(StringViewArray::from(vec![Some("a-b"), None, Some("c")]));
    let counts: ArrayRef = Arc::new(Int64Array::from(vec![Some(2), Some(1), None]));
    let repeated = call_columns(
        "repeat",
        vec![
            ColumnarValue::Array(texts.clone()),
            ColumnarValue::Array(counts),
        ],
        3,
    );
    let repeated = repeated.unwrap();
    let repeated: Vec<_> = repeated.as_string_view().iter().collect();
    assert_eq!(repeated, [Some("a-ba-b"), None, None]);
    let dash = ColumnarValue::Scalar(s("-"));
    let parts = call_columns("split", vec![ColumnarValue::Array(texts), dash], 3).unwrap();
    let parts = parts.as_list::<i32>();
    assert!(parts.is_null(1));
    assert_eq!(parts.value(0).as_string_view().len(), 2);
    assert_eq!(parts.value(2).as_string_view().value(0), "c");
    let points = call("to_code_points", &[s("aé")]).unwrap();
    let points = points.to_array().unwrap();
    let points = points.as_list::<i32>().value(0);
    assert_eq!(points.as_primitive::<Int64Type>().values(), &[97, 233]);
    assert_eq!(points.data_type(), &DataType::Int64);
}
