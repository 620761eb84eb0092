//! NUMERIC: integers that count units of 10^-9, at most 38 digits.
//!
//! Results are rounded half away from zero; one that needs more digits is an error.

use std::cmp::Ordering;

use datafusion::arrow::datatypes::i256;

use super::elementwise::{DIVISION_BY_ZERO, Fault};

/// Which way what lies halfway is rounded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Halves {
    Away,
    Even,
}

/// Units in 1.
pub(super) const ONE: i128 = 1_000_000_000;
/// Its digits behind the point.
pub(super) const SCALE: u32 = 9;
/// The largest magnitude, in units.
const MAX: i128 = 10_i128.pow(38) - 1;

pub(super) const OVERFLOW: Fault = Fault("NUMERIC overflow");

pub(super) fn add(a: i128, b: i128) -> Result<i128, Fault> {
    a.checked_add(b).map_or(Err(OVERFLOW), in_range)
}

pub(super) fn subtract(a: i128, b: i128) -> Result<i128, Fault> {
    a.checked_sub(b).map_or(Err(OVERFLOW), in_range)
}

pub(super) fn multiply(a: i128, b: i128) -> Result<i128, Fault> {
    if let Some(product) = a.checked_mul(b) {
        let (whole, rest) = split(product.unsigned_abs());
        let magnitude = (whole + u128::from(rest >= HALF)).cast_signed();
        return in_range(if product < 0 { -magnitude } else { magnitude });
    }
    let product = i256::from_i128(a)
        .checked_mul(i256::from_i128(b))
        .ok_or(OVERFLOW)?;
    rounded_quotient(product, i256::from_i128(ONE))
}

/// Half a unit of what [`split`] leaves.
const HALF: u64 = 500_000_000;

/// The quotient and the rest of a division by [`ONE`]: in steps of 64 bits, as one of 128 bits takes far longer.
pub(super) fn split(units: u128) -> (u128, u64) {
    const BILLION: u64 = 1_000_000_000;
    let high = (units >> 64) as u64;
    let low = units as u64;
    if high == 0 {
        return ((low / BILLION).into(), low % BILLION);
    }
    let (first, rest) = (high / BILLION, high % BILLION);
    let middle = rest << 32 | low >> 32;
    let (second, rest) = (middle / BILLION, middle % BILLION);
    let end = rest << 32 | low & 0xffff_ffff;
    let (third, rest) = (end / BILLION, end % BILLION);
    let quotient = u128::from(first) << 64 | u128::from(second) << 32 | u128::from(third);
    (quotient, rest)
}

pub(super) fn divide(a: i128, b: i128) -> Result<i128, Fault> {
    if b == 0 {
        return Err(DIVISION_BY_ZERO);
    }
    let scaled = i256::from_i128(a)
        .checked_mul(i256::from_i128(ONE))
        .ok_or(OVERFLOW)?;
    rounded_quotient(scaled, i256::from_i128(b))
}

/// Towards zero, to an integer.
pub(super) fn whole_quotient(a: i128, b: i128) -> Result<i128, Fault> {
    if b == 0 {
        return Err(DIVISION_BY_ZERO);
    }
    a.checked_div(b)
        .and_then(|whole| whole.checked_mul(ONE))
        .map_or(Err(OVERFLOW), in_range)
}

pub(super) fn remainder(a: i128, b: i128) -> Result<i128, Fault> {
    a.checked_rem(b).ok_or(DIVISION_BY_ZERO)
}

/// The value rounded to `digits` after the point (before it if negative).
pub(super) fn round(value: i128, digits: i64, halves: Halves) -> Result<i128, Fault> {
    let Some(unit) = unit(digits) else {
        return Ok(if digits > 0 { value } else { 0 });
    };
    let (whole, rest) = (value / unit, (value % unit).abs());
    let up = match rest.cmp(&(unit - rest)) {
        Ordering::Less => false,
        Ordering::Equal => halves == Halves::Away || whole % 2 != 0,
        Ordering::Greater => true,
    };
    let away = if up { value.signum() } else { 0 };
    (whole + away)
        .checked_mul(unit)
        .map_or(Err(OVERFLOW), in_range)
}

/// The value cut to `digits` after the point (before it if negative).
pub(super) fn trunc(value: i128, digits: i64) -> i128 {
    match unit(digits) {
        Some(unit) => value - value % unit,
        None if digits > 0 => value,
        None => 0,
    }
}

/// What the last of `digits` after the point counts; none if no digit of a NUMERIC stands there.
fn unit(digits: i64) -> Option<i128> {
    // Up to 38, so that the power fits.
    let dropped = 9_i64.checked_sub(digits)?;
    u32::try_from(dropped)
        .ok()
        .filter(|dropped| (1..=38).contains(dropped))
        .and_then(|dropped| 10_i128.checked_pow(dropped))
}

/// The integer nearest to the value, half away from zero.
pub(super) fn whole(value: i128) -> i128 {
    let rest = value % ONE;
    let up = rest.abs() * 2 >= ONE;
    value / ONE + if up { value.signum() } else { 0 }
}

/// The value rounded down to an integer.
pub(super) fn floor(value: i128) -> Result<i128, Fault> {
    in_range(value.div_euclid(ONE) * ONE)
}

/// The value rounded up to an integer.
pub(super) fn ceil(value: i128) -> Result<i128, Fault> {
    in_range(-((-value).div_euclid(ONE) * ONE))
}

pub(super) fn in_range(value: i128) -> Result<i128, Fault> {
    if value.unsigned_abs() > MAX.unsigned_abs() {
        return Err(OVERFLOW);
    }
    Ok(value)
}

/// `dividend / divisor`, half away from zero.
fn rounded_quotient(dividend: i256, divisor: i256) -> Result<i128, Fault> {
    let quotient = dividend.checked_div(divisor).ok_or(OVERFLOW)?;
    let rest = dividend.checked_rem(divisor).ok_or(OVERFLOW)?;
    let magnitude = |x: i256| if x < i256::ZERO { x.wrapping_neg() } else { x };
    let twice = magnitude(rest)
        .checked_mul(i256::from_i128(2))
        .ok_or(OVERFLOW)?;
    let away = if twice < magnitude(divisor) {
        i256::ZERO
    } else if (dividend < i256::ZERO) == (divisor < i256::ZERO) {
        i256::ONE
    } else {
        i256::MINUS_ONE
    };
    quotient
        .wrapping_add(away)
        .to_i128()
        .map_or(Err(OVERFLOW), in_range)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn products_and_quotients_in_short() {
        let mut bits = 1_u128;
        for shift in (0..120).cycle().take(20_000) {
            bits = bits.wrapping_mul(0xda94_2042_e4dd_58b5).wrapping_add(1) ^ (bits << 64);
            let (a, b) = ((bits as i128) >> shift, (bits as i64) >> (shift / 2));
            assert_eq!(
                split(a.unsigned_abs()),
                (
                    a.unsigned_abs() / 1_000_000_000,
                    (a.unsigned_abs() % 1_000_000_000) as u64
                )
            );
            let product = i256::from_i128(a).checked_mul(i256::from_i128(b.into()));
            let want = product.map(|p| rounded_quotient(p, i256::from_i128(ONE)));
            assert_eq!(Some(multiply(a, b.into())), want, "{a} * {b}");
        }
    }

    #[test]
    fn rounds_half_away_from_zero() {
        assert_eq!(divide(2 * ONE, 3 * ONE), Ok(666_666_667));
        assert_eq!(divide(-2 * ONE, 3 * ONE), Ok(-666_666_667));
        assert_eq!(multiply(1, ONE / 2), Ok(1));
        assert_eq!(multiply(-1, ONE / 2), Ok(-1));
        assert_eq!(round(1_500_000_000, 0, Halves::Away), Ok(2 * ONE));
        assert_eq!(round(-2_345_000_000, 2, Halves::Away), Ok(-2_350_000_000));
        assert_eq!(round(-2_345_000_000, 2, Halves::Even), Ok(-2_340_000_000));
        assert_eq!(round(2_355_000_000, 2, Halves::Even), Ok(2_360_000_000));
        assert_eq!(round(ONE, -40, Halves::Away), Ok(0));
        assert_eq!(round(ONE, i64::MIN, Halves::Away), Ok(0));
        assert_eq!(round(ONE, i64::MAX, Halves::Away), Ok(ONE));
        assert_eq!(round(MAX, -29, Halves::Away), Err(OVERFLOW));
        assert_eq!(trunc(-2_345_000_000, 2), -2_340_000_000);
        assert_eq!(trunc(MAX, -29), 0);
        assert_eq!(trunc(MAX, -28), 9 * 10_i128.pow(37));
        assert_eq!(floor(-1), Ok(-ONE));
        assert_eq!(ceil(1), Ok(ONE));
    }

    #[test]
    fn more_than_38_digits_is_an_error() {
        assert_eq!(add(MAX, 1), Err(OVERFLOW));
        assert_eq!(multiply(MAX, MAX), Err(OVERFLOW));
        assert_eq!(divide(MAX, 1), Err(OVERFLOW));
    }
}
