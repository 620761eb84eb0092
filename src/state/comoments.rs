//! Covariance and correlation of pairs: from exact sums, rounded once.

use num_bigint::BigUint;

use super::Monoid;
use super::codec::{Corrupt, Reader, put_varint};
use super::moments::{Moments, centred};
use crate::value::exact::{self, ExactSum};

/// Exact sums over pairs of floats. A pair with a NaN or an infinity is counted apart and takes part in nothing else.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct CoMoments {
    x: Moments,
    y: Moments,
    products: ExactSum,
    non_finite: u64,
}

/// Pairs taken up at a time.
const RUN: usize = 512;

impl CoMoments {
    /// Adds the pairs `(xs[i], ys[i])`, up to the shorter length.
    pub fn add_slices(&mut self, xs: &[f64], ys: &[f64]) {
        for (xs, ys) in xs.chunks(RUN).zip(ys.chunks(RUN)) {
            let mut finite = ([0.0; RUN], [0.0; RUN]);
            let mut len = 0;
            let mut slots = finite.0.iter_mut().zip(&mut finite.1);
            for (&x, &y) in xs.iter().zip(ys) {
                if !(x.is_finite() && y.is_finite()) {
                    self.non_finite += 1;
                } else if let Some((to_x, to_y)) = slots.next() {
                    (*to_x, *to_y) = (x, y);
                    len += 1;
                }
            }
            let xs = finite.0.get(..len).unwrap_or_default();
            let ys = finite.1.get(..len).unwrap_or_default();
            self.x.add_slice(xs);
            self.y.add_slice(ys);
            self.products.add_products(xs, ys);
        }
    }

    /// Pairs of finite values.
    pub fn pairs(&self) -> u64 {
        self.x.count()
    }

    /// Pairs with a NaN or an infinity.
    pub fn non_finite(&self) -> u64 {
        self.non_finite
    }

    /// The first values of the finite pairs.
    pub fn x(&self) -> &Moments {
        &self.x
    }

    /// The second values of the finite pairs.
    pub fn y(&self) -> &Moments {
        &self.y
    }

    /// Pearson's correlation, correctly rounded: NaN if a side is constant or a pair isn't finite, `None` for fewer than
    /// two pairs.
    pub fn corr(&self) -> Option<f64> {
        self.figure(2, |pairs| {
            let (covariance, e) = centred(
                pairs,
                &self.products,
                self.x.exact_sum(),
                self.y.exact_sum(),
            );
            let (x, f) = centred(
                pairs,
                self.x.exact_squares(),
                self.x.exact_sum(),
                self.x.exact_sum(),
            );
            let (y, g) = centred(
                pairs,
                self.y.exact_squares(),
                self.y.exact_sum(),
                self.y.exact_sum(),
            );
            let root = exact::sqrt_ratio(
                &(&covariance * &covariance),
                2 * e - f - g,
                (x * y).magnitude(),
            );
            if covariance.sign() == num_bigint::Sign::Minus {
                -root
            } else {
                root
            }
        })
    }

    /// The covariance of a population, correctly rounded; 0 for one pair, NaN if a pair isn't finite.
    pub fn covar_pop(&self) -> Option<f64> {
        self.covariance(0)
    }

    /// The covariance estimated from a sample, correctly rounded; needs two pairs, NaN if one isn't finite.
    pub fn covar_samp(&self) -> Option<f64> {
        self.covariance(1)
    }

    fn covariance(&self, less: u64) -> Option<f64> {
        self.figure(less + 1, |pairs| {
            let (numerator, exponent) = centred(
                pairs,
                &self.products,
                self.x.exact_sum(),
                self.y.exact_sum(),
            );
            exact::ratio(
                &numerator,
                exponent,
                &(BigUint::from(pairs) * (pairs - less)),
            )
        })
    }

    fn figure(&self, least: u64, figure: impl FnOnce(u64) -> f64) -> Option<f64> {
        let pairs = self.pairs();
        (pairs + self.non_finite >= least).then(|| {
            if self.non_finite > 0 {
                f64::NAN
            } else {
                figure(pairs)
            }
        })
    }
}

impl Monoid for CoMoments {
    const VERSION: u8 = 1;

    fn merge(&mut self, other: &Self) {
        self.x.merge(&other.x);
        self.y.merge(&other.y);
        self.products.merge(&other.products);
        self.non_finite += other.non_finite;
    }

    fn write(&self, out: &mut Vec<u8>) {
        self.x.write(out);
        self.y.write(out);
        self.products.encode(out);
        put_varint(out, self.non_finite);
    }

    fn read(input: &mut Reader<'_>) -> Result<Self, Corrupt> {
        Ok(Self {
            x: Moments::read(input)?,
            y: Moments::read(input)?,
            products: input.part(ExactSum::decode)?,
            non_finite: input.count(&mut 0)?,
        })
    }
}
