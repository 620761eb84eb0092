//! `EXTRACT`: parts as numbers. `EXTRACT(DATE FROM x)` is `DATE(x)`.

use datafusion::arrow::datatypes::{
    DataType, Date32Type, Int64Type, IntervalMonthDayNanoType, Time64MicrosecondType,
    TimestampMicrosecondType,
};
use datafusion::common::{Result, plan_err};
use datafusion::logical_expr::ColumnarValue;

use super::super::types::Kind;
use super::elementwise::{Operand, map};
use super::interval_value::Interval;
use super::parts::Part;
use super::rows::{arg, each};
use super::take::{is_timestamp, with};
use super::zone::Zones;
use super::{Function, calendar, moment};

pub(super) const ALL: &[Function] = &[Function {
    name: "extract",
    takes: take,
    usage: "EXTRACT takes a part and a DATE, DATETIME, TIMESTAMP, TIME or INTERVAL, and of a TIMESTAMP maybe a time zone",
    returns: |_| DataType::Int64,
    run: extract,
}];

fn take(given: &[DataType]) -> Option<Vec<DataType>> {
    match given {
        [value, part] => {
            let kind = match Kind::of(value) {
                Kind::Moment => Kind::Datetime,
                Kind::Null => Kind::Date,
                kind @ (Kind::Date
                | Kind::Datetime
                | Kind::Timestamp
                | Kind::Time
                | Kind::Interval) => kind,
                _ => return None,
            };
            with(kind, std::slice::from_ref(part), &[Kind::String])
        }
        [value, rest @ ..] if is_timestamp(value) => {
            with(Kind::Timestamp, rest, &[Kind::String; 2])
        }
        _ => None,
    }
}

fn extract(args: &[ColumnarValue], rows: usize) -> Result<ColumnarValue> {
    let part = Part::named(args.get(1))?;
    let value = arg(args, 0)?;
    if matches!(part, Part::Date | Part::Datetime | Part::Time) {
        return plan_err!("EXTRACT answers numbers: write DATE(x), DATETIME(x) or TIME(x)");
    }
    match Kind::of(&value.data_type()) {
        Kind::Date => {
            map::<Date32Type, Int64Type>(args, rows, |day| calendar::extract(day, part).map(Some))
        }
        Kind::Time => map::<Time64MicrosecondType, Int64Type>(args, rows, |time| {
            moment::extract_time(time, part).map(Some)
        }),
        Kind::Interval => map::<IntervalMonthDayNanoType, Int64Type>(args, rows, |interval| {
            Interval::of(interval).extract(part).map(Some)
        }),
        _ => {
            let moments = Operand::<TimestampMicrosecondType>::of(value)?;
            let zones = Zones::of(args.get(2))?;
            each::<Int64Type>(args, rows, &DataType::Int64, |row| {
                let Some((micros, zone)) = zones.beside(row, moments.get(row))? else {
                    return Ok(None);
                };
                Ok(Some(moment::extract(zone.local(micros)?, part)?))
            })
        }
    }
}
