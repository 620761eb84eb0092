//! `correlation`: columns that go together.

use schemars::JsonSchema;
use serde::Deserialize;

use super::{About, Answer, Check, Direction, Measured, Need, Part, Thresholds};
use crate::diagnostic::Diagnostic;
use crate::lake::Table;
use crate::scan::metric::Measure;
use crate::scan::{Figures, quoted};
use crate::state::comoments::CoMoments;
use crate::value::text::grouped;

/// Two columns and how they are expected to correlate.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Correlation {
    /// Two columns of numbers.
    columns: Vec<String>,
    /// The least coefficient.
    min: Option<f64>,
    /// The greatest coefficient.
    max: Option<f64>,
    /// Parts of fewer pairs are not judged; 3 by default.
    min_rows: Option<u64>,
}

const HELP: &str = "correlation: {columns: [points_avg_last_5, points_avg_last_10], min: 0.7}";

impl Correlation {
    pub(super) const DOC: &str = "\
correlation: two columns that don't go together as expected.

  - correlation: {columns: [points_avg_last_5, points_avg_last_10], min: 0.7}
  - correlation: {columns: [games_last_7, days_rest], max: -0.2, min_rows: 100}
    per: game_date

Pearson's coefficient of the rows in which both columns have a value, from exact sums and rounded
once; `min` and `max` are inclusive. A positive relation has a `min` above 0, a negative one a
`max` below 0. Nothing is judged where fewer than `min_rows` pairs are left (3 by default), nor
where one side is constant and there is no coefficient: `constant` is for that. A NaN or an
infinity makes the coefficient NaN, which fails. INT64, NUMERIC and BIGNUMERIC are taken as
FLOAT64.

Cost: both columns, in the table's one pass.";

    pub(super) fn checks(self) -> Result<Vec<Box<dyn Check>>, Diagnostic> {
        let columns: [String; 2] = self
            .columns
            .try_into()
            .map_err(|_| Diagnostic::new("correlation needs two columns").help(HELP))?;
        if self.min.is_none() && self.max.is_none() {
            return Err(Diagnostic::new("correlation needs `min` or `max`").help(HELP));
        }
        for limit in [self.min, self.max].into_iter().flatten() {
            if !(-1.0..=1.0).contains(&limit) {
                return Err(Diagnostic::new(format!(
                    "`{limit}` is not a coefficient; they go from -1 to 1"
                )));
            }
        }
        if self.min.zip(self.max).is_some_and(|(min, max)| min > max) {
            return Err(Diagnostic::new("the minimum is above the maximum"));
        }
        Ok(vec![Box::new(OneCorrelation {
            columns,
            min: self.min,
            max: self.max,
            min_rows: self.min_rows.unwrap_or(3).max(2),
        })])
    }
}

#[derive(Debug)]
struct OneCorrelation {
    columns: [String; 2],
    min: Option<f64>,
    max: Option<f64>,
    min_rows: u64,
}

impl OneCorrelation {
    fn measured(&self, pairs: &CoMoments, days: Option<(i32, i32)>) -> Measured {
        let rows = pairs.pairs() + pairs.non_finite();
        let constant = [pairs.x(), pairs.y()]
            .into_iter()
            .any(|side| side.var_pop(0) == Some(0.0));
        let judged = rows >= self.min_rows && (pairs.non_finite() > 0 || !constant);
        let value = pairs.corr().filter(|_| judged);
        let below = |value: f64| self.min.is_some_and(|min| value < min);
        // Of two limits the one that is missed is told.
        let (direction, limit) = match (self.min, self.max, value) {
            (Some(min), None, _) => (Direction::Below, min),
            (Some(min), Some(_), Some(value)) if below(value) => (Direction::Below, min),
            (_, Some(max), _) => (Direction::Above, max),
            (min, None, _) => (Direction::Below, min.unwrap_or(-1.0)),
        };
        let [a, b] = &self.columns;
        let mut remark = format!("{} pairs", grouped(rows));
        if pairs.non_finite() > 0 {
            remark.push_str(&format!(
                ", {} with a NaN or an infinity",
                grouped(pairs.non_finite())
            ));
        }
        let row = serde_json::json!({
            "columns": [a, b],
            "pairs": rows,
            "correlation": value,
        });
        Measured::Value {
            value,
            thresholds: Thresholds {
                warning: None,
                critical: Some(limit),
                direction,
            },
            row: row.to_string(),
            remark,
            days,
        }
    }
}

impl Check for OneCorrelation {
    fn kind(&self) -> &'static str {
        "correlation"
    }

    fn columns(&self) -> Vec<String> {
        self.columns.to_vec()
    }

    fn needs(&self, about: &About<'_>) -> Result<Need, Diagnostic> {
        let table = about.table(self.kind())?;
        let mut names = Vec::new();
        for name in &self.columns {
            let column = table.require(name)?;
            if !column.bq_type.is_number() {
                return Err(Diagnostic::new(format!(
                    "`{}` is {}, which can't correlate",
                    column.name, column.bq_type
                )));
            }
            names.push(column.name.clone());
        }
        let [a, b]: [String; 2] = names.try_into().unwrap_or_default();
        about.options.metric(table, Measure::Pair { a, b })
    }

    fn judge(&self, answer: &Answer<'_>) -> Vec<Part> {
        let Answer::Metric(outcome) = answer else {
            return Vec::new();
        };
        outcome
            .judged()
            .into_iter()
            .filter_map(|(segment, (figures, days))| match figures {
                Figures::Pair(pairs) => Some(Part {
                    segment,
                    measured: self.measured(&pairs, days),
                }),
                _ => None,
            })
            .collect()
    }

    fn figures(&self, table: &Table) -> Option<String> {
        let [a, b] = &self.columns;
        let (a, b) = (table.column(a)?, table.column(b)?);
        let (a, b) = (quoted(&a.name), quoted(&b.name));
        Some(format!(
            "CORR({a}, {b}) AS correlation, COUNTIF({a} IS NOT NULL AND {b} IS NOT NULL) AS pairs"
        ))
    }

    fn measurand(&self) -> String {
        let [a, b] = &self.columns;
        format!("the correlation of {a} and {b}")
    }

    fn violation(&self) -> String {
        "do not correlate as expected".to_owned()
    }
}
