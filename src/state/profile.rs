//! The state of a numeric column: nulls, moments, extremes and quantiles from one sweep over each run.

use super::Monoid;
use super::codec::{Corrupt, Reader, put_varint};
use super::extremes::{Bounded, Extremes};
use super::moments::Moments;
use super::quantiles::{Bin, Quantile, Quantiles};

/// All that one pass learns of a numeric column.
///
/// `T` is `f64` for FLOAT64, `i64` for INT64 and `i128` for NUMERIC, unscaled: a value is `unscaled * 10^-scale`, and the
/// scale is given when a figure is read (0 for floats and integers). Sums and extremes of integers are exact;
/// their quantiles take each unscaled value as the nearest float, which is exact up to 2^53; beyond, the bounds of a
/// quantile hold it.
#[derive(Debug, Clone, PartialEq)]
pub struct Profile<T> {
    nulls: u64,
    moments: Moments,
    extremes: Extremes<T>,
    quantiles: Quantiles,
}

/// A number a [`Profile`] can hold.
pub trait Number: Bounded + Copy {
    const IS_INTEGER: bool;

    /// The nearest float.
    fn to_f64(self) -> f64;

    /// Takes up a run.
    fn update(profile: &mut Profile<Self>, run: &[Self]);
}

impl<T> Default for Profile<T> {
    fn default() -> Self {
        Self {
            nulls: 0,
            moments: Moments::default(),
            extremes: Extremes::default(),
            quantiles: Quantiles::default(),
        }
    }
}

impl<T: Number> Profile<T> {
    /// Takes up a run of values that are not null. Long runs are cheaper a value than short ones.
    pub fn update(&mut self, run: &[T]) {
        T::update(self, run);
    }

    pub fn add_nulls(&mut self, nulls: u64) {
        self.nulls += nulls;
    }

    /// Nulls and values.
    pub fn rows(&self) -> u64 {
        self.nulls + self.moments.count()
    }

    pub fn nulls(&self) -> u64 {
        self.nulls
    }

    pub fn moments(&self) -> &Moments {
        &self.moments
    }

    /// The smallest and the largest value, infinities included, NaN left out.
    pub fn extremes(&self) -> &Extremes<T> {
        &self.extremes
    }

    /// The quantile of `p` in 0 to 1 by nearest rank; see [`Quantiles::quantile`].
    pub fn quantile(&self, p: f64, scale: u32) -> Option<Quantile> {
        self.quantiles(&[p], scale).pop().flatten()
    }

    /// [`Self::quantile`] of each of `ps`, which go upwards; cheaper than one by one.
    pub fn quantiles(&self, ps: &[f64], scale: u32) -> Vec<Option<Quantile>> {
        let scaled = scaling(scale);
        let classes = self.moments.classes();
        let unscaled = self.quantiles.quantiles(ps, classes, self.range());
        let scale_one = |q: Quantile| {
            // An integer beyond stands for those that round to it, and its quotient rounds again.
            let rounded = T::IS_INTEGER && q.lo.abs().max(q.hi.abs()) > EXACT;
            Quantile {
                lo: if rounded {
                    scaled(q.lo.next_down()).next_down()
                } else {
                    scaled(q.lo)
                },
                hi: if rounded {
                    scaled(q.hi.next_up()).next_up()
                } else {
                    scaled(q.hi)
                },
                value: scaled(q.value),
                rank_error: q.rank_error,
            }
        };
        unscaled.into_iter().map(|q| q.map(scale_one)).collect()
    }

    /// All values but NULL and NaN, upwards; see [`Quantiles::bins`]. Each value is the nearest float, so integers that
    /// floats don't tell apart share a bin.
    pub fn bins(&self, scale: u32) -> Vec<Bin> {
        let scaled = scaling(scale);
        let unscaled = self.quantiles.bins(self.moments.classes(), self.range());
        let scale_one = |bin: Bin| Bin {
            lo: scaled(bin.lo),
            hi: scaled(bin.hi),
            count: bin.count,
        };
        unscaled.into_iter().map(scale_one).collect()
    }

    /// The smallest and the largest value, unscaled.
    fn range(&self) -> Option<(f64, f64)> {
        let ends = self.extremes.min().zip(self.extremes.max());
        ends.map(|(min, max)| (min.to_f64(), max.to_f64()))
    }

    /// Bytes in memory.
    pub fn size(&self) -> usize {
        size_of::<Self>() + self.moments.heap_size() + self.quantiles.heap_size()
    }
}

/// Divides by `10^scale`.
fn scaling(scale: u32) -> impl Fn(f64) -> f64 {
    let unit = 10f64.powi(scale as i32);
    move |value| if scale == 0 { value } else { value / unit }
}

impl Number for f64 {
    const IS_INTEGER: bool = false;

    fn to_f64(self) -> f64 {
        self
    }

    fn update(profile: &mut Profile<Self>, run: &[Self]) {
        let Profile {
            moments,
            extremes,
            quantiles,
            ..
        } = profile;
        let before = *moments.classes();
        moments.add_visiting(run, |finite, span| {
            // -0 + 0 is 0.
            extremes.widen(span.min + 0.0, span.max + 0.0);
            quantiles.add_finite(finite, span.min > 0.0);
        });
        let after = moments.classes();
        if after.pos_inf > before.pos_inf {
            extremes.add(f64::INFINITY);
        }
        if after.neg_inf > before.neg_inf {
            extremes.add(f64::NEG_INFINITY);
        }
    }
}

impl Number for i64 {
    const IS_INTEGER: bool = true;

    fn to_f64(self) -> f64 {
        self as f64
    }

    fn update(profile: &mut Profile<Self>, run: &[Self]) {
        update_integers(profile, run);
    }
}

impl Number for i128 {
    const IS_INTEGER: bool = true;

    fn to_f64(self) -> f64 {
        self as f64
    }

    fn update(profile: &mut Profile<Self>, run: &[Self]) {
        update_integers(profile, run);
    }
}

/// Integers that floats hold exactly go the way of floats.
fn update_integers<T: Number + Into<i128>>(profile: &mut Profile<T>, run: &[T]) {
    let Profile {
        moments,
        extremes,
        quantiles,
        ..
    } = profile;
    let mut floats = [0.0; RUN];
    for chunk in run.chunks(RUN) {
        let (Some(&first), floats) = (
            chunk.first(),
            floats.get_mut(..chunk.len()).unwrap_or_default(),
        ) else {
            continue;
        };
        let (mut min, mut max) = (first, first);
        for &value in chunk {
            min = if value.before(&min) { value } else { min };
            max = if max.before(&value) { value } else { max };
        }
        extremes.widen(min, max);
        let exact = min.to_f64().abs().max(max.to_f64().abs()) <= EXACT;
        for (float, &value) in floats.iter_mut().zip(chunk) {
            // The conversion of 64 bits is an instruction.
            *float = if exact {
                value.into() as i64 as f64
            } else {
                value.to_f64()
            };
        }
        if exact {
            moments.add_visiting(floats, |finite, span| {
                quantiles.add_finite(finite, span.min > 0.0)
            });
        } else {
            moments.add_integers(chunk.iter().map(|&value| value.into()));
            quantiles.add_finite(floats, false);
        }
    }
}

/// Integers turned to floats at a time.
const RUN: usize = 512;

/// Integers up to this are floats: 2^53, less one so that no larger one rounds to it.
const EXACT: f64 = 9_007_199_254_740_991.0;

impl<T: Number> Monoid for Profile<T> {
    const VERSION: u8 = 1;

    fn merge(&mut self, other: &Self) {
        self.nulls += other.nulls;
        self.moments.merge(&other.moments);
        self.extremes.merge(&other.extremes);
        self.quantiles.merge(&other.quantiles);
    }

    fn write(&self, out: &mut Vec<u8>) {
        put_varint(out, self.nulls);
        self.moments.write(out);
        self.extremes.write(out);
        self.quantiles.write(out);
    }

    fn read(input: &mut Reader<'_>) -> Result<Self, Corrupt> {
        Ok(Self {
            nulls: input.count(&mut 0)?,
            moments: Moments::read(input)?,
            extremes: Extremes::read(input)?,
            quantiles: Quantiles::read(input)?,
        })
    }
}
