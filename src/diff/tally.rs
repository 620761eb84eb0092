//! Counts what differs, slice by slice.

use std::collections::BTreeMap;

use arrow::array::{Array, ArrayRef, RecordBatch, UInt32Array};
use arrow::compute::take;
use arrow::error::ArrowError;

use super::columns::Common;
use super::compare::{Compared, compare, distance, ulps_apart};
use super::document::IgnoredPaths;
use super::model::{Cell, CellKind, ColumnDifference, Day, Rows};
use crate::scan::in_threads;
use crate::value::cell::push_text;
use crate::value::lanes::Lanes;
use crate::value::text::push_object;

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
    pub(super) days: BTreeMap<Option<i32>, Day>,
    pub(super) first_cells: FirstCells,
    pub(super) all_cells: u64,
}

/// Adds what a slice's rows come to.
pub(super) struct Tally<'a> {
    pub(super) key: &'a [Common],
    pub(super) ignored_paths: &'a IgnoredPaths,
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
            for row in rows {
                let day = found.days.entry(half.day(*row)).or_default();
                match is_left {
                    true => day.only_left += 1,
                    false => day.only_right += 1,
                }
            }
        }
        let compared = self.compared(left, right, matched, wanted)?;
        self.count(left, right, matched, wanted, &compared, found);
        self.keep(left, right, matched, wanted, &compared, found);
        Ok(())
    }

    /// Every column's rows side by side, by as many threads as there are.
    fn compared(
        &self,
        left: &Half<'_>,
        right: &Half<'_>,
        matched: &Matched,
        wanted: &[Wanted<'_>],
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
            Ok(Side {
                left,
                right,
                compared,
            })
        };
        in_threads(self.threads, wanted.len(), one)
            .into_iter()
            .collect()
    }

    fn count(
        &self,
        left: &Half<'_>,
        _right: &Half<'_>,
        matched: &Matched,
        wanted: &[Wanted<'_>],
        compared: &[Side],
        found: &mut Found,
    ) {
        let rows = matched.left.len();
        let (mut differs, mut shape) = (vec![false; rows], vec![false; rows]);
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
            for row in side.compared.shape.set_indices() {
                shape.iter_mut().skip(row).take(1).for_each(|s| *s = true);
            }
            for row in side.compared.differs.set_indices() {
                differs.iter_mut().skip(row).take(1).for_each(|d| *d = true);
                side.count(
                    row,
                    matched.left.get(row).and_then(|row| left.day(*row)),
                    column,
                );
            }
        }
        for (row, (differs, shape)) in differs.iter().zip(&shape).enumerate() {
            if *differs {
                found.rows.differing += 1;
                let day = matched.left.get(row).and_then(|row| left.day(*row));
                found.days.entry(day).or_default().differing += 1;
            } else if *shape {
                found.rows.shape += 1;
            }
        }
    }

    /// Keeps the first cells by day and key.
    fn keep(
        &self,
        left: &Half<'_>,
        right: &Half<'_>,
        matched: &Matched,
        wanted: &[Wanted<'_>],
        compared: &[Side],
        found: &mut Found,
    ) {
        let mut cells = std::mem::take(&mut found.first_cells);
        for ((_, common, _), side) in wanted.iter().zip(compared) {
            for row in side.compared.differs.set_indices() {
                found.all_cells += 1;
                let Some(place) = matched.left.get(row) else {
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

    fn hash(&self, row: u32) -> Lanes {
        self.keys.get(row as usize).copied().unwrap_or_default()
    }
}

/// A column's rows of both sides.
struct Side {
    left: ArrayRef,
    right: ArrayRef,
    compared: Compared,
}

impl Side {
    fn count(&self, row: usize, day: Option<i32>, column: &mut ColumnDifference) {
        column.differing += 1;
        *column.days.entry(day).or_default() += 1;
        column.null_left += u64::from(self.left.is_null(row));
        column.null_right += u64::from(self.right.is_null(row));
        if let Some(apart) = distance(&self.left, &self.right, row) {
            column.largest = Some(column.largest.map_or(apart, |largest| largest.max(apart)));
        }
        if let Some(ulps) = ulps_apart(&self.left, &self.right, row) {
            *column.ulps.entry(ulps.max(1).ilog2()).or_default() += 1;
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
        cells.sort_unstable();
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
