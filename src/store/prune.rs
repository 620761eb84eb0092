//! Takes out what is of no use any more, and makes few segments of many.

use std::collections::HashSet;

use futures::TryStreamExt;
use object_store::{Error, ObjectStoreExt};

use super::segment::Segment;
use super::{Key, Record, Store, write};
use crate::diagnostic::Diagnostic;
use crate::lake::Address;

/// Bytes of values of a segment that is made of others.
const SEGMENT_BYTES: usize = 256 << 20;

/// What a tidy-up came to.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Pruned {
    pub kept: u64,
    pub removed: u64,
    /// Segments that were there, and those that are now.
    pub before: usize,
    pub after: usize,
}

impl Store {
    /// Keeps the records that `wanted` accepts, in as few segments as can be, and removes all others.
    ///
    /// It is safe beside runs that read or write: new segments are there before old ones go, what is written meanwhile
    /// stays, and a run that misses a segment makes again what it held. Segments that can't be read are removed, those of
    /// other versions are not.
    pub async fn prune(&self, wanted: impl Fn(&Key) -> bool) -> Result<Pruned, Diagnostic> {
        let mut pruned = Pruned {
            before: self.segments.len(),
            ..Pruned::default()
        };
        let Some(root) = &self.root else {
            return Ok(pruned);
        };
        let mut new = HashSet::new();
        let (mut records, mut bytes): (Vec<Record>, usize) = (Vec::new(), 0);
        let mut seen = HashSet::new();
        for segment in &self.segments {
            let groups = (0..segment.groups()).collect();
            let mut batches = segment.batches(root.clone(), groups);
            // What can't be read is gone with its segment, and made again by the next run.
            while let Ok(Some(batch)) = batches.try_next().await {
                for record in batch.into_iter().flatten() {
                    if !wanted(&record.key) || !seen.insert(record.key) {
                        continue;
                    }
                    bytes += record.value.len();
                    records.push(record);
                    if bytes >= SEGMENT_BYTES {
                        bytes = 0;
                        new.extend(
                            write::write(&self.address, std::mem::take(&mut records)).await?,
                        );
                        pruned.after += 1;
                    }
                }
            }
        }
        if !records.is_empty() {
            new.extend(write::write(&self.address, records).await?);
            pruned.after += 1;
        }
        pruned.kept = seen.len() as u64;
        pruned.removed = (self.index.len() as u64).saturating_sub(pruned.kept);
        let old = self.segments.iter().map(Segment::path);
        for path in old.chain(&self.broken) {
            if new.contains(path) {
                continue;
            }
            match root.store().delete(path).await {
                Ok(()) | Err(Error::NotFound { .. }) => {}
                Err(error) => {
                    return Err(Diagnostic::new(format!(
                        "failed to remove {} from {}: {error}",
                        path, self.address
                    )));
                }
            }
        }
        self.clear_unfinished();
        Ok(pruned)
    }

    /// Removes what runs that were killed left of segments they did not finish.
    fn clear_unfinished(&self) {
        let Address::Folder(folder) = &self.address else {
            return;
        };
        let folder = folder.join(format!("v{}", super::VERSION));
        for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() {
            if entry.file_name().to_string_lossy().starts_with('.') {
                // One that can't be removed is only untidy.
                let _ = std::fs::remove_file(entry.path());
            }
        }
    }
}
