//! A check of a suite.

use std::collections::BTreeSet;
use std::path::Path;

use chrono::NaiveDate;

use super::reduce::{Fails, reduce};
use super::rows::{Rows, lake, read};
use super::ticket::Ticket;
use super::{Repro, Request};
use crate::command::audit::audit;
use crate::command::open::read_suite;
use crate::command::{Opened, open, open_at};
use crate::diagnostic::Diagnostic;
use crate::dialect;
use crate::finding::{Evidence, Finding, Report, Severity, Status};
use crate::lake::Root;
use crate::scan::quoted;
use crate::schema::{BqType, TableName, column_index};
use crate::suite::{CheckSpec, FILE, Suite};

/// So many rows are looked through for those that are needed, and the failure is asked for so often.
const ROWS: usize = 20_000;
const ASKED: usize = 400;
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
        name: name.to_owned(),
        table: spec.table.clone(),
        reasons: reasons(&report.evidence, name),
        tables: Vec::new(),
        columns: Vec::new(),
    };
    let names = tables(spec, &opened);
    progress("looking for rows that fail");
    candidates(&opened, &report, &names, &mut fails).await?;
    progress("looking for the fewest");
    let all: usize = fails.places().len();
    let reduced = reduce(all, ASKED, &mut fails).await;
    let rows = fails.chosen(&reduced.kept)?;
    let table = spec
        .table
        .as_ref()
        .and_then(|name| opened.suite.tables.get(name));
    let key = table.map_or(&[][..], |table| &table.key);
    let rows = narrowed(rows, spec, &mut fails, key).await?;
    let mut ticket = ticket(&opened, spec, &finding, rows, reduced.minimal);
    ticket.write(out)?;
    if !again(request, out, name).await {
        ticket.files.retain(|(path, _)| path != FILE);
        if let Some(sql) = &finding.sql {
            // A check that a catalogue makes has no text of its own; its query shows the same rows.
            ticket
                .files
                .push((FILE.to_owned(), without_checks(&opened, spec)));
            let table = spec
                .table
                .as_ref()
                .map(|table| format!("-- table: {table}\n"));
            let text = format!("-- name: {name}\n{}{sql}\n", table.unwrap_or_default());
            ticket
                .files
                .push((format!("queries/checks/{name}.sql"), text));
        } else {
            let suite = opened
                .suite
                .file
                .as_ref()
                .map(|file| file.display().to_string());
            let suite = suite.unwrap_or_else(|| FILE.to_owned());
            ticket.command =
                format!("lakeaudit audit --suite {suite} --lake lake --checks '{name}'");
            ticket.tables = fails.chosen(&reduced.kept)?;
            let _ = std::fs::remove_file(out.join(FILE));
        }
        ticket.write(out)?;
    }
    Ok(ticket.done(out, format!("{name}: {}", finding.message)))
}

/// The finding over the whole window, if it fails.
fn failing<'a>(report: &'a Report, name: &str) -> Result<&'a Finding, Diagnostic> {
    let finding = report.summaries().find(|finding| finding.check == name);
    match finding {
        Some(finding) if finding.status == Status::Fail => Ok(finding),
        Some(finding) if finding.status == Status::Errored => Err(Diagnostic::new(format!(
            "`{name}` can't be judged, so no rows show it: {}",
            finding.message
        ))),
        _ => Err(Diagnostic::new(format!(
            "`{name}` does not fail, so there is nothing to reproduce"
        ))
        .help("--from and --to choose the days it fails on")),
    }
}

fn reasons(evidence: &[Evidence], name: &str) -> BTreeSet<String> {
    evidence
        .iter()
        .filter(|row| row.check == name)
        .map(|row| row.reason.clone())
        .collect()
}

/// The tables a check reads, through views, too.
fn tables(spec: &CheckSpec, opened: &Opened) -> Vec<TableName> {
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
    let mut found: Vec<TableName> = Vec::new();
    let mut seen = BTreeSet::new();
    while let Some(name) = open.pop() {
        if !seen.insert(name.clone()) {
            continue;
        }
        if let Some(view) = opened.session.views().find(|view| view.name == name) {
            open.extend(of(&view.sql));
        } else if opened.session.lake().files(&name).is_some() {
            found.push(name);
        }
    }
    found.sort();
    found
}

/// Reads rows that fail, of as few days as it takes.
async fn candidates(
    opened: &Opened,
    report: &Report,
    names: &[TableName],
    fails: &mut Failure,
) -> Result<(), Diagnostic> {
    let mut days: Vec<NaiveDate> = report
        .days
        .iter()
        .filter(|day| day.check == fails.name)
        .map(|day| day.date)
        .collect();
    days.extend(
        report
            .evidence
            .iter()
            .filter(|row| row.check == fails.name)
            .filter_map(|row| row.date),
    );
    days.sort_unstable();
    let mut scopes: Vec<Option<(NaiveDate, NaiveDate)>> = Vec::new();
    if let (Some(first), Some(last)) = (days.first(), days.last()) {
        let back = |day: NaiveDate| day - chrono::TimeDelta::days(BACK);
        scopes.extend([
            Some((*first, *first)),
            Some((back(*first), *first)),
            Some((back(*first), *last)),
        ]);
    }
    scopes.push(opened.window);
    scopes.push(None);
    scopes.dedup();
    for scope in scopes {
        let mut tables = Vec::new();
        let mut rows = 0;
        for name in names {
            let table = opened.session.table(name).await?;
            let condition = scope.zip(table.date()).map(|((from, to), date)| {
                let day = match date.bq_type {
                    BqType::Date => quoted(&date.name),
                    _ => format!("CAST({} AS DATE)", quoted(&date.name)),
                };
                format!("{day} BETWEEN DATE '{from}' AND DATE '{to}'")
            });
            if condition.is_none() && table.rows() as usize > ROWS {
                rows = usize::MAX;
                break;
            }
            let read = read(&opened.session, name, condition.as_deref()).await?;
            rows += read.batch.num_rows();
            tables.push(read);
        }
        if rows > ROWS {
            continue;
        }
        fails.tables = tables;
        let all: Vec<usize> = (0..rows).collect();
        if rows > 0 && fails.fails(&all).await {
            return Ok(());
        }
    }
    Err(Diagnostic::new(format!(
        "`{}` needs more than {ROWS} rows to fail",
        fails.name
    ))
    .help("--from and --to choose fewer days"))
}

/// A check's failure over some rows.
struct Failure {
    request: Request,
    name: String,
    table: Option<TableName>,
    /// Of evidence; a failure of another kind is not this one.
    reasons: BTreeSet<String>,
    tables: Vec<Rows>,
    /// The columns of each table that are kept; empty for all.
    columns: Vec<Vec<usize>>,
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
            let mut part = rows
                .take(&taken)
                .map_err(|e| Diagnostic::new(e.to_string()))?;
            if let Some(columns) = self.columns.get(at) {
                part = part
                    .project(columns)
                    .map_err(|e| Diagnostic::new(e.to_string()))?;
            }
            chosen.push(part);
        }
        Ok(chosen)
    }

    /// Whether the check fails over these rows, for one of the reasons it fails for.
    async fn of(&self, rows: &[Rows]) -> Result<bool, Diagnostic> {
        let own = rows
            .iter()
            .find(|rows| Some(&rows.table) == self.table.as_ref());
        if own.is_some_and(|rows| rows.batch.num_rows() == 0) {
            // Nothing shows nothing.
            return Ok(false);
        }
        let mut suite = read_suite(&self.request)?;
        suite.checks.retain(|check| check.name == self.name);
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
        let fails = report
            .summaries()
            .any(|f| f.check == self.name && f.status == Status::Fail);
        let same = self.reasons.is_empty()
            || !self
                .reasons
                .is_disjoint(&reasons(&report.evidence, &self.name));
        Ok(fails && same)
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

/// Takes columns away that are not needed: all that nothing names at once, then one by one.
async fn narrowed(
    mut rows: Vec<Rows>,
    spec: &CheckSpec,
    fails: &mut Failure,
    key: &[String],
) -> Result<Vec<Rows>, Diagnostic> {
    let mut named = spec.check.columns();
    named.extend(key.iter().cloned());
    named.extend(
        spec.check
            .others()
            .into_iter()
            .flat_map(|(_, columns)| columns),
    );
    let texts = spec
        .check
        .written()
        .into_iter()
        .chain(spec.options.filter.clone())
        .chain(spec.query.iter().map(|q| q.text.clone()));
    let words: BTreeSet<String> = texts
        .flat_map(|text| {
            text.split(|c: char| !(c.is_alphanumeric() || c == '_'))
                .map(str::to_lowercase)
                .collect::<Vec<_>>()
        })
        .chain(named.iter().map(|name| name.to_lowercase()))
        .collect();
    for at in 0..rows.len() {
        let Some(table) = rows.get(at).cloned() else {
            continue;
        };
        let names: Vec<String> = table
            .batch
            .schema_ref()
            .fields()
            .iter()
            .map(|f| f.name().to_lowercase())
            .collect();
        let kept: Vec<usize> = (0..names.len())
            .filter(|i| names.get(*i).is_some_and(|name| words.contains(name)))
            .collect();
        for choice in [kept.clone(), with_dates(&table, &kept)] {
            if choice.is_empty() || choice.len() == names.len() {
                continue;
            }
            let narrow = table
                .project(&choice)
                .map_err(|e| Diagnostic::new(e.to_string()))?;
            let mut tried = rows.clone();
            tried
                .iter_mut()
                .skip(at)
                .take(1)
                .for_each(|rows| *rows = narrow.clone());
            if fails.of(&tried).await.unwrap_or(false) {
                rows = tried;
                break;
            }
        }
    }
    Ok(rows)
}

/// Some columns, and those that may date a row.
fn with_dates(table: &Rows, kept: &[usize]) -> Vec<usize> {
    let schema = table.batch.schema_ref();
    (0..schema.fields().len())
        .filter(|at| kept.contains(at) || schema.field(*at).data_type().is_temporal())
        .collect()
}

fn ticket(
    opened: &Opened,
    spec: &CheckSpec,
    finding: &Finding,
    tables: Vec<Rows>,
    minimal: bool,
) -> Ticket {
    let mut text = vec![finding.message.clone()];
    text.extend(finding.meaning.clone());
    text.extend(finding.action.clone());
    if let (Some(since), Some(until)) = (finding.since, finding.until) {
        text.push(format!(
            "In the full data it fails from {since} to {until}."
        ));
    }
    let mut files = Vec::new();
    for view in opened.session.views() {
        let name = view
            .file
            .file_name()
            .map(|name| name.to_string_lossy().into_owned())
            .unwrap_or_default();
        files.push((format!("queries/views/{name}"), view.sql.clone()));
    }
    if let Some(query) = &spec.query {
        files.push((
            format!("queries/checks/{}.sql", spec.name),
            query.text.clone(),
        ));
    }
    files.push((FILE.to_owned(), suite(opened, spec)));
    let mut command = "lakeaudit audit".to_owned();
    if let Some((from, to)) = opened.window {
        command.push_str(&format!(" --from {from} --to {to}"));
    }
    if finding.severity < Severity::Critical {
        command.push_str(" --fail-on warning");
    }
    let sources = opened.session.opened_tables();
    let sources = sources
        .iter()
        .filter(|table| tables.iter().any(|rows| rows.table == *table.name()));
    Ticket {
        title: spec.name.clone(),
        text,
        command,
        files,
        sql: finding.sql.clone(),
        sources: sources
            .flat_map(|t| t.files())
            .map(|(file, _)| (file.path().to_string(), file.meta.size))
            .collect(),
        tables,
        minimal,
    }
}

/// Whether the folder fails as it should.
async fn again(request: &Request, out: &Path, name: &str) -> bool {
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
    match open(&again).await {
        Ok(opened) => failing(&audit(&opened, &|_| {}).await, name).is_ok(),
        Err(_) => false,
    }
}

/// A suite that has no check, beside which a query is one.
fn without_checks(opened: &Opened, spec: &CheckSpec) -> String {
    let suite = suite(opened, spec);
    let checks = suite.find("    checks:\n").unwrap_or(suite.len());
    let (before, _) = suite.split_at(checks);
    match before.ends_with(":\n") {
        true => format!("{before}    key: []\n"),
        false => before.to_owned(),
    }
}

/// A suite with this check alone.
fn suite(opened: &Opened, spec: &CheckSpec) -> String {
    let mut text = "lake: lake\n".to_owned();
    if let Some(as_of) = opened.as_of {
        text.push_str(&format!("as_of: {as_of}\n"));
    }
    if !opened.suite.seasons.is_empty() {
        text.push_str("seasons:\n");
        for (label, season) in &opened.suite.seasons {
            text.push_str(&format!(
                "  \"{label}\": {{start: {}, end: {}}}\n",
                season.start, season.end
            ));
        }
    }
    let Some(name) = &spec.table else {
        return text;
    };
    text.push_str(&format!("tables:\n  {name}:\n"));
    let table = opened.suite.tables.get(name);
    if let Some(table) = table {
        if let Some(date) = &table.declaration.date {
            text.push_str(&format!("    date: {date}\n"));
        }
        if !table.key.is_empty() {
            text.push_str(&format!("    key: [{}]\n", table.key.join(", ")));
        }
    }
    if spec.query.is_none() {
        text.push_str("    checks:\n");
        text.push_str(&entry(&opened.suite, spec));
    } else if !text.ends_with("]\n") {
        text.push_str("    key: []\n");
    }
    text
}

/// The check as the suite has it, by its place.
fn entry(suite: &Suite, spec: &CheckSpec) -> String {
    let read = suite
        .file
        .as_ref()
        .and_then(|file| std::fs::read_to_string(file).ok())
        .unwrap_or_default();
    let lines: Vec<&str> = read.lines().collect();
    let at = spec.place.line.saturating_sub(1);
    let indent = |line: &str| line.len() - line.trim_start().len();
    let Some(first) = lines.get(at) else {
        return String::new();
    };
    let own = indent(first);
    let rest = lines
        .iter()
        .skip(at + 1)
        .take_while(|line| line.trim().is_empty() || indent(line) > own);
    let mut text = format!("      {}\n", first.trim_start());
    for line in rest.filter(|line| !line.trim().is_empty()) {
        text.push_str(&format!(
            "      {}{}\n",
            " ".repeat(indent(line) - own),
            line.trim_start()
        ));
    }
    // A catalogue or a default gives it another name than the suite's text.
    if !text.contains("name:") {
        text.push_str(&format!("        name: {}\n", spec.name));
    }
    text
}
