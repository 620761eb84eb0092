//! The suite of a repro: one check, and what it needs to mean the same.

use std::fs::read_to_string;

use super::rows::Rows;
use crate::command::Opened;
use crate::schema::{TableName, column_index};
use crate::suite::{CheckSpec, Suite};

/// A suite that has no check, beside which a query is one.
pub(super) fn without_checks(opened: &Opened, spec: &CheckSpec, tables: &[Rows]) -> String {
    let suite = suite(opened, spec, tables);
    let checks = suite.find("    checks:\n").unwrap_or(suite.len());
    let (before, _) = suite.split_at(checks);
    match before.ends_with(":\n") {
        true => format!("{before}    key: []\n"),
        false => before.to_owned(),
    }
}

/// A suite with this check alone.
pub(super) fn suite(opened: &Opened, spec: &CheckSpec, tables: &[Rows]) -> String {
    let mut text = "lake: lake\n".to_owned();
    if let Some(as_of) = opened.as_of {
        text.push_str(&format!("as_of: {as_of}\n"));
    }
    let read = read(&opened.suite);
    for name in ["timezone", "params"] {
        text.push_str(&block(&read, name));
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
    // Tables it only looks up have dates and types, too.
    let mut told = String::new();
    let names = tables.iter().map(|rows| &rows.table);
    for name in names.filter(|name| Some(*name) != spec.table.as_ref()) {
        let own = table(opened, name, tables);
        if !own.is_empty() {
            told.push_str(&format!("  {name}:\n{own}"));
        }
    }
    if let Some(name) = &spec.table {
        // Last, as the check's own entry ends the text.
        told.push_str(&format!("  {name}:\n"));
        let own = table(opened, name, tables);
        told.push_str(if own.is_empty() {
            "    key: []\n"
        } else {
            &own
        });
        if spec.query.is_none() {
            told.push_str("    checks:\n");
            told.push_str(&entry(&read, spec));
        }
    }
    if !told.is_empty() {
        text.push_str("tables:\n");
        text.push_str(&told);
    }
    text
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
fn read(suite: &Suite) -> String {
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
        within.for_each(|line| text.push_str(&format!("{line}\n")));
    }
    text
}

/// The check as the suite has it, by its place.
fn entry(read: &str, spec: &CheckSpec) -> String {
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
