//! A suite inferred from the lake: what holds of the data nearly everywhere, as checks.
//!
//! Invariant: what is inferred is the text of a suite, which is read like any other, so that an audit
//! without a suite is an audit of a text that can be kept.
//!
//! Everything is told by values; names only choose between equals. What held on most days and broke on
//! some is what a check is for, so evidence is weighed day by day and not over all rows.

mod columns;
mod documents;
mod draft;
mod keys;
mod pairs;
mod sample;
mod twins;

use std::sync::Arc;

use draft::Draft;
use sample::Sample;

pub use documents::{DocumentState, Documents, Outline, Reach, SeenPath, outline};
pub use draft::{scalar, text};
pub use pairs::half_unit;

use crate::finding::Inferred;
use crate::lake::{Table, days};
use crate::scan;
use crate::schema::TableName;
use crate::session::Session;

/// A suite's text, and what was inferred of each table.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Inference {
    pub suite: String,
    pub tables: Vec<Inferred>,
}

/// Infers a suite from those tables of a session's lake that are `wanted`. `lake` is what the suite calls the lake.
///
/// A table that can't be read has a check that says why when it is run.
pub async fn infer(
    session: &Session,
    lake: &str,
    wanted: &dyn Fn(&TableName) -> bool,
    progress: &(dyn Fn(&str) + Sync),
) -> Inference {
    let mut inference = Inference {
        suite: draft::header(lake),
        tables: Vec::new(),
    };
    let names: Vec<&TableName> = session.lake().names().filter(|name| wanted(name)).collect();
    let until = until(session, &names).await;
    for name in names {
        progress(&format!("looking at {name}"));
        let mut draft = Draft::new(name.to_string());
        if let Ok(table) = session.table(name).await {
            let looked = look(session, &table, until, &mut draft).await;
            if let Err(why) = looked {
                draft.unread(&why);
            }
        }
        let (text, inferred) = draft.finish();
        inference.suite.push_str(&text);
        inference.tables.push(inferred);
    }
    inference
}

/// Sets of columns that name the rows of a table, told by its rows, the likeliest first; none where none do.
pub async fn keys(
    session: &Session,
    table: &Arc<Table>,
    most: usize,
) -> Result<Vec<Vec<String>>, String> {
    if table.rows() == 0 || !table.columns().iter().any(scan::is_sampled) {
        return Ok(Vec::new());
    }
    let sample = Sample::new(scan::sampled(session, table).await?, None);
    let named = keys::keys(session, table, &sample, most).await?;
    Ok(named.into_iter().map(|named| named.columns).collect())
}

/// The day until which half of the tables have rows: a schedule has rows of days that are to come.
async fn until(session: &Session, names: &[&TableName]) -> Option<i32> {
    let mut last = Vec::new();
    for name in names {
        if let Ok(table) = session.table(name).await {
            last.extend(table.dates().map(|(_, last)| days(last)));
        }
    }
    last.sort_unstable();
    last.get(last.len().checked_sub(1)? / 2).copied()
}

async fn look(
    session: &Session,
    table: &Arc<Table>,
    until: Option<i32>,
    draft: &mut Draft,
) -> Result<(), String> {
    draft.table(table);
    if table.rows() == 0 || !table.columns().iter().any(scan::is_sampled) {
        return Ok(());
    }
    let sample = Sample::new(scan::sampled(session, table).await?, until);
    draft.key(keys::key(session, table, &sample).await?);
    let pairs = pairs::pairs(table, &sample);
    let documents: Vec<&str> = pairs.iter().map(|pair| pair.json.as_str()).collect();
    let shown = columns::shown(table, &sample, &documents);
    draft.pairs(&pairs);
    draft.twins(&twins::twins(table, &sample));
    draft.columns(&shown, table.date().map(|d| d.name.as_str()));
    draft.looked_at(&sample);
    Ok(())
}
