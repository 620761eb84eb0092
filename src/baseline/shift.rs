//! How the figures of a window have changed against its baseline.
//!
//! Every change is an effect size, which says how much and not how surely: two rows and two million are graded alike.
//! Where chance can be reckoned, a p-value stands beside it for [`super::multiplicity`]; it takes rows as independent.

use super::chance;
use super::distribution::Distribution;
use super::figure::{Figure, Grade, Limits};
use crate::state::comoments::CoMoments;

/// A mean that moved.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct MeanShift {
    pub baseline: f64,
    pub current: f64,
    /// How the shift compares with the baseline's deviation.
    pub size: Size,
    /// `(current - baseline) / max(|baseline|, sigma)`: the relative change, but never relative to a mean that is close to
    /// 0 for its deviation, where it would say nothing. `None` if the baseline is constantly 0.
    pub relative: Option<f64>,
    /// How likely chance moves a mean that far, were rows independent: `z = shift / (sigma * sqrt(1/n + 1/m))`. Both sides
    /// are taken to have the baseline's sigma, so one row has an answer. 0 for a constant that moved.
    pub p: f64,
}

/// A shift as a multiple of a deviation.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Size {
    /// In deviations of the baseline's rows (Glass' delta, 1976), signed.
    Sigmas(f64),
    /// All rows of the baseline had one value, and the mean is another now.
    WasConstant,
}

/// How many sigmas warn and are critical: as in the pipeline's `feature_quality_check.sql`.
pub const MEAN: Limits = Limits {
    warns: 2.0,
    critical: 3.0,
};

/// A change of a mean that is this share of it, or less, is dust of floats and none.
const DUST: f64 = 1e-9;

impl MeanShift {
    /// By `limits` in sigmas. A constant that moved warns: there is no size it could be compared with, and often it only
    /// came to life.
    pub fn grade(&self, limits: &Limits) -> Grade {
        match self.size {
            Size::Sigmas(sigmas) => limits.grade(sigmas),
            Size::WasConstant => Grade::Warns,
        }
    }
}

/// How the mean of finite values has moved. `None` if the baseline has fewer than two finite values, as no deviation is
/// known, or the window none. Of a constant that has not moved, 0 sigmas.
pub fn mean_shift(baseline: &Distribution, current: &Distribution) -> Option<MeanShift> {
    let (before, sigma) = (baseline.mean()?, baseline.deviation()?);
    let after = current.mean()?;
    let moved = after - before;
    let moved = if moved.abs() <= DUST * before.abs().max(after.abs()) {
        0.0
    } else {
        moved
    };
    let constant = sigma <= DUST * before.abs();
    let (n, m) = (baseline.finite() as f64, current.finite() as f64);
    let (size, p) = match (constant, moved == 0.0) {
        (_, true) => (Size::Sigmas(0.0), 1.0),
        (true, false) => (Size::WasConstant, 0.0),
        (false, false) => (
            Size::Sigmas(moved / sigma),
            chance::normal(moved / (sigma * (1.0 / n + 1.0 / m).sqrt())),
        ),
    };
    let unit = before.abs().max(sigma);
    Some(MeanShift {
        baseline: before,
        current: after,
        size,
        relative: (unit > 0.0).then(|| moved / unit),
        p,
    })
}

/// How the spread of values has changed.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Spread {
    pub baseline: f64,
    pub current: f64,
}

/// What became of a spread.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SpreadChange {
    Kept,
    /// The values are all but the same now.
    Collapsed,
    Exploded,
    /// All values were the same, and no longer are.
    WasConstant,
}

/// A spread of less than this share of the baseline's has collapsed: as in the pipeline's `feature_quality_check.sql`.
pub const COLLAPSED: f64 = 0.1;

/// And of more than this multiple has exploded.
pub const EXPLODED: f64 = 3.0;

/// Of fewer finite values a deviation is mostly chance: its standard error is `1 / sqrt(2 (n - 1))` of it.
pub const SPREAD_ROWS: u64 = 10;

impl Spread {
    /// Current deviation over the baseline's; `None` if that was 0.
    pub fn ratio(&self) -> Option<f64> {
        (self.baseline > 0.0).then(|| self.current / self.baseline)
    }

    /// Current variance over the baseline's; `None` if that was 0.
    pub fn variance_ratio(&self) -> Option<f64> {
        self.ratio().map(|ratio| ratio * ratio)
    }

    /// By ratios of deviations below and above which a spread has collapsed or exploded, usually [`COLLAPSED`] and
    /// [`EXPLODED`].
    pub fn change(&self, collapsed: f64, exploded: f64) -> SpreadChange {
        match self.ratio() {
            None if self.current > 0.0 => SpreadChange::WasConstant,
            Some(ratio) if ratio < collapsed => SpreadChange::Collapsed,
            Some(ratio) if ratio > exploded => SpreadChange::Exploded,
            _ => SpreadChange::Kept,
        }
    }
}

/// The deviations of both sides' finite values; `None` if a side has fewer than [`SPREAD_ROWS`].
pub fn spread(baseline: &Distribution, current: &Distribution) -> Option<Spread> {
    if baseline.finite().min(current.finite()) < SPREAD_ROWS {
        return None;
    }
    // Dust of floats is no spread: the rounding of a constant's values gives some.
    let of = |side: &Distribution| {
        let (mean, deviation) = (side.mean()?, side.deviation()?);
        Some(if deviation <= DUST * mean.abs() {
            0.0
        } else {
            deviation
        })
    };
    Some(Spread {
        baseline: of(baseline)?,
        current: of(current)?,
    })
}

/// A part of a whole: the NULLs of all rows, the zeros of all values.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Part {
    pub part: u64,
    pub whole: u64,
}

impl Part {
    /// The share, in 0 to 1; of nothing, none. A part that is larger than its whole is all of it.
    pub fn share(&self) -> Option<f64> {
        (self.whole > 0).then(|| (self.part as f64 / self.whole as f64).min(1.0))
    }
}

/// NULLs among all rows.
pub fn null_part(of: &Distribution) -> Part {
    Part {
        part: of.nulls(),
        whole: of.rows(),
    }
}

/// Zeros among all values that are not NULL.
pub fn zero_part(of: &Distribution) -> Part {
    Part {
        part: of.classes().zeros,
        whole: of.classes().count(),
    }
}

/// Rows of one value, such as the default that is written where nothing is known, among all values that are not NULL.
/// `None` where the value can't be told from its neighbours; count it apart then.
pub fn literal_part(of: &Distribution, literal: f64) -> Option<Part> {
    Some(Part {
        part: of.count_of(literal)?,
        whole: of.classes().count(),
    })
}

/// A share that changed.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ShareChange {
    pub baseline: f64,
    pub current: f64,
    /// Cohen's h: `2 asin(sqrt(current)) - 2 asin(sqrt(baseline))` (Cohen, "Statistical Power Analysis", 1988, ch. 6).
    /// 0 to 5 percent is as far as 30 to 52; pi at most.
    pub h: f64,
    /// How likely chance changes it that much, were rows independent: `z = h / sqrt(1/n + 1/m)`.
    pub p: f64,
}

/// What a change of a share must come to. Both must be reached: h alone is large from 0 to 1 percent, a difference alone
/// small where a share that was always 0 no longer is.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ShareLimits {
    pub h: Limits,
    /// As shares: 0.05 is five points.
    pub points: Limits,
}

/// Warns from 0 to 5 percent or 30 to 40, is critical from 0 to 10 or 30 to 55: what the pipeline's monitors do of zeros
/// and NULLs.
pub const SHARE: ShareLimits = ShareLimits {
    h: Limits {
        warns: 0.2,
        critical: 0.5,
    },
    points: Limits {
        warns: 0.05,
        critical: 0.1,
    },
};

impl ShareChange {
    /// The difference, -1 to 1.
    pub fn points(&self) -> f64 {
        self.current - self.baseline
    }

    pub fn grade(&self, limits: &ShareLimits) -> Grade {
        // 0.15 - 0.1 is a bit less than 0.05.
        let points = self.points().abs() + 1e-12;
        limits.h.grade(self.h).min(limits.points.grade(points))
    }
}

/// How a share has changed; `None` if a side has nothing.
pub fn share_change(baseline: Part, current: Part) -> Option<ShareChange> {
    let (before, after) = (baseline.share()?, current.share()?);
    let angle = |share: f64| 2.0 * share.sqrt().asin();
    let h = angle(after) - angle(before);
    let per_row = 1.0 / baseline.whole as f64 + 1.0 / current.whole as f64;
    Some(ShareChange {
        baseline: before,
        current: after,
        h,
        p: chance::normal(h / per_row.sqrt()),
    })
}

/// A quantile that moved.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct QuantileShift {
    /// In 0 to 1.
    pub p: f64,
    pub baseline: Figure,
    pub current: Figure,
    /// Current less baseline, in the column's units; NaN where both are one infinity or infinities meet.
    pub moved: Figure,
    /// The same in deviations of the baseline's rows; `None` if that is 0 or not known.
    pub sigmas: Option<Figure>,
}

/// How the quantiles of `ps` have moved, by nearest rank over all values but NULL and NaN; nothing if a side has none.
pub fn quantile_shifts(
    baseline: &Distribution,
    current: &Distribution,
    ps: &[f64],
) -> Vec<QuantileShift> {
    let unit = baseline.deviation().filter(|sigma| *sigma > 0.0);
    let shift = |&p: &f64| {
        let (before, after) = (baseline.quantile(p)?, current.quantile(p)?);
        let moved = Figure {
            value: after.value - before.value,
            lo: after.lo - before.hi,
            hi: after.hi - before.lo,
        };
        Some(QuantileShift {
            p,
            baseline: before,
            current: after,
            moved,
            sigmas: unit.map(|unit| moved.map(|value| value / unit)),
        })
    };
    ps.iter().filter_map(shift).collect()
}

/// A correlation of two columns that changed.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct CorrelationChange {
    /// Pearson's r, -1 to 1.
    pub baseline: f64,
    pub current: f64,
    /// Cohen's q: `atanh(current) - atanh(baseline)` (Fisher 1921; Cohen 1988, ch. 4). Infinite if one side alone is
    /// exactly linear.
    pub q: f64,
    /// How likely chance changes it that much: `z = q / sqrt(1/(n-3) + 1/(m-3))`, of pairs that are independent and normal.
    pub p: f64,
}

/// Cohen's "medium" and "large": 0.8 to 0.67 warns, to 0.54 is critical.
pub const CORRELATION: Limits = Limits {
    warns: 0.3,
    critical: 0.5,
};

/// How a correlation has changed. `None` if a side has fewer than four pairs or is constant in a column: nothing is
/// correlated there, and [`spread`] tells of it. Pairs with a NaN or an infinity make it `None`, too.
pub fn correlation_change(baseline: &CoMoments, current: &CoMoments) -> Option<CorrelationChange> {
    let of = |pairs: &CoMoments| pairs.corr().filter(|r| r.is_finite());
    let (before, after) = (of(baseline)?, of(current)?);
    let spare = |pairs: &CoMoments| pairs.pairs().checked_sub(3).filter(|spare| *spare > 0);
    let (n, m) = (spare(baseline)? as f64, spare(current)? as f64);
    let q = if before == after {
        0.0
    } else {
        after.clamp(-1.0, 1.0).atanh() - before.clamp(-1.0, 1.0).atanh()
    };
    Some(CorrelationChange {
        baseline: before,
        current: after,
        q,
        p: chance::normal(q / (1.0 / n + 1.0 / m).sqrt()),
    })
}
