//! The columns of a diff's Parquet datasets.

use chrono::NaiveDate;

use super::facts::{self, Verdict};
use super::{COLUMNS, PATTERNS, ROWS, RUN_COLUMNS, RUNS, SEGMENTS, SUMMARY};
use crate::diff::explain::{Pattern, Place};
use crate::diff::{
    Cell, ColumnDifference, ColumnRuns, Difference, Happened, PathCounts, Portion, Runs, Witness,
};
use crate::lake::date_of;
use crate::report::columns::Values::{Date, Float64, Int64, Json, RunId, Text};
use crate::report::columns::{Column, ColumnDoc, document, optional, required};

/// A column of either side.
#[derive(Debug, Clone)]
pub(super) struct ColumnRow {
    status: &'static str,
    column: ColumnDifference,
}

/// How rows compare, or in how many a column differs, on a day or in a segment.
#[derive(Debug, Clone)]
pub(super) struct SegmentRow {
    by: String,
    value: Option<String>,
    column: Option<String>,
    /// Of rows as a whole.
    rows: Option<Portion>,
    differing: u64,
}

/// One of several runs.
#[derive(Debug, Clone)]
pub(super) struct RunRow {
    run: crate::diff::Run,
    is_odd: bool,
    pair: Option<String>,
}

/// A column of several runs.
#[derive(Debug, Clone)]
pub(super) struct RunColumnRow {
    column: ColumnRuns,
    groups: String,
}

/// What explains something: a pattern, a witness or a place; or where of a document something differs.
#[derive(Debug, Clone, Default)]
pub(super) struct Explanation {
    kind: &'static str,
    column: Option<String>,
    mechanism: Option<&'static str>,
    told: String,
    support: u64,
    rows: u64,
    right: Option<u64>,
    left: Option<u64>,
    covered: Option<u64>,
    lift: Option<f64>,
    chance: Option<f64>,
}

#[rustfmt::skip] // A column is read as one entry.
pub(super) static DIFF: [Column<Difference>; 18] = [
    required("run_id", RunId,
        "A hash of the files of both sides and of what was asked"),
    required("left_name", Text(|d| Some(d.left.name.as_str())),
        "The left side, as it was asked for"),
    required("right_name", Text(|d| Some(d.right.name.as_str())),
        "The right side"),
    required("verdict", Text(|d| Some(Verdict::of(d).name())),
        "`equal`, `shape` if JSON documents differ in their shape alone, `incomplete` if no value differs and a column could not be compared, or `differs`"),
    optional("key_columns", Text(|d| d.key_text.as_deref()),
        "The columns by which rows were found, comma separated; NULL if rows were compared whole"),
    required("key_from", Text(|d| Some(facts::key_from(d.key_from))),
        "Where the key is known from: `asked`, `suite`, `data` or `rows`"),
    optional("filter", Text(|d| d.filter.as_deref()),
        "The condition rows had to hold"),
    optional("asked", Text(|d| Some(d.asked.as_str()).filter(|asked| !asked.is_empty())),
        "What else was asked for, as the command line has it: `--tolerance 1% --ignore-case`"),
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
pub(super) static COLUMN: [Column<ColumnRow>; 15] = [
    required("run_id", RunId,
        "The diff, as in `diff_summary`"),
    required("column_name", Text(|c| Some(c.column.name.as_str())),
        "The column"),
    optional("column_type", Text(|c| Some(c.column.bq_type.as_str()).filter(|t| !t.is_empty())),
        "The type both sides were read as; NULL of a column that was left out"),
    required("status", Text(|c| Some(c.status)),
        "`equal`, `within` a tolerance or normalisation, `shape` or `differs`; `left_out`, `unreadable`, `only_left` and `only_right` of columns that were not compared"),
    required("differing", Int64(|c| Some(c.column.differing)),
        "Rows in which it differs"),
    required("null_left", Int64(|c| Some(c.column.null_left)),
        "Of those, rows in which the left side alone is NULL"),
    required("null_right", Int64(|c| Some(c.column.null_right)),
        "Of those, rows in which the right side alone is NULL"),
    required("within", Int64(|c| Some(c.column.within)),
        "Rows that are equal by a tolerance or a normalisation alone"),
    required("shape", Int64(|c| Some(c.column.shape)),
        "Rows whose JSON documents differ in shape alone"),
    optional("largest", Float64(|c| c.column.largest),
        "The largest difference of numbers; of times in seconds"),
    optional("first_date", Date(|c| days(&c.column).next()),
        "The first day on which it differs"),
    optional("last_date", Date(|c| days(&c.column).next_back()),
        "The last day"),
    optional("rule", Text(|c| c.column.rule.as_deref()),
        "How values count as equal, if not only when they are; of a column that was left out, why"),
    optional("pattern", Text(|c| c.column.patterns.first().map(|p| p.formula.as_str())),
        "What was done to it, most likely"),
    optional("follows", Text(|c| c.column.follows.as_deref()),
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
pub(super) static EXPLANATION: [Column<Explanation>; 12] = [
    required("run_id", RunId,
        "The diff, as in `diff_summary`"),
    required("kind", Text(|e| Some(e.kind)),
        "`pattern` (what was done), `witness` (who is right), `place`, `only_left_place`, `only_right_place` (where), `path` (in which part of documents, arrays and structs), `change` (what else changed on those days)"),
    optional("column_name", Text(|e| e.column.as_deref()),
        "The column; NULL for places of whole rows"),
    optional("mechanism", Text(|e| e.mechanism),
        "Of a pattern, its mechanism, such as `truncated_affine`"),
    required("told", Text(|e| Some(e.told.as_str())),
        "The formula, the witness, the predicate, the path or the change"),
    required("support", Int64(|e| Some(e.support)),
        "Rows it explains or holds of; of a witness, rows in which it agrees with the left side; of a path, rows with another value there"),
    required("rows_asked", Int64(|e| Some(e.rows)),
        "Rows it was asked of"),
    optional("right_support", Int64(|e| e.right),
        "Of a witness, rows in which it agrees with the right side; of a path, rows in which the right side alone has it"),
    optional("left_support", Int64(|e| e.left),
        "Of a path, rows in which the left side alone has it"),
    optional("covered", Int64(|e| e.covered),
        "Of a place, all rows its predicate holds of"),
    optional("lift", Float64(|e| e.lift),
        "Of a place, the share of differing rows there over their share among all rows"),
    optional("chance", Float64(|e| e.chance),
        "An upper bound of the probability that it fits as well by chance"),
];

#[rustfmt::skip] // A column is read as one entry.
pub(super) static SEGMENT: [Column<SegmentRow>; 9] = [
    required("run_id", RunId,
        "The diff, as in `diff_summary`"),
    required("segment_by", Text(|s| Some(s.by.as_str())),
        "The column rows are counted by: the date column, and those of `--by`"),
    optional("segment_value", Text(|s| s.value.as_deref()),
        "Its value as text"),
    optional("column_name", Text(|s| s.column.as_deref()),
        "A column that differs there; NULL for rows as a whole"),
    required("differing", Int64(|s| Some(s.differing)),
        "Rows in which the column, or any, differs"),
    optional("left_rows", Int64(|s| Some(s.rows?.left)),
        "Rows of the left side; NULL for a column, as are the next"),
    optional("right_rows", Int64(|s| Some(s.rows?.right)),
        "Rows of the right side"),
    optional("rows_only_left", Int64(|s| Some(s.rows?.only_left)),
        "Rows the left side has alone"),
    optional("rows_only_right", Int64(|s| Some(s.rows?.only_right)),
        "Rows the right side has alone"),
];

#[rustfmt::skip] // A column is read as one entry.
pub(super) static RUN: [Column<RunRow>; 8] = [
    required("run_id", RunId,
        "A hash of the files of all runs and of what was asked"),
    required("run_name", Text(|r| Some(r.run.name.as_str())),
        "The run, as it was asked for"),
    required("row_count", Int64(|r| Some(r.run.rows)),
        "Its rows"),
    required("keys_missing", Int64(|r| Some(r.run.missing)),
        "Rows, found by their keys, that another run has and this one has not"),
    required("keys_repeated", Int64(|r| Some(r.run.repeated)),
        "Keys that it has more than once"),
    required("cells_alone", Int64(|r| Some(r.run.alone)),
        "Cells in which it differs from all other runs while they agree"),
    required("is_odd", Text(|r| Some(if r.is_odd { "true" } else { "false" })),
        "`true` for the run that is alone nearly everywhere runs differ"),
    optional("pair_run_id", Text(|r| r.pair.as_deref()),
        "The diff of the two runs that show best what differs, in `diff_summary`"),
];

#[rustfmt::skip] // A column is read as one entry.
pub(super) static RUN_COLUMN: [Column<RunColumnRow>; 6] = [
    required("run_id", RunId,
        "As in `diff_runs`"),
    required("column_name", Text(|c| Some(c.column.name.as_str())),
        "The column"),
    required("column_type", Text(|c| Some(c.column.bq_type.as_str())),
        "The type all runs were read as"),
    required("verdict", Text(|c| Some(c.column.verdict.name())),
        "`stable`, `one_run`, `data_dependent` or `order_dependent`"),
    required("unstable", Int64(|c| Some(c.column.unstable)),
        "Rows in which not all runs have the same value"),
    required("groups", Json(|c| c.groups.as_str()),
        "How the runs fall into groups of equal values, and in how many rows: `0,0,1` is the third run alone"),
];

fn days(column: &ColumnDifference) -> impl DoubleEndedIterator<Item = NaiveDate> {
    column.days.keys().flatten().copied().filter_map(date_of)
}

/// Every column of either side: those compared first, in the left side's order.
pub(super) fn columns(difference: &Difference) -> Vec<ColumnRow> {
    let compared = difference.columns.iter().map(|column| ColumnRow {
        status: facts::status(column),
        column: column.clone(),
    });
    let named = |status, name: &str, bq_type: &str, rule: Option<&String>| ColumnRow {
        status,
        column: ColumnDifference {
            name: name.to_owned(),
            bq_type: bq_type.to_owned(),
            rule: rule.cloned(),
            ..ColumnDifference::default()
        },
    };
    let ignored = difference.ignored.iter();
    let ignored = ignored.map(|(name, why)| named("left_out", name, "", Some(why)));
    let uncompared = difference.uncompared.iter();
    let uncompared = uncompared.map(|(name, why)| named("unreadable", name, "", Some(why)));
    let left = difference.only_left.iter();
    let left = left.map(|(name, bq_type)| named("only_left", name, bq_type, None));
    let right = difference.only_right.iter();
    let right = right.map(|(name, bq_type)| named("only_right", name, bq_type, None));
    compared
        .chain(ignored)
        .chain(uncompared)
        .chain(left)
        .chain(right)
        .collect()
}

/// The days, then the segments of each column of `--by`; rows as a whole first, then the columns that differ.
pub(super) fn segments(difference: &Difference) -> Vec<SegmentRow> {
    let mut all = Vec::new();
    let mut put = |by: &str, value: Option<String>, column: Option<&str>, differing, rows| {
        all.push(SegmentRow {
            by: by.to_owned(),
            value,
            column: column.map(str::to_owned),
            rows,
            differing,
        });
    };
    if let Some(date) = &difference.date {
        let text = |day: &Option<i32>| day.and_then(date_of).map(|date| date.to_string());
        for (day, rows) in &difference.days {
            put(date, text(day), None, rows.differing, Some(*rows));
        }
        for column in difference.differing() {
            for (day, rows) in &column.days {
                put(date, text(day), Some(&column.name), *rows, None);
            }
        }
    }
    for (at, counted) in difference.segments.iter().enumerate() {
        for (value, rows) in &counted.rows {
            put(
                &counted.column,
                value.clone(),
                None,
                rows.differing,
                Some(*rows),
            );
        }
        for column in difference.differing() {
            for (value, rows) in column.segments.get(at).into_iter().flatten() {
                put(
                    &counted.column,
                    value.clone(),
                    Some(&column.name),
                    *rows,
                    None,
                );
            }
        }
    }
    all
}

/// Several runs, and the diff of two of them.
pub(super) fn runs(runs: &Runs, pair: Option<&Difference>) -> Vec<RunRow> {
    let row = |(at, run): (usize, &crate::diff::Run)| RunRow {
        run: run.clone(),
        is_odd: runs.odd == Some(at),
        pair: pair.map(|pair| pair.id.clone()),
    };
    runs.runs.iter().enumerate().map(row).collect()
}

/// The columns of several runs.
pub(super) fn run_columns(runs: &Runs) -> Vec<RunColumnRow> {
    let row = |column: &ColumnRuns| {
        let groups = column.groups.iter().map(|(groups, rows)| {
            let groups: Vec<String> = groups.iter().map(u8::to_string).collect();
            (groups.join(","), serde_json::Value::from(*rows))
        });
        RunColumnRow {
            groups: serde_json::Value::Object(groups.collect()).to_string(),
            column: column.clone(),
        }
    };
    runs.columns.iter().map(row).collect()
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
        all.extend(
            column
                .paths
                .iter()
                .map(|(told, counts)| path(column, told, counts)),
        );
    }
    for (kind, places) in [
        ("place", &difference.places),
        ("only_left_place", &difference.only_left_places),
        ("only_right_place", &difference.only_right_places),
    ] {
        all.extend(places.iter().map(|p| place(kind, None, p)));
    }
    all.extend(difference.changes.iter().map(change));
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

fn change(change: &Happened) -> Explanation {
    let since = change
        .date
        .map(|date| format!(" since {date}"))
        .unwrap_or_default();
    Explanation {
        kind: "change",
        told: format!("{}, {}{since}: {}", change.side, change.what, change.told),
        ..Explanation::default()
    }
}

fn path(column: &ColumnDifference, path: &str, counts: &PathCounts) -> Explanation {
    Explanation {
        kind: "path",
        column: Some(column.name.clone()),
        told: path.to_owned(),
        support: counts.values,
        rows: column.differing + column.shape,
        left: Some(counts.only_left),
        right: Some(counts.only_right),
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
        COLUMNS => {
            "One row a column: those that were compared in the left side's order, then those that were not."
        }
        SEGMENTS => "How rows and columns compare by day, and by the columns of `--by`.",
        RUNS => "One row a run of several that were compared at once, written last.",
        RUN_COLUMNS => "One row a column of several runs.",
        ROWS => {
            "Differing cells and rows that one side has alone, by day and key, as many as `--rows` says."
        }
        PATTERNS => {
            "What explains a diff: what was done to the values, who is right, where rows differ, in which part of a value."
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
    document(SEGMENTS, "", &SEGMENT, docs);
    document(RUNS, "", &RUN, docs);
    document(RUN_COLUMNS, "", &RUN_COLUMN, docs);
}
