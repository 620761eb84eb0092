//! `+ - * /`, `-x`, `SAFE_DIVIDE`, `MOD`, `DIV`, `ABS`.
//!
//! As in BigQuery: INT64 overflow is an error, so are division by zero and a FLOAT64 result that is not finite although
//! both operands are; `/` of two INT64 is FLOAT64, with a NUMERIC and no FLOAT64 it is NUMERIC.
//! <https://cloud.google.com/bigquery/docs/reference/standard-sql/operators>

use datafusion::arrow::datatypes::{DataType, Decimal128Type, Float64Type, Int64Type};
use datafusion::common::{Result, internal_err};
use datafusion::logical_expr::ColumnarValue;

use super::super::types::{Kind, common_of};
use super::elementwise::{Fault, map, zip};
use super::{Function, numeric};

pub(super) const ALL: &[Function] = &[
    Function {
        name: "$add",
        takes: take_two,
        usage: "+ takes two numbers",
        returns: first,
        run: |args, rows| compute(args, rows, i64::checked_add, |a, b| a + b, numeric::add),
    },
    Function {
        name: "$subtract",
        takes: take_two,
        usage: "- takes two numbers",
        returns: first,
        run: |args, rows| {
            compute(
                args,
                rows,
                i64::checked_sub,
                |a, b| a - b,
                numeric::subtract,
            )
        },
    },
    Function {
        name: "$multiply",
        takes: take_two,
        usage: "* takes two numbers",
        returns: first,
        run: |args, rows| {
            compute(
                args,
                rows,
                i64::checked_mul,
                |a, b| a * b,
                numeric::multiply,
            )
        },
    },
    Function {
        name: "$divide",
        takes: take_quotient,
        usage: "/ takes two numbers",
        returns: first,
        run: divide,
    },
    Function {
        name: "safe_divide",
        takes: take_quotient,
        usage: "SAFE_DIVIDE takes two numbers",
        returns: first,
        run: safe_divide,
    },
    Function {
        name: "mod",
        takes: |given| take_two(given).filter(|t| t.first() != Some(&DataType::Float64)),
        usage: "MOD takes two INT64 or NUMERIC",
        returns: first,
        run: |args, rows| match kind(args) {
            Kind::Int => {
                zip::<Int64Type, Int64Type>(args, rows, |a, b| whole(a, b, i64::wrapping_rem))
            }
            _ => zip::<Decimal128Type, Decimal128Type>(args, rows, |a, b| {
                numeric::remainder(a, b).map(Some)
            }),
        },
    },
    Function {
        name: "div",
        takes: |given| take_two(given).filter(|t| t.first() == Some(&DataType::Int64)),
        usage: "DIV takes two INT64",
        returns: first,
        run: |args, rows| {
            zip::<Int64Type, Int64Type>(args, rows, |a, b| match (a, b) {
                (i64::MIN, -1) => Err(Fault("INT64 overflow")),
                _ => whole(a, b, i64::wrapping_div),
            })
        },
    },
    Function {
        name: "$negate",
        takes: take_one,
        usage: "- takes a number",
        returns: first,
        run: |args, rows| each(args, rows, i64::checked_neg, |a| -a, |a| -a),
    },
    Function {
        name: "abs",
        takes: take_one,
        usage: "ABS takes a number",
        returns: first,
        run: |args, rows| each(args, rows, i64::checked_abs, f64::abs, i128::abs),
    },
];

fn first(taken: &[DataType]) -> DataType {
    taken.first().cloned().unwrap_or(DataType::Null)
}

/// Two numbers, of the type both coerce to; a bare NULL is an INT64.
pub(super) fn take_two(given: &[DataType]) -> Option<Vec<DataType>> {
    take_numbers(given).filter(|t| t.len() == 2)
}

fn take_one(given: &[DataType]) -> Option<Vec<DataType>> {
    take_numbers(given).filter(|t| t.len() == 1)
}

pub(super) fn take_numbers(given: &[DataType]) -> Option<Vec<DataType>> {
    let kind = match common_of(given)? {
        Kind::Null => Kind::Int,
        kind if kind.is_number() => kind,
        _ => return None,
    };
    Some(vec![kind.arrow()?; given.len()])
}

fn take_quotient(given: &[DataType]) -> Option<Vec<DataType>> {
    let numbers = take_two(given)?;
    Some(match numbers.first() {
        Some(DataType::Int64) => vec![DataType::Float64; 2],
        _ => numbers,
    })
}

fn kind(args: &[ColumnarValue]) -> Kind {
    args.first()
        .map_or(Kind::Other, |a| Kind::of(&a.data_type()))
}

/// The result of FLOAT64 operands: not finite only if an operand is not.
pub(super) fn finite(result: f64, operands_finite: bool) -> Result<Option<f64>, Fault> {
    if operands_finite && !result.is_finite() {
        return Err(Fault("FLOAT64 overflow"));
    }
    Ok(Some(result))
}

fn compute(
    args: &[ColumnarValue],
    rows: usize,
    int: fn(i64, i64) -> Option<i64>,
    float: impl Fn(f64, f64) -> f64,
    decimal: fn(i128, i128) -> Result<i128, Fault>,
) -> Result<ColumnarValue> {
    match kind(args) {
        Kind::Int => zip::<Int64Type, Int64Type>(args, rows, |a, b| {
            int(a, b).map(Some).ok_or(Fault("INT64 overflow"))
        }),
        Kind::Float => zip::<Float64Type, Float64Type>(args, rows, |a, b| {
            finite(float(a, b), a.is_finite() && b.is_finite())
        }),
        Kind::Numeric => {
            zip::<Decimal128Type, Decimal128Type>(args, rows, |a, b| decimal(a, b).map(Some))
        }
        other => internal_err!("arithmetic of {other:?}"),
    }
}

fn each(
    args: &[ColumnarValue],
    rows: usize,
    int: fn(i64) -> Option<i64>,
    float: fn(f64) -> f64,
    decimal: fn(i128) -> i128,
) -> Result<ColumnarValue> {
    match kind(args) {
        Kind::Int => map::<Int64Type, Int64Type>(args, rows, |a| {
            int(a).map(Some).ok_or(Fault("INT64 overflow"))
        }),
        Kind::Float => map::<Float64Type, Float64Type>(args, rows, |a| Ok(Some(float(a)))),
        Kind::Numeric => {
            map::<Decimal128Type, Decimal128Type>(args, rows, |a| Ok(Some(decimal(a))))
        }
        other => internal_err!("arithmetic of {other:?}"),
    }
}

fn whole(a: i64, b: i64, compute: fn(i64, i64) -> i64) -> Result<Option<i64>, Fault> {
    if b == 0 {
        return Err(Fault("division by zero"));
    }
    Ok(Some(compute(a, b)))
}

fn quotient(a: f64, b: f64) -> Result<Option<f64>, Fault> {
    if b == 0.0 {
        return Err(Fault("division by zero"));
    }
    finite(a / b, a.is_finite() && b.is_finite())
}

fn divide(args: &[ColumnarValue], rows: usize) -> Result<ColumnarValue> {
    match kind(args) {
        Kind::Float => zip::<Float64Type, Float64Type>(args, rows, quotient),
        _ => zip::<Decimal128Type, Decimal128Type>(args, rows, |a, b| {
            numeric::divide(a, b).map(Some)
        }),
    }
}

/// NULL where `/` fails.
fn safe_divide(args: &[ColumnarValue], rows: usize) -> Result<ColumnarValue> {
    match kind(args) {
        Kind::Float => {
            zip::<Float64Type, Float64Type>(args, rows, |a, b| Ok(quotient(a, b).unwrap_or(None)))
        }
        _ => {
            zip::<Decimal128Type, Decimal128Type>(args, rows, |a, b| Ok(numeric::divide(a, b).ok()))
        }
    }
}
