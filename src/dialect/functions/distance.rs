//! `COSINE_DISTANCE` and `EUCLIDEAN_DISTANCE` of two vectors, each an ARRAY of FLOAT64.

use std::sync::Arc;

use datafusion::arrow::array::{Array, ArrayRef, AsArray, Float64Array, ListArray};
use datafusion::arrow::datatypes::{DataType, Float64Type};
use datafusion::common::Result;

use super::super::types::{Kind, array_of, element};
use super::arithmetic::finite;
use super::elementwise::Fault;
use super::{Function, on_arrays, typed};

pub(super) const ALL: &[Function] = &[
    Function {
        name: "cosine_distance",
        takes: take_vectors,
        usage: "COSINE_DISTANCE takes two ARRAY<FLOAT64>",
        returns: |_| DataType::Float64,
        run: |args, rows| on_arrays(args, rows, |arrays| distances(arrays, cosine)),
    },
    Function {
        name: "euclidean_distance",
        takes: take_vectors,
        usage: "EUCLIDEAN_DISTANCE takes two ARRAY<FLOAT64>",
        returns: |_| DataType::Float64,
        run: |args, rows| on_arrays(args, rows, |arrays| distances(arrays, euclidean)),
    },
];

/// What two vectors have in one dimension.
type Pair = (f64, f64);

/// Vectors that name their dimensions, as structs, are not supported.
fn take_vectors(given: &[DataType]) -> Option<Vec<DataType>> {
    let vector = array_of(DataType::Float64);
    let one = |given: &DataType| {
        let of = element(given).map(Kind::of);
        let taken = Kind::of(given) == Kind::Null
            || matches!(of, Some(Kind::Null | Kind::Int | Kind::Float));
        taken.then(|| vector.clone())
    };
    (given.len() == 2).then(|| given.iter().map(one).collect())?
}

fn distances(arrays: &[ArrayRef], distance: fn(&[Pair]) -> Result<f64, Fault>) -> Result<ArrayRef> {
    let (left, right) = (
        typed::<ListArray>(arrays, 0)?,
        typed::<ListArray>(arrays, 1)?,
    );
    let one = |row: usize| -> Result<Option<f64>, Fault> {
        if left.is_null(row) || right.is_null(row) {
            return Ok(None);
        }
        let (a, b) = (left.value(row), right.value(row));
        let (a, b) = (
            a.as_primitive::<Float64Type>(),
            b.as_primitive::<Float64Type>(),
        );
        if a.len() != b.len() {
            return Err(Fault("vectors of different lengths have no distance"));
        }
        if a.null_count() > 0 || b.null_count() > 0 {
            return Err(Fault("a vector with a NULL has no distance"));
        }
        let pairs: Vec<_> = a
            .values()
            .iter()
            .zip(b.values())
            .map(|(a, b)| (*a, *b))
            .collect();
        distance(&pairs).map(Some)
    };
    let distances: Float64Array = (0..left.len()).map(one).collect::<Result<_, Fault>>()?;
    Ok(Arc::new(distances))
}

fn cosine(pairs: &[Pair]) -> Result<f64, Fault> {
    let dot = sum(pairs.iter().map(|(a, b)| (*a, *b)))?;
    let left = sum(pairs.iter().map(|(a, _)| (*a, *a)))?;
    let right = sum(pairs.iter().map(|(_, b)| (*b, *b)))?;
    if left == 0.0 || right == 0.0 {
        return Err(Fault("a vector of zeros has no cosine distance"));
    }
    let lengths = product(left.sqrt(), right.sqrt())?;
    let cosine = finite(dot / lengths, dot.is_finite() && lengths.is_finite())?;
    Ok(1.0 - cosine)
}

fn euclidean(pairs: &[Pair]) -> Result<f64, Fault> {
    let apart = pairs
        .iter()
        .map(|(a, b)| finite(a - b, a.is_finite() && b.is_finite()))
        .collect::<Result<Vec<_>, _>>()?;
    Ok(sum(apart.iter().map(|x| (*x, *x)))?.sqrt())
}

/// The sum of products, in the order they come.
fn sum(pairs: impl Iterator<Item = (f64, f64)>) -> Result<f64, Fault> {
    let mut sum = 0.0_f64;
    for (a, b) in pairs {
        let product = product(a, b)?;
        sum = finite(sum + product, sum.is_finite() && product.is_finite())?;
    }
    Ok(sum)
}

fn product(a: f64, b: f64) -> Result<f64, Fault> {
    finite(a * b, a.is_finite() && b.is_finite())
}

#[cfg(test)]
mod tests {
    use datafusion::arrow::datatypes::DataType;
    use datafusion::common::ScalarValue;

    use super::super::harness::call;

    fn vector(values: &[Option<f64>]) -> ScalarValue {
        let values: Vec<_> = values.iter().map(|x| ScalarValue::Float64(*x)).collect();
        ScalarValue::List(ScalarValue::new_list(&values, &DataType::Float64, true))
    }

    #[test]
    fn distances() {
        let float = |x| ScalarValue::Float64(Some(x));
        let (a, b) = (
            vector(&[Some(3.0), Some(0.0)]),
            vector(&[Some(0.0), Some(4.0)]),
        );
        let of = |name, x: &ScalarValue, y: &ScalarValue| call(name, &[x.clone(), y.clone()]);
        assert_eq!(of("cosine_distance", &a, &b), Ok(float(1.0)));
        assert_eq!(of("cosine_distance", &a, &a), Ok(float(0.0)));
        assert_eq!(of("euclidean_distance", &a, &b), Ok(float(5.0)));
        let zero = vector(&[Some(0.0), Some(0.0)]);
        assert!(of("cosine_distance", &a, &zero).is_err());
        assert_eq!(of("euclidean_distance", &a, &zero), Ok(float(3.0)));
        for other in [vector(&[Some(1.0)]), vector(&[Some(1.0), None])] {
            assert!(of("cosine_distance", &a, &other).is_err());
            assert!(of("euclidean_distance", &a, &other).is_err());
        }
        let null = ScalarValue::Float64(None);
        assert_eq!(
            call("euclidean_distance", &[a, ScalarValue::Null]),
            Ok(null)
        );
    }
}
