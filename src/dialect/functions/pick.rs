//! `GREATEST` and `LEAST`: NULL if any argument is NULL, NaN if any is NaN.

use std::cmp::Ordering;
use std::sync::Arc;

use datafusion::arrow::array::{Array, ArrayRef, AsArray, Float64Array, make_comparator};
use datafusion::arrow::buffer::NullBuffer;
use datafusion::arrow::compute::{SortOptions, interleave};
use datafusion::arrow::datatypes::{
    DataType, Float64Type, IntervalMonthDayNano, IntervalMonthDayNanoType,
};
use datafusion::common::{Result, exec_err};
use datafusion::logical_expr::ColumnarValue;

use super::super::types::{Kind, common_of};
use super::coerce::{floats, kind, take};
use super::{Function, on_arrays};

pub(super) const ALL: &[Function] = &[
    Function {
        name: "greatest",
        takes: take_alike,
        usage: "GREATEST takes values of one type",
        returns: first,
        run: |args, rows| pick(args, rows, Ordering::Greater),
    },
    Function {
        name: "least",
        takes: take_alike,
        usage: "LEAST takes values of one type",
        returns: first,
        run: |args, rows| pick(args, rows, Ordering::Less),
    },
];

fn first(taken: &[DataType]) -> DataType {
    match super::coerce::alike(taken) {
        DataType::Null => taken.first().cloned().unwrap_or(DataType::Null),
        alike => alike,
    }
}

fn take_alike(given: &[DataType]) -> Option<Vec<DataType>> {
    (!given.is_empty()).then_some(())?;
    match common_of(given)? {
        // What has no order, or none BigQuery documents here.
        Kind::Json | Kind::Array | Kind::Struct | Kind::Other => None,
        kind if kind == Kind::Null || kind.is_number() => take(given),
        kind => Some(vec![kind.arrow()?; given.len()]),
    }
}

/// Row by row the first argument that compares as `wanted` with all others.
fn pick(args: &[ColumnarValue], rows: usize, wanted: Ordering) -> Result<ColumnarValue> {
    match kind(args) {
        Kind::Float => {
            let args = floats(args, rows)?;
            on_arrays(&args, rows, |arrays| {
                best(arrays, |a, b| {
                    let (a, b) = (a.as_primitive::<Float64Type>(), b.as_primitive());
                    Ok(float_takes(a, b, wanted))
                })
            })
        }
        Kind::Interval => on_arrays(args, rows, |arrays| {
            best(arrays, |a, b| {
                let (a, b) = (
                    a.as_primitive::<IntervalMonthDayNanoType>().clone(),
                    b.as_primitive::<IntervalMonthDayNanoType>().clone(),
                );
                Ok(Box::new(move |row| {
                    length(b.value(row)).cmp(&length(a.value(row))) == wanted
                }))
            })
        }),
        _ => on_arrays(args, rows, |arrays| {
            best(arrays, |a, b| {
                let compare = make_comparator(a, b, SortOptions::default())?;
                Ok(Box::new(move |row| compare(row, row) == wanted.reverse()))
            })
        }),
    }
}

/// Whether the second of two arrays is taken in a row, where neither is NULL.
type Takes = Box<dyn Fn(usize) -> bool>;

fn float_takes(a: &Float64Array, b: &Float64Array, wanted: Ordering) -> Takes {
    let (a, b) = (a.clone(), b.clone());
    Box::new(move |row| {
        let (a, b) = (a.value(row), b.value(row));
        !a.is_nan() && (b.is_nan() || b.partial_cmp(&a) == Some(wanted))
    })
}

/// Nanoseconds, a month being 30 days: the order of INTERVAL.
fn length(interval: IntervalMonthDayNano) -> i128 {
    let days = i128::from(interval.months) * 30 + i128::from(interval.days);
    days * 86_400_000_000_000 + i128::from(interval.nanoseconds)
}

fn best(
    arrays: &[ArrayRef],
    takes: impl Fn(&ArrayRef, &ArrayRef) -> Result<Takes>,
) -> Result<ArrayRef> {
    let Some((first, others)) = arrays.split_first() else {
        return exec_err!("the greatest of nothing");
    };
    let mut best: ArrayRef = Arc::clone(first);
    for other in others {
        let takes = takes(&best, other)?;
        let nulls = NullBuffer::union(
            best.logical_nulls().as_ref(),
            other.logical_nulls().as_ref(),
        );
        let rows: Vec<(usize, usize)> = (0..best.len())
            .map(|row| {
                let null = nulls.as_ref().is_some_and(|n| n.is_null(row));
                let takes_other = if null { other.is_null(row) } else { takes(row) };
                (usize::from(takes_other), row)
            })
            .collect();
        best = interleave(&[best.as_ref(), other.as_ref()], &rows)?;
    }
    Ok(best)
}

#[cfg(test)]
mod tests {
    use datafusion::common::ScalarValue;

    use super::super::harness::call;
    use super::super::read;
    use super::*;

    fn float(x: f64) -> ScalarValue {
        ScalarValue::Float64(Some(x))
    }

    #[test]
    fn null_and_nan_win() {
        let null = ScalarValue::Float64(None);
        assert_eq!(
            call("greatest", &[float(1.0), null.clone()]),
            Ok(null.clone())
        );
        assert_eq!(call("least", &[float(f64::NAN), null.clone()]), Ok(null));
        for name in ["greatest", "least"] {
            for args in [[1.0, f64::NAN], [f64::NAN, 1.0]] {
                let ScalarValue::Float64(Some(x)) = call(name, &args.map(float)).unwrap() else {
                    panic!("a FLOAT64");
                };
                assert!(x.is_nan());
            }
        }
        assert_eq!(
            call("greatest", &[ScalarValue::Null]),
            Ok(ScalarValue::Int64(None))
        );
    }

    #[test]
    fn types_meet() {
        let numeric = ScalarValue::Decimal128(read::numeric("0.1"), 38, 9);
        let int = ScalarValue::Int64(Some(1));
        assert_eq!(
            call("least", &[int.clone(), numeric.clone()]),
            Ok(numeric.clone())
        );
        assert_eq!(call("least", &[float(2.0), numeric, int]), Ok(float(0.1)));
        let text = |x: &str| ScalarValue::Utf8View(Some(x.to_owned()));
        assert_eq!(call("greatest", &[text("a"), text("b")]), Ok(text("b")));
        assert!(call("greatest", &[text("a"), float(1.0)]).is_err());
        // A month is as long as 30 days: the first of equals is answered.
        let interval = |months, days| {
            ScalarValue::IntervalMonthDayNano(Some(IntervalMonthDayNano::new(months, days, 0)))
        };
        assert_eq!(
            call("greatest", &[interval(0, 31), interval(1, 0)]),
            Ok(interval(0, 31))
        );
        assert_eq!(
            call("least", &[interval(0, 30), interval(1, 0)]),
            Ok(interval(0, 30))
        );
    }
}
