//! What the kinds have in common that relate tables to one another, or rows.
//!
//! They generate a query in BigQuery's SQL that gives each of its rows a verdict; see
//! [`crate::scan::Relation`].

use std::collections::BTreeMap;
use std::fmt;

use schemars::JsonSchema;
use serde::Deserialize;

use super::{About, Answer, Check, Measured, Need, Part, operand, parsed_condition};
use crate::diagnostic::Diagnostic;
use crate::lake::Table;
use crate::scan::{DAY, PER, Relation, Rolling, quoted};
use crate::schema::{BqType, TableName};

/// A query that gives verdicts.
pub(super) trait Relates: fmt::Debug + Send + Sync {
    fn kind(&self) -> &'static str;

    /// The columns of its own table, as the suite names them.
    fn columns(&self) -> Vec<String>;

    /// Conditions and expressions over its own table, to be tried one by one.
    fn written(&self) -> Vec<String> {
        Vec::new()
    }

    /// Other tables, each with the columns it needs there.
    fn others(&self) -> Vec<(String, Vec<String>)>;

    /// What its query gives a verdict on, in the plural.
    fn unit(&self) -> &'static str {
        "rows"
    }

    /// The query, and by which columns its rows are named.
    fn query(&self, about: &About<'_>, table: &Table) -> Result<(String, Vec<String>), Diagnostic>;

    /// The same as its query in a form that needs no join by a range, where it has one.
    fn rolling(&self, _: &About<'_>, _: &Table) -> Result<Option<Rolling>, Diagnostic> {
        Ok(None)
    }

    /// See [`Check::witness`].
    fn witness(&self, _: &Table) -> Option<(String, String)> {
        None
    }

    /// What a violating row is, to follow "12 of 345 rows".
    fn violation(&self) -> String;
}

/// A check of what [`Relates`].
#[derive(Debug)]
pub(super) struct OfRelation<R>(pub(super) R);

impl<R: Relates> OfRelation<R> {
    pub(super) fn checks(relation: R) -> Vec<Box<dyn Check>>
    where
        R: 'static,
    {
        vec![Box::new(Self(relation))]
    }
}

impl<R: Relates> Check for OfRelation<R> {
    fn kind(&self) -> &'static str {
        self.0.kind()
    }

    fn columns(&self) -> Vec<String> {
        self.0.columns()
    }

    fn written(&self) -> Vec<String> {
        self.0.written()
    }

    fn others(&self) -> Vec<(String, Vec<String>)> {
        self.0.others()
    }

    fn unit(&self) -> &'static str {
        self.0.unit()
    }

    fn needs(&self, about: &About<'_>) -> Result<Need, Diagnostic> {
        let table = about.table(self.kind())?;
        for column in self.0.columns() {
            table.require(&column)?;
        }
        let (sql, keys) = self.0.query(about, table)?;
        Ok(Need::Relation(Relation {
            sql,
            keys,
            dated: table.date().is_some(),
            rolling: self.0.rolling(about, table)?,
        }))
    }

    fn judge(&self, answer: &Answer<'_>) -> Vec<Part> {
        let Answer::Relation(related) = answer else {
            return Vec::new();
        };
        related
            .segments
            .iter()
            .map(|(segment, verdicts)| Part {
                segment: segment.clone(),
                measured: Measured::Share {
                    tested: verdicts.tested(),
                    untested: verdicts.untested,
                    affected: verdicts.affected(),
                    reasons: verdicts
                        .reasons
                        .iter()
                        .map(|(reason, rows)| (reason.clone(), *rows))
                        .collect(),
                    missing: verdicts.missing,
                },
            })
            .collect()
    }

    fn violation(&self) -> String {
        self.0.violation()
    }

    fn witness(&self, table: &Table) -> Option<(String, String)> {
        self.0.witness(table)
    }
}

/// Columns of two tables by which rows belong together: names that are the same in both, or a name
/// here and what it is there.
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema)]
#[serde(
    untagged,
    expecting = "expected columns such as [game_date, player_lookup], or {game_date: cache_date}"
)]
pub(super) enum Pairs {
    Same(Vec<String>),
    Each(BTreeMap<String, String>),
}

impl Pairs {
    /// Columns here, and the column or BigQuery expression there.
    pub(super) fn pairs(&self) -> Vec<(String, String)> {
        match self {
            Self::Same(names) => names.iter().map(|n| (n.clone(), n.clone())).collect(),
            Self::Each(pairs) => pairs.clone().into_iter().collect(),
        }
    }

    /// The columns here.
    pub(super) fn ours(&self) -> Vec<String> {
        self.pairs().into_iter().map(|(ours, _)| ours).collect()
    }

    /// The columns that are needed there; an error where an expression can't be read.
    pub(super) fn theirs(&self) -> Result<Vec<String>, Diagnostic> {
        let mut columns = Vec::new();
        for (_, there) in self.pairs() {
            columns.extend(parsed_condition(&there)?);
        }
        Ok(columns)
    }

    /// Refuses a key of no columns.
    pub(super) fn validate(&self, help: &str) -> Result<(), Diagnostic> {
        if self.pairs().is_empty() {
            return Err(Diagnostic::new("no column to join the tables by").help(help.to_owned()));
        }
        self.theirs().map(drop)
    }
}

/// A table of the suite, in backticks.
pub(super) fn named(table: &str) -> Result<String, Diagnostic> {
    let name: TableName = table.parse()?;
    Ok(format!("`{name}`"))
}

/// The rows of a check's own table, as a subquery: its day, what it is judged apart by, and
/// `columns`, expressions with their names.
pub(super) fn rows(about: &About<'_>, table: &Table, columns: &[(String, String)]) -> String {
    let day = match table.date() {
        Some(date) if date.bq_type == BqType::Date => quoted(&date.name),
        Some(date) => format!("CAST({} AS DATE)", quoted(&date.name)),
        None => "CAST(NULL AS DATE)".to_owned(),
    };
    let mut selected = vec![format!("{day} AS {DAY}")];
    if let Some(per) = per(about, table) {
        selected.push(format!("CAST({} AS STRING) AS {PER}", quoted(&per)));
    }
    for (expression, name) in columns {
        selected.push(format!("{expression} AS {}", quoted(name)));
    }
    let filter = filtered(about.options.filter.as_ref());
    format!(
        "(SELECT {} FROM `{}`{filter})",
        selected.join(", "),
        table.name()
    )
}

/// The column whose values are judged apart, unless that is the day.
pub(super) fn per(about: &About<'_>, table: &Table) -> Option<String> {
    let per = about.options.per.as_ref()?;
    let date = table.date();
    (!date.is_some_and(|d| d.name.eq_ignore_ascii_case(per))).then(|| per.clone())
}

/// The columns every relation begins with, of the subquery called `of`.
pub(super) fn head(about: &About<'_>, table: &Table, of: &str) -> String {
    match per(about, table) {
        Some(_) => format!("{of}.{DAY}, {of}.{PER}"),
        None => format!("{of}.{DAY}"),
    }
}

/// A column with its own name, for [`rows`].
pub(super) fn itself(name: &str) -> (String, String) {
    (quoted(name), name.to_owned())
}

/// Conditions joined by AND.
pub(super) fn all(conditions: impl IntoIterator<Item = String>) -> String {
    conditions.into_iter().collect::<Vec<_>>().join(" AND ")
}

/// `WHERE` and a condition of the user's, or nothing.
pub(super) fn filtered(condition: Option<&String>) -> String {
    condition.map_or_else(String::new, |c| format!(" WHERE {}", operand(c)))
}
