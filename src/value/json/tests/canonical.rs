//! The JSON type: its text, its tree, paths that stop at the hit.

use super::super::{
    Fault, JsonPath, MAX_DEPTH, Node, PathSet, StrictPath, WideNumbers, elements, push_canonical,
    push_float, push_pretty,
};
use proptest::prelude::*;

fn canonical(doc: &str) -> String {
    let mut out = String::new();
    push_canonical(doc, WideNumbers::Round, &mut out).unwrap();
    out
}

fn float(value: f64) -> String {
    let mut out = String::new();
    push_float(value, &mut out);
    out
}

#[test]
fn floats_as_the_json_type_has_them() {
    for (value, text) in [
        (0.0, "0.0"),
        (-0.0, "-0.0"),
        (1.0, "1.0"),
        (-1.5, "-1.5"),
        (0.1, "0.1"),
        (0.0001, "0.0001"),
        (0.00001, "1e-05"),
        (123_456_789_012_345.0, "123456789012345.0"),
        (1e15, "1e+15"),
        (9_007_199_254_740_992.0, "9.007199254740992e+15"),
        (1e100, "1e+100"),
        (5e-324, "5e-324"),
        (f64::MAX, "1.7976931348623157e+308"),
        (f64::MIN_POSITIVE, "2.2250738585072014e-308"),
        (0.1 + 0.2, "0.30000000000000004"),
        (18_446_744_073_709_551_615.0, "1.8446744073709552e+19"),
        (2.758_971_825_871_588, "2.758971825871588"),
    ] {
        assert_eq!(float(value), text);
    }
}

/// Nearly all decimals of few digits come out as they went in.
#[test]
fn short_decimals_stay_short() {
    let longer = (0..1_000_000)
        .filter(|i| {
            let text = format!("{}.{:03}", i / 1000, i % 1000);
            let short = text.trim_end_matches('0');
            !short.ends_with('.') && float(text.parse().unwrap()) != short
        })
        .count();
    assert_eq!(longer, 0);
}

#[test]
fn a_tree_writes_what_it_read() {
    let doc = r#"{"a":[1,-2.5,"x\"\\\n\u0001",null,true],"b":{"":{}},"c":[]}"#;
    let mut out = String::new();
    Node::read(doc).unwrap().push(&mut out);
    assert_eq!(out, doc);
    assert_eq!(canonical(doc), doc);
}

#[test]
fn pretty() {
    let mut out = String::new();
    push_pretty(r#"{"a:,{":[1,{}],"b":[]}"#, 0, &mut out);
    assert_eq!(
        out,
        "{\n  \"a:,{\": [\n    1,\n    {}\n  ],\n  \"b\": []\n}"
    );
}

#[test]
fn strict_paths() {
    let steps = |text| StrictPath::parse(text).map(|path| path.steps().len());
    assert_eq!(steps("$"), Ok(0));
    assert_eq!(steps("$.a[ 1 ].\"b.c\""), Ok(3));
    for bad in [
        "", "a", "$.", "$[-1]", "$[a]", "$['a']", "$.a.*", "$[1", "$.\"a",
    ] {
        assert!(StrictPath::parse(bad).is_err(), "{bad}");
    }
}

#[test]
fn a_path_into_deep_nesting() {
    let nested = |depth| format!("{}{}", "[".repeat(depth), "]".repeat(depth));
    let root = JsonPath::parse("$").unwrap();
    assert!(root.find(&nested(MAX_DEPTH)).is_ok());
    let fault = root.find(&nested(MAX_DEPTH + 1)).unwrap_err();
    assert_eq!(fault.what, Fault::TooDeep);
}

#[test]
fn elements_of_an_array() {
    let count = |text| elements(text).map(Iterator::count);
    assert_eq!(count("[ 1 , [2,3] , {\"a\":4} ]"), Some(3));
    assert_eq!(count("[]"), Some(0));
    assert_eq!(count("{}"), None);
}

proptest! {
    #[test]
    fn floats_read_back(bits in any::<u64>()) {
        let value = f64::from_bits(bits);
        prop_assume!(value.is_finite());
        let text = float(value);
        prop_assert_eq!(text.parse::<f64>().unwrap().to_bits(), bits, "{}", text);
        // Never more digits than always suffice.
        let digits = text.split('e').next().unwrap_or_default();
        let digits = digits.trim_start_matches(['-', '0', '.']).len();
        prop_assert!(digits <= 18);
    }

    /// What is found on the way is what is found in all.
    #[test]
    fn finds_what_the_walk_finds(doc in r#"[\[\]{}:,"ab01 ]{0,24}"#, path in r#"\$(\.[ab01]|\[[01]\]){0,3}"#) {
        let path = JsonPath::parse(&path).unwrap();
        let mut walked = Vec::new();
        let _ = PathSet::new(vec![path.clone()]).walk(&doc, &mut walked);
        let found = path.find(&doc).unwrap_or_default();
        prop_assert_eq!(&found, &walked[0]);
    }
}
