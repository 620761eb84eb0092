//! Functions of DATE.
//!
//! The rewrite hands the date part over as a string: `date_sub(d, n, 'DAY')`.

use std::sync::Arc;

use datafusion::arrow::array::{ArrayRef, Date32Array, Int64Array};
use datafusion::arrow::datatypes::{DataType, Date32Type, Int64Type, TimestampMicrosecondType};
use datafusion::common::{Result, plan_err};
use datafusion::logical_expr::ColumnarValue;

use super::super::types::{Kind, MOMENT, datetime, timestamp};
use super::elementwise::{Fault, map, zip, zip_with};
use super::parts::{DAY, Part};
use super::{Function, calendar, exactly, literal, on_arrays, timestamp as moments, typed};

pub(super) const ALL: &[Function] = &[
    Function {
        name: "date_add",
        takes: take_shift,
        usage: "DATE_ADD takes a DATE and an INTERVAL of days, weeks, months, quarters or years",
        returns: |_| DataType::Date32,
        run: |args, rows| shift(args, rows, Some),
    },
    Function {
        name: "date_sub",
        takes: take_shift,
        usage: "DATE_SUB takes a DATE and an INTERVAL of days, weeks, months, quarters or years",
        returns: |_| DataType::Date32,
        run: |args, rows| shift(args, rows, i64::checked_neg),
    },
    // `date + 3` and `date - 3`.
    Function {
        name: "$add_days",
        takes: |given| exactly(given, &[Kind::Date, Kind::Int]),
        usage: "to a DATE an INT64 of days is added",
        returns: |_| DataType::Date32,
        run: |args, rows| days(args, rows, |day, n| day.checked_add(n)),
    },
    Function {
        name: "$subtract_days",
        takes: |given| exactly(given, &[Kind::Date, Kind::Int]),
        usage: "from a DATE an INT64 of days is subtracted",
        returns: |_| DataType::Date32,
        run: |args, rows| days(args, rows, |day, n| day.checked_sub(n)),
    },
    Function {
        name: "date_diff",
        takes: |given| exactly(given, &[Kind::Date, Kind::Date, Kind::String]),
        usage: "DATE_DIFF takes two DATE and a date part",
        returns: |_| DataType::Int64,
        run: |args, rows| {
            let part = part(args.get(2))?;
            zip::<Date32Type, Int64Type>(args, rows, |a, b| calendar::diff(a, b, part).map(Some))
        },
    },
    Function {
        name: "date_trunc",
        takes: |given| exactly(given, &[Kind::Date, Kind::String]),
        usage: "DATE_TRUNC takes a DATE and a date part",
        returns: |_| DataType::Date32,
        run: |args, rows| {
            let part = part(args.get(1))?;
            map::<Date32Type, Date32Type>(args, rows, |day| calendar::trunc(day, part).map(Some))
        },
    },
    Function {
        name: "last_day",
        takes: |given| match given {
            [_] => exactly(given, &[Kind::Date]),
            _ => exactly(given, &[Kind::Date, Kind::String]),
        },
        usage: "LAST_DAY takes a DATE and, if at all, a date part",
        returns: |_| DataType::Date32,
        run: |args, rows| {
            let part = if args.len() == 1 {
                Part::Month
            } else {
                part(args.get(1))?
            };
            map::<Date32Type, Date32Type>(args, rows, |day| calendar::last(day, part).map(Some))
        },
    },
    Function {
        name: "extract",
        takes: take_extract,
        usage: "EXTRACT takes a part and a DATE, DATETIME or TIMESTAMP, and of a TIMESTAMP maybe a time zone",
        returns: |_| DataType::Int64,
        run: extract,
    },
    Function {
        name: "unix_date",
        takes: |given| exactly(given, &[Kind::Date]),
        usage: "UNIX_DATE takes a DATE",
        returns: |_| DataType::Int64,
        run: |args, rows| map::<Date32Type, Int64Type>(args, rows, |day| Ok(Some(day.into()))),
    },
    Function {
        name: "date",
        takes: take_date,
        usage: "DATE takes a STRING, DATETIME or TIMESTAMP, a TIMESTAMP and a time zone, or year, month and day",
        returns: |_| DataType::Date32,
        run: make,
    },
    // `date + INTERVAL 1 DAY`, which is a DATETIME.
    Function {
        name: "$add_interval",
        takes: take_interval,
        usage: "an INTERVAL is added to a DATE, DATETIME or TIMESTAMP",
        returns: first,
        run: |args, rows| add_interval(args, rows, Some),
    },
    Function {
        name: "$subtract_interval",
        takes: take_interval,
        usage: "an INTERVAL is subtracted from a DATE, DATETIME or TIMESTAMP",
        returns: first,
        run: |args, rows| add_interval(args, rows, i64::checked_neg),
    },
];

/// The date part a call names.
pub(super) fn part(arg: Option<&ColumnarValue>) -> Result<Part> {
    match literal(arg, "a date part")? {
        Some(text) => Part::read(&text),
        None => plan_err!("a date part is missing"),
    }
}

fn first(taken: &[DataType]) -> DataType {
    taken.first().cloned().unwrap_or(DataType::Null)
}

fn take_shift(given: &[DataType]) -> Option<Vec<DataType>> {
    exactly(given, &[Kind::Date, Kind::Int, Kind::String])
}

fn take_interval(given: &[DataType]) -> Option<Vec<DataType>> {
    let value = match given.first().map(Kind::of)? {
        Kind::Date | Kind::Datetime => datetime(),
        Kind::Moment => MOMENT,
        Kind::Timestamp => timestamp(),
        _ => return None,
    };
    let rest = exactly(given.get(1..)?, &[Kind::Int, Kind::String])?;
    Some(std::iter::once(value).chain(rest).collect())
}

fn take_extract(given: &[DataType]) -> Option<Vec<DataType>> {
    let value = match given.first().map(Kind::of)? {
        kind @ (Kind::Date | Kind::Moment | Kind::Datetime | Kind::Timestamp) => kind.arrow()?,
        _ => return None,
    };
    let zone = match (given.len(), &value) {
        (2, _) => &[][..],
        // What an export does not tell from a TIMESTAMP may be one.
        (3, DataType::Timestamp(..)) => &[DataType::Utf8View][..],
        _ => return None,
    };
    let value = if zone.is_empty() { value } else { timestamp() };
    let part = exactly(given.get(1..2)?, &[Kind::String])?;
    Some(
        std::iter::once(value)
            .chain(part)
            .chain(zone.iter().cloned())
            .collect(),
    )
}

fn take_date(given: &[DataType]) -> Option<Vec<DataType>> {
    match given {
        [one] => match Kind::of(one) {
            kind
            @ (Kind::Date | Kind::String | Kind::Moment | Kind::Datetime | Kind::Timestamp) => {
                Some(vec![kind.arrow()?])
            }
            Kind::Null => Some(vec![DataType::Date32]),
            _ => None,
        },
        [moment, _] if matches!(Kind::of(moment), Kind::Moment | Kind::Timestamp) => {
            let zone = exactly(given.get(1..)?, &[Kind::String])?;
            Some(std::iter::once(timestamp()).chain(zone).collect())
        }
        _ => exactly(given, &[Kind::Int; 3]),
    }
}

fn shift(
    args: &[ColumnarValue],
    rows: usize,
    sign: fn(i64) -> Option<i64>,
) -> Result<ColumnarValue> {
    let part = part(args.get(2))?;
    zip_with::<Date32Type, Int64Type, Date32Type>(args, rows, |day, n| {
        let n = sign(n).ok_or(Fault("INT64 overflow"))?;
        calendar::add(day, n, part).map(Some)
    })
}

fn days(
    args: &[ColumnarValue],
    rows: usize,
    move_by: fn(i64, i64) -> Option<i64>,
) -> Result<ColumnarValue> {
    zip_with::<Date32Type, Int64Type, Date32Type>(args, rows, |day, n| {
        let day = move_by(day.into(), n).ok_or(Fault("INT64 overflow"))?;
        calendar::in_range(day).map(Some)
    })
}

fn extract(args: &[ColumnarValue], rows: usize) -> Result<ColumnarValue> {
    let part = part(args.get(1))?;
    if part == Part::Date {
        return plan_err!("EXTRACT(DATE ..) is not supported yet: write DATE(x)");
    }
    match args.first().map(ColumnarValue::data_type) {
        Some(DataType::Date32) => {
            map::<Date32Type, Int64Type>(args, rows, |day| calendar::extract(day, part).map(Some))
        }
        _ => {
            let args = moments::civil(args, args.get(2), rows)?;
            map::<TimestampMicrosecondType, Int64Type>(&args, rows, |micros| {
                moments::extract(micros, part).map(Some)
            })
        }
    }
}

/// `DATE(x)`, `DATE(x, 'America/New_York')`, `DATE(2024, 1, 31)`.
fn make(args: &[ColumnarValue], rows: usize) -> Result<ColumnarValue> {
    match (args.first().map(ColumnarValue::data_type), args.len()) {
        (Some(DataType::Date32), _) => {
            map::<Date32Type, Date32Type>(args, rows, |day| Ok(Some(day)))
        }
        (Some(DataType::Timestamp(..)), _) => {
            let args = moments::civil(args, args.get(1), rows)?;
            map::<TimestampMicrosecondType, Date32Type>(&args, rows, |micros| {
                calendar::in_range(micros.div_euclid(DAY)).map(Some)
            })
        }
        (_, 3) => on_arrays(args, rows, from_parts),
        _ => super::cast_civil::string_to_date(args, rows),
    }
}

fn from_parts(arrays: &[ArrayRef]) -> Result<ArrayRef> {
    let year = typed::<Int64Array>(arrays, 0)?;
    let month = typed::<Int64Array>(arrays, 1)?;
    let day = typed::<Int64Array>(arrays, 2)?;
    let one = |((y, m), d): ((Option<i64>, Option<i64>), Option<i64>)| {
        let (Some(y), Some(m), Some(d)) = (y, m, d) else {
            return Ok(None);
        };
        let date = match (i32::try_from(y), u32::try_from(m), u32::try_from(d)) {
            (Ok(y), Ok(m), Ok(d)) => chrono::NaiveDate::from_ymd_opt(y, m, d),
            _ => None,
        };
        calendar::days(date.ok_or(Fault("there is no such date"))?).map(Some)
    };
    let days = year.iter().zip(month).zip(day).map(one);
    Ok(Arc::new(days.collect::<Result<Date32Array, Fault>>()?))
}

fn add_interval(
    args: &[ColumnarValue],
    rows: usize,
    sign: fn(i64) -> Option<i64>,
) -> Result<ColumnarValue> {
    let part = part(args.get(2))?;
    let to = args.first().map_or_else(datetime, ColumnarValue::data_type);
    let moved = zip_with::<TimestampMicrosecondType, Int64Type, TimestampMicrosecondType>(
        args,
        rows,
        |micros, n| {
            let n = sign(n).ok_or(Fault("INT64 overflow"))?;
            moments::add(micros, n, part).map(Some)
        },
    )?;
    moved.cast_to(&to, None)
}
