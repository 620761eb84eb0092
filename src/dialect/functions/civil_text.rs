//! The text of dates and moments, as `CAST` to STRING writes it.

use chrono_tz::Tz;
use datafusion::arrow::array::{Array, ArrayRef, AsArray, StringViewArray};
use datafusion::arrow::datatypes::{Date32Type, TimestampMicrosecondType};
use datafusion::common::{Result, plan_err};

use super::super::types::{Kind, name};
use super::elementwise::Fault;
use super::{calendar, timestamp};

/// The text of each value; a TIMESTAMP in `zone`, or in UTC.
pub(super) fn string_of_temporal(array: &ArrayRef, zone: Option<Tz>) -> Result<StringViewArray> {
    match (Kind::of(array.data_type()), zone) {
        (Kind::Date, _) => array
            .as_primitive::<Date32Type>()
            .iter()
            .map(|day| {
                day.map(|day| Ok(calendar::date(day)?.to_string()))
                    .transpose()
            })
            .collect(),
        (Kind::Timestamp, None) => array
            .as_primitive::<TimestampMicrosecondType>()
            .iter()
            .map(|at| {
                at.map(|at| Ok(format!("{}+00", text_of_moment(at)?)))
                    .transpose()
            })
            .collect(),
        _ => plan_err!("{} to STRING is not supported yet", name(array.data_type())),
    }
}

/// `2024-01-31 12:34:56`, with 3 or 6 more digits if they are not zero.
fn text_of_moment(micros: i64) -> Result<String, Fault> {
    let at = timestamp::naive(micros)?;
    let seconds = at.format("%Y-%m-%d %H:%M:%S");
    Ok(match micros.rem_euclid(1_000_000) {
        0 => seconds.to_string(),
        rest if rest % 1_000 == 0 => format!("{seconds}.{:03}", rest / 1_000),
        rest => format!("{seconds}.{rest:06}"),
    })
}
