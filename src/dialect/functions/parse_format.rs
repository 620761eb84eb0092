//! `PARSE_DATE`, `PARSE_DATETIME`, `PARSE_TIMESTAMP`, `PARSE_TIME`.
//!
//! What the format does not ask for is that of 1970-01-01 00:00:00. Of two elements for the same the last one counts.

use datafusion::arrow::datatypes::{
    ArrowPrimitiveType, DataType, Date32Type, Time64MicrosecondType, TimestampMicrosecondType,
};
use datafusion::common::{Result, exec_datafusion_err};
use datafusion::logical_expr::ColumnarValue;

use super::super::types::{Kind, TIME, datetime, timestamp};
use super::parse_elements::{Step, compile};
use super::parse_fields::Fields;
use super::parse_steps::Reader;
use super::parts::DAY;
use super::rows::{Compiled, Texts, arg, each};
use super::zone::{Zone, Zones};
use super::{Function, exactly, moment};

pub(super) const ALL: &[Function] = &[
    Function {
        name: "parse_date",
        takes: |given| exactly(given, &[Kind::String; 2]),
        usage: "PARSE_DATE takes a format and a STRING",
        returns: |_| DataType::Date32,
        run: |args, rows| {
            parse::<Date32Type>(args, rows, Kind::Date, &DataType::Date32, |micros| {
                Ok(moment::split(micros)?.0)
            })
        },
    },
    Function {
        name: "parse_datetime",
        takes: |given| exactly(given, &[Kind::String; 2]),
        usage: "PARSE_DATETIME takes a format and a STRING",
        returns: |_| datetime(),
        run: |args, rows| {
            parse::<TimestampMicrosecondType>(args, rows, Kind::Datetime, &datetime(), Ok)
        },
    },
    Function {
        name: "parse_timestamp",
        takes: |given| match given.len() {
            2 => exactly(given, &[Kind::String; 2]),
            _ => exactly(given, &[Kind::String; 3]),
        },
        usage: "PARSE_TIMESTAMP takes a format, a STRING and, if at all, a time zone",
        returns: |_| timestamp(),
        run: |args, rows| {
            parse::<TimestampMicrosecondType>(args, rows, Kind::Timestamp, &timestamp(), Ok)
        },
    },
    Function {
        name: "parse_time",
        takes: |given| exactly(given, &[Kind::String; 2]),
        usage: "PARSE_TIME takes a format and a STRING",
        returns: |_| TIME,
        run: |args, rows| {
            parse::<Time64MicrosecondType>(args, rows, Kind::Time, &TIME, |micros| {
                Ok(micros.rem_euclid(DAY))
            })
        },
    },
];

fn parse<O: ArrowPrimitiveType>(
    args: &[ColumnarValue],
    rows: usize,
    kind: Kind,
    to: &DataType,
    convert: fn(i64) -> Result<O::Native>,
) -> Result<ColumnarValue> {
    let formats = Compiled::of(arg(args, 0)?, |format| compile(format, kind))?;
    let texts = Texts::of(arg(args, 1)?)?;
    let zones = Zones::of(args.get(2))?;
    each::<O>(args, rows, to, |row| {
        let Some((text, zone)) = zones.beside(row, texts.get(row))? else {
            return Ok(None);
        };
        let Some(format) = formats.get(row)? else {
            return Ok(None);
        };
        convert(read(format, text, zone)?).map(Some)
    })
}

/// The moment a text means, in UTC.
fn read(format: &[Step], text: &str, zone: Zone) -> Result<i64> {
    let failed = || {
        let shown: String = text.chars().take(40).collect();
        exec_datafusion_err!("`{shown}` does not match the format")
    };
    let mut reader = Reader::new(text);
    let mut fields = Fields::default();
    reader.skip_white();
    let mut steps = format.iter();
    while !reader.is_empty() {
        let Some(step) = steps.next() else { break };
        fields.position += 1;
        reader.step(*step, &mut fields)?.ok_or_else(failed)?;
    }
    reader.skip_white();
    // White space may be asked for after the end of the text.
    if !reader.is_empty() || !steps.all(|step| *step == Step::White) {
        return Err(failed());
    }
    match fields.moment(zone)? {
        Some(micros) => Ok(micros),
        None => Err(failed()),
    }
}
