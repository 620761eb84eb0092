//! Bytes of files, from a store or, shorter, from a folder.

use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom};
use std::ops::Range;
use std::path::Path as FilePath;
use std::sync::Arc;

use bytes::Bytes;
use futures::{StreamExt, TryStreamExt};
use object_store::local::LocalFileSystem;
use object_store::path::Path;
use object_store::{Error, GetOptions, GetRange, GetResult, ObjectStore};

use super::LakeFile;
use super::outage::Outage;
use super::trouble::{is_answer, plain};

/// Ranges of one file that are no further apart, in bytes, are one request: what lies between is
/// there before another request could be answered.
const GAP: u64 = 1 << 20;

/// How many requests for one set of ranges are under way at a time.
const PARALLEL: usize = 8;

/// The end of a file that is asked for first, in bytes; few footers are longer.
const TAIL: u64 = 64 << 10;

/// Where the bytes of files come from.
#[derive(Debug, Clone)]
pub struct Fetch {
    store: Arc<dyn ObjectStore>,
    local: Option<Arc<LocalFileSystem>>,
    outage: Arc<Outage>,
}

/// The end of a file in a store.
#[derive(Debug)]
pub(super) struct Tail {
    start: u64,
    bytes: Bytes,
    /// What the store calls the content it sent, if it names it.
    pub(super) version: Option<Arc<str>>,
}

impl Fetch {
    /// From any store.
    pub fn of(store: Arc<dyn ObjectStore>) -> Self {
        Self {
            store,
            local: None,
            outage: Arc::default(),
        }
    }

    /// From a folder, without a detour through a thread for blocking calls: a scan has a thread to
    /// every core, so that handing a read to another one only moves the work, and the memory it is
    /// read into, to and fro between cores.
    pub fn local(folder: LocalFileSystem) -> Self {
        let folder = Arc::new(folder);
        Self {
            store: Arc::clone(&folder) as Arc<dyn ObjectStore>,
            local: Some(folder),
            outage: Arc::default(),
        }
    }

    pub fn store(&self) -> &Arc<dyn ObjectStore> {
        &self.store
    }

    /// The ranges that are read to have `ranges`: the same of a folder, fewer and larger ones of a
    /// store, where requests cost more than bytes.
    pub fn requests(&self, ranges: &[Range<u64>]) -> Vec<Range<u64>> {
        match self.local {
            Some(_) => ranges.to_vec(),
            None => joined(ranges),
        }
    }

    /// Ranges of a file, each whole or none of them; `version` as its footer told it.
    ///
    /// A file of a store that has another version by now is an error, and a file that failed once is
    /// not asked for again.
    pub async fn ranges(
        &self,
        path: &Path,
        ranges: &[Range<u64>],
        version: Option<&str>,
    ) -> Result<Vec<Bytes>, String> {
        if let Some(folder) = &self.local {
            let file = folder.path_to_filesystem(path).map_err(|e| e.to_string())?;
            return read(&file, ranges).map_err(|e| e.to_string());
        }
        let requests = self.requests(ranges);
        let read: Vec<Bytes> = futures::stream::iter(requests.iter().cloned())
            .map(|range| async move {
                let (_, bytes) = self.get(path, range, version).await?;
                Ok::<_, String>(bytes)
            })
            .buffered(PARALLEL)
            .try_collect()
            .await?;
        let slice = |range: &Range<u64>| {
            let at = requests.partition_point(|r| r.start <= range.start);
            let at = at.checked_sub(1)?;
            slice_of(read.get(at)?, requests.get(at)?.start, range)
        };
        let slices = ranges.iter().map(slice).collect::<Option<_>>();
        slices.ok_or_else(|| "less was read than asked for".to_owned())
    }

    /// The end of a file of a store, in one request; of a folder's there is none, since its bytes
    /// cost nothing to ask for one by one.
    pub(super) async fn tail(&self, file: &LakeFile) -> Result<Option<Tail>, String> {
        let size = file.meta.size;
        if self.local.is_some() || size == 0 {
            return Ok(None);
        }
        let start = size.saturating_sub(TAIL);
        let (meta, bytes) = self.get(file.path(), start..size, None).await?;
        if meta.size != size {
            let now = meta.size;
            return Err(format!(
                "it has {now} bytes and had {size} when it was listed"
            ));
        }
        // A weak name may stand for other bytes.
        let strong = meta.e_tag.filter(|tag| !tag.starts_with("W/"));
        Ok(Some(Tail {
            start,
            bytes,
            version: strong.map(Arc::from),
        }))
    }

    async fn get(
        &self,
        path: &Path,
        range: Range<u64>,
        version: Option<&str>,
    ) -> Result<(object_store::ObjectMeta, Bytes), String> {
        let length = range.end.saturating_sub(range.start);
        let end = range.end;
        let options = GetOptions {
            range: Some(GetRange::Bounded(range)),
            if_match: version.map(str::to_owned),
            ..GetOptions::default()
        };
        self.outage.check(path)?;
        let got = async {
            let result: GetResult = self.store.get_opts(path, options).await?;
            let meta = result.meta.clone();
            Ok::<_, Error>((meta, result.bytes().await?))
        };
        let (why, silent) = match got.await {
            Ok((meta, bytes)) if bytes.len() as u64 == length => {
                self.outage.answered();
                return Ok((meta, bytes));
            }
            Ok(_) => (format!("the answer ends before byte {end}"), false),
            Err(Error::Precondition { .. }) => {
                ("it was replaced while it was read".to_owned(), false)
            }
            Err(error) => (plain(&error), !is_answer(&error)),
        };
        self.outage.failed(path, &why, silent);
        Err(why)
    }
}

impl Tail {
    /// The end of a file as it was kept, whose version the listing names.
    pub(super) fn kept(fetch: &Fetch, file: &LakeFile, bytes: Bytes) -> Option<Self> {
        let strong = file
            .meta
            .e_tag
            .as_deref()
            .filter(|tag| !tag.starts_with("W/"));
        Some(Self {
            start: file.meta.size.checked_sub(bytes.len() as u64)?,
            bytes,
            // Files of a folder are not asked for by their version.
            version: strong.filter(|_| fetch.local.is_none()).map(Arc::from),
        })
    }

    /// Slices of it, if it holds all `ranges`.
    pub(super) fn ranges(&self, ranges: &[Range<u64>]) -> Option<Vec<Bytes>> {
        let slice = |range| slice_of(&self.bytes, self.start, range);
        ranges.iter().map(slice).collect()
    }
}

/// The bytes of `range` of a file, of which `bytes` are those from `start`.
fn slice_of(bytes: &Bytes, start: u64, range: &Range<u64>) -> Option<Bytes> {
    let from = usize::try_from(range.start.checked_sub(start)?).ok()?;
    let to = usize::try_from(range.end.checked_sub(start)?).ok()?;
    (from <= to && to <= bytes.len()).then(|| bytes.slice(from..to))
}

/// Ranges in order that cover all of `ranges`, those no more than [`GAP`] apart joined.
fn joined(ranges: &[Range<u64>]) -> Vec<Range<u64>> {
    let mut sorted = ranges.to_vec();
    sorted.sort_unstable_by_key(|range| (range.start, range.end));
    let mut joined: Vec<Range<u64>> = Vec::with_capacity(sorted.len());
    for range in sorted {
        match joined.last_mut() {
            Some(last) if range.start <= last.end.saturating_add(GAP) => {
                last.end = last.end.max(range.end);
            }
            _ => joined.push(range),
        }
    }
    joined
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

#[cfg(test)]
mod tests {
    use object_store::ObjectStoreExt;
    use object_store::memory::InMemory;

    use super::*;

    #[test]
    fn near_ranges_are_one_request() {
        let far = 3 * GAP;
        assert_eq!(joined(&[]), []);
        assert_eq!(
            joined(&[far..far + 1, 10..20, 0..5, 12..14]),
            [0..20, far..far + 1]
        );
        assert_eq!(joined(&[0..1, 1 + GAP..2 + GAP]).len(), 1);
        assert_eq!(joined(&[0..1, 2 + GAP..3 + GAP]).len(), 2);
    }

    #[tokio::test]
    async fn ranges_come_as_asked_for_and_of_one_version() {
        let store = Arc::new(InMemory::new());
        let path = Path::from("a");
        let bytes: Vec<u8> = (0..(3 << 20)).map(|i: u32| (i % 251) as u8).collect();
        store.put(&path, bytes.clone().into()).await.unwrap();
        let fetch = Fetch::of(store.clone());
        let ranges = [
            2_500_000..2_500_100,
            5..9,
            0..0,
            7..300,
            1_400_000..1_400_001,
        ];
        let version = store.head(&path).await.unwrap().e_tag;
        let read = fetch.ranges(&path, &ranges, version.as_deref()).await;
        for (range, read) in ranges.iter().zip(read.unwrap()) {
            assert_eq!(read, &bytes[range.start as usize..range.end as usize]);
        }
        let beyond = Fetch::of(store.clone())
            .ranges(&path, &[0..1, 3_000_000..4_000_000], None)
            .await;
        assert_eq!(beyond.unwrap_err(), "the answer ends before byte 4000000");
        store.put(&path, bytes.into()).await.unwrap();
        let replaced = fetch.ranges(&path, &ranges, version.as_deref()).await;
        assert_eq!(replaced.unwrap_err(), "it was replaced while it was read");
    }
}
