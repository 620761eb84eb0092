//! What an array holds: `x IN UNNEST(a)`, `ARRAY_INCLUDES` and its like, `ARRAY_OFFSET`, `ARRAY_FIND`, distinct elements.
//!
//! Two elements are equal as `=` has it: -0 is 0, NaN is equal to nothing, and what is compared with a NULL is unknown;
//! structs are equal field by field. Distinct elements are those that GROUP BY keeps apart: there NULL is one value and so
//! is NaN.

use std::hash::Hash;
use std::sync::Arc;

use datafusion::arrow::array::{
    Array, ArrayRef, AsArray, BooleanArray, DynComparator, Float64Array, Int64Array, ListArray,
    StructArray, UInt32Array, make_comparator,
};
use datafusion::arrow::buffer::{BooleanBuffer, NullBuffer};
use datafusion::arrow::compute::{SortOptions, take};
use datafusion::arrow::datatypes::{DataType, Float64Type, Int64Type};
use datafusion::arrow::row::{RowConverter, SortField};
use datafusion::common::{Result, ScalarValue, exec_datafusion_err, exec_err, plan_err};
use hashbrown::{HashMap, HashSet};

use super::element::element_type;
use super::{
    ColumnarValue, Function, Kind, array_of, array_type, elements_of, first, keep, literal,
    on_arrays, range, typed, united,
};

pub(in super::super) const ALL: &[Function] = &[
    // `x IN UNNEST(a)`
    Function {
        name: "$in_array",
        takes: |given| {
            let [value, array] = given else { return None };
            let [array, value] = searched(array, value)?;
            Some(vec![value, array])
        },
        usage: "IN UNNEST looks for a value among others of its type, which can be compared",
        returns: |_| DataType::Boolean,
        run: in_array,
    },
    Function {
        name: "array_includes",
        takes: take_value,
        usage: "ARRAY_INCLUDES takes an array and a value of its type, which can be compared",
        returns: |_| DataType::Boolean,
        run: |args, rows| {
            on_arrays(args, rows, |arrays| {
                let found = Search::of(arrays)?;
                let holds = |row| Some(found.places(row)?.next().is_some());
                let holds: BooleanArray = found.rows().map(holds).collect();
                Ok(Arc::new(holds) as ArrayRef)
            })
        },
    },
    Function {
        name: "array_includes_any",
        takes: take_values,
        usage: "ARRAY_INCLUDES_ANY takes two arrays of one type, which can be compared",
        returns: |_| DataType::Boolean,
        run: |args, rows| on_arrays(args, rows, |arrays| includes(arrays, false)),
    },
    Function {
        name: "array_includes_all",
        takes: take_values,
        usage: "ARRAY_INCLUDES_ALL takes two arrays of one type, which can be compared",
        returns: |_| DataType::Boolean,
        run: |args, rows| on_arrays(args, rows, |arrays| includes(arrays, true)),
    },
    Function {
        name: "array_offset",
        takes: take_value_and_mode,
        usage: "ARRAY_OFFSET takes an array, a value of its type, which can be compared, and, if at all, a mode",
        returns: |_| DataType::Int64,
        run: |args, rows| {
            let Some((args, first)) = mode(args, "ARRAY_OFFSET")? else {
                return Ok(ColumnarValue::Scalar(ScalarValue::Int64(None)));
            };
            on_arrays(args, rows, |arrays| {
                let found = Search::of(arrays)?;
                let offset = |row| {
                    let start = range(found.list, row).start;
                    found.place(row, first).map(|place| (place - start) as i64)
                };
                let offsets: Int64Array = found.rows().map(offset).collect();
                Ok(Arc::new(offsets) as ArrayRef)
            })
        },
    },
    Function {
        name: "array_offsets",
        takes: take_value,
        usage: "ARRAY_OFFSETS takes an array and a value of its type, which can be compared",
        returns: |_| array_of(DataType::Int64),
        run: |args, rows| {
            on_arrays(args, rows, |arrays| {
                let found = Search::of(arrays)?;
                let (mut offsets, mut lengths, mut valid) = (Vec::new(), Vec::new(), Vec::new());
                for row in found.rows() {
                    let before = offsets.len();
                    let (start, places) = (range(found.list, row).start, found.places(row));
                    valid.push(places.is_some());
                    offsets.extend(places.into_iter().flatten().map(|p| (p - start) as i64));
                    lengths.push(offsets.len() - before);
                }
                super::list_of(Arc::new(Int64Array::from(offsets)), lengths, valid)
            })
        },
    },
    Function {
        name: "array_find",
        takes: take_value_and_mode,
        usage: "ARRAY_FIND takes an array, a value of its type, which can be compared, and, if at all, a mode",
        returns: element_type,
        run: |args, rows| {
            let Some((args, first)) = mode(args, "ARRAY_FIND")? else {
                let types: Vec<DataType> = args.iter().map(ColumnarValue::data_type).collect();
                let null = ScalarValue::try_from(&element_type(&types))?;
                return Ok(ColumnarValue::Scalar(null));
            };
            on_arrays(args, rows, |arrays| {
                let found = Search::of(arrays)?;
                let place = |row| found.place(row, first).map(|place| place as u32);
                let places: UInt32Array = found.rows().map(place).collect();
                Ok(take(found.list.values(), &places, None)?)
            })
        },
    },
    Function {
        name: "array_find_all",
        takes: take_value,
        usage: "ARRAY_FIND_ALL takes an array and a value of its type, which can be compared",
        returns: first,
        run: |args, rows| {
            on_arrays(args, rows, |arrays| {
                let found = Search::of(arrays)?;
                keep(found.list, |row| Ok(found.places(row)))
            })
        },
    },
    Function {
        name: "array_is_distinct",
        takes: take_groupable,
        usage: "ARRAY_IS_DISTINCT takes an array of a type that can be grouped by",
        returns: |_| DataType::Boolean,
        run: |args, rows| {
            on_arrays(args, rows, |arrays| {
                let list = typed::<ListArray>(arrays, 0)?;
                let firsts = first_of_each(list)?;
                let is_distinct = |row| {
                    let range = range(list, row);
                    list.is_valid(row)
                        .then(|| firsts.get(range).is_some_and(|f| f.iter().all(|f| *f)))
                };
                let distinct: BooleanArray = (0..list.len()).map(is_distinct).collect();
                Ok(Arc::new(distinct) as ArrayRef)
            })
        },
    },
    Function {
        name: "array_distinct",
        takes: take_groupable,
        usage: "ARRAY_DISTINCT takes an array of a type that can be grouped by",
        returns: first,
        run: |args, rows| {
            on_arrays(args, rows, |arrays| {
                let list = typed::<ListArray>(arrays, 0)?;
                let firsts = &first_of_each(list)?;
                keep(list, |row| {
                    let kept = |index: &usize| firsts.get(*index) == Some(&true);
                    Ok(list.is_valid(row).then(|| range(list, row).filter(kept)))
                })
            })
        },
    },
];

/// Whether two values of a type can be compared for equality: not JSON and arrays; INTERVALs not yet.
fn is_comparable(data_type: &DataType) -> bool {
    match data_type {
        DataType::Struct(fields) => fields.iter().all(|f| is_comparable(f.data_type())),
        other => !matches!(
            Kind::of(other),
            Kind::Array | Kind::Json | Kind::Interval | Kind::Other
        ),
    }
}

/// The types of an array and of a value that is looked for in it.
fn searched(array: &DataType, value: &DataType) -> Option<[DataType; 2]> {
    let element = united([elements_of(array)?, value.clone()].iter())?;
    is_comparable(&element).then(|| [array_of(element.clone()), element])
}

fn take_value(given: &[DataType]) -> Option<Vec<DataType>> {
    match given {
        [array, value] => searched(array, value).map(Vec::from),
        _ => None,
    }
}

fn take_value_and_mode(given: &[DataType]) -> Option<Vec<DataType>> {
    match given {
        [array, value, mode] if matches!(Kind::of(mode), Kind::String | Kind::Null) => {
            let [array, value] = searched(array, value)?;
            Some(vec![array, value, DataType::Utf8View])
        }
        _ => take_value(given),
    }
}

fn take_values(given: &[DataType]) -> Option<Vec<DataType>> {
    let [array, values] = given else { return None };
    let [array, _] = searched(array, &elements_of(values)?)?;
    Some(vec![array; 2])
}

fn take_groupable(given: &[DataType]) -> Option<Vec<DataType>> {
    let [array] = given else { return None };
    let taken = array_type(array)?;
    is_comparable(&elements_of(&taken)?).then(|| vec![taken])
}

/// The arguments without the mode, and whether it asks for the first of equal elements; none if it is NULL.
fn mode<'a>(args: &'a [ColumnarValue], name: &str) -> Result<Option<(&'a [ColumnarValue], bool)>> {
    let Some((both, mode)) = args.split_at_checked(2) else {
        return exec_err!("{name} takes two arguments");
    };
    if mode.is_empty() {
        return Ok(Some((both, true)));
    }
    match literal(mode.first(), "a mode")?.as_deref() {
        None => Ok(None),
        Some("FIRST") => Ok(Some((both, true))),
        Some("LAST") => Ok(Some((both, false))),
        Some(other) => plan_err!("{name} has no mode `{other}`"),
    }
}

/// A value looked for in an array, row by row.
struct Search<'a> {
    list: &'a ListArray,
    values: &'a ArrayRef,
    equal: Equality,
}

impl<'a> Search<'a> {
    fn of(arrays: &'a [ArrayRef]) -> Result<Self> {
        let list = typed::<ListArray>(arrays, 0)?;
        let Some(values) = arrays.get(1) else {
            return exec_err!("expected a value to look for");
        };
        Ok(Self {
            list,
            values,
            equal: Equality::new(values, list.values())?,
        })
    }

    fn rows(&self) -> std::ops::Range<usize> {
        0..self.list.len()
    }

    /// Where elements equal to the row's value lie; none if the array or the value is NULL.
    fn places(&self, row: usize) -> Option<impl DoubleEndedIterator<Item = usize>> {
        let known = self.list.is_valid(row) && self.values.is_valid(row);
        let equal = move |index: &usize| self.equal.at(row, *index) == Some(true);
        known.then(|| range(self.list, row).filter(equal))
    }

    fn place(&self, row: usize, first: bool) -> Option<usize> {
        let mut places = self.places(row)?;
        if first {
            places.next()
        } else {
            places.next_back()
        }
    }
}

/// Equality of values of two columns: none where it is unknown.
enum Equality {
    Scalars {
        nulls: [Option<NullBuffer>; 2],
        compare: DynComparator,
        /// Floats of the first column, NaN of which are equal to nothing.
        floats: Option<Float64Array>,
    },
    Structs {
        nulls: [Option<NullBuffer>; 2],
        fields: Vec<Equality>,
    },
}

impl Equality {
    fn new(left: &ArrayRef, right: &ArrayRef) -> Result<Self> {
        let nulls = [left.logical_nulls(), right.logical_nulls()];
        if let (Some(left), Some(right)) = (left.as_struct_opt(), right.as_struct_opt()) {
            let columns = left.columns().iter().zip(right.columns());
            let fields = columns.map(|(left, right)| Self::new(left, right));
            return Ok(Self::Structs {
                nulls,
                fields: fields.collect::<Result<_>>()?,
            });
        }
        let (left, right) = (canonical(left)?, canonical(right)?);
        Ok(Self::Scalars {
            nulls,
            compare: make_comparator(left.as_ref(), right.as_ref(), SortOptions::default())?,
            floats: left.as_primitive_opt::<Float64Type>().cloned(),
        })
    }

    fn at(&self, left: usize, right: usize) -> Option<bool> {
        let known = |[a, b]: &[Option<NullBuffer>; 2]| {
            a.as_ref().is_none_or(|nulls| nulls.is_valid(left))
                && b.as_ref().is_none_or(|nulls| nulls.is_valid(right))
        };
        match self {
            Self::Scalars {
                nulls,
                compare,
                floats,
            } => known(nulls).then(|| {
                !floats.as_ref().is_some_and(|f| f.value(left).is_nan())
                    && compare(left, right).is_eq()
            }),
            Self::Structs { nulls, fields } => {
                known(nulls).then_some(())?;
                // One pair that differs decides, whatever is unknown beside it.
                fields
                    .iter()
                    .map(|field| field.at(left, right))
                    .try_fold(Some(true), |all, equal| match equal {
                        Some(false) => Err(Some(false)),
                        Some(true) => Ok(all),
                        None => Ok(None),
                    })
                    .unwrap_or_else(|differs| differs)
            }
        }
    }
}

/// The values with one form for floats that are grouped together: 0 for -0, one NaN.
fn canonical(array: &ArrayRef) -> Result<ArrayRef> {
    if let Some(floats) = array.as_primitive_opt::<Float64Type>() {
        let one = |value: f64| {
            if value.is_nan() {
                f64::NAN
            } else {
                value + 0.0
            }
        };
        return Ok(Arc::new(floats.unary::<_, Float64Type>(one)));
    }
    if let Some(structs) = array.as_struct_opt() {
        let columns = structs.columns().iter().map(canonical);
        return Ok(Arc::new(StructArray::try_new(
            structs.fields().clone(),
            columns.collect::<Result<_>>()?,
            structs.nulls().cloned(),
        )?));
    }
    Ok(Arc::clone(array))
}

/// Whether each element is the first of its like in its array.
fn first_of_each(list: &ListArray) -> Result<Vec<bool>> {
    let values = canonical(list.values())?;
    let converter = RowConverter::new(vec![SortField::new(values.data_type().clone())])?;
    let keys = converter.convert_columns(&[values])?;
    let mut firsts = vec![false; keys.num_rows()];
    let mut seen = HashSet::new();
    for row in 0..list.len() {
        seen.clear();
        for index in range(list, row) {
            if let Some(first) = firsts.get_mut(index) {
                *first = seen.insert(keys.row(index));
            }
        }
    }
    Ok(firsts)
}

/// Whether any or all elements of the second array are in the first; a NULL among them is not.
fn includes(arrays: &[ArrayRef], all: bool) -> Result<ArrayRef> {
    let (list, wanted) = (
        typed::<ListArray>(arrays, 0)?,
        typed::<ListArray>(arrays, 1)?,
    );
    let equal = Equality::new(wanted.values(), list.values())?;
    let holds = |row: usize| {
        let held = |index| range(list, row).any(|other| equal.at(index, other) == Some(true));
        (list.is_valid(row) && wanted.is_valid(row)).then(|| {
            let mut wanted = range(wanted, row);
            if all {
                wanted.all(held)
            } else {
                wanted.any(held)
            }
        })
    };
    let holds: BooleanArray = (0..list.len()).map(holds).collect();
    Ok(Arc::new(holds))
}

/// In this order: FALSE for an array of nothing, NULL for a NULL, TRUE if the value is there, NULL if a NULL is.
fn in_array(args: &[ColumnarValue], rows: usize) -> Result<ColumnarValue> {
    let [value, array] = args else {
        return exec_err!("expected a value and an array");
    };
    if let (ColumnarValue::Array(values), ColumnarValue::Scalar(array)) = (value, array) {
        let array = array.to_array()?;
        let list = array
            .as_list_opt::<i32>()
            .ok_or_else(|| exec_datafusion_err!("expected an array"))?;
        let elements = if list.is_valid(0) {
            list.value(0)
        } else {
            list.values().slice(0, 0)
        };
        if elements.is_empty() {
            return Ok(ColumnarValue::Scalar(ScalarValue::Boolean(Some(false))));
        }
        return Ok(ColumnarValue::Array(Arc::new(in_set(values, &elements)?)));
    }
    on_arrays(args, rows, |arrays| {
        let list = typed::<ListArray>(arrays, 1)?;
        let Some(values) = arrays.first() else {
            return exec_err!("expected a value");
        };
        let equal = Equality::new(values, list.values())?;
        let holds = |row: usize| {
            let range = range(list, row);
            if list.is_null(row) || range.is_empty() {
                return Some(false);
            }
            values.is_valid(row).then_some(())?;
            let mut unknown = false;
            for index in range {
                match equal.at(row, index) {
                    Some(true) => return Some(true),
                    Some(false) => {}
                    None => unknown = true,
                }
            }
            (!unknown).then_some(false)
        };
        let holds: BooleanArray = (0..list.len()).map(holds).collect();
        Ok(Arc::new(holds) as ArrayRef)
    })
}

/// Membership in constant elements that are structs. Values and elements that hold a NULL somewhere are compared with each
/// other field by field, of which there are few; the others are looked up.
fn in_structs(values: &ArrayRef, elements: &ArrayRef) -> Result<BooleanArray> {
    let equal = Equality::new(values, elements)?;
    let (known, plain) = (whole(values), whole(elements));
    let all: Vec<usize> = (0..elements.len()).collect();
    let open: Vec<usize> = (0..elements.len()).filter(|at| !plain.value(*at)).collect();
    let (canonical_values, canonical_elements) = (canonical(values)?, canonical(elements)?);
    let converter = RowConverter::new(vec![SortField::new(values.data_type().clone())])?;
    let keys = converter.convert_columns(&[canonical_elements])?;
    let rows = converter.convert_columns(&[canonical_values])?;
    // Equal bytes are no equal values where a NaN is among them.
    let wanted: HashMap<_, usize> = (0..elements.len())
        .filter(|at| plain.value(*at))
        .map(|at| (keys.row(at), at))
        .collect();
    let holds = |row: usize| {
        if values.is_null(row) {
            return None;
        }
        let mut unknown = false;
        let compared = if known.value(row) {
            let found = wanted.get(&rows.row(row));
            if found.is_some_and(|at| equal.at(row, *at) == Some(true)) {
                return Some(true);
            }
            &open
        } else {
            &all
        };
        for at in compared {
            match equal.at(row, *at) {
                Some(true) => return Some(true),
                Some(false) => {}
                None => unknown = true,
            }
        }
        (!unknown).then_some(false)
    };
    Ok((0..values.len()).map(holds).collect())
}

/// Which values hold no NULL, in no field of theirs.
fn whole(array: &ArrayRef) -> BooleanBuffer {
    let own = match array.logical_nulls() {
        Some(nulls) => nulls.into_inner(),
        None => BooleanBuffer::new_set(array.len()),
    };
    let Some(structs) = array.as_struct_opt() else {
        return own;
    };
    structs
        .columns()
        .iter()
        .fold(own, |all, column| &all & &whole(column))
}

/// Membership in constant elements, of which there are some.
fn in_set(values: &ArrayRef, elements: &ArrayRef) -> Result<BooleanArray> {
    if matches!(elements.data_type(), DataType::Struct(_)) {
        return in_structs(values, elements);
    }
    let has_null = elements.null_count() > 0;
    if let (Some(texts), Some(wanted)) =
        (values.as_string_view_opt(), elements.as_string_view_opt())
    {
        let wanted: HashSet<&str> = wanted.iter().flatten().collect();
        return Ok(members(texts.iter(), &wanted, has_null));
    }
    if let (Some(numbers), Some(wanted)) = (
        values.as_primitive_opt::<Int64Type>(),
        elements.as_primitive_opt::<Int64Type>(),
    ) {
        let wanted: HashSet<i64> = wanted.iter().flatten().collect();
        return Ok(members(numbers.iter(), &wanted, has_null));
    }
    let is_nan = |array: &ArrayRef, row: usize| {
        array
            .as_primitive_opt::<Float64Type>()
            .is_some_and(|floats| floats.value(row).is_nan())
    };
    let (values, elements) = (canonical(values)?, canonical(elements)?);
    let converter = RowConverter::new(vec![SortField::new(values.data_type().clone())])?;
    let keys = converter.convert_columns(std::slice::from_ref(&elements))?;
    let wanted: HashSet<_> = (0..elements.len())
        .filter(|row| elements.is_valid(*row) && !is_nan(&elements, *row))
        .map(|row| keys.row(row))
        .collect();
    let rows = converter.convert_columns(std::slice::from_ref(&values))?;
    let present = (0..values.len()).map(|row| values.is_valid(row).then(|| rows.row(row)));
    Ok(members(present, &wanted, has_null))
}

fn members<T: Hash + Eq>(
    values: impl Iterator<Item = Option<T>>,
    wanted: &HashSet<T>,
    has_null: bool,
) -> BooleanArray {
    values
        .map(|value| match wanted.contains(&value?) {
            true => Some(true),
            false => (!has_null).then_some(false),
        })
        .collect()
}
