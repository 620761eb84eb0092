//! Calls with constants and with columns.

#![allow(clippy::unwrap_used, reason = "a test that can't go on fails")]

use std::sync::Arc;

use datafusion::arrow::array::{
    Array, ArrayRef, AsArray, Float64Array, Int64Array, ListArray, StringViewArray,
};
use datafusion::arrow::buffer::OffsetBuffer;
use datafusion::arrow::datatypes::{DataType, Field, Float64Type, Int64Type};
use datafusion::common::ScalarValue;
use datafusion::logical_expr::ColumnarValue;

use super::super::harness::{call, call_columns};

fn int(value: impl Into<Option<i64>>) -> ScalarValue {
    ScalarValue::Int64(value.into())
}

fn text(value: &str) -> ScalarValue {
    ScalarValue::Utf8View(Some(value.to_owned()))
}

fn ints(values: &[Option<i64>]) -> ScalarValue {
    let list = ListArray::from_iter_primitive::<Int64Type, _, _>([Some(values.to_vec())]);
    ScalarValue::List(Arc::new(list))
}

fn some(values: &[i64]) -> ScalarValue {
    let values: Vec<_> = values.iter().map(|v| Some(*v)).collect();
    ints(&values)
}

fn floats(values: &[f64]) -> ScalarValue {
    let values: Vec<_> = values.iter().map(|v| Some(*v)).collect();
    let list = ListArray::from_iter_primitive::<Float64Type, _, _>([Some(values)]);
    ScalarValue::List(Arc::new(list))
}

fn null_array() -> ScalarValue {
    let list = ListArray::from_iter_primitive::<Int64Type, _, _>([None::<Vec<Option<i64>>>]);
    ScalarValue::List(Arc::new(list))
}

fn ok(name: &str, args: &[ScalarValue], expected: ScalarValue) {
    assert_eq!(call(name, args), Ok(expected), "{name} of {args:?}");
}

fn bool(value: impl Into<Option<bool>>) -> ScalarValue {
    ScalarValue::Boolean(value.into())
}

#[test]
fn makes_and_measures() {
    ok(
        "$array",
        &[int(1), int(None), int(3)],
        ints(&[Some(1), None, Some(3)]),
    );
    ok("$array", &[], some(&[]));
    ok("$array", &[ScalarValue::Null], ints(&[None]));
    assert!(call("$array", &[int(1), text("a")]).is_err());
    assert!(call("$array", &[some(&[1])]).is_err());
    ok("array_length", &[ints(&[None, Some(1)])], int(2));
    ok("array_length", &[some(&[])], int(0));
    ok("array_length", &[null_array()], int(None));
    ok("array_length", &[ScalarValue::Null], int(None));
    ok(
        "array_concat",
        &[some(&[1]), some(&[]), some(&[2, 3])],
        some(&[1, 2, 3]),
    );
    ok("array_concat", &[some(&[1]), null_array()], null_array());
    ok(
        "array_reverse",
        &[ints(&[Some(1), None, Some(3)])],
        ints(&[Some(3), None, Some(1)]),
    );
    ok("array_reverse", &[null_array()], null_array());
}

#[test]
fn cuts() {
    let five = || some(&[1, 2, 3, 4, 5]);
    for (from, to, expected) in [
        (1, 3, &[2, 3, 4][..]),
        (-1, 3, &[]),
        (1, -3, &[2, 3]),
        (-3, -1, &[3, 4, 5]),
        (3, 3, &[4]),
        (1, 30, &[2, 3, 4, 5]),
        (1, -30, &[]),
        (-30, 30, &[1, 2, 3, 4, 5]),
        (-30, -5, &[1]),
        (5, 30, &[]),
        (i64::MIN, i64::MAX, &[1, 2, 3, 4, 5]),
        (i64::MAX, i64::MAX, &[]),
    ] {
        ok("array_slice", &[five(), int(from), int(to)], some(expected));
    }
    ok("array_slice", &[five(), int(1), int(None)], null_array());
    ok("array_first_n", &[five(), int(2)], some(&[1, 2]));
    ok("array_last_n", &[five(), int(9)], some(&[1, 2, 3, 4, 5]));
    assert!(call("array_first_n", &[five(), int(-1)]).is_err());
}

#[test]
fn elements() {
    let two = || some(&[10, 20]);
    ok("$offset", &[two(), int(1)], int(20));
    ok("$ordinal", &[two(), int(1)], int(10));
    ok("$safe_offset", &[two(), int(-1)], int(None));
    ok("$safe_ordinal", &[two(), int(3)], int(None));
    ok("$offset", &[two(), int(None)], int(None));
    ok("$offset", &[null_array(), int(-1)], int(None));
    for (name, index) in [
        ("$offset", 2),
        ("$offset", -1),
        ("$ordinal", 0),
        ("$ordinal", 3),
    ] {
        let error = call(name, &[two(), int(index)]).unwrap_err();
        assert!(
            error.contains(&format!("Array index {index} is out of bounds")),
            "{error}"
        );
    }
    ok("array_first", &[two()], int(10));
    ok("array_last", &[two()], int(20));
    ok("array_first", &[null_array()], int(None));
    assert!(call("array_last", &[some(&[])]).is_err());
}

#[test]
fn generates() {
    let sequence = |args: &[i64]| {
        let args: Vec<_> = args.iter().map(|v| int(*v)).collect();
        call("generate_array", &args)
    };
    assert_eq!(sequence(&[1, 5]), Ok(some(&[1, 2, 3, 4, 5])));
    assert_eq!(sequence(&[0, 10, 3]), Ok(some(&[0, 3, 6, 9])));
    assert_eq!(sequence(&[10, 0, -3]), Ok(some(&[10, 7, 4, 1])));
    assert_eq!(sequence(&[4, 4, 10]), Ok(some(&[4])));
    assert_eq!(sequence(&[10, 0, 3]), Ok(some(&[])));
    let top = i64::MAX;
    assert_eq!(sequence(&[top - 1, top]), Ok(some(&[top - 1, top])));
    assert!(sequence(&[1, 5, 0]).is_err());
    assert!(sequence(&[1, 2_000_000]).is_err());
    ok("generate_array", &[int(5), int(None)], null_array());
    let float = |v: f64| ScalarValue::Float64(Some(v));
    let tenth = [float(0.0), float(0.3), float(0.1)];
    ok("generate_array", &tenth, floats(&[0.0, 0.1, 0.2]));
    assert!(call("generate_array", &[float(0.0), float(1.0), float(f64::NAN)]).is_err());
    assert!(
        call(
            "generate_array",
            &[float(0.0), float(1.0), float(f64::INFINITY)]
        )
        .is_err()
    );
    let numeric = |v: i128| ScalarValue::Decimal128(Some(v * 10_i128.pow(8)), 38, 9);
    let made = call("generate_array", &[numeric(10), numeric(20), numeric(5)]).unwrap();
    assert_eq!(made.to_string(), "[1.000000000, 1.500000000, 2.000000000]");
}

#[test]
fn looks_for_values() {
    let held = |value, array| call("$in_array", &[value, array]).unwrap();
    assert_eq!(held(int(1), some(&[1, 2])), bool(true));
    assert_eq!(held(int(3), some(&[1, 2])), bool(false));
    assert_eq!(held(int(3), ints(&[Some(1), None])), bool(None));
    assert_eq!(held(int(1), ints(&[Some(1), None])), bool(true));
    assert_eq!(held(int(None), some(&[1])), bool(None));
    assert_eq!(held(int(None), some(&[])), bool(false));
    assert_eq!(held(int(1), null_array()), bool(false));
    let float = |v: f64| ScalarValue::Float64(Some(v));
    assert_eq!(held(float(f64::NAN), floats(&[f64::NAN])), bool(false));
    assert_eq!(held(float(-0.0), floats(&[0.0])), bool(true));
    ok(
        "array_includes",
        &[ints(&[None, Some(1)]), int(2)],
        bool(false),
    );
    ok("array_includes", &[some(&[1, 2]), int(2)], bool(true));
    ok("array_includes", &[some(&[1]), int(None)], bool(None));
    ok(
        "array_includes_any",
        &[some(&[1, 2]), some(&[2, 9])],
        bool(true),
    );
    ok(
        "array_includes_all",
        &[some(&[1, 2]), some(&[2, 9])],
        bool(false),
    );
    ok(
        "array_includes_all",
        &[some(&[1, 2]), some(&[])],
        bool(true),
    );
    ok("array_offset", &[some(&[7, 8, 7]), int(7)], int(0));
    ok(
        "array_offset",
        &[some(&[7, 8, 7]), int(7), text("LAST")],
        int(2),
    );
    ok("array_offset", &[some(&[7]), int(1)], int(None));
    ok("array_offsets", &[some(&[7, 8, 7]), int(7)], some(&[0, 2]));
    ok("array_find", &[some(&[7, 8]), int(8)], int(8));
    ok("array_find_all", &[some(&[7, 8, 7]), int(7)], some(&[7, 7]));
    for (values, distinct) in [
        (ints(&[Some(1), None]), true),
        (ints(&[None, None]), false),
        (some(&[1, 1]), false),
        (floats(&[f64::NAN, f64::NAN]), false),
        (floats(&[0.0, -0.0]), false),
        (some(&[]), true),
    ] {
        ok("array_is_distinct", &[values], bool(distinct));
    }
    ok("array_is_distinct", &[null_array()], bool(None));
    ok(
        "array_distinct",
        &[ints(&[Some(2), None, Some(2), None])],
        ints(&[Some(2), None]),
    );
}

#[test]
fn columns_against_constants() {
    let held = |values: ArrayRef, wanted: ScalarValue| {
        let rows = values.len();
        let args = vec![ColumnarValue::Array(values), ColumnarValue::Scalar(wanted)];
        let found = call_columns("$in_array", args, rows).unwrap();
        found.as_boolean().iter().collect::<Vec<_>>()
    };
    let values = Int64Array::from(vec![Some(1), None, Some(3)]);
    let found = held(Arc::new(values.clone()), ints(&[Some(1), None]));
    assert_eq!(found, [Some(true), None, None]);
    let found = held(Arc::new(values.clone()), some(&[3]));
    assert_eq!(found, [Some(false), None, Some(true)]);
    let found = held(Arc::new(values), some(&[]));
    assert_eq!(found, [Some(false); 3]);
    let values = Float64Array::from(vec![f64::NAN, -0.0]);
    let found = held(Arc::new(values), floats(&[f64::NAN, 0.0]));
    assert_eq!(found, [Some(false), Some(true)]);
    let values = StringViewArray::from(vec![Some("a"), Some("b"), None]);
    let wanted = ListArray::new(
        Arc::new(Field::new("item", DataType::Utf8View, true)),
        OffsetBuffer::from_lengths([1]),
        Arc::new(StringViewArray::from(vec!["b"])),
        None,
    );
    let found = held(Arc::new(values), ScalarValue::List(Arc::new(wanted)));
    assert_eq!(found, [Some(false), Some(true), None]);
}

#[test]
fn figures() {
    ok("array_max", &[ints(&[Some(8), None, Some(37)])], int(37));
    ok("array_min", &[ints(&[Some(8), None, Some(37)])], int(8));
    ok("array_max", &[ints(&[None])], int(None));
    ok("array_max", &[some(&[])], int(None));
    let float = |v: f64| ScalarValue::Float64(Some(v));
    for name in ["array_max", "array_min", "array_sum", "array_avg"] {
        let ScalarValue::Float64(Some(figure)) =
            call(name, &[floats(&[1.0, f64::NAN, 2.0])]).unwrap()
        else {
            panic!("{name} answers a float");
        };
        assert!(figure.is_nan(), "{name}");
    }
    ok(
        "array_max",
        &[floats(&[1.0, f64::NEG_INFINITY, 2.0])],
        float(2.0),
    );
    ok("array_sum", &[ints(&[Some(1), None, Some(2)])], int(3));
    ok("array_sum", &[floats(&[1e16, 1.0, -1e16])], float(1.0));
    ok(
        "array_avg",
        &[ints(&[Some(0), Some(2), None, Some(4), Some(4), Some(5)])],
        float(3.0),
    );
    ok("array_avg", &[null_array()], ScalarValue::Float64(None));
    assert!(call("array_sum", &[some(&[i64::MAX, 1])]).is_err());
    assert!(call("array_sum", &[floats(&[f64::MAX, f64::MAX])]).is_err());
    assert_eq!(
        call("array_sum", &[floats(&[f64::INFINITY, 1.0])]),
        Ok(float(f64::INFINITY))
    );
}

#[test]
fn beside_each_other() {
    let zipped = |args: &[ScalarValue]| {
        call("array_zip", args).map(|zipped| match zipped {
            ScalarValue::List(list) if list.is_valid(0) => Some(list.value(0).len()),
            _ => None,
        })
    };
    let (two, three) = (|| some(&[1, 2]), || some(&[1, 2, 3]));
    assert_eq!(zipped(&[two(), two()]), Ok(Some(2)));
    assert!(zipped(&[two(), three()]).is_err());
    assert_eq!(zipped(&[two(), three(), text("PAD")]), Ok(Some(3)));
    assert_eq!(zipped(&[two(), three(), text("TRUNCATE")]), Ok(Some(2)));
    assert_eq!(zipped(&[two(), null_array()]), Ok(None));
    let with = |name: &str, array| match call(name, &[array]).unwrap() {
        ScalarValue::List(list) if list.is_valid(0) => {
            let structs = list.value(0);
            Some((structs.len(), structs.null_count()))
        }
        _ => None,
    };
    assert_eq!(with("$with_offset", two()), Some((2, 0)));
    assert_eq!(with("$with_offset", null_array()), None);
}
