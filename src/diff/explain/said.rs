//! Values that can be told to be another's equal. Integers, decimals and times are compared as they are: beyond 2^53, floats
//! of two of them may be one.

use arrow::array::{Array, AsArray};
use arrow::datatypes::{
    DataType, Decimal128Type, Decimal256Type, Int64Type, TimeUnit, TimestampMicrosecondType, i256,
};

use crate::value::decimal;

/// A value of a column, or of a JSON document.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Value {
    Exact(Exact),
    Float(f64),
    Text(String),
}

impl Value {
    /// A number as JSON writes it.
    pub(super) fn number(text: &str) -> Option<Self> {
        match Exact::read(text) {
            Some(exact) => Some(Self::Exact(exact)),
            None => text.parse().ok().map(Self::Float),
        }
    }

    pub(super) fn float(&self) -> Option<f64> {
        match self {
            Self::Exact(exact) => exact.float(),
            Self::Float(float) => Some(*float),
            Self::Text(_) => None,
        }
    }
}

/// `digits * 10^-scale`, with as small a scale as it takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Exact {
    digits: i256,
    scale: u32,
}

/// No decimal has more digits.
const MOST_SCALE: u32 = 76;

impl Exact {
    fn new(digits: i256, scale: u32) -> Self {
        match digits.to_i128() {
            Some(small) => Self::small(small, scale),
            None => Self::large(digits, scale),
        }
    }

    fn small(mut digits: i128, mut scale: u32) -> Self {
        while scale > 0 && digits % 10 == 0 {
            digits /= 10;
            scale -= 1;
        }
        Self {
            digits: i256::from_i128(digits),
            scale,
        }
    }

    fn large(mut digits: i256, mut scale: u32) -> Self {
        let ten = i256::from_i128(10);
        while scale > 0 && digits.wrapping_rem(ten) == i256::ZERO {
            digits = digits.wrapping_div(ten);
            scale -= 1;
        }
        Self { digits, scale }
    }

    /// An integer, a decimal, or a time in seconds.
    pub(super) fn at(array: &dyn Array, row: usize) -> Option<Self> {
        if array.is_null(row) {
            return None;
        }
        let (digits, scale) = match array.data_type() {
            DataType::Int64 => {
                let value = array.as_primitive::<Int64Type>().value(row);
                (i256::from_i128(value.into()), 0)
            }
            DataType::Timestamp(TimeUnit::Microsecond, _) => {
                let value = array.as_primitive::<TimestampMicrosecondType>().value(row);
                (i256::from_i128(value.into()), 6)
            }
            DataType::Decimal128(_, scale) => {
                let value = array.as_primitive::<Decimal128Type>().value(row);
                (i256::from_i128(value), u32::try_from(*scale).ok()?)
            }
            DataType::Decimal256(_, scale) => {
                let value = array.as_primitive::<Decimal256Type>().value(row);
                (value, u32::try_from(*scale).ok()?)
            }
            _ => return None,
        };
        Some(Self::new(digits, scale))
    }

    /// `None` for what has more digits than a decimal.
    fn read(text: &str) -> Option<Self> {
        let (mantissa, exponent) = match text.split_once(['e', 'E']) {
            Some((mantissa, exponent)) => (mantissa, exponent.parse::<i64>().ok()?),
            None => (text, 0),
        };
        let fraction = mantissa
            .split_once('.')
            .map_or(0, |(_, digits)| digits.len());
        let scale = (i64::try_from(fraction).ok()? - exponent).max(0);
        let scale = u32::try_from(scale)
            .ok()
            .filter(|scale| *scale <= MOST_SCALE)?;
        let (digits, exact) = decimal::floor_at_scale(text, scale)?;
        exact.then(|| Self::new(digits, scale))
    }

    fn float(&self) -> Option<f64> {
        match self.digits.to_i128() {
            Some(digits) => Some(decimal::to_f64(digits, self.scale)),
            None => decimal::text(self.digits, self.scale).parse().ok(),
        }
    }

    /// Whether a decimal of that scale is another number, rounded either way where that is half a unit off.
    pub(super) fn rounds_from(&self, said: &Self, scale: u32) -> bool {
        let most = self.scale.max(said.scale).max(scale);
        let power = |digits: u32| i256::from_i128(10).checked_pow(digits);
        let apart = || {
            let ours = self.digits.checked_mul(power(most - self.scale)?)?;
            let theirs = said.digits.checked_mul(power(most - said.scale)?)?;
            let apart = ours.checked_sub(theirs)?.checked_abs()?;
            Some(apart.checked_mul(i256::from_i128(2))? <= power(most - scale)?)
        };
        // What does not fit is no number near it, unless it is the same.
        apart().unwrap_or(self == said)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn exact(text: &str) -> Exact {
        Exact::read(text).unwrap()
    }

    #[test]
    fn numbers_have_one_form() {
        for (one, other) in [
            ("1.50", "15e-1"),
            ("1e3", "1000.0"),
            ("-0", "0"),
            ("0.0", "0e5"),
        ] {
            assert_eq!(exact(one), exact(other), "{one}");
        }
        assert_ne!(exact("9007199254740993"), exact("9007199254740992"));
        assert_eq!(Value::number("1e300"), Some(Value::Float(1e300)));
        assert_eq!(exact("9007199254740993").float(), Some(9007199254740992.0));
    }

    #[test]
    fn rounding_to_a_scale() {
        for (ours, said, fits) in [
            ("0.15", "0.1549", true),
            ("0.15", "0.155", true),
            ("0.15", "0.1550000000000000001", false),
            ("12345678901234567890.12", "12345678901234567890.124", true),
            ("12345678901234567890.12", "12345678901234567890.13", false),
        ] {
            assert_eq!(
                exact(ours).rounds_from(&exact(said), 2),
                fits,
                "{ours} {said}"
            );
        }
    }
}
