//! `rule`: a condition every row must meet.

use schemars::JsonSchema;
use serde::Deserialize;

use super::row_rule::{OfRows, RowRule};
use super::{Check, parsed_condition};
use crate::diagnostic::Diagnostic;
use crate::lake::Table;

/// A condition every row must meet.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(
    untagged,
    expecting = "expected a condition such as `low <= high`, or {sql: low <= high, nulls: fail}"
)]
pub enum Rule {
    Sql(String),
    Full(Full),
}

#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Full {
    /// A BigQuery SQL condition about one row.
    sql: String,
    /// Whether a condition that is NULL is a violation.
    #[serde(default)]
    nulls: OfNull,
}

/// What a condition that is neither true nor false counts as.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub(super) enum OfNull {
    /// The row is left out of the test.
    #[default]
    Ignore,
    /// The row violates the condition.
    Fail,
}

impl Rule {
    pub(super) const DOC: &str = "\
rule: rows for which a condition is false.

  - rule: total = q1 + q2 + q3 + q4
  - rule: {sql: line_score IS NOT NULL OR is_bench, nulls: fail}
    name: line_score_unless_bench

The condition is BigQuery SQL about one row: no aggregates, window functions or subqueries. Where
it is NULL, because a column is, the row is left out of the test, unless `nulls: fail`. Give
several rules about the same columns a `name` each.

Cost: the columns it names, in the table's one pass.";

    pub(super) fn checks(self) -> Result<Vec<Box<dyn Check>>, Diagnostic> {
        let full = match self {
            Self::Sql(sql) => Full {
                sql,
                nulls: OfNull::Ignore,
            },
            Self::Full(full) => full,
        };
        let columns = parsed_condition(&full.sql)?;
        Ok(OfRows::checks(OneRule { full, columns }))
    }
}

#[derive(Debug)]
struct OneRule {
    full: Full,
    columns: Vec<String>,
}

impl RowRule for OneRule {
    fn kind(&self) -> &'static str {
        "rule"
    }

    fn columns(&self) -> Vec<String> {
        self.columns.clone()
    }

    fn written(&self) -> Vec<String> {
        vec![self.full.sql.clone()]
    }

    fn condition(&self, _: &Table) -> Result<String, Diagnostic> {
        Ok(self.full.sql.clone())
    }

    fn null_fails(&self) -> bool {
        self.full.nulls == OfNull::Fail
    }

    fn violation(&self) -> String {
        format!("break the rule {}", self.full.sql.trim())
    }
}
