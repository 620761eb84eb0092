//! Folds batches into states: one a metric, file, day and segment.
//!
//! Rows of one group that stand together in a batch are one run, and states take runs, so a batch of
//! one day costs no more than a plain sum. A batch of many days is sorted by group once, for all its
//! columns.

use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray, BooleanArray, PrimitiveArray, RecordBatch};
use arrow::datatypes::{
    ArrowPrimitiveType, DataType, Date32Type, Decimal128Type, Float64Type, Int64Type,
    TimestampMicrosecondType,
};
use datafusion::error::{DataFusionError, Result};
use hashbrown::HashMap;

use super::classify::{Classes, Documents, agrees, in_range, nulls};
use super::metric::{JSON_DIFFERS, Measure};
use super::outcome::{Figures, Outcome, Segment};
use super::program::{Program, Step};
use super::stream::Consumer;
use crate::state::profile::{Number, Profile};
use crate::value::text::push_json;

/// What one thread makes of its share of a table.
pub(super) struct Fold {
    program: Arc<Program>,
    file: Option<u32>,
    /// One a distinct `per`, in the order of [`Program::groupings`].
    groupings: Vec<Grouping>,
    /// States of the current file: a metric's, by group.
    states: Vec<Vec<Figures>>,
    scratch: Scratch,
    outcome: Outcome,
}

/// The groups met so far in the current file.
#[derive(Default)]
struct Grouping {
    ids: HashMap<Segment, u32>,
    groups: Vec<Segment>,
}

/// Buffers that live as long as the fold.
#[derive(Default)]
struct Scratch {
    floats: Vec<f64>,
    ints: Vec<i64>,
    decimals: Vec<i128>,
}

/// A batch's rows sorted by group.
struct Runs {
    /// The rows in group order, or `None` where the batch is one run as it stands.
    order: Option<Vec<u32>>,
    /// The group and where in `order` its rows start and end.
    runs: Vec<(u32, usize, usize)>,
}

impl Fold {
    pub(super) fn new(program: Arc<Program>) -> Self {
        let groupings = program.groupings().iter().map(|_| Grouping::default());
        Self {
            groupings: groupings.collect(),
            states: program.steps().iter().map(|_| Vec::new()).collect(),
            outcome: Outcome::new(program.steps().len()),
            program,
            file: None,
            scratch: Scratch::default(),
        }
    }

    /// Takes up a batch, all of one file, as the program's query gives it.
    fn take_up(&mut self, batch: &RecordBatch) -> Result<()> {
        let rows = batch.num_rows();
        if rows == 0 {
            return Ok(());
        }
        let program = Arc::clone(&self.program);
        let file = u32::try_from(first_value::<Int64Type>(batch, 0)?).unwrap_or(u32::MAX);
        let first_row = first_value::<Int64Type>(batch, 1)?;
        if !is_run(column_at(batch, 0)?, 0) || !is_run(column_at(batch, 1)?, 1) {
            let what = "rows of a batch that do not follow each other in one file";
            return Err(DataFusionError::Internal(what.to_owned()));
        }
        if self.file != Some(file) {
            self.end_file();
            self.file = Some(file);
        }
        self.outcome.rows_read += rows as u64;
        let runs = program
            .groupings()
            .iter()
            .zip(&mut self.groupings)
            .map(|(per, grouping)| Runs::new(batch, program.date(), *per, grouping))
            .collect::<Result<Vec<_>>>()?;
        let walked = program
            .documents()
            .iter()
            .map(|(column, paths)| {
                Ok(Documents::walk(
                    column_at(batch, *column)?.as_string_view(),
                    paths,
                ))
            })
            .collect::<Result<Vec<_>>>()?;
        for (index, step) in program.steps().iter().enumerate() {
            let (Some(runs), Some(states)) =
                (runs.get(step.grouping), self.states.get_mut(index))
            else {
                continue;
            };
            grow(states, runs, &step.metric.measure, batch, step)?;
            let filter = step
                .filter
                .map(|f| column_at(batch, f).map(|c| c.as_boolean().clone()))
                .transpose()?;
            let kept = |row: usize| filter.as_ref().is_none_or(|f| is_true(f, row));
            let classes = match &step.metric.measure {
                Measure::Rows => Some(Classes::All(0)),
                Measure::Null { .. } => Some(nulls(step.column(batch)?)),
                Measure::Range { min, max, nan, .. } => {
                    Some(in_range(step.column(batch)?, *min, *max, *nan)?)
                }
                Measure::Json { tolerance, .. } => {
                    let documents = step.document.and_then(|(d, path)| Some((walked.get(d)?, path)));
                    let (documents, path) = documents
                        .ok_or_else(|| DataFusionError::Internal("no documents".to_owned()))?;
                    Some(agrees(documents, path, step.column(batch)?, tolerance.as_f64())?)
                }
                Measure::Profile { .. } => None,
            };
            match classes {
                Some(classes) => {
                    let remarkable = tally(states, runs, &classes, filter.is_some(), &kept);
                    let (Some(grouping), Some(out)) = (
                        self.groupings.get(step.grouping),
                        self.outcome.metrics.get_mut(index),
                    ) else {
                        continue;
                    };
                    if remarkable {
                        let of_json = matches!(step.metric.measure, Measure::Json { .. });
                        let mut text = String::new();
                        for (group, start, end) in &runs.runs {
                            let day = grouping.groups.get(*group as usize).and_then(|g| g.day);
                            let rows = (*start..*end).map(|at| runs.row(at));
                            for row in rows.filter(|r| kept(*r) && classes.at(*r) != 0) {
                                let group = program.row_group(file, first_row + row as i64);
                                let class = classes.at(row);
                                out.note(day, (file, group), class);
                                if of_json && class == JSON_DIFFERS {
                                    text.clear();
                                    push_json(&mut text, step.column(batch)?, row);
                                    out.note_value(day, &text);
                                }
                            }
                        }
                    }
                }
                None => profile(
                    states,
                    runs,
                    step.column(batch)?,
                    filter.as_ref(),
                    &mut self.scratch,
                ),
            }
        }
        Ok(())
    }

    /// Ends the file that was being read: its states are complete as far as this thread goes.
    fn end_file(&mut self) {
        let Some(file) = self.file else { return };
        for ((step, states), out) in self
            .program
            .steps()
            .iter()
            .zip(&mut self.states)
            .zip(&mut self.outcome.metrics)
        {
            let Some(grouping) = self.groupings.get(step.grouping) else {
                continue;
            };
            for (segment, state) in grouping.groups.iter().zip(states.drain(..)) {
                out.absorb(file, segment, state);
            }
        }
        for grouping in &mut self.groupings {
            grouping.ids.clear();
            grouping.groups.clear();
        }
    }

    pub(super) fn finish(mut self) -> Outcome {
        self.end_file();
        self.outcome
    }
}

impl Consumer for Fold {
    fn batch(&mut self, batch: &RecordBatch) -> Result<bool> {
        self.take_up(batch)?;
        Ok(true)
    }
}

impl Runs {
    fn new(
        batch: &RecordBatch,
        date: Option<usize>,
        per: Option<usize>,
        grouping: &mut Grouping,
    ) -> Result<Self> {
        let rows = batch.num_rows();
        let days = date.map(|d| column_at(batch, d)).transpose()?;
        let days = days.map(|d| d.as_primitive::<Date32Type>());
        let Some(per) = per else {
            let Some(days) = days else {
                return Ok(Self::one(grouping.id(Segment::default()), rows));
            };
            let day = |row| (!days.is_null(row)).then(|| days.value(row));
            let first = day(0);
            let uniform = if days.null_count() == 0 {
                days.values().iter().all(|d| Some(*d) == first)
            } else {
                days.null_count() == rows
            };
            if uniform {
                return Ok(Self::one(grouping.id(Segment::of_day(first)), rows));
            }
            let mut last = (first, grouping.id(Segment::of_day(first)));
            let ids = (0..rows).map(|row| {
                let day = day(row);
                if day != last.0 {
                    last = (day, grouping.id(Segment::of_day(day)));
                }
                last.1
            });
            return Ok(Self::sorted(ids.collect()));
        };
        let values = arrow::compute::cast(column_at(batch, per)?, &DataType::Utf8)?;
        let values = values.as_string::<i32>();
        let ids = (0..rows).map(|row| {
            let segment = Segment {
                day: days.and_then(|d| (!d.is_null(row)).then(|| d.value(row))),
                value: Some((!values.is_null(row)).then(|| values.value(row).to_owned())),
            };
            grouping.id(segment)
        });
        let ids = ids.collect();
        if grouping.groups.len() > super::MOST_SEGMENTS {
            return Err(DataFusionError::Execution(format!(
                "more than {} segments; `per` needs a column with fewer values",
                super::MOST_SEGMENTS
            )));
        }
        Ok(Self::sorted(ids))
    }

    fn one(group: u32, rows: usize) -> Self {
        Self {
            order: None,
            runs: vec![(group, 0, rows)],
        }
    }

    /// Sorts rows by their group, stable, by counting.
    fn sorted(ids: Vec<u32>) -> Self {
        let most = ids.iter().max().map_or(0, |m| *m as usize + 1);
        let mut starts = vec![0_usize; most + 1];
        for id in &ids {
            if let Some(count) = starts.get_mut(*id as usize + 1) {
                *count += 1;
            }
        }
        let mut runs = Vec::new();
        let mut sum = 0;
        for (id, start) in starts.iter_mut().enumerate() {
            let count = *start;
            if count > 0 {
                runs.push((id as u32 - 1, sum, sum + count));
            }
            sum += count;
            *start = sum;
        }
        let mut order = vec![0_u32; ids.len()];
        for (row, id) in ids.iter().enumerate() {
            if let Some(next) = starts.get_mut(*id as usize) {
                if let Some(slot) = order.get_mut(*next) {
                    *slot = row as u32;
                }
                *next += 1;
            }
        }
        Self {
            order: Some(order),
            runs,
        }
    }
}

impl Grouping {
    fn id(&mut self, segment: Segment) -> u32 {
        if let Some(id) = self.ids.get(&segment) {
            return *id;
        }
        let id = self.groups.len() as u32;
        self.groups.push(segment.clone());
        self.ids.insert(segment, id);
        id
    }
}

/// Makes room for a state of every group of the batch.
fn grow(
    states: &mut Vec<Figures>,
    runs: &Runs,
    measure: &Measure,
    batch: &RecordBatch,
    step: &Step,
) -> Result<()> {
    let most = runs.runs.iter().map(|r| r.0 as usize + 1).max().unwrap_or(0);
    if states.len() < most {
        let empty = match measure {
            Measure::Profile { .. } => Figures::profile_of(step.column(batch)?.data_type()),
            _ => Figures::tally(),
        };
        states.resize(most, empty);
    }
    Ok(())
}

/// Counts classes by group; tells whether any row is not in the first class.
fn tally(
    states: &mut [Figures],
    runs: &Runs,
    classes: &Classes,
    filtered: bool,
    kept: &impl Fn(usize) -> bool,
) -> bool {
    let mut remarkable = false;
    for (group, start, end) in &runs.runs {
        let Some(Figures::Tally(tally)) = states.get_mut(*group as usize) else {
            continue;
        };
        if let (Classes::All(class), false) = (classes, filtered) {
            tally.add(*class, (end - start) as u64);
            remarkable |= *class != 0;
            continue;
        }
        let mut counts = [0_u64; 16];
        for at in *start..*end {
            let row = runs.row(at);
            if kept(row) {
                let class = classes.at(row);
                if let Some(count) = counts.get_mut(class) {
                    *count += 1;
                }
            }
        }
        for (class, count) in counts.into_iter().enumerate() {
            tally.add(class, count);
            remarkable |= class != 0 && count > 0;
        }
    }
    remarkable
}

impl Runs {
    fn row(&self, at: usize) -> usize {
        match &self.order {
            None => at,
            Some(order) => order.get(at).map_or(at, |row| *row as usize),
        }
    }
}

fn profile(
    states: &mut [Figures],
    runs: &Runs,
    column: &ArrayRef,
    filter: Option<&BooleanArray>,
    scratch: &mut Scratch,
) {
    match column.data_type() {
        DataType::Float64 => runs.feed::<Float64Type, _>(column, filter, &mut scratch.floats, |g, run, nulls| {
            if let Some(Figures::Float(p)) = states.get_mut(g) { take(p, run, nulls) }
        }),
        DataType::Int64 => runs.feed::<Int64Type, _>(column, filter, &mut scratch.ints, |g, run, nulls| {
            if let Some(Figures::Int(p)) = states.get_mut(g) { take(p, run, nulls) }
        }),
        DataType::Timestamp(..) => runs.feed::<TimestampMicrosecondType, _>(column, filter, &mut scratch.ints, |g, run, nulls| {
            if let Some(Figures::Time(p)) = states.get_mut(g) { p.add(run, nulls) }
        }),
        DataType::Decimal128(..) => runs.feed::<Decimal128Type, _>(column, filter, &mut scratch.decimals, |g, run, nulls| {
            if let Some(Figures::Decimal(p, _)) = states.get_mut(g) { take(p, run, nulls) }
        }),
        _ => {
            let kept = |row: usize| filter.is_none_or(|f| is_true(f, row));
            for (group, start, end) in &runs.runs {
                if let Some(Figures::Other(other)) = states.get_mut(*group as usize) {
                    let rows = (*start..*end).map(|at| runs.row(at)).filter(|r| kept(*r));
                    other.add(column, rows);
                }
            }
        }
    }
}

fn take<T: Number>(profile: &mut Profile<T>, run: &[T], nulls: u64) {
    profile.add_nulls(nulls);
    profile.update(run);
}

impl Runs {
    /// Hands over the values of each run that are not NULL and pass the filter, and how many of its
    /// rows are NULL.
    fn feed<T: ArrowPrimitiveType, F>(
        &self,
        column: &ArrayRef,
        filter: Option<&BooleanArray>,
        scratch: &mut Vec<T::Native>,
        mut state: F,
    ) where
        F: FnMut(usize, &[T::Native], u64),
    {
        let column: &PrimitiveArray<T> = column.as_primitive();
        let values: &[T::Native] = column.values();
        let plain = filter.is_none() && column.null_count() == 0;
        for (group, start, end) in &self.runs {
            if plain && self.order.is_none() {
                state(*group as usize, values.get(*start..*end).unwrap_or_default(), 0);
                continue;
            }
            scratch.clear();
            let mut nulls = 0;
            if let (true, Some(order)) = (plain, &self.order) {
                let rows = order.get(*start..*end).unwrap_or_default();
                scratch.extend(rows.iter().filter_map(|row| values.get(*row as usize)));
            } else {
                for at in *start..*end {
                    let row = self.row(at);
                    if filter.is_some_and(|f| !is_true(f, row)) {
                        continue;
                    }
                    if column.is_null(row) {
                        nulls += 1;
                    } else {
                        scratch.extend(values.get(row));
                    }
                }
            }
            state(*group as usize, scratch, nulls);
        }
    }
}

pub(super) fn is_true(filter: &BooleanArray, row: usize) -> bool {
    filter.is_valid(row) && filter.value(row)
}

pub(super) fn column_at(batch: &RecordBatch, index: usize) -> Result<&ArrayRef> {
    batch
        .columns()
        .get(index)
        .ok_or_else(|| DataFusionError::Internal(format!("no column {index} in the batch")))
}

/// Whether a column's last value is as far from its first as equal steps of `step` lead.
fn is_run(column: &ArrayRef, step: i64) -> bool {
    let values = column.as_primitive::<Int64Type>().values();
    let last = values.len().saturating_sub(1) as i64;
    values.first().zip(values.last()).is_none_or(|(a, b)| b - a == step * last)
}

fn first_value<T: ArrowPrimitiveType>(batch: &RecordBatch, column: usize) -> Result<T::Native> {
    column_at(batch, column)?
        .as_primitive_opt::<T>()
        .filter(|c| !c.is_empty())
        .map(|c| c.value(0))
        .ok_or_else(|| DataFusionError::Internal(format!("no place in column {column}")))
}
