//! Numbers and their text, as BigQuery reads and writes them.
//!
//! Sources: zetasql/public/functions/convert_string.cc and zetasql/base/string_numbers.cc.

use datafusion::arrow::datatypes::i256;
use num_bigint::BigInt;

use super::{bignumeric, numeric};
use crate::value::decimal;

/// Decimal or, after `0x`, hexadecimal, with a sign if need be; spaces around it are skipped.
pub(super) fn int64(text: &str) -> Option<i64> {
    let spaced = text.trim_start_matches(' ');
    let text = trim(text);
    let (sign, digits) = match text.strip_prefix(['-', '+']) {
        Some(digits) => (text.get(..1)?, digits),
        None => ("", text),
    };
    match digits
        .strip_prefix("0x")
        .or_else(|| digits.strip_prefix("0X"))
    {
        // Before a hexadecimal number, nothing but spaces.
        Some(hex)
            if hex.starts_with(|c: char| c.is_ascii_hexdigit()) && spaced.starts_with(text) =>
        {
            i64::from_str_radix(&format!("{sign}{hex}"), 16).ok()
        }
        Some(_) => None,
        None if digits.starts_with(|c: char| c.is_ascii_digit()) => text.parse().ok(),
        None => None,
    }
}

/// A decimal number, `inf`, `infinity` or `nan` in any case; spaces around it are skipped.
///
/// What is out of range is none, as is a text in hexadecimal.
pub(super) fn float64(text: &str) -> Option<f64> {
    let text = trim(text);
    let unsigned = text.strip_prefix(['-', '+']).unwrap_or(text);
    let word = unsigned.to_ascii_lowercase();
    let value: f64 = text.parse().ok()?;
    let named = matches!(word.as_str(), "inf" | "infinity" | "nan");
    (value.is_finite() || named).then_some(value)
}

/// `true` or `false` in any case.
pub(super) fn bool(text: &str) -> Option<bool> {
    if text.eq_ignore_ascii_case("true") {
        Some(true)
    } else if text.eq_ignore_ascii_case("false") {
        Some(false)
    } else {
        None
    }
}

/// A decimal number, rounded half away from zero to 9 digits after the point; with an exponent if need be.
pub(super) fn numeric(text: &str) -> Option<i128> {
    let units = units(text, numeric::SCALE)?;
    numeric::in_range((&units).try_into().ok()?).ok()
}

/// A decimal number, rounded half away from zero to 38 digits after the point; with an exponent if need be.
pub(super) fn bignumeric(text: &str) -> Option<i256> {
    bignumeric::from_big(&units(text, bignumeric::SCALE)?).ok()
}

/// A decimal number with commas among the digits before the point and its sign, if any, before or after it, spaces
/// around both; as it would be written for [`numeric`] and [`bignumeric`].
pub(super) fn grouped(text: &str) -> Option<String> {
    let is_sign = |c: char| c == '-' || c == '+';
    let text = trim(text);
    let (mut sign, mut number) = match text.strip_prefix(is_sign) {
        Some(rest) => (text.get(..1)?, rest.trim_start_matches(is_space)),
        None => ("", text),
    };
    // The sign of an exponent is followed by digits.
    if let Some(rest) = number.strip_suffix(is_sign) {
        if !sign.is_empty() {
            return None;
        }
        sign = number.get(rest.len()..)?;
        number = rest.trim_end_matches(is_space);
    }
    let whole = number.find(['.', 'e', 'E']).unwrap_or(number.len());
    let (whole, rest) = number.split_at_checked(whole)?;
    let digits = whole.replace(',', "");
    if digits.is_empty() && !whole.is_empty() {
        return None;
    }
    Some(format!("{sign}{digits}{rest}")).filter(|t| t.is_ascii() && !t.contains(is_space))
}

/// The units of `10^-scale` in a decimal number, rounded half away from zero.
fn units(text: &str, scale: u32) -> Option<BigInt> {
    /// More digits than any decimal holds, which no text needs to be read to the end to be out of range.
    const ENDLESS: i64 = 400;
    let text = trim(text);
    let negative = text.starts_with('-');
    let unsigned = text.strip_prefix(['-', '+']).unwrap_or(text);
    let (mantissa, exponent) = match unsigned.split_once(['e', 'E']) {
        Some((mantissa, exponent)) => (mantissa, self::exponent(exponent)?),
        None => (unsigned, 0),
    };
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let digits = format!("{whole}{fraction}");
    if digits.is_empty() || !digits.bytes().all(|b| b.is_ascii_digit()) {
        return None;
    }
    let digits = digits.trim_start_matches('0');
    if digits.is_empty() {
        return Some(BigInt::ZERO);
    }
    // The value is `digits * 10^(shift - scale)`.
    let shift = exponent
        .saturating_sub(i64::try_from(fraction.len()).ok()?)
        .saturating_add(scale.into());
    let length = i64::try_from(digits.len()).ok()?;
    if shift > ENDLESS || length.saturating_add(shift) > ENDLESS {
        return None;
    }
    let magnitude = if shift >= 0 {
        digits.parse::<BigInt>().ok()? * BigInt::from(10).pow(u32::try_from(shift).ok()?)
    } else {
        let Ok(kept) = usize::try_from(length.saturating_add(shift)) else {
            return Some(BigInt::ZERO);
        };
        let (kept, dropped) = digits.split_at_checked(kept)?;
        let up = dropped.as_bytes().first().is_some_and(|d| *d >= b'5');
        let kept: BigInt = if kept.is_empty() {
            BigInt::ZERO
        } else {
            kept.parse().ok()?
        };
        kept + u32::from(up)
    };
    Some(if negative { -magnitude } else { magnitude })
}

/// Digits and maybe a sign; as large as it gets if they are too many.
fn exponent(text: &str) -> Option<i64> {
    let digits = text.strip_prefix(['-', '+']).unwrap_or(text);
    if digits.is_empty() || !digits.bytes().all(|b| b.is_ascii_digit()) {
        return None;
    }
    let most = if text.starts_with('-') {
        i64::MIN
    } else {
        i64::MAX
    };
    Some(text.parse().unwrap_or(most))
}

fn trim(text: &str) -> &str {
    text.trim_matches(is_space)
}

/// Of C, which has the vertical tab among them.
fn is_space(c: char) -> bool {
    c.is_ascii_whitespace() || c == '\x0b'
}

/// Half away from zero; none outside of INT64's range, or if it is NaN.
pub(super) fn int64_of_f64(x: f64) -> Option<i64> {
    let whole = x.round();
    // 2^63 is a float, the largest INT64 is not.
    (-9_223_372_036_854_775_808.0..9_223_372_036_854_775_808.0)
        .contains(&whole)
        .then_some(whole as i64)
}

/// The nearest float.
pub(super) fn f64_of_numeric(units: i128) -> f64 {
    decimal::to_f64(units, numeric::SCALE)
}

/// The exact value of the float rounded half away from zero; none out of range or if it is not finite.
pub(super) fn numeric_of_f64(x: f64) -> Option<i128> {
    let units = bignumeric::units_of_f64(x, numeric::SCALE)?;
    numeric::in_range((&units).try_into().ok()?).ok()
}

/// 15 digits if they read back as the same value, else 17, without needless zeros; an exponent below -4 or beyond the
/// digits.
pub(super) fn text_of_f64(x: f64) -> String {
    if x.is_nan() {
        return "nan".to_owned();
    }
    if x.is_infinite() {
        return if x < 0.0 { "-inf" } else { "inf" }.to_owned();
    }
    // Zero has no sign in text.
    let x = x + 0.0;
    let short = general(x, 15);
    // The floats nearest to the greatest have all digits anyway.
    if x.abs() <= f64::MAX / 1.000_000_000_000_001 && short.parse() == Ok(x) {
        short
    } else {
        general(x, 17)
    }
}

/// `%.{digits}g` of C.
fn general(x: f64, digits: usize) -> String {
    let scientific = format!("{x:.*e}", digits - 1);
    let (mantissa, exponent) = scientific.split_once('e').unwrap_or((&scientific, "0"));
    let exponent: i32 = exponent.parse().unwrap_or(0);
    let trimmed = |text: &str| -> String {
        if text.contains('.') {
            text.trim_end_matches('0').trim_end_matches('.').to_owned()
        } else {
            text.to_owned()
        }
    };
    let precision = i32::try_from(digits).unwrap_or(17);
    if exponent < -4 || exponent >= precision {
        let sign = if exponent < 0 { '-' } else { '+' };
        format!("{}e{sign}{:02}", trimmed(mantissa), exponent.unsigned_abs())
    } else {
        let after = usize::try_from(precision - 1 - exponent).unwrap_or(0);
        trimmed(&format!("{x:.after$}"))
    }
}

/// Without needless zeros: `1.5`, `-0.000000001`, `3`.
pub(super) fn text_of_numeric(units: i128) -> String {
    let magnitude = units.unsigned_abs();
    let one = numeric::ONE.unsigned_abs();
    let sign = if units < 0 { "-" } else { "" };
    let text = format!("{sign}{}.{:09}", magnitude / one, magnitude % one);
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn floats_as_text() {
        for (x, want) in [
            (1.0, "1"),
            (-0.5, "-0.5"),
            (0.1 + 0.2, "0.30000000000000004"),
            (1e15, "1e+15"),
            (123_456_789_012_345.0, "123456789012345"),
            (1e-5, "1e-05"),
            (0.0001, "0.0001"),
            (f64::NEG_INFINITY, "-inf"),
            (-0.0, "0"),
            (1e20, "1e+20"),
            (f64::MAX, "1.7976931348623157e+308"),
            (5e-324, "4.94065645841247e-324"),
        ] {
            assert_eq!(text_of_f64(x), want);
        }
    }

    #[test]
    fn numbers_from_text() {
        assert_eq!(int64(" -12"), Some(-12));
        assert_eq!(int64("0x1F"), Some(31));
        assert_eq!(int64("1.5"), None);
        assert_eq!(int64("+ 1"), None);
        assert_eq!(int64(" -0x1F "), Some(-31));
        assert_eq!(int64("\t0x1F"), None);
        assert_eq!(int64("\t12\n"), Some(12));
        assert_eq!(int64("0x"), None);
        assert_eq!(int64("0x8000000000000000"), None);
        assert_eq!(int64("-0x8000000000000000"), Some(i64::MIN));
        assert_eq!(float64("1e400"), None);
        assert_eq!(float64("-INF"), Some(f64::NEG_INFINITY));
        assert_eq!(numeric("1.0000000005"), Some(1_000_000_001));
        assert_eq!(numeric("-2.5e-1"), Some(-250_000_000));
        assert_eq!(numeric("1e-30"), Some(0));
        assert_eq!(numeric("."), None);
        assert_eq!(numeric(".5"), Some(500_000_000));
        assert_eq!(numeric(" +5. "), Some(5_000_000_000));
        assert_eq!(numeric("1e29"), None);
        assert_eq!(numeric("1e99999999999999999999"), None);
        assert_eq!(numeric("1e-99999999999999999999"), Some(0));
        assert_eq!(numeric("0e99999999999999999999"), Some(0));
        assert_eq!(numeric("1e"), None);
        assert_eq!(numeric("1 2"), None);
        assert_eq!(
            numeric("99999999999999999999999999999.9999999994"),
            numeric("99999999999999999999999999999.999999999")
        );
        assert_eq!(numeric("99999999999999999999999999999.9999999995"), None);
        assert_eq!(bignumeric("1e-39"), Some(i256::ZERO));
        assert_eq!(bignumeric("5e-39"), Some(i256::ONE));
        assert_eq!(bignumeric("5.8e38"), None);
        assert_eq!(numeric_of_f64(0.1), Some(100_000_000));
        assert_eq!(int64_of_f64(2.5), Some(3));
        assert_eq!(int64_of_f64(-2.5), Some(-3));
        assert_eq!(int64_of_f64(9.3e18), None);
        assert_eq!(text_of_numeric(-1_500_000_000), "-1.5");
    }

    #[test]
    fn grouped_numbers() {
        for (text, want) in [
            (" - 1,2.34 ", Some("-12.34")),
            (" 12.34e-1 +", Some("+12.34e-1")),
            ("1,2,3.45 -", Some("-123.45")),
            (",1,", Some("1")),
            ("-1-", None),
            ("--1", Some("--1")),
            (",", None),
            ("1.2,3", Some("1.2,3")),
            ("- 1 2.34", None),
        ] {
            assert_eq!(grouped(text).as_deref(), want, "{text}");
        }
    }
}
