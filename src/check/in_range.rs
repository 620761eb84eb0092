//! `in_range`: values within bounds.

use arrow::datatypes::i256;
use schemars::JsonSchema;
use serde::Deserialize;

use super::{About, Answer, Check, Columns, Need, Number, Part, shares};
use crate::diagnostic::Diagnostic;
use crate::lake::{Table, days, parse_date};
use crate::scan::metric::{Edge, Measure, Nan, range};
use crate::scan::quoted;
use crate::schema::BqType;
use crate::value::decimal;

/// Bounds of a column's values, both inclusive.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct InRange {
    /// The column or columns.
    column: Columns,
    /// The least value: a number, or a date as text.
    min: Option<Number>,
    /// The greatest value.
    max: Option<Number>,
    /// What NaN counts as; `ignore` lets footers prove the range of a FLOAT64 column.
    #[serde(default)]
    nan: Nan,
}

impl InRange {
    pub(super) const DOC: &str = "\
in_range: values below a minimum or above a maximum, both inclusive.

  - in_range: {column: fatigue_score, min: 0, max: 100}
  - in_range: {column: [pct_paint, pct_three], min: 0, max: 1, nan: ignore}
  - in_range: {column: game_date, min: '2021-10-19'}

INT64, NUMERIC, BIGNUMERIC, FLOAT64, DATE, DATETIME and TIMESTAMP; a bound on a NUMERIC is
compared exactly. NULL is left out of the test (not_null is for that). NaN is out of every range
unless `nan: ignore`; infinities compare as numbers.

Cost: none where footers prove it (no `where`; FLOAT64 only with `nan: ignore`, as statistics
leave NaN out); otherwise the column.";

    pub(super) fn checks(self) -> Result<Vec<Box<dyn Check>>, Diagnostic> {
        if self.column == Columns::Several(Vec::new()) {
            return Err(Diagnostic::new("in_range names no column")
                .help("in_range: {column: fatigue_score, min: 0, max: 100}"));
        }
        if self.min.is_none() && self.max.is_none() {
            return Err(Diagnostic::new("in_range needs `min` or `max`")
                .help("in_range: {column: fatigue_score, min: 0, max: 100}"));
        }
        Ok(self
            .column
            .into_vec()
            .into_iter()
            .map(|column| {
                Box::new(OneInRange {
                    column,
                    min: self.min.clone(),
                    max: self.max.clone(),
                    nan: self.nan,
                }) as _
            })
            .collect())
    }
}

#[derive(Debug)]
struct OneInRange {
    column: String,
    min: Option<Number>,
    max: Option<Number>,
    nan: Nan,
}

impl Check for OneInRange {
    fn kind(&self) -> &'static str {
        "in_range"
    }

    fn columns(&self) -> Vec<String> {
        vec![self.column.clone()]
    }

    fn needs(&self, about: &About<'_>) -> Result<Need, Diagnostic> {
        let table = about.table(self.kind())?;
        let column = table.require(&self.column)?;
        let edge = |bound: &Option<Number>, side: Side| {
            bound
                .as_ref()
                .map(|b| edge(b, &column.bq_type, side))
                .transpose()
                .map_err(|e| {
                    Diagnostic::new(format!(
                        "`{}` is {}: {}",
                        column.name, column.bq_type, e.message
                    ))
                })
        };
        let (min, max) = (edge(&self.min, Side::Min)?, edge(&self.max, Side::Max)?);
        if let (Some(low), Some(high)) = (&min, &max)
            && low.is_above(*high)
        {
            return Err(Diagnostic::new("the minimum is above the maximum"));
        }
        let measure = Measure::Range {
            column: column.name.clone(),
            min,
            max,
            nan: self.nan,
        };
        about.options.metric(table, measure)
    }

    fn judge(&self, answer: &Answer<'_>) -> Vec<Part> {
        let classes = [
            "inside",
            "NULL",
            "below the minimum",
            "above the maximum",
            "NaN",
        ];
        match answer {
            Answer::Metric(outcome) => {
                shares(outcome, &classes, self.failing_classes(), 1 << range::NULL)
            }
            _ => Vec::new(),
        }
    }

    fn failing_classes(&self) -> u32 {
        1 << range::BELOW | 1 << range::ABOVE | 1 << range::NAN
    }

    fn violation(&self) -> String {
        match (&self.min, &self.max) {
            (Some(min), Some(max)) => format!("have {} outside {min} to {max}", self.column),
            (Some(min), None) => format!("have {} below {min}", self.column),
            (None, Some(max)) => format!("have {} above {max}", self.column),
            (None, None) => String::new(),
        }
    }

    fn condition(&self, table: &Table) -> Option<String> {
        let column = table.column(&self.column)?;
        let name = quoted(&column.name);
        let mut sides = Vec::new();
        let literal = |n: &Number| match column.bq_type.is_number() {
            true => n.to_string(),
            false => format!("'{n}'"),
        };
        sides.extend(
            self.min
                .as_ref()
                .map(|n| format!("{name} < {}", literal(n))),
        );
        sides.extend(
            self.max
                .as_ref()
                .map(|n| format!("{name} > {}", literal(n))),
        );
        if column.bq_type == BqType::Float64 && self.nan == Nan::Fail {
            sides.push(format!("IS_NAN({name})"));
        }
        Some(sides.join(" OR "))
    }
}

#[derive(Clone, Copy)]
enum Side {
    Min,
    Max,
}

/// A bound in the unit of its column.
fn edge(bound: &Number, bq_type: &BqType, side: Side) -> Result<Edge, Diagnostic> {
    let text = bound.to_string();
    let wrong =
        |expected: &str| Diagnostic::new(format!("a bound must be {expected}, not `{text}`"));
    match bq_type {
        BqType::Float64 => text
            .parse()
            .ok()
            .filter(|x: &f64| !x.is_nan())
            .map(Edge::Float)
            .ok_or_else(|| wrong("a number")),
        BqType::Int64 => at_scale(&text, 0, side).ok_or_else(|| wrong("a number")),
        BqType::Numeric(_, scale) | BqType::BigNumeric(_, scale) => {
            at_scale(&text, *scale, side).ok_or_else(|| wrong("a number"))
        }
        BqType::Date => parse_date(&text)
            .map(|d| Edge::int(days(d)))
            .ok_or_else(|| wrong("a date such as '2026-01-25'")),
        BqType::Datetime | BqType::Timestamp | BqType::DatetimeOrTimestamp => {
            micros(&text).ok_or_else(|| wrong("a time such as '2026-01-25 19:30:00'"))
        }
        other => Err(Diagnostic::new(format!("in_range is not for {other}"))),
    }
}

/// A decimal text at a column's scale; digits beyond the scale make the bound tighter, not looser.
fn at_scale(text: &str, scale: i8, side: Side) -> Option<Edge> {
    let scale = u32::try_from(scale).ok()?;
    let (floor, exact) = decimal::floor_at_scale(text, scale)?;
    Some(Edge::Int(match side {
        Side::Min if !exact => floor.checked_add(i256::ONE)?,
        _ => floor,
    }))
}

fn micros(text: &str) -> Option<Edge> {
    let time = chrono::NaiveDateTime::parse_from_str(text, "%Y-%m-%d %H:%M:%S%.f")
        .or_else(|_| chrono::NaiveDateTime::parse_from_str(text, "%Y-%m-%dT%H:%M:%S%.f"))
        .ok()
        .or_else(|| parse_date(text)?.and_hms_opt(0, 0, 0))?;
    Some(Edge::int(time.and_utc().timestamp_micros()))
}
