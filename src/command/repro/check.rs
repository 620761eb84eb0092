//! A check of a suite.

use std::collections::BTreeSet;
use std::path::Path;

use super::columns::{Names, narrowed};
use super::failure::{EVIDENCE, Failure, Same};
use super::inline::Given;
use super::rows::Rows;
use super::search::{Read, fewest, fewest_of_files};
use super::suite::{Way, ways};
use super::ticket::{Source, Ticket, typed};
use super::verdict::{actual, verdict};
use super::{Fewest, Repro, Request};
use crate::command::audit::audit;
use crate::command::{Opened, open};
use crate::diagnostic::Diagnostic;
use crate::finding::{Evidence, Finding, Report, Severity, Status};
use crate::schema::TableName;
use crate::suite::{CheckSpec, FILE};
use crate::value::text::grouped;

/// The kind whose checks are about files.
const OF_FILES: &str = "schema";

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
    let mut opened = open(&asked).await?;
    if let Some(part) = opened
        .suite
        .checks
        .iter()
        .find(|spec| spec.part_of.is_some())
    {
        let kind = part.check.kind();
        return Err(Diagnostic::new(format!(
            "`{name}` compares days with the days before, so no few rows show what it found"
        ))
        .help(format!("`lakeaudit explain {kind}` tells how it judges; `lakeaudit diff` compares two runs of a table")));
    }
    opened.suite.evidence = EVIDENCE;
    progress("running the check");
    let report = audit(&opened, &|_| {}).await;
    let finding = failing(&report, name)?.clone();
    let Some(spec) = opened.suite.checks.iter().find(|spec| spec.name == name) else {
        return Err(Diagnostic::new(format!("no check `{name}`")));
    };
    let of_files = spec.check.kind() == OF_FILES;
    let over = Request {
        as_of: opened.as_of,
        from: opened.window.map(|w| w.0),
        to: opened.window.map(|w| w.1),
        season: None,
        tables: Vec::new(),
        reports: Some(out.join("reports").display().to_string()),
        ..asked.clone()
    };
    let same = Same::of(&finding, &report.evidence, of_files);
    let mut fails = Failure::new(over, spec.table.clone(), same);
    let read = Read::of(spec, &opened);
    let fixed = match &spec.table {
        Some(table) => naming(&opened, table).await,
        None => BTreeSet::new(),
    };
    let by = Names::of(spec, &read.views, fixed);
    progress("looking for the fewest rows that fail");
    let (rows, fewest) = match of_files {
        true => fewest_of_files(&opened, finding.since, &by, &mut fails).await?,
        false => fewest(&opened, &report, &read, &by, &mut fails).await?,
    };
    progress("looking for the columns it needs");
    let tables = narrowed(rows, &by, &mut fails).await?;
    let mut ticket = Ticket {
        views: read.views.clone(),
        given: Given {
            params: opened.params.clone(),
            clock: Some(opened.session.clock().clone()),
        },
        ..ticket(&opened, spec, &finding, tables, fewest)
    };
    for name in &read.tables {
        let table = opened.session.table(name).await?;
        ticket.sources.push(Source::of(&table));
    }
    progress("running the check over what is written");
    for way in ways(&opened, spec, &finding, &read, &ticket.tables) {
        if let Some((found, evidence)) = again(request, out, &mut ticket, way, &fails.same).await? {
            // The query over the columns that are left.
            ticket.sql = found.sql.clone().or(ticket.sql);
            ticket.again = Some(found.message.clone());
            ticket.shown = Some(verdict(&found, &evidence));
            let expected = serde_json::json!({"check": name, "status": "pass"});
            ticket.json("expected.json", &expected);
            ticket.json("actual.json", &actual(&found, &evidence));
            ticket.write(out)?;
            return Ok(ticket.done(out, format!("{name}: {}", finding.message)));
        }
    }
    Err(Diagnostic::new(format!(
        "the rows of `{name}` fail, but not with a suite of its own"
    ))
    .help(format!("what was tried is in {}", out.display())))
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

/// The columns that say which row of the check's own table one is: the suite's key, and the date.
async fn naming(opened: &Opened, name: &TableName) -> BTreeSet<String> {
    let spec = opened.suite.tables.get(name);
    let key = spec.map_or(&[][..], |spec| &spec.key);
    let mut names: BTreeSet<String> = key.iter().map(|name| name.to_lowercase()).collect();
    if let Ok(table) = opened.session.table(name).await {
        names.extend(table.date().map(|date| date.name.to_lowercase()));
    }
    names
}

fn ticket(
    opened: &Opened,
    spec: &CheckSpec,
    finding: &Finding,
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
        sql: finding.sql.clone(),
        tables,
        fewest,
        ..Ticket::default()
    }
}

/// Writes the folder with a suite, and tells how it fails, if it does so in the same way.
async fn again(
    request: &Request,
    out: &Path,
    ticket: &mut Ticket,
    way: Way,
    same: &Same,
) -> Result<Option<(Finding, Vec<Evidence>)>, Diagnostic> {
    let earlier = std::mem::replace(&mut ticket.files, way.files);
    for (path, _) in earlier {
        // What another suite brought; one that is not there is gone as well.
        let _ = std::fs::remove_file(out.join(path));
    }
    ticket.write(out)?;
    let here = |path: &str| out.join(path).display().to_string();
    let mut again = Request {
        suite: Some(out.join(FILE)),
        lake: Some(here("lake")),
        reports: Some(here("reports")),
        from: request.from,
        to: request.to,
        threads: request.threads,
        memory: request.memory,
        ..Request::default()
    };
    let Ok(mut opened) = open(&again).await else {
        return Ok(None);
    };
    let mut command = ticket.command.clone();
    if opened.suite.checks.len() > 1 {
        // Entries that make several checks are written whole.
        again.checks = vec![globset::escape(same.name())];
        command.push_str(&typed(&[
            "--checks".to_owned(),
            globset::escape(same.name()),
        ]));
        let Ok(one) = open(&again).await else {
            return Ok(None);
        };
        opened = one;
    }
    let report = audit(&opened, &|_| {}).await;
    let same = match way.other_kind {
        true => &same.of_any_row(),
        false => same,
    };
    let Some(found) = same.find(&report).cloned() else {
        return Ok(None);
    };
    ticket.command = command;
    Ok(Some((found, report.evidence)))
}
