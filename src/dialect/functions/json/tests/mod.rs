//! Calls with constants.

#![allow(clippy::unwrap_used, reason = "a test that can't go on fails")]

mod change;

use std::sync::Arc;

use datafusion::arrow::array::{Array, ArrayRef, AsArray, ListArray, StringViewArray, StructArray};
use datafusion::arrow::datatypes::{DataType, Field, Int64Type, IntervalMonthDayNano};
use datafusion::common::ScalarValue;
use datafusion::logical_expr::ColumnarValue;

use super::super::harness::{call, call_columns};

fn text(value: &str) -> ScalarValue {
    ScalarValue::Utf8View(Some(value.to_owned()))
}

fn json(value: &str) -> ScalarValue {
    ScalarValue::LargeUtf8(Some(value.to_owned()))
}

fn int(value: i64) -> ScalarValue {
    ScalarValue::Int64(Some(value))
}

fn yes(value: bool) -> ScalarValue {
    ScalarValue::Boolean(Some(value))
}

/// The answer as text; `NULL` for NULL, elements of an array in brackets.
fn shown(name: &str, args: &[ScalarValue]) -> String {
    fn show(value: &ScalarValue) -> String {
        match value {
            value if value.is_null() => "NULL".to_owned(),
            ScalarValue::List(list) => {
                let values = list.value(0);
                let each: Vec<_> = (0..values.len())
                    .map(|i| show(&ScalarValue::try_from_array(&values, i).unwrap()))
                    .collect();
                format!("[{}]", each.join(", "))
            }
            value => value.to_string(),
        }
    }
    match call(name, args) {
        Ok(value) => show(&value),
        Err(error) => format!("error: {error}"),
    }
}

fn check(name: &str, args: &[ScalarValue], expected: &str) {
    assert_eq!(shown(name, args), expected, "{name} of {args:?}");
}

fn fails(name: &str, args: &[ScalarValue]) {
    let answer = shown(name, args);
    assert!(
        answer.starts_with("error: "),
        "{name} of {args:?}: {answer}"
    );
}

#[test]
fn extracts_from_strings() {
    let doc = r#"{"a": {"b": [{"c": "x", "d": 1.50, "e": null}]}, "s": "q"}"#;
    for (name, path, expected) in [
        ("json_value", "$.a.b[0].c", "x"),
        ("json_value", "$.a.b[0].d", "1.50"),
        ("json_value", "$.a.b[0].e", "NULL"),
        ("json_value", "$.a.b", "NULL"),
        ("json_value", "$.zzz", "NULL"),
        ("json_query", "$.a.b[0]", r#"{"c":"x","d":1.50,"e":null}"#),
        ("json_query", "$.s", r#""q""#),
        ("json_query", "$.a.b[0].e", "NULL"),
        ("json_extract", "$['a']['b'][0]['c']", r#""x""#),
        ("json_extract_scalar", "$.a['b'][0].c", "x"),
        (
            "json_query_array",
            "$.a.b",
            r#"[{"c":"x","d":1.50,"e":null}]"#,
        ),
        ("json_query_array", "$.s", "NULL"),
        ("json_value_array", "$.a.b", "NULL"),
    ] {
        check(name, &[text(doc), text(path)], expected);
    }
    fails("json_value", &[text(doc), text("$['a']")]);
    fails("json_extract", &[text(doc), text("$.\"a\"")]);
    fails("json_query", &[text(doc), text("lax $.a")]);
    check(
        "json_value",
        &[text(doc), ScalarValue::Utf8View(None)],
        "NULL",
    );
    check("json_value", &[ScalarValue::Null, text("$")], "NULL");
    check("json_value", &[text("true")], "true");
    // Read up to the hit and no further.
    check(
        "json_value",
        &[text(r#"{"a": 1, "b": }"#), text("$.a")],
        "1",
    );
    check(
        "json_value",
        &[text(r#"{"b": , "a": 1}"#), text("$.a")],
        "NULL",
    );
    check(
        "json_value",
        &[text(r#"{"a":1,"a":{"b":2}}"#), text("$.a.b")],
        "2",
    );
    check(
        "json_value_array",
        &[text(r#"["w", 1, null]"#)],
        "[w, 1, NULL]",
    );
    check(
        "json_query_array",
        &[text(r#"["w", 1, null]"#)],
        r#"["w", 1, null]"#,
    );
    check("json_value_array", &[text("[]")], "[]");
    check("json_value_array", &[text("}}")], "NULL");
}

#[test]
fn extracts_from_json() {
    let doc = r#"{"a":[1,{"b":null}],"c":"x\ny"}"#;
    check("json_query", &[json(doc), text("$.a[1].b")], "null");
    check("json_query", &[json(doc), text("$.a[1].z")], "NULL");
    check("json_query", &[json(doc), text("$.c")], r#""x\ny""#);
    check("json_value", &[json(doc), text("$.c")], "x\ny");
    check(
        "json_query_array",
        &[json(doc), text("$.a")],
        r#"[1, {"b":null}]"#,
    );
    check("$json_field", &[json(doc), text("a")], r#"[1,{"b":null}]"#);
    check("$json_field", &[json("[5]"), text("0")], "NULL");
    check("$json_element", &[json("[5,6]"), int(1)], "6");
    check("$json_element", &[json("[5,6]"), int(-1)], "NULL");
    check("$json_element", &[json(r#"{"1":6}"#), int(1)], "NULL");
    check("$json_element", &[json(doc), text("c")], r#""x\ny""#);
    check("json_query", &[json(r#"{"a":1}"#), text("lax $.a")], "[1]");
    check("json_query", &[json(r#"{"a":1}"#), text("lax $.b")], "[]");
    let nested = r#"{"a":[{"b":1},[{"b":2}],[[{"b":3}]]]}"#;
    check("json_query", &[json(nested), text("lax $.a.b")], "[1]");
    check(
        "json_query",
        &[json(nested), text("Recursive  LAX $.a.b")],
        "[1,2,3]",
    );
    check(
        "json_query",
        &[json(nested), text("lax $.a[0][0].b")],
        "[1]",
    );
    fails("json_query", &[json(nested), text("recursive $.a.b")]);
    fails("json_query", &[json(nested), text("lax lax $.a.b")]);
    fails("json_value", &[json(nested), text("lax $.a.b")]);
}

#[test]
fn parses() {
    for (given, stored) in [
        (
            r#" { "b" : 1 , "a" : [ true , null ] } "#,
            r#"{"a":[true,null],"b":1}"#,
        ),
        (r#"{"k":1,"j":0,"k":2}"#, r#"{"j":0,"k":1}"#),
        ("1.0", "1.0"),
        ("-0", "0"),
        ("1e2", "100.0"),
        ("0.00001", "1e-05"),
        ("1.5e300", "1.5e+300"),
        ("18446744073709551615", "18446744073709551615"),
        ("-9223372036854775808", "-9223372036854775808"),
        (r#""\u0041\/\u2028\u0001""#, "\"A/\u{2028}\\u0001\""),
        ("1e15", "1e+15"),
        ("123456789012345.0", "123456789012345.0"),
    ] {
        check("parse_json", &[text(given)], stored);
    }
    for bad in [
        "",
        "{",
        "[1,]",
        "{\"a\":1,}",
        "01",
        "nan",
        "'a'",
        "1 2",
        "1e400",
        "0.1234567890123456789012",
    ] {
        fails("parse_json", &[text(bad)]);
    }
    let wide = "922337203685477580701";
    fails("parse_json", &[text(wide)]);
    check(
        "parse_json",
        &[text(wide), text("round")],
        "9.223372036854776e+20",
    );
    fails("parse_json", &[text("1"), text("Round")]);
    check(
        "parse_json",
        &[text("1"), ScalarValue::Utf8View(None)],
        "NULL",
    );
    check(
        "parse_json",
        &[text(&"[".repeat(500)), text("round")].map(|v| match v {
            ScalarValue::Utf8View(Some(open)) if open.starts_with('[') => {
                text(&format!("{open}{}", "]".repeat(500)))
            }
            other => other,
        }),
        &format!("{}{}", "[".repeat(500), "]".repeat(500)),
    );
    fails(
        "parse_json",
        &[text(&format!("{}{}", "[".repeat(501), "]".repeat(501)))],
    );
}

#[test]
fn converts() {
    check("$json_bool", &[json("true")], "true");
    check("$json_int64", &[json("10.0")], "10");
    check(
        "$json_float64",
        &[json("18446744073709551615")],
        "18446744073709552000",
    );
    check("$json_string", &[json(r#""a""#)], "a");
    check("$json_string", &[ScalarValue::LargeUtf8(None)], "NULL");
    for (name, bad) in [
        ("$json_bool", r#""true""#),
        ("$json_int64", "10.1"),
        ("$json_int64", r#""4""#),
        ("$json_int64", "18446744073709551615"),
        ("$json_float64", "null"),
        ("$json_string", "1"),
        ("bool_array", "[null]"),
        ("int64_array", "1"),
    ] {
        fails(name, &[json(bad)]);
    }
    fails(
        "$json_float64",
        &[json("18446744073709551615"), text("exact")],
    );
    check("int64_array", &[json("[1,2.0]")], "[1, 2]");
    check("string_array", &[json(r#"["a","b"]"#)], "[a, b]");
    check("bool_array", &[json("[]")], "[]");
    for (name, given, expected) in [
        ("lax_bool", r#""TRue""#, "true"),
        ("lax_bool", r#""true ""#, "NULL"),
        ("lax_bool", "0.0", "false"),
        ("lax_bool", "null", "NULL"),
        ("lax_int64", "true", "1"),
        ("lax_int64", "3.5", "4"),
        ("lax_int64", "-3.5", "-4"),
        ("lax_int64", "1e100", "NULL"),
        ("lax_int64", r#""+1.5""#, "2"),
        ("lax_int64", r#""1.1e2""#, "110"),
        ("lax_int64", r#""1e100""#, "NULL"),
        (
            "lax_int64",
            r#""9223372036854775807""#,
            "9223372036854775807",
        ),
        ("lax_int64", r#""9223372036854775807.5""#, "NULL"),
        ("lax_int64", r#""foo""#, "NULL"),
        ("lax_float64", "true", "NULL"),
        ("lax_float64", r#""1.1e2""#, "110"),
        ("lax_float64", r#""-InfiNiTY""#, "-inf"),
        ("lax_string", "true", "true"),
        ("lax_string", "1.5", "1.5"),
        ("lax_string", "[1]", "NULL"),
        (
            "lax_int64_array",
            r#"[1,"2",true,null,[1]]"#,
            "[1, 2, 1, NULL, NULL]",
        ),
        ("lax_int64_array", "1", "NULL"),
    ] {
        check(name, &[json(given)], expected);
    }
}

fn record() -> ScalarValue {
    let list = ListArray::from_iter_primitive::<Int64Type, _, _>([Some(vec![Some(10), Some(20)])]);
    let columns: Vec<ArrayRef> = vec![int(1).to_array().unwrap(), Arc::new(list)];
    let fields = ["id", "coordinates"].iter().zip(&columns);
    let fields: Vec<Field> = fields
        .map(|(name, column)| Field::new(*name, column.data_type().clone(), true))
        .collect();
    let structs = StructArray::try_new(fields.into(), columns, None).unwrap();
    ScalarValue::Struct(Arc::new(structs))
}

#[test]
fn writes() {
    let numeric = |units: i128| ScalarValue::Decimal128(Some(units), 38, 9);
    let float = |v: f64| ScalarValue::Float64(Some(v));
    let utc = |micros| ScalarValue::TimestampMicrosecond(Some(micros), Some("UTC".into()));
    let civil = |micros| ScalarValue::TimestampMicrosecond(Some(micros), Some("+00:00".into()));
    for (value, json, string) in [
        (ScalarValue::Null, "null", "null"),
        (
            int(9_007_199_254_740_993),
            "9007199254740993",
            "\"9007199254740993\"",
        ),
        (
            int(9_007_199_254_740_992),
            "9007199254740992",
            "9007199254740992",
        ),
        (numeric(123_560_000_000), "123.56", "\"123.56\""),
        (numeric(-1_000_000_000), "-1", "-1"),
        (float(1.0), "1.0", "1"),
        (
            float(9_007_199_254_740_992.0),
            "9.007199254740992e+15",
            "9007199254740992",
        ),
        (float(f64::NAN), "\"NaN\"", "\"NaN\""),
        (float(f64::NEG_INFINITY), "\"-Infinity\"", "\"-Infinity\""),
        (text("a\"\u{2028}"), "\"a\\\"\u{2028}\"", "\"a\\\"\\u2028\""),
        (
            ScalarValue::BinaryView(Some(b"Google".to_vec())),
            "\"R29vZ2xl\"",
            "\"R29vZ2xl\"",
        ),
        (
            ScalarValue::Date32(Some(17_231)),
            "\"2017-03-06\"",
            "\"2017-03-06\"",
        ),
        (
            utc(1_488_803_696_789_012),
            "\"2017-03-06T12:34:56.789012Z\"",
            "\"2017-03-06T12:34:56.789012Z\"",
        ),
        (
            civil(1_488_803_696_500_000),
            "\"2017-03-06T12:34:56.500\"",
            "\"2017-03-06T12:34:56.500\"",
        ),
        (
            ScalarValue::Time64Microsecond(Some(45_296_000_000)),
            "\"12:34:56\"",
            "\"12:34:56\"",
        ),
        (
            ScalarValue::IntervalMonthDayNano(Some(IntervalMonthDayNano::new(
                -25,
                1,
                19_800_500_000_000,
            ))),
            "\"P-2Y-1M1DT5H30M0.5S\"",
            "\"P-2Y-1M1DT5H30M0.5S\"",
        ),
        (
            record(),
            r#"{"coordinates":[10,20],"id":1}"#,
            r#"{"id":1,"coordinates":[10,20]}"#,
        ),
    ] {
        check("to_json", std::slice::from_ref(&value), json);
        check("to_json_string", &[value], string);
    }
    check(
        "to_json",
        &[int(9_007_199_254_740_993), yes(true)],
        "\"9007199254740993\"",
    );
    check("to_json", &[int(1), ScalarValue::Boolean(None)], "NULL");
    check(
        "to_json_string",
        &[int(1), ScalarValue::Boolean(None)],
        "NULL",
    );
    let wide = ScalarValue::Decimal256(
        Some(datafusion::arrow::datatypes::i256::from_i128(
            11_111_111_111_111_111_111_111_111_111_111_111_111,
        )),
        76,
        38,
    );
    fails("to_json", std::slice::from_ref(&wide));
    check(
        "to_json",
        &[wide, yes(true)],
        "\"0.11111111111111111111111111111111111111\"",
    );
    check(
        "to_json_string",
        &[record(), yes(true)],
        "{\n  \"id\": 1,\n  \"coordinates\": [\n    10,\n    20\n  ]\n}",
    );
    check(
        "to_json_string",
        &[json(r#"{"a":[],"b":{"c":"x,y"}}"#), yes(true)],
        "{\n  \"a\": [],\n  \"b\": {\n    \"c\": \"x,y\"\n  }\n}",
    );
    fails(
        "to_json",
        &[ScalarValue::TimestampMicrosecond(Some(0), None)],
    );
    check("json_array", &[], "[]");
    check(
        "json_array",
        &[int(10), text("foo"), ScalarValue::Null, json("[1]")],
        r#"[10,"foo",null,[1]]"#,
    );
    check("json_object", &[], "{}");
    check(
        "json_object",
        &[
            text("foo"),
            int(10),
            text("bar"),
            yes(true),
            text("foo"),
            int(1),
        ],
        r#"{"bar":true,"foo":10}"#,
    );
    fails("json_object", &[ScalarValue::Null, int(1)]);
    fails("json_object", &[text("a"), int(1), text("b")]);
}

#[test]
fn equal_documents_are_read_once() {
    let docs: Vec<Option<String>> = (0..2000)
        .map(|i| {
            (i % 5 != 4).then(|| format!(r#"{{"k": "a text of some length", "n": {}}}"#, i % 3))
        })
        .collect();
    // As from a dictionary: equal strings have equal views.
    let few: StringViewArray = docs.iter().take(15).cloned().collect();
    let indices: Vec<u32> = (0..2000).map(|i| i % 15).collect();
    let indices = datafusion::arrow::array::UInt32Array::from(indices);
    let column = datafusion::arrow::compute::take(&few, &indices, None).unwrap();
    let args = vec![
        ColumnarValue::Array(column),
        ColumnarValue::Scalar(text("$.n")),
    ];
    let found = call_columns("json_value", args, 2000).unwrap();
    let found = found.as_string_view();
    for row in 0..2000 {
        let expected = (row % 15 % 5 != 4).then(|| (row % 15 % 3).to_string());
        assert_eq!(
            found.is_valid(row).then(|| found.value(row).to_owned()),
            expected
        );
    }
    assert_eq!(found.data_type(), &DataType::Utf8View);
}
