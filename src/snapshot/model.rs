//! What a baseline holds, row by row.

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

/// The quantiles that are told, by nearest rank, and the columns they are in.
pub const QUANTILES: [(f64, &str); 9] = [
    (0.01, "p01"),
    (0.05, "p05"),
    (0.10, "p10"),
    (0.25, "p25"),
    (0.50, "p50"),
    (0.75, "p75"),
    (0.90, "p90"),
    (0.95, "p95"),
    (0.99, "p99"),
];

/// A baseline. Rows are in the order of their table, then of what they are of.
#[derive(Debug, Clone, PartialEq)]
pub struct Snapshot {
    pub about: About,
    pub tables: Vec<TableRow>,
    pub contract: Vec<ContractRow>,
    pub columns: Vec<ColumnRow>,
    pub correlations: Vec<Correlation>,
    pub files: Vec<FileRow>,
}

/// What was asked for, and by which program: the metadata of each file's footer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct About {
    /// [`super::FORMAT`] of the program that wrote it.
    pub format: u32,
    /// The version of lakeaudit.
    pub lakeaudit: String,
    /// The hash of the suite's text; none without a suite.
    pub suite: Option<String>,
    pub season: Option<String>,
    /// The window, both ends included; none is all days.
    pub from: Option<NaiveDate>,
    pub to: Option<NaiveDate>,
    /// The patterns of tables that were asked for; empty for all.
    pub tables: Vec<String>,
    pub by: Grain,
}

/// The shortest periods that are told of dated tables.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Grain {
    #[default]
    Month,
    Day,
}

/// What figures are of, in the order of the rows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Kind {
    /// All rows of the window.
    Whole,
    Season,
    Month,
    Day,
}

impl Kind {
    const ALL: [Self; 4] = [Self::Whole, Self::Season, Self::Month, Self::Day];

    /// How it is written on disk.
    pub fn name(self) -> &'static str {
        match self {
            Self::Whole => "whole",
            Self::Season => "season",
            Self::Month => "month",
            Self::Day => "day",
        }
    }

    pub(super) fn of(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.name() == name)
    }
}

/// A part of the window. Rows without a date are in the whole alone.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
pub struct Period {
    #[serde(rename = "segment")]
    pub kind: Kind,
    /// `2025-26`, `2026-01` or `2026-01-31`; empty for the whole.
    #[serde(rename = "period")]
    pub name: String,
}

impl Period {
    pub fn whole() -> Self {
        Self {
            kind: Kind::Whole,
            name: String::new(),
        }
    }

    pub fn is_whole(&self) -> bool {
        self.kind == Kind::Whole
    }
}

/// A table in a period.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct TableRow {
    pub table: String,
    #[serde(flatten)]
    pub period: Period,
    pub rows: u64,
    /// The first and the last day with a row.
    pub first_date: Option<NaiveDate>,
    pub last_date: Option<NaiveDate>,
    /// Days with a row.
    pub days: u64,
    /// Of the whole alone.
    pub files: Option<u64>,
    pub bytes: Option<u64>,
    /// The column that dates a row.
    pub date_column: Option<String>,
}

/// A column as the files have it: the schema contract.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ContractRow {
    pub table: String,
    /// From 1, in the order of the newest file.
    pub position: u64,
    pub column: String,
    /// BigQuery's type.
    #[serde(rename = "type")]
    pub bq_type: String,
    /// Whether it is told by the folder a file is in, and not by the file.
    pub from_folder: bool,
    /// Files of the window that lack it; their rows count as NULL.
    pub absent_files: u64,
    /// Why it has no figures, if its files do not go together.
    pub unreadable: Option<String>,
}

/// A value and how many rows have it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TopValue {
    pub value: String,
    pub count: u64,
}

/// A column in a period. What its type has no meaning for is none.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct ColumnRow {
    pub table: String,
    pub column: String,
    #[serde(rename = "type")]
    pub bq_type: String,
    #[serde(flatten)]
    pub period: Period,
    pub rows: u64,
    pub nulls: u64,
    /// Of numbers.
    pub zeros: Option<u64>,
    pub nan: Option<u64>,
    pub infinite: Option<u64>,
    /// Distinct values but NULL, -0 being 0; none of days.
    pub distinct: Option<u64>,
    /// The standard error of `distinct` as a share of it; 0 where it is exact.
    pub distinct_error: Option<f64>,
    /// Of finite values, correctly rounded.
    pub mean: Option<f64>,
    pub stddev: Option<f64>,
    /// The nearest FLOAT64, infinities included.
    pub min: Option<f64>,
    pub max: Option<f64>,
    /// In full, also of what is no number.
    pub min_text: Option<String>,
    pub max_text: Option<String>,
    /// By [`QUANTILES`].
    pub quantiles: [Option<f64>; QUANTILES.len()],
    /// By which share of the values the rank of a quantile may be off; 0 where all are exact.
    pub rank_error: Option<f64>,
    /// The most frequent values, equally frequent ones by value; none where there are more values than are counted.
    pub top_values: Option<Vec<TopValue>>,
    /// Figures as `scan::encode_figures` writes them: the distribution, and the counts of single values.
    #[serde(skip)]
    pub state: Option<Vec<u8>>,
    #[serde(skip)]
    pub frequencies: Option<Vec<u8>>,
}

/// How two columns of numbers go together over the whole window.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Correlation {
    pub table: String,
    pub a: String,
    pub b: String,
    /// Rows in which both are finite.
    pub pairs: u64,
    /// Pearson's r; none where a side is constant.
    pub r: Option<f64>,
    #[serde(skip)]
    pub state: Vec<u8>,
}

/// A file that rows were read from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct FileRow {
    pub table: String,
    /// Below the lake's root.
    pub path: String,
    /// In bytes.
    pub size: u64,
    pub rows: u64,
    /// Of the file's footer, which tells row groups, sizes and statistics: 32 hexadecimal digits.
    pub fingerprint: String,
}
