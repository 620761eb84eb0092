//! How several runs compare, for a person at a terminal; then the diff of the two that show best what differs.

use super::phrase::prose;
use super::{BOLD, DIM, PLAIN, Style};
use crate::diff::{ColumnRuns, Difference, Runs, Verdict};
use crate::report::text::fact::{INDENT, indented};
use crate::report::text::grid::{Column, grid};
use crate::report::text::line::Line;
use crate::report::text::number::count;
use crate::report::text::{GREEN, RED, ruled};
use crate::value::text::{counted, few};

use super::NAMES;

/// Groupings told of a column.
const GROUPINGS: usize = 3;

/// The report as lines of text, each ending in a newline.
pub fn render(runs: &Runs, pair: Option<&Difference>, style: Style) -> String {
    let width = style.width.clamp(60, 120);
    let mut lines = headline(runs, width);
    lines.extend(sides(runs, width));
    lines.extend(columns(runs, width));
    let mut out = String::new();
    lines
        .iter()
        .for_each(|line| line.print(style.color, &mut out));
    if let Some(pair) = pair {
        out.push('\n');
        out.push_str(&super::render(pair, style));
    }
    out
}

fn headline(runs: &Runs, width: usize) -> Vec<Line> {
    let n = runs.runs.len() as u64;
    let unstable: Vec<&ColumnRuns> = unstable(runs).collect();
    let told = if runs.is_equal() {
        format!(
            "all {n} runs have the same {} with the same values",
            counted(runs.common, "row")
        )
    } else if unstable.is_empty() {
        format!("the {n} runs do not have the same; what was compared is equal")
    } else {
        format!(
            "{} of {} columns differ between {n} runs, in {} of {}",
            unstable.len(),
            runs.columns.len(),
            count(runs.unstable),
            counted(runs.common, "row")
        )
    };
    let style = if runs.is_equal() { GREEN } else { RED };
    let mut lines = prose(&told, width, style.bold());
    let mut notes = Vec::new();
    if runs.in_order > 0 {
        notes.push(format!(
            "{} of keys that have very many rows were paired by their order",
            counted(runs.in_order, "row")
        ));
    }
    if runs.uncounted {
        notes.push("repeated keys were not counted: --memory gives more".to_owned());
    }
    if !runs.uncompared.is_empty() {
        let named = runs.uncompared.iter();
        let named: Vec<String> = named.map(|(name, why)| format!("{name} ({why})")).collect();
        notes.push(format!("not compared: {}", few(&named, NAMES, ", ")));
    }
    for note in notes {
        lines.extend(indented(prose(&note, width - INDENT, PLAIN), INDENT));
    }
    if let Some(odd) = runs.odd.and_then(|odd| runs.runs.get(odd)) {
        let told = format!(
            "{} is the odd one: it is alone in {}, where the others agree",
            odd.name,
            counted(odd.alone, "cell")
        );
        lines.extend(indented(prose(&told, width - INDENT, PLAIN), INDENT));
    } else if !unstable.is_empty() {
        let told = "no single run is the odd one";
        lines.extend(indented(prose(told, width - INDENT, PLAIN), INDENT));
    }
    lines
}

fn unstable(runs: &Runs) -> impl Iterator<Item = &ColumnRuns> {
    runs.columns.iter().filter(|column| column.unstable > 0)
}

/// The letter of a run: A, B, C ...
fn letter(at: usize) -> String {
    let letter = char::from_u32('A' as u32 + (at % 26) as u32).unwrap_or('?');
    match at / 26 {
        0 => letter.to_string(),
        round => format!("{letter}{round}"),
    }
}

fn sides(runs: &Runs, width: usize) -> Vec<Line> {
    let plain = |texts: Vec<String>| {
        texts
            .into_iter()
            .map(|text| (text, PLAIN))
            .collect::<Vec<_>>()
    };
    let numbers = |of: &dyn Fn(&crate::diff::Run) -> u64| {
        let cell = |run| match of(run) {
            0 => ("-".to_owned(), DIM),
            n => (count(n), PLAIN),
        };
        runs.runs.iter().map(cell).collect::<Vec<_>>()
    };
    let letters = (0..runs.runs.len()).map(|at| (letter(at), BOLD));
    let mut name = Column::new(
        "name",
        plain(runs.runs.iter().map(|run| run.name.clone()).collect()),
    );
    name.most = 60;
    let table = vec![
        Column::new("run", letters),
        name,
        Column::of_numbers("rows", numbers(&|run| run.rows)),
        Column::of_numbers("rows missing", numbers(&|run| run.missing)),
        Column::of_numbers("keys repeated", numbers(&|run| run.repeated)),
        Column::of_numbers("cells alone", numbers(&|run| run.alone)),
    ];
    section("RUNS", table, width)
}

fn columns(runs: &Runs, width: usize) -> Vec<Line> {
    let unstable: Vec<&ColumnRuns> = unstable(runs).collect();
    if unstable.is_empty() {
        return Vec::new();
    }
    let cell = |of: &dyn Fn(&ColumnRuns) -> String| {
        unstable
            .iter()
            .map(|column| (of(column), PLAIN))
            .collect::<Vec<_>>()
    };
    let mut groups = Column::new("groups of equal values", cell(&groupings));
    groups.most = 70;
    let table = vec![
        Column::new("column", cell(&|column| column.name.clone())),
        Column::of_numbers("unstable", cell(&|column| count(column.unstable))),
        Column::new(
            "depends on",
            cell(&|column| depends(column.verdict).to_owned()),
        ),
        groups,
    ];
    section("COLUMNS", table, width)
}

fn section(title: &str, table: Vec<Column>, width: usize) -> Vec<Line> {
    let mut lines = ruled(title, PLAIN, width).to_vec();
    let (rows, _) = grid(table, width - INDENT, DIM);
    lines.extend(indented(rows, INDENT));
    lines
}

fn depends(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Stable => "nothing",
        Verdict::DataDependent => "the data",
        Verdict::OrderDependent => "the order of things",
        Verdict::OneRun => "one run alone",
    }
}

/// `AB C (10 rows), A B C (2 rows)`: runs that agree stand together.
fn groupings(column: &ColumnRuns) -> String {
    let mut all: Vec<(&Vec<u8>, &u64)> = column.groups.iter().collect();
    all.sort_by(|a, b| b.1.cmp(a.1).then(a.0.cmp(b.0)));
    let told: Vec<String> = all
        .iter()
        .take(GROUPINGS)
        .map(|(groups, rows)| {
            let kinds = groups.iter().copied().max().unwrap_or(0);
            let of = |kind: u8| {
                let members = groups
                    .iter()
                    .enumerate()
                    .filter(|(_, group)| **group == kind);
                members.map(|(at, _)| letter(at)).collect::<String>()
            };
            let parts: Vec<String> = (0..=kinds).map(of).collect();
            format!("{} ({})", parts.join(" ≠ "), counted(**rows, "row"))
        })
        .collect();
    let more = all.len().saturating_sub(GROUPINGS);
    match more {
        0 => told.join(", "),
        more => format!("{}, {more} more", told.join(", ")),
    }
}
