//! Compares an array, element by element, with the columns that hold its elements too.

use arrow::array::{Array, ArrayRef, AsArray, BooleanArray, Float64Array, ListArray, RecordBatch};
use arrow::compute::cast;
use arrow::datatypes::{DataType, Float64Type, Int64Type};
use datafusion::error::{DataFusionError, Result};

use super::classify::Classes;
use super::fold::{column_at, is_true};
use super::metric::{Measure, OfNull, array};
use super::program::Step;

/// What comparing the arrays of a batch came to.
#[derive(Debug)]
pub(super) struct Compared {
    pub(super) classes: Classes,
    /// By row, the first element that differs, as its index in [`Measure::Array`]'s list.
    pub(super) first: Vec<Option<u32>>,
}

/// Sorts the rows of a batch into the classes of [`Measure::Array`].
pub(super) fn compare(step: &Step, batch: &RecordBatch) -> Result<Option<Compared>> {
    let (
        Measure::Array {
            elements,
            names,
            nulls,
            tolerance,
            ..
        },
        Some(columns),
    ) = (&step.metric.measure, &step.array)
    else {
        return Ok(None);
    };
    let lists = list(step.column(batch)?)?;
    let values = cast(lists.values(), &DataType::Float64)?;
    let values = values.as_primitive::<Float64Type>();
    let rows = batch.num_rows();
    let mut compared = vec![false; rows];
    let mut short = vec![false; rows];
    let mut first: Vec<Option<u32>> = vec![None; rows];
    let tolerance = tolerance.as_f64();
    for (at, (element, (column, except))) in (0_u32..).zip(elements.iter().zip(&columns.elements)) {
        let flat = column_at(batch, *column)?.as_primitive::<Float64Type>();
        let except = except
            .map(|except| boolean(column_at(batch, except)?))
            .transpose()?;
        let slots = compared.iter_mut().zip(&mut short).zip(&mut first);
        for (row, ((compared, short), first)) in slots.enumerate() {
            if lists.is_null(row) || except.is_some_and(|e| is_true(e, row)) {
                continue;
            }
            let value = element_of(lists, values, row, element.index);
            let agrees = match (value, at_row(flat, row)) {
                (_, None) if *nulls == OfNull::Ignore => continue,
                (None, None) => continue,
                (None, Some(_)) => {
                    *short = true;
                    *compared = true;
                    continue;
                }
                (Some(value), None) => *nulls == OfNull::Zero && value == 0.0,
                (Some(a), Some(b)) => same(a, b, tolerance),
            };
            *compared = true;
            if !agrees && first.is_none() {
                *first = Some(at);
            }
        }
    }
    if let Some(length) = columns.length {
        let lengths = column_at(batch, length)?.as_primitive::<Int64Type>();
        for (row, (compared, short)) in compared.iter_mut().zip(&mut short).enumerate() {
            if lists.is_valid(row) && lengths.is_valid(row) {
                *compared = true;
                *short |= i64::from(lists.value_length(row)) != lengths.value(row);
            }
        }
    }
    let mut misnamed = vec![false; rows];
    if let (Some(column), Some((_, wanted))) = (columns.names, names) {
        let given = list(column_at(batch, column)?)?;
        for (row, slot) in misnamed.iter_mut().enumerate() {
            *slot = given.is_valid(row) && !is_prefix(&given.value(row), wanted);
        }
    }
    let classes: Vec<u8> = (0..rows)
        .map(|row| {
            let is = |flags: &[bool]| flags.get(row).copied().unwrap_or(false);
            let class = if is(&short) {
                array::LENGTH
            } else if is(&misnamed) {
                array::NAMES
            } else if first.get(row).copied().flatten().is_some() {
                array::DIFFERS
            } else if is(&compared) {
                array::AGREES
            } else {
                array::NULL
            };
            class as u8
        })
        .collect();
    let classes = match classes
        .iter()
        .all(|class| usize::from(*class) == array::AGREES)
    {
        true => Classes::All(array::AGREES),
        false => Classes::Each(classes),
    };
    Ok(Some(Compared { classes, first }))
}

/// The element and the column's value of a row, for evidence.
pub(super) fn pair_at(
    step: &Step,
    batch: &RecordBatch,
    row: usize,
    at: u32,
) -> Result<Option<(Option<f64>, Option<f64>)>> {
    let (Measure::Array { elements, .. }, Some(columns)) = (&step.metric.measure, &step.array)
    else {
        return Ok(None);
    };
    let at = at as usize;
    let (Some(element), Some((column, _))) = (elements.get(at), columns.elements.get(at)) else {
        return Ok(None);
    };
    let lists = list(step.column(batch)?)?;
    let values = cast(lists.values(), &DataType::Float64)?;
    let flat = column_at(batch, *column)?.as_primitive::<Float64Type>();
    Ok(Some((
        element_of(
            lists,
            values.as_primitive::<Float64Type>(),
            row,
            element.index,
        ),
        at_row(flat, row),
    )))
}

/// Whether two values are the same: NaN is NaN, infinities are themselves.
fn same(a: f64, b: f64, tolerance: f64) -> bool {
    a == b || (a.is_nan() && b.is_nan()) || (a - b).abs() <= tolerance
}

fn element_of(lists: &ListArray, values: &Float64Array, row: usize, index: usize) -> Option<f64> {
    let offsets = lists.value_offsets();
    let (start, end) = (*offsets.get(row)?, *offsets.get(row + 1)?);
    let at = usize::try_from(start).ok()?.checked_add(index)?;
    (at < usize::try_from(end).ok()?)
        .then(|| at_row(values, at))
        .flatten()
}

fn at_row(values: &Float64Array, row: usize) -> Option<f64> {
    values.is_valid(row).then(|| values.value(row))
}

fn is_prefix(given: &ArrayRef, wanted: &[String]) -> bool {
    let Some(given) = given.as_string_view_opt() else {
        return false;
    };
    given.len() <= wanted.len() && given.iter().zip(wanted).all(|(g, w)| g == Some(w.as_str()))
}

fn list(column: &ArrayRef) -> Result<&ListArray> {
    column
        .as_list_opt::<i32>()
        .ok_or_else(|| DataFusionError::Execution("the array is not an ARRAY".to_owned()))
}

fn boolean(column: &ArrayRef) -> Result<&BooleanArray> {
    column
        .as_boolean_opt()
        .ok_or_else(|| DataFusionError::Execution("the condition is not a BOOL".to_owned()))
}
