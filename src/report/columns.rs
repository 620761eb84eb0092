//! Every column of the reports: its name, its BigQuery type, what it means, and where it comes from.
//!
//! The Parquet and the JSON writer and the documentation all go by these tables, so a column is
//! described once. Names here are what stands on disk: written out, never derived from Rust names, and
//! no reserved word of BigQuery or DuckDB, so that no query has to quote them.

use std::fmt::Write;

use chrono::NaiveDate;

use super::reconcile::PairRow;
use super::status::StatusRow;
use super::{EVIDENCE, FINDINGS, METRICS, RUNS};
use crate::finding::{Evidence, Finding, MetricRow, Report, Severity, Source, Status};
use crate::reconcile::HowDisagrees;

use Values::{Date, Float64, Int64, Json, RunId, Struct, Text};

/// A column of rows of type `R`.
pub(super) struct Column<R: 'static> {
    pub(super) name: &'static str,
    /// NOT NULL.
    pub(super) required: bool,
    pub(super) values: Values<R>,
    /// One line of Markdown.
    pub(super) meaning: &'static str,
}

/// A column's type, and how a row gives its value; `None` is NULL.
pub(super) enum Values<R: 'static> {
    /// The run's id, which a row other than the run's own does not hold.
    RunId,
    Text(fn(&R) -> Option<&str>),
    /// Text that is a JSON object.
    Json(fn(&R) -> &str),
    Date(fn(&R) -> Option<NaiveDate>),
    Float64(fn(&R) -> Option<f64>),
    Int64(fn(&R) -> Option<u64>),
    Struct(&'static [Column<Source>], fn(&R) -> Option<&Source>),
}

/// The documentation of one column.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ColumnDoc {
    /// `runs`, `findings`, `evidence` or `metrics`.
    pub dataset: &'static str,
    /// The name; `source.file` for a field of a STRUCT.
    pub column: String,
    /// `STRING`, `DATE`, `FLOAT64`, `INT64` or `STRUCT`.
    pub bigquery_type: &'static str,
    /// Whether it is NOT NULL; of a STRUCT's field, wherever the STRUCT itself is there.
    pub required: bool,
    /// One line of Markdown.
    pub meaning: &'static str,
}

/// What ran, and over what. With [`SUMMARY`] and [`TIMING`] the row of the dataset `runs`.
#[rustfmt::skip] // A column is read as one entry.
pub(super) static RUN: [Column<Report>; 14] = [
    required("run_id", Text(|r| Some(r.run.run_id.as_str())),
        "A hash of the suite, `as_of` and the lake's content, 16 hex digits: equal runs have the same"),
    required("lakeaudit_version", Text(|r| Some(r.run.lakeaudit_version.as_str())),
        "The version of lakeaudit that ran"),
    optional("suite", Text(|r| r.run.suite.as_deref()),
        "The suite's file as given; NULL if none was"),
    required("lake", Text(|r| Some(r.run.lake.as_str())),
        "The lake's root"),
    optional("as_of", Date(|r| r.run.as_of),
        "The day that counts as today; NULL if none was given and no table tells its dates"),
    optional("from_date", Date(|r| r.run.from),
        "The window's first day; NULL if it has none"),
    optional("to_date", Date(|r| r.run.to),
        "The window's last day; NULL if it has none"),
    required("tables", Int64(|r| Some(r.run.tables)),
        "Tables audited"),
    required("files_read", Int64(|r| Some(r.run.files_read)),
        "Files of which the shared passes read rows"),
    required("bytes_read", Int64(|r| Some(r.run.bytes_read)),
        "Bytes of data read in all, footers apart"),
    required("rows_read", Int64(|r| Some(r.run.rows_read)),
        "Rows the shared passes read; what keys, SQL checks and evidence read comes on top"),
    required("files_proved", Int64(|r| Some(r.run.files_proved)),
        "Files not read, because their footers prove what was asked"),
    required("checks_proved", Int64(|r| Some(r.run.checks_proved)),
        "Checks that footers alone prove"),
    required("metric_rows", Int64(|r| Some(r.metrics.len() as u64)),
        "Rows of this run in `metrics`"),
];

/// How many checks came to what.
#[rustfmt::skip] // A column is read as one entry.
pub(super) static SUMMARY: [Column<Report>; 7] = [
    required("checks", Int64(|r| Some(r.run.checks)),
        "Checks run"),
    required("passed", Int64(|r| Some(r.run.passed)),
        "Checks that passed"),
    required("warnings", Int64(|r| Some(r.run.warnings)),
        "Checks that failed as a warning"),
    required("criticals", Int64(|r| Some(r.run.criticals)),
        "Checks that failed as critical"),
    required("errored", Int64(|r| Some(r.run.errored)),
        "Checks that could not be judged; they count as critical failures"),
    required("not_applicable", Int64(|r| Some(r.run.not_applicable)),
        "Checks that had nothing to judge"),
    required("accepted", Int64(|r| Some(r.run.accepted)),
        "Verdicts that the suite accepts; a check counts here and, for its other days, above"),
];

/// How long it took.
#[rustfmt::skip] // A column is read as one entry.
pub(super) static TIMING: [Column<Report>; 4] = [
    required("open_ms", Int64(|r| Some(r.timing.open_ms)),
        "Milliseconds taken to list the lake and read footers; differs between equal runs"),
    required("scan_ms", Int64(|r| Some(r.timing.scan_ms)),
        "Milliseconds taken to read rows; differs between equal runs"),
    required("checks_ms", Int64(|r| Some(r.timing.checks_ms)),
        "Milliseconds taken to judge; differs between equal runs"),
    required("total_ms", Int64(|r| Some(r.timing.total_ms)),
        "Milliseconds taken in all; differs between equal runs"),
];

/// The verdicts, what is worst first.
#[rustfmt::skip] // A column is read as one entry.
pub(super) static FINDING: [Column<Finding>; 23] = [
    required("run_id", RunId,
        "The run, as in `runs`"),
    required("check_name", Text(|f| Some(f.check.as_str())),
        "The check's name, unique in its suite"),
    required("kind", Text(|f| Some(f.kind.as_str())),
        "The check's kind, such as `in_range`"),
    optional("table_name", Text(|f| f.table.as_deref()),
        "`dataset.table`; NULL for a query over several"),
    optional("column_name", Text(|f| f.column.as_deref()),
        "The column or columns looked at, comma separated"),
    optional("segment", Text(|f| f.segment.as_deref()),
        "NULL for the verdict over the whole window, or the part of it that is judged, such as `game_date=2026-01-25`"),
    required("status", Text(|f| Some(status(f.status))),
        "`errored`, `fail`, `accepted`, `pass` or `not_applicable`"),
    required("severity", Text(|f| Some(severity(f.severity))),
        "`warning` or `critical`: how grave the failure is; of a pass, the gravest it could have been"),
    optional("value", Float64(|f| f.value),
        "What was measured, in `unit`"),
    optional("unit", Text(|f| f.unit.as_deref()),
        "`rows`, `percent`, or whatever a query's value is"),
    optional("warning_threshold", Float64(|f| f.warning_threshold),
        "The value past which the check is a warning"),
    optional("critical_threshold", Float64(|f| f.critical_threshold),
        "The value past which the check is critical"),
    optional("direction", Text(|f| f.direction.as_deref()),
        "`above` or `below`: on which side of a threshold a value fails"),
    optional("affected_rows", Int64(|f| f.affected_rows),
        "Rows that violate the check"),
    optional("tested_rows", Int64(|f| f.tested_rows),
        "Rows the check looked at"),
    optional("percent", Float64(|f| f.percent),
        "100 * affected_rows / tested_rows"),
    optional("since", Date(|f| f.since),
        "The first date with a violation"),
    optional("until", Date(|f| f.until),
        "The last date with a violation"),
    required("message", Text(|f| Some(f.message.as_str())),
        "What was found, in one sentence"),
    optional("meaning", Text(|f| f.meaning.as_deref()),
        "What the check means, from the suite"),
    optional("action", Text(|f| f.action.as_deref()),
        "What to do about it, from the suite"),
    optional("sql", Text(|f| f.sql.as_deref()),
        "A BigQuery query that shows the same rows in the warehouse"),
    optional("defined_at", Text(|f| f.defined_at.as_deref()),
        "Where the check is defined, such as `lakeaudit.yaml:12:9`"),
];

/// Rows that show the findings.
#[rustfmt::skip] // A column is read as one entry.
pub(super) static EVIDENCE_ROW: [Column<Evidence>; 9] = [
    required("run_id", RunId,
        "The run, as in `runs`"),
    required("check_name", Text(|e| Some(e.check.as_str())),
        "The check, as in `findings`"),
    optional("table_name", Text(|e| e.table.as_deref()),
        "`dataset.table`; NULL for a query over several"),
    required("rank", Int64(|e| Some(u64::from(e.rank))),
        "1 for the first row shown of the check, by date, key and values"),
    optional("date", Date(|e| e.date),
        "The row's date; NULL where the table has no date column"),
    required("reason", Text(|e| Some(e.reason.as_str())),
        "What is wrong with the row, such as `missing key`"),
    required("key", Json(|e| &e.key),
        "The key columns by name, as a JSON object"),
    required("row", Json(|e| &e.row),
        "The columns looked at by name, as a JSON object"),
    optional("source", Struct(&SOURCE, |e| e.source.as_ref()),
        "Where the row stands in the lake; differs between equal runs over files split in another way"),
];

/// The fields of `evidence.source`.
#[rustfmt::skip] // A column is read as one entry.
static SOURCE: [Column<Source>; 3] = [
    required("file", Text(|s| Some(s.file.as_str())),
        "The file, relative to the lake's root"),
    required("row_group", Int64(|s| Some(u64::from(s.row_group))),
        "The row group in the file, from 0"),
    required("row", Int64(|s| Some(s.row)),
        "The row in the file, from 0"),
];

/// The status of a table, which `lakeaudit status` writes by itself.
#[rustfmt::skip] // A column is read as one entry.
pub(super) static STATUS_DAY: [Column<StatusRow>; 7] = [
    required("table_name", Text(|s| Some(s.table.as_str())),
        "`dataset.table`"),
    required("date", Date(|s| Some(s.day.date)),
        "The day"),
    required("status", Text(|s| Some(s.day.status.name())),
        "`missing`, `wrong`, `partial`, `defaults` or `done`, the gravest that holds"),
    required("expected_rows", Int64(|s| Some(s.day.expected_rows)),
        "The rows that are there and those that checks miss"),
    required("actual_rows", Int64(|s| Some(s.day.actual_rows)),
        "The rows that are there"),
    required("checks", Text(|s| Some(s.checks.as_str())),
        "The checks that fail on this day, comma separated"),
    required("stale_tables", Text(|s| Some(s.stale_tables.as_str())),
        "The tables downstream that hold something else for this day, comma separated"),
];

/// A path and a column of a reconciliation.
#[rustfmt::skip] // A column is read as one entry.
pub(super) static RECONCILED_PAIR: [Column<PairRow>; 25] = [
    required("document_table", Text(|p| Some(p.table.as_str())),
        "`dataset.table` with the JSON"),
    required("json_column", Text(|p| Some(p.pair.json.as_str())),
        "Its JSON column"),
    required("path", Text(|p| Some(p.pair.path.as_str())),
        "The path in the document"),
    required("table_name", Text(|p| Some(p.pair.table.as_str())),
        "`dataset.table` of the column"),
    required("column_name", Text(|p| Some(p.pair.column.as_str())),
        "The column"),
    required("column_type", Text(|p| Some(p.pair.bq_type.as_str())),
        "Its type"),
    required("basis", Text(|p| Some(p.basis)),
        "What makes them a pair: `values`, `spelling` or `names`"),
    optional("form", Text(|p| p.pair.form.as_deref()),
        "How the column is made of the JSON, where it is not the same: `within 0.05`, `truncated`, `JSON × 100`"),
    required("rows_compared", Int64(|p| Some(p.pair.rows)),
        "Rows with one partner"),
    required("rows_without_value", Int64(|p| Some(p.pair.neither)),
        "Those in which neither side has a value"),
    required("rows_agree", Int64(|p| Some(p.pair.agree)),
        "Those that agree"),
    required("rows_disagree", Int64(|p| Some(p.pair.disagree)),
        "Those that do not, of any kind"),
    required("rows_differ", Int64(|p| p.count(HowDisagrees::Differs)),
        "Both sides have a value, and not the same"),
    required("rows_digits_lost", Int64(|p| p.count(HowDisagrees::DigitsLost)),
        "Both have the same integer beyond 2^53, but for digits that a double loses"),
    required("rows_wrong_type", Int64(|p| p.count(HowDisagrees::WrongType)),
        "Both have a value, of types that do not compare"),
    required("rows_missing_key", Int64(|p| p.count(HowDisagrees::MissingKey)),
        "The column has a value, the document no such key"),
    required("rows_json_null", Int64(|p| p.count(HowDisagrees::JsonNull)),
        "The column has a value, the document a null"),
    required("rows_no_document", Int64(|p| p.count(HowDisagrees::DocumentNull)),
        "The column has a value, and there is no document"),
    required("rows_malformed", Int64(|p| p.count(HowDisagrees::Malformed)),
        "The document is no JSON"),
    required("rows_column_null", Int64(|p| p.count(HowDisagrees::ColumnNull)),
        "The document has a value, the column is NULL"),
    required("coercions", Text(|p| Some(p.coercions.as_str())),
        "What some rows need to agree, comma separated"),
    required("wide_integers", Int64(|p| Some(p.pair.wide_integers)),
        "Integers of the JSON beyond 2^53"),
    optional("since", Date(|p| p.pair.since),
        "The first date of a disagreement of rows with a document"),
    optional("until", Date(|p| p.pair.until),
        "The last"),
    optional("explanation", Text(|p| p.explanation.as_deref()),
        "What was done to the values that differ"),
];

/// The figures measured.
#[rustfmt::skip] // A column is read as one entry.
pub(super) static METRIC: [Column<MetricRow>; 9] = [
    required("run_id", RunId,
        "The run, as in `runs`"),
    required("table_name", Text(|m| Some(&m.table)),
        "`dataset.table`"),
    optional("column_name", Text(|m| m.column.as_deref()),
        "The column measured; NULL for the table's rows"),
    optional("date", Date(|m| m.figure.date),
        "The day measured; NULL over the whole window, or for rows without a date"),
    required("metric", Text(|m| Some(m.figure.metric.as_str())),
        "What was measured: `rows`, `nulls`, `mean`, `stddev`, `min`, `p50` and others"),
    optional("value", Float64(|m| m.figure.value),
        "The figure"),
    optional("exact", Text(|m| m.figure.exact.as_deref()),
        "The exact value in text where FLOAT64 can't hold it: INT64 beyond 2^53, NUMERIC, text"),
    optional("low", Float64(|m| m.figure.bounds.low()),
        "The least the true value can be, where the figure is approximate"),
    optional("high", Float64(|m| m.figure.bounds.high()),
        "The most the true value can be, where the figure is approximate"),
];

/// The documentation of every column of every dataset, in the order of the files.
pub fn documentation() -> Vec<ColumnDoc> {
    let mut docs = Vec::new();
    for group in [RUN.as_slice(), &SUMMARY, &TIMING] {
        document(RUNS, "", group, &mut docs);
    }
    document(FINDINGS, "", &FINDING, &mut docs);
    document(EVIDENCE, "", &EVIDENCE_ROW, &mut docs);
    document(METRICS, "", &METRIC, &mut docs);
    super::diff::document_all(&mut docs);
    docs
}

/// [`documentation`] as Markdown: for each dataset a heading, what a row is, and a table.
pub fn markdown() -> String {
    let mut out = String::new();
    let mut dataset = "";
    for doc in documentation() {
        if doc.dataset != dataset {
            dataset = doc.dataset;
            let gap = if out.is_empty() { "" } else { "\n" };
            let head = "| column | type | | meaning |\n|---|---|---|---|";
            // Writing to a string can't fail.
            let _ = writeln!(out, "{gap}## {dataset}\n\n{}\n\n{head}", about(dataset));
        }
        let mode = if doc.required { "NOT NULL" } else { "" };
        let _ = writeln!(
            out,
            "| `{}` | {} | {mode} | {} |",
            doc.column, doc.bigquery_type, doc.meaning
        );
    }
    out
}

fn about(dataset: &str) -> &'static str {
    match dataset {
        RUNS => "One row a run, written last: a run counts once its row is there.",
        FINDINGS => {
            "One row a verdict, over the whole window and over its segments; what is worst comes first."
        }
        EVIDENCE => "Rows that show the findings, by check and rank.",
        METRICS => {
            "The figures measured, by table, column, date and metric. In the Parquet report only."
        }
        other => super::diff::about(other).unwrap_or_default(),
    }
}

impl<R> Column<R> {
    /// The type's name in BigQuery.
    fn bigquery_type(&self) -> &'static str {
        match self.values {
            RunId | Text(_) | Json(_) => "STRING",
            Date(_) => "DATE",
            Float64(_) => "FLOAT64",
            Int64(_) => "INT64",
            Struct(..) => "STRUCT",
        }
    }
}

/// One NaN and one zero, so that equal figures are equal bytes whatever computed them.
pub(super) fn canonical(value: f64) -> f64 {
    if value.is_nan() {
        f64::NAN
    } else {
        value + 0.0
    }
}

/// A count as INT64; none is as large as 2^63.
pub(super) fn int64(count: u64) -> i64 {
    i64::try_from(count).unwrap_or(i64::MAX)
}

pub(super) const fn required<R>(
    name: &'static str,
    values: Values<R>,
    meaning: &'static str,
) -> Column<R> {
    Column {
        name,
        required: true,
        values,
        meaning,
    }
}

pub(super) const fn optional<R>(
    name: &'static str,
    values: Values<R>,
    meaning: &'static str,
) -> Column<R> {
    Column {
        name,
        required: false,
        values,
        meaning,
    }
}

fn status(status: Status) -> &'static str {
    match status {
        Status::Errored => "errored",
        Status::Fail => "fail",
        Status::Pass => "pass",
        Status::Accepted => "accepted",
        Status::NotApplicable => "not_applicable",
    }
}

fn severity(severity: Severity) -> &'static str {
    match severity {
        Severity::Warning => "warning",
        Severity::Critical => "critical",
    }
}

pub(super) fn document<R>(
    dataset: &'static str,
    prefix: &str,
    columns: &'static [Column<R>],
    docs: &mut Vec<ColumnDoc>,
) {
    for column in columns {
        let name = format!("{prefix}{}", column.name);
        let fields = format!("{name}.");
        docs.push(ColumnDoc {
            dataset,
            column: name,
            bigquery_type: column.bigquery_type(),
            required: column.required,
            meaning: column.meaning,
        });
        if let Struct(columns, _) = column.values {
            document(dataset, &fields, columns, docs);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_stands_once_in_its_dataset_and_fits_a_markdown_table() {
        let docs = documentation();
        let names: std::collections::BTreeSet<_> =
            docs.iter().map(|d| (d.dataset, &d.column)).collect();
        assert_eq!(names.len(), docs.len());
        assert!(docs.iter().all(|d| !d.meaning.contains(['|', '\n'])));
        assert!(!docs.iter().any(|d| d.meaning.ends_with('.')));
    }

    #[test]
    fn no_name_needs_quotes() {
        // Of the reserved words of BigQuery and DuckDB, those that could name a column of a report.
        let reserved = [
            "all",
            "at",
            "check",
            "column",
            "current",
            "default",
            "desc",
            "end",
            "from",
            "group",
            "hash",
            "interval",
            "limit",
            "lookup",
            "no",
            "offset",
            "order",
            "partition",
            "range",
            "rows",
            "table",
            "to",
            "window",
        ];
        for doc in documentation() {
            assert!(!reserved.contains(&doc.column.as_str()), "{}", doc.column);
        }
    }

    #[test]
    fn names_on_disk_are_those_of_the_model() {
        use Status::*;
        for s in [Errored, Fail, Accepted, Pass, NotApplicable] {
            assert_eq!(serde_json::json!(s), status(s));
        }
        for s in [Severity::Warning, Severity::Critical] {
            assert_eq!(serde_json::json!(s), severity(s));
        }
    }

    #[test]
    fn markdown_holds_every_column() {
        let text = markdown();
        assert!(text.starts_with("## runs\n\nOne row a run"));
        assert!(text.contains("\n| `run_id` | STRING | NOT NULL | A hash"));
        assert!(text.contains("\n\n## evidence\n"));
        assert!(text.contains("| `source.row_group` | INT64 | NOT NULL |"));
        assert_eq!(text.matches("\n| `").count(), documentation().len());
    }
}
