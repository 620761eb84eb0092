//! The rows of both sides, the key, and where rows differ.

use anstyle::Style as Ansi;

use super::phrase::{column_at, place, prose};
use super::{LEFT, Page, RIGHT};
use crate::diff::{KeyFrom, Portion, Side};
use crate::report::text::fact::{INDENT, indented, labelled};
use crate::report::text::grid::{Column, grid};
use crate::report::text::line::{Line, flow};
use crate::report::text::number::count;
use crate::report::text::{DIM, PLAIN, dot};
use crate::value::text::counted;

/// Changes told, in short.
const CHANGES: usize = 6;
/// Predicates told of one question, in short.
pub(super) const PLACES: usize = 3;

/// A number where none is nothing to look at.
pub(super) fn number(n: u64, style: Ansi) -> (String, Ansi) {
    match n {
        0 => ("–".to_owned(), DIM),
        n => (count(n), style),
    }
}

/// A line a side, then what both have in common and by what they are compared.
pub(super) fn lines(page: &Page<'_>) -> Vec<Line> {
    let difference = page.difference;
    let rows = &difference.rows;
    let sides = [
        ("left", LEFT, &difference.left, rows.only_left),
        ("right", RIGHT, &difference.right, rows.only_right),
    ];
    let numbers = |name: &str, of: &dyn Fn(&Side, u64) -> u64| {
        let cells = sides.map(|(_, _, side, only)| number(of(side, only), PLAIN));
        Column::of_numbers(name, cells)
    };
    let any = |of: fn(&Side) -> u64| sides.iter().any(|(_, _, side, _)| of(side) > 0);
    let names = sides.map(|(name, style, ..)| (name.to_owned(), style));
    let mut columns = vec![
        Column::new("", names),
        numbers("rows", &|side, _| side.rows),
        numbers("only here", &|_, only| only),
    ];
    columns.push(numbers("duplicate keys", &|side, _| side.duplicates.keys).spare(1));
    if any(|side| side.duplicates.keys) {
        columns.push(numbers("their rows", &|side, _| side.duplicates.rows).spare(3));
        columns.push(numbers("conflicting", &|side, _| side.duplicates.conflicting).spare(2));
    }
    if !difference.key.is_empty() {
        columns.push(numbers("NULL in key", &|side, _| side.null_keys).spare(1));
    }
    columns.push(numbers("files", &|side, _| side.files).spare(4));

    let mut lines = page.heading("ROWS", None).to_vec();
    lines.extend(indented(grid(columns, page.room(), DIM).0, INDENT));
    let at = column_at(["in common", "key", "where"].into_iter());
    let room = page.width.saturating_sub(at);
    let equal = rows.common.saturating_sub(rows.differing);
    let mut common = vec![Line::new(&counted(rows.common, "row"), PLAIN)];
    let parts = match difference.key.is_empty() {
        // Rows that are compared whole are equal where they are in common.
        true => Vec::new(),
        false => vec![(equal, "equal"), (rows.differing, "differ")],
    };
    for (n, what) in parts {
        common.push(Line::new(&format!("{} {what}", count(n)), PLAIN));
    }
    if rows.shape > 0 {
        let told = format!("{} of the equal in shape only", count(rows.shape));
        common.push(Line::new(&told, DIM));
    }
    lines.extend(labelled("in common", at, flow(common, &dot(), room)));
    lines.extend(labelled("key", at, prose(&key(page), room, PLAIN)));
    if let Some(filter) = &difference.filter {
        lines.extend(labelled("where", at, prose(filter, room, PLAIN)));
    }
    lines
}

fn key(page: &Page<'_>) -> String {
    let key = page.difference.key.join(", ");
    match page.difference.key_from {
        _ if key.is_empty() => "none; rows are compared whole".to_owned(),
        KeyFrom::Asked => format!("{key}, as asked"),
        KeyFrom::Suite => format!("{key}, as the suite says"),
        KeyFrom::Data => format!("{key}, which names the rows of both sides"),
        KeyFrom::Rows => key,
    }
}

/// Where rows differ, and where they are that one side has alone.
pub(super) fn places(page: &Page<'_>) -> Vec<Line> {
    let difference = page.difference;
    let mut lines = Vec::new();
    let room = page.room();
    let asked = [
        (
            "WHERE ROWS DIFFER",
            &difference.places,
            "differing",
            "differ",
        ),
        (
            "ONLY LEFT",
            &difference.only_left_places,
            "left-only",
            "are only left",
        ),
        (
            "ONLY RIGHT",
            &difference.only_right_places,
            "right-only",
            "are only right",
        ),
    ];
    for (title, places, rows, verb) in asked {
        if places.is_empty() {
            continue;
        }
        lines.extend(page.heading(title, None));
        for found in places.iter().take(page.most(PLACES)) {
            let (have, of_those) = place(found, rows, verb);
            lines.extend(indented(prose(&have, room, PLAIN), INDENT));
            let told = prose(&of_those, room.saturating_sub(INDENT), DIM);
            lines.extend(indented(told, 2 * INDENT));
        }
    }
    lines
}

/// What else changed on those days.
pub(super) fn changes(page: &Page<'_>) -> Vec<Line> {
    let changes = &page.difference.changes;
    if changes.is_empty() {
        return Vec::new();
    }
    let mut lines = page.heading("WHAT ELSE CHANGED THERE", None).to_vec();
    let at = column_at(["right"].into_iter());
    let room = page.width.saturating_sub(at);
    for change in changes.iter().take(page.most(CHANGES)) {
        let since = change
            .date
            .map(|date| format!(", since {date}"))
            .unwrap_or_default();
        let told = prose(&format!("{}{since}", change.told), room, PLAIN);
        lines.extend(labelled(change.side, at, told));
    }
    let more = changes.len().saturating_sub(page.most(CHANGES));
    if more > 0 {
        let told = format!("… {} more", counted(more as u64, "change"));
        lines.extend(indented([Line::new(&told, DIM)], INDENT));
    }
    lines
}

/// Rows that both sides have on a day.
pub(super) fn common(day: &Portion) -> u64 {
    day.left.saturating_sub(day.only_left)
}
