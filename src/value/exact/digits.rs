//! Exact sums of floats and of their squares in floating point, fast enough to ride along with a scan.
//!
//! Every value of a chunk is cut into three digits of 23 bits on one grid below the largest value (adding and
//! subtracting `1.5 * 2^52` units rounds to units, without error: Rump, Ogita, Oishi, "Accurate floating-point
//! summation", 2008; Demmel, Nguyen, "Parallel reproducible summation", 2015). Digits are integers of at most `2^22`
//! units, so a lane adds 256 of them, or of their products, without rounding: `2^22 * 2^22 * 2^8 < 2^53`. What a value
//! has below the grid is seen, not lost: such values are put right one by one in [`Bins`].

use super::ExactSum;
use super::bins::Bins;
use super::simd::{self, LANES, Lanes};

/// Values a chunk: as many as a lane may add without rounding, times the lanes.
pub(super) const CHUNK: usize = 256 * LANES;

/// Bits a digit.
const DIGIT: i32 = 23;

/// What holds for a chunk of finite values.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Span {
    /// The smallest value, which may be -0.
    pub min: f64,
    /// The largest value, which may be -0.
    pub max: f64,
    /// How many are 0 or -0.
    pub zeros: u64,
}

/// Calls `visit` with chunks of finite values in the order of `run` and with their spans; calls `apart` with every
/// other value.
pub fn spans(run: &[f64], mut apart: impl FnMut(f64), mut visit: impl FnMut(&[f64], &Span)) {
    for chunk in run.chunks(CHUNK) {
        if let Some(span) = simd::span(chunk) {
            visit(chunk, &span);
            continue;
        }
        let mut finite = [0.0; CHUNK];
        let mut len = 0;
        for &value in chunk {
            if !value.is_finite() {
                apart(value);
            } else if let Some(slot) = finite.get_mut(len) {
                *slot = value;
                len += 1;
            }
        }
        let finite = finite.get(..len).unwrap_or_default();
        if let Some(span) = simd::span(finite) {
            visit(finite, &span);
        }
    }
}

/// Adds a chunk of [`spans`] to `sum`.
pub(super) fn add(chunk: &[f64], span: &Span, sum: &mut ExactSum) {
    run::<false>(chunk, span, sum, &mut ExactSum::default());
}

/// Adds a chunk of [`spans`] to `sum`, and its squares to `squares`.
pub fn add_with_squares(chunk: &[f64], span: &Span, sum: &mut ExactSum, squares: &mut ExactSum) {
    run::<true>(chunk, span, sum, squares);
}

fn run<const SQUARES: bool>(
    chunk: &[f64],
    span: &Span,
    sum: &mut ExactSum,
    squares: &mut ExactSum,
) {
    let largest = span.max.abs().max(span.min.abs());
    if largest == 0.0 {
        return;
    }
    let grid = Grid::below(largest);
    if let Some(grid) = &grid {
        let sums = simd::sums::<SQUARES>(chunk, grid);
        sums.drain::<SQUARES>(grid, sum, squares);
        if sums.exact {
            return;
        }
    }
    let (mut sum_bins, mut square_bins) = (None, None);
    for &value in chunk {
        // What the grid has taken of the value, and what is below it: both are floats.
        let below = grid.as_ref().map_or(value, |grid| grid.cut(value).1);
        if below != 0.0 {
            Bins::add(&mut sum_bins, below);
            if SQUARES {
                let taken = value - below;
                Bins::add_product(&mut square_bins, value, value);
                Bins::add_product(&mut square_bins, taken, -taken);
            }
        }
    }
    Bins::drain(sum_bins, sum);
    Bins::drain(square_bins, squares);
}

/// The units of the three digits, each `2^-23` of the one before.
#[derive(Debug)]
pub(super) struct Grid {
    /// `2^top` is the least power of 2 above the largest value.
    top: i32,
    /// `1.5 * 2^52` units of each digit.
    round: [f64; 3],
}

impl Grid {
    /// The grid for values up to `largest`; none if products of digits would leave the range of normal floats.
    pub(super) fn below(largest: f64) -> Option<Self> {
        let top = (largest.to_bits() >> 52) as i32 - 1022;
        let round = |digit: i32| 1.5 * power_of_two(Self::unit_of(top, digit) + 52);
        (-400..=400).contains(&top).then(|| Self {
            top,
            round: [round(0), round(1), round(2)],
        })
    }

    /// Exponent of a digit's unit: the digits of the largest values have at most 2^22 units.
    fn unit_of(top: i32, digit: i32) -> i32 {
        top - (DIGIT - 1) - DIGIT * digit
    }

    /// A value's three digits, and what is below them.
    #[inline(always)]
    fn cut(&self, value: f64) -> ([f64; 3], f64) {
        let [r0, r1, r2] = self.round;
        let d0 = (value + r0) - r0;
        let rest = value - d0;
        let d1 = (rest + r1) - r1;
        let rest = rest - d1;
        let d2 = (rest + r2) - r2;
        ([d0, d1, d2], rest - d2)
    }
}

/// Sums over a chunk in units of the grid.
#[derive(Debug, PartialEq)]
pub(super) struct Sums {
    digits: [i64; 3],
    /// Of digits 0*0, 0*1, 0*2, 1*1, 1*2, 2*2.
    products: [i64; 6],
    /// Nothing was below the grid.
    exact: bool,
}

impl Sums {
    fn drain<const SQUARES: bool>(&self, grid: &Grid, sum: &mut ExactSum, squares: &mut ExactSum) {
        let unit = |digit| Grid::unit_of(grid.top, digit);
        let [d0, d1, d2] = self.digits.map(i128::from);
        sum.add_scaled((d0 << (2 * DIGIT)) + (d1 << DIGIT) + d2, unit(2));
        if SQUARES {
            let [p00, p01, p02, p11, p12, p22] = self.products.map(i128::from);
            squares.add_scaled(
                (p00 << (2 * DIGIT)) + (p01 << (DIGIT + 1)) + 2 * p02 + p11,
                2 * unit(1),
            );
            squares.add_scaled((p12 << (DIGIT + 1)) + p22, 2 * unit(2));
        }
    }
}

/// The span of a chunk; nothing if it is empty or holds a value that isn't finite.
#[inline(always)]
pub(super) fn measure<V: Lanes>(chunk: &[f64]) -> Option<Span> {
    let (blocks, tail) = chunk.as_chunks::<LANES>();
    let (mut min, mut max) = (V::splat(f64::INFINITY), V::splat(f64::NEG_INFINITY));
    let (mut finite, mut zeros) = (V::splat(0.0), V::splat(0.0));
    for x in blocks {
        let x = V::load(x);
        min = x.min(min);
        max = x.max(max);
        // NaN once a NaN or an infinity came.
        finite = x.mul_add(V::splat(0.0), finite);
        zeros = zeros.count_zero(x);
    }
    let mut span = Span {
        min: f64::INFINITY,
        max: f64::NEG_INFINITY,
        zeros: zeros.store().iter().sum::<f64>() as u64,
    };
    for &x in tail {
        span.zeros += u64::from(x == 0.0);
    }
    for &x in min.store().iter().chain(tail) {
        span.min = if x < span.min { x } else { span.min };
    }
    for &x in max.store().iter().chain(tail) {
        span.max = if x > span.max { x } else { span.max };
    }
    let finite = finite.store().iter().all(|&x| x == 0.0) && tail.iter().all(|x| x.is_finite());
    (finite && !chunk.is_empty()).then_some(span)
}

/// Sums the digits of a chunk, and their products if asked for.
#[inline(always)]
pub(super) fn accumulate<V: Lanes, const SQUARES: bool>(chunk: &[f64], grid: &Grid) -> Sums {
    let round = grid.round.map(V::splat);
    let mut lanes = LaneSums {
        digits: [V::splat(0.0); 3],
        products: [V::splat(0.0); 6],
        below: V::splat(0.0),
    };
    let (blocks, tail) = chunk.as_chunks::<LANES>();
    for block in blocks {
        lanes.add::<SQUARES>(V::load(block), round);
    }
    if !tail.is_empty() {
        let mut block = [0.0; LANES];
        block.iter_mut().zip(tail).for_each(|(slot, &x)| *slot = x);
        lanes.add::<SQUARES>(V::load(&block), round);
    }
    let [u0, u1, u2] = [0, 1, 2].map(|digit| power_of_two(-Grid::unit_of(grid.top, digit)));
    let [s0, s1, s2] = lanes.digits;
    let [p00, p01, p02, p11, p12, p22] = lanes.products;
    Sums {
        digits: [units(s0, u0, 1.0), units(s1, u1, 1.0), units(s2, u2, 1.0)],
        products: [
            units(p00, u0, u0),
            units(p01, u0, u1),
            units(p02, u0, u2),
            units(p11, u1, u1),
            units(p12, u1, u2),
            units(p22, u2, u2),
        ],
        // A remainder of -0 is taken for one that isn't zero, which costs a look at each value and no more.
        exact: lanes.below.store().iter().all(|x| x.to_bits() == 0),
    }
}

struct LaneSums<V> {
    digits: [V; 3],
    products: [V; 6],
    /// The bits of all remainders.
    below: V,
}

impl<V: Lanes> LaneSums<V> {
    #[inline(always)]
    fn add<const SQUARES: bool>(&mut self, x: V, [r0, r1, r2]: [V; 3]) {
        let d0 = x.add(r0).sub(r0);
        let rest = x.sub(d0);
        let d1 = rest.add(r1).sub(r1);
        let rest = rest.sub(d1);
        let d2 = rest.add(r2).sub(r2);
        self.below = self.below.or_bits(rest.sub(d2));
        let [s0, s1, s2] = self.digits;
        self.digits = [s0.add(d0), s1.add(d1), s2.add(d2)];
        if SQUARES {
            let [p00, p01, p02, p11, p12, p22] = self.products;
            self.products = [
                d0.mul_add(d0, p00),
                d0.mul_add(d1, p01),
                d0.mul_add(d2, p02),
                d1.mul_add(d1, p11),
                d1.mul_add(d2, p12),
                d2.mul_add(d2, p22),
            ];
        }
    }
}

/// The sum of the lanes, with the unit of the digits scaled to 1.
#[inline(always)]
fn units<V: Lanes>(sums: V, x: f64, y: f64) -> i64 {
    let [a, b, c, d] = sums.store();
    (a * x * y) as i64 + (b * x * y) as i64 + (c * x * y) as i64 + (d * x * y) as i64
}

/// `2^exponent`, which must be in the range of normal floats.
#[inline(always)]
fn power_of_two(exponent: i32) -> f64 {
    f64::from_bits(((exponent + 1023) as u64) << 52)
}
