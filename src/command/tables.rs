//! `lakeaudit tables`: what is in the lake, from footers only.

use std::fmt::Write;

use super::Opened;
use crate::diagnostic::Diagnostic;
use crate::lake::{Origin, Table};
use crate::schema::TableName;
use crate::value::text::grouped;

/// The least hole in a table's dates that is told, in days.
const LEAST_GAP: i64 = 2;

/// All tables: files, rows, bytes, dates.
pub async fn tables(opened: &Opened) -> Result<String, Diagnostic> {
    let mut rows =
        vec![["TABLE", "FILES", "ROWS", "BYTES", "FIRST DATE", "LAST DATE"].map(str::to_owned)];
    let mut notes = String::new();
    let lake = opened.session.lake();
    for name in lake.names().chain(lake.report_names()) {
        let table = opened.session.table(name).await?;
        let (first, last) = match table.dates() {
            Some((first, last)) => (first.to_string(), last.to_string()),
            None => ("-".to_owned(), "-".to_owned()),
        };
        rows.push([
            name.to_string(),
            table.files().len().to_string(),
            grouped(table.rows()),
            bytes(table.bytes()),
            first,
            last,
        ]);
        for (file, why) in table.broken() {
            let _ = writeln!(notes, "can't read {}: {why}", file.path());
        }
    }
    let mut out = aligned(&rows, &[1, 2, 3]);
    for (i, view) in opened.session.views().enumerate() {
        out.push_str(if i == 0 { "\nVIEWS\n" } else { "" });
        let _ = writeln!(out, "{}  in {}", view.name, view.file.display());
    }
    if !notes.is_empty() {
        out.push('\n');
        out.push_str(&notes);
    }
    Ok(out)
}

/// One table: its columns, how its schema changed, and the holes in its dates.
pub async fn table(opened: &Opened, name: &TableName) -> Result<String, Diagnostic> {
    if opened.session.is_view(name) {
        let columns = opened.session.columns(name).await?;
        return Ok(format!(
            "{name} is a view with the columns\n  {}\n",
            columns.join("\n  ")
        ));
    }
    let table = opened.session.table(name).await?;
    let mut out = format!(
        "{name}: {} in {}, {}{}\n\n",
        plural(table.rows(), "row"),
        plural(table.files().len() as u64, "file"),
        bytes(table.bytes()),
        table
            .dates()
            .map_or_else(String::new, |(a, b)| format!(", {a} to {b}"))
    );
    out.push_str(&columns(&table));
    let timeline = table.timeline();
    out.push_str("\nSCHEMA TIMELINE\n");
    if timeline.is_empty() {
        out.push_str("  the same in all files\n");
    }
    for change in timeline {
        let date = change.date.map_or_else(String::new, |d| format!("{d}  "));
        let _ = writeln!(out, "  {date}{}  ({})", change.what, change.file);
    }
    if let Some(date) = table.date() {
        let gaps = table.gaps(LEAST_GAP);
        let _ = writeln!(
            out,
            "\nGAPS IN {} (by file, {LEAST_GAP} days and more)",
            date.name
        );
        if gaps.is_empty() {
            out.push_str("  none\n");
        }
        for gap in gaps {
            let _ = writeln!(
                out,
                "  {} days between {} and {}",
                gap.days(),
                gap.after,
                gap.before
            );
        }
    }
    for (file, why) in table.broken() {
        let _ = writeln!(out, "\ncan't read {}: {why}", file.path());
    }
    Ok(out)
}

fn columns(table: &Table) -> String {
    let mut rows = vec![["COLUMN", "TYPE", ""].map(str::to_owned)];
    for column in table.columns() {
        let mut notes = Vec::new();
        if table.date().is_some_and(|d| d.name == column.name) {
            notes.push("date column".to_owned());
        }
        if column.origin == Origin::Folder {
            notes.push("from the folder".to_owned());
        }
        let lacking = table
            .files()
            .iter()
            .filter(|(_, footer)| {
                column.origin == Origin::File
                    && crate::schema::column_index(footer.schema(), &column.name).is_none()
            })
            .count();
        if lacking > 0 {
            notes.push(format!("absent from {}", plural(lacking as u64, "file")));
        }
        notes.extend(column.unreadable.clone());
        rows.push([
            column.name.clone(),
            column.bq_type.to_string(),
            notes.join("; "),
        ]);
    }
    aligned(&rows, &[])
}

/// Columns of text side by side; those in `right` are set flush right.
pub(super) fn aligned<const N: usize>(rows: &[[String; N]], right: &[usize]) -> String {
    let width = |i: usize| {
        rows.iter()
            .filter_map(|r| r.get(i))
            .map(|c| c.chars().count())
            .max()
            .unwrap_or(0)
    };
    let widths: Vec<usize> = (0..N).map(width).collect();
    let mut out = String::new();
    for row in rows {
        let mut line = String::new();
        for (i, (cell, width)) in row.iter().zip(&widths).enumerate() {
            if i > 0 {
                line.push_str("  ");
            }
            if right.contains(&i) {
                let _ = write!(line, "{cell:>width$}");
            } else {
                let _ = write!(line, "{cell:<width$}");
            }
        }
        out.push_str(line.trim_end());
        out.push('\n');
    }
    out
}

fn plural(n: u64, what: &str) -> String {
    let s = if n == 1 { "" } else { "s" };
    format!("{} {what}{s}", grouped(n))
}

pub(super) fn bytes(n: u64) -> String {
    const UNITS: [&str; 5] = ["B", "kB", "MB", "GB", "TB"];
    let mut value = n as f64;
    let mut unit = 0;
    while value >= 1000.0 && unit + 1 < UNITS.len() {
        value /= 1000.0;
        unit += 1;
    }
    let name = UNITS.get(unit).copied().unwrap_or_default();
    if unit == 0 {
        format!("{n} B")
    } else {
        format!("{value:.1} {name}")
    }
}
