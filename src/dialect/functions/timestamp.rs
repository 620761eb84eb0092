//! `TIMESTAMP(..)`, and TIMESTAMP as a number since 1970.

use datafusion::arrow::datatypes::{DataType, Date32Type, Int64Type, TimestampMicrosecondType};
use datafusion::common::Result;
use datafusion::logical_expr::ColumnarValue;

use super::super::types::{Kind, timestamp};
use super::elementwise::{Operand, map};
use super::moment::OVERFLOW;
use super::rows::{Texts, arg, each};
use super::take::{is_timestamp, with};
use super::zone::{Zone, Zones};
use super::{Function, calendar, civil_read, exactly, moment};

pub(super) const ALL: &[Function] = &[
    Function {
        name: "timestamp",
        takes: take,
        usage: "TIMESTAMP takes a STRING, DATE or DATETIME and maybe a time zone, or a TIMESTAMP",
        returns: |_| timestamp(),
        run: make,
    },
    to_unix(
        "unix_seconds",
        "UNIX_SECONDS takes a TIMESTAMP",
        |args, rows| count(args, rows, 1_000_000),
    ),
    to_unix(
        "unix_millis",
        "UNIX_MILLIS takes a TIMESTAMP",
        |args, rows| count(args, rows, 1_000),
    ),
    to_unix(
        "unix_micros",
        "UNIX_MICROS takes a TIMESTAMP",
        |args, rows| count(args, rows, 1),
    ),
    from_unix(
        "timestamp_seconds",
        "TIMESTAMP_SECONDS takes an INT64",
        |args, rows| of_count(args, rows, 1_000_000),
    ),
    from_unix(
        "timestamp_millis",
        "TIMESTAMP_MILLIS takes an INT64",
        |args, rows| of_count(args, rows, 1_000),
    ),
    from_unix(
        "timestamp_micros",
        "TIMESTAMP_MICROS takes an INT64",
        |args, rows| of_count(args, rows, 1),
    ),
    from_unix(
        "timestamp_from_unix_seconds",
        "TIMESTAMP_FROM_UNIX_SECONDS takes an INT64",
        |args, rows| of_count(args, rows, 1_000_000),
    ),
    from_unix(
        "timestamp_from_unix_millis",
        "TIMESTAMP_FROM_UNIX_MILLIS takes an INT64",
        |args, rows| of_count(args, rows, 1_000),
    ),
    from_unix(
        "timestamp_from_unix_micros",
        "TIMESTAMP_FROM_UNIX_MICROS takes an INT64",
        |args, rows| of_count(args, rows, 1),
    ),
];

const fn to_unix(name: &'static str, usage: &'static str, run: super::Run) -> Function {
    Function {
        name,
        takes: |given| match given {
            [one] if is_timestamp(one) => with(Kind::Timestamp, &[], &[]),
            _ => None,
        },
        usage,
        returns: |_| DataType::Int64,
        run,
    }
}

const fn from_unix(name: &'static str, usage: &'static str, run: super::Run) -> Function {
    Function {
        name,
        takes: |given| exactly(given, &[Kind::Int]),
        usage,
        returns: |_| timestamp(),
        run,
    }
}

fn take(given: &[DataType]) -> Option<Vec<DataType>> {
    let (value, rest) = given.split_first()?;
    let kind = match (Kind::of(value), rest) {
        (kind @ (Kind::String | Kind::Date | Kind::Datetime), _) => kind,
        (kind @ Kind::Timestamp, []) => kind,
        (Kind::Moment | Kind::Null, []) => Kind::Timestamp,
        // Only of a DATETIME a zone is asked.
        (Kind::Moment, _) => Kind::Datetime,
        (Kind::Null, _) => Kind::String,
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

fn make(args: &[ColumnarValue], rows: usize) -> Result<ColumnarValue> {
    let value = arg(args, 0)?;
    let zones = Zones::of(args.get(1))?;
    let to = timestamp();
    match Kind::of(&value.data_type()) {
        Kind::Timestamp => Ok(value.clone()),
        Kind::String => {
            let texts = Texts::of(value)?;
            each::<TimestampMicrosecondType>(args, rows, &to, |row| {
                let Some((text, zone)) = zones.beside(row, texts.get(row))? else {
                    return Ok(None);
                };
                civil_read::timestamp(text, zone).map(Some)
            })
        }
        Kind::Date => {
            let days = Operand::<Date32Type>::of(value)?;
            each::<TimestampMicrosecondType>(args, rows, &to, |row| {
                let Some((day, zone)) = zones.beside(row, days.get(row))? else {
                    return Ok(None);
                };
                let micros = zone.utc(moment::join(day, 0))?;
                Ok(Some(calendar::micros_in_range(micros)?))
            })
        }
        _ => {
            let locals = Operand::<TimestampMicrosecondType>::of(value)?;
            each::<TimestampMicrosecondType>(args, rows, &to, |row| {
                let Some((local, zone)) = zones.beside(row, locals.get(row))? else {
                    return Ok(None);
                };
                Ok(Some(calendar::micros_in_range(zone.utc(local)?)?))
            })
        }
    }
}

fn count(args: &[ColumnarValue], rows: usize, unit: i64) -> Result<ColumnarValue> {
    map::<TimestampMicrosecondType, Int64Type>(args, rows, |micros| {
        Ok(Some(micros.div_euclid(unit)))
    })
}

fn of_count(args: &[ColumnarValue], rows: usize, unit: i64) -> Result<ColumnarValue> {
    map::<Int64Type, TimestampMicrosecondType>(args, rows, |n| {
        let micros = n.checked_mul(unit).ok_or(OVERFLOW)?;
        calendar::micros_in_range(micros).map(Some)
    })
}

/// Reads a time zone.
pub(super) fn zone(text: &str) -> Result<Zone> {
    Zone::read(text)
}
