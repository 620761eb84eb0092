//! `completeness`: rows for every day, game or team that there should be.

use schemars::JsonSchema;
use serde::Deserialize;

use super::relation::{OfRelation, Relates, all, filtered, itself, named, rows};
use super::{About, Check, parsed_condition};
use crate::diagnostic::Diagnostic;
use crate::lake::Table;
use crate::scan::{DAY, MISSING, REASON, quoted};

/// What there should be rows for.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Completeness {
    /// The table of what was scheduled.
    schedule: Option<String>,
    /// Its date column; by default of the same name as here.
    date: Option<String>,
    /// A BigQuery SQL condition, such as that a game is final; other rows of the schedule don't count.
    schedule_where: Option<String>,
    /// The column here that is compared with `is` of the schedule; without it, days alone are.
    column: Option<String>,
    /// What `column` is in the schedule: columns or BigQuery expressions, each of which gives a value.
    #[serde(default)]
    is: Vec<String>,
    /// The fewest rows of a day, or of a day's game or team.
    min_rows: Option<u64>,
    /// Without a schedule: so many days of a season may follow one another without a row.
    max_gap: Option<u64>,
}

const HELP: &str = "completeness: {schedule: nba_raw.nbac_schedule, schedule_where: game_status = 3}, or {max_gap: 3}";

impl Completeness {
    pub(super) const DOC: &str = "\
completeness: days, games or teams without rows, or with too few.

  - completeness: {schedule: nba_raw.nbac_schedule, schedule_where: game_status = 3}
  - completeness:
      schedule: nba_raw.nbac_schedule
      schedule_where: game_status = 3
      column: team_abbr
      is: [home_team_tricode, away_team_tricode]
      min_rows: 8
  - completeness: {max_gap: 3}

With a schedule, each of its days must have rows here; with `column`, each day and value of `is`:
of a game's two team columns, both teams. `is` can be a BigQuery expression, such as a game id put
together of its parts. Fewer than `min_rows` rows are partial. A value of a day that has no row at
all is told apart from one that is missing among others.

With `max_gap`, the table's own days: a day after which more than so many days of play have no
row. Days between seasons and in breaks don't count (`seasons:` of the suite); without seasons
every day does. The day of such a finding is the first of the gap.

Cost: a grouping of the columns named, and a join with the schedule.";

    pub(super) fn checks(self) -> Result<Vec<Box<dyn Check>>, Diagnostic> {
        let wrong = |what: &str| Err(Diagnostic::new(what.to_owned()).help(HELP));
        if self.schedule.is_some() == self.max_gap.is_some() {
            return wrong("completeness needs `schedule` or `max_gap`");
        }
        if self.column.is_some() == self.is.is_empty() {
            return wrong("`column` and `is` go together");
        }
        let of_schedule = [&self.date, &self.schedule_where, &self.column];
        if self.schedule.is_none() && of_schedule.into_iter().any(Option::is_some) {
            return wrong("`date`, `schedule_where` and `column` belong to a `schedule`");
        }
        if let Some(schedule) = &self.schedule {
            named(schedule)?;
        }
        for text in self.is.iter().chain(&self.schedule_where) {
            parsed_condition(text)?;
        }
        Ok(OfRelation::checks(self))
    }

    fn scheduled(
        &self,
        about: &About<'_>,
        table: &Table,
        schedule: &str,
    ) -> Result<String, Diagnostic> {
        let date = dated(table)?;
        let their_date = quoted(self.date.as_deref().unwrap_or(&date));
        let other = named(schedule)?;
        let filter = filtered(self.schedule_where.as_ref());
        let least = self.min_rows.unwrap_or(1).max(1);
        let missing = format!("GREATEST(0, {least} - IFNULL(b._rows, 0)) AS {MISSING}");
        let verdict = |first: &str| {
            format!(
                "CASE {first}WHEN b._rows IS NULL THEN 'missing' \
                 WHEN b._rows < {least} THEN 'partial' END AS {REASON}"
            )
        };
        let Some(column) = &self.column else {
            let here = rows(about, table, &[]);
            return Ok(format!(
                "SELECT a.{DAY}, IFNULL(b._rows, 0) AS row_count, {least} AS expected_rows, {missing}, {}\n\
                 FROM (SELECT DISTINCT CAST({their_date} AS DATE) AS {DAY} FROM {other}{filter}) AS a \
                 LEFT JOIN (SELECT {DAY}, COUNT(*) AS _rows FROM {here} GROUP BY {DAY}) AS b \
                 ON a.{DAY} = b.{DAY}",
                verdict("")
            ));
        };
        let here = rows(about, table, &[itself(column)]);
        let name = quoted(column);
        let each: Vec<String> = self
            .is
            .iter()
            .map(|is| {
                format!("SELECT CAST({their_date} AS DATE) AS {DAY}, {is} AS {name} FROM {other}{filter}")
            })
            .collect();
        let joined = all([format!("a.{DAY} = b.{DAY}"), format!("a.{name} = b.{name}")]);
        Ok(format!(
            "SELECT a.{DAY}, a.{name}, IFNULL(b._rows, 0) AS row_count, {least} AS expected_rows, {missing}, {}\n\
             FROM (SELECT DISTINCT {DAY}, {name} FROM (\n{}\n)) AS a \
             LEFT JOIN (SELECT {DAY}, {name}, COUNT(*) AS _rows FROM {here} GROUP BY {DAY}, {name}) AS b \
             ON {joined} \
             LEFT JOIN (SELECT DISTINCT {DAY}, TRUE AS _any FROM {here}) AS c ON a.{DAY} = c.{DAY}",
            verdict("WHEN c._any IS NULL THEN 'no row of the day' "),
            each.join("\nUNION ALL\n")
        ))
    }

    fn gaps(about: &About<'_>, table: &Table, most: u64) -> Result<String, Diagnostic> {
        dated(table)?;
        let here = rows(about, table, &[]);
        let days = about.calendar.days_sql("_first", "_last");
        Ok(format!(
            "SELECT _first AS {DAY}, {DAY} AS last_day, _next AS next_day, _days AS days_without_rows, \
             CASE WHEN _next IS NULL THEN '' WHEN _days > {most} THEN 'followed by a gap' END AS {REASON}\n\
             FROM (SELECT {DAY}, _first, _next, {days} AS _days FROM (\
             SELECT {DAY}, _next, DATE_ADD({DAY}, INTERVAL 1 DAY) AS _first, \
             DATE_SUB(_next, INTERVAL 1 DAY) AS _last FROM (\
             SELECT {DAY}, LEAD({DAY}) OVER (ORDER BY {DAY}) AS _next \
             FROM (SELECT DISTINCT {DAY} FROM {here} WHERE {DAY} IS NOT NULL))))"
        ))
    }
}

/// The name of the date column.
fn dated(table: &Table) -> Result<String, Diagnostic> {
    let date = table.date().map(|date| date.name.clone());
    date.ok_or_else(|| {
        Diagnostic::new(format!("{} has no date column", table.name()))
            .help("`date:` of the table names it")
    })
}

impl Relates for Completeness {
    fn kind(&self) -> &'static str {
        "completeness"
    }

    fn columns(&self) -> Vec<String> {
        self.column.iter().cloned().collect()
    }

    fn others(&self) -> Vec<(String, Vec<String>)> {
        let Some(schedule) = &self.schedule else {
            return Vec::new();
        };
        let mut columns: Vec<String> = self.date.iter().cloned().collect();
        for text in self.is.iter().chain(&self.schedule_where) {
            columns.extend(parsed_condition(text).unwrap_or_default());
        }
        vec![(schedule.clone(), columns)]
    }

    fn unit(&self) -> &'static str {
        match (&self.schedule, &self.column) {
            (Some(_), Some(_)) => "scheduled entries",
            (Some(_), None) => "scheduled days",
            (None, _) => "days",
        }
    }

    fn query(&self, about: &About<'_>, table: &Table) -> Result<(String, Vec<String>), Diagnostic> {
        if let Some(per) = super::relation::per(about, table) {
            return Err(Diagnostic::new(format!(
                "completeness is judged apart by the date column alone, not by `{per}`"
            )));
        }
        let sql = match (&self.schedule, self.max_gap) {
            (Some(schedule), _) => self.scheduled(about, table, schedule)?,
            (None, most) => Self::gaps(about, table, most.unwrap_or(0))?,
        };
        Ok((sql, self.column.iter().cloned().collect()))
    }

    fn violation(&self) -> String {
        match (&self.schedule, self.max_gap, self.min_rows) {
            (Some(_), _, Some(least)) => format!("have fewer than {least} rows"),
            (Some(_), _, None) => "have no row".to_owned(),
            (None, Some(most), _) => {
                format!("are followed by more than {most} days of play without a row")
            }
            (None, None, _) => String::new(),
        }
    }
}
