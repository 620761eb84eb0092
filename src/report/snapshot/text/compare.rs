//! Two baselines compared: what tables and columns there are, and the columns that have changed, the largest change first.

use anstyle::Style as Ansi;

use super::{cells, dash, printed, width};
use crate::baseline::figure::Grade;
use crate::baseline::shift::{ShareChange, Size};
use crate::report::snapshot::asked;
use crate::report::text::fact::{INDENT, indented, labelled};
use crate::report::text::grid::{Column, grid};
use crate::report::text::line::{Line, wrap};
use crate::report::text::number::{count, figure, percent};
use crate::report::text::{BOLD, DIM, GREEN, PLAIN, RED, Style, YELLOW};
use crate::snapshot::{ColumnChange, Comparison, ContractChange, Side};
use crate::value::text::{counted, few};

/// Columns, pairs and differences of schemas that are told, in short.
const LISTED: usize = 20;
const PAIRS: usize = 5;
/// A change of a share by less than this is not told, in points.
const POINTS: f64 = 0.1;

/// What has changed, or every column if the style is verbose.
pub fn compare(found: &Comparison, style: Style) -> String {
    let width = width(style);
    let most = |of: usize| if style.verbose { usize::MAX } else { of };
    let minded: Vec<&ColumnChange> = found.columns.iter().filter(|c| c.is_minded()).collect();
    let mut lines = verdict(found, &minded, width);
    lines.extend(tables(found, width, style.verbose));
    if !found.contract.is_empty() {
        lines.extend(heading("SCHEMA", &found.contract.len().to_string()));
        let told = found.contract.iter().take(most(LISTED)).map(contract);
        let told = told.map(|text| Line::new(&text, PLAIN));
        lines.extend(indented(told, INDENT));
        lines.extend(more(found.contract.len(), most(LISTED)));
    }
    let listed: Vec<&ColumnChange> = match style.verbose {
        true => found.columns.iter().collect(),
        false => minded.iter().copied().take(LISTED).collect(),
    };
    if !listed.is_empty() {
        let title = if style.verbose {
            "COLUMNS"
        } else {
            "CHANGED COLUMNS"
        };
        let told = match style.verbose || listed.len() == minded.len() {
            true => count(listed.len() as u64),
            false => format!(
                "the first {} of {}",
                listed.len(),
                count(minded.len() as u64)
            ),
        };
        lines.extend(heading(title, &told));
        lines.extend(indented(columns(&listed, width - INDENT), INDENT));
        if !style.verbose {
            lines.extend(more(minded.len(), LISTED));
        }
    }
    let pairs: Vec<_> = found
        .correlations
        .iter()
        .filter(|pair| style.verbose || pair.size >= 1.0)
        .collect();
    if !pairs.is_empty() {
        lines.extend(heading("CORRELATIONS", &pairs.len().to_string()));
        let told = pairs.iter().take(most(PAIRS)).map(|pair| {
            let [a, b] = &pair.columns;
            let r = format!("{:+.2} → {:+.2}", pair.change.baseline, pair.change.current);
            Line::new(&r, PLAIN)
                .and(&format!("  {a} ~ {b}"), BOLD)
                .and(&format!("  {}", short(&pair.table)), DIM)
        });
        lines.extend(indented(told, INDENT));
        lines.extend(more(pairs.len(), most(PAIRS)));
    }
    printed(&lines, style)
}

/// What it comes to, and what is compared.
fn verdict(found: &Comparison, minded: &[&ColumnChange], width: usize) -> Vec<Line> {
    let all = counted(found.columns.len() as u64, "common column");
    let critical = minded
        .iter()
        .filter(|c| c.grade() == Grade::Critical)
        .count();
    let (mark, style) = match (minded.is_empty() && found.contract.is_empty(), critical) {
        (true, _) => ("✓", GREEN),
        (false, 0) => ("▲", YELLOW),
        (false, _) => ("✗", RED),
    };
    let mut told = match minded {
        [] => format!("None of {all} has changed"),
        [first, ..] => {
            let verb = if minded.len() == 1 { "has" } else { "have" };
            let name = &first.a.column;
            format!(
                "{} of {all} {verb} changed, {name} most",
                count(minded.len() as u64)
            )
        }
    };
    if !found.contract.is_empty() {
        let n = counted(found.contract.len() as u64, "difference");
        told.push_str(&format!("; {n} of schema"));
    }
    let mut lines = Vec::new();
    for (at, line) in wrap(&told, width.saturating_sub(2)).into_iter().enumerate() {
        let mark = if at == 0 { mark } else { " " };
        lines.push(Line::new(&format!("{mark} "), style.bold()).and(&line, BOLD));
    }
    lines.push(Line::default());
    let sides = [("before", &found.a), ("after", &found.b)];
    for (label, side) in sides {
        let Side { name, about, rows } = side;
        let text = format!("{name}: {}, {}", asked(about), counted(*rows, "row"));
        let told = wrap(&text, width.saturating_sub(10)).into_iter();
        lines.extend(labelled(
            label,
            10,
            told.map(|line| Line::new(&line, PLAIN)),
        ));
    }
    lines
}

fn heading(title: &str, detail: &str) -> Vec<Line> {
    vec![
        Line::default(),
        Line::new(title, BOLD).and(&format!("  {detail}"), DIM),
    ]
}

fn more(all: usize, shown: usize) -> Option<Line> {
    let left = all.checked_sub(shown).filter(|left| *left > 0)?;
    let told = format!("{:INDENT$}and {left} more: --verbose shows all", "");
    Some(Line::new(&told, DIM))
}

/// Tables with other numbers of rows a day; all, if `all`.
fn tables(found: &Comparison, width: usize, all: bool) -> Vec<Line> {
    let per_day = |rows: u64, days: u64| rows as f64 / days.max(1) as f64;
    let rows: Vec<_> = found
        .tables
        .iter()
        .filter(|(a, b)| {
            let (before, after) = (per_day(a.rows, a.days), per_day(b.rows, b.days));
            // Rows of a day tell more than rows of a window, which is as long as it is asked to be.
            all || (after - before).abs() > 0.1 * before.max(after)
        })
        .collect();
    if rows.is_empty() {
        return Vec::new();
    }
    let average = |rows: u64, days: u64| match days {
        0 => dash(),
        days => figure((per_day(rows, days) * 10.0).round() / 10.0),
    };
    let columns = vec![
        Column {
            least: 20,
            most: 60,
            ..Column::new("table", rows.iter().map(|(a, _)| (a.table.clone(), BOLD)))
        },
        Column::of_numbers("rows", cells(rows.iter().map(|(a, _)| count(a.rows)))),
        Column::of_numbers("after", cells(rows.iter().map(|(_, b)| count(b.rows)))),
        Column::of_numbers(
            "a day",
            cells(rows.iter().map(|(a, _)| average(a.rows, a.days))),
        ),
        Column::of_numbers(
            "after",
            cells(rows.iter().map(|(_, b)| average(b.rows, b.days))),
        ),
    ];
    let title = if all {
        "TABLES"
    } else {
        "TABLES OF ANOTHER SIZE"
    };
    let mut lines = heading(title, &rows.len().to_string());
    lines.extend(indented(grid(columns, width - INDENT, DIM).0, INDENT));
    lines
}

fn contract(change: &ContractChange) -> String {
    let table = &change.table;
    match (&change.column, &change.a, &change.b) {
        (None, None, _) => format!("{table} is new"),
        (None, ..) => format!("{table} is gone"),
        (Some(column), None, Some(now)) => format!("{table}.{column} is new, {now}"),
        (Some(column), Some(was), None) => format!("{table}.{column} is gone, was {was}"),
        (Some(column), Some(was), Some(now)) => format!("{table}.{column} is {now}, was {was}"),
        (Some(column), None, None) => format!("{table}.{column}"),
    }
}

fn short(table: &str) -> &str {
    table.split_once('.').map_or(table, |(_, table)| table)
}

/// A grid of all columns, those of a table below its name. The table with the largest change comes first.
fn columns(listed: &[&ColumnChange], width: usize) -> Vec<Line> {
    let mut tables: Vec<&str> = Vec::new();
    for change in listed {
        if !tables.contains(&change.a.table.as_str()) {
            tables.push(&change.a.table);
        }
    }
    let mut listed = listed.to_vec();
    listed.sort_by_key(|change| tables.iter().position(|table| *table == change.a.table));
    let listed = listed.as_slice();
    let of = |cell: &dyn Fn(&ColumnChange) -> (String, Ansi)| {
        listed.iter().map(|change| cell(change)).collect::<Vec<_>>()
    };
    let plain = |text: String| (text, PLAIN);
    let any = |which: &dyn Fn(&ColumnChange) -> bool| listed.iter().any(|change| which(change));
    let mut columns = vec![Column {
        least: 24,
        ..Column::new("column", of(&|c| (c.a.column.clone(), style(c))))
    }];
    if any(&|c| c.mean.is_some()) {
        let shift = of(&|c| plain(c.mean.map_or_else(dash, |mean| shift(mean.size))));
        columns.push(Column::of_numbers("shift", shift));
        let means = of(&|c| {
            plain(match (c.a.mean, c.b.mean) {
                (Some(before), Some(after)) => format!("{}→{}", brief(before), brief(after)),
                _ => dash(),
            })
        });
        columns.push(Column::of_numbers("mean", means).spare(2));
    }
    let psi = of(&|c| plain(c.psi.map_or_else(dash, |psi| two(psi.figure.value))));
    columns.push(Column::of_numbers("PSI", psi));
    if any(&|c| c.apart.is_some()) {
        let ks = of(&|c| {
            plain(
                c.apart
                    .map_or_else(dash, |apart| two(apart.kolmogorov_smirnov.value)),
            )
        });
        columns.push(Column::of_numbers("KS", ks));
    }
    if any(&|c| told(c.nulls).is_some()) {
        let nulls = of(&|c| plain(told(c.nulls).unwrap_or_else(dash)));
        columns.push(Column::of_numbers("NULL", nulls));
    }
    if any(&|c| told(c.zeros).is_some()) {
        let zeros = of(&|c| plain(told(c.zeros).unwrap_or_else(dash)));
        columns.push(Column::of_numbers("zero", zeros));
    }
    let (rows, left_out) = grid(columns, width.saturating_sub(INDENT), DIM);
    let mut rows = indented(rows, INDENT).into_iter();
    let mut lines: Vec<Line> = rows.next().into_iter().collect();
    let mut table = "";
    for (change, row) in listed.iter().zip(rows) {
        if change.a.table != table {
            table = &change.a.table;
            lines.push(Line::new(table, PLAIN));
        }
        lines.push(row);
    }
    if !left_out.is_empty() {
        let told = format!("not shown: {}", few(&left_out, LISTED, ", "));
        lines.push(Line::new(&told, DIM));
    }
    lines
}

fn style(change: &ColumnChange) -> Ansi {
    match change.grade() {
        Grade::Critical => RED.bold(),
        Grade::Warns => YELLOW.bold(),
        Grade::Fine => PLAIN,
    }
}

/// A number in three digits or some more: `0.145`, `57.7`, `2,024`.
fn brief(value: f64) -> String {
    let size = value.abs();
    if !(1e-4..1e6).contains(&size) {
        return figure(value);
    }
    let whole = size.log10().floor();
    let unit = 10_f64.powf((2.0 - whole).clamp(0.0, 7.0));
    figure((value * unit).round() / unit)
}

/// `+3.2σ`
fn shift(size: Size) -> String {
    match size {
        Size::Sigmas(sigmas) if sigmas.abs() < 0.005 => "0".to_owned(),
        Size::Sigmas(sigmas) if sigmas.abs() < 100.0 => format!("{sigmas:+.2}σ"),
        Size::Sigmas(sigmas) => format!(
            "{}{}σ",
            if sigmas > 0.0 { "+" } else { "" },
            figure(sigmas.round())
        ),
        Size::WasConstant => "constant".to_owned(),
    }
}

fn two(value: f64) -> String {
    format!("{value:.2}")
}

/// `2→15 %`; none where it is all but the same.
fn told(change: Option<ShareChange>) -> Option<String> {
    let change = change.filter(|change| (change.points() * 100.0).abs() >= POINTS)?;
    let of = |share: f64| percent(share * 100.0, 0);
    let before = of(change.baseline);
    Some(format!(
        "{}→{}",
        before.trim_end_matches(" %"),
        of(change.current)
    ))
}
