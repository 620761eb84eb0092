//! The kinds of checks: one file a kind, one line in `kinds!`, one case file.
//!
//! A check says what must be measured ([`Check::needs`]) and what the measurements mean
//! ([`Check::judge`]). Both are pure; the scan room reads, the judge makes findings of the parts.

mod calendar;
mod judge;
mod options;

mod relation;
mod row_rule;
mod same_rows;

mod accepted_values;
mod agrees;
mod array_agrees;
mod completeness;
mod constant;
mod correlation;
mod drift;
mod freshness;
mod implies;
mod in_range;
mod json_agrees;
mod matches;
mod not_null;
mod one_of_many;
mod ordering;
mod recompute;
mod references;
mod row_count;
mod rule;
mod scale;
mod schema;
mod share;
mod sql;
mod unique;

use std::fmt;

use chrono::NaiveDate;
use schemars::JsonSchema;

use crate::diagnostic::Diagnostic;
use crate::dialect::{self, SqlError};
use crate::diff::{self, Difference};
use crate::lake::{Column, Table, parse_date};
use crate::scan::metric::Metric;
use crate::scan::{Duplicates, Key, Related, Relation, Segment, Valued, Violations, Within};
use crate::schema::BqType;
use crate::value::decimal;

pub use calendar::{Calendar, Season};
pub use drift::fold;
pub use judge::{Accepted, Judged, Subject, errored, judge};
pub use options::{Allowed, Columns, Number, Options};
pub use sql::{Direction, Rows, Thresholds, Value};

/// A check ready to run.
pub trait Check: fmt::Debug + Send + Sync {
    /// The kind's name in [`KINDS`].
    fn kind(&self) -> &'static str;

    /// The columns it looks at, as the suite names them.
    fn columns(&self) -> Vec<String>;

    /// What it is called by, where the suite gives no name.
    fn named_by(&self) -> Vec<String> {
        self.columns()
    }

    /// Conditions as the suite has them, each to be tried on the table.
    fn written(&self) -> Vec<String> {
        Vec::new()
    }

    /// Whether it stands for others; see [`Check::expand`].
    fn stands_for_others(&self) -> bool {
        false
    }

    /// The checks it stands for, once its table's columns are known; `None` if it stands for itself. `key` is the table's.
    fn expand(
        &self,
        about: &About<'_>,
        key: &[String],
    ) -> Result<Option<Vec<Box<dyn Check>>>, Diagnostic> {
        let _ = (about, key);
        Ok(None)
    }

    /// What must be measured. Unknown and unfit columns are errors.
    fn needs(&self, about: &About<'_>) -> Result<Need, Diagnostic>;

    /// What the measurement means, part by part.
    fn judge(&self, answer: &Answer<'_>) -> Vec<Part>;

    /// Other tables it reads, as the suite names them, each with the columns it needs there.
    fn others(&self) -> Vec<(String, Vec<String>)> {
        Vec::new()
    }

    /// What is counted, in the plural.
    fn unit(&self) -> &'static str {
        "rows"
    }

    /// The classes, as bits, whose rows are evidence of a failure.
    fn failing_classes(&self) -> u32 {
        0
    }

    /// What a violating row is, to follow "12 of 345 rows", such as "are NULL".
    fn violation(&self) -> String;

    /// What a value that is judged is, to begin a sentence with.
    fn measurand(&self) -> String {
        "the value".to_owned()
    }

    /// What a value that is judged says, in place of a sentence of [`Self::measurand`], the value and its limit. `remark` is
    /// the value's, empty where there is none.
    fn sentence(&self, remark: &str) -> Option<String> {
        let _ = remark;
        None
    }

    /// What the values are that are judged, in the plural.
    fn values(&self) -> &'static str {
        "values"
    }

    /// What else the measurement tells about a failure, to end the summary's message with.
    fn remark(&self, answer: &Answer<'_>) -> Option<String> {
        let _ = answer;
        None
    }

    /// The BigQuery expressions of the figures it judges, where it judges no rows one by one.
    fn figures(&self, table: &Table) -> Option<String> {
        let _ = table;
        None
    }

    /// What a row states that passes, where that tells what a column ought to hold:
    /// `total = (fatigue_score - 100) / 20 + pace_score`.
    fn states(&self) -> Option<String> {
        None
    }

    /// The BigQuery condition a violating row meets, where there is one.
    fn condition(&self, table: &Table) -> Option<String> {
        let _ = table;
        None
    }

    /// What tells whether a column holds what it ought to: what it is called, and a BigQuery expression that is TRUE of a
    /// row that does, and NULL where nothing is known.
    fn witness(&self, table: &Table) -> Option<(String, String)> {
        let violated = self.condition(table)?;
        Some((
            self.states()?,
            format!("NOT IFNULL((\n{violated}\n), FALSE)"),
        ))
    }
}

/// What a check is about.
#[derive(Debug, Clone, Copy)]
pub struct About<'a> {
    pub table: Option<&'a Table>,
    pub options: &'a Options,
    pub calendar: &'a Calendar,
    /// The day the audit is as of.
    pub as_of: Option<NaiveDate>,
}

impl<'a> About<'a> {
    /// The table of a check that needs one.
    fn table(&self, kind: &str) -> Result<&'a Table, Diagnostic> {
        let table = self.table;
        table.ok_or_else(|| Diagnostic::new(format!("a {kind} check belongs to a table")))
    }
}

/// What a check needs measured; an open set.
#[derive(Debug, Clone)]
pub enum Need {
    /// Shared with all other metrics of the table in one pass.
    Metric(Metric),
    /// The same, over all days there are, whatever the window.
    History(Metric),
    /// A pass over a key of its own.
    Key(Key),
    /// A query that relates the table to another, or its rows to one another.
    Relation(Relation),
    /// A query like those of SQL files with a `value` column.
    Figure(String),
    /// The table compared with another.
    Diff(OfDiff),
    /// Nothing: footers told it.
    Known(Vec<Part>),
    /// A query whose rows are violations.
    Violations,
    /// A query with a `value` column.
    Values,
}

/// Another table, and how it is compared.
#[derive(Debug, Clone)]
pub struct OfDiff {
    pub other: String,
    /// Empty for what the suite says, or the data.
    pub key: Vec<String>,
    pub options: diff::Options,
}

/// What was measured.
#[derive(Debug)]
pub enum Answer<'a> {
    Metric(Within<'a>),
    Key(&'a Duplicates),
    Relation(&'a Related),
    Diff(&'a Difference),
    Violations(&'a Violations),
    Values(&'a [Valued]),
}

/// A judged part of the data: a day, a segment, or all there is.
#[derive(Debug, Clone, PartialEq)]
pub struct Part {
    pub segment: Segment,
    pub measured: Measured,
}

/// What a part came to.
#[derive(Debug, Clone, PartialEq)]
pub enum Measured {
    /// Rows that violate, of rows looked at; `tested` is 0 where that is not known.
    Share {
        tested: u64,
        /// Rows with nothing to test, such as a NULL in a range.
        untested: u64,
        affected: u64,
        /// How many rows fail for which reason.
        reasons: Vec<(String, u64)>,
        /// Rows that are not there at all.
        missing: u64,
    },
    /// A percentage of rows beside its thresholds; parts add up.
    Rate {
        tested: u64,
        untested: u64,
        affected: u64,
        thresholds: Thresholds,
    },
    /// A number of rows beside its bounds; parts add up.
    Count {
        rows: u64,
        min: Option<u64>,
        max: Option<u64>,
    },
    /// A value beside its thresholds; parts of it don't add up.
    Value {
        value: Option<f64>,
        thresholds: Thresholds,
        /// The row as a JSON object, for evidence.
        row: String,
        /// What ends the sentence that tells the value; empty for nothing.
        remark: String,
        /// The first and the last day it is of, where that is not the part's own.
        days: Option<(i32, i32)>,
    },
}

impl Measured {
    /// A share of no rows.
    pub fn nothing() -> Self {
        Self::Share {
            tested: 0,
            untested: 0,
            affected: 0,
            reasons: Vec::new(),
            missing: 0,
        }
    }
}

/// A kind of check, as the registry lists it.
#[derive(Debug, Clone, Copy)]
pub struct Kind {
    pub name: &'static str,
    /// Markdown: what it finds, its configuration, its edges and its cost.
    pub doc: &'static str,
}

/// Writes the registry: the configuration of every kind as it stands in the suite, and [`KINDS`].
macro_rules! kinds {
    ($($name:ident: $config:ty),+ $(,)?) => {
        /// A check's configuration in the suite, under the name of its kind.
        #[derive(Debug, Clone, JsonSchema)]
        #[schemars(rename_all = "snake_case")]
        #[allow(non_camel_case_types)]
        pub enum Config {
            $($name($config)),+
        }

        impl Config {
            /// Reads the configuration of the kind called `name`, the next value of `map`;
            /// `None` if there is no such kind.
            pub fn read<'de, A: serde::de::MapAccess<'de>>(
                name: &str,
                map: &mut A,
            ) -> Result<Option<Self>, A::Error> {
                Ok(match name {
                    $(stringify!($name) => Some(Self::$name(map.next_value()?)),)+
                    _ => None,
                })
            }

            /// The checks it stands for: one, or one a column.
            pub fn checks(self) -> Result<Vec<Box<dyn Check>>, Diagnostic> {
                match self {
                    $(Self::$name(config) => config.checks(),)+
                }
            }

            pub fn kind(&self) -> &'static str {
                match self {
                    $(Self::$name(_) => stringify!($name),)+
                }
            }
        }

        /// Every kind that a suite's table can list under `checks:`.
        pub const KINDS: &[Kind] = &[
            $(Kind { name: stringify!($name), doc: <$config>::DOC }),+
        ];
    };
}

kinds! {
    row_count: row_count::RowCount,
    not_null: not_null::NotNull,
    unique: unique::Unique,
    in_range: in_range::InRange,
    json_agrees: json_agrees::JsonAgrees,
    accepted_values: accepted_values::AcceptedValues,
    rule: rule::Rule,
    implies: implies::Implies,
    ordering: ordering::Ordering,
    matches: matches::Matches,
    share: share::Share,
    constant: constant::Constant,
    correlation: correlation::Correlation,
    drift: drift::Drift,
    array_agrees: array_agrees::ArrayAgrees,
    scale: scale::Scale,
    recompute: recompute::Recompute,
    references: references::References,
    agrees: agrees::Agrees,
    one_of_many: one_of_many::OneOfMany,
    completeness: completeness::Completeness,
    freshness: freshness::Freshness,
    schema: schema::Schema,
}

/// The two contracts of SQL files, which `explain` documents beside [`KINDS`].
pub const SQL_KINDS: &[Kind] = &[
    Kind {
        name: "sql_rows",
        doc: Rows::DOC,
    },
    Kind {
        name: "sql_value",
        doc: Value::DOC,
    },
];

/// The parts of a tally: its failing classes against all classes but those left out of the test.
fn shares(
    outcome: &Within<'_>,
    classes: &[&'static str],
    failing: u32,
    untested: u32,
) -> Vec<Part> {
    let is_in = |set: u32, class: usize| set & (1 << class) != 0;
    outcome
        .segments()
        .filter_map(|(segment, figures)| {
            let crate::scan::Figures::Tally(tally) = figures else {
                return None;
            };
            let count = |set: u32| -> u64 {
                (0..classes.len())
                    .filter(|c| is_in(set, *c))
                    .map(|c| tally.get(c))
                    .sum()
            };
            let reasons = classes
                .iter()
                .enumerate()
                .filter(|(class, _)| is_in(failing, *class) && tally.get(*class) > 0)
                .map(|(class, name)| ((*name).to_owned(), tally.get(class)))
                .collect();
            Some(Part {
                segment: segment.clone(),
                measured: Measured::Share {
                    tested: tally.total() - count(untested),
                    untested: count(untested),
                    affected: count(failing),
                    reasons,
                    missing: 0,
                },
            })
        })
        .collect()
}

/// The columns a condition names, as it spells them; an error where it can't be read.
fn parsed_condition(sql: &str) -> Result<Vec<String>, Diagnostic> {
    match dialect::parse_expression(sql) {
        Ok(expression) => Ok(expression.columns()),
        Err(e) => Err(unusable_condition(sql, &e)),
    }
}

/// The error of a condition that can't be used, with the place in its text.
pub fn unusable_condition(sql: &str, error: &SqlError) -> Diagnostic {
    let (line, column) = (error.line, error.column);
    let message = format!(
        "the condition `{}` can't be used: {line}:{column}: {}",
        sql.trim(),
        error.message
    );
    match &error.help {
        Some(help) => Diagnostic::new(message).help(help.clone()),
        None => Diagnostic::new(message),
    }
}

/// A condition or expression as one operand; one with a comment ends on a line of its own.
fn operand(sql: &str) -> String {
    let sql = sql.trim();
    if sql.contains("--") || sql.contains('#') {
        format!("({sql}\n)")
    } else {
        format!("({sql})")
    }
}

/// A value of the suite as a BigQuery literal that can be compared with a column.
fn literal(value: &str, column: &Column) -> Result<String, Diagnostic> {
    let wrong = |expected: &str| {
        Diagnostic::new(format!(
            "`{}` is {}, and `{value}` is not {expected}",
            column.name, column.bq_type
        ))
    };
    match &column.bq_type {
        BqType::String | BqType::Json => Ok(text_literal(value)),
        BqType::Bool => match value {
            "true" | "false" => Ok(value.to_owned()),
            _ => Err(wrong("true or false")),
        },
        BqType::Int64 => match decimal::floor_at_scale(value, 0) {
            Some((number, true)) => Ok(number.to_string()),
            _ => Err(wrong("a whole number")),
        },
        BqType::Float64 => match value.parse::<f64>() {
            Ok(number) if number.is_finite() => Ok(format!("{number:?}")),
            _ => Err(wrong("a number")),
        },
        BqType::Numeric(..) | BqType::BigNumeric(..) => {
            let number = decimal::floor_at_scale(value, 38).ok_or_else(|| wrong("a number"))?;
            let kind = match (&column.bq_type, number.1) {
                (_, false) => return Err(wrong("a number BIGNUMERIC can hold")),
                (BqType::Numeric(..), _) => "NUMERIC",
                _ => "BIGNUMERIC",
            };
            Ok(format!("CAST('{value}' AS {kind})"))
        }
        BqType::Date => match parse_date(value) {
            Some(date) => Ok(format!("DATE '{date}'")),
            None => Err(wrong("a date such as 2026-01-25")),
        },
        other => Err(Diagnostic::new(format!(
            "`{}` is {other}, which values are not listed of",
            column.name
        ))),
    }
}

/// A text as a BigQuery literal.
fn text_literal(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 2);
    out.push('\'');
    for c in text.chars() {
        match c {
            '\'' => out.push_str("\\'"),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            c => out.push(c),
        }
    }
    out.push('\'');
    out
}

/// So many values are told where they are in place of others.
const VALUES_TOLD: u64 = 4;

/// The values counted by [`Measure::Condition`] or [`Measure::Json`], as far as they are few:
/// "0 (705 rows) or -1 (93 rows)".
///
/// [`Measure::Condition`]: crate::scan::metric::Measure::Condition
/// [`Measure::Json`]: crate::scan::metric::Measure::Json
fn values_told(outcome: &Within<'_>) -> Option<String> {
    let values = outcome.values(VALUES_TOLD);
    let told: Vec<String> = values
        .top(VALUES_TOLD as usize)?
        .into_iter()
        .map(|(value, rows)| {
            let unit = if rows == 1 { "row" } else { "rows" };
            format!("{} ({rows} {unit})", String::from_utf8_lossy(value))
        })
        .collect();
    (!told.is_empty()).then(|| told.join(" or "))
}
