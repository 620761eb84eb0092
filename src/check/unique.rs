//! `unique`: keys that more than one row has.

use schemars::JsonSchema;
use serde::Deserialize;

use super::{About, Answer, Check, Columns, Measured, Need, Part};
use crate::diagnostic::Diagnostic;
use crate::lake::Table;
use crate::scan::{Key, Segment, quoted};
use crate::value::text::few;

/// Up to so many differing columns are named.
const COLUMNS_TOLD: usize = 5;

/// The columns that tell every row from all others.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(
    untagged,
    expecting = "expected a column, a list of columns, or {columns: [a, b], ignore: [c]}"
)]
pub enum Unique {
    Columns(Columns),
    Full(Full),
}

/// The columns of a key, and what duplicates may differ in.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Full {
    /// The columns of the key.
    columns: Vec<String>,
    /// Columns in which duplicates may differ and still be called identical.
    #[serde(default)]
    ignore: Vec<String>,
}

impl Unique {
    pub(super) const DOC: &str = "\
unique: keys that more than one row has, identical and conflicting duplicates told apart.

  - unique: [game_date, player_lookup]
  - unique: {columns: [game_date, player_lookup], ignore: [created_at, processed_at]}

Affected are all rows whose key is not theirs alone. Duplicates whose rows are equal in every
other column (but those under `ignore`) are identical: a row was written twice. The others
conflict: it is not known which is right, and the message names the columns that differ. NULL
equals NULL in a key. `per` keeps days apart only where it names the date column.

Cost: the key columns in a pass of their own, 32 bytes of memory a row; where duplicates are
found, their row groups again with all columns.";

    pub(super) fn checks(self) -> Result<Vec<Box<dyn Check>>, Diagnostic> {
        let (columns, ignored) = match self {
            Self::Columns(columns) => (columns.into_vec(), Vec::new()),
            Self::Full(full) => (full.columns, full.ignore),
        };
        if columns.is_empty() {
            return Err(Diagnostic::new("unique names no column")
                .help("unique: [game_date, player_lookup]"));
        }
        Ok(vec![Box::new(UniqueKey { columns, ignored })])
    }
}

#[derive(Debug)]
struct UniqueKey {
    columns: Vec<String>,
    ignored: Vec<String>,
}

impl Check for UniqueKey {
    fn kind(&self) -> &'static str {
        "unique"
    }

    fn columns(&self) -> Vec<String> {
        self.columns.clone()
    }

    fn needs(&self, about: &About<'_>) -> Result<Need, Diagnostic> {
        let table = about.table(self.kind())?;
        for column in self.columns.iter().chain(&self.ignored) {
            table.require(column)?;
        }
        if let Some(per) = &about.options.per
            && table
                .date()
                .is_none_or(|d| !d.name.eq_ignore_ascii_case(per))
        {
            return Err(Diagnostic::new(format!(
                "unique can be judged per date, not per `{per}`"
            )));
        }
        Ok(Need::Key(Key {
            columns: self.columns.clone(),
            filter: about.options.filter.clone(),
            ignored: self.ignored.clone(),
        }))
    }

    fn judge(&self, answer: &Answer<'_>) -> Vec<Part> {
        let Answer::Key(found) = answer else {
            return Vec::new();
        };
        let days = found.days.iter();
        days.map(|(day, rows)| Part {
            segment: Segment::of_day(*day),
            measured: Measured::Share {
                tested: rows.tested,
                untested: 0,
                affected: rows.affected,
                reasons: Vec::new(),
                missing: 0,
            },
        })
        .collect()
    }

    /// How many keys are which; a key may have rows on several days, so it belongs to none.
    fn remark(&self, answer: &Answer<'_>) -> Option<String> {
        let Answer::Key(found) = answer else {
            return None;
        };
        let keys = |n: u64| if n == 1 { "key" } else { "keys" };
        let mut told = Vec::new();
        if found.conflicting > 0 {
            let columns: Vec<&str> = found.differing.iter().map(String::as_str).collect();
            told.push(format!(
                "{} {} with conflicting rows (differ in {})",
                found.conflicting,
                keys(found.conflicting),
                few(&columns, COLUMNS_TOLD, ", ")
            ));
        }
        if found.identical > 0 {
            told.push(format!(
                "{} {} with identical rows",
                found.identical,
                keys(found.identical)
            ));
        }
        (!told.is_empty()).then(|| told.join(", "))
    }

    fn violation(&self) -> String {
        format!("share their ({}) with another row", self.columns.join(", "))
    }

    fn condition(&self, _: &Table) -> Option<String> {
        let columns: Vec<String> = self.columns.iter().map(|c| quoted(c)).collect();
        Some(format!(
            "TRUE QUALIFY COUNT(*) OVER (PARTITION BY {}) > 1",
            columns.join(", ")
        ))
    }
}
