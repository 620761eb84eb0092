//! The figures measured. There may be millions of them, so those of one column stand together.

use std::sync::Arc;

use chrono::NaiveDate;

/// The figures of all columns.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Metrics {
    columns: Vec<ColumnMetrics>,
}

/// The figures of one column, or of the table's rows where `column` is `None`.
#[derive(Debug, Clone, PartialEq)]
pub struct ColumnMetrics {
    pub table: Arc<str>,
    pub column: Option<Arc<str>>,
    /// By date, the whole window first, and metric.
    pub figures: Vec<Figure>,
}

/// What a figure is, in the order of the names on disk.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Name {
    Infinite,
    Max,
    Mean,
    Min,
    Nan,
    Nulls,
    P01,
    P05,
    P25,
    P50,
    P75,
    P95,
    P99,
    Rows,
    Stddev,
    Zeros,
}

impl Name {
    /// The name on disk.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Infinite => "infinite",
            Self::Max => "max",
            Self::Mean => "mean",
            Self::Min => "min",
            Self::Nan => "nan",
            Self::Nulls => "nulls",
            Self::P01 => "p01",
            Self::P05 => "p05",
            Self::P25 => "p25",
            Self::P50 => "p50",
            Self::P75 => "p75",
            Self::P95 => "p95",
            Self::P99 => "p99",
            Self::Rows => "rows",
            Self::Stddev => "stddev",
            Self::Zeros => "zeros",
        }
    }
}

/// One figure on one day: there may be millions, so it is kept small.
#[derive(Debug, Clone, PartialEq)]
pub struct Figure {
    /// `None` over the whole window, or for rows without a date.
    pub date: Option<NaiveDate>,
    pub metric: Name,
    pub value: Option<f64>,
    /// The exact value in text where FLOAT64 can't hold it (INT64 beyond 2^53, NUMERIC, text).
    pub exact: Option<Box<str>>,
    /// The interval the true value is known to be in, where the figure is approximate.
    pub bounds: Bounds,
}

/// An interval, or none.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Bounds {
    /// `f64::INFINITY` to `f64::NEG_INFINITY`, an interval of nothing, stands for none.
    low: f64,
    high: f64,
}

impl Bounds {
    pub fn new(bounds: Option<(f64, f64)>) -> Self {
        let (low, high) = bounds.unwrap_or((f64::INFINITY, f64::NEG_INFINITY));
        Self { low, high }
    }

    pub fn low(self) -> Option<f64> {
        (self.low <= self.high).then_some(self.low)
    }

    pub fn high(self) -> Option<f64> {
        (self.low <= self.high).then_some(self.high)
    }
}

/// A figure with what it is of: a row of the report.
#[derive(Debug, Clone, PartialEq)]
pub struct MetricRow {
    pub table: Arc<str>,
    pub column: Option<Arc<str>>,
    pub figure: Figure,
}

impl Metrics {
    /// Adds the figures of columns that are not there yet.
    pub fn extend(&mut self, columns: Vec<ColumnMetrics>) {
        self.columns.extend(columns);
    }

    /// How many figures there are.
    pub fn len(&self) -> usize {
        self.columns.iter().map(|c| c.figures.len()).sum()
    }

    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    pub fn clear(&mut self) {
        self.columns.clear();
    }

    /// The figures as rows, in order.
    pub fn rows(&self) -> impl Iterator<Item = MetricRow> {
        rows(Some(&self.columns))
    }

    /// The figures as rows, in order, in one part or more of about `most`; the same figures are parted
    /// the same.
    pub fn parts(&self, most: usize) -> Vec<impl Iterator<Item = MetricRow> + Send> {
        let mut ends = Vec::new();
        let mut figures = 0;
        for (index, column) in self.columns.iter().enumerate() {
            figures += column.figures.len();
            if figures >= most {
                ends.push(index + 1);
                figures = 0;
            }
        }
        if figures > 0 || ends.is_empty() {
            ends.push(self.columns.len());
        }
        let mut first = 0;
        let part = |end| rows(self.columns.get(std::mem::replace(&mut first, end)..end));
        ends.into_iter().map(part).collect()
    }

    /// Sorts by table, column, date and metric.
    pub(super) fn sort(&mut self) {
        self.columns
            .sort_by(|a, b| (&a.table, &a.column).cmp(&(&b.table, &b.column)));
        self.columns.iter_mut().for_each(ColumnMetrics::sort);
    }
}

impl ColumnMetrics {
    /// Sorts by date and metric; costs little where that was done.
    pub fn sort(&mut self) {
        self.figures
            .sort_by_key(|figure| (figure.date, figure.metric));
    }
}

fn rows(columns: Option<&[ColumnMetrics]>) -> impl Iterator<Item = MetricRow> + Send {
    columns.into_iter().flatten().flat_map(|column| {
        column.figures.iter().map(|figure| MetricRow {
            table: Arc::clone(&column.table),
            column: column.column.clone(),
            figure: figure.clone(),
        })
    })
}

impl FromIterator<MetricRow> for Metrics {
    fn from_iter<I: IntoIterator<Item = MetricRow>>(rows: I) -> Self {
        let mut columns: Vec<ColumnMetrics> = Vec::new();
        for row in rows {
            match columns.last_mut() {
                Some(last) if last.table == row.table && last.column == row.column => {
                    last.figures.push(row.figure);
                }
                _ => columns.push(ColumnMetrics {
                    table: row.table,
                    column: row.column,
                    figures: vec![row.figure],
                }),
            }
        }
        Self { columns }
    }
}
