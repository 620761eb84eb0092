//! Numbers and their text, as BigQuery reads and writes them.
//!
//! Sources: zetasql/public/functions/convert_string.cc and zetasql/base/string_numbers.cc.

use std::fmt::Write;

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
    let value: f64 = text.parse().ok()?;
    let is_named = || {
        let unsigned = text.strip_prefix(['-', '+']).unwrap_or(text);
        let is = |name| unsigned.eq_ignore_ascii_case(name);
        is("inf") || is("infinity") || is("nan")
    };
    (value.is_finite() || is_named()).then_some(value)
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
    if let Some(units) = short_numeric(text.as_bytes()) {
        return Some(units);
    }
    let units = units(text, numeric::SCALE)?;
    numeric::in_range((&units).try_into().ok()?).ok()
}

/// A number as most are written: up to 18 digits before the point and 9 after it, no exponent and no spaces.
fn short_numeric(text: &[u8]) -> Option<i128> {
    let (negative, text) = match text {
        [b'-', rest @ ..] => (true, rest),
        _ => (false, text),
    };
    let mut split = text.splitn(2, |b| *b == b'.');
    let (whole, fraction) = (split.next()?, split.next().unwrap_or_default());
    if whole.len() > 18 || fraction.len() > 9 || whole.is_empty() {
        return None;
    }
    let number = |digits: &[u8]| {
        digits.iter().try_fold(0_u64, |number, digit| {
            let digit = digit.wrapping_sub(b'0');
            (digit < 10).then(|| number * 10 + u64::from(digit))
        })
    };
    let missing = 9 - u32::try_from(fraction.len()).ok()?;
    let units = i128::from(number(whole)?) * numeric::ONE
        + i128::from(number(fraction)? * 10_u64.pow(missing));
    Some(if negative { -units } else { units })
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

/// [`push_f64`] as a text of its own.
pub(super) fn text_of_f64(x: f64) -> String {
    let mut text = String::new();
    push_f64(x, &mut text);
    text
}

/// 15 digits if they read back as the same value, else 17, without needless zeros; an exponent below -4 or beyond the
/// digits: `%.15g` or `%.17g` of C.
pub(super) fn push_f64(x: f64, out: &mut String) {
    if x.is_nan() {
        return out.push_str("nan");
    }
    if x.is_infinite() {
        return out.push_str(if x < 0.0 { "-inf" } else { "inf" });
    }
    // Zero has no sign in text.
    let x = x + 0.0;
    let mut scientific = Scientific::default();
    // The floats nearest to the greatest have all digits anyway.
    let is_huge = x.abs() > f64::MAX / 1.000_000_000_000_001;
    // 17 digits in any case, unless the last two of them are so near to zeros that 15 may read back: half a unit in the
    // last place of a float is at most 11 of the 17th digit.
    let _ = write!(scientific, "{x:.16e}");
    let is_normal = x == 0.0 || x.abs() >= f64::MIN_POSITIVE;
    let mut is_short = false;
    let is_long = is_normal && (12..=88).contains(&scientific.last_two());
    if !is_huge && !is_long {
        scientific.clear();
        is_short = if is_normal {
            // 15 digits read back if, and only if, the fewest that do are no more.
            let _ = write!(scientific, "{x:e}");
            scientific.digits() <= 15
        } else {
            let _ = write!(scientific, "{x:.14e}");
            scientific.text().parse() == Ok(x)
        };
        if !is_short {
            scientific.clear();
            let _ = write!(scientific, "{x:.16e}");
        }
    }
    let precision = if is_short { 15 } else { 17 };
    scientific.general(precision, out);
}

/// A float as Rust writes it with an exponent, `-1.25e-7`, in place: at most 17 digits.
#[derive(Default)]
struct Scientific {
    bytes: [u8; 32],
    len: usize,
}

impl Write for Scientific {
    fn write_str(&mut self, text: &str) -> std::fmt::Result {
        let end = self.len + text.len();
        let room = self.bytes.get_mut(self.len..end).ok_or(std::fmt::Error)?;
        room.copy_from_slice(text.as_bytes());
        self.len = end;
        Ok(())
    }
}

impl Scientific {
    fn clear(&mut self) {
        self.len = 0;
    }

    fn text(&self) -> &str {
        let text = self.bytes.get(..self.len).unwrap_or_default();
        std::str::from_utf8(text).unwrap_or_default()
    }

    /// The sign, the first digit, those after the point, the exponent.
    fn parts(&self) -> (&str, &str, &str, i32) {
        let text = self.text();
        let (sign, text) = match text.strip_prefix('-') {
            Some(rest) => ("-", rest),
            None => ("", text),
        };
        let (mantissa, exponent) = text.split_once('e').unwrap_or((text, "0"));
        let (first, rest) = mantissa.split_once('.').unwrap_or((mantissa, ""));
        (sign, first, rest, exponent.parse().unwrap_or(0))
    }

    /// The last two digits before the exponent as a number.
    fn last_two(&self) -> u32 {
        let digits = self.parts().2;
        let last = digits.get(digits.len().saturating_sub(2)..);
        last.and_then(|last| last.parse().ok()).unwrap_or_default()
    }

    fn digits(&self) -> usize {
        self.parts().2.len() + 1
    }

    /// `%.{precision}g` of C.
    fn general(&self, precision: i32, out: &mut String) {
        let (sign, first, rest, exponent) = self.parts();
        let rest = rest.trim_end_matches('0');
        out.push_str(sign);
        let after_point = |out: &mut String, digits: &str| {
            if !digits.is_empty() {
                out.push('.');
                out.push_str(digits);
            }
        };
        if exponent < -4 || exponent >= precision {
            out.push_str(first);
            after_point(out, rest);
            let sign = if exponent < 0 { '-' } else { '+' };
            let _ = write!(out, "e{sign}{:02}", exponent.unsigned_abs());
        } else if let Ok(whole) = usize::try_from(exponent) {
            out.push_str(first);
            let (before, after) = rest.split_at(whole.min(rest.len()));
            out.push_str(before);
            (before.len()..whole).for_each(|_| out.push('0'));
            after_point(out, after);
        } else {
            out.push_str("0.");
            (exponent + 1..0).for_each(|_| out.push('0'));
            out.push_str(first);
            out.push_str(rest);
        }
    }
}

/// [`push_numeric`] as a text of its own.
pub(super) fn text_of_numeric(units: i128) -> String {
    let mut text = String::new();
    push_numeric(units, &mut text);
    text
}

/// Without needless zeros: `1.5`, `-0.000000001`, `3`.
pub(super) fn push_numeric(units: i128, out: &mut String) {
    if units < 0 {
        out.push('-');
    }
    let (whole, fraction) = numeric::split(units.unsigned_abs());
    match u64::try_from(whole) {
        Ok(whole) => push_u64(whole, out),
        Err(_) => {
            let _ = write!(out, "{whole}");
        }
    }
    if fraction > 0 {
        out.push('.');
        let mut scale = 100_000_000;
        let mut left = fraction;
        while left > 0 {
            out.push(char::from(b'0' + u8::try_from(left / scale).unwrap_or(0)));
            left %= scale;
            scale = (scale / 10).max(1);
        }
    }
}

pub(super) fn push_i64(x: i64, out: &mut String) {
    if x < 0 {
        out.push('-');
    }
    push_u64(x.unsigned_abs(), out);
}

/// `write!` costs as much as all else that is done for a number.
fn push_u64(mut x: u64, out: &mut String) {
    let mut digits = [0; 20];
    let mut first = digits.len();
    for (at, digit) in digits.iter_mut().enumerate().rev() {
        *digit = b'0' + u8::try_from(x % 10).unwrap_or(0);
        x /= 10;
        first = at;
        if x == 0 {
            break;
        }
    }
    let written = digits.get(first..).unwrap_or_default();
    out.push_str(std::str::from_utf8(written).unwrap_or_default());
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

    /// As `%.15g` and `%.17g` of C write them.
    #[test]
    fn floats_have_the_digits_of_printf() {
        let general = |x: f64, digits: usize| {
            let scientific = format!("{x:.*e}", digits - 1);
            let (_, exponent) = scientific.split_once('e').unwrap();
            let exponent: i32 = exponent.parse().unwrap();
            let trim = |text: String| match text.contains('.') {
                true => text.trim_end_matches('0').trim_end_matches('.').to_owned(),
                false => text,
            };
            if exponent < -4 || exponent >= digits as i32 {
                let (mantissa, _) = scientific.split_once('e').unwrap();
                let sign = if exponent < 0 { '-' } else { '+' };
                let mantissa = trim(mantissa.to_owned());
                format!("{mantissa}e{sign}{:02}", exponent.unsigned_abs())
            } else {
                trim(format!("{x:.*}", (digits as i32 - 1 - exponent) as usize))
            }
        };
        let mut bits = 1_u64;
        for _ in 0..50_000 {
            bits = bits.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            let random = f64::from_bits(bits);
            let subnormal = f64::from_bits(bits >> 12);
            let short = (bits >> 40) as f64 / 1000.0;
            let long = (bits >> 4) as f64 / 1e13;
            for x in [random, subnormal, short, -long]
                .into_iter()
                .filter(|x| x.is_finite())
            {
                let few = general(x, 15);
                let is_huge = x.abs() > f64::MAX / 1.000_000_000_000_001;
                let want = match !is_huge && few.parse() == Ok(x) {
                    true => few,
                    false => general(x, 17),
                };
                assert_eq!(text_of_f64(x), want);
            }
        }
    }

    #[test]
    fn numerics_as_text() {
        for (units, want) in [
            (0, "0"),
            (1, "0.000000001"),
            (-1_500_000_000, "-1.5"),
            (10_010_000_000, "10.01"),
            (i128::from(u64::MAX) * 7, "129127208515.966861305"),
            (
                10_i128.pow(38) - 1,
                "99999999999999999999999999999.999999999",
            ),
        ] {
            assert_eq!(text_of_numeric(units), want);
            assert_eq!(numeric(want), Some(units));
        }
        assert_eq!(numeric("-0"), Some(0));
        assert_eq!(numeric("-"), None);
        assert_eq!(numeric("1.-5"), None);
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
