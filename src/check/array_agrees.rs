//! `array_agrees`: an array against the columns that hold its elements too.

use schemars::JsonSchema;
use serde::Deserialize;

use super::{About, Answer, Check, Need, Part, shares, values_told};
use crate::diagnostic::Diagnostic;
use crate::lake::Table;
use crate::scan::metric::{Edge, Element, Measure, OfNull, array};
use crate::schema::BqType;

/// An array and the columns of its elements.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ArrayAgrees {
    /// An ARRAY of numbers.
    array: String,
    /// The columns of its elements, with `{i}` for the index counted from 0.
    columns: String,
    /// The first index; 0 by default.
    #[serde(default)]
    from: usize,
    /// The last index; by default as far as the table has columns.
    to: Option<usize>,
    /// A BigQuery SQL condition with `{i}`; rows for which it is true are not compared there.
    except: Option<String>,
    /// The column that says how long the array is.
    length: Option<String>,
    /// The column of the elements' names.
    names: Option<Names>,
    /// What a column that is NULL beside an element counts as.
    #[serde(default)]
    nulls: OfNull,
    /// How far apart two values may be; 0 by default.
    #[serde(default)]
    tolerance: f64,
}

/// The names of an array's elements.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Names {
    /// An ARRAY of STRING.
    column: String,
    /// The names by index; an array that ends earlier is right too.
    are: Vec<String>,
}

const HELP: &str = "array_agrees: {array: features, columns: 'feature_{i}_value'}";
/// The place of the index in the names of columns.
const INDEX: &str = "{i}";
/// No table has more columns than this (BigQuery's limit).
const MOST: usize = 10_000;

impl ArrayAgrees {
    pub(super) const DOC: &str = "\
array_agrees: an array whose elements differ from the columns that hold them too.

  - array_agrees: {array: features, columns: 'feature_{i}_value'}
  - array_agrees:
      array: features
      columns: feature_{i}_value
      to: 36
      except: feature_{i}_source = 'default'
      length: feature_count
      names: {column: feature_names, are: [points_avg_last_5, points_avg_last_10]}

Element i is compared with the column of that number, for every i that the table has a column for,
or `from` to `to`. A column that is NULL has nothing to compare; with `nulls: zero` it agrees with
0 (an exported array can't hold NULL), with `nulls: fail` it differs. Rows for which `except` is
true are not compared at that index. NaN agrees with NaN. An element that is not there beside a
column with a value, and a `length` that is not the array's, are another length; `names` must be
the first of those listed. Which column differs first in a row is told with its rows.

ARRAY<FLOAT64>, ARRAY<INT64> or ARRAY<NUMERIC>, and columns of numbers; they are compared as
FLOAT64.

Cost: the array and the columns, in the table's one pass.";

    pub(super) fn checks(self) -> Result<Vec<Box<dyn Check>>, Diagnostic> {
        if !self.columns.contains(INDEX) {
            return Err(Diagnostic::new(format!(
                "`columns` names no place for the index: `{}` has no {INDEX}",
                self.columns
            ))
            .help(HELP));
        }
        if self.to.is_some_and(|to| to < self.from || to >= MOST) {
            return Err(Diagnostic::new(format!(
                "`to` must be an index from `from` to {}",
                MOST - 1
            )));
        }
        if !(self.tolerance.is_finite() && self.tolerance >= 0.0) {
            return Err(Diagnostic::new("`tolerance` must be a number, 0 or above"));
        }
        Ok(vec![Box::new(self)])
    }

    fn elements(&self, table: &Table) -> Result<Vec<Element>, Diagnostic> {
        let mut elements = Vec::new();
        for index in self.from..=self.to.unwrap_or(MOST) {
            let at = |text: &str| text.replace(INDEX, &index.to_string());
            let name = at(&self.columns);
            let column = match (table.column(&name), self.to) {
                (None, None) => break,
                _ => table.require(&name)?,
            };
            if !column.bq_type.is_number() {
                return Err(Diagnostic::new(format!(
                    "`{}` is {}, not a number",
                    column.name, column.bq_type
                )));
            }
            elements.push(Element {
                index,
                column: column.name.clone(),
                except: self.except.as_deref().map(at),
            });
        }
        if elements.is_empty() {
            let first = self.columns.replace(INDEX, &self.from.to_string());
            return Err(table
                .require(&first)
                .err()
                .unwrap_or_else(|| Diagnostic::new("no column to compare with").help(HELP)));
        }
        Ok(elements)
    }
}

impl Check for ArrayAgrees {
    fn kind(&self) -> &'static str {
        "array_agrees"
    }

    fn columns(&self) -> Vec<String> {
        vec![self.array.clone()]
    }

    fn written(&self) -> Vec<String> {
        let first = |text: &String| text.replace(INDEX, &self.from.to_string());
        self.except.iter().map(first).collect()
    }

    fn needs(&self, about: &About<'_>) -> Result<Need, Diagnostic> {
        let table = about.table(self.kind())?;
        let column = table.require(&self.array)?;
        let of_numbers = matches!(&column.bq_type, BqType::Array(of) if of.is_number());
        if !of_numbers {
            return Err(Diagnostic::new(format!(
                "`{}` is {}, not an ARRAY of numbers",
                column.name, column.bq_type
            )));
        }
        let named = |name: &String, wanted: &BqType| -> Result<String, Diagnostic> {
            let column = table.require(name)?;
            if column.bq_type == *wanted {
                return Ok(column.name.clone());
            }
            Err(Diagnostic::new(format!(
                "`{}` is {}, not {wanted}",
                column.name, column.bq_type
            )))
        };
        let texts = BqType::Array(Box::new(BqType::String));
        let names = self
            .names
            .as_ref()
            .map(|names| Ok((named(&names.column, &texts)?, names.are.clone())))
            .transpose()?;
        let length = self.length.as_ref();
        let length = length
            .map(|length| named(length, &BqType::Int64))
            .transpose()?;
        let measure = Measure::Array {
            array: column.name.clone(),
            elements: self.elements(table)?,
            length,
            names,
            nulls: self.nulls,
            tolerance: Edge::Float(self.tolerance),
        };
        about.options.metric(table, measure)
    }

    fn judge(&self, answer: &Answer<'_>) -> Vec<Part> {
        let Answer::Metric(outcome) = answer else {
            return Vec::new();
        };
        shares(
            outcome,
            &array::CLASSES,
            self.failing_classes(),
            1 << array::NULL,
        )
    }

    fn failing_classes(&self) -> u32 {
        1 << array::DIFFERS | 1 << array::LENGTH | 1 << array::NAMES
    }

    fn violation(&self) -> String {
        format!("have {} that disagrees with {}", self.array, self.columns)
    }

    fn remark(&self, answer: &Answer<'_>) -> Option<String> {
        let Answer::Metric(outcome) = answer else {
            return None;
        };
        values_told(outcome).map(|columns| format!("first at {columns}"))
    }
}
