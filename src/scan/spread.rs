//! Takes up values whose figures are exact sums and distinct values, group by group.

use arrow::array::{Array, AsArray, RecordBatch};
use arrow::datatypes::Float64Type;
use datafusion::error::Result;

use super::fold::{column_at, filter_of, is_true};
use super::groups::Groups;
use super::outcome::Figures;
use super::program::Step;
use crate::value::hash::{NormalForm, hash64_float};

/// Feeds a batch to the states of a [`Measure::Pair`] or a [`Measure::Spread`].
///
/// [`Measure::Pair`]: super::metric::Measure::Pair
/// [`Measure::Spread`]: super::metric::Measure::Spread
pub(super) fn spread(
    step: &Step,
    batch: &RecordBatch,
    groups: &Groups,
    states: &mut [Figures],
) -> Result<()> {
    let filter = filter_of(step, batch)?;
    let column = step.column(batch)?;
    let second = step.second.map(|at| column_at(batch, at)).transpose()?;
    let wanted = |row: &usize| {
        column.is_valid(*row)
            && second.is_none_or(|second| second.is_valid(*row))
            && filter.is_none_or(|filter| is_true(filter, *row))
    };
    let mut rows: Vec<(usize, usize)> = (0..batch.num_rows())
        .filter(wanted)
        .map(|row| (groups.at(row), row))
        .collect();
    if let Groups::Each(_) = groups {
        rows.sort_unstable();
    }
    let values = |array: &dyn Array, run: &[(usize, usize)]| -> Vec<f64> {
        let floats = array.as_primitive_opt::<Float64Type>();
        let at = |(_, row): &(usize, usize)| Some(floats?.value(*row));
        run.iter().filter_map(at).collect()
    };
    let mut form = NormalForm::new();
    for run in rows.chunk_by(|a, b| a.0 == b.0) {
        let group = run.first().map_or(0, |(group, _)| *group);
        match (states.get_mut(group), second) {
            (Some(Figures::Pair(pairs)), Some(second)) => {
                pairs.add_slices(&values(column, run), &values(second, run));
            }
            (Some(Figures::Spread(spread)), _) => match column.as_string_view_opt() {
                Some(texts) => {
                    for (_, row) in run {
                        form.clear();
                        form.text(texts.value(*row));
                        spread.distinct.insert(form.hash64());
                    }
                    spread.values += run.len() as u64;
                }
                None => {
                    let values = values(column, run);
                    spread.values += values.len() as u64;
                    spread.moments.add_slice(&values);
                    for value in values {
                        spread.distinct.insert(hash64_float(value));
                    }
                }
            },
            _ => {}
        }
    }
    Ok(())
}
