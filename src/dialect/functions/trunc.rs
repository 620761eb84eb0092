//! `DATE_TRUNC`, `DATETIME_TRUNC`, `TIMESTAMP_TRUNC`, `LAST_DAY`.

use datafusion::arrow::datatypes::{DataType, Date32Type, TimestampMicrosecondType};
use datafusion::common::Result;
use datafusion::logical_expr::ColumnarValue;

use super::super::types::Kind;
use super::elementwise::{Operand, map};
use super::parts::Part;
use super::rows::{arg, each};
use super::take::{first, is_timestamp, temporal, with};
use super::zone::Zones;
use super::{Function, calendar, moment};

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
        _ => {
            let moments = Operand::<TimestampMicrosecondType>::of(value)?;
            each::<TimestampMicrosecondType>(args, rows, &to, |row| {
                Ok(match moments.get(row) {
                    Some(micros) => Some(moment::trunc(micros, part)?),
                    None => None,
                })
            })
        }
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
