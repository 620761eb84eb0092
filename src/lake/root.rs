//! Where a lake is: a folder or a prefix of a bucket, behind one object store.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use futures::TryStreamExt;
use object_store::local::LocalFileSystem;
use object_store::{ObjectMeta, ObjectStore};

use super::{Address, Bucket, Fetch, bucket, trouble};
use crate::diagnostic::Diagnostic;

/// An object store whose paths are relative to the lake's root.
#[derive(Debug, Clone)]
pub struct Root {
    fetch: Fetch,
    name: String,
    folder: Option<PathBuf>,
    bucket: Option<Bucket>,
}

impl Root {
    /// Opens a folder, `gs://bucket/prefix` or `s3://bucket/prefix`.
    ///
    /// A folder must be there; a bucket is asked for nothing yet, but its credentials are looked for.
    pub fn open(address: &str) -> Result<Self, Diagnostic> {
        match Address::parse(address)? {
            Address::Folder(folder) => Self::folder(&folder, address),
            Address::Bucket(bucket) => Self::bucket(bucket),
        }
    }

    fn bucket(bucket: Bucket) -> Result<Self, Diagnostic> {
        let store = bucket::open(&bucket).map_err(|e| trouble::of_bucket(&e, "open", &bucket))?;
        Ok(Self {
            fetch: Fetch::of(store),
            name: bucket.to_string(),
            folder: None,
            bucket: Some(bucket),
        })
    }

    fn folder(path: &Path, address: &str) -> Result<Self, Diagnostic> {
        let folder = path.canonicalize().map_err(|e| {
            Diagnostic::new(format!("can't open the lake `{}`: {e}", path.display()))
                .help("--lake DIR or `lake:` in the suite names the folder with the exports")
        })?;
        if !folder.is_dir() {
            return Err(Diagnostic::new(format!(
                "can't open the lake `{}`: it is not a folder",
                path.display()
            ))
            .help("name the folder that holds <dataset>/<table>/*.parquet"));
        }
        let store = LocalFileSystem::new_with_prefix(&folder)
            .map_err(|e| Diagnostic::new(format!("can't open the lake `{address}`: {e}")))?;
        Ok(Self {
            fetch: Fetch::local(store),
            name: address.to_owned(),
            folder: Some(folder),
            bucket: None,
        })
    }

    /// A root over any store, `name` as it is shown.
    pub fn with_store(store: Arc<dyn ObjectStore>, name: impl Into<String>) -> Self {
        Self {
            fetch: Fetch::of(store),
            name: name.into(),
            folder: None,
            bucket: None,
        }
    }

    /// Paths of a folder that end as Parquet files do and are none, so that a listing leaves them out:
    /// a link that leads nowhere, a pipe. Of other roots there are none.
    pub(super) fn odd(&self, listed: &[ObjectMeta]) -> BTreeMap<String, &'static str> {
        let mut odd = BTreeMap::new();
        let Some(root) = &self.folder else {
            return odd;
        };
        let listed: BTreeSet<&str> = listed.iter().map(|meta| meta.location.as_ref()).collect();
        let mut open = vec![root.clone()];
        while let Some(folder) = open.pop() {
            // A folder that can't be listed failed before.
            for entry in std::fs::read_dir(&folder).into_iter().flatten().flatten() {
                let path = entry.path();
                if entry.file_type().is_ok_and(|of| of.is_dir()) {
                    open.push(path);
                    continue;
                }
                let Ok(below) = path.strip_prefix(root) else {
                    continue;
                };
                let below = below.to_string_lossy();
                if !below.ends_with(".parquet") || listed.contains(below.as_ref()) {
                    continue;
                }
                let why = match std::fs::metadata(&path) {
                    Err(_) => "it is a link that leads nowhere, or may not be read",
                    Ok(to) if to.is_dir() => continue,
                    Ok(to) if to.is_file() => "it was not there when the folder was listed",
                    Ok(_) => "it is not a regular file",
                };
                odd.insert(below.into_owned(), why);
            }
        }
        odd
    }

    /// All objects of it, in no order.
    pub async fn list(&self) -> Result<Vec<ObjectMeta>, Diagnostic> {
        let listed = self.store().list(None).try_collect().await;
        listed.map_err(|e| self.failed("list", &e))
    }

    /// The error for what could not be `done` with it, such as "list".
    pub(super) fn failed(&self, done: &str, error: &object_store::Error) -> Diagnostic {
        match &self.bucket {
            Some(bucket) => trouble::of_bucket(error, done, bucket),
            None => Diagnostic::new(format!(
                "failed to {done} {}: {}",
                self.name,
                trouble::plain(error)
            )),
        }
    }

    pub fn store(&self) -> &Arc<dyn ObjectStore> {
        self.fetch.store()
    }

    /// How bytes of its files are read.
    pub fn fetch(&self) -> &Fetch {
        &self.fetch
    }

    /// The root as the user wrote it.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The last component of the root, the dataset of tables that stand right below it.
    pub fn dataset(&self) -> String {
        self.folder
            .as_deref()
            .unwrap_or(Path::new(&self.name))
            .file_name()
            .map_or_else(|| "lake".to_owned(), |n| n.to_string_lossy().into_owned())
    }
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;

    #[test]
    fn a_link_that_leads_nowhere_is_odd() {
        let folder = tempfile::tempdir().unwrap();
        let table = folder.path().join("ds/t");
        std::fs::create_dir_all(&table).unwrap();
        std::os::unix::fs::symlink("/nowhere/at/all", table.join("a.parquet")).unwrap();
        std::os::unix::fs::symlink("/nowhere/at/all", table.join("notes.txt")).unwrap();
        let root = Root::open(&folder.path().display().to_string()).unwrap();
        let odd: Vec<_> = root.odd(&[]).into_keys().collect();
        assert_eq!(odd, ["ds/t/a.parquet"]);
    }
}
