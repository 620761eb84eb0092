//! What a run leaves in the store of itself: the files it was of, so that the next one can tell what changed.

use std::collections::BTreeMap;
use std::fmt;

use bytes::Bytes;
use chrono::NaiveDate;
use twox_hash::XxHash3_128;

use crate::command::Opened;
use crate::diagnostic::Diagnostic;
use crate::finding::Report;
use crate::lake::{LakeFile, date_of, days};
use crate::schema::TableName;
use crate::state::codec::{Corrupt, Reader, put_bytes, put_varint};
use crate::store::{Key, Kind, Record, Store};

/// The version written as the first byte of a run.
const VERSION: u8 = 1;

/// A run as the store has it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Seen {
    /// Counts runs that differ from the one before; there is no clock in here.
    pub number: u64,
    pub run_id: String,
    pub as_of: Option<NaiveDate>,
    pub lake: String,
    /// By table, the identities of files by their path.
    pub tables: BTreeMap<String, BTreeMap<String, u128>>,
}

/// How the files of a run differ from those of the run before.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Changes {
    /// Whether no run was before.
    pub first: bool,
    pub new: u64,
    pub replaced: u64,
    pub vanished: u64,
}

impl fmt::Display for Changes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            first,
            new,
            replaced,
            vanished,
        } = self;
        if *first {
            write!(f, "the first run, {new} files")
        } else if (*new, *replaced, *vanished) == (0, 0, 0) {
            f.write_str("no file changed since the last run")
        } else {
            write!(
                f,
                "{new} new, {replaced} replaced, {vanished} vanished since the last run"
            )
        }
    }
}

impl Seen {
    fn encode(&self) -> Vec<u8> {
        let mut out = vec![VERSION];
        put_varint(&mut out, self.number);
        put_bytes(&mut out, self.run_id.as_bytes());
        let day = self
            .as_of
            .map_or(String::new(), |day| days(day).to_string());
        put_bytes(&mut out, day.as_bytes());
        put_bytes(&mut out, self.lake.as_bytes());
        put_varint(&mut out, self.tables.len() as u64);
        for (table, files) in &self.tables {
            put_bytes(&mut out, table.as_bytes());
            put_varint(&mut out, files.len() as u64);
            for (path, identity) in files {
                put_bytes(&mut out, path.as_bytes());
                out.extend_from_slice(&identity.to_le_bytes());
            }
        }
        out
    }

    fn decode(bytes: &[u8]) -> Result<Self, Corrupt> {
        let mut input = Reader::new(bytes);
        if input.u8()? != VERSION {
            return Err(Corrupt("unknown version"));
        }
        let number = input.varint()?;
        let run_id = text(&mut input)?;
        let as_of = text(&mut input)?.parse().ok().and_then(date_of);
        let mut seen = Self {
            number,
            run_id,
            as_of,
            lake: text(&mut input)?,
            tables: BTreeMap::new(),
        };
        for _ in 0..input.length(2)? {
            let table = text(&mut input)?;
            let mut files = BTreeMap::new();
            for _ in 0..input.length(17)? {
                files.insert(text(&mut input)?, input.u128()?);
            }
            seen.tables.insert(table, files);
        }
        input.end()?;
        Ok(seen)
    }

    /// How `now` differs from it, in the tables of `now`.
    pub fn changes(&self, now: &Self) -> Changes {
        let mut changes = Changes::default();
        let none = BTreeMap::new();
        for (table, files) in &now.tables {
            let before = self.tables.get(table).unwrap_or(&none);
            for (path, identity) in files {
                match before.get(path) {
                    None => changes.new += 1,
                    Some(was) if was != identity => changes.replaced += 1,
                    Some(_) => {}
                }
            }
            let gone = |path: &&String| !files.contains_key(*path);
            changes.vanished += before.keys().filter(gone).count() as u64;
        }
        changes
    }
}

fn text(input: &mut Reader<'_>) -> Result<String, Corrupt> {
    let length = input.length(1)?;
    let bytes = input.bytes(length)?;
    String::from_utf8(bytes.to_vec()).map_err(|_| Corrupt("a text that is none"))
}

/// The last run of a lake, with its key.
pub async fn last(store: &Store, lake: &str) -> Option<(Key, Seen)> {
    let runs = store.keys().filter(|key| key.kind == Kind::Run);
    let keys: Vec<Key> = runs.copied().collect();
    let mut last: Option<(Key, Seen)> = None;
    store
        .read(&keys, |key, value| {
            let Ok(seen) = Seen::decode(&value) else {
                return;
            };
            let later =
                |(of, other): &(Key, Seen)| (other.number, of.what) < (seen.number, key.what);
            if seen.lake == lake && last.as_ref().is_none_or(later) {
                last = Some((*key, seen));
            }
        })
        .await;
    last
}

/// The files of tables as they are listed by now.
pub fn listed<'a>(
    opened: &Opened,
    tables: impl IntoIterator<Item = &'a TableName>,
) -> BTreeMap<String, BTreeMap<String, u128>> {
    let lake = opened.session.lake();
    let of = |file: &LakeFile| (file.path().to_string(), file.identity());
    let files = |name: &TableName| {
        lake.files(name)
            .unwrap_or_default()
            .iter()
            .map(of)
            .collect()
    };
    let tables = tables.into_iter().filter(|name| lake.owns(name));
    tables.map(|name| (name.to_string(), files(name))).collect()
}

/// Puts the run into the store, writes what was kept, and tells which files changed; nothing without a store.
pub async fn remember(opened: &Opened, report: &Report) -> Result<Option<Changes>, Diagnostic> {
    let Some(store) = opened.session.store() else {
        return Ok(None);
    };
    let lake = &report.run.lake;
    let before = last(store, lake).await.map(|(_, seen)| seen);
    let names: Vec<TableName> = opened
        .session
        .opened_tables()
        .iter()
        .map(|table| table.name().clone())
        .collect();
    let mut now = Seen {
        number: before.as_ref().map_or(0, |seen| seen.number),
        run_id: report.run.run_id.clone(),
        as_of: report.run.as_of,
        lake: lake.clone(),
        tables: listed(opened, &names),
    };
    let changes = match &before {
        Some(before) => before.changes(&now),
        None => Changes {
            first: true,
            ..Seen::default().changes(&now)
        },
    };
    // Tables that were not asked about this time.
    for (table, files) in before.iter().flat_map(|seen| &seen.tables) {
        let entry = now.tables.entry(table.clone());
        entry.or_insert_with(|| files.clone());
    }
    if before.as_ref() != Some(&now) {
        now.number += 1;
        let value = now.encode();
        store.put(Record {
            table: String::new(),
            key: Key {
                kind: Kind::Run,
                file: 0,
                what: XxHash3_128::oneshot(&value),
            },
            value: Bytes::from(value),
        });
    }
    store.finish().await?;
    Ok(Some(changes))
}
