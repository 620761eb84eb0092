//! How what a diff found is said.

use anstyle::Style as Ansi;
use unicode_width::UnicodeWidthStr;

use super::{LEFT, RIGHT};
use crate::diff::explain::{Pattern, Place};
use crate::diff::{ColumnDifference, Difference, Witness};
use crate::report::diff::facts::{Agrees, Span, percent_of};
use crate::report::text::fact::{INDENT, LABEL};
use crate::report::text::line::{Line, fit, wrap};
use crate::report::text::number::{count, percent};
use crate::value::text::counted;

/// Below this a chance is none.
const NO_CHANCE: f64 = 1e-300;

/// A text in which the names of the sides have their colours.
pub(super) fn sided(text: &str, style: Ansi) -> Line {
    let mut line = Line::default();
    let mut rest = text;
    let in_word = |c: char| c.is_alphanumeric() || c == '_';
    while !rest.is_empty() {
        let word = rest.starts_with(in_word);
        let end = rest.find(|c| in_word(c) != word).unwrap_or(rest.len());
        let (piece, after) = rest.split_at(end);
        line = line.and(
            piece,
            match piece {
                "left" => LEFT,
                "right" => RIGHT,
                _ => style,
            },
        );
        rest = after;
    }
    line
}

/// A sentence on as many lines as it needs, none wider than `room`.
pub(super) fn prose(text: &str, room: usize, style: Ansi) -> Vec<Line> {
    let words = text.split_whitespace().map(|word| fit(word, room));
    let text = words.collect::<Vec<_>>().join(" ");
    wrap(&text, room)
        .iter()
        .map(|line| sided(line, style))
        .collect()
}

/// Where what labels of these names tell begins.
pub(super) fn column_at<'a>(labels: impl Iterator<Item = &'a str>) -> usize {
    let widest = labels.map(|label| fit(label, LABEL).width()).max();
    INDENT + widest.unwrap_or(0) + 2
}

/// The first of some names, and how many more there are.
pub(super) fn few(names: &[&str], some: usize) -> String {
    match names.len().checked_sub(some).filter(|more| *more > 1) {
        None => names.join(", "),
        Some(more) => {
            let first = names.get(..some).unwrap_or_default().join(", ");
            format!("{first} and {} more", count(more as u64))
        }
    }
}

/// The ignored columns by the reason, in the order of the first of each.
pub(super) fn ignored(difference: &Difference) -> Vec<(String, Vec<&str>)> {
    let mut reasons: Vec<(String, Vec<&str>)> = Vec::new();
    for (name, why) in &difference.ignored {
        match reasons.iter_mut().find(|(known, _)| known == why) {
            Some((_, names)) => names.push(name),
            None => reasons.push((why.clone(), vec![name])),
        }
    }
    reasons
}

/// When: `since 2026-01-25`, `on all 6 days, 2026-01-25..2026-01-30`.
pub(super) fn when(span: &Span) -> String {
    let (since, until) = (span.since, span.until);
    if since == until {
        return match span.all {
            1 => format!("on {since}, the only day"),
            _ => format!("on {since}"),
        };
    }
    if span.days == span.all {
        return format!("on all {} days, {since}..{until}", count(span.all));
    }
    let gaps = match span.days == span.between {
        true => String::new(),
        false => format!(" on {} of {} days", count(span.days), count(span.between)),
    };
    match span.to_the_end {
        true => format!("since {since}{gaps}"),
        false => format!("from {since} to {until}{gaps}"),
    }
}

/// `all 223 rows`, `12 of 223 rows`.
pub(super) fn of_rows(some: u64, all: u64, rows: &str) -> String {
    match (some == all, all) {
        (true, 1) => format!("the one {rows}"),
        (true, _) => format!("all {}", counted(all, rows)),
        (false, _) => format!("{} of {}", count(some), counted(all, rows)),
    }
}

/// `right = trunc((left - 100) / 20) in all 223 rows`.
pub(super) fn pattern(pattern: &Pattern) -> String {
    let rows = of_rows(pattern.support, pattern.rows, "row");
    format!("{} in {rows}", pattern.formula)
}

/// What is told of a pattern besides: `constant · by chance p ≤ 3e-12`.
pub(super) fn chance(chance: f64) -> String {
    match chance <= NO_CHANCE {
        true => "chance <1e-300".to_owned(),
        false => format!("chance {chance:.0e}"),
    }
}

/// What agrees with one side and not with the other: `left agrees with x in 223 of 223 rows and with y, right with nothing`.
pub(super) fn witnesses(witnesses: &[Witness]) -> Vec<String> {
    let sides = [
        (Agrees::Left, "left", "right"),
        (Agrees::Right, "right", "left"),
    ];
    let told = sides.map(|(side, name, other)| {
        let of_side = || witnesses.iter().filter(|w| Agrees::of(w) == side);
        let rows = |w: &Witness| match side {
            Agrees::Left => (w.left, w.right),
            _ => (w.right, w.left),
        };
        let agrees: Vec<String> = of_side()
            .map(|w| {
                let told = of_rows(rows(w).0, w.rows, "row");
                format!("with {} in {told}", w.name)
            })
            .collect();
        if agrees.is_empty() {
            return None;
        }
        let least = of_side().map(|w| rows(w).1).max().unwrap_or(0);
        let others = witnesses.iter().any(|w| Agrees::of(w) != side);
        let than = match (others, least) {
            (true, _) => String::new(),
            (false, 0) => format!("; {other} with nothing"),
            (false, least) => format!("; {other} in {}", count(least)),
        };
        Some(format!("{name} agrees {}{than}", agrees.join(", and ")))
    });
    told.into_iter().flatten().collect()
}

/// Where: `98 % of 412 differing rows have PREDICATE`, and what that is worth.
pub(super) fn place(place: &Place, rows: &str, verb: &str) -> (String, String) {
    let some = match place.hits == place.wanted {
        true => of_rows(place.hits, place.wanted, &format!("{rows} row")),
        false => format!(
            "{} of {}",
            percent(percent_of(place.hits, place.wanted), 0),
            counted(place.wanted, &format!("{rows} row"))
        ),
    };
    let have = if place.wanted == 1 { "has" } else { "have" };
    let of_those = match place.hits == place.covered {
        true => format!("all rows with it {verb}"),
        false => format!(
            "{} of the rows with it {verb}",
            percent(percent_of(place.hits, place.covered), 0)
        ),
    };
    let all = percent_of(place.wanted, place.rows);
    let told = format!("{of_those}, and {} of all rows do", percent(all, 0));
    (format!("{some} {have} {}", place.predicate), told)
}

/// What explains a column in a few words.
pub(super) fn explained(column: &ColumnDifference) -> String {
    if let Some(leader) = &column.follows {
        return format!("follows {leader}");
    }
    if let Some(pattern) = column.patterns.first() {
        return pattern.formula.clone();
    }
    if let Some(witness) = column.witnesses.first()
        && let Some(side) = Agrees::of(witness).name()
    {
        return format!("{side} agrees with {}", witness.name);
    }
    match column.places.first() {
        Some(place) => format!("where {}", place.predicate),
        None => String::new(),
    }
}
