//! BIGNUMERIC, and pairs of NUMERIC or BIGNUMERIC: sums too wide for 128 bits.

use std::borrow::Cow;

use datafusion::arrow::array::{Array, ArrayRef, AsArray};
use datafusion::arrow::buffer::NullBuffer;
use datafusion::arrow::datatypes::{Decimal128Type, Decimal256Type, i256};
use datafusion::common::{Result, ScalarValue, exec_datafusion_err, exec_err};
use num_bigint::{BigInt, BigUint, Sign};

use super::fold::{State, Values};
use super::total::primitive;
use crate::state::codec::{Reader, put_bytes, put_varint};
use crate::value::exact::{ratio, sqrt_ratio};

/// Digits after the point of NUMERIC and of BIGNUMERIC, as a [`Pairs`] has them.
pub(super) const NUMERIC: u32 = 9;
pub(super) const BIGNUMERIC: u32 = 38;

/// A sum of BIGNUMERIC, in units of 10^-38.
#[derive(Debug, Clone, Default)]
pub(super) struct BigNumerics {
    count: u64,
    sum: BigInt,
}

impl BigNumerics {
    pub(super) fn sum(&self) -> Result<ScalarValue> {
        self.divided_by(1)
    }

    /// Rounded half away from zero to 38 digits after the point.
    pub(super) fn mean(&self) -> Result<ScalarValue> {
        self.divided_by(self.count)
    }

    fn divided_by(&self, count: u64) -> Result<ScalarValue> {
        if self.count == 0 {
            return Ok(bignumeric(None));
        }
        to_i256(&divided(&self.sum, &BigInt::from(count)))
            .map(|units| bignumeric(Some(units)))
            .ok_or_else(|| exec_datafusion_err!("BIGNUMERIC overflow in SUM"))
    }
}

impl State for BigNumerics {
    type Value = i256;

    const RETRACTS: bool = true;

    fn read(args: &[ArrayRef]) -> Result<Values<'_, i256>> {
        primitive::<Decimal256Type>(args)
    }

    fn add(&mut self, values: &[i256]) {
        self.count += values.len() as u64;
        for value in values {
            self.sum += to_bigint(*value);
        }
    }

    fn retract(&mut self, values: &[i256]) {
        self.count -= values.len() as u64;
        for value in values {
            self.sum -= to_bigint(*value);
        }
    }

    fn merge(&mut self, other: &Self) {
        self.count += other.count;
        self.sum += &other.sum;
    }

    fn encode(&self) -> Vec<u8> {
        let mut out = Vec::new();
        put_varint(&mut out, self.count);
        put_bytes(&mut out, &self.sum.to_signed_bytes_le());
        out
    }

    fn decode(bytes: &[u8]) -> Option<Self> {
        let mut input = Reader::new(bytes);
        Some(Self {
            count: input.varint().ok()?,
            sum: read_bigint(&mut input)?,
        })
    }

    fn heap_size(&self) -> usize {
        heap_size(&self.sum)
    }
}

/// Pairs of decimals, in units of 10^-`SCALE`; one value is a pair with itself.
#[derive(Debug, Clone, Default)]
pub(super) struct Pairs<const SCALE: u32> {
    count: u64,
    x: BigInt,
    y: BigInt,
    xx: BigInt,
    yy: BigInt,
    xy: BigInt,
}

impl<const SCALE: u32> Pairs<SCALE> {
    pub(super) fn covar_pop(&self) -> Result<ScalarValue> {
        self.figure(0, ratio)
    }

    pub(super) fn covar_samp(&self) -> Result<ScalarValue> {
        self.figure(1, ratio)
    }

    pub(super) fn stddev_pop(&self) -> Result<ScalarValue> {
        self.figure(0, sqrt_ratio)
    }

    pub(super) fn stddev_samp(&self) -> Result<ScalarValue> {
        self.figure(1, sqrt_ratio)
    }

    /// NaN if a side is constant.
    pub(super) fn corr(&self) -> Result<ScalarValue> {
        if self.count < 2 {
            return Ok(ScalarValue::Float64(None));
        }
        let covariance = self.centred(&self.xy, &self.x, &self.y);
        let spread =
            self.centred(&self.xx, &self.x, &self.x) * self.centred(&self.yy, &self.y, &self.y);
        let corr = match spread.sign() {
            Sign::Plus => {
                let root = sqrt_ratio(&(&covariance * &covariance), 0, spread.magnitude());
                if covariance.sign() == Sign::Minus {
                    -root
                } else {
                    root
                }
            }
            _ => f64::NAN,
        };
        Ok(ScalarValue::Float64(Some(corr)))
    }

    fn figure(&self, less: u64, round: fn(&BigInt, i32, &BigUint) -> f64) -> Result<ScalarValue> {
        if self.count <= less {
            return Ok(ScalarValue::Float64(None));
        }
        let units = BigUint::from(10u32).pow(2 * SCALE);
        let figure = round(
            &self.centred(&self.xy, &self.x, &self.y),
            0,
            &(units * self.count * (self.count - less)),
        );
        Ok(ScalarValue::Float64(Some(figure)))
    }

    /// `n * products - a * b`.
    fn centred(&self, products: &BigInt, a: &BigInt, b: &BigInt) -> BigInt {
        products * self.count - a * b
    }

    fn parts(&self) -> [&BigInt; 5] {
        [&self.x, &self.y, &self.xx, &self.yy, &self.xy]
    }

    fn parts_mut(&mut self) -> [&mut BigInt; 5] {
        let Self {
            x, y, xx, yy, xy, ..
        } = self;
        [x, y, xx, yy, xy]
    }
}

impl<const SCALE: u32> State for Pairs<SCALE> {
    type Value = (i256, i256);

    const RETRACTS: bool = true;

    fn read(args: &[ArrayRef]) -> Result<Values<'_, (i256, i256)>> {
        let (x, nulls) = units(args.first())?;
        let Some(second) = args.get(1) else {
            return Ok(Values {
                values: Cow::Owned(x.into_iter().map(|x| (x, x)).collect()),
                nulls,
            });
        };
        let (y, others) = units(Some(second))?;
        Ok(Values {
            values: Cow::Owned(x.into_iter().zip(y).collect()),
            nulls: NullBuffer::union(nulls.as_ref(), others.as_ref()),
        })
    }

    fn add(&mut self, values: &[(i256, i256)]) {
        self.count += values.len() as u64;
        for value in values {
            for (sum, part) in self.parts_mut().into_iter().zip(contribution(*value)) {
                *sum += part;
            }
        }
    }

    fn retract(&mut self, values: &[(i256, i256)]) {
        self.count -= values.len() as u64;
        for value in values {
            for (sum, part) in self.parts_mut().into_iter().zip(contribution(*value)) {
                *sum -= part;
            }
        }
    }

    fn merge(&mut self, other: &Self) {
        self.count += other.count;
        for (sum, part) in self.parts_mut().into_iter().zip(other.parts()) {
            *sum += part;
        }
    }

    fn encode(&self) -> Vec<u8> {
        let mut out = Vec::new();
        put_varint(&mut out, self.count);
        for part in self.parts() {
            put_bytes(&mut out, &part.to_signed_bytes_le());
        }
        out
    }

    fn decode(bytes: &[u8]) -> Option<Self> {
        let mut input = Reader::new(bytes);
        let mut state = Self {
            count: input.varint().ok()?,
            ..Self::default()
        };
        for part in state.parts_mut() {
            *part = read_bigint(&mut input)?;
        }
        Some(state)
    }

    fn heap_size(&self) -> usize {
        self.parts().into_iter().map(heap_size).sum()
    }
}

/// `sum / count`, rounded half away from zero.
pub(super) fn divided(sum: &BigInt, count: &BigInt) -> BigInt {
    let magnitude = BigInt::from(sum.magnitude().clone());
    let rounded: BigInt = (magnitude * 2 + count) / (count * 2);
    if sum.sign() == Sign::Minus {
        -rounded
    } else {
        rounded
    }
}

pub(super) fn bignumeric(units: Option<i256>) -> ScalarValue {
    ScalarValue::Decimal256(units, 76, 38)
}

pub(super) fn to_bigint(value: i256) -> BigInt {
    BigInt::from_signed_bytes_le(&value.to_le_bytes())
}

/// None beyond 256 bits.
pub(super) fn to_i256(value: &BigInt) -> Option<i256> {
    let bytes = value.to_signed_bytes_le();
    let fill = if value.sign() == Sign::Minus { 0xff } else { 0 };
    let mut all = [fill; 32];
    all.get_mut(..bytes.len())?.copy_from_slice(&bytes);
    Some(i256::from_le_bytes(all))
}

fn contribution((x, y): (i256, i256)) -> [BigInt; 5] {
    let (x, y) = (to_bigint(x), to_bigint(y));
    let products = [&x * &x, &y * &y, &x * &y];
    let [xx, yy, xy] = products;
    [x, y, xx, yy, xy]
}

fn units(array: Option<&ArrayRef>) -> Result<(Vec<i256>, Option<NullBuffer>)> {
    let Some(array) = array else {
        return exec_err!("an aggregate of decimals takes an argument");
    };
    if let Some(narrow) = array.as_primitive_opt::<Decimal128Type>() {
        let values = narrow.values().iter().map(|v| i256::from_i128(*v));
        return Ok((values.collect(), narrow.nulls().cloned()));
    }
    match array.as_primitive_opt::<Decimal256Type>() {
        Some(wide) => Ok((wide.values().to_vec(), wide.nulls().cloned())),
        None => exec_err!("an aggregate's argument is not a decimal"),
    }
}

fn read_bigint(input: &mut Reader<'_>) -> Option<BigInt> {
    let len = input.length(1).ok()?;
    Some(BigInt::from_signed_bytes_le(input.bytes(len).ok()?))
}

fn heap_size(value: &BigInt) -> usize {
    usize::try_from(value.bits() / 8).unwrap_or(usize::MAX) + 8
}
