//! What every check can be told, whatever its kind.

use schemars::JsonSchema;
use serde::Deserialize;

use super::Need;
use crate::diagnostic::Diagnostic;
use crate::finding::Severity;
use crate::lake::Table;
use crate::scan::metric::{Measure, Metric};
use crate::value::decimal;

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
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Allowed {
    /// In billionths.
    Rows(i128),
    /// In billionths of a percent.
    Percent(i128),
}

/// The kinds that judge a value and no violating rows.
const VALUED: [&str; 6] = [
    "row_count",
    "share",
    "constant",
    "correlation",
    "drift",
    "freshness",
];

const BILLION: i128 = 1_000_000_000;

impl Options {
    /// The gravest a failure can be.
    pub fn worst(&self) -> Severity {
        match (self.severity, self.critical_over, self.warning_over) {
            (Some(severity), None, None) => severity,
            (_, None, Some(_)) => Severity::Warning,
            _ => Severity::Critical,
        }
    }

    /// Refuses what contradicts itself in a check of `kind`.
    pub fn validate(&self, kind: &str) -> Result<(), Diagnostic> {
        let limits = [self.warning_over, self.critical_over];
        if limits.iter().all(Option::is_none) {
            return Ok(());
        }
        if VALUED.contains(&kind) {
            return Err(Diagnostic::new(format!(
                "{kind} has no violating rows for `warning_over` and `critical_over` to count"
            ))
            .help("it has limits of its own; `severity` says how grave a failure is"));
        }
        if self.severity.is_some() {
            return Err(Diagnostic::new(
                "`severity` says how grave any violation is, `warning_over` and `critical_over` \
                 from how many on: they don't go together",
            )
            .help("leave `severity` out"));
        }
        let inverted = match limits {
            [Some(Allowed::Rows(warning)), Some(Allowed::Rows(critical))]
            | [
                Some(Allowed::Percent(warning)),
                Some(Allowed::Percent(critical)),
            ] => warning > critical,
            _ => false,
        };
        if inverted {
            return Err(Diagnostic::new(
                "`warning_over` is above `critical_over`, so nothing is ever a warning",
            )
            .help("exchange them"));
        }
        Ok(())
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
            return vec![(self.worst(), Allowed::Rows(0))];
        }
        limits
    }
}

impl Allowed {
    /// Whether `affected` of `tested` rows are more than is let pass.
    pub fn exceeded(self, affected: u64, tested: u64) -> bool {
        match self {
            Self::Rows(rows) => i128::from(affected) * BILLION > rows,
            // Multiplied out, so that no rounded share decides.
            Self::Percent(percent) => {
                i128::from(affected) * 100 * BILLION > percent * i128::from(tested)
            }
        }
    }

    pub fn number(self) -> f64 {
        match self {
            Self::Rows(n) | Self::Percent(n) => n as f64 / BILLION as f64,
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
        let text = String::deserialize(from)?;
        let number = |digits: &str| {
            let in_billionths = decimal::floor_at_scale(digits.trim(), 9);
            in_billionths
                .filter(|(_, exact)| *exact)
                .and_then(|(n, _)| n.to_i128())
                .filter(|n| *n >= 0)
        };
        let allowed = match text.strip_suffix('%') {
            Some(digits) => number(digits)
                .filter(|n| *n <= 100 * BILLION)
                .map(Self::Percent),
            None => number(&text).map(Self::Rows),
        };
        allowed.ok_or_else(|| wrong(&text))
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

/// A number, a date or text exactly as YAML spells it, so that no digit is lost.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(transparent)]
pub struct Number(String);

impl JsonSchema for Number {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Number".into()
    }

    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({
            "description": "a number, or a date or time as text",
            "anyOf": [{"type": "number"}, {"type": "string"}]
        })
    }
}

impl std::fmt::Display for Number {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

/// One column or several.
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema)]
#[serde(
    untagged,
    expecting = "expected a column such as `game_id`, or a list of columns"
)]
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

#[cfg(test)]
mod tests {
    use super::*;

    fn options(
        severity: Option<Severity>,
        warning: Option<i128>,
        critical: Option<i128>,
    ) -> Options {
        Options {
            severity,
            warning_over: warning.map(Allowed::Rows),
            critical_over: critical.map(Allowed::Rows),
            ..Options::default()
        }
    }

    #[test]
    fn thresholds_that_contradict_themselves_are_refused() {
        let valid = |options: Options, kind| options.validate(kind).is_ok();
        assert!(valid(options(None, Some(1), Some(2)), "not_null"));
        assert!(valid(
            options(Some(Severity::Warning), None, None),
            "row_count"
        ));
        assert!(!valid(options(None, Some(2), Some(1)), "not_null"));
        assert!(!valid(
            options(Some(Severity::Warning), None, Some(1)),
            "not_null"
        ));
        assert!(!valid(options(None, Some(1), None), "row_count"));
    }
}
