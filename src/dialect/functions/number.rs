//! `ROUND`, `TRUNC`, `FLOOR`, `CEIL`, `IS_NAN`, `IS_INF`.
//!
//! Of an INT64, `ROUND` and its kin return FLOAT64.

use std::sync::Arc;

use datafusion::arrow::array::{AsArray, BooleanArray};
use datafusion::arrow::datatypes::{
    ArrowPrimitiveType, DataType, Decimal128Type, Decimal256Type, Float64Type, Int64Type, i256,
};
use datafusion::common::{Result, exec_datafusion_err, exec_err, internal_err, plan_err};
use datafusion::logical_expr::ColumnarValue;

use super::super::types::Kind;
use super::coerce::{floats, take_floats, take_reals};
use super::elementwise::{Fault, map, zip_with};
use super::numeric::Halves;
use super::{Function, bignumeric, exactly, literal, numeric, on_arrays, round};

pub(super) const ALL: &[Function] = &[
    Function {
        name: "round",
        takes: |given| match given {
            [number, digits, mode] => {
                // A FLOAT64 has no rounding mode.
                let number = take_reals(std::slice::from_ref(number))?;
                let exact = number.first() != Some(&DataType::Float64);
                let rest = exactly(&[digits.clone(), mode.clone()], &[Kind::Int, Kind::String])?;
                exact.then(|| [number, rest].concat())
            }
            _ => take_rounded(given),
        },
        usage: "ROUND takes a number and, if at all, the digits after the point and, of a NUMERIC or BIGNUMERIC, a rounding mode",
        returns: first,
        run: |args, rows| match halves(args)? {
            Some(Halves::Away) => to_digits(args, rows, &ROUND),
            Some(Halves::Even) => to_digits(args, rows, &ROUND_EVEN),
            None => nothing(args, rows),
        },
    },
    Function {
        name: "trunc",
        takes: take_rounded,
        usage: "TRUNC takes a number and, if at all, the digits after the point",
        returns: first,
        run: |args, rows| to_digits(args, rows, &TRUNC),
    },
    Function {
        name: "floor",
        takes: |given| take_rounded(given).filter(|t| t.len() == 1),
        usage: "FLOOR takes a number",
        returns: first,
        run: |args, rows| to_digits(args, rows, &FLOOR),
    },
    Function {
        name: "ceil",
        takes: |given| take_rounded(given).filter(|t| t.len() == 1),
        usage: "CEIL takes a number",
        returns: first,
        run: |args, rows| to_digits(args, rows, &CEIL),
    },
    is("is_nan", "IS_NAN takes a FLOAT64", |args, rows| {
        test(args, rows, f64::is_nan)
    }),
    is("is_inf", "IS_INF takes a FLOAT64", |args, rows| {
        test(args, rows, f64::is_infinite)
    }),
];

const fn is(name: &'static str, usage: &'static str, run: super::Run) -> Function {
    Function {
        name,
        takes: |given| take_floats(given, 1),
        usage,
        returns: |_| DataType::Boolean,
        run,
    }
}

fn first(taken: &[DataType]) -> DataType {
    taken.first().cloned().unwrap_or(DataType::Null)
}

/// A number and maybe an INT64.
fn take_rounded(given: &[DataType]) -> Option<Vec<DataType>> {
    let (number, digits) = given.split_first()?;
    let number = take_reals(std::slice::from_ref(number))?;
    let digits = match digits {
        [] => vec![],
        [n] => exactly(std::slice::from_ref(n), &[Kind::Int])?,
        _ => return None,
    };
    Some([number, digits].concat())
}

/// The rounding mode of `ROUND`; none if it is NULL.
fn halves(args: &[ColumnarValue]) -> Result<Option<Halves>> {
    let Some(mode) = args.get(2) else {
        return Ok(Some(Halves::Away));
    };
    Ok(match literal(Some(mode), "a rounding mode")?.as_deref() {
        None => None,
        Some("ROUND_HALF_AWAY_FROM_ZERO") => Some(Halves::Away),
        Some("ROUND_HALF_EVEN") => Some(Halves::Even),
        Some(other) => {
            return plan_err!(
                "`{other}` is not a rounding mode; write ROUND_HALF_AWAY_FROM_ZERO or ROUND_HALF_EVEN"
            );
        }
    })
}

fn nothing(args: &[ColumnarValue], rows: usize) -> Result<ColumnarValue> {
    match args.first().map(ColumnarValue::data_type) {
        Some(DataType::Decimal128(..)) => {
            map::<Decimal128Type, Decimal128Type>(args, rows, |_| Ok(None))
        }
        Some(DataType::Decimal256(..)) => {
            map::<Decimal256Type, Decimal256Type>(args, rows, |_| Ok(None))
        }
        _ => exec_err!("a rounding mode of another type"),
    }
}

/// What a function does to a number of each type and digits after the point.
struct Rounding {
    float: fn(f64, i64) -> Result<f64, Fault>,
    numeric: fn(i128, i64) -> Result<i128, Fault>,
    big: fn(i256, i64) -> Result<i256, Fault>,
}

const ROUND: Rounding = Rounding {
    float: round::round,
    numeric: |x, n| numeric::round(x, n, Halves::Away),
    big: |x, n| bignumeric::round(x, n, Halves::Away),
};

const ROUND_EVEN: Rounding = Rounding {
    float: |_, _| Err(Fault("a FLOAT64 has no rounding mode")),
    numeric: |x, n| numeric::round(x, n, Halves::Even),
    big: |x, n| bignumeric::round(x, n, Halves::Even),
};

const TRUNC: Rounding = Rounding {
    float: round::trunc,
    numeric: |x, n| Ok(numeric::trunc(x, n)),
    big: |x, n| Ok(bignumeric::trunc(x, n)),
};

const FLOOR: Rounding = Rounding {
    float: |x, _| Ok(x.floor()),
    numeric: |x, _| numeric::floor(x),
    big: |x, _| bignumeric::floor(x),
};

const CEIL: Rounding = Rounding {
    float: |x, _| Ok(x.ceil()),
    numeric: |x, _| numeric::ceil(x),
    big: |x, _| bignumeric::ceil(x),
};

fn to_digits(args: &[ColumnarValue], rows: usize, to: &Rounding) -> Result<ColumnarValue> {
    match args.first().map(|a| Kind::of(&a.data_type())) {
        Some(Kind::Float) => at_digit::<Float64Type>(args, rows, to.float),
        Some(Kind::Numeric) => at_digit::<Decimal128Type>(args, rows, to.numeric),
        Some(Kind::BigNumeric) => at_digit::<Decimal256Type>(args, rows, to.big),
        other => internal_err!("rounding of {other:?}"),
    }
}

fn at_digit<T: ArrowPrimitiveType>(
    args: &[ColumnarValue],
    rows: usize,
    to: fn(T::Native, i64) -> Result<T::Native, Fault>,
) -> Result<ColumnarValue> {
    if args.len() == 1 {
        map::<T, T>(args, rows, |x| to(x, 0).map(Some))
    } else {
        zip_with::<T, Int64Type, T>(args, rows, |x, n| to(x, n).map(Some))
    }
}

fn test(args: &[ColumnarValue], rows: usize, holds: fn(f64) -> bool) -> Result<ColumnarValue> {
    let args = floats(args, rows)?;
    on_arrays(&args, rows, |arrays| {
        let values = arrays
            .first()
            .and_then(|a| a.as_primitive_opt::<Float64Type>())
            .ok_or_else(|| exec_datafusion_err!("expected a FLOAT64"))?;
        Ok(Arc::new(BooleanArray::from_unary(values, holds)))
    })
}

#[cfg(test)]
mod tests {
    use super::super::samples::check;

    #[test]
    fn rounding() {
        check(&[
            ("round", &["2.5"], "3.0"),
            ("round", &["-2.5"], "-3.0"),
            ("round", &["3"], "3.0"),
            ("round", &["2.675", "2"], "2.67"),
            ("round", &["1234.5", "-2"], "1200.0"),
            ("round", &["nan", "2"], "nan"),
            ("round", &["-inf"], "-inf"),
            ("round", &["n2.675", "2"], "n2.68"),
            ("round", &["b-2.675", "2"], "b-2.68"),
            ("round", &["n2.5"], "n3"),
            ("round", &["null"], "float"),
            ("round", &["1.5", "null"], "float"),
            ("round", &["n2.25", "1", "'ROUND_HALF_EVEN'"], "n2.2"),
            (
                "round",
                &["n2.25", "1", "'ROUND_HALF_AWAY_FROM_ZERO'"],
                "n2.3",
            ),
            ("round", &["b2.35", "1", "'ROUND_HALF_EVEN'"], "b2.4"),
            ("round", &["n2.25", "1", "'HALF_EVEN'"], "error"),
            ("round", &["2.25", "1", "'ROUND_HALF_EVEN'"], "error"),
            ("round", &["n99999999999999999999999999999.5"], "error"),
            ("trunc", &["2.9"], "2.0"),
            ("trunc", &["-2.9"], "-2.0"),
            ("trunc", &["n-2.95", "1"], "n-2.9"),
            ("trunc", &["b29.5", "-1"], "b20"),
            ("trunc", &["7"], "7.0"),
            ("floor", &["-1.5"], "-2.0"),
            ("floor", &["n-1.5"], "n-2"),
            ("floor", &["b-1.5"], "b-2"),
            ("floor", &["5"], "5.0"),
            ("ceil", &["1.2"], "2.0"),
            ("ceil", &["n1.2"], "n2"),
            ("ceil", &["b-1.2"], "b-1"),
            ("ceil", &["5"], "5.0"),
            ("ceil", &["n99999999999999999999999999999.5"], "error"),
            ("ceil", &["'1'"], "error"),
        ]);
    }

    #[test]
    fn kinds_of_floats() {
        let bool = |x| Ok(datafusion::common::ScalarValue::Boolean(x));
        for (name, x, want) in [
            ("is_nan", "nan", Some(true)),
            ("is_nan", "inf", Some(false)),
            ("is_nan", "n1", Some(false)),
            ("is_nan", "float", None),
            ("is_inf", "-inf", Some(true)),
            ("is_inf", "1", Some(false)),
            ("is_inf", "nan", Some(false)),
        ] {
            let x = super::super::samples::value(x);
            assert_eq!(super::super::harness::call(name, &[x]), bool(want));
        }
    }
}
