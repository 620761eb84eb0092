//! A series cut into pieces of one level each, by penalized least squares.
//!
//! Of all ways to cut it, the one is taken for which the weighted squares of what is left, and a penalty for each cut, are
//! the least: optimal partitioning (Jackson et al. 2005), which is the Schwarz criterion (Yao 1988) with a larger
//! penalty. In a piece, values lie about a line whose slope is held small by a prior, as in ridge regression: pieces of
//! some ten days hardly have one, long pieces have what they need. So a creep of any speed takes no cuts, or cuts without a
//! jump, and a step takes one cut.
//!
//! Each piece is a series of its own with the autocorrelation of the noise ([`Noise`]): days that resemble their neighbours
//! are compared with what their neighbours let expect (Prais & Winsten 1954), so that a slow wander is not cut, and the
//! place of a jump is as clear as the jump is for a single day.

use super::Noise;

/// What a cut has to save, in variances, as a multiple of the logarithm of the days. A cut is a place, a level and a slope
/// more, for which the Schwarz criterion takes 3.
const PENALTY: f64 = 4.0;

/// The fewest days the penalty reckons with.
const FEW: usize = 50;

/// How tightly a slope is held: `deviation / sqrt(SLOPE)` a day. A piece of 9 days gives its slope as much weight as the
/// prior does.
const SLOPE: f64 = 60.0;

/// Pieces of a series, and what is needed to look at others.
#[derive(Debug)]
pub struct Pieces {
    /// Of all days up to each, taken as following the day before.
    sums: Vec<Sums>,
    /// Of each day, taken as the first of a piece.
    firsts: Vec<Sums>,
    /// What holds slopes.
    slope: f64,
    starts: Vec<usize>,
    /// Of each day the value, less `centre` for precision, and the variance.
    days: Vec<(f64, f64)>,
    alike: f64,
    centre: f64,
}

/// A line at a place.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Level {
    pub value: f64,
    pub variance: f64,
}

/// Sums of products, up to a day: of what a day adds to a level (`c`) and to a slope (`t`), and of its value.
#[derive(Debug, Clone, Copy, Default)]
struct Sums {
    cc: f64,
    ct: f64,
    tt: f64,
    cy: f64,
    ty: f64,
    yy: f64,
}

/// The line of a piece.
#[derive(Debug, Clone, Copy)]
struct Line {
    /// Level at place 0, and slope.
    level: f64,
    slope: f64,
    /// Where level and slope are independent, what they weigh there.
    middle: f64,
    weight: f64,
    held: f64,
    /// The squares that are left.
    rest: f64,
}

impl Pieces {
    /// The best pieces of values, one a day.
    pub fn of(values: &[f64], noise: &Noise) -> Self {
        let mut sorted = values.to_vec();
        sorted.sort_by(f64::total_cmp);
        let centre = sorted.get(sorted.len() / 2).copied().unwrap_or(0.0);
        let alike = noise.autocorrelation();
        let mut sums = vec![Sums::default()];
        let (mut firsts, mut sum, mut last) = (Vec::new(), Sums::default(), 0.0);
        let centred = values.iter().map(|value| value - centre);
        let days: Vec<(f64, f64)> = centred.zip(noise.variances().iter().copied()).collect();
        for (at, &(value, variance)) in days.iter().enumerate() {
            let place = at as f64;
            // The first day of a piece stands for itself, each other for what it adds to the one before.
            let mut first = Sums::default();
            first.add(1.0, place, value, 1.0 / variance);
            firsts.push(first);
            let new = 1.0 / (variance * (1.0 - alike * alike));
            let step = place - alike * (place - 1.0);
            sum.add(1.0 - alike, step, value - alike * last, new);
            sums.push(sum);
            last = value;
        }
        let mut pieces = Self {
            slope: SLOPE * sum.cc / days.len().max(1) as f64,
            sums,
            firsts,
            starts: Vec::new(),
            days,
            alike,
            centre,
        };
        pieces.cut();
        pieces
    }

    /// The first day of each piece, upwards, beginning with 0.
    pub fn starts(&self) -> &[usize] {
        &self.starts
    }

    /// The squares that are left of the days `from..to`, in variances.
    pub fn cost(&self, from: usize, to: usize) -> f64 {
        self.line(from, to).map_or(0.0, |line| line.rest)
    }

    /// The line through the days `from..to` at `place`, counted in days; `None` of no days.
    pub fn level(&self, from: usize, to: usize, place: f64) -> Option<Level> {
        let line = self.line(from, to)?;
        let off = place - line.middle;
        Some(Level {
            value: self.centre + line.level + line.slope * place,
            variance: 1.0 / line.weight + off * off / line.held,
        })
    }

    /// Where the cut at `at` may lie if its neighbours are kept: from the first to the last place whose squares are within
    /// `slack` variances of the least.
    pub fn places(&self, before: usize, at: usize, after: usize, slack: f64) -> (usize, usize) {
        let cost = |at: usize| self.cost(before, at) + self.cost(at, after);
        let best = cost(at);
        let near = |place: &usize| cost(*place) <= best + slack;
        (
            (before + 1..at).find(near).unwrap_or(at),
            (at + 1..after).rev().find(near).unwrap_or(at),
        )
    }

    /// The squares that a smooth curve leaves of the days `from..to`, a polynomial of the third degree, in variances.
    pub fn smooth_cost(&self, from: usize, to: usize) -> f64 {
        let wide = (to - from).max(1) as f64;
        let powers = |at: usize| {
            let x = 2.0 * (at - from) as f64 / wide - 1.0;
            [1.0, x, x * x, x * x * x]
        };
        // Products of what a day adds to each power, and of the value with them.
        let mut products = [[0.0; 5]; 4];
        let mut squares = 0.0;
        let mut last: Option<([f64; 4], f64)> = None;
        for (at, &(value, variance)) in self.days.iter().enumerate().take(to).skip(from) {
            let (alike, own) = (self.alike, powers(at));
            let (terms, y, weight) = match last {
                None => (own, value, 1.0 / variance),
                Some((before, was)) => (
                    std::array::from_fn(|i| match (own.get(i), before.get(i)) {
                        (Some(own), Some(before)) => own - alike * before,
                        _ => 0.0,
                    }),
                    value - alike * was,
                    1.0 / (variance * (1.0 - alike * alike)),
                ),
            };
            last = Some((own, value));
            squares += weight * y * y;
            for (row, term) in products.iter_mut().zip(terms) {
                let others = terms.into_iter().chain([y]);
                for (product, other) in row.iter_mut().zip(others) {
                    *product += weight * term * other;
                }
            }
        }
        squares - explained(products)
    }

    /// Optimal partitioning: the best pieces up to each day, from the best up to each day before.
    fn cut(&mut self) {
        let penalty = PENALTY * (self.days.len().max(FEW) as f64).ln();
        let mut best = vec![(-penalty, 0)];
        for to in 1..=self.days.len() {
            let mut least = (f64::INFINITY, 0);
            for (from, (before, _)) in best.iter().enumerate() {
                let cost = before + self.cost(from, to) + penalty;
                if cost < least.0 {
                    least = (cost, from);
                }
            }
            best.push(least);
        }
        let mut at = self.days.len();
        while at > 0 {
            at = best.get(at).map_or(0, |(_, from)| *from);
            self.starts.push(at);
        }
        self.starts.reverse();
    }

    /// Weighted least squares, the slope held.
    fn line(&self, from: usize, to: usize) -> Option<Line> {
        if from >= to {
            return None;
        }
        let later = self.sums.get(to)?.less(self.sums.get(from + 1)?);
        let sums = self.firsts.get(from)?.and(&later);
        let middle = sums.ct / sums.cc;
        let held = sums.tt - middle * sums.ct + self.slope;
        let slant = sums.ty - middle * sums.cy;
        let slope = slant / held;
        let mean = sums.cy / sums.cc;
        Some(Line {
            level: mean - slope * middle,
            slope,
            middle,
            weight: sums.cc,
            held,
            rest: (sums.yy - mean * sums.cy - slope * slant).max(0.0),
        })
    }
}

impl Sums {
    fn add(&mut self, c: f64, t: f64, y: f64, weight: f64) {
        self.cc += weight * c * c;
        self.ct += weight * c * t;
        self.tt += weight * t * t;
        self.cy += weight * c * y;
        self.ty += weight * t * y;
        self.yy += weight * y * y;
    }

    fn and(&self, other: &Self) -> Self {
        self.plus(other, 1.0)
    }

    fn less(&self, other: &Self) -> Self {
        self.plus(other, -1.0)
    }

    fn plus(&self, other: &Self, sign: f64) -> Self {
        Self {
            cc: self.cc + sign * other.cc,
            ct: self.ct + sign * other.ct,
            tt: self.tt + sign * other.tt,
            cy: self.cy + sign * other.cy,
            ty: self.ty + sign * other.ty,
            yy: self.yy + sign * other.yy,
        }
    }
}

/// The squares that a regression explains, from the products of its terms with each other and with the values (the last of
/// each row), by elimination. A term that says nothing new is left out.
fn explained(mut products: [[f64; 5]; 4]) -> f64 {
    let mut sum = 0.0;
    for at in 0..4 {
        let Some((done, rest)) = products.split_at_mut_checked(at + 1) else {
            break;
        };
        let Some(row) = done.last() else {
            break;
        };
        let [.., y] = *row;
        let Some(&pivot) = row.get(at).filter(|pivot| **pivot > 1e-9) else {
            continue;
        };
        sum += y * y / pivot;
        for below in rest {
            let share = below.get(at).map_or(0.0, |term| term / pivot);
            for (product, above) in below.iter_mut().zip(row) {
                *product -= share * above;
            }
        }
    }
    sum
}
