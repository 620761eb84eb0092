//! Deviations and correlations: the states of [`crate::state`] as [`State`]s.

use std::borrow::Cow;

use datafusion::arrow::array::{Array, ArrayRef, AsArray};
use datafusion::arrow::buffer::NullBuffer;
use datafusion::arrow::datatypes::{Decimal128Type, Float64Type};
use datafusion::common::{Result, ScalarValue, exec_err};

use super::super::types::NUMERIC_SCALE;
use super::fold::{State, Values};
use super::total::primitive;
use crate::state::Monoid;
use crate::state::comoments::CoMoments;
use crate::state::moments::Moments;

impl State for Moments {
    type Value = f64;

    fn read(args: &[ArrayRef]) -> Result<Values<'_, f64>> {
        primitive::<Float64Type>(args)
    }

    fn add(&mut self, values: &[f64]) {
        self.add_slice(values);
    }

    fn merge(&mut self, other: &Self) {
        Monoid::merge(self, other);
    }

    fn encode(&self) -> Vec<u8> {
        Monoid::encode(self)
    }

    fn decode(bytes: &[u8]) -> Option<Self> {
        Monoid::decode(bytes).ok()
    }

    fn heap_size(&self) -> usize {
        Moments::heap_size(self)
    }
}

/// Moments of NUMERIC, in units of 10^-9.
#[derive(Debug, Clone, Default)]
pub(super) struct Decimals(Moments);

impl Decimals {
    /// A figure of the moments, which takes the scale.
    pub(super) fn figure(&self, figure: fn(&Moments, u32) -> Option<f64>) -> Result<ScalarValue> {
        Ok(figure(&self.0, u32::from(NUMERIC_SCALE.unsigned_abs())).into())
    }
}

impl State for Decimals {
    type Value = i128;

    fn read(args: &[ArrayRef]) -> Result<Values<'_, i128>> {
        primitive::<Decimal128Type>(args)
    }

    fn add(&mut self, values: &[i128]) {
        for value in values {
            self.0.add_i128(*value);
        }
    }

    fn merge(&mut self, other: &Self) {
        Monoid::merge(&mut self.0, &other.0);
    }

    fn encode(&self) -> Vec<u8> {
        Monoid::encode(&self.0)
    }

    fn decode(bytes: &[u8]) -> Option<Self> {
        Monoid::decode(bytes).ok().map(Self)
    }

    fn heap_size(&self) -> usize {
        self.0.heap_size()
    }
}

impl State for CoMoments {
    type Value = (f64, f64);

    /// A pair with a NULL is none.
    fn read(args: &[ArrayRef]) -> Result<Values<'_, (f64, f64)>> {
        let [Some(x), Some(y)] = [0, 1].map(|i| {
            args.get(i)
                .and_then(|a| a.as_primitive_opt::<Float64Type>())
        }) else {
            return exec_err!("expected two FLOAT64");
        };
        let pairs = x.values().iter().copied().zip(y.values().iter().copied());
        Ok(Values {
            values: Cow::Owned(pairs.collect()),
            nulls: NullBuffer::union(x.nulls(), y.nulls()),
        })
    }

    fn add(&mut self, values: &[(f64, f64)]) {
        let (xs, ys): (Vec<f64>, Vec<f64>) = values.iter().copied().unzip();
        self.add_slices(&xs, &ys);
    }

    fn merge(&mut self, other: &Self) {
        Monoid::merge(self, other);
    }

    fn encode(&self) -> Vec<u8> {
        Monoid::encode(self)
    }

    fn decode(bytes: &[u8]) -> Option<Self> {
        Monoid::decode(bytes).ok()
    }

    fn heap_size(&self) -> usize {
        size_of::<Self>()
    }
}
