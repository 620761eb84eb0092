//! The report as JSON, for programs.
//!
//! ```json
//! {
//!   "run": { "run_id": "3f9a1c0b7d24e685", "lake": "...", ... },
//!   "summary": { "checks": 12, "passed": 9, "warnings": 1, "criticals": 2, ... },
//!   "findings": [ { "check_name": "...", "status": "fail", ... } ],
//!   "evidence": [ { "check_name": "...", "rank": 1, "key": { ... }, "row": { ... }, ... } ],
//!   "timing": { "open_ms": 12, ... }
//! }
//! ```
//!
//! Keys are the columns of the Parquet report, in its order, all of them in every object and `null`
//! where there is no value; `run_id` stands in `run` only. A date is `"2026-01-25"`, `key` and `row`
//! are objects with their numbers as exact as they came, and a figure that JSON has no number for is
//! `"NaN"`, `"Infinity"` or `"-Infinity"`. All but `timing` and `evidence[].source` is equal for
//! equal runs. Metrics are not in it: they are in the dataset `metrics` of the Parquet report, and
//! `run.metric_rows` says how many.

use serde::de::IgnoredAny;

use super::columns::{Column, EVIDENCE_ROW, FINDING, RUN, SUMMARY, TIMING, Values, canonical};
use crate::finding::{Inferred, Report};

/// The report as pretty-printed JSON that ends with a newline.
pub fn render(report: &Report) -> String {
    let mut out = String::from("{\n  \"run\": ");
    object(&mut out, 1, &RUN, report);
    out.push_str(",\n  \"summary\": ");
    object(&mut out, 1, &SUMMARY, report);
    out.push_str(",\n  \"inferred\": ");
    inferred(&mut out, &report.inferred);
    out.push_str(",\n  \"findings\": ");
    objects(&mut out, &FINDING, &report.findings);
    out.push_str(",\n  \"evidence\": ");
    objects(&mut out, &EVIDENCE_ROW, &report.evidence);
    out.push_str(",\n  \"timing\": ");
    object(&mut out, 1, &TIMING, report);
    out.push_str("\n}\n");
    out
}

/// What was inferred, a table a line.
fn inferred(out: &mut String, tables: &[Inferred]) {
    out.push('[');
    for (i, table) in tables.iter().enumerate() {
        out.push_str(if i > 0 { ",\n    " } else { "\n    " });
        out.push_str(&serde_json::to_string(table).unwrap_or_default());
    }
    out.push_str(if tables.is_empty() { "]" } else { "\n  ]" });
}

fn objects<R>(out: &mut String, columns: &[Column<R>], rows: &[R]) {
    out.push('[');
    for (i, row) in rows.iter().enumerate() {
        out.push_str(if i > 0 { ",\n    " } else { "\n    " });
        object(out, 2, columns, row);
    }
    out.push_str(if rows.is_empty() { "]" } else { "\n  ]" });
}

/// The columns of a row as an object whose brace is `depth` steps deep.
fn object<R>(out: &mut String, depth: usize, columns: &[Column<R>], row: &R) {
    let indent = "  ".repeat(depth);
    let own = columns
        .iter()
        .filter(|c| !matches!(c.values, Values::RunId));
    out.push('{');
    for (i, column) in own.enumerate() {
        out.push_str(if i > 0 { ",\n" } else { "\n" });
        out.push_str(&indent);
        out.push_str("  ");
        string(out, column.name);
        out.push_str(": ");
        value(out, depth + 1, column, row);
    }
    out.push('\n');
    out.push_str(&indent);
    out.push('}');
}

fn value<R>(out: &mut String, depth: usize, column: &Column<R>, row: &R) {
    const NULL: &str = "null";
    match column.values {
        Values::RunId => out.push_str(NULL),
        Values::Text(get) => match get(row) {
            Some(text) => string(out, text),
            None => out.push_str(NULL),
        },
        Values::Json(get) => json(out, get(row)),
        Values::Date(get) => match get(row) {
            Some(date) => string(out, &date.to_string()),
            None => out.push_str(NULL),
        },
        Values::Float64(get) => match get(row) {
            Some(value) => number(out, value),
            None => out.push_str(NULL),
        },
        Values::Int64(get) => match get(row) {
            Some(count) => out.push_str(&count.to_string()),
            None => out.push_str(NULL),
        },
        Values::Struct(columns, get) => match get(row) {
            Some(row) => object(out, depth, columns, row),
            None => out.push_str(NULL),
        },
    }
}

/// JSON text as it is, without a detour over numbers that could round; a string if it is no JSON.
fn json(out: &mut String, text: &str) {
    match serde_json::from_str::<IgnoredAny>(text) {
        Ok(_) => out.push_str(text.trim()),
        Err(_) => string(out, text),
    }
}

fn number(out: &mut String, value: f64) {
    if value.is_finite() {
        // A finite number always has a JSON form.
        out.push_str(&serde_json::to_string(&canonical(value)).unwrap_or_default());
    } else if value.is_nan() {
        out.push_str("\"NaN\"");
    } else {
        out.push_str(if value > 0.0 {
            "\"Infinity\""
        } else {
            "\"-Infinity\""
        });
    }
}

fn string(out: &mut String, text: &str) {
    // A string always has a JSON form.
    out.push_str(&serde_json::to_string(text).unwrap_or_default());
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;
    use crate::report::sample;

    fn parsed(report: &Report) -> Value {
        serde_json::from_str(&render(report)).unwrap()
    }

    #[test]
    fn has_its_parts_in_order() {
        let report = sample::report();
        let text = render(&report);
        let tops: Vec<&str> = text
            .lines()
            .filter(|l| l.starts_with("  \""))
            .map(|l| l.trim_start().split('"').nth(1).unwrap())
            .collect();
        let parts = [
            "run", "summary", "inferred", "findings", "evidence", "timing",
        ];
        assert_eq!(tops, parts);
        let parsed = parsed(&report);
        assert_eq!(parsed["run"]["run_id"], "3f9a1c0b7d24e685");
        assert_eq!(parsed["run"]["metric_rows"], 5);
        assert_eq!(
            parsed["summary"],
            json!({"checks": 8, "passed": 3, "warnings": 1, "criticals": 2, "errored": 1, "not_applicable": 1, "accepted": 0})
        );
        assert_eq!(parsed["timing"]["total_ms"], 1502);
        assert_eq!(text.matches("_ms\"").count(), 4);
        assert_eq!(text.matches("\"run_id\"").count(), 1);
    }

    #[test]
    fn a_finding_has_every_column() {
        let parsed = parsed(&sample::report());
        for finding in parsed["findings"].as_array().unwrap() {
            assert_eq!(finding.as_object().unwrap().len(), FINDING.len() - 1);
        }
        let worst = &parsed["findings"][0];
        assert_eq!(worst["check_name"], "opponents_known");
        assert_eq!(worst["status"], "errored");
        assert_eq!(worst["percent"], Value::Null);
        let json = &parsed["findings"][1];
        assert_eq!(json["check_name"], "fatigue_score_matches_json");
        assert_eq!(json["affected_rows"], 870);
        assert_eq!(json["since"], "2026-01-25");
    }

    #[test]
    fn evidence_stays_exact() {
        let text = render(&sample::report());
        assert!(
            text.contains(r#""key": {"game_date":"2026-01-25","player_lookup":"lebronjames"},"#)
        );
        assert!(text.contains(r#""row": {"fatigue_score":0,"$.final_score":"95"},"#));
        assert!(text.contains(r#""n":12345678901234567890123}"#));
        let parsed: Value = serde_json::from_str(&text).unwrap();
        assert_eq!(parsed["evidence"][0]["source"]["row"], 4212);
        assert_eq!(parsed["evidence"][5]["source"], Value::Null);
    }

    #[test]
    fn what_json_has_no_number_for_is_text() {
        let mut report = sample::report();
        report.findings.truncate(4);
        let values = [f64::NAN, f64::INFINITY, f64::NEG_INFINITY, -0.0];
        for (finding, value) in report.findings.iter_mut().zip(values) {
            finding.value = Some(value);
        }
        report.evidence.truncate(1);
        report.evidence[0].key = "{not json".to_owned();
        let parsed = parsed(&report);
        let value = |i: usize| parsed["findings"][i]["value"].clone();
        assert_eq!(
            [value(0), value(1), value(2), value(3)],
            [
                json!("NaN"),
                json!("Infinity"),
                json!("-Infinity"),
                json!(0.0)
            ]
        );
        assert_eq!(parsed["evidence"][0]["key"], "{not json");
    }

    #[test]
    fn empty_lists_are_lists() {
        let mut report = sample::report();
        report.findings.clear();
        report.evidence.clear();
        assert_eq!(parsed(&report)["findings"], json!([]));
        assert!(render(&report).contains("\"evidence\": [],\n"));
    }
}
