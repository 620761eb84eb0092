//! How rows differ by day, a bar a day and the days with their numbers, and by segment.

use super::rows::{common, number};
use super::{BOLD, DIM, NULL, PLAIN, Page};
use crate::diff::{Difference, Portion};
use crate::report::diff::facts::{date, percent_of};
use crate::report::text::RED;
use crate::report::text::fact::{INDENT, indented};
use crate::report::text::grid::{Column, grid};
use crate::report::text::line::Line;
use crate::report::text::number::{bar, count, percent};
use crate::value::text::counted;

/// Days listed, in short: the first and the last.
const FIRST: usize = 6;
const LAST: usize = 3;

/// A character a day, or several days where there are more than `most`: how large the share is that `part` has of `all`.
///
/// A dot stands where it is none.
pub(super) fn bars(
    difference: &Difference,
    most: usize,
    part: impl Fn(i32, &Portion) -> u64,
    all: impl Fn(&Portion) -> u64,
) -> String {
    let days: Vec<(i32, &Portion)> = difference
        .days
        .iter()
        .filter_map(|(day, counts)| Some(((*day)?, counts)))
        .collect();
    let together = days.len().div_ceil(most.max(1)).max(1);
    let bar = |days: &[(i32, &Portion)]| {
        let part: u64 = days.iter().map(|(day, counts)| part(*day, counts)).sum();
        let all: u64 = days.iter().map(|(_, counts)| all(counts)).sum();
        match part {
            0 => '·',
            part => bar(percent_of(part, all)),
        }
    };
    days.chunks(together).map(bar).collect()
}

/// What is wrong with a day's rows.
fn wrong(day: &Portion) -> u64 {
    day.differing + day.only_left + day.only_right
}

pub(super) fn lines(page: &Page<'_>) -> Vec<Line> {
    let difference = page.difference;
    let dated: Vec<i32> = difference.days.keys().copied().flatten().collect();
    let affected: Vec<(&Option<i32>, &Portion)> = difference
        .days
        .iter()
        .filter(|(_, day)| wrong(day) > 0)
        .collect();
    let (Some(first), Some(last), false) = (dated.first(), dated.last(), affected.is_empty())
    else {
        return Vec::new();
    };
    if dated.len() < 2 {
        return Vec::new();
    }
    let title = format!(
        "DAYS {} of {}",
        count(affected.len() as u64),
        count(dated.len() as u64)
    );
    let mut lines = page.heading(&title, None).to_vec();
    let (from, to) = (date(*first).to_string(), date(*last).to_string());
    let room = page.room().saturating_sub(from.len() + to.len() + 4);
    let all = |day: &Portion| common(day) + day.only_left + day.only_right;
    let told = bars(difference, room, |_, day| wrong(day), all);
    let strip = Line::new(&format!("{from}  "), DIM)
        .and(&told, RED)
        .and(&format!("  {to}"), DIM);
    lines.extend(indented([strip], INDENT));

    let (shown, hidden) = match page.verbose || affected.len() <= FIRST + LAST + 1 {
        true => (affected, 0),
        false => {
            let hidden = affected.len() - FIRST - LAST;
            let first = affected.iter().take(FIRST);
            let shown = first.chain(affected.iter().skip(FIRST + hidden));
            (shown.copied().collect::<Vec<_>>(), hidden)
        }
    };
    let name = |day: &Option<i32>| day.map_or("no date".to_owned(), |day| date(day).to_string());
    let named: Vec<(String, &Portion)> =
        shown.iter().map(|(day, rows)| (name(day), *rows)).collect();
    let mut listed = grid(columns("date", &named), page.room(), DIM).0;
    if hidden > 0 {
        let told = format!("… {} more days", count(hidden as u64));
        listed.insert((FIRST + 1).min(listed.len()), Line::new(&told, DIM));
    }
    lines.extend(indented(listed, INDENT));
    lines
}

/// Segments in which rows differ, those where most do first.
pub(super) fn segments(page: &Page<'_>) -> Vec<Line> {
    let mut lines = Vec::new();
    for by in &page.difference.segments {
        let mut affected: Vec<_> = by.rows.iter().filter(|(_, rows)| wrong(rows) > 0).collect();
        let title = format!(
            "BY {} {} of {}",
            by.column,
            count(affected.len() as u64),
            count(by.rows.len() as u64)
        );
        lines.extend(page.heading(&title, None));
        affected.sort_by_key(|(_, rows)| std::cmp::Reverse(wrong(rows)));
        let named: Vec<(String, &Portion)> = affected
            .iter()
            .take(page.most(FIRST + LAST))
            .map(|(value, rows)| ((*value).clone().unwrap_or_else(|| NULL.to_owned()), *rows))
            .collect();
        lines.extend(indented(
            grid(columns(&by.column, &named), page.room(), DIM).0,
            INDENT,
        ));
        let hidden = affected.len() - named.len();
        if hidden > 0 {
            let told = format!("… {} more", counted(hidden as u64, "value"));
            lines.extend(indented([Line::new(&told, DIM)], INDENT));
        }
    }
    lines
}

fn columns(head: &str, days: &[(String, &Portion)]) -> Vec<Column> {
    let dates = days.iter().map(|(name, _)| (name.clone(), PLAIN));
    let numbers = |name: &str, of: fn(&Portion) -> u64, style| {
        Column::of_numbers(name, days.iter().map(|(_, day)| number(of(day), style)))
    };
    let any = |of: fn(&Portion) -> u64| days.iter().any(|(_, day)| of(day) > 0);
    let mut columns = vec![
        Column {
            least: 10,
            ..Column::new(head, dates)
        },
        numbers("left", |day| day.left, PLAIN).spare(1),
        numbers("right", |day| day.right, PLAIN).spare(1),
    ];
    if any(|day| day.differing) {
        let shares = days.iter().map(|(_, day)| match day.differing {
            0 => ("–".to_owned(), DIM),
            n => (percent(percent_of(n, common(day)), 0), PLAIN),
        });
        columns.push(numbers("differ", |day| day.differing, BOLD));
        columns.push(Column::of_numbers("", shares.collect::<Vec<_>>()));
    }
    if any(|day| day.only_left) {
        columns.push(numbers("only left", |day| day.only_left, BOLD));
    }
    if any(|day| day.only_right) {
        columns.push(numbers("only right", |day| day.only_right, BOLD));
    }
    columns
}
