//! The noise of a series, from the differences of its neighbours.
//!
//! The difference of two neighbouring days has twice the variance of a day, whatever the level is and however it creeps: a
//! creep of a tenth of a deviation a day adds half a percent (von Neumann et al. 1941; Rice 1984). To keep shifts and bad
//! days out, only the smaller four fifths of the squared differences are averaged, and scaled by what a normal distribution
//! makes of that.
//!
//! Days may also resemble their neighbours, as rolling averages do. Their autocorrelation `r` is taken from what is left
//! beside a running median of 41 days, which follows both creeps and steps: the mean squares of sums and differences of
//! neighbours are `1 + r` to `1 - r` (Gnanadesikan & Kettenring 1972), the median takes `(1 + 3 r) / 41` of it (as a mean
//! does: Kendall 1954). The variance of a day is then that of differences over `2 (1 - r)`, and that of a mean of days
//! `(1 + r) / (1 - r)` times what it is for independent ones.

use super::{LEAST_DAYS, Options, Point};

/// The noise of each day about its level.
#[derive(Debug, Clone, PartialEq)]
pub struct Noise {
    variances: Vec<f64>,
    autocorrelation: f64,
}

/// The share of squared differences that is averaged.
const KEPT: f64 = 0.8;

/// What a normal distribution makes of it: the mean of the smaller four fifths of chi-square of one degree.
const NORMAL: f64 = 0.437_73;

/// Days on each side of a running median.
const BESIDE: usize = 20;

/// Autocorrelation is taken as no larger: beyond, a series can't be told from a random walk.
const MOST_ALIKE: f64 = 0.95;

/// Noise is taken as no smaller than this share of the least change that counts, so that a series that hardly moves at
/// all is not cut at its every move.
const OF_LEAST: f64 = 1.0 / 6.0;

/// Nor than this share of the largest value: the rounding of floats.
const DUST: f64 = 1e-9;

/// A variance is no larger: squares of larger values are none.
const LARGEST: f64 = 1e200;

/// Nor than this, so that its square and what is divided by it are floats.
const TINY: f64 = 1e-100;

impl Noise {
    /// One a day.
    pub fn variances(&self) -> &[f64] {
        &self.variances
    }

    /// The deviation of a usual day, in the values' units.
    pub fn deviation(&self) -> f64 {
        let mut sorted = self.variances.clone();
        sorted.sort_by(f64::total_cmp);
        let middle = sorted.get(sorted.len() / 2).copied().unwrap_or(0.0);
        middle.sqrt()
    }

    /// How much a day resembles the one before, 0 to 0.95.
    pub fn autocorrelation(&self) -> f64 {
        self.autocorrelation
    }

    /// How much larger the variance of a mean of days is than if they were independent.
    pub fn inflation(&self) -> f64 {
        (1.0 + self.autocorrelation) / (1.0 - self.autocorrelation)
    }
}

/// The noise of points in the order of their days; `None` for fewer than [`LEAST_DAYS`], or beyond 1e100.
///
/// If the deviation of rows is known, a day's variance is `t + c * row_deviation^2 / rows`: `c` is 1 and `t` what days
/// differ in beyond their rows; or, if they differ in less, `t` is 0 and `c` below 1. Else all days have the same.
pub fn noise(points: &[Point], options: &Options) -> Option<Noise> {
    if points.len() < LEAST_DAYS {
        return None;
    }
    let row = options.row_deviation.unwrap_or(0.0).powi(2);
    let own: Vec<f64> = points.iter().map(|point| row / point.rows as f64).collect();
    let squares = |apart: usize| -> Vec<(f64, f64)> {
        let pairs = points.iter().zip(&own);
        let later = points.iter().zip(&own).skip(apart);
        pairs
            .zip(later)
            .map(|((a, u), (b, v))| ((b.value - a.value).powi(2), u + v))
            .collect()
    };
    let near = squares(1);
    let of_days = |shared: f64| scaled(&near, shared);
    let (mut shared, mut share) = (0.0, 1.0);
    if row == 0.0 {
        // Without variances of their own, differences are compared with 2.
        shared = trimmed(near.iter().map(|(square, _)| *square).collect()) / (2.0 * NORMAL);
    } else if of_days(0.0) <= NORMAL {
        share = of_days(0.0) / NORMAL;
    } else {
        let (mut low, mut high) = (
            0.0,
            near.iter().map(|(square, _)| *square).fold(0.0, f64::max),
        );
        for _ in 0..60 {
            shared = 0.5 * (low + high);
            if of_days(shared) > NORMAL {
                low = shared;
            } else {
                high = shared;
            }
        }
    }
    let day: Vec<f64> = own.iter().map(|own| shared + share * own).collect();
    let autocorrelation = alike(points, &day);
    let largest = points
        .iter()
        .map(|point| point.value.abs())
        .fold(0.0, f64::max);
    let floor = (options.least * OF_LEAST).max(DUST * largest).max(TINY);
    // Differences of days that are alike are small for their deviation.
    let of_day = |day: f64| (day / (1.0 - autocorrelation)).max(floor * floor);
    let variances: Vec<f64> = day.into_iter().map(of_day).collect();
    let known = variances.iter().all(|variance| *variance <= LARGEST);
    known.then_some(Noise {
        variances,
        autocorrelation,
    })
}

/// The autocorrelation of days that have given variances, but for a common factor; 0 if they don't vary.
fn alike(points: &[Point], variances: &[f64]) -> f64 {
    let values: Vec<f64> = points.iter().map(|point| point.value).collect();
    let left: Vec<f64> = (values.iter().zip(variances).enumerate())
        .map(|(at, (value, variance))| {
            let around = values.iter().skip(at.saturating_sub(BESIDE));
            let mut around: Vec<f64> = around.take(at.min(BESIDE) + 1 + BESIDE).copied().collect();
            around.sort_by(f64::total_cmp);
            let median = around.get(around.len() / 2).copied().unwrap_or(*value);
            (value - median) / variance.max(f64::MIN_POSITIVE).sqrt()
        })
        .collect();
    let pairs = || left.iter().zip(left.iter().skip(1));
    let sums = trimmed(pairs().map(|(a, b)| (a + b).powi(2)).collect());
    let differences = trimmed(pairs().map(|(a, b)| (a - b).powi(2)).collect());
    if sums + differences <= 0.0 {
        return 0.0;
    }
    let found = (sums - differences) / (sums + differences);
    let window = points.len().min(2 * BESIDE + 1) as f64;
    (found + (1.0 + 3.0 * found) / window).clamp(0.0, MOST_ALIKE)
}

fn scaled(pairs: &[(f64, f64)], shared: f64) -> f64 {
    scaled_all(pairs, shared, 1.0)
}

/// The trimmed mean of squared differences, each over the variance it would have.
fn scaled_all(pairs: &[(f64, f64)], shared: f64, share: f64) -> f64 {
    let over = |(square, own): &(f64, f64)| {
        let variance = 2.0 * shared + share * own;
        if *square == 0.0 {
            0.0
        } else {
            square / variance
        }
    };
    trimmed(pairs.iter().map(over).collect())
}

/// The mean of the smaller [`KEPT`] of some values.
fn trimmed(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    let kept = ((values.len() as f64 * KEPT).round() as usize).max(1);
    values.truncate(kept);
    values.iter().sum::<f64>() / values.len().max(1) as f64
}
