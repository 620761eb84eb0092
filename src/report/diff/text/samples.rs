//! Rows side by side, the cells that differ marked, and rows that one side has alone.

use std::collections::BTreeSet;

use anstyle::Style as Ansi;

use super::{DIM, LEFT, NULL, PLAIN, Page, RIGHT};
use crate::diff::{Cell, CellKind};
use crate::report::text::fact::{INDENT, indented};
use crate::report::text::grid::{Column, grid};
use crate::report::text::line::{Line, fit};
use crate::report::text::number::count;
use crate::report::text::table::{fields, is_number, shown as plain};
use crate::value::text::counted;

/// Rows shown, in short and at length.
const ROWS: usize = 3;
const ROWS_VERBOSE: usize = 10;
/// The widest value.
const VALUE: usize = 32;
/// A cell that is equal on both sides.
const SAME: &str = "=";

/// Cells of one row.
struct Row<'a> {
    key: &'a str,
    cells: Vec<&'a Cell>,
}

pub(super) fn lines(page: &Page<'_>) -> Vec<Line> {
    let difference = page.difference;
    let most = if page.verbose { ROWS_VERBOSE } else { ROWS };
    let mut lines = Vec::new();
    let differing = rows(page, CellKind::Differs, most);
    if !differing.is_empty() {
        let title = title(
            "ROWS SIDE BY SIDE",
            differing.len(),
            difference.rows.differing,
        );
        lines.extend(page.heading(&title, None));
        lines.extend(indented(side_by_side(page, &differing), INDENT));
    }
    let sides = [
        (
            CellKind::OnlyLeft,
            "ROWS ONLY LEFT",
            "<",
            LEFT,
            difference.rows.only_left,
        ),
        (
            CellKind::OnlyRight,
            "ROWS ONLY RIGHT",
            ">",
            RIGHT,
            difference.rows.only_right,
        ),
    ];
    for (kind, name, sign, style, all) in sides {
        let rows = rows(page, kind, most);
        if rows.is_empty() {
            continue;
        }
        lines.extend(page.heading(&title(name, rows.len(), all), None));
        let mut columns = vec![Column {
            least: 1,
            ..Column::new("", rows.iter().map(|_| (sign.to_owned(), style)))
        }];
        let keys: Vec<&str> = rows.iter().map(|row| row.key).collect();
        columns.extend(key_columns(&keys));
        lines.extend(indented(fitted(page, columns), INDENT));
    }
    lines
}

fn title(name: &str, shown: usize, all: u64) -> String {
    match shown as u64 == all {
        true => format!("{name} {}", count(all)),
        false => format!("{name} first {} of {}", shown, count(all)),
    }
}

/// The first rows that have cells of a kind: cells of a row follow each other.
fn rows<'a>(page: &Page<'a>, kind: CellKind, most: usize) -> Vec<Row<'a>> {
    let mut rows: Vec<Row<'_>> = Vec::new();
    let of_kind = page
        .difference
        .cells
        .iter()
        .filter(|cell| cell.kind == kind);
    for cell in of_kind {
        let same = rows.last().is_some_and(|row| row.key == cell.key) && kind == CellKind::Differs;
        if same {
            rows.last_mut()
                .into_iter()
                .for_each(|row| row.cells.push(cell));
        } else if rows.len() == most {
            break;
        } else {
            rows.push(Row {
                key: &cell.key,
                cells: vec![cell],
            });
        }
    }
    rows
}

/// The columns of keys; they are the same in all.
fn key_columns(keys: &[&str]) -> Vec<Column> {
    let rows: Vec<Vec<(String, String)>> = keys.iter().map(|key| fields(key, "key")).collect();
    let names = rows.first().into_iter().flatten().map(|(name, _)| name);
    let column = |(at, name): (usize, &String)| {
        let cells = rows.iter().map(|row| {
            let raw = row.get(at).map(|(_, raw)| raw.clone()).unwrap_or_default();
            (plain(raw), PLAIN)
        });
        let spare = if at < 3 { 0 } else { 2 };
        // A day is whole.
        Column {
            least: 10,
            ..Column::new(name, cells)
        }
        .spare(spare)
    };
    names.enumerate().map(column).collect()
}

fn fitted(page: &Page<'_>, columns: Vec<Column>) -> Vec<Line> {
    let (mut lines, left_out) = grid(columns, page.room(), DIM);
    if !left_out.is_empty() {
        let more = left_out.len() as u64;
        let told = format!(
            "not shown: {}: {}",
            counted(more, "column"),
            left_out.join(", ")
        );
        lines.push(Line::new(&fit(&told, page.room()), DIM));
    }
    lines
}

/// Two lines a row, `<` left and `>` right, a column that does not differ in it being `=`.
fn side_by_side(page: &Page<'_>, rows: &[Row<'_>]) -> Vec<Line> {
    let differing: BTreeSet<&str> = rows
        .iter()
        .flat_map(|row| row.cells.iter().map(|cell| cell.column.as_str()))
        .collect();
    let leaders = page.leaders.iter();
    let ordered = leaders.clone().map(|leader| leader.column);
    let ordered = ordered.chain(leaders.flat_map(|leader| leader.followers.iter().copied()));
    let names: Vec<&str> = ordered
        .map(|column| column.name.as_str())
        .filter(|name| differing.contains(name))
        .collect();
    let signs = rows
        .iter()
        .flat_map(|_| [("<".to_owned(), LEFT), (">".to_owned(), RIGHT)]);
    let mut columns = vec![Column {
        least: 1,
        ..Column::new("", signs)
    }];
    let keys: Vec<&str> = rows.iter().map(|row| row.key).collect();
    for mut column in key_columns(&keys) {
        let cells = column.cells.into_iter();
        column.cells = cells
            .flat_map(|cell| [cell, (String::new(), PLAIN)])
            .collect();
        columns.push(column);
    }
    for (at, name) in names.iter().enumerate() {
        let cells =
            rows.iter().flat_map(
                |row| match row.cells.iter().find(|cell| cell.column == *name) {
                    None => [(SAME.to_owned(), DIM), (SAME.to_owned(), DIM)],
                    Some(cell) => {
                        let (left, right) =
                            excerpts(cell.left.as_deref(), cell.right.as_deref(), VALUE);
                        [styled(left, LEFT), styled(right, RIGHT)]
                    }
                },
            );
        let column = Column {
            most: VALUE,
            ..Column::new(name, cells)
        };
        let is_number = |text: &str| text == SAME || text == NULL || is_number(text);
        columns.push(Column {
            right: column.cells.iter().all(|(text, _)| is_number(text)),
            spare: u8::from(at > 0),
            ..column
        });
    }
    fitted(page, columns)
}

fn styled(value: Option<String>, style: Ansi) -> (String, Ansi) {
    match value {
        Some(text) if text.trim() == text && !text.is_empty() => (text, style),
        Some(text) => (format!("'{text}'"), style),
        None => (NULL.to_owned(), style.italic()),
    }
}

/// A value, cut to `room`.
pub(super) fn shown(value: Option<String>, style: Ansi, room: usize) -> Line {
    let (text, style) = styled(value, style);
    Line::new(&fit(&text, room), style)
}

/// Two values; where one is longer than `room`, what both begin with is cut so that what differs is seen.
pub(super) fn excerpts(
    left: Option<&str>,
    right: Option<&str>,
    room: usize,
) -> (Option<String>, Option<String>) {
    let owned = |text: Option<&str>| text.map(str::to_owned);
    let (Some(l), Some(r)) = (left, right) else {
        return (owned(left), owned(right));
    };
    let alike = l.chars().zip(r.chars()).take_while(|(l, r)| l == r).count();
    let lead = room / 4;
    let long = l.chars().nth(room).is_some() || r.chars().nth(room).is_some();
    if !long || alike <= room / 2 {
        return (owned(left), owned(right));
    }
    let cut = |text: &str| {
        let rest: String = text.chars().skip(alike.saturating_sub(lead)).collect();
        Some(format!("…{rest}"))
    };
    (cut(l), cut(r))
}
