//! What a comparison of several runs comes to.

use std::collections::BTreeMap;

/// How several runs compare.
#[derive(Debug, Clone, Default)]
pub struct Runs {
    /// A hash of the files of all runs and of what was asked, in hexadecimal.
    pub id: String,
    pub runs: Vec<Run>,
    pub key: Vec<String>,
    /// Rows that every run has.
    pub common: u64,
    /// Of those, rows in which a value differs between runs.
    pub unstable: u64,
    /// Every column that was compared.
    pub columns: Vec<ColumnRuns>,
    /// Rows of keys with very many rows, which were paired in the order of their content in some run.
    pub in_order: u64,
    /// Whether memory did not suffice to count keys that a run has more than once.
    pub uncounted: bool,
    /// The run that differs from all others most often, if it is nearly always the same one.
    pub odd: Option<usize>,
    pub ignored: Vec<(String, String)>,
    /// Columns that not all runs have, or that can't be compared, and why.
    pub uncompared: Vec<(String, String)>,
}

/// One of the runs.
#[derive(Debug, Clone, Default)]
pub struct Run {
    pub name: String,
    pub rows: u64,
    /// Rows that another run has and this one has not.
    pub missing: u64,
    /// Keys that it has more than once.
    pub repeated: u64,
    /// Cells in which it differs from all other runs while they agree.
    pub alone: u64,
}

/// How a column compares over the keys every run has once.
#[derive(Debug, Clone, Default)]
pub struct ColumnRuns {
    pub name: String,
    pub bq_type: String,
    /// Rows in which not all runs have the same value.
    pub unstable: u64,
    /// How the runs fall into groups of equal values, and in how many rows: `[0, 0, 1]` is the third run alone.
    pub groups: BTreeMap<Vec<u8>, u64>,
    pub verdict: Verdict,
}

/// What the groups tell of a column.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Verdict {
    /// All runs have the same values.
    #[default]
    Stable,
    /// The runs fall into the same two groups nearly everywhere, and several runs agree on either value: given the same
    /// data they do the same again.
    DataDependent,
    /// The runs fall into groups that are other ones from row to row, or all differ: what comes out depends on the order in
    /// which things were done.
    OrderDependent,
    /// One run differs from the others, which agree: whether it would do so again, another run of the same kind tells.
    OneRun,
}

impl Verdict {
    /// As reports write it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Stable => "stable",
            Self::DataDependent => "data_dependent",
            Self::OrderDependent => "order_dependent",
            Self::OneRun => "one_run",
        }
    }
}

impl Runs {
    /// Whether all runs have the same rows with the same values.
    pub fn is_equal(&self) -> bool {
        self.unstable == 0
            && self.uncompared.is_empty()
            && self.runs.iter().all(|run| run.missing == 0)
    }

    /// The two runs that show best what differs: one that stands for the others and the odd one, or the first and the one
    /// that differs from it most often. `None` where no value differs.
    pub fn telling(&self) -> Option<(usize, usize)> {
        if let Some(odd) = self.odd {
            return Some(((0..self.runs.len()).find(|run| *run != odd)?, odd));
        }
        let apart = |run: usize| -> u64 {
            let groups = self.columns.iter().flat_map(|column| &column.groups);
            let differs = groups.filter(|(groups, _)| groups.get(run) != groups.first());
            differs.map(|(_, rows)| *rows).sum()
        };
        let most = (1..self.runs.len()).max_by_key(|run| (apart(*run), std::cmp::Reverse(*run)))?;
        (apart(most) > 0).then_some((0, most))
    }
}
