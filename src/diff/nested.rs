//! What differs within ARRAYs and STRUCTs, by position and by field.

use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray, UInt32Array, make_array};
use arrow::buffer::{BooleanBuffer, NullBuffer};
use arrow::compute::take;
use arrow::datatypes::DataType;
use arrow::error::ArrowError;

use super::compare::{compare, equal};
use super::document::Paths;
use super::rule::Rule;

/// As many parts of a column are explained, at most.
pub(super) const EXPLAINED: usize = 64;
/// Positions of arrays that are told one by one; what differs behind them is told as one.
const POSITIONS: usize = 256;

/// A field or a position in which two columns differ.
#[derive(Debug, Clone)]
pub(super) struct Part {
    /// `.field`, `[3]`, `[3].field`; positions count from 0, as OFFSET does.
    pub(super) path: String,
    pub(super) left: ArrayRef,
    pub(super) right: ArrayRef,
    /// Rows in which both sides have it, with different values.
    differs: BooleanBuffer,
    /// Rows in which one side's array is too short to have it.
    only_left: BooleanBuffer,
    only_right: BooleanBuffer,
}

impl Part {
    /// Rows in which the sides are not the same.
    pub(super) fn apart(&self) -> BooleanBuffer {
        &(&self.differs | &self.only_left) | &self.only_right
    }

    /// Whether its values are no arrays or structs themselves.
    pub(super) fn is_scalar(&self) -> bool {
        !self.left.data_type().is_nested()
    }
}

/// The parts in which two arrays of one type and length differ; nothing of types without parts.
pub(super) fn parts(
    left: &ArrayRef,
    right: &ArrayRef,
    rule: &Rule,
) -> Result<Vec<Part>, ArrowError> {
    let mut found = Vec::new();
    if left.data_type().is_nested() {
        let all = BooleanBuffer::new_set(left.len());
        walk(left, right, rule, String::new(), false, &all, &mut found)?;
    }
    Ok(found)
}

/// Adds how many rows differ in which part.
pub(super) fn count(parts: &[Part], paths: &mut Paths) {
    for part in parts {
        let counts = paths.entry(part.path.clone()).or_default();
        counts.values += part.differs.count_set_bits() as u64;
        counts.only_left += part.only_left.count_set_bits() as u64;
        counts.only_right += part.only_right.count_set_bits() as u64;
    }
}

/// Looks into the rows that `both` sides have.
fn walk(
    left: &ArrayRef,
    right: &ArrayRef,
    rule: &Rule,
    path: String,
    in_array: bool,
    both: &BooleanBuffer,
    found: &mut Vec<Part>,
) -> Result<(), ArrowError> {
    match left.data_type() {
        DataType::Struct(fields) => {
            let (l, r) = (left.as_struct(), right.as_struct());
            for ((field, ours), theirs) in fields.iter().zip(l.columns()).zip(r.columns()) {
                let ours = below(ours, l.nulls())?;
                let theirs = below(theirs, r.nulls())?;
                let path = format!("{path}.{}", field.name());
                walk(&ours, &theirs, rule, path, in_array, both, found)?;
            }
            Ok(())
        }
        DataType::List(_) if !in_array => elements(left, right, rule, &path, both, found),
        _ => {
            let differs = &compare(left, right, rule, None)?.differs & both;
            put(path, left, right, differs, None, found);
            Ok(())
        }
    }
}

fn elements(
    left: &ArrayRef,
    right: &ArrayRef,
    rule: &Rule,
    path: &str,
    both: &BooleanBuffer,
    found: &mut Vec<Part>,
) -> Result<(), ArrowError> {
    let (ours, theirs) = (lengths(left), lengths(right));
    let longest = ours.iter().chain(&theirs).copied().max().unwrap_or(0);
    for at in 0..longest.min(POSITIONS) {
        let has = |lengths: &[usize]| -> BooleanBuffer {
            lengths.iter().map(|length| *length > at).collect()
        };
        let (l, r) = (&has(&ours) & both, &has(&theirs) & both);
        let path = format!("{path}[{at}]");
        let (left, right) = (element(left, at, &l)?, element(right, at, &r)?);
        walk(&left, &right, rule, path.clone(), true, &(&l & &r), found)?;
        let none = BooleanBuffer::new_unset(l.len());
        put(path, &left, &right, none, Some((&l, &r)), found);
    }
    if longest > POSITIONS {
        let rest = |array: &ArrayRef, row: usize, length: usize| {
            let cut = POSITIONS.min(length);
            array.as_list::<i32>().value(row).slice(cut, length - cut)
        };
        let differs = BooleanBuffer::collect_bool(left.len(), |row| {
            let lengths = ours.get(row).zip(theirs.get(row));
            both.value(row)
                && lengths.is_some_and(|(ours, theirs)| {
                    let same = |l: &ArrayRef, r: &ArrayRef| {
                        (0..l.len()).all(|at| equal(l, at, r, at, rule))
                    };
                    match (*ours > POSITIONS, *theirs > POSITIONS) {
                        (false, false) => false,
                        _ if ours != theirs => true,
                        _ => !same(&rest(left, row, *ours), &rest(right, row, *theirs)),
                    }
                })
        });
        put(
            format!("{path}[{POSITIONS}..]"),
            left,
            right,
            differs,
            None,
            found,
        );
    }
    Ok(())
}

/// Keeps a part if it differs; `sides` are the rows of each side that have it.
fn put(
    path: String,
    left: &ArrayRef,
    right: &ArrayRef,
    differs: BooleanBuffer,
    sides: Option<(&BooleanBuffer, &BooleanBuffer)>,
    found: &mut Vec<Part>,
) {
    let (only_left, only_right) = match sides {
        Some((left, right)) => (left & &!right, right & &!left),
        None => {
            let none = BooleanBuffer::new_unset(left.len());
            (none.clone(), none)
        }
    };
    let any = [&differs, &only_left, &only_right];
    if any.iter().all(|rows| rows.count_set_bits() == 0) {
        return;
    }
    // The scalar element of a position is known by the same path.
    if let Some(known) = found.last_mut().filter(|known| known.path == path) {
        known.only_left = only_left;
        known.only_right = only_right;
        return;
    }
    found.push(Part {
        path,
        left: Arc::clone(left),
        right: Arc::clone(right),
        differs,
        only_left,
        only_right,
    });
}

/// A field's values, NULL where its STRUCT is.
fn below(field: &ArrayRef, nulls: Option<&NullBuffer>) -> Result<ArrayRef, ArrowError> {
    if nulls.is_none_or(|nulls| nulls.null_count() == 0) {
        return Ok(Arc::clone(field));
    }
    let nulls = NullBuffer::union(nulls, field.nulls());
    let data = field.to_data().into_builder().nulls(nulls).build()?;
    Ok(make_array(data))
}

/// How many elements each row has: none where it is NULL.
fn lengths(array: &ArrayRef) -> Vec<usize> {
    let list = array.as_list::<i32>();
    let length = |row| match list.is_valid(row) {
        true => list.value_length(row) as usize,
        false => 0,
    };
    (0..list.len()).map(length).collect()
}

/// The element at a position of the rows that have it, NULL of the others.
fn element(array: &ArrayRef, at: usize, has: &BooleanBuffer) -> Result<ArrayRef, ArrowError> {
    let list = array.as_list::<i32>();
    let places: UInt32Array = list
        .value_offsets()
        .iter()
        .zip(has)
        .map(|(start, has)| has.then_some(*start as u32 + at as u32))
        .collect();
    take(list.values(), &places, None)
}

#[cfg(test)]
mod tests {
    use super::*;
    use arrow::array::{Float64Array, Int64Array, ListArray, StructArray};
    use arrow::datatypes::{Field, Float64Type};

    fn told(left: ArrayRef, right: ArrayRef) -> Vec<(String, u64, u64, u64)> {
        let mut paths = Paths::new();
        count(&parts(&left, &right, &Rule::default()).unwrap(), &mut paths);
        let told = paths.into_iter();
        told.map(|(path, n)| (path, n.values, n.only_left, n.only_right))
            .collect()
    }

    fn list(values: Vec<Option<Vec<Option<f64>>>>) -> ArrayRef {
        Arc::new(ListArray::from_iter_primitive::<Float64Type, _, _>(values))
    }

    #[test]
    fn arrays_by_position() {
        let left = list(vec![
            Some(vec![Some(1.0), Some(2.0), None]),
            Some(vec![Some(f64::NAN)]),
            None,
            Some(vec![]),
            Some(vec![Some(1.0)]),
        ]);
        let right = list(vec![
            Some(vec![Some(1.0), Some(3.0), None]),
            Some(vec![Some(f64::NAN), Some(0.0)]),
            Some(vec![Some(5.0)]),
            None,
            Some(vec![None]),
        ]);
        let want = [("[0]", 1, 0, 1), ("[1]", 1, 0, 1)];
        let want = want.map(|(path, v, l, r)| (path.to_owned(), v, l, r));
        assert_eq!(told(left, right), want);
    }

    #[test]
    fn long_arrays_end_in_one_part() {
        let long = |last: f64| {
            let mut values: Vec<_> = (0..300).map(|at| Some(f64::from(at))).collect();
            values.push(Some(last));
            list(vec![Some(values)])
        };
        assert_eq!(
            told(long(1.0), long(2.0)),
            [("[256..]".to_owned(), 1, 0, 0)]
        );
        assert!(told(long(1.0), long(1.0)).is_empty());
    }

    #[test]
    fn structs_by_field_and_null_ones() {
        let side = |values: Vec<Option<i64>>, valid: Vec<bool>| -> ArrayRef {
            let fields = vec![
                Field::new("same", DataType::Float64, true),
                Field::new("n", DataType::Int64, true),
            ];
            let same: ArrayRef = Arc::new(Float64Array::from(vec![Some(1.0); values.len()]));
            let n: ArrayRef = Arc::new(Int64Array::from(values));
            let nulls = Some(NullBuffer::from(valid));
            Arc::new(StructArray::new(fields.into(), vec![same, n], nulls))
        };
        let left = side(vec![Some(1), Some(2), Some(3)], vec![true, true, true]);
        let right = side(vec![Some(1), Some(5), Some(3)], vec![true, true, false]);
        let want = [(".n", 2, 0, 0), (".same", 1, 0, 0)];
        let want = want.map(|(path, v, l, r)| (path.to_owned(), v, l, r));
        assert_eq!(told(left, right), want);
    }
}
