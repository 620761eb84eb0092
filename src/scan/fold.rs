//! Folds batches into states: one a metric, file, day and segment.
//!
//! States take runs of values, and long ones are cheaper. A batch of one day is a run as it stands;
//! batches of many days are held back and dealt out by day ([`super::held`]).
//!
//! States are of all files a fold takes up, but where they are kept for later runs: there they end with each file, are
//! written down if its rows were all met, and merged.

use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray, BooleanArray, RecordBatch};
use arrow::datatypes::{
    ArrowPrimitiveType, DataType, Decimal128Type, Float64Type, Int64Type, TimestampMicrosecondType,
};
use datafusion::error::{DataFusionError, Result};

use super::classify::{Classes, Documents, agrees, condition, in_range, nulls};
use super::elements;
use super::frequencies::frequencies;
use super::groups::{Grouping, Groups};
use super::held::Held;
use super::metric::Measure;
use super::outcome::{Figures, MetricOutcome, Outcome};
use super::program::{Program, Step};
use super::spread::spread;
use super::stored::Keep;
use super::stream::Consumer;
use crate::state::comoments::CoMoments;
use crate::state::profile::{Number, Profile};
use crate::value::text::push_json;

/// What one thread makes of its share of a table.
pub(super) struct Fold {
    program: Arc<Program>,
    /// One a distinct `per`, in the order of [`Program::groupings`].
    groupings: Vec<Grouping>,
    /// A metric's states, by group. Of a tally without a condition the first
    /// class is what the other classes leave of the group's rows, and is filled in at the end.
    states: Vec<Vec<Figures>>,
    held: Held,
    scratch: Scratch,
    /// Of what is not dealt to it from the states yet.
    outcome: Outcome,
    keep: Option<Arc<Keep>>,
    /// Where states are kept: the file that is taken up, and the rows of it so far.
    file: Option<(u32, u64)>,
    /// Of the files before it.
    done: Outcome,
    cut: Vec<FilePart>,
}

/// What a part of a file's rows came to.
pub(super) struct FilePart {
    pub(super) file: u32,
    rows: u64,
    metrics: Vec<MetricOutcome>,
}

impl FilePart {
    /// Takes up another part of the file.
    pub(super) fn merge(&mut self, other: Self) {
        self.rows += other.rows;
        for (mine, theirs) in self.metrics.iter_mut().zip(other.metrics) {
            mine.merge(theirs);
        }
    }

    /// Keeps it if it is of the whole file.
    pub(super) fn kept(self, keep: Option<&Keep>) -> Outcome {
        if let Some(keep) = keep.filter(|keep| keep.rows(self.file) == Some(self.rows)) {
            keep.file(self.file, &self.metrics);
        }
        Outcome {
            metrics: self.metrics,
            ..Outcome::default()
        }
    }
}

/// Buffers that live as long as the fold.
#[derive(Default)]
struct Scratch {
    floats: Vec<f64>,
    ints: Vec<i64>,
    decimals: Vec<i128>,
}

impl Fold {
    pub(super) fn new(program: Arc<Program>, keep: Option<Arc<Keep>>) -> Self {
        let groupings = program.groupings().iter().map(|_| Grouping::default());
        Self {
            groupings: groupings.collect(),
            states: program.steps().iter().map(|_| Vec::new()).collect(),
            outcome: Outcome::new(program.steps().len()),
            done: Outcome::new(program.steps().len()),
            keep,
            file: None,
            cut: Vec::new(),
            program,
            held: Held::default(),
            scratch: Scratch::default(),
        }
    }

    /// What all batches came to, apart from files of which they were a part.
    pub(super) fn finish(mut self) -> (Outcome, Vec<FilePart>) {
        self.end_file();
        if self.keep.is_none() {
            self.collect();
            self.done = self.outcome;
        }
        (self.done, self.cut)
    }

    /// Ends the states of a file, where they are kept.
    fn end_file(&mut self) {
        let Some((file, rows)) = self.file.take() else {
            return;
        };
        self.collect();
        let metrics = std::mem::replace(
            &mut self.outcome.metrics,
            vec![MetricOutcome::default(); self.program.steps().len()],
        );
        self.done.rows_read += std::mem::take(&mut self.outcome.rows_read);
        let part = FilePart {
            file,
            rows,
            metrics,
        };
        let keep = self.keep.as_deref();
        if keep.and_then(|keep| keep.rows(file)) == Some(rows) {
            self.done.merge(part.kept(keep));
        } else {
            self.cut.push(part);
        }
    }

    /// Moves the states to the outcome.
    fn collect(&mut self) {
        self.deal();
        let none = self.groupings.iter().map(|_| Grouping::default()).collect();
        let groupings: Vec<Grouping> = std::mem::replace(&mut self.groupings, none);
        let states = self.states.iter_mut().map(std::mem::take);
        let steps = self.program.steps().iter().zip(states);
        for ((step, mut states), out) in steps.zip(&mut self.outcome.metrics) {
            let Some(grouping) = groupings.get(step.grouping) else {
                continue;
            };
            if !step.metric.measure.classes().is_empty() || step.metric.measure == Measure::Rows {
                grow(&mut states, grouping, Figures::tally);
            }
            let segments = grouping.segments().iter();
            for (group, (segment, mut state)) in segments.zip(states).enumerate() {
                if let (Figures::Tally(tally), None) = (&mut state, step.filter) {
                    tally.add(0, grouping.rows(group).saturating_sub(tally.total()));
                }
                if let Figures::Frequencies(_) = state {
                    // The others of the month are empty.
                    if let Some((_, month)) = grouping.month(group).filter(|(at, _)| *at == group) {
                        out.absorb(&month, state);
                    }
                    continue;
                }
                out.absorb(segment, state);
            }
        }
    }

    /// Takes up a batch, all of one file, as the program's query gives it.
    fn take_up(&mut self, batch: &RecordBatch) -> Result<()> {
        let rows = batch.num_rows();
        if rows == 0 {
            return Ok(());
        }
        let program = Arc::clone(&self.program);
        let file = column_at(batch, 0)?.as_primitive::<Int64Type>().value(0);
        let file = u32::try_from(file).unwrap_or(u32::MAX);
        if self.keep.is_some() {
            if self.file.is_some_and(|(of, _)| of != file) {
                self.end_file();
            }
            self.file.get_or_insert((file, 0)).1 += rows as u64;
        }
        self.outcome.rows_read += rows as u64;
        let groups = program
            .groupings()
            .iter()
            .zip(&mut self.groupings)
            .map(|(per, grouping)| grouping.take_up(batch, program.date(), *per))
            .collect::<Result<Vec<_>>>()?;
        self.classify(&program, file, batch, &groups)?;
        self.spread(&program, batch, &groups)?;
        self.profile(&program, batch, groups)
    }

    /// Takes up what sorts rows into classes.
    fn classify(
        &mut self,
        program: &Program,
        file: u32,
        batch: &RecordBatch,
        groups: &[Groups],
    ) -> Result<()> {
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
            let mut first = Vec::new();
            let classes = match &step.metric.measure {
                Measure::Profile { .. }
                | Measure::Spread { .. }
                | Measure::Frequencies { .. }
                | Measure::Pair { .. } => continue,
                Measure::Array { .. } => match elements::compare(step, batch)? {
                    Some(compared) => {
                        first = compared.first;
                        compared.classes
                    }
                    None => continue,
                },
                Measure::Rows => Classes::All(0),
                Measure::Null { .. } => nulls(step.column(batch)?),
                Measure::Condition { .. } => condition(step.column(batch)?)?,
                Measure::Range { min, max, nan, .. } => {
                    in_range(step.column(batch)?, *min, *max, *nan)?
                }
                Measure::Json { tolerance, .. } => {
                    let documents = step
                        .document
                        .and_then(|(d, path)| Some((walked.get(d)?, path)));
                    let (documents, path) = documents
                        .ok_or_else(|| DataFusionError::Internal("no documents".to_owned()))?;
                    agrees(documents, path, step.column(batch)?, tolerance.as_f64())?
                }
            };
            if step.filter.is_none() && matches!(classes, Classes::All(0)) {
                continue;
            }
            if let Some(groups) = groups.get(step.grouping) {
                self.tally((index, step), file, batch, groups, (&classes, &first))?;
            }
        }
        Ok(())
    }

    /// Counts classes by group, and notes where the remarkable rows are.
    fn tally(
        &mut self,
        (index, step): (usize, &Step),
        file: u32,
        batch: &RecordBatch,
        groups: &Groups,
        (classes, first): (&Classes, &[Option<u32>]),
    ) -> Result<()> {
        let (Some(grouping), Some(states), Some(out)) = (
            self.groupings.get(step.grouping),
            self.states.get_mut(index),
            self.outcome.metrics.get_mut(index),
        ) else {
            return Ok(());
        };
        grow(states, grouping, Figures::tally);
        let filter = filter_of(step, batch)?;
        let positions = column_at(batch, 1)?.as_primitive::<Int64Type>().values();
        let told = step.metric.measure.told_class().zip(step.told);
        let mut text = String::new();
        for (row, position) in positions.iter().enumerate() {
            let class = classes.at(row);
            let counted = class != 0 || filter.is_some();
            if !counted || filter.is_some_and(|f| !is_true(f, row)) {
                continue;
            }
            let group = groups.at(row);
            if let Some(Figures::Tally(tally)) = states.get_mut(group) {
                tally.add(class, 1);
            }
            if class == 0 {
                continue;
            }
            let day = grouping.segment(group).and_then(|segment| segment.day);
            out.note(day, (file, self.program.row_group(file, *position)), class);
            if let (Measure::Array { elements, .. }, Some(Some(at))) =
                (&step.metric.measure, first.get(row))
                && let Some(element) = elements.get(*at as usize)
            {
                out.note_value(day, &element.column);
            }
            if let Some((_, told)) = told.filter(|(of, _)| *of == class) {
                text.clear();
                push_json(&mut text, column_at(batch, told)?, row);
                out.note_value(day, &text);
            }
        }
        Ok(())
    }

    /// Takes up what is measured of values of a group together, but not in long runs.
    fn spread(&mut self, program: &Program, batch: &RecordBatch, groups: &[Groups]) -> Result<()> {
        for (index, step) in program.steps().iter().enumerate() {
            let empty = match step.metric.measure {
                Measure::Pair { .. } => Figures::Pair(CoMoments::default()),
                Measure::Spread { .. } => Figures::Spread(Box::default()),
                Measure::Frequencies { .. } => Figures::Frequencies(Box::default()),
                _ => continue,
            };
            let (Some(grouping), Some(states), Some(groups)) = (
                self.groupings.get(step.grouping),
                self.states.get_mut(index),
                groups.get(step.grouping),
            ) else {
                continue;
            };
            grow(states, grouping, || empty);
            match step.metric.measure {
                Measure::Frequencies { .. } => {
                    frequencies(step, batch, (groups, grouping.months()), states)?;
                }
                _ => spread(step, batch, groups, states)?,
            }
        }
        Ok(())
    }

    /// Takes up the distributions of columns, or holds the batch until there are more of its groups'
    /// values.
    fn profile(
        &mut self,
        program: &Program,
        batch: &RecordBatch,
        groups: Vec<Groups>,
    ) -> Result<()> {
        let mut columns: Vec<Option<ArrayRef>> = vec![None; batch.num_columns()];
        let mut needed = |index: usize| -> Result<()> {
            if let Some(slot) = columns.get_mut(index) {
                *slot = Some(Arc::clone(column_at(batch, index)?));
            }
            Ok(())
        };
        let mut in_runs = Vec::new();
        for (index, step) in program.steps().iter().enumerate() {
            if !matches!(step.metric.measure, Measure::Profile { .. }) {
                continue;
            }
            let column = step.column(batch)?;
            let (Some(grouping), Some(states), Some(groups)) = (
                self.groupings.get(step.grouping),
                self.states.get_mut(index),
                groups.get(step.grouping),
            ) else {
                continue;
            };
            grow(states, grouping, || Figures::profile_of(column.data_type()));
            if is_number(column.data_type()) {
                in_runs.push(step.grouping);
                needed(step.column)?;
                step.filter.map(&mut needed).transpose()?;
                continue;
            }
            let filter = filter_of(step, batch)?;
            let kept = |row: &usize| filter.is_none_or(|f| is_true(f, *row));
            let nulls = column.logical_nulls();
            let texts = column.as_string_view_opt();
            for row in (0..batch.num_rows()).filter(kept) {
                if let Some(Figures::Other(span)) = states.get_mut(groups.at(row)) {
                    let null = nulls.as_ref().is_some_and(|n| n.is_null(row));
                    span.add(
                        texts.map(|t| t.value(row).as_bytes()).filter(|_| !null),
                        null,
                    );
                }
            }
        }
        if in_runs.is_empty() {
            return Ok(());
        }
        let one = |grouping: &usize| matches!(groups.get(*grouping), Some(Groups::One(_)));
        let at_once = self.held.is_empty() && in_runs.iter().all(one);
        self.held.hold(batch.num_rows(), columns, groups);
        if at_once || self.held.is_full() {
            self.deal();
        }
        Ok(())
    }

    /// Feeds what is held to the states.
    fn deal(&mut self) {
        if self.held.is_empty() {
            return;
        }
        let program = Arc::clone(&self.program);
        let groupings = self.groupings.iter().enumerate();
        let starts: Vec<Vec<usize>> = groupings
            .map(|(index, grouping)| self.held.starts(index, grouping.segments().len()))
            .collect();
        for (step, states) in program.steps().iter().zip(&mut self.states) {
            let Some(starts) = starts.get(step.grouping) else {
                continue;
            };
            let (held, scratch) = (&self.held, &mut self.scratch);
            match states.first() {
                Some(Figures::Float(_)) => {
                    deal::<Float64Type>(
                        held,
                        step,
                        starts,
                        &mut scratch.floats,
                        |group, run, nulls| {
                            if let Some(Figures::Float(profile)) = states.get_mut(group) {
                                take(profile, run, nulls);
                            }
                        },
                    );
                }
                Some(Figures::Int(_)) => {
                    deal::<Int64Type>(
                        held,
                        step,
                        starts,
                        &mut scratch.ints,
                        |group, run, nulls| {
                            if let Some(Figures::Int(profile)) = states.get_mut(group) {
                                take(profile, run, nulls);
                            }
                        },
                    );
                }
                Some(Figures::Decimal(..)) => {
                    deal::<Decimal128Type>(
                        held,
                        step,
                        starts,
                        &mut scratch.decimals,
                        |group, run, nulls| {
                            if let Some(Figures::Decimal(profile, _)) = states.get_mut(group) {
                                take(profile, run, nulls);
                            }
                        },
                    );
                }
                Some(Figures::Time(_)) => {
                    deal::<TimestampMicrosecondType>(
                        held,
                        step,
                        starts,
                        &mut scratch.ints,
                        |group, run, nulls| {
                            if let Some(Figures::Time(span)) = states.get_mut(group) {
                                span.add(run, nulls);
                            }
                        },
                    );
                }
                Some(
                    Figures::Tally(_)
                    | Figures::Other(_)
                    | Figures::Spread(_)
                    | Figures::Frequencies(_)
                    | Figures::Pair(_),
                )
                | None => {}
            }
        }
        self.held.clear();
    }
}

impl Consumer for Fold {
    fn batch(&mut self, batch: &RecordBatch) -> Result<bool> {
        self.take_up(batch)?;
        Ok(true)
    }
}

/// Makes room for a state of every group.
fn grow(states: &mut Vec<Figures>, grouping: &Grouping, empty: impl FnOnce() -> Figures) {
    let groups = grouping.segments().len();
    if states.len() < groups {
        states.resize(groups, empty());
    }
}

/// Whether values of a type go to states in runs.
fn is_number(data_type: &DataType) -> bool {
    !matches!(Figures::profile_of(data_type), Figures::Other(_))
}

fn deal<T: ArrowPrimitiveType>(
    held: &Held,
    step: &Step,
    starts: &[usize],
    scratch: &mut Vec<T::Native>,
    state: impl FnMut(usize, &[T::Native], u64),
) {
    held.deal::<T>(
        (step.column, step.filter, step.grouping),
        starts,
        scratch,
        state,
    );
}

fn take<T: Number>(profile: &mut Profile<T>, run: &[T], nulls: u64) {
    profile.add_nulls(nulls);
    profile.update(run);
}

pub(super) fn filter_of<'a>(
    step: &Step,
    batch: &'a RecordBatch,
) -> Result<Option<&'a BooleanArray>> {
    step.filter
        .map(|filter| {
            column_at(batch, filter)?
                .as_boolean_opt()
                .ok_or_else(|| DataFusionError::Execution("the condition is not a BOOL".to_owned()))
        })
        .transpose()
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
