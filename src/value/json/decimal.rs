//! JSON numbers as exact decimals.

use super::scan::Scanner;
use std::cmp::Ordering;

/// `mantissa * 10^exponent`, with no trailing zero in the mantissa and zero as `0 * 10^0`: equal numbers have equal
/// fields.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Decimal {
    mantissa: i128,
    exponent: i64,
}

impl Decimal {
    /// `unscaled * 10^-scale`.
    pub(super) fn new(unscaled: i128, scale: i8) -> Self {
        Self::normal(unscaled, -i64::from(scale))
    }

    /// The number a JSON number says, `None` where its digits don't fit in an `i128`.
    pub(super) fn read(number: &str) -> Option<Self> {
        let (negative, number) = number
            .strip_prefix('-')
            .map_or((false, number), |rest| (true, rest));
        let (digits, exponent) = number.split_once(['e', 'E']).unwrap_or((number, "0"));
        let mut mantissa = 0i128;
        let mut exponent = saturating(exponent);
        // Zeros wait until a digit follows them, so that trailing ones never enter the mantissa.
        let mut zeros = 0u32;
        let mut fraction = false;
        for byte in digits.bytes() {
            match byte {
                b'.' => fraction = true,
                b'0' => zeros += u32::from(mantissa != 0),
                digit => {
                    let shift = 10i128.checked_pow(zeros + 1)?;
                    mantissa = mantissa
                        .checked_mul(shift)?
                        .checked_add(i128::from(digit.wrapping_sub(b'0')))?;
                    zeros = 0;
                }
            }
            if fraction && byte != b'.' {
                exponent = exponent.saturating_sub(1);
            }
        }
        if mantissa == 0 {
            return Some(Self {
                mantissa,
                exponent: 0,
            });
        }
        let mantissa = if negative { -mantissa } else { mantissa };
        Some(Self {
            mantissa,
            exponent: exponent.saturating_add(i64::from(zeros)),
        })
    }

    /// A shortest decimal that reads back as `value`, `None` for NaN and the infinities.
    pub(super) fn shortest(value: f64) -> Option<Self> {
        if value.is_finite() {
            Self::read(&format!("{value:e}"))
        } else {
            None
        }
    }

    /// Whether `|self - other| <= tolerance`, exactly; `None` where the aligned digits don't fit in an `i128`.
    pub(super) fn within(self, other: Self, tolerance: Self) -> Option<bool> {
        let (a, b, exponent) = self.aligned(other)?;
        let apart = Self {
            mantissa: a.checked_sub(b)?.checked_abs()?,
            exponent,
        };
        let (apart, tolerance, _) = apart.aligned(tolerance)?;
        Some(apart.cmp(&tolerance) != Ordering::Greater)
    }

    /// The nearest float.
    pub(super) fn to_f64(self) -> f64 {
        format!("{}e{}", self.mantissa, self.exponent)
            .parse()
            .unwrap_or(f64::NAN)
    }

    fn normal(mut mantissa: i128, mut exponent: i64) -> Self {
        if mantissa == 0 {
            return Self {
                mantissa,
                exponent: 0,
            };
        }
        while mantissa % 10 == 0 {
            mantissa /= 10;
            exponent += 1;
        }
        Self { mantissa, exponent }
    }

    /// Both mantissas at the smaller exponent.
    fn aligned(self, other: Self) -> Option<(i128, i128, i64)> {
        let exponent = self.exponent.min(other.exponent);
        Some((
            self.mantissa_at(exponent)?,
            other.mantissa_at(exponent)?,
            exponent,
        ))
    }

    fn mantissa_at(self, exponent: i64) -> Option<i128> {
        if self.mantissa == 0 {
            return Some(0);
        }
        let shift = u32::try_from(self.exponent.checked_sub(exponent)?).ok()?;
        self.mantissa.checked_mul(10i128.checked_pow(shift)?)
    }
}

/// Whether the text is a JSON number and nothing else.
pub(super) fn is_number(text: &str) -> bool {
    let mut scan = Scanner::new(text);
    scan.number().is_ok() && scan.at() == text.len()
}

/// An exponent's digits; where they overflow, a number past all comparison is as good.
fn saturating(exponent: &str) -> i64 {
    let limit = if exponent.starts_with('-') {
        i64::MIN
    } else {
        i64::MAX
    };
    exponent.parse().unwrap_or(limit)
}
