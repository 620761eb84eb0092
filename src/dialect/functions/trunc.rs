//! `DATE_TRUNC`, `DATETIME_TRUNC`, `TIMESTAMP_TRUNC`, `LAST_DAY`.

use std::sync::Arc;

use datafusion::arrow::array::AsArray;
use datafusion::arrow::datatypes::{DataType, Date32Type, TimestampMicrosecondType};
use datafusion::common::Result;
use datafusion::logical_expr::ColumnarValue;

use super::super::types::Kind;
use super::elementwise::{Operand, map};
use super::parts::{DAY, Part};
use super::rows::{arg, each};
use super::take::{first, is_timestamp, temporal, with};
use super::zone::Zones;
use super::{Function, calendar, moment, once};

/// Microseconds.
const HOUR: i64 = 3_600_000_000;
const MINUTE: i64 = 60_000_000;

pub(super) const ALL: &[Function] = &[
    Function {
        name: "date_trunc",
        takes: |given| take(given, Kind::Date),
        usage: "DATE_TRUNC takes a DATE, DATETIME or TIMESTAMP and a date part, and with a TIMESTAMP maybe a time zone",
        returns: first,
        run: trunc,
    },
    Function {
        name: "datetime_trunc",
        takes: |given| take(given, Kind::Datetime),
        usage: "DATETIME_TRUNC takes a DATETIME or TIMESTAMP and a date part, and with a TIMESTAMP maybe a time zone",
        returns: first,
        run: trunc,
    },
    Function {
        name: "timestamp_trunc",
        takes: |given| take(given, Kind::Timestamp),
        usage: "TIMESTAMP_TRUNC takes a TIMESTAMP or DATETIME and a date part, and with a TIMESTAMP maybe a time zone",
        returns: first,
        run: trunc,
    },
    Function {
        name: "last_day",
        takes: |given| {
            let (value, rest) = given.split_first()?;
            let kind = match Kind::of(value) {
                Kind::Date | Kind::Null => Kind::Date,
                Kind::Datetime | Kind::Moment => Kind::Datetime,
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
        },
        usage: "LAST_DAY takes a DATE or DATETIME and, if at all, a date part",
        returns: |_| DataType::Date32,
        run: last_day,
    },
];

fn take(given: &[DataType], own: Kind) -> Option<Vec<DataType>> {
    match given {
        [value, part] => with(
            temporal(value, own)?,
            std::slice::from_ref(part),
            &[Kind::String],
        ),
        [value, rest @ ..] if is_timestamp(value) => {
            with(Kind::Timestamp, rest, &[Kind::String; 2])
        }
        _ => None,
    }
}

fn trunc(args: &[ColumnarValue], rows: usize) -> Result<ColumnarValue> {
    let part = Part::named(args.get(1))?;
    let value = arg(args, 0)?;
    let to = value.data_type();
    match Kind::of(&to) {
        Kind::Date => {
            map::<Date32Type, Date32Type>(args, rows, |day| calendar::trunc(day, part).map(Some))
        }
        // In UTC, as a DATETIME is.
        Kind::Timestamp if args.len() == 2 => in_utc(args, rows, part),
        Kind::Timestamp => {
            let moments = Operand::<TimestampMicrosecondType>::of(value)?;
            let zones = Zones::of(args.get(2))?;
            each::<TimestampMicrosecondType>(args, rows, &to, |row| {
                let Some((micros, zone)) = zones.beside(row, moments.get(row))? else {
                    return Ok(None);
                };
                Ok(Some(moment::trunc_in(micros, part, zone)?))
            })
        }
        _ => in_utc(args, rows, part),
    }
}

fn in_utc(args: &[ColumnarValue], rows: usize, part: Part) -> Result<ColumnarValue> {
    type Moment = TimestampMicrosecondType;
    // A unit the compiler knows is divided by much faster.
    macro_rules! by {
        ($unit:expr) => {
            map::<Moment, Moment>(args, rows, |micros| {
                let micros = calendar::micros_in_range(micros)?;
                Ok(Some(micros.div_euclid($unit) * $unit))
            })
        };
    }
    let begins = match part.micros() {
        Some(DAY) => by!(DAY),
        Some(HOUR) => by!(HOUR),
        Some(MINUTE) => by!(MINUTE),
        Some(unit) => by!(unit),
        None => {
            let days = map::<Moment, Date32Type>(args, rows, |micros| {
                moment::split(micros).map(|(day, _)| Some(day))
            })?;
            // Of few days, the DATEs of which are computed once.
            let days = once::each(
                |args, rows| {
                    let part = Part::named(args.get(1))?;
                    map::<Date32Type, Date32Type>(args, rows, |day| {
                        calendar::trunc(day, part).map(Some)
                    })
                },
                &[
                    std::slice::from_ref(&days),
                    args.get(1..).unwrap_or_default(),
                ]
                .concat(),
                rows,
            )?;
            map::<Date32Type, Moment>(&[days], rows, |day| Ok(Some(moment::join(day, 0))))
        }
    }?;
    // A DATETIME or a TIMESTAMP, as the argument is.
    let to = arg(args, 0)?.data_type();
    match begins {
        ColumnarValue::Array(array) => {
            let array = array.as_primitive::<Moment>().clone().with_data_type(to);
            Ok(ColumnarValue::Array(Arc::new(array)))
        }
        constant => constant.cast_to(&to, None),
    }
}

fn last_day(args: &[ColumnarValue], rows: usize) -> Result<ColumnarValue> {
    let part = match args.get(1) {
        Some(_) => Part::named(args.get(1))?,
        None => Part::Month,
    };
    if arg(args, 0)?.data_type() == DataType::Date32 {
        return map::<Date32Type, Date32Type>(args, rows, |day| {
            calendar::last(day, part).map(Some)
        });
    }
    map::<TimestampMicrosecondType, Date32Type>(args, rows, |micros| {
        calendar::last(moment::split(micros)?.0, part).map(Some)
    })
}
