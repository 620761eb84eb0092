//! What a first suite says besides what an audit without one asks: ranges, shares of NULL, rows of a day, and columns that
//! go together. These are drawn from how the data is, so they are drawn wide, and to be read before they are kept.

use std::collections::{BTreeMap, BTreeSet};

use arrow::array::{Array, AsArray};
use arrow::compute::cast;
use arrow::datatypes::{DataType, Float64Type};

use super::sample::Sample;
use crate::lake::{Bounds, Column, Table};
use crate::schema::BqType;
use crate::state::comoments::CoMoments;

/// The fewest rows of a sample, and the fewest values of a column, that tell anything.
const ROWS: usize = 100;
const VALUES: usize = 50;
/// The fewest different values of a column that has a range.
const DISTINCT: usize = 6;
/// A minimum below 0 that so many percent of the periods have, at most, is no part of the range.
const ODD_PERIODS: usize = 5;
/// NULLs are told where they are more than this share and less than the rest of it.
const NULLS: f64 = 0.001;
/// Pairs of columns: of so many columns, with such a coefficient, so many of a table.
const COLUMNS: usize = 80;
const R: f64 = 0.8;
const PAIRS: usize = 12;
/// How often a column is in a pair.
const TIMES: usize = 2;

/// The range of a column, rounded outwards.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Range {
    pub(super) column: String,
    pub(super) min: f64,
    pub(super) max: f64,
    /// What the data has, over all rows if footers tell, else in the sample.
    pub(super) least: f64,
    pub(super) greatest: f64,
    pub(super) of_all: bool,
    /// Rows looked at, and those of them below `min`.
    pub(super) rows: u64,
    pub(super) below: u64,
    pub(super) has_nan: bool,
}

/// Columns that are NULL in some rows, the same for all of them.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct NullShare {
    pub(super) columns: Vec<String>,
    pub(super) nulls: u64,
    pub(super) rows: u64,
    /// In percent.
    pub(super) limit: f64,
}

/// Two columns of numbers that go together.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Together {
    pub(super) columns: [String; 2],
    pub(super) r: f64,
    pub(super) rows: u64,
}

/// How many rows a day has: the least, the middle, the most, and of how many days.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct DayRows {
    pub(super) least: u64,
    pub(super) median: u64,
    pub(super) most: u64,
    pub(super) days: usize,
}

/// All of it, in column order.
#[derive(Debug, Default)]
pub(super) struct Wider {
    pub(super) ranges: Vec<Range>,
    pub(super) null_shares: Vec<NullShare>,
    pub(super) together: Vec<Together>,
    pub(super) day_rows: Option<DayRows>,
}

/// Draws it from a table and its sample. Columns of `key` have no range, those of `told` no share of NULL.
pub(super) fn wider(table: &Table, sample: &Sample, key: &[String], told: &[&str]) -> Wider {
    let mut wider = Wider {
        day_rows: day_rows(sample),
        ..Wider::default()
    };
    if sample.rows() < ROWS {
        return wider;
    }
    let numbers: Vec<(&Column, Vec<f64>)> = table
        .columns()
        .iter()
        .filter(|column| column.unreadable.is_none() && column.bq_type.is_number())
        .filter(|column| !key.iter().any(|k| k.eq_ignore_ascii_case(&column.name)))
        .filter_map(|column| Some((column, values(sample, &column.name)?)))
        .collect();
    let ranges = numbers
        .iter()
        .filter_map(|(column, values)| range(table, sample, column, values));
    wider.ranges = ranges.collect();
    let columns = table.columns().iter().filter(|c| c.unreadable.is_none());
    let mut places: BTreeMap<(u64, Vec<bool>), usize> = BTreeMap::new();
    for column in columns.filter(|column| !told.contains(&column.name.as_str())) {
        let Some(share) = null_share(table, sample, column) else {
            continue;
        };
        let nulls = sample.column(&column.name).map(|array| {
            let nulls = array.logical_nulls();
            let null = |row| nulls.as_ref().is_some_and(|nulls| nulls.is_null(row));
            (0..array.len()).map(null).collect::<Vec<bool>>()
        });
        // Columns that are NULL together are asked for together.
        let key = (share.nulls, nulls.unwrap_or_default());
        let known = places.get(&key).copied().filter(|_| !key.1.is_empty());
        match known.and_then(|at| wider.null_shares.get_mut(at)) {
            Some(same) => same.columns.extend(share.columns),
            None => {
                places.insert(key, wider.null_shares.len());
                wider.null_shares.push(share);
            }
        }
    }
    wider.together = together(&numbers);
    wider
}

/// The values of the sample as FLOAT64, NULL as NaN; none for what is no column of numbers.
fn values(sample: &Sample, name: &str) -> Option<Vec<f64>> {
    let floats = cast(sample.column(name)?, &DataType::Float64).ok()?;
    let floats = floats.as_primitive_opt::<Float64Type>()?;
    Some(
        floats
            .iter()
            .map(|value| value.unwrap_or(f64::NAN))
            .collect(),
    )
}

fn range(table: &Table, sample: &Sample, column: &Column, values: &[f64]) -> Option<Range> {
    let finite = || values.iter().copied().filter(|value| value.is_finite());
    let different: BTreeSet<u64> = finite().map(|value| (value + 0.0).to_bits()).collect();
    let rows = finite().count();
    if rows < VALUES || different.len() < DISTINCT {
        return None;
    }
    // An id: each row has its own, and there will be others.
    if column.bq_type == BqType::Int64 && different.len() * 10 > rows * 9 {
        return None;
    }
    let sampled = (
        finite().fold(f64::MAX, f64::min),
        finite().fold(f64::MIN, f64::max),
    );
    let all = footer_range(table, column);
    let (least, greatest) = all.unwrap_or(sampled);
    // -0 + 0 is 0.
    let (least, greatest) = (least + 0.0, greatest + 0.0);
    // A placeholder such as -1, on few days, of what is never below 0 else.
    let mut periods = 0;
    let mut negative = 0;
    for period in sample.periods() {
        let own = values.get(period.rows.clone()).unwrap_or_default();
        periods += usize::from(own.iter().any(|value| value.is_finite()));
        negative += usize::from(own.iter().any(|value| *value < 0.0));
    }
    let odd = least < 0.0 && negative * 100 <= periods * ODD_PERIODS;
    let min = if odd || least >= 0.0 {
        0.0
    } else {
        -outwards(-least)
    };
    let max = match (min >= 0.0, greatest) {
        // A share or a percentage, if it comes near to all.
        (true, top) if (0.5..=1.0).contains(&top) => 1.0,
        (true, top) if (50.0..=100.0).contains(&top) => 100.0,
        (_, top) if top <= 0.0 => 0.0,
        (_, top) => outwards(top),
    };
    let stored = sample.column(&column.name)?;
    Some(Range {
        column: column.name.clone(),
        min,
        max,
        least,
        greatest,
        of_all: all.is_some(),
        rows: rows as u64,
        below: finite().filter(|value| *value < min).count() as u64,
        has_nan: values
            .iter()
            .enumerate()
            .any(|(row, value)| value.is_nan() && stored.is_valid(row)),
    })
}

/// The least and the greatest value of all rows, if footers tell and there is one.
fn footer_range(table: &Table, column: &Column) -> Option<(f64, f64)> {
    let mut all: Option<(f64, f64)> = None;
    for (_, footer) in table.files() {
        let own = match footer.bounds(&column.name)? {
            None => continue,
            Some(Bounds::Float { min, max }) => (min, max),
            // Of decimals the unscaled values, which each file has at its own scale.
            Some(Bounds::Int { min, max }) if column.bq_type == BqType::Int64 => {
                (min as f64, max as f64)
            }
            Some(Bounds::Int { .. }) => return None,
        };
        all = Some(match all {
            Some((min, max)) => (min.min(own.0), max.max(own.1)),
            None => own,
        });
    }
    all.filter(|(min, max)| min.is_finite() && max.is_finite())
}

/// A fifth more than a size above 0, rounded up to two digits.
fn outwards(size: f64) -> f64 {
    if !(size > 0.0 && size < 1e15) {
        return size;
    }
    let wide = size * 1.2;
    let places = 1 - wide.log10().floor() as i32;
    // Powers of ten of whole exponents are exact, their inverses are not.
    match places >= 0 {
        true => (wide * 10_f64.powi(places)).ceil() / 10_f64.powi(places),
        false => (wide / 10_f64.powi(-places)).ceil() * 10_f64.powi(-places),
    }
}

fn null_share(table: &Table, sample: &Sample, column: &Column) -> Option<NullShare> {
    let files = table.files().iter();
    let of_all: Option<u64> = files.map(|(_, footer)| footer.nulls(&column.name)).sum();
    let (nulls, rows) = match of_all {
        Some(nulls) => (nulls, table.rows()),
        None => {
            let array = sample.column(&column.name)?;
            (array.logical_null_count() as u64, sample.rows() as u64)
        }
    };
    let share = nulls as f64 / rows.max(1) as f64;
    if !(NULLS..=1.0 - NULLS).contains(&share) {
        return None;
    }
    let percent = share * 100.0;
    // As much again, and two points at least: a season's first weeks have more than its last.
    let limit = (percent + (percent * 0.5).max(2.0)).ceil();
    (limit < 100.0).then(|| NullShare {
        columns: vec![column.name.clone()],
        nulls,
        rows,
        limit,
    })
}

fn together(numbers: &[(&Column, Vec<f64>)]) -> Vec<Together> {
    let numbers = numbers
        .get(..numbers.len().min(COLUMNS))
        .unwrap_or_default();
    let mut found = Vec::new();
    for (at, (a, xs)) in numbers.iter().enumerate() {
        for (b, ys) in numbers.iter().skip(at + 1) {
            let both = || {
                xs.iter()
                    .zip(ys)
                    .filter(|(x, y)| x.is_finite() && y.is_finite())
            };
            if both().count() < ROWS {
                continue;
            }
            let (xs, ys): (Vec<f64>, Vec<f64>) = both().unzip();
            // A column that is another one is told by more than a coefficient.
            if !is_likely(&xs, &ys) {
                continue;
            }
            let mut pair = CoMoments::default();
            pair.add_slices(&xs, &ys);
            if let Some(r) = pair.corr().filter(|r| r.abs() >= R) {
                found.push(Together {
                    columns: [a.name.clone(), b.name.clone()],
                    r,
                    rows: pair.pairs(),
                });
            }
        }
    }
    found.sort_by(|x, y| {
        let size = y.r.abs().total_cmp(&x.r.abs());
        size.then_with(|| x.columns.cmp(&y.columns))
    });
    let mut kept: Vec<Together> = Vec::new();
    for pair in found {
        let times = |name: &String| kept.iter().filter(|k| k.columns.contains(name)).count();
        if kept.len() < PAIRS && pair.columns.iter().all(|name| times(name) < TIMES) {
            kept.push(pair);
        }
    }
    kept
}

/// Whether a quick look at two columns says that they may go together: exact sums are dear.
fn is_likely(xs: &[f64], ys: &[f64]) -> bool {
    let mean = |of: &[f64]| of.iter().sum::<f64>() / of.len().max(1) as f64;
    let (x, y) = (mean(xs), mean(ys));
    let (mut xx, mut yy, mut xy) = (0.0, 0.0, 0.0);
    for (a, b) in xs.iter().zip(ys) {
        xx += (a - x) * (a - x);
        yy += (b - y) * (b - y);
        xy += (a - x) * (b - y);
    }
    let r = xy / (xx * yy).sqrt();
    r.is_finite() && r.abs() > R - 0.01
}

fn day_rows(sample: &Sample) -> Option<DayRows> {
    /// The fewest days that tell what a day is like.
    const DAYS: usize = 10;
    let mut rows = sample.rows_of_days();
    rows.sort_unstable();
    let median = *rows.get(rows.len() / 2)?;
    (rows.len() >= DAYS).then_some(DayRows {
        least: *rows.first()?,
        median,
        most: *rows.last()?,
        days: rows.len(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn limits_are_round_and_outside() {
        let sizes = [1.0, 3.7, 42.0, 100.0, 0.013, 1480.0, 999_999.0];
        assert_eq!(
            sizes.map(outwards),
            [1.2, 4.5, 51.0, 120.0, 0.016, 1800.0, 1_200_000.0]
        );
        assert_eq!(outwards(0.0), 0.0);
        assert_eq!(outwards(f64::INFINITY), f64::INFINITY);
    }
}
