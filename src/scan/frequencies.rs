//! Counts the values of a column one by one, month by month.

use arrow::array::{Array, AsArray, RecordBatch};
use arrow::datatypes::{DataType, Float64Type};
use datafusion::error::Result;

use super::fold::{filter_of, is_true};
use super::groups::Groups;
use super::outcome::{Figures, Frequencies};
use super::program::Step;
use crate::value::cell;
use crate::value::hash::{NormalForm, hash64_float};

/// Feeds a batch to the states of a [`Measure::Frequencies`]; `months` says by group in whose place its month is kept.
///
/// [`Measure::Frequencies`]: super::metric::Measure::Frequencies
pub(super) fn frequencies(
    step: &Step,
    batch: &RecordBatch,
    (groups, months): (&Groups, &[u32]),
    states: &mut [Figures],
) -> Result<()> {
    let filter = filter_of(step, batch)?;
    let column = step.column(batch)?;
    let nulls = column.logical_nulls();
    let floats = column.as_primitive_opt::<Float64Type>();
    let texts = column.as_string_view_opt();
    let ordered = matches!(
        column.data_type(),
        DataType::Date32 | DataType::Date64 | DataType::Time32(_) | DataType::Time64(_)
    );
    let mut form = NormalForm::new();
    let mut text = String::new();
    for row in 0..batch.num_rows() {
        let wanted = filter.is_none_or(|filter| is_true(filter, row));
        if !wanted || nulls.as_ref().is_some_and(|nulls| nulls.is_null(row)) {
            continue;
        }
        let month = months.get(groups.at(row)).map(|month| *month as usize);
        let Some(Figures::Frequencies(state)) = month.and_then(|month| states.get_mut(month))
        else {
            continue;
        };
        let Frequencies {
            distinct,
            counts,
            extremes,
        } = state.as_mut();
        if let Some(floats) = floats {
            // -0 + 0 is 0, and what is not counted needs no text.
            let value = floats.value(row) + 0.0;
            distinct.insert(hash64_float(value));
            if counts.is_known() {
                text.clear();
                cell::push_float(&mut text, value);
            }
            counts.add(text.as_bytes(), 1);
            continue;
        }
        let value = match texts {
            Some(texts) => texts.value(row),
            None => {
                text.clear();
                cell::push_text(&mut text, column, row);
                text.as_str()
            }
        };
        form.clear();
        form.text(value);
        distinct.insert(form.hash64());
        counts.add(value.as_bytes(), 1);
        if ordered {
            extremes.add(value.as_bytes());
        }
    }
    Ok(())
}
