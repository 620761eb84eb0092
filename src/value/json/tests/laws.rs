//! Laws over random documents, with serde_json as the independent reader.

use super::super::decimal::Decimal;
use super::super::{
    Agreement, Fault, Found, JsonPath, PathSet, Quoting, Typed, agreement, json_query,
};
use super::set;
use proptest::prelude::*;
use serde_json::Value;

/// A document and its reader's view of it: random values, written with random white space and escapes.
fn document() -> impl Strategy<Value = String> {
    let scalar = prop_oneof![
        Just("null".to_owned()),
        any::<bool>().prop_map(|b| b.to_string()),
        any::<i64>().prop_map(|n| n.to_string()),
        "-?(0|[1-9][0-9]{0,6})(\\.[0-9]{1,6})?([eE][+-]?[0-9]{1,2})?",
        string(),
    ];
    scalar.prop_recursive(5, 40, 6, |inner| {
        let blank = "[ \t\r\n]{0,2}";
        let element =
            (blank, inner.clone(), blank).prop_map(|(a, json, b)| format!("{a}{json}{b}"));
        let member = (blank, key(), blank, inner, blank)
            .prop_map(|(a, key, b, json, c)| format!("{a}{key}{b}:{json}{c}"));
        prop_oneof![
            (blank, prop::collection::vec(element, 0..5))
                .prop_map(|(a, list)| format!("[{a}{}]", list.join(","))),
            (blank, prop::collection::vec(member, 0..5))
                .prop_map(|(a, list)| format!("{{{a}{}}}", list.join(","))),
        ]
    })
}

fn string() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        4 => "[ -!#-\\[\\]-~]{1,12}",
        1 => "\\PC".prop_map(|c| if c == "\"" || c == "\\" { "-".to_owned() } else { c }),
        1 => prop::sample::select(vec!["\\\"", "\\\\", "\\/", "\\b", "\\f", "\\n", "\\r", "\\t"]).prop_map(str::to_owned),
        1 => any::<char>().prop_map(|c| c.encode_utf16(&mut [0; 2]).iter().map(|unit| format!("\\u{unit:04x}")).collect()),
    ];
    prop::collection::vec(piece, 0..5).prop_map(|pieces| format!("\"{}\"", pieces.concat()))
}

/// Few names, so that duplicates and shared prefixes happen, and some written with an escape.
fn key() -> impl Strategy<Value = String> {
    let keys = vec![
        "\"a\"",
        "\"b\"",
        "\"\\u0061\"",
        "\"final_score\"",
        "\"final_scor\\u0065\"",
        "\"0\"",
        "\"1\"",
        "\"\"",
        "\"é.\\\"\"",
    ];
    prop::sample::select(keys).prop_map(str::to_owned)
}

fn path() -> impl Strategy<Value = JsonPath> {
    let steps = vec![
        ".a",
        ".b",
        ".final_score",
        "[0]",
        "[1]",
        "[2]",
        ".\"\"",
        ".\"é.\\\"\"",
    ];
    prop::collection::vec(prop::sample::select(steps), 0..4)
        .prop_map(|steps| JsonPath::parse(&format!("${}", steps.concat())).unwrap())
}

/// Text near JSON: its tokens and what breaks them, in any order.
fn soup() -> impl Strategy<Value = String> {
    let pieces = vec![
        "{", "}", "[", "]", ",", ":", "\"", "\\", "a", "\"a\"", "true", "false", "null", "nul",
        "NaN", "Infinity", "-", "+", "0", "1", "12", ".", "e", "E", "1.5", "1e5", " ", "\n", "\t",
        "\u{c}", "\u{1}", "\0", "\\u", "\\ud83c", "\\udfc0", "\\u00e9", "é", "🏀", "\u{feff}",
        "\u{7f}",
    ];
    prop::collection::vec(prop::sample::select(pieces), 0..14).prop_map(|pieces| pieces.concat())
}

/// The first hit in document order: serde_json's map would keep the last of duplicate keys.
#[derive(Debug)]
enum Tree {
    Object(Vec<(String, Tree)>),
    Array(Vec<Tree>),
    Scalar(Value),
}

impl<'de> serde::Deserialize<'de> for Tree {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Visitor;
        impl<'de> serde::de::Visitor<'de> for Visitor {
            type Value = Tree;
            fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str("JSON")
            }
            fn visit_unit<E>(self) -> Result<Tree, E> {
                Ok(Tree::Scalar(Value::Null))
            }
            fn visit_bool<E>(self, value: bool) -> Result<Tree, E> {
                Ok(Tree::Scalar(value.into()))
            }
            fn visit_i64<E>(self, value: i64) -> Result<Tree, E> {
                Ok(Tree::Scalar(value.into()))
            }
            fn visit_u64<E>(self, value: u64) -> Result<Tree, E> {
                Ok(Tree::Scalar(value.into()))
            }
            fn visit_f64<E>(self, value: f64) -> Result<Tree, E> {
                Ok(Tree::Scalar(value.into()))
            }
            fn visit_str<E>(self, value: &str) -> Result<Tree, E> {
                Ok(Tree::Scalar(value.into()))
            }
            fn visit_seq<A: serde::de::SeqAccess<'de>>(
                self,
                mut list: A,
            ) -> Result<Tree, A::Error> {
                let mut elements = Vec::new();
                while let Some(element) = list.next_element()? {
                    elements.push(element);
                }
                Ok(Tree::Array(elements))
            }
            fn visit_map<A: serde::de::MapAccess<'de>>(self, mut map: A) -> Result<Tree, A::Error> {
                let mut members = Vec::new();
                while let Some(member) = map.next_entry()? {
                    members.push(member);
                }
                Ok(Tree::Object(members))
            }
        }
        deserializer.deserialize_any(Visitor)
    }
}

impl Tree {
    fn first(&self, path: &[super::super::Step]) -> Option<&Tree> {
        let Some((step, rest)) = path.split_first() else {
            return Some(self);
        };
        match self {
            Self::Object(members) => members
                .iter()
                .filter(|(name, _)| name == step.name())
                .find_map(|(_, value)| value.first(rest)),
            Self::Array(elements) => elements.get(step.index()? as usize)?.first(rest),
            Self::Scalar(_) => None,
        }
    }

    fn value(&self) -> Value {
        match self {
            // The last of duplicate keys wins, as in serde_json's reading of the found text.
            Self::Object(members) => members
                .iter()
                .map(|(name, value)| (name.clone(), value.value()))
                .collect(),
            Self::Array(elements) => elements.iter().map(Tree::value).collect(),
            Self::Scalar(value) => value.clone(),
        }
    }
}

fn value(found: &Found<'_>) -> Option<Value> {
    Some(match found {
        Found::Missing => return None,
        Found::Null => Value::Null,
        Found::Bool(value) => Value::Bool(*value),
        Found::String(text) => Value::String(text.to_string()),
        Found::Number(json) | Found::Compound(json) => serde_json::from_str(json).unwrap(),
    })
}

/// serde_json's verdict, none where it gives up: a float past its range is JSON, and what follows it isn't read.
fn accepted(json: &str) -> Option<bool> {
    match serde_json::from_str::<Value>(json) {
        Ok(_) => Some(true),
        Err(error) if error.to_string().starts_with("number out of range") => None,
        Err(_) => Some(false),
    }
}

fn check_verdict(json: &str) -> Result<(), TestCaseError> {
    let verdict = set(&["$", "$.a", "$.a[1]"]).walk(json, &mut Vec::new());
    if let Err(fault) = verdict {
        prop_assert!(fault.at <= json.len());
        prop_assert!(json.is_char_boundary(fault.at), "{fault} in {json:?}");
        prop_assert!(fault.what != Fault::End || fault.at == json.len());
    }
    if let Some(accepted) = accepted(json) {
        prop_assert_eq!(verdict.is_ok(), accepted, "{:?} in {:?}", verdict, json);
    }
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1_000))]

    #[test]
    fn finds_what_serde_finds(doc in document(), paths in prop::collection::vec(path(), 1..5)) {
        let tree: Tree = serde_json::from_str(&doc).unwrap();
        let mut out = Vec::new();
        PathSet::new(paths.clone()).walk(&doc, &mut out).unwrap();
        for (path, found) in paths.iter().zip(&out) {
            let expected = tree.first(path.steps()).map(Tree::value);
            prop_assert_eq!(value(found), expected, "{} in {}", path, doc);
        }
    }

    /// A search for one path sees what a walk sees, up to its hit.
    #[test]
    fn finds_what_a_walk_finds(
        doc in document(),
        path in path(),
        cuts in prop::collection::vec((any::<prop::sample::Index>(), soup()), 0..3),
    ) {
        let mut chars: Vec<char> = doc.chars().collect();
        for (at, piece) in cuts {
            let at = at.index(chars.len() + 1);
            let end = chars.len().min(at + piece.len() % 3);
            chars.splice(at..end, piece.chars());
        }
        let doc: String = chars.into_iter().collect();
        let mut out = Vec::new();
        let walked = PathSet::new(vec![path.clone()]).walk(&doc, &mut out);
        match (walked, path.find(&doc)) {
            (Err(walked), Err(fault)) => prop_assert_eq!(walked, fault, "{} in {}", path, doc),
            (Err(walked), Ok(Found::Missing)) => prop_assert_eq!(walked.what, Fault::AfterValue),
            (_, found) => prop_assert_eq!(found, Ok(out[0].clone()), "{} in {}", path, doc),
        }
    }

    #[test]
    fn query_keeps_the_value(doc in document()) {
        let mut out = Vec::new();
        set(&["$"]).walk(&doc, &mut out).unwrap();
        let Some(json) = json_query(&out[0]) else { return Ok(()) };
        prop_assert_eq!(serde_json::from_str::<Value>(&json).unwrap(), serde_json::from_str::<Value>(&doc).unwrap());
        let mut again = Vec::new();
        set(&["$"]).walk(&json, &mut again).unwrap();
        prop_assert_eq!(json_query(&again[0]).unwrap(), json.as_ref());
    }

    #[test]
    fn accepts_what_serde_accepts(json in soup()) {
        check_verdict(&json)?;
    }

    #[test]
    fn accepts_what_serde_accepts_after_damage(doc in document(), cuts in prop::collection::vec((any::<prop::sample::Index>(), soup()), 1..3)) {
        let mut chars: Vec<char> = doc.chars().collect();
        for (at, piece) in cuts {
            let at = at.index(chars.len() + 1);
            let end = chars.len().min(at + piece.len() % 3);
            chars.splice(at..end, piece.chars());
        }
        check_verdict(&chars.iter().collect::<String>())?;
    }

    #[test]
    fn takes_any_bytes(bytes in prop::collection::vec(any::<u8>(), 0..64)) {
        check_verdict(&String::from_utf8_lossy(&bytes))?;
    }

    #[test]
    fn a_fault_leaves_what_stands_before_it(doc in document(), paths in prop::collection::vec(path(), 1..4)) {
        let set = PathSet::new(paths);
        let (mut whole, mut broken) = (Vec::new(), Vec::new());
        set.walk(&doc, &mut whole).unwrap();
        let doc = format!("{doc} ]");
        prop_assert_eq!(set.walk(&doc, &mut broken).unwrap_err().what, Fault::AfterValue);
        prop_assert_eq!(whole, broken);
    }

    #[test]
    fn a_path_reads_its_own_text(
        steps in prop::collection::vec("(\\.[a-z0-9_é -]{1,4}|\\[[1-9][0-9]?\\]|\\.\"([^\"\\\\]|\\\\.){0,5}\"|\\['([^'\\\\]|\\\\.){0,5}'\\])", 0..4),
        quoting in prop::sample::select(vec![Quoting::Standard, Quoting::Legacy]),
    ) {
        if let Ok(path) = JsonPath::parse_as(&format!("${}", steps.concat()), quoting) {
            prop_assert_eq!(JsonPath::parse_as(&path.to_string(), quoting), Ok(path));
        }
    }

    #[test]
    fn a_parser_of_paths_never_panics(text in "\\$?[\\$\\.\\[\\]'\"\\\\a0é :*@?-]{0,12}") {
        for quoting in [Quoting::Standard, Quoting::Legacy] {
            if let Err(error) = JsonPath::parse_as(&text, quoting) {
                prop_assert!(text.is_char_boundary(error.at));
            }
        }
    }

    #[test]
    fn numbers_equal_however_written(value in any::<i64>(), zeros in 0usize..20, shift in 0i32..18) {
        for json in [format!("{value}.{}", "0".repeat(zeros + 1)), format!("{value}{}e-{zeros}", "0".repeat(zeros))] {
            prop_assert_eq!(agreement(&Found::Number(&json), Typed::Int(value), 0.0), Agreement::Equal, "{}", json);
            prop_assert_eq!(agreement(&Found::Number(&json), Typed::Int(value ^ 1), 0.0), Agreement::Differs, "{}", json);
        }
        let json = format!("{value}E-{shift}");
        let column = Typed::Decimal { unscaled: value.into(), scale: shift as i8 };
        prop_assert_eq!(agreement(&Found::Number(&json), column, 0.0), Agreement::Equal);
    }

    #[test]
    fn floats_equal_their_json(value in any::<f64>().prop_filter("JSON has no infinity", |value| value.is_finite())) {
        let json = serde_json::to_string(&value).unwrap();
        prop_assert_eq!(agreement(&Found::Number(&json), Typed::Float(value), 0.0), Agreement::Equal);
        prop_assert_eq!(Decimal::shortest(value).unwrap().to_f64(), value);
    }

    #[test]
    fn tolerance_is_a_distance(a in -1_000_000i64..1_000_000, b in -1_000_000i64..1_000_000, t in 1u32..2_000_000) {
        let json = format!("{a}e-3");
        let column = Typed::Decimal { unscaled: b.into(), scale: 3 };
        let tolerance = f64::from(t) / 1_000.0;
        let expected = if (a - b).abs() <= i64::from(t) { Agreement::Equal } else { Agreement::Differs };
        prop_assert_eq!(agreement(&Found::Number(&json), column, tolerance), expected);
    }
}
