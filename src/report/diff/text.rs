//! A diff for a person at a terminal.
//!
//! The first lines are the answer: what differs, since when, what was done to the values, who is right and what was not
//! looked at. Below it, what the answer rests on: rows, places, columns, a block a column, days, rows side by side. What is
//! many is cut, and its number told.
//!
//! The left side has a colour and a sign (`<`) and the right side another (`>`), wherever they are told apart. Neither is
//! red or green: which of them is wrong is what a diff is asked, not what it assumes.

mod columns;
mod days;
mod headline;
mod phrase;
mod rows;
mod runs;
mod samples;

use std::collections::HashMap;

use anstyle::{AnsiColor, Style as Ansi};

use super::facts::{self, Leader, Verdict};
use crate::diff::{Cell, Difference};
use crate::report::text::fact::{INDENT, labelled};
use crate::report::text::line::{Line, flow};
use crate::report::text::number::count;
use crate::report::text::{BOLD, DIM, PLAIN, Style, dot, ruled};
use crate::value::text::counted;
use phrase::{prose, sided};

pub use runs::render as render_runs;

const LEFT: Ansi = AnsiColor::Cyan.on_default();
const RIGHT: Ansi = AnsiColor::Magenta.on_default();
const NULL: &str = "NULL";

/// Columns that have a block of their own, and names told of a list, in short.
const BLOCKS: usize = 6;
const NAMES: usize = 4;

/// What is printed, and what its parts share.
struct Page<'a> {
    difference: &'a Difference,
    leaders: Vec<Leader<'a>>,
    cells: HashMap<&'a str, Vec<&'a Cell>>,
    width: usize,
    verbose: bool,
}

/// The report as lines of text, each ending in a newline.
pub fn render(difference: &Difference, style: Style) -> String {
    let page = Page {
        difference,
        leaders: facts::leaders(difference),
        cells: facts::cells_by_column(difference),
        width: style.width.clamp(60, 120),
        verbose: style.verbose,
    };
    let mut lines = headline::lines(&page);
    lines.extend(rows::lines(&page));
    lines.extend(rows::places(&page));
    lines.extend(rows::changes(&page));
    lines.extend(columns::table(&page));
    lines.extend(columns::blocks(&page));
    lines.extend(columns::shape(&page));
    lines.extend(days::lines(&page));
    lines.extend(days::segments(&page));
    lines.extend(samples::lines(&page));
    lines.extend(not_compared(&page));
    lines.extend(notes(&page));
    lines.push(Line::default());
    lines.extend(footer(&page, style.exit_code));

    let mut out = String::new();
    lines
        .iter()
        .for_each(|line| line.print(style.color, &mut out));
    out
}

impl Page<'_> {
    /// What is left beside the indent.
    fn room(&self) -> usize {
        self.width.saturating_sub(INDENT)
    }

    /// As many of a list as are told.
    fn most(&self, some: usize) -> usize {
        match self.verbose {
            true => usize::MAX,
            false => some,
        }
    }

    fn heading(&self, title: &str, n: Option<u64>) -> [Line; 2] {
        let number = n.map(|n| format!(" {}", count(n))).unwrap_or_default();
        ruled(&format!("{title}{number}"), PLAIN, self.width)
    }

    /// The first of some names, and how many more there are.
    fn few<'n>(&self, names: impl IntoIterator<Item = &'n str>, some: usize) -> String {
        let names: Vec<&str> = names.into_iter().collect();
        phrase::few(&names, self.most(some))
    }
}

/// Columns that were not compared, by the reason.
fn not_compared(page: &Page<'_>) -> Vec<Line> {
    let difference = page.difference;
    let ignored = phrase::ignored(difference);
    let sides = [
        ("only left", &difference.only_left),
        ("only right", &difference.only_right),
    ];
    let uncompared = &difference.uncompared;
    let labels = ignored.iter().map(|(why, _)| why.as_str());
    let labels = labels.chain((!uncompared.is_empty()).then_some("unreadable"));
    let one_sided = sides.iter().filter(|(_, columns)| !columns.is_empty());
    let labels: Vec<&str> = labels.chain(one_sided.map(|(label, _)| *label)).collect();
    if labels.is_empty() {
        return Vec::new();
    }
    let at = phrase::column_at(labels.iter().copied());
    let room = page.width.saturating_sub(at);
    let alone = difference.only_left.len() + difference.only_right.len();
    let all = difference.ignored.len() + uncompared.len() + alone;
    let mut lines = page.heading("NOT COMPARED", Some(all as u64)).to_vec();
    for (why, names) in &ignored {
        let told = page.few(names.iter().copied(), 3 * NAMES);
        lines.extend(labelled(why, at, prose(&told, room, PLAIN)));
    }
    if !uncompared.is_empty() {
        let named: Vec<String> = uncompared
            .iter()
            .map(|(name, why)| format!("{name}: {why}"))
            .collect();
        let told = page.few(named.iter().map(String::as_str), 3 * NAMES);
        lines.extend(labelled("unreadable", at, prose(&told, room, PLAIN)));
    }
    for (label, columns) in sides {
        let named: Vec<String> = columns
            .iter()
            .map(|(name, bq_type)| format!("{name} {bq_type}"))
            .collect();
        let told = page.few(named.iter().map(String::as_str), 2 * NAMES);
        lines.extend(labelled(label, at, prose(&told, room, PLAIN)));
    }
    lines
}

/// What else should be known.
fn notes(page: &Page<'_>) -> Vec<Line> {
    let difference = page.difference;
    let mut notes = Vec::new();
    if !difference.types.is_empty() {
        let told = page.few(difference.types.iter().map(String::as_str), NAMES);
        notes.push(format!("of two types: {told}"));
    }
    let within: Vec<String> = difference
        .columns
        .iter()
        .filter(|column| column.within > 0)
        .map(|column| {
            let rule = column
                .rule
                .as_deref()
                .unwrap_or("by the meaning of its JSON");
            format!(
                "{} {rule} in {}",
                column.name,
                counted(column.within, "row")
            )
        })
        .collect();
    if !within.is_empty() {
        let told = page.few(within.iter().map(String::as_str), NAMES);
        notes.push(format!("equal by rule and not as they stand: {told}"));
    }
    let in_order = difference.rows.in_order;
    if in_order > 0 {
        notes.push(format!(
            "{} of keys that have very many rows were paired by their order",
            counted(in_order, "row")
        ));
    }
    if !difference.explained_all && !difference.has_same_values() {
        notes.push(format!(
            "patterns, witnesses and places are of {} of {} in common",
            count(difference.explained_rows),
            counted(difference.rows.common, "row")
        ));
    }
    let kept = difference.cells.len() as u64;
    if kept < difference.all_cells {
        notes.push(format!(
            "the first {} of {} are kept, --rows N keeps more",
            count(kept),
            match difference.rows.differing {
                0 => format!("{} rows of one side", count(difference.all_cells)),
                _ => counted(difference.all_cells, "differing cell"),
            }
        ));
    }
    notes.extend(difference.notes.iter().cloned());
    if notes.is_empty() {
        return Vec::new();
    }
    let mut lines = page.heading("NOTES", None).to_vec();
    for note in notes {
        for (i, line) in prose(&note, page.room().saturating_sub(2), PLAIN)
            .into_iter()
            .enumerate()
        {
            let sign = if i == 0 { "  · " } else { "    " };
            lines.push(Line::new(sign, DIM).join(line));
        }
    }
    lines
}

/// Where to find the rest, and the verdict in one line.
fn footer(page: &Page<'_>, exit_code: Option<u8>) -> Vec<Line> {
    let difference = page.difference;
    let mut lines = Vec::new();
    if Verdict::of(difference) != Verdict::Equal {
        let more = match page.verbose {
            true => "",
            false => "--verbose shows every column, day and more rows; ",
        };
        let hint = format!(
            "{more}--format json holds everything; lakeaudit.{} and .{} are its tables for `lakeaudit query`",
            super::COLUMNS,
            super::ROWS
        );
        lines.extend(prose(&hint, page.width, DIM));
    }
    let (_, style, _) = headline::verdict(page);
    let mut items =
        vec![Line::new("diff: ", BOLD).and(Verdict::of(difference).name(), style.bold())];
    let rows = &difference.rows;
    let columns = difference.differing().count() as u64;
    if columns > 0 {
        let told = format!(
            "{}, {}",
            counted(columns, "column"),
            counted(rows.differing, "row")
        );
        items.push(Line::new(&told, PLAIN));
    }
    for (n, side) in [(rows.only_left, "left"), (rows.only_right, "right")] {
        if n > 0 {
            items.push(sided(&format!("{} only {side}", count(n)), PLAIN));
        }
    }
    if let Some(code) = exit_code {
        items.push(Line::new(&format!("exit {code}"), PLAIN));
    }
    if !difference.id.is_empty() {
        items.push(Line::new(&format!("run {}", difference.id), DIM));
    }
    lines.extend(flow(items, &dot(), page.width));
    lines
}

#[cfg(test)]
mod tests;
