//! Exact sums and counts: what `SUM` and `AVG` need.

use std::borrow::Cow;

use datafusion::arrow::array::{Array, ArrayRef, ArrowPrimitiveType, AsArray, BinaryBuilder};
use datafusion::arrow::datatypes::{Decimal128Type, Float64Type, Int64Type};
use datafusion::common::{Result, ScalarValue, exec_datafusion_err, exec_err};
use num_bigint::{BigInt, BigUint, Sign};

use super::super::types::NUMERIC_SCALE;
use super::fold::{State, Values};
use crate::value::exact::{ExactSum, ratio};

/// The largest magnitude of NUMERIC, in units of 10^-9.
const NUMERIC_MAX: i128 = 10_i128.pow(38) - 1;

/// INT64: the sum of up to 2^64 values fits 128 bits.
#[derive(Debug, Clone, Default)]
pub(super) struct Ints {
    count: u64,
    sum: i128,
}

impl Ints {
    pub(super) fn sum(&self) -> Result<ScalarValue> {
        if self.count == 0 {
            return Ok(ScalarValue::Int64(None));
        }
        match i64::try_from(self.sum) {
            Ok(sum) => Ok(ScalarValue::Int64(Some(sum))),
            Err(_) => exec_err!("INT64 overflow in SUM"),
        }
    }

    /// Correctly rounded.
    pub(super) fn mean(&self) -> Result<ScalarValue> {
        let mean = |count| ratio(&BigInt::from(self.sum), 0, &BigUint::from(count));
        Ok(ScalarValue::Float64(
            (self.count > 0).then(|| mean(self.count)),
        ))
    }
}

impl State for Ints {
    type Value = i64;

    const ALIKE: bool = true;

    const RETRACTS: bool = true;

    fn read(args: &[ArrayRef]) -> Result<Values<'_, i64>> {
        primitive::<Int64Type>(args)
    }

    fn add(&mut self, values: &[i64]) {
        self.count += values.len() as u64;
        self.sum += values.iter().map(|v| i128::from(*v)).sum::<i128>();
    }

    fn retract(&mut self, values: &[i64]) {
        self.count -= values.len() as u64;
        self.sum -= values.iter().map(|v| i128::from(*v)).sum::<i128>();
    }

    fn merge(&mut self, other: &Self) {
        self.count += other.count;
        self.sum += other.sum;
    }

    fn encode(&self) -> Vec<u8> {
        [&self.count.to_le_bytes()[..], &self.sum.to_le_bytes()[..]].concat()
    }

    fn decode(bytes: &[u8]) -> Option<Self> {
        let (count, sum) = bytes.split_first_chunk()?;
        Some(Self {
            count: u64::from_le_bytes(*count),
            sum: i128::from_le_bytes(sum.try_into().ok()?),
        })
    }

    fn heap_size(&self) -> usize {
        0
    }
}

/// NUMERIC, in units of 10^-9.
#[derive(Debug, Clone, Default)]
pub(super) struct Numerics {
    count: u64,
    sum: ExactSum,
}

impl Numerics {
    pub(super) fn sum(&self) -> Result<ScalarValue> {
        self.divided_by(1)
    }

    /// Rounded half away from zero to 9 digits after the point.
    pub(super) fn mean(&self) -> Result<ScalarValue> {
        self.divided_by(self.count)
    }

    fn divided_by(&self, count: u64) -> Result<ScalarValue> {
        let numeric = |units| ScalarValue::Decimal128(units, 38, NUMERIC_SCALE);
        if self.count == 0 {
            return Ok(numeric(None));
        }
        let (mantissa, exponent) = self.sum.to_bigint_and_exponent();
        // A sum of integers: what stands below the point are zeros.
        let sum = if exponent < 0 {
            mantissa >> exponent.unsigned_abs()
        } else {
            mantissa << exponent
        };
        let count = BigInt::from(count);
        let (sign, magnitude) = (
            sum.sign(),
            BigInt::from_biguint(Sign::Plus, sum.into_parts().1),
        );
        let rounded: BigInt = (magnitude * 2 + &count) / (&count * 2);
        let units = if sign == Sign::Minus {
            -rounded
        } else {
            rounded
        };
        i128::try_from(units)
            .ok()
            .filter(|units| (-NUMERIC_MAX..=NUMERIC_MAX).contains(units))
            .map(|units| numeric(Some(units)))
            .ok_or_else(|| exec_datafusion_err!("NUMERIC overflow in SUM"))
    }
}

impl State for Numerics {
    type Value = i128;

    const ALIKE: bool = true;

    const RETRACTS: bool = true;

    fn read(args: &[ArrayRef]) -> Result<Values<'_, i128>> {
        primitive::<Decimal128Type>(args)
    }

    fn add(&mut self, values: &[i128]) {
        self.count += values.len() as u64;
        for value in values {
            self.sum.add_i128(*value);
        }
    }

    fn retract(&mut self, values: &[i128]) {
        self.count -= values.len() as u64;
        for value in values {
            self.sum.add_i128(-value);
        }
    }

    fn merge(&mut self, other: &Self) {
        self.count += other.count;
        self.sum.merge(&other.sum);
    }

    fn encode(&self) -> Vec<u8> {
        let mut out = self.count.to_le_bytes().to_vec();
        self.sum.encode(&mut out);
        out
    }

    fn decode(bytes: &[u8]) -> Option<Self> {
        let (count, mut rest) = bytes.split_first_chunk()?;
        let sum = ExactSum::decode(&mut rest)?;
        rest.is_empty().then_some(Self {
            count: u64::from_le_bytes(*count),
            sum,
        })
    }

    fn heap_size(&self) -> usize {
        self.sum.heap_size()
    }
}

/// FLOAT64: the finite values summed, the others counted.
#[derive(Debug, Clone, Default)]
pub(super) struct Floats {
    count: u64,
    nan: u64,
    positive: u64,
    negative: u64,
    sum: ExactSum,
}

impl Floats {
    /// Correctly rounded; with NaN and infinities as IEEE addition has it.
    pub(super) fn sum(&self) -> Result<ScalarValue> {
        self.divided_by(1, "SUM")
    }

    /// Correctly rounded, not the quotient of a rounded sum.
    pub(super) fn mean(&self) -> Result<ScalarValue> {
        self.divided_by(self.count, "AVG")
    }

    fn divided_by(&self, count: u64, what: &str) -> Result<ScalarValue> {
        if self.count == 0 {
            return Ok(ScalarValue::Float64(None));
        }
        let figure = match (self.nan, self.positive, self.negative) {
            (0, 0, 0) => {
                let (mantissa, exponent) = self.sum.to_bigint_and_exponent();
                let finite = ratio(&mantissa, exponent, &BigUint::from(count));
                if finite.is_infinite() {
                    return exec_err!("FLOAT64 overflow in {what}");
                }
                finite
            }
            (0, _, 0) => f64::INFINITY,
            (0, 0, _) => f64::NEG_INFINITY,
            _ => f64::NAN,
        };
        Ok(ScalarValue::Float64(Some(figure)))
    }

    fn tally(&self, values: &[f64]) -> (u64, u64, u64) {
        let mut tally = (0, 0, 0);
        for value in values.iter().filter(|v| !v.is_finite()) {
            if value.is_nan() {
                tally.0 += 1;
            } else if *value > 0.0 {
                tally.1 += 1;
            } else {
                tally.2 += 1;
            }
        }
        tally
    }
}

impl State for Floats {
    type Value = f64;

    const ALIKE: bool = true;

    const RETRACTS: bool = true;

    fn read(args: &[ArrayRef]) -> Result<Values<'_, f64>> {
        primitive::<Float64Type>(args)
    }

    fn add(&mut self, values: &[f64]) {
        let (nan, positive, negative) = self.tally(values);
        self.count += values.len() as u64;
        self.nan += nan;
        self.positive += positive;
        self.negative += negative;
        match values {
            [one] => self.sum.add(*one),
            _ => self.sum.add_slice(values),
        }
    }

    fn retract(&mut self, values: &[f64]) {
        let (nan, positive, negative) = self.tally(values);
        self.count -= values.len() as u64;
        self.nan -= nan;
        self.positive -= positive;
        self.negative -= negative;
        for value in values {
            self.sum.add(-value);
        }
    }

    fn merge(&mut self, other: &Self) {
        self.count += other.count;
        self.nan += other.nan;
        self.positive += other.positive;
        self.negative += other.negative;
        self.sum.merge(&other.sum);
    }

    fn encode(&self) -> Vec<u8> {
        let counts = [self.count, self.nan, self.positive, self.negative];
        let mut out: Vec<u8> = counts.iter().flat_map(|n| n.to_le_bytes()).collect();
        self.sum.encode(&mut out);
        out
    }

    /// Where groups are many, most states are of one value: it is its own state.
    fn encode_one(value: f64, out: &mut BinaryBuilder) {
        out.append_value(value.to_le_bytes());
    }

    fn merge_encoded(&mut self, bytes: &[u8]) -> Option<()> {
        match bytes.try_into() {
            Ok(value) => self.add(&[f64::from_le_bytes(value)]),
            Err(_) => self.merge(&Self::decode(bytes)?),
        }
        Some(())
    }

    fn decode(bytes: &[u8]) -> Option<Self> {
        if let Ok(value) = bytes.try_into() {
            let mut state = Self::default();
            state.add(&[f64::from_le_bytes(value)]);
            return Some(state);
        }
        let mut rest = bytes;
        let mut next = || {
            let (count, after) = rest.split_first_chunk()?;
            rest = after;
            Some(u64::from_le_bytes(*count))
        };
        let (count, nan, positive, negative) = (next()?, next()?, next()?, next()?);
        let sum = ExactSum::decode(&mut rest)?;
        rest.is_empty().then_some(Self {
            count,
            nan,
            positive,
            negative,
            sum,
        })
    }

    fn heap_size(&self) -> usize {
        self.sum.heap_size()
    }
}

/// The one argument's values.
pub(super) fn primitive<T: ArrowPrimitiveType>(args: &[ArrayRef]) -> Result<Values<'_, T::Native>> {
    let array = args.first().and_then(|a| a.as_primitive_opt::<T>());
    let array = array
        .ok_or_else(|| exec_datafusion_err!("an aggregate's argument is not {}", T::DATA_TYPE))?;
    Ok(Values {
        values: Cow::Borrowed(array.values()),
        nulls: array.nulls().cloned(),
    })
}
