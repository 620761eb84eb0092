//! Figures of the elements of an array, NULLs left out: `ARRAY_MIN`, `ARRAY_MAX`, `ARRAY_SUM`, `ARRAY_AVG`. They are exact
//! like those of rows.

use std::sync::Arc;

use datafusion::arrow::array::{
    Array, ArrayRef, ArrowPrimitiveType, AsArray, ListArray, PrimitiveArray, UInt32Array,
    make_comparator,
};
use datafusion::arrow::compute::{SortOptions, take};
use datafusion::arrow::datatypes::{
    DataType, Decimal128Type, Decimal256Type, Float64Type, Int64Type, i256,
};
use datafusion::common::{Result, exec_datafusion_err, exec_err};
use num_bigint::{BigInt, BigUint, Sign};

use super::super::super::types::{BIGNUMERIC, NUMERIC};
use super::element::element_type;
use super::{Function, Kind, array_type, compare, elements_of, on_arrays, range, typed};
use crate::value::exact::{ExactSum, ratio};

pub(in super::super) const ALL: &[Function] = &[
    Function {
        name: "array_max",
        takes: take_ordered,
        usage: "ARRAY_MAX takes an array of a type that can be ordered",
        returns: element_type,
        run: |args, rows| on_arrays(args, rows, |arrays| extreme(arrays, true)),
    },
    Function {
        name: "array_min",
        takes: take_ordered,
        usage: "ARRAY_MIN takes an array of a type that can be ordered",
        returns: element_type,
        run: |args, rows| on_arrays(args, rows, |arrays| extreme(arrays, false)),
    },
    Function {
        name: "array_sum",
        takes: take_numbers,
        usage: "ARRAY_SUM takes an array of numbers",
        returns: element_type,
        run: |args, rows| on_arrays(args, rows, |arrays| figure(arrays, false)),
    },
    Function {
        name: "array_avg",
        takes: take_numbers,
        usage: "ARRAY_AVG takes an array of numbers",
        returns: |taken| match element_type(taken) {
            DataType::Int64 => DataType::Float64,
            other => other,
        },
        run: |args, rows| on_arrays(args, rows, |arrays| figure(arrays, true)),
    },
];

fn take_ordered(given: &[DataType]) -> Option<Vec<DataType>> {
    let [array] = given else { return None };
    let taken = array_type(array)?;
    let unordered = matches!(
        Kind::of(&elements_of(&taken)?),
        Kind::Struct | Kind::Json | Kind::Interval
    );
    (!unordered).then(|| vec![taken])
}

fn take_numbers(given: &[DataType]) -> Option<Vec<DataType>> {
    let [array] = given else { return None };
    let taken = array_type(array)?;
    Kind::of(&elements_of(&taken)?)
        .is_number()
        .then(|| vec![taken])
}

fn extreme(arrays: &[ArrayRef], greatest: bool) -> Result<ArrayRef> {
    let list = typed::<ListArray>(arrays, 0)?;
    let values = list.values();
    let floats = values.as_primitive_opt::<Float64Type>();
    let order = make_comparator(values.as_ref(), values.as_ref(), SortOptions::default())?;
    let best = |row: usize| {
        let mut elements = range(list, row).filter(|index| values.is_valid(*index));
        if list.is_null(row) {
            return None;
        }
        // A NaN is the least in order, and is what both answer if there is one.
        let key = |index: usize| floats.map(|floats| compare::order(floats.value(index)));
        let first = elements.next()?;
        let best = elements.fold(first, |best, index| {
            let order = match (key(best), key(index)) {
                (Some(i64::MIN), _) => return best,
                (_, Some(i64::MIN)) => return index,
                (Some(a), Some(b)) => b.cmp(&a),
                _ => order(index, best),
            };
            let better = if greatest {
                order.is_gt()
            } else {
                order.is_lt()
            };
            if better { index } else { best }
        });
        Some(best as u32)
    };
    let places: UInt32Array = (0..list.len()).map(best).collect();
    Ok(take(values, &places, None)?)
}

fn figure(arrays: &[ArrayRef], mean: bool) -> Result<ArrayRef> {
    let list = typed::<ListArray>(arrays, 0)?;
    match list.values().data_type() {
        DataType::Int64 if mean => each::<Int64Type, Float64Type>(list, |values| {
            let (sum, count) = total(values.iter().map(|v| BigInt::from(*v)));
            Ok(ratio(&sum, 0, &count))
        }),
        DataType::Int64 => each::<Int64Type, Int64Type>(list, |values| {
            let sum: i128 = values.iter().map(|v| i128::from(*v)).sum();
            i64::try_from(sum).or_else(|_| exec_err!("INT64 overflow in ARRAY_SUM"))
        }),
        DataType::Float64 => each::<Float64Type, Float64Type>(list, |values| {
            floats(values, if mean { values.len() } else { 1 })
        }),
        DataType::Decimal128(..) => {
            let figure = each::<Decimal128Type, Decimal128Type>(list, |values| {
                let (sum, count) = total(values.iter().map(|v| BigInt::from(*v)));
                let units = if mean { half_away(sum, &count) } else { sum };
                let max = 10_i128.pow(38) - 1;
                match i128::try_from(units) {
                    Ok(units) if units.unsigned_abs() <= max.unsigned_abs() => Ok(units),
                    _ => exec_err!("NUMERIC overflow in ARRAY_SUM or ARRAY_AVG"),
                }
            })?;
            Ok(with_type::<Decimal128Type>(&figure, NUMERIC))
        }
        DataType::Decimal256(..) => {
            let figure = each::<Decimal256Type, Decimal256Type>(list, |values| {
                let big = |v: &i256| BigInt::from_signed_bytes_le(&v.to_le_bytes());
                let (sum, count) = total(values.iter().map(big));
                let units = if mean { half_away(sum, &count) } else { sum };
                i256::from_string(&units.to_string()).ok_or_else(|| {
                    exec_datafusion_err!("BIGNUMERIC overflow in ARRAY_SUM or ARRAY_AVG")
                })
            })?;
            Ok(with_type::<Decimal256Type>(&figure, BIGNUMERIC))
        }
        _ => exec_err!("expected an array of numbers"),
    }
}

fn with_type<T: ArrowPrimitiveType>(array: &ArrayRef, data_type: DataType) -> ArrayRef {
    match array.as_primitive_opt::<T>() {
        Some(array) => Arc::new(array.clone().with_data_type(data_type)),
        None => Arc::clone(array),
    }
}

/// Of the elements that are not NULL, where there are some.
fn each<T: ArrowPrimitiveType, O: ArrowPrimitiveType>(
    list: &ListArray,
    figure: impl Fn(&[T::Native]) -> Result<O::Native>,
) -> Result<ArrayRef> {
    let Some(values) = list.values().as_primitive_opt::<T>() else {
        return exec_err!("expected an array of numbers");
    };
    let mut some = Vec::new();
    let one = |row: usize| {
        some.clear();
        if list.is_valid(row) {
            let present = range(list, row).filter(|index| values.is_valid(*index));
            some.extend(present.map(|index| values.value(index)));
        }
        (!some.is_empty()).then(|| figure(&some)).transpose()
    };
    let figures = (0..list.len()).map(one);
    Ok(Arc::new(figures.collect::<Result<PrimitiveArray<O>>>()?))
}

fn total(values: impl Iterator<Item = BigInt>) -> (BigInt, BigUint) {
    values.fold((BigInt::ZERO, BigUint::ZERO), |(sum, count), value| {
        (sum + value, count + 1u32)
    })
}

/// Correctly rounded; with NaN and infinities as IEEE addition has it.
fn floats(values: &[f64], count: usize) -> Result<f64> {
    if !values.iter().all(|value| value.is_finite()) {
        return Ok(values.iter().filter(|value| !value.is_finite()).sum());
    }
    let mut sum = ExactSum::default();
    for value in values {
        sum.add(*value);
    }
    let (mantissa, exponent) = sum.to_bigint_and_exponent();
    let figure = ratio(&mantissa, exponent, &BigUint::from(count));
    if figure.is_infinite() {
        return exec_err!("FLOAT64 overflow in ARRAY_SUM or ARRAY_AVG");
    }
    Ok(figure)
}

/// The quotient, rounded half away from zero.
fn half_away(sum: BigInt, count: &BigUint) -> BigInt {
    let (sign, magnitude) = sum.into_parts();
    let rounded = (magnitude * 2u32 + count) / (count * 2u32);
    match sign {
        Sign::Minus => -BigInt::from(rounded),
        _ => BigInt::from(rounded),
    }
}
