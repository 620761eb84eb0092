//! What every check can be told, whatever its kind.

use schemars::JsonSchema;
use serde::Deserialize;

use super::Need;
use crate::diagnostic::Diagnostic;
use crate::finding::Severity;
use crate::lake::Table;
use crate::scan::metric::{Measure, Metric};
use crate::value::text::float;

/// The options that stand beside a check's configuration.
#[derive(Debug, Clone, Default)]
pub struct Options {
    /// Unique in the suite; by default table, kind and columns.
    pub name: Option<String>,
    pub severity: Option<Severity>,
    /// Rows for which this BigQuery SQL condition is not true are left out.
    pub filter: Option<String>,
    /// The column whose values are judged apart.
    pub per: Option<String>,
    /// More violations than this are a warning.
    pub warning_over: Option<Allowed>,
    /// More violations than this are critical.
    pub critical_over: Option<Allowed>,
    /// What a failure means.
    pub meaning: Option<String>,
    /// What to do about it.
    pub action: Option<String>,
}

/// How much is let pass: rows, or a share of the rows tested.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Allowed {
    Rows(f64),
    Percent(f64),
}

impl Options {
    /// The gravest a failure can be.
    pub fn worst(&self) -> Severity {
        match (self.severity, self.critical_over, self.warning_over) {
            (Some(severity), None, None) => severity,
            (_, None, Some(_)) => Severity::Warning,
            _ => Severity::Critical,
        }
    }

    /// A metric of the rows these options are about.
    pub(super) fn metric(&self, table: &Table, measure: Measure) -> Result<Need, Diagnostic> {
        let per = self
            .per
            .as_ref()
            .map(|per| table.require(per))
            .transpose()?;
        Ok(Need::Metric(Metric {
            measure,
            filter: self.filter.clone(),
            per: per.map(|column| column.name.clone()),
        }))
    }

    /// The limits of each severity; where none is given, no violation is let pass.
    pub fn limits(&self) -> Vec<(Severity, Allowed)> {
        let given = [
            (Severity::Critical, self.critical_over),
            (Severity::Warning, self.warning_over),
        ];
        let limits: Vec<_> = given
            .into_iter()
            .filter_map(|(severity, allowed)| Some((severity, allowed?)))
            .collect();
        if limits.is_empty() {
            return vec![(self.worst(), Allowed::Rows(0.0))];
        }
        limits
    }
}

impl Allowed {
    /// Whether `affected` of `tested` rows are more than is let pass.
    pub fn exceeded(self, affected: u64, tested: u64) -> bool {
        match self {
            Self::Rows(rows) => affected as f64 > rows,
            // Multiplied out, so that no rounded share decides.
            Self::Percent(percent) => affected as f64 * 100.0 > percent * tested as f64,
        }
    }

    pub fn number(self) -> f64 {
        match self {
            Self::Rows(n) | Self::Percent(n) => n,
        }
    }
}

impl<'de> Deserialize<'de> for Allowed {
    fn deserialize<D: serde::Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let wrong = |text: &dyn std::fmt::Display| {
            serde::de::Error::custom(format!(
                "`{text}` is not a number of rows or a percentage such as 0.5%"
            ))
        };
        match Number::deserialize(from)? {
            Number::Int(n) if n >= 0 => Ok(Self::Rows(n as f64)),
            Number::Float(x) if x >= 0.0 => Ok(Self::Rows(x)),
            Number::Text(text) => text
                .strip_suffix('%')
                .and_then(|n| n.trim().parse().ok())
                .filter(|n| (0.0..=100.0).contains(n))
                .map(Self::Percent)
                .ok_or_else(|| wrong(&text)),
            Number::Int(n) => Err(wrong(&n)),
            Number::Float(x) => Err(wrong(&x)),
        }
    }
}

impl JsonSchema for Allowed {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Allowed".into()
    }

    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({
            "description": "a number of rows, or a percentage of the rows tested such as \"0.5%\"",
            "anyOf": [
                {"type": "number", "minimum": 0},
                {"type": "string", "pattern": "^[0-9.]+ ?%$"}
            ]
        })
    }
}

/// A number or text, as YAML has it.
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema)]
#[serde(untagged)]
pub enum Number {
    Int(i64),
    Float(f64),
    Text(String),
}

impl std::fmt::Display for Number {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Int(n) => n.fmt(f),
            Self::Float(x) => f.write_str(&float(*x)),
            Self::Text(text) => text.fmt(f),
        }
    }
}

/// One column or several.
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema)]
#[serde(untagged)]
pub enum Columns {
    One(String),
    Several(Vec<String>),
}

impl Columns {
    pub fn into_vec(self) -> Vec<String> {
        match self {
            Self::One(name) => vec![name],
            Self::Several(names) => names,
        }
    }
}
