//! Arrays whose elements are columns, too: `features[3]` and `feature_3_value`.

use std::collections::BTreeMap;

use arrow::array::{Array, AsArray};
use arrow::compute::cast;
use arrow::datatypes::{DataType, Float64Type};

use super::sample::Sample;
use crate::lake::Table;
use crate::schema::BqType;

/// The fewest columns of a numbered family.
const COLUMNS: usize = 3;
/// So many percent of the values compared are equal.
const AGREE: u64 = 80;

/// An array and the numbered columns that hold its elements.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Twin {
    pub(super) array: String,
    /// The columns' name, `{i}` for the number.
    pub(super) columns: String,
    pub(super) count: usize,
    pub(super) agreed: u64,
    pub(super) compared: u64,
}

pub(super) fn twins(table: &Table, sample: &Sample) -> Vec<Twin> {
    let families = families(table);
    let mut found = Vec::new();
    for array in table.columns() {
        if !matches!(&array.bq_type, BqType::Array(of) if of.is_number()) {
            continue;
        }
        for (columns, members) in &families {
            let Some((agreed, compared)) = agreement(sample, &array.name, members) else {
                continue;
            };
            if compared > 0 && agreed * 100 >= compared * AGREE {
                found.push(Twin {
                    array: array.name.clone(),
                    columns: columns.clone(),
                    count: members.len(),
                    agreed,
                    compared,
                });
            }
        }
    }
    found
}

/// Columns of numbers whose names differ in one number alone, by name and number.
fn families(table: &Table) -> BTreeMap<String, Vec<(usize, String)>> {
    let mut families: BTreeMap<String, Vec<(usize, String)>> = BTreeMap::new();
    for column in table.columns().iter().filter(|c| c.bq_type.is_number()) {
        let name = &column.name;
        let mut rest = 0;
        while let Some(start) = name
            .get(rest..)
            .and_then(|t| t.find(|c: char| c.is_ascii_digit()))
        {
            let start = rest + start;
            let tail = name.get(start..).unwrap_or_default();
            let length = tail
                .find(|c: char| !c.is_ascii_digit())
                .unwrap_or(tail.len());
            let (digits, after) = tail.split_at(length);
            if let Ok(number) = digits.parse() {
                let family = format!("{}{{i}}{after}", name.get(..start).unwrap_or_default());
                families
                    .entry(family)
                    .or_default()
                    .push((number, name.clone()));
            }
            rest = start + length;
        }
    }
    families.retain(|_, members| members.len() >= COLUMNS);
    families
}

/// How many values of the columns equal their elements, of how many that can be compared.
fn agreement(sample: &Sample, array: &str, members: &[(usize, String)]) -> Option<(u64, u64)> {
    let lists = sample.column(array)?;
    let lists = lists.as_list_opt::<i32>()?;
    let elements = cast(lists.values(), &DataType::Float64).ok()?;
    let elements = elements.as_primitive::<Float64Type>();
    let (mut agreed, mut compared) = (0, 0);
    for (number, name) in members {
        let column = cast(sample.column(name)?, &DataType::Float64).ok()?;
        let column = column.as_primitive::<Float64Type>();
        let ends = lists.value_offsets().windows(2);
        for (row, ends) in ends.enumerate() {
            let &[start, end] = ends else { continue };
            let at = start as usize + number;
            if column.is_null(row) || lists.is_null(row) || at >= end as usize {
                continue;
            }
            let (a, b) = (elements.value(at), column.value(row));
            compared += 1;
            agreed += u64::from(a == b || a.is_nan() && b.is_nan());
        }
    }
    Some((agreed, compared))
}
