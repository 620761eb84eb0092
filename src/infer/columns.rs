//! What single columns show: those that are never NULL, those with one value or few, and days on
//! which a column is suddenly NULL or all one value.

use std::collections::BTreeMap;

use super::sample::{Breaks, Period, Sample};
use crate::lake::{Bounds, Column, Table};
use crate::scan::Seen;
use crate::schema::BqType;
use crate::value::json::{Typed, TypedColumn};

/// The fewest rows of a table whose columns tell anything.
const ROWS: u64 = 100;
/// The fewest rows of a period that can be judged.
const JUDGED: usize = 8;
/// A period breaks where so many percent of its values are one, or NULL.
const BREAK: usize = 60;
/// Elsewhere they are that in so many percent, at most.
const ELSEWHERE: usize = 2;
/// And nowhere between so many and a break.
const BETWEEN: usize = 40;
/// So many bits of surprise are no accident.
const BITS: f64 = 20.0;
/// The fewest values of a column of numbers, over the table and over most periods.
const DISTINCT: usize = 10;
const DISTINCT_IN_A_PERIOD: usize = 4;
/// The most values of an enumeration, and the fewest rows of each on average.
const VALUES: usize = 12;
const ROWS_A_VALUE: u64 = 20;
/// A mistaken value has so many times fewer rows than any other.
const APART: u64 = 20;
/// The longest value of an enumeration.
const LETTERS: usize = 40;

/// What the columns of a table show.
#[derive(Debug, Default)]
pub(super) struct Shown {
    /// Columns without NULL in any row.
    pub(super) never_null: Vec<String>,
    /// Columns that are NULL in every row.
    pub(super) always_null: Vec<String>,
    /// Columns with one value, and it.
    pub(super) constant: Vec<(String, String)>,
    pub(super) enumerations: Vec<Enumeration>,
    /// Columns that have NULLs on a few days only.
    pub(super) null_days: Vec<(String, Breaks)>,
    /// Columns that have hardly any value but one on a few days, and that value.
    pub(super) one_value_days: Vec<(String, String, Breaks)>,
}

/// A STRING column of few values.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Enumeration {
    pub(super) column: String,
    pub(super) values: Vec<String>,
    pub(super) rows: u64,
    /// Values of so few rows that they may be mistakes.
    pub(super) rare: Vec<String>,
}

/// `apart` are columns that are told of otherwise.
pub(super) fn shown(table: &Table, sample: &Sample, apart: &[&str]) -> Shown {
    let mut shown = Shown::default();
    if sample.table_rows() < ROWS {
        return shown;
    }
    for column in table.columns().iter().filter(|c| c.unreadable.is_none()) {
        let name = &column.name;
        if apart.contains(&name.as_str()) {
            continue;
        }
        match nulls(table, name) {
            Some(0) => shown.never_null.push(name.clone()),
            Some(nulls) if nulls == table.rows() => {
                shown.always_null.push(name.clone());
                continue;
            }
            _ => {}
        }
        if let Some(value) = single_number(table, column) {
            shown.constant.push((name.clone(), value));
            continue;
        }
        let values = sample.values(name).unwrap_or_default();
        if let [(value, _)] = values.as_slice() {
            shown.constant.push((name.clone(), (*value).to_owned()));
            continue;
        }
        shown
            .enumerations
            .extend(enumeration(name, &values, sample.days()));
        if let Some(breaks) = null_days(sample, name) {
            shown.null_days.push((name.clone(), breaks));
        }
        if column.bq_type.is_number()
            && let Some((value, breaks)) = one_value_days(sample, name)
        {
            shown.one_value_days.push((name.clone(), value, breaks));
        }
    }
    shown
}

/// How many NULLs a column has, where footers tell.
fn nulls(table: &Table, column: &str) -> Option<u64> {
    let files = table.files().iter();
    files.map(|(_, footer)| footer.nulls(column)).sum()
}

/// The one value of a column of integers, where footers tell.
fn single_number(table: &Table, column: &Column) -> Option<String> {
    if column.bq_type != BqType::Int64 {
        return None;
    }
    let mut only = None;
    for (_, footer) in table.files() {
        match footer.bounds(&column.name)? {
            None => {}
            Some(Bounds::Int { min, max }) if min == max && only.is_none_or(|n| n == min) => {
                only = Some(min);
            }
            Some(_) => return None,
        }
    }
    only.map(|n| n.to_string())
}

fn enumeration(column: &str, values: &[(&str, &Seen)], days: usize) -> Option<Enumeration> {
    let rows: u64 = values.iter().map(|(_, seen)| seen.rows).sum();
    // A value of few rows and hardly any day, beside others that are everywhere.
    let is_rare = |seen: &Seen| {
        days >= 20 && seen.days.len() * 100 <= days.max(100) && seen.rows * 500 <= rows
    };
    let (mut rare, mut usual): (Vec<_>, Vec<_>) =
        values.iter().copied().partition(|(_, s)| is_rare(s));
    let least = usual.iter().map(|(_, seen)| seen.rows).min().unwrap_or(0);
    if rare.iter().any(|(_, seen)| seen.rows * APART > least) {
        usual.append(&mut rare);
        usual.sort_unstable_by_key(|(value, _)| *value);
    }
    // A text, or JSON, is no name of a kind.
    let named = |(value, _): &(&str, &Seen)| {
        value.chars().count() <= LETTERS && !value.starts_with(['{', '['])
    };
    if !usual.iter().all(named) {
        return None;
    }
    let few = (1..=VALUES).contains(&usual.len()) && rare.len() <= 2;
    if !few || rows < ROWS_A_VALUE * usual.len() as u64 || follows_time(&usual) {
        return None;
    }
    let texts = |of: Vec<(&str, &Seen)>| of.iter().map(|(v, _)| (*v).to_owned()).collect();
    Some(Enumeration {
        column: column.to_owned(),
        values: texts(usual),
        rows,
        rare: texts(rare),
    })
}

/// Whether each value has a time of its own, as a season has: there will be others.
fn follows_time(values: &[(&str, &Seen)]) -> bool {
    let mut spans: Vec<(i32, i32)> = values
        .iter()
        .filter_map(|(_, seen)| {
            let mut days = seen.days.iter().flatten();
            let first = *days.next()?;
            Some((first, days.next_back().copied().unwrap_or(first)))
        })
        .collect();
    spans.sort_unstable();
    spans.len() > 1
        && spans
            .windows(2)
            .all(|two| matches!(two, [a, b] if a.1 <= b.0))
}

fn null_days(sample: &Sample, column: &str) -> Option<Breaks> {
    let array = sample.column(column)?;
    let mut hits: Vec<(&Period, bool)> = Vec::new();
    let mut elsewhere = 0;
    for period in sample.past(JUDGED) {
        let nulls = period
            .rows
            .clone()
            .filter(|row| array.is_null(*row))
            .count();
        let hit = nulls * 100 >= period.rows.len() * BREAK;
        elsewhere += usize::from(!hit && nulls > 0);
        hits.push((period, hit));
    }
    (elsewhere * 100 <= hits.len() * ELSEWHERE)
        .then(|| Breaks::of(&hits))
        .flatten()
}

/// The value a column of many values has nearly alone on a few days, where that is no accident.
fn one_value_days(sample: &Sample, column: &str) -> Option<(String, Breaks)> {
    let values = TypedColumn::new(sample.column(column)?.as_ref())?;
    let mut periods: Vec<(&Period, BTreeMap<String, usize>)> = Vec::new();
    let mut all: BTreeMap<String, usize> = BTreeMap::new();
    for period in sample.past(JUDGED) {
        let mut counts: BTreeMap<String, usize> = BTreeMap::new();
        for row in period.rows.clone() {
            if let Some(text) = number_text(values.value(row)) {
                *counts.entry(text).or_default() += 1;
            }
        }
        if counts.values().sum::<usize>() >= JUDGED {
            for (value, n) in &counts {
                *all.entry(value.clone()).or_default() += n;
            }
            periods.push((period, counts));
        }
    }
    let mut distinct: Vec<usize> = periods.iter().map(|(_, c)| c.len()).collect();
    distinct.sort_unstable();
    let usual = distinct.get(distinct.len() / 2).copied()?;
    if all.len() < DISTINCT || usual < DISTINCT_IN_A_PERIOD {
        return None;
    }
    let share = |counts: &BTreeMap<String, usize>, value: &str| {
        let rows: usize = counts.values().sum();
        counts.get(value).copied().unwrap_or(0) * 100 / rows.max(1)
    };
    let most = |counts: &BTreeMap<String, usize>| {
        let top = counts
            .iter()
            .max_by_key(|(value, n)| (**n, (*value).clone()))?;
        (share(counts, top.0) >= BREAK).then(|| top.0.clone())
    };
    let mut tops: BTreeMap<String, usize> = BTreeMap::new();
    for value in periods.iter().filter_map(|(_, counts)| most(counts)) {
        *tops.entry(value).or_default() += 1;
    }
    let (value, _) = tops.into_iter().max_by_key(|(_, n)| *n)?;
    let hits: Vec<(&Period, bool)> = periods
        .iter()
        .map(|(period, counts)| (*period, share(counts, &value) >= BREAK))
        .collect();
    // What comes and goes by degrees did not break.
    let between = |share: usize| share > BETWEEN && share < BREAK;
    if periods
        .iter()
        .any(|(_, counts)| between(share(counts, &value)))
    {
        return None;
    }
    if surprise(&periods, &value, all.len()) < BITS {
        return None;
    }
    let mut shares: Vec<usize> = periods.iter().map(|(_, c)| share(c, &value)).collect();
    shares.sort_unstable();
    if shares.get(shares.len() / 2).is_none_or(|s| *s > ELSEWHERE) {
        return None;
    }
    Some((value, Breaks::of(&hits)?))
}

/// How little the rows of the periods in which a value stands out are to be expected of its share
/// elsewhere, in bits: the Kullback-Leibler divergence of the two shares, row by row, less what is won
/// by looking at so many periods and values (Bonferroni).
fn surprise(periods: &[(&Period, BTreeMap<String, usize>)], value: &str, distinct: usize) -> f64 {
    let shares = periods.iter().map(|(_, counts)| {
        let rows: usize = counts.values().sum();
        (counts.get(value).copied().unwrap_or(0), rows)
    });
    let (hits, others): (Vec<_>, Vec<_>) = shares.partition(|(n, rows)| n * 100 >= rows * BREAK);
    let sum = |of: &[(usize, usize)]| {
        of.iter()
            .fold((0, 0), |(n, rows), (m, more)| (n + m, rows + more))
    };
    let (n, rows) = sum(&others);
    // One row more on either side, so that what was never seen is not impossible.
    let elsewhere = (n + 1) as f64 / (rows + 2) as f64;
    let trials = ((periods.len() * distinct) as f64).log2();
    let of_a_period = |(n, rows): &(usize, usize)| {
        let here = *n as f64 / *rows as f64;
        let part = |p: f64, q: f64| if p > 0.0 { p * (p / q).log2() } else { 0.0 };
        *rows as f64 * (part(here, elsewhere) + part(1.0 - here, 1.0 - elsewhere)) - trials
    };
    hits.iter().map(of_a_period).sum()
}

/// A number as SQL writes it; `None` for NULL and what is no number.
fn number_text(value: Typed<'_>) -> Option<String> {
    match value {
        Typed::Int(n) => Some(n.to_string()),
        Typed::Float(x) if x.is_finite() => Some(crate::value::text::float(x)),
        Typed::Decimal { unscaled, scale } => {
            let scale = u32::try_from(scale).ok()?;
            Some(crate::value::decimal::text(unscaled, scale))
        }
        _ => None,
    }
}
