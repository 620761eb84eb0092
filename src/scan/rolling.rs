//! Compares a stored aggregate with what it is of the rows that came before, strictly or not.
//!
//! As a query it is two joins by a range of dates, which try every pair of rows of a key. Here the rows
//! of each key are sorted once, their aggregates made in one go, and each stored one looked up. What it
//! tells is what the query would: the same columns go to the same consumer.

use std::collections::HashMap;
use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray, Float64Array, RecordBatch, StringArray};
use arrow::compute::cast;
use arrow::datatypes::{DataType, Date32Type, Field, Float64Type, Schema};
use arrow::row::{RowConverter, Rows, SortField};
use datafusion::error::{DataFusionError, Result as EngineResult};
use datafusion::logical_expr::LogicalPlan;

use super::proof::Window;
use super::relation::{DAY, REASON, Related, Relating, collected, named};
use super::stream::{Consumer, planned, run_plan};
use crate::session::Session;
use crate::state::moments::Moments;

/// The columns of [`Rolling`]'s queries beside their keys.
pub const STORED: &str = "_stored";
pub const ON: &str = "_on";
pub const SUMMED: &str = "_value";

/// A stored aggregate, and the rows it is of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rolling {
    /// A query of the rows that hold it: [`DAY`], the keys, [`STORED`].
    pub ours: String,
    /// A query of the rows it is of: the keys, [`ON`], [`SUMMED`], none of them NULL.
    pub theirs: String,
    /// The columns by which rows belong together, in both queries.
    pub keys: Vec<String>,
    /// How the stored column is called where it is shown.
    pub column: String,
    pub figure: Figure,
    /// How many rows at most; all by default.
    pub last: Option<usize>,
    /// The bits of the greatest difference that is let pass.
    pub tolerance: u64,
    /// The columns that are shown of a row, in their order.
    pub shown: Vec<String>,
}

/// What the aggregate is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Figure {
    Mean,
    /// Of a sample.
    Deviation,
}

/// The rows of a key in their order: the day of each, and the aggregate that ends in it.
#[derive(Debug, Default)]
struct Run {
    days: Vec<i32>,
    figures: Vec<Option<f64>>,
}

type Runs = HashMap<Box<[u8]>, Run>;

/// Runs the comparison; nothing if its keys can't be compared by their bytes.
pub(super) async fn related(
    session: &Session,
    rolling: &Rolling,
    window: Window,
    named_by: &[String],
    most: usize,
) -> Result<Option<Related>, String> {
    let ours = match window {
        Some((from, to)) => format!(
            "SELECT * FROM ({}) WHERE {DAY} BETWEEN DATE '{from}' AND DATE '{to}'",
            rolling.ours
        ),
        None => rolling.ours.clone(),
    };
    let (ours, theirs) = (
        planned(session, &ours).await?,
        planned(session, &rolling.theirs).await?,
    );
    let Some(fields) = fields(rolling, &ours, &theirs) else {
        return Ok(None);
    };
    let read = run_plan(session, &theirs, || Reading {
        keys: rolling.keys.clone(),
        fields: fields.clone(),
        values: HashMap::new(),
    })
    .await?;
    let runs = Arc::new(runs(rolling, read));
    let compared = run_plan(session, &ours, || Comparing {
        rolling: rolling.clone(),
        fields: fields.clone(),
        runs: Arc::clone(&runs),
        relating: Relating::new(named_by, most),
    })
    .await?;
    Ok(Some(collected(
        compared.into_iter().map(|one| one.relating),
        most,
    )))
}

/// The types of the keys, if they are the same on both sides and equal where their bytes are.
fn fields(rolling: &Rolling, ours: &LogicalPlan, theirs: &LogicalPlan) -> Option<Vec<SortField>> {
    let of = |plan: &LogicalPlan, key: &str| {
        let field = plan.schema().field_with_unqualified_name(key).ok();
        field.map(|field| field.data_type().clone())
    };
    rolling
        .keys
        .iter()
        .map(|key| {
            let (here, there) = (of(ours, key)?, of(theirs, key)?);
            let exact = !here.is_floating() && !here.is_nested() && here == there;
            exact.then(|| SortField::new(here))
        })
        .collect()
}

/// Collects the values of each key.
struct Reading {
    keys: Vec<String>,
    fields: Vec<SortField>,
    values: HashMap<Box<[u8]>, Vec<(i32, f64)>>,
}

impl Consumer for Reading {
    fn batch(&mut self, batch: &RecordBatch) -> EngineResult<bool> {
        let (keys, rows) = encoded(batch, &self.keys, &self.fields)?;
        let days = cast(named(batch, ON)?, &DataType::Date32)?;
        let days = days.as_primitive::<Date32Type>();
        let values = floats(batch, SUMMED)?;
        let values = values.as_primitive::<Float64Type>();
        for (row, key) in rows.iter().enumerate() {
            if keys.iter().any(|k| k.is_null(row)) {
                continue;
            }
            let one = (days.value(row), values.value(row));
            match self.values.get_mut(key.as_ref()) {
                Some(values) => values.push(one),
                None => {
                    self.values.insert(key.as_ref().into(), vec![one]);
                }
            }
        }
        Ok(true)
    }
}

/// Sorts the values of each key and makes their aggregates.
fn runs(rolling: &Rolling, read: Vec<Reading>) -> Runs {
    let mut all: HashMap<Box<[u8]>, Vec<(i32, f64)>> = HashMap::new();
    for one in read {
        for (key, values) in one.values {
            all.entry(key).or_default().extend(values);
        }
    }
    let runs = all.into_iter().map(|(key, mut values)| {
        values.sort_by(|a, b| a.0.cmp(&b.0).then(a.1.total_cmp(&b.1)));
        let (days, values): (Vec<i32>, Vec<f64>) = values.into_iter().unzip();
        let figures = figures(&values, rolling.figure, rolling.last);
        (key, Run { days, figures })
    });
    runs.collect()
}

/// The aggregate that ends in each value.
fn figures(values: &[f64], figure: Figure, last: Option<usize>) -> Vec<Option<f64>> {
    let of = |moments: &Moments| match figure {
        Figure::Mean => moments.mean(0),
        Figure::Deviation => moments.stddev_samp(0),
    };
    let Some(last) = last else {
        let mut moments = Moments::default();
        let running = values.chunks(1).map(|value| {
            moments.add_slice(value);
            of(&moments)
        });
        return running.collect();
    };
    let windows = (1..=values.len()).map(|end| {
        let window = values.get(end.saturating_sub(last)..end).unwrap_or(&[]);
        match figure {
            Figure::Mean if let Some(mean) = mean_of_integers(window) => Some(mean),
            _ => {
                let mut moments = Moments::default();
                moments.add_slice(window);
                of(&moments)
            }
        }
    });
    windows.collect()
}

/// The mean of integers whose sum is exact, so that the quotient alone is rounded.
fn mean_of_integers(values: &[f64]) -> Option<f64> {
    const EXACT: f64 = 9_007_199_254_740_992.0;
    let (sum, size) = values.iter().fold((0.0, 0.0), |(sum, size), value| {
        (sum + value, size + value.abs())
    });
    let integers = values.iter().all(|value| value.trunc() == *value);
    (integers && size < EXACT && !values.is_empty()).then(|| sum / values.len() as f64)
}

/// Looks up what each stored value should be.
struct Comparing {
    rolling: Rolling,
    fields: Vec<SortField>,
    runs: Arc<Runs>,
    relating: Relating,
}

impl Consumer for Comparing {
    fn batch(&mut self, batch: &RecordBatch) -> EngineResult<bool> {
        let rolling = &self.rolling;
        let (keys, rows) = encoded(batch, &rolling.keys, &self.fields)?;
        let days = cast(named(batch, DAY)?, &DataType::Date32)?;
        let days = days.as_primitive::<Date32Type>();
        let found = |row: usize| {
            if days.is_null(row) || keys.iter().any(|k| k.is_null(row)) {
                return (None, None);
            }
            let Some(run) = self.runs.get(rows.row(row).as_ref()) else {
                return (None, None);
            };
            let day = days.value(row);
            let ending = |at: usize| run.figures.get(at.checked_sub(1)?).copied().flatten();
            (
                ending(run.days.partition_point(|on| *on < day)),
                ending(run.days.partition_point(|on| *on <= day)),
            )
        };
        let (before, through): (Vec<_>, Vec<_>) = (0..batch.num_rows()).map(found).unzip();
        let stored = floats(batch, STORED)?;
        let tolerance = f64::from_bits(rolling.tolerance);
        let near = |a: f64, b: Option<f64>| b.is_some_and(|b| (a - b).abs() <= tolerance);
        let verdicts = stored.as_primitive::<Float64Type>().iter();
        let verdicts = verdicts.zip(before.iter().zip(&through));
        let reasons: StringArray = verdicts
            .map(|(stored, (before, through))| match stored {
                None => Some(""),
                Some(_) if before.is_none() && through.is_none() => Some(""),
                Some(value) if near(value, *before) => None,
                Some(value) if near(value, *through) => Some("leaks the same day"),
                Some(_) if before.is_none() => Some(""),
                Some(_) => Some("differs"),
            })
            .collect();
        let columns = rolling.shown.iter();
        let mut columns: Vec<(String, ArrayRef)> = columns
            .map(|name| Ok((name.clone(), Arc::clone(named(batch, name)?))))
            .collect::<EngineResult<_>>()?;
        columns.push((rolling.column.clone(), stored));
        for (name, figures) in [("computed", before), ("with_the_same_day", through)] {
            columns.push((name.to_owned(), Arc::new(Float64Array::from(figures))));
        }
        columns.push((REASON.to_owned(), Arc::new(reasons)));
        let (fields, columns): (Vec<Field>, Vec<ArrayRef>) = columns
            .into_iter()
            .map(|(name, array)| (Field::new(name, array.data_type().clone(), true), array))
            .unzip();
        let judged = RecordBatch::try_new(Arc::new(Schema::new(fields)), columns)?;
        self.relating.batch(&judged)
    }
}

fn floats(batch: &RecordBatch, name: &str) -> EngineResult<ArrayRef> {
    Ok(cast(named(batch, name)?, &DataType::Float64)?)
}

/// The keys of a batch, and each row's as bytes.
fn encoded(
    batch: &RecordBatch,
    keys: &[String],
    fields: &[SortField],
) -> EngineResult<(Vec<ArrayRef>, Rows)> {
    let keys: Vec<ArrayRef> = keys
        .iter()
        .map(|key| named(batch, key).cloned())
        .collect::<Result<_, DataFusionError>>()?;
    let rows = RowConverter::new(fields.to_vec())?.convert_columns(&keys)?;
    Ok((keys, rows))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn figures_of_integers_are_those_of_exact_sums() {
        let values: Vec<f64> = (0..40).map(|i| f64::from((i * 37) % 61)).collect();
        let quick = figures(&values, Figure::Mean, Some(5));
        for (end, mean) in (1_usize..).zip(quick) {
            let mut moments = Moments::default();
            moments.add_slice(&values[end.saturating_sub(5)..end]);
            assert_eq!(mean, moments.mean(0));
        }
    }

    #[test]
    fn integers_that_add_up_beyond_exactness_are_summed_exactly() {
        assert_eq!(mean_of_integers(&[9e15, 1e15]), None);
        assert_eq!(mean_of_integers(&[0.5]), None);
        assert_eq!(mean_of_integers(&[f64::NAN]), None);
        assert_eq!(mean_of_integers(&[3.0, 4.0]), Some(3.5));
    }

    #[test]
    fn a_deviation_needs_two_values() {
        let found = figures(&[1.0, 3.0], Figure::Deviation, None);
        assert_eq!(found, [None, Some(2_f64.sqrt())]);
    }
}
