//! Arrays: made, measured, cut, joined and taken apart. An array's elements may be NULL; arrays of arrays there are none.

mod element;
mod figure;
mod generate;
mod search;
#[cfg(test)]
mod tests;
mod zip;

use std::ops::Range;
use std::sync::Arc;

use datafusion::arrow::array::{Array, ArrayRef, AsArray, Int64Array, ListArray, UInt32Array};
use datafusion::arrow::buffer::{NullBuffer, OffsetBuffer};
use datafusion::arrow::compute::{interleave, take};
use datafusion::arrow::datatypes::{DataType, Field, Int64Type};
use datafusion::common::{Result, exec_datafusion_err, exec_err};

use super::super::types::{Kind, array_of, common_of, element as element_of};
use super::{ColumnarValue, Function, compare, exactly, finish, literal, on_arrays, typed};

pub(super) use element::ALL as ELEMENT;
pub(super) use figure::ALL as FIGURE;
pub(super) use generate::ALL as GENERATE;
pub(super) use search::ALL as SEARCH;
pub(super) use zip::ALL as ZIP;

pub(super) const ALL: &[Function] = &[
    // `[a, b]`
    Function {
        name: "$array",
        takes: |given| {
            let taken = united(given.iter())?;
            Some(vec![taken; given.len()])
        },
        usage: "elements of an array have one type, which is no array",
        returns: |taken| array_of(taken.first().cloned().unwrap_or(DataType::Int64)),
        run: construct,
    },
    // `ARRAY(SELECT ..)` of what was collected: of no rows nothing was. One mention of the array, which a CASE would be two
    // of, so that an array of a whole query stays one value and is not written beside each row.
    Function {
        name: "$array_or_empty",
        takes: one_array,
        usage: "an array of a subquery",
        returns: first,
        run: |args, rows| {
            on_arrays(args, rows, |arrays| {
                let list = typed::<ListArray>(arrays, 0)?;
                if list.null_count() == 0 {
                    return Ok(Arc::new(list.clone()) as ArrayRef);
                }
                keep(list, |row| {
                    Ok(Some(range(list, row).filter(move |_| list.is_valid(row))))
                })
            })
        },
    },
    // An array of a result: BigQuery writes none that holds a NULL.
    Function {
        name: "$without_nulls",
        takes: one_array,
        usage: "an array of a result",
        returns: first,
        run: |args, rows| {
            on_arrays(args, rows, |arrays| {
                let list = typed::<ListArray>(arrays, 0)?;
                let holds_null =
                    |row: usize| list.is_valid(row) && list.value(row).null_count() > 0;
                if (0..list.len()).any(holds_null) {
                    return exec_err!(
                        "an array of the result holds a NULL; write ARRAY_AGG(x IGNORE NULLS)"
                    );
                }
                Ok(Arc::new(list.clone()) as ArrayRef)
            })
        },
    },
    Function {
        name: "array_length",
        takes: one_array,
        usage: "ARRAY_LENGTH takes an array",
        returns: |_| DataType::Int64,
        run: |args, rows| {
            on_arrays(args, rows, |arrays| {
                let list = typed::<ListArray>(arrays, 0)?;
                let length = |row| list.is_valid(row).then(|| range(list, row).len() as i64);
                let lengths: Int64Array = (0..list.len()).map(length).collect();
                Ok(Arc::new(lengths) as ArrayRef)
            })
        },
    },
    Function {
        name: "array_concat",
        takes: |given| {
            let elements = given.iter().map(elements_of).collect::<Option<Vec<_>>>()?;
            let taken = array_of(united(elements.iter())?);
            (!given.is_empty()).then(|| vec![taken; given.len()])
        },
        usage: "ARRAY_CONCAT takes arrays of one type",
        returns: first,
        run: |args, rows| on_arrays(args, rows, concat),
    },
    Function {
        name: "array_reverse",
        takes: one_array,
        usage: "ARRAY_REVERSE takes an array",
        returns: first,
        run: |args, rows| {
            on_arrays(args, rows, |arrays| {
                let list = typed::<ListArray>(arrays, 0)?;
                keep(list, |row| {
                    Ok(list.is_valid(row).then(|| range(list, row).rev()))
                })
            })
        },
    },
    Function {
        name: "array_slice",
        takes: |given| {
            let (array, offsets) = given.split_first()?;
            let offsets = exactly(offsets, &[Kind::Int; 2])?;
            Some([vec![array_type(array)?], offsets].concat())
        },
        usage: "ARRAY_SLICE takes an array and two offsets",
        returns: first,
        run: |args, rows| on_arrays(args, rows, slice),
    },
    Function {
        name: "array_first_n",
        takes: array_and_int,
        usage: "ARRAY_FIRST_N takes an array and a number of elements",
        returns: first,
        run: |args, rows| on_arrays(args, rows, |arrays| first_or_last(arrays, true)),
    },
    Function {
        name: "array_last_n",
        takes: array_and_int,
        usage: "ARRAY_LAST_N takes an array and a number of elements",
        returns: first,
        run: |args, rows| on_arrays(args, rows, |arrays| first_or_last(arrays, false)),
    },
];

fn first(taken: &[DataType]) -> DataType {
    taken.first().cloned().unwrap_or(DataType::Null)
}

/// The type elements are computed with; a bare NULL is an INT64. None for arrays, which are no elements.
fn normal(given: &DataType) -> Option<DataType> {
    match Kind::of(given) {
        Kind::Null => Some(DataType::Int64),
        Kind::Struct => Some(given.clone()),
        Kind::Array | Kind::Other => None,
        kind => kind.arrow(),
    }
}

/// The type of the elements of an array, [`DataType::Null`] if it is not known.
fn elements_of(array: &DataType) -> Option<DataType> {
    match Kind::of(array) {
        Kind::Null => Some(DataType::Null),
        Kind::Array => element_of(array).cloned(),
        _ => None,
    }
}

/// The type an array is computed with.
fn array_type(given: &DataType) -> Option<DataType> {
    normal(&elements_of(given)?).map(array_of)
}

/// The type all of these coerce to, as elements.
fn united<'a>(types: impl Iterator<Item = &'a DataType>) -> Option<DataType> {
    let known: Vec<DataType> = types
        .filter(|t| Kind::of(t) != Kind::Null)
        .map(normal)
        .collect::<Option<_>>()?;
    match known.split_first() {
        None => Some(DataType::Int64),
        Some((first, rest)) if rest.iter().all(|t| t == first) => Some(first.clone()),
        Some(_) => common_of(&known)?.arrow(),
    }
}

fn one_array(given: &[DataType]) -> Option<Vec<DataType>> {
    match given {
        [array] => Some(vec![array_type(array)?]),
        _ => None,
    }
}

fn array_and_int(given: &[DataType]) -> Option<Vec<DataType>> {
    let (array, rest) = given.split_first()?;
    let rest = exactly(rest, &[Kind::Int])?;
    Some([vec![array_type(array)?], rest].concat())
}

/// Where the elements of a row's array lie among the values.
fn range(list: &ListArray, row: usize) -> Range<usize> {
    match list.value_offsets().get(row..row + 2) {
        Some([start, end]) => *start as usize..*end as usize,
        _ => 0..0,
    }
}

/// Arrays of some of the elements: for each row, where they lie among the values; none for a NULL.
fn keep<I: Iterator<Item = usize>>(
    list: &ListArray,
    elements: impl Fn(usize) -> Result<Option<I>>,
) -> Result<ArrayRef> {
    let mut indices: Vec<u32> = Vec::with_capacity(list.values().len());
    let mut lengths = Vec::with_capacity(list.len());
    let mut valid = Vec::with_capacity(list.len());
    for row in 0..list.len() {
        let before = indices.len();
        let kept = elements(row)?;
        valid.push(kept.is_some());
        indices.extend(kept.into_iter().flatten().map(|index| index as u32));
        lengths.push(indices.len() - before);
    }
    let values = take(list.values(), &UInt32Array::from(indices), None)?;
    list_of(values, lengths, valid)
}

fn list_of(values: ArrayRef, lengths: Vec<usize>, valid: Vec<bool>) -> Result<ArrayRef> {
    let field = Field::new("item", values.data_type().clone(), true);
    Ok(Arc::new(ListArray::try_new(
        Arc::new(field),
        OffsetBuffer::from_lengths(lengths),
        values,
        Some(NullBuffer::from(valid)),
    )?))
}

fn construct(args: &[ColumnarValue], rows: usize) -> Result<ColumnarValue> {
    if args.is_empty() {
        let none = Arc::new(Int64Array::from(Vec::<i64>::new()));
        return finish(list_of(none, vec![0], vec![true])?, true);
    }
    on_arrays(args, rows, |arrays| {
        let rows = arrays.first().map_or(0, |a| a.len());
        let columns: Vec<&dyn Array> = arrays.iter().map(|a| a.as_ref()).collect();
        let indices: Vec<_> = (0..rows)
            .flat_map(|row| (0..columns.len()).map(move |column| (column, row)))
            .collect();
        let values = interleave(&columns, &indices)?;
        list_of(values, vec![columns.len(); rows], vec![true; rows])
    })
}

fn concat(arrays: &[ArrayRef]) -> Result<ArrayRef> {
    let lists = (0..arrays.len())
        .map(|i| typed::<ListArray>(arrays, i))
        .collect::<Result<Vec<_>>>()?;
    let columns: Vec<&dyn Array> = lists.iter().map(|list| list.values().as_ref()).collect();
    let rows = arrays.first().map_or(0, |a| a.len());
    let mut indices = Vec::new();
    let mut lengths = Vec::with_capacity(rows);
    let mut valid = Vec::with_capacity(rows);
    for row in 0..rows {
        let before = indices.len();
        let all = lists.iter().all(|list| list.is_valid(row));
        if all {
            for (column, list) in lists.iter().enumerate() {
                indices.extend(range(list, row).map(|index| (column, index)));
            }
        }
        valid.push(all);
        lengths.push(indices.len() - before);
    }
    list_of(interleave(&columns, &indices)?, lengths, valid)
}

/// From and to an offset, both included; a negative one counts from the end, one outside is moved to the border.
fn slice(arrays: &[ArrayRef]) -> Result<ArrayRef> {
    let list = typed::<ListArray>(arrays, 0)?;
    let (from, to) = (
        typed::<Int64Array>(arrays, 1)?,
        typed::<Int64Array>(arrays, 2)?,
    );
    keep(list, |row| {
        if list.is_null(row) || from.is_null(row) || to.is_null(row) {
            return Ok(None);
        }
        let range = range(list, row);
        let length = range.len() as i64;
        let place = |offset: i64| {
            if offset < 0 {
                offset.saturating_add(length)
            } else {
                offset
            }
        };
        let (from, to) = (
            place(from.value(row)).max(0),
            place(to.value(row)).min(length - 1),
        );
        let start = range.start;
        Ok(Some(
            (from..to.saturating_add(1)).map(move |offset| start + offset as usize),
        ))
    })
}

fn first_or_last(arrays: &[ArrayRef], first: bool) -> Result<ArrayRef> {
    let list = typed::<ListArray>(arrays, 0)?;
    let counts = arrays
        .get(1)
        .and_then(|a| a.as_primitive_opt::<Int64Type>())
        .ok_or_else(|| exec_datafusion_err!("expected an INT64"))?;
    keep(list, |row| {
        if list.is_null(row) || counts.is_null(row) {
            return Ok(None);
        }
        let range = range(list, row);
        let Ok(count) = usize::try_from(counts.value(row)) else {
            let name = if first {
                "ARRAY_FIRST_N"
            } else {
                "ARRAY_LAST_N"
            };
            return exec_err!("{name} takes no negative number of elements");
        };
        let count = count.min(range.len());
        Ok(Some(if first {
            range.start..range.start + count
        } else {
            range.end - count..range.end
        }))
    })
}
