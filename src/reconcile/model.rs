//! What a reconciliation came to.

use chrono::NaiveDate;
use serde::Serialize;

use super::compare::{Coercion, Disagreement};
use super::pairing::Basis;

/// The documents of a table against columns.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Reconciliation {
    pub table: String,
    /// Rows of the table, all windows apart.
    pub table_rows: u64,
    pub from: Option<NaiveDate>,
    pub to: Option<NaiveDate>,
    pub documents: Vec<Document>,
    pub sources: Vec<SourceTold>,
    /// In the order of the sources and of their columns.
    pub pairs: Vec<Pair>,
    /// Paths without a pair.
    pub unreached: Vec<Unreached>,
    /// Other tables of the lake that share what looks like a key, and by what.
    pub joinable: Vec<Joinable>,
    /// Checks to paste into a suite.
    pub checks: String,
}

/// A JSON column.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Document {
    pub column: String,
    pub paths: u64,
    /// Paths beyond those that were looked at.
    pub paths_left_out: u64,
}

/// A table whose columns were compared, and how its rows belong to the documents.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct SourceTold {
    pub table: String,
    /// Empty for the documents' own table: the column there, and here.
    pub key: Vec<KeyColumn>,
    pub key_suggested: bool,
    /// The table whose rows are counted.
    pub rows_of: String,
    pub rows: u64,
    /// Rows without a partner, and with several: neither is compared.
    pub without_partner: u64,
    pub ambiguous: u64,
    /// Rows of the side that is looked up which nothing asks for; `None` where a window hides some.
    pub never_joined: Option<u64>,
}

impl SourceTold {
    /// Rows with one partner.
    pub fn compared(&self) -> u64 {
        self.rows - self.without_partner - self.ambiguous
    }

    /// Whether there are rows, and none has a partner.
    pub fn is_alone(&self) -> bool {
        self.rows > 0 && self.compared() == 0
    }
}

#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct KeyColumn {
    pub document: String,
    pub column: String,
}

/// A table that could be joined.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Joinable {
    pub table: String,
    pub columns: Vec<String>,
}

/// A path and a column.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Pair {
    pub json: String,
    /// `$.a.b`
    pub path: String,
    /// Whether the length of the array at the path is meant.
    pub length: bool,
    pub table: String,
    pub column: String,
    #[serde(rename = "type")]
    pub bq_type: String,
    pub basis: Basis,
    /// How the column is made of the JSON, where it is not the same: `within 0.05`.
    pub form: Option<String>,
    /// How far two numbers may be apart.
    pub tolerance: f64,
    /// Rows with a partner.
    pub rows: u64,
    /// Rows in which neither side has a value.
    pub neither: u64,
    /// Rows that agree, with and without a coercion.
    pub agree: u64,
    pub disagree: u64,
    pub coercions: Vec<Counted<Coercion>>,
    pub disagreements: Vec<Counted<Disagreement>>,
    /// The first and last date of a disagreement of rows with a document.
    pub since: Option<NaiveDate>,
    pub until: Option<NaiveDate>,
    pub days: u64,
    /// Days with a row, to see those that disagree against.
    pub all_days: u64,
    /// Integers of the JSON beyond 2^53, and those of them that are no double.
    pub wide_integers: u64,
    pub inexact_integers: u64,
    /// Other columns and paths that agree as well in the sample.
    pub also: Vec<String>,
    pub samples: Vec<Sample>,
    pub explanations: Vec<Explanation>,
}

impl Pair {
    /// Rows that were compared: those in which some side has a value.
    pub fn tested(&self) -> u64 {
        self.agree + self.disagree
    }

    /// Rows that disagree because there is no document that can be read, which is said once of all its pairs.
    pub fn without_document(&self) -> u64 {
        self.count(Disagreement::DocumentNull) + self.count(Disagreement::Malformed)
    }

    /// Rows that disagree though there is a document.
    pub fn apart(&self) -> u64 {
        self.disagree - self.without_document()
    }

    /// Rows of one kind of disagreement.
    pub fn count(&self, of: Disagreement) -> u64 {
        self.counted(of).map_or(0, |d| d.rows)
    }

    pub fn counted(&self, of: Disagreement) -> Option<&Counted<Disagreement>> {
        self.disagreements.iter().find(|d| d.kind == of)
    }

    /// `table.column` as it is told beside `own`'s columns.
    pub fn told_column(&self, own: &str) -> String {
        match self.table == own {
            true => self.column.clone(),
            false => format!("{}.{}", short(&self.table), self.column),
        }
    }
}

/// A table's name without its dataset.
pub fn short(table: &str) -> &str {
    table.rsplit_once('.').map_or(table, |(_, table)| table)
}

/// Rows of one kind.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Counted<K> {
    pub kind: K,
    pub rows: u64,
    pub since: Option<NaiveDate>,
    pub until: Option<NaiveDate>,
    pub days: u64,
}

/// A row that shows a disagreement.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Sample {
    pub date: Option<NaiveDate>,
    /// A JSON object.
    pub key: String,
    pub kind: Disagreement,
    /// The value as the document writes it; empty where it has none.
    pub json: String,
    /// The column's, as JSON.
    pub column: String,
}

/// What was done to the values that differ.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Explanation {
    /// `column = trunc((json - 100) / 20)`
    pub formula: String,
    /// The rows it explains, of those that differ.
    pub rows: u64,
    pub of: u64,
    /// A map of spellings, where it is one: JSON, column, rows.
    pub spellings: Vec<(String, String, u64)>,
}

/// A path that no column says.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Unreached {
    pub json: String,
    pub path: String,
    pub length: bool,
}

impl Reconciliation {
    /// Whether something disagrees, or nothing could be compared with a table that was named.
    pub fn disagrees(&self) -> bool {
        self.pairs.iter().any(|pair| pair.disagree > 0)
            || self.sources.iter().any(SourceTold::is_alone)
    }
}
