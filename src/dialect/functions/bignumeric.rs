//! BIGNUMERIC: integers of 256 bits that count units of 10^-38, all of them.
//!
//! Results are rounded half away from zero; one that needs more bits is an error.

use std::cmp::Ordering;
use std::sync::LazyLock;

use datafusion::arrow::datatypes::i256;
use num_bigint::{BigInt, Sign};

use super::elementwise::{DIVISION_BY_ZERO, Fault};
use super::numeric;
use super::numeric::Halves;
use crate::value::decimal;

/// Its digits behind the point.
pub(super) const SCALE: u32 = 38;
/// Units in 1.
pub(super) const ONE: i256 = i256::from_i128(10_i128.pow(SCALE));
/// Units in the smallest NUMERIC.
const NUMERIC_UNIT: i256 = i256::from_i128(10_i128.pow(SCALE - numeric::SCALE));

pub(super) const OVERFLOW: Fault = Fault("BIGNUMERIC overflow");

pub(super) fn add(a: i256, b: i256) -> Result<i256, Fault> {
    a.checked_add(b).ok_or(OVERFLOW)
}

pub(super) fn subtract(a: i256, b: i256) -> Result<i256, Fault> {
    a.checked_sub(b).ok_or(OVERFLOW)
}

pub(super) fn multiply(a: i256, b: i256) -> Result<i256, Fault> {
    from_big(&rounded_quotient(&(big(a) * big(b)), &ONE_BIG))
}

pub(super) fn divide(a: i256, b: i256) -> Result<i256, Fault> {
    if b == i256::ZERO {
        return Err(DIVISION_BY_ZERO);
    }
    from_big(&rounded_quotient(&(big(a) * &*ONE_BIG), &big(b)))
}

/// Towards zero, to an integer.
pub(super) fn whole_quotient(a: i256, b: i256) -> Result<i256, Fault> {
    if b == i256::ZERO {
        return Err(DIVISION_BY_ZERO);
    }
    from_big(&(big(a) / big(b) * &*ONE_BIG))
}

pub(super) fn remainder(a: i256, b: i256) -> Result<i256, Fault> {
    if b == i256::ZERO {
        return Err(DIVISION_BY_ZERO);
    }
    // The smallest value by -1 unit has a quotient that does not fit, but no rest.
    Ok(a.wrapping_rem(b))
}

pub(super) fn negate(a: i256) -> Result<i256, Fault> {
    a.checked_neg().ok_or(OVERFLOW)
}

pub(super) fn abs(a: i256) -> Result<i256, Fault> {
    a.checked_abs().ok_or(OVERFLOW)
}

pub(super) fn sign(a: i256) -> i256 {
    match a.cmp(&i256::ZERO) {
        Ordering::Less => ONE.wrapping_neg(),
        Ordering::Equal => i256::ZERO,
        Ordering::Greater => ONE,
    }
}

/// The value rounded to `digits` after the point (before it if negative).
pub(super) fn round(value: i256, digits: i64, halves: Halves) -> Result<i256, Fault> {
    let Some(unit) = unit(digits) else {
        return Ok(if digits > 0 { value } else { i256::ZERO });
    };
    let (value, whole) = (big(value), big(value) / &unit);
    let rest = &value - &whole * &unit;
    let twice = BigInt::from(rest.magnitude() * 2_u32);
    let up = match twice.cmp(&unit) {
        Ordering::Less => false,
        Ordering::Equal => halves == Halves::Away || whole.bit(0),
        Ordering::Greater => true,
    };
    from_big(&((whole + step(up, value.sign())) * unit))
}

/// The value cut to `digits` after the point (before it if negative).
pub(super) fn trunc(value: i256, digits: i64) -> i256 {
    match unit(digits) {
        // Cutting brings a value nearer to zero, so it fits.
        Some(unit) => from_big(&(big(value) / &unit * &unit)).unwrap_or(i256::ZERO),
        None if digits > 0 => value,
        None => i256::ZERO,
    }
}

/// The value rounded down to an integer.
pub(super) fn floor(value: i256) -> Result<i256, Fault> {
    let whole = trunc(value, 0);
    if whole > value {
        subtract(whole, ONE)
    } else {
        Ok(whole)
    }
}

/// The value rounded up to an integer.
pub(super) fn ceil(value: i256) -> Result<i256, Fault> {
    let whole = trunc(value, 0);
    if whole < value {
        add(whole, ONE)
    } else {
        Ok(whole)
    }
}

pub(super) fn from_i64(value: i64) -> i256 {
    // 2^63 * 10^38 is below 2^190.
    i256::from_i128(value.into()).wrapping_mul(ONE)
}

pub(super) fn from_numeric(units: i128) -> i256 {
    // 10^38 * 10^29 is below 2^223.
    i256::from_i128(units).wrapping_mul(NUMERIC_UNIT)
}

/// The exact value of the float rounded to a unit; none out of range or if it is not finite.
pub(super) fn from_f64(x: f64) -> Option<i256> {
    from_big(&units_of_f64(x, SCALE)?).ok()
}

/// The exact value of the float times `10^scale`, rounded half away from zero.
pub(super) fn units_of_f64(x: f64, scale: u32) -> Option<BigInt> {
    if !x.is_finite() {
        return None;
    }
    let bits = x.to_bits();
    let biased = i64::try_from((bits >> 52) & 0x7ff).ok()?;
    let fraction = bits & ((1 << 52) - 1);
    let mantissa = if biased == 0 {
        fraction
    } else {
        fraction | 1 << 52
    };
    let exponent = biased.max(1) - 1075;
    let scaled = BigInt::from(mantissa) * BigInt::from(10).pow(scale);
    let shift = exponent.unsigned_abs();
    let magnitude = if exponent >= 0 {
        scaled << shift
    } else {
        ((scaled >> (shift - 1)) + 1_u32) >> 1_u32
    };
    Some(if x < 0.0 { -magnitude } else { magnitude })
}

/// The nearest float.
pub(super) fn to_f64(units: i256) -> f64 {
    match units.to_i128() {
        Some(units) => decimal::to_f64(units, SCALE),
        // The text is exact, and reading it rounds once.
        None => decimal::text(units, SCALE).parse().unwrap_or(f64::NAN),
    }
}

pub(super) fn to_numeric(units: i256) -> Result<i128, Fault> {
    big_to_i128(&rounded_quotient(&big(units), &big(NUMERIC_UNIT)))
        .ok_or(numeric::OVERFLOW)
        .and_then(numeric::in_range)
}

pub(super) fn to_i64(units: i256) -> Result<i64, Fault> {
    i64::try_from(rounded_quotient(&big(units), &ONE_BIG))
        .map_err(|_| Fault("out of INT64's range"))
}

/// Without needless zeros.
pub(super) fn text(units: i256) -> String {
    decimal::text(units, SCALE)
        .trim_end_matches('0')
        .trim_end_matches('.')
        .to_owned()
}

pub(super) fn big(value: i256) -> BigInt {
    BigInt::from_signed_bytes_le(&value.to_le_bytes())
}

pub(super) fn from_big(value: &BigInt) -> Result<i256, Fault> {
    let bytes = value.to_signed_bytes_le();
    let fill = if value.sign() == Sign::Minus { 0xff } else { 0 };
    let mut all = [fill; 32];
    let kept = all.get_mut(..bytes.len()).ok_or(OVERFLOW)?;
    kept.copy_from_slice(&bytes);
    Ok(i256::from_le_bytes(all))
}

/// Half away from zero.
fn rounded_quotient(dividend: &BigInt, divisor: &BigInt) -> BigInt {
    let whole = dividend / divisor;
    let rest = dividend - &whole * divisor;
    let up = rest.magnitude() * 2_u32 >= *divisor.magnitude();
    whole + step(up, dividend.sign() * divisor.sign())
}

/// One away from zero, if `up`.
fn step(up: bool, sign: Sign) -> i32 {
    match (up, sign) {
        (false, _) | (true, Sign::NoSign) => 0,
        (true, Sign::Minus) => -1,
        (true, Sign::Plus) => 1,
    }
}

fn big_to_i128(value: &BigInt) -> Option<i128> {
    i128::try_from(value).ok()
}

/// What the last of `digits` after the point counts; none if no digit of a BIGNUMERIC stands there.
fn unit(digits: i64) -> Option<BigInt> {
    let dropped = i64::from(SCALE).checked_sub(digits)?;
    u32::try_from(dropped)
        .ok()
        .filter(|dropped| (1..=77).contains(dropped))
        .map(|dropped| BigInt::from(10).pow(dropped))
}

static ONE_BIG: LazyLock<BigInt> = LazyLock::new(|| big(ONE));

#[cfg(test)]
mod tests {
    use super::*;

    fn value(text: &str) -> i256 {
        super::super::read::bignumeric(text).unwrap()
    }

    #[test]
    fn arithmetic_is_exact() {
        let third = divide(ONE, value("3")).unwrap();
        assert_eq!(text(third), format!("0.{}", "3".repeat(38)));
        assert_eq!(
            text(divide(value("-2"), value("3")).unwrap()),
            format!("-0.{}7", "6".repeat(37))
        );
        assert_eq!(multiply(value("-12.5"), value("4")), Ok(value("-50")));
        assert_eq!(multiply(value("1e-38"), value("0.5")), Ok(value("1e-38")));
        assert_eq!(multiply(value("1e-38"), value("0.4")), Ok(i256::ZERO));
        assert_eq!(remainder(value("-7.5"), value("2")), Ok(value("-1.5")));
        assert_eq!(remainder(i256::MIN, i256::MINUS_ONE), Ok(i256::ZERO));
        assert_eq!(whole_quotient(value("-7.5"), value("2")), Ok(value("-3")));
    }

    #[test]
    fn what_needs_more_than_256_bits_is_an_error() {
        assert_eq!(add(i256::MAX, i256::ONE), Err(OVERFLOW));
        assert_eq!(subtract(i256::MIN, i256::ONE), Err(OVERFLOW));
        assert_eq!(negate(i256::MIN), Err(OVERFLOW));
        assert_eq!(multiply(value("1e20"), value("1e20")), Err(OVERFLOW));
        assert_eq!(divide(value("1e38"), value("0.1")), Err(OVERFLOW));
        assert_eq!(divide(ONE, i256::ZERO), Err(DIVISION_BY_ZERO));
        assert_eq!(floor(i256::MIN), Err(OVERFLOW));
        assert_eq!(round(i256::MAX, -38, Halves::Away), Err(OVERFLOW));
    }

    #[test]
    fn rounds() {
        for (x, digits, halves, want) in [
            ("2.5", 0, Halves::Away, "3"),
            ("-2.5", 0, Halves::Away, "-3"),
            ("2.5", 0, Halves::Even, "2"),
            ("-3.5", 0, Halves::Even, "-4"),
            ("1234.5", -2, Halves::Away, "1200"),
            ("1.5", 38, Halves::Away, "1.5"),
            ("1.5", i64::MIN, Halves::Away, "0"),
        ] {
            assert_eq!(round(value(x), digits, halves), Ok(value(want)), "{x}");
        }
        assert_eq!(floor(value("-0.5")), Ok(value("-1")));
        assert_eq!(ceil(value("-0.5")), Ok(i256::ZERO));
        assert_eq!(trunc(value("-1.55"), 1), value("-1.5"));
    }

    #[test]
    fn converts() {
        assert_eq!(
            text(from_f64(0.1).unwrap()),
            "0.10000000000000000555111512312578270212"
        );
        assert_eq!(from_f64(1e39), None);
        assert_eq!(from_f64(f64::NAN), None);
        assert_eq!(to_f64(value("0.1")), 0.1);
        assert_eq!(to_f64(i256::MIN), -5.789_604_461_865_809_6e38);
        assert_eq!(to_numeric(value("1.0000000005")), Ok(1_000_000_001));
        assert_eq!(to_numeric(value("1e29")), Err(numeric::OVERFLOW));
        assert_eq!(to_i64(value("-2.5")), Ok(-3));
        assert!(to_i64(value("9223372036854775807.5")).is_err());
        assert_eq!(from_i64(-3), value("-3"));
        assert_eq!(from_numeric(-1_500_000_000), value("-1.5"));
    }
}
