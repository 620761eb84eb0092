//! `CAST(x AS STRING FORMAT f)` of dates and times, and back.

use std::fmt::Write;

use chrono::{Datelike, NaiveDate};
use datafusion::arrow::datatypes::{
    ArrowPrimitiveType, DataType, Date32Type, Time64MicrosecondType, TimestampMicrosecondType,
};
use datafusion::common::{Result, exec_err};
use datafusion::logical_expr::ColumnarValue;

use super::super::types::{Kind, TIME, datetime, timestamp};
use super::cast_elements::{Case, Element, compile};
use super::cast_read::{Plan, read};
use super::elementwise::Operand;
use super::format::{month_name, weekday_name};
use super::parts::DAY;
use super::rows::{Compiled, Texts, arg, each, each_text, guard};
use super::take::with;
use super::zone::{Zone, Zones};
use super::{Function, calendar, exactly, moment};

pub(super) const ALL: &[Function] = &[
    Function {
        name: "$cast_string_format",
        takes,
        usage: "CAST .. FORMAT to STRING takes a DATE, DATETIME, TIMESTAMP or TIME and a format, and with a TIMESTAMP maybe a time zone (of a column that may be DATETIME or TIMESTAMP the suite has to declare the type)",
        returns: |_| DataType::Utf8View,
        run: |args, rows| string(args, rows, false),
    },
    Function {
        name: "$safe_cast_string_format",
        takes,
        usage: "CAST .. FORMAT to STRING takes a DATE, DATETIME, TIMESTAMP or TIME and a format",
        returns: |_| DataType::Utf8View,
        run: |args, rows| string(args, rows, true),
    },
    parse(
        "$cast_date_format",
        two,
        |_| DataType::Date32,
        |a, r| to_date(a, r, false),
    ),
    parse(
        "$safe_cast_date_format",
        two,
        |_| DataType::Date32,
        |a, r| to_date(a, r, true),
    ),
    parse(
        "$cast_datetime_format",
        two,
        |_| datetime(),
        |a, r| to_datetime(a, r, false),
    ),
    parse(
        "$safe_cast_datetime_format",
        two,
        |_| datetime(),
        |a, r| to_datetime(a, r, true),
    ),
    parse(
        "$cast_timestamp_format",
        two_or_three,
        |_| timestamp(),
        |a, r| to_timestamp(a, r, false),
    ),
    parse(
        "$safe_cast_timestamp_format",
        two_or_three,
        |_| timestamp(),
        |a, r| to_timestamp(a, r, true),
    ),
    parse(
        "$cast_time_format",
        two,
        |_| TIME,
        |a, r| to_time(a, r, false),
    ),
    parse(
        "$safe_cast_time_format",
        two,
        |_| TIME,
        |a, r| to_time(a, r, true),
    ),
];

const fn parse(
    name: &'static str,
    takes: fn(&[DataType]) -> Option<Vec<DataType>>,
    returns: fn(&[DataType]) -> DataType,
    run: super::Run,
) -> Function {
    Function {
        name,
        takes,
        usage: "CAST .. FORMAT to a date or time takes a STRING and a format",
        returns,
        run,
    }
}

fn two(given: &[DataType]) -> Option<Vec<DataType>> {
    exactly(given, &[Kind::String; 2])
}

fn two_or_three(given: &[DataType]) -> Option<Vec<DataType>> {
    match given.len() {
        2 => two(given),
        _ => exactly(given, &[Kind::String; 3]),
    }
}

/// What `CAST(.. AS STRING FORMAT ..)` of a date or time takes: the value, the format, of a TIMESTAMP maybe a zone.
pub(super) fn takes(given: &[DataType]) -> Option<Vec<DataType>> {
    let (value, rest) = given.split_first()?;
    match (Kind::of(value), rest) {
        (kind @ (Kind::Date | Kind::Time | Kind::Datetime | Kind::Timestamp), [_]) => {
            with(kind, rest, &[Kind::String])
        }
        (Kind::Timestamp, _) => with(Kind::Timestamp, rest, &[Kind::String; 2]),
        _ => None,
    }
}

/// The texts of dates or times [`takes`] takes.
pub(super) fn string(args: &[ColumnarValue], rows: usize, safe: bool) -> Result<ColumnarValue> {
    let value = arg(args, 0)?;
    let kind = Kind::of(&value.data_type());
    let formats = Compiled::of(arg(args, 1)?, |format| {
        let elements = compile(format)?;
        if elements.iter().any(|(element, _)| !element.is_of(kind)) {
            return exec_err!("`{format}` has format elements this type has not");
        }
        Ok(elements)
    })?;
    let zones = Zones::of(args.get(2))?;
    let write = |row: usize, micros: Option<i64>, text: &mut String| -> Result<bool> {
        let Some(micros) = micros else {
            return Ok(false);
        };
        let written = formats.get(row).and_then(|format| {
            let Some((format, zone)) = zones.beside(row, format)? else {
                return Ok(false);
            };
            write(format, micros, zone, text)?;
            Ok(true)
        });
        Ok(guard(written, safe)?.unwrap_or(false))
    };
    match kind {
        Kind::Date => {
            let days = Operand::<Date32Type>::of(value)?;
            each_text(args, rows, |row, text| {
                write(row, days.get(row).map(|day| moment::join(day, 0)), text)
            })
        }
        Kind::Time => {
            let times = Operand::<Time64MicrosecondType>::of(value)?;
            each_text(args, rows, |row, text| write(row, times.get(row), text))
        }
        _ => {
            let moments = Operand::<TimestampMicrosecondType>::of(value)?;
            each_text(args, rows, |row, text| write(row, moments.get(row), text))
        }
    }
}

fn write(format: &[(Element, Case)], utc: i64, zone: Zone, text: &mut String) -> Result<()> {
    let ahead = zone.shown_ahead(utc)?;
    let (day, time) = moment::split(utc.saturating_add(ahead))?;
    let date = calendar::date(day)?;
    for (element, case) in format {
        element_text(element, *case, date, time, ahead, text);
    }
    Ok(())
}

fn element_text(
    element: &Element,
    case: Case,
    date: NaiveDate,
    time: i64,
    ahead: i64,
    text: &mut String,
) {
    let seconds = time / 1_000_000;
    let hour = seconds / 3_600;
    let zone_minutes = (ahead / 60_000_000).unsigned_abs();
    let year = date.year();
    let letters = |text: &mut String, word: &str| match case {
        Case::Upper => text.push_str(&word.to_ascii_uppercase()),
        Case::Lower => text.push_str(&word.to_ascii_lowercase()),
        Case::Title => text.push_str(word),
    };
    let short = |word: &'static str| word.get(..3).unwrap_or(word);
    // Writing to a String does not fail.
    let _ = match element {
        Element::Literal(literal) => {
            text.push_str(literal);
            Ok(())
        }
        Element::Spaces(count) => write!(text, "{:count$}", ""),
        Element::Year(4) => write!(text, "{year:04}"),
        Element::Year(digits) => {
            let size = u32::try_from(*digits).unwrap_or(1);
            write!(text, "{:0digits$}", year % 10_i32.pow(size))
        }
        Element::RoundYear => write!(text, "{:02}", year % 100),
        Element::YearWithComma => write!(text, "{},{:03}", year / 1_000, year % 1_000),
        Element::Month => write!(text, "{:02}", date.month()),
        Element::MonthShort => {
            letters(text, short(month_name(date)));
            Ok(())
        }
        Element::MonthName => {
            letters(text, month_name(date));
            Ok(())
        }
        Element::DayOfWeek => write!(text, "{}", date.weekday().number_from_sunday()),
        Element::Day => write!(text, "{:02}", date.day()),
        Element::DayOfYear => write!(text, "{:03}", date.ordinal()),
        Element::DayName => {
            letters(text, weekday_name(date.weekday()));
            Ok(())
        }
        Element::DayShort => {
            letters(text, short(weekday_name(date.weekday())));
            Ok(())
        }
        Element::HourOfTwelve => write!(text, "{:02}", (hour + 11) % 12 + 1),
        Element::Hour => write!(text, "{hour:02}"),
        Element::Minute => write!(text, "{:02}", seconds / 60 % 60),
        Element::Second => write!(text, "{:02}", seconds % 60),
        Element::SecondOfDay => write!(text, "{seconds:05}"),
        Element::Fraction(digits) => {
            let nanos = format!("{:06}000", time % 1_000_000);
            text.push_str(nanos.get(..*digits).unwrap_or(&nanos));
            Ok(())
        }
        Element::HalfOfDay => {
            letters_of_half(text, case, if hour < 12 { "AM" } else { "PM" });
            Ok(())
        }
        Element::HalfOfDayWithDots => {
            letters_of_half(text, case, if hour < 12 { "A.M." } else { "P.M." });
            Ok(())
        }
        Element::ZoneHour => {
            let sign = if ahead < 0 { '-' } else { '+' };
            write!(text, "{sign}{:02}", zone_minutes / 60)
        }
        Element::ZoneMinute => write!(text, "{:02}", zone_minutes % 60),
    };
}

/// Its first letter decides for all.
fn letters_of_half(text: &mut String, case: Case, half: &str) {
    match case {
        Case::Lower => text.push_str(&half.to_ascii_lowercase()),
        Case::Upper | Case::Title => text.push_str(half),
    }
}

fn to_date(args: &[ColumnarValue], rows: usize, safe: bool) -> Result<ColumnarValue> {
    to::<Date32Type>(args, rows, safe, Kind::Date, &DataType::Date32, |micros| {
        Ok(moment::split(micros)?.0)
    })
}

fn to_datetime(args: &[ColumnarValue], rows: usize, safe: bool) -> Result<ColumnarValue> {
    to::<TimestampMicrosecondType>(args, rows, safe, Kind::Datetime, &datetime(), Ok)
}

fn to_timestamp(args: &[ColumnarValue], rows: usize, safe: bool) -> Result<ColumnarValue> {
    to::<TimestampMicrosecondType>(args, rows, safe, Kind::Timestamp, &timestamp(), Ok)
}

fn to_time(args: &[ColumnarValue], rows: usize, safe: bool) -> Result<ColumnarValue> {
    to::<Time64MicrosecondType>(args, rows, safe, Kind::Time, &TIME, |micros| {
        Ok(micros.rem_euclid(DAY))
    })
}

fn to<O: ArrowPrimitiveType>(
    args: &[ColumnarValue],
    rows: usize,
    safe: bool,
    kind: Kind,
    to: &DataType,
    convert: fn(i64) -> Result<O::Native>,
) -> Result<ColumnarValue> {
    let texts = Texts::of(arg(args, 0)?)?;
    let plans = Compiled::of(arg(args, 1)?, |format| Plan::new(format, kind))?;
    let zones = Zones::of(args.get(2))?;
    each::<O>(args, rows, to, |row| {
        let Some(text) = texts.get(row) else {
            return Ok(None);
        };
        let value = plans.get(row).and_then(|plan| {
            let Some((plan, zone)) = zones.beside(row, plan)? else {
                return Ok(None);
            };
            convert(read(plan, text, zone)?).map(Some)
        });
        Ok(guard(value, safe)?.flatten())
    })
}
