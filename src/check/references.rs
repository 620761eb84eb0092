//! `references`: rows whose key is in another table.

use schemars::JsonSchema;
use serde::Deserialize;

use super::relation::{OfRelation, Pairs, Relates, all, filtered, head, itself, named, per, rows};
use super::{About, Check, parsed_condition};
use crate::diagnostic::Diagnostic;
use crate::lake::Table;
use crate::scan::{DAY, MISSING, PER, REASON, quoted};

/// Columns that name a row of another table.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct References {
    /// The columns, the same there, or each with what it is there.
    on: Pairs,
    /// The other table.
    to: String,
    /// A BigQuery SQL condition; other rows of the other table don't count.
    to_where: Option<String>,
    /// Whether each row there must have one here, too.
    #[serde(default)]
    both: bool,
}

const HELP: &str = "references: {on: [game_id, game_date], to: nba_raw.nbac_schedule}";

impl References {
    pub(super) const DOC: &str = "\
references: rows whose key another table does not have, and with `both` the other way round.

  - references: {on: [game_id, game_date], to: nba_raw.nbac_schedule}
  - references:
      on: {game_date: cache_date, player_lookup: player_lookup}
      to: nba_precompute.player_daily_cache
      to_where: NOT early_season_flag
      both: true

`on` names the columns, or for each column here the column or BigQuery expression there. Rows with
a NULL in the key are left out, as in a foreign key; duplicates on either side multiply nothing.
With `both`, each key of the other table counts as a row tested; its day is that of the date
column here, if the key has it, and else none, so that a window leaves it out.

Cost: a join, which holds the distinct keys of the other table in memory.";

    pub(super) fn checks(self) -> Result<Vec<Box<dyn Check>>, Diagnostic> {
        self.on.validate(HELP)?;
        named(&self.to)?;
        self.to_where.as_deref().map(parsed_condition).transpose()?;
        Ok(OfRelation::checks(self))
    }
}

impl Relates for References {
    fn kind(&self) -> &'static str {
        "references"
    }

    fn columns(&self) -> Vec<String> {
        self.on.ours()
    }

    fn others(&self) -> Vec<(String, Vec<String>)> {
        let mut columns = self.on.theirs().unwrap_or_default();
        if let Some(condition) = &self.to_where {
            columns.extend(parsed_condition(condition).unwrap_or_default());
        }
        vec![(self.to.clone(), columns)]
    }

    fn query(&self, about: &About<'_>, table: &Table) -> Result<(String, Vec<String>), Diagnostic> {
        let pairs = self.on.pairs();
        let ours = self.on.ours();
        let columns: Vec<_> = ours.iter().map(|name| itself(name)).collect();
        let here = rows(about, table, &columns);
        let theirs: Vec<String> = pairs
            .iter()
            .map(|(ours, there)| format!("{there} AS {}", quoted(ours)))
            .collect();
        let other = named(&self.to)?;
        let there = format!(
            "(SELECT DISTINCT {}, TRUE AS _there FROM {other}{})",
            theirs.join(", "),
            filtered(self.to_where.as_ref())
        );
        let joined = all(ours
            .iter()
            .map(|name| format!("a.{0} = b.{0}", quoted(name))));
        let is_null = |of: &str| {
            let nulls: Vec<String> = ours
                .iter()
                .map(|name| format!("{of}.{} IS NULL", quoted(name)))
                .collect();
            nulls.join(" OR ")
        };
        let shown = |of: &str| {
            let shown: Vec<String> = ours
                .iter()
                .map(|name| format!("{of}.{}", quoted(name)))
                .collect();
            shown.join(", ")
        };
        let mut sql = format!(
            "SELECT {}, {}, 0 AS {MISSING}, CASE WHEN {} THEN '' WHEN b._there IS NULL THEN 'not in {}' END AS {REASON}\n\
             FROM {here} AS a LEFT JOIN {there} AS b ON {joined}",
            head(about, table, "a"),
            shown("a"),
            is_null("a"),
            self.to
        );
        if self.both {
            let date = table
                .date()
                .filter(|d| ours.iter().any(|o| o.eq_ignore_ascii_case(&d.name)));
            let day = match date {
                Some(date) => format!("CAST(b.{} AS DATE)", quoted(&date.name)),
                None => "CAST(NULL AS DATE)".to_owned(),
            };
            let value = match per(about, table) {
                Some(_) => format!(", CAST(NULL AS STRING) AS {PER}"),
                None => String::new(),
            };
            let keys: Vec<String> = ours.iter().map(|name| quoted(name)).collect();
            sql.push_str(&format!(
                "\nUNION ALL\n\
                 SELECT {day} AS {DAY}{value}, {}, 1 AS {MISSING}, CASE WHEN {} THEN '' WHEN a._here IS NULL THEN 'only in {}' END AS {REASON}\n\
                 FROM {there} AS b LEFT JOIN (SELECT DISTINCT {}, TRUE AS _here FROM {here}) AS a ON {joined}",
                shown("b"),
                is_null("b"),
                self.to,
                keys.join(", ")
            ));
        }
        Ok((sql, ours))
    }

    fn violation(&self) -> String {
        let both = if self.both { " in both directions" } else { "" };
        format!("are not matched with {}{both}", self.to)
    }
}
