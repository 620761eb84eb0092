//! `one_of_many`: of the rows of a key, exactly one.

use schemars::JsonSchema;
use serde::Deserialize;

use super::relation::{OfRelation, Relates, itself, per, rows};
use super::{About, Check, Columns, operand, parsed_condition};
use crate::diagnostic::Diagnostic;
use crate::lake::Table;
use crate::scan::{DAY, PER, REASON, quoted};

/// A key, and the condition that exactly one of its rows meets.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct OneOfMany {
    /// The column or columns whose values rows share.
    key: Columns,
    /// A BigQuery SQL condition.
    is: String,
    /// Whether a key may have no such row.
    #[serde(default)]
    or_none: bool,
}

impl OneOfMany {
    pub(super) const DOC: &str = "\
one_of_many: keys of which not exactly one row meets a condition.

  - one_of_many: {key: [game_id, player_lookup, system_id], is: is_active}
  - one_of_many: {key: game_id, is: game_status = 3, or_none: true}

Rows with equal values in the columns of `key` belong together, NULL to NULL. A key of which no
row meets the condition violates, unless `or_none`, and so does one of which several do. What is
counted are keys; the day of a key is its first.

Cost: a grouping, which holds the distinct keys in memory.";

    pub(super) fn checks(self) -> Result<Vec<Box<dyn Check>>, Diagnostic> {
        parsed_condition(&self.is)?;
        if self.key == Columns::Several(Vec::new()) {
            return Err(Diagnostic::new("one_of_many names no key")
                .help("one_of_many: {key: [game_id, player_lookup], is: is_active}"));
        }
        Ok(OfRelation::checks(self))
    }
}

impl Relates for OneOfMany {
    fn kind(&self) -> &'static str {
        "one_of_many"
    }

    fn columns(&self) -> Vec<String> {
        self.key.clone().into_vec()
    }

    fn written(&self) -> Vec<String> {
        vec![self.is.clone()]
    }

    fn others(&self) -> Vec<(String, Vec<String>)> {
        Vec::new()
    }

    fn unit(&self) -> &'static str {
        "keys"
    }

    fn query(&self, about: &About<'_>, table: &Table) -> Result<(String, Vec<String>), Diagnostic> {
        let keys = self.key.clone().into_vec();
        let mut columns: Vec<_> = keys.iter().map(|name| itself(name)).collect();
        columns.push((operand(&self.is), "_is".to_owned()));
        let here = rows(about, table, &columns);
        let names: Vec<String> = keys.iter().map(|name| quoted(name)).collect();
        let names = names.join(", ");
        let (value, group) = match per(about, table) {
            Some(_) => (format!(", {PER}"), format!(", {PER}")),
            None => Default::default(),
        };
        let none = if self.or_none {
            "WHEN COUNTIF(_is) = 0 THEN NULL "
        } else {
            "WHEN COUNTIF(_is) = 0 THEN 'none' "
        };
        let sql = format!(
            "SELECT MIN({DAY}) AS {DAY}{value}, {names}, COUNT(*) AS row_count, \
             COUNTIF(_is) AS meeting, CASE {none}WHEN COUNTIF(_is) > 1 THEN 'several' END AS {REASON}\n\
             FROM {here} GROUP BY {names}{group}"
        );
        Ok((sql, keys))
    }

    fn violation(&self) -> String {
        let one = if self.or_none {
            "at most one"
        } else {
            "exactly one"
        };
        format!("have not {one} row that is {}", self.is.trim())
    }
}
