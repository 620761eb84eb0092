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

/// One figure on one day.
#[derive(Debug, Clone, PartialEq)]
pub struct Figure {
    /// `None` over the whole window, or for rows without a date.
    pub date: Option<NaiveDate>,
    /// `rows`, `nulls`, `mean`, `stddev`, `min`, `p50`, ...
    pub metric: &'static str,
    pub value: Option<f64>,
    /// The exact value in text where FLOAT64 can't hold it (INT64 beyond 2^53, NUMERIC, text).
    pub exact: Option<Box<str>>,
    /// The interval the true value is known to be in, where the figure is approximate.
    pub low: Option<f64>,
    pub high: Option<f64>,
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
            .sort_by(|a, b| (a.date, a.metric).cmp(&(b.date, b.metric)));
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
