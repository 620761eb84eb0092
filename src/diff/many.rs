//! Several runs of one table at once: which is the odd one, how stable each column is, and whether what differs depends
//! on the data or on the order of things.
//!
//! Runs are compared key by key; rows that a run has not are counted apart. Rows of one key are paired with those of the run
//! that has the most, as they are between two sides. In a row, runs whose values are equal form a group; how the runs fall
//! into groups, and in how many rows, tells what happened: runs that are wrong in the same way were made wrong by the data,
//! runs that are all different by chance.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use arrow::array::{ArrayRef, RecordBatch};
use arrow::error::ArrowError;

use super::columns::{Columns, Common};
use super::compare::{equal, text_at};
use super::document::{Documents, Meaning, Paths};
use super::matching::{Keyed as KeyOfRow, repeated};
use super::options::Options;
use super::plan::{Sql, keyed};
use super::run::{KeyColumns, Source, identity, read, readable};
use super::runs::{ColumnRuns, Run, Runs, Verdict};
use super::tally::{Half, Matched, Wanted};
use crate::diagnostic::Diagnostic;
use crate::scan::{
    Bucket, Fingerprints, Gathered, Keyed, RowsByKey, WantedRows, compare_keys, fingerprints,
    gather,
};
use crate::schema::BqType;
use crate::value::lanes::Lanes;

/// The share of a column's unstable rows that a grouping explains, in percent.
const NEARLY: u64 = 90;
/// Bytes a value takes while rows are compared, about.
const VALUE_BYTES: u64 = 24;

/// Compares three tables or more.
pub async fn runs(
    sources: &[Source<'_>],
    key: &KeyColumns,
    options: &Options,
    progress: &(dyn Fn(&str) + Sync),
) -> Result<Runs, Diagnostic> {
    let Some((first, others)) = sources.split_first() else {
        return Ok(Runs::default());
    };
    if key.columns.is_empty() {
        return Err(
            Diagnostic::new("several runs are compared by a key, and none was found")
                .help("--key names the columns that name a row"),
        );
    }
    for source in sources {
        readable(source)?;
    }
    let aligned = Aligned::new(first, others, key, options)?;
    let mut prints = Vec::new();
    for (source, keyed) in sources.iter().zip(&aligned.keyed) {
        progress(&format!("fingerprints of {}", source.name));
        prints.push(read(source, fingerprints(source.session, keyed, None)).await?);
    }
    let mut found = aligned.blank(sources, &prints);
    // With several rows of a key, which belong together is told by all their columns.
    let mut all = false;
    for (run, prints) in found.runs.iter_mut().zip(&mut prints) {
        let Some(keys) = prints.keys.take() else {
            // Memory does not hold them.
            (all, found.uncounted) = (true, true);
            continue;
        };
        let threads = first.session.limits().threads;
        run.repeated = compare_keys(keys, RowsByKey::default(), threads).left.keys;
        all |= run.repeated > 0;
    }
    for (buckets, columns) in aligned.slices(&prints, all, first.session.limits().memory) {
        progress("rows that differ");
        let wanted = Arc::new(WantedRows {
            buckets,
            keys: None,
        });
        let mut sides = Vec::new();
        for (source, keyed) in sources.iter().zip(&aligned.keyed) {
            let rows = gather(source.session, keyed, &columns, &wanted);
            sides.push(read(source, rows).await?);
        }
        let counted = aligned.count(&sides, &columns, &mut found, options);
        counted.map_err(|e| Diagnostic::new(format!("failed to compare the runs: {e}")))?;
    }
    found.judge();
    let key: Vec<&str> = key.columns.iter().map(String::as_str).collect();
    found.id = identity(sources, &key, options);
    Ok(found)
}

/// What all runs have, read alike.
struct Aligned {
    key: Vec<Common>,
    compared: Vec<Common>,
    ignored: Vec<(String, String)>,
    uncompared: Vec<(String, String)>,
    keyed: Vec<Arc<Keyed>>,
    dated: bool,
}

impl Aligned {
    fn new(
        first: &Source<'_>,
        others: &[Source<'_>],
        key: &KeyColumns,
        options: &Options,
    ) -> Result<Self, Diagnostic> {
        let mut pairs = Vec::new();
        for other in others {
            pairs.push(Columns::of(
                &first.table,
                &other.table,
                &key.columns,
                options,
            )?);
        }
        let Some((one, rest)) = pairs.split_first() else {
            return Err(Diagnostic::new("there is one run alone"));
        };
        let alike = |common: &Common, columns: &Columns| {
            let same = |c: &&Common| c.name == common.name && c.left_sql == common.left_sql;
            columns
                .key
                .iter()
                .chain(&columns.compared)
                .any(|c| same(&c))
        };
        let in_all = |common: &&Common| rest.iter().all(|columns| alike(common, columns));
        let mut ignored: Vec<(String, String)> = Vec::new();
        let mut uncompared: BTreeMap<String, String> = BTreeMap::new();
        for common in one.compared.iter().filter(|common| !in_all(common)) {
            let why = "not of one type in all runs".to_owned();
            uncompared.insert(common.name.clone(), why);
        }
        for columns in &pairs {
            for common in &columns.uncompared {
                let why = common.note.clone().unwrap_or_default();
                uncompared.insert(common.name.clone(), why);
            }
            for (name, _) in columns.only_left.iter().chain(&columns.only_right) {
                uncompared.insert(name.clone(), "not in all runs".to_owned());
            }
        }
        for common in &one.ignored {
            ignored.push((common.name.clone(), common.note.clone().unwrap_or_default()));
        }
        let compared: Vec<Common> = one.compared.iter().filter(in_all).cloned().collect();
        if let Some(common) = one.key.iter().find(|common| !in_all(common)) {
            return Err(Diagnostic::new(format!(
                "the key `{}` has not one type in all runs",
                common.name
            )));
        }
        let of_run = |columns: &Columns, list: &[Common]| -> Vec<Common> {
            let all: Vec<&Common> = columns.key.iter().chain(&columns.compared).collect();
            list.iter()
                .filter_map(|c| {
                    all.iter()
                        .find(|other| other.name == c.name)
                        .map(|c| (*c).clone())
                })
                .collect()
        };
        let day = first.table.date().map(|date| date.name.clone());
        let mut built = vec![keyed(
            first,
            &one.key,
            &compared,
            Vec::new(),
            day.as_deref(),
            first,
            Sql::Left,
            options,
        )];
        for (other, columns) in others.iter().zip(&pairs) {
            let (key, compared) = (of_run(columns, &one.key), of_run(columns, &compared));
            built.push(keyed(
                other,
                &key,
                &compared,
                Vec::new(),
                day.as_deref(),
                first,
                Sql::Right,
                options,
            ));
        }
        Ok(Self {
            key: one.key.clone(),
            compared,
            ignored,
            uncompared: uncompared.into_iter().collect(),
            dated: built.first().is_some_and(|keyed| keyed.day.is_some()),
            keyed: built.into_iter().map(Arc::new).collect(),
        })
    }

    fn blank(&self, sources: &[Source<'_>], prints: &[Fingerprints]) -> Runs {
        let runs = sources.iter().zip(prints).map(|(source, prints)| Run {
            name: source.name.clone(),
            rows: prints.rows,
            ..Run::default()
        });
        let columns = self.compared.iter().map(|common| ColumnRuns {
            name: common.name.clone(),
            bq_type: common.bq_type.to_string(),
            ..ColumnRuns::default()
        });
        let mut found = Runs {
            runs: runs.collect(),
            key: self.key.iter().map(|key| key.name.clone()).collect(),
            columns: columns.collect(),
            ignored: self.ignored.clone(),
            uncompared: self.uncompared.clone(),
            ..Runs::default()
        };
        if let Some((first, others)) = prints.split_first() {
            for (at, bucket) in &first.buckets {
                if others
                    .iter()
                    .all(|other| other.buckets.get(at) == Some(bucket))
                {
                    found.common += bucket.rows;
                }
            }
        }
        found
    }

    /// Buckets in which not all runs are equal, with the columns that are not, as many as memory holds at a time.
    fn slices(
        &self,
        prints: &[Fingerprints],
        all: bool,
        memory: usize,
    ) -> Vec<(BTreeSet<Bucket>, Vec<usize>)> {
        let width = (self.key.len() + self.compared.len()) as u64 * VALUE_BYTES;
        let most = (memory as u64 / 4).max(1 << 20) / width.max(1);
        let buckets: BTreeSet<Bucket> = prints
            .iter()
            .flat_map(|prints| prints.buckets.keys().copied())
            .collect();
        let mut slices: Vec<(BTreeSet<Bucket>, BTreeSet<usize>)> = Vec::new();
        let mut rows = 0;
        for at in buckets {
            let of: Vec<_> = prints
                .iter()
                .map(|prints| prints.buckets.get(&at))
                .collect();
            if of.iter().all(|bucket| Some(bucket) == of.first()) {
                continue;
            }
            let size: u64 = of.iter().flatten().map(|bucket| bucket.rows).sum();
            if slices.is_empty() || rows + size > most {
                slices.push(Default::default());
                rows = 0;
            }
            rows += size;
            if let Some((buckets, columns)) = slices.last_mut() {
                buckets.insert(at);
                for column in 0..self.compared.len() {
                    let sums: BTreeSet<Option<u128>> = of
                        .iter()
                        .map(|bucket| bucket.and_then(|b| b.columns.get(column).copied()))
                        .collect();
                    if all || sums.len() > 1 {
                        columns.insert(column);
                    }
                }
            }
        }
        slices
            .into_iter()
            .map(|(buckets, columns)| (buckets, columns.into_iter().collect()))
            .collect()
    }

    fn count(
        &self,
        sides: &[Gathered],
        columns: &[usize],
        found: &mut Runs,
        options: &Options,
    ) -> Result<(), ArrowError> {
        let mut keys: BTreeMap<Lanes, Vec<Vec<u32>>> = BTreeMap::new();
        for (run, side) in sides.iter().enumerate() {
            for (row, key) in (0..).zip(&side.keys) {
                let rows = keys
                    .entry(*key)
                    .or_insert_with(|| vec![Vec::new(); sides.len()]);
                rows.iter_mut()
                    .skip(run)
                    .take(1)
                    .for_each(|rows| rows.push(row));
            }
        }
        let first = 2 + usize::from(self.dated) + self.key.len();
        let array = |run: usize, place: usize| -> Option<&ArrayRef> {
            let batch: &RecordBatch = sides.get(run)?.batch.as_ref()?;
            batch.columns().get(first + place)
        };
        let mut rows_of_runs = Vec::new();
        for rows in keys.values() {
            if rows.iter().all(|rows| rows.len() <= 1) {
                rows_of_runs.push(rows.iter().map(|rows| rows.first().copied()).collect());
            } else {
                let (paired, in_order) = self.paired(sides, columns, rows, options)?;
                rows_of_runs.extend(paired);
                found.in_order += in_order;
            }
        }
        for rows in rows_of_runs {
            for (run, row) in found.runs.iter_mut().zip(&rows) {
                run.missing += u64::from(row.is_none());
            }
            let Some(once) = rows.into_iter().collect::<Option<Vec<u32>>>() else {
                continue;
            };
            found.common += 1;
            let mut unstable = false;
            for (place, column) in columns.iter().enumerate() {
                let Some(common) = self.compared.get(*column) else {
                    continue;
                };
                let same = |a: usize, b: usize| {
                    let (Some(l), Some(r), Some(i), Some(j)) =
                        (array(a, place), array(b, place), once.get(a), once.get(b))
                    else {
                        return true;
                    };
                    same_value(l, *i as usize, r, *j as usize, common, options)
                };
                let groups = groups(once.len(), same);
                if groups.iter().any(|group| *group > 0) {
                    unstable = true;
                    found.add(*column, groups);
                }
            }
            found.unstable += u64::from(unstable);
        }
        Ok(())
    }

    /// The rows of one key that belong together, a row of each run that has one, and how many were paired in order.
    fn paired(
        &self,
        sides: &[Gathered],
        columns: &[usize],
        rows: &[Vec<u32>],
        options: &Options,
    ) -> Result<(Vec<RowOfRuns>, u64), ArrowError> {
        let most = rows.iter().map(Vec::len).max().unwrap_or_default();
        let Some(usual) = rows.iter().position(|rows| rows.len() == most) else {
            return Ok((Vec::new(), 0));
        };
        let wanted: Vec<Wanted<'_>> = columns
            .iter()
            .filter_map(|at| {
                let common = self.compared.get(*at)?;
                let json = matches!(common.bq_type, BqType::Json | BqType::String);
                Some((*at, common, json))
            })
            .collect();
        let half = |run: usize| {
            let side = sides.get(run)?;
            Some(Half {
                batch: side.batch.as_ref(),
                days: &side.days,
                keys: &side.keys,
                key: 2 + usize::from(self.dated),
            })
        };
        let of_run = |run: usize| -> Vec<KeyOfRow> {
            let rows = rows.get(run).into_iter().flatten();
            rows.map(|row| (Lanes::default(), *row)).collect()
        };
        let ours = of_run(usual);
        let mut found: BTreeMap<u32, RowOfRuns> = BTreeMap::new();
        for (_, row) in &ours {
            let mut one = vec![None; rows.len()];
            one.iter_mut()
                .skip(usual)
                .take(1)
                .for_each(|of| *of = Some(*row));
            found.insert(*row, one);
        }
        let mut in_order = 0;
        for run in (0..rows.len()).filter(|run| *run != usual) {
            let (Some(left), Some(right)) = (half(usual), half(run)) else {
                continue;
            };
            let mut matched = Matched::default();
            repeated(
                (&left, &right),
                self.key.len(),
                (&wanted, &options.ignored_paths),
                (&ours, &of_run(run)),
                &mut matched,
            )?;
            in_order += matched.in_order;
            for (l, r) in matched.left.iter().zip(matched.right) {
                if let Some(of) = found.get_mut(l).and_then(|one| one.get_mut(run)) {
                    *of = Some(r);
                }
            }
        }
        Ok((found.into_values().collect(), in_order))
    }
}

/// The row of each run that has one.
type RowOfRuns = Vec<Option<u32>>;

/// Whether two cells are equal; texts that are both documents are compared as such.
fn same_value(
    l: &ArrayRef,
    i: usize,
    r: &ArrayRef,
    j: usize,
    common: &Common,
    options: &Options,
) -> bool {
    if equal(l, i, r, j, &common.rule) {
        return true;
    }
    let is_document = |text: &str| text.trim_start().starts_with(['{', '[']);
    match (text_at(l, i), text_at(r, j)) {
        (Some(l), Some(r)) if is_document(l) && is_document(r) => {
            let mut documents = Documents {
                rule: &common.rule,
                ignored: &options.ignored_paths,
                paths: Paths::new(),
            };
            documents.compare(l, r) != Meaning::Differs
        }
        _ => false,
    }
}

/// The group of each run: the first of its group has the next number.
fn groups(runs: usize, same: impl Fn(usize, usize) -> bool) -> Vec<u8> {
    let mut firsts: Vec<usize> = Vec::new();
    (0..runs)
        .map(|run| {
            let known = firsts.iter().position(|first| same(*first, run));
            let at = known.unwrap_or_else(|| {
                firsts.push(run);
                firsts.len() - 1
            });
            at.min(255) as u8
        })
        .collect()
}

/// The run that is alone while all others agree.
fn alone(groups: &[u8]) -> Option<usize> {
    let count = |group: u8| groups.iter().filter(|other| **other == group).count();
    let kinds: BTreeSet<u8> = groups.iter().copied().collect();
    if kinds.len() != 2 || groups.len() < 3 {
        return None;
    }
    (0..groups.len()).find(|run| groups.get(*run).is_some_and(|group| count(*group) == 1))
}

impl Runs {
    fn add(&mut self, column: usize, groups: Vec<u8>) {
        if let Some(run) = alone(&groups).and_then(|run| self.runs.get_mut(run)) {
            run.alone += 1;
        }
        if let Some(column) = self.columns.get_mut(column) {
            column.unstable += 1;
            *column.groups.entry(groups).or_default() += 1;
        }
    }

    fn judge(&mut self) {
        let cells: u64 = self.columns.iter().map(|column| column.unstable).sum();
        self.odd = self
            .runs
            .iter()
            .position(|run| cells > 0 && run.alone * 100 >= cells * NEARLY);
        for column in &mut self.columns {
            column.verdict = verdict(column);
        }
    }
}

fn verdict(column: &ColumnRuns) -> Verdict {
    let Some((groups, rows)) = column.groups.iter().max_by_key(|(_, rows)| **rows) else {
        return Verdict::Stable;
    };
    let kinds: BTreeSet<u8> = groups.iter().copied().collect();
    let nearly = *rows * 100 >= column.unstable * NEARLY;
    match (nearly, kinds.len(), alone(groups)) {
        (true, 2, Some(_)) => Verdict::OneRun,
        (true, 2, None) => Verdict::DataDependent,
        _ => Verdict::OrderDependent,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn column(groups: &[(&[u8], u64)]) -> Verdict {
        verdict(&ColumnRuns {
            unstable: groups.iter().map(|(_, rows)| rows).sum(),
            groups: groups
                .iter()
                .map(|(groups, rows)| (groups.to_vec(), *rows))
                .collect(),
            ..ColumnRuns::default()
        })
    }

    #[test]
    fn verdicts() {
        assert_eq!(column(&[]), Verdict::Stable);
        assert_eq!(
            column(&[(&[0, 1, 1], 95), (&[0, 1, 2], 5)]),
            Verdict::OneRun
        );
        assert_eq!(column(&[(&[0, 0, 1, 1], 10)]), Verdict::DataDependent);
        assert_eq!(column(&[(&[0, 1, 2], 10)]), Verdict::OrderDependent);
        assert_eq!(
            column(&[(&[0, 1, 1], 5), (&[0, 0, 1], 5)]),
            Verdict::OrderDependent
        );
    }

    #[test]
    fn runs_fall_into_groups() {
        let values = [1, 2, 1, 3, 2];
        assert_eq!(groups(5, |a, b| values[a] == values[b]), [0, 1, 0, 2, 1]);
        assert_eq!(alone(&[0, 0, 1, 0]), Some(2));
        assert_eq!(alone(&[0, 1, 1]), Some(0));
        assert_eq!(alone(&[0, 1, 2]), None);
        assert_eq!(alone(&[0, 0, 1, 1]), None);
    }
}
