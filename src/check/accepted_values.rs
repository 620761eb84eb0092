//! `accepted_values`: a column that has only values of a list.

use schemars::JsonSchema;
use serde::Deserialize;

use super::row_rule::{OfRows, RowRule};
use super::{Check, Number, literal};
use crate::diagnostic::Diagnostic;
use crate::lake::Table;
use crate::scan::quoted;
use crate::value::text::few;

/// The values a column may have.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct AcceptedValues {
    column: String,
    /// The values: texts, numbers, dates or booleans.
    values: Vec<Number>,
}

/// So many values are repeated in a message.
const VALUES_TOLD: usize = 5;

impl AcceptedValues {
    pub(super) const DOC: &str = "\
accepted_values: values that are none of a list.

  - accepted_values: {column: game_type, values: [regular, playoffs, play_in]}
  - accepted_values: {column: game_status, values: [1, 2, 3]}

STRING (as written, upper and lower case told apart), INT64, NUMERIC, BIGNUMERIC, FLOAT64, BOOL
and DATE columns. NULL is left out of the test (not_null is for that). The values found instead
are told with their rows, as long as they are few.

Cost: the column, in the table's one pass.";

    pub(super) fn checks(self) -> Result<Vec<Box<dyn Check>>, Diagnostic> {
        if self.values.is_empty() {
            return Err(Diagnostic::new("accepted_values lists no value")
                .help("accepted_values: {column: game_status, values: [1, 2, 3]}"));
        }
        Ok(OfRows::checks(self))
    }
}

impl RowRule for AcceptedValues {
    fn kind(&self) -> &'static str {
        "accepted_values"
    }

    fn columns(&self) -> Vec<String> {
        vec![self.column.clone()]
    }

    fn condition(&self, table: &Table) -> Result<String, Diagnostic> {
        let column = table.require(&self.column)?;
        let values: Vec<String> = self
            .values
            .iter()
            .map(|value| literal(&value.to_string(), column))
            .collect::<Result<_, _>>()?;
        Ok(format!(
            "{} IN ({})",
            quoted(&column.name),
            values.join(", ")
        ))
    }

    fn told(&self) -> Option<&str> {
        Some(&self.column)
    }

    fn violation(&self) -> String {
        let values: Vec<String> = self.values.iter().map(ToString::to_string).collect();
        let listed = few(&values, VALUES_TOLD, ", ");
        format!("have {} that is none of {listed}", self.column)
    }
}
