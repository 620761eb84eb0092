//! Whether what stands at a JSON path agrees with a typed column.

use super::decimal::{Decimal, is_number};
use super::walk::Found;

/// A column's value.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Typed<'a> {
    /// SQL NULL.
    Null,
    /// INT64.
    Int(i64),
    /// FLOAT64.
    Float(f64),
    /// NUMERIC and what else fits: `unscaled * 10^-scale`.
    Decimal {
        /// The digits.
        unscaled: i128,
        /// How many of them stand after the point.
        scale: i8,
    },
    /// BOOL.
    Bool(bool),
    /// STRING.
    Text(&'a str),
    /// DATE, as days since 1970-01-01.
    Date(i32),
}

/// How a JSON path and a column compare on one row.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Agreement {
    /// Both have a value, and it is the same within the tolerance.
    Equal,
    /// The column is NULL and the key is missing.
    BothMissing,
    /// The column is NULL and the JSON value is `null`.
    BothNull,
    /// Both have a value of one type, and they differ.
    Differs,
    /// The column has a value, the key is missing.
    MissingKey,
    /// The column has a value, the JSON value is `null`.
    JsonNull,
    /// The column is NULL, the JSON has a value.
    ColumnNull,
    /// A text on one side says the number on the other: a lost type, not a lost value.
    TextNumber,
    /// The types don't compare: an object, an array, a text against a number.
    WrongType,
    /// The document is not JSON. [`agreement`] never says so, its caller does, who walked the document.
    Malformed,
}

/// Compares a path's finding with a column's value.
///
/// Numbers compare by value, however they are written: `100`, `100.0` and `1e2` equal INT64 100. INT64 and NUMERIC
/// compare exactly, also beyond 2^53. So does `tolerance`, an absolute distance taken as the decimal it prints as: 0.4 is
/// within 0.1 of 0.3; only where aligning the digits passes an `i128` is the distance one of floats. FLOAT64 compares
/// after the JSON number is rounded to it, and NaN and the infinities equal no JSON number. A tolerance of zero, below
/// zero or NaN asks for equality. Dates compare by their ISO text, `2026-01-25`.
#[must_use]
pub fn agreement(found: &Found<'_>, value: Typed<'_>, tolerance: f64) -> Agreement {
    match (value, found) {
        (Typed::Null, Found::Missing) => Agreement::BothMissing,
        (Typed::Null, Found::Null) => Agreement::BothNull,
        (Typed::Null, _) => Agreement::ColumnNull,
        (_, Found::Missing) => Agreement::MissingKey,
        (_, Found::Null) => Agreement::JsonNull,
        (Typed::Bool(value), Found::Bool(json)) => equal(*json == value),
        (Typed::Text(value), Found::String(json)) => equal(json == value),
        (Typed::Date(days), Found::String(json)) => {
            equal(iso_date(days).is_some_and(|date| json.as_bytes() == date))
        }
        (Typed::Text(value), Found::Number(json)) => {
            text_number(is_number(value) && same_number(value, json))
        }
        (_, Found::Number(json)) => {
            number(json, value, tolerance).map_or(Agreement::WrongType, equal)
        }
        (_, Found::String(json)) => {
            text_number(is_number(json) && number(json, value, tolerance) == Some(true))
        }
        _ => Agreement::WrongType,
    }
}

fn equal(equal: bool) -> Agreement {
    if equal {
        Agreement::Equal
    } else {
        Agreement::Differs
    }
}

fn text_number(same: bool) -> Agreement {
    if same {
        Agreement::TextNumber
    } else {
        Agreement::WrongType
    }
}

/// Whether a JSON number equals a numeric value, `None` where the value is not numeric.
fn number(json: &str, value: Typed<'_>, tolerance: f64) -> Option<bool> {
    let exact = match value {
        Typed::Int(value) => Decimal::new(value.into(), 0),
        Typed::Decimal { unscaled, scale } => Decimal::new(unscaled, scale),
        Typed::Float(value) => return Some(near(nearest(json), value, tolerance)),
        _ => return None,
    };
    let read = Decimal::read(json);
    if read == Some(exact) {
        return Some(true);
    }
    if tolerance.is_nan() || tolerance <= 0.0 {
        return Some(false);
    }
    let within = read
        .zip(Decimal::shortest(tolerance))
        .and_then(|(read, tolerance)| read.within(exact, tolerance));
    Some(within.unwrap_or_else(|| near(nearest(json), exact.to_f64(), tolerance)))
}

fn same_number(a: &str, b: &str) -> bool {
    a == b || Decimal::read(a).is_some_and(|a| Some(a) == Decimal::read(b))
}

/// A JSON number rounded to a float, NaN where it is too large for one.
fn nearest(json: &str) -> f64 {
    json.parse()
        .ok()
        .filter(|value: &f64| value.is_finite())
        .unwrap_or(f64::NAN)
}

fn near(a: f64, b: f64, tolerance: f64) -> bool {
    a == b || (b.is_finite() && (a - b).abs() <= tolerance)
}

/// `YYYY-MM-DD` in the proleptic Gregorian calendar, `None` outside the years 1 to 9999 that BigQuery knows.
///
/// Years run from March here, so that the leap day is a year's last (Hinnant, "chrono-Compatible Low-Level Date
/// Algorithms", `civil_from_days`).
fn iso_date(days: i32) -> Option<[u8; 10]> {
    const DAYS_TO_EPOCH: i64 = 719_468;
    const DAYS_IN_ERA: i64 = 146_097;
    let days = i64::from(days) + DAYS_TO_EPOCH;
    let (era, day) = (days.div_euclid(DAYS_IN_ERA), days.rem_euclid(DAYS_IN_ERA));
    let year = (day - day / 1_460 + day / 36_524 - day / 146_096) / 365;
    let day = day - (365 * year + year / 4 - year / 100);
    let month = (5 * day + 2) / 153;
    let day = day - (153 * month + 2) / 5 + 1;
    let month = if month < 10 { month + 3 } else { month - 9 };
    let year = era * 400 + year + i64::from(month <= 2);
    if !(1..=9999).contains(&year) {
        return None;
    }
    let digit = |value: i64, unit: i64| b'0' + u8::try_from(value / unit % 10).unwrap_or_default();
    let pair = |value| [digit(value, 10), digit(value, 1)];
    let ([c, d], [m, n], [e, f]) = (pair(year), pair(month), pair(day));
    Some([
        digit(year, 1_000),
        digit(year, 100),
        c,
        d,
        b'-',
        m,
        n,
        b'-',
        e,
        f,
    ])
}
