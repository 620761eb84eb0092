//! Numbers and their text, as BigQuery reads and writes them.
//!
//! Sources: zetasql/public/functions/convert_string.cc and zetasql/base/string_numbers.cc.

use super::numeric;
use crate::value::decimal;

/// Decimal or, after `0x`, hexadecimal, with a sign if need be; spaces around it are skipped.
pub(super) fn int64(text: &str) -> Option<i64> {
    let text = text.trim_matches(|c: char| c.is_ascii_whitespace());
    let (sign, digits) = match text.strip_prefix(['-', '+']) {
        Some(digits) => (text.get(..1)?, digits),
        None => ("", text),
    };
    match digits
        .strip_prefix("0x")
        .or_else(|| digits.strip_prefix("0X"))
    {
        Some(hex) if hex.starts_with(|c: char| c.is_ascii_hexdigit()) => {
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
    let text = text.trim_matches(|c: char| c.is_ascii_whitespace());
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
    let text = text.trim_matches(|c: char| c.is_ascii_whitespace());
    let negative = text.starts_with('-');
    let unsigned = text.strip_prefix(['-', '+']).unwrap_or(text);
    let (mantissa, exponent) = match unsigned.split_once(['e', 'E']) {
        Some((mantissa, exponent)) => (mantissa, exponent.parse::<i32>().ok()?),
        None => (unsigned, 0),
    };
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let digits = format!("{whole}{fraction}");
    if digits.is_empty() || !digits.bytes().all(|b| b.is_ascii_digit()) {
        return None;
    }
    let digits = digits.trim_start_matches('0');
    if digits.is_empty() {
        return Some(0);
    }
    // The value is `digits * 10^(shift - 9)`.
    let shift = i64::from(exponent) - i64::try_from(fraction.len()).ok()? + 9;
    let units = if shift >= 0 {
        let power = 10_i128.checked_pow(u32::try_from(shift).ok()?)?;
        digits.parse::<i128>().ok()?.checked_mul(power)?
    } else {
        let kept = usize::try_from(i64::try_from(digits.len()).ok()? + shift).ok();
        let Some(kept) = kept else { return Some(0) };
        let (kept, dropped) = digits.split_at_checked(kept)?;
        let kept: i128 = if kept.is_empty() {
            0
        } else {
            kept.parse().ok()?
        };
        kept + i128::from(dropped.as_bytes().first().is_some_and(|d| *d >= b'5'))
    };
    numeric::in_range(if negative { -units } else { units }).ok()
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
    if !x.is_finite() || x.abs() >= 1e29 {
        return None;
    }
    // Wide enough for every digit a float of NUMERIC's range can have.
    numeric(&format!("{x:.1080}"))
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
    let short = general(x, 15);
    if short.parse() == Ok(x) {
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
        assert_eq!(float64("1e400"), None);
        assert_eq!(float64("-INF"), Some(f64::NEG_INFINITY));
        assert_eq!(numeric("1.0000000005"), Some(1_000_000_001));
        assert_eq!(numeric("-2.5e-1"), Some(-250_000_000));
        assert_eq!(numeric("1e-30"), Some(0));
        assert_eq!(numeric("."), None);
        assert_eq!(numeric_of_f64(0.1), Some(100_000_000));
        assert_eq!(int64_of_f64(2.5), Some(3));
        assert_eq!(int64_of_f64(-2.5), Some(-3));
        assert_eq!(int64_of_f64(9.3e18), None);
        assert_eq!(text_of_numeric(-1_500_000_000), "-1.5");
    }
}
