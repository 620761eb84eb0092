//! Comparisons of FLOAT64, as IEEE 754 and BigQuery have them: NaN is equal to nothing, not even itself, and -0 equals 0.
//!
//! Arrow compares floats by total order, where NaN equals NaN, is greater than all else, and -0 is less than 0.

use std::sync::Arc;

use datafusion::arrow::array::{Array, BooleanArray};
use datafusion::arrow::buffer::{BooleanBuffer, NullBuffer};
use datafusion::arrow::datatypes::{DataType, Float64Type, Int64Type};
use datafusion::common::{Result, ScalarValue, exec_err};
use datafusion::logical_expr::ColumnarValue;

use super::super::types::Kind;
use super::coerce::{floats, take_floats};
use super::elementwise::{Operand, is_constant, map};
use super::{Function, exactly};

pub(super) const ALL: &[Function] = &[
    comparison("$equal", |args, rows| compare(args, rows, |a, b| a == b)),
    comparison("$not_equal", |args, rows| {
        compare(args, rows, |a, b| a != b)
    }),
    comparison("$less", |args, rows| compare(args, rows, |a, b| a < b)),
    comparison("$less_or_equal", |args, rows| {
        compare(args, rows, |a, b| a <= b)
    }),
    comparison("$greater", |args, rows| compare(args, rows, |a, b| a > b)),
    comparison("$greater_or_equal", |args, rows| {
        compare(args, rows, |a, b| a >= b)
    }),
    Function {
        name: "$canonical",
        takes: |given| exactly(given, &[Kind::Float]),
        usage: "a FLOAT64 is expected",
        returns: |_| DataType::Float64,
        run: |args, rows| map::<Float64Type, Float64Type>(args, rows, |a| Ok(Some(canonical(a)))),
    },
    Function {
        name: "$order",
        takes: |given| exactly(given, &[Kind::Float]),
        usage: "a FLOAT64 is expected",
        returns: |_| DataType::Int64,
        run: |args, rows| map::<Float64Type, Int64Type>(args, rows, |a| Ok(Some(order(a)))),
    },
    Function {
        name: "$range_order",
        takes: |given| exactly(given, &[Kind::Float]),
        usage: "a FLOAT64 is expected",
        returns: |_| DataType::Float64,
        run: |args, rows| map::<Float64Type, Float64Type>(args, rows, |a| Ok(Some(range_order(a)))),
    },
];

/// A float whose total order is BigQuery's, and that a distance can be added to: NaN comes first, as one below -inf.
fn range_order(value: f64) -> f64 {
    if value.is_nan() {
        -f64::NAN.abs()
    } else {
        value + 0.0
    }
}

/// A number whose order is BigQuery's order of floats: NaN, then from -inf to inf, -0 beside 0.
pub(in super::super) fn order(value: f64) -> i64 {
    if value.is_nan() {
        return i64::MIN;
    }
    let bits = (value + 0.0).to_bits().cast_signed();
    // Negative floats grow with their magnitude: turn them round.
    if bits < 0 {
        i64::MIN.wrapping_sub(bits)
    } else {
        bits
    }
}

/// The float of an [`order`].
pub(in super::super) fn of_order(order: i64) -> f64 {
    match order {
        i64::MIN => f64::NAN,
        order if order < 0 => f64::from_bits(i64::MIN.wrapping_sub(order).cast_unsigned()),
        order => f64::from_bits(order.cast_unsigned()),
    }
}

/// One value for all that BigQuery groups together: 0 for -0, one NaN for all.
fn canonical(value: f64) -> f64 {
    if value.is_nan() {
        f64::NAN
    } else {
        value + 0.0
    }
}

const fn comparison(name: &'static str, run: super::Run) -> Function {
    Function {
        name,
        takes: |given| take_floats(given, 2),
        usage: "a comparison is between two FLOAT64",
        returns: |_| DataType::Boolean,
        run,
    }
}

fn compare(
    args: &[ColumnarValue],
    rows: usize,
    holds: impl Fn(f64, f64) -> bool,
) -> Result<ColumnarValue> {
    let floats = floats(args, rows)?;
    let [left, right] = floats.as_slice() else {
        return exec_err!("expected two arguments");
    };
    let constant = is_constant(left) && is_constant(right);
    let (left, right) = (
        Operand::<Float64Type>::of(left)?,
        Operand::<Float64Type>::of(right)?,
    );
    if constant {
        let value = left.get(0).zip(right.get(0)).map(|(a, b)| holds(a, b));
        return Ok(ColumnarValue::Scalar(ScalarValue::Boolean(value)));
    }
    let array = match (&left, &right) {
        (Operand::Column(a), Operand::Column(b)) => {
            let values = a.values().iter().zip(b.values().iter());
            BooleanArray::new(
                bits(values.map(|(a, b)| holds(*a, *b))),
                NullBuffer::union(a.nulls(), b.nulls()),
            )
        }
        (Operand::Column(a), Operand::Constant(Some(b))) => BooleanArray::new(
            bits(a.values().iter().map(|a| holds(*a, *b))),
            a.nulls().cloned(),
        ),
        (Operand::Constant(Some(a)), Operand::Column(b)) => BooleanArray::new(
            bits(b.values().iter().map(|b| holds(*a, *b))),
            b.nulls().cloned(),
        ),
        _ => BooleanArray::new(
            BooleanBuffer::new_unset(rows),
            Some(NullBuffer::new_null(rows)),
        ),
    };
    Ok(ColumnarValue::Array(Arc::new(array)))
}

/// A word at a time: `collect` asks for its room before each bit.
fn bits(mut answers: impl ExactSizeIterator<Item = bool>) -> BooleanBuffer {
    let len = answers.len();
    let mut words: Vec<u64> = Vec::with_capacity(len.div_ceil(64));
    for _ in 0..len / 64 {
        let mut word = 0;
        for bit in 0..64 {
            word |= u64::from(answers.next().unwrap_or_default()) << bit;
        }
        words.push(word);
    }
    let rest = answers.enumerate();
    words.push(rest.fold(0, |word, (bit, answer)| word | u64::from(answer) << bit));
    BooleanBuffer::new(words.into(), 0, len)
}
