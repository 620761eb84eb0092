//! How a diff is asked for.

use super::document::IgnoredPaths;
use super::rule::{Rule, Tolerance};
use crate::schema::BqType;
use crate::value::hash::Zeros;

/// What a diff compares, and how.
#[derive(Debug, Clone)]
pub struct Options {
    /// Globs of columns that are left out, without regard to case.
    pub ignore: Vec<String>,
    /// Globs of the columns that are compared; empty for all.
    pub columns: Vec<String>,
    /// Whether the volatile columns are compared, too.
    pub volatile: bool,
    /// The last that is for a column counts.
    pub tolerances: Vec<Tolerance>,
    pub ignore_case: bool,
    pub ignore_space: bool,
    /// Whether -0 is another value than 0, in FLOAT64 columns that are no key.
    pub zeros: Zeros,
    pub ignored_paths: IgnoredPaths,
    /// BigQuery SQL; rows for which it is not true are left out.
    pub filter: Option<String>,
    /// Columns by whose values rows are counted, besides their day.
    pub by: Vec<String>,
    /// How many differing cells and rows are kept whole.
    pub rows: usize,
    /// What rows ought to state, in words and as BigQuery SQL over either side.
    pub rules: Vec<(String, String)>,
}

/// How many differing rows are kept where nothing else is asked for.
pub const ROWS: usize = 100_000;

impl Default for Options {
    fn default() -> Self {
        Self {
            ignore: Vec::new(),
            columns: Vec::new(),
            volatile: false,
            tolerances: Vec::new(),
            ignore_case: false,
            ignore_space: false,
            zeros: Zeros::Alike,
            ignored_paths: IgnoredPaths::default(),
            filter: None,
            by: Vec::new(),
            rows: ROWS,
            rules: Vec::new(),
        }
    }
}

impl Options {
    /// What was asked for besides the sides, the key and the condition, as the command line has it; empty for nothing.
    pub fn asked(&self) -> String {
        let tolerances: Vec<String> = self
            .tolerances
            .iter()
            .map(|t| t.text().to_owned())
            .collect();
        let lists = [
            ("--columns", &self.columns),
            ("--ignore", &self.ignore),
            ("--tolerance", &tolerances),
            ("--ignore-path", &self.ignored_paths.globs()),
            ("--by", &self.by),
        ];
        let lists = lists.iter().filter(|(_, values)| !values.is_empty());
        let mut all: Vec<String> = lists
            .map(|(name, values)| format!("{name} {}", values.join(",")))
            .collect();
        let flags = [
            ("--volatile", self.volatile),
            ("--ignore-case", self.ignore_case),
            ("--ignore-space", self.ignore_space),
            ("--signed-zero", self.zeros == Zeros::Signed),
        ];
        let flags = flags.iter().filter(|(_, set)| *set);
        all.extend(flags.map(|(name, _)| (*name).to_owned()));
        all.join(" ")
    }

    /// The rule for a column.
    pub fn rule(&self, name: &str, bq_type: &BqType) -> Rule {
        let mut rule = Rule {
            ignore_case: self.ignore_case,
            ignore_space: self.ignore_space,
            zeros: match bq_type.to_string().contains("FLOAT64") {
                true => self.zeros,
                false => Zeros::Alike,
            },
            ..Rule::default()
        };
        for tolerance in self.tolerances.iter().filter(|t| t.is_for(name, bq_type)) {
            tolerance.add_to(&mut rule);
        }
        rule
    }
}
