//! What is read from the rows an aggregate holds, once they are in order.

use std::cmp::Ordering;
use std::sync::Arc;

use datafusion::arrow::array::{Array, ArrayRef, AsArray, ListArray, StructArray};
use datafusion::arrow::buffer::OffsetBuffer;
use datafusion::arrow::datatypes::{DataType, Field, Fields, Float64Type, Int64Type};
use datafusion::common::{Result, ScalarValue, exec_datafusion_err, exec_err};

use super::super::types::element;
use super::count::int;
use super::layout::{Layout, Row};
use super::percentile::Percentile;
use super::shape::Shape;

/// Rows in order, and how often each comes.
type Rows<'a> = [(Row<'a>, u64)];

/// How an answer is read from rows, of which there is at least one.
#[derive(Debug, Clone)]
pub(super) enum Reading {
    /// How many there are.
    Count,
    /// The first value.
    First,
    Array,
    /// The elements of the values, which are arrays.
    Concat,
    /// The values, which are STRING or BYTES, with this between them.
    Text(Vec<u8>),
    /// The values at n + 1 places that are as far apart.
    Quantiles(u64),
    /// The most frequent values.
    TopCount(u64),
    /// The values with the largest sums of the extra argument.
    TopSum(u64),
    Percentile(Percentile),
    /// What another aggregate makes of the values.
    Other(Shape),
}

impl Reading {
    pub(super) fn read(&self, layout: &Layout, rows: &Rows<'_>) -> Result<ScalarValue> {
        match self {
            Self::Count => Ok(int(rows.iter().map(|(_, times)| times).sum())),
            Self::First => value(layout, rows.first().map(|(row, _)| *row)),
            Self::Array => Ok(list(layout.values(each(rows))?)),
            Self::Concat => {
                let lists = layout.values(each(rows))?;
                let lists = lists.as_list_opt::<i32>();
                let lists = lists.ok_or_else(|| exec_datafusion_err!("not an array"))?;
                let item = element(layout.value_type());
                let field = Field::new("item", item.cloned().unwrap_or(DataType::Null), true);
                // The arrays were made one after the other, none of them NULL: what they hold is in place.
                let (from, to) = (lists.value_offsets().first(), lists.value_offsets().last());
                let (from, to) = (offset(from), offset(to));
                let values = lists.values().slice(from, to - from);
                let all = OffsetBuffer::from_lengths([values.len()]);
                let all = ListArray::try_new(Arc::new(field), all, values, None)?;
                Ok(ScalarValue::List(Arc::new(all)))
            }
            Self::Text(delimiter) => text(&layout.values(each(rows))?, delimiter),
            Self::Quantiles(n) => Ok(list(layout.values(quantiles(rows, *n).into_iter())?)),
            Self::TopCount(n) => {
                let mut groups = grouped(rows);
                // Equally frequent values in their order, as they come here.
                groups.sort_by_key(|group| std::cmp::Reverse(times(group)));
                groups.truncate(usize::try_from(*n).unwrap_or(usize::MAX));
                let counts = groups.iter().map(|group| int(times(group)));
                top(
                    layout,
                    &groups,
                    "count",
                    ScalarValue::iter_to_array(counts)?,
                )
            }
            Self::TopSum(n) => top_sum(layout, rows, *n),
            Self::Percentile(percentile) => percentile.read(layout, rows),
            Self::Other(shape) => {
                let mut other = shape
                    .fold(layout.value_type())
                    .ok_or_else(|| exec_datafusion_err!("an aggregate does not take the type"))?
                    .one();
                other.update_batch(&[layout.values(each(rows))?])?;
                other.evaluate()
            }
        }
    }
}

/// The value of a row.
pub(super) fn value(layout: &Layout, row: Option<Row<'_>>) -> Result<ScalarValue> {
    ScalarValue::try_from_array(&layout.values(row.into_iter())?, 0)
}

/// The row at a place, counting from 0.
pub(super) fn nth<'a>(rows: &Rows<'a>, place: u64) -> Option<Row<'a>> {
    let mut passed = 0;
    rows.iter()
        .find(|(_, times)| {
            passed += times;
            passed > place
        })
        .map(|(row, _)| *row)
}

/// How many rows there are.
pub(super) fn times(rows: &Rows<'_>) -> u64 {
    rows.iter().map(|(_, times)| times).sum()
}

/// Each row as often as it comes.
fn each<'r, 'a: 'r>(rows: &'r Rows<'a>) -> impl Iterator<Item = Row<'a>> + 'r {
    rows.iter()
        .flat_map(|(row, times)| (0..*times).map(move |_| *row))
}

fn offset(at: Option<&i32>) -> usize {
    at.and_then(|at| usize::try_from(*at).ok()).unwrap_or(0)
}

/// A value of type ARRAY.
fn list(values: ArrayRef) -> ScalarValue {
    let field = Arc::new(Field::new("item", values.data_type().clone(), true));
    let all = OffsetBuffer::from_lengths([values.len()]);
    ScalarValue::List(Arc::new(ListArray::new(field, all, values, None)))
}

fn text(values: &ArrayRef, delimiter: &[u8]) -> Result<ScalarValue> {
    if let Some(strings) = values.as_string_view_opt() {
        let delimiter = std::str::from_utf8(delimiter);
        let delimiter = delimiter.map_err(|e| exec_datafusion_err!("{e}"))?;
        let strings: Vec<&str> = strings.iter().flatten().collect();
        return Ok(ScalarValue::Utf8View(Some(strings.join(delimiter))));
    }
    match values.as_binary_view_opt() {
        Some(bytes) => {
            let bytes: Vec<&[u8]> = bytes.iter().flatten().collect();
            Ok(ScalarValue::BinaryView(Some(bytes.join(delimiter))))
        }
        None => exec_err!("STRING_AGG takes STRING or BYTES"),
    }
}

/// The first value of which at least `i / n` of all values are no greater, for each i up to n.
fn quantiles<'a>(rows: &Rows<'a>, n: u64) -> Vec<Row<'a>> {
    let total = u128::from(times(rows));
    let mut rows = rows.iter();
    let (mut passed, mut current) = (0, None);
    let mut found = Vec::new();
    for i in 0..=u128::from(n) {
        let place = (i * total).div_ceil(u128::from(n)).max(1);
        while passed < place
            && let Some((row, times)) = rows.next()
        {
            passed += u128::from(*times);
            current = Some(*row);
        }
        found.extend(current);
    }
    found
}

/// Rows of equal values together.
fn grouped<'r, 'a>(rows: &'r Rows<'a>) -> Vec<&'r Rows<'a>> {
    rows.chunk_by(|(a, _), (b, _)| a.value() == b.value())
        .collect()
}

fn top_sum(layout: &Layout, rows: &Rows<'_>, n: u64) -> Result<ScalarValue> {
    let mut sums = Vec::new();
    for group in grouped(rows) {
        let weights = layout.extras(each(group))?;
        check_weights(&weights)?;
        let mut total = Shape::Sum
            .fold(weights.data_type())
            .ok_or_else(|| exec_datafusion_err!("a weight is a number"))?
            .one();
        total.update_batch(&[weights])?;
        sums.push((group, total.evaluate()?));
    }
    // The largest first and NULL last; equal ones in the order of their values, as they come here.
    sums.sort_by(|(_, a), (_, b)| match (a.is_null(), b.is_null()) {
        (false, false) => b.partial_cmp(a).unwrap_or(Ordering::Equal),
        (a, b) => a.cmp(&b),
    });
    sums.truncate(usize::try_from(n).unwrap_or(usize::MAX));
    let (groups, sums): (Vec<_>, Vec<_>) = sums.into_iter().unzip();
    top(layout, &groups, "sum", ScalarValue::iter_to_array(sums)?)
}

fn check_weights(weights: &ArrayRef) -> Result<()> {
    let zero = ScalarValue::new_zero(weights.data_type())?.to_array_of_size(weights.len())?;
    let bad = match weights.data_type() {
        DataType::Float64 => weights
            .as_primitive::<Float64Type>()
            .iter()
            .flatten()
            .any(|weight| weight.is_nan() || weight < 0.0),
        DataType::Int64 => weights
            .as_primitive::<Int64Type>()
            .iter()
            .flatten()
            .any(|weight| weight < 0),
        _ => datafusion::arrow::compute::kernels::cmp::lt(weights, &zero)?.true_count() > 0,
    };
    if bad {
        return exec_err!(
            "APPROX_TOP_SUM does not support negative or NaN weights in the second argument"
        );
    }
    Ok(())
}

/// An ARRAY of what stands for each group and its figure.
fn top(
    layout: &Layout,
    groups: &[&Rows<'_>],
    named: &str,
    figures: ArrayRef,
) -> Result<ScalarValue> {
    let first = groups.iter().filter_map(|group| group.first());
    let values = layout.values(first.map(|(row, _)| *row))?;
    let fields = top_fields(layout.value_type(), named, figures.data_type());
    let structs = StructArray::try_new(fields, vec![values, figures], None)?;
    Ok(list(Arc::new(structs)))
}

/// What the structs of the APPROX_TOP functions hold.
pub(super) fn top_fields(value: &DataType, named: &str, figure: &DataType) -> Fields {
    Fields::from(vec![
        Field::new("value", value.clone(), true),
        Field::new(named, figure.clone(), true),
    ])
}
