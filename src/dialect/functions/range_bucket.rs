//! `RANGE_BUCKET`.

use std::cmp::Ordering;
use std::sync::Arc;

use datafusion::arrow::array::{Array, ArrayRef, AsArray, Int64Array, ListArray, make_comparator};
use datafusion::arrow::compute::SortOptions;
use datafusion::arrow::datatypes::{DataType, Float64Type};
use datafusion::common::{Result, exec_err};

use super::super::types::{Kind, array_of, common, element};
use super::elementwise::Fault;
use super::{Function, on_arrays, typed};

pub(super) const ALL: &[Function] = &[Function {
    name: "range_bucket",
    takes: |given| {
        let [point, bounds] = given else { return None };
        let bounds = match Kind::of(bounds) {
            Kind::Null => Kind::Null,
            Kind::Array => Kind::of(element(bounds)?),
            _ => return None,
        };
        let kind = match (Kind::of(point), bounds) {
            (Kind::Null, Kind::Null) => Kind::Int,
            // Arrow's cast of decimals to floats rounds twice.
            (Kind::Float, Kind::Numeric | Kind::BigNumeric)
            | (Kind::Numeric | Kind::BigNumeric, Kind::Float) => return None,
            (point, bounds) => common(point, bounds)?,
        };
        let ordered = !matches!(
            kind,
            Kind::Interval | Kind::Json | Kind::Array | Kind::Struct | Kind::Other
        );
        let one = ordered.then(|| kind.arrow()).flatten()?;
        Some(vec![one.clone(), array_of(one)])
    },
    usage: "RANGE_BUCKET takes a value and an ARRAY of values of its type",
    returns: |_| DataType::Int64,
    run: |args, rows| on_arrays(args, rows, bucket),
}];

/// How many bounds are not above the point.
fn bucket(arrays: &[ArrayRef]) -> Result<ArrayRef> {
    let lists = typed::<ListArray>(arrays, 1)?;
    let Some(points) = arrays.first() else {
        return exec_err!("RANGE_BUCKET of nothing");
    };
    let bounds = lists.values();
    let (floats, float_bounds) = (
        points.as_primitive_opt::<Float64Type>(),
        bounds.as_primitive_opt::<Float64Type>(),
    );
    let nan = |array: Option<&datafusion::arrow::array::Float64Array>, row: usize| {
        array.is_some_and(|a| a.value(row).is_nan())
    };
    let against = make_comparator(bounds, points, SortOptions::default())?;
    let among = make_comparator(bounds, bounds, SortOptions::default())?;
    // Arrow has -0 below 0.
    let exact = |order: Ordering, a: usize, b: Option<f64>| match (float_bounds, b) {
        (Some(bounds), Some(b)) => bounds.value(a).partial_cmp(&b).unwrap_or(order),
        _ => order,
    };
    let offsets = lists.value_offsets();
    let one = |row: usize| -> Result<Option<i64>, Fault> {
        if points.is_null(row) || lists.is_null(row) || nan(floats, row) {
            return Ok(None);
        }
        let ends = (offsets.get(row), offsets.get(row + 1));
        let (Some(start), Some(end)) = ends else {
            return Ok(None);
        };
        let (start, end) = (*start as usize, *end as usize);
        let mut below = 0;
        for at in start..end {
            if bounds.is_null(at) || nan(float_bounds, at) {
                return Err(Fault("RANGE_BUCKET's array has a NULL or NaN"));
            }
            if at > start {
                let before = exact(among(at - 1, at), at - 1, float_bounds.map(|b| b.value(at)));
                if before == Ordering::Greater {
                    return Err(Fault("RANGE_BUCKET's array is not in ascending order"));
                }
            }
            let bound = exact(against(at, row), at, floats.map(|f| f.value(row)));
            below += i64::from(bound != Ordering::Greater);
        }
        Ok(Some(below))
    };
    let buckets: Int64Array = (0..points.len()).map(one).collect::<Result<_, Fault>>()?;
    Ok(Arc::new(buckets))
}

#[cfg(test)]
mod tests {
    use datafusion::common::ScalarValue;

    use super::super::harness::call;

    fn int(x: i64) -> ScalarValue {
        ScalarValue::Int64(Some(x))
    }

    fn list(values: &[ScalarValue]) -> ScalarValue {
        let item = values.first().map_or(
            datafusion::arrow::datatypes::DataType::Int64,
            ScalarValue::data_type,
        );
        ScalarValue::List(ScalarValue::new_list(values, &item, true))
    }

    #[test]
    fn counts_bounds_not_above() {
        let bounds = list(&[0, 10, 20, 30].map(int));
        for (point, want) in [(-1, 0), (0, 1), (5, 1), (20, 3), (30, 4), (99, 4)] {
            assert_eq!(
                call("range_bucket", &[int(point), bounds.clone()]),
                Ok(int(want))
            );
        }
        let half = ScalarValue::Float64(Some(9.5));
        assert_eq!(call("range_bucket", &[half, bounds.clone()]), Ok(int(1)));
        assert_eq!(call("range_bucket", &[int(5), list(&[])]), Ok(int(0)));
        let null = ScalarValue::Int64(None);
        assert_eq!(
            call("range_bucket", &[null.clone(), bounds]),
            Ok(null.clone())
        );
        let nan = ScalarValue::Float64(Some(f64::NAN));
        let floats = list(&[ScalarValue::Float64(Some(0.0))]);
        assert_eq!(call("range_bucket", &[nan, floats.clone()]), Ok(null));
        let minus_zero = ScalarValue::Float64(Some(-0.0));
        assert_eq!(call("range_bucket", &[minus_zero, floats]), Ok(int(1)));
    }

    #[test]
    fn bounds_that_are_none() {
        for bounds in [
            list(&[int(2), int(1)]),
            list(&[int(1), ScalarValue::Int64(None)]),
        ] {
            assert!(call("range_bucket", &[int(1), bounds]).is_err());
        }
        let texts = list(&[ScalarValue::Utf8View(Some("a".to_owned()))]);
        assert!(call("range_bucket", &[int(1), texts]).is_err());
    }
}
