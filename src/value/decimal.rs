//! Decimal text as integers at a scale.

use std::fmt::Display;

use arrow::datatypes::i256;

/// The greatest integer `n` with `n * 10^-scale <= text`, and whether the two are equal.
///
/// Reads an optional sign, digits with an optional point, and an optional exponent. `None` for other
/// text and for what does not fit 256 bits.
pub fn floor_at_scale(text: &str, scale: u32) -> Option<(i256, bool)> {
    let (mantissa, exponent) = match text.split_once(['e', 'E']) {
        Some((mantissa, exponent)) => (mantissa, exponent.parse::<i32>().ok()?),
        None => (text, 0),
    };
    let negative = mantissa.starts_with('-');
    let digits = mantissa.strip_prefix(['-', '+']).unwrap_or(mantissa);
    let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
    let all = || whole.bytes().chain(fraction.bytes());
    if all().count() == 0 || !all().all(|b| b.is_ascii_digit()) {
        return None;
    }
    // Where the last kept digit stands among `all`: at the scale, after the point moved.
    let kept = i64::try_from(whole.len()).ok()? + i64::from(exponent) + i64::from(scale);
    let ten = i256::from_i128(10);
    let mut number = i256::ZERO;
    let mut exact = true;
    for (at, byte) in all().enumerate() {
        if (at as i64) < kept {
            let digit = i256::from_i128(i128::from(byte - b'0'));
            number = number.checked_mul(ten)?.checked_add(digit)?;
        } else {
            exact &= byte == b'0';
        }
    }
    let missing = kept - i64::try_from(all().count()).ok()?;
    if missing > 0 && number != i256::ZERO {
        number = number.checked_mul(ten.checked_pow(u32::try_from(missing).ok()?)?)?;
    }
    if negative {
        number = number.checked_neg()?;
        if !exact {
            number = number.checked_sub(i256::ONE)?;
        }
    }
    Some((number, exact))
}

/// Powers of ten that are floats.
const EXACT_POWERS: u32 = 22;
/// Integers up to this are floats.
const EXACT_INTEGERS: u128 = 1 << 53;

/// The float nearest to `unscaled * 10^-scale`, ties to even.
pub fn to_f64(unscaled: i128, scale: u32) -> f64 {
    if unscaled.unsigned_abs() <= EXACT_INTEGERS && scale <= EXACT_POWERS {
        // Both are exact, so the division is all that rounds.
        return unscaled as f64 / 10_f64.powi(scale as i32);
    }
    // The decimal text is exact, and reading it rounds once.
    text(unscaled, scale).parse().unwrap_or(f64::NAN)
}

/// The number that `unscaled` digits stand for, such as -0.15 for -15 at scale 2.
pub fn text(unscaled: impl Display, scale: u32) -> String {
    let digits = unscaled.to_string();
    let (sign, digits) = digits
        .strip_prefix('-')
        .map_or(("", digits.as_str()), |digits| ("-", digits));
    let scale = scale as usize;
    let padded = format!("{digits:0>width$}", width = scale + 1);
    let (whole, fraction) = padded.split_at(padded.len() - scale);
    let point = if scale > 0 { "." } else { "" };
    format!("{sign}{whole}{point}{fraction}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts() {
        for (unscaled, scale, want) in [
            (-15, 2, "-0.15"),
            (0, 1, "0.0"),
            (7, 0, "7"),
            (-1234, 3, "-1.234"),
        ] {
            assert_eq!(text(unscaled, scale), want);
        }
        let most = format!(
            "-{}.{}",
            &i256::MIN.to_string()[1..40],
            &i256::MIN.to_string()[40..]
        );
        assert_eq!(text(i256::MIN, 38), most);
    }

    #[test]
    fn floors() {
        for (text, scale, want) in [
            ("100", 0, Some((100, true))),
            ("0.05", 1, Some((0, false))),
            ("-0.05", 1, Some((-1, false))),
            ("-15", 1, Some((-150, true))),
            ("1e2", 2, Some((10_000, true))),
            ("2.5", 0, Some((2, false))),
            ("-2.5", 0, Some((-3, false))),
            ("2.50", 1, Some((25, true))),
            ("1e-40", 9, Some((0, false))),
            ("x", 0, None),
            ("", 0, None),
            ("1e80", 0, None),
        ] {
            let want = want.map(|(n, exact): (i128, bool)| (i256::from_i128(n), exact));
            assert_eq!(floor_at_scale(text, scale), want, "{text} at {scale}");
        }
    }
}

#[cfg(test)]
mod float_tests {
    use super::{text, to_f64};

    #[test]
    fn floats_are_rounded_once() {
        let read = |unscaled: i128, scale| text(unscaled, scale).parse::<f64>().unwrap();
        let mut unscaled = 1_i128;
        for step in 0..120 {
            unscaled = (unscaled * 31 + step) % 10_i128.pow(36);
            for scale in [0, 1, 9, 22, 23, 38] {
                assert_eq!(to_f64(unscaled, scale), read(unscaled, scale));
                assert_eq!(to_f64(-unscaled, scale), read(-unscaled, scale));
            }
        }
        // Rounded to a float first, the quotient would be another.
        assert_eq!(to_f64(9_007_199_254_740_993, 1), 900_719_925_474_099.3);
    }
}
