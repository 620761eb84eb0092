//! The SQL functions' answers.

use super::super::{json_query, json_value};
use super::find;

const DOC: &str = r#"{ "n": 1.50e1, "s": "a\/\"b\u0001\u2028\u00e9", "t": true, "z": null, "o": { "k\n" : [ 1, "x  y", {} ] } }"#;

fn value(path: &str) -> Option<String> {
    json_value(&find(DOC, path)).map(str::to_owned)
}

fn query(path: &str) -> Option<String> {
    json_query(&find(DOC, path)).map(|json| json.into_owned())
}

#[test]
fn value_is_a_scalar_as_text() {
    assert_eq!(value("$.n").as_deref(), Some("1.50e1"));
    assert_eq!(value("$.s").as_deref(), Some("a/\"b\u{1}\u{2028}é"));
    assert_eq!(value("$.t").as_deref(), Some("true"));
    for path in ["$", "$.o", "$.z", "$.missing"] {
        assert_eq!(value(path), None, "{path}");
    }
}

#[test]
fn query_is_compact_json() {
    assert_eq!(query("$.n").as_deref(), Some("1.50e1"));
    assert_eq!(query("$.s").as_deref(), Some("\"a/\\\"b\\u0001\\u2028é\""));
    assert_eq!(query("$.t").as_deref(), Some("true"));
    assert_eq!(query("$.o").as_deref(), Some(r#"{"k\n":[1,"x  y",{}]}"#));
    assert_eq!(query("$.z"), None);
    assert_eq!(query("$.missing"), None);
}
