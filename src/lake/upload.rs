//! Files that appear in a store whole or not at all.
//!
//! A store replaces one object at a time and renames none, so what makes a set of files count is its
//! last file, the mark. It is taken away before anything else of the set changes, and put when all
//! others are in place: a reader that asks for the mark first never sees half of a set, whenever
//! the writer is killed.

use std::collections::BTreeSet;

use bytes::Bytes;
use futures::{StreamExt, TryStreamExt};
use object_store::path::Path;
use object_store::{Error, ObjectStore, ObjectStoreExt, Result, WriteMultipart};

use super::Root;
use crate::diagnostic::Diagnostic;

/// How many files are sent, or folders listed, at a time.
const PARALLEL: usize = 4;

/// A file larger than this is sent in parts of this size, in bytes.
const PART: usize = 8 << 20;

/// Writes `files`, the last of which is the mark; the folders they are in are replaced whole.
///
/// If a file can't be written, none counts: what was sent is taken back where the store lets us, and
/// what stood there before under the same mark is gone as well.
pub async fn publish(root: &Root, files: &[(Path, Bytes)]) -> Result<(), Diagnostic> {
    let Some(((mark, content), others)) = files.split_last() else {
        return Ok(());
    };
    let store = root.store().as_ref();
    let failed = |error| root.failed("write the report to", &error);
    let stood = clear(store, mark, others).await.map_err(failed)?;
    if let Err(error) = replace(store, &stood, (mark, content), others).await {
        // The first error is the one to tell. While the mark may stand, its files must.
        if remove(store, mark).await.is_ok() {
            for path in others.iter().map(|(path, _)| path).chain(&stood) {
                let _ = remove(store, path).await;
            }
        }
        return Err(failed(error));
    }
    Ok(())
}

/// Writes one object, which appears whole or not at all.
pub async fn put(root: &Root, path: &Path, bytes: &Bytes) -> Result<(), Diagnostic> {
    let sent = send(root.store().as_ref(), path, bytes).await;
    sent.map_err(|error| root.failed("write to", &error))
}

/// Takes the mark away, if it stands, and returns what stands in the folders of the files.
async fn clear(
    store: &dyn ObjectStore,
    mark: &Path,
    others: &[(Path, Bytes)],
) -> Result<Vec<Path>> {
    let paths = others.iter().map(|(path, _)| path).chain([mark]);
    let folders: BTreeSet<Path> = paths.map(folder).collect();
    let stood: Vec<Path> = futures::stream::iter(folders)
        .map(|folder| store.list(Some(&folder)).map_ok(|meta| meta.location))
        .flatten()
        .try_collect()
        .await?;
    if stood.contains(mark) {
        remove(store, mark).await?;
    }
    Ok(stood)
}

/// Puts the files in place of those that `stood` there, and the mark once all are.
async fn replace(
    store: &dyn ObjectStore,
    stood: &[Path],
    (mark, content): (&Path, &Bytes),
    others: &[(Path, Bytes)],
) -> Result<()> {
    // All are waited for, also where one fails: what is on its way when the files are taken back would
    // arrive after that, and stay.
    let sent: Vec<Result<()>> = futures::stream::iter(others)
        .map(|(path, bytes)| send(store, path, bytes))
        .buffered(PARALLEL)
        .collect()
        .await;
    sent.into_iter().collect::<Result<()>>()?;
    let new: BTreeSet<&Path> = others.iter().map(|(path, _)| path).chain([mark]).collect();
    for path in stood.iter().filter(|path| !new.contains(path)) {
        remove(store, path).await?;
    }
    send(store, mark, content).await
}

fn folder(path: &Path) -> Path {
    let parts: Vec<_> = path.parts().collect();
    parts
        .iter()
        .take(parts.len().saturating_sub(1))
        .cloned()
        .collect()
}

async fn send(store: &dyn ObjectStore, path: &Path, bytes: &Bytes) -> Result<()> {
    if bytes.len() <= PART {
        return store.put(path, bytes.clone().into()).await.map(drop);
    }
    let upload = store.put_multipart(path).await?;
    let mut parts = WriteMultipart::new_with_chunk_size(upload, PART);
    parts.put(bytes.clone());
    parts.finish().await.map(drop)
}

/// Removes an object; one that is not there is no error.
async fn remove(store: &dyn ObjectStore, path: &Path) -> Result<()> {
    match store.delete(path).await {
        Err(Error::NotFound { .. }) | Ok(()) => Ok(()),
        Err(error) => Err(error),
    }
}
