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

#[cfg(test)]
mod tests {
    use super::super::samples::check;

    #[test]
    fn angles() {
        check(&[
            ("sin", &["0"], "0.0"),
            ("sin", &["inf"], "nan"),
            ("cos", &["0"], "1.0"),
            ("cos", &["n0"], "1.0"),
            ("tan", &["null"], "float"),
            ("csc", &["0"], "error"),
            ("csc", &["1.5707963267948966"], "1.0"),
            ("csc", &["inf"], "nan"),
            ("sec", &["0"], "1.0"),
            ("cot", &["0"], "error"),
            ("asin", &["1"], "1.5707963267948966"),
            ("asin", &["1.1"], "error"),
            ("asin", &["inf"], "nan"),
            ("acos", &["1"], "0.0"),
            ("acos", &["-1.1"], "error"),
            ("atan", &["-inf"], "-1.5707963267948966"),
            ("atan2", &["0.0", "0.0"], "0.0"),
            ("atan2", &["1", "-inf"], "3.141592653589793"),
            ("atan2", &["inf", "-inf"], "2.356194490192345"),
            ("atan2", &["nan", "0"], "nan"),
        ]);
    }

    #[test]
    fn hyperbolic() {
        check(&[
            ("sinh", &["0"], "0.0"),
            ("sinh", &["711"], "error"),
            ("sinh", &["-inf"], "-inf"),
            ("cosh", &["0"], "1.0"),
            ("cosh", &["-711"], "error"),
            ("tanh", &["inf"], "1.0"),
            ("csch", &["0"], "error"),
            ("csch", &["inf"], "0.0"),
            ("sech", &["0"], "1.0"),
            ("sech", &["800"], "error"),
            ("coth", &["1"], "1.3130352854993315"),
            ("coth", &["0"], "error"),
            ("asinh", &["-inf"], "-inf"),
            ("asinh", &["1.7976931348623157e308"], "710.4758600739439"),
            ("acosh", &["1"], "0.0"),
            ("acosh", &["0.5"], "error"),
            ("acosh", &["-inf"], "nan"),
            ("atanh", &["0.5"], "0.5493061443340548"),
            ("atanh", &["1"], "error"),
            ("atanh", &["2"], "error"),
            ("atanh", &["inf"], "nan"),
        ]);
    }
}
