//! What a day is compared with, and how much its rows are worth.

use std::rc::Rc;

use super::rules::{LEAST_DAYS, Rules};
use crate::baseline::distance::{Bins, Classes, Psi};
use crate::baseline::distribution::Distribution;
use crate::baseline::series::trend::trend;
use crate::baseline::shift::{Part, null_part, zero_part};

/// Bins of the stability index, as it is custom.
const BINS: usize = 10;
/// So many rows unlike the others, on so many days, show by how much more days differ than their rows explain.
const TELLING_ROWS: f64 = 60.0;
const TELLING_DAYS: usize = 10;
/// Yet measured of few days, it may be that much larger.
const DOUBT: f64 = 5.0;
/// Values that fewer rows than these, or than this share of all, are apart from: what happens to them is rare.
const RARE: f64 = 0.05;

/// Means of which so many pairs of days rise, or fall, more than the other way, are on their way: counters, settling averages.
const ON_ITS_WAY: f64 = 0.7;

/// What is known of a day.
#[derive(Debug, Clone)]
pub(super) struct Day {
    pub(super) held: Distribution,
    pub(super) nulls: Option<f64>,
    pub(super) zeros: Option<f64>,
}

impl Day {
    pub(super) fn new(held: Distribution) -> Self {
        Self {
            nulls: null_part(&held).share(),
            zeros: zero_part(&held).share(),
            held,
        }
    }

    fn rows(&self) -> f64 {
        self.held.rows() as f64
    }

    pub(super) fn values(&self) -> f64 {
        self.held.finite() as f64
    }
}

/// Good days, and what they come to.
pub(super) struct Baseline {
    pub(super) all: Distribution,
    pub(super) days: Vec<Rc<Day>>,
    pub(super) nulls: Worth,
    pub(super) zeros: Worth,
    pub(super) mean: Worth,
    /// The most frequent value, if but few rows have another.
    pub(super) rarely_not: Option<f64>,
    values: Distribution,
    bins: Bins,
    /// Rows of a usual day for each of its values.
    alike: f64,
}

/// Where a mean is on its way to.
pub(super) struct Course {
    pub(super) expected: f64,
    pub(super) apart: Vec<f64>,
}

/// How many rows are worth one that is independent of the others: the design effect (Kish, "Survey Sampling", 1965).
///
/// Rows of a day are alike, so they are fewer than they seem. Days that differ more than their rows explain show it, but
/// what hardly ever happened has not shown whether it happens to a whole team. There are taken to be as many independent
/// rows as a usual day has values, and at least one in [`Rules::alike`].
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Worth(pub(super) f64);

impl Worth {
    /// From the squared deviates of days, that would be 1 on average were rows independent.
    fn new(deviates: impl Iterator<Item = f64>, unlike: f64, days: usize, floor: f64) -> Self {
        let measured = mean(deviates.filter(|d| d.is_finite()))
            .unwrap_or(1.0)
            .max(1.0);
        let told = unlike >= TELLING_ROWS && days >= TELLING_DAYS;
        let floor = match told {
            true => floor.min(DOUBT * measured),
            false => floor,
        };
        Self(measured.max(floor))
    }

    /// The variance of a mean's difference, in units of that of a row.
    pub(super) fn unit(self, before: f64, now: f64) -> f64 {
        self.0 * (1.0 / before + 1.0 / now)
    }

    /// So many of so many rows in rows that are independent, the part rounded towards `usual`.
    pub(super) fn rows(self, of: Part, usual: f64) -> (u64, u64) {
        let whole = (of.whole as f64 / self.0).floor();
        let part = of.share().unwrap_or_default() * whole;
        let rounded = match part > usual * whole {
            true => part.floor(),
            false => part.ceil(),
        };
        (rounded.min(whole) as u64, whole as u64)
    }

    /// The degrees of freedom that so many rows leave.
    pub(super) fn degrees(self, rows: f64) -> f64 {
        (rows / self.0 - 1.0).max(1.0)
    }
}

impl Baseline {
    pub(super) fn new(all: Distribution, days: Vec<Rc<Day>>, rules: &Rules) -> Self {
        let alike = alike(&days);
        let floor = alike.min(rules.alike);
        let share =
            |of: fn(&Day) -> Option<f64>, rows: fn(&Day) -> f64, whole: f64, of_all: f64| {
                let variance = of_all * (1.0 - of_all);
                let deviates = days
                    .iter()
                    .filter_map(|day| Some(rows(day) * (of(day)? - of_all).powi(2) / variance));
                Worth::new(
                    deviates,
                    of_all.min(1.0 - of_all) * whole,
                    days.len(),
                    // NULLs and zeros come by the team where values do not.
                    floor.max(0.5 * rules.alike),
                )
            };
        let rows = all.rows() as f64;
        let finite = all.finite() as f64;
        let nulls = null_part(&all).share().unwrap_or_default();
        let zeros = zero_part(&all).share().unwrap_or_default();
        let mode = all.mode();
        let unlike = finite - mode.map_or(0.0, |(_, count)| count as f64);
        let (centre, variance) = (
            all.mean().unwrap_or_default(),
            all.deviation().unwrap_or_default().powi(2),
        );
        let means = days
            .iter()
            .filter_map(|day| Some(day.values() * (day.held.mean()? - centre).powi(2) / variance));
        let is_rare = unlike < TELLING_ROWS || unlike < RARE * finite;
        let values = all.values();
        Self {
            nulls: share(|day| day.nulls, Day::rows, rows, nulls),
            zeros: share(|day| day.zeros, Day::values, finite, zeros),
            mean: Worth::new(
                means,
                unlike,
                days.len(),
                // Few days don't tell that values of a team have nothing in common.
                match days.len() < TELLING_DAYS {
                    true => rules.alike.max(floor),
                    false => floor,
                },
            ),
            rarely_not: mode.filter(|_| is_rare).map(|(value, _)| value),
            bins: Bins::of(&values, BINS),
            alike,
            values,
            all,
            days,
        }
    }

    /// The population stability index of a day's values, NULLs aside.
    pub(super) fn stability(&self, held: &Distribution) -> Option<Psi> {
        if held.finite() == 0 || self.values.finite() == 0 {
            return None;
        }
        let psi = Classes::of_numbers(&self.bins, &self.values, &held.values())?.psi();
        (psi.classes > 1).then_some(psi)
    }

    /// How many rows are worth one when the shape of a day is judged: the indexes of the baseline's own days over what
    /// chance alone would make of them, and at least the rows that share a value, be it a whole day.
    pub(super) fn shape(&self, indexes: &[Psi]) -> Worth {
        let over = indexes.iter().map(|psi| psi.figure.lo / psi.by_chance);
        let measured = mean(over.filter(|over| over.is_finite())).unwrap_or(1.0);
        Worth(measured.max(self.alike))
    }

    /// Where the mean would be after so many more days, if it rises or falls from day to day, and how far the baseline's
    /// days are from that line.
    pub(super) fn course(&self, days: usize) -> Option<Course> {
        let means: Vec<f64> = self.days.iter().filter_map(|day| day.held.mean()).collect();
        let trend = trend(&means, &vec![0; means.len()], 1.0)?;
        if trend.tau.abs() < ON_ITS_WAY {
            return None;
        }
        let slope = trend.slope.value;
        let levels = means.iter().enumerate();
        let levels: Vec<f64> = levels.map(|(at, mean)| mean - slope * at as f64).collect();
        let level = median(levels.clone())?;
        // In the middle of the days to come.
        let at = (means.len() - 1) as f64 + (days + 1) as f64 / 2.0;
        Some(Course {
            expected: level + slope * at,
            apart: levels.into_iter().map(|of| of - level).collect(),
        })
    }

    pub(super) fn is_enough(days: usize) -> bool {
        days >= LEAST_DAYS
    }
}

/// Rows of a usual day for each of its values, which are independent at best; at least 1.
fn alike(days: &[Rc<Day>]) -> f64 {
    let of = |day: &Rc<Day>| day.rows() / day.held.cells().len().max(1) as f64;
    median(days.iter().map(of).collect())
        .unwrap_or(1.0)
        .max(1.0)
}

/// The upper one of two in the middle.
fn median(mut values: Vec<f64>) -> Option<f64> {
    values.sort_unstable_by(f64::total_cmp);
    values.get(values.len() / 2).copied()
}

fn mean(of: impl Iterator<Item = f64>) -> Option<f64> {
    let (n, sum) = of.fold((0_u64, 0.0), |(n, sum), value| (n + 1, sum + value));
    (n > 0).then(|| sum / n as f64)
}
