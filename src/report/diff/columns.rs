//! The columns of a diff's Parquet datasets.

use chrono::NaiveDate;

use super::facts::{self, Verdict};
use super::{COLUMNS, PATTERNS, ROWS, SUMMARY};
use crate::diff::explain::{Pattern, Place};
use crate::diff::{Cell, ColumnDifference, Difference, Witness};
use crate::lake::date_of;
use crate::report::columns::Values::{Date, Float64, Int64, Json, RunId, Text};
use crate::report::columns::{Column, ColumnDoc, document, optional, required};

/// What explains something: a pattern, a witness or a place.
#[derive(Debug, Clone, Default)]
pub(super) struct Explanation {
    kind: &'static str,
    column: Option<String>,
    mechanism: Option<&'static str>,
    told: String,
    support: u64,
    rows: u64,
    right: Option<u64>,
    covered: Option<u64>,
    lift: Option<f64>,
    chance: Option<f64>,
}

#[rustfmt::skip] // A column is read as one entry.
pub(super) static DIFF: [Column<Difference>; 17] = [
    required("run_id", RunId,
        "A hash of the files of both sides and of what was asked"),
    required("left_name", Text(|d| Some(d.left.name.as_str())),
        "The left side, as it was asked for"),
    required("right_name", Text(|d| Some(d.right.name.as_str())),
        "The right side"),
    required("verdict", Text(|d| Some(Verdict::of(d).name())),
        "`equal`, `shape` if JSON documents differ in their shape alone, or `differs`"),
    optional("key_columns", Text(|d| d.key_text.as_deref()),
        "The columns by which rows were found, comma separated; NULL if rows were compared whole"),
    required("key_from", Text(|d| Some(facts::key_from(d.key_from))),
        "Where the key is known from: `asked`, `suite`, `data` or `rows`"),
    optional("filter", Text(|d| d.filter.as_deref()),
        "The condition rows had to hold"),
    required("left_rows", Int64(|d| Some(d.left.rows)),
        "Rows of the left side"),
    required("right_rows", Int64(|d| Some(d.right.rows)),
        "Rows of the right side"),
    required("rows_common", Int64(|d| Some(d.rows.common)),
        "Rows both sides have"),
    required("rows_differing", Int64(|d| Some(d.rows.differing)),
        "Of those, rows in which a value differs"),
    required("rows_only_left", Int64(|d| Some(d.rows.only_left)),
        "Rows the left side has alone"),
    required("rows_only_right", Int64(|d| Some(d.rows.only_right)),
        "Rows the right side has alone"),
    required("left_duplicate_keys", Int64(|d| Some(d.left.duplicates.keys)),
        "Keys that several rows of the left side have"),
    required("right_duplicate_keys", Int64(|d| Some(d.right.duplicates.keys)),
        "Keys that several rows of the right side have"),
    required("columns_compared", Int64(|d| Some(d.columns.len() as u64)),
        "Columns that were compared"),
    required("columns_differing", Int64(|d| Some(d.differing().count() as u64)),
        "Of those, columns in which a value differs"),
];

#[rustfmt::skip] // A column is read as one entry.
pub(super) static COLUMN: [Column<ColumnDifference>; 15] = [
    required("run_id", RunId,
        "The diff, as in `diff_summary`"),
    required("column_name", Text(|c| Some(c.name.as_str())),
        "The column"),
    required("column_type", Text(|c| Some(c.bq_type.as_str())),
        "The type both sides were read as"),
    required("status", Text(|c| Some(facts::status(c))),
        "`equal`, `within` a tolerance or normalisation, `shape` or `differs`"),
    required("differing", Int64(|c| Some(c.differing)),
        "Rows in which it differs"),
    required("null_left", Int64(|c| Some(c.null_left)),
        "Of those, rows in which the left side alone is NULL"),
    required("null_right", Int64(|c| Some(c.null_right)),
        "Of those, rows in which the right side alone is NULL"),
    required("within", Int64(|c| Some(c.within)),
        "Rows that are equal by a tolerance or a normalisation alone"),
    required("shape", Int64(|c| Some(c.shape)),
        "Rows whose JSON documents differ in shape alone"),
    optional("largest", Float64(|c| c.largest),
        "The largest difference of numbers; of times in seconds"),
    optional("first_date", Date(|c| days(c).next()),
        "The first day on which it differs"),
    optional("last_date", Date(|c| days(c).next_back()),
        "The last day"),
    optional("rule", Text(|c| c.rule.as_deref()),
        "How values count as equal, if not only when they are"),
    optional("pattern", Text(|c| c.patterns.first().map(|p| p.formula.as_str())),
        "What was done to it, most likely"),
    optional("follows", Text(|c| c.follows.as_deref()),
        "The column it follows"),
];

#[rustfmt::skip] // A column is read as one entry.
pub(super) static ROW: [Column<Cell>; 7] = [
    required("run_id", RunId,
        "The diff, as in `diff_summary`"),
    optional("date", Date(|c| c.day.and_then(date_of)),
        "The day of the row"),
    required("row_key", Json(|c| c.key.as_str()),
        "The key's columns as a JSON object; of tables without a key the row"),
    required("kind", Text(|c| Some(c.kind.name())),
        "`differs`, `only_left` or `only_right`"),
    optional("column_name", Text(|c| (!c.column.is_empty()).then_some(c.column.as_str())),
        "The column that differs; NULL for rows of one side"),
    optional("left_value", Text(|c| c.left.as_deref()),
        "The left side's value as text"),
    optional("right_value", Text(|c| c.right.as_deref()),
        "The right side's value as text"),
];

#[rustfmt::skip] // A column is read as one entry.
pub(super) static EXPLANATION: [Column<Explanation>; 11] = [
    required("run_id", RunId,
        "The diff, as in `diff_summary`"),
    required("kind", Text(|e| Some(e.kind)),
        "`pattern` (what was done), `witness` (who is right), `place`, `only_left_place`, `only_right_place` (where)"),
    optional("column_name", Text(|e| e.column.as_deref()),
        "The column; NULL for places of whole rows"),
    optional("mechanism", Text(|e| e.mechanism),
        "Of a pattern, its mechanism, such as `truncated_affine`"),
    required("told", Text(|e| Some(e.told.as_str())),
        "The formula, the witness or the predicate"),
    required("support", Int64(|e| Some(e.support)),
        "Rows it explains or holds of; of a witness, rows in which it agrees with the left side"),
    required("rows_asked", Int64(|e| Some(e.rows)),
        "Rows it was asked of"),
    optional("right_support", Int64(|e| e.right),
        "Of a witness, rows in which it agrees with the right side"),
    optional("covered", Int64(|e| e.covered),
        "Of a place, all rows its predicate holds of"),
    optional("lift", Float64(|e| e.lift),
        "Of a place, the share of differing rows there over their share among all rows"),
    optional("chance", Float64(|e| e.chance),
        "An upper bound of the probability that it fits as well by chance"),
];

fn days(column: &ColumnDifference) -> impl DoubleEndedIterator<Item = NaiveDate> {
    column.days.keys().flatten().copied().filter_map(date_of)
}

/// What explains a diff, in the order of its columns.
pub(super) fn explanations(difference: &Difference) -> Vec<Explanation> {
    let mut all = Vec::new();
    for column in &difference.columns {
        all.extend(column.patterns.iter().map(pattern));
        all.extend(column.witnesses.iter().map(|w| witness(&column.name, w)));
        all.extend(
            column
                .places
                .iter()
                .map(|p| place("place", Some(&column.name), p)),
        );
    }
    for (kind, places) in [
        ("place", &difference.places),
        ("only_left_place", &difference.only_left_places),
        ("only_right_place", &difference.only_right_places),
    ] {
        all.extend(places.iter().map(|p| place(kind, None, p)));
    }
    all
}

fn pattern(pattern: &Pattern) -> Explanation {
    Explanation {
        kind: "pattern",
        column: Some(pattern.column.clone()),
        mechanism: Some(pattern.mechanism.name()),
        told: pattern.formula.clone(),
        support: pattern.support,
        rows: pattern.rows,
        chance: Some(pattern.chance),
        ..Explanation::default()
    }
}

fn witness(column: &str, witness: &Witness) -> Explanation {
    Explanation {
        kind: "witness",
        column: Some(column.to_owned()),
        told: witness.name.clone(),
        support: witness.left,
        rows: witness.rows,
        right: Some(witness.right),
        ..Explanation::default()
    }
}

fn place(kind: &'static str, column: Option<&String>, place: &Place) -> Explanation {
    Explanation {
        kind,
        column: column.cloned(),
        told: place.predicate.clone(),
        support: place.hits,
        rows: place.wanted,
        covered: Some(place.covered),
        lift: Some(place.lift),
        chance: Some(place.chance),
        ..Explanation::default()
    }
}

/// What a row of a dataset of diffs is; `None` of other datasets.
pub(in crate::report) fn about(dataset: &str) -> Option<&'static str> {
    Some(match dataset {
        SUMMARY => "One row a diff, written last: a diff counts once its row is there.",
        COLUMNS => "One row a column that was compared, in the left side's order.",
        ROWS => {
            "Differing cells and rows that one side has alone, by day and key, as many as `--rows` says."
        }
        PATTERNS => {
            "What explains a diff: what was done to the values, who is right, where rows differ."
        }
        _ => return None,
    })
}

/// The documentation of every column of the datasets of diffs.
pub(in crate::report) fn document_all(docs: &mut Vec<ColumnDoc>) {
    document(SUMMARY, "", &DIFF, docs);
    document(COLUMNS, "", &COLUMN, docs);
    document(ROWS, "", &ROW, docs);
    document(PATTERNS, "", &EXPLANATION, docs);
}
