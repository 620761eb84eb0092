//! `CAST` and `SAFE_CAST` to DATE, DATETIME, TIMESTAMP, TIME and INTERVAL.
//!
//! The zone a cast may have is the session's. It does not decide what a [`Kind::Moment`] is, which then is refused.

use datafusion::arrow::datatypes::{
    ArrowPrimitiveType, DataType, Date32Type, IntervalMonthDayNanoType, Time64MicrosecondType,
    TimestampMicrosecondType,
};
use datafusion::common::Result;
use datafusion::logical_expr::ColumnarValue;

use super::super::types::{INTERVAL, Kind, TIME, datetime, timestamp};
use super::elementwise::Operand;
use super::parts::DAY;
use super::rows::{Texts, arg, each, guard};
use super::take::with;
use super::zone::{Zone, Zones};
use super::{Function, calendar, civil_read, exactly, interval_text, moment};

pub(super) const ALL: &[Function] = &[
    cast(
        "$cast_date",
        take_date,
        |_| DataType::Date32,
        |a, r| to_date(a, r, false),
    ),
    cast(
        "$safe_cast_date",
        take_date,
        |_| DataType::Date32,
        |a, r| to_date(a, r, true),
    ),
    cast(
        "$cast_datetime",
        take_date,
        |_| datetime(),
        |a, r| to_datetime(a, r, false),
    ),
    cast(
        "$safe_cast_datetime",
        take_date,
        |_| datetime(),
        |a, r| to_datetime(a, r, true),
    ),
    cast(
        "$cast_timestamp",
        take_date,
        |_| timestamp(),
        |a, r| to_timestamp(a, r, false),
    ),
    cast(
        "$safe_cast_timestamp",
        take_date,
        |_| timestamp(),
        |a, r| to_timestamp(a, r, true),
    ),
    cast(
        "$cast_time",
        take_time,
        |_| TIME,
        |a, r| to_time(a, r, false),
    ),
    cast(
        "$safe_cast_time",
        take_time,
        |_| TIME,
        |a, r| to_time(a, r, true),
    ),
    cast(
        "$cast_interval",
        take_interval,
        |_| INTERVAL,
        |a, r| to_interval(a, r, false),
    ),
    cast(
        "$safe_cast_interval",
        take_interval,
        |_| INTERVAL,
        |a, r| to_interval(a, r, true),
    ),
];

const fn cast(
    name: &'static str,
    takes: fn(&[DataType]) -> Option<Vec<DataType>>,
    returns: fn(&[DataType]) -> DataType,
    run: super::Run,
) -> Function {
    Function {
        name,
        takes,
        usage: "there is no such CAST",
        returns,
        run,
    }
}

fn take_date(given: &[DataType]) -> Option<Vec<DataType>> {
    take(
        given,
        &[Kind::String, Kind::Date, Kind::Datetime, Kind::Timestamp],
    )
}

fn take_time(given: &[DataType]) -> Option<Vec<DataType>> {
    take(
        given,
        &[Kind::String, Kind::Time, Kind::Datetime, Kind::Timestamp],
    )
}

fn take_interval(given: &[DataType]) -> Option<Vec<DataType>> {
    match given {
        [one] if Kind::of(one) == Kind::String => exactly(given, &[Kind::String]),
        _ => exactly(given, &[Kind::Interval]),
    }
}

/// A value of one of `kinds`, and maybe a zone.
fn take(given: &[DataType], kinds: &[Kind]) -> Option<Vec<DataType>> {
    let (value, rest) = given.split_first()?;
    let kind = match Kind::of(value) {
        Kind::Null => Kind::String,
        // In UTC it reads the same whichever it is.
        Kind::Moment if rest.is_empty() => Kind::Moment,
        kind if kinds.contains(&kind) => kind,
        _ => return None,
    };
    with(
        kind,
        rest,
        if rest.is_empty() {
            &[]
        } else {
            &[Kind::String]
        },
    )
}

/// Casts row by row: a text, a DATE or TIME, a DATETIME, or a TIMESTAMP and the zone.
fn convert<O: ArrowPrimitiveType>(
    args: &[ColumnarValue],
    rows: usize,
    safe: bool,
    to: &DataType,
    convert: impl Fn(Given<'_>, Zone) -> Result<O::Native>,
) -> Result<ColumnarValue> {
    let value = arg(args, 0)?;
    let zones = Zones::of(args.get(1))?;
    let row = |row, given: Option<Given<'_>>| {
        let Some((given, zone)) = zones.beside(row, given)? else {
            return Ok(None);
        };
        guard(convert(given, zone), safe)
    };
    match Kind::of(&value.data_type()) {
        Kind::String => {
            let texts = Texts::of(value)?;
            each::<O>(args, rows, to, |i| row(i, texts.get(i).map(Given::Text)))
        }
        Kind::Date => {
            let days = Operand::<Date32Type>::of(value)?;
            each::<O>(args, rows, to, |i| row(i, days.get(i).map(Given::Date)))
        }
        Kind::Time => {
            let times = Operand::<Time64MicrosecondType>::of(value)?;
            each::<O>(args, rows, to, |i| row(i, times.get(i).map(Given::Time)))
        }
        Kind::Timestamp => {
            let moments = Operand::<TimestampMicrosecondType>::of(value)?;
            each::<O>(args, rows, to, |i| {
                row(i, moments.get(i).map(Given::Timestamp))
            })
        }
        _ => {
            let moments = Operand::<TimestampMicrosecondType>::of(value)?;
            each::<O>(args, rows, to, |i| {
                row(i, moments.get(i).map(Given::Datetime))
            })
        }
    }
}

/// A value to cast.
enum Given<'a> {
    Text(&'a str),
    Date(i32),
    Time(i64),
    Datetime(i64),
    Timestamp(i64),
}

fn to_date(args: &[ColumnarValue], rows: usize, safe: bool) -> Result<ColumnarValue> {
    convert::<Date32Type>(args, rows, safe, &DataType::Date32, |given, zone| {
        Ok(match given {
            Given::Text(text) => civil_read::date(text)?,
            Given::Date(day) => day,
            Given::Datetime(micros) | Given::Time(micros) => moment::split(micros)?.0,
            Given::Timestamp(micros) => moment::split(zone.local(micros)?)?.0,
        })
    })
}

fn to_datetime(args: &[ColumnarValue], rows: usize, safe: bool) -> Result<ColumnarValue> {
    convert::<TimestampMicrosecondType>(args, rows, safe, &datetime(), |given, zone| {
        Ok(match given {
            Given::Text(text) => civil_read::datetime(text)?,
            Given::Date(day) => moment::join(calendar::in_range(day.into())?, 0),
            Given::Datetime(micros) | Given::Time(micros) => micros,
            Given::Timestamp(micros) => calendar::micros_in_range(zone.local(micros)?)?,
        })
    })
}

fn to_timestamp(args: &[ColumnarValue], rows: usize, safe: bool) -> Result<ColumnarValue> {
    convert::<TimestampMicrosecondType>(args, rows, safe, &timestamp(), |given, zone| {
        let local = match given {
            Given::Text(text) => return civil_read::timestamp(text, zone),
            Given::Date(day) => moment::join(day, 0),
            Given::Datetime(micros) | Given::Time(micros) => micros,
            Given::Timestamp(micros) => return Ok(micros),
        };
        Ok(calendar::micros_in_range(zone.utc(local)?)?)
    })
}

fn to_time(args: &[ColumnarValue], rows: usize, safe: bool) -> Result<ColumnarValue> {
    convert::<Time64MicrosecondType>(args, rows, safe, &TIME, |given, zone| {
        Ok(match given {
            Given::Text(text) => civil_read::time(text)?,
            Given::Date(_) => 0,
            Given::Datetime(micros) | Given::Time(micros) => micros.rem_euclid(DAY),
            Given::Timestamp(micros) => zone.local(micros)?.rem_euclid(DAY),
        })
    })
}

fn to_interval(args: &[ColumnarValue], rows: usize, safe: bool) -> Result<ColumnarValue> {
    let value = arg(args, 0)?;
    if value.data_type() == INTERVAL {
        return Ok(value.clone());
    }
    let texts = Texts::of(value)?;
    each::<IntervalMonthDayNanoType>(args, rows, &INTERVAL, |row| match texts.get(row) {
        Some(text) => guard(
            interval_text::read(text).and_then(|interval| Ok(interval.pack()?)),
            safe,
        ),
        None => Ok(None),
    })
}
