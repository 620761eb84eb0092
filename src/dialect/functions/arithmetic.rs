//! `+ - * /`, `-x`, their `SAFE_` forms, `IEEE_DIVIDE`, `MOD`, `DIV`, `ABS`, `SIGN`.
//!
//! As in BigQuery: what overflows is an error, so are division by zero and a FLOAT64 result that is not finite although
//! both operands are; `/` of two INT64 is FLOAT64, else the type is the one both operands coerce to.
//! <https://cloud.google.com/bigquery/docs/reference/standard-sql/operators>

use datafusion::arrow::datatypes::{
    ArrowPrimitiveType, DataType, Decimal128Type, Decimal256Type, Float64Type, Int64Type, i256,
};
use datafusion::common::{Result, internal_err};
use datafusion::logical_expr::ColumnarValue;

use super::super::types::{INTERVAL, Kind};
use super::coerce::{alike, floats, kind, take, take_floats, take_reals};
use super::elementwise::{Fault, map, zip};
use super::operator::{
    Add, Binary, Divide, INT_OVERFLOW, Multiply, Remainder, Subtract, WholeQuotient, all_finite,
    float,
};
use super::{Function, bignumeric, numeric};

pub(super) const ALL: &[Function] = &[
    two("$add", "+ takes two numbers", |args, rows| {
        binary::<Add>(args, rows, false)
    }),
    two("$subtract", "- takes two numbers", |args, rows| {
        binary::<Subtract>(args, rows, false)
    }),
    two("$multiply", "* takes two numbers", |args, rows| {
        binary::<Multiply>(args, rows, false)
    }),
    Function {
        name: "$divide",
        takes: take_quotient,
        usage: "/ takes two numbers",
        returns: alike,
        run: |args, rows| binary::<Divide>(args, rows, false),
    },
    two("safe_add", "SAFE_ADD takes two numbers", |args, rows| {
        binary::<Add>(args, rows, true)
    }),
    two(
        "safe_subtract",
        "SAFE_SUBTRACT takes two numbers",
        |args, rows| binary::<Subtract>(args, rows, true),
    ),
    two(
        "safe_multiply",
        "SAFE_MULTIPLY takes two numbers",
        |args, rows| binary::<Multiply>(args, rows, true),
    ),
    Function {
        name: "safe_divide",
        takes: take_quotient,
        usage: "SAFE_DIVIDE takes two numbers",
        returns: alike,
        run: |args, rows| binary::<Divide>(args, rows, true),
    },
    Function {
        name: "ieee_divide",
        takes: |given| take_floats(given, 2),
        usage: "IEEE_DIVIDE takes two numbers",
        returns: |_| DataType::Float64,
        run: |args, rows| {
            let args = floats(args, rows)?;
            zip::<Float64Type, Float64Type>(&args, rows, |a, b| Ok(Some(a / b)))
        },
    },
    Function {
        name: "mod",
        takes: take_exact,
        usage: "MOD takes two INT64, NUMERIC or BIGNUMERIC",
        returns: alike,
        run: |args, rows| binary::<Remainder>(args, rows, false),
    },
    Function {
        name: "div",
        takes: take_exact,
        usage: "DIV takes two INT64, NUMERIC or BIGNUMERIC",
        returns: alike,
        run: |args, rows| binary::<WholeQuotient>(args, rows, false),
    },
    Function {
        name: "$negate",
        takes: |given| match given {
            [one] if Kind::of(one) == Kind::Interval => Some(vec![INTERVAL]),
            _ => take_one(given),
        },
        usage: "- takes a number or an INTERVAL",
        returns: alike,
        run: |args, rows| match kind(args) {
            Kind::Interval => super::interval::negated(args, rows),
            _ => unary(args, rows, &NEGATE, false),
        },
    },
    one("safe_negate", "SAFE_NEGATE takes a number", |args, rows| {
        unary(args, rows, &NEGATE, true)
    }),
    one("abs", "ABS takes a number", |args, rows| {
        unary(args, rows, &ABS, false)
    }),
    one("sign", "SIGN takes a number", |args, rows| {
        unary(args, rows, &SIGN, false)
    }),
];

const fn one(name: &'static str, usage: &'static str, run: super::Run) -> Function {
    Function {
        name,
        takes: take_one,
        usage,
        returns: alike,
        run,
    }
}

const fn two(name: &'static str, usage: &'static str, run: super::Run) -> Function {
    Function {
        name,
        takes: |given| take(given).filter(|t| t.len() == 2),
        usage,
        returns: alike,
        run,
    }
}

fn take_one(given: &[DataType]) -> Option<Vec<DataType>> {
    take(given).filter(|t| t.len() == 1)
}

fn take_exact(given: &[DataType]) -> Option<Vec<DataType>> {
    take(given).filter(|t| t.len() == 2 && alike(t) != DataType::Float64)
}

fn take_quotient(given: &[DataType]) -> Option<Vec<DataType>> {
    take_reals(given).filter(|t| t.len() == 2)
}

/// What a function does to an argument of each type.
struct Unary {
    int: fn(i64) -> Result<i64, Fault>,
    float: fn(f64) -> f64,
    numeric: fn(i128) -> i128,
    big: fn(i256) -> Result<i256, Fault>,
}

const NEGATE: Unary = Unary {
    int: |a| a.checked_neg().ok_or(INT_OVERFLOW),
    float: |a| -a,
    numeric: |a| -a,
    big: bignumeric::negate,
};

const ABS: Unary = Unary {
    int: |a| a.checked_abs().ok_or(INT_OVERFLOW),
    float: f64::abs,
    numeric: i128::abs,
    big: bignumeric::abs,
};

const SIGN: Unary = Unary {
    int: |a| Ok(a.signum()),
    float: |a| {
        if a == 0.0 {
            0.0
        } else if a.is_nan() {
            a
        } else {
            a.signum()
        }
    },
    numeric: |a| a.signum() * numeric::ONE,
    big: |a| Ok(bignumeric::sign(a)),
};

/// The result of FLOAT64 operands: not finite only if an operand is not.
pub(super) fn finite(result: f64, operands_finite: bool) -> Result<f64, Fault> {
    if operands_finite && !result.is_finite() {
        return Err(Fault("FLOAT64 overflow"));
    }
    Ok(result)
}

/// Computes row by row; what fails fails the query, or is NULL if `safe`.
fn binary<B: Binary>(args: &[ColumnarValue], rows: usize, safe: bool) -> Result<ColumnarValue> {
    match kind(args) {
        Kind::Int => both::<Int64Type>(args, rows, B::int, safe),
        Kind::Float => {
            let floats = floats(args, rows)?;
            match all_finite::<B>(&floats)? {
                Some(answer) => Ok(answer),
                None => both::<Float64Type>(&floats, rows, float::<B>, safe),
            }
        }
        Kind::Numeric => both::<Decimal128Type>(args, rows, B::numeric, safe),
        Kind::BigNumeric => both::<Decimal256Type>(args, rows, B::big, safe),
        other => internal_err!("arithmetic of {other:?}"),
    }
}

fn both<T: ArrowPrimitiveType>(
    args: &[ColumnarValue],
    rows: usize,
    compute: impl Fn(T::Native, T::Native) -> Result<T::Native, Fault>,
    safe: bool,
) -> Result<ColumnarValue> {
    if safe {
        zip::<T, T>(args, rows, |a, b| Ok(compute(a, b).ok()))
    } else {
        zip::<T, T>(args, rows, |a, b| compute(a, b).map(Some))
    }
}

fn unary(
    args: &[ColumnarValue],
    rows: usize,
    function: &Unary,
    safe: bool,
) -> Result<ColumnarValue> {
    match kind(args) {
        Kind::Int => map::<Int64Type, Int64Type>(args, rows, |a| settled((function.int)(a), safe)),
        Kind::Float => {
            map::<Float64Type, Float64Type>(args, rows, |a| Ok(Some((function.float)(a))))
        }
        Kind::Numeric => {
            map::<Decimal128Type, Decimal128Type>(args, rows, |a| Ok(Some((function.numeric)(a))))
        }
        Kind::BigNumeric => {
            map::<Decimal256Type, Decimal256Type>(args, rows, |a| settled((function.big)(a), safe))
        }
        other => internal_err!("arithmetic of {other:?}"),
    }
}

fn settled<T>(result: Result<T, Fault>, safe: bool) -> Result<Option<T>, Fault> {
    match result {
        Ok(value) => Ok(Some(value)),
        Err(_) if safe => Ok(None),
        Err(fault) => Err(fault),
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use datafusion::arrow::array::{Decimal128Array, Int64Array};
    use datafusion::common::ScalarValue;
    use datafusion::logical_expr::ColumnarValue;

    use super::super::super::types::NUMERIC;
    use super::super::harness::call_columns;
    use super::super::read;
    use super::super::samples::{check, value};

    const MOST: &str = "9223372036854775807";
    const LEAST: &str = "-9223372036854775808";
    const MOST_NUMERIC: &str = "n99999999999999999999999999999.999999999";
    const MOST_BIG: &str =
        "b578960446186580977117854925043439539266.34992332820282019728792003956564819967";

    /// A column of decimals, one of INT64 and a constant: decimals and floats keep their types over rows.
    #[test]
    fn columns_and_constants() {
        let numeric = [Some("0.1"), None, Some("-2.5")].map(|x| x.and_then(read::numeric));
        let numeric = Decimal128Array::from(numeric.to_vec()).with_data_type(NUMERIC);
        let numeric = ColumnarValue::Array(Arc::new(numeric));
        let ints = ColumnarValue::Array(Arc::new(Int64Array::from(vec![3, 4, 5])));
        let half = ColumnarValue::Scalar(value("0.5"));
        for (name, args, want) in [
            ("$add", [&numeric, &ints], ["n3.1", "n", "n2.5"]),
            ("$add", [&half, &numeric], ["0.6", "float", "-2.0"]),
            ("$divide", [&ints, &ints], ["1.0", "1.0", "1.0"]),
            ("least", [&numeric, &half], ["0.1", "float", "-2.5"]),
            ("pow", [&numeric, &ints], ["n0.001", "n", "n-97.65625"]),
            ("round", [&numeric, &ints], ["n0.1", "n", "n-2.5"]),
        ] {
            let args = args.into_iter().cloned().collect();
            let got = call_columns(name, args, 3).unwrap();
            for (row, want) in want.iter().enumerate() {
                let got = ScalarValue::try_from_array(&got, row).unwrap();
                assert_eq!(got, value(want), "{name} in row {row}");
            }
        }
    }

    #[test]
    fn types_meet() {
        check(&[
            ("$add", &["1", "2"], "3"),
            ("$add", &["1", "n0.5"], "n1.5"),
            ("$add", &["n0.1", "b0.2"], "b0.3"),
            ("$add", &["n0.1", "0.2"], "0.30000000000000004"),
            ("$multiply", &["b0.1", "3.0"], "0.30000000000000004"),
            ("$subtract", &["b1", "1"], "b0"),
            ("$multiply", &["n0.000000001", "n0.5"], "n0.000000001"),
            ("$multiply", &["n0.000000001", "n0.4"], "n0"),
            ("$divide", &["1", "2"], "0.5"),
            ("$divide", &["n2", "3"], "n0.666666667"),
            ("$divide", &["-2", "n3"], "n-0.666666667"),
            ("$divide", &["b1", "n8"], "b0.125"),
            ("$divide", &["n-3", "5.0"], "-0.6"),
            ("$add", &["null", "1"], "int"),
            ("$add", &["null", "null"], "int"),
            ("$add", &["float", "n1"], "float"),
            ("$divide", &["null", "1"], "float"),
            ("$add", &["'1'", "1"], "error"),
        ]);
    }

    #[test]
    fn what_overflows_fails_or_is_null() {
        check(&[
            ("$add", &[MOST, "1"], "error"),
            ("$subtract", &[LEAST, "1"], "error"),
            ("$multiply", &[MOST, "2"], "error"),
            ("$negate", &[LEAST], "error"),
            ("abs", &[LEAST], "error"),
            ("div", &[LEAST, "-1"], "error"),
            ("mod", &[LEAST, "-1"], "0"),
            ("$add", &[MOST_NUMERIC, "n0.000000001"], "error"),
            ("$multiply", &[MOST_NUMERIC, "n1.1"], "error"),
            ("$divide", &[MOST_NUMERIC, "n0.001"], "error"),
            ("$divide", &[MOST_NUMERIC, MOST_NUMERIC], "n1"),
            ("$add", &[MOST_BIG, "b1e-38"], "error"),
            ("$divide", &[MOST_BIG, "b-0.1"], "error"),
            (
                "$divide",
                &[MOST_BIG, "-2"],
                "b-289480223093290488558927462521719769633.17496166410141009864396001978282409984",
            ),
            ("$multiply", &["1e308", "10"], "error"),
            ("$multiply", &["inf", "0"], "nan"),
            ("$subtract", &["inf", "inf"], "nan"),
            ("safe_add", &[MOST, "1"], "int"),
            ("safe_add", &["1", "n2"], "n3"),
            ("safe_subtract", &[LEAST, "1"], "int"),
            ("safe_multiply", &[MOST_NUMERIC, "2"], "n"),
            ("safe_multiply", &["1e308", "10"], "float"),
            ("safe_negate", &[LEAST], "int"),
            ("safe_negate", &["1"], "-1"),
            ("safe_divide", &["1", "0"], "float"),
            ("safe_divide", &["n1", "0"], "n"),
            ("safe_divide", &["3", "4"], "0.75"),
        ]);
    }

    #[test]
    fn division() {
        check(&[
            ("$divide", &["1", "0"], "error"),
            ("$divide", &["inf", "0.0"], "error"),
            ("$divide", &["1.0", "inf"], "0.0"),
            ("$divide", &["n1", "n0"], "error"),
            ("$divide", &["b1", "b0"], "error"),
            ("ieee_divide", &["1", "0"], "inf"),
            ("ieee_divide", &["-1", "n0"], "-inf"),
            ("ieee_divide", &["0", "0"], "nan"),
            ("ieee_divide", &["null", "0"], "float"),
            ("div", &["-7", "2"], "-3"),
            ("div", &["n-7.5", "2"], "n-3"),
            ("div", &["b5", "b-1e-38"], "b-5e38"),
            ("div", &[MOST_NUMERIC, "n0.001"], "error"),
            ("div", &["1", "0"], "error"),
            ("div", &["1.0", "2"], "error"),
            ("mod", &["-7", "3"], "-1"),
            ("mod", &["n-7.5", "2"], "n-1.5"),
            ("mod", &["b7.5", "n-2"], "b1.5"),
            ("mod", &["n1", "n0"], "error"),
            ("mod", &["5.0", "2.0"], "error"),
        ]);
    }

    #[test]
    fn signs() {
        check(&[
            ("$negate", &["n1.5"], "n-1.5"),
            ("$negate", &["b1.5"], "b-1.5"),
            ("$negate", &["null"], "int"),
            ("abs", &["-2.5"], "2.5"),
            ("abs", &["b-2.5"], "b2.5"),
            ("ieee_divide", &["1", "-0.0"], "-inf"),
            ("sign", &["-3"], "-1"),
            ("sign", &["n-0.5"], "n-1"),
            ("sign", &["b0"], "b0"),
            ("sign", &["-inf"], "-1.0"),
            ("sign", &["nan"], "nan"),
            ("sign", &["null"], "int"),
        ]);
    }
}
