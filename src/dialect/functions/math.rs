//! `SQRT`, `CBRT`, `EXP`, `LN`, `LOG`, `LOG10`, `POW`, `PI`, `DEGREES`, `RADIANS`.
//!
//! What has no real value, or none that the type holds, is an error. Of an INT64 they are FLOAT64.

use std::f64::consts::PI;

use datafusion::arrow::datatypes::{DataType, Decimal128Type, Decimal256Type, Float64Type, i256};
use datafusion::common::{Result, ScalarValue, internal_err};
use datafusion::logical_expr::ColumnarValue;

use super::super::types::Kind;
use super::arithmetic::finite;
use super::coerce::{alike, floats, kind, take_floats, take_reals};
use super::elementwise::{Fault, map, zip};
use super::{Function, fraction};

pub(super) const ALL: &[Function] = &[
    real("sqrt", "SQRT takes a number", |args, rows| {
        of_one(args, rows, &SQRT)
    }),
    real("exp", "EXP takes a number", |args, rows| {
        of_one(args, rows, &EXP)
    }),
    real("ln", "LN takes a number", |args, rows| {
        of_one(args, rows, &LN)
    }),
    real("log10", "LOG10 takes a number", |args, rows| {
        of_one(args, rows, &LOG10)
    }),
    Function {
        name: "log",
        takes: |given| take_reals(given).filter(|t| matches!(t.len(), 1 | 2)),
        usage: "LOG takes a number and, if at all, a base",
        returns: alike,
        run: |args, rows| match args.len() {
            1 => of_one(args, rows, &LN),
            _ => of_two(args, rows, &LOG),
        },
    },
    Function {
        name: "pow",
        takes: |given| take_reals(given).filter(|t| t.len() == 2),
        usage: "POW takes two numbers",
        returns: alike,
        run: |args, rows| of_two(args, rows, &POW),
    },
    float("cbrt", "CBRT takes a FLOAT64", |args, rows| {
        of_float(args, rows, |x| Ok(x.cbrt()))
    }),
    float("degrees", "DEGREES takes a FLOAT64", |args, rows| {
        of_float(args, rows, |x| finite(x * (180.0 / PI), x.is_finite()))
    }),
    float("radians", "RADIANS takes a FLOAT64", |args, rows| {
        of_float(args, rows, |x| finite(x * (PI / 180.0), x.is_finite()))
    }),
    Function {
        name: "pi",
        takes: |given| given.is_empty().then(Vec::new),
        usage: "PI takes nothing",
        returns: |_| DataType::Float64,
        run: |_, _| Ok(ColumnarValue::Scalar(ScalarValue::Float64(Some(PI)))),
    },
];

/// One number; the type is its own, FLOAT64 of an INT64.
const fn real(name: &'static str, usage: &'static str, run: super::Run) -> Function {
    Function {
        name,
        takes: |given| take_reals(given).filter(|t| t.len() == 1),
        usage,
        returns: alike,
        run,
    }
}

/// One FLOAT64 or INT64: what BigQuery answers for decimals is not documented.
const fn float(name: &'static str, usage: &'static str, run: super::Run) -> Function {
    Function {
        name,
        takes: |given| take_floats(given, 1).filter(|t| alike(t) == DataType::Float64),
        usage,
        returns: |_| DataType::Float64,
        run,
    }
}

/// What a function does to an argument of each type.
struct Unary {
    float: fn(f64) -> Result<f64, Fault>,
    numeric: fn(i128) -> Result<i128, Fault>,
    big: fn(i256) -> Result<i256, Fault>,
}

const UNDEFINED: Fault = Fault("a function has no real value here");

const SQRT: Unary = Unary {
    float: |x| {
        if x < 0.0 {
            return Err(UNDEFINED);
        }
        Ok(x.sqrt())
    },
    numeric: fraction::sqrt,
    big: fraction::sqrt,
};

const EXP: Unary = Unary {
    float: |x| finite(x.exp(), x.is_finite()),
    numeric: fraction::exp,
    big: fraction::exp,
};

const LN: Unary = Unary {
    float: |x| logarithm(x, x.ln()),
    numeric: fraction::ln,
    big: fraction::ln,
};

const LOG10: Unary = Unary {
    float: |x| logarithm(x, x.log10()),
    numeric: fraction::log10,
    big: fraction::log10,
};

/// What a function does to two arguments of each type.
struct Binary {
    float: fn(f64, f64) -> Result<f64, Fault>,
    numeric: fn(i128, i128) -> Result<i128, Fault>,
    big: fn(i256, i256) -> Result<i256, Fault>,
}

const LOG: Binary = Binary {
    float: |x, base| {
        // An infinite base has no logarithm to it, which is NaN, but a negative one is an error.
        if base <= 0.0 || base == 1.0 {
            return Err(UNDEFINED);
        }
        let log = if base.is_finite() {
            x.ln() / base.ln()
        } else {
            f64::NAN
        };
        if x.is_finite() && base.is_finite() && !log.is_finite() {
            return Err(UNDEFINED);
        }
        Ok(log)
    },
    numeric: fraction::log,
    big: fraction::log,
};

const POW: Binary = Binary {
    float: |base, exponent| {
        let power = base.powf(exponent);
        let given = base.is_finite() && exponent.is_finite();
        if given && power.is_nan() {
            return Err(UNDEFINED);
        }
        finite(power, given)
    },
    numeric: fraction::pow,
    big: fraction::pow,
};

fn logarithm(x: f64, log: f64) -> Result<f64, Fault> {
    if x.is_finite() && x <= 0.0 {
        return Err(UNDEFINED);
    }
    Ok(log)
}

fn of_one(args: &[ColumnarValue], rows: usize, function: &Unary) -> Result<ColumnarValue> {
    match kind(args) {
        Kind::Float => of_float(args, rows, function.float),
        Kind::Numeric => {
            map::<Decimal128Type, Decimal128Type>(args, rows, |x| (function.numeric)(x).map(Some))
        }
        Kind::BigNumeric => {
            map::<Decimal256Type, Decimal256Type>(args, rows, |x| (function.big)(x).map(Some))
        }
        other => internal_err!("a function of {other:?}"),
    }
}

fn of_two(args: &[ColumnarValue], rows: usize, function: &Binary) -> Result<ColumnarValue> {
    match kind(args) {
        Kind::Float => {
            let args = floats(args, rows)?;
            zip::<Float64Type, Float64Type>(&args, rows, |x, y| (function.float)(x, y).map(Some))
        }
        Kind::Numeric => zip::<Decimal128Type, Decimal128Type>(args, rows, |x, y| {
            (function.numeric)(x, y).map(Some)
        }),
        Kind::BigNumeric => {
            zip::<Decimal256Type, Decimal256Type>(args, rows, |x, y| (function.big)(x, y).map(Some))
        }
        other => internal_err!("a function of {other:?}"),
    }
}

/// A function of one FLOAT64.
pub(super) fn of_float(
    args: &[ColumnarValue],
    rows: usize,
    function: fn(f64) -> Result<f64, Fault>,
) -> Result<ColumnarValue> {
    let args = floats(args, rows)?;
    map::<Float64Type, Float64Type>(&args, rows, |x| function(x).map(Some))
}

#[cfg(test)]
mod tests {
    use super::super::samples::check;

    #[test]
    fn roots_and_powers() {
        check(&[
            ("sqrt", &["16"], "4.0"),
            ("sqrt", &["-0.0"], "0.0"),
            ("sqrt", &["inf"], "inf"),
            ("sqrt", &["nan"], "nan"),
            ("sqrt", &["-1"], "error"),
            ("sqrt", &["-inf"], "error"),
            ("sqrt", &["null"], "float"),
            ("cbrt", &["-27"], "-3.0"),
            ("cbrt", &["n27"], "error"),
            ("pow", &["2", "10"], "1024.0"),
            ("pow", &["-1.0", "0.5"], "error"),
            ("pow", &["0.0", "-0.1"], "error"),
            ("pow", &["0.0", "-inf"], "inf"),
            ("pow", &["2.0", "1024"], "error"),
            ("pow", &["2.0", "-1075"], "0.0"),
            ("pow", &["1.0", "nan"], "1.0"),
            ("pow", &["nan", "0"], "1.0"),
            ("pow", &["n2", "3"], "n8"),
            (
                "pow",
                &["2", "b0.5"],
                "b1.41421356237309504880168872420969807857",
            ),
            ("pow", &["n2", "0.5"], "1.4142135623730951"),
            ("exp", &["0"], "1.0"),
            ("exp", &["1000.0"], "error"),
            ("exp", &["-inf"], "0.0"),
            ("pi", &[], "3.141592653589793"),
            ("degrees", &["360"], "20626.480624709635"),
            ("degrees", &["5e-324"], "2.8e-322"),
            ("degrees", &["1e308"], "error"),
            (
                "radians",
                &["-1.7976931348623157e308"],
                "-3.1375664143845866e306",
            ),
            ("radians", &["null"], "float"),
        ]);
    }

    #[test]
    fn logarithms() {
        check(&[
            ("ln", &["1"], "0.0"),
            ("ln", &["0"], "error"),
            ("ln", &["-1.0"], "error"),
            ("ln", &["-inf"], "nan"),
            ("ln", &["inf"], "inf"),
            ("log", &["1.0"], "0.0"),
            ("log", &["1024", "2"], "10.0"),
            ("log", &["0.5", "2.0"], "-1.0"),
            ("log", &["2.0", "1.0"], "error"),
            ("log", &["2.0", "-0.5"], "error"),
            ("log", &["0.0", "2.0"], "error"),
            ("log", &["2.0", "inf"], "nan"),
            ("log", &["-inf", "2.0"], "nan"),
            ("log", &["inf", "0.5"], "-inf"),
            ("log", &["n9", "3"], "n2"),
            ("log", &["n2", "1"], "error"),
            ("log10", &["100"], "2.0"),
            ("log10", &["n1e-9"], "n-9"),
            ("log10", &["0"], "error"),
            ("log10", &["'1'"], "error"),
        ]);
    }
}
