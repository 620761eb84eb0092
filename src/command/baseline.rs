//! `lakeaudit baseline`: takes baselines of the lake, and reads those that were taken.

use std::path::Path;

use arrow::array::RecordBatch;
use chrono::NaiveDate;

use super::open::{globs, open, read_suite, reports};
use super::{Opened, Request};
use crate::diagnostic::Diagnostic;
use crate::schema::TableName;
use crate::snapshot::{
    self, Asked, Comparison, Encoded, Entry, Grain, SeasonSpan, Shelf, Snapshot,
};
use crate::suite::{self, Suite};

/// A baseline that was read.
#[derive(Debug)]
pub struct Shown {
    pub name: String,
    /// A hash of its bytes, 16 hexadecimal digits.
    pub id: String,
    /// Bytes of its files.
    pub size: u64,
    pub snapshot: Snapshot,
}

/// Where the baselines of a request are: below the reports it names, or the suite's, or `reports`.
pub fn shelf(request: &Request) -> Result<Shelf, Diagnostic> {
    let suite = match request.suite.is_some() || Path::new(suite::FILE).exists() {
        true => read_suite(request)?,
        false => Suite::default(),
    };
    Ok(Shelf::of(&reports(request, &suite)?))
}

/// Takes a baseline of a request's lake and keeps it as `name`, which must be free. What earlier runs know of files is used.
///
/// The name is looked at before anything is read. A season that no suite states is one of the calendar: `2025-26` is October
/// 2025 to June 2026.
pub async fn take(
    request: &Request,
    name: &str,
    by: Grain,
    progress: &(dyn Fn(&str) + Sync),
) -> Result<(Shown, Opened), Diagnostic> {
    Shelf::check_name(name)?;
    let (request, opened, label) = of_season(request).await?;
    let shelf = Shelf::of(&opened.reports);
    shelf.require_free(name).await?;
    let asked = asked(&request, &opened, label, by)?;
    let snapshot = snapshot::take(&opened.session, &asked, progress).await?;
    progress("writing the baseline");
    let failed = |e: ::parquet::errors::ParquetError| {
        Diagnostic::new(format!("failed to write the baseline `{name}`: {e}"))
    };
    let files = snapshot::encode(&snapshot).map_err(failed)?;
    shelf.write(name, &files).await?;
    let shown = Shown {
        name: name.to_owned(),
        id: snapshot::id(&files),
        size: size(&files),
        snapshot,
    };
    Ok((shown, opened))
}

/// Opens the lake of a request, whose season the calendar knows where its suite states none; with the season's label.
async fn of_season(request: &Request) -> Result<(Request, Opened, Option<String>), Diagnostic> {
    let mut request = request.clone();
    let label = request.season.clone();
    let stated = read_suite(&request)?.seasons;
    if let Some((from, to)) = label.as_deref().and_then(of_calendar)
        && stated.is_empty()
    {
        (request.season, request.from, request.to) = (None, Some(from), Some(to));
    }
    let opened = open(&request).await?;
    Ok((request, opened, label))
}

/// October to June of a label such as `2025-26`.
fn of_calendar(label: &str) -> Option<(NaiveDate, NaiveDate)> {
    let (first, second) = label.split_once('-')?;
    let year: i32 = first.parse().ok().filter(|_| first.len() == 4)?;
    let next: i32 = second.parse().ok().filter(|_| second.len() == 2)?;
    if (year + 1).rem_euclid(100) != next {
        return None;
    }
    let from = NaiveDate::from_ymd_opt(year, 10, 1)?;
    Some((from, NaiveDate::from_ymd_opt(year + 1, 6, 30)?))
}

fn asked(
    request: &Request,
    opened: &Opened,
    label: Option<String>,
    by: Grain,
) -> Result<Asked, Diagnostic> {
    let lake = opened.session.lake();
    let names: Vec<String> = lake.names().map(ToString::to_string).collect();
    let wanted = globs(&request.tables, &names, "table")?;
    let suite = &opened.suite;
    let seasons = suite.seasons.iter().map(|(label, season)| SeasonSpan {
        label: label.clone(),
        from: season.start,
        to: season.end,
    });
    let mut pairs = Vec::new();
    for check in suite
        .checks
        .iter()
        .filter(|c| c.check.kind() == "correlation")
    {
        if let (Some(table), [a, b]) = (&check.table, check.check.columns().as_slice()) {
            pairs.push((table.clone(), a.clone(), b.clone()));
        }
    }
    Ok(Asked {
        window: opened.window,
        season: label,
        tables: lake
            .names()
            .filter(|name| wanted(&name.to_string()))
            .cloned()
            .collect(),
        patterns: request.tables.clone(),
        seasons: seasons.collect(),
        by,
        suite: suite.file.is_some().then(|| suite.digest()),
        pairs,
    })
}

/// All baselines, by name.
pub async fn list(request: &Request) -> Result<(Shelf, Vec<Entry>), Diagnostic> {
    let shelf = shelf(request)?;
    let entries = shelf.list().await?;
    Ok((shelf, entries))
}

/// Reads a baseline.
pub async fn show(request: &Request, name: &str) -> Result<Shown, Diagnostic> {
    let shelf = shelf(request)?;
    let (snapshot, id, size) = shelf.read(name).await?;
    Ok(Shown {
        name: name.to_owned(),
        id,
        size,
        snapshot,
    })
}

impl Shown {
    /// The table a user means by `name`: `dataset.table`, or the name alone where one dataset has it.
    pub fn table(&self, name: &str) -> Result<String, Diagnostic> {
        let mut names: Vec<&str> = self
            .snapshot
            .tables
            .iter()
            .map(|t| t.table.as_str())
            .collect();
        names.dedup();
        let plain = match name.parse::<TableName>() {
            Ok(name) => name.to_string(),
            Err(_) => name.to_owned(),
        };
        let short = |full: &str| full.split_once('.').is_some_and(|(_, t)| t == plain);
        let found: Vec<&str> = match names.iter().find(|full| **full == plain) {
            Some(full) => vec![full],
            None => names.iter().copied().filter(|full| short(full)).collect(),
        };
        match found.as_slice() {
            [one] => Ok((*one).to_owned()),
            [] => {
                let error =
                    Diagnostic::new(format!("no table `{name}` in the baseline `{}`", self.name));
                let error = error.help(format!("there are {}", names.join(", ")));
                // By their own names as well.
                let tables = names.iter().filter_map(|full| full.split_once('.'));
                let all: Vec<&str> = names.iter().copied().chain(tables.map(|t| t.1)).collect();
                Err(error.did_you_mean(name, all))
            }
            several => Err(
                Diagnostic::new(format!("`{name}` is a table of several datasets"))
                    .help(format!("write {}", several.join(" or "))),
            ),
        }
    }

    /// The column of `table` called `name`, ignoring case.
    pub fn column(&self, table: &str, name: &str) -> Result<String, Diagnostic> {
        let rows = || {
            self.snapshot
                .contract
                .iter()
                .filter(|row| row.table == table)
        };
        let found = rows().find(|row| row.column.eq_ignore_ascii_case(name));
        let missing = || {
            Diagnostic::new(format!("no column `{name}` in {table} of `{}`", self.name))
                .did_you_mean(name, rows().map(|row| row.column.as_str()))
        };
        found.map(|row| row.column.clone()).ok_or_else(missing)
    }
}

/// Compares the baseline `b` with `a`.
pub async fn compare(request: &Request, a: &str, b: &str) -> Result<Comparison, Diagnostic> {
    let shelf = shelf(request)?;
    let (before, ..) = shelf.read(a).await?;
    let (after, ..) = shelf.read(b).await?;
    Ok(snapshot::compare((a, &before), (b, &after)))
}

/// Compares the lake as it is with the baseline `a`: its tables and its window, where the request names no others. Nothing is
/// written but what later runs may use.
pub async fn compare_lake(
    request: &Request,
    a: &str,
    progress: &(dyn Fn(&str) + Sync),
) -> Result<(Comparison, Opened), Diagnostic> {
    let (before, ..) = shelf(request)?.read(a).await?;
    let mut request = request.clone();
    if request.tables.is_empty() {
        request.tables = before.about.tables.clone();
    }
    let mut known = None;
    if (&request.season, request.from, request.to) == (&None, None, None) {
        (request.from, request.to) = (before.about.from, before.about.to);
        known = before.about.season.clone();
    }
    let (request, opened, label) = of_season(&request).await?;
    let asked = asked(&request, &opened, label.or(known), before.about.by)?;
    let now = snapshot::take(&opened.session, &asked, progress).await?;
    let found = snapshot::compare((a, &before), (opened.session.lake().root().name(), &now));
    Ok((found, opened))
}

/// The readable figures of a baseline's columns, as they are on disk but without the states.
pub async fn figures(request: &Request, name: &str) -> Result<Vec<RecordBatch>, Diagnostic> {
    let shelf = shelf(request)?;
    let files = shelf.files(name).await?;
    let failed = |why: String| Diagnostic::new(format!("can't read the baseline `{name}`: {why}"));
    let file = files.iter().find(|file| file.dataset == "columns");
    let file = file.ok_or_else(|| failed("columns.parquet is missing".to_owned()))?;
    snapshot::about(&file.bytes).map_err(failed)?;
    let mut readable = Vec::new();
    for batch in snapshot::batches(&file.bytes).map_err(failed)? {
        let schema = batch.schema();
        let named = schema.fields().iter().enumerate();
        let kept = named.filter(|(_, f)| !["state", "frequencies"].contains(&f.name().as_str()));
        let kept: Vec<usize> = kept.map(|(at, _)| at).collect();
        readable.push(batch.project(&kept).map_err(|e| failed(e.to_string()))?);
    }
    Ok(readable)
}

/// Removes a baseline.
pub async fn remove(request: &Request, name: &str) -> Result<Shelf, Diagnostic> {
    let shelf = shelf(request)?;
    shelf.remove(name).await?;
    Ok(shelf)
}

fn size(files: &[Encoded]) -> u64 {
    files.iter().map(|file| file.bytes.len() as u64).sum()
}

/// How a file is exported, by its ending.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Export {
    Parquet,
    Csv,
    /// An object a line.
    Jsonl,
    /// An array of objects.
    Json,
}

impl Export {
    /// By the ending of a file's name.
    pub fn of(file: &Path) -> Result<Self, Diagnostic> {
        let ending = file
            .extension()
            .and_then(|e| e.to_str())
            .unwrap_or_default();
        match ending.to_ascii_lowercase().as_str() {
            "parquet" => Ok(Self::Parquet),
            "csv" => Ok(Self::Csv),
            "jsonl" | "ndjson" => Ok(Self::Jsonl),
            "json" => Ok(Self::Json),
            _ => Err(Diagnostic::new(format!(
                "{} does not say in what form to export",
                file.display()
            ))
            .help("name a file that ends in .parquet, .csv, .json or .jsonl")),
        }
    }
}
