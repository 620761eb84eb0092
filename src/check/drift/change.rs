//! What changed on a day, or on days in a row, against a baseline.
//!
//! A change is told if it is as large as the rules mind, beyond what the days it is compared with do by themselves, and
//! more than chance would give in all that is judged. What is large and beyond but not sure yet is suspected.

use std::rc::Rc;

use super::baseline::{Baseline, Day, Worth};
use super::rules::{Care, LEAST_DAYS, LEAST_ROWS, Rules};
use crate::baseline::chance::{exact, fisher, student};
use crate::baseline::distribution::Distribution;
use crate::baseline::figure::{Grade, Limits};
use crate::baseline::shift::{
    COLLAPSED, EXPLODED, Part, Size, Spread, literal_part, mean_shift, null_part, share_change,
    spread, zero_part,
};

/// Days are beyond others that are outside of their range by this share of it.
const MARGIN: f64 = 0.5;
/// A deviation of fewer rows is mostly chance.
const SPREAD_ROWS: f64 = 20.0;
/// What is but a warning is scored below 1.
const WARNING: f64 = 0.99;
/// A shape, and what happens to a part of the rows, may be of one team, and none plays so many days in a row.
const PART_DAYS: usize = 3;
/// The parts of a day's rows that may have moved, and that which is the day's as a whole.
const PARTS: [f64; 3] = [0.25, 0.5, 0.75];
const WHOLE: [f64; 1] = [0.75];
/// Values that more rows than this share have are no collapse, if a day has no others.
const USED: f64 = 0.05;
/// The score of a flag at most: just critical.
const FLAG: f64 = 1.01;
/// A constant is one that has been one for so many days, and the shapes of so many days tell how they differ.
const TELLING_DAYS: usize = 10;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Nulls,
    Zeros,
    Default,
    Mean,
    Constant,
    Collapse,
    Explosion,
    Shape,
}

impl Kind {
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Nulls => "nulls",
            Self::Zeros => "zeros",
            Self::Default => "default",
            Self::Mean => "mean",
            Self::Constant => "constant",
            Self::Collapse => "collapse",
            Self::Explosion => "explosion",
            Self::Shape => "shape",
        }
    }
}

/// A change, as large as it is.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Change {
    pub(super) kind: Kind,
    /// Its size, 1 being critical, and from where on it warns.
    pub(super) score: f64,
    pub(super) warns: f64,
    /// Whether chance would not give it.
    pub(super) sure: bool,
    pub(super) baseline: f64,
    pub(super) current: f64,
    pub(super) told: String,
}

impl Change {
    fn is_minded(&self) -> bool {
        let limits = Limits {
            warns: self.warns,
            critical: 1.0,
        };
        limits.grade(self.score) > Grade::Fine
    }
}

/// What days are compared with.
pub(super) struct Against<'a> {
    pub(super) baseline: &'a Baseline,
    /// Good days whose range is usual: those of the baseline, and of the same weeks of other seasons.
    pub(super) usual: &'a [Rc<Day>],
    /// The stability indexes of the last good days.
    pub(super) indexes: &'a [f64],
    pub(super) rules: &'a Rules,
    pub(super) care: Care,
    /// Whether the column holds truth, as 1 and 0.
    pub(super) is_flag: bool,
}

impl Against<'_> {
    /// The changes of `days` days in a row, the gravest first.
    pub(super) fn changes(&self, current: &Distribution, days: usize) -> Vec<Change> {
        let (all, rules) = (&self.baseline.all, self.rules);
        if all.rows() < LEAST_ROWS || current.rows() < rules.least_rows {
            return Vec::new();
        }
        let mut found: Vec<Change> = Vec::new();
        // An empty week behind leaves NULLs and zeros where there is a count or an average of it.
        if !self.care.after_break {
            found.extend(self.nulls(current));
            found.extend(self.zeros(current));
            found.extend(self.default(current));
        }
        if self.is_flag {
            // Flags follow from other columns, so those are told first.
            found
                .iter_mut()
                .for_each(|change| change.score = change.score.min(FLAG));
        } else if current.finite() >= rules.least_rows && all.finite() >= LEAST_ROWS {
            found.extend(self.mean(current, days));
            if !self.care.after_break {
                found.extend(self.collapse(current));
                found.extend(self.shape(current, days));
            }
            found.extend(self.explosion(current, days));
        }
        found.retain(Change::is_minded);
        found.sort_by(|a, b| b.score.total_cmp(&a.score));
        found
    }

    /// Fewer NULLs are no loss: a column comes to life.
    fn nulls(&self, current: &Distribution) -> Option<Change> {
        let (before, now) = (null_part(&self.baseline.all), null_part(current));
        let worth = self.baseline.nulls;
        let change = self.share(Kind::Nulls, "NULL", before, now, worth)?;
        let usual = self.usual.iter().filter_map(|day| day.nulls);
        (change.current > change.baseline && is_beyond(change.current, usual)).then_some(change)
    }

    fn zeros(&self, current: &Distribution) -> Option<Change> {
        let (before, now) = (zero_part(&self.baseline.all), zero_part(current));
        let worth = self.baseline.zeros;
        let what = if self.is_flag { "false" } else { "zero" };
        let change = self.share(Kind::Zeros, what, before, now, worth)?;
        let usual = self.usual.iter().filter_map(|day| day.zeros);
        is_beyond(change.current, usual).then_some(change)
    }

    fn default(&self, current: &Distribution) -> Option<Change> {
        let default = self.rules.default?;
        let (before, now) = (
            literal_part(&self.baseline.all, default)?,
            literal_part(current, default)?,
        );
        let worth = Worth(self.rules.alike);
        let what = format!("the default {}", figure(default));
        let change = self.share(Kind::Default, &what, before, now, worth)?;
        let of = |day: &Rc<Day>| literal_part(&day.held, default)?.share();
        let usual = self.usual.iter().filter_map(of);
        (change.current > change.baseline && is_beyond(change.current, usual)).then_some(change)
    }

    fn mean(&self, current: &Distribution, days: usize) -> Option<Change> {
        let (baseline, rules, care) = (self.baseline, self.rules, self.care);
        let all = &baseline.all;
        let shift = mean_shift(all, current)?;
        let usual = self.usual.iter().filter_map(|day| day.held.mean());
        if !is_beyond(shift.current, usual) {
            return None;
        }
        let (before, now) = (all.finite() as f64, current.finite() as f64);
        match shift.size {
            Size::Sigmas(moved) => {
                let sigmas = self.off_course(moved, shift.current, days)?;
                let worth = baseline.mean;
                let sure = match baseline.rarely_not {
                    // A mean of rare values says less than how many there are.
                    Some(value) => self.is_sure_of(
                        others(all, value)?,
                        others(current, value)?,
                        Worth(worth.0.max(rules.alike)),
                    ),
                    None => {
                        let t = sigmas / worth.unit(before, now).sqrt();
                        let p = student(t, worth.degrees(before));
                        let parts = if days < PART_DAYS { &WHOLE[..] } else { &PARTS };
                        care.is_sure(p.max(drawn(all, current, worth, parts)))
                    }
                };
                let score = sigmas.abs() / (rules.mean.critical * care.slack());
                Some(Change {
                    kind: Kind::Mean,
                    score,
                    warns: rules.mean.warns / rules.mean.critical,
                    // A day alone may be one game, with overtime or without stars.
                    sure: sure && (days > 1 || score >= 1.0),
                    baseline: shift.baseline,
                    current: shift.current,
                    told: format!(
                        "mean {} against {}, {:.1} sigma",
                        figure(shift.current),
                        figure(shift.baseline),
                        sigmas.abs()
                    ),
                })
            }
            // There is no unit to measure by, so rows of another value are counted.
            Size::WasConstant if baseline.days.len() >= TELLING_DAYS => {
                let constant = all.mean()?;
                let (before, now) = (others(all, constant)?, others(current, constant)?);
                let worth = Worth(rules.alike);
                let mut change = self.share(Kind::Constant, "other values", before, now, worth)?;
                change.told = format!("was constantly {}, {}", figure(constant), change.told);
                // Often a column only comes to life.
                change.score = change.score.min(WARNING);
                Some(change)
            }
            Size::WasConstant => None,
        }
    }

    /// By how many sigmas a mean is off, where the baseline's is on its way: the lesser of the distances to it and to where
    /// it would be by now. `None` if it is on its way, too.
    fn off_course(&self, moved: f64, mean: f64, days: usize) -> Option<f64> {
        if moved.abs() < self.rules.mean.warns {
            return None;
        }
        let Some(course) = self.baseline.course(days) else {
            return Some(moved);
        };
        let off = mean - course.expected;
        if !is_beyond(off, course.apart.iter().copied()) {
            return None;
        }
        let off = off / self.baseline.all.deviation()?;
        Some(if off.abs() < moved.abs() { off } else { moved })
    }

    /// Values that are all but the same say nothing any more.
    fn collapse(&self, current: &Distribution) -> Option<Change> {
        let (baseline, rules) = (self.baseline, self.rules);
        let (found, usual) = self.spread(current)?;
        let least = usual.into_iter().fold(f64::INFINITY, f64::min);
        let ratio = found.ratio()?;
        if ratio > COLLAPSED || found.current >= COLLAPSED * least {
            return None;
        }
        // Each independent row would have to fall into so narrow a range.
        let within = baseline.all.count_within(current.min()?, current.max()?);
        let share = (within + 1) as f64 / (baseline.all.finite() + 1) as f64;
        // A value that came before comes more often: that is a share's to tell.
        if share > USED {
            return None;
        }
        let rows = current.finite() as f64 / baseline.mean.0.max(rules.alike);
        Some(Change {
            kind: Kind::Collapse,
            score: 1.0 + (COLLAPSED - ratio),
            warns: 0.5,
            sure: self.care.is_sure(share.powf(rows)),
            baseline: found.baseline,
            current: found.current,
            told: told_spread(&found),
        })
    }

    /// Exploded spreads warn.
    fn explosion(&self, current: &Distribution, days: usize) -> Option<Change> {
        let (baseline, care) = (self.baseline, self.care);
        let (found, usual) = self.spread(current)?;
        let most = usual.into_iter().fold(0.0, f64::max);
        let ratio = found.ratio()?;
        if ratio < EXPLODED * care.slack() || found.current <= (1.0 + MARGIN) * most {
            return None;
        }
        // The logarithm of a deviation has a variance of (kurtosis - 1) / 4n (Cramér, "Mathematical Methods of
        // Statistics", 1946, 28.4).
        let excess = (baseline.all.kurtosis()? - 1.0).max(0.5);
        let unit = excess / 4.0 * baseline.mean.0 / current.finite() as f64;
        let degrees = baseline.mean.degrees(baseline.all.finite() as f64);
        Some(Change {
            kind: Kind::Explosion,
            score: (ratio / (2.0 * EXPLODED)).min(WARNING),
            warns: 0.5,
            sure: days >= PART_DAYS && care.is_sure(student(ratio.ln() / unit.sqrt(), degrees)),
            baseline: found.baseline,
            current: found.current,
            told: told_spread(&found),
        })
    }

    /// The deviations, and those of usual days.
    fn spread(&self, current: &Distribution) -> Option<(Spread, Vec<f64>)> {
        let found = spread(&self.baseline.all, current)?;
        let of = |day: &Rc<Day>| day.held.deviation().filter(|_| day.values() >= SPREAD_ROWS);
        let usual: Vec<f64> = self.usual.iter().filter_map(of).collect();
        let is_enough = current.finite() as f64 >= SPREAD_ROWS && usual.len() >= LEAST_DAYS;
        is_enough.then_some((found, usual))
    }

    /// The population stability index, beyond what chance makes of it.
    fn shape(&self, current: &Distribution, days: usize) -> Option<Change> {
        let (baseline, limits) = (self.baseline, self.rules.shape);
        let psi = baseline.stability(current)?;
        let index = psi.figure.lo;
        if index < limits.warns {
            return None;
        }
        if baseline.days.len() < TELLING_DAYS || baseline.course(days).is_some() {
            return None;
        }
        let own = baseline.days.iter();
        let own: Vec<_> = own
            .filter_map(|day| baseline.stability(&day.held))
            .collect();
        let worth = baseline.shape(&own);
        let beyond = index - psi.by_chance * worth.0;
        if beyond < limits.warns {
            return None;
        }
        let usual = self.usual.iter();
        let usual = usual.filter_map(|day| baseline.stability(&day.held));
        let usual = usual.map(|psi| psi.figure.value);
        let usual = usual.chain(self.indexes.iter().copied()).chain([0.0]);
        if !is_beyond(index, usual) {
            return None;
        }
        let degrees = (psi.classes - 1) as f64;
        let f = index / (psi.by_chance * worth.0);
        let p = fisher(f, degrees, worth.degrees(baseline.all.finite() as f64));
        Some(Change {
            kind: Kind::Shape,
            // Who plays changes shapes, too.
            score: (beyond / limits.critical).min(WARNING),
            warns: limits.warns / limits.critical,
            sure: days >= PART_DAYS && self.care.is_sure(p),
            baseline: 0.0,
            current: beyond,
            told: format!(
                "other values, population stability index {} beyond chance",
                figure(beyond)
            ),
        })
    }

    fn share(
        &self,
        kind: Kind,
        what: &str,
        before: Part,
        now: Part,
        worth: Worth,
    ) -> Option<Change> {
        if now.whole < self.rules.least_rows || before.whole < LEAST_ROWS {
            return None;
        }
        let change = share_change(before, now)?;
        // Both limits count, so the smaller of the two sizes is the change's.
        let limits = &self.rules.shares;
        let score = |size: f64, limits: &Limits| size.abs() / limits.critical;
        let (h, points) = (
            score(change.h, &limits.h),
            score(change.points(), &limits.points),
        );
        let warns = match h < points {
            true => limits.h.warns / limits.h.critical,
            false => limits.points.warns / limits.points.critical,
        };
        let score = (h.min(points) + 1e-12) / self.care.slack();
        if score < warns {
            return None;
        }
        Some(Change {
            kind,
            score,
            warns,
            sure: self.is_sure_of(before, now, worth),
            baseline: change.baseline,
            current: change.current,
            told: format!(
                "{} % {what} against {} %",
                percent(change.current),
                percent(change.baseline)
            ),
        })
    }

    fn is_sure_of(&self, before: Part, now: Part, worth: Worth) -> bool {
        let shares = before.share().zip(now.share());
        shares.is_some_and(|(usual, share)| {
            let p = exact(worth.rows(before, share), worth.rows(now, usual));
            self.care.is_sure(p)
        })
    }
}

/// Whether a figure is outside of the range of usual ones, by more than a margin of it.
fn is_beyond(figure: f64, usual: impl Iterator<Item = f64>) -> bool {
    let ends = usual.fold(None, |ends: Option<(f64, f64)>, value| {
        let (lo, hi) = ends.unwrap_or((value, value));
        Some((lo.min(value), hi.max(value)))
    });
    ends.is_none_or(|(lo, hi)| {
        let margin = MARGIN * (hi - lo) + 1e-12 * lo.abs().max(hi.abs());
        figure < lo - margin || figure > hi + margin
    })
}

/// How likely independent rows of the baseline fall as far on the side to which the mean moved, whatever the shape of its
/// values: the least of Chernoff's bounds (1952) for parts of the day's rows. Means of few skewed values are not
/// normal.
fn drawn(baseline: &Distribution, current: &Distribution, worth: Worth, parts: &[f64]) -> f64 {
    let upwards = current.mean() > baseline.mean();
    let rows = current.finite() as f64 / worth.0;
    let of = |part: f64| -> Option<f64> {
        let place = current.quantile(if upwards { 1.0 - part } else { part })?;
        let beyond = match upwards {
            true => baseline.count_within(place.lo, f64::INFINITY),
            false => baseline.count_within(f64::NEG_INFINITY, place.hi),
        };
        // Independent rows of the baseline, one more for what it has not seen yet.
        let usual = (beyond as f64 / worth.0 + 1.0) / (baseline.finite() as f64 / worth.0 + 1.0);
        let divergence =
            part * (part / usual).ln() + (1.0 - part) * ((1.0 - part) / (1.0 - usual)).ln();
        (usual < part).then(|| (-rows * divergence).exp())
    };
    let bounds = parts.iter().copied().filter_map(of);
    bounds.fold(1.0, f64::min)
}

/// Rows of another value than this.
fn others(of: &Distribution, value: f64) -> Option<Part> {
    let same = literal_part(of, value)?;
    Some(Part {
        part: same.whole - same.part.min(same.whole),
        whole: same.whole,
    })
}

fn told_spread(found: &Spread) -> String {
    format!(
        "standard deviation {} against {}",
        figure(found.current),
        figure(found.baseline)
    )
}

/// A figure for a sentence.
fn figure(value: f64) -> String {
    let digits = match value.abs() {
        size if size >= 100.0 => 1,
        size if size >= 1.0 => 2,
        _ => 4,
    };
    let text = format!("{value:.digits$}");
    match text.contains('.') {
        true => text.trim_end_matches('0').trim_end_matches('.').to_owned(),
        false => text,
    }
}

fn percent(share: f64) -> String {
    let percent = share * 100.0;
    match percent {
        whole if whole == whole.round() => format!("{whole}"),
        part => format!("{part:.1}"),
    }
}
