//! Rows held back until those of one group make long runs.
//!
//! Where a file mixes its dates, a batch has a few rows of each, and feeding states a few values at a
//! time costs more than the values. So batches are held, and each column is dealt out by group once
//! for many of them.

use arrow::array::{Array, ArrayRef, AsArray, BooleanArray, PrimitiveArray};
use arrow::datatypes::ArrowPrimitiveType;

use super::fold::is_true;
use super::groups::Groups;

/// Batches of one file that are held, and the group of each of their rows.
#[derive(Default)]
pub(super) struct Held {
    batches: Vec<Batch>,
    rows: usize,
}

struct Batch {
    rows: usize,
    /// The columns that are needed, at their place in the batch.
    columns: Vec<Option<ArrayRef>>,
    /// By grouping.
    groups: Vec<Groups>,
}

/// Rows that are held at most: with 40 columns of numbers about 80 MB.
const MOST_ROWS: usize = 1 << 18;

impl Held {
    pub(super) fn is_empty(&self) -> bool {
        self.batches.is_empty()
    }

    pub(super) fn is_full(&self) -> bool {
        self.rows >= MOST_ROWS
    }

    pub(super) fn hold(
        &mut self,
        rows: usize,
        columns: Vec<Option<ArrayRef>>,
        groups: Vec<Groups>,
    ) {
        self.rows += rows;
        self.batches.push(Batch {
            rows,
            columns,
            groups,
        });
    }

    pub(super) fn clear(&mut self) {
        self.batches.clear();
        self.rows = 0;
    }

    /// Where each group's run starts when the rows are dealt out by `grouping`, and the end of the
    /// last one.
    pub(super) fn starts(&self, grouping: usize, groups: usize) -> Vec<usize> {
        let mut starts = vec![0; groups + 1];
        let mut count = |group: usize, rows: usize| {
            if let Some(start) = starts.get_mut(group + 1) {
                *start += rows;
            }
        };
        for batch in &self.batches {
            match batch.groups.get(grouping) {
                Some(Groups::One(group)) => count(*group as usize, batch.rows),
                Some(Groups::Each(groups)) => groups.iter().for_each(|g| count(*g as usize, 1)),
                None => {}
            }
        }
        let mut sum = 0;
        for start in &mut starts {
            sum += *start;
            *start = sum;
        }
        starts
    }

    /// Hands over, by group, the values of a column that are not NULL and pass the filter, and how
    /// many of the group's rows are NULL. `starts` are those of the grouping.
    pub(super) fn deal<T: ArrowPrimitiveType>(
        &self,
        (column, filter, grouping): (usize, Option<usize>, usize),
        starts: &[usize],
        scratch: &mut Vec<T::Native>,
        mut state: impl FnMut(usize, &[T::Native], u64),
    ) {
        if let [batch] = self.batches.as_slice()
            && let Some(Groups::One(group)) = batch.groups.get(grouping)
            && let (Some(Some(array)), None) = (batch.columns.get(column), filter)
            && array.null_count() == 0
        {
            state(*group as usize, array.as_primitive::<T>().values(), 0);
            return;
        }
        let mut ends = starts.to_vec();
        let mut nulls = vec![0; starts.len()];
        if scratch.len() < self.rows {
            scratch.resize(self.rows, T::default_value());
        }
        for batch in &self.batches {
            let of = |index: usize| batch.columns.get(index).and_then(Option::as_ref);
            let (Some(array), Some(groups)) = (of(column), batch.groups.get(grouping)) else {
                continue;
            };
            let array: &PrimitiveArray<T> = array.as_primitive();
            let filter = filter.and_then(of).map(|f| f.as_boolean());
            match groups {
                Groups::Each(groups) if filter.is_none() && array.null_count() == 0 => {
                    for (group, value) in groups.iter().zip(array.values()) {
                        put(&mut ends, scratch, *group as usize, *value);
                    }
                }
                _ => deal_some(array, filter, groups, &mut ends, &mut nulls, scratch),
            }
        }
        for (group, ((start, end), nulls)) in starts.iter().zip(ends).zip(nulls).enumerate() {
            if end > *start || nulls > 0 {
                state(group, scratch.get(*start..end).unwrap_or_default(), nulls);
            }
        }
    }
}

/// Deals out the rows that pass a filter and are not NULL; counts the NULL ones that pass.
fn deal_some<T: ArrowPrimitiveType>(
    array: &PrimitiveArray<T>,
    filter: Option<&BooleanArray>,
    groups: &Groups,
    ends: &mut [usize],
    nulls: &mut [u64],
    scratch: &mut [T::Native],
) {
    for (row, value) in array.values().iter().enumerate() {
        if filter.is_some_and(|f| !is_true(f, row)) {
            continue;
        }
        let group = groups.at(row);
        if array.is_valid(row) {
            put(ends, scratch, group, *value);
        } else if let Some(nulls) = nulls.get_mut(group) {
            *nulls += 1;
        }
    }
}

#[inline(always)]
fn put<T>(ends: &mut [usize], scratch: &mut [T], group: usize, value: T) {
    if let Some(end) = ends.get_mut(group)
        && let Some(slot) = scratch.get_mut(*end)
    {
        *slot = value;
        *end += 1;
    }
}
