//! `lakeaudit status`: how far a table is, day by day, and what is to be run again.

use std::collections::{BTreeMap, BTreeSet};

use chrono::NaiveDate;

use super::Opened;
use super::audit::audit;
use crate::diagnostic::Diagnostic;
use crate::finding::{DayState, DayStatus, FailingDay, Severity, Status, TableStatus};
use crate::lake::date_of;
use crate::scan::metric::{Measure, Metric};
use crate::scan::{Figures, Plan};
use crate::schema::TableName;
use crate::suite::CheckSpec;

/// Kinds that tell how many rows there are.
const COUNTING: [&str; 2] = ["row_count", "completeness"];
/// Kinds that tell values that stand for none.
const DEFAULTING: [&str; 2] = ["constant", "share"];

/// Runs the checks of a table, and those by which other tables agree with it. Failures of `least`
/// severity and graver count.
pub async fn status(
    opened: &mut Opened,
    name: &TableName,
    least: Severity,
    progress: &(dyn Fn(&str) + Sync),
) -> Result<TableStatus, Diagnostic> {
    let table = opened.session.table(name).await?;
    if table.date().is_none() {
        return Err(Diagnostic::new(format!(
            "{name} has no date column, so it has no status by day"
        ))
        .help("`date:` of the table in the suite names it"));
    }
    let reads = |check: &CheckSpec| {
        let others = check.check.others();
        others
            .iter()
            .any(|(other, _)| other.parse::<TableName>().is_ok_and(|other| other == *name))
    };
    opened
        .suite
        .checks
        .retain(|check| check.table.as_ref() == Some(name) || reads(check));
    for spec in opened.suite.tables.values_mut() {
        spec.profile = None;
    }
    let mut days = rows_by_day(opened, name).await?;
    let report = audit(opened, progress).await;
    let of_check: BTreeMap<&str, &CheckSpec> = opened
        .suite
        .checks
        .iter()
        .map(|check| (check.name.as_str(), check))
        .collect();
    let mut failing: BTreeMap<NaiveDate, Vec<&FailingDay>> = BTreeMap::new();
    let window = opened.window;
    let inside = |day: &FailingDay| {
        // A query that names no window answers for all days.
        window.is_none_or(|(from, to)| day.date >= from && day.date <= to)
    };
    let counts = |day: &&FailingDay| day.severity >= least && inside(day);
    for day in report.days.iter().filter(counts) {
        failing.entry(day.date).or_default().push(day);
        days.entry(day.date).or_default();
    }
    let days = days.into_iter().map(|(date, rows)| {
        let failing = failing.get(&date).map_or(&[][..], Vec::as_slice);
        day(date, rows, failing, |check| {
            of_check
                .get(check)
                .and_then(|c| c.table.as_ref())
                .filter(|t| *t != name)
        })
    });
    let errors = report
        .findings
        .iter()
        .filter(|finding| finding.status == Status::Errored)
        .map(|finding| format!("{}: {}", finding.check, finding.message));
    Ok(TableStatus {
        table: name.to_string(),
        days: days.collect(),
        errors: errors.collect(),
    })
}

/// What failing checks say of a day; `elsewhere` tells the table of a check of another one.
fn day<'a>(
    date: NaiveDate,
    actual_rows: u64,
    failing: &[&FailingDay],
    elsewhere: impl Fn(&str) -> Option<&'a TableName>,
) -> DayStatus {
    let mut missing = 0;
    let mut status = DayState::Done;
    let mut checks = BTreeSet::new();
    let mut stale_tables = BTreeSet::new();
    for day in failing {
        if let Some(table) = elsewhere(&day.check) {
            stale_tables.insert(table.to_string());
            continue;
        }
        checks.insert(day.check.clone());
        missing = missing.max(day.missing_rows);
        let told = match day.kind {
            _ if actual_rows == 0 => DayState::Missing,
            kind if COUNTING.contains(&kind) || day.missing_rows > 0 => DayState::Partial,
            kind if DEFAULTING.contains(&kind) => DayState::Defaults,
            _ => DayState::Wrong,
        };
        status = status.min(told);
    }
    DayStatus {
        date,
        status,
        expected_rows: actual_rows + missing,
        actual_rows,
        checks: checks.into_iter().collect(),
        stale_tables: stale_tables.into_iter().collect(),
    }
}

/// The rows of each day in the window.
async fn rows_by_day(
    opened: &Opened,
    name: &TableName,
) -> Result<BTreeMap<NaiveDate, u64>, Diagnostic> {
    let metric = Metric {
        measure: Measure::Rows,
        filter: None,
        per: None,
    };
    let (session, window) = (&opened.session, opened.window);
    let outcome = Plan::new(session, name, &[metric], window)
        .await?
        .run(session)
        .await?;
    if let Some((file, why)) = outcome.failed.values().flatten().next() {
        return Err(Diagnostic::new(format!("{file}: {why}")));
    }
    let mut days = BTreeMap::new();
    for (segment, figures) in outcome.metrics.iter().flat_map(|m| &m.segments) {
        let day = segment.day.and_then(date_of);
        let inside = |day: &NaiveDate| window.is_none_or(|(from, to)| *day >= from && *day <= to);
        if let (Some(day), Figures::Tally(rows)) = (day.filter(inside), figures) {
            *days.entry(day).or_default() += rows.total();
        }
    }
    Ok(days)
}
