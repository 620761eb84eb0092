//! Distances of values in their order: Kolmogorov-Smirnov and Wasserstein.

use crate::baseline::chance;
use crate::baseline::distribution::Distribution;
use crate::baseline::figure::Figure;
use crate::state::quantiles::Bin;

/// How far two distributions of numbers are apart.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Apart {
    /// D of Kolmogorov (1933) and Smirnov (1939): the largest difference of the two distribution functions, a share in 0
    /// to 1. NULL and NaN are left out, infinities take part as what they are in order.
    pub kolmogorov_smirnov: Figure,
    /// How likely chance alone makes D as large as `kolmogorov_smirnov.value`, were rows independent: Kolmogorov's tail
    /// with the correction for small samples of Stephens (1970). Where values repeat it is too large, which is the safe
    /// side.
    pub p: f64,
    /// The distance W1 of Wasserstein (earth mover's, Vaserstein 1969): the integral of the difference of the two
    /// distribution functions, which is how far a value has to be moved, on average, in the column's units. NULL, NaN and
    /// infinities are left out; `None` if a side has no finite value.
    pub wasserstein: Option<Figure>,
    /// The same divided by the deviation of the baseline's rows; `None` if that is 0 or not known (fewer than two
    /// values).
    pub in_deviations: Option<Figure>,
}

/// How far `current` is from `baseline`; `None` if a side has no value that is neither NULL nor NaN.
///
/// A constant against the same constant is 0 apart; against another, D is 1 and W1 the difference. One row against many:
/// D is how far the row is from the middle, at least 1/2 where the baseline is continuous, and `p` says how little
/// that is.
pub fn apart(baseline: &Distribution, current: &Distribution) -> Option<Apart> {
    let ordered = |of: &Distribution| of.classes().count() - of.classes().nan;
    let (n, m) = (ordered(baseline), ordered(current));
    if n == 0 || m == 0 {
        return None;
    }
    let mut largest = Largest::default();
    let below = |of: &Distribution, total: u64| of.classes().neg_inf as f64 / total as f64;
    largest.take((below(baseline, n) - below(current, m)).abs());
    sweep(
        Climb::new(baseline.cells(), baseline.classes().neg_inf, n),
        Climb::new(current.cells(), current.classes().neg_inf, m),
        |_, left, right| largest.visit(&left, &right),
    );
    let kolmogorov_smirnov = Figure::within(largest.value, largest.lo, largest.hi.min(1.0));
    let root = (n as f64 * m as f64 / (n as f64 + m as f64)).sqrt();
    let wasserstein = wasserstein(baseline, current);
    let unit = baseline.deviation().filter(|deviation| *deviation > 0.0);
    Some(Apart {
        kolmogorov_smirnov,
        p: chance::kolmogorov((root + 0.12 + 0.11 / root) * kolmogorov_smirnov.value),
        wasserstein,
        in_deviations: wasserstein
            .zip(unit)
            .map(|(figure, unit)| figure.map(|value| value / unit)),
    })
}

fn wasserstein(baseline: &Distribution, current: &Distribution) -> Option<Figure> {
    let (n, m) = (baseline.finite(), current.finite());
    if n == 0 || m == 0 {
        return None;
    }
    let (mut value, mut lo, mut hi) = (0.0, 0.0, 0.0);
    let mut last: Option<(f64, Level, Level)> = None;
    sweep(
        Climb::new(baseline.cells(), 0, n),
        Climb::new(current.cells(), 0, m),
        |x, left, right| {
            if let Some((from, before, after)) = last {
                let width = x - from;
                // Both functions are straight between two ends of cells.
                let area = under(
                    before.after - after.after,
                    left.before - right.before,
                    width,
                );
                let (least, most) = difference(&before, &after);
                value += area;
                lo += times(least, width);
                hi += times(most, width);
            }
            last = Some((x, left, right));
        },
    );
    // A mean moves no further than the values do.
    if let (Some(a), Some(b)) = (baseline.mean(), current.mean()) {
        let moved = (a - b).abs();
        if moved.is_finite() && moved <= hi {
            lo = f64::max(lo, moved);
        }
    }
    if baseline.is_exact() && current.is_exact() {
        return Some(Figure::exact(value));
    }
    Some(Figure::within(value, lo, hi))
}

/// 0 times any width is 0.
fn times(height: f64, width: f64) -> f64 {
    if height == 0.0 { 0.0 } else { height * width }
}

/// The area between 0 and a straight line from `a` to `b`.
fn under(a: f64, b: f64, width: f64) -> f64 {
    let (size, ends) = (a.abs() + b.abs(), a * b);
    let mean = if ends >= 0.0 {
        size / 2.0
    } else {
        (a * a + b * b) / (2.0 * size)
    };
    times(mean, width)
}

/// How much two distribution functions differ at a place, at least and at most.
fn difference(left: &Level, right: &Level) -> (f64, f64) {
    let least = (left.least - right.most).max(right.least - left.most);
    let most = (left.most - right.least).max(right.most - left.least);
    (least.max(0.0), most)
}

/// The largest difference seen.
#[derive(Debug, Default)]
struct Largest {
    value: f64,
    lo: f64,
    hi: f64,
}

impl Largest {
    fn take(&mut self, exact: f64) {
        self.value = self.value.max(exact);
        self.lo = self.lo.max(exact);
        self.hi = self.hi.max(exact);
    }

    fn visit(&mut self, left: &Level, right: &Level) {
        let (least, most) = difference(left, right);
        self.lo = self.lo.max(least);
        self.hi = self.hi.max(most);
        self.value = self
            .value
            .max((left.before - right.before).abs())
            .max((left.after - right.after).abs());
    }
}

/// A distribution function at a place, as shares of all values.
#[derive(Debug, Clone, Copy)]
struct Level {
    /// The values that are surely not above the place.
    least: f64,
    /// Those that may not be.
    most: f64,
    /// With values spread evenly over their cells: below the place, and not above it.
    before: f64,
    after: f64,
}

/// Reads a distribution function at places that go upwards.
#[derive(Debug)]
struct Climb<'a> {
    rest: &'a [Bin],
    /// Values in cells that were left below.
    below: u64,
    total: f64,
}

impl<'a> Climb<'a> {
    fn new(cells: &'a [Bin], below: u64, total: u64) -> Self {
        Self {
            rest: cells,
            below,
            total: total as f64,
        }
    }

    fn at(&mut self, place: f64) -> Level {
        while let Some((cell, rest)) = self.rest.split_first()
            && cell.hi < place
        {
            self.below += cell.count;
            self.rest = rest;
        }
        let below = self.below as f64;
        let (mut least, mut most, mut before, mut after) = (below, below, below, below);
        for cell in self.rest.iter().take_while(|cell| cell.lo <= place) {
            let count = cell.count as f64;
            most += count;
            if cell.lo < cell.hi {
                let share = if cell.hi <= place {
                    1.0
                } else {
                    (place - cell.lo) / (cell.hi - cell.lo)
                };
                before += count * share;
                after += count * share;
            } else {
                after += count;
            }
            if cell.hi <= place {
                least += count;
            }
        }
        Level {
            least: least / self.total,
            most: most / self.total,
            before: before / self.total,
            after: after / self.total,
        }
    }
}

/// Visits all ends of cells of both, upwards, with both distribution functions there.
fn sweep(mut left: Climb<'_>, mut right: Climb<'_>, mut visit: impl FnMut(f64, Level, Level)) {
    let ends = |cells: &[Bin]| -> Vec<f64> {
        cells
            .iter()
            .flat_map(|cell| [cell.lo, cell.hi])
            .collect::<Vec<_>>()
    };
    let mut places = ends(left.rest);
    places.extend(ends(right.rest));
    places.sort_by(f64::total_cmp);
    places.dedup();
    for place in places {
        visit(place, left.at(place), right.at(place));
    }
}
