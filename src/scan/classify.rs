//! Sorts the rows of a batch into the classes of a measure.

use arrow::array::{Array, ArrayRef, AsArray, ByteView, MAX_INLINE_VIEW_LEN, StringViewArray};
use arrow::datatypes::{
    ArrowPrimitiveType, DataType, Date32Type, Decimal128Type, Decimal256Type, Float64Type,
    Int64Type, TimestampMicrosecondType, i256,
};
use datafusion::error::{DataFusionError, Result};
use hashbrown::HashMap;

use super::metric::{
    Edge, JSON_ABSENT, JSON_BOTH_ABSENT, JSON_CLASSES, Nan, condition, null, range,
};
use crate::value::json::{Agreement, Found, PathSet, Typed, TypedColumn, agreement};
use crate::value::text::push_quoted;

/// The class of each row of a batch.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Classes {
    /// Every row is in one class, the usual case of a clean batch.
    All(usize),
    Each(Vec<u8>),
}

impl Classes {
    pub(super) fn at(&self, row: usize) -> usize {
        match self {
            Self::All(class) => *class,
            Self::Each(classes) => classes.get(row).copied().map_or(0, usize::from),
        }
    }
}

pub(super) fn nulls(column: &dyn Array) -> Classes {
    match column.logical_nulls() {
        None => Classes::All(null::VALUE),
        Some(nulls) if nulls.null_count() == 0 => Classes::All(null::VALUE),
        Some(nulls) => Classes::Each(
            nulls
                .iter()
                .map(|valid| if valid { null::VALUE } else { null::NULL } as u8)
                .collect(),
        ),
    }
}

/// Sorts by a BOOL.
pub(super) fn condition(column: &dyn Array) -> Result<Classes> {
    let Some(values) = column.as_boolean_opt() else {
        return Err(DataFusionError::Execution(format!(
            "the condition is {} and not a BOOL",
            column.data_type()
        )));
    };
    if values.null_count() == 0 && values.true_count() == values.len() {
        return Ok(Classes::All(condition::HOLDS));
    }
    let class = |value| match value {
        Some(true) => condition::HOLDS,
        Some(false) => condition::FAILS,
        None => condition::NULL,
    };
    Ok(Classes::Each(
        values.iter().map(|value| class(value) as u8).collect(),
    ))
}

/// Compares a column of numbers, dates or timestamps with bounds.
pub(super) fn in_range(
    column: &dyn Array,
    min: Option<Edge>,
    max: Option<Edge>,
    nan: Nan,
) -> Result<Classes> {
    match column.data_type() {
        DataType::Float64 => {
            let min = min.map_or(f64::NEG_INFINITY, Edge::as_f64);
            let max = max.map_or(f64::INFINITY, Edge::as_f64);
            let values = column.as_primitive::<Float64Type>();
            if column.null_count() == 0 {
                let outside = values
                    .values()
                    .iter()
                    .filter(|v| !(**v >= min && **v <= max));
                if outside.count() == 0 {
                    return Ok(Classes::All(range::INSIDE));
                }
            }
            let of_nan = match nan {
                Nan::Fail => range::NAN,
                Nan::Ignore => range::INSIDE,
            };
            Ok(each(values.iter(), |v| {
                if v.is_nan() {
                    of_nan
                } else {
                    side(v < min, v > max)
                }
            }))
        }
        DataType::Int64 => integers::<Int64Type>(column, min, max),
        DataType::Date32 => integers::<Date32Type>(column, min, max),
        DataType::Timestamp(..) => integers::<TimestampMicrosecondType>(column, min, max),
        DataType::Decimal128(..) => integers::<Decimal128Type>(column, min, max),
        DataType::Decimal256(..) => {
            let min = int_edge(min, i256::MIN)?;
            let max = int_edge(max, i256::MAX)?;
            let values = column.as_primitive::<Decimal256Type>();
            Ok(each(values.iter(), |v| side(v < min, v > max)))
        }
        other => Err(DataFusionError::Execution(format!(
            "a range needs a number, a date or a timestamp, not {other}"
        ))),
    }
}

fn integers<T: ArrowPrimitiveType>(
    column: &dyn Array,
    min: Option<Edge>,
    max: Option<Edge>,
) -> Result<Classes>
where
    T::Native: Into<i128> + TryFrom<i128> + PartialOrd,
{
    // No value of these types comes near the ends of an i128, so that a bound beyond may end there.
    let narrow = |n: i256| {
        n.to_i128()
            .unwrap_or(if n < i256::ZERO { i128::MIN } else { i128::MAX })
    };
    let min = narrow(int_edge(min, i256::MIN)?);
    let max = narrow(int_edge(max, i256::MAX)?);
    let values = column.as_primitive::<T>();
    // Bounds beyond the type are clamped to it by comparing wide where they don't fit.
    if column.null_count() == 0
        && let (Ok(low), Ok(high)) = (T::Native::try_from(min), T::Native::try_from(max))
    {
        let outside = values
            .values()
            .iter()
            .filter(|v| !(**v >= low && **v <= high));
        if outside.count() == 0 {
            return Ok(Classes::All(range::INSIDE));
        }
    }
    Ok(each(values.iter(), |v| {
        let v: i128 = v.into();
        side(v < min, v > max)
    }))
}

fn int_edge(edge: Option<Edge>, otherwise: i256) -> Result<i256> {
    match edge {
        None => Ok(otherwise),
        Some(Edge::Int(n)) => Ok(n),
        Some(Edge::Float(_)) => Err(DataFusionError::Internal(
            "a float bound on an integer column".to_owned(),
        )),
    }
}

fn side(below: bool, above: bool) -> usize {
    match (below, above) {
        (true, _) => range::BELOW,
        (_, true) => range::ABOVE,
        _ => range::INSIDE,
    }
}

fn each<T>(values: impl Iterator<Item = Option<T>>, class: impl Fn(T) -> usize) -> Classes {
    Classes::Each(
        values
            .map(|v| v.map_or(range::NULL, &class) as u8)
            .collect(),
    )
}

/// What the paths of a [`PathSet`] find in each document of a column.
///
/// A document that repeats within a batch is walked once: a Parquet dictionary gives repeated values
/// one place in memory, which the view of a row names.
pub(super) struct Documents<'a> {
    paths: usize,
    /// Per row the index of its document, or `None` for NULL.
    rows: Vec<Option<u32>>,
    found: Vec<Found<'a>>,
    malformed: Vec<bool>,
}

impl<'a> Documents<'a> {
    pub(super) fn walk(column: &'a StringViewArray, paths: &PathSet) -> Self {
        let width = paths.paths().len();
        let mut documents = Self {
            paths: width,
            rows: Vec::with_capacity(column.len()),
            found: Vec::new(),
            malformed: Vec::with_capacity(column.len()),
        };
        // Plain pages hold each row's document in a place of its own, one after the other.
        let repeats = !column.views().is_sorted_by(|a, b| place(*a) < place(*b));
        let mut known: HashMap<u128, u32> = HashMap::new();
        if !repeats {
            documents.found.reserve_exact(width * column.len());
        }
        for row in 0..column.len() {
            if column.is_null(row) {
                documents.rows.push(None);
                continue;
            }
            let view = column.views().get(row).copied().unwrap_or_default();
            let next = documents.malformed.len() as u32;
            let index = if repeats {
                *known.entry(view).or_insert(next)
            } else {
                next
            };
            if index == next {
                let start = documents.found.len();
                documents.found.resize(start + width, Found::Missing);
                let slots = documents.found.get_mut(start..).unwrap_or_default();
                let walked = paths.fill(column.value(row), slots);
                documents.malformed.push(walked.is_err());
            }
            documents.rows.push(Some(index));
        }
        documents
    }

    /// What path `path` finds in the document of `row`: `None` where the column is NULL, an error
    /// where the document is malformed.
    pub(super) fn found(&self, row: usize, path: usize) -> Option<Result<&Found<'a>, ()>> {
        let index = (*self.rows.get(row)?)? as usize;
        if self.malformed.get(index).copied().unwrap_or(true) {
            return Some(Err(()));
        }
        self.found.get(index * self.paths + path).map(Ok)
    }
}

/// Where the text of a view stands: its buffer, then the place in it. A short text stands in the view
/// itself and has no place.
fn place(view: u128) -> Option<(u32, u32)> {
    let view = ByteView::from(view);
    (view.length > MAX_INLINE_VIEW_LEN).then_some((view.buffer_index, view.offset))
}

/// Compares a typed column with what a path finds in the JSON column of the same row.
pub(super) fn agrees(
    documents: &Documents<'_>,
    path: usize,
    column: &ArrayRef,
    tolerance: f64,
) -> Result<Classes> {
    let typed = TypedColumn::new(column).ok_or_else(|| {
        let of = column.data_type();
        DataFusionError::Execution(format!("a column of type {of} can't be compared with JSON"))
    })?;
    let classes: Vec<u8> = (0..column.len())
        .map(|row| {
            let value = typed.value(row);
            let class = match documents.found(row, path) {
                None if matches!(value, Typed::Null) => JSON_BOTH_ABSENT,
                None => JSON_ABSENT,
                Some(Err(())) => class_of(Agreement::Malformed),
                Some(Ok(found)) => class_of(agreement(found, value, tolerance)),
            };
            class as u8
        })
        .collect();
    Ok(if classes.iter().all(|c| *c == 0) {
        Classes::All(0)
    } else {
        Classes::Each(classes)
    })
}

fn class_of(agreement: Agreement) -> usize {
    JSON_CLASSES
        .iter()
        .position(|(a, _)| *a == agreement)
        .unwrap_or(0)
}

/// Appends what was found, as the JSON it is; what is missing as a text that says so.
pub(super) fn push_found(out: &mut String, found: &Found<'_>) {
    match found {
        Found::Missing => push_quoted(out, "(missing)"),
        Found::Null => out.push_str("null"),
        Found::Bool(true) => out.push_str("true"),
        Found::Bool(false) => out.push_str("false"),
        Found::Number(json) | Found::Compound(json) => out.push_str(json),
        Found::String(text) => push_quoted(out, text),
    }
}
