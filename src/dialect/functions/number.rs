//! `ROUND`, `TRUNC`, `FLOOR`, `CEIL`, `SIGN`, `SQRT`, `POW`, `EXP`, `LN`, `LOG10`, `IS_NAN`, `IS_INF`.
//!
//! Of an INT64, `ROUND` and its kin return FLOAT64. What has no real value, or none that a FLOAT64 holds, is an error.

use std::sync::Arc;

use datafusion::arrow::array::{AsArray, BooleanArray};
use datafusion::arrow::datatypes::{DataType, Decimal128Type, Float64Type, Int64Type};
use datafusion::common::{Result, exec_datafusion_err};
use datafusion::logical_expr::ColumnarValue;

use super::super::types::{Kind, NUMERIC};
use super::arithmetic::{finite, take_numbers};
use super::elementwise::{Fault, map, zip, zip_with};
use super::{Function, exactly, numeric, on_arrays, round};

pub(super) const ALL: &[Function] = &[
    Function {
        name: "round",
        takes: take_rounded,
        usage: "ROUND takes a number and, if at all, the digits after the point",
        returns: first,
        run: |args, rows| to_digits(args, rows, round::round, numeric::round),
    },
    Function {
        name: "trunc",
        takes: |given| take_rounded(given).filter(|t| t.first() == Some(&DataType::Float64)),
        usage: "TRUNC takes a FLOAT64 and, if at all, the digits after the point",
        returns: first,
        run: |args, rows| to_digits(args, rows, round::trunc, numeric::round),
    },
    Function {
        name: "floor",
        takes: |given| take_rounded(given).filter(|t| t.len() == 1),
        usage: "FLOOR takes a number",
        returns: first,
        run: |args, rows| to_integer(args, rows, f64::floor, numeric::floor),
    },
    Function {
        name: "ceil",
        takes: |given| take_rounded(given).filter(|t| t.len() == 1),
        usage: "CEIL takes a number",
        returns: first,
        run: |args, rows| to_integer(args, rows, f64::ceil, numeric::ceil),
    },
    Function {
        name: "sign",
        takes: |given| take_numbers(given).filter(|t| t.len() == 1),
        usage: "SIGN takes a number",
        returns: first,
        run: |args, rows| match args.first().map(ColumnarValue::data_type) {
            Some(DataType::Int64) => {
                map::<Int64Type, Int64Type>(args, rows, |a| Ok(Some(a.signum())))
            }
            Some(DataType::Float64) => map::<Float64Type, Float64Type>(args, rows, |a| {
                Ok(Some(if a == 0.0 || a.is_nan() {
                    a
                } else {
                    a.signum()
                }))
            }),
            _ => map::<Decimal128Type, Decimal128Type>(args, rows, |a| {
                Ok(Some(a.signum() * numeric::ONE))
            }),
        },
    },
    real("sqrt", "SQRT takes a FLOAT64", |args, rows| {
        reals(args, rows, f64::sqrt, |a| a >= 0.0 || a.is_nan())
    }),
    real("exp", "EXP takes a FLOAT64", |args, rows| {
        reals(args, rows, f64::exp, |_| true)
    }),
    real("ln", "LN takes a FLOAT64", |args, rows| {
        reals(args, rows, f64::ln, |a| a > 0.0 || a.is_nan())
    }),
    real("log10", "LOG10 takes a FLOAT64", |args, rows| {
        reals(args, rows, f64::log10, |a| a > 0.0 || a.is_nan())
    }),
    Function {
        name: "pow",
        takes: |given| exactly(given, &[Kind::Float; 2]),
        usage: "POW takes two FLOAT64",
        returns: |_| DataType::Float64,
        run: |args, rows| {
            zip::<Float64Type, Float64Type>(args, rows, |a, b| {
                let power = a.powf(b);
                if a.is_finite() && b.is_finite() && power.is_nan() {
                    return Err(Fault("POW has no real value"));
                }
                finite(power, a.is_finite() && b.is_finite())
            })
        },
    },
    is("is_nan", "IS_NAN takes a FLOAT64", |args, rows| {
        test(args, rows, f64::is_nan)
    }),
    is("is_inf", "IS_INF takes a FLOAT64", |args, rows| {
        test(args, rows, f64::is_infinite)
    }),
];

const fn real(name: &'static str, usage: &'static str, run: super::Run) -> Function {
    Function {
        name,
        takes: |given| exactly(given, &[Kind::Float]),
        usage,
        returns: |_| DataType::Float64,
        run,
    }
}

const fn is(name: &'static str, usage: &'static str, run: super::Run) -> Function {
    Function {
        name,
        takes: |given| exactly(given, &[Kind::Float]),
        usage,
        returns: |_| DataType::Boolean,
        run,
    }
}

fn first(taken: &[DataType]) -> DataType {
    taken.first().cloned().unwrap_or(DataType::Null)
}

/// A FLOAT64 or NUMERIC, and maybe an INT64.
fn take_rounded(given: &[DataType]) -> Option<Vec<DataType>> {
    let (number, digits) = given.split_first()?;
    let number = match Kind::of(number) {
        Kind::Null | Kind::Int | Kind::Float => DataType::Float64,
        Kind::Numeric => NUMERIC,
        _ => return None,
    };
    let digits = match digits {
        [] => vec![],
        [n] => exactly(std::slice::from_ref(n), &[Kind::Int])?,
        _ => return None,
    };
    Some(std::iter::once(number).chain(digits).collect())
}

fn is_float(args: &[ColumnarValue]) -> bool {
    args.first()
        .is_some_and(|a| a.data_type() == DataType::Float64)
}

fn to_digits(
    args: &[ColumnarValue],
    rows: usize,
    float: fn(f64, i64) -> Result<f64, Fault>,
    decimal: fn(i128, i64) -> Result<i128, Fault>,
) -> Result<ColumnarValue> {
    match (is_float(args), args.len()) {
        (true, 1) => map::<Float64Type, Float64Type>(args, rows, |a| float(a, 0).map(Some)),
        (true, _) => zip_with::<Float64Type, Int64Type, Float64Type>(args, rows, |a, n| {
            float(a, n).map(Some)
        }),
        (false, 1) => {
            map::<Decimal128Type, Decimal128Type>(args, rows, |a| decimal(a, 0).map(Some))
        }
        (false, _) => zip_with::<Decimal128Type, Int64Type, Decimal128Type>(args, rows, |a, n| {
            decimal(a, n).map(Some)
        }),
    }
}

fn to_integer(
    args: &[ColumnarValue],
    rows: usize,
    float: fn(f64) -> f64,
    decimal: fn(i128) -> Result<i128, Fault>,
) -> Result<ColumnarValue> {
    if is_float(args) {
        map::<Float64Type, Float64Type>(args, rows, |a| Ok(Some(float(a))))
    } else {
        map::<Decimal128Type, Decimal128Type>(args, rows, |a| decimal(a).map(Some))
    }
}

fn reals(
    args: &[ColumnarValue],
    rows: usize,
    compute: fn(f64) -> f64,
    defined: fn(f64) -> bool,
) -> Result<ColumnarValue> {
    map::<Float64Type, Float64Type>(args, rows, |a| {
        if !defined(a) {
            return Err(Fault("a function has no real value here"));
        }
        finite(compute(a), a.is_finite())
    })
}

fn test(args: &[ColumnarValue], rows: usize, holds: fn(f64) -> bool) -> Result<ColumnarValue> {
    on_arrays(args, rows, |arrays| {
        let values = arrays
            .first()
            .and_then(|a| a.as_primitive_opt::<Float64Type>())
            .ok_or_else(|| exec_datafusion_err!("expected a FLOAT64"))?;
        Ok(Arc::new(BooleanArray::from_unary(values, holds)))
    })
}
