//! `FORMAT_DATE` and `FORMAT_TIMESTAMP`, with the format elements that are sure.

use std::fmt::Write;
use std::sync::Arc;

use datafusion::arrow::array::{AsArray, StringViewArray};
use datafusion::arrow::datatypes::{DataType, Date32Type, TimestampMicrosecondType};
use datafusion::common::{Result, exec_datafusion_err, plan_err};

use super::super::types::{Kind, timestamp};
use super::parts::DAY;
use super::{Function, exactly, literal, on_arrays, timestamp as moments};

pub(super) const ALL: &[Function] = &[
    Function {
        name: "format_date",
        takes: |given| exactly(given, &[Kind::String, Kind::Date]),
        usage: "FORMAT_DATE takes a format and a DATE",
        returns: |_| DataType::Utf8View,
        run: |args, rows| {
            let format = elements(literal(args.first(), "a format")?, DATES)?;
            on_arrays(args.get(1..).unwrap_or_default(), rows, |arrays| {
                let dates = arrays
                    .first()
                    .and_then(|a| a.as_primitive_opt::<Date32Type>())
                    .ok_or_else(|| exec_datafusion_err!("expected a DATE"))?;
                let moments = dates.iter().map(|day| day.map(|day| i64::from(day) * DAY));
                Ok(Arc::new(texts(moments, format.as_deref())?))
            })
        },
    },
    Function {
        name: "format_timestamp",
        takes: |given| {
            let format = exactly(given.get(..1)?, &[Kind::String])?;
            let moment = match Kind::of(given.get(1)?) {
                Kind::Moment | Kind::Datetime | Kind::Timestamp | Kind::Null => timestamp(),
                _ => return None,
            };
            let zone = exactly(
                given.get(2..)?,
                if given.len() > 2 {
                    &[Kind::String]
                } else {
                    &[]
                },
            )?;
            Some(format.into_iter().chain([moment]).chain(zone).collect())
        },
        usage: "FORMAT_TIMESTAMP takes a format, a TIMESTAMP and, if at all, a time zone",
        returns: |_| DataType::Utf8View,
        run: |args, rows| {
            let format = elements(literal(args.first(), "a format")?, MOMENTS)?;
            let args = moments::civil(args.get(1..).unwrap_or_default(), args.get(2), rows)?;
            on_arrays(&args, rows, |arrays| {
                let moments = arrays
                    .first()
                    .and_then(|a| a.as_primitive_opt::<TimestampMicrosecondType>())
                    .ok_or_else(|| exec_datafusion_err!("expected a TIMESTAMP"))?;
                Ok(Arc::new(texts(moments.iter(), format.as_deref())?))
            })
        },
    },
];

/// Elements of a date that mean the same to BigQuery and to chrono.
const DATES: &str = "AaBbDdeFhjmuwYy%";
/// Elements of a moment.
const MOMENTS: &str = "AaBbDdeFhjmuwYy%HIMpRST";

/// The format, if it holds no element but `known`.
fn elements(format: Option<String>, known: &str) -> Result<Option<String>> {
    let Some(format) = format else {
        return Ok(None);
    };
    let mut chars = format.chars();
    while let Some(c) = chars.next() {
        if c == '%' {
            match chars.next() {
                Some(element) if known.contains(element) => {}
                Some(element) => {
                    return plan_err!("format element %{element} is not supported yet");
                }
                None => return plan_err!("a format ends in %"),
            }
        }
    }
    Ok(Some(format))
}

fn texts(
    moments: impl Iterator<Item = Option<i64>>,
    format: Option<&str>,
) -> Result<StringViewArray> {
    moments
        .map(|micros| {
            let (Some(micros), Some(format)) = (micros, format) else {
                return Ok(None);
            };
            let at = moments::naive(micros)?;
            let mut text = String::new();
            match write!(text, "{}", at.format(format)) {
                Ok(()) => Ok(Some(text)),
                Err(_) => plan_err!("`{format}` is not a format"),
            }
        })
        .collect()
}
