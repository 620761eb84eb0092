//! A diff as JSON, for programs: everything the model holds.
//!
//! ```json
//! {
//!   "verdict": "differs",
//!   "left": {"name": "...", "rows": 223, "files": 1, "null_keys": 0, "duplicates": {"keys": 0, ...}},
//!   "right": { ... },
//!   "key": ["game_date", "player_lookup"], "key_from": "suite", "date": "game_date", "filter": null,
//!   "rows": {"common": 223, "differing": 223, "shape": 0, "only_left": 0, "only_right": 0, "in_order": 0},
//!   "columns": [{"name": "fatigue_score", "differing": 223, "patterns": [...], "witnesses": [...], "places": [...], ...}],
//!   "places": [{"predicate": "...", "hits": 1892, "wanted": 1892, "covered": 1892, "rows": 150088, ...}],
//!   "cells": [{"date": "2026-01-25", "key": {...}, "kind": "differs", "column": "...", "left": "87", "right": "0"}], ...
//! }
//! ```
//!
//! Names are stable. A date is `"2026-01-25"`, values of cells are texts or `null`. Of several runs, `runs` holds how they
//! compare and `pair` the diff of the two that show best what differs.

use serde_json::{Value, json};

use crate::diff::explain::{Pattern, Place};
use crate::diff::{Cell, ColumnDifference, Difference, KeyFrom, Portion, Runs, Segments, Side};
use crate::lake::date_of;
use crate::value::json::Node;

use super::facts::Verdict;

/// A diff of two sides as pretty-printed JSON that ends with a newline.
pub fn render(difference: &Difference) -> String {
    pretty(&of(difference))
}

/// How several runs compare, and a diff of two of them.
pub fn render_runs(runs: &Runs, pair: Option<&Difference>) -> String {
    pretty(&json!({
        "run_id": runs.id,
        "verdict": if runs.is_equal() { "equal" } else { "differs" },
        "key": runs.key,
        "keys_common": runs.common,
        "keys_unstable": runs.unstable,
        "in_order": runs.in_order,
        "odd_run": runs.odd.and_then(|odd| runs.runs.get(odd)).map(|run| run.name.as_str()),
        "runs": runs.runs.iter().map(|run| json!({
            "name": run.name,
            "rows": run.rows,
            "keys_missing": run.missing,
            "keys_repeated": run.repeated,
            "cells_alone": run.alone,
        })).collect::<Vec<_>>(),
        "columns": runs.columns.iter().map(|column| json!({
            "name": column.name,
            "type": column.bq_type,
            "unstable": column.unstable,
            "verdict": column.verdict.name(),
            "groups": column.groups.iter().map(|(groups, rows)| json!({"groups": groups, "rows": rows})).collect::<Vec<_>>(),
        })).collect::<Vec<_>>(),
        "ignored": named(&runs.ignored, "why"),
        "uncompared": named(&runs.uncompared, "why"),
        "pair": pair.map(of),
    }))
}

fn pretty(value: &Value) -> String {
    let mut out = serde_json::to_string_pretty(value).unwrap_or_default();
    out.push('\n');
    out
}

fn of(difference: &Difference) -> Value {
    let mut told = without_cells(difference);
    // Within `json!`, every one of them would be copied.
    if let Some(cells) = told.get_mut("cells") {
        *cells = Value::Array(difference.cells.iter().map(cell).collect());
    }
    told
}

fn without_cells(difference: &Difference) -> Value {
    let rows = &difference.rows;
    json!({
        "run_id": difference.id,
        "verdict": Verdict::of(difference).name(),
        "left": side(&difference.left),
        "right": side(&difference.right),
        "key": difference.key,
        "key_from": match difference.key_from {
            KeyFrom::Asked => "asked",
            KeyFrom::Suite => "suite",
            KeyFrom::Data => "data",
            KeyFrom::Rows => "rows",
        },
        "date": difference.date,
        "filter": difference.filter,
        "asked": difference.asked,
        "rows": {
            "common": rows.common,
            "differing": rows.differing,
            "shape": rows.shape,
            "only_left": rows.only_left,
            "only_right": rows.only_right,
            "in_order": rows.in_order,
        },
        "columns": difference.columns.iter().map(column).collect::<Vec<_>>(),
        "ignored": named(&difference.ignored, "why"),
        "uncompared": named(&difference.uncompared, "why"),
        "only_left_columns": named(&difference.only_left, "type"),
        "only_right_columns": named(&difference.only_right, "type"),
        "types": difference.types,
        "days": difference.days.iter().map(|(day, rows)| portion("date", date(*day), rows)).collect::<Vec<_>>(),
        "segments": difference.segments.iter().map(segments).collect::<Vec<_>>(),
        "places": places(&difference.places),
        "only_left_places": places(&difference.only_left_places),
        "only_right_places": places(&difference.only_right_places),
        "file_places": places(&difference.file_places),
        "only_left_file_places": places(&difference.only_left_file_places),
        "only_right_file_places": places(&difference.only_right_file_places),
        "changes": difference.changes.iter().map(|change| json!({
            "side": change.side,
            "what": change.what,
            "date": change.date.map(|date| date.to_string()),
            "told": change.told,
        })).collect::<Vec<_>>(),
        "cells": null,
        "all_cells": difference.all_cells,
        "explained_rows": difference.explained_rows,
        "explained_all": difference.explained_all,
        "sql": difference.sql,
        "notes": difference.notes,
    })
}

fn segments(segments: &Segments) -> Value {
    let rows = segments.rows.iter();
    let rows = rows.map(|(value, rows)| portion("value", value.clone(), rows));
    json!({"column": segments.column, "rows": rows.collect::<Vec<_>>()})
}

fn portion(name: &str, value: Option<String>, rows: &Portion) -> Value {
    json!({
        name: value,
        "left": rows.left,
        "right": rows.right,
        "differing": rows.differing,
        "only_left": rows.only_left,
        "only_right": rows.only_right,
    })
}

fn side(side: &Side) -> Value {
    let duplicates = side.duplicates;
    json!({
        "name": side.name,
        "rows": side.rows,
        "files": side.files,
        "null_keys": side.null_keys,
        "duplicates": {
            "keys": duplicates.keys,
            "rows": duplicates.rows,
            "identical": duplicates.identical,
            "conflicting": duplicates.conflicting,
        },
    })
}

fn named(columns: &[(String, String)], what: &str) -> Vec<Value> {
    columns
        .iter()
        .map(|(name, told)| json!({"name": name, what: told}))
        .collect()
}

fn column(column: &ColumnDifference) -> Value {
    let ulps = column
        .ulps
        .iter()
        .map(|(log, rows)| json!({"at_least": 1u64 << (*log).min(63), "rows": rows}));
    json!({
        "name": column.name,
        "type": column.bq_type,
        "differing": column.differing,
        "null_left": column.null_left,
        "null_right": column.null_right,
        "within": column.within,
        "rule": column.rule,
        "shape": column.shape,
        "largest": column.largest,
        "ulps": ulps.collect::<Vec<_>>(),
        "paths": column.paths.iter().map(|(path, counts)| json!({
            "path": path,
            "values": counts.values,
            "only_left": counts.only_left,
            "only_right": counts.only_right,
        })).collect::<Vec<_>>(),
        "first_date": date(column.days.keys().flatten().next().copied()),
        "last_date": date(column.days.keys().flatten().next_back().copied()),
        "days": column.days.iter().map(|(day, rows)| json!({"date": date(*day), "rows": rows})).collect::<Vec<_>>(),
        "segments": column.segments.iter().map(|by| {
            by.iter().map(|(value, rows)| json!({"value": value, "rows": rows})).collect::<Vec<_>>()
        }).collect::<Vec<_>>(),
        "patterns": column.patterns.iter().map(pattern).collect::<Vec<_>>(),
        "places": places(&column.places),
        "follows": column.follows,
        "witnesses": column.witnesses.iter().map(|witness| json!({
            "name": witness.name,
            "left": witness.left,
            "right": witness.right,
            "rows": witness.rows,
        })).collect::<Vec<_>>(),
    })
}

fn pattern(pattern: &Pattern) -> Value {
    json!({
        "column": pattern.column,
        "mechanism": pattern.mechanism.name(),
        "side": pattern.side.name(),
        "formula": pattern.formula,
        "support": pattern.support,
        "rows": pattern.rows,
        "share": share(pattern.support, pattern.rows),
        "chance": pattern.chance,
        "alternatives": pattern.alternatives.iter().map(|(mechanism, formula)| json!({
            "mechanism": mechanism.name(),
            "formula": formula,
        })).collect::<Vec<_>>(),
    })
}

fn places(places: &[Place]) -> Vec<Value> {
    places
        .iter()
        .map(|place| {
            json!({
                "predicate": place.predicate,
                "hits": place.hits,
                "wanted": place.wanted,
                "explained": place.explained,
                "covered": place.covered,
                "rows": place.rows,
                "lift": place.lift,
                "chance": place.chance,
                "also": place.also,
                "spans": place.spans.iter().map(|span| json!({
                    "column": span.name,
                    "first": span.first,
                    "last": span.last,
                    "distinct": span.distinct,
                })).collect::<Vec<_>>(),
            })
        })
        .collect()
}

fn cell(cell: &Cell) -> Value {
    json!({
        "date": date(cell.day),
        "key": Node::read(&cell.key).map_or_else(|_| json!(cell.key), |key| exactly(&key)),
        "kind": cell.kind.name(),
        "column": (!cell.column.is_empty()).then_some(cell.column.as_str()),
        "left": cell.left,
        "right": cell.right,
    })
}

/// A key's values, numbers that a FLOAT64 can't hold as texts.
fn exactly(node: &Node) -> Value {
    match node {
        Node::Number(text) => number(text),
        Node::Array(items) => items.iter().map(exactly).collect(),
        Node::Object(fields) => {
            let fields = fields
                .iter()
                .map(|(name, node)| (name.clone(), exactly(node)));
            Value::Object(fields.collect())
        }
        Node::String(text) => json!(text),
        Node::Bool(value) => json!(value),
        Node::Null => Value::Null,
    }
}

fn number(text: &str) -> Value {
    if let Ok(integer) = text.parse::<i64>() {
        return json!(integer);
    }
    // The standard library's reading is exact, that of JSON's is not always.
    let float = text.parse::<f64>().ok().filter(|float| {
        let plain = match text.contains('.') {
            true => text.trim_end_matches('0').trim_end_matches('.'),
            false => text,
        };
        text.contains(['e', 'E']) || float.to_string() == plain
    });
    match float.and_then(serde_json::Number::from_f64) {
        Some(float) => Value::Number(float),
        None => json!(text),
    }
}

fn share(part: u64, whole: u64) -> f64 {
    if whole == 0 {
        0.0
    } else {
        part as f64 / whole as f64
    }
}

fn date(day: Option<i32>) -> Option<String> {
    day.and_then(date_of).map(|date| date.to_string())
}
