//! JSON changed, and looked into.

use std::sync::Arc;

use datafusion::arrow::array::ListArray;
use datafusion::arrow::datatypes::Int64Type;
use datafusion::common::ScalarValue;

use super::{check, fails, int, json, text, yes};

#[test]
fn changes() {
    let doc = r#"["a",["b","c"],"d"]"#;
    check(
        "json_remove",
        &[json(doc), text("$[1]"), text("$[1]")],
        r#"["a"]"#,
    );
    check(
        "json_remove",
        &[json(r#"{"a":{"b":1}}"#), text("$.a.b"), text("$.x")],
        r#"{"a":{}}"#,
    );
    fails("json_remove", &[json(doc), text("$")]);
    check(
        "json_set",
        &[json(r#"{"a":1}"#), text("$.b.c[2]"), text("x")],
        r#"{"a":1,"b":{"c":[null,null,"x"]}}"#,
    );
    check(
        "json_set",
        &[
            json(r#"{"a":1}"#),
            text("$.a.c"),
            int(2),
            text("$.b"),
            int(3),
        ],
        r#"{"a":1,"b":3}"#,
    );
    check(
        "json_set",
        &[json(r#"{"a":1}"#), text("$.b"), int(2), yes(false)],
        r#"{"a":1}"#,
    );
    check(
        "json_set",
        &[json(r#"{"a":1}"#), text("$.a"), int(2), yes(false)],
        r#"{"a":2}"#,
    );
    check(
        "json_set",
        &[json("null"), text("$[0][1]"), int(2)],
        "[[null,2]]",
    );
    check("json_set", &[json(doc), text("$"), int(2)], "2");
    check(
        "json_set",
        &[json(doc), text("$[1][4]"), int(2)],
        r#"["a",["b","c",null,null,2],"d"]"#,
    );
    fails("json_set", &[json("[]"), text("$[1000000]"), int(2)]);
    fails("json_set", &[json("[]"), text("a"), int(2)]);
    let pair = || {
        let list =
            ListArray::from_iter_primitive::<Int64Type, _, _>([Some(vec![Some(1), Some(2)])]);
        ScalarValue::List(Arc::new(list))
    };
    check(
        "json_array_append",
        &[json(r#"["a"]"#), text("$"), pair()],
        r#"["a",1,2]"#,
    );
    check(
        "json_array_append",
        &[json(r#"["a"]"#), text("$"), pair(), yes(false)],
        r#"["a",[1,2]]"#,
    );
    check(
        "json_array_append",
        &[
            json(r#"{"a":null,"b":1}"#),
            text("$.a"),
            int(1),
            text("$.b"),
            int(1),
            text("$.c"),
            int(1),
        ],
        r#"{"a":[1],"b":1}"#,
    );
    check(
        "json_array_insert",
        &[json(r#"["a","b"]"#), text("$[1]"), pair()],
        r#"["a",1,2,"b"]"#,
    );
    check(
        "json_array_insert",
        &[json(r#"["a"]"#), text("$[3]"), int(1)],
        r#"["a",null,null,1]"#,
    );
    check(
        "json_array_insert",
        &[json(r#"{"a":null}"#), text("$.a[2]"), int(10)],
        r#"{"a":[null,null,10]}"#,
    );
    check(
        "json_array_insert",
        &[json("[1,2]"), text("$"), int(3)],
        "[1,2]",
    );
    check("json_array_insert", &[json("1"), text("$[0]"), int(3)], "1");
    let strip = r#"{"a":{"b":{"c":null}},"d":[null],"e":[],"f":1}"#;
    check(
        "json_strip_nulls",
        &[json(strip)],
        r#"{"a":{"b":{}},"d":[],"e":[],"f":1}"#,
    );
    check(
        "json_strip_nulls",
        &[json(strip), text("$"), yes(false), yes(true)],
        r#"{"d":[null],"e":[],"f":1}"#,
    );
    check(
        "json_strip_nulls",
        &[json(strip), text("$"), yes(true), yes(true)],
        r#"{"f":1}"#,
    );
    check(
        "json_strip_nulls",
        &[json(r#"{"a":[null]}"#), text("$"), yes(true), yes(true)],
        "null",
    );
    check(
        "json_strip_nulls",
        &[json(strip), text("$.d")],
        r#"{"a":{"b":{"c":null}},"d":[],"e":[],"f":1}"#,
    );
    check(
        "json_strip_nulls",
        &[json("[null]"), ScalarValue::Utf8View(None)],
        "[null]",
    );
}

#[test]
fn inspects() {
    check("json_type", &[json("{}")], "object");
    check("json_type", &[json("-1")], "number");
    check("json_type", &[json("null")], "null");
    let doc = r#"{"a":{"b":{"c":1}},"x.y":[{"z":1},[{"w":1}]]}"#;
    check("json_keys", &[json(doc)], "[\"x.y\", a, a.b, a.b.c]");
    check("json_keys", &[json(doc), int(1)], "[\"x.y\", a]");
    check(
        "json_keys",
        &[json(doc), int(2), text("lax")],
        "[\"x.y\", \"x.y\".z, a, a.b]",
    );
    check(
        "json_keys",
        &[json(doc), text("lax recursive")],
        "[\"x.y\", \"x.y\".w, \"x.y\".z, a, a.b, a.b.c]",
    );
    check("json_keys", &[json("[1]")], "[]");
    fails("json_keys", &[json(doc), int(0)]);
    for (outer, inner, held) in [
        ("\"a\"", "\"a\"", true),
        (r#"{"a":{"b":1},"c":2}"#, r#"{"b":1}"#, false),
        (r#"{"a":{"b":1,"d":3},"c":2}"#, r#"{"a":{"b":1}}"#, true),
        ("[1,2,3]", "[2,2]", true),
        ("[1,2,3]", "2", true),
        ("[[1,2,3]]", "2", false),
        ("[[1,2,3]]", "[[2]]", true),
        (r#"[{"a":0},{"b":1,"c":2}]"#, r#"[{"a":0,"b":1}]"#, false),
        ("1", "1.0", true),
        ("{}", "null", false),
    ] {
        check(
            "json_contains",
            &[json(outer), json(inner)],
            &held.to_string(),
        );
    }
    fails(
        "json_contains",
        &[json("9007199254740993"), json("9.007199254740992e+15")],
    );
    check(
        "json_flatten",
        &[json(r#"[[[1,2],3],{"a":[4]},null]"#)],
        r#"[1, 2, 3, {"a":[4]}, null]"#,
    );
    check("json_flatten", &[json("1")], "[1]");
}
