//! One element of an array: `a[OFFSET(i)]`, `a[ORDINAL(i)]`, their safe forms, `ARRAY_FIRST`, `ARRAY_LAST`.

use datafusion::arrow::array::{Array, ArrayRef, Int64Array, ListArray, UInt32Array};
use datafusion::arrow::compute::take;
use datafusion::arrow::datatypes::DataType;
use datafusion::common::{Result, exec_err};

use super::{Function, array_and_int, element_of, on_arrays, one_array, range, typed};

pub(in super::super) const ALL: &[Function] = &[
    subscript("$offset", |args, rows| {
        on_arrays(args, rows, |arrays| pick(arrays, 0, false))
    }),
    subscript("$safe_offset", |args, rows| {
        on_arrays(args, rows, |arrays| pick(arrays, 0, true))
    }),
    subscript("$ordinal", |args, rows| {
        on_arrays(args, rows, |arrays| pick(arrays, 1, false))
    }),
    subscript("$safe_ordinal", |args, rows| {
        on_arrays(args, rows, |arrays| pick(arrays, 1, true))
    }),
    Function {
        name: "array_first",
        takes: one_array,
        usage: "ARRAY_FIRST takes an array",
        returns: element_type,
        run: |args, rows| on_arrays(args, rows, |arrays| end(arrays, true)),
    },
    Function {
        name: "array_last",
        takes: one_array,
        usage: "ARRAY_LAST takes an array",
        returns: element_type,
        run: |args, rows| on_arrays(args, rows, |arrays| end(arrays, false)),
    },
];

const fn subscript(name: &'static str, run: super::super::Run) -> Function {
    Function {
        name,
        takes: array_and_int,
        usage: "an element of an array is asked for by an INT64",
        returns: element_type,
        run,
    }
}

pub(super) fn element_type(taken: &[DataType]) -> DataType {
    let element = taken.first().and_then(element_of);
    element.cloned().unwrap_or(DataType::Null)
}

/// The elements at the indices, counted from `base`.
fn pick(arrays: &[ArrayRef], base: i64, safe: bool) -> Result<ArrayRef> {
    let list = typed::<ListArray>(arrays, 0)?;
    let indices = typed::<Int64Array>(arrays, 1)?;
    let element = |row: usize| {
        if list.is_null(row) || indices.is_null(row) {
            return Ok(None);
        }
        let (range, index) = (range(list, row), indices.value(row));
        let at = index
            .checked_sub(base)
            .and_then(|at| usize::try_from(at).ok());
        match at.filter(|at| *at < range.len()) {
            Some(at) => Ok(Some((range.start + at) as u32)),
            None if safe => Ok(None),
            None => exec_err!("Array index {index} is out of bounds"),
        }
    };
    let elements = (0..list.len())
        .map(element)
        .collect::<Result<UInt32Array>>()?;
    Ok(take(list.values(), &elements, None)?)
}

fn end(arrays: &[ArrayRef], first: bool) -> Result<ArrayRef> {
    let list = typed::<ListArray>(arrays, 0)?;
    let element = |row: usize| {
        let range = range(list, row);
        match (list.is_valid(row), range.is_empty(), first) {
            (false, ..) => Ok(None),
            (_, true, true) => exec_err!("ARRAY_FIRST of an empty array"),
            (_, true, false) => exec_err!("ARRAY_LAST of an empty array"),
            (_, _, true) => Ok(Some(range.start as u32)),
            (_, _, false) => Ok(Some((range.end - 1) as u32)),
        }
    };
    let elements = (0..list.len())
        .map(element)
        .collect::<Result<UInt32Array>>()?;
    Ok(take(list.values(), &elements, None)?)
}
