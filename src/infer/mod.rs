//! A suite inferred from the lake: what holds of the data nearly everywhere, as checks.
//!
//! Invariant: what is inferred is the text of a suite, which is read like any other, so that an audit
//! without a suite is an audit of a text that can be kept.
//!
//! Everything is told by values; names only choose between equals. What held on most days and broke on
//! some is what a check is for, so evidence is weighed day by day and not over all rows.

mod calendar;
mod columns;
mod documents;
mod draft;
mod keys;
mod pairs;
mod sample;
mod twins;
mod wider;

use std::collections::BTreeSet;
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

/// How much is inferred.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Extent {
    /// What holds nearly everywhere and is hardly an accident, for an audit to ask unseen.
    #[default]
    Sure,
    /// Also how the data is: ranges, shares of NULL, rows of a day, columns that go together, seasons; for a person to read.
    Wide,
}

/// Infers a suite from those tables of a session's lake that are `wanted`. `lake` is what the suite calls the lake.
///
/// A table that can't be read has a check that says why when it is run.
pub async fn infer(
    session: &Session,
    lake: &str,
    extent: Extent,
    wanted: &dyn Fn(&TableName) -> bool,
    progress: &(dyn Fn(&str) + Sync),
) -> Inference {
    let mut tables = Vec::new();
    let mut text = String::new();
    let mut days = BTreeSet::new();
    let names: Vec<&TableName> = session.lake().names().filter(|name| wanted(name)).collect();
    let until = until(session, &names).await;
    for name in names {
        progress(&format!("looking at {name}"));
        let mut draft = Draft::new(name.to_string());
        if let Ok(table) = session.table(name).await {
            let looked = look(session, &table, (until, extent), &mut draft).await;
            match looked {
                Ok(own) => days.extend(own.into_iter().filter(|d| until.is_none_or(|u| *d <= u))),
                Err(why) => draft.unread(&why),
            }
        }
        let (of_table, inferred) = draft.finish();
        text.push_str(&of_table);
        tables.push(inferred);
    }
    let seasons = match extent {
        Extent::Sure => String::new(),
        Extent::Wide => calendar::seasons(&days),
    };
    Inference {
        suite: format!("{}{text}", draft::header(lake, &seasons)),
        tables,
    }
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
    (until, extent): (Option<i32>, Extent),
    draft: &mut Draft,
) -> Result<Vec<i32>, String> {
    draft.table(table);
    if table.rows() == 0 || !table.columns().iter().any(scan::is_sampled) {
        return Ok(Vec::new());
    }
    let sample = Sample::new(scan::sampled(session, table).await?, until);
    let key = keys::key(session, table, &sample).await?;
    let named: Vec<String> = key.iter().flat_map(|key| key.columns.clone()).collect();
    draft.key(key);
    let pairs = pairs::pairs(table, &sample);
    let documents: Vec<&str> = pairs.iter().map(|pair| pair.json.as_str()).collect();
    let shown = columns::shown(table, &sample, &documents);
    draft.pairs(&pairs);
    draft.twins(&twins::twins(table, &sample));
    draft.columns(&shown, table.date().map(|d| d.name.as_str()));
    if extent == Extent::Wide {
        let date = table.date().map(|date| date.name.as_str());
        let told: Vec<&str> = shown
            .null_days
            .iter()
            .map(|(column, _)| column.as_str())
            .chain(date)
            .collect();
        draft.wider(&wider::wider(table, &sample, &named, &told), date);
    }
    draft.looked_at(&sample);
    Ok(sample.dated())
}
