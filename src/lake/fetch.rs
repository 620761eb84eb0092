//! Bytes of files, from a store or, shorter, from a folder.

use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom};
use std::ops::Range;
use std::path::Path as FilePath;
use std::sync::Arc;

use bytes::Bytes;
use object_store::local::LocalFileSystem;
use object_store::path::Path;
use object_store::{Error, ObjectStore, Result};

/// Where the bytes of files come from.
#[derive(Debug, Clone)]
pub struct Fetch {
    store: Arc<dyn ObjectStore>,
    local: Option<Arc<LocalFileSystem>>,
}

impl Fetch {
    /// From any store.
    pub fn of(store: Arc<dyn ObjectStore>) -> Self {
        Self { store, local: None }
    }

    /// From a folder, without a detour through a thread for blocking calls: a scan has a thread to
    /// every core, so that handing a read to another one only moves the work, and the memory it is
    /// read into, to and fro between cores.
    pub fn local(folder: LocalFileSystem) -> Self {
        let folder = Arc::new(folder);
        Self {
            store: Arc::clone(&folder) as Arc<dyn ObjectStore>,
            local: Some(folder),
        }
    }

    pub fn store(&self) -> &Arc<dyn ObjectStore> {
        &self.store
    }

    /// Ranges of a file, each whole or none of them.
    pub async fn ranges(&self, path: &Path, ranges: &[Range<u64>]) -> Result<Vec<Bytes>> {
        match &self.local {
            None => self.store.get_ranges(path, ranges).await,
            Some(folder) => {
                let file = folder.path_to_filesystem(path)?;
                read(&file, ranges).map_err(|e| Error::Generic {
                    store: "LocalFileSystem",
                    source: Box::new(e),
                })
            }
        }
    }
}

fn read(path: &FilePath, ranges: &[Range<u64>]) -> io::Result<Vec<Bytes>> {
    let mut file = File::open(path)?;
    let mut read = Vec::with_capacity(ranges.len());
    for range in ranges {
        let length = range.end.saturating_sub(range.start);
        let mut bytes = Vec::with_capacity(usize::try_from(length).unwrap_or(0));
        file.seek(SeekFrom::Start(range.start))?;
        file.by_ref().take(length).read_to_end(&mut bytes)?;
        if bytes.len() as u64 != length {
            let why = format!("the file ends before byte {}", range.end);
            return Err(io::Error::new(io::ErrorKind::UnexpectedEof, why));
        }
        read.push(bytes.into());
    }
    Ok(read)
}
