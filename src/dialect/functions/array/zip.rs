//! Arrays beside each other: `ARRAY_ZIP`, and elements beside their offsets, which `UNNEST(..) WITH OFFSET` is made of.

use std::sync::Arc;

use datafusion::arrow::array::{Array, ArrayRef, Int64Array, ListArray, StructArray, UInt32Array};
use datafusion::arrow::compute::take;
use datafusion::arrow::datatypes::{DataType, Field, Fields};
use datafusion::common::{Result, exec_err, plan_err};

use super::element::element_type;
use super::{
    ColumnarValue, Function, Kind, array_of, array_type, element_of, list_of, literal, on_arrays,
    one_array, range, typed,
};

pub(in super::super) const ALL: &[Function] = &[
    Function {
        name: "array_zip",
        takes: |given| {
            let (arrays, mode) = match given.split_last()? {
                (last, arrays) if Kind::of(last) == Kind::String => {
                    (arrays, Some(DataType::Utf8View))
                }
                _ => (given, None),
            };
            let arrays = arrays.iter().map(array_type).collect::<Option<Vec<_>>>()?;
            (arrays.len() > 1).then(|| arrays.into_iter().chain(mode).collect())
        },
        usage: "ARRAY_ZIP takes arrays and, if at all, a mode",
        returns: |taken| array_of(DataType::Struct(zipped(taken))),
        run: zip,
    },
    Function {
        name: "$with_offset",
        takes: one_array,
        usage: "WITH OFFSET is of an array",
        returns: |taken| array_of(DataType::Struct(numbered(element_type(taken)))),
        run: |args, rows| on_arrays(args, rows, with_offset),
    },
];

/// Fields without names, one an array.
fn zipped(taken: &[DataType]) -> Fields {
    let elements = taken.iter().filter_map(element_of);
    elements.map(|t| Field::new("", t.clone(), true)).collect()
}

fn numbered(element: DataType) -> Fields {
    Fields::from(vec![
        Field::new("value", element, true),
        Field::new("offset", DataType::Int64, true),
    ])
}

fn zip(args: &[ColumnarValue], rows: usize) -> Result<ColumnarValue> {
    let (mode, arrays) = match args.split_last() {
        Some((last, arrays)) if Kind::of(&last.data_type()) == Kind::String => {
            (literal(Some(last), "a mode of ARRAY_ZIP")?, arrays)
        }
        _ => (Some("STRICT".to_owned()), args),
    };
    let longest = match mode.as_deref() {
        Some("STRICT" | "TRUNCATE") | None => false,
        Some("PAD") => true,
        Some(other) => return plan_err!("ARRAY_ZIP has no mode `{other}`"),
    };
    on_arrays(arrays, rows, |arrays| {
        let lists = (0..arrays.len())
            .map(|i| typed::<ListArray>(arrays, i))
            .collect::<Result<Vec<_>>>()?;
        let rows = arrays.first().map_or(0, |a| a.len());
        let (mut lengths, mut valid) = (Vec::with_capacity(rows), Vec::with_capacity(rows));
        let mut indices: Vec<Vec<Option<u32>>> = vec![Vec::new(); lists.len()];
        for row in 0..rows {
            let all = mode.is_some() && lists.iter().all(|list| list.is_valid(row));
            valid.push(all);
            let held = || lists.iter().map(|list| range(list, row).len());
            let (least, most) = (held().min().unwrap_or(0), held().max().unwrap_or(0));
            if all && least != most && mode.as_deref() == Some("STRICT") {
                return exec_err!("arrays of different lengths in ARRAY_ZIP of mode STRICT");
            }
            let length = match (all, longest) {
                (false, _) => 0,
                (_, true) => most,
                (_, false) => least,
            };
            lengths.push(length);
            for (list, indices) in lists.iter().zip(&mut indices) {
                let range = range(list, row);
                indices.extend(
                    (0..length).map(|i| (i < range.len()).then_some((range.start + i) as u32)),
                );
            }
        }
        let columns = lists
            .iter()
            .zip(indices)
            .map(|(list, indices)| Ok(take(list.values(), &UInt32Array::from(indices), None)?))
            .collect::<Result<Vec<ArrayRef>>>()?;
        let types: Vec<DataType> = arrays.iter().map(|a| a.data_type().clone()).collect();
        let structs = StructArray::try_new(zipped(&types), columns, None)?;
        list_of(Arc::new(structs), lengths, valid)
    })
}

fn with_offset(arrays: &[ArrayRef]) -> Result<ArrayRef> {
    let list = typed::<ListArray>(arrays, 0)?;
    let (mut lengths, mut valid) = (Vec::with_capacity(list.len()), Vec::new());
    let (mut indices, mut offsets) = (Vec::new(), Vec::new());
    for row in 0..list.len() {
        let range = match list.is_valid(row) {
            true => range(list, row),
            false => 0..0,
        };
        lengths.push(range.len());
        valid.push(list.is_valid(row));
        offsets.extend((0..range.len()).map(|i| i as i64));
        indices.extend(range.map(|i| i as u32));
    }
    let values = take(list.values(), &UInt32Array::from(indices), None)?;
    let fields = numbered(values.data_type().clone());
    let offsets: ArrayRef = Arc::new(Int64Array::from(offsets));
    let structs = StructArray::try_new(fields, vec![values, offsets], None)?;
    list_of(Arc::new(structs), lengths, valid)
}
