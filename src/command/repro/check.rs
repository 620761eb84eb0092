//! A check of a suite.

use std::collections::BTreeSet;
use std::path::Path;

use chrono::NaiveDate;

use super::columns::narrowed;
use super::reduce::{Fails, reduce};
use super::rows::{MOST, Rows, condition, lake, read};
use super::suite::{suite, without_checks};
use super::ticket::{Source, Ticket};
use super::verdict::{actual, verdict};
use super::{Fewest, Repro, Request};
use crate::command::audit::audit;
use crate::command::open::read_suite;
use crate::command::{Opened, open, open_at};
use crate::diagnostic::Diagnostic;
use crate::dialect;
use crate::finding::{Evidence, Finding, Report, Severity, Status};
use crate::lake::{Root, Table};
use crate::scan::quoted;
use crate::schema::{BqType, TableName, column_index};
use crate::session::View;
use crate::suite::{CheckSpec, FILE};
use crate::value::text::grouped;

/// The failure is asked for so often.
pub(super) const ASKED: usize = 400;
/// Days before a failing one that a check may look back to.
const BACK: i64 = 14;

pub(super) async fn repro(
    request: &Request,
    name: &str,
    out: &Path,
    progress: &(dyn Fn(&str) + Sync),
) -> Result<Repro, Diagnostic> {
    let asked = Request {
        checks: vec![globset::escape(name)],
        ..request.clone()
    };
    let opened = open(&asked).await?;
    progress("running the check");
    let report = audit(&opened, &|_| {}).await;
    let finding = failing(&report, name)?.clone();
    let Some(spec) = opened.suite.checks.iter().find(|spec| spec.name == name) else {
        return Err(Diagnostic::new(format!("no check `{name}`")));
    };
    let mut fails = Failure {
        request: Request {
            as_of: opened.as_of,
            from: opened.window.map(|w| w.0),
            to: opened.window.map(|w| w.1),
            season: None,
            tables: Vec::new(),
            reports: Some(out.join("reports").display().to_string()),
            ..asked.clone()
        },
        table: spec.table.clone(),
        same: Same::of(&finding, &report.evidence),
        tables: Vec::new(),
    };
    let read = reads(spec, &opened);
    progress("looking for rows that fail");
    candidates(&opened, &report, &read.tables, &mut fails).await?;
    progress("looking for the fewest");
    let all: usize = fails.places().len();
    let reduced = reduce(all, ASKED, &mut fails).await;
    let rows = fails.chosen(&reduced.kept)?;
    progress("looking for the columns it needs");
    let mut fixed = Vec::new();
    for rows in &rows {
        fixed.push(naming(&opened, &rows.table).await);
    }
    let narrow = narrowed(rows.clone(), spec, &mut fails, &fixed).await?;
    let fewest = match reduced.minimal {
        true => Fewest::Needed,
        false => Fewest::Ended { asked: ASKED },
    };
    let mut ticket = ticket(&opened, spec, &finding, &read, narrow, fewest);
    for name in &read.tables {
        let table = opened.session.table(name).await?;
        ticket.sources.push(Source::of(&table));
    }
    ticket.write(out)?;
    let mut shown = again(request, out, &fails.same).await;
    if shown.is_none()
        && let Some(sql) = &finding.sql
    {
        // A check that a catalogue makes has no text of its own; its query shows the same rows.
        ticket.files.retain(|(path, _)| path != FILE);
        let text = without_checks(&opened, spec, &ticket.tables);
        ticket.files.push((FILE.to_owned(), text));
        let table = spec.table.as_ref();
        let table = table.map(|table| format!("-- table: {table}\n"));
        let text = format!("-- name: {name}\n{}{sql}\n", table.unwrap_or_default());
        let path = format!("queries/checks/{name}.sql");
        ticket.files.push((path, text));
        ticket.write(out)?;
        let any = Same {
            reasons: BTreeSet::new(),
            ..fails.same.clone()
        };
        shown = again(request, out, &any).await;
    }
    match shown {
        Some((found, evidence)) => {
            // The query over the columns that are left.
            ticket.sql = found.sql.clone().or(ticket.sql);
            ticket.shown = Some(verdict(&found, &evidence));
            let expected = serde_json::json!({"check": name, "status": "pass"});
            ticket.json("expected.json", &expected);
            ticket.json("actual.json", &actual(&found, &evidence));
        }
        None => {
            let suite = opened
                .suite
                .file
                .as_ref()
                .map(|file| file.display().to_string());
            let suite = suite.unwrap_or_else(|| FILE.to_owned());
            ticket.command =
                format!("lakeaudit audit --suite {suite} --lake lake --checks '{name}'");
            ticket.tables = rows;
            ticket.files.retain(|(path, _)| path != FILE);
            let _ = std::fs::remove_file(out.join(FILE));
        }
    }
    ticket.write(out)?;
    Ok(ticket.done(out, format!("{name}: {}", finding.message)))
}

/// The finding over the whole window, if it fails.
fn failing<'a>(report: &'a Report, name: &str) -> Result<&'a Finding, Diagnostic> {
    let finding = report.summaries().find(|finding| finding.check == name);
    finding
        .filter(|finding| matches!(finding.status, Status::Fail | Status::Errored))
        .ok_or_else(|| {
            Diagnostic::new(format!(
                "`{name}` does not fail, so there is nothing to reproduce"
            ))
            .help("--from and --to choose the days it fails on")
        })
}

/// What another verdict has to be to be the same failure.
#[derive(Debug, Clone)]
struct Same {
    name: String,
    status: Status,
    /// Of evidence; a failure of another kind is not this one. Empty for any.
    reasons: BTreeSet<String>,
    /// Why it can't be judged.
    error: Option<String>,
}

impl Same {
    fn of(finding: &Finding, evidence: &[Evidence]) -> Self {
        Self {
            name: finding.check.clone(),
            status: finding.status,
            reasons: reasons(evidence, &finding.check),
            error: (finding.status == Status::Errored).then(|| cause(&finding.message)),
        }
    }

    fn find<'a>(&self, report: &'a Report) -> Option<&'a Finding> {
        let finding = report
            .summaries()
            .find(|finding| finding.check == self.name && finding.status == self.status)?;
        let alike = match &self.error {
            Some(error) => cause(&finding.message) == *error,
            None => {
                self.reasons.is_empty()
                    || !self
                        .reasons
                        .is_disjoint(&reasons(&report.evidence, &self.name))
            }
        };
        alike.then_some(finding)
    }
}

/// An error without its values and the file it came from.
fn cause(message: &str) -> String {
    let last = message.rsplit(": ").next().unwrap_or(message);
    last.chars().filter(|c| !c.is_ascii_digit()).collect()
}

fn reasons(evidence: &[Evidence], name: &str) -> BTreeSet<String> {
    evidence
        .iter()
        .filter(|row| row.check == name)
        .map(|row| row.reason.clone())
        .collect()
}

/// What a check reads, through views, too.
struct Read {
    tables: Vec<TableName>,
    views: Vec<View>,
}

fn reads(spec: &CheckSpec, opened: &Opened) -> Read {
    let mut open: Vec<TableName> = spec.table.iter().cloned().collect();
    open.extend(
        spec.check
            .others()
            .iter()
            .filter_map(|(name, _)| name.parse().ok()),
    );
    let of = |sql: &str| -> Vec<TableName> {
        let query = dialect::parse(sql);
        let tables = query.map(|query| query.tables()).unwrap_or_default();
        tables
            .iter()
            .filter_map(|table| TableName::from_parts(&table.parts))
            .collect()
    };
    if let Some(query) = &spec.query {
        open.extend(of(&query.text));
    }
    let mut read = Read {
        tables: Vec::new(),
        views: Vec::new(),
    };
    let mut seen = BTreeSet::new();
    while let Some(name) = open.pop() {
        if !seen.insert(name.clone()) {
            continue;
        }
        if let Some(view) = opened.session.views().find(|view| view.name == name) {
            open.extend(of(&view.sql));
            read.views.push(view.clone());
        } else if opened.session.lake().files(&name).is_some() {
            read.tables.push(name);
        }
    }
    read.tables.sort();
    read.views.sort_by(|a, b| a.name.cmp(&b.name));
    read
}

/// The columns that say which row one is: the suite's key, and the date.
async fn naming(opened: &Opened, name: &TableName) -> BTreeSet<String> {
    let spec = opened.suite.tables.get(name);
    let key = spec.map_or(&[][..], |spec| &spec.key);
    let mut names: BTreeSet<String> = key.iter().map(|name| name.to_lowercase()).collect();
    if let Ok(table) = opened.session.table(name).await {
        names.extend(table.date().map(|date| date.name.to_lowercase()));
    }
    names
}

/// Where rows are looked for.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Scope {
    /// Rows of these keys; of tables that have other keys, those of the day.
    Keys(Vec<String>, NaiveDate),
    Days(NaiveDate, NaiveDate),
    All,
}

impl Scope {
    /// The condition for a table; `None` for all its rows.
    fn condition(&self, table: &Table) -> Option<String> {
        let (from, to) = match self {
            Self::Keys(keys, day) => {
                let has = |key: &str| {
                    let key: serde_json::Map<String, serde_json::Value> =
                        serde_json::from_str(key).unwrap_or_default();
                    key.keys().all(|name| table.column(name).is_some())
                };
                if keys.iter().all(|key| has(key))
                    && let Some(condition) = condition(keys.iter().map(String::as_str))
                {
                    return Some(condition);
                }
                (day, day)
            }
            Self::Days(from, to) => (from, to),
            Self::All => return None,
        };
        let date = table.date()?;
        let day = match date.bq_type {
            BqType::Date => quoted(&date.name),
            _ => format!("CAST({} AS DATE)", quoted(&date.name)),
        };
        Some(format!("{day} BETWEEN DATE '{from}' AND DATE '{to}'"))
    }
}

/// Where rows that fail may be, the fewest first.
fn scopes(opened: &Opened, report: &Report, name: &str) -> Vec<Scope> {
    let evidence = || report.evidence.iter().filter(|row| row.check == name);
    let failing = report.days.iter().filter(|day| day.check == name);
    let mut days: Vec<NaiveDate> = failing.map(|day| day.date).collect();
    days.extend(evidence().filter_map(|row| row.date));
    days.sort_unstable();
    let mut scopes = Vec::new();
    if let Some(day) = evidence().filter_map(|row| row.date).min() {
        let of_day = evidence().filter(|row| row.date == Some(day));
        let keys: Vec<String> = of_day.map(|row| row.key.clone()).collect();
        if keys.iter().all(|key| key != "{}") {
            scopes.push(Scope::Keys(keys, day));
        }
    }
    if let (Some(first), Some(last)) = (days.first(), days.last()) {
        let back = *first - chrono::TimeDelta::days(BACK);
        scopes.extend([
            Scope::Days(*first, *first),
            Scope::Days(back, *first),
            Scope::Days(back, *last),
        ]);
    }
    scopes.extend(opened.window.map(|(from, to)| Scope::Days(from, to)));
    scopes.push(Scope::All);
    scopes.dedup();
    scopes
}

/// Reads rows that fail, of as few keys and days as it takes.
async fn candidates(
    opened: &Opened,
    report: &Report,
    names: &[TableName],
    fails: &mut Failure,
) -> Result<(), Diagnostic> {
    let name = fails.same.name.clone();
    let mut too_many = false;
    'scopes: for scope in scopes(opened, report, &name) {
        let mut tables = Vec::new();
        let mut rows = 0;
        for name in names {
            let table = opened.session.table(name).await?;
            let condition = scope.condition(&table);
            // Of a table without a condition the footers tell, without reading it.
            if condition.is_none() && table.rows() as usize > MOST {
                too_many = true;
                continue 'scopes;
            }
            let part = read(&opened.session, name, condition.as_deref()).await?;
            rows += part.batch.num_rows();
            if rows > MOST {
                too_many = true;
                continue 'scopes;
            }
            tables.push(part);
        }
        fails.tables = tables;
        let all: Vec<usize> = (0..rows).collect();
        if rows > 0 && fails.fails(&all).await {
            return Ok(());
        }
    }
    Err(match too_many {
        true => Diagnostic::new(format!("`{name}` needs more than {MOST} rows to fail"))
            .help("--from and --to choose fewer days"),
        false => Diagnostic::new(format!("no rows of the lake alone make `{name}` fail"))
            .help("what fails may be in its files or in the suite: lakeaudit audit tells"),
    })
}

/// A check's failure over some rows.
pub(super) struct Failure {
    request: Request,
    table: Option<TableName>,
    same: Same,
    tables: Vec<Rows>,
}

impl Failure {
    /// The table and row of each place.
    fn places(&self) -> Vec<(usize, u32)> {
        let tables = self.tables.iter().enumerate();
        tables
            .flat_map(|(at, rows)| (0..rows.batch.num_rows() as u32).map(move |row| (at, row)))
            .collect()
    }

    fn chosen(&self, places: &[usize]) -> Result<Vec<Rows>, Diagnostic> {
        let all = self.places();
        let mut chosen = Vec::new();
        for (at, rows) in self.tables.iter().enumerate() {
            let of = places
                .iter()
                .filter_map(|place| all.get(*place))
                .filter(|(table, _)| *table == at);
            let taken = of.map(|(_, row)| *row).collect::<Vec<_>>();
            let part = rows
                .take(&taken)
                .map_err(|e| Diagnostic::new(e.to_string()))?;
            chosen.push(part);
        }
        Ok(chosen)
    }

    /// Whether the check fails over these rows, for one of the reasons it fails for.
    pub(super) async fn of(&self, rows: &[Rows]) -> Result<bool, Diagnostic> {
        let own = rows
            .iter()
            .find(|rows| Some(&rows.table) == self.table.as_ref());
        if own.is_some_and(|rows| rows.batch.num_rows() == 0) {
            // Nothing shows nothing.
            return Ok(false);
        }
        let mut suite = read_suite(&self.request)?;
        suite.checks.retain(|check| check.name == self.same.name);
        for table in suite.tables.values_mut() {
            (table.path, table.profile) = (None, None);
        }
        for part in rows {
            let schema = part.batch.schema();
            let there = |name: &String| column_index(&schema, name).is_some();
            if let Some(spec) = suite.tables.get_mut(&part.table) {
                spec.declaration.types.retain(|name, _| there(name));
                spec.declaration.columns.retain(there);
            }
        }
        suite.accepted.clear();
        let root = Root::with_store(lake(rows).await?, "lake");
        let opened = open_at(&self.request, suite, root).await?;
        let report = audit(&opened, &|_| {}).await;
        Ok(self.same.find(&report).is_some())
    }
}

impl Fails for Failure {
    async fn fails(&mut self, chosen: &[usize]) -> bool {
        match self.chosen(chosen) {
            // What can't be opened fails in another way.
            Ok(rows) => self.of(&rows).await.unwrap_or(false),
            Err(_) => false,
        }
    }
}

fn ticket(
    opened: &Opened,
    spec: &CheckSpec,
    finding: &Finding,
    read: &Read,
    tables: Vec<Rows>,
    fewest: Fewest,
) -> Ticket {
    let mut text = vec![finding.message.clone()];
    text.extend(finding.meaning.clone());
    text.extend(finding.action.clone());
    let mut full = Vec::new();
    if let (Some(since), Some(until)) = (finding.since, finding.until) {
        full.push(format!("it fails from {since} to {until}"));
    }
    if let (Some(affected), Some(tested)) = (finding.affected_rows, finding.tested_rows) {
        let (affected, tested) = (grouped(affected), grouped(tested));
        let unit = spec.check.unit();
        full.push(format!("{affected} of {tested} {unit} are affected"));
    }
    if !full.is_empty() {
        text.push(format!("In the full data {}.", full.join(", and ")));
    }
    let mut files = Vec::new();
    for view in &read.views {
        let name = view.file.file_name();
        let name = name.map(|name| name.to_string_lossy().into_owned());
        let path = format!("queries/views/{}", name.unwrap_or_default());
        files.push((path, view.sql.clone()));
    }
    if let Some(query) = &spec.query {
        files.push((
            format!("queries/checks/{}.sql", spec.name),
            query.text.clone(),
        ));
    }
    files.push((FILE.to_owned(), suite(opened, spec, &tables)));
    let mut command = "lakeaudit audit".to_owned();
    if let Some((from, to)) = opened.window {
        command.push_str(&format!(" --from {from} --to {to}"));
    }
    if finding.severity < Severity::Critical {
        command.push_str(" --fail-on warning");
    }
    Ticket {
        title: spec.name.clone(),
        text,
        command,
        files,
        sql: finding.sql.clone(),
        tables,
        fewest,
        ..Ticket::default()
    }
}

/// How the folder fails, if it does so in the same way.
async fn again(request: &Request, out: &Path, same: &Same) -> Option<(Finding, Vec<Evidence>)> {
    let here = |path: &str| out.join(path).display().to_string();
    let again = Request {
        suite: Some(out.join(FILE)),
        lake: Some(here("lake")),
        reports: Some(here("reports")),
        from: request.from,
        to: request.to,
        threads: request.threads,
        memory: request.memory,
        ..Request::default()
    };
    let opened = open(&again).await.ok()?;
    let report = audit(&opened, &|_| {}).await;
    let found = same.find(&report)?.clone();
    Some((found, report.evidence))
}
