//! The rows behind a failed tally, read again from the row groups that are known to hold them.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray, Float64Array, RecordBatch};
use arrow::datatypes::{Date32Type, Int64Type};
use datafusion::error::Result as EngineResult;

use super::classify::{Classes, Documents, agrees, condition, in_range, nulls, push_found};
use super::elements;
use super::fold::{column_at, is_true};
use super::metric::{Measure, Metric};
use super::outcome::{Figures, MetricOutcome};
use super::program::{Program, Step};
use super::shown::{Shown, ShownRow};
use super::stream::{Consumer, run_sql};
use crate::lake::Table;
use crate::session::{Part, Session};
use crate::value::text::{push_object, push_quoted};

/// Which rows of a metric to show.
#[derive(Debug, Clone)]
pub struct Wanted<'a> {
    pub metric: &'a Metric,
    /// The classes that fail, as bits.
    pub failing: u32,
    /// The table's key, to name the rows by.
    pub key: &'a [String],
    /// How many rows at most.
    pub most: usize,
    /// The days that count; all if there is no window.
    pub window: Option<(i32, i32)>,
    /// Days that don't, first and last inclusive.
    pub skipped: Vec<(i32, i32)>,
}

/// The first rows in canonical order that fall in a failing class.
///
/// Only as many days are read as hold enough failing rows, first days first, and of those only the
/// row groups where the pass met one.
pub async fn failing_rows(
    session: &Session,
    table: &Arc<Table>,
    outcome: &MetricOutcome,
    wanted: &Wanted<'_>,
) -> Result<Vec<ShownRow>, String> {
    let days = first_days(outcome, wanted);
    let mut groups: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
    for (file, group) in outcome.row_groups(wanted.failing, |day| days.contains(&day)) {
        groups
            .entry(file as usize)
            .or_default()
            .push(group as usize);
    }
    if groups.is_empty() {
        return Ok(Vec::new());
    }
    let part = Part::RowGroups(groups.into_iter().collect());
    let mut program =
        Program::new(table, std::slice::from_ref(wanted.metric)).map_err(|e| e.one_line())?;
    let mut named = |names: &[&str]| {
        names
            .iter()
            .filter_map(|name| table.column(name).filter(|c| c.unreadable.is_none()))
            .map(|c| (c.name.clone(), program.column(&c.name)))
            .collect::<Vec<_>>()
    };
    let key: Vec<&str> = wanted.key.iter().map(String::as_str).collect();
    let key = named(&key);
    let mut looked_at = wanted.metric.measure.columns();
    match wanted.metric.measure {
        // The document is shown by what its path finds.
        Measure::Json { .. } => looked_at.truncate(1),
        // Of an array only the element that differs is shown, or what is said of its length and names.
        Measure::Array { ref elements, .. } => {
            looked_at.truncate(looked_at.len().saturating_sub(elements.len()));
        }
        _ => {}
    }
    let columns = named(&looked_at);
    let finder = Arc::new(Finder {
        classes: wanted.metric.measure.classes(),
        failing: wanted.failing,
        days,
        key,
        columns,
        sql: program.sql(table, &session.part(part)),
        program,
        most: wanted.most,
    });
    let search = || Search {
        shown: Shown::new(finder.most),
        finder: Arc::clone(&finder),
    };
    let mut all = Shown::new(wanted.most);
    for one in run_sql(session, &finder.sql, search).await? {
        all.merge(one.shown);
    }
    Ok(all.into_rows())
}

/// The first days that together hold enough failing rows.
fn first_days(outcome: &MetricOutcome, wanted: &Wanted<'_>) -> BTreeSet<Option<i32>> {
    let mut failing: BTreeMap<Option<i32>, u64> = BTreeMap::new();
    for (segment, figures) in &outcome.segments {
        let counts = match (wanted.window, segment.day) {
            (None, _) => true,
            (Some((from, to)), Some(day)) => day >= from && day <= to,
            (Some(_), None) => false,
        };
        let skips = |day: i32| wanted.skipped.iter().any(|(a, b)| day >= *a && day <= *b);
        let counts = counts && !segment.day.is_some_and(skips);
        if let (true, Figures::Tally(tally)) = (counts, figures) {
            let rows: u64 = (0..u32::BITS as usize)
                .filter(|class| wanted.failing & (1 << class) != 0)
                .map(|class| tally.get(class))
                .sum();
            if rows > 0 {
                *failing.entry(segment.day).or_default() += rows;
            }
        }
    }
    let mut days = BTreeSet::new();
    let mut rows = 0;
    for (day, count) in failing {
        if rows >= wanted.most as u64 {
            break;
        }
        rows += count;
        days.insert(day);
    }
    days
}

struct Finder {
    program: Program,
    sql: String,
    classes: Vec<&'static str>,
    failing: u32,
    days: BTreeSet<Option<i32>>,
    /// Names and batch columns.
    key: Vec<(String, usize)>,
    columns: Vec<(String, usize)>,
    most: usize,
}

struct Search {
    finder: Arc<Finder>,
    shown: Shown,
}

impl Consumer for Search {
    fn batch(&mut self, batch: &RecordBatch) -> EngineResult<bool> {
        let finder = Arc::clone(&self.finder);
        let Some(step) = finder.program.steps().first() else {
            return Ok(false);
        };
        let documents = finder
            .program
            .documents()
            .first()
            .map(|(column, paths)| {
                column_at(batch, *column).map(|c| Documents::walk(c.as_string_view(), paths))
            })
            .transpose()?;
        let column = step.column(batch)?;
        let mut first = Vec::new();
        let classes = match &step.metric.measure {
            Measure::Rows
            | Measure::Profile { .. }
            | Measure::Spread { .. }
            | Measure::Frequencies { .. }
            | Measure::Pair { .. } => Classes::All(0),
            Measure::Array { .. } => match elements::compare(step, batch)? {
                Some(compared) => {
                    first = compared.first;
                    compared.classes
                }
                None => Classes::All(0),
            },
            Measure::Null { .. } => nulls(column),
            Measure::Condition { .. } => condition(column)?,
            Measure::Range { min, max, nan, .. } => in_range(column, *min, *max, *nan)?,
            Measure::Json { tolerance, .. } => match &documents {
                Some(documents) => agrees(documents, 0, column, tolerance.as_f64())?,
                None => Classes::All(0),
            },
        };
        let filter = step.filter.map(|f| column_at(batch, f)).transpose()?;
        let filter = filter.map(|f| f.as_boolean());
        let files = column_at(batch, 0)?.as_primitive::<Int64Type>();
        let positions = column_at(batch, 1)?.as_primitive::<Int64Type>();
        let days = finder
            .program
            .date()
            .map(|d| column_at(batch, d))
            .transpose()?;
        let days = days.map(|d| d.as_primitive::<Date32Type>());
        for row in 0..batch.num_rows() {
            let class = classes.at(row);
            let day = days.and_then(|d| (!d.is_null(row)).then(|| d.value(row)));
            if finder.failing & (1 << class) == 0
                || filter.is_some_and(|f| !is_true(f, row))
                || !finder.days.contains(&day)
            {
                continue;
            }
            let (file, position) = (files.value(row) as u32, positions.value(row));
            let mut shown_row = finder.object(batch, &finder.columns, row)?;
            if let (Measure::Json { path, .. }, Some(documents)) =
                (&step.metric.measure, &documents)
                && let Some(Ok(found)) = documents.found(row, 0)
            {
                shown_row.pop();
                shown_row.push_str(", ");
                push_quoted(&mut shown_row, path);
                shown_row.push_str(": ");
                push_found(&mut shown_row, found);
                shown_row.push('}');
            }
            if let Some(Some(at)) = first.get(row) {
                shown_row = differing(step, batch, row, *at)?;
            }
            self.shown.add(ShownRow {
                day,
                key: finder.object(batch, &finder.key, row)?,
                row: shown_row,
                reason: finder
                    .classes
                    .get(class)
                    .copied()
                    .unwrap_or_default()
                    .to_owned(),
                source: Some((
                    file as usize,
                    finder.program.row_group(file, position),
                    u64::try_from(position).unwrap_or(0),
                )),
            });
        }
        Ok(true)
    }
}

/// The first element that differs from its column, as a JSON object.
fn differing(step: &Step, batch: &RecordBatch, row: usize, at: u32) -> EngineResult<String> {
    let Measure::Array {
        array, elements, ..
    } = &step.metric.measure
    else {
        return Ok(String::new());
    };
    let Some((element, (value, flat))) = elements
        .get(at as usize)
        .zip(elements::pair_at(step, batch, row, at)?)
    else {
        return Ok(String::new());
    };
    let name = format!("{array}[{}]", element.index);
    let (value, flat): (ArrayRef, ArrayRef) = (
        Arc::new(Float64Array::from(vec![value])),
        Arc::new(Float64Array::from(vec![flat])),
    );
    let mut out = String::new();
    let named: [(&str, &dyn Array); 2] = [(&name, &value), (&element.column, &flat)];
    push_object(&mut out, named.into_iter(), 0);
    Ok(out)
}

impl Finder {
    fn object(
        &self,
        batch: &RecordBatch,
        columns: &[(String, usize)],
        row: usize,
    ) -> EngineResult<String> {
        let arrays: Vec<(&str, &ArrayRef)> = columns
            .iter()
            .map(|(name, index)| Ok((name.as_str(), column_at(batch, *index)?)))
            .collect::<EngineResult<_>>()?;
        let mut out = String::new();
        let named = arrays.iter().map(|(n, a)| (*n, a.as_ref() as &dyn Array));
        push_object(&mut out, named, row);
        Ok(out)
    }
}
