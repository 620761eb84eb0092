//! `share`: how many rows in a hundred meet a condition.

use schemars::JsonSchema;
use serde::Deserialize;

use super::{
    About, Answer, Check, Direction, Measured, Need, Part, Thresholds, operand, parsed_condition,
};
use crate::diagnostic::Diagnostic;
use crate::lake::Table;
use crate::scan::Figures;
use crate::scan::metric::{Measure, condition};

/// A condition, and how large the share of rows that meet it may be.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Share {
    /// A BigQuery SQL condition about one row.
    of: String,
    /// A share above this fails.
    above: Option<Levels>,
    /// A share below this fails.
    below: Option<Levels>,
}

/// A share in percent, or one for each severity.
#[derive(Debug, Clone, Copy, Deserialize, JsonSchema)]
#[serde(
    untagged,
    expecting = "expected a share in percent such as 5, or {warning: 5, critical: 10}"
)]
pub(super) enum Levels {
    One(f64),
    Each(EachLevel),
}

#[derive(Debug, Clone, Copy, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct EachLevel {
    warning: Option<f64>,
    critical: Option<f64>,
}

const HELP: &str = "share: {of: points = 0, above: {warning: 15, critical: 30}}";

impl Share {
    pub(super) const DOC: &str = "\
share: a condition that too many rows meet, or too few.

  - share: {of: fatigue_score = 0, above: {warning: 5, critical: 10}}
    per: game_date
  - share: {of: is_dnp, below: 5}
    severity: warning

The share is in percent of all rows tested; a share equal to a limit passes. One limit alone is
critical unless `severity` says otherwise. The condition is BigQuery SQL about one row. Rows for
which it is NULL count as rows that don't meet it; leave them out with `where: points IS NOT
NULL`. Without a row there is no share, and the check is not applicable.

Cost: the columns the condition names, in the table's one pass.";

    pub(super) fn checks(self) -> Result<Vec<Box<dyn Check>>, Diagnostic> {
        let columns = parsed_condition(&self.of)?;
        let (direction, levels) = match (self.above, self.below) {
            (Some(levels), None) => (Direction::Above, levels),
            (None, Some(levels)) => (Direction::Below, levels),
            (Some(_), Some(_)) => {
                return Err(
                    Diagnostic::new("a share has one direction: `above` or `below`")
                        .help("write a check for each"),
                );
            }
            (None, None) => {
                return Err(Diagnostic::new("share needs `above` or `below`").help(HELP));
            }
        };
        let thresholds = levels.thresholds(direction)?;
        Ok(vec![Box::new(OneShare {
            of: self.of,
            columns,
            thresholds,
        })])
    }
}

impl Levels {
    fn thresholds(self, direction: Direction) -> Result<Thresholds, Diagnostic> {
        let (warning, critical) = match self {
            Self::One(level) => (None, Some(level)),
            Self::Each(each) => (each.warning, each.critical),
        };
        if warning.is_none() && critical.is_none() {
            return Err(Diagnostic::new("no limit for the share").help(HELP));
        }
        for level in [warning, critical].into_iter().flatten() {
            if !(0.0..=100.0).contains(&level) {
                return Err(Diagnostic::new(format!(
                    "`{level}` is not a share in percent"
                )));
            }
        }
        let inverted = match (warning, critical, direction) {
            (Some(warning), Some(critical), Direction::Above) => warning > critical,
            (Some(warning), Some(critical), Direction::Below) => warning < critical,
            _ => false,
        };
        if inverted {
            return Err(Diagnostic::new(
                "the warning's limit is beyond the critical one, so nothing is ever a warning",
            )
            .help("exchange them"));
        }
        Ok(Thresholds {
            warning,
            critical,
            direction,
        })
    }
}

#[derive(Debug)]
struct OneShare {
    of: String,
    columns: Vec<String>,
    thresholds: Thresholds,
}

impl Check for OneShare {
    fn kind(&self) -> &'static str {
        "share"
    }

    fn columns(&self) -> Vec<String> {
        self.columns.clone()
    }

    fn written(&self) -> Vec<String> {
        vec![self.of.clone()]
    }

    fn needs(&self, about: &About<'_>) -> Result<Need, Diagnostic> {
        let table = about.table(self.kind())?;
        let columns = self
            .columns
            .iter()
            .map(|name| Ok(table.require(name)?.name.clone()))
            .collect::<Result<_, Diagnostic>>()?;
        // Rows that meet the condition are the remarkable ones, so that they can be shown.
        let measure = Measure::Condition {
            condition: format!("NOT IFNULL({}, FALSE)", operand(&self.of)),
            negated: true,
            columns,
            told: None,
        };
        about.options.metric(table, measure)
    }

    fn judge(&self, answer: &Answer<'_>) -> Vec<Part> {
        let Answer::Metric(outcome) = answer else {
            return Vec::new();
        };
        outcome
            .segments()
            .filter_map(|(segment, figures)| {
                let Figures::Tally(tally) = figures else {
                    return None;
                };
                Some(Part {
                    segment: segment.clone(),
                    measured: Measured::Rate {
                        tested: tally.total(),
                        untested: 0,
                        affected: tally.get(condition::FAILS),
                        thresholds: self.thresholds,
                    },
                })
            })
            .collect()
    }

    fn failing_classes(&self) -> u32 {
        match self.thresholds.direction {
            Direction::Above => 1 << condition::FAILS,
            // The rows that should be there can't be shown.
            Direction::Below => 0,
        }
    }

    fn violation(&self) -> String {
        format!("meet {}", self.of.trim())
    }

    fn figures(&self, _: &Table) -> Option<String> {
        // Too many rows can be listed, those that are too few can only be counted.
        (self.thresholds.direction == Direction::Below).then(|| {
            let of = self.of.trim();
            format!("COUNTIF({of}) AS meeting, COUNT(*) AS row_count")
        })
    }

    fn condition(&self, _: &Table) -> Option<String> {
        Some(self.of.trim().to_owned())
    }
}
