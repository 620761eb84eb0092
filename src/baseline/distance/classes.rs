//! Distances of shares: PSI, Jensen-Shannon and total variation, over bins of numbers or over categories.

use std::cmp::Ordering;

use crate::baseline::chance;
use crate::baseline::distribution::{Categories, Distribution};
use crate::baseline::figure::Figure;
use crate::state::quantiles::Bin;

/// Into how many bins a baseline is cut if nothing else is said.
pub const BINS: usize = 10;

/// Where numbers are cut into bins: the upper ends of all bins but the last, upwards. Each holds its upper end.
#[derive(Debug, Clone, PartialEq)]
pub struct Bins {
    ends: Vec<f64>,
}

/// How many rows of two sides fall in each of several classes.
///
/// NULL, NaN and both infinities are classes of their own, beside the bins or categories. Shares are of all rows.
#[derive(Debug, Clone, PartialEq)]
pub struct Classes {
    classes: Vec<[Count; 2]>,
    rows: [f64; 2],
}

/// Rows of a class. A cell that a bin's end cuts may lie on either side of it.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
struct Count {
    least: f64,
    most: f64,
    /// As if the cell's values were spread evenly.
    spread: f64,
}

/// The population stability index and what chance alone makes of it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Psi {
    /// `sum (q - p) * ln(q / p)` over the classes, `p` and `q` being the shares of the baseline and of the window
    /// (Siddiqi, "Credit Risk Scorecards", 2006; the symmetric divergence of Jeffreys, 1946). It is custom to mind 0.1
    /// and to act on 0.25.
    ///
    /// **Smoothing:** a class without a row on one side counts there as half a row. Nothing else is smoothed, so equal
    /// shares give 0 at any number of rows; a class that is new in a window of few rows weighs little.
    pub figure: Figure,
    /// Classes that have a row on either side.
    pub classes: usize,
    /// What to expect if nothing changed and rows are independent: `(classes - 1) * (1/n + 1/m)` (Yurdakul, "Statistical
    /// Properties of Population Stability Index", 2018). A window of 50 rows has 0.18 by chance.
    pub by_chance: f64,
    /// How likely chance alone makes the index as large: the tail of chi-square (same source).
    pub p: f64,
}

impl Bins {
    /// At most `bins` bins that hold equally many of the baseline's finite values, ending at its quantiles, and beside
    /// them each value alone that a bin's share or more of them have.
    ///
    /// The outermost bins are open. A constant is cut in three: below, the value, above. Without finite values there is
    /// one bin, of everything. Ends are ends of the baseline's cells, so that its counts are known.
    pub fn of(baseline: &Distribution, bins: usize) -> Self {
        let cells = baseline.cells();
        let bins = u128::try_from(bins.max(1)).unwrap_or(1);
        let total = u128::from(baseline.finite());
        let heavy = |cell: &Bin| cell.lo == cell.hi && u128::from(cell.count) * bins >= total;
        let mut ends = Vec::new();
        let (mut below, mut full) = (0, 0);
        for (at, cell) in cells.iter().enumerate() {
            below += u128::from(cell.count);
            let now = below * bins / total.max(1);
            if heavy(cell) {
                ends.push(cell.lo.next_down());
                ends.push(cell.hi);
            } else if now > full && at + 1 < cells.len() {
                ends.push(cell.hi);
            }
            full = now;
        }
        ends.retain(|end| end.is_finite());
        ends.dedup();
        Self { ends }
    }

    /// Bins that end at given values; the last is open. Ends that are not finite are left out.
    pub fn ending_at(mut ends: Vec<f64>) -> Self {
        ends.retain(|end| end.is_finite());
        ends.sort_by(f64::total_cmp);
        ends.dedup();
        Self { ends }
    }

    /// The upper ends of all bins but the last, upwards.
    pub fn ends(&self) -> &[f64] {
        &self.ends
    }

    /// How many finite values fall in each bin.
    fn count(&self, of: &Distribution) -> Vec<Count> {
        let mut counts = vec![Count::default(); self.ends.len() + 1];
        // Both go upwards.
        let (mut first, mut last) = (0, 0);
        let ends_below = |at: usize, value: f64| self.ends.get(at).is_some_and(|end| *end < value);
        for cell in of.cells() {
            let count = cell.count as f64;
            while ends_below(first, cell.lo) {
                first += 1;
            }
            while ends_below(last, cell.hi) {
                last += 1;
            }
            let mut from = cell.lo;
            for (at, slot) in counts.iter_mut().enumerate().take(last + 1).skip(first) {
                slot.most += count;
                if first == last {
                    slot.least += count;
                    slot.spread += count;
                    continue;
                }
                let to = self.ends.get(at).map_or(cell.hi, |end| end.min(cell.hi));
                slot.spread += count * (to - from) / (cell.hi - cell.lo);
                from = to;
            }
        }
        counts
    }
}

impl Classes {
    /// Of numbers in bins, which are usually [`Bins::of`] the baseline. `None` if a side has no rows.
    pub fn of_numbers(
        bins: &Bins,
        baseline: &Distribution,
        current: &Distribution,
    ) -> Option<Self> {
        let apart = |of: &Distribution| {
            let classes = of.classes();
            [of.nulls(), classes.nan, classes.neg_inf, classes.pos_inf].map(Count::exact)
        };
        let sides = [baseline, current].map(|side| {
            let binned = bins.count(side).into_iter();
            binned.chain(apart(side)).collect::<Vec<Count>>()
        });
        let [left, right] = sides;
        let classes = left.into_iter().zip(right).map(|(a, b)| [a, b]).collect();
        Self::of(classes, [baseline.rows(), current.rows()])
    }

    /// Of categories: each value is a class. `None` if a side has no rows.
    pub fn of_categories<K: Ord>(
        baseline: &Categories<K>,
        current: &Categories<K>,
    ) -> Option<Self> {
        let mut classes = vec![[baseline.nulls(), current.nulls()].map(Count::exact)];
        let (mut left, mut right) = (
            baseline.counts().iter().peekable(),
            current.counts().iter().peekable(),
        );
        loop {
            let first = match (left.peek(), right.peek()) {
                (Some(a), Some(b)) => a.0.cmp(&b.0),
                (Some(_), None) => Ordering::Less,
                (None, Some(_)) => Ordering::Greater,
                (None, None) => break,
            };
            let a = left.next_if(|_| first.is_le()).map_or(0, |(_, n)| *n);
            let b = right.next_if(|_| first.is_ge()).map_or(0, |(_, n)| *n);
            classes.push([a, b].map(Count::exact));
        }
        Self::of(classes, [baseline.rows(), current.rows()])
    }

    /// The population stability index.
    pub fn psi(&self) -> Psi {
        let [n, m] = self.rows;
        let share = |count: f64, rows: f64| count.max(0.5) / rows;
        let figure = self.sum(
            |a, b| (share(a, n), share(b, m)),
            |p, q| (q - p) * (q / p).ln(),
        );
        let classes = self.classes.len();
        let per_class = 1.0 / n + 1.0 / m;
        let degrees = classes.saturating_sub(1);
        Psi {
            figure,
            classes,
            by_chance: degrees as f64 * per_class,
            p: chance::chi_square(figure.value / per_class, degrees as u64),
        }
    }

    /// The Jensen-Shannon distance to base 2, in 0 to 1: the root of the divergence `H((p + q) / 2) - (H(p) + H(q)) / 2`
    /// (Lin 1991; that the root is a metric: Endres & Schindelin 2003). 1 if no class has rows of both sides.
    pub fn jensen_shannon(&self) -> Figure {
        let part = |p: f64, mean: f64| if p > 0.0 { p * (p / mean).log2() } else { 0.0 };
        let divergence = |p: f64, q: f64| {
            let mean = 0.5 * (p + q);
            (0.5 * (part(p, mean) + part(q, mean))).max(0.0)
        };
        self.shares(divergence).map(|sum| sum.min(1.0).sqrt())
    }

    /// Total variation, in 0 to 1: half the sum of the differences of shares, which is the share of rows that would have
    /// to be of another class.
    pub fn total_variation(&self) -> Figure {
        self.shares(|p, q| 0.5 * (p - q).abs())
            .map(|sum| sum.min(1.0))
    }

    /// Keeps the classes that any row falls in.
    fn of(mut classes: Vec<[Count; 2]>, rows: [u64; 2]) -> Option<Self> {
        classes.retain(|sides| sides.iter().any(|count| count.most > 0.0));
        (!rows.contains(&0)).then(|| Self {
            classes,
            rows: rows.map(|rows| rows as f64),
        })
    }

    fn shares(&self, term: impl Fn(f64, f64) -> f64) -> Figure {
        let [n, m] = self.rows;
        self.sum(|a, b| (a / n, b / m), term)
    }

    /// Sums a term of both shares over all classes. The term is 0 where they are equal and grows as they part, so over
    /// ranges of shares it is smallest where they meet or come nearest, and largest at opposite ends.
    fn sum(
        &self,
        shares: impl Fn(f64, f64) -> (f64, f64),
        term: impl Fn(f64, f64) -> f64,
    ) -> Figure {
        let term = |a: f64, b: f64| {
            let (p, q) = shares(a, b);
            (p, q, term(p, q))
        };
        let (mut value, mut lo, mut hi) = (0.0, 0.0, 0.0);
        let mut exact = true;
        for [a, b] in &self.classes {
            let known = a.least == a.most && b.least == b.most;
            exact &= known;
            value += term(a.spread, b.spread).2;
            let (below, above) = (term(a.most, b.least), term(a.least, b.most));
            hi += below.2.max(above.2);
            // Where p is below q at most, or above it at least, the nearest pair is at the ends.
            // A class that may have no row at all is none then.
            let nearest = if a.least + b.least == 0.0 {
                0.0
            } else if below.0 <= below.1 {
                below.2
            } else if above.0 >= above.1 {
                above.2
            } else {
                0.0
            };
            lo += nearest;
        }
        if exact {
            Figure::exact(value)
        } else {
            Figure::within(value, lo, hi)
        }
    }
}

impl Count {
    fn exact(count: u64) -> Self {
        let count = count as f64;
        Self {
            least: count,
            most: count,
            spread: count,
        }
    }
}
