//! Checks that are a SQL file: a query of violating rows, or a query with a `value` column.

use schemars::JsonSchema;
use serde::Deserialize;

use super::{About, Answer, Check, Measured, Need, Part};
use crate::diagnostic::Diagnostic;
use crate::finding::Severity;
use crate::scan::Segment;

/// A query whose rows are violations.
#[derive(Debug, Clone, Default)]
pub struct Rows;

impl Rows {
    pub(super) const DOC: &str = "\
sql_rows: a SQL file whose query returns the violating rows.

  -- name: two_away_rows
  -- table: nba_raw.games_a
  -- severity: critical
  -- meaning: a game has two teams marked as visitors
  -- action: run the schedule scraper again for these games
  SELECT game_id, game_date FROM nba_raw.games_a ...

The query passes if it returns no row. `warning_over` and `critical_over` let rows pass (a count;
a percentage has nothing to be of). If it returns the date column of `table:`, the days are told.
Parameters: @check_date (as_of), @start_date and @end_date (the window), @season, and what the
suite declares. A query whose answer depends on the order of rows (LIMIT without ORDER BY,
ANY_VALUE, RAND) is refused.

Cost: the query's own.";
}

impl Check for Rows {
    fn kind(&self) -> &'static str {
        "sql_rows"
    }

    fn columns(&self) -> Vec<String> {
        Vec::new()
    }

    fn needs(&self, _: &About<'_>) -> Result<Need, Diagnostic> {
        Ok(Need::Violations)
    }

    fn judge(&self, answer: &Answer<'_>) -> Vec<Part> {
        let Answer::Violations(found) = answer else {
            return Vec::new();
        };
        let share = |rows| Measured::Share {
            tested: 0,
            untested: 0,
            affected: rows,
            reasons: Vec::new(),
            missing: 0,
        };
        if found.days.is_empty() {
            return vec![Part {
                segment: Segment::default(),
                measured: share(found.rows),
            }];
        }
        found
            .days
            .iter()
            .map(|(day, rows)| Part {
                segment: Segment::of_day(*day),
                measured: share(*rows),
            })
            .collect()
    }

    fn violation(&self) -> String {
        "are returned by the query".to_owned()
    }
}

/// On which side of a threshold a value fails.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Direction {
    /// A value above the threshold fails.
    Above,
    /// A value below the threshold fails.
    Below,
}

impl Direction {
    pub fn name(self) -> &'static str {
        match self {
            Self::Above => "above",
            Self::Below => "below",
        }
    }
}

/// The thresholds of a value.
#[derive(Debug, Clone, Copy, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Thresholds {
    /// Beyond this it is a warning.
    pub warning: Option<f64>,
    /// Beyond this it is critical.
    pub critical: Option<f64>,
    /// On which side of a threshold a value fails.
    pub direction: Direction,
}

impl Thresholds {
    /// How grave a value is; NaN is beyond every threshold.
    pub fn level(&self, value: f64) -> Option<Severity> {
        let beyond = |threshold: f64| match self.direction {
            Direction::Above => value > threshold || value.is_nan(),
            Direction::Below => value < threshold || value.is_nan(),
        };
        if self.critical.is_some_and(beyond) {
            Some(Severity::Critical)
        } else if self.warning.is_some_and(beyond) {
            Some(Severity::Warning)
        } else {
            None
        }
    }
}

/// A query with a `value` column.
#[derive(Debug, Clone)]
pub struct Value {
    pub thresholds: Thresholds,
}

impl Value {
    pub(super) const DOC: &str = "\
sql_value: a SQL file whose query returns a column `value`, judged by thresholds.

  -- name: fatigue_zero_rate
  -- table: nba_precompute.player_composite_factors
  -- value: {warning: 5, critical: 10, direction: above}
  SELECT 100.0 * COUNTIF(fatigue_score = 0) / COUNT(*) AS value
  FROM nba_precompute.player_composite_factors
  WHERE game_date = @check_date

`direction` says on which side a value fails; a value equal to a threshold passes. One row, or one
row a segment: the columns before `value` name the segment, those behind it are details shown as
evidence. NULL, and no row at all, are `not applicable`; NaN fails. Parameters as in sql_rows.

Cost: the query's own.";
}

impl Check for Value {
    fn kind(&self) -> &'static str {
        "sql_value"
    }

    fn columns(&self) -> Vec<String> {
        Vec::new()
    }

    fn needs(&self, _: &About<'_>) -> Result<Need, Diagnostic> {
        Ok(Need::Values)
    }

    fn judge(&self, answer: &Answer<'_>) -> Vec<Part> {
        let Answer::Values(rows) = answer else {
            return Vec::new();
        };
        rows.iter()
            .map(|row| Part {
                segment: Segment {
                    day: row.day,
                    value: (!row.segment.is_empty()).then(|| Some(row.segment.clone())),
                },
                measured: Measured::Value {
                    value: row.value,
                    thresholds: self.thresholds,
                    row: row.row.clone(),
                    remark: String::new(),
                    days: None,
                },
            })
            .collect()
    }

    fn violation(&self) -> String {
        "is the value".to_owned()
    }
}
