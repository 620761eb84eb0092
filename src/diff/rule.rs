//! When two values count as equal.

use std::fmt;

use globset::{Glob, GlobMatcher};

use crate::diagnostic::Diagnostic;
use crate::schema::BqType;
use crate::value::hash::Zeros;

/// How far values may be apart and still be equal. Values that are equal as they are, are equal under every rule;
/// NULL equals NULL alone, NaN equals NaN alone, and -0 is 0 unless [`Rule::zeros`] says otherwise.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Rule {
    /// `|a - b|` at most; of times, in seconds.
    pub absolute: f64,
    /// `|a - b| / max(|a|, |b|)` at most.
    pub relative: f64,
    /// FLOAT64 at most so many representable numbers apart.
    pub ulps: u64,
    /// Texts that differ in case alone are equal.
    pub ignore_case: bool,
    /// Texts that differ in white space around them alone are equal.
    pub ignore_space: bool,
    /// Whether -0 differs from 0, whatever the tolerance.
    pub zeros: Zeros,
}

impl Rule {
    /// Whether it asks for equality.
    pub fn is_exact(&self) -> bool {
        let exact = Self {
            zeros: self.zeros,
            ..Self::default()
        };
        *self == exact
    }

    /// Whether two numbers are equal as they stand.
    #[inline]
    pub fn same(&self, left: f64, right: f64) -> bool {
        match left == right {
            true => self.zeros == Zeros::Alike || self.zeros.bits(left) == self.zeros.bits(right),
            false => left.is_nan() && right.is_nan(),
        }
    }

    /// Whether two numbers are equal by it.
    pub fn close(&self, left: f64, right: f64) -> bool {
        if self.same(left, right) {
            return true;
        }
        if left == right || !left.is_finite() || !right.is_finite() {
            return false;
        }
        let apart = (left - right).abs();
        apart <= self.absolute
            || apart <= self.relative * left.abs().max(right.abs())
            || (self.ulps > 0 && ulps(left, right) <= self.ulps)
    }

    /// Whether two texts are equal by it.
    pub fn alike(&self, left: &str, right: &str) -> bool {
        if left == right {
            return true;
        }
        let (left, right) = match self.ignore_space {
            true => (left.trim(), right.trim()),
            false => (left, right),
        };
        left == right || (self.ignore_case && left.to_lowercase() == right.to_lowercase())
    }
}

impl fmt::Display for Rule {
    /// Told after "equal": `within 0.05, 1 %, 4 ulp, ignoring case`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut parts = Vec::new();
        if self.absolute > 0.0 {
            parts.push(format!("within {}", self.absolute));
        }
        if self.relative > 0.0 {
            parts.push(format!("within {} %", self.relative * 100.0));
        }
        if self.ulps > 0 {
            parts.push(format!("within {} ulp", self.ulps));
        }
        if self.ignore_case {
            parts.push("ignoring case".to_owned());
        }
        if self.ignore_space {
            parts.push("ignoring outer space".to_owned());
        }
        if self.zeros == Zeros::Signed {
            parts.push("-0 apart from 0".to_owned());
        }
        f.write_str(&parts.join(", "))
    }
}

/// How many representable numbers lie between two finite floats, and one.
pub(super) fn ulps(left: f64, right: f64) -> u64 {
    let ordered = |x: f64| {
        let bits = x.to_bits() as i64;
        // Negative numbers grow as their bits shrink.
        if bits < 0 {
            i64::MIN.wrapping_sub(bits)
        } else {
            bits
        }
    };
    ordered(left).abs_diff(ordered(right))
}

/// A tolerance as it is asked for: `0.01`, `1%`, `4ulp`, with `COLUMN=` or `TYPE=` before it for some columns alone.
#[derive(Debug, Clone)]
pub struct Tolerance {
    /// As it was asked for.
    text: String,
    of: Option<Of>,
    kind: Kind,
}

#[derive(Debug, Clone)]
enum Of {
    Type(String),
    Columns(GlobMatcher),
}

#[derive(Debug, Clone, Copy, PartialEq)]
enum Kind {
    Absolute(f64),
    Relative(f64),
    Ulps(u64),
}

/// The names of types a tolerance can be for.
const TYPES: [&str; 8] = [
    "INT64",
    "FLOAT64",
    "NUMERIC",
    "BIGNUMERIC",
    "DATETIME",
    "TIMESTAMP",
    "TIME",
    "JSON",
];

impl Tolerance {
    /// Reads what the command line or a suite says.
    pub fn parse(text: &str) -> Result<Self, Diagnostic> {
        let wrong = |why: String| {
            Diagnostic::new(why).help("write 0.01, 1% or 4ulp, or with a column or a type before it: FLOAT64=4ulp, *_score=0.05")
        };
        let (of, amount) = match text.rsplit_once('=') {
            None => (None, text),
            Some((name, amount)) => {
                let upper = name.trim().to_uppercase();
                let of = if TYPES.contains(&upper.as_str()) {
                    Of::Type(upper)
                } else {
                    let lower = name.trim().to_lowercase();
                    let glob = Glob::new(&lower)
                        .map_err(|e| wrong(format!("`{name}` is not a pattern: {}", e.kind())))?;
                    Of::Columns(glob.compile_matcher())
                };
                (Some(of), amount)
            }
        };
        let amount = amount.trim();
        let number = |text: &str| {
            let number: f64 = text.trim().parse().ok()?;
            (number.is_finite() && number >= 0.0).then_some(number)
        };
        let kind = if let Some(percent) = amount.strip_suffix('%') {
            number(percent).map(|p| Kind::Relative(p / 100.0))
        } else if let Some(count) = amount.strip_suffix("ulps").or(amount.strip_suffix("ulp")) {
            count.trim().parse().ok().map(Kind::Ulps)
        } else {
            number(amount).map(Kind::Absolute)
        };
        match kind {
            Some(kind) => Ok(Self {
                text: text.trim().to_owned(),
                of,
                kind,
            }),
            None => Err(wrong(format!("`{text}` is not a tolerance"))),
        }
    }

    /// Whether it is for a column of this name and type.
    pub fn is_for(&self, name: &str, bq_type: &BqType) -> bool {
        match &self.of {
            None => true,
            Some(Of::Type(wanted)) => {
                let name = bq_type.to_string();
                // Of arrays and structs, what they hold.
                let mut words = name.split(|c: char| !c.is_alphanumeric());
                words.any(|word| word == wanted)
            }
            Some(Of::Columns(glob)) => glob.is_match(name.to_lowercase()),
        }
    }

    pub fn text(&self) -> &str {
        &self.text
    }

    /// The columns it is for, if it names any.
    pub fn columns(&self) -> Option<&GlobMatcher> {
        match &self.of {
            Some(Of::Columns(glob)) => Some(glob),
            Some(Of::Type(_)) | None => None,
        }
    }

    /// Adds it to a rule.
    pub fn add_to(&self, rule: &mut Rule) {
        match self.kind {
            Kind::Absolute(by) => rule.absolute = by,
            Kind::Relative(by) => rule.relative = by,
            Kind::Ulps(by) => rule.ulps = by,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tolerances_are_read() {
        let mut rule = Rule::default();
        let tolerance = Tolerance::parse("*_Score=0.05").unwrap();
        assert!(tolerance.is_for("pace_score", &BqType::Numeric(3, 1)));
        assert!(!tolerance.is_for("pace", &BqType::Float64));
        tolerance.add_to(&mut rule);
        assert_eq!(rule.absolute, 0.05);
        let tolerance = Tolerance::parse("numeric=1%").unwrap();
        assert!(
            tolerance.is_for("x", &BqType::Numeric(3, 1))
                && !tolerance.is_for("x", &BqType::Float64)
        );
        for wrong in ["", "x=", "-1", "nan", "2 apples", "[=1"] {
            assert!(Tolerance::parse(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn ulps_count_across_zero() {
        assert_eq!(ulps(1.0, 1.0 + f64::EPSILON), 1);
        assert_eq!(ulps(0.0, -0.0), 0);
        assert_eq!(ulps(f64::from_bits(1), -f64::from_bits(1)), 2);
        assert!(
            Rule {
                ulps: 2,
                ..Rule::default()
            }
            .close(0.1 + 0.2, 0.3)
        );
    }

    #[test]
    fn infinities_and_nan_are_near_nothing() {
        let rule = Rule {
            absolute: 1e300,
            relative: 1.0,
            ..Rule::default()
        };
        assert!(
            !rule.close(f64::INFINITY, 1.0)
                && !rule.close(f64::NAN, 1.0)
                && !rule.close(f64::INFINITY, f64::NEG_INFINITY)
        );
        assert!(rule.close(f64::NAN, -f64::NAN));
    }
}
