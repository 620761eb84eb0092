//! The cases of ZetaSQL's compliance tests, where the data folder lies beside the repository.

use super::super::{JsonPath, PathSet, Quoting, json_query, json_value};
use serde_json::Value;

#[test]
fn answers_as_bigquery() {
    let file = concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/../shared/data/conformance/json_path.jsonl"
    );
    let Ok(cases) = std::fs::read_to_string(file) else {
        println!("skipped: no {file}");
        return;
    };
    let cases: Vec<Value> = cases
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    let wrong: Vec<String> = cases.iter().filter_map(miss).collect();
    assert!(
        wrong.is_empty(),
        "{} of {} cases:\n{}",
        wrong.len(),
        cases.len(),
        wrong.join("\n")
    );
}

/// What a case got, where that isn't what it expects.
fn miss(case: &Value) -> Option<String> {
    let function = case["fn"].as_str().unwrap();
    let expected = match case["error"].as_str() {
        Some(_) => Err(()),
        // One answer was cut from a C++ raw string and still holds the seams between its lines.
        None => Ok(case["expected"]
            .as_str()
            .map(|text| text.replace(")\"\n             R\"(", ""))),
    };
    let got = match (case["json"].as_str(), case["path"].as_str()) {
        (Some(doc), Some(path)) => answer(function, doc, path),
        _ => Ok(None),
    };
    let refused = got.clone().map_err(|_| ());
    (refused != expected).then(|| {
        format!(
            "{function} of {}: {got:?}, expected {expected:?}",
            case["path"]
        )
    })
}

fn answer(function: &str, doc: &str, path: &str) -> Result<Option<String>, String> {
    let quoting = match function {
        "JSON_VALUE" | "JSON_QUERY" => Quoting::Standard,
        _ => Quoting::Legacy,
    };
    let path = JsonPath::parse_as(path, quoting).map_err(|error| error.to_string())?;
    let mut out = Vec::new();
    PathSet::new(vec![path.clone()])
        .walk(doc, &mut out)
        .map_err(|fault| fault.to_string())?;
    assert_eq!(path.find(doc).as_ref(), Ok(&out[0]));
    Ok(match function {
        "JSON_VALUE" | "JSON_EXTRACT_SCALAR" => json_value(&out[0]).map(str::to_owned),
        _ => json_query(&out[0]).map(|json| json.into_owned()),
    })
}
