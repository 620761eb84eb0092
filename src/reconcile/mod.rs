//! JSON documents against typed columns, of their own table or of others by a key, without configuration.
//!
//! ```text
//! outline    the paths the documents have
//! source     which rows belong together: the same row, or a row of another table by its key
//! pairing    which path belongs to which column, told by a sample's values and by names
//! count      each pair over all rows, in one pass a source
//! explain    what was done to the values that differ
//! checks     what holds, as checks for a suite
//! ```
//!
//! Invariant: what is found depends on the tables' rows alone. Samples are chosen by hashes of the rows, and counts are
//! those of all rows.

mod checks;
mod compare;
mod count;
mod explain;
mod measure;
mod model;
mod names;
mod pairing;
mod paths;
mod score;
mod source;

use std::collections::BTreeSet;
use std::sync::Arc;

use arrow::array::{Array, AsArray, RecordBatch};

use checks::Checked;
use count::Rows;
use measure::{Paths, Reconciled, drawn, one, sample_rows};
use paths::{REACH, paths_of};
use source::{Source, Wanted};

pub use compare::{Coercion, Disagreement as HowDisagrees};
pub use model::{
    Counted, Document, Explanation, Joinable, KeyColumn, Pair, Reconciliation, Sample, SourceTold,
    Unreached, short,
};
pub use pairing::Basis;

use crate::diagnostic::Diagnostic;
use crate::infer::{self, outline};
use crate::lake::Table;
use crate::scan::{Pick, Window};
use crate::schema::{BqType, TableName};
use crate::session::Session;
use crate::value::text::few;

/// Rows by which JSON columns are told from texts.
const LOOK: usize = 400;
/// Tables that could be joined which are told.
const JOINABLE: usize = 6;

/// What is reconciled with a table's documents.
#[derive(Debug, Clone, Default)]
pub struct Options {
    /// Other tables.
    pub with: Vec<TableName>,
    /// The columns that join them: a name both have, or `ours=theirs`; suggested where there are none.
    pub key: Vec<String>,
    /// What names a row of the documents' table, where the suite says so.
    pub named_by: Vec<String>,
    pub window: Window,
}

/// Reconciles the documents of the table `name`.
pub async fn reconcile(
    session: &Session,
    name: &TableName,
    options: &Options,
    progress: &(dyn Fn(&str) + Sync),
) -> Result<Reconciliation, Diagnostic> {
    let table = session.table(name).await?;
    progress(&format!("looking for JSON in {name}"));
    let paths = paths(session, &table, options.window).await?;
    let documents: Vec<&str> = paths.names.iter().map(String::as_str).collect();
    let mut sources = vec![Source {
        table: Arc::clone(&table),
        with: None,
    }];
    for with in &options.with {
        progress(&format!("joining {with}"));
        if with == name {
            return Err(Diagnostic::new(format!("{name} is its own table"))
                .help("its columns are compared without --with"));
        }
        let other = session.table(with).await?;
        let joined = match options.key.is_empty() {
            true => source::by_suggestion(session, &table, &other, &documents).await?,
            false => source::by_key(session, &table, &other, &options.key).await?,
        };
        sources.push(Source {
            table: Arc::clone(&table),
            with: Some(joined),
        });
    }
    let named_by = named_by(session, &table, options, &sources).await?;
    let mut done = Vec::new();
    for source in &sources {
        progress(&format!("reconciling with {}", source.of().name()));
        done.push(one(session, source, &paths, &named_by, options.window).await?);
    }
    let joinable = match options.with.is_empty() {
        true => joinable(session, &table, &documents).await,
        false => Vec::new(),
    };
    Ok(put_together(&table, paths, done, joinable, options.window))
}

/// The JSON columns of a table and what is in them.
async fn paths(session: &Session, table: &Arc<Table>, window: Window) -> Result<Paths, Diagnostic> {
    let texts: Vec<&str> = table
        .columns()
        .iter()
        .filter(|c| matches!(c.bq_type, BqType::String | BqType::Json) && c.unreadable.is_none())
        .map(|c| c.name.as_str())
        .collect();
    let own = Source {
        table: Arc::clone(table),
        with: None,
    };
    let sql = |documents: Vec<&str>| {
        own.sql(&Wanted {
            documents,
            window,
            ..Wanted::default()
        })
    };
    let looks = |count: usize| -> Pick {
        Arc::new(move |batch: &RecordBatch| {
            let rows = Rows::new(batch);
            let texts: Vec<_> = (0..count)
                .map(|at| rows.text(at))
                .collect::<Result<_, _>>()?;
            let is = |row: usize| {
                texts.iter().any(|text| {
                    text.is_valid(row) && text.value(row).trim_start().starts_with(['{', '['])
                })
            };
            let rows = 0..u32::try_from(batch.num_rows()).unwrap_or(u32::MAX);
            Ok(vec![rows.filter(|row| is(*row as usize)).collect()])
        })
    };
    let none = || {
        let why = match texts.is_empty() {
            true => "it has no STRING column".to_owned(),
            false => format!("its STRING columns are {}", few(&texts, 12, ", ")),
        };
        Diagnostic::new(format!(
            "no column of {} holds JSON documents",
            table.name()
        ))
        .help(why)
    };
    if texts.is_empty() {
        return Err(none());
    }
    let look = drawn(session, &sql(texts.clone()), LOOK, 1, looks(texts.len())).await?;
    let is_json = |at: usize| {
        let text = look.first()?.column_by_name(&format!("j{at}"))?;
        outline(text.as_string_view_opt()?, REACH)
    };
    let names: Vec<String> = texts
        .iter()
        .enumerate()
        .filter(|(at, _)| is_json(*at).is_some())
        .map(|(_, name)| (*name).to_owned())
        .collect();
    if names.is_empty() {
        return Err(none());
    }
    let documents: Vec<&str> = names.iter().map(String::as_str).collect();
    let most = sample_rows(table);
    let sample = drawn(session, &sql(documents), most, 1, looks(names.len())).await?;
    let mut found = Paths {
        names: names.clone(),
        outlines: Vec::new(),
        all: Vec::new(),
    };
    for (at, name) in names.iter().enumerate() {
        let text = sample
            .first()
            .and_then(|s| s.column_by_name(&format!("j{at}")));
        let text = text.and_then(|text| text.as_string_view_opt());
        let outline = text
            .and_then(|text| outline(text, REACH))
            .unwrap_or_default();
        found.all.extend(paths_of(at, name, &outline));
        found.outlines.push(outline);
    }
    Ok(found)
}

/// What names a row of the documents' table in the rows that are shown.
async fn named_by(
    session: &Session,
    table: &Arc<Table>,
    options: &Options,
    sources: &[Source],
) -> Result<Vec<String>, Diagnostic> {
    if !options.named_by.is_empty() {
        for name in &options.named_by {
            table.require(name)?;
        }
        return Ok(options.named_by.clone());
    }
    let joined = sources.iter().find_map(|source| source.with.as_ref());
    if let Some(joined) = joined {
        return Ok(joined.key.iter().map(|(ours, _)| ours.clone()).collect());
    }
    if !options.key.is_empty() {
        let ours = options
            .key
            .iter()
            .map(|key| key.split_once('=').map_or(key.as_str(), |(ours, _)| ours));
        return ours
            .map(|name| Ok(table.require(name.trim())?.name.clone()))
            .collect();
    }
    let keys = infer::keys(session, table, 1)
        .await
        .map_err(Diagnostic::new)?;
    let key = keys.into_iter().next();
    Ok(key.unwrap_or_default())
}

/// Other tables that share what is called like an id, from footers.
async fn joinable(session: &Session, table: &Table, documents: &[&str]) -> Vec<Joinable> {
    let mut found = Vec::new();
    for name in session.lake().names().filter(|name| *name != table.name()) {
        let Ok(other) = session.table(name).await else {
            continue;
        };
        let columns: Vec<String> = source::shared(table, &other, documents)
            .into_iter()
            .filter(|(name, _, date)| !date && source::is_id(name))
            .map(|(ours, _, _)| ours)
            .collect();
        if !columns.is_empty() {
            found.push(Joinable {
                table: name.to_string(),
                columns,
            });
        }
    }
    found.truncate(JOINABLE);
    found
}

fn put_together(
    table: &Table,
    paths: Paths,
    done: Vec<Reconciled>,
    joinable: Vec<Joinable>,
    window: Window,
) -> Reconciliation {
    let own = table.name().to_string();
    let mut checked = Vec::new();
    for source in &done {
        let tallies = source.types.iter().zip(&source.forms).zip(&source.tallies);
        for (pair, ((bq_type, form), tally)) in source.pairs.iter().zip(tallies) {
            checked.push(Checked {
                pair,
                bq_type,
                form: *form,
                tally,
                key: &source.told.key,
                table: &own,
            });
        }
    }
    let checks = checks::suite(&checked);
    let reached: BTreeSet<usize> = done
        .iter()
        .flat_map(|d| d.reached.iter().copied())
        .collect();
    let unreached = paths
        .all
        .iter()
        .enumerate()
        .filter(|(at, _)| !reached.contains(at));
    let unreached = unreached.map(|(_, path)| Unreached {
        json: paths.names.get(path.json).cloned().unwrap_or_default(),
        path: path.path.to_string(),
        length: path.array,
    });
    let documents = paths.names.iter().zip(&paths.outlines);
    let dates = window.or(table.dates());
    Reconciliation {
        table_rows: table.rows(),
        from: dates.map(|d| d.0),
        to: dates.map(|d| d.1),
        documents: documents
            .map(|(name, outline)| Document {
                column: name.clone(),
                paths: outline.paths.len() as u64,
                paths_left_out: outline.left_out as u64,
            })
            .collect(),
        unreached: unreached.collect(),
        joinable,
        checks,
        table: own,
        sources: done.iter().map(|d| d.told.clone()).collect(),
        pairs: done.into_iter().flat_map(|d| d.pairs).collect(),
    }
}
