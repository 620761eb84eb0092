//! Rounding exact numbers to a float, once: to nearest, ties to even.

use num_bigint::{BigInt, BigUint, Sign};

/// `numerator * 2^exponent / denominator`, correctly rounded; NaN if the denominator is 0.
pub fn ratio(numerator: &BigInt, exponent: i32, denominator: &BigUint) -> f64 {
    let (dividend, divisor) = (numerator.magnitude(), denominator);
    if divisor.bits() == 0 {
        return f64::NAN;
    }
    let shift = missing_bits(dividend, divisor, LEAST_BITS);
    let dividend = dividend << shift;
    let quotient = &dividend / divisor;
    let inexact = &quotient * divisor != dividend;
    signed(
        numerator.sign(),
        nearest(&quotient, inexact, i64::from(exponent) - shift as i64),
    )
}

/// The square root of `numerator * 2^exponent / denominator`, correctly rounded; NaN if the ratio is negative or the
/// denominator is 0.
pub fn sqrt_ratio(numerator: &BigInt, exponent: i32, denominator: &BigUint) -> f64 {
    let (dividend, divisor) = (numerator.magnitude(), denominator);
    if divisor.bits() == 0 || numerator.sign() == Sign::Minus {
        return f64::NAN;
    }
    let mut shift = missing_bits(dividend, divisor, 2 * LEAST_BITS);
    // The exponent under the root must be even.
    shift += (i64::from(exponent) - shift as i64).rem_euclid(2) as u64;
    let dividend = dividend << shift;
    let quotient = &dividend / divisor;
    let root = quotient.sqrt();
    let inexact = &root * &root * divisor != dividend;
    nearest(&root, inexact, (i64::from(exponent) - shift as i64) / 2)
}

/// Bits of an integer result that decide any rounding to 53 bits, if it is known whether anything is below them.
const LEAST_BITS: u64 = 66;

/// By how much to shift the dividend for a quotient of at least `bits` bits.
fn missing_bits(dividend: &BigUint, divisor: &BigUint, bits: u64) -> u64 {
    (bits + 1 + divisor.bits()).saturating_sub(dividend.bits())
}

fn signed(sign: Sign, magnitude: f64) -> f64 {
    if sign == Sign::Minus {
        -magnitude
    } else {
        magnitude
    }
}

/// `(integer + something in 0..1 if inexact) * 2^exponent`, rounded.
fn nearest(integer: &BigUint, inexact: bool, exponent: i64) -> f64 {
    let bits = integer.bits();
    if bits == 0 {
        return 0.0;
    }
    // The last bit that a float of this magnitude keeps: the 53rd, or the one of all subnormals.
    let leading = exponent + bits as i64 - 1;
    let unit = (leading - 52).max(-1074);
    if leading > 1023 {
        return f64::INFINITY;
    }
    let dropped = unit - exponent;
    let (kept, rest) = if dropped <= 0 {
        (integer << dropped.unsigned_abs(), std::cmp::Ordering::Less)
    } else {
        let dropped = dropped as u64;
        let half = BigUint::from(1u32) << (dropped - 1);
        let kept = integer >> dropped;
        let rest = (integer - (&kept << dropped)).cmp(&half);
        (
            kept,
            if inexact {
                rest.then(std::cmp::Ordering::Greater)
            } else {
                rest
            },
        )
    };
    let kept = kept.iter_u64_digits().next().unwrap_or(0);
    let up = match rest {
        std::cmp::Ordering::Less => false,
        std::cmp::Ordering::Equal => kept & 1 == 1,
        std::cmp::Ordering::Greater => true,
    };
    // The leading bit of a normal mantissa adds 1 to the exponent field, a carry out of it another 1, up to infinity.
    f64::from_bits((((unit + 1074) as u64) << 52) + kept + u64::from(up))
}
