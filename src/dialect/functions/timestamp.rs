//! Functions of TIMESTAMP and DATETIME: microseconds since 1970, of UTC or of no zone.

use chrono::{DateTime, NaiveDateTime, Offset, TimeZone};
use chrono_tz::Tz;
use datafusion::arrow::datatypes::{DataType, Int64Type, TimestampMicrosecondType};
use datafusion::common::{Result, plan_datafusion_err, plan_err};
use datafusion::logical_expr::ColumnarValue;

use super::super::types::{Kind, datetime, timestamp};
use super::date::part;
use super::elementwise::{Fault, map, zip, zip_with};
use super::parts::{DAY, Part};
use super::{Function, calendar, cast_civil, exactly, literal};

pub(super) const ALL: &[Function] = &[
    Function {
        name: "timestamp_add",
        takes: |given| take(given, &[Kind::Int, Kind::String]),
        usage: "TIMESTAMP_ADD takes a TIMESTAMP and an INTERVAL of days or less",
        returns: |_| timestamp(),
        run: |args, rows| shift(args, rows, Some),
    },
    Function {
        name: "timestamp_sub",
        takes: |given| take(given, &[Kind::Int, Kind::String]),
        usage: "TIMESTAMP_SUB takes a TIMESTAMP and an INTERVAL of days or less",
        returns: |_| timestamp(),
        run: |args, rows| shift(args, rows, i64::checked_neg),
    },
    Function {
        name: "timestamp_diff",
        takes: |given| {
            let first = take(given.get(..1)?, &[])?;
            let rest = take(given.get(1..)?, &[Kind::String])?;
            Some(first.into_iter().chain(rest).collect())
        },
        usage: "TIMESTAMP_DIFF takes two TIMESTAMP and a date part",
        returns: |_| DataType::Int64,
        run: |args, rows| {
            let unit = unit(part(args.get(2))?)?;
            zip::<TimestampMicrosecondType, Int64Type>(args, rows, |a, b| {
                let apart = a.checked_sub(b).ok_or(Fault("INT64 overflow"))?;
                // Whole units: towards zero.
                Ok(Some(apart / unit))
            })
        },
    },
    Function {
        name: "timestamp_trunc",
        takes: |given| take(given, &[Kind::String]),
        usage: "TIMESTAMP_TRUNC takes a TIMESTAMP and a date part; a time zone is not supported yet",
        returns: |_| timestamp(),
        run: |args, rows| {
            let part = part(args.get(1))?;
            map::<TimestampMicrosecondType, TimestampMicrosecondType>(args, rows, |micros| {
                trunc(micros, part).map(Some)
            })
        },
    },
    Function {
        name: "timestamp",
        takes: take_timestamp,
        usage: "TIMESTAMP takes a STRING, DATE, DATETIME or TIMESTAMP",
        returns: |_| timestamp(),
        run: |args, rows| match args.first().map(ColumnarValue::data_type) {
            Some(DataType::Utf8View) => cast_civil::string_to_timestamp(args, rows),
            _ => args.first().map_or_else(
                || plan_err!("TIMESTAMP of nothing"),
                |a| a.cast_to(&timestamp(), None),
            ),
        },
    },
    Function {
        name: "datetime",
        takes: |given| match given.first().map(Kind::of)? {
            Kind::Date if given.len() == 1 => Some(vec![datetime()]),
            _ => take(
                given,
                if given.len() > 1 {
                    &[Kind::String]
                } else {
                    &[]
                },
            ),
        },
        usage: "DATETIME takes a DATE or TIMESTAMP, and of a TIMESTAMP maybe a time zone",
        returns: |_| datetime(),
        run: |args, rows| {
            let civil = civil(args, args.get(1), rows)?;
            civil.first().map_or_else(
                || plan_err!("DATETIME of nothing"),
                |a| a.cast_to(&datetime(), None),
            )
        },
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
        |args, rows| moment(args, rows, 1_000_000),
    ),
    from_unix(
        "timestamp_millis",
        "TIMESTAMP_MILLIS takes an INT64",
        |args, rows| moment(args, rows, 1_000),
    ),
    from_unix(
        "timestamp_micros",
        "TIMESTAMP_MICROS takes an INT64",
        |args, rows| moment(args, rows, 1),
    ),
];

const fn to_unix(name: &'static str, usage: &'static str, run: super::Run) -> Function {
    Function {
        name,
        takes: |given| take(given, &[]),
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

/// A TIMESTAMP, or what an export does not tell from one, and arguments of these kinds.
fn take(given: &[DataType], rest: &[Kind]) -> Option<Vec<DataType>> {
    let (first, others) = given.split_first()?;
    if !matches!(
        Kind::of(first),
        Kind::Moment | Kind::Datetime | Kind::Timestamp | Kind::Null
    ) {
        return None;
    }
    let others = exactly(others, rest)?;
    Some(std::iter::once(timestamp()).chain(others).collect())
}

fn take_timestamp(given: &[DataType]) -> Option<Vec<DataType>> {
    match given {
        [one] => match Kind::of(one) {
            Kind::String => Some(vec![DataType::Utf8View]),
            Kind::Date | Kind::Moment | Kind::Datetime | Kind::Timestamp | Kind::Null => {
                Some(vec![timestamp()])
            }
            _ => None,
        },
        _ => None,
    }
}

/// The first argument in the local time of `zone` (of UTC if there is none).
pub(super) fn civil(
    args: &[ColumnarValue],
    zone: Option<&ColumnarValue>,
    rows: usize,
) -> Result<Vec<ColumnarValue>> {
    let Some(first) = args.first() else {
        return plan_err!("an argument is missing");
    };
    let Some(zone) = zone else {
        return Ok(vec![first.clone()]);
    };
    let zone = self::zone(&literal(Some(zone), "a time zone")?.unwrap_or_default())?;
    let local = map::<TimestampMicrosecondType, TimestampMicrosecondType>(
        std::slice::from_ref(first),
        rows,
        |micros| Ok(Some(micros + offset(micros, zone)?)),
    )?;
    Ok(vec![local])
}

/// Reads the name of a time zone.
pub(super) fn zone(name: &str) -> Result<Tz> {
    name.parse().map_err(|_| {
        plan_datafusion_err!("`{name}` is not a time zone; write one such as America/New_York")
    })
}

/// How far the zone is ahead of UTC at a moment.
fn offset(micros: i64, zone: Tz) -> Result<i64, Fault> {
    let utc = naive(micros)?;
    let seconds = zone.offset_from_utc_datetime(&utc).fix().local_minus_utc();
    Ok(i64::from(seconds) * 1_000_000)
}

/// The moment a local time names: the earlier where clocks go back, and where they go forward the time shifted by the gap.
pub(super) fn to_utc(local: i64, zone: Tz) -> Result<i64, Fault> {
    let before = offset(local - DAY, zone)?;
    let after = offset(local + DAY, zone)?;
    let candidate = |ahead: i64| offset(local - ahead, zone).is_ok_and(|o| o == ahead);
    Ok(match (candidate(before), candidate(after)) {
        (true, _) => local - before,
        (false, true) => local - after,
        (false, false) => local - before,
    })
}

pub(super) fn naive(micros: i64) -> Result<NaiveDateTime, Fault> {
    DateTime::from_timestamp_micros(micros)
        .map(|utc| utc.naive_utc())
        .ok_or(Fault("a moment outside of the years 1 to 9999"))
}

/// The moment `count` units later, in local time where the unit is a day or more.
pub(super) fn add(micros: i64, count: i64, part: Part) -> Result<i64, Fault> {
    let moved = match part.micros() {
        Some(unit) => count.checked_mul(unit).and_then(|n| micros.checked_add(n)),
        None => {
            let day = calendar::in_range(micros.div_euclid(DAY))?;
            let day = calendar::add(day, count, part)?;
            Some(i64::from(day) * DAY + micros.rem_euclid(DAY))
        }
    };
    moved.map_or(Err(Fault("INT64 overflow")), calendar::micros_in_range)
}

/// The part of a local time as a number.
pub(super) fn extract(micros: i64, part: Part) -> Result<i64, Fault> {
    let time = micros.rem_euclid(DAY);
    Ok(match part {
        Part::Microsecond => time % 1_000_000,
        Part::Millisecond => time / 1_000 % 1_000,
        Part::Second => time / 1_000_000 % 60,
        Part::Minute => time / 60_000_000 % 60,
        Part::Hour => time / 3_600_000_000,
        _ => calendar::extract(calendar::in_range(micros.div_euclid(DAY))?, part)?,
    })
}

fn trunc(micros: i64, part: Part) -> Result<i64, Fault> {
    match part.micros() {
        Some(unit) => Ok(micros.div_euclid(unit) * unit),
        None => {
            let day = calendar::in_range(micros.div_euclid(DAY))?;
            Ok(i64::from(calendar::trunc(day, part)?) * DAY)
        }
    }
}

fn unit(part: Part) -> Result<i64> {
    match part.micros() {
        Some(unit) => Ok(unit),
        None => plan_err!("a TIMESTAMP counts in days or less"),
    }
}

fn shift(
    args: &[ColumnarValue],
    rows: usize,
    sign: fn(i64) -> Option<i64>,
) -> Result<ColumnarValue> {
    let part = part(args.get(2))?;
    unit(part)?;
    zip_with::<TimestampMicrosecondType, Int64Type, TimestampMicrosecondType>(
        args,
        rows,
        |micros, n| {
            let n = sign(n).ok_or(Fault("INT64 overflow"))?;
            add(micros, n, part).map(Some)
        },
    )
}

fn count(args: &[ColumnarValue], rows: usize, unit: i64) -> Result<ColumnarValue> {
    map::<TimestampMicrosecondType, Int64Type>(args, rows, |micros| {
        Ok(Some(micros.div_euclid(unit)))
    })
}

fn moment(args: &[ColumnarValue], rows: usize, unit: i64) -> Result<ColumnarValue> {
    map::<Int64Type, TimestampMicrosecondType>(args, rows, |n| {
        let micros = n.checked_mul(unit).ok_or(Fault("INT64 overflow"))?;
        calendar::micros_in_range(micros).map(Some)
    })
}
