//! Aggregates of what came before, strictly or not.

use schemars::JsonSchema;
use serde::Deserialize;

use super::super::relation::{Pairs, Relates, all, head, itself, named, per, rows};
use super::super::{About, operand, parsed_condition};
use crate::diagnostic::Diagnostic;
use crate::lake::Table;
use crate::scan::{DAY, Figure, ON, PER, REASON, Rolling, STORED, SUMMED, quoted};

/// Rows of another table that came before.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(in super::super) struct Window {
    /// The other table.
    from: String,
    /// The columns by which rows belong together.
    on: Pairs,
    /// Its date column.
    date: String,
    /// A BigQuery expression over its row.
    value: String,
    #[serde(default)]
    aggregate: Aggregate,
    /// A BigQuery SQL condition; other rows don't count.
    r#where: Option<String>,
    /// How many rows at most; all by default.
    last: Option<u64>,
    /// Whether rows of earlier seasons don't count.
    #[serde(default)]
    seasons: bool,
}

/// What values are summarised by.
#[derive(Debug, Clone, Copy, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
enum Aggregate {
    #[default]
    Avg,
    Sum,
    Count,
    Min,
    Max,
    /// Of a sample.
    Stddev,
}

impl Aggregate {
    fn sql(self) -> &'static str {
        match self {
            Self::Avg => "AVG",
            Self::Sum => "SUM",
            Self::Count => "COUNT",
            Self::Min => "MIN",
            Self::Max => "MAX",
            Self::Stddev => "STDDEV",
        }
    }
}

impl Window {
    pub(super) fn validate(&self) -> Result<(), Diagnostic> {
        named(&self.from)?;
        self.on.validate("on: {player_lookup: player_lookup}")?;
        parsed_condition(&self.value)?;
        self.r#where.as_deref().map(parsed_condition).transpose()?;
        if self.last == Some(0) {
            return Err(Diagnostic::new("a window of the last 0 rows has no rows"));
        }
        Ok(())
    }
}

/// A stored aggregate.
#[derive(Debug)]
pub(super) struct Aggregated {
    pub(super) column: String,
    pub(super) window: Window,
    pub(super) tolerance: f64,
}

impl Aggregated {
    /// The rows that hold the aggregate.
    fn here(&self, about: &About<'_>, table: &Table) -> String {
        let mut columns: Vec<_> = self.window.on.ours().iter().map(|n| itself(n)).collect();
        columns.push((
            format!("CAST({} AS FLOAT64)", quoted(&self.column)),
            STORED.to_owned(),
        ));
        rows(about, table, &columns)
    }

    /// The rows it is of.
    fn source(&self) -> Result<String, Diagnostic> {
        let window = &self.window;
        let theirs: Vec<String> = window
            .on
            .pairs()
            .iter()
            .map(|(ours, there)| format!("{there} AS {}", quoted(ours)))
            .collect();
        let value = operand(&window.value);
        let mut conditions: Vec<String> = vec![format!("{value} IS NOT NULL")];
        conditions.push(format!("{} IS NOT NULL", quoted(&window.date)));
        conditions.extend(window.r#where.iter().map(|w| operand(w)));
        Ok(format!(
            "SELECT {}, CAST({} AS DATE) AS {ON}, CAST({value} AS FLOAT64) AS {SUMMED} FROM {} WHERE {}",
            theirs.join(", "),
            quoted(&window.date),
            named(&window.from)?,
            all(conditions)
        ))
    }
}

impl Relates for Aggregated {
    fn kind(&self) -> &'static str {
        "recompute"
    }

    fn columns(&self) -> Vec<String> {
        vec![self.column.clone()]
    }

    fn others(&self) -> Vec<(String, Vec<String>)> {
        let window = &self.window;
        let mut columns = window.on.theirs().unwrap_or_default();
        columns.push(window.date.clone());
        for text in [Some(&window.value), window.r#where.as_ref()]
            .into_iter()
            .flatten()
        {
            columns.extend(parsed_condition(text).unwrap_or_default());
        }
        vec![(window.from.clone(), columns)]
    }

    fn query(&self, about: &About<'_>, table: &Table) -> Result<(String, Vec<String>), Diagnostic> {
        let window = &self.window;
        if table.date().is_none() {
            return Err(Diagnostic::new(format!(
                "{} has no date column, so nothing came before",
                table.name()
            ))
            .help("`date:` of the table names it"));
        }
        if window.seasons && about.calendar.is_empty() {
            return Err(Diagnostic::new("the suite has no `seasons:`")
                .help("declare them, or leave `seasons` out of the window"));
        }
        let ours = window.on.ours();
        for name in &ours {
            table.require(name)?;
        }
        let here = self.here(about, table);
        let source = self.source()?;
        let season = |day: &str| match window.seasons {
            true => format!(", {} AS _season", about.calendar.season_sql(day)),
            false => String::new(),
        };
        let keys: Vec<String> = ours.iter().map(|name| quoted(name)).collect();
        let mut partition = keys.join(", ");
        if window.seasons {
            partition.push_str(", _season");
        }
        let frame = match window.last {
            Some(last) => format!("{} PRECEDING", last - 1),
            None => "UNBOUNDED PRECEDING".to_owned(),
        };
        // Each row of the source, with the aggregate that ends in it and the date of the next one.
        let rolled = format!(
            "(SELECT *, {}(_value) OVER (PARTITION BY {partition} ORDER BY _on, _value \
             ROWS BETWEEN {frame} AND CURRENT ROW) AS _computed, \
             LEAD(_on) OVER (PARTITION BY {partition} ORDER BY _on, _value) AS _next \
             FROM (SELECT *{} FROM ({source})))",
            window.aggregate.sql(),
            season("_on")
        );
        let join = |of: &str, before: &str, from: &str| {
            let mut on: Vec<String> = keys.iter().map(|k| format!("a.{k} = {of}.{k}")).collect();
            if window.seasons {
                on.push(format!("a._season = {of}._season"));
            }
            on.push(format!("{of}._on {before} a.{DAY}"));
            on.push(format!("({of}._next IS NULL OR {of}._next {from} a.{DAY})"));
            all(on)
        };
        let near = |of: &str| {
            let tolerance = self.tolerance;
            format!("ABS(a._stored - {of}._computed) <= {tolerance:?}")
        };
        let shown: Vec<String> = keys.iter().map(|k| format!("a.{k}")).collect();
        let sql = format!(
            "SELECT {}, {}, a._stored AS {}, b._computed AS computed, \
             c._computed AS with_the_same_day, CASE \
             WHEN a._stored IS NULL OR (b._computed IS NULL AND c._computed IS NULL) THEN '' \
             WHEN {} THEN NULL \
             WHEN {} THEN 'leaks the same day' \
             WHEN b._computed IS NULL THEN '' \
             ELSE 'differs' END AS {REASON}\n\
             FROM (SELECT *{} FROM {here}) AS a\n\
             LEFT JOIN {rolled} AS b ON {}\n\
             LEFT JOIN {rolled} AS c ON {}",
            head(about, table, "a"),
            shown.join(", "),
            quoted(&self.column),
            near("b"),
            near("c"),
            season(DAY),
            join("b", "<", ">="),
            join("c", "<=", ">")
        );
        Ok((sql, ours))
    }

    fn rolling(&self, about: &About<'_>, table: &Table) -> Result<Option<Rolling>, Diagnostic> {
        let window = &self.window;
        let figure = match window.aggregate {
            Aggregate::Avg => Figure::Mean,
            Aggregate::Stddev => Figure::Deviation,
            Aggregate::Sum | Aggregate::Count | Aggregate::Min | Aggregate::Max => return Ok(None),
        };
        let with_season = |rows: &str, day: &str| match window.seasons {
            true => format!(
                "SELECT *, {} AS _season FROM {rows}",
                about.calendar.season_sql(day)
            ),
            false => format!("SELECT * FROM {rows}"),
        };
        let mut keys = window.on.ours();
        let mut shown: Vec<String> = vec![DAY.to_owned()];
        shown.extend(per(about, table).map(|_| PER.to_owned()));
        shown.extend(keys.clone());
        keys.extend(window.seasons.then(|| "_season".to_owned()));
        let source = format!("({})", self.source()?);
        Ok(Some(Rolling {
            ours: with_season(&self.here(about, table), DAY),
            theirs: with_season(&source, ON),
            keys,
            column: self.column.clone(),
            figure,
            last: window
                .last
                .map(|n| usize::try_from(n).unwrap_or(usize::MAX)),
            tolerance: self.tolerance.to_bits(),
            shown,
        }))
    }

    fn violation(&self) -> String {
        let window = &self.window;
        let of = match window.last {
            Some(last) => format!("the last {last} {}", window.value),
            None => format!("all {} before", window.value),
        };
        format!(
            "have {} that is not the {} of {of}",
            self.column,
            window.aggregate.sql().to_lowercase()
        )
    }
}
