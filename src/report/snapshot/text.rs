//! Baselines for a person at a terminal.

mod compare;

use anstyle::Style as Ansi;

use super::asked;
use crate::report::text::fact::{INDENT, indented, labelled};
use crate::report::text::grid::{Column, grid};
use crate::report::text::line::{Line, wrap};
use crate::report::text::number::{bytes, count, figure, percent};
use crate::report::text::{BOLD, DIM, PLAIN, RED, Style};
use crate::snapshot::{ColumnRow, Entry, Kind, QUANTILES, Snapshot, TableRow};
use crate::value::text::counted;

pub use compare::compare;

/// Where facts begin.
const AT: usize = 14;

/// Values told of a column.
const TOP: usize = 5;

/// Widths of pages, as reports have them.
fn width(style: Style) -> usize {
    style.width.clamp(60, 120)
}

fn printed(lines: &[Line], style: Style) -> String {
    let mut out = String::new();
    lines
        .iter()
        .for_each(|line| line.print(style.color, &mut out));
    out
}

fn cells(texts: impl IntoIterator<Item = String>) -> Vec<(String, Ansi)> {
    texts.into_iter().map(|text| (text, PLAIN)).collect()
}

fn dash() -> String {
    "–".to_owned()
}

fn day(day: Option<chrono::NaiveDate>) -> String {
    day.map_or_else(dash, |day| day.to_string())
}

/// All baselines, a line each.
pub fn list(entries: &[Entry], place: &str, style: Style) -> String {
    if entries.is_empty() {
        return format!("no baseline in {place}\n");
    }
    let of = |cell: &dyn Fn(&Entry) -> String| cells(entries.iter().map(cell));
    let whole = |entry: &Entry| -> Vec<TableRow> {
        let tables = entry.content.as_ref().map(|(_, tables)| tables.as_slice());
        let whole = tables
            .unwrap_or_default()
            .iter()
            .filter(|row| row.period.is_whole());
        whole.cloned().collect()
    };
    let dated = |entry: &Entry, first: bool| {
        let rows = whole(entry);
        match first {
            true => day(rows.iter().filter_map(|row| row.first_date).min()),
            false => day(rows.iter().filter_map(|row| row.last_date).max()),
        }
    };
    let season = |entry: &Entry| match &entry.content {
        Ok((about, _)) => match (&about.season, about.from) {
            (Some(season), _) => season.clone(),
            (None, Some(_)) => "window".to_owned(),
            (None, None) => "all days".to_owned(),
        },
        Err(_) => "unreadable".to_owned(),
    };
    let columns = vec![
        Column::new("baseline", entries.iter().map(|e| (e.name.clone(), BOLD))),
        Column::new("of", of(&season)),
        Column::of_numbers("tables", of(&|e| count(whole(e).len() as u64))),
        Column::of_numbers(
            "rows",
            of(&|e| count(whole(e).iter().map(|r| r.rows).sum())),
        ),
        Column::new("first date", of(&|e| dated(e, true))),
        Column::new("last date", of(&|e| dated(e, false))),
        Column::of_numbers("size", of(&|e| bytes(e.size))).spare(1),
    ];
    let (mut lines, _) = grid(columns, width(style), DIM);
    for entry in entries {
        if let Err(why) = &entry.content {
            lines.push(Line::new(&format!("{}: {why}", entry.name), RED));
        }
    }
    printed(&lines, style)
}

/// A baseline and its tables.
pub fn show((name, id, size): (&str, &str, u64), snapshot: &Snapshot, style: Style) -> String {
    let width = width(style);
    let about = &snapshot.about;
    let mut lines = vec![Line::new(name, BOLD).and(&format!("  {}", asked(about)), PLAIN)];
    lines.push(Line::default());
    let tables: Vec<&TableRow> = snapshot
        .tables
        .iter()
        .filter(|r| r.period.is_whole())
        .collect();
    let rows: u64 = tables.iter().map(|row| row.rows).sum();
    let suite = match &about.suite {
        Some(suite) => format!(", suite {suite}"),
        None => ", without a suite".to_owned(),
    };
    let facts = [
        (
            "holds",
            format!(
                "{} of {}, {} in {}",
                counted(snapshot.contract.len() as u64, "column"),
                counted(tables.len() as u64, "table"),
                counted(rows, "row"),
                counted(snapshot.files.len() as u64, "file")
            ),
        ),
        ("taken by", format!("lakeaudit {}{suite}", about.lakeaudit)),
        ("id", format!("{id}, {}", bytes(size))),
    ];
    for (label, text) in facts {
        let told = wrap(&text, width.saturating_sub(AT)).into_iter();
        lines.extend(labelled(
            label,
            AT,
            told.map(|line| Line::new(&line, PLAIN)),
        ));
    }
    lines.push(Line::default());
    let of = |cell: &dyn Fn(&TableRow) -> String| cells(tables.iter().map(|row| cell(row)));
    let columns_of = |row: &TableRow| {
        let own = snapshot.contract.iter().filter(|c| c.table == row.table);
        count(own.count() as u64)
    };
    let columns = vec![
        Column {
            least: 60,
            most: 60,
            ..Column::new("table", tables.iter().map(|row| (row.table.clone(), BOLD)))
        },
        Column::of_numbers("rows", of(&|row| count(row.rows))),
        Column::of_numbers("columns", of(&columns_of)).spare(1),
        Column::of_numbers("files", of(&|row| count(row.files.unwrap_or(0)))).spare(2),
        Column::new("first date", of(&|row| day(row.first_date))),
        Column::new("last date", of(&|row| day(row.last_date))),
    ];
    lines.extend(grid(columns, width, DIM).0);
    printed(&lines, style)
}

/// The columns of a table over the whole window.
pub fn table(name: &str, snapshot: &Snapshot, table: &str, style: Style) -> String {
    let width = width(style);
    let whole = snapshot
        .tables
        .iter()
        .find(|r| r.table == table && r.period.is_whole());
    let mut lines = vec![Line::new(table, BOLD).and(&format!("  in {name}"), PLAIN)];
    if let Some(row) = whole {
        let dates = match (row.first_date, row.last_date) {
            (Some(first), Some(last)) => {
                format!(", {first} to {last}, {}", counted(row.days, "day"))
            }
            _ => String::new(),
        };
        let files = counted(row.files.unwrap_or(0), "file");
        let told = format!("{} in {files}{dates}", counted(row.rows, "row"));
        lines.extend(indented([Line::new(&told, PLAIN)], INDENT));
    }
    lines.push(Line::default());
    let rows = snapshot.columns.iter();
    let rows: Vec<&ColumnRow> = rows
        .filter(|r| r.table == table && r.period.is_whole())
        .collect();
    let of = |cell: &dyn Fn(&ColumnRow) -> String| cells(rows.iter().map(|row| cell(row)));
    let columns = vec![
        Column {
            least: 30,
            ..Column::new("column", rows.iter().map(|row| (row.column.clone(), BOLD)))
        },
        Column::new("type", of(&|row| row.bq_type.clone())).spare(6),
        Column::of_numbers("NULL", of(&nulls)),
        Column::of_numbers("zero", of(&zeros)).spare(3),
        Column::of_numbers("distinct", of(&distinct)),
        Column::of_numbers("mean", of(&|row| row.mean.map_or_else(dash, figure))),
        Column::of_numbers("stddev", of(&|row| row.stddev.map_or_else(dash, figure))).spare(4),
        Column {
            most: 16,
            ..Column::new("min", of(&|row| end(row.min, row.min_text.as_deref())))
        }
        .spare(2),
        Column {
            most: 16,
            ..Column::new("max", of(&|row| end(row.max, row.max_text.as_deref())))
        }
        .spare(1),
        Column::new("most frequent", of(&|row| top(row, 1))).spare(5),
    ];
    let (grid, left_out) = grid(columns, width, DIM);
    lines.extend(grid);
    if !left_out.is_empty() {
        let told = format!("not shown: {}", left_out.join(", "));
        lines.push(Line::new(&told, DIM));
    }
    let unread = snapshot.contract.iter().filter(|r| r.table == table);
    for row in unread {
        if let Some(why) = &row.unreadable {
            lines.push(Line::new(&format!("{}: {why}", row.column), DIM));
        }
    }
    printed(&lines, style)
}

/// All that is known of a column, and how it went from season to season and month to month.
pub fn column(
    name: &str,
    snapshot: &Snapshot,
    (table, column): (&str, &str),
    style: Style,
) -> String {
    let width = width(style);
    let rows = snapshot.columns.iter();
    let rows: Vec<&ColumnRow> = rows
        .filter(|row| row.table == table && row.column == column)
        .collect();
    let title = format!("{table}.{column}");
    let mut lines = vec![Line::new(&title, BOLD).and(&format!("  in {name}"), PLAIN)];
    lines.push(Line::default());
    let Some(whole) = rows.iter().find(|row| row.period.is_whole()) else {
        let why = snapshot
            .contract
            .iter()
            .find(|r| r.table == table && r.column == column);
        let why = why
            .and_then(|row| row.unreadable.clone())
            .unwrap_or_default();
        lines.push(Line::new(&format!("no figures: {why}"), PLAIN));
        return printed(&lines, style);
    };
    let mut facts: Vec<(&str, String)> = vec![
        ("type", whole.bq_type.clone()),
        ("rows", count(whole.rows)),
        ("NULL", of_all(whole.nulls, whole.rows)),
    ];
    let values = whole.rows.saturating_sub(whole.nulls);
    if let Some(zeros) = whole.zeros {
        facts.push(("zero", of_all(zeros, values)));
    }
    for (label, n) in [("NaN", whole.nan), ("infinite", whole.infinite)] {
        if let Some(n) = n.filter(|n| *n > 0) {
            facts.push((label, of_all(n, values)));
        }
    }
    facts.push(("distinct", distinct(whole)));
    if let Some(mean) = whole.mean {
        let deviation = whole.stddev.map(|by| format!(", deviation {}", figure(by)));
        facts.push((
            "mean",
            format!("{}{}", figure(mean), deviation.unwrap_or_default()),
        ));
    }
    let ends = [
        end(whole.min, whole.min_text.as_deref()),
        end(whole.max, whole.max_text.as_deref()),
    ];
    if ends.iter().any(|end| *end != dash()) {
        facts.push(("range", ends.join(" to ")));
    }
    let quantiles: Vec<String> = QUANTILES
        .iter()
        .zip(whole.quantiles)
        .filter_map(|((_, name), value)| Some(format!("{name} {}", figure(value?))))
        .collect();
    if !quantiles.is_empty() {
        let error = whole.rank_error.filter(|error| *error > 0.0);
        let error = error.map(|e| format!("  (ranks within {})", percent(e * 100.0, 1)));
        let told = format!("{}{}", quantiles.join("  "), error.unwrap_or_default());
        facts.push(("quantiles", told));
    }
    if whole.top_values.as_ref().is_some_and(|top| !top.is_empty()) {
        facts.push(("most frequent", top(whole, TOP)));
    }
    for pair in &snapshot.correlations {
        let other = match (pair.a == column, pair.b == column) {
            (true, _) => &pair.b,
            (_, true) => &pair.a,
            _ => continue,
        };
        if let Some(r) = pair.r.filter(|_| pair.table == table) {
            facts.push(("goes with", format!("{other}, r = {r:.3}")));
        }
    }
    for (label, text) in facts {
        let told = wrap(&text, width.saturating_sub(AT + 2)).into_iter();
        lines.extend(labelled(
            label,
            AT + 2,
            told.map(|line| Line::new(&line, PLAIN)),
        ));
    }
    for (kind, title) in [
        (Kind::Season, "season"),
        (Kind::Month, "month"),
        (Kind::Day, "day"),
    ] {
        let of_kind: Vec<&ColumnRow> = rows
            .iter()
            .copied()
            .filter(|row| row.period.kind == kind)
            .collect();
        if of_kind.len() > 1 {
            lines.push(Line::default());
            lines.extend(periods(title, &of_kind, width));
        }
    }
    printed(&lines, style)
}

fn periods(title: &str, rows: &[&ColumnRow], width: usize) -> Vec<Line> {
    let of = |cell: &dyn Fn(&ColumnRow) -> String| cells(rows.iter().map(|row| cell(row)));
    let numbers = rows.iter().any(|row| row.mean.is_some());
    let mut columns = vec![
        Column::new(title, of(&|row| row.period.name.clone())),
        Column::of_numbers("rows", of(&|row| count(row.rows))),
        Column::of_numbers("NULL", of(&nulls)),
    ];
    if numbers {
        columns.push(Column::of_numbers("zero", of(&zeros)));
        columns.push(Column::of_numbers(
            "mean",
            of(&|r| r.mean.map_or_else(dash, figure)),
        ));
        let deviation = of(&|r| r.stddev.map_or_else(dash, figure));
        columns.push(Column::of_numbers("stddev", deviation).spare(2));
        for name in ["p05", "p50", "p95"] {
            let at = QUANTILES.iter().position(|(_, q)| *q == name);
            let quantile = |row: &ColumnRow| {
                let value = at.and_then(|at| row.quantiles.get(at).copied().flatten());
                value.map_or_else(dash, figure)
            };
            columns.push(Column::of_numbers(name, of(&quantile)).spare(1));
        }
    } else {
        columns.push(Column::of_numbers("distinct", of(&distinct)));
        columns.push(Column::new("most frequent", of(&|row| top(row, 2))).spare(1));
    }
    grid(columns, width, DIM).0
}

/// A part of a whole: `12 of 440, 2.7 %`.
fn of_all(part: u64, whole: u64) -> String {
    match (part, whole) {
        (0, _) | (_, 0) => count(part),
        _ => format!(
            "{} of {}, {}",
            count(part),
            count(whole),
            share(part, whole)
        ),
    }
}

fn share(part: u64, whole: u64) -> String {
    percent(part as f64 / whole.max(1) as f64 * 100.0, 1)
}

fn nulls(row: &ColumnRow) -> String {
    if row.rows == 0 {
        return dash();
    }
    share(row.nulls, row.rows)
}

fn zeros(row: &ColumnRow) -> String {
    let values = row.rows.saturating_sub(row.nulls);
    let zeros = row.zeros.filter(|_| values > 0);
    zeros.map_or_else(dash, |zeros| share(zeros, values))
}

/// `3,584`, or `~ 12,000` where it is estimated.
fn distinct(row: &ColumnRow) -> String {
    match (row.distinct, row.distinct_error) {
        (Some(n), Some(error)) if error > 0.0 => format!("~{}", count(n)),
        (Some(n), _) => count(n),
        (None, _) => dash(),
    }
}

fn end(number: Option<f64>, text: Option<&str>) -> String {
    match (number, text) {
        (Some(number), _) => figure(number),
        (None, Some(text)) => text.to_owned(),
        (None, None) => dash(),
    }
}

/// The most frequent values, with their shares of all values.
fn top(row: &ColumnRow, most: usize) -> String {
    let Some(values) = &row.top_values else {
        return dash();
    };
    let all = row.rows.saturating_sub(row.nulls);
    let told: Vec<String> = values
        .iter()
        .take(most)
        .map(|top| {
            let value: String = top.value.chars().take(24).collect();
            format!("{value} ({})", share(top.count, all))
        })
        .collect();
    match told.is_empty() {
        true => dash(),
        false => told.join(", "),
    }
}
