//! `matches`: texts of a form.

use arrow::array::StringViewArray;
use arrow::compute::regexp_is_match_scalar;
use schemars::JsonSchema;
use serde::Deserialize;

use super::row_rule::{OfRows, RowRule};
use super::{Check, text_literal};
use crate::diagnostic::Diagnostic;
use crate::lake::Table;
use crate::scan::quoted;
use crate::schema::BqType;

/// A regular expression that a column's texts must match from end to end.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Matches {
    column: String,
    /// A regular expression in RE2's syntax, without backreferences and lookaround.
    pattern: String,
}

impl Matches {
    pub(super) const DOC: &str = "\
matches: texts that are not of a form.

  - matches: {column: game_id, pattern: '[0-9]{8}_[A-Z]{3}_[A-Z]{3}'}
  - matches: {column: player_lookup, pattern: '[a-z0-9]+'}
    where: is_active

The regular expression (RE2's syntax) must match the whole text; write `.*` at an end to let more
follow. STRING columns. NULL is left out of the test, the empty text is not. The texts found
instead are told with their rows, as long as they are few.

Cost: the column, in the table's one pass.";

    pub(super) fn checks(self) -> Result<Vec<Box<dyn Check>>, Diagnostic> {
        let probe = StringViewArray::from(vec![""]);
        regexp_is_match_scalar(&probe, &self.whole(), None).map_err(|e| {
            let told = e.to_string();
            let why = told.lines().find_map(|line| line.strip_prefix("error: "));
            let why = why.unwrap_or(&told);
            Diagnostic::new(format!(
                "`{}` is not a regular expression: {why}",
                self.pattern
            ))
            .help("RE2's syntax: [0-9]{10}, (a|b), \\d+; no backreferences, no lookaround")
        })?;
        Ok(OfRows::checks(self))
    }

    fn whole(&self) -> String {
        format!("^(?:{})$", self.pattern)
    }
}

impl RowRule for Matches {
    fn kind(&self) -> &'static str {
        "matches"
    }

    fn columns(&self) -> Vec<String> {
        vec![self.column.clone()]
    }

    fn condition(&self, table: &Table) -> Result<String, Diagnostic> {
        let column = table.require(&self.column)?;
        if column.bq_type != BqType::String {
            return Err(Diagnostic::new(format!(
                "`{}` is {}, and only a STRING can match",
                column.name, column.bq_type
            )));
        }
        Ok(format!(
            "REGEXP_CONTAINS({}, {})",
            quoted(&column.name),
            text_literal(&self.whole())
        ))
    }

    fn told(&self) -> Option<&str> {
        Some(&self.column)
    }

    fn violation(&self) -> String {
        format!("have {} that does not match {}", self.column, self.pattern)
    }
}
