//! Runs a diff: fingerprints of both sides, then the rows of what differs, slice by slice.

use std::collections::BTreeSet;
use std::sync::Arc;

use arrow::datatypes::{DataType, TimeUnit};
use hashbrown::HashSet;

use super::changes::changes;
use super::columns::{Columns, Common};
use super::explained;
use super::matching::matched;
use super::model::{ColumnDifference, Difference, Duplicates, KeyFrom, Side};
use super::options::Options;
use super::plan::Plan;
use super::rule::Rule;
use super::sample::{self, Sampled};
use super::sql;
use super::tally::{Found, Half, Tally, Wanted};
use crate::diagnostic::Diagnostic;
use crate::lake::Table;
use crate::scan::{
    self, Bucket, Fingerprints, Gathered, Keyed, KeysCompared, Repeated, WantedRows, compare_keys,
    fingerprints, gather, others,
};
use crate::schema::{BqType, column_index};
use crate::session::Session;
use twox_hash::XxHash3_64;

/// One of the tables that are compared.
#[derive(Debug, Clone)]
pub struct Source<'a> {
    pub session: &'a Session,
    pub table: Arc<Table>,
    /// As it was asked for.
    pub name: String,
}

/// By what rows are found.
#[derive(Debug, Clone)]
pub struct KeyColumns {
    /// Empty if rows are compared whole.
    pub columns: Vec<String>,
    pub from: KeyFrom,
    /// Other columns that name the rows as well as the data tell.
    pub others: Vec<Vec<String>>,
}

/// Compares two tables.
///
/// Fails where they have no column in common, the key is not in both or of two types, a condition can't be planned, a file
/// can't be read or memory does not suffice.
pub async fn diff(
    left: &Source<'_>,
    right: &Source<'_>,
    key: &KeyColumns,
    options: &Options,
    progress: &(dyn Fn(&str) + Sync),
) -> Result<Difference, Diagnostic> {
    readable(left)?;
    readable(right)?;
    let columns = Columns::of(&left.table, &right.table, &key.columns, options)?;
    let mut plan = Plan::new(left, right, columns, options);
    let (mut ours, mut theirs) = plan.both(left, right, progress).await?;
    if plan.columns.key.is_empty() && ours.buckets != theirs.buckets {
        let kept = ours.kept.batches.iter().chain(&theirs.kept.batches);
        let first = plan.first_value() - plan.key().len();
        let documents = sample::documents(plan.key(), first, &kept.collect::<Vec<_>>());
        if documents != plan.left.documents {
            plan.read_documents(&documents);
            (ours, theirs) = plan.both(left, right, progress).await?;
        }
    }
    let keys = ours.keys.take().zip(theirs.keys.take());
    let keys = keys.map(|(ours, theirs)| compare_keys(ours, theirs, left.session.limits().threads));
    plan.keep_rare(left, right, &mut ours, &mut theirs, keys.as_ref())
        .await?;
    let sampled = Sampled::new(&plan, left, right, &ours, &theirs)
        .map_err(|e| failed(left, e.to_string()))?;
    let mut found = Found {
        columns: plan.columns.compared.iter().map(described).collect(),
        ..Found::default()
    };
    plan.equal_rows(&ours, &theirs, keys.as_ref(), &mut found);
    found.segments = plan.segments(left, right).await?;
    for slice in plan.slices(&ours, &theirs, keys.as_ref(), left.session.limits().memory) {
        progress("rows that differ");
        plan.slice(left, right, &slice, &sampled.documents, &mut found)
            .await?;
    }
    let mut difference = plan.difference(left, right, key, (&ours, &theirs), keys.as_ref(), found);
    difference.sql = sql::query(&difference, &plan.columns.key, &plan.columns.compared);
    difference.changes = match difference.has_same_values() {
        true => Vec::new(),
        false => changes(&left.table, &right.table, &difference),
    };
    progress("explaining");
    explained::explain(
        &plan,
        &sampled,
        left.session.limits().threads,
        &mut difference,
    );
    Ok(difference)
}

pub(super) fn readable(side: &Source<'_>) -> Result<(), Diagnostic> {
    match side.table.broken().first() {
        None => Ok(()),
        Some((file, why)) => Err(Diagnostic::new(format!(
            "can't compare `{}`: its file {} can't be read: {why}",
            side.name,
            file.path()
        ))
        .help("export the file again, or move it out of the table's folder")),
    }
}

/// What reading a side comes to; where that fails because a file is damaged, the error names it.
pub async fn read<T>(
    side: &Source<'_>,
    reading: impl Future<Output = Result<T, String>>,
) -> Result<T, Diagnostic> {
    let why = match reading.await {
        Ok(read) => return Ok(read),
        Err(why) => why,
    };
    if why.contains(EXHAUSTED) {
        return Err(failed(side, why));
    }
    let Some(damage) = scan::damage(side.session, &side.table, &why).await else {
        return Err(failed(side, why));
    };
    let group = damage.row_group.map(|group| format!(", row group {group}"));
    let column = damage.column.map(|column| format!(", column `{column}`"));
    Err(Diagnostic::new(format!(
        "failed to read `{}`: its file {}{}{} is damaged: {}",
        side.name,
        damage.file,
        group.unwrap_or_default(),
        column.unwrap_or_default(),
        damage.why
    ))
    .help("export the file again, or move it out of the table's folder"))
}

const EXHAUSTED: &str = "Resources exhausted";

pub(super) fn failed(side: &Source<'_>, why: String) -> Diagnostic {
    match why.contains(EXHAUSTED) {
        true => Diagnostic::new(format!("memory does not suffice to read `{}`", side.name))
            .help("--memory gives more"),
        false => Diagnostic::new(format!("failed to read `{}`: {why}", side.name)),
    }
}

/// So many rows that differ tell what was done; where fewer of those that are kept do, others are read, at most so many keys.
const TELLING: f64 = 100.0;
const RARE: usize = 20_000;
/// What is said where memory does not hold a hash of every row.
const UNCOUNTED: &str =
    "duplicate keys of rows that are equal on both sides were not counted: --memory gives more";
/// Bytes a value takes while rows are compared, about, and those of a slice: larger ones are no faster.
const VALUE_BYTES: u64 = 24;
const SLICE_BYTES: u64 = 1 << 30;

impl Plan<'_> {
    async fn both(
        &self,
        left: &Source<'_>,
        right: &Source<'_>,
        progress: &(dyn Fn(&str) + Sync),
    ) -> Result<(Fingerprints, Fingerprints), Diagnostic> {
        progress(&format!("fingerprints of {}", left.name));
        let ours = self.fingerprints(left, &self.left).await?;
        progress(&format!("fingerprints of {}", right.name));
        Ok((ours, self.fingerprints(right, &self.right).await?))
    }

    async fn fingerprints(
        &self,
        side: &Source<'_>,
        keyed: &Arc<Keyed>,
    ) -> Result<Fingerprints, Diagnostic> {
        read(side, fingerprints(side.session, keyed, Some(self.kept))).await
    }

    /// Keeps rows that differ, too, where of the rows that were kept too few do.
    async fn keep_rare(
        &self,
        left: &Source<'_>,
        right: &Source<'_>,
        ours: &mut Fingerprints,
        theirs: &mut Fingerprints,
        keys: Option<&KeysCompared>,
    ) -> Result<(), Diagnostic> {
        let Some(apart) = keys.and_then(|keys| keys.apart.as_ref()) else {
            return Ok(());
        };
        let likely = apart.len() as f64 * (self.kept as f64 / u64::MAX as f64);
        if self.kept == u64::MAX || apart.is_empty() || likely >= TELLING {
            return Ok(());
        }
        let mut first: Vec<u64> = apart.iter().copied().collect();
        first.sort_unstable();
        first.truncate(RARE);
        let slices = self.slices(ours, theirs, keys, usize::MAX);
        let wanted = Arc::new(WantedRows {
            buckets: slices.into_iter().flat_map(|slice| slice.buckets).collect(),
            keys: Some(Arc::new(first.into_iter().collect())),
        });
        let all: Vec<usize> = (0..self.values().len()).collect();
        for (side, keyed, prints) in [(left, &self.left, ours), (right, &self.right, theirs)] {
            let rows = read(side, gather(side.session, keyed, &all, &wanted)).await?;
            let rows = rows
                .batch
                .map(|batch| others(keyed, &batch, self.kept))
                .transpose();
            let rows = rows.map_err(|why| failed(side, why))?;
            prints
                .kept
                .batches
                .extend(rows.filter(|rows| rows.num_rows() > 0));
        }
        Ok(())
    }

    /// Counts the rows that are not read again, because they are equal on both sides.
    fn equal_rows(
        &self,
        ours: &Fingerprints,
        theirs: &Fingerprints,
        keys: Option<&KeysCompared>,
        found: &mut Found,
    ) {
        for ((day, _), bucket) in &ours.buckets {
            found.days.entry(*day).or_default().left += bucket.rows;
        }
        for ((day, _), bucket) in &theirs.buckets {
            found.days.entry(*day).or_default().right += bucket.rows;
        }
        if let Some(KeysCompared {
            equal,
            apart: Some(_),
            ..
        }) = keys
        {
            found.rows.common += equal;
            return;
        }
        for (at, bucket) in &ours.buckets {
            if theirs.buckets.get(at) == Some(bucket) {
                found.rows.common += bucket.rows;
            }
        }
    }

    /// The buckets that differ, in slices that memory holds, each with the columns that differ in it.
    fn slices(
        &self,
        ours: &Fingerprints,
        theirs: &Fingerprints,
        keys: Option<&KeysCompared>,
        memory: usize,
    ) -> Vec<Slice> {
        // With several rows of a key, which belong together is told by all their columns.
        let all = keys.is_none_or(|keys| keys.left.keys + keys.right.keys > 0);
        let apart = keys.and_then(|keys| keys.apart.clone()).map(Arc::new);
        // Few rows of any bucket are read where it is known which.
        let share = match (&apart, ours.rows + theirs.rows) {
            (Some(apart), rows) if rows > 0 => 2.0 * apart.len() as f64 / rows as f64,
            _ => 1.0,
        };
        // A key's rows may be of several days, and only some of them differ.
        let every = apart.as_ref().is_some_and(|keys| !keys.is_empty()) && !self.is_day_in_key();
        let width = (self.key().len() + self.values().len()) as u64 * VALUE_BYTES;
        let most = (memory as u64 / 8).clamp(1 << 20, SLICE_BYTES) / width.max(1);
        let buckets: BTreeSet<&Bucket> = ours.buckets.keys().chain(theirs.buckets.keys()).collect();
        let mut slices: Vec<Slice> = Vec::new();
        let mut rows = 0;
        for at in buckets {
            let (left, right) = (ours.buckets.get(at), theirs.buckets.get(at));
            if left == right && !every {
                continue;
            }
            let of = |side: Option<&scan::Fingerprint>| side.map_or(0, |bucket| bucket.rows);
            let size = ((of(left) + of(right)) as f64 * share) as u64;
            if slices.is_empty() || rows + size > most {
                slices.push(Slice {
                    keys: apart.clone(),
                    ..Slice::default()
                });
                rows = 0;
            }
            rows += size;
            let Some(slice) = slices.last_mut() else {
                continue;
            };
            slice.buckets.insert(*at);
            for column in 0..self.values().len() {
                let sum = |side: Option<&scan::Fingerprint>| {
                    side.and_then(|b| b.columns.get(column).copied())
                };
                if all || sum(left) != sum(right) {
                    slice.columns.insert(column);
                }
            }
        }
        slices
    }

    /// Reads and compares the rows of a slice.
    async fn slice(
        &self,
        left: &Source<'_>,
        right: &Source<'_>,
        slice: &Slice,
        documents: &BTreeSet<usize>,
        found: &mut Found,
    ) -> Result<(), Diagnostic> {
        let rows = Arc::new(WantedRows {
            buckets: slice.buckets.clone(),
            keys: slice.keys.clone(),
        });
        let columns: Vec<usize> = slice.columns.iter().copied().collect();
        let ours = read(left, gather(left.session, &self.left, &columns, &rows)).await?;
        let theirs = read(right, gather(right.session, &self.right, &columns, &rows)).await?;
        let wanted: Vec<Wanted<'_>> = columns
            .iter()
            .filter_map(|at| Some((*at, self.values().get(*at)?, documents.contains(at))))
            .collect();
        let key = 2 + usize::from(self.left.day.is_some());
        let half = |side| half(side, key);
        let (ours, theirs) = (half(&ours), half(&theirs));
        let tally = Tally {
            key: self.key(),
            ignored_paths: &self.options.ignored_paths,
            by: self.columns.by.len(),
            most: self.options.rows,
            threads: left.session.limits().threads,
        };
        let compared = matched(
            &ours,
            &theirs,
            self.key().len(),
            &wanted,
            &self.options.ignored_paths,
        )
        .and_then(|rows| tally.add(&ours, &theirs, &rows, &wanted, found));
        compared.map_err(|e| {
            Diagnostic::new(format!(
                "failed to compare `{}` and `{}`: {e}",
                left.name, right.name
            ))
        })
    }

    fn difference(
        &self,
        left: &Source<'_>,
        right: &Source<'_>,
        key: &KeyColumns,
        (ours, theirs): (&Fingerprints, &Fingerprints),
        keys: Option<&KeysCompared>,
        found: Found,
    ) -> Difference {
        let repeated = keys.map_or_else(Default::default, |keys| (keys.left, keys.right));
        let side = |source: &Source<'_>, prints: &Fingerprints, repeated: Repeated| Side {
            name: source.name.clone(),
            rows: prints.rows,
            files: source.table.files().len() as u64,
            null_keys: if key.columns.is_empty() {
                0
            } else {
                prints.null_keys
            },
            duplicates: Duplicates {
                keys: repeated.keys,
                rows: repeated.rows,
                identical: repeated.identical,
                conflicting: repeated.keys - repeated.identical,
            },
        };
        let typed = |columns: &[(String, BqType)]| {
            columns
                .iter()
                .map(|(n, t)| (n.clone(), t.to_string()))
                .collect()
        };
        let noted = self.columns.key.iter().chain(&self.columns.compared);
        let names: Vec<&str> = self
            .columns
            .key
            .iter()
            .map(|key| key.name.as_str())
            .collect();
        Difference {
            id: identity([left, right], &names, self.options),
            key_text: (!names.is_empty()).then(|| names.join(", ")),
            left: side(left, ours, repeated.0),
            right: side(right, theirs, repeated.1),
            key: self
                .columns
                .key
                .iter()
                .map(|key| key.name.clone())
                .collect(),
            key_from: key.from,
            date: self.date.clone(),
            filter: self.options.filter.clone(),
            asked: self.options.asked(),
            rows: found.rows,
            columns: found.columns,
            ignored: self
                .columns
                .ignored
                .iter()
                .map(|c| (c.name.clone(), c.note.clone().unwrap_or_default()))
                .collect(),
            uncompared: self
                .columns
                .uncompared
                .iter()
                .map(|c| (c.name.clone(), c.note.clone().unwrap_or_default()))
                .collect(),
            only_left: typed(&self.columns.only_left),
            only_right: typed(&self.columns.only_right),
            types: noted
                .filter_map(|c| Some(format!("{}: {}", c.name, c.note.as_ref()?)))
                .chain(fine_times(
                    [&left.table, &right.table],
                    &self.columns.compared,
                ))
                .collect(),
            days: found.days,
            segments: found.segments,
            cells: found.first_cells.finish(self.options.rows),
            all_cells: found.all_cells,
            notes: keys
                .is_none()
                .then(|| UNCOUNTED.to_owned())
                .into_iter()
                .chain(other_keys(&key.others))
                .collect(),
            ..Difference::default()
        }
    }
}

/// Columns of times that a file has in nanoseconds, which BigQuery does not know.
fn fine_times<'a>(
    tables: [&'a Arc<Table>; 2],
    columns: &'a [Common],
) -> impl Iterator<Item = String> + 'a {
    let is_fine = move |name: &str| {
        let files = tables.into_iter().flat_map(|table| table.files());
        files.into_iter().any(|(_, footer)| {
            let schema = footer.schema();
            let field = column_index(schema, name).map(|at| schema.field(at).data_type());
            matches!(
                field,
                Some(
                    DataType::Timestamp(TimeUnit::Nanosecond, _)
                        | DataType::Time64(TimeUnit::Nanosecond)
                )
            )
        })
    };
    let fine = columns.iter().filter(move |column| is_fine(&column.name));
    fine.map(|column| format!("{}: nanoseconds, compared to the microsecond", column.name))
}

/// That other columns could name the rows.
fn other_keys(others: &[Vec<String>]) -> Option<String> {
    let named: Vec<String> = others.iter().map(|key| key.join(", ")).collect();
    (!named.is_empty()).then(|| {
        format!(
            "rows could be found by ({}) as well; --key chooses",
            named.join("), (")
        )
    })
}

/// A hash of what is compared and how.
pub(super) fn identity<'a>(
    sides: impl IntoIterator<Item = &'a Source<'a>>,
    key: &[&str],
    options: &Options,
) -> String {
    let mut content = format!("{key:?} {options:?}");
    for side in sides {
        content.push_str(&format!("\n{}", side.name));
        for (file, footer) in side.table.files() {
            let size = file.meta.size;
            content.push_str(&format!("\n{} {size} {:x}", file.path(), footer.digest()));
        }
    }
    format!("{:016x}", XxHash3_64::oneshot(content.as_bytes()))
}

/// Buckets that are read together, and the columns that differ in them.
#[derive(Debug, Clone, Default)]
struct Slice {
    buckets: BTreeSet<Bucket>,
    /// The hashes of the keys that are read, if not all.
    keys: Option<Arc<HashSet<u64>>>,
    columns: BTreeSet<usize>,
}

fn half(side: &Gathered, key: usize) -> Half<'_> {
    Half {
        batch: side.batch.as_ref(),
        days: &side.days,
        keys: &side.keys,
        key,
    }
}

fn described(common: &Common) -> ColumnDifference {
    ColumnDifference {
        name: common.name.clone(),
        bq_type: common.bq_type.to_string(),
        rule: (common.rule != Rule::default()).then(|| common.rule.to_string()),
        ..ColumnDifference::default()
    }
}
