//! `json_agrees`: a typed column says what its row's JSON says.

use schemars::JsonSchema;
use serde::Deserialize;

use super::{About, Answer, Check, Need, Part, shares, values_told};
use crate::diagnostic::Diagnostic;
use crate::lake::Table;
use crate::scan::metric::{Edge, JSON_ABSENT, JSON_BOTH_ABSENT, JSON_CLASSES, Measure};
use crate::scan::quoted;
use crate::schema::BqType;
use crate::value::json::{Agreement, JsonPath};

/// A column and the path of a JSON column of the same row that it was made from.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct JsonAgrees {
    /// The column with JSON text.
    json: String,
    /// A BigQuery JSONPath such as `$.final_score`.
    path: String,
    /// The typed column.
    column: String,
    /// The greatest difference between numbers that is let pass.
    #[serde(default)]
    tolerance: f64,
    /// Disagreements that are let pass.
    #[serde(default)]
    allow: Vec<Disagreement>,
}

/// How a column and its JSON can disagree.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub(super) enum Disagreement {
    /// Both have a value, and they differ by more than the tolerance.
    Differs,
    /// The column has a value, the JSON no such key.
    MissingKey,
    /// The column has a value, the JSON a null.
    JsonNull,
    /// The column has a value, the JSON column is NULL.
    JsonAbsent,
    /// The JSON has a value, the column is NULL.
    ColumnNull,
    /// The JSON has the right number as text.
    TextNumber,
    /// The JSON has a value of another type.
    WrongType,
    /// The JSON text is not JSON.
    Malformed,
}

impl Disagreement {
    fn class(self) -> usize {
        let agreement = match self {
            Self::Differs => Agreement::Differs,
            Self::MissingKey => Agreement::MissingKey,
            Self::JsonNull => Agreement::JsonNull,
            Self::JsonAbsent => return JSON_ABSENT,
            Self::ColumnNull => Agreement::ColumnNull,
            Self::TextNumber => Agreement::TextNumber,
            Self::WrongType => Agreement::WrongType,
            Self::Malformed => Agreement::Malformed,
        };
        class_of(agreement)
    }
}

fn class_of(agreement: Agreement) -> usize {
    JSON_CLASSES
        .iter()
        .position(|(a, _)| *a == agreement)
        .unwrap_or(0)
}

impl JsonAgrees {
    pub(super) const DOC: &str = "\
json_agrees: a typed column that does not say what the JSON it was made from says.

  - json_agrees:
      json: fatigue_context_json
      path: $.final_score
      column: fatigue_score
      tolerance: 0
      allow: [missing_key]

Told apart, each with its number of rows: differs, missing key, JSON null, column is NULL, number
as text, wrong type, malformed JSON (NaN is not JSON), JSON column is NULL. Rows where neither
side has a value are left out of the test. INT64 and NUMERIC are compared exactly, beyond 2^53
too; `tolerance` is absolute. INT64, FLOAT64, NUMERIC, BOOL, STRING and DATE columns.

Cost: both columns. A document that repeats is parsed once; all paths of a column in one walk.";

    pub(super) fn checks(self) -> Result<Vec<Box<dyn Check>>, Diagnostic> {
        JsonPath::parse(&self.path).map_err(|e| {
            Diagnostic::new(format!("`{}` is not a JSON path: {}", self.path, e.what))
                .help("write it as JSON_VALUE takes it: $.final_score")
        })?;
        if !(self.tolerance >= 0.0 && self.tolerance.is_finite()) {
            return Err(Diagnostic::new("tolerance must be a number of at least 0"));
        }
        Ok(vec![Box::new(self)])
    }
}

impl Check for JsonAgrees {
    fn kind(&self) -> &'static str {
        "json_agrees"
    }

    fn columns(&self) -> Vec<String> {
        vec![self.column.clone(), self.json.clone()]
    }

    fn needs(&self, about: &About<'_>) -> Result<Need, Diagnostic> {
        let table = about.table(self.kind())?;
        let (json, column) = (table.require(&self.json)?, table.require(&self.column)?);
        if !matches!(json.bq_type, BqType::String | BqType::Json) {
            return Err(Diagnostic::new(format!(
                "`{}` is {}, not JSON text",
                json.name, json.bq_type
            )));
        }
        if !matches!(
            column.bq_type,
            BqType::Int64
                | BqType::Float64
                | BqType::Numeric(..)
                | BqType::Bool
                | BqType::String
                | BqType::Date
        ) {
            return Err(Diagnostic::new(format!(
                "`{}` is {}, which can't be compared with JSON",
                column.name, column.bq_type
            )));
        }
        let measure = Measure::Json {
            json: json.name.clone(),
            path: self.path.clone(),
            column: column.name.clone(),
            tolerance: Edge::Float(self.tolerance),
        };
        about.options.metric(table, measure)
    }

    fn judge(&self, answer: &Answer<'_>) -> Vec<Part> {
        let Answer::Metric(outcome) = answer else {
            return Vec::new();
        };
        let untested = 1 << class_of(Agreement::BothMissing)
            | 1 << class_of(Agreement::BothNull)
            | 1 << JSON_BOTH_ABSENT;
        let classes: Vec<&'static str> = JSON_CLASSES
            .iter()
            .map(|(_, name)| *name)
            .chain(["JSON column is NULL", "both columns are NULL"])
            .collect();
        shares(outcome, &classes, self.failing_classes(), untested)
    }

    fn failing_classes(&self) -> u32 {
        use Disagreement::{
            ColumnNull, Differs, JsonAbsent, JsonNull, Malformed, MissingKey, TextNumber, WrongType,
        };
        [
            Differs, MissingKey, JsonNull, JsonAbsent, ColumnNull, TextNumber, WrongType, Malformed,
        ]
        .into_iter()
        .filter(|d| !self.allow.contains(d))
        .fold(0, |set, d| set | 1 << d.class())
    }

    fn violation(&self) -> String {
        format!(
            "have {} other than {} of {}",
            self.column, self.path, self.json
        )
    }

    fn remark(&self, answer: &Answer<'_>) -> Option<String> {
        let Answer::Metric(outcome) = answer else {
            return None;
        };
        if self.allow.contains(&Disagreement::Differs) {
            return None;
        }
        values_told(outcome).map(|values| format!("{} is {values} there", self.column))
    }

    fn condition(&self, table: &Table) -> Option<String> {
        let column = table.column(&self.column)?;
        let (json, name) = (quoted(&self.json), quoted(&column.name));
        let text = format!("JSON_VALUE({json}, '{}')", self.path.replace('\'', "\\'"));
        let value = match column.bq_type {
            BqType::String => text.clone(),
            BqType::Bool => format!("SAFE_CAST({text} AS BOOL)"),
            BqType::Date => format!("SAFE_CAST({text} AS DATE)"),
            BqType::Float64 => format!("SAFE_CAST({text} AS FLOAT64)"),
            _ => format!("SAFE_CAST({text} AS BIGNUMERIC)"),
        };
        let equal = if column.bq_type.is_number() {
            format!("ABS({name} - {value}) <= {}", self.tolerance)
        } else {
            format!("{name} = {value}")
        };
        use Disagreement::{
            ColumnNull, Differs, JsonAbsent, JsonNull, Malformed, MissingKey, WrongType,
        };
        let lets_pass = |all: &[Disagreement]| all.iter().all(|d| self.allow.contains(d));
        let mut sides = Vec::new();
        if !lets_pass(&[Differs]) {
            sides.push(format!("NOT {equal}"));
        }
        if !lets_pass(&[ColumnNull]) {
            sides.push(format!("{name} IS NULL AND {text} IS NOT NULL"));
        }
        if !lets_pass(&[MissingKey, JsonNull, JsonAbsent, WrongType, Malformed]) {
            let mut side = format!("{name} IS NOT NULL AND {value} IS NULL");
            // JSON_VALUE can't tell a key that is missing from one that is null, nor from text that is no JSON.
            if lets_pass(&[MissingKey]) && !lets_pass(&[JsonAbsent, WrongType]) {
                let query = format!("JSON_QUERY({json}, '{}')", self.path.replace('\'', "\\'"));
                side.push_str(&format!(" AND ({json} IS NULL OR {query} IS NOT NULL)"));
            }
            sides.push(side);
        }
        Some(if sides.is_empty() {
            "FALSE".to_owned()
        } else {
            sides.join(" OR ")
        })
    }
}
