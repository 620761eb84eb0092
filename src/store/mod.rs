//! The state store: bytes by the identity of a file and a hash of what was measured of it.
//!
//! What a file holds never changes under one identity ([`crate::lake::LakeFile::identity`]), so what was once made of it is
//! kept and not made again. The store does not know what it keeps: a record is a [`Key`] and opaque bytes.
//!
//! It is a folder, or a prefix of a bucket, of segments `v1/<hash of its bytes>.parquet` ([`segment`]). A segment appears
//! whole or not at all and is never changed. So two runs at once are harmless: equal records have equal bytes, and it does
//! not matter whose is read. Nothing in here is needed: a segment that can't be read is told in a note, and what it held is
//! made again.

mod prune;
mod segment;
mod write;

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::{Mutex, PoisonError};

use bytes::Bytes;
use chrono::{DateTime, Utc};
use futures::{StreamExt, TryStreamExt};
use object_store::ObjectMeta;
use object_store::path::Path;

use crate::diagnostic::{Diagnostic, broke_off};
use crate::lake::{Address, Root};
use segment::{OTHER_VERSION, Segment};
use write::Writing;

pub use prune::Pruned;

/// The layout of segments and records; part of their path. Raised when an older program could take them for what they are
/// not.
pub const VERSION: u32 = 1;

/// How many segments are opened at a time.
const PARALLEL: usize = 8;

/// How many batches of records are decoded ahead.
const BATCHES: usize = 2;

/// What a record is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Kind {
    /// The end of a file, by the file alone.
    Footer,
    /// A metric of a file, by both.
    State,
    /// What a query came to, by what it asks and all that it reads.
    Answer,
    /// A run and the files it was of, by its content.
    Run,
}

/// What a record is found by.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Key {
    pub kind: Kind,
    /// The identity of a file, or 0.
    pub file: u128,
    /// The hash of what was measured, or 0.
    pub what: u128,
}

/// A record.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Record {
    /// The table it is of, `dataset.table`; records of one table are read together.
    pub table: String,
    pub key: Key,
    pub value: Bytes,
}

/// Where a record is: a segment and a row group in it.
type Place = (usize, usize);

/// A store that was opened.
#[derive(Debug)]
pub struct Store {
    address: Address,
    /// None as long as there is no such folder.
    root: Option<Root>,
    segments: Vec<Segment>,
    /// Segments that can't be read.
    broken: Vec<Path>,
    index: HashMap<Key, Vec<Place>>,
    writing: Writing,
    notes: Mutex<BTreeSet<String>>,
}

impl Kind {
    const ALL: [Self; 4] = [Self::Footer, Self::State, Self::Answer, Self::Run];

    /// How it is written; never change or reuse one.
    fn code(self) -> i64 {
        match self {
            Self::Footer => 1,
            Self::State => 2,
            Self::Answer => 3,
            Self::Run => 4,
        }
    }

    fn of(code: i64) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.code() == code)
    }
}

impl Store {
    /// Opens the store at `address`; a folder that is not there is an empty one.
    ///
    /// Fails where it can't be listed. Segments that can't be read are noted and left out.
    pub async fn open(address: &Address) -> Result<Self, Diagnostic> {
        let none = matches!(address, Address::Folder(folder) if !folder.is_dir());
        let root = match none {
            true => None,
            false => Some(Root::open(&address.to_string())?),
        };
        let mut store = Self {
            address: address.clone(),
            root,
            segments: Vec::new(),
            broken: Vec::new(),
            index: HashMap::new(),
            writing: Writing::default(),
            notes: Mutex::default(),
        };
        let Some(root) = store.root.clone() else {
            return Ok(store);
        };
        let folder = format!("v{VERSION}/");
        let mut found: Vec<ObjectMeta> = Vec::new();
        for object in root.list().await? {
            let path = object.location.as_ref();
            if !path.ends_with(".parquet") || path.split('/').any(|part| part.starts_with('.')) {
                continue;
            }
            if path.starts_with(&folder) {
                found.push(object);
            } else {
                store.note(format!("{path}: {OTHER_VERSION}"));
            }
        }
        found.sort_by(|a, b| a.location.cmp(&b.location));
        let opened: Vec<_> = futures::stream::iter(found)
            .map(|object| {
                let path = object.location.clone();
                // A task of its own: a panic inside the decoder of a broken file stays there.
                let task = tokio::spawn(Segment::open(root.clone(), object));
                async move {
                    match task.await {
                        Ok(Ok(opened)) => Ok(opened),
                        Ok(Err(why)) => Err((path, why)),
                        Err(e) => Err((path, broke_off(e))),
                    }
                }
            })
            .buffered(PARALLEL)
            .collect()
            .await;
        for one in opened {
            match one {
                Ok((segment, keys)) => {
                    let at = store.segments.len();
                    for (group, key) in keys {
                        store.index.entry(key).or_default().push((at, group));
                    }
                    store.segments.push(segment);
                }
                Err((path, why)) => {
                    store.note(format!("{path}: {why}"));
                    if why != OTHER_VERSION {
                        store.broken.push(path);
                    }
                }
            }
        }
        Ok(store)
    }

    /// Where it is.
    pub fn address(&self) -> &Address {
        &self.address
    }

    /// Whether there is a record of this key.
    pub fn has(&self, key: &Key) -> bool {
        self.index.contains_key(key) || self.writing.holds(key)
    }

    /// The keys that were there when it was opened, in no order.
    pub fn keys(&self) -> impl Iterator<Item = &Key> {
        self.index.keys()
    }

    /// The keys that were there when it was opened, by the table their records are of.
    pub fn tables(&self) -> BTreeMap<&str, Vec<Key>> {
        let mut tables: BTreeMap<&str, Vec<Key>> = BTreeMap::new();
        for (key, places) in &self.index {
            let table = places.first().and_then(|place| self.table_at(*place));
            tables
                .entry(table.unwrap_or_default())
                .or_default()
                .push(*key);
        }
        tables
    }

    fn table_at(&self, (segment, group): Place) -> Option<&str> {
        self.segments.get(segment)?.table(group)
    }

    /// How many segments it has, and their bytes.
    pub fn size(&self) -> (usize, u64) {
        let bytes = self.segments.iter().map(Segment::bytes).sum();
        (self.segments.len(), bytes)
    }

    /// When the last segment was written.
    pub fn changed(&self) -> Option<DateTime<Utc>> {
        self.segments.iter().map(Segment::written).max()
    }

    /// Hands over the records of those of `keys` that are there, in no order. What can't be read, or is not what was
    /// written, is noted and left out.
    pub async fn read(&self, keys: &[Key], mut each: impl FnMut(&Key, Bytes)) {
        let Some(root) = &self.root else {
            return;
        };
        let mut wanted: HashMap<&Key, bool> = HashMap::new();
        let mut groups: BTreeMap<usize, BTreeSet<usize>> = BTreeMap::new();
        for key in keys {
            if let Some(places) = self.index.get(key) {
                wanted.insert(key, false);
                for (segment, group) in places {
                    groups.entry(*segment).or_default().insert(*group);
                }
            }
        }
        for (at, groups) in groups {
            let Some(segment) = self.segments.get(at) else {
                continue;
            };
            let mut batches = segment.batches(root.clone(), groups.into_iter().collect());
            let (send, mut receive) = tokio::sync::mpsc::channel(BATCHES);
            // A task of its own, as for opening it.
            let task = tokio::spawn(async move {
                while let Some(records) = batches.try_next().await? {
                    if send.send(records).await.is_err() {
                        break;
                    }
                }
                Ok::<_, String>(())
            });
            while let Some(records) = receive.recv().await {
                for record in records {
                    match record {
                        Ok(record) => {
                            if let Some(done @ false) = wanted.get_mut(&record.key) {
                                *done = true;
                                each(&record.key, record.value);
                            }
                        }
                        Err(why) => self.note(format!("{}: {why}", segment.path())),
                    }
                }
            }
            let why = match task.await {
                Ok(Ok(())) => continue,
                Ok(Err(why)) => why,
                Err(e) => broke_off(e),
            };
            self.note(format!("{}: {why}", segment.path()));
        }
    }

    /// The record of one key.
    pub async fn get(&self, key: &Key) -> Option<Bytes> {
        let mut found = None;
        self.read(std::slice::from_ref(key), |_, value| found = Some(value))
            .await;
        found
    }

    /// Adds a record, which is written when there are enough of them, and by [`Store::finish`] at the latest. One whose key
    /// was added before is left out.
    ///
    /// A key that is there already may be added again, for where its record was not what was written.
    pub fn put(&self, record: Record) {
        self.writing.put(&self.address, record);
    }

    /// Writes what was added and not written yet. Fails where the store can't be written; what could be counts.
    pub async fn finish(&self) -> Result<(), Diagnostic> {
        self.writing.finish(&self.address).await
    }

    /// Notes what could not be read, once.
    pub fn note(&self, why: String) {
        let mut notes = self.notes.lock().unwrap_or_else(PoisonError::into_inner);
        notes.insert(why);
    }

    /// What could not be read so far, and why.
    pub fn notes(&self) -> Vec<String> {
        let notes = self.notes.lock().unwrap_or_else(PoisonError::into_inner);
        notes.iter().cloned().collect()
    }
}

#[cfg(test)]
mod tests;
