//! Two columns compared row by row.

use arrow::array::{Array, ArrayRef, AsArray, BooleanBufferBuilder};
use arrow::buffer::BooleanBuffer;
use arrow::compute::kernels::cmp::distinct;
use arrow::datatypes::{
    DataType, Decimal128Type, Decimal256Type, Float64Type, Int64Type, Time64MicrosecondType,
    TimeUnit, TimestampMicrosecondType,
};
use arrow::error::ArrowError;

use super::document::{Documents, IgnoredPaths, Meaning, Paths};
use super::rule::Rule;
use crate::value::hash::Zeros;

/// How a column's rows compare.
#[derive(Debug, Clone)]
pub(super) struct Compared {
    /// Rows that differ by the rule.
    pub differs: BooleanBuffer,
    /// Rows that are equal by the rule and not as they stand.
    pub within: u64,
    /// JSON documents of which one side says more, and what both say is the same.
    pub shape: BooleanBuffer,
    /// What of JSON documents differs where.
    pub paths: Paths,
}

/// Compares the rows of two arrays of one type and length; `json` says that texts are documents.
pub(super) fn compare(
    left: &ArrayRef,
    right: &ArrayRef,
    rule: &Rule,
    json: Option<&IgnoredPaths>,
) -> Result<Compared, ArrowError> {
    let exact = differing(left, right, rule.zeros)?;
    let mut compared = Compared {
        shape: BooleanBuffer::new_unset(exact.len()),
        differs: exact,
        within: 0,
        paths: Paths::new(),
    };
    let apart = compared.differs.count_set_bits();
    if apart == 0 || (rule.is_exact() && json.is_none()) {
        return Ok(compared);
    }
    let mut differs = BooleanBufferBuilder::new(left.len());
    differs.append_n(left.len(), false);
    let mut shape = BooleanBufferBuilder::new(left.len());
    shape.append_n(left.len(), false);
    let none = IgnoredPaths::default();
    let mut documents = Documents {
        rule,
        ignored: json.unwrap_or(&none),
        paths: Paths::new(),
    };
    for row in compared.differs.set_indices() {
        match (json, text_at(left, row), text_at(right, row)) {
            (Some(_), Some(left), Some(right)) => match documents.compare(left, right) {
                Meaning::Same => compared.within += 1,
                Meaning::Shape => shape.set_bit(row, true),
                Meaning::Differs => differs.set_bit(row, true),
            },
            _ if equal(left, row, right, row, rule) => compared.within += 1,
            _ => differs.set_bit(row, true),
        }
    }
    compared.differs = differs.finish();
    compared.shape = shape.finish();
    compared.paths = documents.paths;
    Ok(compared)
}

/// The rows in which two arrays differ as they stand: NULL equals NULL, NaN equals NaN.
fn differing(left: &ArrayRef, right: &ArrayRef, zeros: Zeros) -> Result<BooleanBuffer, ArrowError> {
    let rule = Rule {
        zeros,
        ..Rule::default()
    };
    match left.data_type() {
        DataType::Float64 => {
            let (l, r) = (
                left.as_primitive::<Float64Type>(),
                right.as_primitive::<Float64Type>(),
            );
            let (values, others) = (l.values(), r.values());
            let nulls = l.null_count() > 0 || r.null_count() > 0;
            Ok(BooleanBuffer::collect_bool(l.len(), |row| {
                let apart = || match (values.get(row), others.get(row)) {
                    (Some(a), Some(b)) => !rule.same(*a, *b),
                    _ => false,
                };
                match nulls && (l.is_null(row) || r.is_null(row)) {
                    true => l.is_null(row) != r.is_null(row),
                    false => apart(),
                }
            }))
        }
        DataType::List(_) | DataType::LargeList(_) | DataType::Struct(_) => {
            Ok(BooleanBuffer::collect_bool(left.len(), |row| {
                !equal(left, row, right, row, &rule)
            }))
        }
        _ => {
            let differs = distinct(left, right)?;
            Ok(differs.values().clone())
        }
    }
}

/// Whether two cells are equal by a rule; arrays element by element, structs field by field.
pub(super) fn equal(left: &dyn Array, i: usize, right: &dyn Array, j: usize, rule: &Rule) -> bool {
    match (left.is_null(i), right.is_null(j)) {
        (true, true) => return true,
        (false, false) => {}
        _ => return false,
    }
    match left.data_type() {
        DataType::Float64 => {
            let (l, r) = (
                left.as_primitive::<Float64Type>(),
                right.as_primitive::<Float64Type>(),
            );
            rule.close(l.value(i), r.value(j))
        }
        DataType::Int64 => {
            let (l, r) = (
                left.as_primitive::<Int64Type>(),
                right.as_primitive::<Int64Type>(),
            );
            close_integers(l.value(i).into(), r.value(j).into(), 1.0, rule)
        }
        DataType::Decimal128(_, scale) => {
            let (l, r) = (
                left.as_primitive::<Decimal128Type>(),
                right.as_primitive::<Decimal128Type>(),
            );
            close_integers(l.value(i), r.value(j), 10f64.powi((*scale).into()), rule)
        }
        DataType::Decimal256(..) => {
            let (l, r) = (
                left.as_primitive::<Decimal256Type>(),
                right.as_primitive::<Decimal256Type>(),
            );
            l.value(i) == r.value(j)
                || (!rule.is_exact()
                    && number(left, i)
                        .zip(number(right, j))
                        .zip(apart(left, i, right, j))
                        .is_some_and(|((l, r), apart)| {
                            apart <= rule.absolute || apart <= rule.relative * l.abs().max(r.abs())
                        }))
        }
        DataType::Timestamp(TimeUnit::Microsecond, _) => {
            let (l, r) = (
                left.as_primitive::<TimestampMicrosecondType>(),
                right.as_primitive::<TimestampMicrosecondType>(),
            );
            close_times(l.value(i), r.value(j), rule)
        }
        DataType::Time64(TimeUnit::Microsecond) => {
            let (l, r) = (
                left.as_primitive::<Time64MicrosecondType>(),
                right.as_primitive::<Time64MicrosecondType>(),
            );
            close_times(l.value(i), r.value(j), rule)
        }
        DataType::List(_) => {
            let (l, r) = (
                left.as_list::<i32>().value(i),
                right.as_list::<i32>().value(j),
            );
            l.len() == r.len() && (0..l.len()).all(|at| equal(&l, at, &r, at, rule))
        }
        DataType::Struct(_) => {
            let (l, r) = (left.as_struct(), right.as_struct());
            l.columns()
                .iter()
                .zip(r.columns())
                .all(|(l, r)| equal(l, i, r, j, rule))
        }
        _ => match (text_of(left, i), text_of(right, j)) {
            (Some(l), Some(r)) => rule.alike(l, r),
            _ => distinct(&left.slice(i, 1), &right.slice(j, 1)).is_ok_and(|d| d.true_count() == 0),
        },
    }
}

fn close_integers(left: i128, right: i128, unit: f64, rule: &Rule) -> bool {
    if left == right {
        return true;
    }
    if rule.absolute == 0.0 && rule.relative == 0.0 {
        return false;
    }
    let apart = left.abs_diff(right) as f64;
    let size = left.unsigned_abs().max(right.unsigned_abs()) as f64;
    // 0.05 may be a little less than it says as a float, 0.1 - 0.05 is one unit of the last digit.
    apart <= rule.absolute * unit * (1.0 + f64::EPSILON) || apart <= rule.relative * size
}

fn close_times(left: i64, right: i64, rule: &Rule) -> bool {
    left == right || left.abs_diff(right) as f64 <= rule.absolute * 1e6
}

/// The text of a row, if the array is of texts and the row has one.
pub(super) fn text_at(array: &ArrayRef, row: usize) -> Option<&str> {
    text_of(array.as_ref(), row)
}

fn text_of(array: &dyn Array, row: usize) -> Option<&str> {
    if array.is_null(row) {
        return None;
    }
    match array.data_type() {
        DataType::Utf8View => Some(array.as_string_view().value(row)),
        DataType::LargeUtf8 => Some(array.as_string::<i64>().value(row)),
        DataType::Utf8 => Some(array.as_string::<i32>().value(row)),
        _ => None,
    }
}

/// A number of a row as the nearest float; of times, seconds.
pub(super) fn number(array: &dyn Array, row: usize) -> Option<f64> {
    if array.is_null(row) {
        return None;
    }
    Some(match array.data_type() {
        DataType::Int64 => array.as_primitive::<Int64Type>().value(row) as f64,
        DataType::Float64 => array.as_primitive::<Float64Type>().value(row),
        DataType::Decimal128(_, scale) => {
            array.as_primitive::<Decimal128Type>().value(row) as f64 / 10f64.powi((*scale).into())
        }
        DataType::Decimal256(_, scale) => {
            let text = array
                .as_primitive::<Decimal256Type>()
                .value(row)
                .to_string();
            text.parse::<f64>().ok()? / 10f64.powi((*scale).into())
        }
        DataType::Timestamp(TimeUnit::Microsecond, _) => {
            array.as_primitive::<TimestampMicrosecondType>().value(row) as f64 / 1e6
        }
        _ => return None,
    })
}

/// How far two numbers of a row are apart.
pub(super) fn distance(left: &dyn Array, right: &dyn Array, row: usize) -> Option<f64> {
    apart(left, row, right, row).filter(|apart| apart.is_finite())
}

/// The difference of two numbers or times of one type. Of integers and decimals it is taken before anything is rounded
/// to a float: beyond 2^53, floats of two values may be one.
fn apart(left: &dyn Array, i: usize, right: &dyn Array, j: usize) -> Option<f64> {
    if left.is_null(i) || right.is_null(j) {
        return None;
    }
    Some(match (left.data_type(), right.data_type()) {
        (DataType::Int64, DataType::Int64) => {
            let (l, r) = (
                left.as_primitive::<Int64Type>(),
                right.as_primitive::<Int64Type>(),
            );
            l.value(i).abs_diff(r.value(j)) as f64
        }
        (DataType::Decimal128(_, scale), DataType::Decimal128(_, other)) if scale == other => {
            let (l, r) = (
                left.as_primitive::<Decimal128Type>(),
                right.as_primitive::<Decimal128Type>(),
            );
            l.value(i).abs_diff(r.value(j)) as f64 / 10f64.powi((*scale).into())
        }
        (DataType::Decimal256(_, scale), DataType::Decimal256(_, other)) if scale == other => {
            let (l, r) = (
                left.as_primitive::<Decimal256Type>(),
                right.as_primitive::<Decimal256Type>(),
            );
            match l.value(i).checked_sub(r.value(j)) {
                Some(apart) => {
                    let apart: f64 = apart.to_string().parse().ok()?;
                    apart.abs() / 10f64.powi((*scale).into())
                }
                None => (number(left, i)? - number(right, j)?).abs(),
            }
        }
        (DataType::Timestamp(unit, _), DataType::Timestamp(other, _))
            if (unit, other) == (&TimeUnit::Microsecond, &TimeUnit::Microsecond) =>
        {
            let (l, r) = (
                left.as_primitive::<TimestampMicrosecondType>(),
                right.as_primitive::<TimestampMicrosecondType>(),
            );
            l.value(i).abs_diff(r.value(j)) as f64 / 1e6
        }
        _ => (number(left, i)? - number(right, j)?).abs(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use arrow::array::{
        Decimal128Array, Decimal256Array, Float64Array, Int64Array, ListArray, StringViewArray,
    };
    use arrow::datatypes::i256;
    use std::sync::Arc;

    fn differing_rows(left: ArrayRef, right: ArrayRef, rule: &Rule) -> Vec<usize> {
        let compared = compare(&left, &right, rule, None).unwrap();
        compared.differs.set_indices().collect()
    }

    #[test]
    fn floats() {
        let left: ArrayRef = Arc::new(Float64Array::from(vec![
            Some(0.0),
            Some(f64::NAN),
            None,
            Some(1.0),
            Some(f64::NAN),
        ]));
        let right: ArrayRef = Arc::new(Float64Array::from(vec![
            Some(-0.0),
            Some(-f64::NAN),
            None,
            None,
            Some(2.0),
        ]));
        assert_eq!(differing_rows(left, right, &Rule::default()), [3, 4]);
    }

    #[test]
    fn decimals_within_a_tolerance_count_their_digits() {
        let decimals = |values: Vec<i128>| -> ArrayRef {
            Arc::new(
                Decimal128Array::from(values)
                    .with_precision_and_scale(10, 2)
                    .unwrap(),
            )
        };
        let rule = Rule {
            absolute: 0.05,
            ..Rule::default()
        };
        let (left, right) = (decimals(vec![10, 10, 10]), decimals(vec![15, 16, 10]));
        assert_eq!(differing_rows(left.clone(), right.clone(), &rule), [1]);
        assert_eq!(compare(&left, &right, &rule, None).unwrap().within, 1);
    }

    #[test]
    fn integers_beyond_floats() {
        let left: ArrayRef = Arc::new(Int64Array::from(vec![i64::MAX, i64::MIN]));
        let right: ArrayRef = Arc::new(Int64Array::from(vec![i64::MAX - 1, i64::MIN]));
        assert_eq!(
            differing_rows(left.clone(), right.clone(), &Rule::default()),
            [0]
        );
        assert!(
            differing_rows(
                left,
                right,
                &Rule {
                    absolute: 1.0,
                    ..Rule::default()
                }
            )
            .is_empty()
        );
    }

    #[test]
    fn distances_beyond_floats() {
        let ints = |v: i64| -> ArrayRef { Arc::new(Int64Array::from(vec![v])) };
        let wide = 1 << 60;
        assert_eq!(distance(&ints(wide), &ints(wide + 3), 0), Some(3.0));
        let most = distance(&ints(i64::MIN), &ints(i64::MAX), 0);
        assert_eq!(most, Some(u64::MAX as f64));
        let decimals = |v: i128| -> ArrayRef {
            let array = Decimal128Array::from(vec![v]);
            Arc::new(array.with_precision_and_scale(38, 9).unwrap())
        };
        let big = 12_345_678_901_234_567_890_123_456_789_000_000_001;
        assert_eq!(distance(&decimals(big), &decimals(big + 1), 0), Some(1e-9));
        let wider = |v: i256| -> ArrayRef {
            let array = Decimal256Array::from(vec![v]);
            Arc::new(array.with_precision_and_scale(76, 38).unwrap())
        };
        let big = i256::from_i128(i128::MAX).wrapping_mul(i256::from_i128(1 << 80));
        let (one, two) = (wider(big), wider(big.wrapping_sub(i256::from_i128(2))));
        assert_eq!(distance(&one, &two, 0), Some(2e-38));
        let within = Rule {
            absolute: 1e-38,
            ..Rule::default()
        };
        assert_eq!(differing_rows(one, two, &within), [0]);
    }

    #[test]
    fn arrays_and_texts() {
        let list = |values: Vec<Option<Vec<Option<f64>>>>| -> ArrayRef {
            Arc::new(ListArray::from_iter_primitive::<Float64Type, _, _>(values))
        };
        let left = list(vec![
            Some(vec![Some(1.0), Some(-0.0)]),
            Some(vec![]),
            None,
            Some(vec![None]),
        ]);
        let right = list(vec![
            Some(vec![Some(1.0), Some(0.0)]),
            None,
            None,
            Some(vec![Some(0.0)]),
        ]);
        assert_eq!(differing_rows(left, right, &Rule::default()), [1, 3]);
        let texts = |values: Vec<&str>| -> ArrayRef { Arc::new(StringViewArray::from(values)) };
        let rule = Rule {
            ignore_case: true,
            ignore_space: true,
            ..Rule::default()
        };
        assert_eq!(
            differing_rows(
                texts(vec![" A", "b", "c"]),
                texts(vec!["a ", "B", "d"]),
                &rule
            ),
            [2]
        );
    }
}
