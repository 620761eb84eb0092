//! The readable figures of states.

use super::model::{ColumnRow, Period, QUANTILES, TopValue};
use crate::lake::Column;
use crate::scan::{Figures, Spread, encode_figures};
use crate::schema::BqType;
use crate::state::profile::{Number, Profile};
use crate::value::decimal;

/// How many of the most frequent values are told.
const TOP: usize = 20;

impl ColumnRow {
    /// A row of no rows.
    pub(super) fn new(table: &str, column: &Column, period: Period) -> Self {
        Self {
            table: table.to_owned(),
            column: column.name.clone(),
            bq_type: column.bq_type.to_string(),
            period,
            rows: 0,
            nulls: 0,
            zeros: None,
            nan: None,
            infinite: None,
            distinct: None,
            distinct_error: None,
            mean: None,
            stddev: None,
            min: None,
            max: None,
            min_text: None,
            max_text: None,
            quantiles: [None; QUANTILES.len()],
            rank_error: None,
            top_values: None,
            state: None,
            frequencies: None,
        }
    }

    /// Takes the figures of a profile, and its state.
    pub(super) fn profile(&mut self, figures: &Figures) {
        self.state = Some(encode_figures(figures));
        match figures {
            Figures::Float(profile) => {
                self.distribution(profile, 0);
                let extremes = profile.extremes();
                (self.min, self.max) = (extremes.min().copied(), extremes.max().copied());
            }
            Figures::Int(profile) => {
                self.distribution(profile, 0);
                self.ends(profile, |value| value.to_string());
            }
            Figures::Decimal(profile, scale) => {
                self.distribution(profile, *scale);
                self.ends(profile, |value| decimal::text(value, *scale));
            }
            Figures::Time(span) => {
                (self.rows, self.nulls) = (span.rows, span.nulls);
                let text = |value: Option<&i64>| {
                    let time = chrono::DateTime::from_timestamp_micros(*value?)?;
                    Some(time.naive_utc().to_string())
                };
                self.min_text = text(span.extremes.min());
                self.max_text = text(span.extremes.max());
            }
            Figures::Other(span) => {
                (self.rows, self.nulls) = (span.rows, span.nulls);
                // JSON has no order, and its texts are long.
                if self.bq_type != BqType::Json.to_string() {
                    self.min_text = span.extremes.min().map(|value| text(value));
                    self.max_text = span.extremes.max().map(|value| text(value));
                }
            }
            Figures::Tally(_) | Figures::Spread(_) | Figures::Frequencies(_) | Figures::Pair(_) => {
            }
        }
    }

    /// Takes mean and deviation of a column that has no distribution.
    pub(super) fn spread(&mut self, spread: &Spread) {
        let classes = spread.moments.classes();
        self.zeros = Some(classes.zeros);
        let finite = spread.moments.finite();
        self.mean = finite.mean(0);
        self.stddev = finite.stddev_samp(0);
    }

    /// Takes how often single values came, and the state of it.
    pub(super) fn frequencies(&mut self, figures: &Figures) {
        let Figures::Frequencies(frequencies) = figures else {
            return;
        };
        let estimate = frequencies.distinct.estimate();
        self.distinct = Some(estimate.value);
        self.distinct_error = Some(estimate.standard_error);
        let top = frequencies.counts.top(TOP).map(|top| {
            let values = top.into_iter().map(|(value, count)| TopValue {
                value: text(value),
                count,
            });
            values.collect()
        });
        self.top_values = top;
        if let Some(min) = frequencies.extremes.min() {
            self.min_text = Some(text(min));
        }
        if let Some(max) = frequencies.extremes.max() {
            self.max_text = Some(text(max));
        }
        // A set of distinct values is many times as large as what is read from it.
        let mut kept = frequencies.as_ref().clone();
        kept.distinct = crate::state::distinct::Distinct::default();
        self.frequencies = Some(encode_figures(&Figures::Frequencies(Box::new(kept))));
    }

    fn distribution<T: Number>(&mut self, profile: &Profile<T>, scale: u32) {
        let classes = profile.moments().classes();
        (self.rows, self.nulls) = (profile.rows(), profile.nulls());
        self.zeros = Some(classes.zeros);
        self.nan = Some(classes.nan);
        self.infinite = Some(classes.pos_inf + classes.neg_inf);
        let finite = profile.moments().finite();
        self.mean = finite.mean(scale);
        self.stddev = finite.stddev_samp(scale);
        let quantiles = profile.quantiles(&QUANTILES.map(|(p, _)| p), scale);
        for (slot, quantile) in self.quantiles.iter_mut().zip(quantiles) {
            let Some(quantile) = quantile else { continue };
            *slot = Some(quantile.value);
            let error = self.rank_error.unwrap_or(0.0).max(quantile.rank_error);
            self.rank_error = Some(error);
        }
    }

    fn ends<T: Number>(&mut self, profile: &Profile<T>, text: impl Fn(T) -> String) {
        let text = |value: Option<&T>| value.map(|value| text(*value));
        self.min_text = text(profile.extremes().min());
        self.max_text = text(profile.extremes().max());
        let number = |text: &Option<String>| text.as_ref()?.parse().ok();
        self.min = number(&self.min_text);
        self.max = number(&self.max_text);
    }
}

fn text(value: &[u8]) -> String {
    String::from_utf8_lossy(value).into_owned()
}
