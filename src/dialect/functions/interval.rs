//! Functions and operators of INTERVAL.

use datafusion::arrow::datatypes::{
    DataType, Date32Type, Int64Type, IntervalMonthDayNano, IntervalMonthDayNanoType,
    Time64MicrosecondType, TimestampMicrosecondType,
};
use datafusion::common::{Result, plan_err};
use datafusion::logical_expr::ColumnarValue;

use super::super::types::{INTERVAL, Kind, common, datetime};
use super::elementwise::{Fault, Operand, map, zip, zip_with};
use super::interval_value::Interval;
use super::moment::OVERFLOW;
use super::parts::{DAY, Part};
use super::rows::{Texts, arg, each};
use super::take::{first, with};
use super::{Function, exactly, interval_text, moment};

pub(super) const ALL: &[Function] = &[
    Function {
        name: "make_interval",
        takes: |given| {
            (given.len() <= 6).then(|| exactly(given, &[Kind::Int; 6][..given.len()]))?
        },
        usage: "MAKE_INTERVAL takes INT64 of years, months, days, hours, minutes and seconds",
        returns: |_| INTERVAL,
        run: make,
    },
    one(
        "justify_days",
        "JUSTIFY_DAYS takes an INTERVAL",
        |args, rows| change(args, rows, Interval::justify_days),
    ),
    one(
        "justify_hours",
        "JUSTIFY_HOURS takes an INTERVAL",
        |args, rows| change(args, rows, Interval::justify_hours),
    ),
    one(
        "justify_interval",
        "JUSTIFY_INTERVAL takes an INTERVAL",
        |args, rows| change(args, rows, Interval::justify),
    ),
    // By what intervals are compared, sorted and grouped.
    Function {
        name: "$interval_order",
        takes: |given| exactly(given, &[Kind::Interval]),
        usage: "an INTERVAL is ordered",
        returns: |_| DataType::Int64,
        run: |args, rows| {
            map::<IntervalMonthDayNanoType, Int64Type>(args, rows, |interval| {
                Ok(Some(Interval::of(interval).order()))
            })
        },
    },
    // `INTERVAL n DAY`.
    Function {
        name: "$interval",
        takes: |given| exactly(given, &[Kind::Int, Kind::String]),
        usage: "an INTERVAL is of an INT64 and a date part",
        returns: |_| INTERVAL,
        run: |args, rows| {
            let part = Part::named(args.get(1))?;
            map::<Int64Type, IntervalMonthDayNanoType>(args, rows, |n| {
                Interval::of_part(n, part)?.pack().map(Some)
            })
        },
    },
    // `INTERVAL '1-2 3' YEAR TO DAY`, `INTERVAL '1.5' SECOND`.
    Function {
        name: "$parse_interval",
        takes: |given| match given.len() {
            2 => exactly(given, &[Kind::String; 2]),
            _ => exactly(given, &[Kind::String; 3]),
        },
        usage: "an INTERVAL is of a STRING and one or two date parts",
        returns: |_| INTERVAL,
        run: parse,
    },
    Function {
        name: "$interval_add",
        takes: |given| exactly(given, &[Kind::Interval; 2]),
        usage: "an INTERVAL is added to an INTERVAL",
        returns: |_| INTERVAL,
        run: |args, rows| combine(args, rows, Interval::plus),
    },
    Function {
        name: "$interval_subtract",
        takes: |given| exactly(given, &[Kind::Interval; 2]),
        usage: "an INTERVAL is subtracted from an INTERVAL",
        returns: |_| INTERVAL,
        run: |args, rows| combine(args, rows, |a, b| a.plus(b.negated())),
    },
    Function {
        name: "$interval_multiply",
        takes: |given| {
            exactly(given, &[Kind::Interval, Kind::Int])
                .or_else(|| exactly(given, &[Kind::Int, Kind::Interval]))
        },
        usage: "an INTERVAL is multiplied by an INT64",
        returns: |_| INTERVAL,
        run: |args, rows| match args {
            [n, interval] if n.data_type() == DataType::Int64 => {
                scale(&[interval.clone(), n.clone()], rows, Interval::times)
            }
            _ => scale(args, rows, Interval::times),
        },
    },
    Function {
        name: "$interval_divide",
        takes: |given| exactly(given, &[Kind::Interval, Kind::Int]),
        usage: "an INTERVAL is divided by an INT64",
        returns: |_| INTERVAL,
        run: |args, rows| scale(args, rows, Interval::over),
    },
    // `date + INTERVAL 1 DAY`, which is a DATETIME.
    Function {
        name: "$add_interval",
        takes: take_shift,
        usage: "an INTERVAL is added to a DATE, DATETIME or TIMESTAMP",
        returns: first,
        run: |args, rows| shift(args, rows, Some, |interval| interval),
    },
    Function {
        name: "$subtract_interval",
        takes: take_shift,
        usage: "an INTERVAL is subtracted from a DATE, DATETIME or TIMESTAMP",
        returns: first,
        run: |args, rows| shift(args, rows, i64::checked_neg, Interval::negated),
    },
    // `timestamp - timestamp`.
    Function {
        name: "$difference",
        takes: take_difference,
        usage: "a DATE, DATETIME, TIMESTAMP or TIME is subtracted from another of its type (of a column that may be DATETIME or TIMESTAMP the suite has to declare the type)",
        returns: |_| INTERVAL,
        run: difference,
    },
];

const fn one(name: &'static str, usage: &'static str, run: super::Run) -> Function {
    Function {
        name,
        takes: |given| exactly(given, &[Kind::Interval]),
        usage,
        returns: |_| INTERVAL,
        run,
    }
}

/// `-x` of an INTERVAL.
pub(super) fn negated(args: &[ColumnarValue], rows: usize) -> Result<ColumnarValue> {
    change(args, rows, |interval| Ok(interval.negated()))
}

fn change(
    args: &[ColumnarValue],
    rows: usize,
    change: fn(Interval) -> Result<Interval, Fault>,
) -> Result<ColumnarValue> {
    map::<IntervalMonthDayNanoType, IntervalMonthDayNanoType>(args, rows, |interval| {
        change(Interval::of(interval))?.pack().map(Some)
    })
}

fn combine(
    args: &[ColumnarValue],
    rows: usize,
    combine: fn(Interval, Interval) -> Result<Interval, Fault>,
) -> Result<ColumnarValue> {
    zip::<IntervalMonthDayNanoType, IntervalMonthDayNanoType>(args, rows, |a, b| {
        combine(Interval::of(a), Interval::of(b))?.pack().map(Some)
    })
}

fn scale(
    args: &[ColumnarValue],
    rows: usize,
    scale: fn(Interval, i64) -> Result<Interval, Fault>,
) -> Result<ColumnarValue> {
    zip_with::<IntervalMonthDayNanoType, Int64Type, IntervalMonthDayNanoType>(
        args,
        rows,
        |interval, n| scale(Interval::of(interval), n)?.pack().map(Some),
    )
}

fn make(args: &[ColumnarValue], rows: usize) -> Result<ColumnarValue> {
    let parts = args
        .iter()
        .map(Operand::<Int64Type>::of)
        .collect::<Result<Vec<_>>>()?;
    each::<IntervalMonthDayNanoType>(args, rows, &INTERVAL, |row| {
        let mut given = [0; 6];
        for (part, into) in parts.iter().zip(&mut given) {
            match part.get(row) {
                Some(n) => *into = i128::from(n),
                None => return Ok(None),
            }
        }
        let [years, months, days, hours, minutes, seconds] = given;
        let micros = ((hours * 60 + minutes) * 60 + seconds) * 1_000_000;
        let interval = Interval::new(years * 12 + months, days, micros)?;
        Ok(Some(interval.pack()?))
    })
}

fn parse(args: &[ColumnarValue], rows: usize) -> Result<ColumnarValue> {
    let from = Part::named(args.get(1))?;
    let to = match args.get(2) {
        Some(_) => Part::named(args.get(2))?,
        None => from,
    };
    if args.len() > 2 && from == to {
        return plan_err!("an INTERVAL goes from a longer part to a shorter");
    }
    let texts = Texts::of(arg(args, 0)?)?;
    each::<IntervalMonthDayNanoType>(args, rows, &INTERVAL, |row| match texts.get(row) {
        Some(text) => Ok(Some(interval_text::read_as(text, from, to)?.pack()?)),
        None => Ok(None),
    })
}

fn take_shift(given: &[DataType]) -> Option<Vec<DataType>> {
    let (value, rest) = given.split_first()?;
    let kind = match Kind::of(value) {
        Kind::Date | Kind::Datetime | Kind::Null => Kind::Datetime,
        kind @ (Kind::Moment | Kind::Timestamp) => kind,
        _ => return None,
    };
    with(
        kind,
        rest,
        match rest {
            [_] => &[Kind::Interval],
            _ => &[Kind::Int, Kind::String],
        },
    )
}

/// Adds `n` of a part, or an INTERVAL.
fn shift(
    args: &[ColumnarValue],
    rows: usize,
    sign: fn(i64) -> Option<i64>,
    direct: fn(Interval) -> Interval,
) -> Result<ColumnarValue> {
    let value = arg(args, 0)?;
    let to = value.data_type();
    let is_timestamp = Kind::of(&to) == Kind::Timestamp;
    let moments = Operand::<TimestampMicrosecondType>::of(value)?;
    if args.len() == 3 {
        let part = Part::named(args.get(2))?;
        let counts = Operand::<Int64Type>::of(arg(args, 1)?)?;
        let add = if is_timestamp {
            moment::add_exactly
        } else {
            moment::add
        };
        return each::<TimestampMicrosecondType>(args, rows, &to, |row| {
            let (Some(micros), Some(n)) = (moments.get(row), counts.get(row)) else {
                return Ok(None);
            };
            Ok(Some(add(micros, sign(n).ok_or(OVERFLOW)?, part)?))
        });
    }
    let intervals = Operand::<IntervalMonthDayNanoType>::of(arg(args, 1)?)?;
    let after = if is_timestamp {
        Interval::exactly_after
    } else {
        Interval::after
    };
    each::<TimestampMicrosecondType>(args, rows, &to, |row| {
        let (Some(micros), Some(interval)) = (moments.get(row), intervals.get(row)) else {
            return Ok(None);
        };
        Ok(Some(after(direct(Interval::of(interval)), micros)?))
    })
}

fn take_difference(given: &[DataType]) -> Option<Vec<DataType>> {
    let [a, b] = given else {
        return None;
    };
    match common(Kind::of(a), Kind::of(b))? {
        kind @ (Kind::Date | Kind::Datetime | Kind::Timestamp | Kind::Time) => {
            Some(vec![kind.arrow()?; 2])
        }
        _ => None,
    }
}

/// DATE in days, DATETIME in days and time, TIMESTAMP and TIME in time only.
fn difference(args: &[ColumnarValue], rows: usize) -> Result<ColumnarValue> {
    let packed = |days: i64, micros: i64| -> Result<Option<IntervalMonthDayNano>, Fault> {
        Interval::new(0, days.into(), micros.into())?
            .pack()
            .map(Some)
    };
    let of = args.first().map(ColumnarValue::data_type);
    match of {
        Some(DataType::Date32) => {
            zip::<Date32Type, IntervalMonthDayNanoType>(args, rows, |a, b| {
                packed(i64::from(a) - i64::from(b), 0)
            })
        }
        Some(DataType::Time64(_)) => {
            zip::<Time64MicrosecondType, IntervalMonthDayNanoType>(args, rows, |a, b| {
                packed(0, a - b)
            })
        }
        Some(of) if of == datetime() => {
            zip::<TimestampMicrosecondType, IntervalMonthDayNanoType>(args, rows, |a, b| {
                let apart = a.checked_sub(b).ok_or(OVERFLOW)?;
                packed(apart / DAY, apart % DAY)
            })
        }
        _ => zip::<TimestampMicrosecondType, IntervalMonthDayNanoType>(args, rows, |a, b| {
            packed(0, a.checked_sub(b).ok_or(OVERFLOW)?)
        }),
    }
}
