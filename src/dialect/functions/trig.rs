//! Trigonometric and hyperbolic functions and their inverses, of FLOAT64 in radians.
//!
//! A finite argument without a finite answer is an error; NaN and infinities pass through as IEEE 754 has it.

use datafusion::arrow::datatypes::{DataType, Float64Type};
use datafusion::common::Result;
use datafusion::logical_expr::ColumnarValue;

use super::Function;
use super::arithmetic::finite;
use super::coerce::{floats, take_floats};
use super::elementwise::{DIVISION_BY_ZERO, Fault, zip};
use super::math::of_float;

pub(super) const ALL: &[Function] = &[
    angle("sin", "SIN takes a FLOAT64", |args, rows| {
        of_float(args, rows, |x| checked(x, x.sin()))
    }),
    angle("cos", "COS takes a FLOAT64", |args, rows| {
        of_float(args, rows, |x| checked(x, x.cos()))
    }),
    angle("tan", "TAN takes a FLOAT64", |args, rows| {
        of_float(args, rows, |x| checked(x, x.tan()))
    }),
    angle("csc", "CSC takes a FLOAT64", |args, rows| {
        of_float(args, rows, |x| inverse(x, x.sin()))
    }),
    angle("sec", "SEC takes a FLOAT64", |args, rows| {
        of_float(args, rows, |x| inverse(x, x.cos()))
    }),
    angle("cot", "COT takes a FLOAT64", |args, rows| {
        of_float(args, rows, |x| inverse(x, x.tan()))
    }),
    angle("asin", "ASIN takes a FLOAT64", |args, rows| {
        of_float(args, rows, |x| checked(x, x.asin()))
    }),
    angle("acos", "ACOS takes a FLOAT64", |args, rows| {
        of_float(args, rows, |x| checked(x, x.acos()))
    }),
    angle("atan", "ATAN takes a FLOAT64", |args, rows| {
        of_float(args, rows, |x| checked(x, x.atan()))
    }),
    angle("sinh", "SINH takes a FLOAT64", |args, rows| {
        of_float(args, rows, |x| finite(x.sinh(), x.is_finite()))
    }),
    angle("cosh", "COSH takes a FLOAT64", |args, rows| {
        of_float(args, rows, |x| finite(x.cosh(), x.is_finite()))
    }),
    angle("tanh", "TANH takes a FLOAT64", |args, rows| {
        of_float(args, rows, |x| checked(x, x.tanh()))
    }),
    angle("csch", "CSCH takes a FLOAT64", |args, rows| {
        of_float(args, rows, |x| inverse(x, x.sinh()))
    }),
    angle("sech", "SECH takes a FLOAT64", |args, rows| {
        of_float(args, rows, |x| inverse(x, x.cosh()))
    }),
    angle("coth", "COTH takes a FLOAT64", |args, rows| {
        of_float(args, rows, |x| inverse(x, x.tanh()))
    }),
    // The library's, not Rust's own: those lose digits.
    angle("asinh", "ASINH takes a FLOAT64", |args, rows| {
        of_float(args, rows, |x| checked(x, libm::asinh(x)))
    }),
    angle("acosh", "ACOSH takes a FLOAT64", |args, rows| {
        of_float(args, rows, |x| checked(x, libm::acosh(x)))
    }),
    angle("atanh", "ATANH takes a FLOAT64", |args, rows| {
        of_float(args, rows, |x| checked(x, libm::atanh(x)))
    }),
    Function {
        name: "atan2",
        takes: |given| take_floats(given, 2),
        usage: "ATAN2 takes two FLOAT64",
        returns: |_| DataType::Float64,
        run: atan2,
    },
];

const fn angle(name: &'static str, usage: &'static str, run: super::Run) -> Function {
    Function {
        name,
        takes: |given| take_floats(given, 1),
        usage,
        returns: |_| DataType::Float64,
        run,
    }
}

fn checked(x: f64, answer: f64) -> Result<f64, Fault> {
    if x.is_finite() && !answer.is_finite() {
        return Err(Fault("a function has no real value here"));
    }
    Ok(answer)
}

/// One by what another function answers for `x`.
fn inverse(x: f64, answer: f64) -> Result<f64, Fault> {
    if answer == 0.0 {
        return Err(DIVISION_BY_ZERO);
    }
    if x.is_finite() && !answer.is_finite() {
        return Err(Fault("the answer is too small for a FLOAT64"));
    }
    finite(1.0 / answer, x.is_finite())
}

fn atan2(args: &[ColumnarValue], rows: usize) -> Result<ColumnarValue> {
    let args = floats(args, rows)?;
    zip::<Float64Type, Float64Type>(&args, rows, |y, x| Ok(Some(y.atan2(x))))
}
