//! The lake: a root with Parquet exports, its tables, files and footers.
//!
//! A lake is opened by listing it. Footers are read when a table is first looked at, each once.
//! Nothing here reads rows.

mod calendar;
mod column;
mod file;
mod footer;
mod layout;
mod root;
mod table;
mod write;

use std::collections::BTreeMap;
use std::sync::Arc;

use futures::{StreamExt, TryStreamExt};
use object_store::{ObjectStore, ObjectStoreExt};

use crate::diagnostic::{Diagnostic, near, suggestion};
use crate::schema::TableName;

pub use calendar::{DateGap, date_gaps};
pub use column::{Column, Origin, days, parse_date};
pub use file::LakeFile;
pub use footer::{Bounds, Footer};
pub use layout::Declared;
pub use root::Root;
pub use table::{Change, Table};
pub use write::{Staged, swap_in};

/// How many footers are fetched at a time.
const FOOTERS_IN_FLIGHT: usize = 32;

/// A lake root that was listed.
#[derive(Debug)]
pub struct Lake {
    root: Root,
    listed: BTreeMap<TableName, Vec<LakeFile>>,
}

impl Lake {
    /// Lists `root`. `declared` are the tables whose files the suite names by a glob; they win over
    /// what the layout says.
    ///
    /// Fails where the root can't be listed or holds no Parquet file.
    pub async fn open(root: Root, declared: &[Declared]) -> Result<Self, Diagnostic> {
        let objects: Vec<_> = root
            .store()
            .list(None)
            .try_collect()
            .await
            .map_err(|e| Diagnostic::new(format!("failed to list {}: {e}", root.name())))?;
        let listed = layout::tables(&root, objects, declared)?;
        Ok(Self { root, listed })
    }

    pub fn root(&self) -> &Root {
        &self.root
    }

    pub fn store(&self) -> &Arc<dyn ObjectStore> {
        self.root.store()
    }

    /// The names of all tables, in order.
    pub fn names(&self) -> impl Iterator<Item = &TableName> {
        self.listed.keys()
    }

    /// The files of a table as listed, in path order; a table of dated snapshots has the files of
    /// its latest one.
    pub fn files(&self, name: &TableName) -> Option<&[LakeFile]> {
        self.listed.get(name).map(Vec::as_slice)
    }

    /// Reads the footers of a table, each file's once.
    ///
    /// A file whose footer can't be read stays in the table's list of broken files; it is no error
    /// here, so that the audit goes on with the others and reports it.
    pub async fn table(&self, name: &TableName) -> Result<Table, Diagnostic> {
        let files = self.files(name).ok_or_else(|| self.unknown(name, []))?;
        let store = self.root.store();
        let footers: Vec<_> = futures::stream::iter(files.iter().cloned())
            .map(|file| {
                let store = Arc::clone(store);
                // A task of its own, so that decoding uses every core and a panic inside the
                // decoder of a broken file stays there.
                let task = tokio::spawn(async move { Footer::read(store.as_ref(), &file).await });
                async move {
                    match task.await {
                        Ok(read) => read,
                        Err(e) => Err(format!("the Parquet decoder failed: {e}")),
                    }
                }
            })
            .buffered(FOOTERS_IN_FLIGHT)
            .collect()
            .await;
        Ok(Table::new(
            name.clone(),
            files.iter().cloned().zip(footers),
        ))
    }

    /// The error for a name that is no table; `views` are the other names that exist.
    pub fn unknown<'a>(
        &'a self,
        name: &TableName,
        views: impl IntoIterator<Item = &'a TableName>,
    ) -> Diagnostic {
        let known: Vec<&TableName> = self.listed.keys().chain(views).collect();
        let mut names: Vec<String> = known
            .iter()
            .filter(|k| k.table.eq_ignore_ascii_case(&name.table))
            .map(ToString::to_string)
            .collect();
        if names.is_empty() {
            let full: Vec<String> = known.iter().map(ToString::to_string).collect();
            let wanted = name.to_string();
            names = near(&wanted, full.iter().map(String::as_str))
                .into_iter()
                .map(str::to_owned)
                .collect();
        }
        let error = Diagnostic::new(format!("no table `{name}` in {}", self.root.name()));
        match suggestion(&names) {
            Some(help) => error.help(help),
            None => error.help("`lakeaudit tables` lists what is there"),
        }
    }

    /// The size of one object, for tests and messages.
    pub async fn size(&self, path: &object_store::path::Path) -> Option<u64> {
        self.root.store().head(path).await.ok().map(|m| m.size)
    }
}
