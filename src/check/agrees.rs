//! `agrees`: a column that is a copy of one in another table.

use schemars::JsonSchema;
use serde::Deserialize;

use super::relation::{OfRelation, Pairs, Relates, all, filtered, head, itself, named, rows};
use super::{About, Check, parsed_condition};
use crate::diagnostic::Diagnostic;
use crate::lake::Table;
use crate::scan::{REASON, quoted};
use crate::schema::BqType;

/// A column and the one it was copied from.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Agrees {
    /// The column here.
    column: String,
    /// The other table.
    with: String,
    /// The column or BigQuery expression there; by default of the same name.
    their: Option<String>,
    /// The columns by which rows belong together.
    on: Pairs,
    /// A BigQuery SQL condition; other rows of the other table don't count.
    with_where: Option<String>,
    /// How far apart two numbers may be; 0 by default.
    #[serde(default)]
    tolerance: f64,
    /// What a row counts as that the other table does not have.
    #[serde(default)]
    missing: Missing,
    /// When each side was written, so that a stale copy is told from a wrong one.
    written: Option<Written>,
}

/// What a row without a partner counts as.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub(super) enum Missing {
    /// The row is left out of the test.
    #[default]
    Ignore,
    /// The row violates.
    Fail,
}

/// Columns of times.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Written {
    /// When the row here was written.
    here: String,
    /// When the row there was written.
    there: String,
}

const HELP: &str = "agrees: {column: feature_5_value, with: nba_precompute.player_composite_factors, \
     their: fatigue_score, on: [game_date, player_lookup]}";

impl Agrees {
    pub(super) const DOC: &str = "\
agrees: rows in which a column is not what another table has in the row of the same key.

  - agrees:
      column: feature_5_value
      with: nba_precompute.player_composite_factors
      their: fatigue_score
      on: [game_date, player_lookup]
      tolerance: 0.001
      written: {here: created_at, there: processed_at}

`their` is a column or a BigQuery expression over one row of the other table; `on` names the
columns of the key, or for each column here what it is there. A row that the other table does not
have, or whose key has a NULL, is left out; with `missing: fail` it violates. Where the other
table has several rows of a key, they must hold one value between them, or the row violates; they
multiply nothing. NULL agrees with NULL alone, NaN with NaN. With `written`, a value that differs
and was written before the other side is told as stale: the copy was not renewed after a backfill.

Cost: a join, which holds the other table's keys and values in memory.";

    pub(super) fn checks(self) -> Result<Vec<Box<dyn Check>>, Diagnostic> {
        self.on.validate(HELP)?;
        named(&self.with)?;
        parsed_condition(self.their())?;
        self.with_where
            .as_deref()
            .map(parsed_condition)
            .transpose()?;
        if !(self.tolerance.is_finite() && self.tolerance >= 0.0) {
            return Err(Diagnostic::new("`tolerance` must be a number, 0 or above"));
        }
        Ok(OfRelation::checks(self))
    }

    fn their(&self) -> &str {
        self.their.as_deref().unwrap_or(&self.column)
    }
}

impl Relates for Agrees {
    fn kind(&self) -> &'static str {
        "agrees"
    }

    fn columns(&self) -> Vec<String> {
        vec![self.column.clone()]
    }

    fn others(&self) -> Vec<(String, Vec<String>)> {
        let mut columns = self.on.theirs().unwrap_or_default();
        let texts = [Some(self.their()), self.with_where.as_deref()];
        for text in texts.into_iter().flatten() {
            columns.extend(parsed_condition(text).unwrap_or_default());
        }
        columns.extend(self.written.as_ref().map(|w| w.there.clone()));
        vec![(self.with.clone(), columns)]
    }

    fn query(&self, about: &About<'_>, table: &Table) -> Result<(String, Vec<String>), Diagnostic> {
        let ours = self.on.ours();
        for name in ours.iter().chain(self.written.as_ref().map(|w| &w.here)) {
            table.require(name)?;
        }
        let column = table.require(&self.column)?;
        let mut columns: Vec<_> = ours.iter().map(|name| itself(name)).collect();
        columns.push((quoted(&column.name), "_ours".to_owned()));
        if let Some(written) = &self.written {
            columns.push((quoted(&written.here), "_written".to_owned()));
        }
        let here = rows(about, table, &columns);
        let theirs: Vec<String> = self
            .on
            .pairs()
            .iter()
            .map(|(ours, there)| format!("{there} AS {}", quoted(ours)))
            .collect();
        let written = self.written.as_ref().map_or_else(String::new, |written| {
            format!(", {} AS _at", quoted(&written.there))
        });
        let latest = match self.written {
            Some(_) => ", MAX(_at) AS _at",
            None => "",
        };
        let keys: Vec<String> = ours.iter().map(|name| quoted(name)).collect();
        let keys = keys.join(", ");
        let there = format!(
            "(SELECT {keys}, TRUE AS _there, MIN(_their) AS _their, MAX(_their) AS _most, \
             COUNT(_their) AS _values, COUNT(*) AS _rows{latest}\n\
             FROM (SELECT {}, {} AS _their{written} FROM {}{}) GROUP BY {keys})",
            theirs.join(", "),
            self.their(),
            named(&self.with)?,
            filtered(self.with_where.as_ref())
        );
        let joined = all(ours
            .iter()
            .map(|name| format!("a.{0} = b.{0}", quoted(name))));
        let mut same = vec!["a._ours = b._their".to_owned()];
        if self.tolerance > 0.0 {
            same.push(format!("ABS(a._ours - b._their) <= {:?}", self.tolerance));
        }
        if column.bq_type == BqType::Float64 {
            same.push("(IS_NAN(a._ours) AND IS_NAN(CAST(b._their AS FLOAT64)))".to_owned());
        }
        let missing = match self.missing {
            Missing::Ignore => "''".to_owned(),
            Missing::Fail => format!("'no row in {}'", self.with),
        };
        let stale = match self.written {
            Some(_) => "WHEN a._written < b._at THEN 'stale' ",
            None => "",
        };
        let per_key: Vec<String> = ours
            .iter()
            .map(|name| format!("a.{}", quoted(name)))
            .collect();
        let sql = format!(
            "SELECT {}, {}, a._ours AS {}, b._their AS their_value, CASE \
             WHEN b._there IS NULL THEN {missing} \
             WHEN b._most > b._their OR (b._values > 0 AND b._values < b._rows) THEN 'several values' \
             WHEN a._ours IS NULL AND b._their IS NULL THEN NULL \
             WHEN {} THEN NULL \
             {stale}\
             WHEN a._ours IS NULL THEN 'NULL here' \
             WHEN b._their IS NULL THEN 'NULL there' \
             ELSE 'differs' END AS {REASON}\n\
             FROM {here} AS a LEFT JOIN {there} AS b ON {joined}",
            head(about, table, "a"),
            per_key.join(", "),
            quoted(&column.name),
            same.join(" OR "),
        );
        Ok((sql, ours))
    }

    /// The other table's value, where it has one alone for the row's key.
    fn witness(&self, table: &Table) -> Option<(String, String)> {
        let column = quoted(&table.column(&self.column)?.name);
        let pairs = self.on.pairs();
        let keys = pairs.iter().enumerate();
        let theirs: Vec<String> = keys
            .map(|(at, (_, there))| format!("{there} AS _k{at}"))
            .collect();
        let keys = pairs.iter().enumerate();
        let joined = all(keys.map(|(at, (ours, _))| format!("w._k{at} = {}", quoted(ours))));
        let value = format!(
            "(SELECT IF(MIN(w._their) = MAX(w._their), MIN(w._their), NULL) \
             FROM (SELECT {}, {} AS _their FROM {}{}) AS w WHERE {joined})",
            theirs.join(", "),
            self.their(),
            named(&self.with).ok()?,
            filtered(self.with_where.as_ref())
        );
        let same = match self.tolerance > 0.0 {
            true => format!("ABS({column} - {value}) <= {:?}", self.tolerance),
            false => format!("{column} = {value}"),
        };
        Some((format!("{} {}", self.with, self.their()), same))
    }

    fn violation(&self) -> String {
        format!(
            "have {} that is not {} of {}",
            self.column,
            self.their(),
            self.with
        )
    }
}
