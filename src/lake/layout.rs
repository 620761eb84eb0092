//! Which file belongs to which table.
//!
//! | path below the root | table |
//! |---|---|
//! | `ds/t/000000000000.parquet`, `ds/t/any/depth/x.parquet` | `ds.t` |
//! | `ds/t/game_date=2026-01-30/x.parquet` | `ds.t` with a partition column |
//! | `ds/t/20260130/x.parquet`, `20260130/ds/t/x.parquet` | `ds.t` as of that snapshot |
//! | `ds/t.parquet`, `ds/t-000000000000.parquet` | `ds.t` |
//! | `ds.t/000000000000.parquet`, `ds.t.parquet` | `ds.t` |
//! | `t/000000000000.parquet`, `t.parquet` | `t` in the dataset called as the root folder |
//! | whatever the suite's `path:` glob matches | the table that declares it |
//!
//! A dated snapshot is a whole copy of its table, so a table is its latest snapshot, and `ds.t@20260130` one of them; a
//! file beside them is told as one that can't be read. Names that start with `_` or `.` are not data.

use std::collections::BTreeMap;

use globset::{GlobBuilder, GlobMatcher};
use object_store::ObjectMeta;

use super::{LakeFile, Root};
use crate::diagnostic::Diagnostic;
use crate::schema::TableName;

/// A table whose files the suite names.
#[derive(Debug, Clone)]
pub struct Declared {
    pub name: TableName,
    /// A glob over paths below the root; `*` stays within a folder, `**` does not.
    pub path: String,
}

/// Sorts the listed objects into tables, files in path order. `odd` are paths that were found but
/// are no files, and why.
pub(super) fn tables(
    root: &Root,
    objects: Vec<ObjectMeta>,
    odd: BTreeMap<String, &'static str>,
    declared: &[Declared],
) -> Result<Listed, Diagnostic> {
    let globs = declared
        .iter()
        .map(|d| Ok((glob(d)?, d)))
        .collect::<Result<Vec<_>, Diagnostic>>()?;
    let mut tables: BTreeMap<TableName, Vec<LakeFile>> = BTreeMap::new();
    let mut matched = vec![false; globs.len()];
    let found = objects.into_iter().map(|meta| (meta, None));
    let odd = odd.into_iter().map(|(path, why)| {
        let meta = ObjectMeta {
            location: path.into(),
            last_modified: chrono::DateTime::UNIX_EPOCH,
            size: 0,
            e_tag: None,
            version: None,
        };
        (meta, Some(why.to_owned()))
    });
    for (meta, odd) in found.chain(odd) {
        let path = meta.location.as_ref();
        if !path.ends_with(".parquet") || path.split('/').any(is_hidden) {
            continue;
        }
        let parts = Parts::of(path);
        let declared = globs.iter().position(|(glob, _)| glob.is_match(path));
        let name = match declared.and_then(|at| globs.get(at)) {
            Some((_, declared)) => declared.name.clone(),
            None => parts.table(root),
        };
        match declared.and_then(|at| matched.get_mut(at)) {
            Some(matched) => *matched = true,
            // The table has the files its glob matches, and no others.
            None if globs.iter().any(|(_, declared)| declared.name == name) => continue,
            None => {}
        }
        let (partition, snapshot) = (parts.partition, parts.snapshot);
        tables.entry(name).or_default().push(LakeFile {
            meta,
            partition,
            snapshot,
            odd,
        });
    }
    for ((_, declared), matched) in globs.iter().zip(matched) {
        if !matched {
            return Err(Diagnostic::new(format!(
                "no Parquet file in {} matches `{}` of table `{}`",
                root.name(),
                declared.path,
                declared.name
            )));
        }
    }
    if tables.is_empty() {
        return Err(
            Diagnostic::new(format!("no Parquet file in {}", root.name())).help(
                "export tables as <dataset>/<table>/*.parquet, e.g. `bq extract \
                 --destination_format=PARQUET ds.table gs://bucket/ds/table/*.parquet`",
            ),
        );
    }
    let mut snapshots: BTreeMap<TableName, Vec<LakeFile>> = BTreeMap::new();
    for (name, files) in &tables {
        for file in files {
            if let Some(snapshot) = &file.snapshot {
                let of = snapshots.entry(snapshot_name(name, snapshot)).or_default();
                of.push(file.clone());
            }
        }
    }
    for files in tables.values_mut() {
        let latest = files.iter().filter_map(|f| f.snapshot.clone()).max();
        if latest.is_some() {
            files.retain(|f| f.snapshot.is_none() || f.snapshot == latest);
            for loose in files.iter_mut().filter(|f| f.snapshot.is_none()) {
                let why = "it stands beside dated snapshots and in none of them";
                loose.odd.get_or_insert_with(|| why.to_owned());
            }
        }
    }
    for files in tables.values_mut().chain(snapshots.values_mut()) {
        files.sort_by(|a, b| a.path().cmp(b.path()));
    }
    Ok(Listed { tables, snapshots })
}

/// What a listing holds.
#[derive(Debug, Default)]
pub(super) struct Listed {
    pub(super) tables: BTreeMap<TableName, Vec<LakeFile>>,
    /// The dated snapshots of tables that have any, under [`snapshot_name`].
    pub(super) snapshots: BTreeMap<TableName, Vec<LakeFile>>,
}

/// What a table is called as of one of its snapshots: `ds.t@20260130`.
fn snapshot_name(table: &TableName, snapshot: &str) -> TableName {
    TableName::new(&table.dataset, format!("{}@{snapshot}", table.table))
}

/// What the components of a path say.
struct Parts<'a> {
    folders: Vec<&'a str>,
    stem: &'a str,
    partition: Vec<(String, String)>,
    snapshot: Option<String>,
}

impl<'a> Parts<'a> {
    fn of(path: &'a str) -> Self {
        let (folder, file) = path.rsplit_once('/').unwrap_or(("", path));
        let mut parts = Self {
            folders: Vec::new(),
            stem: file.strip_suffix(".parquet").unwrap_or(file),
            partition: Vec::new(),
            snapshot: None,
        };
        for component in folder.split('/').filter(|c| !c.is_empty()) {
            if let Some((name, value)) = component.split_once('=') {
                parts.partition.push((name.to_owned(), decode_hive(value)));
            } else if is_snapshot(component) {
                parts.snapshot = Some(component.to_owned());
            } else {
                parts.folders.push(component);
            }
        }
        parts
    }

    fn table(&self, root: &Root) -> TableName {
        match (self.folders.as_slice(), unsharded(self.stem)) {
            ([dataset, table, ..], _) => TableName::new(*dataset, *table),
            ([dataset], Some(stem)) => TableName::new(*dataset, stem),
            ([table], None) => named(root, table),
            ([], stem) => named(root, stem.unwrap_or(self.stem)),
        }
    }
}

/// The table of a folder or file without a dataset's folder above it.
fn named(root: &Root, name: &str) -> TableName {
    let spelled = name.contains('.').then(|| name.parse().ok()).flatten();
    spelled.unwrap_or_else(|| TableName::new(root.dataset(), name))
}

/// The table's name in a file name such as `schedule-000000000000`, or `None` where the file name
/// is only a shard's.
fn unsharded(stem: &str) -> Option<&str> {
    let name = stem
        .trim_end_matches(|c: char| c.is_ascii_digit())
        .trim_end_matches(['-', '_', '.']);
    let digits = stem.len() - name.len();
    // Few digits are a part of the name, `ml_feature_store_v2`, but no name by themselves.
    let name = if digits >= 5 || name.is_empty() {
        name
    } else {
        stem
    };
    (!name.is_empty() && !name.starts_with("part-") && name != "part" && name != "data")
        .then_some(name)
}

fn is_hidden(component: &str) -> bool {
    component.starts_with(['_', '.'])
}

/// `20260130`: eight digits that are a date.
fn is_snapshot(component: &str) -> bool {
    component.len() == 8
        && component.bytes().all(|b| b.is_ascii_digit())
        && chrono::NaiveDate::parse_from_str(component, "%Y%m%d").is_ok()
}

/// Undoes the percent escapes of a hive folder's value.
fn decode_hive(value: &str) -> String {
    let bytes = value.as_bytes();
    let mut decoded = Vec::with_capacity(bytes.len());
    let mut rest = bytes;
    while let Some((&first, after)) = rest.split_first() {
        let escaped = match after {
            [high, low, tail @ ..] if first == b'%' => std::str::from_utf8(&[*high, *low])
                .ok()
                .and_then(|hex| u8::from_str_radix(hex, 16).ok())
                .map(|byte| (byte, tail)),
            _ => None,
        };
        let (byte, tail) = escaped.unwrap_or((first, after));
        decoded.push(byte);
        rest = tail;
    }
    String::from_utf8(decoded).unwrap_or_else(|_| value.to_owned())
}

fn glob(declared: &Declared) -> Result<GlobMatcher, Diagnostic> {
    GlobBuilder::new(&declared.path)
        .literal_separator(true)
        .build()
        .map(|glob| glob.compile_matcher())
        .map_err(|e| {
            Diagnostic::new(format!(
                "`{}` of table `{}` is not a glob: {}",
                declared.path,
                declared.name,
                e.kind()
            ))
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn objects(paths: &[&str]) -> Vec<ObjectMeta> {
        let of = |path: &&str| ObjectMeta {
            location: (*path).into(),
            last_modified: chrono::DateTime::UNIX_EPOCH,
            size: 10,
            e_tag: None,
            version: None,
        };
        paths.iter().map(of).collect()
    }

    fn listed(paths: &[&str], declared: &[Declared]) -> Vec<(String, usize)> {
        let root = Root::with_store(
            std::sync::Arc::new(object_store::memory::InMemory::new()),
            "exports/nba",
        );
        tables(&root, objects(paths), BTreeMap::new(), declared)
            .unwrap()
            .tables
            .into_iter()
            .map(|(name, files)| (name.to_string(), files.len()))
            .collect()
    }

    #[test]
    fn every_layout_of_the_table_above() {
        let got = listed(
            &[
                "ds/t/000000000000.parquet",
                "ds/t/deep/er/x.parquet",
                "ds/hive/game_date=2026-01-30/x.parquet",
                "ds/snap/20260129/x.parquet",
                "ds/snap/20260130/x.parquet",
                "ds/one_v2.parquet",
                "ds/sharded-000000000001.parquet",
                "bare/000000000000.parquet",
                "dotted.t/0.parquet",
                "dotted.u.parquet",
                "_tmp/ds/no/x.parquet",
                "ds/t/_metadata.json",
            ],
            &[],
        );
        let want = [
            ("dotted.t", 1),
            ("dotted.u", 1),
            ("ds.hive", 1),
            ("ds.one_v2", 1),
            ("ds.sharded", 1),
            ("ds.snap", 1),
            ("ds.t", 2),
            ("nba.bare", 1),
        ];
        assert_eq!(got, want.map(|(n, c)| (n.to_owned(), c)));
    }

    #[test]
    fn a_declared_path_wins() {
        let declared = Declared {
            name: TableName::new("nba_analytics", "pgs"),
            path: "daily/*/phase3/pgs/*.parquet".to_owned(),
        };
        let got = listed(&["daily/20260130/phase3/pgs/a.parquet"], &[declared]);
        assert_eq!(got, [("nba_analytics.pgs".to_owned(), 1)]);
    }

    #[test]
    fn a_declared_path_is_all_there_is_of_its_table() {
        let declared = |path: &str| Declared {
            name: TableName::new("ds", "t"),
            path: path.to_owned(),
        };
        let paths = ["ds/t/a.parquet", "new/t/b.parquet", "ds/u/c.parquet"];
        let got = listed(&paths, &[declared("new/t/*.parquet")]);
        assert_eq!(got, [("ds.t".to_owned(), 1), ("ds.u".to_owned(), 1)]);
        let root = Root::with_store(
            std::sync::Arc::new(object_store::memory::InMemory::new()),
            "nba",
        );
        let none = [declared("nowhere/*.parquet")];
        let error = tables(&root, objects(&paths), BTreeMap::new(), &none).unwrap_err();
        assert!(error.message.contains("matches `nowhere/*.parquet`"));
    }

    #[test]
    fn a_file_beside_snapshots_is_told() {
        let root = Root::with_store(
            std::sync::Arc::new(object_store::memory::InMemory::new()),
            "nba",
        );
        let paths = [
            "ds/t/20260129/a.parquet",
            "ds/t/20260130/a.parquet",
            "ds/t/b.parquet",
        ];
        let got = tables(&root, objects(&paths), BTreeMap::new(), &[]).unwrap();
        let older = &got.snapshots[&TableName::new("ds", "t@20260129")];
        assert_eq!(older.len(), 1);
        let files = &got.tables[&TableName::new("ds", "t")];
        let odd: Vec<_> = files
            .iter()
            .map(|f| (f.path().as_ref(), f.odd.is_some()))
            .collect();
        assert_eq!(
            odd,
            [("ds/t/20260130/a.parquet", false), ("ds/t/b.parquet", true)]
        );
    }

    #[test]
    fn hive_values_are_decoded() {
        assert_eq!(decode_hive("a%20b%2Fc%"), "a b/c%");
    }
}
