//! `constant`: values that hardly vary.

use schemars::JsonSchema;
use serde::Deserialize;

use super::{About, Answer, Check, Columns, Direction, Measured, Need, Part, Thresholds};
use crate::diagnostic::Diagnostic;
use crate::lake::Table;
use crate::scan::metric::Measure;
use crate::scan::{Figures, Spread, quoted};
use crate::schema::BqType;
use crate::state::distinct::EXACT_LIMIT;
use crate::value::text::grouped;

/// How far the values of a column must be spread.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Constant {
    /// The column or columns.
    column: Columns,
    /// The least standard deviation (of a sample), in the column's unit.
    min_std: Option<f64>,
    /// The fewest distinct values; 2 if nothing is given.
    min_distinct: Option<u64>,
    /// Parts of fewer values are not judged; 2 by default.
    min_rows: Option<u64>,
}

impl Constant {
    pub(super) const DOC: &str = "\
constant: a column whose values hardly vary.

  - constant: {column: win_flag}
  - constant: {column: fatigue_score, min_std: 5, min_distinct: 10, min_rows: 50}
    per: game_date
    where: NOT early_season_flag

Without limits, a column with one value alone. `min_std` is the least standard deviation of a
sample, `min_distinct` the fewest distinct values; where both are given, a column fails that is
below both, so that few but far apart values pass. `min_distinct` can be 3,584 at most, up to
which distinct values are counted exactly. NULL is left out; where fewer than `min_rows` values
are left, nothing is judged. A NaN or an infinity makes the deviation NaN, which fails.

Any type whose values can be compared; `min_std` needs numbers, which are taken as FLOAT64.

Cost: the column, in the table's one pass.";

    pub(super) fn checks(self) -> Result<Vec<Box<dyn Check>>, Diagnostic> {
        let most = EXACT_LIMIT as u64;
        if self.min_distinct.is_some_and(|n| n > most) {
            return Err(Diagnostic::new(format!(
                "`min_distinct` can be {} at most",
                grouped(most)
            )));
        }
        if self
            .min_std
            .is_some_and(|std| !(std.is_finite() && std > 0.0))
        {
            return Err(Diagnostic::new("`min_std` must be a number above 0"));
        }
        let columns = self.column.into_vec();
        if columns.is_empty() {
            return Err(Diagnostic::new("constant names no column"));
        }
        let none = self.min_std.is_none() && self.min_distinct.is_none();
        Ok(columns
            .into_iter()
            .map(|column| {
                Box::new(OneConstant {
                    column,
                    min_std: self.min_std,
                    min_distinct: self.min_distinct.or(none.then_some(2)),
                    min_rows: self.min_rows.unwrap_or(2),
                }) as _
            })
            .collect())
    }
}

#[derive(Debug)]
struct OneConstant {
    column: String,
    min_std: Option<f64>,
    min_distinct: Option<u64>,
    min_rows: u64,
}

impl OneConstant {
    /// The value that is judged, its limit, and what else to say.
    fn measured(&self, spread: &Spread, days: Option<(i32, i32)>) -> Measured {
        let distinct = spread.distinct.estimate().value;
        let std = spread.moments.stddev_samp(0);
        let enough = spread.values >= self.min_rows.max(1);
        let varied = self.min_distinct.is_some_and(|least| distinct >= least);
        let (value, limit) = match (self.min_std, self.min_distinct) {
            (Some(least), _) => (
                std,
                Some(least).filter(|_| !varied || std.is_some_and(f64::is_nan)),
            ),
            (None, least) => (Some(distinct as f64), least.map(|n| n as f64)),
        };
        let values = if spread.values == 1 {
            "value"
        } else {
            "values"
        };
        let mut remark = format!("{} {values}", grouped(spread.values));
        if self.min_std.is_some() {
            remark.push_str(&format!(", {} distinct", grouped(distinct)));
        }
        let row = serde_json::json!({
            "column": self.column,
            "values": spread.values,
            "distinct": distinct,
            "mean": spread.moments.mean(0),
            "stddev": std,
        });
        Measured::Value {
            value: value.filter(|_| enough),
            thresholds: Thresholds {
                warning: None,
                critical: limit,
                direction: Direction::Below,
            },
            row: row.to_string(),
            remark,
            days,
        }
    }
}

impl Check for OneConstant {
    fn kind(&self) -> &'static str {
        "constant"
    }

    fn columns(&self) -> Vec<String> {
        vec![self.column.clone()]
    }

    fn needs(&self, about: &About<'_>) -> Result<Need, Diagnostic> {
        let table = about.table(self.kind())?;
        let column = table.require(&self.column)?;
        if matches!(column.bq_type, BqType::Array(_) | BqType::Struct(_)) {
            return Err(Diagnostic::new(format!(
                "`{}` is {}, whose values are not compared",
                column.name, column.bq_type
            )));
        }
        if self.min_std.is_some() && !column.bq_type.is_number() {
            return Err(Diagnostic::new(format!(
                "`{}` is {}, which has no standard deviation",
                column.name, column.bq_type
            ))
            .help("min_distinct is for any type"));
        }
        let measure = Measure::Spread {
            column: column.name.clone(),
        };
        about.options.metric(table, measure)
    }

    fn judge(&self, answer: &Answer<'_>) -> Vec<Part> {
        let Answer::Metric(outcome) = answer else {
            return Vec::new();
        };
        outcome
            .judged()
            .into_iter()
            .filter_map(|(segment, (figures, days))| match figures {
                Figures::Spread(spread) => Some(Part {
                    segment,
                    measured: self.measured(&spread, days),
                }),
                _ => None,
            })
            .collect()
    }

    fn figures(&self, table: &Table) -> Option<String> {
        let name = quoted(&table.column(&self.column)?.name);
        let distinct = format!("COUNT(DISTINCT {name}) AS distinct_values");
        Some(match self.min_std {
            Some(_) => format!("STDDEV({name}) AS standard_deviation, {distinct}"),
            None => distinct,
        })
    }

    fn measurand(&self) -> String {
        match self.min_std {
            Some(_) => format!("the standard deviation of {}", self.column),
            None => format!("the number of distinct values of {}", self.column),
        }
    }

    fn violation(&self) -> String {
        format!("have a constant {}", self.column)
    }
}
