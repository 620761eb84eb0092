//! The order of what holds: by rows explained, then simplicity, then luck.

use arrow::buffer::BooleanBuffer;

use super::case::{Candidate, sample};
use super::chance::Frequency;
use super::rounding::Cut;
use super::series::Series;
use super::{Mechanism, Pattern, Side};

/// What one more row explained is worth, in bits of simplicity.
const ROW: f64 = 8.0;
/// The share of the differing rows a further pattern must explain that no better one does.
const FURTHER: f64 = 0.02;

/// What speaks against what plain arithmetic says as well, in bits: more than any offset takes to write.
const PLAINER: f64 = 24.0;

/// Which side's differing values look like those the column has in rows that do not differ.
#[derive(Debug)]
pub(super) struct Normal {
    /// The share of the left side's values that look so, less the right's.
    lead: f64,
}

impl Normal {
    pub(super) fn new(
        left: &Series,
        right: &Series,
        rows: &[u32],
        differs: &BooleanBuffer,
    ) -> Self {
        let equal = (0..differs.len())
            .filter(|r| !differs.value(*r))
            .step_by(1 + differs.len() / 20_000);
        let equal: Vec<usize> = equal.collect();
        if equal.len() < 20 {
            return Self { lead: 0.0 };
        }
        let at = sample(rows.len(), 2_000);
        let usual = |series: &Series| {
            if series.numbers.is_empty() {
                let seen = Frequency::of(equal.iter().map(|r| series.codes[*r]));
                let known = |i: &&usize| seen.count(series.codes[rows[**i] as usize]) > 0;
                return at.iter().filter(known).count() as f64;
            }
            let mut numbers: Vec<f64> = equal.iter().map(|r| series.numbers[*r]).collect();
            numbers.retain(|v| v.is_finite());
            numbers.sort_by(f64::total_cmp);
            let n = numbers.len();
            let last = n.saturating_sub(1 + n / 50);
            let (Some(low), Some(high)) = (numbers.get(n / 50), numbers.get(last)) else {
                return 0.0;
            };
            let within = |i: &&usize| (*low..=*high).contains(&series.numbers[rows[**i] as usize]);
            at.iter().filter(within).count() as f64
        };
        let lead = (usual(left) - usual(right)) / at.len().max(1) as f64;
        Self { lead }
    }

    /// What speaks against a side being the one that was made of the other.
    fn cost(&self, side: Side) -> f64 {
        match side {
            Side::Left if self.lead > 0.1 => 6.0,
            Side::Right if self.lead < -0.1 => 6.0,
            _ => 0.0,
        }
    }
}

/// Whether a candidate says of the side that is as it should be what another says of the one that is not.
fn lesser(candidate: &Candidate, all: &[Candidate]) -> bool {
    use Mechanism as M;
    all.iter().any(|other| {
        let beside = matches!(
            other.mechanism,
            M::JsonPath | M::OtherColumn | M::BecameNull
        );
        let across = other.side != candidate.side && 2 * other.support >= candidate.support;
        match candidate.mechanism {
            M::BecameNull => across && matches!(other.mechanism, M::NullToZero | M::NullToValue),
            M::JsonPath | M::OtherColumn => across && !beside,
            M::Constant | M::Default => match other.mechanism {
                M::Spelling => 2 * other.support >= candidate.support,
                M::Clamped => {
                    other.side == candidate.side && 10 * other.support >= 8 * candidate.support
                }
                _ => false,
            },
            _ => false,
        }
    })
}

/// Whether another candidate says by plain arithmetic what this one says of all the same rows in a way that many rows may
/// fit by luck: of rows that all moved by one, each is the next where values count up, and may be what rounds to tens.
fn plainer(candidate: &Candidate, all: &[Candidate]) -> bool {
    use Mechanism as M;
    let by_luck = matches!(
        candidate.mechanism,
        M::Rounded
            | M::Truncated
            | M::Floored
            | M::Ceiled
            | M::TruncatedAffine
            | M::PreviousRow
            | M::NextRow
            | M::Stale
            | M::Later
    );
    by_luck
        && all.iter().any(|other| {
            matches!(
                other.mechanism,
                M::Shifted | M::Scaled | M::UnitChange | M::DayShift | M::TimeZone
            ) && !is_cut(other)
                && {
                    let both = candidate.fits.iter().zip(&other.fits);
                    let missed = both.filter(|(ours, theirs)| **ours && !**theirs).count();
                    missed * 50 <= candidate.support
                }
        })
}

/// Whether a formula ends in lost digits: `right = trunc(left * 2)`.
fn is_cut(candidate: &Candidate) -> bool {
    let made = candidate
        .formula
        .split_once(" = ")
        .map_or("", |(_, made)| made);
    Cut::ALL.iter().any(|cut| {
        let rest = made.strip_prefix(cut.name());
        rest.is_some_and(|rest| rest.starts_with('('))
    })
}

/// The formula without regard to which side is which.
fn neutral(candidate: &Candidate) -> String {
    let (goal, source) = (candidate.side.name(), candidate.side.other().name());
    candidate
        .formula
        .replace(goal, "goal")
        .replace(source, "source")
}

/// The candidates as patterns, the best first, each telling rows of its own.
pub(super) fn patterns(
    column: &str,
    rows: &[u32],
    mut candidates: Vec<Candidate>,
    normal: &Normal,
) -> Vec<Pattern> {
    let mut patterns = Vec::new();
    let mut left = vec![true; rows.len()];
    let total = rows.len() as f64;
    loop {
        let fresh = |c: &Candidate| c.fits.iter().zip(&left).filter(|(a, b)| **a && **b).count();
        let mut scored: Vec<(f64, usize, usize)> = Vec::new();
        for (at, candidate) in candidates.iter().enumerate() {
            let new = fresh(candidate);
            if (new as f64) < (FURTHER * total).max(4.0) || 3 * new < candidate.support {
                continue;
            }
            let cost = candidate.cost + normal.cost(candidate.side);
            let worth = ROW * (new as f64 - candidate.luck).max(0.0);
            let worth = if lesser(candidate, &candidates) {
                0.5 * worth
            } else {
                worth
            };
            let cost = match plainer(candidate, &candidates) {
                true => cost + PLAINER,
                false => cost,
            };
            scored.push((worth - cost, new, at));
        }
        scored.sort_by(|a, b| {
            let (c, d) = (&candidates[a.2], &candidates[b.2]);
            b.0.total_cmp(&a.0)
                .then(c.cost.total_cmp(&d.cost))
                .then(c.mechanism.cmp(&d.mechanism))
                .then(c.chance.total_cmp(&d.chance))
                // Not by side first, so that sides that change places change nothing else.
                .then_with(|| neutral(c).cmp(&neutral(d)))
                .then(d.side.cmp(&c.side))
        });
        let Some((_, new, best)) = scored.first().copied() else {
            return patterns;
        };
        let also = |(_, _, at): &&(f64, usize, usize)| {
            let other = &candidates[*at];
            let both = other.fits.iter().zip(&candidates[best].fits);
            *at != best
                && other.mechanism != candidates[best].mechanism
                && both.filter(|(a, b)| a != b).count() * 50 <= new
        };
        let alternatives = scored
            .iter()
            .filter(also)
            .map(|(_, _, at)| (candidates[*at].mechanism, candidates[*at].formula.clone()))
            .take(4)
            .collect();
        let chosen = candidates.swap_remove(best);
        let mut examples = Vec::new();
        for ((fits, left), row) in chosen.fits.iter().zip(&mut left).zip(rows) {
            if *fits {
                *left = false;
                if examples.len() < 3 {
                    examples.push(*row);
                }
            }
        }
        patterns.push(Pattern {
            column: column.to_owned(),
            mechanism: chosen.mechanism,
            side: chosen.side,
            formula: chosen.formula,
            support: chosen.support as u64,
            rows: chosen.could as u64,
            chance: chosen.chance,
            examples,
            alternatives,
        });
        if patterns.len() == 8 {
            return patterns;
        }
    }
}
