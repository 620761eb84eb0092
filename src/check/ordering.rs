//! `ordering`: columns whose values come one after the other.

use schemars::JsonSchema;
use serde::Deserialize;

use super::Check;
use super::row_rule::{OfRows, RowRule};
use crate::diagnostic::Diagnostic;
use crate::lake::Table;
use crate::scan::quoted;

/// Columns whose values don't come before one another's.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(
    untagged,
    expecting = "expected columns such as [created_at, processed_at], or {columns: [...], strict: true}"
)]
pub enum Ordering {
    Columns(Vec<String>),
    Full(Full),
}

#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Full {
    /// From the least to the greatest.
    columns: Vec<String>,
    /// Whether equal values are a violation.
    #[serde(default)]
    strict: bool,
}

impl Ordering {
    pub(super) const DOC: &str = "\
ordering: rows in which a value comes before one it must follow.

  - ordering: [source_updated_at, created_at, processed_at]
  - ordering: {columns: [opening_time, game_time], strict: true}

Each column must be at least the one before it, or with `strict` greater. Numbers, texts, dates
and times, all columns of types that can be compared. A pair with a NULL is left out; NaN
violates.

Cost: the columns, in the table's one pass.";

    pub(super) fn checks(self) -> Result<Vec<Box<dyn Check>>, Diagnostic> {
        let full = match self {
            Self::Columns(columns) => Full {
                columns,
                strict: false,
            },
            Self::Full(full) => full,
        };
        if full.columns.len() < 2 {
            return Err(Diagnostic::new("ordering needs two columns or more")
                .help("ordering: [created_at, processed_at]"));
        }
        Ok(OfRows::checks(full))
    }
}

impl RowRule for Full {
    fn kind(&self) -> &'static str {
        "ordering"
    }

    fn columns(&self) -> Vec<String> {
        self.columns.clone()
    }

    fn condition(&self, table: &Table) -> Result<String, Diagnostic> {
        let mut pairs = Vec::new();
        for pair in self.columns.windows(2) {
            if let [a, b] = pair {
                let (a, b) = (table.require(a)?, table.require(b)?);
                let (a, b) = (quoted(&a.name), quoted(&b.name));
                let sign = if self.strict { "<" } else { "<=" };
                pairs.push(format!("IFNULL({a} {sign} {b}, TRUE)"));
            }
        }
        Ok(pairs.join(" AND "))
    }

    fn violation(&self) -> String {
        let sign = if self.strict { " < " } else { " <= " };
        format!("are not {}", self.columns.join(sign))
    }
}
