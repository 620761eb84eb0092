//! `DATE_BUCKET`, `DATETIME_BUCKET`, `TIMESTAMP_BUCKET`: the beginning of the bucket a value is in.
//!
//! Buckets begin at 1950-01-01, or where the caller says.

use chrono::Datelike;
use datafusion::arrow::datatypes::{
    DataType, Date32Type, IntervalMonthDayNanoType, TimestampMicrosecondType,
};
use datafusion::common::Result;
use datafusion::logical_expr::ColumnarValue;

use super::super::types::{Kind, common};
use super::elementwise::{Fault, Operand};
use super::interval_value::Interval;
use super::parts::{DAY, Part};
use super::rows::{arg, each};
use super::take::first;
use super::{Function, calendar, moment};

pub(super) const ALL: &[Function] = &[
    Function {
        name: "date_bucket",
        takes: |given| take(given, Kind::Date),
        usage: "DATE_BUCKET takes a DATE, an INTERVAL of days or of months, and maybe an origin",
        returns: first,
        run: bucket,
    },
    Function {
        name: "datetime_bucket",
        takes: |given| take(given, Kind::Datetime),
        usage: "DATETIME_BUCKET takes a DATETIME, an INTERVAL of one part, and maybe an origin",
        returns: first,
        run: bucket,
    },
    Function {
        name: "timestamp_bucket",
        takes: |given| take(given, Kind::Timestamp),
        usage: "TIMESTAMP_BUCKET takes a TIMESTAMP, an INTERVAL of days or of a time, and maybe an origin",
        returns: first,
        run: bucket,
    },
];

/// 1950-01-01.
const ORIGIN: i32 = -7_305;

const NEGATIVE: Fault = Fault("a bucket of a negative INTERVAL");
const NOT_ONE_PART: Fault = Fault("a bucket is of an INTERVAL of exactly one part");
const NO_MONTHS: Fault = Fault("a bucket of TIMESTAMP is of days or of a time");
const NO_TIME: Fault = Fault("a bucket of DATE is of days or of months");
const OUT_OF_RANGE: Fault = Fault("a bucket begins outside of the years 1 to 9999");

fn take(given: &[DataType], own: Kind) -> Option<Vec<DataType>> {
    let (value, rest) = given.split_first()?;
    let (width, origin) = rest.split_first()?;
    let kind = match origin {
        [] => Kind::of(value),
        [origin] => common(Kind::of(value), Kind::of(origin))?,
        _ => return None,
    };
    let kind = match kind {
        Kind::Null => own,
        Kind::Moment if own != Kind::Date => own,
        Kind::Date | Kind::Datetime | Kind::Timestamp | Kind::Moment => kind,
        _ => return None,
    };
    let kind = kind.arrow()?;
    let width = super::exactly(std::slice::from_ref(width), &[Kind::Interval])?;
    let mut taken = vec![kind.clone()];
    taken.extend(width);
    taken.extend(origin.iter().map(|_| kind.clone()));
    Some(taken)
}

fn bucket(args: &[ColumnarValue], rows: usize) -> Result<ColumnarValue> {
    let value = arg(args, 0)?;
    let to = value.data_type();
    let widths = Operand::<IntervalMonthDayNanoType>::of(arg(args, 1)?)?;
    if to == DataType::Date32 {
        let values = Operand::<Date32Type>::of(value)?;
        let origins = match args.get(2) {
            Some(origin) => Operand::<Date32Type>::of(origin)?,
            None => Operand::Constant(Some(ORIGIN)),
        };
        return each::<Date32Type>(args, rows, &to, |row| {
            let (Some(day), Some(width), Some(origin)) =
                (values.get(row), widths.get(row), origins.get(row))
            else {
                return Ok(None);
            };
            let width = Interval::of(width);
            if width.micros() != 0 {
                return Err(NO_TIME.into());
            }
            let begin = begin(moment::join(day, 0), width, moment::join(origin, 0))?;
            Ok(Some(moment::split(begin)?.0))
        });
    }
    let is_timestamp = Kind::of(&to) == Kind::Timestamp;
    let values = Operand::<TimestampMicrosecondType>::of(value)?;
    let origins = match args.get(2) {
        Some(origin) => Operand::<TimestampMicrosecondType>::of(origin)?,
        None => Operand::Constant(Some(moment::join(ORIGIN, 0))),
    };
    each::<TimestampMicrosecondType>(args, rows, &to, |row| {
        let (Some(micros), Some(width), Some(origin)) =
            (values.get(row), widths.get(row), origins.get(row))
        else {
            return Ok(None);
        };
        let width = Interval::of(width);
        if is_timestamp && width.months() != 0 {
            return Err(NO_MONTHS.into());
        }
        Ok(Some(begin(micros, width, origin)?))
    })
}

/// The beginning of the bucket of a DATETIME.
fn begin(at: i64, width: Interval, origin: i64) -> Result<i64, Fault> {
    let parts = [width.months(), width.days(), width.micros()];
    if parts.iter().any(|part| *part < 0) {
        return Err(NEGATIVE);
    }
    let (at, origin) = (
        calendar::micros_in_range(at)?,
        calendar::micros_in_range(origin)?,
    );
    let begin = match parts {
        [months, 0, 0] if months > 0 => begin_of_months(at, months, origin)?,
        [0, days, 0] if days > 0 => begin_of_micros(at, days * DAY, origin),
        [0, 0, micros] if micros > 0 => begin_of_micros(at, micros, origin),
        _ => return Err(NOT_ONE_PART),
    };
    calendar::micros_in_range(begin).map_err(|_| OUT_OF_RANGE)
}

fn begin_of_micros(at: i64, width: i64, origin: i64) -> i64 {
    at - (at - origin).rem_euclid(width)
}

/// Months are counted first; a bucket begins on the origin's day and time, or at a shorter month's end.
fn begin_of_months(at: i64, width: i64, origin: i64) -> Result<i64, Fault> {
    let (day, time) = moment::split(at)?;
    let (first_day, first_time) = moment::split(origin)?;
    let (date, first) = (calendar::date(day)?, calendar::date(first_day)?);
    let apart = (i64::from(date.year()) - i64::from(first.year())) * 12 + i64::from(date.month())
        - i64::from(first.month());
    let rest = apart % width;
    // The last day of a month stands for the origin's, if that is the last of its month.
    let both_last = calendar::last(day, Part::Month)? == day
        && calendar::last(first_day, Part::Month)? == first_day;
    let day_of_month = if both_last { first.day() } else { date.day() };
    let mut months = apart - rest;
    if rest < 0 || (rest == 0 && (day_of_month, time) < (first.day(), first_time)) {
        months -= width;
    }
    let begin = calendar::add(first_day, months, Part::Month).map_err(|_| OUT_OF_RANGE)?;
    Ok(moment::join(begin, first_time))
}
