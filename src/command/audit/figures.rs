//! The figures of a profile as rows of the metrics report.

use std::sync::{Arc, Mutex, PoisonError};

use super::is_profiled;
use crate::finding::{Bounds, ColumnMetrics, Figure, Name};
use crate::lake::{Table, date_of, days};
use crate::scan::metric::{Measure, Metric};
use crate::scan::{Figures, MetricOutcome, Segment, Window};
use crate::state::profile::{Number, Profile as Distribution};
use crate::state::tally::Tally;
use crate::suite::Profile;
use crate::value::decimal;

/// The quantiles a profile reports, and what they are called.
const QUANTILES: [(f64, Name); 7] = [
    (0.01, Name::P01),
    (0.05, Name::P05),
    (0.25, Name::P25),
    (0.5, Name::P50),
    (0.75, Name::P75),
    (0.95, Name::P95),
    (0.99, Name::P99),
];

/// How many figures a column has on one day, about: memory that is asked for once is touched once.
const MOST_FIGURES: usize = 7 + QUANTILES.len();

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

/// The figures of all metrics by day and over the whole window.
pub(super) fn rows(
    table: &Table,
    metrics: &[Metric],
    outcomes: Vec<MetricOutcome>,
    window: Window,
    threads: usize,
) -> Vec<ColumnMetrics> {
    let window = window.map(|(from, to)| (days(from), days(to)));
    let name: Arc<str> = table.name().to_string().into();
    let left = Mutex::new(metrics.iter().zip(outcomes));
    let next = || left.lock().unwrap_or_else(PoisonError::into_inner).next();
    let work = || {
        let mut done = Vec::new();
        // Each state goes as its figures come.
        while let Some((metric, outcome)) = next() {
            let column: Option<Arc<str>> = metric.measure.columns().first().map(|c| (*c).into());
            let mut done_column = ColumnMetrics {
                table: Arc::clone(&name),
                column,
                figures: by_day(&outcome, window),
            };
            // Here, where all threads share in it.
            done_column.sort();
            done.push(done_column);
        }
        done
    };
    std::thread::scope(|scope| {
        let others: Vec<_> = (1..threads).map(|_| scope.spawn(work)).collect();
        let mut done = work();
        for other in others {
            // A thread that panics ends its share of the figures, not the audit.
            done.extend(other.join().unwrap_or_default());
        }
        done
    })
}

/// One metric's figures over the whole window and by day.
fn by_day(outcome: &MetricOutcome, window: Option<(i32, i32)>) -> Vec<Figure> {
    let mut out = Vec::new();
    let inside = |segment: &Segment| match (window, segment.day) {
        (Some((from, to)), Some(day)) => day >= from && day <= to,
        (Some(_), None) => false,
        (None, _) => true,
    };
    let segments = || {
        outcome
            .segments
            .iter()
            .filter(|(segment, _)| inside(segment))
    };
    let mut all = segments().map(|(_, figures)| figures);
    let Some(mut whole) = all.next().cloned() else {
        return out;
    };
    all.for_each(|figures| whole.merge(figures));
    out.reserve_exact((1 + segments().count()) * MOST_FIGURES);
    let by_day = segments().filter_map(|(segment, figures)| Some((Some(segment.day?), figures)));
    for (day, figures) in std::iter::once((None, &whole)).chain(by_day) {
        let mut put = |metric: Name,
                       value: Option<f64>,
                       exact: Option<String>,
                       bounds: Option<(f64, f64)>| {
            if value.is_some() || exact.is_some() {
                out.push(Figure {
                    date: day.and_then(date_of),
                    metric,
                    value,
                    exact: exact.map(String::into_boxed_str),
                    bounds: Bounds::new(bounds),
                });
            }
        };
        match figures {
            // Measured for a check alone.
            Figures::Spread(_) | Figures::Frequencies(_) | Figures::Pair(_) => {}
            Figures::Tally(tally) => put(Name::Rows, Some(tally.total() as f64), None, None),
            Figures::Float(p) => {
                distribution(p, 0, &mut put);
                put(Name::Min, p.extremes().min().copied(), None, None);
                put(Name::Max, p.extremes().max().copied(), None, None);
            }
            Figures::Int(p) => {
                distribution(p, 0, &mut put);
                for (name, value) in [
                    (Name::Min, p.extremes().min()),
                    (Name::Max, p.extremes().max()),
                ] {
                    put(
                        name,
                        value.map(|v| *v as f64),
                        value.map(ToString::to_string),
                        None,
                    );
                }
            }
            Figures::Decimal(p, scale) => {
                distribution(p, *scale, &mut put);
                for (name, value) in [
                    (Name::Min, p.extremes().min()),
                    (Name::Max, p.extremes().max()),
                ] {
                    let text = value.map(|v| decimal::text(v, *scale));
                    put(name, text.as_ref().and_then(|t| t.parse().ok()), text, None);
                }
            }
            Figures::Time(span) => {
                put(Name::Rows, Some(span.rows as f64), None, None);
                put(Name::Nulls, Some(span.nulls as f64), None, None);
                for (name, value) in [
                    (Name::Min, span.extremes.min()),
                    (Name::Max, span.extremes.max()),
                ] {
                    let time = value.and_then(|v| chrono::DateTime::from_timestamp_micros(*v));
                    put(name, None, time.map(|t| t.naive_utc().to_string()), None);
                }
            }
            Figures::Other(span) => {
                put(Name::Rows, Some(span.rows as f64), None, None);
                put(Name::Nulls, Some(span.nulls as f64), None, None);
                for (name, value) in [
                    (Name::Min, span.extremes.min()),
                    (Name::Max, span.extremes.max()),
                ] {
                    put(
                        name,
                        None,
                        value.map(|v| String::from_utf8_lossy(v).into_owned()),
                        None,
                    );
                }
            }
        }
    }
    out
}

type Put<'a> = dyn FnMut(Name, Option<f64>, Option<String>, Option<(f64, f64)>) + 'a;

fn distribution<T: Number>(profile: &Distribution<T>, scale: u32, put: &mut Put<'_>) {
    let moments = profile.moments();
    let classes = moments.classes();
    put(Name::Rows, Some(profile.rows() as f64), None, None);
    put(Name::Nulls, Some(profile.nulls() as f64), None, None);
    put(Name::Zeros, Some(classes.zeros as f64), None, None);
    if classes.nan + classes.pos_inf + classes.neg_inf > 0 {
        put(Name::Nan, Some(classes.nan as f64), None, None);
        put(
            Name::Infinite,
            Some((classes.pos_inf + classes.neg_inf) as f64),
            None,
            None,
        );
    }
    put(Name::Mean, moments.mean(scale), None, None);
    put(Name::Stddev, moments.stddev_samp(scale), None, None);
    let quantiles = profile.quantiles(&QUANTILES.map(|(p, _)| p), scale);
    for ((_, name), quantile) in QUANTILES.into_iter().zip(quantiles) {
        if let Some(quantile) = quantile {
            let bounds = (quantile.lo != quantile.hi).then_some((quantile.lo, quantile.hi));
            put(name, Some(quantile.value), None, bounds);
        }
    }
}
