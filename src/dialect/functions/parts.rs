//! Date parts: `DAY`, `WEEK(MONDAY)`, `HOUR`, which come as literals in capitals.

use chrono::Weekday;
use datafusion::common::{Result, plan_err};
use datafusion::logical_expr::ColumnarValue;

use super::literal;

/// A unit of time, or a part of a date.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Part {
    Microsecond,
    Millisecond,
    Second,
    Minute,
    Hour,
    Day,
    /// `WEEK` begins on Sunday, `WEEK(MONDAY)` on Monday.
    Week(Weekday),
    IsoWeek,
    Month,
    Quarter,
    Year,
    IsoYear,
    DayOfWeek,
    DayOfYear,
    Date,
    Datetime,
    Time,
}

impl Part {
    /// Reads a part in capitals.
    pub(super) fn read(text: &str) -> Result<Self> {
        Ok(match text {
            "MICROSECOND" => Self::Microsecond,
            "MILLISECOND" => Self::Millisecond,
            "SECOND" => Self::Second,
            "MINUTE" => Self::Minute,
            "HOUR" => Self::Hour,
            "DAY" => Self::Day,
            "WEEK" | "WEEK(SUNDAY)" => Self::Week(Weekday::Sun),
            "WEEK(MONDAY)" => Self::Week(Weekday::Mon),
            "WEEK(TUESDAY)" => Self::Week(Weekday::Tue),
            "WEEK(WEDNESDAY)" => Self::Week(Weekday::Wed),
            "WEEK(THURSDAY)" => Self::Week(Weekday::Thu),
            "WEEK(FRIDAY)" => Self::Week(Weekday::Fri),
            "WEEK(SATURDAY)" => Self::Week(Weekday::Sat),
            "ISOWEEK" => Self::IsoWeek,
            "MONTH" => Self::Month,
            "QUARTER" => Self::Quarter,
            "YEAR" => Self::Year,
            "ISOYEAR" => Self::IsoYear,
            "DAYOFWEEK" => Self::DayOfWeek,
            "DAYOFYEAR" => Self::DayOfYear,
            "DATE" => Self::Date,
            "DATETIME" => Self::Datetime,
            "TIME" => Self::Time,
            other => return plan_err!("{other} is not a date part"),
        })
    }

    /// The part a call names by a literal.
    pub(super) fn named(arg: Option<&ColumnarValue>) -> Result<Self> {
        match literal(arg, "a date part")? {
            Some(text) => Self::read(&text),
            None => plan_err!("a date part is missing"),
        }
    }

    /// The length of the part of a TIME a call names: an hour or less.
    pub(super) fn of_time(arg: Option<&ColumnarValue>) -> Result<i64> {
        match Self::named(arg)?.micros() {
            Some(length) if length < DAY => Ok(length),
            _ => plan_err!("a TIME has parts of an hour or less"),
        }
    }

    /// Its length in microseconds, if every one is as long as the other.
    pub(super) fn micros(self) -> Option<i64> {
        Some(match self {
            Self::Microsecond => 1,
            Self::Millisecond => 1_000,
            Self::Second => 1_000_000,
            Self::Minute => 60_000_000,
            Self::Hour => 3_600_000_000,
            Self::Day => DAY,
            _ => return None,
        })
    }
}

/// Microseconds in a day.
pub(super) const DAY: i64 = 86_400_000_000;
