//! A table's sample, cut into periods of days that are long enough to judge.

use std::cmp::Reverse;
use std::ops::Range;

use arrow::array::ArrayRef;

use crate::scan::{Sampled, Seen};

/// The fewest rows of a period: a day that has fewer is joined with those after it.
const ROWS: usize = 8;
/// More days without a row than these part two seasons.
const PAUSE: i32 = 30;

/// The rows of a table that are looked at.
pub(super) struct Sample {
    sampled: Sampled,
    periods: Vec<Period>,
    /// The day after which rows are of what is yet to come.
    until: Option<i32>,
}

/// Consecutive days, and their rows in the sample.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Period {
    /// `None` for rows without a date.
    pub(super) days: Option<(i32, i32)>,
    pub(super) rows: Range<usize>,
}

impl Sample {
    pub(super) fn new(sampled: Sampled, until: Option<i32>) -> Self {
        let mut periods: Vec<Period> = Vec::new();
        for day in &sampled.days {
            match (periods.last_mut(), day.day) {
                (Some(open), Some(last)) if open.days.is_some() && open.rows.len() < ROWS => {
                    open.days = open.days.map(|(first, _)| (first, last));
                    open.rows.end = day.kept.end;
                }
                _ => periods.push(Period {
                    days: day.day.map(|day| (day, day)),
                    rows: day.kept.clone(),
                }),
            }
        }
        Self {
            sampled,
            periods,
            until,
        }
    }

    pub(super) fn periods(&self) -> &[Period] {
        &self.periods
    }

    /// The periods of at least `rows` rows in which all has happened that the rows tell of.
    pub(super) fn past(&self, rows: usize) -> impl Iterator<Item = &Period> {
        let past = move |p: &&Period| match (p.days, self.until) {
            (Some((_, last)), Some(until)) => last <= until,
            _ => true,
        };
        self.periods
            .iter()
            .filter(move |p| p.rows.len() >= rows)
            .filter(past)
    }

    /// How many days the table has.
    pub(super) fn days(&self) -> usize {
        self.sampled.days.len()
    }

    /// The days on which the table has rows.
    pub(super) fn dated(&self) -> Vec<i32> {
        self.sampled.days.iter().filter_map(|day| day.day).collect()
    }

    /// How many rows it has on each of them that is past.
    pub(super) fn rows_of_days(&self) -> Vec<u64> {
        let past = |day: i32| self.until.is_none_or(|until| day <= until);
        let days = self.sampled.days.iter();
        days.filter(|day| day.day.is_some_and(past))
            .map(|day| day.rows)
            .collect()
    }

    /// How many rows the table has.
    pub(super) fn table_rows(&self) -> u64 {
        self.sampled.rows
    }

    /// How many of them were kept.
    pub(super) fn rows(&self) -> usize {
        self.sampled.batch.num_rows()
    }

    pub(super) fn column(&self, name: &str) -> Option<&ArrayRef> {
        self.sampled.batch.column_by_name(name)
    }

    /// Every value of a STRING column that has few.
    pub(super) fn values(&self, name: &str) -> Option<Vec<(&str, &Seen)>> {
        let values = self.sampled.values.get(name)?;
        Some(values.iter().map(|(v, seen)| (v.as_str(), seen)).collect())
    }

    /// The rows of days that have many, as many days as it takes.
    pub(super) fn fullest_days(&self) -> Vec<Range<usize>> {
        const DAYS: usize = 8;
        const ENOUGH: usize = 400;
        let mut days: Vec<Range<usize>> =
            self.sampled.days.iter().map(|d| d.kept.clone()).collect();
        days.sort_by_key(|kept| (Reverse(kept.len()), kept.start));
        let mut rows = 0;
        let enough = days.iter().position(|kept| {
            rows += kept.len();
            rows >= ENOUGH
        });
        days.truncate(enough.map_or(days.len(), |last| last + 1).max(DAYS));
        days
    }
}

/// Which periods stand apart from the rest.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Breaks {
    /// Their number, and that of all periods that can be judged.
    pub(super) hit: usize,
    pub(super) judged: usize,
    pub(super) first: Option<i32>,
    pub(super) last: Option<i32>,
    /// First and last days of beginnings that look the same and are left out.
    pub(super) begins: Vec<(i32, i32)>,
}

impl Breaks {
    /// `hits` tells of each period that can be judged whether it stands apart.
    ///
    /// What begins so did not break: periods that come first, or first after a long pause as a season
    /// does, are left out. `None` where no other is left, or where they are more than a fifth.
    pub(super) fn of(hits: &[(&Period, bool)]) -> Option<Self> {
        let mut hit: Vec<&Period> = Vec::new();
        let mut beginnings: Vec<(i32, i32)> = Vec::new();
        let mut begins = true;
        let mut before: Option<i32> = None;
        for (period, stands_apart) in hits {
            let pause = match (before, period.days) {
                (Some(before), Some((first, _))) => first - before > PAUSE,
                _ => false,
            };
            begins = *stands_apart && (begins || pause);
            match (stands_apart, begins, beginnings.last_mut(), period.days) {
                (true, true, Some(open), Some((_, last))) if !pause => open.1 = last,
                (true, true, _, Some(days)) => beginnings.push(days),
                (true, false, ..) => hit.push(period),
                _ => {}
            }
            before = period.days.map(|(_, last)| last);
        }
        if hit.is_empty() || hit.len() * 5 > hits.len() {
            return None;
        }
        Some(Self {
            hit: hit.len(),
            judged: hits.len(),
            first: hit.first().and_then(|p| p.days).map(|d| d.0),
            last: hit.last().and_then(|p| p.days).map(|d| d.1),
            begins: beginnings,
        })
    }
}
