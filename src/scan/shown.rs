//! Rows shown as evidence: the first few in canonical order, whatever order they are met in.

use std::collections::BTreeMap;

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
    /// Each with how often it was met: a query may return equal rows.
    rows: BTreeMap<ShownRow, usize>,
    held: usize,
}

impl Shown {
    pub(super) fn new(most: usize) -> Self {
        Self {
            most,
            rows: BTreeMap::new(),
            held: 0,
        }
    }

    pub(super) fn add(&mut self, row: ShownRow) {
        self.add_times(row, 1);
    }

    fn add_times(&mut self, row: ShownRow, times: usize) {
        let last = self.rows.last_key_value();
        if self.held >= self.most && last.is_none_or(|(last, _)| *last <= row) {
            return;
        }
        *self.rows.entry(row).or_default() += times;
        self.held += times;
        while self.held > self.most {
            let Some(mut last) = self.rows.last_entry() else {
                return;
            };
            self.held -= 1;
            *last.get_mut() -= 1;
            if *last.get() == 0 {
                last.remove();
            }
        }
    }

    pub(super) fn merge(&mut self, other: Self) {
        for (row, times) in other.rows {
            self.add_times(row, times);
        }
    }

    pub(super) fn into_rows(self) -> Vec<ShownRow> {
        self.rows
            .into_iter()
            .flat_map(|(row, times)| std::iter::repeat_n(row, times))
            .collect()
    }
}
