//! What an audit found: findings, their evidence, the figures measured, and the run they are of.
//!
//! These are plain values in the terms of the report's columns. Everything that is compared between
//! runs is in here in a canonical order; what may differ between equal runs (durations, the place
//! of a row in its file) stands apart, in [`Timing`] and [`Source`].

mod metrics;
mod status;

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

pub use metrics::{Bounds, ColumnMetrics, Figure, MetricRow, Metrics, Name};
pub use status::{DayState, DayStatus, Stretch, TableStatus};

/// How grave a finding is.
#[derive(
    Debug,
    Clone,
    Copy,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Hash,
    Serialize,
    Deserialize,
    schemars::JsonSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum Severity {
    Warning,
    Critical,
}

/// What a check came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Status {
    /// It could not be judged: the data or the query is broken. Counts as critical.
    Errored,
    Fail,
    /// It fails where the suite says that this is known, and fails no run.
    Accepted,
    Pass,
    /// There was nothing to judge: no row in the window, or a filter that matched none.
    NotApplicable,
}

/// One verdict, of a check over its whole window or over one segment of it.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Finding {
    /// The check's name, unique in the suite.
    pub check: String,
    /// The check's kind, such as `in_range`.
    pub kind: String,
    /// `dataset.table`, or nothing for a query over several tables.
    pub table: Option<String>,
    /// The column or columns looked at, comma separated.
    pub column: Option<String>,
    /// `None` for the whole window, or `game_date=2026-01-25`.
    pub segment: Option<String>,
    pub status: Status,
    /// The gravity of a failure; of a pass, the gravest it could have had.
    pub severity: Severity,
    /// What was measured, in `unit`.
    pub value: Option<f64>,
    /// `rows`, `percent`, or whatever a query's value is.
    pub unit: Option<String>,
    pub warning_threshold: Option<f64>,
    pub critical_threshold: Option<f64>,
    /// `above` or `below`: on which side of a threshold a value fails.
    pub direction: Option<String>,
    /// Rows that violate the check.
    pub affected_rows: Option<u64>,
    /// Rows the check looked at.
    pub tested_rows: Option<u64>,
    /// 100 * affected / tested.
    pub percent: Option<f64>,
    /// The first and last date with a violation.
    #[serde(serialize_with = "iso_if_any")]
    pub since: Option<NaiveDate>,
    #[serde(serialize_with = "iso_if_any")]
    pub until: Option<NaiveDate>,
    /// What was found, in one sentence.
    pub message: String,
    /// What the check means and what to do, from the suite.
    pub meaning: Option<String>,
    pub action: Option<String>,
    /// A BigQuery query that shows the same rows in the warehouse.
    pub sql: Option<String>,
    /// `lakeaudit.yaml:12:9`, where the check is defined.
    pub defined_at: Option<String>,
}

/// A row that shows a finding.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Evidence {
    pub check: String,
    pub table: Option<String>,
    /// 1 for the first row shown of the check, in canonical order: date, key, values.
    pub rank: u32,
    /// The row's date, where the table has a date column.
    #[serde(serialize_with = "iso_if_any")]
    pub date: Option<NaiveDate>,
    /// What is wrong with it, such as `missing key` or `conflicting duplicate`.
    pub reason: String,
    /// The key columns by name, as a JSON object.
    pub key: String,
    /// The columns looked at by name, as a JSON object.
    pub row: String,
    /// Not compared between runs.
    pub source: Option<Source>,
}

/// A day on which a check fails, judged by that day alone.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct FailingDay {
    pub check: String,
    pub date: NaiveDate,
    pub kind: &'static str,
    pub severity: Severity,
    /// Rows that are not there.
    pub missing_rows: u64,
}

/// Where in the lake a row stands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Source {
    /// Relative to the lake's root.
    pub file: String,
    /// From 0.
    pub row_group: u32,
    /// The row in its file, from 0.
    pub row: u64,
}

/// What ran, over what, and how it ended.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Run {
    /// A hash of the suite, `as_of` and the lake's content, 16 hex digits.
    pub run_id: String,
    pub lakeaudit_version: String,
    /// The suite's file as given, or nothing.
    pub suite: Option<String>,
    pub lake: String,
    #[serde(serialize_with = "iso_if_any")]
    pub as_of: Option<NaiveDate>,
    /// The window, if one was asked for.
    #[serde(serialize_with = "iso_if_any")]
    pub from: Option<NaiveDate>,
    #[serde(serialize_with = "iso_if_any")]
    pub to: Option<NaiveDate>,
    pub tables: u64,
    pub checks: u64,
    pub passed: u64,
    pub warnings: u64,
    pub criticals: u64,
    pub errored: u64,
    pub not_applicable: u64,
    /// Verdicts the suite accepts.
    pub accepted: u64,
    pub files_read: u64,
    pub bytes_read: u64,
    pub files_proved: u64,
    pub checks_proved: u64,
    pub rows_read: u64,
}

/// How long it took, in milliseconds; kept apart from all that is compared.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct Timing {
    pub open_ms: u64,
    pub scan_ms: u64,
    pub checks_ms: u64,
    pub total_ms: u64,
}

/// What was inferred of a table, where no suite says what to check.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Inferred {
    pub table: String,
    /// In a line.
    pub summary: String,
    /// Check by check, each with the evidence it was drawn from.
    pub details: Vec<String>,
}

/// All an audit came to.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Report {
    pub run: Run,
    /// In canonical order, see [`Report::sort`].
    pub findings: Vec<Finding>,
    pub evidence: Vec<Evidence>,
    /// The days on which checks fail, by check and date.
    #[serde(skip)]
    pub days: Vec<FailingDay>,
    #[serde(skip)]
    pub metrics: Metrics,
    /// Empty where the suite was given.
    pub inferred: Vec<Inferred>,
    pub timing: Timing,
}

impl Finding {
    /// A critical failure of a check of `kind`, with nothing told of it yet.
    pub fn new(check: String, kind: &str, table: Option<String>) -> Self {
        Self {
            check,
            kind: kind.to_owned(),
            table,
            column: None,
            segment: None,
            status: Status::Fail,
            severity: Severity::Critical,
            value: None,
            unit: None,
            warning_threshold: None,
            critical_threshold: None,
            direction: None,
            affected_rows: None,
            tested_rows: None,
            percent: None,
            since: None,
            until: None,
            message: String::new(),
            meaning: None,
            action: None,
            sql: None,
            defined_at: None,
        }
    }

    /// Whether this is a verdict over the whole window rather than over one segment.
    pub fn is_summary(&self) -> bool {
        self.segment.is_none()
    }

    /// Whether it fails or errors, at `least` or graver; an errored check counts as critical.
    pub fn is_failure_at(&self, least: Severity) -> bool {
        match self.status {
            Status::Errored => true,
            Status::Fail => self.severity >= least,
            Status::Accepted | Status::Pass | Status::NotApplicable => false,
        }
    }
}

impl Report {
    /// Puts everything in its canonical order: what is worst first (errored, critical, warning),
    /// then by share and count of affected rows, then by check and segment.
    pub fn sort(&mut self) {
        self.findings.sort_by(|a, b| {
            let rank = |f: &Finding| match (f.status, f.severity) {
                (Status::Errored, _) => 0,
                (Status::Fail, Severity::Critical) => 1,
                (Status::Fail, Severity::Warning) => 2,
                (Status::Accepted, _) => 3,
                (Status::NotApplicable, _) => 4,
                (Status::Pass, _) => 5,
            };
            let summary = |f: &Finding| u8::from(!f.is_summary());
            rank(a)
                .cmp(&rank(b))
                .then_with(|| summary(a).cmp(&summary(b)))
                .then_with(|| {
                    let share = |f: &Finding| f.percent.unwrap_or(0.0);
                    share(b).total_cmp(&share(a))
                })
                .then_with(|| b.affected_rows.cmp(&a.affected_rows))
                .then_with(|| (&a.check, &a.segment).cmp(&(&b.check, &b.segment)))
        });
        self.evidence
            .sort_by(|a, b| (&a.check, a.rank).cmp(&(&b.check, b.rank)));
        self.days.sort();
        self.metrics.sort();
    }

    /// The verdicts over whole windows, one a check.
    pub fn summaries(&self) -> impl Iterator<Item = &Finding> {
        self.findings.iter().filter(|f| f.is_summary())
    }
}

/// A date as `2026-01-25`.
fn iso_if_any<S: serde::Serializer>(date: &Option<NaiveDate>, to: S) -> Result<S::Ok, S::Error> {
    match date {
        Some(date) => to.collect_str(date),
        None => to.serialize_none(),
    }
}
