//! The lake: a root with Parquet exports, its tables, files and footers.
//!
//! A lake is opened by listing it. Footers are read when a table is first looked at, each once.
//! Nothing here reads rows.

mod address;
mod bucket;
mod calendar;
mod column;
mod fetch;
mod file;
mod footer;
mod layout;
mod outage;
mod root;
mod table;
mod trouble;
mod upload;
mod whole;
mod write;

use std::collections::{BTreeMap, BTreeSet, HashMap};

use bytes::Bytes;
use futures::StreamExt;

use crate::diagnostic::{Diagnostic, broke_off, near, suggestion};
use crate::schema::TableName;

pub use address::{Address, Bucket, Service};
pub use calendar::{DateGap, date_gaps};
pub use column::{Column, Origin, date_of, days, parse_date};
pub use fetch::Fetch;
pub use file::LakeFile;
pub use footer::{Bounds, Footer};
pub use layout::Declared;
pub use root::Root;
pub use table::{Change, Table};
pub use upload::{publish, put};
pub use whole::WholeFile;
pub use write::{Staged, swap_in};

/// How many footers are fetched at a time.
const FOOTERS_IN_FLIGHT: usize = 32;

/// A lake root that was listed.
#[derive(Debug)]
pub struct Lake {
    root: Root,
    listed: BTreeMap<TableName, Vec<LakeFile>>,
    /// Tables as of a dated snapshot, `ds.t@20260130`.
    snapshots: BTreeMap<TableName, Vec<LakeFile>>,
    reports: Option<Reports>,
}

/// The reports of earlier audits, tables of the dataset [`REPORTS`].
#[derive(Debug)]
struct Reports {
    root: Root,
    listed: BTreeMap<TableName, Vec<LakeFile>>,
}

/// The dataset that holds the reports of earlier audits.
pub const REPORTS: &str = "lakeaudit";

impl Lake {
    /// Lists `root`. `declared` are the tables whose files the suite names by a glob; they win over
    /// what the layout says.
    ///
    /// Fails where the root can't be listed or holds no Parquet file.
    pub async fn open(root: Root, declared: &[Declared]) -> Result<Self, Diagnostic> {
        let objects = root.list().await?;
        let odd = root.odd(&objects);
        let listed = layout::tables(&root, objects, odd, declared)?;
        Ok(Self {
            root,
            listed: listed.tables,
            snapshots: listed.snapshots,
            reports: None,
        })
    }

    /// Adds the reports of earlier audits as tables of the dataset [`REPORTS`].
    ///
    /// A run counts if its row in `runs` is there, which is written last; a diff, if that in `diff_summary` is, and one of
    /// several runs, if those in `diff_runs` are. A root without reports adds nothing; one that can't be listed is an error.
    pub async fn add_reports(&mut self, root: Root) -> Result<(), Diagnostic> {
        let objects = root.list().await?;
        let Ok(listed) = layout::tables(&root, objects, BTreeMap::new(), &[]) else {
            return Ok(());
        };
        let mut listed = listed.tables;
        let run = |file: &LakeFile| file.partition_value("run").map(str::to_owned);
        let done = |dataset: &str| -> BTreeSet<String> {
            let of = listed.iter().filter(|(name, _)| name.table == dataset);
            of.flat_map(|(_, files)| files.iter().filter_map(run))
                .collect()
        };
        let (audits, diffs, several) = (done("runs"), done("diff_summary"), done("diff_runs"));
        for (name, files) in &mut listed {
            let done = match name.table.as_str() {
                name if name.starts_with("diff_run") => &several,
                name if name.starts_with("diff_") => &diffs,
                _ => &audits,
            };
            files.retain(|file| run(file).is_some_and(|r| done.contains(&r)));
            for file in files {
                // The files hold the run's id themselves.
                file.partition.clear();
            }
        }
        listed.retain(|_, files| !files.is_empty());
        let listed = listed
            .into_iter()
            .map(|(name, files)| (TableName::new(REPORTS, name.table), files))
            .collect();
        self.reports = Some(Reports { root, listed });
        Ok(())
    }

    pub fn root(&self) -> &Root {
        &self.root
    }

    /// How bytes of a table's files are read.
    pub fn fetch(&self, name: &TableName) -> &Fetch {
        match &self.reports {
            Some(reports) if reports.listed.contains_key(name) => reports.root.fetch(),
            _ => self.root.fetch(),
        }
    }

    /// The names of the lake's own tables, in order.
    pub fn names(&self) -> impl Iterator<Item = &TableName> {
        self.listed.keys()
    }

    /// The names of the lake's own tables and of their dated snapshots.
    pub fn own_names(&self) -> impl Iterator<Item = &TableName> {
        self.listed.keys().chain(self.snapshots.keys())
    }

    /// Whether a table, or a dated snapshot of one, is the lake's own and not of earlier reports.
    pub fn owns(&self, name: &TableName) -> bool {
        self.listed.contains_key(name) || self.snapshots.contains_key(name)
    }

    /// The names of the tables of earlier reports, in order.
    pub fn report_names(&self) -> impl Iterator<Item = &TableName> {
        self.reports.iter().flat_map(|r| r.listed.keys())
    }

    /// The dates of a table's snapshots, such as `20260130`, in order.
    pub fn snapshots(&self, name: &TableName) -> Vec<&str> {
        let of = |snapshot: &'_ TableName| snapshot.dataset == name.dataset;
        let names = self.snapshots.keys().filter(|snapshot| of(snapshot));
        let dated = names.filter_map(|snapshot| snapshot.table.split_once('@'));
        dated
            .filter(|(table, _)| *table == name.table)
            .map(|(_, date)| date)
            .collect()
    }

    /// The files of a table as listed, in path order; a table of dated snapshots has the files of
    /// its latest one.
    pub fn files(&self, name: &TableName) -> Option<&[LakeFile]> {
        let reports = || self.reports.as_ref()?.listed.get(name);
        let own = self.listed.get(name).or_else(|| self.snapshots.get(name));
        own.or_else(reports).map(Vec::as_slice)
    }

    /// Reads the footers of a table, each file's once.
    ///
    /// A file whose footer can't be read stays in the table's list of broken files; it is no error
    /// here, so that the audit goes on with the others and reports it.
    pub async fn table(&self, name: &TableName) -> Result<Table, Diagnostic> {
        let read = self.table_with(name, &HashMap::new()).await;
        read.map(|(table, _)| table)
    }

    /// [`Self::table`] where the footers of some files, by [`LakeFile::identity`], are at hand; returns the bytes of the
    /// others, too.
    pub async fn table_with(
        &self,
        name: &TableName,
        kept: &HashMap<u128, Bytes>,
    ) -> Result<(Table, Vec<(u128, Bytes)>), Diagnostic> {
        let files = self.files(name).ok_or_else(|| self.unknown(name, []))?;
        let fetch = self.fetch(name);
        let footers: Vec<_> = futures::stream::iter(files.iter().cloned())
            .map(|file| {
                let fetch = fetch.clone();
                let kept = kept.get(&file.identity()).cloned();
                // A task of its own, so that decoding uses every core and a panic inside the
                // decoder of a broken file stays there.
                let task = tokio::spawn(async move {
                    if let Some(why) = file.odd {
                        return Err(why);
                    }
                    if let Some(bytes) = kept
                        && let Some(footer) = Footer::kept(&fetch, &file, bytes).await
                    {
                        return Ok((footer, Bytes::new()));
                    }
                    Footer::read(&fetch, &file).await
                });
                async move {
                    match task.await {
                        Ok(read) => read,
                        Err(e) => Err(broke_off(e)),
                    }
                }
            })
            .buffered(FOOTERS_IN_FLIGHT)
            .collect()
            .await;
        let mut fresh = Vec::new();
        let footers: Vec<_> = files
            .iter()
            .zip(footers)
            .map(|(file, read): (_, Result<(Footer, Bytes), String>)| {
                let read = read.map(|(footer, bytes)| {
                    if !bytes.is_empty() {
                        fresh.push((file.identity(), bytes));
                    }
                    footer
                });
                (file.clone(), read)
            })
            .collect();
        Ok((Table::new(name.clone(), footers.into_iter()), fresh))
    }

    /// The error for a name that is no table; `views` are the other names that exist.
    pub fn unknown<'a>(
        &'a self,
        name: &TableName,
        views: impl IntoIterator<Item = &'a TableName>,
    ) -> Diagnostic {
        let known: Vec<&TableName> = self
            .names()
            .chain(self.report_names())
            .chain(views)
            .collect();
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
}
