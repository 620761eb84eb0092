//! The first lines: what differs, since when, what was done to it, who is right, and what was not looked at.

use anstyle::Style as Ansi;

use super::phrase::{few, of_rows, pattern, place, prose, sided, when, witnesses};
use super::{NAMES, Page, phrase};
use crate::diff::{Cell, ColumnDifference, Difference};
use crate::report::diff::facts::{self, Verdict, frequent, span};
use crate::report::text::fact::{indented, labelled};
use crate::report::text::line::{Line, fit_end};
use crate::report::text::number::count;
use crate::report::text::{BOLD, GREEN, PLAIN, RED, YELLOW};
use crate::value::text::counted;

/// Columns whose patterns and witnesses are told here.
const TOLD: usize = 3;
/// The longest value that is told by itself.
const VALUE: usize = 24;

pub(super) fn lines(page: &Page<'_>) -> Vec<Line> {
    let difference = page.difference;
    let (mark, style, text) = verdict(page);
    let mut lines = Vec::new();
    for (i, line) in prose(&text, page.room(), BOLD).into_iter().enumerate() {
        let mark = if i == 0 { mark } else { " " };
        lines.push(Line::new(&format!("{mark} "), style.bold()).join(line));
    }
    lines.push(Line::default());
    let mut facts: Vec<(&str, Vec<Line>)> = Vec::new();
    let at = phrase::column_at(["differs", "pattern", "witness", "ignored"].into_iter());
    let room = page.width.saturating_sub(at);
    for (label, side) in [("left", &difference.left), ("right", &difference.right)] {
        facts.push((label, vec![Line::new(&fit_end(&side.name, room), PLAIN)]));
    }
    let mut put = |label, text: &str| facts.push((label, prose(text, room, PLAIN)));
    put("differs", &differs(page));
    let prefix = |column: &ColumnDifference| match page.leaders.len() {
        1 => String::new(),
        _ => format!("{}: ", column.name),
    };
    let columns = || page.leaders.iter().map(|leader| leader.column).take(TOLD);
    for column in columns() {
        if let Some(best) = column.patterns.first() {
            let usual = usual(page, column).map(|usual| format!("; {usual}"));
            let told = format!(
                "{}{}{}",
                prefix(column),
                pattern(best),
                usual.unwrap_or_default()
            );
            put("pattern", &told);
        }
    }
    for column in columns() {
        for told in witnesses(&column.witnesses) {
            put("witness", &format!("{}{told}", prefix(column)));
        }
    }
    if let Some(best) = difference.places.first() {
        put("where", &place(best, "differing", "differ").0);
    }
    put("shape", &shape(difference));
    put("ignored", &ignored(difference));
    for (label, told) in facts {
        let told = told.into_iter().filter(|line| line.width() > 0);
        // The sides are called here what they are called below.
        match label {
            "left" | "right" => lines.extend(side(label, at, told)),
            _ => lines.extend(labelled(label, at, told)),
        }
    }
    lines
}

fn side(label: &str, at: usize, told: impl Iterator<Item = Line>) -> Vec<Line> {
    let label = sided(label, PLAIN).padded(at.saturating_sub(2), false);
    indented(told.map(|line| label.clone().join(line)), 2)
}

/// The mark, its colour and the verdict in one sentence.
pub(super) fn verdict(page: &Page<'_>) -> (&'static str, Ansi, String) {
    let difference = page.difference;
    let rows = &difference.rows;
    let differing = difference.differing().count() as u64;
    let all = facts::both(difference);
    let dated = |chosen: &dyn Fn(&crate::diff::Portion) -> u64| {
        let days = difference.days.iter().filter(|(_, day)| chosen(day) > 0);
        let span = span(difference, days.map(|(day, _)| *day));
        span.map(|span| format!(", {}", when(&span)))
            .unwrap_or_default()
    };
    let mut parts = Vec::new();
    if rows.differing > 0 {
        let differ = if differing == 1 { "differs" } else { "differ" };
        parts.push(format!(
            "{} of {} {differ} in {}{}",
            count(differing),
            counted(all, "column"),
            of_rows(rows.differing, rows.common, "row"),
            dated(&|day| day.differing)
        ));
    }
    let only = |n: u64, side: &str, chosen: &dyn Fn(&crate::diff::Portion) -> u64| {
        let rows = if n == 1 { "row is" } else { "rows are" };
        (n > 0).then(|| format!("{} {rows} only {side}{}", count(n), dated(chosen)))
    };
    let none_common = rows.common == 0 && (rows.only_left > 0 || rows.only_right > 0);
    if none_common {
        parts.push("no row in common".to_owned());
    }
    parts.extend(only(rows.only_left, "left", &|day| day.only_left));
    parts.extend(only(rows.only_right, "right", &|day| day.only_right));
    if !difference.has_same_values() {
        if rows.differing == 0 && !none_common && !difference.key.is_empty() {
            let told = counted(rows.common, "row");
            parts.push(format!("no value differs in the {told} in common"));
        }
        return ("✗", RED, capital(&parts.join("; ")));
    }
    if rows.common == 0 {
        let text = "Neither side has a row to compare".to_owned();
        return ("▲", YELLOW, text);
    }
    let told = counted(rows.common, "row");
    if !difference.is_complete() {
        let missed = difference.missed();
        let names: Vec<&str> = missed.iter().map(String::as_str).collect();
        let text = format!(
            "No value differs in {told}, but {} could not be compared: {}",
            counted(missed.len() as u64, "column"),
            few(&names, NAMES)
        );
        return ("▲", YELLOW, text);
    }
    match facts::shape_only(difference).len() as u64 {
        0 => {
            let within = difference.columns.iter().any(|column| column.within > 0);
            let rule = if within {
                " within what is asked for"
            } else {
                ""
            };
            let columns = counted(all - difference.ignored.len() as u64, "column");
            ("✓", GREEN, format!("Equal{rule}: {told}, {columns}"))
        }
        columns => {
            let differ = if columns == 1 { "differs" } else { "differ" };
            let text = format!(
                "No value differs in {told}; {} {differ} in shape only",
                counted(columns, "JSON column")
            );
            ("✓", GREEN, text)
        }
    }
}

fn capital(text: &str) -> String {
    let mut chars = text.chars();
    let first = chars.next().map(|c| c.to_uppercase().to_string());
    first.unwrap_or_default() + chars.as_str()
}

/// `fatigue_score, and has_warnings, data_hash that follow from it`.
fn differs(page: &Page<'_>) -> String {
    let names: Vec<&str> = page
        .leaders
        .iter()
        .map(|leader| leader.column.name.as_str())
        .collect();
    if let [leader] = page.leaders.as_slice()
        && !leader.followers.is_empty()
    {
        let followers: Vec<&str> = leader.followers.iter().map(|c| c.name.as_str()).collect();
        let follow = if followers.len() == 1 {
            "follows"
        } else {
            "follow"
        };
        return format!(
            "{}, and {} that {follow} from it",
            leader.column.name,
            few(&followers, 2 * NAMES)
        );
    }
    let mut told = vec![few(&names, 2 * NAMES)];
    for leader in page.leaders.iter().take(TOLD) {
        let followers: Vec<&str> = leader.followers.iter().map(|c| c.name.as_str()).collect();
        if !followers.is_empty() {
            let follow = if followers.len() == 1 {
                "follows"
            } else {
                "follow"
            };
            told.push(format!(
                "{} {follow} from {}",
                few(&followers, NAMES),
                leader.column.name
            ));
        }
    }
    told.join("; ")
}

/// What a side mostly is where it has few values and the other has many: `right is 0 in 119, -1 in 86 of 223 rows`.
pub(super) fn usual(page: &Page<'_>, column: &ColumnDifference) -> Option<String> {
    let cells = page.cells.get(column.name.as_str())?;
    let of = |value: fn(&Cell) -> Option<&str>| frequent(cells.iter().map(|cell| value(cell)));
    let (left, right) = (
        of(|cell| cell.left.as_deref()),
        of(|cell| cell.right.as_deref()),
    );
    let (name, values) = match (left.len(), right.len()) {
        (l, r) if l >= 3 * r => ("right", right),
        (l, r) if r >= 3 * l => ("left", left),
        _ => return None,
    };
    let told = values.iter().take(3);
    let short = |value: Option<&str>| value.is_none_or(|value| value.len() <= VALUE);
    if told.clone().map(|(_, n)| n).sum::<u64>() * 2 < cells.len() as u64
        || !told.clone().all(|(value, _)| short(*value))
    {
        return None;
    }
    let value = |value: Option<&str>| match value {
        None => super::NULL.to_owned(),
        Some("") => "''".to_owned(),
        Some(value) => value.to_owned(),
    };
    let told: Vec<String> = told
        .map(|(v, n)| format!("{} in {}", value(*v), count(*n)))
        .collect();
    let of = match cells.len() as u64 {
        n if n < column.differing => format!(" of the first {}", counted(n, "row")),
        _ => String::new(),
    };
    Some(format!("{name} is {}{of}", told.join(", ")))
}

fn shape(difference: &Difference) -> String {
    let columns = facts::shape_only(difference);
    if columns.is_empty() || Verdict::of(difference) == Verdict::Shape && columns.len() > 8 {
        return String::new();
    }
    let names: Vec<&str> = columns.iter().map(|c| c.name.as_str()).collect();
    let names = few(&names, NAMES);
    match difference.has_same_values() {
        true => names,
        false => format!(
            "{} in shape only: {names}",
            counted(columns.len() as u64, "JSON column")
        ),
    }
}

/// `8 volatile columns: created_at, processed_at and 6 more`.
fn ignored(difference: &Difference) -> String {
    let told: Vec<String> = phrase::ignored(difference)
        .iter()
        .map(|(why, names)| {
            let columns = if names.len() == 1 {
                "column"
            } else {
                "columns"
            };
            // A reason of one word is said of the columns.
            let what = match why.contains(' ') {
                true => format!("{columns} ({why})"),
                false => format!("{why} {columns}"),
            };
            let names_told = few(names, NAMES);
            format!("{} {what}: {names_told}", count(names.len() as u64))
        })
        .collect();
    told.join("; ")
}
