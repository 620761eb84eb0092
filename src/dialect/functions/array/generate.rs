//! `GENERATE_ARRAY`.

use std::sync::Arc;

use datafusion::arrow::array::{
    Array, ArrayRef, ArrowNativeTypeOp as _, ArrowPrimitiveType, AsArray, PrimitiveArray,
};
use datafusion::arrow::datatypes::{
    DataType, Decimal128Type, Decimal256Type, Float64Type, Int64Type, i256,
};
use datafusion::common::{Result, exec_datafusion_err, exec_err};

use super::super::super::types::{BIGNUMERIC, NUMERIC};
use super::super::fits;
use super::{Function, Kind, array_of, common_of, first, list_of, on_arrays};

pub(in super::super) const ALL: &[Function] = &[Function {
    name: "generate_array",
    takes: |given| {
        let kind = match common_of(given)? {
            Kind::Null => Kind::Int,
            kind if kind.is_number() => kind,
            _ => return None,
        };
        matches!(given.len(), 2 | 3).then(|| kind.arrow().map(|t| vec![t; given.len()]))?
    },
    usage: "GENERATE_ARRAY takes two numbers and, if at all, a step",
    returns: |taken| array_of(first(taken)),
    run: |args, rows| {
        on_arrays(args, rows, |arrays| {
            match arrays.first().map(|a| a.data_type()) {
                Some(DataType::Int64) => {
                    sequences::<Int64Type>(arrays, 1, |start, step, _, last| {
                        last.map_or(Some(start), |last| last.checked_add(step))
                    })
                }
                Some(DataType::Decimal128(..)) => {
                    sequences::<Decimal128Type>(arrays, 10_i128.pow(9), |start, step, _, last| {
                        last.map_or(Some(start), |last| last.checked_add(step))
                    })
                }
                Some(DataType::Decimal256(..)) => {
                    let one = i256::from_i128(10_i128.pow(38));
                    sequences::<Decimal256Type>(arrays, one, |start, step, _, last| {
                        last.map_or(Some(start), |last| last.checked_add(step))
                    })
                }
                // From the start each time, so that errors do not add up.
                _ => sequences::<Float64Type>(arrays, 1.0, |start, step, count, _| {
                    let value = start + count as f64 * step;
                    (count == 0 || value.is_finite()).then_some(value)
                }),
            }
        })
    },
}];

/// A longer array is an error, as it is in BigQuery.
const MAX_LENGTH: usize = 1_048_575;

/// The element after `last`, of `count` before it; none where the type ends.
type Next<N> = fn(start: N, step: N, count: usize, last: Option<N>) -> Option<N>;

fn sequences<T: ArrowPrimitiveType>(
    arrays: &[ArrayRef],
    one: T::Native,
    next: Next<T::Native>,
) -> Result<ArrayRef>
where
    T::Native: PartialOrd + Default,
{
    let of = |index: usize| arrays.get(index).and_then(|a| a.as_primitive_opt::<T>());
    let (Some(starts), Some(ends)) = (of(0), of(1)) else {
        return exec_err!("GENERATE_ARRAY takes numbers of one type");
    };
    let steps = of(2);
    let zero = T::Native::default();
    let mut values: Vec<T::Native> = Vec::new();
    let (mut lengths, mut valid) = (Vec::new(), Vec::new());
    for row in 0..starts.len() {
        let any_null =
            starts.is_null(row) || ends.is_null(row) || steps.is_some_and(|s| s.is_null(row));
        valid.push(!any_null);
        if any_null {
            lengths.push(0);
            continue;
        }
        let (start, end) = (starts.value(row), ends.value(row));
        let step = steps.map_or(one, |steps| steps.value(row));
        let before = values.len();
        if step == zero {
            return exec_err!("the step of GENERATE_ARRAY is 0");
        }
        // Only a NaN does not compare.
        let order = (start.partial_cmp(&end), step.partial_cmp(&zero));
        let (Some(order), Some(sign)) = order else {
            return exec_err!("an argument of GENERATE_ARRAY is NaN");
        };
        if step
            .sub_checked(step)
            .is_ok_and(|difference| difference != zero)
        {
            return exec_err!("the step of GENERATE_ARRAY is infinite");
        }
        if order.is_eq() {
            values.push(start);
        } else if order == sign.reverse() {
            let mut last = None;
            while let Some(value) = next(start, step, values.len() - before, last) {
                let inside = if order.is_lt() {
                    value <= end
                } else {
                    value >= end
                };
                if !inside {
                    break;
                }
                if values.len() - before == MAX_LENGTH {
                    return exec_err!("GENERATE_ARRAY would make more than {MAX_LENGTH} elements");
                }
                values.push(value);
                last = Some(value);
            }
        }
        fits(values.len().saturating_mul(size_of::<T::Native>()))?;
        lengths.push(values.len() - before);
    }
    let data_type = match T::DATA_TYPE {
        DataType::Decimal128(..) => NUMERIC,
        DataType::Decimal256(..) => BIGNUMERIC,
        other => other,
    };
    let values = PrimitiveArray::<T>::try_new(values.into(), None)
        .map_err(|e| exec_datafusion_err!("{e}"))?
        .with_data_type(data_type);
    list_of(Arc::new(values), lengths, valid)
}
