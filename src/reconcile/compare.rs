//! One value of a document against one of a column: the same, the same in another form, or not.

use arrow::array::{Array, AsArray, TimestampMicrosecondArray};
use arrow::datatypes::{DataType, TimeUnit};
use chrono::{DateTime, NaiveDate, NaiveDateTime};
use serde::Serialize;

use crate::lake::days;
use crate::value::json::{Agreement, Found, Typed, TypedColumn, agreement};

/// Integers beyond this are not all doubles.
const WIDE: i128 = 1 << 53;

/// A column's values.
#[derive(Debug, Clone, Copy)]
pub(super) enum Cells<'a> {
    Typed(TypedColumn<'a>),
    /// DATETIME and TIMESTAMP.
    Moment(&'a TimestampMicrosecondArray),
}

/// One of them.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Cell<'a> {
    Typed(Typed<'a>),
    /// Microseconds since 1970.
    Moment(i64),
}

impl<'a> Cells<'a> {
    /// `None` for an array of a type that can't be compared with JSON.
    pub(super) fn new(array: &'a dyn Array) -> Option<Self> {
        match array.data_type() {
            DataType::Timestamp(TimeUnit::Microsecond, _) => {
                Some(Self::Moment(array.as_primitive()))
            }
            _ => TypedColumn::new(array).map(Self::Typed),
        }
    }

    pub(super) fn value(&self, row: usize) -> Cell<'a> {
        match self {
            Self::Typed(column) => Cell::Typed(column.value(row)),
            Self::Moment(array) if array.is_null(row) => Cell::Typed(Typed::Null),
            Self::Moment(array) => Cell::Moment(array.value(row)),
        }
    }

    pub(super) fn is_number(&self) -> bool {
        matches!(
            self,
            Self::Typed(TypedColumn::Int(_) | TypedColumn::Float(_) | TypedColumn::Decimal(..))
        )
    }
}

impl Cell<'_> {
    pub(super) fn is_null(&self) -> bool {
        matches!(self, Self::Typed(Typed::Null))
    }

    /// A number as the nearest float.
    pub(super) fn number(&self) -> Option<f64> {
        match self {
            Self::Typed(Typed::Int(value)) => Some(*value as f64),
            Self::Typed(Typed::Float(value)) => Some(*value),
            Self::Typed(Typed::Decimal { unscaled, scale }) => {
                format!("{unscaled}e{}", -i32::from(*scale)).parse().ok()
            }
            _ => None,
        }
    }
}

/// What was done to the JSON's value to make the column's.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Form {
    /// Nothing, or it was rounded: numbers are equal within the tolerance.
    Within(f64),
    /// The digits behind the point were cut off.
    Truncated,
    /// It is in another unit: multiplied, and equal within the tolerance.
    Scaled { factor: f64, tolerance: f64 },
}

impl Form {
    pub(super) const PLAIN: Self = Self::Within(0.0);
}

/// How a value that is the same is said otherwise.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Coercion {
    /// Equal within the tolerance.
    Rounded,
    /// Equal without the digits behind the point.
    Truncated,
    /// In another unit.
    Scaled,
    /// The JSON has the number as text.
    TextNumber,
    /// The column has the number as text.
    NumberText,
    /// One side lost the zeros a text of digits begins with.
    LeadingZeros,
    /// A BOOL is a number or a text on one side.
    BoolForm,
    /// A date or a time is written in another format than ISO 8601's.
    DateFormat,
    /// An integer beyond 2^53 was rounded to a FLOAT64.
    Double,
}

impl Coercion {
    pub fn told(self) -> &'static str {
        match self {
            Self::Rounded => "rounded",
            Self::Truncated => "truncated",
            Self::Scaled => "another unit",
            Self::TextNumber => "number as text in the JSON",
            Self::NumberText => "number as text in the column",
            Self::LeadingZeros => "leading zeros lost",
            Self::BoolForm => "BOOL as number or text",
            Self::DateFormat => "another date format",
            Self::Double => "beyond 2^53 as FLOAT64",
        }
    }
}

/// How the two sides of a row disagree.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Disagreement {
    /// Both have a value, and not the same.
    Differs,
    /// Both have the same integer beyond 2^53, but for the digits a double loses.
    DigitsLost,
    /// Their types don't compare.
    WrongType,
    /// The column has a value, the document no such key.
    MissingKey,
    /// The column has a value, the document a null.
    JsonNull,
    /// The column has a value, there is no document.
    DocumentNull,
    /// The document is no JSON.
    Malformed,
    /// The document has a value, the column NULL.
    ColumnNull,
}

impl Disagreement {
    pub fn told(self) -> &'static str {
        match self {
            Self::Differs => "differ",
            Self::DigitsLost => "lost digits beyond 2^53",
            Self::WrongType => "have another type",
            Self::MissingKey => "lack the key",
            Self::JsonNull => "have null in the JSON",
            Self::DocumentNull => "have no document",
            Self::Malformed => "have a document that is no JSON",
            Self::ColumnNull => "have NULL in the column",
        }
    }

    /// Whether it is because of the document as a whole.
    pub fn of_document(self) -> bool {
        matches!(self, Self::DocumentNull | Self::Malformed)
    }

    /// Whether the document is there and says nothing.
    pub fn says_nothing(self) -> bool {
        matches!(self, Self::MissingKey | Self::JsonNull)
    }

    /// Whether both sides have a value.
    pub fn of_values(self) -> bool {
        matches!(self, Self::Differs | Self::DigitsLost | Self::WrongType)
    }
}

/// What a row says of a pair.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Verdict {
    /// Neither side has a value.
    Neither,
    Agrees(Option<Coercion>),
    Disagrees(Disagreement),
}

impl Verdict {
    /// Whether both sides were made of one value.
    pub(super) fn is_same(self) -> bool {
        matches!(
            self,
            Self::Agrees(_) | Self::Disagrees(Disagreement::DigitsLost)
        )
    }
}

/// Compares what stands at a path of a document that could be read with a column's value.
pub(super) fn compare(found: &Found<'_>, cell: Cell<'_>, form: Form) -> Verdict {
    use Disagreement::{ColumnNull, Differs, JsonNull, MissingKey, WrongType};
    let plain = match cell {
        Cell::Typed(value) => agreement(found, value, 0.0),
        Cell::Moment(micros) => moment(found, micros),
    };
    match plain {
        Agreement::BothMissing | Agreement::BothNull => return Verdict::Neither,
        Agreement::MissingKey => return Verdict::Disagrees(MissingKey),
        Agreement::JsonNull => return Verdict::Disagrees(JsonNull),
        Agreement::ColumnNull => return Verdict::Disagrees(ColumnNull),
        Agreement::Malformed => return Verdict::Disagrees(Disagreement::Malformed),
        Agreement::Equal => {
            let lost = loses_digits(found) && matches!(cell, Cell::Typed(Typed::Float(_)));
            return Verdict::Agrees(lost.then_some(Coercion::Double));
        }
        Agreement::TextNumber => {
            let text = matches!(cell, Cell::Typed(Typed::Text(_)));
            return Verdict::Agrees(Some(match text {
                true => Coercion::NumberText,
                false => Coercion::TextNumber,
            }));
        }
        Agreement::Differs | Agreement::WrongType => {}
    }
    if let Some(coercion) = in_form(found, cell, form).or_else(|| otherwise(found, cell)) {
        return Verdict::Agrees(Some(coercion));
    }
    if digits_lost(found, cell) {
        return Verdict::Disagrees(Disagreement::DigitsLost);
    }
    Verdict::Disagrees(match plain {
        Agreement::Differs => Differs,
        // A text that says a number, against a number: it is the value that differs.
        _ if number(found).is_some() && cell.number().is_some() => Differs,
        _ => WrongType,
    })
}

/// A number of the JSON, also one in a text.
pub(super) fn number(found: &Found<'_>) -> Option<f64> {
    let text: &str = match found {
        Found::Number(text) => text,
        Found::String(text) if text.len() <= 40 => text.trim(),
        _ => return None,
    };
    text.parse().ok().filter(|value: &f64| value.is_finite())
}

fn in_form(found: &Found<'_>, cell: Cell<'_>, form: Form) -> Option<Coercion> {
    let Cell::Typed(value) = cell else {
        return None;
    };
    match form {
        Form::Within(tolerance) if tolerance > 0.0 => {
            let read = match found {
                Found::Number(_) => agreement(found, value, tolerance),
                Found::String(text) if number(found).is_some() => {
                    agreement(&Found::Number(text.trim()), value, tolerance)
                }
                _ => return None,
            };
            (read == Agreement::Equal).then_some(Coercion::Rounded)
        }
        Form::Within(_) => None,
        Form::Truncated => {
            let (json, column) = (number(found)?, cell.number()?);
            (json.trunc() == column).then_some(Coercion::Truncated)
        }
        Form::Scaled { factor, tolerance } => {
            let (json, column) = (number(found)? * factor, cell.number()?);
            // What the multiplication itself loses.
            let slack = column.abs() * 1e-12;
            ((json - column).abs() <= tolerance + slack).then_some(Coercion::Scaled)
        }
    }
}

/// The same value in another type or format.
fn otherwise(found: &Found<'_>, cell: Cell<'_>) -> Option<Coercion> {
    match (found, cell) {
        (Found::Bool(json), Cell::Typed(value)) => {
            let same = match value {
                Typed::Text(text) => boolean(text) == Some(*json),
                _ => cell.number() == Some(f64::from(u8::from(*json))),
            };
            same.then_some(Coercion::BoolForm)
        }
        (Found::Number(json), Cell::Typed(Typed::Bool(value))) => {
            let number: Option<f64> = json.parse().ok();
            (number == Some(f64::from(u8::from(value)))).then_some(Coercion::BoolForm)
        }
        (Found::String(json), Cell::Typed(Typed::Bool(value))) => {
            (boolean(json) == Some(value)).then_some(Coercion::BoolForm)
        }
        (Found::String(json), Cell::Typed(Typed::Date(day))) => {
            (date(json) == Some(day)).then_some(Coercion::DateFormat)
        }
        (Found::Number(json), Cell::Typed(Typed::Date(day))) => {
            (date(json) == Some(day)).then_some(Coercion::DateFormat)
        }
        (Found::String(json), Cell::Typed(Typed::Text(text))) => {
            if zeros(json, text) {
                return Some(Coercion::LeadingZeros);
            }
            let same = date(json).is_some_and(|day| Some(day) == date(text));
            (same && has_no_time(json) == has_no_time(text)).then_some(Coercion::DateFormat)
        }
        (Found::Number(json), Cell::Typed(Typed::Text(text))) => {
            zeros(json, text).then_some(Coercion::LeadingZeros)
        }
        (Found::String(json), Cell::Typed(Typed::Int(value))) => {
            zeros(json, &value.to_string()).then_some(Coercion::LeadingZeros)
        }
        (Found::String(json), Cell::Typed(Typed::Float(value))) => {
            let same = match json.to_lowercase().as_str() {
                "nan" => value.is_nan(),
                "inf" | "infinity" => value == f64::INFINITY,
                "-inf" | "-infinity" => value == f64::NEG_INFINITY,
                _ => false,
            };
            same.then_some(Coercion::TextNumber)
        }
        _ => None,
    }
}

/// Whether two texts are the same digits but for zeros before them.
fn zeros(a: &str, b: &str) -> bool {
    let digits = |text: &str| !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
    let bare = |text: &str| text.trim_start_matches('0').to_owned();
    digits(a) && digits(b) && a != b && bare(a) == bare(b)
}

fn boolean(text: &str) -> Option<bool> {
    match text.trim().to_lowercase().as_str() {
        "true" | "t" | "yes" | "y" | "1" => Some(true),
        "false" | "f" | "no" | "n" | "0" => Some(false),
        _ => None,
    }
}

/// The day a text says, with or without a time behind it.
pub(super) fn date(text: &str) -> Option<i32> {
    let text = text.trim();
    let formats: &[&str] = match text.len() {
        8 => &["%Y%m%d", "%m/%d/%y"],
        9 | 10 => &["%Y-%m-%d", "%m/%d/%Y", "%Y/%m/%d"],
        11 | 12 => &["%b %d, %Y"],
        _ => &[],
    };
    let day = formats
        .iter()
        .find_map(|format| NaiveDate::parse_from_str(text, format).ok());
    let day = day.or_else(|| micros(text).map(|moment| moment.date()));
    // Years that BigQuery knows.
    day.map(days)
        .filter(|day| (-719_162..=2_932_896).contains(day))
}

fn has_no_time(text: &str) -> bool {
    text.trim().len() <= 12
}

/// The moment a text says, in UTC where it names no zone.
fn micros(text: &str) -> Option<NaiveDateTime> {
    const PLAIN: [&str; 4] = [
        "%Y-%m-%d %H:%M:%S%.f",
        "%Y-%m-%dT%H:%M:%S%.f",
        "%Y-%m-%d %H:%M:%S%.f UTC",
        "%Y-%m-%dT%H:%M",
    ];
    if text.len() < 14 || text.len() > 40 {
        return None;
    }
    let zoned = DateTime::parse_from_rfc3339(text)
        .or_else(|_| DateTime::parse_from_str(text, "%Y-%m-%d %H:%M:%S%.f%#z"));
    if let Ok(moment) = zoned {
        return Some(moment.naive_utc());
    }
    PLAIN
        .iter()
        .find_map(|format| NaiveDateTime::parse_from_str(text, format).ok())
}

fn moment(found: &Found<'_>, value: i64) -> Agreement {
    match found {
        Found::Missing => Agreement::MissingKey,
        Found::Null => Agreement::JsonNull,
        Found::String(text) => match micros(text) {
            Some(moment) if moment.and_utc().timestamp_micros() == value => Agreement::Equal,
            Some(_) => Agreement::Differs,
            None => Agreement::WrongType,
        },
        _ => Agreement::WrongType,
    }
}

/// An integer of the JSON.
fn integer(found: &Found<'_>) -> Option<i128> {
    match found {
        Found::Number(text) if text.len() <= 38 => text.parse().ok(),
        _ => None,
    }
}

/// Whether the JSON's value is an integer beyond 2^53.
pub(super) fn is_wide(found: &Found<'_>) -> bool {
    integer(found).is_some_and(|value| value.abs() > WIDE)
}

/// Whether a reader that takes numbers for doubles would lose some of the value's digits.
pub(super) fn loses_digits(found: &Found<'_>) -> bool {
    integer(found).is_some_and(|value| value.abs() > WIDE && value as f64 as i128 != value)
}

/// Whether both are one integer to a reader that takes numbers for doubles.
fn digits_lost(found: &Found<'_>, cell: Cell<'_>) -> bool {
    let column = match cell {
        Cell::Typed(Typed::Int(value)) => i128::from(value),
        Cell::Typed(Typed::Decimal { unscaled, scale }) => {
            let unit = u32::try_from(scale)
                .ok()
                .and_then(|s| 10i128.checked_pow(s));
            match unit {
                Some(unit) if unscaled % unit == 0 => unscaled / unit,
                _ => return false,
            }
        }
        _ => return false,
    };
    integer(found)
        .is_some_and(|json| json.abs() > WIDE && json != column && json as f64 == column as f64)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::borrow::Cow;

    fn text(text: &str) -> Found<'_> {
        Found::String(Cow::Borrowed(text))
    }

    fn agrees(found: Found<'_>, value: Typed<'_>, form: Form) -> Option<Option<Coercion>> {
        match compare(&found, Cell::Typed(value), form) {
            Verdict::Agrees(coercion) => Some(coercion),
            _ => None,
        }
    }

    fn disagrees(found: Found<'_>, value: Typed<'_>) -> Disagreement {
        match compare(&found, Cell::Typed(value), Form::PLAIN) {
            Verdict::Disagrees(how) => how,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn the_same_in_another_form() {
        let within = Form::Within(0.05);
        let tenths = |unscaled| Typed::Decimal { unscaled, scale: 1 };
        assert_eq!(
            agrees(Found::Number("6.48"), tenths(65), within),
            Some(Some(Coercion::Rounded))
        );
        assert_eq!(agrees(Found::Number("6.4"), tenths(65), within), None);
        assert_eq!(
            agrees(Found::Number("6.50"), tenths(65), within),
            Some(None)
        );
        let cut = Form::Truncated;
        assert_eq!(
            agrees(Found::Number("-1.9"), Typed::Int(-1), cut),
            Some(Some(Coercion::Truncated))
        );
        let percent = Form::Scaled {
            factor: 100.0,
            tolerance: 0.0,
        };
        assert_eq!(
            agrees(Found::Number("0.57"), Typed::Float(57.0), percent),
            Some(Some(Coercion::Scaled))
        );
        let plain = Form::PLAIN;
        for (found, value, how) in [
            (text("12"), Typed::Int(12), Coercion::TextNumber),
            (
                Found::Number("12"),
                Typed::Text("12.0"),
                Coercion::NumberText,
            ),
            (
                Found::Number("22500001"),
                Typed::Text("0022500001"),
                Coercion::LeadingZeros,
            ),
            (
                text("0022500001"),
                Typed::Int(22_500_001),
                Coercion::LeadingZeros,
            ),
            (Found::Bool(true), Typed::Int(1), Coercion::BoolForm),
            (text("Y"), Typed::Bool(true), Coercion::BoolForm),
            (Found::Number("0"), Typed::Bool(false), Coercion::BoolForm),
            (text("20260125"), Typed::Date(20_478), Coercion::DateFormat),
            (
                text("01/25/2026"),
                Typed::Text("2026-01-25"),
                Coercion::DateFormat,
            ),
            (
                text("2026-01-25T19:30:00Z"),
                Typed::Date(20_478),
                Coercion::DateFormat,
            ),
            (text("NaN"), Typed::Float(f64::NAN), Coercion::TextNumber),
        ] {
            let said = format!("{found:?} {value:?}");
            assert_eq!(agrees(found, value, plain), Some(Some(how)), "{said}");
        }
        assert_eq!(
            agrees(text("2026-01-25"), Typed::Date(20_478), plain),
            Some(None)
        );
    }

    #[test]
    fn what_is_not_the_same() {
        use Disagreement::{ColumnNull, Differs, DigitsLost, JsonNull, MissingKey, WrongType};
        assert_eq!(disagrees(Found::Missing, Typed::Int(1)), MissingKey);
        assert_eq!(disagrees(Found::Null, Typed::Int(1)), JsonNull);
        assert_eq!(disagrees(Found::Number("1"), Typed::Null), ColumnNull);
        assert_eq!(disagrees(Found::Number("1"), Typed::Int(2)), Differs);
        assert_eq!(disagrees(text("1"), Typed::Int(2)), Differs);
        assert_eq!(disagrees(text("one"), Typed::Int(1)), WrongType);
        assert_eq!(
            disagrees(Found::Number("1"), Typed::Float(f64::NAN)),
            Differs
        );
        let wide = Found::Number("9007199254740993");
        assert_eq!(
            disagrees(wide.clone(), Typed::Int(9_007_199_254_740_992)),
            DigitsLost
        );
        assert!(is_wide(&wide) && loses_digits(&wide));
        assert!(!loses_digits(&Found::Number("9007199254740994")));
        assert_eq!(
            agrees(wide, Typed::Float(9_007_199_254_740_992.0), Form::PLAIN),
            Some(Some(Coercion::Double))
        );
        assert_eq!(
            compare(&Found::Null, Cell::Typed(Typed::Null), Form::PLAIN),
            Verdict::Neither
        );
    }

    #[test]
    fn moments_compare_by_when_they_are() {
        let at = Cell::Moment(1_769_369_400_000_000);
        for same in [
            "2026-01-25T19:30:00Z",
            "2026-01-25T14:30:00-05:00",
            "2026-01-25 19:30:00",
            "2026-01-25 19:30:00+00:00",
        ] {
            assert_eq!(
                compare(&text(same), at, Form::PLAIN),
                Verdict::Agrees(None),
                "{same}"
            );
        }
        let other = compare(&text("2026-01-25T19:30:01Z"), at, Form::PLAIN);
        assert_eq!(other, Verdict::Disagrees(Disagreement::Differs));
    }
}
