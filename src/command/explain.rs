//! `lakeaudit explain`: the plan of an audit, what a kind of check is, or what a function does.

use std::collections::BTreeMap;
use std::fmt::Write;

use super::{Opened, Request};
use crate::check::{KINDS, Kind, Need, SQL_KINDS};
use crate::diagnostic::Diagnostic;
use crate::dialect::docs::{self, Doc};
use crate::scan::Plan;
use crate::scan::metric::Metric;
use crate::schema::TableName;

/// What is known of a name: a kind of check, a catalogue or one of its columns, a function of SQL.
pub fn name(name: &str, request: &Request) -> Result<String, Diagnostic> {
    kind(name).map(str::to_owned).or_else(|error| {
        column(name, request)
            .or_else(|| docs::function(name).map(Doc::page))
            .ok_or(error)
    })
}

fn kinds() -> impl Iterator<Item = &'static Kind> {
    KINDS.iter().chain(SQL_KINDS)
}

/// The documentation of a kind of check, or the error that says what there is.
pub fn kind(name: &str) -> Result<&'static str, Diagnostic> {
    kinds()
        .find(|k| k.name == name)
        .map(|k| k.doc)
        .ok_or_else(|| unknown(name))
}

fn unknown(name: &str) -> Diagnostic {
    let names: Vec<&str> = kinds().map(|k| k.name).collect();
    let error = Diagnostic::new(format!(
        "no kind of check and no function is called `{name}`"
    ));
    let all = names.iter().copied().chain(docs::names());
    let near = error.clone().did_you_mean(name, all);
    match near.help {
        Some(_) => near,
        None => error.help(format!(
            "kinds are {}; docs/sql.md lists the functions",
            names.join(", ")
        )),
    }
}

/// What a catalogue of the suite tells, whole or of one column; nothing if it knows no such name.
pub fn column(name: &str, request: &Request) -> Option<String> {
    let suite = super::open::read_suite(request).ok()?;
    suite.catalogues.iter().find_map(|catalogue| {
        if catalogue.name == name {
            return Some(catalogue.overview());
        }
        let entry = catalogue.find(name)?;
        Some(catalogue.describe(entry))
    })
}

/// What an audit would read: a query per table, its files and bytes, and what footers prove.
pub async fn plan(opened: &Opened) -> Result<String, Diagnostic> {
    let mut metrics: BTreeMap<&TableName, Vec<Metric>> = BTreeMap::new();
    let mut apart = String::new();
    let mut out = String::new();
    for check in &opened.suite.checks {
        let (Some(name), None) = (&check.table, &check.query) else {
            let _ = writeln!(apart, "  {}: the query of {}", check.name, check.place.file);
            continue;
        };
        let needed = match opened.session.table(name).await {
            Ok(table) => check.check.needs(&opened.about(check, Some(&table))),
            Err(e) => Err(e),
        };
        match needed {
            Ok(Need::Metric(metric) | Need::History(metric)) => {
                let of_table = metrics.entry(name).or_default();
                if !of_table.contains(&metric) {
                    of_table.push(metric);
                }
            }
            Ok(Need::Key(key)) => {
                let _ = writeln!(
                    apart,
                    "  {}: the key ({}) of {name}",
                    check.name,
                    key.columns.join(", ")
                );
            }
            Ok(Need::Relation(_) | Need::Figure(_)) => {
                let _ = writeln!(apart, "  {}: a query over {name}", check.name);
            }
            Ok(Need::Diff(of)) => {
                let _ = writeln!(
                    apart,
                    "  {}: fingerprints of {name} and {}",
                    check.name, of.other
                );
            }
            Ok(Need::Known(_)) => {
                let _ = writeln!(apart, "  {}: the footers of {name}", check.name);
            }
            Ok(Need::Violations | Need::Values) => {}
            Err(e) => {
                let _ = writeln!(out, "{}: can't be planned: {}", check.name, e.one_line());
            }
        }
    }
    for (name, spec) in &opened.suite.tables {
        if spec.profile.is_some()
            && let Ok(table) = opened.session.table(name).await
        {
            let profile = super::audit::profile_metrics(&table, spec.profile.as_ref());
            metrics.entry(name).or_default().extend(profile);
        }
    }
    for (name, metrics) in metrics {
        let plan = Plan::new(&opened.session, name, &metrics, opened.window).await?;
        let _ = writeln!(out, "{name}: {} metrics in one pass", metrics.len());
        let _ = writeln!(
            out,
            "  files   {} to read ({} bytes), {} answered by footers, {} outside the window",
            plan.read.len(),
            plan.bytes,
            plan.files_proved(),
            plan.outside
        );
        match &plan.sql {
            Some(sql) => {
                let _ = writeln!(out, "  query   {}", sql.replace('\n', "\n          "));
            }
            None => out.push_str("  query   none: footers prove every check\n"),
        }
    }
    if !apart.is_empty() {
        let _ = write!(out, "passes of their own\n{apart}");
    }
    Ok(out)
}
