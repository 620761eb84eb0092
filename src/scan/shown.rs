//! Rows shown as evidence: the first few in canonical order, whatever order they are met in.

use std::collections::BTreeSet;

/// A row that shows a finding.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct ShownRow {
    /// Days since 1970-01-01.
    pub day: Option<i32>,
    /// The key columns as a JSON object.
    pub key: String,
    /// The columns looked at as a JSON object.
    pub row: String,
    pub reason: String,
    /// The file's index, the row group and the row in the file; takes no part in the choice between
    /// rows that differ in anything else.
    pub source: Option<(usize, u32, u64)>,
}

/// The least rows met so far, by day, key, row and reason.
#[derive(Debug)]
pub(super) struct Shown {
    most: usize,
    rows: BTreeSet<ShownRow>,
}

impl Shown {
    pub(super) fn new(most: usize) -> Self {
        Self {
            most,
            rows: BTreeSet::new(),
        }
    }

    pub(super) fn add(&mut self, row: ShownRow) {
        if self.rows.len() >= self.most && self.rows.last().is_none_or(|last| *last <= row) {
            return;
        }
        self.rows.insert(row);
        if self.rows.len() > self.most {
            self.rows.pop_last();
        }
    }

    pub(super) fn merge(&mut self, other: Self) {
        for row in other.rows {
            self.add(row);
        }
    }

    pub(super) fn into_rows(self) -> Vec<ShownRow> {
        self.rows.into_iter().collect()
    }
}
