//! The figures of a profile as rows of the metrics report.

use std::collections::BTreeMap;

use super::{date_of, is_profiled};
use crate::finding::MetricRow;
use crate::lake::{Table, days};
use crate::scan::metric::{Measure, Metric};
use crate::scan::{Figures, MetricOutcome, Segment, Window};
use crate::state::profile::{Number, Profile as Distribution};
use crate::state::tally::Tally;
use crate::suite::Profile;

/// The quantiles a profile reports, and what they are called.
const QUANTILES: [(f64, &str); 7] = [
    (0.01, "p01"),
    (0.05, "p05"),
    (0.25, "p25"),
    (0.5, "p50"),
    (0.75, "p75"),
    (0.95, "p95"),
    (0.99, "p99"),
];

/// What to measure for a table's profile: its rows, and each column asked for.
pub(in crate::command) fn profile_metrics(table: &Table, profile: Option<&Profile>) -> Vec<Metric> {
    let Some(profile) = profile else {
        return Vec::new();
    };
    let metric = |measure| Metric {
        measure,
        filter: None,
        per: None,
    };
    let columns = table
        .columns()
        .iter()
        .filter(|c| c.unreadable.is_none() && is_profiled(profile, &c.name));
    let mut metrics = vec![metric(Measure::Rows)];
    metrics.extend(columns.map(|c| {
        metric(Measure::Profile {
            column: c.name.clone(),
        })
    }));
    metrics
}

/// The outcome of counting no rows.
pub(super) fn no_rows() -> MetricOutcome {
    let mut none = MetricOutcome::default();
    none.segments
        .insert(Segment::default(), Figures::Tally(Tally::default()));
    none
}

/// A metric's figures by day, and over the whole window.
pub(super) fn rows(
    table: &Table,
    metric: &Metric,
    outcome: &MetricOutcome,
    window: Window,
) -> Vec<MetricRow> {
    let column = metric.measure.columns().first().map(|c| (*c).to_owned());
    let window = window.map(|(from, to)| (days(from), days(to)));
    let mut by_day: BTreeMap<Option<i32>, Figures> = BTreeMap::new();
    let mut whole: Option<Figures> = None;
    for (segment, figures) in &outcome.segments {
        let inside = match (window, segment.day) {
            (Some((from, to)), Some(day)) => day >= from && day <= to,
            (Some(_), None) => false,
            (None, _) => true,
        };
        if !inside {
            continue;
        }
        match &mut whole {
            Some(whole) => whole.merge(figures),
            None => whole = Some(figures.clone()),
        }
        if let Some(day) = segment.day {
            by_day.insert(Some(day), figures.clone());
        }
    }
    let mut out = Vec::new();
    for (day, figures) in whole.into_iter().map(|w| (None, w)).chain(by_day) {
        let mut put = |metric: &str, value: Option<f64>, exact: Option<String>, bounds: Option<(f64, f64)>| {
            if value.is_some() || exact.is_some() {
                out.push(MetricRow {
                    table: table.name().to_string(),
                    column: column.clone(),
                    date: day.and_then(date_of),
                    metric: metric.to_owned(),
                    value,
                    exact,
                    low: bounds.map(|b| b.0),
                    high: bounds.map(|b| b.1),
                });
            }
        };
        match &figures {
            Figures::Tally(tally) => put("rows", Some(tally.total() as f64), None, None),
            Figures::Float(p) => {
                distribution(p, 0, &mut put);
                put("min", p.extremes().min().copied(), None, None);
                put("max", p.extremes().max().copied(), None, None);
            }
            Figures::Int(p) => {
                distribution(p, 0, &mut put);
                for (name, value) in [("min", p.extremes().min()), ("max", p.extremes().max())] {
                    put(name, value.map(|v| *v as f64), value.map(ToString::to_string), None);
                }
            }
            Figures::Decimal(p, scale) => {
                distribution(p, *scale, &mut put);
                for (name, value) in [("min", p.extremes().min()), ("max", p.extremes().max())] {
                    let text = value.map(|v| decimal_text(*v, *scale));
                    put(name, text.as_ref().and_then(|t| t.parse().ok()), text, None);
                }
            }
            Figures::Time(span) => {
                put("rows", Some(span.rows as f64), None, None);
                put("nulls", Some(span.nulls as f64), None, None);
                for (name, value) in [("min", span.extremes.min()), ("max", span.extremes.max())] {
                    let time = value.and_then(|v| chrono::DateTime::from_timestamp_micros(*v));
                    put(name, None, time.map(|t| t.naive_utc().to_string()), None);
                }
            }
            Figures::Other(span) => {
                put("rows", Some(span.rows as f64), None, None);
                put("nulls", Some(span.nulls as f64), None, None);
                for (name, value) in [("min", span.extremes.min()), ("max", span.extremes.max())] {
                    put(name, None, value.map(|v| String::from_utf8_lossy(v).into_owned()), None);
                }
            }
        }
    }
    out
}

type Put<'a> = dyn FnMut(&str, Option<f64>, Option<String>, Option<(f64, f64)>) + 'a;

fn distribution<T: Number>(profile: &Distribution<T>, scale: u32, put: &mut Put<'_>) {
    let moments = profile.moments();
    let classes = moments.classes();
    put("rows", Some(profile.rows() as f64), None, None);
    put("nulls", Some(profile.nulls() as f64), None, None);
    put("zeros", Some(classes.zeros as f64), None, None);
    if classes.nan + classes.pos_inf + classes.neg_inf > 0 {
        put("nan", Some(classes.nan as f64), None, None);
        put("infinite", Some((classes.pos_inf + classes.neg_inf) as f64), None, None);
    }
    put("mean", moments.mean(scale), None, None);
    put("stddev", moments.stddev_samp(scale), None, None);
    for (p, name) in QUANTILES {
        if let Some(quantile) = profile.quantile(p, scale) {
            let bounds = (quantile.lo != quantile.hi).then_some((quantile.lo, quantile.hi));
            put(name, Some(quantile.value), None, bounds);
        }
    }
}

/// An unscaled decimal as text.
fn decimal_text(unscaled: i128, scale: u32) -> String {
    let digits = unscaled.unsigned_abs().to_string();
    let scale = scale as usize;
    let padded = format!("{digits:0>width$}", width = scale + 1);
    let (whole, fraction) = padded.split_at(padded.len() - scale);
    let sign = if unscaled < 0 { "-" } else { "" };
    let point = if scale > 0 { "." } else { "" };
    format!("{sign}{whole}{point}{fraction}")
}
