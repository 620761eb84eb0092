//! Opens a suite's lake: root, limits, clock and window.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;

use chrono::NaiveDate;
use datafusion::common::ScalarValue;
use globset::GlobBuilder;

use super::expand::expand;
use crate::check::{About, Calendar, Season};
use crate::diagnostic::{Diagnostic, near, suggestion};
use crate::dialect::Env;
use crate::finding::Inferred;
use crate::lake::{Address, Lake, Root, Table, days};
use crate::scan::Window;
use crate::schema::TableName;
use crate::session::{Limits, Session};
use crate::store::Store;
use crate::suite::{self, CheckSpec, Suite};

/// More threads than this only wait for each other.
const MOST_THREADS: usize = 1024;

/// What the command line asks for; what it leaves open the suite says.
#[derive(Debug, Clone, Default)]
pub struct Request {
    pub suite: Option<PathBuf>,
    pub lake: Option<String>,
    pub reports: Option<String>,
    pub as_of: Option<NaiveDate>,
    pub from: Option<NaiveDate>,
    pub to: Option<NaiveDate>,
    pub season: Option<String>,
    /// Globs over `dataset.table`; empty for all.
    pub tables: Vec<String>,
    /// Globs over names of checks; empty for all.
    pub checks: Vec<String>,
    pub threads: Option<usize>,
    /// Bytes.
    pub memory: Option<usize>,
    /// Whether what is known of files from earlier runs is used, and kept for later ones.
    pub state: bool,
    /// Rows of a batch, for tests.
    pub batch_rows: Option<usize>,
}

/// A lake that was opened for a suite.
#[derive(Debug)]
pub struct Opened {
    pub suite: Suite,
    pub session: Session,
    pub calendar: Calendar,
    /// None if none is given and no table of the lake tells its dates.
    pub as_of: Option<NaiveDate>,
    pub window: Window,
    /// The suite's parameters and those of the window.
    pub params: BTreeMap<String, ScalarValue>,
    pub reports: Address,
    /// What the suite was inferred from, if it was.
    pub inferred: Vec<Inferred>,
}

/// Rows of a batch, DataFusion's own default.
const BATCH_ROWS: usize = 8192;

/// Opens the lake of a request. Without a suite that is named or found, an empty one is used if the
/// request names a lake.
pub async fn open(request: &Request) -> Result<Opened, Diagnostic> {
    let suite = read_suite(request)?;
    let Some(address) = request.lake.as_ref().or(suite.lake.as_ref()) else {
        return Err(Diagnostic::new("no lake is named").help(
            "--lake DIR or `lake:` in the suite names the folder or bucket with the exports",
        ));
    };
    let root = Root::open(address)?;
    open_at(request, suite, root).await
}

/// Opens a suite over any root.
pub async fn open_at(
    request: &Request,
    mut suite: Suite,
    root: Root,
) -> Result<Opened, Diagnostic> {
    let reports = reports(request, &suite)?;
    let mut lake = Lake::open(root, &suite.declared()).await?;
    let none_yet = matches!(&reports, Address::Folder(folder) if !folder.is_dir());
    if !none_yet {
        lake.add_reports(Root::open(&reports.to_string())?).await?;
    }
    let lake = Arc::new(lake);
    let declarations = suite
        .tables
        .iter()
        .map(|(name, spec)| (name.clone(), spec.declaration.clone()))
        .collect();
    let mut session = Session::new(lake, suite.views.clone(), declarations, limits(request))?;
    if request.state {
        session.set_store(Arc::new(Store::open(&state(&suite, &reports)?).await?));
    }
    for view in &suite.views {
        if session.lake().files(&view.name).is_some() {
            let file = view.file.display();
            return Err(Diagnostic::new(format!(
                "{file}: the view `{}` has the name of a table of the lake",
                view.name
            ))
            .help("give the view another name"));
        }
    }
    let calendar = calendar(&suite);
    expand(&mut suite, &session, &calendar).await;
    select(&mut suite, request, &session)?;
    let used = used_tables(&suite, &session);
    let dates = session.dates(&used).await;
    let as_of = request.as_of.or(suite.as_of).or(dates.map(|d| d.1));
    session.set_clock(&Env {
        as_of,
        timezone: suite.timezone,
        default_zone: chrono_tz::Tz::UTC,
    })?;
    let window = window(request, &suite, as_of, dates)?;
    let mut params = suite.params.clone();
    let whole = (dates.map(|d| d.0).or(as_of), as_of);
    let (start, end) = window.map_or(whole, |(from, to)| (Some(from), Some(to)));
    for (name, day) in [
        ("check_date", as_of),
        ("start_date", start),
        ("end_date", end),
    ] {
        if let Some(day) = day {
            let day = ScalarValue::Date32(Some(days(day)));
            params.entry(name.to_owned()).or_insert(day);
        }
    }
    let season = as_of.and_then(|day| suite.season_of(day));
    if let Some(season) = request.season.as_deref().or(season) {
        let label = ScalarValue::Utf8View(Some(season.to_owned()));
        params.entry("season".to_owned()).or_insert(label);
    }
    Ok(Opened {
        calendar,
        suite,
        session,
        as_of,
        window,
        params,
        reports,
        inferred: Vec::new(),
    })
}

impl Opened {
    /// What a check of the suite is about.
    pub(super) fn about<'a>(&'a self, check: &'a CheckSpec, table: Option<&'a Table>) -> About<'a> {
        About {
            table,
            options: &check.options,
            calendar: &self.calendar,
            as_of: self.as_of,
        }
    }
}

/// Where the reports go.
pub(super) fn reports(request: &Request, suite: &Suite) -> Result<Address, Diagnostic> {
    let named = request.reports.as_ref().or(suite.reports.as_ref());
    Address::parse(named.map_or("reports", String::as_str))
}

/// Where the state of earlier audits is.
pub(super) fn state(suite: &Suite, reports: &Address) -> Result<Address, Diagnostic> {
    match &suite.state {
        Some(named) => Address::parse(named),
        None => Ok(reports.below("state")),
    }
}

/// The seasons of the suite.
fn calendar(suite: &Suite) -> Calendar {
    let seasons = suite.seasons.iter().map(|(label, season)| Season {
        label: label.clone(),
        start: season.start,
        end: season.end,
        breaks: season.breaks.iter().map(|b| (b.from, b.to)).collect(),
    });
    Calendar::new(seasons.collect()).with_incidents(suite.incidents.clone())
}

pub(super) fn read_suite(request: &Request) -> Result<Suite, Diagnostic> {
    if let Some(path) = &request.suite {
        return Suite::read(path);
    }
    let default = PathBuf::from(suite::FILE);
    if default.exists() {
        return Suite::read(&default);
    }
    if request.lake.is_some() {
        return Ok(Suite::default());
    }
    Err(
        Diagnostic::new(format!("no suite: there is no {} here", suite::FILE))
            .help("--lake DIR alone infers one from the data; --suite FILE names one"),
    )
}

pub(super) fn limits(request: &Request) -> Limits {
    let threads = request
        .threads
        .unwrap_or_else(|| std::thread::available_parallelism().map_or(1, usize::from));
    Limits {
        threads: threads.clamp(1, MOST_THREADS),
        memory: request.memory.unwrap_or_else(half_of_memory),
        batch_rows: request.batch_rows.unwrap_or(BATCH_ROWS).max(1),
    }
}

/// Half of the machine's memory, or 2 GiB where it does not tell.
fn half_of_memory() -> usize {
    const OTHERWISE: usize = 2 << 30;
    std::fs::read_to_string("/proc/meminfo")
        .ok()
        .and_then(|text| {
            let line = text.lines().find(|l| l.starts_with("MemTotal:"))?;
            line.split_whitespace().nth(1)?.parse::<usize>().ok()
        })
        .map_or(OTHERWISE, |kib| kib * 1024 / 2)
}

/// Keeps the checks the request asks for.
fn select(suite: &mut Suite, request: &Request, session: &Session) -> Result<(), Diagnostic> {
    let tables: Vec<String> = suite
        .tables
        .keys()
        .chain(session.lake().names())
        .map(ToString::to_string)
        .collect();
    let wanted_table = globs(&request.tables, &tables, "table")?;
    let wholes = suite.checks.iter().filter_map(|c| c.part_of.as_ref());
    let names = suite.checks.iter().map(|c| &c.name).chain(wholes);
    let names: Vec<String> = names.cloned().collect();
    let wanted_check = globs(&request.checks, &names, "check")?;
    suite.checks.retain(|c| {
        let table = c.table.as_ref().map(ToString::to_string);
        (wanted_check(&c.name) || c.part_of.as_deref().is_some_and(&wanted_check))
            && (request.tables.is_empty() || table.is_some_and(|t| wanted_table(&t)))
    });
    if !request.checks.is_empty() {
        // Who asks for some checks asks for no profiles.
        suite
            .tables
            .values_mut()
            .for_each(|table| table.profile = None);
    }
    if !request.tables.is_empty() {
        suite
            .tables
            .retain(|name, _| wanted_table(&name.to_string()));
    }
    Ok(())
}

/// Whether a name matches one of `patterns`; a pattern that matches no known name is an error.
pub(super) fn globs(
    patterns: &[String],
    known: &[String],
    what: &str,
) -> Result<impl Fn(&str) -> bool, Diagnostic> {
    let mut matchers = Vec::new();
    for pattern in patterns {
        let glob = GlobBuilder::new(pattern)
            .build()
            .map_err(|e| Diagnostic::new(format!("`{pattern}` is not a pattern: {}", e.kind())))?
            .compile_matcher();
        if !known.iter().any(|name| glob.is_match(name)) {
            let names = near(pattern, known.iter().map(String::as_str));
            let error = Diagnostic::new(format!("no {what} `{pattern}`"));
            return Err(match suggestion(&names) {
                Some(help) => error.help(help),
                None => error.help(format!("there are {}", known.join(", "))),
            });
        }
        matchers.push(glob);
    }
    Ok(move |name: &str| matchers.is_empty() || matchers.iter().any(|m| m.is_match(name)))
}

/// The tables of the lake that the suite is about; all, if it names none.
fn used_tables(suite: &Suite, session: &Session) -> Vec<TableName> {
    let named = suite
        .checks
        .iter()
        .filter_map(|c: &CheckSpec| c.table.as_ref())
        .chain(suite.tables.keys());
    let mut used: Vec<TableName> = named
        .filter(|name| session.lake().files(name).is_some())
        .cloned()
        .collect();
    used.sort();
    used.dedup();
    if used.is_empty() {
        used = session.lake().names().cloned().collect();
    }
    used
}

fn window(
    request: &Request,
    suite: &Suite,
    as_of: Option<NaiveDate>,
    dates: Option<(NaiveDate, NaiveDate)>,
) -> Result<Window, Diagnostic> {
    if let Some(label) = &request.season {
        let season = suite.season(label)?;
        let window = (season.start, season.end);
        outside(window, dates)?;
        return Ok(Some(window));
    }
    if (request.from, request.to) == (None, None) {
        return Ok(None);
    }
    let from = request.from.or(dates.map(|d| d.0));
    let Some(window) = from.zip(request.to.or(as_of)) else {
        return Err(Diagnostic::new("no table of the lake tells its dates")
            .help("give both --from and --to, or --as-of"));
    };
    let window = in_order(window)?;
    outside(window, dates)?;
    Ok(Some(window))
}

/// A window that does not end before it begins.
pub(super) fn in_order(
    (from, to): (NaiveDate, NaiveDate),
) -> Result<(NaiveDate, NaiveDate), Diagnostic> {
    match from > to {
        true => Err(Diagnostic::new(format!(
            "the window ends {to} before it begins {from}"
        ))),
        false => Ok((from, to)),
    }
}

/// An audit of days the lake knows nothing of would find nothing, and say that all is well.
fn outside(
    (from, to): (NaiveDate, NaiveDate),
    dates: Option<(NaiveDate, NaiveDate)>,
) -> Result<(), Diagnostic> {
    match dates {
        Some((first, last)) if to < first || from > last => Err(Diagnostic::new(format!(
            "no data from {from} to {to}: the dates of the lake are {first} to {last}"
        ))),
        _ => Ok(()),
    }
}
