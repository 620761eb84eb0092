//! One column, one direction: the differing rows, and how a guess about them is weighed.

use std::cell::OnceCell;

use arrow::buffer::BooleanBuffer;
use hashbrown::HashSet;

use super::chance::{Frequency, log_tail};
use super::exact::Exact;
use super::mechanism::Mechanism;
use super::series::{Kind, NULL, Series, number_code, pair_code, rough_code};
use super::{Catalogue, Side};

/// A guess is claimed only if luck explains it less often than this.
const CLAIM: f64 = 1e-6;
/// What explains less than half of the rows it could must be this much surer.
const CLAIM_PART: f64 = 1e-12;
/// Fewer rows of evidence than this are no evidence.
const FEWEST: usize = 5;
/// The share of the differing rows below which nothing is worth telling.
const LEAST_SHARE: f64 = 0.03;
/// As many differing rows show whether a guess is worth trying on all.
const SAMPLE: usize = 1500;
/// The distributions of long columns are taken from as many rows.
const DISTRIBUTION: usize = 20_000;
/// Fewer entities than this are not told apart.
const ENTITIES: usize = 20;

/// The differing rows of a column, where the values of `goal` are to be explained.
pub(super) struct Case<'a> {
    pub(super) catalogue: &'a Catalogue<'a>,
    pub(super) column: usize,
    pub(super) goal: Side,
    pub(super) rows: &'a [u32],
    /// All rows of the two sides.
    pub(super) source: &'a Series,
    pub(super) target: &'a Series,
    /// Numbers of the differing rows, of the source and of the goal; empty if the type has none.
    pub(super) x: Vec<f64>,
    pub(super) y: Vec<f64>,
    /// By which values are equal.
    pub(super) codes: Codes,
    /// By which luck with numbers is judged, where it takes other codes.
    rough: Option<Codes>,
    /// Indices into `rows`.
    pub(super) sample: Vec<usize>,
    /// The first row of each (entity, source, goal): the rest is no evidence of its own.
    first: Vec<bool>,
    /// Rows that do not differ.
    pub(super) equal: Vec<u32>,
    /// Integers and decimals as they are.
    exact: OnceCell<Option<Exact>>,
    /// The step all numbers of the goal are multiples of.
    pub(super) grain: OnceCell<Option<f64>>,
}

/// Codes of the differing rows, and how often each occurs.
pub(super) struct Codes {
    pub(super) from: Vec<u64>,
    pub(super) to: Vec<u64>,
    /// The goal's values in all rows, in the differing rows.
    all: Frequency,
    pub(super) among: Frequency,
    /// The values the column has anyway: equal rows, and the source's of differing rows.
    pub(super) usual: Frequency,
}

impl Codes {
    /// Of the codes of all rows; `some` of them are counted, and `equal` of these do not differ.
    fn new(
        source: &[u64],
        target: &[u64],
        rows: &[u32],
        some: &[usize],
        differs: &BooleanBuffer,
    ) -> Self {
        let pick = |codes: &[u64]| rows.iter().map(|r| codes[*r as usize]).collect::<Vec<_>>();
        let to = pick(target);
        let usual = some.iter().map(|r| match differs.value(*r) {
            false => target[*r],
            true => source[*r],
        });
        Self {
            all: Frequency::of(some.iter().map(|r| target[*r])),
            among: Frequency::of(to.iter().copied()),
            usual: Frequency::of(usual),
            from: pick(source),
            to,
        }
    }

    /// The probability that these predictions, one a row of `at`, fit by luck: that they meet another row's value, or that
    /// of a value drawn like the column's, which is known to differ from the source.
    pub(super) fn pairing(&self, at: &[usize], predicted: impl Fn(usize) -> u64) -> f64 {
        let two_values = self.all.distinct() <= 2;
        let (mut sum, mut n) = (0.0, 0.0);
        for i in at {
            let code = predicted(*i);
            if code == NULL {
                continue;
            }
            n += 1.0;
            let drawn = if two_values || code == self.from[*i] {
                0.0
            } else {
                self.all.share(code) / (1.0 - self.all.share(self.from[*i])).max(0.02)
            };
            // The row itself is no other row.
            let others = self.among.count(code) - u32::from(code == self.to[*i]);
            let others = f64::from(others) / f64::from(self.among.total().max(2) - 1);
            sum += others.max(drawn).min(1.0);
        }
        if n > 0.0 { sum / n } else { 1.0 }
    }
}

/// A mechanism with its parameters, and the rows it fits.
pub(super) struct Guess {
    pub(super) mechanism: Mechanism,
    pub(super) formula: String,
    /// One a differing row.
    pub(super) fits: Vec<bool>,
    /// The rows it could explain; all where there is none.
    pub(super) could: Option<Vec<bool>>,
    /// The probability that a row fits by luck.
    pub(super) base: f64,
    /// How many guesses of its kind were tried.
    pub(super) tries: f64,
    /// Parameters read from the rows.
    pub(super) free: usize,
    /// How far from simple it is, in bits.
    pub(super) cost: f64,
    /// Rows it fits beside those it made, by luck.
    pub(super) luck: f64,
}

/// A guess that holds.
#[derive(Debug, Clone)]
pub(super) struct Candidate {
    pub(super) mechanism: Mechanism,
    pub(super) side: Side,
    pub(super) formula: String,
    pub(super) fits: Vec<bool>,
    pub(super) support: usize,
    pub(super) could: usize,
    pub(super) chance: f64,
    pub(super) cost: f64,
    pub(super) luck: f64,
}

impl<'a> Case<'a> {
    pub(super) fn new(
        catalogue: &'a Catalogue<'a>,
        column: usize,
        goal: Side,
        rows: &'a [u32],
        source: &'a Series,
        target: &'a Series,
    ) -> Self {
        // Sides of two types have no arithmetic between them.
        let none = source.numbers.is_empty() || target.numbers.is_empty();
        let floats = |numbers: &[f64]| match none {
            true => Vec::new(),
            false => rows.iter().map(|r| numbers[*r as usize]).collect(),
        };
        let differs = &catalogue.paired.differs[column];
        let n = target.codes.len();
        let stride = n.div_ceil(DISTRIBUTION).max(1);
        let some: Vec<usize> = (0..n).step_by(stride).collect();
        let equal: Vec<u32> = some
            .iter()
            .filter(|r| !differs.value(**r))
            .map(|r| *r as u32)
            .collect();
        let count =
            |source: &[u64], target: &[u64]| Codes::new(source, target, rows, &some, differs);
        let codes = count(&source.codes, &target.codes);
        let same = source.is_rough() || target.is_rough();
        let rough = same.then(|| count(source.rough(), target.rough()));
        let (from, to) = (&codes.from, &codes.to);
        let order = &catalogue.order;
        // Rows of an entity that are hit one by one are evidence each; those hit together are one piece of it.
        let together = order.apart && order.entities >= ENTITIES && {
            let units = rows.iter().zip(from);
            let hit: HashSet<u64> = units
                .map(|(row, from)| pair_code(order.entity[*row as usize], *from))
                .collect();
            let all = order.entity.iter().zip(&source.codes);
            let all = all
                .filter(|(entity, code)| hit.contains(&pair_code(**entity, **code)))
                .count();
            rows.len() * 10 >= all * 7
        };
        let first = match together {
            true => {
                let mut seen = HashSet::with_capacity(rows.len());
                let units = rows.iter().zip(from.iter().zip(to));
                units
                    .map(|(row, (from, to))| {
                        let entity = order.entity[*row as usize];
                        seen.insert(pair_code(entity, pair_code(*from, *to)))
                    })
                    .collect()
            }
            false => vec![true; rows.len()],
        };
        Self {
            catalogue,
            column,
            goal,
            rows,
            source,
            target,
            x: floats(&source.numbers),
            y: floats(&target.numbers),
            sample: sample(rows.len(), SAMPLE),
            first,
            equal,
            codes,
            rough,
            exact: OnceCell::new(),
            grain: OnceCell::new(),
        }
    }

    pub(super) fn kind(&self) -> Kind {
        self.target.kind
    }

    /// The names of the source's and the goal's side.
    pub(super) fn names(&self) -> (&'static str, &'static str) {
        (self.goal.other().name(), self.goal.name())
    }

    /// The codes by which luck with numbers is judged: what arithmetic on floats loses makes no other value.
    pub(super) fn rough(&self) -> &Codes {
        self.rough.as_ref().unwrap_or(&self.codes)
    }

    /// Integers and decimals as they are, of other types none.
    pub(super) fn exact(&self) -> Option<&Exact> {
        self.exact.get_or_init(|| Exact::new(self)).as_ref()
    }

    /// Whether a predicted number is the goal's value, but for what arithmetic on floats loses. It has to be far nearer to
    /// the goal than the source is, or it would predict no change.
    pub(super) fn meets(&self, i: usize, value: f64) -> bool {
        let (x, y) = (self.x[i], self.y[i]);
        let ulp = f64::EPSILON * value.abs().max(y.abs());
        let change = (y - x).abs();
        // Floats do not show what so small a change of an integer or a decimal is.
        if matches!(self.kind(), Kind::Int | Kind::Decimal) && change <= 16.0 * ulp {
            return false;
        }
        let near = self.kind().is_time()
            || change.is_nan()
            || (value - y).abs() <= 0.01 * change + 2.0 * ulp;
        value == y || (near && self.kind().same(value, y))
    }

    /// Whether a predicted number is another than the source's.
    pub(super) fn moves(&self, i: usize, value: f64) -> bool {
        let x = self.x[i];
        let slack = match self.kind() {
            Kind::Float | Kind::Decimal => 4.0 * f64::EPSILON * value.abs().max(x.abs()),
            kind => return !value.is_nan() && !kind.same(value, x),
        };
        !value.is_nan() && value != x && (x.is_nan() || (value - x).abs() > slack)
    }

    /// The probability that a random pair of the rows' values fits, by trial.
    pub(super) fn shuffled(&self, fits: impl Fn(usize, usize) -> bool) -> f64 {
        let n = self.rows.len();
        let (mut hits, mut tried) = (1.0, 2.0);
        for step in [1, 2, 3, 5, 11, 101] {
            for i in self.sample.iter().step_by(4) {
                let j = (i + n / 7 * step + step) % n.max(1);
                // Equal values would be no difference.
                if self.codes.from[*i] != self.codes.to[j] {
                    tried += 1.0;
                    hits += f64::from(u8::from(fits(*i, j)));
                }
            }
        }
        hits / tried
    }

    /// What numbers predict: the guess, unless the values are merely near.
    pub(super) fn predicted(&self, p: Prediction, value: impl Fn(usize) -> f64) -> Option<Guess> {
        let window = p.grain.or(self.grain()).map(|g| 2.5 * g);
        let code = |i: usize| match value(i) {
            value if value.is_nan() => NULL,
            // Times have no rough codes.
            value if self.kind().is_time() => number_code(value),
            value => rough_code(value),
        };
        self.told(
            p,
            self.rough(),
            &Meeting {
                could: &|i| self.moves(i, value(i)),
                fits: &|i| self.meets(i, value(i)),
                near: &|i| window.is_some_and(|w| (value(i) - self.y[i]).abs() <= w),
                code: &code,
            },
        )
    }

    /// What something predicts: the guess, unless the values are merely near.
    pub(super) fn told(
        &self,
        p: Prediction,
        codes: &Codes,
        meeting: &Meeting<'_>,
    ) -> Option<Guess> {
        let n = self.rows.len();
        let mut fits = vec![false; n];
        let mut could = vec![false; n];
        let (mut hits, mut near) = (0_usize, 0_usize);
        for i in 0..n {
            if self.codes.to[i] == NULL || !(meeting.could)(i) {
                continue;
            }
            could[i] = true;
            if (meeting.fits)(i) {
                fits[i] = true;
                hits += 1;
            } else if (meeting.near)(i) {
                near += 1;
            }
        }
        // Noise about the prediction fits now and then, and as often just misses.
        if hits < FEWEST || near as f64 > 0.35 * hits as f64 {
            return None;
        }
        let base = codes.pairing(&self.sample, meeting.code);
        // Of rows hit by something else, as many fit as of these when their values are shuffled.
        let missed: Vec<usize> = sample(n, 3 * SAMPLE)
            .into_iter()
            .filter(|i| could[*i] && !fits[*i])
            .collect();
        let others = Frequency::of(missed.iter().map(|i| codes.to[*i]));
        let met = missed
            .iter()
            .map(|i| others.share((meeting.code)(*i)))
            .sum::<f64>();
        let rate = (met / missed.len().max(1) as f64).min(0.5);
        let misses = could
            .iter()
            .zip(&fits)
            .filter(|(could, fits)| **could && !**fits)
            .count();
        Some(Guess {
            luck: 2.0 * rate / (1.0 - rate) * misses as f64,
            mechanism: p.mechanism,
            formula: p.formula,
            fits,
            could: Some(could),
            base,
            tries: p.tries,
            free: p.free,
            cost: p.cost,
        })
    }

    /// The share of the sample a numeric prediction fits, of the rows it could.
    pub(super) fn sample_share(&self, value: impl Fn(f64) -> f64) -> f64 {
        let (mut hits, mut n) = (0.0, 0.0);
        for i in &self.sample {
            let (x, y) = (self.x[*i], self.y[*i]);
            if x.is_finite() && y.is_finite() {
                n += 1.0;
                hits += f64::from(u8::from(self.meets(*i, value(x))));
            }
        }
        if n > 0.0 { hits / n } else { 0.0 }
    }

    /// The step all finite numbers of the goal are multiples of, but for a few.
    pub(super) fn grain(&self) -> Option<f64> {
        *self.grain.get_or_init(|| {
            if let Some(exact) = self.exact() {
                return exact.grain(&self.sample);
            }
            let numbers: Vec<f64> = self
                .sample
                .iter()
                .filter_map(|i| self.y.get(*i).copied())
                .filter(|y| y.is_finite() && *y != 0.0)
                .collect();
            let whole = |unit: f64| {
                let fit = |y: &&f64| {
                    let steps = **y / unit;
                    (steps - steps.round()).abs() <= 1e-7 + 1e-12 * steps.abs()
                };
                numbers.iter().filter(fit).count() * 100 >= numbers.len() * 82
            };
            match self.kind() {
                Kind::Date => Some(1.0),
                Kind::Time | Kind::Timestamp => [86_400e6, 3_600e6, 900e6, 60e6, 1e6, 1e3, 1.0]
                    .into_iter()
                    .find(|unit| whole(*unit)),
                _ if numbers.is_empty() => None,
                _ => (-3..=6)
                    .map(|digits| 10_f64.powi(-digits))
                    .find(|unit| whole(*unit)),
            }
        })
    }

    /// The guess as a candidate, if it explains enough and luck does not.
    pub(super) fn weigh(&self, guess: Guess) -> Option<Candidate> {
        let n = self.rows.len();
        let could = |i: usize| guess.could.as_ref().is_none_or(|could| could[i]);
        let (mut rows, mut support, mut hits) = (0_usize, 0_usize, 0_usize);
        for i in 0..n {
            let fits = guess.fits[i];
            if !fits && !could(i) {
                continue;
            }
            rows += 1;
            support += usize::from(fits);
            hits += usize::from(fits && self.first[i]);
        }
        if hits < FEWEST + guess.free || (support as f64) < LEAST_SHARE * n as f64 {
            return None;
        }
        let base = guess.base.max(1.0 / (n as f64 + 20.0));
        // As much evidence as its distinct hits are, in the proportion of the rows.
        let units = hits as f64 * rows as f64 / support as f64;
        // Each parameter was read from one of the rows that fit.
        let log = log_tail((hits - guess.free) as f64, units - guess.free as f64, base);
        let chance = (log + guess.tries.max(1.0).ln()).exp().min(1.0);
        let whole = 2 * support >= rows;
        if chance > if whole { CLAIM } else { CLAIM_PART } {
            return None;
        }
        Some(Candidate {
            mechanism: guess.mechanism,
            side: self.goal,
            formula: guess.formula,
            fits: guess.fits,
            support,
            could: rows,
            chance,
            cost: guess.cost,
            luck: guess.luck,
        })
    }
}

/// Of each differing row, what a prediction makes of it.
pub(super) struct Meeting<'f> {
    /// Whether something else than the source's value is predicted.
    pub(super) could: &'f dyn Fn(usize) -> bool,
    pub(super) fits: &'f dyn Fn(usize) -> bool,
    /// Whether it just misses.
    pub(super) near: &'f dyn Fn(usize) -> bool,
    /// The code of what is predicted.
    pub(super) code: &'f dyn Fn(usize) -> u64,
}

/// What a numeric guess is called and costs.
pub(super) struct Prediction {
    pub(super) mechanism: Mechanism,
    pub(super) formula: String,
    pub(super) tries: f64,
    pub(super) free: usize,
    pub(super) cost: f64,
    /// The step to the next value, where it is not that of the goal's values.
    pub(super) grain: Option<f64>,
}

/// Up to `most` of `n` indices, evenly spread.
pub(super) fn sample(n: usize, most: usize) -> Vec<usize> {
    if n <= most {
        return (0..n).collect();
    }
    (0..most).map(|i| i * n / most).collect()
}
