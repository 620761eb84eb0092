//! Count, sum, mean, variance: from exact sums, rounded once.
//!
//! Integers and decimals are summed unscaled: a value is `unscaled * 10^-scale`, and the scale is given when a figure is
//! read (0 for floats and integers).

use num_bigint::{BigInt, BigUint};

use super::Monoid;
use super::codec::{Corrupt, Reader, put_varint};
use crate::value::exact::{self, ExactSum, IntegerSums, Span};

/// How many values of each class.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Classes {
    /// Finite values other than 0.
    pub nonzero: u64,
    /// 0 and -0.
    pub zeros: u64,
    pub nan: u64,
    pub pos_inf: u64,
    pub neg_inf: u64,
}

/// Counts, and the exact sums of the finite values and of their squares.
///
/// A figure is `None` where it has no value: for no values, or too few. Where a NaN or an infinity took part, it is
/// what IEEE arithmetic makes of them; the finite values alone are in [`Moments::classes`] and the sums.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Moments {
    classes: Classes,
    sum: ExactSum,
    squares: ExactSum,
}

impl Classes {
    /// All values, NaN and infinities included.
    pub fn count(&self) -> u64 {
        self.finite() + self.nan + self.pos_inf + self.neg_inf
    }

    pub fn finite(&self) -> u64 {
        self.nonzero + self.zeros
    }

    /// What a sum or a mean is if not all values are finite: NaN, or an infinity if all others are of its sign.
    pub fn non_finite_sum(&self) -> Option<f64> {
        match (self.nan, self.pos_inf, self.neg_inf) {
            (0, 0, 0) => None,
            (0, _, 0) => Some(f64::INFINITY),
            (0, 0, _) => Some(f64::NEG_INFINITY),
            _ => Some(f64::NAN),
        }
    }

    fn add_apart(&mut self, value: f64) {
        if value.is_nan() {
            self.nan += 1;
        } else if value > 0.0 {
            self.pos_inf += 1;
        } else {
            self.neg_inf += 1;
        }
    }

    fn add_finite(&mut self, count: usize, zeros: u64) {
        self.zeros += zeros;
        self.nonzero += count as u64 - zeros;
    }
}

impl Moments {
    pub fn add_slice(&mut self, values: &[f64]) {
        self.add_visiting(values, |_, _| {});
    }

    /// Adds one integer; many are cheaper with [`Moments::add_integers`].
    pub fn add_i128(&mut self, value: i128) {
        self.add_integers(std::iter::once(value));
    }

    /// Adds integers.
    pub fn add_integers(&mut self, values: impl Iterator<Item = i128>) {
        let (mut sums, mut count, mut zeros) = (IntegerSums::default(), 0, 0);
        for value in values {
            sums.add(value);
            count += 1;
            zeros += u64::from(value == 0);
        }
        self.classes.add_finite(count, zeros);
        sums.drain(&mut self.sum, &mut self.squares);
    }

    pub fn classes(&self) -> &Classes {
        &self.classes
    }

    /// All values, NaN and infinities included.
    pub fn count(&self) -> u64 {
        self.classes.count()
    }

    /// The same without NaN and infinities, whose figures are those of the finite values alone.
    pub fn finite(&self) -> Self {
        let Classes { nonzero, zeros, .. } = self.classes;
        Self {
            classes: Classes {
                nonzero,
                zeros,
                ..Classes::default()
            },
            ..self.clone()
        }
    }

    /// The sum of the finite values, unscaled.
    pub fn exact_sum(&self) -> &ExactSum {
        &self.sum
    }

    /// The sum of the squares of the finite values, unscaled.
    pub fn exact_squares(&self) -> &ExactSum {
        &self.squares
    }

    /// The sum, correctly rounded; of no values, none.
    pub fn sum(&self, scale: u32) -> Option<f64> {
        self.of_finite(|sum| exact::ratio(&sum.0, sum.1, &power_of_ten(scale)))
    }

    /// The mean, correctly rounded.
    pub fn mean(&self, scale: u32) -> Option<f64> {
        self.of_finite(|sum| exact::ratio(&sum.0, sum.1, &(power_of_ten(scale) * self.count())))
    }

    /// The variance of a population, correctly rounded; 0 for one value.
    pub fn var_pop(&self, scale: u32) -> Option<f64> {
        self.deviation(0, scale, exact::ratio)
    }

    /// The variance estimated from a sample, correctly rounded; needs two values.
    pub fn var_samp(&self, scale: u32) -> Option<f64> {
        self.deviation(1, scale, exact::ratio)
    }

    /// The root of the exact variance of a population, correctly rounded.
    pub fn stddev_pop(&self, scale: u32) -> Option<f64> {
        self.deviation(0, scale, exact::sqrt_ratio)
    }

    /// The root of the exact variance estimated from a sample, correctly rounded; needs two values.
    pub fn stddev_samp(&self, scale: u32) -> Option<f64> {
        self.deviation(1, scale, exact::sqrt_ratio)
    }

    /// Bytes on the heap.
    pub fn heap_size(&self) -> usize {
        self.sum.heap_size() + self.squares.heap_size()
    }

    /// Adds values, and shows the finite ones to `visit`, chunk by chunk.
    pub(super) fn add_visiting(&mut self, values: &[f64], mut visit: impl FnMut(&[f64], &Span)) {
        let Self {
            classes,
            sum,
            squares,
        } = self;
        let mut apart = Classes::default();
        exact::spans(
            values,
            |value| apart.add_apart(value),
            |chunk, span| {
                classes.add_finite(chunk.len(), span.zeros);
                exact::add_with_squares(chunk, span, sum, squares);
                visit(chunk, span);
            },
        );
        classes.merge(&apart);
    }

    fn of_finite(&self, figure: impl FnOnce((BigInt, i32)) -> f64) -> Option<f64> {
        let figure = || figure(self.sum.to_bigint_and_exponent());
        (self.count() > 0).then(|| self.classes.non_finite_sum().unwrap_or_else(figure))
    }

    /// `round` of `(n * squares - sum^2) / (n * (n - less))`.
    fn deviation(
        &self,
        less: u64,
        scale: u32,
        round: fn(&BigInt, i32, &BigUint) -> f64,
    ) -> Option<f64> {
        let count = self.count();
        if count <= less {
            return None;
        }
        if self.classes.finite() < count {
            return Some(f64::NAN);
        }
        let (numerator, exponent) = centred(count, &self.squares, &self.sum, &self.sum);
        Some(round(
            &numerator,
            exponent,
            &(power_of_ten(2 * scale) * count * (count - less)),
        ))
    }
}

/// `count * products - x * y` as an integer and an exponent of 2: `count^2` times the covariance of a population.
pub(super) fn centred(
    count: u64,
    products: &ExactSum,
    x: &ExactSum,
    y: &ExactSum,
) -> (BigInt, i32) {
    let (products, e) = products.to_bigint_and_exponent();
    let ((x, f), (y, g)) = (x.to_bigint_and_exponent(), y.to_bigint_and_exponent());
    let exponent = e.min(f + g);
    let left = (products * count) << (e - exponent);
    let right = (x * y) << (f + g - exponent);
    (left - right, exponent)
}

fn power_of_ten(exponent: u32) -> BigUint {
    BigUint::from(10u32).pow(exponent)
}

impl Monoid for Classes {
    const VERSION: u8 = 1;

    fn merge(&mut self, other: &Self) {
        self.nonzero += other.nonzero;
        self.zeros += other.zeros;
        self.nan += other.nan;
        self.pos_inf += other.pos_inf;
        self.neg_inf += other.neg_inf;
    }

    fn write(&self, out: &mut Vec<u8>) {
        for count in [
            self.nonzero,
            self.zeros,
            self.nan,
            self.pos_inf,
            self.neg_inf,
        ] {
            put_varint(out, count);
        }
    }

    fn read(input: &mut Reader<'_>) -> Result<Self, Corrupt> {
        let total = &mut 0;
        Ok(Self {
            nonzero: input.count(total)?,
            zeros: input.count(total)?,
            nan: input.count(total)?,
            pos_inf: input.count(total)?,
            neg_inf: input.count(total)?,
        })
    }
}

impl Monoid for Moments {
    const VERSION: u8 = 1;

    fn merge(&mut self, other: &Self) {
        self.classes.merge(&other.classes);
        self.sum.merge(&other.sum);
        self.squares.merge(&other.squares);
    }

    fn write(&self, out: &mut Vec<u8>) {
        self.classes.write(out);
        self.sum.encode(out);
        self.squares.encode(out);
    }

    fn read(input: &mut Reader<'_>) -> Result<Self, Corrupt> {
        Ok(Self {
            classes: Classes::read(input)?,
            sum: input.part(ExactSum::decode)?,
            squares: input.part(ExactSum::decode)?,
        })
    }
}
