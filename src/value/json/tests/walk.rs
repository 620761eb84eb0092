//! What a walk finds and what it calls malformed.

use super::super::{Fault, Found, MAX_DEPTH};
use super::{fault, find, set};

const DOC: &str = r#"{"days_rest": 1, "back_to_back": false, "zones": ["paint", {"x": [1, 2]}], "why": null, "minutes": 98.50}"#;

#[test]
fn finds_every_kind() {
    assert_eq!(find(DOC, "$.days_rest"), Found::Number("1"));
    assert_eq!(find(DOC, "$.minutes"), Found::Number("98.50"));
    assert_eq!(find(DOC, "$.back_to_back"), Found::Bool(false));
    assert_eq!(find(DOC, "$.why"), Found::Null);
    assert_eq!(find(DOC, "$.zones[0]"), Found::String("paint".into()));
    assert_eq!(find(DOC, "$.zones[1].x"), Found::Compound("[1, 2]"));
    assert_eq!(find(DOC, "$.zones[1].x[1]"), Found::Number("2"));
    assert_eq!(find(DOC, "$"), Found::Compound(DOC));
    for path in [
        "$.nothing",
        "$.why.deeper",
        "$.zones.x",
        "$.zones[2]",
        "$.days_rest[0]",
        "$.zones[1].x[2]",
    ] {
        assert_eq!(find(DOC, path), Found::Missing, "{path}");
    }
}

#[test]
fn finds_all_paths_at_once() {
    let paths = [
        "$.zones[1].x[0]",
        "$.zones",
        "$.days_rest",
        "$.zones[1].x",
        "$.days_rest",
    ];
    let mut out = vec![Found::Null];
    set(&paths).walk(DOC, &mut out).unwrap();
    let alone: Vec<_> = paths.iter().map(|path| find(DOC, path)).collect();
    assert_eq!(out, alone);
    set(&[]).walk(DOC, &mut out).unwrap();
    assert!(out.is_empty());
}

#[test]
fn a_scalar_is_a_document() {
    assert_eq!(find("3", "$"), Found::Number("3"));
    assert_eq!(find(" \r\n\ttrue ", "$"), Found::Bool(true));
    assert_eq!(find(r#""a""#, "$"), Found::String("a".into()));
    assert_eq!(find("-0.5e+10", "$"), Found::Number("-0.5e+10"));
    assert_eq!(find("null", "$.a"), Found::Missing);
}

#[test]
fn a_step_is_a_member_or_an_element() {
    assert_eq!(find(r#"{"1": 2}"#, "$[1]"), Found::Number("2"));
    assert_eq!(find("[1, 2]", "$.1"), Found::Number("2"));
}

#[test]
fn the_first_hit_wins() {
    assert_eq!(find(r#"{"a": null, "a": 2}"#, "$.a"), Found::Null);
    assert_eq!(
        find(r#"{"a": 1, "a": {"b": 2}, "a": {"b": 3}}"#, "$.a.b"),
        Found::Number("2")
    );
}

#[test]
fn decodes_escapes() {
    let doc = r#"{"a\u0062\"": "\"\\\/\b\f\n\r\t\u00e9\ud83c\udfc0!"}"#;
    assert_eq!(
        find(doc, r#"$."ab\"""#),
        Found::String("\"\\/\u{8}\u{c}\n\r\té🏀!".into())
    );
}

#[test]
fn what_stands_before_a_fault_is_found() {
    let mut out = Vec::new();
    let fault = set(&["$.a", "$.b", "$.c", "$"])
        .walk(r#"{"a": 1, "b": [2, NaN], "c": 3}"#, &mut out)
        .unwrap_err();
    assert_eq!(
        (fault.at, fault.to_string().as_str()),
        (18, "NaN is not JSON (byte 18)")
    );
    assert_eq!(
        out,
        [
            Found::Number("1"),
            Found::Missing,
            Found::Missing,
            Found::Missing
        ]
    );
}

#[test]
fn names_the_fault() {
    assert_eq!(fault(""), (0, Fault::Empty));
    assert_eq!(fault(" \n"), (2, Fault::Empty));
    assert_eq!(fault("\u{feff}{}"), (0, Fault::ByteOrderMark));
    assert_eq!(fault("{} x"), (3, Fault::AfterValue));
    assert_eq!(fault("{}\0"), (2, Fault::AfterValue));
    assert_eq!(fault("[1,]"), (3, Fault::TrailingComma));
    assert_eq!(fault(r#"{"a":1,}"#), (7, Fault::TrailingComma));
    assert_eq!(fault("[1,,2]"), (3, Fault::Unexpected));
    assert_eq!(fault("[1 2]"), (3, Fault::Unexpected));
    assert_eq!(fault("{a: 1}"), (1, Fault::Unexpected));
    assert_eq!(fault("{'a': 1}"), (1, Fault::Unexpected));
    assert_eq!(fault(r#"{"a" 1}"#), (5, Fault::Unexpected));
    assert_eq!(fault("[nul]"), (1, Fault::Unexpected));
    assert_eq!(fault("[1"), (2, Fault::End));
    assert_eq!(fault(r#"{"a":"#), (5, Fault::End));
    assert_eq!(fault("\"\u{1}\""), (1, Fault::Control));
    assert_eq!(fault("\"abcdefgh\n\""), (9, Fault::Control));
    assert_eq!(fault("\"abc"), (4, Fault::End));
    assert_eq!(fault(r#""\x41""#), (2, Fault::Escape));
    assert_eq!(fault(r#""\u12g4""#), (5, Fault::Escape));
    assert_eq!(fault(r#""a\ud83c""#), (2, Fault::Surrogate));
    assert_eq!(fault(r#""a\ud83c\n""#), (2, Fault::Surrogate));
    assert_eq!(fault(r#""a\ud83c\u0041""#), (2, Fault::Surrogate));
    assert_eq!(fault(r#""\udfc0""#), (1, Fault::Surrogate));
    assert_eq!(fault("[01]"), (2, Fault::LeadingZero));
    assert_eq!(fault("[-]"), (2, Fault::Digit));
    assert_eq!(fault("[1.]"), (3, Fault::Digit));
    assert_eq!(fault("[1e+]"), (4, Fault::Digit));
    assert_eq!(fault("[.5]"), (1, Fault::Unexpected));
    assert_eq!(fault("[+5]"), (1, Fault::Unexpected));
    assert_eq!(fault("[NaN]"), (1, Fault::NaN));
    assert_eq!(fault("[Infinity]"), (1, Fault::Infinity));
    assert_eq!(fault("[-Infinity]"), (1, Fault::NegativeInfinity));
}

#[test]
fn deep_nesting_is_a_fault() {
    let nested = |depth: usize| "[".repeat(depth) + &"]".repeat(depth);
    assert!(matches!(find(&nested(MAX_DEPTH), "$"), Found::Compound(_)));
    assert_eq!(fault(&nested(MAX_DEPTH + 1)), (MAX_DEPTH, Fault::TooDeep));
    assert_eq!(fault(&nested(100_000)), (MAX_DEPTH, Fault::TooDeep));
    assert_eq!(fault(&r#"{"a":"#.repeat(100_000)).1, Fault::TooDeep);
}
