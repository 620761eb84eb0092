//! `PERCENTILE_CONT` and `PERCENTILE_DISC`, exact where BigQuery rounds once.

use datafusion::arrow::datatypes::DataType;
use datafusion::common::{Result, ScalarValue, exec_err};
use num_bigint::{BigInt, BigUint};

use super::super::types::NUMERIC_SCALE;
use super::layout::{Layout, Row};
use super::read::{nth, times, value};
use super::wide::{bignumeric, divided, to_bigint, to_i256};
use crate::value::exact::{ExactSum, ratio};

/// A percentile, as a fraction from 0 to 1.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) struct Percentile {
    numerator: BigUint,
    denominator: BigUint,
    /// Whether values are interpolated.
    continuous: bool,
}

impl Percentile {
    /// Of a constant and the type it is computed with; none if it is not from 0 to 1.
    pub(super) fn new(constant: &ScalarValue, of: &DataType, continuous: bool) -> Option<Self> {
        let (mut numerator, mut denominator) = fraction(constant)?;
        let billion = || BigInt::from(10u32).pow(9);
        match (of, constant) {
            // A NUMERIC literal has 9 digits after the point.
            (DataType::Decimal128(..), ScalarValue::Float64(_)) => {
                numerator = divided(&(numerator * billion()), &denominator);
                denominator = billion();
            }
            (DataType::Float64, ScalarValue::Decimal128(..) | ScalarValue::Decimal256(..)) => {
                let float = ratio(&numerator, 0, denominator.magnitude());
                (numerator, denominator) = fraction(&ScalarValue::Float64(Some(float)))?;
            }
            _ => {}
        }
        let numerator = numerator.to_biguint()?;
        let denominator = denominator.to_biguint()?;
        (numerator <= denominator).then_some(Self {
            numerator,
            denominator,
            continuous,
        })
    }

    pub(super) fn read(&self, layout: &Layout, rows: &[(Row<'_>, u64)]) -> Result<ScalarValue> {
        let total = times(rows);
        if !self.continuous {
            let (place, rest) = self.place(total);
            let exact = rest == BigUint::ZERO && place > 0;
            return value(layout, nth(rows, place - u64::from(exact)));
        }
        let (place, rest) = self.place(total - 1);
        let left = value(layout, nth(rows, place))?;
        if rest == BigUint::ZERO {
            return Ok(left);
        }
        let right = value(layout, nth(rows, place + 1))?;
        // NULL comes first. What is between it and a value is the value.
        match (left.is_null(), right.is_null()) {
            (false, false) => self.between(&left, &right, &rest),
            _ => Ok(right),
        }
    }

    /// The place `most * percentile` from 0, and by how many parts of the denominator it is short.
    fn place(&self, most: u64) -> (u64, BigUint) {
        let product = &self.numerator * most;
        let place = &product / &self.denominator;
        // No greater than `most`.
        (
            u64::try_from(place).unwrap_or(most),
            product % &self.denominator,
        )
    }

    fn between(
        &self,
        left: &ScalarValue,
        right: &ScalarValue,
        rest: &BigUint,
    ) -> Result<ScalarValue> {
        let denominator = BigInt::from(self.denominator.clone());
        let rest = BigInt::from(rest.clone());
        let to_rest = &denominator - &rest;
        let interpolated =
            |left: BigInt, right: BigInt| divided(&(left * &to_rest + right * &rest), &denominator);
        match (left, right) {
            (ScalarValue::Float64(Some(left)), ScalarValue::Float64(Some(right))) => {
                let figure = if left.is_finite() && right.is_finite() {
                    float(*left, &to_rest, *right, &rest, &self.denominator)
                } else {
                    // Neither weight is 0: infinities and NaN are what they would be by half and half.
                    left / 2.0 + right / 2.0
                };
                Ok(ScalarValue::Float64(Some(figure)))
            }
            (ScalarValue::Decimal128(Some(left), ..), ScalarValue::Decimal128(Some(right), ..)) => {
                let units = i128::try_from(interpolated((*left).into(), (*right).into())).ok();
                Ok(ScalarValue::Decimal128(units, 38, NUMERIC_SCALE))
            }
            (ScalarValue::Decimal256(Some(left), ..), ScalarValue::Decimal256(Some(right), ..)) => {
                let units = interpolated(to_bigint(*left), to_bigint(*right));
                Ok(bignumeric(to_i256(&units)))
            }
            _ => exec_err!("PERCENTILE_CONT takes numbers"),
        }
    }
}

/// `(left * to_rest + right * rest) / denominator`, rounded once.
fn float(left: f64, to_rest: &BigInt, right: f64, rest: &BigInt, denominator: &BigUint) -> f64 {
    let exact = |value: f64| {
        let mut sum = ExactSum::default();
        sum.add(value);
        sum.to_bigint_and_exponent()
    };
    let ((left, left_exponent), (right, right_exponent)) = (exact(left), exact(right));
    let exponent = left_exponent.min(right_exponent);
    let sum = (left << (left_exponent - exponent)) * to_rest
        + (right << (right_exponent - exponent)) * rest;
    ratio(&sum, exponent, denominator)
}

/// A number as a fraction.
fn fraction(constant: &ScalarValue) -> Option<(BigInt, BigInt)> {
    let scaled = |units: BigInt, scale: i8| {
        let scale = u32::try_from(scale).ok()?;
        Some((units, BigInt::from(10u32).pow(scale)))
    };
    match constant {
        ScalarValue::Int64(Some(value)) => scaled((*value).into(), 0),
        ScalarValue::Decimal128(Some(units), _, scale) => scaled((*units).into(), *scale),
        ScalarValue::Decimal256(Some(units), _, scale) => scaled(to_bigint(*units), *scale),
        ScalarValue::Float64(Some(value)) if value.is_finite() => {
            let mut sum = ExactSum::default();
            sum.add(*value);
            let (mantissa, exponent) = sum.to_bigint_and_exponent();
            Some(if exponent < 0 {
                (mantissa, BigInt::from(1u32) << exponent.unsigned_abs())
            } else {
                (mantissa << exponent, BigInt::from(1u32))
            })
        }
        _ => None,
    }
}
