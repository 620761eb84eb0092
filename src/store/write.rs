//! Writes segments: what was added is gathered, and written beside the work when it is much.

use std::collections::HashSet;
use std::io::Write;
use std::path::Path as FilePath;
use std::sync::{Mutex, PoisonError};

use bytes::Bytes;
use object_store::path::Path;
use tokio::task::JoinHandle;
use twox_hash::XxHash3_128;

use super::{Key, Record, VERSION, segment};
use crate::diagnostic::{Diagnostic, broke_off};
use crate::lake::{self, Address, Root, WholeFile};

/// Bytes of values that are gathered before a segment is written: what a run that is killed loses at most.
const SEGMENT_BYTES: usize = 64 << 20;

/// What was added to a store since it was opened.
#[derive(Debug, Default)]
pub(super) struct Writing {
    now: Mutex<Pending>,
}

#[derive(Debug, Default)]
struct Pending {
    records: Vec<Record>,
    bytes: usize,
    /// Of all records that were added.
    keys: HashSet<Key>,
    /// Segments on their way.
    tasks: Vec<JoinHandle<Result<(), Diagnostic>>>,
}

impl Writing {
    pub(super) fn holds(&self, key: &Key) -> bool {
        let now = self.now.lock().unwrap_or_else(PoisonError::into_inner);
        now.keys.contains(key)
    }

    pub(super) fn put(&self, address: &Address, record: Record) {
        let mut now = self.now.lock().unwrap_or_else(PoisonError::into_inner);
        if !now.keys.insert(record.key) {
            return;
        }
        now.bytes += record.value.len();
        now.records.push(record);
        if now.bytes >= SEGMENT_BYTES
            && let Ok(runtime) = tokio::runtime::Handle::try_current()
        {
            now.bytes = 0;
            let records = std::mem::take(&mut now.records);
            let address = address.clone();
            let task = runtime.spawn(async move { write(&address, records).await.map(drop) });
            now.tasks.push(task);
        }
    }

    pub(super) async fn finish(&self, address: &Address) -> Result<(), Diagnostic> {
        let (records, tasks) = {
            let mut now = self.now.lock().unwrap_or_else(PoisonError::into_inner);
            now.bytes = 0;
            (
                std::mem::take(&mut now.records),
                std::mem::take(&mut now.tasks),
            )
        };
        let mut done = write(address, records).await.map(drop);
        for task in tasks {
            let written = task
                .await
                .unwrap_or_else(|e| Err(failed(address, &broke_off(e))));
            done = done.and(written);
        }
        done
    }
}

/// Writes records as a segment, if there are any, and returns its path.
pub(super) async fn write(
    address: &Address,
    records: Vec<Record>,
) -> Result<Option<Path>, Diagnostic> {
    if records.is_empty() {
        return Ok(None);
    }
    let bytes = segment::encode(records).map_err(|e| failed(address, &e.to_string()))?;
    let name = format!("{:032x}.parquet", XxHash3_128::oneshot(&bytes));
    let folder = format!("v{VERSION}");
    let path = Path::from(folder.as_str()).join(name.as_str());
    match address {
        Address::Folder(root) => {
            let folder = root.join(folder);
            let path = folder.join(name);
            // A tidy-up beside us may take the unfinished file for that of a run that was killed.
            let put = put(&folder, &path, &bytes).or_else(|_| put(&folder, &path, &bytes));
            put.map_err(|e| failed(address, &e.to_string()))?;
        }
        Address::Bucket(_) => {
            let root = Root::open(&address.to_string())?;
            lake::put(&root, &path, &Bytes::from(bytes)).await?;
        }
    }
    Ok(Some(path))
}

fn put(folder: &FilePath, path: &FilePath, bytes: &[u8]) -> std::io::Result<()> {
    std::fs::create_dir_all(folder)?;
    let mut file = WholeFile::create(path)?;
    file.write_all(bytes)?;
    file.commit()
}

fn failed(address: &Address, why: &str) -> Diagnostic {
    Diagnostic::new(format!("failed to write the state to {address}: {why}"))
        .help("`state:` in the suite names another folder, --no-state does without")
}
