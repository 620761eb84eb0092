//! Numbers as `printf` writes them.

use datafusion::common::{Result, exec_err};

use super::pattern::Spec;

/// The magnitude of a number, and its sign.
pub(in super::super) struct Value {
    is_negative: bool,
    magnitude: Magnitude,
}

enum Magnitude {
    Float(f64),
    /// Decimal digits, without zeros in front, so many of them after the point.
    Decimal {
        digits: String,
        scale: usize,
    },
}

impl Value {
    /// Zero has no sign, nor has what is no number.
    pub(in super::super) fn of_f64(x: f64) -> Self {
        Self {
            is_negative: x < 0.0,
            magnitude: Magnitude::Float(x.abs()),
        }
    }

    /// `units` is the integer of decimal digits.
    pub(in super::super) fn of_decimal(units: &str, scale: usize) -> Self {
        let digits = units.strip_prefix('-').unwrap_or(units);
        Self {
            is_negative: units.starts_with('-'),
            magnitude: Magnitude::Decimal {
                digits: digits.trim_start_matches('0').to_owned(),
                scale,
            },
        }
    }

    pub(in super::super) fn is_negative(&self) -> bool {
        self.is_negative
    }

    /// With so many digits after the point.
    pub(in super::super) fn fixed(&self, after: usize) -> String {
        match &self.magnitude {
            Magnitude::Float(x) => format!("{x:.after$}"),
            Magnitude::Decimal { digits, scale } => {
                let mut units = if after >= *scale {
                    format!("{digits}{}", "0".repeat(after - scale))
                } else {
                    rounded(digits, scale - after)
                };
                if units.len() <= after {
                    units.insert_str(0, &"0".repeat(after + 1 - units.len()));
                }
                if after > 0 {
                    units.insert(units.len() - after, '.');
                }
                units
            }
        }
    }

    /// `d.ddd` with so many digits after the point, and the power of ten.
    pub(in super::super) fn scientific(&self, after: usize) -> (String, i64) {
        match &self.magnitude {
            Magnitude::Float(x) => {
                let text = format!("{x:.after$e}");
                let (mantissa, exponent) = text.split_once('e').unwrap_or((&text, "0"));
                (mantissa.to_owned(), exponent.parse().unwrap_or(0))
            }
            Magnitude::Decimal { digits, scale } => {
                let wide = |n: usize| i64::try_from(n).unwrap_or(i64::MAX);
                let (mut mantissa, mut exponent) = if digits.is_empty() {
                    ("0".to_owned(), 0)
                } else {
                    (digits.clone(), wide(digits.len()) - 1 - wide(*scale))
                };
                if mantissa.len() > after + 1 {
                    mantissa = rounded(digits, digits.len() - (after + 1));
                    exponent += wide(mantissa.len()) - wide(after + 1);
                }
                mantissa.truncate(after + 1);
                mantissa.push_str(&"0".repeat(after + 1 - mantissa.len()));
                if after > 0 {
                    mantissa.insert(1, '.');
                }
                (mantissa, exponent)
            }
        }
    }
}

/// The digits without the last `dropped` ones, rounded half up.
fn rounded(digits: &str, dropped: usize) -> String {
    let Some(kept) = digits.len().checked_sub(dropped) else {
        return "0".to_owned();
    };
    let (kept, rest) = digits.split_at(kept);
    let mut kept = kept.as_bytes().to_vec();
    if rest.starts_with(|c| c >= '5') {
        let mut carries = true;
        for digit in kept.iter_mut().rev() {
            if *digit < b'9' {
                *digit += 1;
                carries = false;
                break;
            }
            *digit = b'0';
        }
        if carries {
            kept.insert(0, b'1');
        }
    }
    if kept.is_empty() {
        kept.push(b'0');
    }
    kept.into_iter().map(char::from).collect()
}

impl Spec {
    /// Appends an INT64.
    pub(super) fn integer(&self, value: i64, out: &mut String) -> Result<()> {
        let magnitude = value.unsigned_abs();
        let flags = self.flags;
        let is_decimal = matches!(self.verb, 'd' | 'i');
        let mut digits = match self.verb {
            'o' => format!("{magnitude:o}"),
            'x' => format!("{magnitude:x}"),
            'X' => format!("{magnitude:X}"),
            _ => magnitude.to_string(),
        };
        let mut prefix = match (flags.alternate, self.verb) {
            (true, 'o') => "0",
            (true, 'x') => "0x",
            (true, 'X') => "0X",
            _ => "",
        };
        if let Some(precision) = self.precision {
            if precision > digits.len() {
                if flags.group {
                    return exec_err!("a precision beside ' in FORMAT is not supported");
                }
                digits.insert_str(0, &"0".repeat(precision - digits.len()));
                if self.verb == 'o' {
                    prefix = "";
                }
            } else if precision == 0 && value == 0 && is_decimal && !flags.group {
                digits.clear();
            }
        }
        if flags.group {
            digits = match self.verb {
                'x' | 'X' => grouped(&digits, 4, ':'),
                'o' => grouped(&digits, 4, ','),
                _ => grouped(&digits, 3, ','),
            };
        }
        // Of plain decimals a precision says how many zeros there are.
        let is_zero_filled = flags.zero && (self.precision.is_none() || !is_decimal || flags.group);
        self.fill(value < 0, prefix, &digits, is_zero_filled, out);
        Ok(())
    }

    /// Appends a FLOAT64, NUMERIC or BIGNUMERIC.
    pub(super) fn real(&self, value: &Value, out: &mut String) {
        let is_upper = self.verb.is_ascii_uppercase();
        if let Magnitude::Float(x) = value.magnitude
            && !x.is_finite()
        {
            let word = match (x.is_nan(), is_upper) {
                (true, false) => "nan",
                (true, true) => "NAN",
                (false, false) => "inf",
                (false, true) => "INF",
            };
            return self.fill(value.is_negative, "", word, false, out);
        }
        let precision = self.precision.unwrap_or(6);
        let (mut text, exponent) = match self.verb {
            'f' | 'F' => (value.fixed(precision), None),
            'e' | 'E' => {
                let (mantissa, exponent) = value.scientific(precision);
                (mantissa, Some(exponent))
            }
            _ => self.general(value, precision.max(1)),
        };
        if self.flags.alternate && !text.contains('.') {
            text.push('.');
        }
        if self.flags.group {
            let (whole, after) = match text.split_once('.') {
                Some((whole, after)) => (whole, Some(after)),
                None => (text.as_str(), None),
            };
            let whole = grouped(whole, 3, ',');
            text = after.map_or(whole.clone(), |after| format!("{whole}.{after}"));
        }
        if let Some(exponent) = exponent {
            let e = if is_upper { 'E' } else { 'e' };
            let sign = if exponent < 0 { '-' } else { '+' };
            text.push_str(&format!("{e}{sign}{:02}", exponent.unsigned_abs()));
        }
        self.fill(value.is_negative, "", &text, self.flags.zero, out);
    }

    /// The shorter of both, without needless zeros.
    fn general(&self, value: &Value, precision: usize) -> (String, Option<i64>) {
        let (mantissa, exponent) = value.scientific(precision - 1);
        let wide = i64::try_from(precision).unwrap_or(i64::MAX);
        let (text, exponent) = if exponent < -4 || exponent >= wide {
            (mantissa, Some(exponent))
        } else {
            let after = usize::try_from(wide - 1 - exponent).unwrap_or(0);
            (value.fixed(after), None)
        };
        if !self.flags.alternate && text.contains('.') {
            let text = text.trim_end_matches('0').trim_end_matches('.');
            return (text.to_owned(), exponent);
        }
        (text, exponent)
    }

    /// Sign, prefix and digits, filled to the width.
    fn fill(&self, is_negative: bool, prefix: &str, digits: &str, zeros: bool, out: &mut String) {
        let flags = self.flags;
        let sign = match (is_negative, flags.plus, flags.space) {
            (true, ..) => "-",
            (_, true, _) => "+",
            (.., true) => " ",
            _ => "",
        };
        let size = sign.len() + prefix.len() + digits.len();
        let missing = self.width.saturating_sub(size);
        let repeat = |c: char, is_here: bool, out: &mut String| {
            if is_here {
                out.extend(std::iter::repeat_n(c, missing));
            }
        };
        repeat(' ', !flags.left && !zeros, out);
        out.push_str(sign);
        out.push_str(prefix);
        repeat('0', !flags.left && zeros, out);
        out.push_str(digits);
        repeat(' ', flags.left, out);
    }
}

/// With a separator between groups, from the last digit on.
fn grouped(digits: &str, size: usize, separator: char) -> String {
    let mut text = String::with_capacity(digits.len() * 4 / 3);
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(size) {
            text.push(separator);
        }
        text.push(digit);
    }
    text
}
