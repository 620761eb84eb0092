//! `not_null`: columns that must have a value.

use schemars::JsonSchema;
use serde::Deserialize;

use super::{About, Answer, Check, Columns, Need, Part, shares};
use crate::diagnostic::Diagnostic;
use crate::lake::Table;
use crate::scan::metric::{Measure, null};
use crate::scan::quoted;

/// Columns that must have a value in every row.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(transparent)]
pub struct NotNull(Columns);

impl NotNull {
    pub(super) const DOC: &str = "\
not_null: NULL where there must be a value.

  - not_null: [game_id, player_lookup]
    where: NOT early_season_flag
    warning_over: 1%

One check a column. NaN and the empty string are values; an empty ARRAY is a value too, as
BigQuery has no NULL arrays. A file that lacks the column holds NULL in all its rows.

Cost: none where footers count no NULL (no `where`); otherwise the column.";

    pub(super) fn checks(self) -> Result<Vec<Box<dyn Check>>, Diagnostic> {
        let columns = self.0.into_vec();
        if columns.is_empty() {
            return Err(Diagnostic::new("not_null names no column").help("not_null: [game_id]"));
        }
        Ok(columns
            .into_iter()
            .map(|column| Box::new(OneNotNull { column }) as _)
            .collect())
    }
}

#[derive(Debug)]
struct OneNotNull {
    column: String,
}

impl Check for OneNotNull {
    fn kind(&self) -> &'static str {
        "not_null"
    }

    fn columns(&self) -> Vec<String> {
        vec![self.column.clone()]
    }

    fn needs(&self, about: &About<'_>) -> Result<Need, Diagnostic> {
        let table = about.table(self.kind())?;
        let column = table.require(&self.column)?.name.clone();
        about.options.metric(table, Measure::Null { column })
    }

    fn judge(&self, answer: &Answer<'_>) -> Vec<Part> {
        match answer {
            Answer::Metric(outcome) => {
                shares(outcome, &["value", "NULL"], self.failing_classes(), 0)
            }
            _ => Vec::new(),
        }
    }

    fn failing_classes(&self) -> u32 {
        1 << null::NULL
    }

    fn violation(&self) -> String {
        format!("have no {}", self.column)
    }

    fn condition(&self, _: &Table) -> Option<String> {
        Some(format!("{} IS NULL", quoted(&self.column)))
    }
}
