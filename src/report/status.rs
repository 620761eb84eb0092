//! The status of a table: as text, as JSON and as Parquet.

use std::fmt::Write;

use ::parquet::errors::ParquetError;
use anstyle::{AnsiColor, Style};
use unicode_width::UnicodeWidthStr;

use super::columns::STATUS_DAY;
use super::parquet;
use crate::finding::{DayState, DayStatus, Stretch, TableStatus};
use crate::value::text::{few, grouped};

/// So many checks of a day are named.
const CHECKS_TOLD: usize = 3;
/// So many stretches of days are named.
const STRETCHES_TOLD: usize = 12;

/// A day of a table as a row.
pub(super) struct StatusRow {
    pub(super) table: String,
    pub(super) day: DayStatus,
    pub(super) checks: String,
    pub(super) stale_tables: String,
}

/// For a person: the days that are not done (all, if `verbose`), and what is to be run again.
pub fn text(status: &TableStatus, color: bool, verbose: bool) -> String {
    let paint = |text: &str, style: Style| match color {
        true => format!("{}{text}{}", style.render(), style.render_reset()),
        false => text.to_owned(),
    };
    let (bold, dim) = (Style::new().bold(), Style::new().dimmed());
    let mut out = String::new();
    let span = match (status.days.first(), status.days.last()) {
        (Some(first), Some(last)) => format!("{} to {}", first.date, last.date),
        _ => "no day".to_owned(),
    };
    let _ = writeln!(out, "{}  {span}\n", paint(&status.table, bold));
    let counts: Vec<String> = DayState::ALL
        .into_iter()
        .filter(|state| status.count(*state) > 0)
        .map(|state| {
            paint(
                &format!("{} {}", status.count(state), state.name()),
                of(state),
            )
        })
        .collect();
    if !counts.is_empty() {
        let _ = writeln!(out, "{} days: {}", status.days.len(), counts.join(", "));
    }
    let shown: Vec<&DayStatus> = status
        .days
        .iter()
        .filter(|day| verbose || day.status != DayState::Done || !day.stale_tables.is_empty())
        .collect();
    if !shown.is_empty() {
        out.push('\n');
        let rows: Vec<[String; 4]> = shown
            .iter()
            .map(|day| {
                [
                    grouped(day.expected_rows),
                    grouped(day.actual_rows),
                    if day.stale_tables.is_empty() {
                        ""
                    } else {
                        "stale"
                    }
                    .to_owned(),
                    few(&day.checks, CHECKS_TOLD, ", "),
                ]
            })
            .collect();
        let width = |at: usize, name: &str| {
            let cells = rows.iter().filter_map(|row| row.get(at));
            cells
                .map(|cell| cell.width())
                .max()
                .unwrap_or(0)
                .max(name.width())
        };
        let (expected, actual) = (width(0, "EXPECTED"), width(1, "ACTUAL"));
        let header = format!(
            "{:<10}  {:<8}  {:>expected$}  {:>actual$}  {:<10}  CHECKS",
            "DATE", "STATUS", "EXPECTED", "ACTUAL", "DOWNSTREAM"
        );
        let _ = writeln!(out, "{}", paint(&header, dim));
        for (day, [expected_rows, actual_rows, stale, checks]) in shown.iter().zip(&rows) {
            let line = format!(
                "{}  {}{}  {expected_rows:>expected$}  {actual_rows:>actual$}  {stale:<10}  {checks}",
                day.date,
                paint(day.status.name(), of(day.status)),
                " ".repeat(8_usize.saturating_sub(day.status.name().len())),
            );
            let _ = writeln!(out, "{}", line.trim_end());
        }
    }
    out.push('\n');
    let rerun = status.rerun();
    if rerun.is_empty() {
        let _ = writeln!(out, "nothing to run again");
    } else {
        let _ = writeln!(out, "{} {}", paint("run again:", bold), stretches(&rerun));
    }
    for (table, days) in status.stale() {
        let label = paint("stale downstream:", bold);
        let _ = writeln!(out, "{label} {table}, {}", stretches(&days));
    }
    for error in &status.errors {
        let label = paint("could not be judged:", of(DayState::Wrong));
        let _ = writeln!(out, "{label} {error}");
    }
    out
}

fn of(state: DayState) -> Style {
    let color = |color: AnsiColor| Style::new().fg_color(Some(color.into()));
    match state {
        DayState::Missing | DayState::Wrong => color(AnsiColor::Red).bold(),
        DayState::Partial | DayState::Defaults => color(AnsiColor::Yellow).bold(),
        DayState::Done => color(AnsiColor::Green),
    }
}

fn stretches(stretches: &[Stretch]) -> String {
    let told: Vec<String> = stretches
        .iter()
        .map(|s| match s.days {
            1 => s.from.to_string(),
            days => format!("{} to {} ({days} days)", s.from, s.to),
        })
        .collect();
    few(&told, STRETCHES_TOLD, ", ")
}

/// For a program: the days, and what is to be run again.
pub fn json(status: &TableStatus) -> String {
    let stale: Vec<_> = status
        .stale()
        .into_iter()
        .map(|(table, days)| serde_json::json!({"table": table, "days": days}))
        .collect();
    let value = serde_json::json!({
        "table": status.table,
        "days": status.days,
        "rerun": status.rerun(),
        "stale_downstream": stale,
        "errors": status.errors,
    });
    let mut text = serde_json::to_string_pretty(&value).unwrap_or_default();
    text.push('\n');
    text
}

/// For BigQuery: a row a day.
pub fn parquet(status: &TableStatus) -> Result<Vec<u8>, ParquetError> {
    let rows: Vec<StatusRow> = status
        .days
        .iter()
        .map(|day| StatusRow {
            table: status.table.clone(),
            day: day.clone(),
            checks: day.checks.join(", "),
            stale_tables: day.stale_tables.join(", "),
        })
        .collect();
    parquet::file(&STATUS_DAY, &rows)
}
