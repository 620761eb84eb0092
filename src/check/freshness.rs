//! `freshness`: how long ago the last row is.

use schemars::JsonSchema;
use serde::Deserialize;

use super::{About, Answer, Check, Direction, Measured, Need, Part, Thresholds};
use crate::diagnostic::Diagnostic;
use crate::lake::Table;
use crate::scan::{Segment, quoted};
use crate::schema::BqType;

/// How old the newest row may be.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Freshness {
    /// A DATE, DATETIME or TIMESTAMP; by default the table's date column.
    column: Option<String>,
    /// So many days before the day of the audit the last value may lie.
    max_days: u32,
}

impl Freshness {
    pub(super) const DOC: &str = "\
freshness: a table whose last row is too long ago.

  - freshness: {max_days: 1}
  - freshness: {column: processed_at, max_days: 2}

The days between the greatest value of the column, as a date, and the day the audit is as of; by
default that is the lake's last date, so give `--as-of` to ask for another. If that day lies
between seasons or in a break (`seasons:` of the suite), the last day of play before it counts
instead. Values after that day are 0 days old. NULL is left out; a table without any value has no
age.

Cost: the column.";

    pub(super) fn checks(self) -> Result<Vec<Box<dyn Check>>, Diagnostic> {
        Ok(vec![Box::new(self)])
    }

    fn of(&self) -> String {
        self.column.clone().unwrap_or_else(|| "date".to_owned())
    }
}

impl Check for Freshness {
    fn kind(&self) -> &'static str {
        "freshness"
    }

    fn columns(&self) -> Vec<String> {
        self.column.iter().cloned().collect()
    }

    fn needs(&self, about: &About<'_>) -> Result<Need, Diagnostic> {
        let table = about.table(self.kind())?;
        let column = match &self.column {
            Some(name) => table.require(name)?,
            None => table.date().ok_or_else(|| {
                Diagnostic::new(format!("{} has no date column", table.name()))
                    .help("`column:` names what says how fresh it is")
            })?,
        };
        if !matches!(
            column.bq_type,
            BqType::Date | BqType::Datetime | BqType::Timestamp | BqType::DatetimeOrTimestamp
        ) {
            return Err(Diagnostic::new(format!(
                "`{}` is {}, not a date or a time",
                column.name, column.bq_type
            )));
        }
        let today = about.as_of.ok_or_else(|| {
            Diagnostic::new("the audit is as of no day").help("--as-of DATE says which")
        })?;
        let day = about.calendar.last_played(today).unwrap_or(today);
        let name = quoted(&column.name);
        let filter = super::relation::filtered(about.options.filter.as_ref());
        let (value, group) = match &about.options.per {
            Some(per) => {
                let per = quoted(&table.require(per)?.name);
                (format!("{per}, "), format!(" GROUP BY {per}"))
            }
            None => Default::default(),
        };
        Ok(Need::Figure(format!(
            "SELECT {value}GREATEST(0, DATE_DIFF(DATE '{day}', CAST(MAX({name}) AS DATE), DAY)) AS value, \
             MAX({name}) AS last, DATE '{day}' AS expected FROM `{}`{filter}{group}",
            table.name()
        )))
    }

    fn judge(&self, answer: &Answer<'_>) -> Vec<Part> {
        let Answer::Values(rows) = answer else {
            return Vec::new();
        };
        rows.iter()
            .map(|row| {
                let shown: serde_json::Value = serde_json::from_str(&row.row).unwrap_or_default();
                let last = shown.get("last").and_then(|last| last.as_str());
                let expected = shown.get("expected").and_then(|day| day.as_str());
                let remark = match (last, expected) {
                    (Some(last), Some(expected)) => format!("{last}, expected up to {expected}"),
                    _ => String::new(),
                };
                Part {
                    segment: Segment {
                        day: None,
                        // `per=value`, of which the judge names the first half.
                        value: row
                            .segment
                            .split_once('=')
                            .map(|(_, value)| Some(value.to_owned())),
                    },
                    measured: Measured::Value {
                        value: row.value,
                        thresholds: Thresholds {
                            warning: None,
                            critical: Some(f64::from(self.max_days)),
                            direction: Direction::Above,
                        },
                        row: row.row.clone(),
                        remark,
                        days: None,
                    },
                }
            })
            .collect()
    }

    fn measurand(&self) -> String {
        format!("the age in days of the last {}", self.of())
    }

    fn violation(&self) -> String {
        "are too old".to_owned()
    }

    fn figures(&self, table: &Table) -> Option<String> {
        let column = match &self.column {
            Some(name) => table.column(name)?,
            None => table.date()?,
        };
        Some(format!("MAX({}) AS last", quoted(&column.name)))
    }
}
