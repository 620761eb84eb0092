//! `DATE_DIFF`, `DATETIME_DIFF`, `TIMESTAMP_DIFF`.

use datafusion::arrow::datatypes::{DataType, Date32Type, Int64Type, TimestampMicrosecondType};
use datafusion::common::Result;
use datafusion::logical_expr::ColumnarValue;

use super::super::types::Kind;
use super::elementwise::zip;
use super::parts::Part;
use super::take::{temporal_pair, with};
use super::{Function, calendar, exactly, moment};

pub(super) const ALL: &[Function] = &[
    Function {
        name: "date_diff",
        takes: |given| take(given, Kind::Date),
        usage: "DATE_DIFF takes two DATE and a date part (of a column that may be DATETIME or TIMESTAMP the suite has to declare the type, for they are counted differently; or write DATE(column))",
        returns: |_| DataType::Int64,
        run: diff,
    },
    Function {
        name: "datetime_diff",
        takes: |given| take(given, Kind::Datetime),
        usage: "DATETIME_DIFF takes two DATETIME and a date part",
        returns: |_| DataType::Int64,
        run: diff,
    },
    Function {
        name: "timestamp_diff",
        takes: |given| take(given, Kind::Timestamp),
        usage: "TIMESTAMP_DIFF takes two TIMESTAMP and a date part",
        returns: |_| DataType::Int64,
        run: diff,
    },
];

fn take(given: &[DataType], own: Kind) -> Option<Vec<DataType>> {
    let [a, b, part] = given else {
        return None;
    };
    let kind = match temporal_pair(a, b, own)? {
        // Beside a DATE it can only be a DATETIME.
        Kind::Moment if [a, b].map(Kind::of).contains(&Kind::Date) => Kind::Datetime,
        Kind::Moment => return None,
        kind => kind,
    };
    let part = exactly(std::slice::from_ref(part), &[Kind::String])?;
    let mut taken = with(kind, &[], &[])?;
    taken.extend(kind.arrow());
    taken.extend(part);
    Some(taken)
}

fn diff(args: &[ColumnarValue], rows: usize) -> Result<ColumnarValue> {
    let part = Part::named(args.get(2))?;
    let kind = args.first().map(|a| Kind::of(&a.data_type()));
    match kind {
        Some(Kind::Date) => {
            zip::<Date32Type, Int64Type>(args, rows, |a, b| calendar::diff(a, b, part).map(Some))
        }
        Some(Kind::Timestamp) => zip::<TimestampMicrosecondType, Int64Type>(args, rows, |a, b| {
            moment::diff_exactly(a, b, part).map(Some)
        }),
        _ => zip::<TimestampMicrosecondType, Int64Type>(args, rows, |a, b| {
            moment::diff(a, b, part).map(Some)
        }),
    }
}
