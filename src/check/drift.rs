//! `drift`: columns whose values are other ones than on the game days before.

mod baseline;
mod change;
mod days;
mod fold;
mod rules;
mod sliding;
mod told;
mod walk;

#[cfg(test)]
mod tests;

use globset::{GlobBuilder, GlobMatcher};
use schemars::JsonSchema;
use serde::Deserialize;

use super::{About, Answer, Calendar, Check, Columns, Direction, Measured, Need, Part, Thresholds};
use crate::diagnostic::Diagnostic;
use crate::diff::is_volatile;
use crate::scan::metric::{Measure, Metric};
use crate::scan::quoted;
use crate::schema::BqType;
pub use fold::fold;
use rules::{LEAST_DAYS, Rules};
use told::Judgement;
use walk::Walk;

/// Which columns are watched, and against what.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(
    untagged,
    expecting = "expected `all`, or options such as {columns: ['feature_*_value'], days: 30}"
)]
pub enum Drift {
    /// `all`.
    Word(All),
    Of(Of),
}

#[derive(Debug, Clone, Copy, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum All {
    All,
}

#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Of {
    /// Globs of the columns; all by default.
    columns: Option<Columns>,
    /// Globs of columns that are left out.
    except: Option<Columns>,
    /// How many game days before a day it is compared with; 30 by default.
    days: Option<usize>,
    /// From how many standard deviations of the baseline's rows on a moved mean warns and is critical; 2 and 3 by default.
    mean: Option<Levels>,
    /// From how many percentage points on a share of NULLs or zeros warns and is critical; 5 and 10 by default.
    shares: Option<Levels>,
    /// The literal that stands for a missing value; its share is watched, too.
    default: Option<f64>,
    /// Days with fewer values are not judged; 5 by default.
    least_rows: Option<u64>,
    /// How many rows of a day may be alike, as those of a team are; 10 by default.
    alike: Option<f64>,
}

/// Sizes from which on a change warns and is critical.
#[derive(Debug, Clone, Copy, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Levels {
    warning: f64,
    critical: f64,
}

impl Drift {
    pub(super) const DOC: &str = "\
drift: columns whose values are other ones than on the game days before.

  - drift: all
  - drift: {columns: ['feature_*_value'], days: 30, mean: {warning: 2, critical: 3}}
  - drift: {columns: fatigue_score, default: 50, shares: {warning: 5, critical: 10}}

Each day of the window is compared with the 30 good game days before it, of its season. Told are a
mean that moved by 2 standard deviations of the baseline's rows (critical from 3); a share of NULLs,
zeros or of the `default` that moved by 5 points (critical from 10) and by 0.2 in Cohen's h (from
0.5); values whose deviation collapsed to a tenth (critical) or grew threefold; a constant that no
longer is one; and a shape, by a population stability index of 0.5 beyond chance on three days in a
row. That is, if the days compared with did nothing like it: it must be outside of their range, and
of that of the same weeks of other seasons, by half of it. Sizes decide, never p-values alone; those
only withhold what chance would give in all columns and days together (Bonferroni, 5 %). Rows of a
day are taken as alike as the days before show them to be, and where they show nothing, as `alike`
(10) rows of a team. What is large but not sure on one day is told once the next days say the same,
from its first.

A level that lasts for ten game days is told once, `from` its first day `on`, and is the new
baseline. Days that fail are in no baseline, nor are the suite's `incidents:`. In the first 14 days
of a season only NULLs are told, against the same weeks of other seasons. In the seven days after a
break of four days or more NULLs, zeros and shapes are not judged, and twice as much of the rest is
let pass. A mean on its way from day to day, as of a counter, is compared with where it would be.

`all` leaves out the key, dates, and times of processing and other volatile columns. The window
says which days are judged; files before it are read for their history. Columns that change on the
same days are told as one episode; `tables.NAME.drift.COLUMN` is the name of one to accept.

Cost: the columns, in the table's one pass.";

    pub(super) fn checks(self) -> Result<Vec<Box<dyn Check>>, Diagnostic> {
        let of = match self {
            Self::Word(All::All) => Of::default(),
            Self::Of(of) => of,
        };
        let rules = of.rules()?;
        let globs = |columns: Option<Columns>| {
            let patterns = columns.map(Columns::into_vec).unwrap_or_default();
            patterns
                .iter()
                .map(|p| glob(p))
                .collect::<Result<Vec<_>, _>>()
        };
        Ok(vec![Box::new(OfColumns {
            columns: globs(of.columns)?,
            except: globs(of.except)?,
            rules,
        })])
    }
}

fn glob(pattern: &str) -> Result<(String, GlobMatcher), Diagnostic> {
    let glob = GlobBuilder::new(&pattern.to_lowercase())
        .build()
        .map_err(|e| Diagnostic::new(format!("`{pattern}` is not a pattern: {}", e.kind())))?;
    Ok((pattern.to_owned(), glob.compile_matcher()))
}

impl Of {
    fn rules(&self) -> Result<Rules, Diagnostic> {
        let mut rules = Rules::default();
        for (levels, name) in [(self.mean, "mean"), (self.shares, "shares")] {
            let fits = |l: Levels| l.warning > 0.0 && l.critical >= l.warning;
            if !levels.is_none_or(fits) {
                return Err(Diagnostic::new(format!(
                    "`{name}` needs a warning above 0 and a critical level at or above it"
                )));
            }
        }
        if let Some(levels) = self.mean {
            (rules.mean.warns, rules.mean.critical) = (levels.warning, levels.critical);
        }
        if let Some(levels) = self.shares {
            let points = &mut rules.shares.points;
            (points.warns, points.critical) = (levels.warning / 100.0, levels.critical / 100.0);
        }
        rules.default = self.default;
        rules.least_rows = self.least_rows.unwrap_or(rules.least_rows).max(1);
        rules.alike = self.alike.unwrap_or(rules.alike);
        if rules.alike.is_nan() || rules.alike < 1.0 {
            return Err(Diagnostic::new("`alike` must be 1 or more"));
        }
        rules.days = self.days.unwrap_or(rules.days);
        if rules.days < LEAST_DAYS {
            return Err(Diagnostic::new(format!(
                "`days` must be {} or more",
                LEAST_DAYS
            )));
        }
        Ok(rules)
    }
}

/// What is asked for, before the table's columns are known.
#[derive(Debug)]
struct OfColumns {
    columns: Vec<(String, GlobMatcher)>,
    except: Vec<(String, GlobMatcher)>,
    rules: Rules,
}

impl Check for OfColumns {
    fn kind(&self) -> &'static str {
        "drift"
    }

    fn columns(&self) -> Vec<String> {
        Vec::new()
    }

    fn needs(&self, about: &About<'_>) -> Result<Need, Diagnostic> {
        self.expand(about, &[])?;
        Err(Diagnostic::new("the table has no column to watch"))
    }

    fn judge(&self, _: &Answer<'_>) -> Vec<Part> {
        Vec::new()
    }

    fn violation(&self) -> String {
        "drift".to_owned()
    }

    fn stands_for_others(&self) -> bool {
        true
    }

    fn expand(
        &self,
        about: &About<'_>,
        key: &[String],
    ) -> Result<Option<Vec<Box<dyn Check>>>, Diagnostic> {
        let table = about.table(self.kind())?;
        if table.date().is_none() {
            return Err(
                Diagnostic::new("drift needs days, and the table has no date column")
                    .help("`date:` of the table names it"),
            );
        }
        let names: Vec<String> = table
            .columns()
            .iter()
            .map(|c| c.name.to_lowercase())
            .collect();
        for (pattern, glob) in self.columns.iter().chain(&self.except) {
            if !names.iter().any(|name| glob.is_match(name)) {
                return Err(Diagnostic::new(format!("no column `{pattern}`"))
                    .did_you_mean(pattern, names.iter().map(String::as_str)));
            }
        }
        let date = table.date().map(|date| date.name.as_str());
        let watched = table.columns().iter().filter(|column| {
            let name = column.name.to_lowercase();
            let named = self.columns.iter().any(|(_, glob)| glob.is_match(&name));
            let by_default = self.columns.is_empty()
                && !is_volatile(&name)
                && !key.iter().any(|key| key.eq_ignore_ascii_case(&name))
                && !is_time(&column.bq_type);
            let nested = matches!(
                column.bq_type,
                BqType::Array(_) | BqType::Struct(_) | BqType::Foreign(_)
            );
            (named || by_default)
                && !nested
                && column.unreadable.is_none()
                && Some(column.name.as_str()) != date
                && !self.except.iter().any(|(_, glob)| glob.is_match(&name))
        });
        let watched: Vec<String> = watched.map(|column| column.name.clone()).collect();
        let columns = watched.len();
        let one = |column: String| {
            Box::new(OfColumn {
                column,
                columns,
                rules: self.rules,
                calendar: about.calendar.clone(),
            }) as Box<dyn Check>
        };
        Ok(Some(watched.into_iter().map(one).collect()))
    }
}

fn is_time(bq_type: &BqType) -> bool {
    matches!(
        bq_type,
        BqType::Date | BqType::Datetime | BqType::Timestamp | BqType::DatetimeOrTimestamp
    )
}

/// One watched column.
#[derive(Debug)]
struct OfColumn {
    column: String,
    /// How many are watched together.
    columns: usize,
    rules: Rules,
    calendar: Calendar,
}

impl OfColumn {
    fn judged(&self, answer: &Answer<'_>) -> Vec<Judgement> {
        let Answer::Metric(within) = answer else {
            return Vec::new();
        };
        Walk::new(&self.rules, &self.calendar, self.columns).over(*within)
    }
}

impl Check for OfColumn {
    fn kind(&self) -> &'static str {
        "drift"
    }

    fn columns(&self) -> Vec<String> {
        vec![self.column.clone()]
    }

    fn needs(&self, about: &About<'_>) -> Result<Need, Diagnostic> {
        let table = about.table(self.kind())?;
        let column = table.require(&self.column)?;
        let name = || column.name.clone();
        let measure = match column.bq_type {
            BqType::Bool => Measure::Condition {
                condition: quoted(&column.name),
                negated: false,
                columns: vec![name()],
                told: None,
            },
            _ => Measure::Profile { column: name() },
        };
        Ok(Need::History(Metric {
            measure,
            filter: about.options.filter.clone(),
            per: None,
        }))
    }

    fn judge(&self, answer: &Answer<'_>) -> Vec<Part> {
        let part = |judgement: Judgement| {
            let mut segment = judgement.segment;
            segment.value = judgement.episode.map(Some);
            Part {
                segment,
                measured: Measured::Value {
                    value: Some(judgement.score),
                    thresholds: Thresholds {
                        warning: Some(judgement.warns),
                        critical: Some(1.0),
                        direction: Direction::Above,
                    },
                    row: judgement.row,
                    remark: judgement.told,
                    days: None,
                },
            }
        };
        self.judged(answer).into_iter().map(part).collect()
    }

    fn sentence(&self, remark: &str) -> Option<String> {
        Some(match remark {
            "" => format!("{} is as before", self.column),
            changed => format!("{}: {changed}", self.column),
        })
    }

    fn values(&self) -> &'static str {
        "days"
    }

    fn violation(&self) -> String {
        format!("drift in {}", self.column)
    }
}
