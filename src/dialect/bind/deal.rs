//! Rows of many subqueries at once, dealt back to the rows each is for.

use std::sync::Arc;

use datafusion::arrow::array::{
    Array, ArrayRef, AsArray, BooleanArray, Int64Array, ListArray, RecordBatch, UInt32Array,
    new_empty_array,
};
use datafusion::arrow::buffer::OffsetBuffer;
use datafusion::arrow::compute::{
    SortColumn, SortOptions, cast, concat_batches, lexsort_to_indices, take,
};
use datafusion::arrow::datatypes::{DataType, Field, Int64Type};
use datafusion::common::{Result, exec_err};

use crate::dialect::types::array_of;

/// What a subquery is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum Answer {
    /// The value of one row, NULL of none.
    Scalar,
    /// The values of all rows.
    Array,
    /// An array that is one value already, an empty one of no row.
    Collected,
    Exists,
}

/// How rows become answers: those of a plan hold the number of the row they are for, a value, and what they are ordered by.
#[derive(Debug)]
pub(super) struct Deal {
    pub(super) answer: Answer,
    /// The type of a value, or of an element.
    pub(super) of: DataType,
    pub(super) order: Vec<SortOptions>,
}

/// The rows as they come.
pub(super) struct Dealt<'a> {
    deal: &'a Deal,
    batches: Vec<RecordBatch>,
    /// How many rows each row has.
    counts: Vec<usize>,
}

impl Deal {
    /// The type of an answer.
    pub(super) fn returns(&self) -> DataType {
        match self.answer {
            Answer::Scalar => self.of.clone(),
            Answer::Array | Answer::Collected => array_of(self.of.clone()),
            Answer::Exists => DataType::Boolean,
        }
    }

    pub(super) fn to(&self, rows: usize) -> Dealt<'_> {
        Dealt {
            deal: self,
            batches: Vec::new(),
            counts: vec![0; rows],
        }
    }

    fn value_type(&self) -> DataType {
        match self.answer {
            Answer::Array => self.of.clone(),
            _ => self.returns(),
        }
    }

    /// The rows by their number, and within it by what they are ordered by, else as they came.
    fn in_order(&self, batch: &RecordBatch) -> Result<RecordBatch> {
        let Some(numbers) = batch.columns().first() else {
            return exec_err!("a subquery without columns");
        };
        let mut keys = vec![SortColumn {
            values: Arc::clone(numbers),
            options: None,
        }];
        for (values, options) in batch.columns().iter().skip(2).zip(&self.order) {
            keys.push(SortColumn {
                values: Arc::clone(values),
                options: Some(*options),
            });
        }
        let count = i64::try_from(batch.num_rows()).unwrap_or(i64::MAX);
        keys.push(SortColumn {
            values: Arc::new(Int64Array::from_iter_values(0..count)),
            options: None,
        });
        let order = lexsort_to_indices(&keys, None)?;
        let columns = batch
            .columns()
            .iter()
            .map(|c| Ok(take(c, &order, None)?))
            .collect::<Result<Vec<_>>>()?;
        Ok(RecordBatch::try_new(batch.schema(), columns)?)
    }
}

impl Dealt<'_> {
    pub(super) fn add(&mut self, batch: RecordBatch) -> Result<()> {
        let Some(numbers) = batch.columns().first() else {
            return exec_err!("a subquery without columns");
        };
        for number in numbers.as_primitive::<Int64Type>().values() {
            let at = usize::try_from(*number).unwrap_or(usize::MAX);
            match self.counts.get_mut(at) {
                Some(count) => *count += 1,
                None => return exec_err!("a row that was not asked for"),
            }
        }
        // Told at the first batch that has them: all rows may be more than there is memory for.
        let single = matches!(self.deal.answer, Answer::Scalar | Answer::Collected);
        if single && self.counts.iter().any(|n| *n > 1) {
            return exec_err!("a scalar subquery has more than one row");
        }
        if self.deal.answer != Answer::Exists {
            self.batches.push(batch);
        }
        Ok(())
    }

    pub(super) fn answers(self) -> Result<ArrayRef> {
        if self.deal.answer == Answer::Exists {
            let exist = self.counts.iter().map(|n| Some(*n > 0));
            return Ok(Arc::new(BooleanArray::from_iter(exist)));
        }
        let to = self.deal.value_type();
        let values = match self.batches.first() {
            None => new_empty_array(&to),
            Some(first) => {
                let all = concat_batches(&first.schema(), &self.batches)?;
                let sorted = self.deal.in_order(&all)?;
                match sorted.columns().get(1) {
                    Some(values) => cast(values, &to)?,
                    None => return exec_err!("a subquery without a value"),
                }
            }
        };
        if self.deal.answer == Answer::Array {
            let field = Arc::new(Field::new("item", self.deal.of.clone(), true));
            let offsets = OffsetBuffer::from_lengths(self.counts);
            return Ok(Arc::new(ListArray::try_new(field, offsets, values, None)?));
        }
        let mut next = 0u32;
        let at: UInt32Array = self
            .counts
            .iter()
            .map(|n| {
                (*n == 1).then(|| {
                    next += 1;
                    next - 1
                })
            })
            .collect();
        let values = take(&values, &at, None)?;
        match values.as_list_opt::<i32>() {
            // Where there is no array, there is none of its elements.
            Some(lists) if self.deal.answer == Answer::Collected && lists.null_count() > 0 => {
                let (field, offsets, elements, _) = lists.clone().into_parts();
                Ok(Arc::new(ListArray::try_new(
                    field, offsets, elements, None,
                )?))
            }
            _ => Ok(values),
        }
    }
}
