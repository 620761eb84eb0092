//! `matches`: texts of a form, or the rows of another table.

use arrow::array::StringViewArray;
use arrow::compute::regexp_is_match_scalar;
use schemars::JsonSchema;
use serde::Deserialize;

use super::row_rule::{OfRows, RowRule};
use super::same_rows::SameRows;
use super::{Check, Columns, text_literal};
use crate::diagnostic::Diagnostic;
use crate::diff::{self, IgnoredPaths, Tolerance, Zeros};
use crate::lake::Table;
use crate::scan::quoted;
use crate::schema::BqType;

/// A regular expression that a column's texts must match from end to end; or another table whose rows must be these.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Matches {
    column: Option<String>,
    /// A regular expression in RE2's syntax, without backreferences and lookaround.
    pattern: Option<String>,
    /// The other table, `dataset.table`, or as of a snapshot `dataset.table@20260130`.
    table: Option<String>,
    /// The columns that name a row; the table's `key:` by default.
    key: Option<Columns>,
    /// Globs of columns that are left out.
    ignore: Option<Columns>,
    /// Globs of the columns that are compared; all by default.
    columns: Option<Columns>,
    /// How far values may be apart: `0.01`, `1%`, `4ulp`, for some columns `*_score=0.05`.
    tolerance: Option<Amounts>,
    /// JSON paths that are left out.
    ignore_path: Option<Columns>,
    /// Texts that differ in case alone are equal.
    #[serde(default)]
    ignore_case: bool,
    /// Texts that differ in white space around them alone are equal.
    #[serde(default)]
    ignore_space: bool,
    /// Whether FLOAT64 -0 differs from 0.
    #[serde(default)]
    signed_zero: bool,
    /// Whether times of processing and other volatile columns are compared, too.
    #[serde(default)]
    volatile: bool,
}

impl Matches {
    pub(super) const DOC: &str = "\
matches: texts that are not of a form, or rows that are not those of another table.

  - matches: {column: game_id, pattern: '[0-9]{8}_[A-Z]{3}_[A-Z]{3}'}
  - matches: {column: player_lookup, pattern: '[a-z0-9]+'}
    where: is_active

The regular expression (RE2's syntax) must match the whole text; write `.*` at an end to let more
follow. STRING columns. NULL is left out of the test, the empty text is not. The texts found
instead are told with their rows, as long as they are few.

  - matches: {table: nba_precompute.player_composite_factors_parallel}
  - matches: {table: nba_raw.player_gamelogs_b, key: [GAME_ID, PLAYER_ID], ignore: '*_NAME'}
    per: game_date

With `table`, the rows are compared with those of another table, as `lakeaudit diff` does: found by
`key` (the table's own `key:` by default, or what names the rows), JSON path by path, volatile
columns such as `created_at` left out (`volatile: true` compares them). `ignore` and `columns` take
globs; `tolerance` is `0.01`, `1%` or `4ulp`, or `*_score=0.05` for some columns; `ignore_path`,
`ignore_case`, `ignore_space` and `signed_zero` are as `lakeaudit diff` has them. Rows that differ,
are missing or are too many fail. NULL equals NULL, NaN equals NaN. `where` is asked of both tables.
A column that one table has alone, or that can't be compared, is an error unless it is ignored.

Cost: of a form, the column in the table's one pass; of rows, a pass over both tables, and another
over what differs.";

    pub(super) fn checks(self) -> Result<Vec<Box<dyn Check>>, Diagnostic> {
        match (self.column.clone(), self.pattern.clone(), self.table.clone()) {
            (Some(column), Some(pattern), None) => Form { column, pattern }.checks(),
            (None, None, Some(table)) => self.same_rows(table),
            _ => Err(Diagnostic::new(
                "matches needs `column` and `pattern`, or `table` alone",
            )
            .help("matches: {column: game_id, pattern: '[0-9]{10}'} or matches: {table: dataset.other}")),
        }
    }

    fn same_rows(self, table: String) -> Result<Vec<Box<dyn Check>>, Diagnostic> {
        let list = |columns: Option<Columns>| columns.map(Columns::into_vec).unwrap_or_default();
        let tolerances = self.tolerance.map(Amounts::into_texts).unwrap_or_default();
        let tolerances = tolerances.iter().map(|text| Tolerance::parse(text));
        Ok(vec![Box::new(SameRows {
            table,
            key: list(self.key),
            options: diff::Options {
                ignore: list(self.ignore),
                columns: list(self.columns),
                volatile: self.volatile,
                tolerances: tolerances.collect::<Result<_, _>>()?,
                ignore_case: self.ignore_case,
                ignore_space: self.ignore_space,
                zeros: Zeros::signed_if(self.signed_zero),
                ignored_paths: IgnoredPaths::parse(&list(self.ignore_path))?,
                ..diff::Options::default()
            },
        })])
    }
}

/// How far values may be apart: a number, or texts that say for which columns.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(
    untagged,
    expecting = "expected a tolerance such as 0.05, `1%` or `*_score=0.05`, or a list of them"
)]
enum Amounts {
    Number(f64),
    Text(String),
    Several(Vec<String>),
}

impl Amounts {
    fn into_texts(self) -> Vec<String> {
        match self {
            Self::Number(number) => vec![number.to_string()],
            Self::Text(text) => vec![text],
            Self::Several(texts) => texts,
        }
    }
}

/// Texts of a form.
#[derive(Debug)]
struct Form {
    column: String,
    pattern: String,
}

impl Form {
    fn checks(self) -> Result<Vec<Box<dyn Check>>, Diagnostic> {
        let probe = StringViewArray::from(vec![""]);
        regexp_is_match_scalar(&probe, &self.whole(), None).map_err(|e| {
            let told = e.to_string();
            let why = told.lines().find_map(|line| line.strip_prefix("error: "));
            let why = why.unwrap_or(&told);
            Diagnostic::new(format!(
                "`{}` is not a regular expression: {why}",
                self.pattern
            ))
            .help("RE2's syntax: [0-9]{10}, (a|b), \\d+; no backreferences, no lookaround")
        })?;
        Ok(OfRows::checks(self))
    }

    fn whole(&self) -> String {
        format!("^(?:{})$", self.pattern)
    }
}

impl RowRule for Form {
    fn kind(&self) -> &'static str {
        "matches"
    }

    fn columns(&self) -> Vec<String> {
        vec![self.column.clone()]
    }

    fn condition(&self, table: &Table) -> Result<String, Diagnostic> {
        let column = table.require(&self.column)?;
        if column.bq_type != BqType::String {
            return Err(Diagnostic::new(format!(
                "`{}` is {}, and only a STRING can match",
                column.name, column.bq_type
            )));
        }
        Ok(format!(
            "REGEXP_CONTAINS({}, {})",
            quoted(&column.name),
            text_literal(&self.whole())
        ))
    }

    fn told(&self) -> Option<&str> {
        Some(&self.column)
    }

    fn violation(&self) -> String {
        format!("have {} that does not match {}", self.column, self.pattern)
    }
}
