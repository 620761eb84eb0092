//! `recompute`: stored values against what they were computed from.

mod window;

use schemars::JsonSchema;
use serde::Deserialize;

use super::relation::OfRelation;
use super::row_rule::{OfRows, RowRule};
use super::{Check, operand, parsed_condition};
use crate::diagnostic::Diagnostic;
use crate::lake::Table;
use crate::scan::quoted;
use crate::schema::BqType;

use window::{Aggregated, Window};

/// A stored value and how it comes about.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Recompute {
    /// The column of the stored value.
    column: String,
    /// A BigQuery SQL expression over the same row.
    formula: Option<String>,
    /// An aggregate of rows of another table that came before.
    window: Option<Window>,
    /// How far apart stored and computed value may be; 0 by default.
    #[serde(default)]
    tolerance: f64,
}

const HELP: &str =
    "recompute: {column: absolute_error, formula: ABS(predicted_points - actual_points)}";

impl Recompute {
    pub(super) const DOC: &str = "\
recompute: stored values that are not what their formula gives, or the window they summarise.

  - recompute:
      column: absolute_error
      formula: ABS(predicted_points - actual_points)
      tolerance: 0.05
  - recompute:
      column: points_avg_last_5
      window:
        from: nba_analytics.player_game_summary
        on: {player_lookup: player_lookup}
        date: game_date
        value: points
        where: NOT is_dnp
        last: 5
        seasons: true
      tolerance: 0.05

A formula is BigQuery SQL over the row, JSON_VALUE of its JSON columns included. Where stored and
computed value are both NULL, or the formula is NULL, the row is left out; a NULL in place of a
value violates. NaN agrees with NaN.

A window is an aggregate (`aggregate`: avg by default, sum, count, min, max, stddev) of `value`
over the `last` rows of the other table with the same key and a date strictly before the row's
own; without `last`, over all of them. With `seasons`, only rows of the same season (`seasons:` of
the suite) count. Rows in which `value` is NULL, or `where` is not true, are no part of it. A
value that differs is tried with the row's own day included: if that gives it, the value leaks
what it is to predict. Where there is no row before, and none of the same day that explains the
value, nothing is tested; so it is where the stored value is NULL. Rows of equal date are taken in
the order of their values.

Cost: a formula, its columns in the table's one pass; a window, a window function over the other
table and a join that holds it in memory.";

    pub(super) fn checks(self) -> Result<Vec<Box<dyn Check>>, Diagnostic> {
        if !(self.tolerance.is_finite() && self.tolerance >= 0.0) {
            return Err(Diagnostic::new("`tolerance` must be a number, 0 or above"));
        }
        match (self.formula, self.window) {
            (Some(formula), None) => {
                let mut columns = vec![self.column.clone()];
                for name in parsed_condition(&formula)? {
                    if !columns.iter().any(|c| c.eq_ignore_ascii_case(&name)) {
                        columns.push(name);
                    }
                }
                Ok(OfRows::checks(Formula {
                    column: self.column,
                    formula,
                    columns,
                    tolerance: self.tolerance,
                }))
            }
            (None, Some(window)) => {
                window.validate()?;
                Ok(OfRelation::checks(Aggregated {
                    column: self.column,
                    window,
                    tolerance: self.tolerance,
                }))
            }
            _ => Err(Diagnostic::new("recompute needs `formula` or `window`").help(HELP)),
        }
    }
}

#[derive(Debug)]
struct Formula {
    column: String,
    formula: String,
    columns: Vec<String>,
    tolerance: f64,
}

impl RowRule for Formula {
    fn kind(&self) -> &'static str {
        "recompute"
    }

    fn columns(&self) -> Vec<String> {
        self.columns.clone()
    }

    fn named_by(&self) -> Vec<String> {
        vec![self.column.clone()]
    }

    fn condition(&self, table: &Table) -> Result<String, Diagnostic> {
        let column = table.require(&self.column)?;
        let (stored, computed) = (quoted(&column.name), operand(&self.formula));
        let mut same = vec![format!("{stored} = {computed}")];
        if self.tolerance > 0.0 {
            same.push(format!(
                "ABS({stored} - {computed}) <= {:?}",
                self.tolerance
            ));
        }
        if column.bq_type == BqType::Float64 {
            same.push(format!(
                "(IS_NAN({stored}) AND IS_NAN(CAST({computed} AS FLOAT64)))"
            ));
        }
        Ok(format!(
            "CASE WHEN {computed} IS NULL THEN NULL WHEN {stored} IS NULL THEN FALSE ELSE {} END",
            same.join(" OR ")
        ))
    }

    fn states(&self) -> Option<String> {
        Some(format!("{} = {}", self.column, self.formula.trim()))
    }

    fn violation(&self) -> String {
        format!("have {} that is not {}", self.column, self.formula.trim())
    }
}
