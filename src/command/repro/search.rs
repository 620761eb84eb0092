//! Where rows that fail are looked for.

use std::collections::BTreeSet;
use std::sync::Arc;

use chrono::NaiveDate;
use object_store::memory::InMemory;
use object_store::{ObjectStore, ObjectStoreExt};

use super::Fewest;
use super::columns::{Names, named};
use super::failure::Failure;
use super::reduce::{Fails, reduce};
use super::rows::{MOST, Rows, condition, path, read, read_some};
use crate::command::open::read_suite;
use crate::command::{Opened, open_at};
use crate::diagnostic::Diagnostic;
use crate::dialect;
use crate::finding::Report;
use crate::lake::{LakeFile, Root, Table};
use crate::scan::quoted;
use crate::schema::{BqType, TableName};
use crate::session::View;
use crate::suite::CheckSpec;

/// The failure is asked for so often.
pub(super) const ASKED: usize = 400;
/// Days before a failing one that a check may look back to.
const BACK: i64 = 14;
/// So many keys of a day are looked at by themselves, so many days, and so many files.
const KEYS: usize = 20;
const DAYS: usize = 8;
const FILES: usize = 20;

/// What a check reads, through views, too.
pub(super) struct Read {
    pub(super) tables: Vec<TableName>,
    pub(super) views: Vec<View>,
}

impl Read {
    pub(super) fn of(spec: &CheckSpec, opened: &Opened) -> Self {
        let mut open: Vec<TableName> = spec.table.iter().cloned().collect();
        open.extend(
            spec.check
                .others()
                .iter()
                .filter_map(|(name, _)| name.parse().ok()),
        );
        let of = |sql: &str| -> Vec<TableName> {
            let query = dialect::parse(sql);
            let tables = query.map(|query| query.tables()).unwrap_or_default();
            tables
                .iter()
                .filter_map(|table| TableName::from_parts(&table.parts))
                .collect()
        };
        if let Some(query) = &spec.query {
            open.extend(of(&query.text));
        }
        let mut read = Self {
            tables: Vec::new(),
            views: Vec::new(),
        };
        let mut seen = BTreeSet::new();
        while let Some(name) = open.pop() {
            if !seen.insert(name.clone()) {
                continue;
            }
            if let Some(view) = opened.session.views().find(|view| view.name == name) {
                open.extend(of(&view.sql));
                read.views.push(view.clone());
            } else if opened.session.lake().files(&name).is_some() {
                read.tables.push(name);
            }
        }
        read.tables.sort();
        read.views.sort_by(|a, b| a.name.cmp(&b.name));
        read
    }
}

/// Where rows are looked for.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Scope {
    /// Rows of these keys; of tables that have other keys, those of the day.
    Keys(Vec<String>, NaiveDate),
    Days(NaiveDate, NaiveDate),
    All,
}

impl Scope {
    /// The condition for a table; `None` for all its rows.
    fn condition(&self, table: &Table) -> Option<String> {
        let (from, to) = match self {
            Self::Keys(keys, day) => {
                let has = |key: &str| {
                    let key: serde_json::Map<String, serde_json::Value> =
                        serde_json::from_str(key).unwrap_or_default();
                    key.keys().all(|name| table.column(name).is_some())
                };
                if keys.iter().all(|key| has(key))
                    && let Some(condition) = condition(keys.iter().map(String::as_str))
                {
                    return Some(condition);
                }
                (day, day)
            }
            Self::Days(from, to) => (from, to),
            Self::All => return None,
        };
        let date = table.date()?;
        let day = match date.bq_type {
            BqType::Date => quoted(&date.name),
            _ => format!("CAST({} AS DATE)", quoted(&date.name)),
        };
        Some(format!("{day} BETWEEN DATE '{from}' AND DATE '{to}'"))
    }

    /// Its rows of these tables; `None` if they are too many.
    async fn rows(
        &self,
        opened: &Opened,
        tables: &[TableName],
    ) -> Result<Option<Vec<Rows>>, Diagnostic> {
        let mut found = Vec::new();
        let mut rows = 0;
        for name in tables {
            let table = opened.session.table(name).await?;
            let condition = self.condition(&table);
            // Of a table without a condition the footers tell, without reading it.
            if condition.is_none() && table.rows() as usize > MOST {
                return Ok(None);
            }
            let part = read(&opened.session, name, condition.as_deref()).await?;
            rows += part.batch.num_rows();
            if rows > MOST {
                return Ok(None);
            }
            found.push(part);
        }
        Ok(Some(found))
    }
}

/// Where rows that fail may be: keys and single days, then what is wider.
fn scopes(opened: &Opened, report: &Report, name: &str) -> (Vec<Scope>, Vec<Scope>) {
    let evidence = || report.evidence.iter().filter(|row| row.check == name);
    let failing = report.days.iter().filter(|day| day.check == name);
    let mut days: BTreeSet<NaiveDate> = failing.map(|day| day.date).collect();
    days.extend(evidence().filter_map(|row| row.date));
    let mut near = Vec::new();
    if let Some(day) = evidence().filter_map(|row| row.date).min() {
        let of_day = evidence().filter(|row| row.date == Some(day));
        let keys: Vec<String> = of_day.take(KEYS).map(|row| row.key.clone()).collect();
        if keys.iter().all(|key| key != "{}") {
            near.push(Scope::Keys(keys, day));
        }
    }
    near.extend(days.iter().take(DAYS).map(|day| Scope::Days(*day, *day)));
    let mut wide = Vec::new();
    if let (Some(first), Some(last)) = (days.first(), days.last()) {
        let back = *first - chrono::TimeDelta::days(BACK);
        wide.extend([Scope::Days(back, *first), Scope::Days(back, *last)]);
    }
    wide.extend(opened.window.map(|(from, to)| Scope::Days(from, to)));
    wide.push(Scope::All);
    wide.dedup();
    (near, wide)
}

/// What was found in a scope.
struct Found {
    rows: Vec<Rows>,
    count: usize,
    minimal: bool,
}

/// The fewest rows that fail, as far as they are found. Other days are tried while they may do with fewer: a mean of five
/// games may need them all on one day and a single one on another.
pub(super) async fn fewest(
    opened: &Opened,
    report: &Report,
    read: &Read,
    by: &Names,
    fails: &mut Failure,
) -> Result<(Vec<Rows>, Fewest), Diagnostic> {
    let (near, wide) = scopes(opened, report, fails.same.name());
    let single = near.len();
    let mut best: Option<Found> = None;
    let (mut left, mut too_many) = (ASKED, false);
    for (at, scope) in near.into_iter().chain(wide).enumerate() {
        if best.is_some() && at >= single {
            break;
        }
        let Some(tables) = scope.rows(opened, &read.tables).await? else {
            too_many = true;
            continue;
        };
        let Some(found) = within(tables, &mut left, by, fails).await? else {
            continue;
        };
        if best.as_ref().is_some_and(|best| best.count <= found.count) {
            break;
        }
        // One row of each table can't be outdone.
        let least = found.count <= read.tables.len();
        best = Some(found);
        if least {
            break;
        }
    }
    told(best, too_many, fails)
}

/// The same for a check that is about files: the rows of one that is at fault, as they are there.
pub(super) async fn fewest_of_files(
    opened: &Opened,
    since: Option<NaiveDate>,
    by: &Names,
    fails: &mut Failure,
) -> Result<(Vec<Rows>, Fewest), Diagnostic> {
    let mut best = None;
    if let Some(name) = fails.table.clone() {
        let table = opened.session.table(&name).await?;
        let of_day = table.files().iter().filter(|(file, footer)| {
            let dates = table.file_dates(file, footer).zip(since);
            dates.is_none_or(|((from, to), since)| (from..=to).contains(&since))
        });
        for (file, _) in of_day.take(FILES) {
            let rows = one_of(opened, fails, &name, file).await?;
            best = within(vec![rows], &mut ASKED.clone(), by, fails).await?;
            if best.is_some() {
                break;
            }
        }
    }
    told(best, false, fails)
}

/// A row of one file, with the types it has there and not those of the table.
async fn one_of(
    opened: &Opened,
    fails: &Failure,
    name: &TableName,
    file: &LakeFile,
) -> Result<Rows, Diagnostic> {
    let failed =
        |e: object_store::Error| Diagnostic::new(format!("failed to read {}: {e}", file.path()));
    let from = opened.session.lake().fetch(name).store();
    let whole = from.get(file.path()).await.map_err(failed)?;
    let bytes = whole.bytes().await.map_err(failed)?;
    let alone: Arc<dyn ObjectStore> = Arc::new(InMemory::new());
    let put = alone.put(&path(name).into(), bytes.into()).await;
    put.map_err(failed)?;
    let mut suite = read_suite(&fails.request)?;
    for table in suite.tables.values_mut() {
        (table.path, table.profile) = (None, None);
    }
    let opened = open_at(&fails.request, suite, Root::with_store(alone, "lake")).await?;
    read_some(&opened.session, name, None, 1).await
}

/// The fewest of these rows, if they fail.
async fn within(
    tables: Vec<Rows>,
    left: &mut usize,
    by: &Names,
    fails: &mut Failure,
) -> Result<Option<Found>, Diagnostic> {
    fails.tables = tables;
    let all: Vec<usize> = (0..fails.len()).collect();
    if all.is_empty() || !fails.fails(&all).await {
        return Ok(None);
    }
    let whole = std::mem::take(&mut fails.tables);
    fails.tables = named(whole, by, fails).await?;
    let reduced = reduce(all.len(), *left, fails).await;
    *left = left.saturating_sub(reduced.asked);
    Ok(Some(Found {
        rows: fails.chosen(&reduced.kept)?,
        count: reduced.kept.len(),
        minimal: reduced.minimal,
    }))
}

fn told(
    best: Option<Found>,
    too_many: bool,
    fails: &Failure,
) -> Result<(Vec<Rows>, Fewest), Diagnostic> {
    let name = fails.same.name();
    match best {
        Some(best) => Ok((
            best.rows,
            match best.minimal {
                true => Fewest::Needed,
                false => Fewest::Ended { asked: ASKED },
            },
        )),
        None if too_many => Err(Diagnostic::new(format!(
            "`{name}` needs more than {MOST} rows to fail"
        ))
        .help("--from and --to choose fewer days")),
        None => Err(
            Diagnostic::new(format!("no rows of the lake alone make `{name}` fail"))
                .help("what fails may be in its files or in the suite: lakeaudit audit tells"),
        ),
    }
}
