//! What else changed on the days on which rows differ: the schema, who wrote the files, how many rows there are.

use std::collections::BTreeSet;

use chrono::NaiveDate;

use super::model::{Difference, Happened, Portion};
use crate::lake::{Table, date_of};

/// How many times as many rows a day has, or as few, to be told.
const RATIO: f64 = 1.5;

/// What else changed, of the left side first.
pub(super) fn changes(left: &Table, right: &Table, difference: &Difference) -> Vec<Happened> {
    let wrong = |day: &Portion| day.differing + day.only_left + day.only_right > 0;
    let days = difference.days.iter();
    let affected: BTreeSet<NaiveDate> = days
        .filter(|(_, day)| wrong(day))
        .filter_map(|(day, _)| day.and_then(date_of))
        .collect();
    let mut found = Vec::new();
    let (Some(first), Some(last)) = (affected.first(), affected.last()) else {
        return between(left, right);
    };
    for (side, table) in [("left", left), ("right", right)] {
        let put = |what, date, told| Happened {
            side,
            what,
            date,
            told,
        };
        let in_time = |date: &NaiveDate| first <= date && date <= last;
        for change in table.timeline() {
            if change.date.as_ref().is_some_and(in_time) {
                found.push(put("schema", change.date, change.what));
            }
        }
        let overlaps = |from: NaiveDate, to: NaiveDate| from <= *last && *first <= to;
        found.extend(writers(table, overlaps).map(|told| put("writer", None, told)));
        let of = match side {
            "left" => |day: &Portion| day.left,
            _ => |day: &Portion| day.right,
        };
        found.extend(rows(difference, &affected, of).map(|told| put("rows", None, told)));
    }
    found.extend(between(left, right));
    found
}

/// The writers of the two sides, if they are others.
fn between(left: &Table, right: &Table) -> Vec<Happened> {
    let all = |table: &Table| -> BTreeSet<String> { written_by(table, |_| true) };
    let (ours, theirs) = (all(left), all(right));
    if ours == theirs || ours.is_empty() || theirs.is_empty() {
        return Vec::new();
    }
    let told = format!(
        "written by {}, the left side by {}",
        names(&theirs),
        names(&ours)
    );
    vec![Happened {
        side: "right",
        what: "writer",
        date: None,
        told,
    }]
}

/// That the files of some days have other writers than the rest.
fn writers(table: &Table, of_days: impl Fn(NaiveDate, NaiveDate) -> bool) -> Option<String> {
    let inside = |dates: Option<(NaiveDate, NaiveDate)>| dates.map(|(from, to)| of_days(from, to));
    let there = written_by(table, |dates| inside(dates) == Some(true));
    let elsewhere = written_by(table, |dates| inside(dates) == Some(false));
    let apart = there.is_disjoint(&elsewhere) && !there.is_empty() && !elsewhere.is_empty();
    apart.then(|| {
        format!(
            "files of those days are written by {}, the others by {}",
            names(&there),
            names(&elsewhere)
        )
    })
}

fn written_by(
    table: &Table,
    wanted: impl Fn(Option<(NaiveDate, NaiveDate)>) -> bool,
) -> BTreeSet<String> {
    let files = table.files().iter();
    files
        .filter(|(file, footer)| wanted(table.file_dates(file, footer)))
        .filter_map(|(_, footer)| footer.metadata().file_metadata().created_by())
        .map(str::to_owned)
        .collect()
}

fn names(writers: &BTreeSet<String>) -> String {
    let writers: Vec<&str> = writers.iter().map(String::as_str).collect();
    crate::value::text::few(&writers, 3, ", ")
}

/// That the affected days have many more rows than the others, or many fewer.
fn rows(
    difference: &Difference,
    affected: &BTreeSet<NaiveDate>,
    of: fn(&Portion) -> u64,
) -> Option<String> {
    let median = |inside: bool| -> Option<u64> {
        let mut rows: Vec<u64> = difference
            .days
            .iter()
            .filter_map(|(day, rows)| Some((day.and_then(date_of)?, of(rows))))
            .filter(|(day, _)| affected.contains(day) == inside)
            .map(|(_, rows)| rows)
            .collect();
        rows.sort_unstable();
        rows.get(rows.len() / 2).copied()
    };
    let (there, elsewhere) = (median(true)?, median(false)?);
    let ratio = there.max(1) as f64 / elsewhere.max(1) as f64;
    (!(1.0 / RATIO..=RATIO).contains(&ratio))
        .then(|| format!("{there} rows a day there and {elsewhere} on other days, by the median"))
}
