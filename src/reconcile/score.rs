//! How well a path and a column agree on a sample, against what luck would give.

use std::collections::BTreeMap;

use super::compare::{Cells, Form, Verdict, compare};
use super::paths::Reader;

/// How sure it must be that an agreement is no luck, in nats: one in ten millions.
const SURE: f64 = 16.0;
/// Rows that are compared with other rows' values, to see what luck gives.
const BY_LUCK: usize = 800;
/// The fewest rows of a day that tell whether it is a good one.
const DAY_ROWS: usize = 4;

/// What a path and a column came to in one form.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub(super) struct Score {
    /// Rows in which both sides have a value, and those of them that agree.
    pub(super) compared: usize,
    pub(super) agreed: usize,
    /// The share that agrees where rows are mixed up.
    luck: f64,
    /// Rows without the most frequent value of the JSON, and of the column: those that do agree are no accident.
    telling: [(usize, usize); 2],
    /// The same of days on which nearly all agree, where there are such days.
    good: Option<(usize, usize)>,
}

impl Score {
    pub(super) fn of(
        reader: &Reader<'_>,
        cells: &Cells<'_>,
        days: &[Option<i32>],
        form: Form,
    ) -> Self {
        let mut rows: Vec<(usize, bool)> = Vec::new();
        for row in 0..reader.rows() {
            let cell = cells.value(row);
            if cell.is_null() {
                continue;
            }
            let agrees = reader.with(row, |found| match compare(found, cell, form) {
                verdict if verdict.is_same() => Some(true),
                Verdict::Disagrees(how) if how.of_values() => Some(false),
                _ => None,
            });
            rows.extend(agrees.flatten().map(|agrees| (row, agrees)));
        }
        let mut score = Self {
            compared: rows.len(),
            agreed: rows.iter().filter(|(_, agrees)| *agrees).count(),
            ..Self::default()
        };
        if score.agreed == 0 {
            return score;
        }
        score.luck = luck(reader, cells, form, &rows);
        let said = |row: usize| {
            reader
                .with(row, |found| format!("{found:?}"))
                .unwrap_or_default()
        };
        let held = |row: usize| format!("{:?}", cells.value(row));
        score.telling = [telling(&rows, said), telling(&rows, held)];
        score.good = good_days(&rows, days, held);
        score
    }

    /// The share of rows that agree, in thousandths.
    pub(super) fn rate(&self) -> usize {
        self.agreed * 1_000 / self.compared.max(1)
    }

    /// Whether the values alone make a pair, or with names that are `alike`.
    pub(super) fn is_believed(&self, alike: bool) -> bool {
        if self.agreed == 0 || !self.is_sure() {
            return false;
        }
        let rate = self.agreed as f64 / self.compared as f64;
        let kappa = (rate - self.luck) / (1.0 - self.luck).max(f64::MIN_POSITIVE);
        let tell = |least: usize| {
            self.telling
                .iter()
                .all(|(rows, agreed)| *rows >= 5 && agreed * 100 >= rows * least)
        };
        let mostly = rate >= 0.9 && kappa >= 0.5 && tell(80);
        let partly = alike && rate >= 0.3 && kappa >= 0.3 && tell(30);
        let good = self.good.is_some_and(|(rows, agreed)| {
            self.luck < 0.6 && rows >= 30 && agreed * 100 >= rows * 95
        });
        mostly || partly || good
    }

    /// Whether so many agree that luck would hardly ever give as many (Chernoff's bound).
    fn is_sure(&self) -> bool {
        let (n, p) = (
            self.compared as f64,
            self.agreed as f64 / self.compared.max(1) as f64,
        );
        // What luck gives is itself a figure of a sample.
        let q = self.luck + 2.0 * (self.luck * (1.0 - self.luck) / n).sqrt() + 1.0 / n;
        if q >= 1.0 || p <= q {
            return false;
        }
        let part = |a: f64, b: f64| if a > 0.0 { a * (a / b).ln() } else { 0.0 };
        n * (part(p, q) + part(1.0 - p, 1.0 - q)) >= SURE
    }
}

/// The share of rows that agree with the value of some other row.
fn luck(reader: &Reader<'_>, cells: &Cells<'_>, form: Form, rows: &[(usize, bool)]) -> f64 {
    const TURNS: usize = 3;
    if rows.len() < 2 {
        return 1.0;
    }
    let step = rows.len().div_ceil(BY_LUCK).max(1);
    let (mut tried, mut agreed) = (0, 0);
    for turn in 1..=TURNS {
        // Rows of a sample are in the order of their hashes, which is none: a turn mixes them up.
        let by = (rows.len() * turn / (TURNS + 1)).max(1);
        for (at, (row, _)) in rows.iter().enumerate().step_by(step) {
            let other = rows.get((at + by) % rows.len()).map_or(0, |(row, _)| *row);
            let verdict = reader.with(*row, |found| compare(found, cells.value(other), form));
            tried += 1;
            agreed += usize::from(verdict.is_some_and(Verdict::is_same));
        }
    }
    agreed as f64 / f64::from(u32::try_from(tried.max(1)).unwrap_or(u32::MAX))
}

/// Rows without the most frequent value, and those of them that agree.
fn telling(rows: &[(usize, bool)], value: impl Fn(usize) -> String) -> (usize, usize) {
    let mut values: BTreeMap<String, (usize, usize)> = BTreeMap::new();
    for (row, agrees) in rows {
        let tally = values.entry(value(*row)).or_default();
        tally.0 += 1;
        tally.1 += usize::from(*agrees);
    }
    let most = values.values().map(|tally| tally.0).max().unwrap_or(0);
    let mut skipped = false;
    let mut rest = (0, 0);
    for tally in values.values() {
        if tally.0 == most && !skipped {
            skipped = true;
            continue;
        }
        rest.0 += tally.0;
        rest.1 += tally.1;
    }
    rest
}

/// The telling rows of days on which nearly all rows agree, if these are a fifth of the days that can be judged.
fn good_days(
    rows: &[(usize, bool)],
    days: &[Option<i32>],
    value: impl Fn(usize) -> String,
) -> Option<(usize, usize)> {
    let mut by_day: BTreeMap<i32, (usize, usize)> = BTreeMap::new();
    let day = |row: usize| days.get(row).copied().flatten();
    for (row, agrees) in rows {
        let tally = by_day.entry(day(*row)?).or_default();
        tally.0 += 1;
        tally.1 += usize::from(*agrees);
    }
    by_day.retain(|_, (rows, _)| *rows >= DAY_ROWS);
    let judged = by_day.len();
    by_day.retain(|_, (rows, agreed)| *agreed * 100 >= *rows * 98);
    if by_day.is_empty() || by_day.len() * 5 < judged {
        return None;
    }
    let good: Vec<(usize, bool)> = rows
        .iter()
        .copied()
        .filter(|(row, _)| day(*row).is_some_and(|day| by_day.contains_key(&day)))
        .collect();
    Some(telling(&good, value))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::infer::{Documents, outline};
    use crate::reconcile::paths::{REACH, paths_of, set_of};
    use arrow::array::{Int64Array, StringViewArray};

    /// What `$.a` and a column say in 400 rows of 20 days comes to.
    fn score(json: impl Fn(usize) -> usize, column: impl Fn(usize) -> usize) -> Score {
        const ROWS: usize = 400;
        let documents: StringViewArray = (0..ROWS)
            .map(|row| Some(format!("{{\"a\": {}}}", json(row))))
            .collect();
        let outline = outline(&documents, REACH).unwrap();
        let read = Documents::new(&documents, &set_of(&outline));
        let paths = paths_of(0, "doc", &outline);
        let reader = Reader::new(&read, &paths[0]);
        let values: Int64Array = (0..ROWS).map(|row| Some(column(row) as i64)).collect();
        let cells = Cells::new(&values).unwrap();
        let days: Vec<Option<i32>> = (0..ROWS).map(|row| Some((row % 20) as i32)).collect();
        Score::of(&reader, &cells, &days, Form::PLAIN)
    }

    fn mixed(row: usize) -> usize {
        row * 7_919 % 1_009
    }

    #[test]
    fn what_agrees_by_luck_is_no_pair() {
        let same = score(mixed, mixed);
        assert!(same.is_believed(false));
        assert_eq!(same.rate(), 1_000);
        // A constant agrees with itself, and says nothing.
        assert!(!score(|_| 3, |_| 3).is_believed(true));
        // Two flags that are mostly 0, each on rows of its own.
        let rare = |row: usize, at: usize| usize::from(mixed(row) % 16 == at);
        assert!(score(|row| rare(row, 0), |row| rare(row, 1)).rate() > 850);
        assert!(!score(|row| rare(row, 0), |row| rare(row, 1)).is_believed(true));
        // The same flag is told by the rows that have it.
        assert!(score(|row| rare(row, 0), |row| rare(row, 0)).is_believed(false));
        // Three values in any order agree on a third of the rows.
        let third = score(|row| mixed(row) % 3, |row| mixed(row) / 3 % 3);
        assert!(!third.is_believed(true));
    }

    #[test]
    fn a_column_that_was_wrong_for_days_is_still_a_pair() {
        // Right on 6 of 20 days, zero on the others.
        let found = score(mixed, |row| if row % 20 < 6 { mixed(row) } else { 0 });
        assert!(found.rate() < 400);
        assert!(found.is_believed(false));
        let never = score(mixed, |row| mixed(row) + 1);
        assert_eq!(never.agreed, 0);
        assert!(!never.is_believed(true));
    }
}
