//! `GREATEST` and `LEAST`: NULL if any argument is NULL, NaN if any is NaN.

use std::cmp::Ordering;
use std::sync::Arc;

use datafusion::arrow::array::{Array, ArrayRef, AsArray, UInt32Array, make_comparator};
use datafusion::arrow::buffer::NullBuffer;
use datafusion::arrow::compute::interleave;
use datafusion::arrow::datatypes::{DataType, Float64Type};
use datafusion::common::Result;

use super::super::types::{Kind, common_of};
use super::{Function, on_arrays};

pub(super) const ALL: &[Function] = &[
    Function {
        name: "greatest",
        takes: take_alike,
        usage: "GREATEST takes values of one type",
        returns: first,
        run: |args, rows| on_arrays(args, rows, |arrays| pick(arrays, Ordering::Greater)),
    },
    Function {
        name: "least",
        takes: take_alike,
        usage: "LEAST takes values of one type",
        returns: first,
        run: |args, rows| on_arrays(args, rows, |arrays| pick(arrays, Ordering::Less)),
    },
];

fn first(taken: &[DataType]) -> DataType {
    taken.first().cloned().unwrap_or(DataType::Null)
}

fn take_alike(given: &[DataType]) -> Option<Vec<DataType>> {
    let kind = common_of(given)?;
    (!given.is_empty() && kind != Kind::Other).then_some(())?;
    Some(vec![kind.arrow()?; given.len()])
}

/// Row by row the argument that compares as `wanted` with all others.
fn pick(arrays: &[ArrayRef], wanted: Ordering) -> Result<ArrayRef> {
    let Some((first, others)) = arrays.split_first() else {
        return Ok(Arc::new(UInt32Array::from(Vec::<u32>::new())));
    };
    let mut best: ArrayRef = Arc::clone(first);
    for other in others {
        let compare = make_comparator(&best, other, Default::default())?;
        let nulls = NullBuffer::union(
            best.logical_nulls().as_ref(),
            other.logical_nulls().as_ref(),
        );
        let nan = |array: &ArrayRef, row: usize| {
            array
                .as_primitive_opt::<Float64Type>()
                .is_some_and(|a| a.value(row).is_nan())
        };
        let rows: Vec<(usize, usize)> = (0..best.len())
            .map(|row| {
                let null = nulls.as_ref().is_some_and(|n| n.is_null(row));
                let takes_other = if null {
                    other.is_null(row)
                } else {
                    !nan(&best, row) && (nan(other, row) || compare(row, row) == wanted.reverse())
                };
                (usize::from(takes_other), row)
            })
            .collect();
        best = interleave(&[best.as_ref(), other.as_ref()], &rows)?;
    }
    Ok(best)
}
