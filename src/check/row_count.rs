//! `row_count`: how many rows there are.

use schemars::JsonSchema;
use serde::Deserialize;

use super::{About, Answer, Check, Measured, Need, Part};
use crate::diagnostic::Diagnostic;
use crate::lake::Table;
use crate::scan::Figures;
use crate::scan::metric::Measure;

/// How many rows a table, a day or a segment must have.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RowCount {
    /// The least number of rows.
    min: Option<u64>,
    /// The greatest number of rows.
    max: Option<u64>,
}

impl RowCount {
    pub(super) const DOC: &str = "\
row_count: too few or too many rows.

  - row_count: {min: 100, max: 450}
    per: game_date

`min` and `max` are inclusive; at least one is needed. With `per` every value of that column is
judged apart. Only values that occur are judged: a day without a row is a gap, not a count. An
empty table has 0 rows and fails a `min`.

Cost: none where footers tell (no `where`, files of one day each); otherwise the date column.";

    pub(super) fn checks(self) -> Result<Vec<Box<dyn Check>>, Diagnostic> {
        match (self.min, self.max) {
            (None, None) => {
                Err(Diagnostic::new("row_count needs `min` or `max`").help("row_count: {min: 100}"))
            }
            (Some(min), Some(max)) if min > max => Err(Diagnostic::new(format!(
                "row_count has min {min} above max {max}"
            ))),
            _ => Ok(vec![Box::new(self)]),
        }
    }
}

impl Check for RowCount {
    fn kind(&self) -> &'static str {
        "row_count"
    }

    fn columns(&self) -> Vec<String> {
        Vec::new()
    }

    fn needs(&self, about: &About<'_>) -> Result<Need, Diagnostic> {
        about
            .options
            .metric(about.table(self.kind())?, Measure::Rows)
    }

    fn judge(&self, answer: &Answer<'_>) -> Vec<Part> {
        let Answer::Metric(outcome) = answer else {
            return Vec::new();
        };
        let rows = outcome
            .segments()
            .filter_map(|(segment, figures)| match figures {
                Figures::Tally(tally) => Some((segment.clone(), tally.total())),
                _ => None,
            });
        rows.map(|(segment, rows)| Part {
            segment,
            measured: self.measured(rows),
        })
        .collect()
    }

    fn figures(&self, _: &Table) -> Option<String> {
        Some("COUNT(*) AS row_count".to_owned())
    }

    fn violation(&self) -> String {
        match (self.min, self.max) {
            (Some(min), Some(max)) => format!("rows, not {min} to {max}"),
            (Some(min), None) => format!("rows, fewer than {min}"),
            (None, Some(max)) => format!("rows, more than {max}"),
            (None, None) => "rows".to_owned(),
        }
    }
}

impl RowCount {
    fn measured(&self, rows: u64) -> Measured {
        Measured::Count {
            rows,
            min: self.min,
            max: self.max,
        }
    }
}
