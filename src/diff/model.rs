//! What a diff came to.

use std::collections::BTreeMap;

use chrono::NaiveDate;

use super::document::Paths;
use super::explain::{Pattern, Place};

/// What differs between two tables. `left` is the first one named.
#[derive(Debug, Clone, Default)]
pub struct Difference {
    /// A hash of the files of both sides and of what was asked, in hexadecimal.
    pub id: String,
    pub left: Side,
    pub right: Side,
    /// The columns by which rows are found, and where that is known from. Without any, rows are compared whole.
    pub key: Vec<String>,
    pub key_from: KeyFrom,
    /// The key's columns, comma separated; `None` without a key.
    pub key_text: Option<String>,
    /// The column that dates a row.
    pub date: Option<String>,
    /// What else was asked for; see [`Options::asked`](super::Options::asked).
    pub asked: String,
    /// The condition rows had to hold.
    pub filter: Option<String>,
    pub rows: Rows,
    /// Every column that was compared, in the left side's order.
    pub columns: Vec<ColumnDifference>,
    /// Columns that both sides have and that were left out, and why.
    pub ignored: Vec<(String, String)>,
    /// Columns that both sides have and that can't be compared, and why.
    pub uncompared: Vec<(String, String)>,
    /// Columns that one side has alone, with their types.
    pub only_left: Vec<(String, String)>,
    pub only_right: Vec<(String, String)>,
    /// Columns that have two types, told as `name: INT64 and NUMERIC, compared as NUMERIC`.
    pub types: Vec<String>,
    /// In date order; rows without a date come first.
    pub days: BTreeMap<Option<i32>, Portion>,
    /// By the columns that were asked for, in their order.
    pub segments: Vec<Segments>,
    /// Where rows differ, and where rows are that one side has alone.
    pub places: Vec<Place>,
    pub only_left_places: Vec<Place>,
    pub only_right_places: Vec<Place>,
    /// The same by files, their writers and row groups. They depend on how rows were written, and all else on the rows alone.
    pub file_places: Vec<Place>,
    pub only_left_file_places: Vec<Place>,
    pub only_right_file_places: Vec<Place>,
    /// What else changed on the days on which rows differ.
    pub changes: Vec<Happened>,
    /// Differing cells and rows of one side, by day and key, as many as were asked for.
    pub cells: Vec<Cell>,
    /// How many there are.
    pub all_cells: u64,
    /// The paired rows that were looked at for explanations, and whether they are all.
    pub explained_rows: u64,
    pub explained_all: bool,
    /// BigQuery SQL whose rows are those that differ.
    pub sql: Option<String>,
    /// What else should be known, in sentences.
    pub notes: Vec<String>,
}

/// Something that changed in the files of one side.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Happened {
    /// `left` or `right`.
    pub side: &'static str,
    /// `schema`, `writer` or `rows`.
    pub what: &'static str,
    /// Since when, where that is known.
    pub date: Option<NaiveDate>,
    /// In a few words.
    pub told: String,
}

/// One of the tables.
#[derive(Debug, Clone, Default)]
pub struct Side {
    /// As it was asked for.
    pub name: String,
    pub rows: u64,
    pub files: u64,
    /// Rows with a NULL in their key.
    pub null_keys: u64,
    pub duplicates: Duplicates,
}

/// Keys that more than one row of a side has.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Duplicates {
    pub keys: u64,
    pub rows: u64,
    /// Of the keys, those whose rows are equal in all that is compared, and those whose are not.
    pub identical: u64,
    pub conflicting: u64,
}

/// Where a key is known from.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum KeyFrom {
    #[default]
    Asked,
    /// The suite's `key:`.
    Suite,
    /// It names the rows of both sides.
    Data,
    /// There is none.
    Rows,
}

/// How rows compare.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Rows {
    /// Rows both sides have.
    pub common: u64,
    /// Of those, rows in which a value differs.
    pub differing: u64,
    /// Of the others, rows with a JSON document that differs in shape alone.
    pub shape: u64,
    pub only_left: u64,
    pub only_right: u64,
    /// Rows of keys that have so many rows that they were paired by their order.
    pub in_order: u64,
}

/// How rows compare by the values of a column.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Segments {
    pub column: String,
    /// By the value as text, `None` for NULL: the left side's where both have the row.
    pub rows: BTreeMap<Option<String>, Portion>,
}

/// How rows of a day, or of a segment, compare.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Portion {
    pub left: u64,
    pub right: u64,
    pub differing: u64,
    pub only_left: u64,
    pub only_right: u64,
}

/// How a column compares over the rows both sides have.
#[derive(Debug, Clone, Default)]
pub struct ColumnDifference {
    pub name: String,
    pub bq_type: String,
    /// Rows in which it differs.
    pub differing: u64,
    /// Of those, rows in which the left side, or the right one, is NULL and the other is not.
    pub null_left: u64,
    pub null_right: u64,
    /// Rows that are equal by a tolerance or a normalisation alone.
    pub within: u64,
    /// Rows whose documents differ in shape alone.
    pub shape: u64,
    /// Of numbers and times (in seconds), the largest difference.
    pub largest: Option<f64>,
    /// Of FLOAT64, rows by how far they are apart, as powers of 2 of representable numbers.
    pub ulps: BTreeMap<u32, u64>,
    /// Of documents, what differs where.
    pub paths: Paths,
    pub days: BTreeMap<Option<i32>, u64>,
    /// Rows in which it differs, by the segments of each column that was asked for.
    pub segments: Vec<BTreeMap<Option<String>, u64>>,
    /// How values count as equal, if not only when they are.
    pub rule: Option<String>,
    /// What was done to it, the likeliest first.
    pub patterns: Vec<Pattern>,
    /// Where it differs, the best first.
    pub places: Vec<Place>,
    /// The column whose rows it differs in, and no others, if there is one that explains it.
    pub follows: Option<String>,
    /// Which side something that does not depend on the column agrees with.
    pub witnesses: Vec<Witness>,
}

/// Something that tells what a column ought to hold, or that a row is right, and how many of the rows in which the column
/// differs it agrees with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Witness {
    /// `fatigue_context_json $.final_score`, or a check's name.
    pub name: String,
    pub left: u64,
    pub right: u64,
    /// The rows it was asked of.
    pub rows: u64,
}

/// A differing cell, or a row that one side has alone.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Cell {
    pub day: Option<i32>,
    /// The key as a JSON object; of tables without a key the row.
    pub key: String,
    pub kind: CellKind,
    /// Of a differing cell.
    pub column: String,
    /// As texts; `None` for NULL, and of rows of one side.
    pub left: Option<String>,
    pub right: Option<String>,
}

/// What a [`Cell`] is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum CellKind {
    Differs,
    OnlyLeft,
    OnlyRight,
}

impl CellKind {
    /// As reports write it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Differs => "differs",
            Self::OnlyLeft => "only_left",
            Self::OnlyRight => "only_right",
        }
    }
}

impl Difference {
    /// Whether both sides have the same columns and the same rows with the same values. The shape of documents is no value.
    pub fn is_equal(&self) -> bool {
        self.has_same_values() && self.is_complete()
    }

    /// Whether both sides have the same rows with the same values in what was compared.
    pub fn has_same_values(&self) -> bool {
        self.rows.differing == 0 && self.rows.only_left == 0 && self.rows.only_right == 0
    }

    /// Whether every column that was asked for was compared.
    pub fn is_complete(&self) -> bool {
        self.uncompared.is_empty() && self.only_left.is_empty() && self.only_right.is_empty()
    }

    /// The columns that should have been compared and were not, with the reason.
    pub fn missed(&self) -> Vec<String> {
        let uncompared = self.uncompared.iter();
        let uncompared = uncompared.map(|(name, why)| format!("{name} ({why})"));
        let alone = [
            (&self.only_left, &self.left),
            (&self.only_right, &self.right),
        ];
        let alone = alone.into_iter().flat_map(|(columns, side)| {
            let told =
                move |(name, _): &(String, String)| format!("{name} (in {} alone)", side.name);
            columns.iter().map(told)
        });
        uncompared.chain(alone).collect()
    }

    /// The columns in which a value differs.
    pub fn differing(&self) -> impl Iterator<Item = &ColumnDifference> {
        self.columns.iter().filter(|column| column.differing > 0)
    }
}
