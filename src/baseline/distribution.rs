//! What values a window holds, from its state: numbers in order, or categories.
//!
//! A distribution of numbers is a row of cells, upwards. A value that came often enough to be counted by itself is a cell
//! with one end (`lo == hi`); where there are more than some 190 values, a cell is a range that holds `count` of them,
//! somewhere. NULL, NaN and the infinities stand apart and are in no cell; 0 is a cell and counted beside.

use std::hash::Hash;

use super::figure::Figure;
use crate::state::counts::Counts;
use crate::state::extremes::Bounded;
use crate::state::moments::Classes;
use crate::state::profile::{Number, Profile};
use crate::state::quantiles::Bin;

/// The values of a numeric column in a window.
///
/// Integers and decimals are taken as the nearest floats (exact up to 2^53 units). Mean and deviation are those of all
/// finite values, exact and rounded once where the state has moments.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Distribution {
    /// Finite values upwards.
    cells: Vec<Bin>,
    apart: Classes,
    nulls: u64,
    mean: Option<f64>,
    deviation: Option<f64>,
}

impl Distribution {
    /// Of a column's profile; `scale` is that of its decimals, 0 for floats and integers.
    pub fn of_profile<T: Number>(profile: &Profile<T>, scale: u32) -> Self {
        let finite = profile.moments().finite();
        let cells = profile.bins(scale).into_iter();
        Self {
            cells: cells.filter(|bin| bin.lo.is_finite()).collect(),
            apart: *profile.moments().classes(),
            nulls: profile.nulls(),
            mean: finite.mean(scale),
            deviation: finite.stddev_samp(scale),
        }
    }

    /// Of a column whose values are no numbers: how many rows there are, and how many of them are NULL.
    pub fn of_rows(rows: u64, nulls: u64) -> Self {
        Self {
            apart: Classes {
                nonzero: rows.saturating_sub(nulls),
                ..Classes::default()
            },
            nulls: nulls.min(rows),
            ..Self::default()
        }
    }

    /// Of truth: `false` is 0, `true` is 1.
    pub fn of_truth(truths: u64, falsehoods: u64, nulls: u64) -> Self {
        let cell = |value: f64, count: u64| Bin {
            lo: value,
            hi: value,
            count,
        };
        let cells = [cell(0.0, falsehoods), cell(1.0, truths)].into_iter();
        let n = (truths + falsehoods) as f64;
        let mean = (n > 0.0).then(|| truths as f64 / n);
        Self {
            cells: cells.filter(|cell| cell.count > 0).collect(),
            apart: Classes {
                zeros: falsehoods,
                nonzero: truths,
                ..Classes::default()
            },
            nulls,
            mean,
            deviation: mean
                .filter(|_| n > 1.0)
                .map(|mean| (mean * (1.0 - mean) * n / (n - 1.0)).sqrt()),
        }
    }

    /// Of integers that were counted one by one, and of `nulls` NULLs; `None` if there were too many to be counted.
    pub fn of_counts(counts: &Counts<i64>, nulls: u64) -> Option<Self> {
        let sorted = counts.sorted()?;
        let cell = |&(&value, count): &(&i64, u64)| Bin {
            lo: value as f64,
            hi: value as f64,
            count,
        };
        let cells: Vec<Bin> = sorted.iter().map(cell).collect();
        let total = counts.total();
        let of = |figure: &dyn Fn(f64) -> f64| -> f64 {
            cells.iter().map(|c| figure(c.lo) * c.count as f64).sum()
        };
        let mean = (total > 0).then(|| of(&|value| value) / total as f64);
        let deviation = mean.filter(|_| total > 1).map(|mean| {
            let squares = of(&|value| (value - mean).powi(2));
            (squares / (total - 1) as f64).sqrt()
        });
        let zeros = cells.iter().find(|c| c.lo == 0.0).map_or(0, |c| c.count);
        Some(Self {
            cells,
            apart: Classes {
                zeros,
                nonzero: total - zeros,
                ..Classes::default()
            },
            nulls,
            mean,
            deviation,
        })
    }

    /// Finite values upwards. No cell is empty, and none overlaps the next.
    pub fn cells(&self) -> &[Bin] {
        &self.cells
    }

    /// How many values are 0 or not, NaN, or infinite.
    pub fn classes(&self) -> &Classes {
        &self.apart
    }

    /// All rows, NULLs included.
    pub fn rows(&self) -> u64 {
        self.nulls + self.apart.count()
    }

    pub fn nulls(&self) -> u64 {
        self.nulls
    }

    /// Values that are neither NULL, NaN nor infinite.
    pub fn finite(&self) -> u64 {
        self.apart.finite()
    }

    /// The mean of the finite values; of none, none.
    pub fn mean(&self) -> Option<f64> {
        self.mean
    }

    /// The same without its NULLs.
    pub fn values(&self) -> Self {
        Self {
            nulls: 0,
            ..self.clone()
        }
    }

    /// The finite value that most rows have, and how many; the smallest of several. Where values are held in ranges, the
    /// one of those that are held alone.
    pub fn mode(&self) -> Option<(f64, u64)> {
        let alone = self.cells.iter().filter(|cell| cell.lo == cell.hi);
        let most = alone.reduce(|a, b| if b.count > a.count { b } else { a })?;
        Some((most.lo, most.count))
    }

    /// Finite values of cells that reach into a range: as many as may lie in it.
    pub fn count_within(&self, lo: f64, hi: f64) -> u64 {
        let within = self
            .cells
            .iter()
            .filter(|cell| cell.hi >= lo && cell.lo <= hi);
        within.map(|cell| cell.count).sum()
    }

    /// The fourth central moment over the squared second, 3 for normal values, with each cell's values at its middle;
    /// `None` of a constant.
    pub fn kurtosis(&self) -> Option<f64> {
        let mean = self.mean?;
        let moment = |power: i32| -> f64 {
            let of =
                |cell: &Bin| cell.count as f64 * (0.5 * (cell.lo + cell.hi) - mean).powi(power);
            self.cells.iter().map(of).sum::<f64>() / self.finite() as f64
        };
        let variance = moment(2);
        (variance > 0.0).then(|| moment(4) / (variance * variance))
    }

    /// The deviation of the finite values, estimated as of a sample (BigQuery's STDDEV); needs two. This is the
    /// deviation of rows, not of daily means.
    pub fn deviation(&self) -> Option<f64> {
        self.deviation
    }

    /// The smallest finite value.
    pub fn min(&self) -> Option<f64> {
        self.cells.first().map(|cell| cell.lo)
    }

    /// The largest finite value.
    pub fn max(&self) -> Option<f64> {
        self.cells.last().map(|cell| cell.hi)
    }

    /// Whether every finite value is counted by itself.
    pub fn is_exact(&self) -> bool {
        self.cells.iter().all(|cell| cell.lo == cell.hi)
    }

    /// Rows that hold exactly this value, such as a default that is written where nothing is known; `None` where they
    /// can't be told from their neighbours. NaN and infinities are counted, too.
    pub fn count_of(&self, value: f64) -> Option<u64> {
        if value.is_nan() {
            return Some(self.apart.nan);
        }
        if value.is_infinite() {
            let Classes {
                pos_inf, neg_inf, ..
            } = self.apart;
            return Some(if value > 0.0 { pos_inf } else { neg_inf });
        }
        let from = self.cells.partition_point(|cell| cell.hi < value);
        let holding = self.cells.iter().skip(from);
        holding
            .take_while(|cell| cell.lo <= value)
            .map(|cell| (cell.lo == cell.hi).then_some(cell.count))
            .sum()
    }

    /// The quantile of `p` in 0 to 1 by nearest rank: the smallest value that at least `p` of all values but NULL and NaN
    /// don't exceed, infinities included. `None` if there are no values, or `p` is NaN.
    ///
    /// The same as [`Profile::quantile`]: exact where its cell is one value, else somewhere in the cell, and taken as if
    /// the cell's values were spread evenly.
    pub fn quantile(&self, p: f64) -> Option<Figure> {
        let total = self.apart.count() - self.apart.nan;
        if total == 0 || p.is_nan() {
            return None;
        }
        // As in `Quantiles::quantiles`: 0.07 of 100 values is the 7th, though the float is larger.
        let rank = ((p * total as f64 * (1.0 - 1e-14)).ceil() as u64).clamp(1, total);
        let mut below = self.apart.neg_inf;
        if rank <= below {
            return Some(Figure::exact(f64::NEG_INFINITY));
        }
        for cell in &self.cells {
            if rank <= below + cell.count {
                let share = ((rank - below) as f64 - 0.5) / cell.count as f64;
                let value = cell.lo + (cell.hi - cell.lo) * share;
                return Some(Figure::within(value, cell.lo, cell.hi));
            }
            below += cell.count;
        }
        Some(Figure::exact(f64::INFINITY))
    }
}

/// How often each of few values came in a window: texts, booleans, codes.
#[derive(Debug, Clone, PartialEq)]
pub struct Categories<K> {
    counts: Vec<(K, u64)>,
    nulls: u64,
}

impl<K: Bounded + Ord + Hash> Categories<K> {
    /// Of values that were counted one by one, and of `nulls` NULLs; `None` if there were too many to be counted: there is
    /// no distance of categories nobody counted.
    pub fn of_counts(counts: &Counts<K>, nulls: u64) -> Option<Self> {
        let counts = counts.sorted()?.into_iter();
        Some(Self {
            counts: counts.map(|(key, count)| (key.clone(), count)).collect(),
            nulls,
        })
    }
}

impl<K> Categories<K> {
    /// Values upwards and how often each came.
    pub fn counts(&self) -> &[(K, u64)] {
        &self.counts
    }

    pub fn nulls(&self) -> u64 {
        self.nulls
    }

    /// All rows, NULLs included.
    pub fn rows(&self) -> u64 {
        self.nulls + self.counts.iter().map(|(_, count)| count).sum::<u64>()
    }
}
