//! The pass as a program: one query over a table, and what to do with its columns.

use arrow::array::{ArrayRef, RecordBatch};
use datafusion::error::Result;

use super::fold::column_at;
use super::metric::{Measure, Metric};
use crate::diagnostic::Diagnostic;
use crate::lake::Table;
use crate::schema::BqType;
use crate::session::{FILE, ROW};
use crate::value::json::{JsonPath, PathSet};

/// What a pass over one table reads and measures.
#[derive(Debug)]
pub(super) struct Program {
    /// The expressions of its query, in order; [`FILE`] and [`ROW`] come before them.
    select: Vec<String>,
    steps: Vec<Step>,
    /// The batch column of the day.
    date: Option<usize>,
    /// The batch column of each distinct `per`; `None` is by day alone.
    groupings: Vec<Option<usize>>,
    /// JSON columns, each with all paths that are asked of it.
    documents: Vec<(usize, PathSet)>,
    /// By file, where each row group starts, and behind the last one the file's rows.
    row_groups: Vec<Vec<u64>>,
}

/// A metric and the batch columns it is measured from.
#[derive(Debug)]
pub(super) struct Step {
    pub(super) metric: Metric,
    pub(super) grouping: usize,
    pub(super) filter: Option<usize>,
    pub(super) column: usize,
    /// The column whose values are told of rows of [`Measure::told_class`].
    pub(super) told: Option<usize>,
    /// The second column of a pair.
    pub(super) second: Option<usize>,
    /// What an array is compared with.
    pub(super) array: Option<ArrayColumns>,
    /// Index of the JSON column in [`Program::documents`], and of the path in its set.
    pub(super) document: Option<(usize, usize)>,
}

/// The batch columns an array is compared with.
#[derive(Debug)]
pub(super) struct ArrayColumns {
    /// By element, its column and the condition that excepts it.
    pub(super) elements: Vec<(usize, Option<usize>)>,
    pub(super) length: Option<usize>,
    pub(super) names: Option<usize>,
}

impl Step {
    pub(super) fn column<'a>(&self, batch: &'a RecordBatch) -> Result<&'a ArrayRef> {
        column_at(batch, self.column)
    }
}

impl Program {
    /// Plans `metrics` over `table`. An unknown or unreadable column is an error; conditions are
    /// checked when the query is planned.
    pub(super) fn new(table: &Table, metrics: &[Metric]) -> Result<Self, Diagnostic> {
        let mut program = Self {
            select: vec![FILE.to_owned(), ROW.to_owned()],
            steps: Vec::new(),
            date: None,
            groupings: vec![None],
            documents: Vec::new(),
            row_groups: Vec::new(),
        };
        for (_, footer) in table.files() {
            let mut starts = vec![0];
            let mut rows = 0;
            for group in footer.row_group_rows() {
                rows += group;
                starts.push(rows);
            }
            program.row_groups.push(starts);
        }
        if let Some(date) = table.date() {
            let name = quoted(&date.name);
            let day = if date.bq_type == BqType::Date {
                name
            } else {
                format!("CAST({name} AS DATE)")
            };
            program.date = Some(program.expression(day));
        }
        let mut paths: Vec<(usize, Vec<JsonPath>)> = Vec::new();
        for metric in metrics {
            let step = program.step(table, metric, &mut paths)?;
            program.steps.push(step);
        }
        program.documents = paths
            .into_iter()
            .map(|(column, paths)| (column, PathSet::new(paths)))
            .collect();
        Ok(program)
    }

    fn step(
        &mut self,
        table: &Table,
        metric: &Metric,
        paths: &mut Vec<(usize, Vec<JsonPath>)>,
    ) -> Result<Step, Diagnostic> {
        let mut columns = Vec::new();
        let measured = match &metric.measure {
            // Its text names them.
            Measure::Condition { .. } => Vec::new(),
            Measure::Array { array, .. } => vec![array.as_str()],
            measure => measure.columns(),
        };
        for name in measured {
            columns.push(match &metric.measure {
                Measure::Pair { .. } => self.float(table, name)?,
                Measure::Spread { .. } if !table.require(name)?.bq_type.is_number() => {
                    self.expression(format!("CAST({} AS STRING)", quoted(name)))
                }
                Measure::Spread { .. } => self.float(table, name)?,
                _ => self.expression(quoted(&table.require(name)?.name)),
            });
        }
        let array = self.array(table, &metric.measure)?;
        let document = match (&metric.measure, columns.as_slice()) {
            (Measure::Json { path, .. }, [_, json]) => {
                let path = JsonPath::parse(path).map_err(|e| {
                    Diagnostic::new(format!("`{path}` is not a JSON path: {}", e.what))
                })?;
                Some(document(paths, *json, path))
            }
            _ => None,
        };
        let filter = metric
            .filter
            .as_ref()
            .map(|condition| self.expression(condition_sql(condition)));
        let per = match &metric.per {
            Some(per)
                if table
                    .date()
                    .is_none_or(|d| !d.name.eq_ignore_ascii_case(per)) =>
            {
                Some(self.expression(quoted(&table.require(per)?.name)))
            }
            _ => None,
        };
        let grouping = self.groupings.iter().position(|g| *g == per);
        let grouping = grouping.unwrap_or_else(|| {
            self.groupings.push(per);
            self.groupings.len() - 1
        });
        let (column, told) = match &metric.measure {
            Measure::Condition {
                condition, told, ..
            } => {
                let told = told.as_ref().map(|told| self.expression(quoted(told)));
                (Some(self.expression(condition_sql(condition))), told)
            }
            _ => (columns.first().copied(), columns.first().copied()),
        };
        let second = match &metric.measure {
            Measure::Pair { .. } => columns.get(1).copied(),
            _ => None,
        };
        Ok(Step {
            second,
            array,
            metric: metric.clone(),
            grouping,
            filter,
            column: column.unwrap_or(0),
            told,
            document,
        })
    }

    /// The batch column of a column of numbers, as FLOAT64.
    fn float(&mut self, table: &Table, name: &str) -> Result<usize, Diagnostic> {
        let column = table.require(name)?;
        let name = quoted(&column.name);
        Ok(self.expression(match column.bq_type {
            BqType::Float64 => name,
            _ => format!("CAST({name} AS FLOAT64)"),
        }))
    }

    fn array(
        &mut self,
        table: &Table,
        measure: &Measure,
    ) -> Result<Option<ArrayColumns>, Diagnostic> {
        let Measure::Array {
            elements,
            length,
            names,
            ..
        } = measure
        else {
            return Ok(None);
        };
        let mut columns = ArrayColumns {
            elements: Vec::new(),
            length: None,
            names: None,
        };
        for element in elements {
            let except = element.except.as_deref().map(condition_sql);
            columns.elements.push((
                self.float(table, &element.column)?,
                except.map(|except| self.expression(except)),
            ));
        }
        if let Some(length) = length {
            columns.length = Some(self.expression(quoted(&table.require(length)?.name)));
        }
        if let Some((names, _)) = names {
            columns.names = Some(self.expression(quoted(&table.require(names)?.name)));
        }
        Ok(Some(columns))
    }

    /// The batch column of a table's column, which is added if no metric needs it.
    pub(super) fn column(&mut self, name: &str) -> usize {
        self.expression(quoted(name))
    }

    /// The batch column of an expression, the same for the same text.
    fn expression(&mut self, sql: String) -> usize {
        self.select
            .iter()
            .position(|s| *s == sql)
            .unwrap_or_else(|| {
                self.select.push(sql);
                self.select.len() - 1
            })
    }

    /// The query that gives the program its batches; `part` is what the session calls the part of
    /// the table that is read.
    pub(super) fn sql(&self, table: &Table, part: &str) -> String {
        let columns: Vec<String> = self
            .select
            .iter()
            .enumerate()
            .map(|(i, expression)| match i {
                0 | 1 => expression.clone(),
                _ => format!("{expression} AS c{i}"),
            })
            .collect();
        let name = table.name();
        format!(
            "SELECT {} FROM `{}{part}.{}`{}",
            columns.join(", "),
            name.dataset,
            name.table,
            alias(table)
        )
    }

    /// The bytes of the column chunks the query reads of one file.
    pub(super) fn bytes(&self, table: &Table, file: usize) -> u64 {
        let Some((_, footer)) = table.files().get(file) else {
            return 0;
        };
        footer.bytes_of(|name| self.select.iter().any(|e| mentions(e, name)))
    }

    pub(super) fn steps(&self) -> &[Step] {
        &self.steps
    }

    pub(super) fn date(&self) -> Option<usize> {
        self.date
    }

    pub(super) fn groupings(&self) -> &[Option<usize>] {
        &self.groupings
    }

    pub(super) fn documents(&self) -> &[(usize, PathSet)] {
        &self.documents
    }

    /// The row group a row of a file is in.
    pub(super) fn row_group(&self, file: u32, row: i64) -> u32 {
        let starts = self
            .row_groups
            .get(file as usize)
            .map_or(&[][..], Vec::as_slice);
        let row = u64::try_from(row).unwrap_or(0);
        let after = starts.partition_point(|start| *start <= row);
        u32::try_from(after.saturating_sub(1)).unwrap_or(u32::MAX)
    }
}

fn document(
    paths: &mut Vec<(usize, Vec<JsonPath>)>,
    column: usize,
    path: JsonPath,
) -> (usize, usize) {
    let at = paths.iter().position(|(c, _)| *c == column);
    let at = at.unwrap_or_else(|| {
        paths.push((column, Vec::new()));
        paths.len() - 1
    });
    let Some((_, of_column)) = paths.get_mut(at) else {
        return (at, 0);
    };
    let index = of_column.iter().position(|p| *p == path);
    let index = index.unwrap_or_else(|| {
        of_column.push(path);
        of_column.len() - 1
    });
    (at, index)
}

/// Whether `name` stands in a condition as a word.
fn mentions(sql: &str, name: &str) -> bool {
    sql.split(|c: char| !(c.is_alphanumeric() || c == '_'))
        .any(|word| word.eq_ignore_ascii_case(name))
}

/// A column's name as BigQuery quotes it.
pub fn quoted(name: &str) -> String {
    let name = name.to_lowercase().replace('\\', "\\\\");
    format!("`{}`", name.replace('\n', "\\n").replace('\r', "\\r"))
}

/// What comes after a table's name in FROM, so that a column called as the table means the column.
pub fn alias(table: &Table) -> &'static str {
    match table.column(&table.name().table) {
        Some(_) => " AS _row",
        None => "",
    }
}

/// A condition as one operand, on lines of its own so that a comment in it ends there.
fn condition_sql(condition: &str) -> String {
    format!("(\n{condition}\n)")
}
