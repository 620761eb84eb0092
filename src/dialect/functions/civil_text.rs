//! The texts of DATE, TIME, DATETIME, TIMESTAMP and INTERVAL, as `CAST` to STRING and `STRING(..)` write them.

use std::fmt::Write;

use datafusion::arrow::array::{Array, ArrayRef, StringViewArray, StringViewBuilder};
use datafusion::arrow::datatypes::{
    DataType, Date32Type, IntervalMonthDayNanoType, Time64MicrosecondType, TimestampMicrosecondType,
};
use datafusion::common::{Result, exec_err, plan_err};
use datafusion::logical_expr::ColumnarValue;

use super::super::types::{Kind, name};
use super::elementwise::Operand;
use super::interval_value::Interval;
use super::rows::{arg, each_text};
use super::take::with;
use super::zone::{Zone, Zones};
use super::{Function, calendar, interval_text, moment};
use crate::value::cell;

pub(super) const ALL: &[Function] = &[Function {
    name: "string",
    takes,
    usage: "STRING takes a DATE, TIME, DATETIME or TIMESTAMP, and with a TIMESTAMP maybe a time zone (of a column that may be DATETIME or TIMESTAMP the suite has to declare the type, for their texts differ)",
    returns: |_| DataType::Utf8View,
    run: string,
}];

/// What has a text of this file: `x`, or a TIMESTAMP and a time zone. A [`Kind::Moment`] has none: it may have either.
pub(super) fn takes(given: &[DataType]) -> Option<Vec<DataType>> {
    let (value, rest) = given.split_first()?;
    match (Kind::of(value), rest) {
        (kind @ (Kind::Date | Kind::Time | Kind::Datetime | Kind::Interval), []) => {
            with(kind, &[], &[])
        }
        (Kind::Timestamp, []) => with(Kind::Timestamp, &[], &[]),
        (Kind::Timestamp, _) => with(Kind::Timestamp, rest, &[Kind::String]),
        _ => None,
    }
}

/// The texts of an argument [`takes`] takes.
pub(super) fn string(args: &[ColumnarValue], rows: usize) -> Result<ColumnarValue> {
    let value = arg(args, 0)?;
    let kind = Kind::of(&value.data_type());
    let zones = Zones::of(args.get(1))?;
    match kind {
        Kind::Date => {
            let days = Operand::<Date32Type>::of(value)?;
            each_text(args, rows, |row, text| {
                days.get(row)
                    .map(|day| date(text, day))
                    .transpose()
                    .map(wrote)
            })
        }
        Kind::Time => {
            let times = Operand::<Time64MicrosecondType>::of(value)?;
            each_text(args, rows, |row, text| {
                Ok(times.get(row).map(|micros| time(text, micros)).is_some())
            })
        }
        Kind::Interval => {
            let intervals = Operand::<IntervalMonthDayNanoType>::of(value)?;
            each_text(args, rows, |row, text| {
                let interval = intervals.get(row).map(Interval::of);
                Ok(interval
                    .map(|interval| interval_text::write(interval, text))
                    .is_some())
            })
        }
        Kind::Datetime => {
            let moments = Operand::<TimestampMicrosecondType>::of(value)?;
            each_text(args, rows, |row, text| {
                moments
                    .get(row)
                    .map(|micros| datetime(text, micros))
                    .transpose()
                    .map(wrote)
            })
        }
        Kind::Timestamp => {
            let moments = Operand::<TimestampMicrosecondType>::of(value)?;
            each_text(args, rows, |row, text| {
                let Some((micros, zone)) = zones.beside(row, moments.get(row))? else {
                    return Ok(false);
                };
                timestamp(text, micros, zone)?;
                Ok(true)
            })
        }
        _ => plan_err!("{} has no text", name(&value.data_type())),
    }
}

/// The text of each value; of a TIMESTAMP in `zone`, or in UTC.
pub(super) fn string_of_temporal(array: &ArrayRef, zone: Option<Zone>) -> Result<StringViewArray> {
    if let Some(zone) = zone
        && Kind::of(array.data_type()) == Kind::Timestamp
    {
        let moments =
            Operand::<TimestampMicrosecondType>::of(&ColumnarValue::Array(array.clone()))?;
        let mut builder = StringViewBuilder::with_capacity(array.len());
        let mut text = String::new();
        for row in 0..array.len() {
            text.clear();
            match moments.get(row) {
                Some(micros) => {
                    timestamp(&mut text, micros, zone)?;
                    builder.append_value(&text);
                }
                None => builder.append_null(),
            }
        }
        return Ok(builder.finish());
    }
    let texts =
        string(&[ColumnarValue::Array(array.clone())], array.len())?.to_array(array.len())?;
    match texts.as_any().downcast_ref::<StringViewArray>() {
        Some(texts) => Ok(texts.clone()),
        None => exec_err!("a text of type {}", texts.data_type()),
    }
}

fn wrote(written: Option<()>) -> bool {
    written.is_some()
}

/// `2024-01-31`.
pub(super) fn date(text: &mut String, day: i32) -> Result<()> {
    let date = calendar::date(day)?;
    cell::push_date(text, date);
    Ok(())
}

/// `12:34:56`, with 3 or 6 more digits if they are not zero.
pub(super) fn time(text: &mut String, micros: i64) {
    cell::push_time(text, micros);
}

/// `2024-01-31 12:34:56`.
pub(super) fn datetime(text: &mut String, micros: i64) -> Result<()> {
    let (day, time) = moment::split(micros)?;
    date(text, day)?;
    text.push(' ');
    self::time(text, time);
    Ok(())
}

/// `2024-01-31 12:34:56+00`: in the local time of `zone`, which follows.
pub(super) fn timestamp(text: &mut String, micros: i64, zone: Zone) -> Result<()> {
    let ahead = zone.shown_ahead(micros)?;
    datetime(text, micros.saturating_add(ahead))?;
    distance(text, ahead, ":", false);
    Ok(())
}

/// `+05:30`: how far local time is ahead of UTC, the minutes after `between`; none of them if they are zero unless `full`.
pub(super) fn distance(text: &mut String, ahead: i64, between: &str, full: bool) {
    let minutes = (ahead / 60_000_000).unsigned_abs();
    let sign = if ahead < 0 { '-' } else { '+' };
    let _ = write!(text, "{sign}{:02}", minutes / 60);
    if full || !minutes.is_multiple_of(60) {
        let _ = write!(text, "{between}{:02}", minutes % 60);
    }
}
