//! `lakeaudit audit`: runs a suite over its lake.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Instant;

use super::Opened;
use crate::check::{
    Accepted, Answer, Judged, Measured, Need, Part, Subject, errored, fold, judge,
    unusable_condition,
};
use crate::diagnostic::Diagnostic;
use crate::dialect;
use crate::finding::{Evidence, Metrics, Report, Source, Status, Timing};
use crate::lake::{Table, date_of, days};
use crate::scan::metric::{Measure, Metric};
use crate::scan::{self, Outcome, Plan, ShownRow, Wanted};
use crate::schema::TableName;
use crate::suite::{CheckSpec, Profile};
use crate::value::text::few;

mod asked;
mod diff;
mod figures;
mod files;
mod kept;
mod needed;
mod relation;
mod run;
pub mod seen;

use asked::{Asked, One};
use files::FILES_TOLD;

pub(super) use figures::profile_metrics;
pub(super) use needed::needed;

/// How many rows a query of values may return.
const MOST_VALUES: usize = 10_000;

/// Runs every check of an opened suite. `progress` is told what is being done.
///
/// What can't be judged becomes an errored finding; this fails only where nothing can be reported.
pub async fn audit(opened: &Opened, progress: &(dyn Fn(&str) + Sync)) -> Report {
    let started = Instant::now();
    let mut run = Audit::new(opened);
    run.open(progress).await;
    run.report.timing.open_ms = millis(started);
    let scanning = Instant::now();
    let (passes, asked) = run.questions().await;
    // Side by side, as neither keeps all threads busy all the time. The passes follow one another, so that the
    // states of one table are gone before those of the next come.
    let passing = async {
        for pass in passes {
            progress(&format!("scanning {}", pass.table.name()));
            let outcome = pass.run(opened).await;
            run.passed(pass, outcome).await;
        }
    };
    let (told, ()) = futures::join!(asked::ask(opened, &asked, progress), passing);
    run.report.timing.scan_ms = millis(scanning);
    let checking = Instant::now();
    for (one, told) in asked.iter().zip(told) {
        run.answered(one, told);
    }
    run.report.timing.checks_ms = millis(checking);
    let mut report = run.report;
    report.sort();
    let checks = opened.suite.checks.iter();
    let part_of = checks.filter_map(|check| Some((check.name.clone(), check.part_of.clone()?)));
    fold(&mut report, &part_of.collect());
    run::count(&mut report, opened);
    report.timing.total_ms = millis(started);
    report
}

/// What a table's checks share.
struct Pass<'a> {
    table: Arc<Table>,
    metrics: Vec<Metric>,
    by_metric: Vec<(&'a CheckSpec, usize)>,
    /// Where the profile's metrics begin.
    profiled: usize,
    /// Whether days outside the window matter, too.
    history: bool,
}

impl Pass<'_> {
    async fn run(&self, opened: &Opened) -> Result<(u64, Outcome), Diagnostic> {
        let (session, name) = (&opened.session, self.table.name());
        let window = opened.window.filter(|_| !self.history);
        let plan = Plan::new(session, name, &self.metrics, window).await?;
        Ok((plan.read.len() as u64, plan.run(session).await?))
    }
}

struct Audit<'a> {
    opened: &'a Opened,
    tables: BTreeMap<TableName, Result<Arc<Table>, Diagnostic>>,
    report: Report,
}

impl<'a> Audit<'a> {
    fn new(opened: &'a Opened) -> Self {
        Self {
            opened,
            tables: BTreeMap::new(),
            report: Report {
                run: run::blank(opened),
                findings: Vec::new(),
                evidence: Vec::new(),
                days: Vec::new(),
                metrics: Metrics::default(),
                inferred: opened.inferred.clone(),
                timing: Timing::default(),
            },
        }
    }

    async fn open(&mut self, progress: &(dyn Fn(&str) + Sync)) {
        for name in self.table_names() {
            progress(&format!("reading footers of {name}"));
            let table = self.opened.session.table(&name).await;
            self.tables.insert(name, table);
        }
    }

    /// What the checks need: a pass a table, and queries of their own.
    async fn questions(&mut self) -> (Vec<Pass<'a>>, Vec<One<'a>>) {
        let (mut passes, mut asked) = (Vec::new(), Vec::new());
        for name in self.table_names() {
            passes.extend(self.prepared(&name, &mut asked).await);
        }
        for check in &self.opened.suite.checks {
            if let Some(query) = &check.query {
                let table = self.opened_table(check.table.as_ref()).cloned();
                asked.push(One {
                    check,
                    table,
                    asked: Asked::Query(query),
                });
            }
        }
        (passes, asked)
    }

    /// The tables with checks or profiles.
    fn table_names(&self) -> Vec<TableName> {
        let suite = &self.opened.suite;
        let checked = suite.checks.iter().filter_map(|c| c.table.clone());
        let profiled = suite
            .tables
            .iter()
            .filter(|(_, spec)| spec.profile.is_some())
            .map(|(name, _)| name.clone());
        let mut names: Vec<TableName> = checked
            .chain(profiled)
            .filter(|name| !self.opened.session.is_view(name))
            .collect();
        names.sort();
        names.dedup();
        names
    }

    fn opened_table(&self, name: Option<&TableName>) -> Option<&Arc<Table>> {
        self.tables.get(name?)?.as_ref().ok()
    }

    fn subject<'b>(&'b self, check: &'b CheckSpec) -> Subject<'b> {
        Subject {
            name: &check.name,
            check: check.check.as_ref(),
            options: &check.options,
            table_name: check.table.as_ref().map(ToString::to_string),
            table: self.opened_table(check.table.as_ref()).map(Arc::as_ref),
            query: check.query.as_ref().map(|q| q.text.as_str()),
            defined_at: Some(check.place.to_string()),
            window: self.opened.window,
            accepted: self
                .opened
                .suite
                .accepted
                .get(&check.name)
                .map_or(&[], Vec::as_slice),
            shown_by: None,
            remark: None,
        }
    }

    fn take(&mut self, judged: Judged) {
        self.report.findings.extend(judged.findings);
        self.report.days.extend(judged.days);
    }

    fn fail(&mut self, check: &CheckSpec, why: &Diagnostic) {
        let finding = errored(&self.subject(check), why);
        self.report.findings.push(finding);
    }

    /// Runs all checks of a table but those that are queries.
    async fn prepared(&mut self, name: &TableName, asked: &mut Vec<One<'a>>) -> Option<Pass<'a>> {
        let suite = &self.opened.suite;
        let checks: Vec<&'a CheckSpec> = suite
            .checks
            .iter()
            .filter(|c| c.query.is_none() && c.table.as_ref() == Some(name))
            .collect();
        let table = match self.tables.get(name) {
            Some(Ok(table)) => Arc::clone(table),
            Some(Err(why)) => {
                let why = why.clone();
                for check in checks {
                    let why = match &why.place {
                        Some(_) => why.clone(),
                        None => why.clone().at(check.place.clone()),
                    };
                    self.fail(check, &why);
                }
                return None;
            }
            None => return None,
        };
        self.files(&table);
        if table.files().is_empty() && !table.broken().is_empty() {
            let why = Diagnostic::new("no file of the table can be read");
            checks.iter().for_each(|check| self.fail(check, &why));
            return None;
        }
        let mut metrics: Vec<Metric> = Vec::new();
        let mut by_metric: Vec<(&'a CheckSpec, usize)> = Vec::new();
        let mut tried = BTreeSet::new();
        let mut history = false;
        let mut ask = |check: &'a CheckSpec, what: Asked<'a>| {
            asked.push(One {
                check,
                table: Some(Arc::clone(&table)),
                asked: what,
            });
        };
        for check in checks {
            if let Some(column) = lacking(check, &table) {
                self.lacks(check, &column);
                continue;
            }
            match self.need(check, &table, &mut tried).await {
                Err(why) => {
                    let why = match &why.place {
                        Some(_) => why,
                        None => why.at(check.place.clone()),
                    };
                    self.fail(check, &why);
                }
                Ok(need @ (Need::Metric(_) | Need::History(_))) => {
                    let (metric, of_all_days) = match need {
                        Need::History(metric) => (metric, true),
                        Need::Metric(metric) => (metric, false),
                        _ => continue,
                    };
                    history |= of_all_days;
                    let index = metrics.iter().position(|m| *m == metric);
                    let index = index.unwrap_or_else(|| {
                        metrics.push(metric);
                        metrics.len() - 1
                    });
                    by_metric.push((check, index));
                }
                Ok(Need::Key(key)) => ask(check, Asked::Key(key)),
                Ok(Need::Relation(relation)) => ask(check, Asked::Relation(relation)),
                Ok(Need::Diff(diff)) => ask(check, Asked::Diff(diff)),
                Ok(Need::Figure(sql)) => ask(check, Asked::Figure(sql)),
                Ok(Need::Known(parts)) => self.known(check, parts),
                Ok(Need::Violations | Need::Values) => {}
            }
        }
        let profiled = metrics.len();
        if let Some(spec) = suite.tables.get(name) {
            metrics.extend(figures::profile_metrics(&table, spec.profile.as_ref()));
        }
        (!metrics.is_empty()).then_some(Pass {
            table,
            metrics,
            by_metric,
            profiled,
            history,
        })
    }

    /// Judges what a pass measured.
    async fn passed(&mut self, pass: Pass<'a>, outcome: Result<(u64, Outcome), Diagnostic>) {
        let Pass {
            table,
            metrics,
            by_metric,
            profiled,
            history: _,
        } = pass;
        let (files_read, outcome) = match outcome {
            Ok(outcome) => outcome,
            Err(why) => {
                for (check, _) in by_metric {
                    self.fail(check, &why);
                }
                return;
            }
        };
        let session = &self.opened.session;
        let run = &mut self.report.run;
        run.files_read += files_read;
        run.rows_read += outcome.rows_read;
        run.files_proved += outcome.files_proved;
        run.checks_proved += outcome.metrics_proved.min(by_metric.len() as u64);
        for (check, index) in by_metric {
            self.judge(check, &table, &metrics, index, &outcome).await;
        }
        self.unprofiled(&table, &metrics, profiled, &outcome);
        let mut outcome = outcome;
        if profiled < outcome.metrics.len()
            && let Some(metrics) = metrics.get(profiled..)
        {
            let measured = outcome.metrics.split_off(profiled);
            let threads = session.limits().threads;
            let rows = figures::rows(&table, metrics, measured, self.opened.window, threads);
            self.report.metrics.extend(rows);
        }
    }

    /// Plans a condition over a table, so that it is told by itself if it can't be used.
    async fn tried(&self, condition: &str, table: &Table) -> Result<(), Diagnostic> {
        // Alone first, so that it is one expression and nothing that ends the parenthesis.
        dialect::parse_expression(condition).map_err(|e| unusable_condition(condition, &e))?;
        let sql = format!("SELECT 1 FROM `{}` WHERE (\n{condition}\n)", table.name());
        let tried = match dialect::parse(&sql) {
            Ok(query) => self
                .opened
                .session
                .plan(&query, &BTreeMap::new())
                .await
                .map(drop),
            Err(e) => Err(e),
        };
        tried.map_err(|mut e| {
            // The condition begins on the second line.
            e.line = e.line.saturating_sub(1).max(1);
            unusable_condition(condition, &e)
        })
    }

    /// What a check needs, its conditions tried on the table first.
    async fn need(
        &self,
        check: &CheckSpec,
        table: &Table,
        tried: &mut BTreeSet<String>,
    ) -> Result<Need, Diagnostic> {
        let filter = check.options.filter.as_deref();
        let written = check.check.written();
        let written = written.iter().map(String::as_str);
        for condition in filter.into_iter().chain(written) {
            if !tried.contains(condition) {
                self.tried(condition, table).await?;
                // A catalogue asks for the same rows once a column.
                tried.insert(condition.to_owned());
            }
        }
        let need = check
            .check
            .needs(&self.opened.about(check, Some(table)))
            .map_err(|error| {
                let missing = check
                    .check
                    .columns()
                    .into_iter()
                    .find(|c| table.column(c).is_none());
                match missing.and_then(|c| self.opened.session.in_a_view(table.name(), &c)) {
                    Some(help) => error.help(help),
                    None => error,
                }
            })?;
        self.others(check).await?;
        Ok(need)
    }

    async fn judge(
        &mut self,
        check: &CheckSpec,
        table: &Arc<Table>,
        metrics: &[Metric],
        index: usize,
        outcome: &Outcome,
    ) {
        let Some((metric, measured)) = metrics.get(index).zip(outcome.metrics.get(index)) else {
            return;
        };
        if let Some(failures) = outcome.failed.get(&index) {
            let told: Vec<String> = failures
                .iter()
                .map(|(file, why)| format!("{file}: {why}"))
                .collect();
            self.fail(check, &Diagnostic::new(few(&told, FILES_TOLD, "; ")));
            return;
        }
        let window = self.opened.window.map(|(from, to)| (days(from), days(to)));
        let (dated, apart) = (table.date().is_some(), metric.per.is_some());
        let answer = Answer::Metric(measured.within(window, dated, apart));
        let mut parts = check.check.judge(&answer);
        if parts.is_empty() && metric.measure == Measure::Rows && metric.per.is_none() {
            // A table without rows has a row count, of zero.
            let none = figures::no_rows();
            parts = check
                .check
                .judge(&Answer::Metric(none.within(None, dated, apart)));
        }
        if parts.is_empty() {
            parts.push(nothing());
        }
        let mut subject = self.subject(check);
        subject.remark = check.check.remark(&answer);
        let judged = judge(&subject, parts);
        let found = &judged.findings;
        let failing = check.check.failing_classes();
        if failing != 0
            && found
                .iter()
                .any(|f| f.status == Status::Fail && f.affected_rows > Some(0))
        {
            let wanted = Wanted {
                metric,
                failing,
                key: self.key_of(check),
                most: self.opened.suite.evidence,
                window,
                skipped: subject.accepted.iter().map(Accepted::span).collect(),
            };
            match scan::failing_rows(&self.opened.session, table, measured, &wanted).await {
                Ok(rows) => self.show(check, table, rows),
                Err(why) => self.fail(check, &Diagnostic::new(format!("no evidence: {why}"))),
            }
        }
        self.take(judged);
    }

    fn lacks(&mut self, check: &CheckSpec, column: &str) {
        let mut judged = judge(&self.subject(check), vec![nothing()]);
        for finding in &mut judged.findings {
            finding.message = format!("the table has no column `{column}`");
            finding.status = Status::NotApplicable;
        }
        self.take(judged);
    }

    fn key_of(&self, check: &CheckSpec) -> &'a [String] {
        let spec = check
            .table
            .as_ref()
            .and_then(|t| self.opened.suite.tables.get(t));
        spec.map_or(&[], |s| s.key.as_slice())
    }

    /// Rows of a query, which stand in no file.
    fn show_values(&mut self, check: &CheckSpec, rows: Vec<ShownRow>) {
        let table_name = check.table.as_ref().map(ToString::to_string);
        for (rank, row) in (1..).zip(rows) {
            self.report.evidence.push(Evidence {
                check: check.name.clone(),
                table: table_name.clone(),
                rank,
                date: row.day.and_then(date_of),
                reason: row.reason,
                key: row.key,
                row: row.row,
                source: None,
            });
        }
    }

    fn show(&mut self, check: &CheckSpec, table: &Table, rows: Vec<ShownRow>) {
        for (rank, row) in (1..).zip(rows) {
            let source = row.source.and_then(|(file, row_group, row)| {
                Some(Source {
                    file: table.files().get(file)?.0.path().to_string(),
                    row_group,
                    row,
                })
            });
            self.report.evidence.push(Evidence {
                check: check.name.clone(),
                table: Some(table.name().to_string()),
                rank,
                date: row.day.and_then(date_of),
                reason: row.reason,
                key: row.key,
                row: row.row,
                source,
            });
        }
    }
}

/// A column without which a check has nothing to do.
fn lacking(check: &CheckSpec, table: &Table) -> Option<String> {
    let mut columns = check.check.columns().into_iter();
    columns.find(|column| check.if_there && table.column(column).is_none())
}

/// The part of a table in which there is nothing to test.
fn nothing() -> Part {
    Part {
        segment: scan::Segment::default(),
        measured: Measured::nothing(),
    }
}

/// The rows of a query of values that fail, as evidence.
fn failing_values(parts: &[Part], most: usize) -> Vec<ShownRow> {
    parts
        .iter()
        .filter_map(|part| match &part.measured {
            Measured::Value {
                value: Some(value),
                thresholds,
                row,
                ..
            } if thresholds.level(*value).is_some() => Some(ShownRow {
                day: part.segment.day,
                key: "{}".to_owned(),
                row: row.clone(),
                reason: "value beyond its threshold".to_owned(),
                source: None,
            }),
            _ => None,
        })
        .take(most)
        .collect()
}

fn millis(since: Instant) -> u64 {
    u64::try_from(since.elapsed().as_millis()).unwrap_or(u64::MAX)
}

/// Whether a suite asks for a profile of a column.
fn is_profiled(profile: &Profile, column: &str) -> bool {
    match profile {
        Profile::All => true,
        Profile::Columns(names) => names.iter().any(|n| n.eq_ignore_ascii_case(column)),
    }
}
