//! `lakeaudit diff`: what differs between two runs of a table.

use std::path::Path;
use std::sync::Arc;

use super::open::{in_order, limits, read_suite};
use super::repro::Rows;
use super::{Opened, Request};
use chrono::NaiveDate;

use crate::check::{OfDiff, unusable_condition};
use crate::diagnostic::{Diagnostic, suggestion};
use crate::dialect::{self, Env};
use crate::diff::{self, Difference, KeyColumns, KeyFrom, Options, Runs, Source};
use crate::infer;
use crate::lake::{Address, Column, Declared, Lake, Root, Table};
use crate::scan::{Window, quoted};
use crate::schema::{BqType, TableName};
use crate::session::Session;
use crate::suite::Suite;

/// As many keys found in the data are weighed, of each side.
const KEYS: usize = 4;

/// What is compared, and how.
#[derive(Debug, Clone, Default)]
pub struct DiffRequest {
    /// Each `dataset.table`, `dataset.table@20260130` or a path of Parquet files.
    pub sides: Vec<String>,
    /// The columns by which rows are found; empty to look for them.
    pub key: Vec<String>,
    /// Rows are compared whole.
    pub no_key: bool,
    pub options: Options,
    /// The options that say how values count as equal, as they were typed.
    pub flags: Vec<String>,
}

/// A side, and the session it is read in where it is no table of the lake.
struct Opening {
    session: Option<Session>,
    table: Arc<Table>,
    name: String,
}

/// Whether a side is a path, as opposed to a table's name.
fn is_path(side: &str) -> bool {
    side.contains(['/', '\\'])
        || side.ends_with(".parquet")
        || (!side.contains('.') && Path::new(side).exists())
}

/// What a request came to, and where its reports go.
#[derive(Debug)]
pub struct Answer {
    pub compared: Compared,
    pub reports: Address,
}

/// What the sides of a request came to.
#[derive(Debug)]
pub enum Compared {
    Two(Box<Difference>),
    /// Of three runs or more; and two of them that show best what differs.
    Many(Runs, Option<Box<Difference>>),
}

impl Compared {
    /// Whether all sides have the same rows with the same values.
    pub fn is_equal(&self) -> bool {
        match self {
            Self::Two(found) => found.is_equal(),
            Self::Many(found, _) => found.is_equal(),
        }
    }
}

/// Compares the sides of a request.
pub async fn diff(
    request: &Request,
    asked: &DiffRequest,
    progress: &(dyn Fn(&str) + Sync),
) -> Result<Answer, Diagnostic> {
    if asked.sides.len() < 2 {
        return Err(
            Diagnostic::new("a diff has two sides or more").help("lakeaudit diff LEFT RIGHT")
        );
    }
    progress("listing");
    let opened = match asked.sides.iter().all(|side| is_path(side)) && request.lake.is_none() {
        true => None,
        false => Some(super::open(request).await?),
    };
    let alone = match &opened {
        Some(_) => Suite::default(),
        None => read_suite(request).unwrap_or_default(),
    };
    let suite = opened.as_ref().map_or(&alone, |opened| &opened.suite);
    let reports = match &opened {
        Some(opened) => opened.reports.clone(),
        None => super::open::reports(request, suite)?,
    };
    let mut openings = Vec::new();
    for name in &asked.sides {
        openings.push(side(request, opened.as_ref(), name).await?);
    }
    let mut sources = Vec::new();
    for opening in &openings {
        sources.push(source(opening, opened.as_ref())?);
    }
    let [left, right, ..] = sources.as_slice() else {
        return Err(Diagnostic::new("a diff has two sides or more"));
    };
    let window = match &opened {
        Some(opened) => opened.window,
        None => open_window(request)?,
    };
    let mut options = asked.options.clone();
    if let Some(condition) = &options.filter {
        for side in &sources {
            let tried = usable(side, condition).await;
            tried.map_err(|mut e| {
                e.message = format!("of `{}`, {}", side.name, e.message);
                e
            })?;
        }
    }
    let (condition, notes) = filter(window, &sources, options.filter)?;
    options.filter = condition;
    progress("looking for the key");
    let wanted = options.filter.as_ref();
    let key = key(&asked.key, asked.no_key, suite, left, right, wanted).await?;
    if sources.len() == 2 {
        options.rules = rules(suite, left, right).await;
        let mut found = diff::diff(left, right, &key, &options, progress).await?;
        found.notes.extend(notes);
        let compared = Compared::Two(Box::new(found));
        return Ok(Answer { compared, reports });
    }
    let found = diff::runs(&sources, &key, &options, progress).await?;
    let telling = found.telling();
    let pair = telling.and_then(|(usual, odd)| Some((sources.get(usual)?, sources.get(odd)?)));
    let explained = match pair {
        Some((usual, odd)) => {
            options.rules = rules(suite, usual, odd).await;
            let mut found = diff::diff(usual, odd, &key, &options, progress).await?;
            found.notes.extend(notes);
            Some(Box::new(found))
        }
        None => None,
    };
    let compared = Compared::Many(found, explained);
    Ok(Answer { compared, reports })
}

fn source<'a>(side: &'a Opening, opened: Option<&'a Opened>) -> Result<Source<'a>, Diagnostic> {
    let lake = opened.map(|opened| &opened.session);
    let session = side
        .session
        .as_ref()
        .or(lake)
        .ok_or_else(|| Diagnostic::new("no lake is named"))?;
    Ok(Source {
        session,
        table: Arc::clone(&side.table),
        name: side.name.clone(),
    })
}

async fn side(
    request: &Request,
    opened: Option<&Opened>,
    side: &str,
) -> Result<Opening, Diagnostic> {
    if is_path(side) {
        return path(request, side).await;
    }
    let Some(opened) = opened else {
        return Err(Diagnostic::new("no lake is named")
            .help("--lake DIR names the folder or bucket with the exports"));
    };
    let name = named(side, opened.session.lake())?;
    let table = opened.session.table(&name).await?;
    Ok(Opening {
        session: None,
        table,
        name: side.to_owned(),
    })
}

/// A table's name, with the date of a snapshot as `@2026-01-30` or `@20260130`.
fn named(side: &str, lake: &Lake) -> Result<TableName, Diagnostic> {
    let Some((name, date)) = side.split_once('@') else {
        return side.parse();
    };
    let table: TableName = name.parse()?;
    let date = date.replace('-', "");
    let known = lake.snapshots(&table);
    if known.contains(&date.as_str()) {
        return Ok(TableName::new(
            &table.dataset,
            format!("{}@{date}", table.table),
        ));
    }
    if lake.files(&table).is_none() {
        return Err(lake.unknown(&table, []));
    }
    let error = Diagnostic::new(format!("`{table}` has no snapshot of {date}"));
    Err(match known.as_slice() {
        [] => {
            error.help("snapshots are folders such as 20260130/ in the table's folder or above it")
        }
        known => {
            let known: Vec<String> = known.iter().map(|date| format!("{table}@{date}")).collect();
            error.help(suggestion(&known).unwrap_or_default())
        }
    })
}

/// A folder of Parquet files, or one file, as a table in a session of its own.
async fn path(request: &Request, side: &str) -> Result<Opening, Diagnostic> {
    let side = side.trim_end_matches('/');
    let (folder, name) = side.rsplit_once('/').unwrap_or((".", side));
    let (root, files) = match side.ends_with(".parquet") {
        true => (folder, globset::escape(name)),
        false => (side, "**/*.parquet".to_owned()),
    };
    let plain = |text: &str| -> String {
        let keep = |c: char| {
            if c.is_alphanumeric() || c == '_' {
                c
            } else {
                '_'
            }
        };
        text.trim_end_matches(".parquet")
            .chars()
            .map(keep)
            .collect()
    };
    let above = folder.rsplit('/').next().unwrap_or_default();
    let table = TableName::new(format!("path_{}", plain(above)), plain(name));
    let declared = Declared {
        name: table.clone(),
        path: files,
    };
    let lake = Lake::open(Root::open(root)?, &[declared]).await?;
    let session = Session::new(
        Arc::new(lake),
        Vec::new(),
        Default::default(),
        limits(request),
    )?;
    let table = session.table(&table).await?;
    Ok(Opening {
        session: Some(session),
        table,
        name: side.to_owned(),
    })
}

/// When it is to a request, where a lake is read.
pub(super) async fn clock(
    request: &Request,
    asked: &DiffRequest,
) -> Result<Option<Env>, Diagnostic> {
    match asked.sides.iter().all(|side| is_path(side)) && request.lake.is_none() {
        true => Ok(None),
        false => Ok(Some(super::open(request).await?.session.clock().clone())),
    }
}

/// The rows of a side for which a condition is true, and its table.
pub(super) async fn rows_of(
    request: &Request,
    name: &str,
    condition: &str,
) -> Result<(Rows, Arc<Table>), Diagnostic> {
    let opened = match is_path(name) && request.lake.is_none() {
        true => None,
        false => Some(super::open(request).await?),
    };
    let opening = side(request, opened.as_ref(), name).await?;
    let source = source(&opening, opened.as_ref())?;
    let rows = super::repro::read(source.session, source.table.name(), Some(condition)).await?;
    Ok((rows, source.table))
}

/// The table of a check compared with another.
pub(super) async fn of_check(
    opened: &Opened,
    table: &Arc<Table>,
    of: &OfDiff,
    most: usize,
) -> Result<Difference, Diagnostic> {
    let other = side(&Request::default(), Some(opened), &of.other).await?;
    let left = Source {
        session: &opened.session,
        table: Arc::clone(table),
        name: table.name().to_string(),
    };
    let right = source(&other, Some(opened))?;
    let sides = [left, right];
    let (filter, notes) = filter(opened.window, &sides, of.options.filter.clone())?;
    let [left, right] = sides;
    let key = key(
        &of.key,
        false,
        &opened.suite,
        &left,
        &right,
        filter.as_ref(),
    )
    .await?;
    let options = Options {
        filter,
        rules: rules(&opened.suite, &left, &right).await,
        rows: most,
        ..of.options.clone()
    };
    let mut found = diff::diff(&left, &right, &key, &options, &|_| {}).await?;
    found.notes.extend(notes);
    Ok(found)
}

/// The key that is asked for, or the suite's, or what names the rows.
async fn key(
    asked: &[String],
    no_key: bool,
    suite: &Suite,
    left: &Source<'_>,
    right: &Source<'_>,
    filter: Option<&String>,
) -> Result<KeyColumns, Diagnostic> {
    let of = |columns: Vec<String>, from: KeyFrom| {
        Ok(KeyColumns {
            columns,
            from,
            others: Vec::new(),
        })
    };
    if no_key {
        return of(Vec::new(), KeyFrom::Rows);
    }
    if !asked.is_empty() {
        return of(asked.to_vec(), KeyFrom::Asked);
    }
    let in_both = |key: &Vec<String>| {
        !key.is_empty()
            && key
                .iter()
                .all(|c| left.table.column(c).is_some() && right.table.column(c).is_some())
    };
    for name in family(suite, left, right) {
        if let Some(key) = suite
            .tables
            .get(&name)
            .map(|spec| &spec.key)
            .filter(|key| in_both(key))
        {
            return of(key.clone(), KeyFrom::Suite);
        }
    }
    let mut named = Vec::new();
    for side in [left, right] {
        let found = diff::read(side, infer::keys(side.session, &side.table, KEYS)).await?;
        for key in found.into_iter().filter(|key| in_both(key)) {
            let lower = |key: &[String]| key.iter().map(|c| c.to_lowercase()).collect::<Vec<_>>();
            if !named
                .iter()
                .any(|known: &Vec<String>| lower(known) == lower(&key))
            {
                named.push(key);
            }
        }
    }
    if let Some(best) = diff::best_key(left, right, &named, filter).await? {
        let key = named.swap_remove(best);
        return Ok(KeyColumns {
            columns: key,
            from: KeyFrom::Data,
            others: named,
        });
    }
    of(Vec::new(), KeyFrom::Rows)
}

/// Tables of the suite that tell of both sides: themselves, and the one whose name both begin with.
fn family(suite: &Suite, left: &Source<'_>, right: &Source<'_>) -> Vec<TableName> {
    let (ours, theirs) = (left.table.name(), right.table.name());
    let mut all = vec![ours.clone(), theirs.clone()];
    let begins = |name: &TableName, of: &TableName| {
        of.dataset == name.dataset && of.table.starts_with(&name.table)
    };
    let above = suite
        .tables
        .keys()
        .filter(|name| begins(name, ours) && begins(name, theirs));
    all.extend(above.max_by_key(|name| name.table.len()).cloned());
    all
}

/// The window of a request without a lake: open where it says nothing.
fn open_window(request: &Request) -> Result<Window, Diagnostic> {
    if let Some(season) = &request.season {
        return Err(
            Diagnostic::new(format!("no suite tells when season {season} is"))
                .help("--from and --to name its days"),
        );
    }
    match (request.from, request.to) {
        (None, None) => Ok(None),
        (from, to) => {
            in_order((from.unwrap_or(NaiveDate::MIN), to.unwrap_or(NaiveDate::MAX))).map(Some)
        }
    }
}

/// The condition rows have to hold, what is asked for and the window, and what is to be told of it.
///
/// Days are those of the first side's date column. Where another side's column of that name has another type, all are cast.
fn filter(
    window: Window,
    sides: &[Source<'_>],
    filter: Option<String>,
) -> Result<(Option<String>, Vec<String>), Diagnostic> {
    let (Some((from, to)), Some((left, others))) = (window, sides.split_first()) else {
        return Ok((filter, Vec::new()));
    };
    let Some(date) = left.table.date() else {
        return Err(Diagnostic::new(format!(
            "`{}` has no date column, so it has no days to choose from",
            left.name
        ))
        .help("--where takes any condition"));
    };
    let cast = format!("CAST({} AS DATE)", quoted(&date.name));
    let mut notes = Vec::new();
    for other in others {
        let theirs = their_date(left, date, other)?;
        if theirs.bq_type != date.bq_type {
            notes.push(format!(
                "days are chosen by {cast}: `{}` is {} in `{}` and {} in `{}`",
                date.name, date.bq_type, left.name, theirs.bq_type, other.name
            ));
        }
    }
    let day = match (&date.bq_type, notes.as_slice()) {
        (BqType::Date, []) => quoted(&date.name),
        _ => cast,
    };
    let mut parts = Vec::new();
    if from > NaiveDate::MIN {
        parts.push(format!("{day} >= DATE '{from}'"));
    }
    if to < NaiveDate::MAX {
        parts.push(format!("{day} <= DATE '{to}'"));
    }
    parts.extend(filter.map(|filter| format!("({filter}\n)")));
    Ok((Some(parts.join(" AND ")), notes))
}

/// The column of another side by which its days are chosen.
fn their_date<'a>(
    left: &Source<'_>,
    date: &Column,
    other: &'a Source<'_>,
) -> Result<&'a Column, Diagnostic> {
    let refused = |what: String| {
        Diagnostic::new(format!(
            "days are chosen by `{}`, {} in `{}`, and `{}` {what}",
            date.name, date.bq_type, left.name, other.name
        ))
        .help("--where takes any condition that both sides can be asked")
    };
    let Some(theirs) = other.table.column(&date.name) else {
        return Err(refused("has no such column".to_owned()));
    };
    if let Some(why) = &theirs.unreadable {
        return Err(refused(format!("can't read it: {why}")));
    }
    match theirs.bq_type {
        BqType::Date
        | BqType::Datetime
        | BqType::Timestamp
        | BqType::DatetimeOrTimestamp
        | BqType::String => Ok(theirs),
        _ => Err(refused(format!("has {}, which is no DATE", theirs.bq_type))),
    }
}

/// What the suite's checks say a column ought to hold, each with the condition of it; only what both sides can be asked.
async fn rules(suite: &Suite, left: &Source<'_>, right: &Source<'_>) -> Vec<(String, String)> {
    let family = family(suite, left, right);
    let mut rules = Vec::new();
    for spec in suite.checks.iter().filter(|spec| {
        spec.table
            .as_ref()
            .is_some_and(|table| family.contains(table))
    }) {
        let Some((states, holds)) = spec.check.witness(&left.table) else {
            continue;
        };
        let rule = match &spec.options.filter {
            Some(filter) => format!("IF((\n{filter}\n), {holds}, NULL)"),
            None => holds,
        };
        if can_ask(left, &rule).await && can_ask(right, &rule).await {
            rules.push((states, rule));
        }
    }
    rules
}

/// Fails where a condition that is asked for can't be asked of a side.
async fn usable(side: &Source<'_>, condition: &str) -> Result<(), Diagnostic> {
    dialect::parse_expression(condition).map_err(|e| unusable_condition(condition, &e))?;
    let name = side.table.name();
    let sql = format!(
        "SELECT 1 FROM `{}.{}` WHERE (\n{condition}\n)",
        name.dataset, name.table
    );
    let planned = match dialect::parse(&sql) {
        Ok(query) => side
            .session
            .plan(&query, &Default::default())
            .await
            .map(drop),
        Err(e) => Err(e),
    };
    planned.map_err(|mut e| {
        // The condition begins on the second line.
        e.line = e.line.saturating_sub(1).max(1);
        unusable_condition(condition, &e)
    })
}

async fn can_ask(side: &Source<'_>, condition: &str) -> bool {
    let name = side.table.name();
    let sql = format!(
        "SELECT {condition} AS holds FROM `{}.{}`",
        name.dataset, name.table
    );
    let Ok(query) = dialect::parse(&sql) else {
        return false;
    };
    side.session.plan(&query, &Default::default()).await.is_ok()
}
