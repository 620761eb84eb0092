//! `ROUND` and `TRUNC` of FLOAT64, digit for digit as BigQuery answers.
//!
//! BigQuery's reference implementation computes `roundl(x / e) * e` in the 80-bit format of x86, with `e` the power of ten
//! got by repeated multiplication or division by 10 in that format. So `ROUND(2.675, 2)` is 2.67 (the float is below
//! 2.675), where the usual `round(x * 100) / 100` says 2.68. [`Extended`] is that format, in integers.
//! Source: `RoundDecimal` and `TruncDecimal` in zetasql/public/functions/math.cc.

use std::sync::LazyLock;

use super::elementwise::Fault;

/// The least and the greatest decimal exponent a FLOAT64 can have a digit at.
const EXPONENTS: std::ops::RangeInclusive<i64> = -323..=308;

/// `x` rounded to `digits` after the point (before it if negative), half away from zero.
pub(super) fn round(x: f64, digits: i64) -> Result<f64, Fault> {
    match to_near_integer(x, digits) {
        Some(rounded) => Ok(rounded),
        None => at_digit(x, digits, Extended::round),
    }
}

/// The answer of [`round`] where the integer `x / e` is rounded to is beyond doubt: nearly always. A division of 128 bits
/// takes far longer than all of this.
fn to_near_integer(x: f64, digits: i64) -> Option<f64> {
    /// Exact as floats.
    const POWERS: [f64; 10] = [1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9];
    let power = *POWERS.get(usize::try_from(digits).ok()?)?;
    let scaled = x * power;
    let magnitude = scaled.abs();
    // Beyond, floats have no halves to doubt; NaN is beyond too.
    if magnitude.is_nan() || magnitude >= 1e15 {
        return None;
    }
    let whole = (magnitude + 0.5).floor();
    // `scaled` is off by 2^-53 of itself, the quotient in extended precision by far less.
    let slack = magnitude * 1e-15 + f64::MIN_POSITIVE;
    let from_half = (magnitude - whole).abs() - 0.5;
    if from_half.abs() <= slack {
        return None;
    }
    if digits == 0 {
        return Some(whole.copysign(x));
    }
    let integer = Extended::normal(x.is_sign_negative(), u128::from(whole as u64), 0);
    let unit = power_of_ten(-digits)?;
    Some(integer.multiply(unit).to_f64())
}

/// `x` cut to `digits` after the point.
pub(super) fn trunc(x: f64, digits: i64) -> Result<f64, Fault> {
    at_digit(x, digits, Extended::trunc)
}

fn at_digit(x: f64, digits: i64, to_integer: fn(Extended) -> Extended) -> Result<f64, Fault> {
    if digits < -EXPONENTS.end() && x.is_finite() {
        return Ok(0.0);
    }
    let (Some(unit), Some(value)) = (power_of_ten(digits.saturating_neg()), Extended::of(x)) else {
        return Ok(x);
    };
    let result = to_integer(value.divide(unit)).multiply(unit).to_f64();
    if result.is_finite() {
        Ok(result)
    } else {
        Err(Fault("FLOAT64 overflow"))
    }
}

/// `10^exponent` in extended precision, if a FLOAT64 has a digit there.
fn power_of_ten(exponent: i64) -> Option<Extended> {
    static UP: LazyLock<Vec<Extended>> =
        LazyLock::new(|| powers(*EXPONENTS.end(), Extended::multiply));
    static DOWN: LazyLock<Vec<Extended>> =
        LazyLock::new(|| powers(-EXPONENTS.start(), Extended::divide));
    let table = if exponent < 0 { &DOWN } else { &UP };
    table
        .get(usize::try_from(exponent.unsigned_abs()).ok()?)
        .copied()
}

fn powers(count: i64, next: fn(Extended, Extended) -> Extended) -> Vec<Extended> {
    let ten = Extended::normal(false, 10, 0);
    let mut power = Extended::normal(false, 1, 0);
    let mut table = vec![power];
    for _ in 0..count {
        power = next(power, ten);
        table.push(power);
    }
    table
}

/// `±mantissa * 2^exponent` with 64 bits of mantissa, the highest set, or zero. The range of exponents is not limited:
/// what is computed here stays far inside that of x86.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Extended {
    negative: bool,
    mantissa: u64,
    exponent: i32,
}

impl Extended {
    /// The float exactly; none if it is not finite.
    fn of(x: f64) -> Option<Self> {
        if !x.is_finite() {
            return None;
        }
        let bits = x.to_bits();
        let biased = i32::try_from((bits >> 52) & 0x7ff).ok()?;
        let fraction = bits & ((1 << 52) - 1);
        let mantissa = if biased == 0 {
            fraction
        } else {
            fraction | 1 << 52
        };
        Some(Self::normal(
            x.is_sign_negative(),
            mantissa.into(),
            biased.max(1) - 1075,
        ))
    }

    /// `mantissa * 2^exponent`, rounded to 64 bits, ties to even.
    fn normal(negative: bool, mantissa: u128, exponent: i32) -> Self {
        if mantissa == 0 {
            return Self {
                negative,
                mantissa: 0,
                exponent: 0,
            };
        }
        let excess = 64 - mantissa.leading_zeros().cast_signed();
        let (mantissa, exponent) = if excess <= 0 {
            (mantissa << -excess, exponent + excess)
        } else {
            (
                round_off(mantissa, excess.unsigned_abs()),
                exponent + excess,
            )
        };
        // Rounding up may have carried into a 65th bit.
        match u64::try_from(mantissa) {
            Ok(mantissa) => Self {
                negative,
                mantissa,
                exponent,
            },
            Err(_) => Self {
                negative,
                mantissa: 1 << 63,
                exponent: exponent + 1,
            },
        }
    }

    fn multiply(self, other: Self) -> Self {
        Self::normal(
            self.negative != other.negative,
            u128::from(self.mantissa) * u128::from(other.mantissa),
            self.exponent + other.exponent,
        )
    }

    /// `other` is not zero.
    fn divide(self, other: Self) -> Self {
        let negative = self.negative != other.negative;
        let (dividend, divisor) = (u128::from(self.mantissa) << 64, u128::from(other.mantissa));
        let (Some(quotient), Some(rest)) =
            (dividend.checked_div(divisor), dividend.checked_rem(divisor))
        else {
            return Self {
                negative,
                mantissa: 0,
                exponent: 0,
            };
        };
        // The quotient has 64 or 65 bits: two more and one that says whether anything is left decide the rounding.
        let more = (rest << 2) / divisor.max(1);
        let sticky = u128::from((rest << 2) % divisor.max(1) != 0);
        Self::normal(
            negative,
            ((quotient << 2 | more) << 1) | sticky,
            self.exponent - other.exponent - 64 - 3,
        )
    }

    /// The nearest integer, half away from zero.
    fn round(self) -> Self {
        self.integer(true)
    }

    /// The integer towards zero.
    fn trunc(self) -> Self {
        self.integer(false)
    }

    fn integer(self, half_up: bool) -> Self {
        if self.exponent >= 0 {
            return self;
        }
        let bits = self.exponent.unsigned_abs();
        let mantissa = u128::from(self.mantissa);
        let whole = if bits > 64 { 0 } else { mantissa >> bits };
        let half = half_up && bits <= 64 && mantissa >> (bits - 1) & 1 == 1;
        Self::normal(self.negative, whole + u128::from(half), 0)
    }

    /// The nearest float, ties to even.
    fn to_f64(self) -> f64 {
        let sign = if self.negative { -1.0 } else { 1.0 };
        if self.mantissa == 0 {
            return 0.0 * sign;
        }
        // Subnormal floats have fewer than 53 bits.
        let dropped = 11.max(-1074 - self.exponent).unsigned_abs();
        let kept = if dropped > 127 {
            0
        } else {
            round_off(self.mantissa.into(), dropped)
        };
        // `kept` has at most 54 bits and, where it has more than 53, ends in zeros: the conversion is exact.
        let kept = u64::try_from(kept).unwrap_or(u64::MAX) as f64;
        sign * scale(kept, self.exponent.saturating_add_unsigned(dropped))
    }
}

/// `mantissa / 2^bits`, ties to even; `bits` is from 1 to 127.
fn round_off(mantissa: u128, bits: u32) -> u128 {
    let kept = mantissa >> bits;
    let rest = mantissa & ((1 << bits) - 1);
    let half = 1 << (bits - 1);
    kept + u128::from(rest > half || (rest == half && kept & 1 == 1))
}

/// `x * 2^exponent`, in steps that are exact where the result is.
fn scale(mut x: f64, mut exponent: i32) -> f64 {
    // The power of two as its bits.
    if let Ok(biased @ 1..=2046) = u64::try_from(exponent + 1023) {
        return x * f64::from_bits(biased << 52);
    }
    while exponent != 0 {
        let step = exponent.clamp(-1000, 1000);
        x *= 2f64.powi(step);
        exponent -= step;
        if x == 0.0 || x.is_infinite() {
            break;
        }
    }
    x
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Figures of `roundl(x / e) * e` compiled for x86-64.
    #[test]
    fn the_short_way_agrees_with_the_long_one() {
        let mut bits = 1_u64;
        let mut short = 0;
        for _ in 0..50_000 {
            bits = bits.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            let random = f64::from_bits(bits);
            let small = (bits >> 20) as f64 / 1e6 - 1e6;
            let halves = ((bits >> 44) as f64 + 0.5) / 1000.0;
            for x in [random, small, halves, -halves] {
                for digits in 0..10 {
                    let Some(rounded) = to_near_integer(x, digits) else {
                        continue;
                    };
                    short += 1;
                    let long = at_digit(x, digits, Extended::round).map(f64::to_bits);
                    assert_eq!(Ok(rounded.to_bits()), long, "round({x:e}, {digits})");
                }
            }
        }
        assert!(short > 500_000, "{short}");
    }

    #[test]
    fn agrees_with_80_bit_arithmetic() {
        for (x, digits, want) in [
            (2.675, 2, 2.67),
            (1.005, 2, 1.0),
            (0.125, 2, 0.13),
            (-0.125, 2, -0.13),
            (2.5, 0, 3.0),
            (-2.5, 0, -3.0),
            (1234.5, -2, 1200.0),
            (0.285, 2, 0.28),
            (1.0 / 3.0, 4, 0.3333),
            (1e300, 10, 1e300),
            (5e-324, 400, 5e-324),
            (123.456, -400, 0.0),
        ] {
            assert_eq!(round(x, digits), Ok(want), "round({x}, {digits})");
        }
        assert_eq!(trunc(2.679, 2), Ok(2.67));
        assert_eq!(trunc(-2.679, 2), Ok(-2.67));
        assert!(round(f64::NAN, 2).is_ok_and(f64::is_nan));
        assert!(trunc(f64::NAN, -400).is_ok_and(f64::is_nan));
        assert_eq!(round(f64::INFINITY, -400), Ok(f64::INFINITY));
        assert_eq!(round(1.5, i64::MIN), Ok(0.0));
        assert_eq!(round(f64::MAX, -308), Err(Fault("FLOAT64 overflow")));
    }
}
