//! What operators of two numbers compute.

use std::sync::Arc;

use datafusion::arrow::array::{Array, ArrayRef, Float64Array};
use datafusion::arrow::buffer::NullBuffer;
use datafusion::arrow::datatypes::{Float64Type, i256};
use datafusion::common::{Result, internal_err};
use datafusion::logical_expr::ColumnarValue;

use super::elementwise::{DIVISION_BY_ZERO, Fault, Operand};
use super::{bignumeric, numeric};

/// What an operator does to two operands of each type. A trait and no table of functions, so that each loop over rows has
/// its operator inside.
pub(super) trait Binary {
    fn int(a: i64, b: i64) -> Result<i64, Fault>;
    /// As the processor computes it.
    fn float(a: f64, b: f64) -> f64;
    /// Why there is no float although both operands are finite.
    fn fault(_divisor: f64) -> Fault {
        Fault("FLOAT64 overflow")
    }
    fn numeric(a: i128, b: i128) -> Result<i128, Fault>;
    fn big(a: i256, b: i256) -> Result<i256, Fault>;
}

pub(super) const INT_OVERFLOW: Fault = Fault("INT64 overflow");
/// Operands the types taken rule out.
const NOT_TAKEN: Fault = Fault("a function of other types");

pub(super) struct Add;

impl Binary for Add {
    fn int(a: i64, b: i64) -> Result<i64, Fault> {
        a.checked_add(b).ok_or(INT_OVERFLOW)
    }

    fn float(a: f64, b: f64) -> f64 {
        a + b
    }

    fn numeric(a: i128, b: i128) -> Result<i128, Fault> {
        numeric::add(a, b)
    }

    fn big(a: i256, b: i256) -> Result<i256, Fault> {
        bignumeric::add(a, b)
    }
}

pub(super) struct Subtract;

impl Binary for Subtract {
    fn int(a: i64, b: i64) -> Result<i64, Fault> {
        a.checked_sub(b).ok_or(INT_OVERFLOW)
    }

    fn float(a: f64, b: f64) -> f64 {
        a - b
    }

    fn numeric(a: i128, b: i128) -> Result<i128, Fault> {
        numeric::subtract(a, b)
    }

    fn big(a: i256, b: i256) -> Result<i256, Fault> {
        bignumeric::subtract(a, b)
    }
}

pub(super) struct Multiply;

impl Binary for Multiply {
    fn int(a: i64, b: i64) -> Result<i64, Fault> {
        a.checked_mul(b).ok_or(INT_OVERFLOW)
    }

    fn float(a: f64, b: f64) -> f64 {
        a * b
    }

    fn numeric(a: i128, b: i128) -> Result<i128, Fault> {
        numeric::multiply(a, b)
    }

    fn big(a: i256, b: i256) -> Result<i256, Fault> {
        bignumeric::multiply(a, b)
    }
}

pub(super) struct Divide;

impl Binary for Divide {
    fn int(_: i64, _: i64) -> Result<i64, Fault> {
        Err(NOT_TAKEN)
    }

    fn float(a: f64, b: f64) -> f64 {
        a / b
    }

    fn fault(divisor: f64) -> Fault {
        if divisor == 0.0 {
            return DIVISION_BY_ZERO;
        }
        Fault("FLOAT64 overflow")
    }

    fn numeric(a: i128, b: i128) -> Result<i128, Fault> {
        numeric::divide(a, b)
    }

    fn big(a: i256, b: i256) -> Result<i256, Fault> {
        bignumeric::divide(a, b)
    }
}

pub(super) struct Remainder;

impl Binary for Remainder {
    // The least INT64 modulo -1 is 0, though their quotient overflows.
    fn int(a: i64, b: i64) -> Result<i64, Fault> {
        if b == 0 {
            return Err(DIVISION_BY_ZERO);
        }
        Ok(a.wrapping_rem(b))
    }

    fn float(_: f64, _: f64) -> f64 {
        f64::NAN
    }

    fn fault(_: f64) -> Fault {
        NOT_TAKEN
    }

    fn numeric(a: i128, b: i128) -> Result<i128, Fault> {
        numeric::remainder(a, b)
    }

    fn big(a: i256, b: i256) -> Result<i256, Fault> {
        bignumeric::remainder(a, b)
    }
}

pub(super) struct WholeQuotient;

impl Binary for WholeQuotient {
    fn int(a: i64, b: i64) -> Result<i64, Fault> {
        if b == 0 {
            return Err(DIVISION_BY_ZERO);
        }
        a.checked_div(b).ok_or(INT_OVERFLOW)
    }

    fn float(_: f64, _: f64) -> f64 {
        f64::NAN
    }

    fn fault(_: f64) -> Fault {
        NOT_TAKEN
    }

    fn numeric(a: i128, b: i128) -> Result<i128, Fault> {
        numeric::whole_quotient(a, b)
    }

    fn big(a: i256, b: i256) -> Result<i256, Fault> {
        bignumeric::whole_quotient(a, b)
    }
}

/// A quotient by zero is no number, whatever is divided; else only what is not finite makes what is not.
pub(super) fn float<B: Binary>(a: f64, b: f64) -> Result<f64, Fault> {
    let value = B::float(a, b);
    if value.is_finite() {
        return Ok(value);
    }
    match B::fault(b) {
        DIVISION_BY_ZERO => Err(DIVISION_BY_ZERO),
        fault if a.is_finite() && b.is_finite() => Err(fault),
        _ => Ok(value),
    }
}

/// The answer if no value of it is other than finite, also where it is NULL: then nothing has failed, and the loop without
/// a way out is one the compiler makes vectors of.
pub(super) fn all_finite<B: Binary>(floats: &[ColumnarValue]) -> Result<Option<ColumnarValue>> {
    let [left, right] = floats else {
        return internal_err!("an operator without two operands");
    };
    let (values, nulls): (Vec<f64>, _) = match (
        Operand::<Float64Type>::of(left)?,
        Operand::<Float64Type>::of(right)?,
    ) {
        (Operand::Column(a), Operand::Column(b)) => {
            let pairs = a.values().iter().zip(b.values().iter());
            let values = pairs.map(|(a, b)| B::float(*a, *b)).collect();
            (values, NullBuffer::union(a.nulls(), b.nulls()))
        }
        (Operand::Column(a), Operand::Constant(Some(b))) => {
            let values = a.values().iter().map(|a| B::float(*a, b)).collect();
            (values, a.nulls().cloned())
        }
        (Operand::Constant(Some(a)), Operand::Column(b)) => {
            let values = b.values().iter().map(|b| B::float(a, *b)).collect();
            (values, b.nulls().cloned())
        }
        _ => return Ok(None),
    };
    let finite = values
        .iter()
        .fold(true, |all, value| all & value.is_finite());
    Ok(finite.then(|| {
        let array = Float64Array::new(values.into(), nulls);
        ColumnarValue::Array(Arc::new(array) as ArrayRef)
    }))
}
