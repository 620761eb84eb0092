//! Where baselines are: folders, or prefixes of a bucket, below the reports.

use std::fs::{self, File};
use std::io::{self, Write};
use std::path::Path as FilePath;

use bytes::Bytes;
use object_store::ObjectStoreExt;
use object_store::path::Path;
use twox_hash::{XxHash3_64, XxHash3_128};

use super::files::Encoded;
use super::model::{About, Snapshot, TableRow};
use super::{DATASETS, read};
use crate::diagnostic::Diagnostic;
use crate::lake::{self, Address, Root};

/// The folder of all baselines, below the reports.
const FOLDER: &str = "baselines";

/// Where a baseline is written before it has its name; no name begins with a dot.
const STAGING: &str = ".staging";

/// The longest name.
const LONGEST: usize = 100;

/// All baselines of one place for reports.
#[derive(Debug, Clone)]
pub struct Shelf {
    address: Address,
}

/// A baseline in a list.
#[derive(Debug, Clone, PartialEq)]
pub struct Entry {
    pub name: String,
    /// Bytes of its files.
    pub size: u64,
    /// What it is of, or why it can't be read.
    pub content: Result<(About, Vec<TableRow>), String>,
}

impl Shelf {
    /// The baselines below `reports`. Nothing is looked at.
    pub fn of(reports: &Address) -> Self {
        Self {
            address: reports.below(FOLDER),
        }
    }

    pub fn address(&self) -> &Address {
        &self.address
    }

    /// Refuses what is not the plain name of a folder: letters, digits, `.`, `_` and `-`, the first of them a letter or a
    /// digit, so that a name is the same in every file system and every bucket.
    pub fn check_name(name: &str) -> Result<(), Diagnostic> {
        let plain = |c: char| c.is_ascii_alphanumeric() || "._-".contains(c);
        let first = name.chars().next();
        let wrong = match name.chars().find(|c| !plain(*c)) {
            Some(odd) => Some(format!("it has a `{}`", odd.escape_default())),
            None if first.is_none() => Some("it is empty".to_owned()),
            None if name.len() > LONGEST => Some(format!("it has more than {LONGEST} letters")),
            None if !first.is_some_and(|c| c.is_ascii_alphanumeric()) => {
                Some("it does not begin with a letter or a digit".to_owned())
            }
            None if name.ends_with('.') => Some("it ends with a point".to_owned()),
            None => None,
        };
        match wrong {
            None => Ok(()),
            Some(why) => Err(Diagnostic::new(format!(
                "`{}` can't be the name of a baseline: {why}",
                name.escape_debug()
            ))
            .help("write letters, digits, `.`, `_` and `-`, such as season-2025-26")),
        }
    }

    /// The names of all baselines that are whole, in order.
    pub async fn names(&self) -> Result<Vec<String>, Diagnostic> {
        let Some(root) = self.root()? else {
            return Ok(Vec::new());
        };
        let marks = root.list().await?.into_iter();
        let mut names: Vec<String> = marks
            .filter_map(|meta| parts(&meta.location))
            .filter(|(_, file)| DATASETS.last().is_some_and(|last| *file == file_of(last)))
            .map(|(name, _)| name)
            .collect();
        names.sort();
        Ok(names)
    }

    /// All baselines that are whole, by name, with what they are of.
    pub async fn list(&self) -> Result<Vec<Entry>, Diagnostic> {
        let Some(root) = self.root()? else {
            return Ok(Vec::new());
        };
        let objects = root.list().await?;
        let mut entries = Vec::new();
        for name in self.names().await? {
            let own = objects.iter().filter_map(|meta| {
                let (of, _) = parts(&meta.location)?;
                (of == name).then_some(meta.size)
            });
            let size = own.sum();
            let bytes = self.get(&root, &name, "tables").await?;
            let content = read::about(&bytes)
                .and_then(|about| read::tables(&bytes).map(|tables| (about, tables)));
            entries.push(Entry {
                name,
                size,
                content,
            });
        }
        Ok(entries)
    }

    /// The files of a baseline, in the order of [`DATASETS`]. One that is not there is an error that offers near names.
    pub async fn files(&self, name: &str) -> Result<Vec<Encoded>, Diagnostic> {
        let names = self.names().await?;
        let root = self.root()?.filter(|_| names.iter().any(|n| n == name));
        let Some(root) = root else {
            return Err(self.unknown(name, &names));
        };
        let mut files = Vec::new();
        for dataset in DATASETS {
            let bytes = self.get(&root, name, dataset).await?;
            files.push(Encoded { dataset, bytes });
        }
        Ok(files)
    }

    /// A baseline, its id and its size in bytes.
    pub async fn read(&self, name: &str) -> Result<(Snapshot, String, u64), Diagnostic> {
        let files = self.files(name).await?;
        let snapshot = read::decode(&files).map_err(|why| {
            Diagnostic::new(format!("can't read the baseline `{name}`: {why}")).help(format!(
                "take it again: `lakeaudit baseline remove {name}`, then `take {name}`"
            ))
        })?;
        let size = files.iter().map(|file| file.bytes.len() as u64).sum();
        Ok((snapshot, id(&files), size))
    }

    /// Refuses a name that is taken, or no name.
    pub async fn require_free(&self, name: &str) -> Result<(), Diagnostic> {
        Self::check_name(name)?;
        // Some file systems don't tell upper from lower case.
        let same = |taken: &&String| taken.eq_ignore_ascii_case(name);
        match self.names().await?.iter().find(same) {
            None => Ok(()),
            Some(taken) => Err(self.taken(taken)),
        }
    }

    /// Writes a baseline under a name that is free, all of it or nothing.
    pub async fn write(&self, name: &str, files: &[Encoded]) -> Result<(), Diagnostic> {
        self.require_free(name).await?;
        match &self.address {
            Address::Folder(folder) => match staged(folder, name, files) {
                Ok(()) => Ok(()),
                Err(e) if is_there(&e) => Err(self.taken(name)),
                Err(e) => Err(Diagnostic::new(format!(
                    "failed to write the baseline to {}: {e}",
                    self.address
                ))
                .help("--reports DIR names another folder")),
            },
            Address::Bucket(_) => {
                let root = Root::open(&self.address.to_string())?;
                let path = |file: &Encoded| Path::from(name).join(file.file());
                let files: Vec<_> = files.iter().map(|f| (path(f), f.bytes.clone())).collect();
                lake::publish(&root, &files).await
            }
        }
    }

    /// Removes a baseline; what is left of it by a killed removal is no baseline any more.
    pub async fn remove(&self, name: &str) -> Result<(), Diagnostic> {
        let names = self.names().await?;
        let root = self.root()?.filter(|_| names.iter().any(|n| n == name));
        let Some(root) = root else {
            return Err(self.unknown(name, &names));
        };
        let failed = |why: &dyn std::fmt::Display| {
            Diagnostic::new(format!(
                "failed to remove the baseline `{name}` from {}: {why}",
                self.address
            ))
        };
        if let Address::Folder(folder) = &self.address {
            let aside = folder.join(STAGING).join(format!("{name}-removed"));
            let moved = clear(&aside)
                .and_then(|()| fs::create_dir_all(folder.join(STAGING)))
                .and_then(|()| fs::rename(folder.join(name), &aside))
                .and_then(|()| clear(&aside));
            moved.map_err(|e| failed(&e))?;
            // Others may be at work in it.
            let _ = fs::remove_dir(folder.join(STAGING));
            return Ok(());
        }
        // The last written goes first, as it says that the others are there.
        for dataset in DATASETS.iter().rev() {
            let path = Path::from(name).join(file_of(dataset));
            match root.store().delete(&path).await {
                Ok(()) | Err(object_store::Error::NotFound { .. }) => {}
                Err(e) => return Err(failed(&e)),
            }
        }
        Ok(())
    }

    /// The folder or bucket; none where there is no such folder.
    fn root(&self) -> Result<Option<Root>, Diagnostic> {
        match &self.address {
            Address::Folder(folder) if !folder.is_dir() => Ok(None),
            _ => Root::open(&self.address.to_string()).map(Some),
        }
    }

    async fn get(&self, root: &Root, name: &str, dataset: &str) -> Result<Bytes, Diagnostic> {
        let path = Path::from(name).join(file_of(dataset));
        let failed = |e: object_store::Error| {
            Diagnostic::new(format!(
                "can't read {dataset}.parquet of the baseline `{name}`: {e}"
            ))
        };
        let found = root.store().get(&path).await.map_err(failed)?;
        found.bytes().await.map_err(failed)
    }

    fn unknown(&self, name: &str, names: &[String]) -> Diagnostic {
        let error = Diagnostic::new(format!("no baseline `{name}` in {}", self.address));
        let error = match names {
            [] => error.help("`lakeaudit baseline take NAME` takes the first"),
            names => error.help(format!("there are {}", names.join(", "))),
        };
        error.did_you_mean(name, names.iter().map(String::as_str))
    }

    fn taken(&self, name: &str) -> Diagnostic {
        Diagnostic::new(format!(
            "there is a baseline `{name}` in {}, and none changes",
            self.address
        ))
        .help(format!(
            "take another name, or `lakeaudit baseline remove {name}` first"
        ))
    }
}

/// What tells baselines apart: a hash of the bytes of all files, the same for the same files of the lake and the same question.
pub fn id(files: &[Encoded]) -> String {
    let mut text = String::new();
    for file in files {
        let hash = XxHash3_128::oneshot(&file.bytes);
        text.push_str(&format!(
            "{} {} {hash:032x}\n",
            file.dataset,
            file.bytes.len()
        ));
    }
    format!("{:016x}", XxHash3_64::oneshot(text.as_bytes()))
}

fn file_of(dataset: &str) -> String {
    format!("{dataset}.parquet")
}

/// The baseline and the file of a path; what is being written or removed is none.
fn parts(path: &Path) -> Option<(String, String)> {
    let parts: Vec<_> = path.parts().collect();
    match parts.as_slice() {
        [name, file] if name.as_ref() != STAGING => {
            Some((name.as_ref().to_owned(), file.as_ref().to_owned()))
        }
        _ => None,
    }
}

fn staged(folder: &FilePath, name: &str, files: &[Encoded]) -> io::Result<()> {
    let staging = folder
        .join(STAGING)
        .join(format!("{name}-{}", std::process::id()));
    clear(&staging)?;
    fs::create_dir_all(&staging)?;
    let written = files.iter().try_for_each(|file| {
        let mut out = File::create(staging.join(file.file()))?;
        out.write_all(&file.bytes)?;
        out.sync_all()
    });
    // A folder that another run made meanwhile is not replaced: it is not empty.
    let moved = written.and_then(|()| fs::rename(&staging, folder.join(name)));
    let _ = fs::remove_dir_all(&staging);
    let _ = fs::remove_dir(folder.join(STAGING));
    moved
}

fn clear(folder: &FilePath) -> io::Result<()> {
    match fs::remove_dir_all(folder) {
        Err(e) if e.kind() == io::ErrorKind::NotFound => Ok(()),
        done => done,
    }
}

fn is_there(error: &io::Error) -> bool {
    use io::ErrorKind::{AlreadyExists, DirectoryNotEmpty};
    matches!(error.kind(), AlreadyExists | DirectoryNotEmpty)
}
