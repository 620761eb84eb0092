//! `implies`: where one condition is true, another must be.

use schemars::JsonSchema;
use serde::Deserialize;

use super::row_rule::{OfRows, RowRule};
use super::{Check, parsed_condition};
use crate::diagnostic::Diagnostic;
use crate::lake::Table;

/// Where one condition is true, another must be.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Implies {
    /// A BigQuery SQL condition: the rows that are looked at.
    r#if: String,
    /// A BigQuery SQL condition that must be true of them.
    then: String,
}

impl Implies {
    pub(super) const DOC: &str = "\
implies: rows for which one condition is true and another is not.

  - implies: {if: early_season_flag, then: fatigue_score IS NULL}
  - implies: {if: \"status = 'Final'\", then: home_score > 0 AND away_score > 0}

Both are BigQuery SQL about one row. Rows for which `if` is false or NULL are left out of the
test; in the others `then` must be true: false and NULL are violations.

Cost: the columns both name, in the table's one pass.";

    pub(super) fn checks(self) -> Result<Vec<Box<dyn Check>>, Diagnostic> {
        let mut columns = parsed_condition(&self.r#if)?;
        for column in parsed_condition(&self.then)? {
            if !columns.iter().any(|c| c.eq_ignore_ascii_case(&column)) {
                columns.push(column);
            }
        }
        Ok(OfRows::checks(OneImplies { of: self, columns }))
    }
}

#[derive(Debug)]
struct OneImplies {
    of: Implies,
    columns: Vec<String>,
}

impl RowRule for OneImplies {
    fn kind(&self) -> &'static str {
        "implies"
    }

    fn columns(&self) -> Vec<String> {
        self.columns.clone()
    }

    fn written(&self) -> Vec<String> {
        vec![self.of.r#if.clone(), self.of.then.clone()]
    }

    fn only(&self) -> Option<&str> {
        Some(&self.of.r#if)
    }

    fn condition(&self, _: &Table) -> Result<String, Diagnostic> {
        Ok(self.of.then.clone())
    }

    fn null_fails(&self) -> bool {
        true
    }

    fn violation(&self) -> String {
        let (if_, then) = (self.of.r#if.trim(), self.of.then.trim());
        format!("break the rule that {if_} implies {then}")
    }
}
