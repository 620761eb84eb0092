//! What footers answer without a row being read.
//!
//! A footer proves verdicts, never figures: that no value is out of bounds or NULL, and how many
//! rows there are. A file is left unread only if its footer answers every metric asked of it.

use arrow::datatypes::i256;
use chrono::NaiveDate;

use super::metric::{Edge, Measure, Metric, Nan, null, range};
use super::outcome::{Figures, MetricOutcome, Segment};
use crate::lake::{Bounds, Footer, LakeFile, Table, days};
use crate::schema::{BqType, column_index};
use crate::state::tally::Tally;

/// A window of days, both inclusive.
pub type Window = Option<(NaiveDate, NaiveDate)>;

/// What the footer of `file` answers to each of `metrics`, if it answers all of them.
pub(super) fn prove(
    table: &Table,
    file: &LakeFile,
    footer: &Footer,
    metrics: &[Metric],
    window: Window,
) -> Option<Vec<MetricOutcome>> {
    if footer.rows() == 0 {
        return Some(vec![MetricOutcome::default(); metrics.len()]);
    }
    let dates = table.file_dates(file, footer);
    let dated = table
        .date()
        .is_some_and(|date| footer.nulls(&date.name) == Some(0));
    let mut anywhere = None;
    if let Some((from, to)) = window {
        // A file that reaches out of the window has rows that don't count.
        let (first, _) = dates.filter(|(first, last)| dated && *first >= from && *last <= to)?;
        // All its rows do count, so that any day of the window stands for them.
        anywhere = Some(days(first));
    }
    let day = match (table.date(), dates) {
        (None, _) => Some(None),
        (Some(_), Some((first, last))) if first == last && dated => Some(Some(days(first))),
        _ => None,
    };
    metrics
        .iter()
        .map(|metric| {
            let by_day = metric.per.as_deref().is_some();
            let is_date = |per: &str| {
                table
                    .date()
                    .is_some_and(|d| d.name.eq_ignore_ascii_case(per))
            };
            if metric.filter.is_some() || metric.per.as_deref().is_some_and(|p| !is_date(p)) {
                return None;
            }
            // Without a day of its own a file's rows can only be counted as a whole.
            let day = match day {
                Some(day) => day,
                None if by_day || matches!(metric.measure, Measure::Rows) => return None,
                None => anywhere,
            };
            let tally = answer(table, footer, &metric.measure)?;
            let mut outcome = MetricOutcome::default();
            outcome.absorb(&Segment::of_day(day), Figures::Tally(tally));
            Some(outcome)
        })
        .collect()
}

fn answer(table: &Table, footer: &Footer, measure: &Measure) -> Option<Tally> {
    let rows = footer.rows();
    let mut tally = Tally::default();
    match measure {
        Measure::Rows => tally.add(0, rows),
        Measure::Null { column } => {
            // Where a NULL is, only its row group tells; that is read.
            (footer.nulls(column)? == 0).then(|| tally.add(null::VALUE, rows))?;
        }
        Measure::Range {
            column,
            min,
            max,
            nan,
        } => {
            let nulls = footer.nulls(column)?;
            let inside = match footer.bounds(column)? {
                None => true,
                Some(Bounds::Int {
                    min: low,
                    max: high,
                }) => {
                    let unit = i256::from_i128(unit_of(table, footer, column)?);
                    let low = i256::from_i128(low).checked_mul(unit)?;
                    let high = i256::from_i128(high).checked_mul(unit)?;
                    min.is_none_or(|e| matches!(e, Edge::Int(n) if low >= n))
                        && max.is_none_or(|e| matches!(e, Edge::Int(n) if high <= n))
                }
                Some(Bounds::Float {
                    min: low,
                    max: high,
                }) => {
                    *nan == Nan::Ignore
                        && min.is_none_or(|e| low >= e.as_f64())
                        && max.is_none_or(|e| high <= e.as_f64())
                }
            };
            if !inside {
                return None;
            }
            tally.add(range::INSIDE, rows.checked_sub(nulls)?);
            tally.add(range::NULL, nulls);
        }
        Measure::Json { .. }
        | Measure::Condition { .. }
        | Measure::Array { .. }
        | Measure::Pair { .. }
        | Measure::Spread { .. }
        | Measure::Frequencies { .. }
        | Measure::Profile { .. } => return None,
    }
    Some(tally)
}

/// What a file's unscaled values are multiplied by to be at the scale the table is read at.
fn unit_of(table: &Table, footer: &Footer, column: &str) -> Option<i128> {
    let scale = |bq_type: &BqType| match bq_type {
        BqType::Numeric(_, scale) | BqType::BigNumeric(_, scale) => *scale,
        _ => 0,
    };
    let index = column_index(footer.schema(), column)?;
    let own = BqType::from_arrow(footer.schema().field(index).data_type());
    let read = &table.column(column)?.bq_type;
    let up = scale(read).checked_sub(scale(&own))?;
    10_i128.checked_pow(u32::try_from(up).ok()?)
}
