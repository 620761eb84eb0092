//! The suite of a repro: one check, and what it needs to mean the same.

use std::fs::read_to_string;
use std::path::Path;

use serde::Deserialize;

use super::rows::Rows;
use super::search::Read;
use crate::command::Opened;
use crate::finding::Finding;
use crate::schema::{TableName, column_index};
use crate::suite::{CheckSpec, FILE, Suite};

/// A suite that may say the same as the check, with all it needs.
pub(super) struct Way {
    /// By their path in the folder.
    pub(super) files: Vec<(String, String)>,
    /// Whether the check is told as one of another kind, whose evidence names rows and reasons otherwise.
    pub(super) other_kind: bool,
}

/// The ways to write it, the likeliest first: as the suite has it, or the catalogue that makes it, and as a query that shows
/// the same rows.
pub(super) fn ways(
    opened: &Opened,
    spec: &CheckSpec,
    finding: &Finding,
    read: &Read,
    tables: &[Rows],
) -> Vec<Way> {
    let text = text(&opened.suite);
    let mut files = Vec::new();
    for view in &read.views {
        let name = view.file.file_name();
        let name = name.map(|name| name.to_string_lossy().into_owned());
        let path = format!("queries/views/{}", name.unwrap_or_default());
        files.push((path, view.sql.clone()));
    }
    let way = |suite: Written, more: Vec<(String, String)>, other_kind: bool| {
        let mut files = files.clone();
        files.extend(more);
        files.push((FILE.to_owned(), suite.yaml(opened, &text, spec, tables)));
        Way { files, other_kind }
    };
    let path = format!("queries/checks/{}.sql", spec.name);
    if let Some(query) = &spec.query {
        let query = (path, query.text.clone());
        return vec![way(Written::default(), vec![query], false)];
    }
    let mut ways = Vec::new();
    match catalogue(&opened.suite, &text, spec) {
        Some((file, catalogue)) => {
            let suite = Written {
                catalogue: Some(&file),
                within: used(&text, spec),
            };
            ways.push(way(suite, vec![(file.clone(), catalogue)], false));
        }
        None => {
            let suite = Written {
                catalogue: None,
                within: format!("    checks:\n{}", entry(&text, spec)),
            };
            ways.push(way(suite, Vec::new(), false));
        }
    }
    if let Some(sql) = &finding.sql {
        let table = spec.table.as_ref();
        let table = table.map(|table| format!("-- table: {table}\n"));
        let query = format!(
            "-- name: {}\n{}{sql}\n",
            spec.name,
            table.unwrap_or_default()
        );
        ways.push(way(Written::default(), vec![(path, query)], true));
    }
    ways
}

/// What is written of a suite besides what tables are.
#[derive(Default)]
struct Written<'a> {
    /// The file of a catalogue.
    catalogue: Option<&'a str>,
    /// What makes the check, within its table.
    within: String,
}

impl Written<'_> {
    /// `read` is the text of the suite it is of.
    fn yaml(&self, opened: &Opened, read: &str, spec: &CheckSpec, tables: &[Rows]) -> String {
        let mut text = "lake: lake\n".to_owned();
        if let Some(as_of) = opened.as_of {
            text.push_str(&format!("as_of: {as_of}\n"));
        }
        if let Some(file) = self.catalogue {
            text.push_str(&format!("catalogues: [{file}]\n"));
        }
        for name in ["timezone", "params", "seasons"] {
            text.push_str(&block(read, name));
        }
        let mut told = String::new();
        // Tables it only looks up have dates and types, too.
        let names = tables.iter().map(|rows| &rows.table);
        for name in names.filter(|name| Some(*name) != spec.table.as_ref()) {
            let own = table(opened, name, tables);
            if !own.is_empty() {
                told.push_str(&format!("  {name}:\n{own}"));
            }
        }
        if let Some(name) = &spec.table {
            let own = table(opened, name, tables);
            // A table of which nothing is said is an entry, too.
            let own = match own.is_empty() && self.within.is_empty() {
                true => "    key: []\n".to_owned(),
                false => own,
            };
            told.push_str(&format!("  {name}:\n{own}{}", self.within));
        }
        if !told.is_empty() {
            text.push_str(&format!("tables:\n{told}"));
        }
        text
    }
}

/// What the suite says of a table that the rows still have.
fn table(opened: &Opened, name: &TableName, tables: &[Rows]) -> String {
    let Some(table) = opened.suite.tables.get(name) else {
        return String::new();
    };
    let rows = tables.iter().find(|rows| rows.table == *name);
    let there = |column: &str| {
        rows.is_none_or(|rows| column_index(rows.batch.schema_ref(), column).is_some())
    };
    let mut text = String::new();
    if let Some(date) = table.declaration.date.as_ref().filter(|date| there(date)) {
        text.push_str(&format!("    date: {date}\n"));
    }
    if !table.key.is_empty() && table.key.iter().all(|column| there(column)) {
        text.push_str(&format!("    key: [{}]\n", table.key.join(", ")));
    }
    let types: Vec<String> = table
        .declaration
        .types
        .iter()
        .filter(|(column, _)| there(column))
        .map(|(column, bq_type)| format!("{column}: \"{bq_type}\""))
        .collect();
    if !types.is_empty() {
        text.push_str(&format!("    types: {{{}}}\n", types.join(", ")));
    }
    text
}

/// The suite's own text.
fn text(suite: &Suite) -> String {
    let file = suite.file.as_ref();
    file.and_then(|file| read_to_string(file).ok())
        .unwrap_or_default()
}

/// What stands in the suite under a name of its first level.
fn block(read: &str, name: &str) -> String {
    let begins = format!("{name}:");
    let mut lines = read.lines().skip_while(|line| !line.starts_with(&begins));
    let mut text = String::new();
    if let Some(first) = lines.next() {
        text.push_str(&format!("{first}\n"));
        let within = lines.take_while(|line| line.is_empty() || line.starts_with([' ', '#']));
        within
            .filter(|line| !line.is_empty())
            .for_each(|line| text.push_str(&format!("{line}\n")));
    }
    text
}

fn indent(line: &str) -> usize {
    line.len() - line.trim_start().len()
}

/// The lines from the check's place on that stand within it, as deep as a check of a table. Lines beside the first are within
/// it, too, where it is no entry of a list.
fn lines(read: &str, spec: &CheckSpec, beside: bool) -> String {
    let mut lines = read.lines().skip(spec.place.line.saturating_sub(1));
    let Some(first) = lines.next() else {
        return String::new();
    };
    let own = indent(first);
    let mut text = format!("      {}\n", first.trim_start());
    let within = lines
        .filter(|line| !line.trim().is_empty())
        .take_while(|line| indent(line) > own || (beside && indent(line) == own));
    for line in within {
        let deeper = " ".repeat(indent(line) - own);
        text.push_str(&format!("      {deeper}{}\n", line.trim_start()));
    }
    text
}

/// The check as the suite has it.
fn entry(read: &str, spec: &CheckSpec) -> String {
    lines(read, spec, false)
}

/// How the check's table uses the catalogue that makes the check.
fn used(read: &str, spec: &CheckSpec) -> String {
    let first = read.lines().nth(spec.place.line.saturating_sub(1));
    let name = "catalogue:";
    match first.is_some_and(|line| line.trim_start().starts_with(name)) {
        // On one line.
        true => {
            let whole = lines(read, spec, false);
            whole.strip_prefix("  ").unwrap_or(&whole).to_owned()
        }
        false => format!("    {name}\n{}", lines(read, spec, true)),
    }
}

/// Where a suite's catalogues are.
#[derive(Deserialize)]
struct Catalogues {
    #[serde(default)]
    catalogues: Vec<String>,
}

/// The catalogue that makes a check: the name of its file, and its text.
fn catalogue(suite: &Suite, read: &str, spec: &CheckSpec) -> Option<(String, String)> {
    if !spec.if_there {
        return None;
    }
    let of = |name: &str| spec.name.starts_with(&format!("{name}."));
    let at = suite.catalogues.iter().position(|c| of(&c.name))?;
    let paths = serde_saphyr::from_str::<Catalogues>(read).ok()?.catalogues;
    let path = Path::new(suite.file.as_ref()?)
        .parent()?
        .join(paths.get(at)?);
    let name = path.file_name()?.to_string_lossy().into_owned();
    Some((name, read_to_string(&path).ok()?))
}
