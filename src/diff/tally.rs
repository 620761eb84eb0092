//! Counts what differs, slice by slice.

use std::collections::BTreeMap;

use arrow::array::{Array, ArrayRef, AsArray, RecordBatch, UInt32Array};
use arrow::buffer::BooleanBuffer;
use arrow::compute::take;
use arrow::datatypes::Float64Type;
use arrow::error::ArrowError;

use super::columns::Common;
use super::compare::{Compared, compare, distance, text_at};
use super::document::IgnoredPaths;
use super::model::{Cell, CellKind, ColumnDifference, Portion, Rows, Segments};
use super::nested;
use super::rule::{Rule, ulps};
use crate::scan::in_threads;
use crate::value::cell::push_text;
use crate::value::lanes::Lanes;
use crate::value::text::{natural, push_object};

/// Rows of one side, without order.
#[derive(Debug)]
pub(super) struct Half<'a> {
    /// The key's columns, then others.
    pub(super) batch: Option<&'a RecordBatch>,
    pub(super) days: &'a [Option<i32>],
    /// The hash of each row's key.
    pub(super) keys: &'a [Lanes],
    /// Where in the batch the key begins.
    pub(super) key: usize,
}

/// Rows of both sides that belong together, and those that have no partner.
#[derive(Debug, Clone, Default)]
pub(super) struct Matched {
    pub(super) left: Vec<u32>,
    pub(super) right: Vec<u32>,
    pub(super) only_left: Vec<u32>,
    pub(super) only_right: Vec<u32>,
    pub(super) in_order: u64,
}

/// Columns that are compared: the place in [`Found::columns`], what it is, whether it holds documents.
pub(super) type Wanted<'a> = (usize, &'a Common, bool);

/// What was counted so far.
#[derive(Debug, Clone, Default)]
pub(super) struct Found {
    pub(super) rows: Rows,
    pub(super) columns: Vec<ColumnDifference>,
    pub(super) days: BTreeMap<Option<i32>, Portion>,
    pub(super) segments: Vec<Segments>,
    pub(super) first_cells: FirstCells,
    pub(super) all_cells: u64,
}

/// Adds what a slice's rows come to.
pub(super) struct Tally<'a> {
    pub(super) key: &'a [Common],
    pub(super) ignored_paths: &'a IgnoredPaths,
    /// How many columns rows are counted by; they stand last.
    pub(super) by: usize,
    /// As many cells are kept.
    pub(super) most: usize,
    pub(super) threads: usize,
}

impl Tally<'_> {
    pub(super) fn add(
        &self,
        left: &Half<'_>,
        right: &Half<'_>,
        matched: &Matched,
        wanted: &[Wanted<'_>],
        found: &mut Found,
    ) -> Result<(), ArrowError> {
        found.rows.common += matched.left.len() as u64;
        found.rows.only_left += matched.only_left.len() as u64;
        found.rows.only_right += matched.only_right.len() as u64;
        found.rows.in_order += matched.in_order;
        for (half, rows, is_left) in [
            (left, &matched.only_left, true),
            (right, &matched.only_right, false),
        ] {
            let alone = |portion: &mut Portion| match is_left {
                true => portion.only_left += 1,
                false => portion.only_right += 1,
            };
            for row in rows {
                alone(found.days.entry(half.day(*row)).or_default());
            }
            for (at, counted) in found.segments.iter_mut().enumerate() {
                for row in rows {
                    alone(
                        counted
                            .rows
                            .entry(half.segment(self.by - at, *row))
                            .or_default(),
                    );
                }
            }
        }
        let groups = Groups {
            days: Grouped::new(&matched.left, |row| left.day(row)),
            segments: (0..self.by)
                .map(|at| Grouped::new(&matched.left, |row| left.segment(self.by - at, row)))
                .collect(),
        };
        let compared = self.compared(left, right, matched, wanted, &groups)?;
        let differing = Self::count(wanted, &compared, &groups, found);
        self.keep((left, right), matched, wanted, &compared, &differing, found);
        Ok(())
    }

    /// Every column's rows side by side, by as many threads as there are.
    fn compared(
        &self,
        left: &Half<'_>,
        right: &Half<'_>,
        matched: &Matched,
        wanted: &[Wanted<'_>],
        groups: &Groups,
    ) -> Result<Vec<Side>, ArrowError> {
        let (Some(ours), Some(theirs)) = (left.batch, right.batch) else {
            return Ok(Vec::new());
        };
        let rows = UInt32Array::from(matched.left.clone());
        let others = UInt32Array::from(matched.right.clone());
        let one = |place: usize| -> Result<Side, ArrowError> {
            let Some((_, common, json)) = wanted.get(place) else {
                return Err(ArrowError::InvalidArgumentError(
                    "no such column".to_owned(),
                ));
            };
            let at = |half: &Half<'_>, batch: &RecordBatch, rows: &UInt32Array| {
                take(batch.column(half.key + self.key.len() + place), rows, None)
            };
            let (left, right) = (at(left, ours, &rows)?, at(right, theirs, &others)?);
            let compared = compare(
                &left,
                &right,
                &common.rule,
                json.then_some(self.ignored_paths),
            )?;
            let mut side = Side::new(left, right, compared, groups);
            side.look_into(&common.rule)?;
            Ok(side)
        };
        in_threads(self.threads, wanted.len(), one)
            .into_iter()
            .collect()
    }

    /// Adds the columns' counts, and returns the rows in which any differs.
    fn count(
        wanted: &[Wanted<'_>],
        compared: &[Side],
        groups: &Groups,
        found: &mut Found,
    ) -> BooleanBuffer {
        let rows = groups.days.of.len();
        let mut differs = BooleanBuffer::new_unset(rows);
        let mut shape = BooleanBuffer::new_unset(rows);
        for ((at, ..), side) in wanted.iter().zip(compared) {
            let Some(column) = found.columns.get_mut(*at) else {
                continue;
            };
            column.within += side.compared.within;
            column.shape += side.compared.shape.count_set_bits() as u64;
            for (path, counts) in &side.compared.paths {
                let all = column.paths.entry(path.clone()).or_default();
                all.values += counts.values;
                all.only_left += counts.only_left;
                all.only_right += counts.only_right;
            }
            side.counts.add_to(column);
            if side.counts.differing > 0 {
                differs = &differs | &side.compared.differs;
            }
            if side.compared.shape.count_set_bits() > 0 {
                shape = &shape | &side.compared.shape;
            }
        }
        found.rows.differing += differs.count_set_bits() as u64;
        found.rows.shape += (&shape & &!&differs).count_set_bits() as u64;
        for (day, rows) in groups.days.count(&differs) {
            found.days.entry(day).or_default().differing += rows;
        }
        for (counted, grouped) in found.segments.iter_mut().zip(&groups.segments) {
            for (value, rows) in grouped.count(&differs) {
                counted.rows.entry(value).or_default().differing += rows;
            }
        }
        differs
    }

    /// Keeps the first cells by day and key.
    fn keep(
        &self,
        (left, right): (&Half<'_>, &Half<'_>),
        matched: &Matched,
        wanted: &[Wanted<'_>],
        compared: &[Side],
        differing: &BooleanBuffer,
        found: &mut Found,
    ) {
        let mut cells = std::mem::take(&mut found.first_cells);
        // A row that differs has a cell at least, so no more rows than cells are looked at.
        let order = |row: &usize| {
            let place = matched.left.get(*row).copied().unwrap_or_default();
            (left.day(place), left.hash(place))
        };
        let mut first: Vec<usize> = differing.set_indices().collect();
        if first.len() > self.most {
            first.select_nth_unstable_by_key(self.most, order);
            first.truncate(self.most);
        }
        for ((_, common, _), side) in wanted.iter().zip(compared) {
            found.all_cells += side.counts.differing;
            for row in first.iter().copied() {
                let Some(place) = matched
                    .left
                    .get(row)
                    .filter(|_| side.compared.differs.value(row))
                else {
                    continue;
                };
                let day = left.day(*place);
                cells.add(self.most, day, left.hash(*place), || Cell {
                    day,
                    key: self.key_text(left, *place),
                    kind: CellKind::Differs,
                    column: common.name.clone(),
                    left: text(&side.left, row),
                    right: text(&side.right, row),
                });
            }
        }
        let sides = [
            (left, &matched.only_left, CellKind::OnlyLeft),
            (right, &matched.only_right, CellKind::OnlyRight),
        ];
        for (half, rows, kind) in sides {
            for row in rows {
                found.all_cells += 1;
                let day = half.day(*row);
                cells.add(self.most, day, half.hash(*row), || Cell {
                    day,
                    key: self.key_text(half, *row),
                    kind,
                    column: String::new(),
                    left: None,
                    right: None,
                });
            }
        }
        found.first_cells = cells;
    }

    fn key_text(&self, half: &Half<'_>, row: u32) -> String {
        let mut out = String::new();
        let columns = half
            .batch
            .into_iter()
            .flat_map(|batch| batch.columns().iter().skip(half.key));
        let named = self
            .key
            .iter()
            .map(|key| key.name.as_str())
            .zip(columns.map(AsRef::as_ref));
        push_object(&mut out, named, row as usize);
        out
    }
}

impl Half<'_> {
    fn day(&self, row: u32) -> Option<i32> {
        self.days.get(row as usize).copied().flatten()
    }

    /// The value a row is counted by, of the column that is the `from_last`th from the last.
    fn segment(&self, from_last: usize, row: u32) -> Option<String> {
        let columns = self.batch?.columns();
        let column = columns.get(columns.len().checked_sub(from_last)?)?;
        text_at(column, row as usize).map(str::to_owned)
    }

    fn hash(&self, row: u32) -> Lanes {
        self.keys.get(row as usize).copied().unwrap_or_default()
    }
}

/// What pairs are counted by.
struct Groups {
    days: Grouped<Option<i32>>,
    segments: Vec<Grouped<Option<String>>>,
}

/// The group of each pair, as an index.
struct Grouped<K> {
    of: Vec<u32>,
    names: Vec<K>,
}

impl<K: Ord + Clone> Grouped<K> {
    fn new(rows: &[u32], group: impl Fn(u32) -> K) -> Self {
        let mut known: BTreeMap<K, u32> = BTreeMap::new();
        let mut grouped = Self {
            of: Vec::with_capacity(rows.len()),
            names: Vec::new(),
        };
        let mut last: Option<(K, u32)> = None;
        for row in rows {
            let name = group(*row);
            let at = match &last {
                Some((known, at)) if *known == name => *at,
                _ => *known.entry(name.clone()).or_insert_with(|| {
                    grouped.names.push(name.clone());
                    grouped.names.len() as u32 - 1
                }),
            };
            last = Some((name, at));
            grouped.of.push(at);
        }
        grouped
    }

    /// The rows that are set, by group; none of groups without.
    fn count(&self, rows: &BooleanBuffer) -> impl Iterator<Item = (K, u64)> {
        let mut counts = vec![0u64; self.names.len()];
        for row in rows.set_indices() {
            let at = self.of.get(row).map_or(0, |at| *at as usize);
            if let Some(rows) = counts.get_mut(at) {
                *rows += 1;
            }
        }
        let counted = self.names.iter().cloned().zip(counts);
        counted.filter(|(_, rows)| *rows > 0)
    }
}

/// A column's rows of both sides.
struct Side {
    left: ArrayRef,
    right: ArrayRef,
    compared: Compared,
    counts: Counts,
}

impl Side {
    fn new(left: ArrayRef, right: ArrayRef, compared: Compared, groups: &Groups) -> Self {
        let differs = &compared.differs;
        let mut counts = Counts {
            by_day: groups.days.count(differs).collect(),
            by_segment: groups
                .segments
                .iter()
                .map(|by| by.count(differs).collect())
                .collect(),
            ..Counts::default()
        };
        let nulls = left.null_count() + right.null_count() > 0;
        let floats = left.as_primitive_opt::<Float64Type>();
        let floats = floats.zip(right.as_primitive_opt::<Float64Type>());
        for row in compared.differs.set_indices() {
            counts.differing += 1;
            if nulls {
                counts.null_left += u64::from(left.is_null(row));
                counts.null_right += u64::from(right.is_null(row));
                if left.is_null(row) || right.is_null(row) {
                    continue;
                }
            }
            match floats {
                Some((left, right)) => counts.floats(left.value(row), right.value(row)),
                None => counts.apart(distance(&left, &right, row)),
            }
        }
        Self {
            left,
            right,
            compared,
            counts,
        }
    }
}

impl Side {
    /// Counts what differs within arrays and structs.
    fn look_into(&mut self, rule: &Rule) -> Result<(), ArrowError> {
        if self.counts.differing == 0 || !self.left.data_type().is_nested() {
            return Ok(());
        }
        let rows = self.compared.differs.set_indices().map(|row| row as u32);
        let rows = UInt32Array::from_iter_values(rows);
        let (left, right) = (
            take(&self.left, &rows, None)?,
            take(&self.right, &rows, None)?,
        );
        nested::count(
            &nested::parts(&left, &right, rule)?,
            &mut self.compared.paths,
        );
        Ok(())
    }
}

/// What a column's differing rows come to.
struct Counts {
    differing: u64,
    null_left: u64,
    null_right: u64,
    largest: Option<f64>,
    /// By powers of 2.
    ulps: [u64; 64],
    by_day: Vec<(Option<i32>, u64)>,
    by_segment: Vec<Vec<(Option<String>, u64)>>,
}

impl Default for Counts {
    fn default() -> Self {
        Self {
            differing: 0,
            null_left: 0,
            null_right: 0,
            largest: None,
            ulps: [0; 64],
            by_day: Vec::new(),
            by_segment: Vec::new(),
        }
    }
}

impl Counts {
    fn floats(&mut self, left: f64, right: f64) {
        let apart = (left - right).abs();
        self.apart(apart.is_finite().then_some(apart));
        if left.is_finite() && right.is_finite() {
            let at = ulps(left, right).max(1).ilog2() as usize;
            self.ulps
                .iter_mut()
                .skip(at)
                .take(1)
                .for_each(|rows| *rows += 1);
        }
    }

    fn apart(&mut self, apart: Option<f64>) {
        if let Some(apart) = apart {
            self.largest = Some(self.largest.map_or(apart, |largest| largest.max(apart)));
        }
    }

    fn add_to(&self, column: &mut ColumnDifference) {
        column.differing += self.differing;
        column.null_left += self.null_left;
        column.null_right += self.null_right;
        if let Some(apart) = self.largest {
            let largest = column.largest.map_or(apart, |largest| largest.max(apart));
            column.largest = Some(largest);
        }
        for (at, rows) in (0..).zip(self.ulps).filter(|(_, rows)| *rows > 0) {
            *column.ulps.entry(at).or_default() += rows;
        }
        for (day, rows) in &self.by_day {
            *column.days.entry(*day).or_default() += rows;
        }
        column
            .segments
            .resize_with(self.by_segment.len(), BTreeMap::new);
        for (counted, by) in column.segments.iter_mut().zip(&self.by_segment) {
            for (value, rows) in by {
                *counted.entry(value.clone()).or_default() += rows;
            }
        }
    }
}

/// The first cells by day and the hash of their key: of many, few are written out.
#[derive(Debug, Clone, Default)]
pub(super) struct FirstCells {
    cells: Vec<(Option<i32>, Lanes, Cell)>,
    /// What comes after it is not kept.
    cut: Option<(Option<i32>, Lanes)>,
}

impl FirstCells {
    fn add(&mut self, most: usize, day: Option<i32>, key: Lanes, cell: impl FnOnce() -> Cell) {
        if self.cut.is_some_and(|cut| (day, key) > cut) {
            return;
        }
        self.cells.push((day, key, cell()));
        if self.cells.len() > 2 * most + 1000 {
            self.shrink(most);
        }
    }

    fn shrink(&mut self, most: usize) {
        self.cells.sort_unstable();
        if self.cells.len() > most {
            self.cells.truncate(most);
            self.cut = self.cells.last().map(|(day, key, _)| (*day, *key));
        }
    }

    /// By day and key.
    pub(super) fn finish(mut self, most: usize) -> Vec<Cell> {
        self.shrink(most);
        let mut cells: Vec<Cell> = self.cells.into_iter().map(|(_, _, cell)| cell).collect();
        cells.sort_unstable_by(|a, b| {
            let order = a.day.cmp(&b.day).then(natural(&a.key, &b.key));
            order.then_with(|| a.cmp(b))
        });
        cells
    }
}

/// A value as text; `None` for NULL.
fn text(array: &ArrayRef, row: usize) -> Option<String> {
    if array.is_null(row) {
        return None;
    }
    let mut out = String::new();
    push_text(&mut out, array, row);
    Some(out)
}
