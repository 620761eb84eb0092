//! Takes a baseline: one pass a table, the states of its days merged by period.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use arrow::array::AsArray;
use arrow::compute::cast;
use arrow::datatypes::{DataType, Float64Type};
use chrono::{Datelike, NaiveDate};

use super::FORMAT;
use super::model::{
    About, ColumnRow, ContractRow, Correlation, FileRow, Grain, Kind, Period, Snapshot, TableRow,
};
use crate::baseline::season::season_of;
use crate::diagnostic::Diagnostic;
use crate::lake::{Column, Footer, LakeFile, Origin, Table, date_of, days};
use crate::scan::metric::{Measure, Metric};
use crate::scan::{
    self, Figures, MetricOutcome, Outcome, Plan, Window, encode_figures, is_sampled, quoted,
};
use crate::schema::{BqType, TableName, column_index};
use crate::session::Session;
use crate::state::comoments::CoMoments;

/// What to take a baseline of.
#[derive(Debug, Clone, Default)]
pub struct Asked {
    pub window: Window,
    /// How the window is called, if it is a season.
    pub season: Option<String>,
    /// The tables, and the patterns that named them.
    pub tables: Vec<TableName>,
    pub patterns: Vec<String>,
    /// The seasons rows are told apart by; where there are none, those of the calendar (October to June).
    pub seasons: Vec<SeasonSpan>,
    pub by: Grain,
    /// The hash of the suite's text.
    pub suite: Option<u128>,
    /// Pairs of columns that the suite minds, besides those that are found.
    pub pairs: Vec<(TableName, String, String)>,
}

/// A season and its first and last day.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SeasonSpan {
    pub label: String,
    pub from: NaiveDate,
    pub to: NaiveDate,
}

/// Pairs of columns whose correlation is looked for at most: of that many columns, and so many pairs.
const PAIRED_COLUMNS: usize = 80;
const PAIRS: usize = 48;
/// How strongly they must go together in a sample, and of how many rows.
const LEAST_R: f64 = 0.3;
const LEAST_ROWS: u64 = 30;

/// Takes a baseline of the lake of `session`. `progress` is told what is being done.
///
/// Fails on a table that is not there and on a file that can't be read. The result depends on nothing but the files and
/// what is asked.
pub async fn take(
    session: &Session,
    asked: &Asked,
    progress: &(dyn Fn(&str) + Sync),
) -> Result<Snapshot, Diagnostic> {
    let mut snapshot = Snapshot {
        about: About {
            format: FORMAT,
            lakeaudit: env!("CARGO_PKG_VERSION").to_owned(),
            suite: asked.suite.map(|digest| format!("{digest:032x}")),
            season: asked.season.clone(),
            from: asked.window.map(|(from, _)| from),
            to: asked.window.map(|(_, to)| to),
            tables: asked.patterns.clone(),
            by: asked.by,
        },
        tables: Vec::new(),
        contract: Vec::new(),
        columns: Vec::new(),
        correlations: Vec::new(),
        files: Vec::new(),
    };
    let names: BTreeSet<&TableName> = asked.tables.iter().collect();
    for name in names {
        progress(&format!("taking {name}"));
        let table = session.table(name).await?;
        if let Some((file, why)) = table.broken().first() {
            return Err(unreadable(file.path().as_ref(), why));
        }
        let taking = Taking {
            session,
            asked,
            table,
        };
        taking.table(&mut snapshot).await?;
    }
    Ok(snapshot)
}

fn unreadable(file: &str, why: &str) -> Diagnostic {
    Diagnostic::new(format!("can't read {file}: {why}")).help(
        "a baseline is of all its files: export this one again, or name other tables with --tables",
    )
}

struct Taking<'a> {
    session: &'a Session,
    asked: &'a Asked,
    table: Arc<Table>,
}

impl Taking<'_> {
    async fn table(&self, snapshot: &mut Snapshot) -> Result<(), Diagnostic> {
        let table = &self.table;
        let name = table.name().to_string();
        let files: Vec<&(LakeFile, Footer)> =
            table.files().iter().filter(|f| self.is_wanted(f)).collect();
        let columns = self.columns(&files);
        snapshot
            .files
            .extend(files.iter().map(|(file, footer)| FileRow {
                table: name.clone(),
                path: file.path().to_string(),
                size: file.meta.size,
                rows: footer.rows(),
                fingerprint: format!("{:032x}", footer.digest()),
            }));
        let numbered = columns.iter().enumerate();
        snapshot
            .contract
            .extend(numbered.map(|(at, column)| ContractRow {
                table: name.clone(),
                position: at as u64 + 1,
                column: column.name.clone(),
                bq_type: column.bq_type.to_string(),
                from_folder: column.origin == Origin::Folder,
                absent_files: files.iter().filter(|f| lacks(f, column)).count() as u64,
                unreadable: column.unreadable.clone(),
            }));
        let readable: Vec<&Column> = columns
            .into_iter()
            .filter(|column| column.unreadable.is_none())
            .collect();
        let pairs = self.pairs(&readable).await?;
        let mut metrics = vec![metric(Measure::Rows, None)];
        let filter = self.filter();
        for column in &readable {
            let column_name = || column.name.clone();
            metrics.push(metric(
                Measure::Profile {
                    column: column_name(),
                },
                None,
            ));
            let frequencies = Measure::Frequencies {
                column: column_name(),
            };
            metrics.push(metric(frequencies, filter.clone()));
            if matches!(column.bq_type, BqType::BigNumeric(..)) {
                // The pass has no distribution of them, only sums.
                metrics.push(metric(
                    Measure::Spread {
                        column: column_name(),
                    },
                    None,
                ));
            }
        }
        for (a, b) in &pairs {
            let (a, b) = (a.clone(), b.clone());
            metrics.push(metric(Measure::Pair { a, b }, None));
        }
        let plan = Plan::new(self.session, table.name(), &metrics, self.asked.window).await?;
        let outcome = plan.run(self.session).await?;
        if let Some((file, why)) = outcome.failed.values().flatten().next() {
            return Err(unreadable(file, why));
        }
        let Outcome {
            metrics: measured, ..
        } = outcome;
        let mut measured = measured.into_iter();
        let days = self.days(&measured.next().unwrap_or_default());
        self.rows(&days, &files, snapshot);
        for column in readable {
            let mut next = || measured.next().unwrap_or_default();
            let (profile, frequencies) = (next(), next());
            let spread = match column.bq_type {
                BqType::BigNumeric(..) => Some(next()),
                _ => None,
            };
            let mut profile = self.by_period(&profile);
            let mut frequencies = self.frequencies(&frequencies, &days);
            let mut spread = spread
                .map(|spread| self.by_period(&spread))
                .unwrap_or_default();
            for period in days.periods(self) {
                let mut row = ColumnRow::new(&name, column, period.clone());
                if let Some(figures) = profile.remove(&period) {
                    row.profile(&figures);
                }
                if let Some(Figures::Spread(spread)) = spread.remove(&period) {
                    row.spread(&spread);
                }
                match (frequencies.remove(&period), period.kind) {
                    (Some(figures), _) => row.frequencies(&figures),
                    // Nothing but NULL.
                    (None, Kind::Whole | Kind::Month) if row.nulls == row.rows => {
                        row.frequencies(&Figures::Frequencies(Box::default()));
                    }
                    _ => {}
                }
                snapshot.columns.push(row);
            }
        }
        for ((a, b), outcome) in pairs.into_iter().zip(measured) {
            let whole = self.by_period(&outcome).remove(&Period::whole());
            let Some(figures @ Figures::Pair(_)) = whole else {
                continue;
            };
            let state = encode_figures(&figures);
            if let Figures::Pair(pair) = figures {
                snapshot.correlations.push(Correlation {
                    table: name.clone(),
                    a,
                    b,
                    pairs: pair.pairs(),
                    r: pair.corr().filter(|r| r.is_finite()),
                    state,
                });
            }
        }
        Ok(())
    }

    /// The columns of the files of the window, in the order of the last file, then by name, so that other files change nothing.
    fn columns(&self, files: &[&(LakeFile, Footer)]) -> Vec<&Column> {
        let last = files.last().map(|(_, footer)| footer.schema());
        let place = |column: &Column| {
            let at = last.and_then(|schema| column_index(schema, &column.name));
            (at.unwrap_or(usize::MAX), column.name.to_lowercase())
        };
        let all = self.table.columns().iter();
        let mut columns: Vec<&Column> = all
            .filter(|column| files.is_empty() || !files.iter().all(|file| lacks(file, column)))
            .collect();
        columns.sort_by_cached_key(|column| place(column));
        columns
    }

    /// Whether a file may have rows of the window.
    fn is_wanted(&self, (file, footer): &(LakeFile, Footer)) -> bool {
        match (self.asked.window, self.table.file_dates(file, footer)) {
            (Some((from, to)), Some((first, last))) => last >= from && first <= to,
            _ => true,
        }
    }

    /// The condition of the window, for what is not told apart by day.
    fn filter(&self) -> Option<String> {
        let ((from, to), date) = (self.asked.window?, self.table.date()?);
        let column = quoted(&date.name);
        let day = match date.bq_type {
            BqType::Date => column,
            _ => format!("CAST({column} AS DATE)"),
        };
        Some(format!("{day} BETWEEN DATE '{from}' AND DATE '{to}'"))
    }

    fn is_inside(&self, day: Option<i32>) -> bool {
        match (self.asked.window, day) {
            (Some((from, to)), Some(day)) => (days(from)..=days(to)).contains(&day),
            (Some(_), None) => self.table.date().is_none(),
            (None, _) => true,
        }
    }

    /// The season of a day.
    fn season(&self, date: NaiveDate) -> Option<String> {
        if self.asked.seasons.is_empty() {
            let year = season_of(date)?;
            return Some(format!("{year}-{:02}", (year + 1).rem_euclid(100)));
        }
        let holds = |season: &&SeasonSpan| (season.from..=season.to).contains(&date);
        self.asked
            .seasons
            .iter()
            .find(holds)
            .map(|s| s.label.clone())
    }

    /// The periods a day is in.
    fn periods(&self, day: Option<i32>) -> Vec<Period> {
        let mut periods = vec![Period::whole()];
        let Some(date) = day.and_then(date_of) else {
            return periods;
        };
        let mut put = |kind, name| periods.push(Period { kind, name });
        if let Some(season) = self.season(date) {
            put(Kind::Season, season);
        }
        put(Kind::Month, month(date));
        if self.asked.by == Grain::Day {
            put(Kind::Day, date.to_string());
        }
        periods
    }

    /// The rows of each day of the window.
    fn days(&self, rows: &MetricOutcome) -> Days {
        let mut found = BTreeMap::new();
        for (segment, figures) in &rows.segments {
            if let Figures::Tally(tally) = figures
                && self.is_inside(segment.day)
            {
                *found.entry(segment.day).or_insert(0) += tally.total();
            }
        }
        Days(found)
    }

    fn rows(&self, days: &Days, files: &[&(LakeFile, Footer)], snapshot: &mut Snapshot) {
        let table = &self.table;
        let mut by_period: BTreeMap<Period, TableRow> = BTreeMap::new();
        let row = |period: Period| TableRow {
            table: table.name().to_string(),
            rows: 0,
            first_date: None,
            last_date: None,
            days: 0,
            files: period.is_whole().then_some(files.len() as u64),
            bytes: period
                .is_whole()
                .then(|| files.iter().map(|(file, _)| file.meta.size).sum()),
            date_column: table.date().map(|date| date.name.clone()),
            period,
        };
        by_period.insert(Period::whole(), row(Period::whole()));
        for (day, rows) in &days.0 {
            for period in self.periods(*day) {
                let slot = by_period.entry(period.clone());
                let slot = slot.or_insert_with(|| row(period));
                slot.rows += rows;
                if let Some(date) = day.and_then(date_of) {
                    slot.first_date.get_or_insert(date);
                    slot.last_date = Some(date);
                    slot.days += 1;
                }
            }
        }
        snapshot.tables.extend(by_period.into_values());
    }

    /// The figures of days, merged.
    fn by_period(&self, outcome: &MetricOutcome) -> BTreeMap<Period, Figures> {
        let mut merged: BTreeMap<Period, Figures> = BTreeMap::new();
        for (segment, figures) in &outcome.segments {
            if !self.is_inside(segment.day) {
                continue;
            }
            for period in self.periods(segment.day) {
                merge(&mut merged, period, figures);
            }
        }
        merged
    }

    /// The figures of months, merged. A season that shares a month with days outside of it has none.
    fn frequencies(&self, outcome: &MetricOutcome, days: &Days) -> BTreeMap<Period, Figures> {
        let mut merged: BTreeMap<Period, Figures> = BTreeMap::new();
        let torn = days.torn(self);
        for (segment, figures) in &outcome.segments {
            merge(&mut merged, Period::whole(), figures);
            let Some(date) = segment.day.and_then(date_of) else {
                continue;
            };
            let name = month(date);
            let seasons = days.seasons(self, &name);
            for season in seasons.into_iter().filter(|s| !torn.contains(s)) {
                let kind = Kind::Season;
                merge(&mut merged, Period { kind, name: season }, figures);
            }
            let kind = Kind::Month;
            merge(&mut merged, Period { kind, name }, figures);
        }
        merged
    }

    /// The pairs of columns that go together in a sample of the window, the strongest first, and those that are asked for; in
    /// order.
    async fn pairs(&self, columns: &[&Column]) -> Result<Vec<(String, String)>, Diagnostic> {
        let table = &self.table;
        let number = |name: &str| {
            let named = columns.iter().find(|c| c.name.eq_ignore_ascii_case(name));
            named.filter(|c| c.bq_type.is_number())
        };
        let mut pairs: BTreeSet<(String, String)> = BTreeSet::new();
        for (of, a, b) in &self.asked.pairs {
            if of == table.name()
                && let (Some(a), Some(b)) = (number(a), number(b))
            {
                pairs.insert(ordered(&a.name, &b.name));
            }
        }
        let columns: Vec<&Column> = columns
            .iter()
            .copied()
            .filter(|column| column.bq_type.is_number() && is_sampled(column))
            .take(PAIRED_COLUMNS)
            .collect();
        if columns.len() < 2 {
            return Ok(pairs.into_iter().collect());
        }
        let failed = |why: String| Diagnostic::new(format!("{}: {why}", table.name()));
        let all = table.files().iter().enumerate();
        let wanted = all.filter(|(_, file)| self.is_wanted(file) && file.1.rows() > 0);
        let files: Vec<usize> = wanted.map(|(index, _)| index).collect();
        if files.is_empty() {
            return Ok(pairs.into_iter().collect());
        }
        let sampled = scan::sampled_of(self.session, table, files);
        let sampled = sampled.await.map_err(failed)?;
        let days = sampled.days.iter().filter(|day| self.is_inside(day.day));
        let rows: Vec<usize> = days.flat_map(|day| day.kept.clone()).collect();
        let mut values: Vec<(&str, Vec<f64>)> = Vec::new();
        for column in columns {
            let Some(array) = sampled.batch.column_by_name(&column.name) else {
                continue;
            };
            let floats = cast(array, &DataType::Float64).map_err(|e| failed(e.to_string()))?;
            let floats = floats.as_primitive::<Float64Type>();
            let value = |row: &usize| match floats.is_valid_at(*row) {
                true => floats.value(*row),
                false => f64::NAN,
            };
            values.push((&column.name, rows.iter().map(value).collect()));
        }
        let mut found: Vec<(f64, (String, String))> = Vec::new();
        for (at, (a, xs)) in values.iter().enumerate() {
            for (b, ys) in values.iter().skip(at + 1) {
                if let Some(r) = sampled_r(xs, ys).filter(|r| *r >= LEAST_R) {
                    found.push((r, ordered(a, b)));
                }
            }
        }
        found.sort_by(|a, b| b.0.total_cmp(&a.0).then_with(|| a.1.cmp(&b.1)));
        pairs.extend(found.into_iter().take(PAIRS).map(|(_, pair)| pair));
        Ok(pairs.into_iter().collect())
    }
}

/// Whether an array has a value at a row, which it may not reach.
trait ValidAt {
    fn is_valid_at(&self, row: usize) -> bool;
}

impl<A: arrow::array::Array> ValidAt for A {
    fn is_valid_at(&self, row: usize) -> bool {
        row < self.len() && self.is_valid(row)
    }
}

/// The size of a correlation over rows in which both sides are finite.
fn sampled_r(xs: &[f64], ys: &[f64]) -> Option<f64> {
    let both = xs
        .iter()
        .zip(ys)
        .filter(|(x, y)| x.is_finite() && y.is_finite());
    let (xs, ys): (Vec<f64>, Vec<f64>) = both.unzip();
    if (xs.len() as u64) < LEAST_ROWS {
        return None;
    }
    let mean = |of: &[f64]| of.iter().sum::<f64>() / of.len() as f64;
    let (x, y) = (mean(&xs), mean(&ys));
    let (mut xx, mut yy, mut xy) = (0.0, 0.0, 0.0);
    for (a, b) in xs.iter().zip(&ys) {
        xx += (a - x) * (a - x);
        yy += (b - y) * (b - y);
        xy += (a - x) * (b - y);
    }
    let r = xy / (xx * yy).sqrt();
    r.is_finite().then(|| r.abs())
}

/// A pair in the order of its names.
fn ordered(a: &str, b: &str) -> (String, String) {
    let (a, b) = if a <= b { (a, b) } else { (b, a) };
    (a.to_owned(), b.to_owned())
}

fn merge(merged: &mut BTreeMap<Period, Figures>, period: Period, figures: &Figures) {
    match merged.get_mut(&period) {
        Some(mine) => mine.merge(figures),
        None => drop(merged.insert(period, figures.clone())),
    }
}

fn month(date: NaiveDate) -> String {
    format!("{:04}-{:02}", date.year(), date.month())
}

/// The rows of each day of the window; those without a date under none.
struct Days(BTreeMap<Option<i32>, u64>);

impl Days {
    /// All periods that have rows, and the whole.
    fn periods(&self, taking: &Taking<'_>) -> BTreeSet<Period> {
        let days = self.0.keys().flat_map(|day| taking.periods(*day));
        days.chain([Period::whole()]).collect()
    }

    /// The seasons of the days of a month.
    fn seasons(&self, taking: &Taking<'_>, name: &str) -> BTreeSet<String> {
        let dates = self.0.keys().filter_map(|day| date_of((*day)?));
        dates
            .filter(|date| month(*date) == name)
            .filter_map(|date| taking.season(date))
            .collect()
    }

    /// Seasons that share a month with days outside of them.
    fn torn(&self, taking: &Taking<'_>) -> BTreeSet<String> {
        let mut months: BTreeMap<String, BTreeSet<Option<String>>> = BTreeMap::new();
        for date in self.0.keys().filter_map(|day| date_of((*day)?)) {
            let seasons = months.entry(month(date)).or_default();
            seasons.insert(taking.season(date));
        }
        let torn = months.into_values().filter(|seasons| seasons.len() > 1);
        torn.flatten().flatten().collect()
    }
}

fn metric(measure: Measure, filter: Option<String>) -> Metric {
    Metric {
        measure,
        filter,
        per: None,
    }
}

fn lacks((_, footer): &(LakeFile, Footer), column: &Column) -> bool {
    column.origin == Origin::File && column_index(footer.schema(), &column.name).is_none()
}

/// The pair of a correlation's state, for those who compare it.
pub(super) fn pair_of(state: &[u8]) -> Option<CoMoments> {
    match scan::decode_figures(state) {
        Ok(Figures::Pair(pair)) => Some(pair),
        _ => None,
    }
}
