//! `schema`: the columns a table must have.

use std::collections::BTreeSet;

use schemars::JsonSchema;
use serde::Deserialize;
use serde::de::{Deserializer, MapAccess, Visitor};

use super::{About, Answer, Check, Measured, Need, Part};
use crate::diagnostic::Diagnostic;
use crate::dialect;
use crate::lake::days;
use crate::scan::Segment;
use crate::schema::{BqType, column_index};

/// The columns a table must have.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Schema {
    /// Columns and their BigQuery types.
    columns: Option<Contract>,
    /// A CREATE TABLE statement of BigQuery's in place of `columns`.
    ddl: Option<String>,
    /// Whether the columns must stand in this order.
    #[serde(default)]
    ordered: bool,
    /// What a column counts as that is not listed.
    #[serde(default)]
    others: Others,
}

/// What a column that is not listed counts as.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
enum Others {
    #[default]
    Allow,
    /// It violates.
    Fail,
}

/// Columns and types, in the order they are written in.
#[derive(Debug, Clone)]
struct Contract(Vec<(String, BqType)>);

impl JsonSchema for Contract {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Columns and their types".into()
    }

    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({
            "description": "columns and their BigQuery types, such as NUMERIC(4, 1)",
            "type": "object",
            "additionalProperties": {"type": "string"}
        })
    }
}

impl<'de> Deserialize<'de> for Contract {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        struct Columns;

        impl<'de> Visitor<'de> for Columns {
            type Value = Contract;

            fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str("columns and their types, such as {game_date: DATE}")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Contract, A::Error> {
                let mut columns = Vec::new();
                while let Some((name, text)) = map.next_entry::<String, String>()? {
                    let bq_type = text.parse().map_err(|e: Diagnostic| {
                        serde::de::Error::custom(format!("column `{name}`: {}", e.one_line()))
                    })?;
                    columns.push((name, bq_type));
                }
                Ok(Contract(columns))
            }
        }

        from.deserialize_map(Columns)
    }
}

const HELP: &str = "schema: {columns: {game_date: DATE, fatigue_score: INT64}}";

impl Schema {
    pub(super) const DOC: &str = "\
schema: files whose columns are not those of a contract.

  - schema: {columns: {game_id: STRING, game_date: DATE, fatigue_score: INT64}}
  - schema:
      ordered: true
      others: fail
      ddl: |
        CREATE TABLE nba_precompute.player_composite_factors (
          player_lookup STRING NOT NULL,
          fatigue_score INT64
        )

Every file must have the columns with these types; names ignore case. NUMERIC without digits in
the contract is any NUMERIC; JSON is the STRING it is exported as; DATETIME and TIMESTAMP can't be
told apart in an export. The column of a folder (game_date=2026-01-25) counts as one of its files.
What is counted are files; the day of a file is its first.

Cost: none, footers tell it.";

    pub(super) fn checks(self) -> Result<Vec<Box<dyn Check>>, Diagnostic> {
        let columns = match (self.columns, self.ddl) {
            (Some(contract), None) => contract.0,
            (None, Some(ddl)) => declared(&ddl)?,
            _ => return Err(Diagnostic::new("schema needs `columns` or `ddl`").help(HELP)),
        };
        let mut seen = BTreeSet::new();
        for (name, _) in &columns {
            if !seen.insert(name.to_lowercase()) {
                return Err(Diagnostic::new(format!("column `{name}` is listed twice")));
            }
        }
        if columns.is_empty() {
            return Err(Diagnostic::new("schema lists no column").help(HELP));
        }
        Ok(vec![Box::new(OneSchema {
            columns,
            ordered: self.ordered,
            others: self.others,
        })])
    }
}

/// The columns of a CREATE TABLE statement.
fn declared(ddl: &str) -> Result<Vec<(String, BqType)>, Diagnostic> {
    dialect::parse_create_table(ddl).map_err(|e| {
        let (line, column) = (e.line, e.column);
        let message = format!("the `ddl` can't be read: {line}:{column}: {}", e.message);
        Diagnostic {
            help: e.help,
            ..Diagnostic::new(message)
        }
    })
}

#[derive(Debug)]
struct OneSchema {
    columns: Vec<(String, BqType)>,
    ordered: bool,
    others: Others,
}

impl OneSchema {
    /// What is wrong with a file, in the order of the contract.
    fn faults(&self, fields: &[(String, BqType)]) -> Vec<String> {
        let find = |name: &str| {
            fields
                .iter()
                .position(|(f, _)| f.eq_ignore_ascii_case(name))
        };
        let mut faults = Vec::new();
        let mut last: Option<(usize, &str)> = None;
        for (name, wanted) in &self.columns {
            let Some(at) = find(name) else {
                faults.push(format!("{name} is missing"));
                continue;
            };
            if let Some((_, given)) = fields.get(at)
                && !is_of(given, wanted)
            {
                faults.push(format!("{name} is {given}, not {wanted}"));
            }
            match last {
                Some((before, other)) if self.ordered && at < before => {
                    faults.push(format!("{name} comes before {other}"));
                }
                _ => last = Some((at, name)),
            }
        }
        if self.others == Others::Fail {
            let listed = |name: &str| {
                self.columns
                    .iter()
                    .any(|(c, _)| c.eq_ignore_ascii_case(name))
            };
            let others = fields.iter().filter(|(name, _)| !listed(name));
            faults.extend(others.map(|(name, given)| format!("{name} {given} is not listed")));
        }
        faults
    }
}

/// Whether an exported type is what a contract asks for.
fn is_of(given: &BqType, wanted: &BqType) -> bool {
    match (given, wanted) {
        (BqType::Numeric(..), BqType::Numeric(38, 9)) => true,
        (BqType::BigNumeric(..), BqType::BigNumeric(76 | 77, 38)) => true,
        (BqType::String, BqType::Json) => true,
        (BqType::DatetimeOrTimestamp, BqType::Datetime | BqType::Timestamp) => true,
        (BqType::Array(given), BqType::Array(wanted)) => is_of(given, wanted),
        (BqType::Struct(given), BqType::Struct(wanted)) => {
            given.len() == wanted.len()
                && given
                    .iter()
                    .zip(wanted)
                    .all(|((g, of_given), (w, of_wanted))| {
                        g.eq_ignore_ascii_case(w) && is_of(of_given, of_wanted)
                    })
        }
        (given, wanted) => given == wanted,
    }
}

impl Check for OneSchema {
    fn kind(&self) -> &'static str {
        "schema"
    }

    /// It looks at all; a column that is missing is a finding and no error.
    fn columns(&self) -> Vec<String> {
        Vec::new()
    }

    fn unit(&self) -> &'static str {
        "files"
    }

    fn needs(&self, about: &About<'_>) -> Result<Need, Diagnostic> {
        let table = about.table(self.kind())?;
        if about.options.filter.is_some() || about.options.per.is_some() {
            return Err(Diagnostic::new(
                "schema is of files: it knows no `where` and no `per`",
            ));
        }
        let parts = table
            .files()
            .iter()
            .map(|(file, footer)| {
                let schema = footer.schema();
                let mut fields: Vec<(String, BqType)> = schema
                    .fields()
                    .iter()
                    .map(|f| (f.name().clone(), BqType::from_arrow(f.data_type())))
                    .collect();
                for column in table.columns() {
                    let in_folder = file.partition_value(&column.name).is_some();
                    if in_folder && column_index(schema, &column.name).is_none() {
                        fields.push((column.name.clone(), column.bq_type.clone()));
                    }
                }
                let faults = self.faults(&fields);
                let day = table.file_dates(file, footer).map(|(first, _)| days(first));
                Part {
                    segment: Segment::of_day(day),
                    measured: Measured::Share {
                        tested: 1,
                        untested: 0,
                        affected: u64::from(!faults.is_empty()),
                        reasons: faults.into_iter().map(|fault| (fault, 1)).collect(),
                        missing: 0,
                    },
                }
            })
            .collect();
        Ok(Need::Known(parts))
    }

    fn judge(&self, _: &Answer<'_>) -> Vec<Part> {
        Vec::new()
    }

    fn violation(&self) -> String {
        "break the contract".to_owned()
    }
}
