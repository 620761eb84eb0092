//! What the kinds have in common that are a condition every row must meet.
//!
//! The condition is BigQuery SQL and is evaluated in the table's shared pass.

use std::fmt;

use super::{About, Answer, Check, Need, Part, shares, values_told};
use crate::diagnostic::Diagnostic;
use crate::lake::Table;
use crate::scan::metric::{Measure, condition};

/// A condition that every row must meet.
pub(super) trait RowRule: fmt::Debug + Send + Sync {
    fn kind(&self) -> &'static str;

    /// The columns it is about, as the suite names them.
    fn columns(&self) -> Vec<String>;

    /// What it is called by, where the suite gives no name.
    fn named_by(&self) -> Vec<String> {
        self.columns()
    }

    /// Conditions as the user wrote them, to be tried on the table one by one.
    fn written(&self) -> Vec<String> {
        Vec::new()
    }

    /// Only rows for which this is true are looked at.
    fn only(&self) -> Option<&str> {
        None
    }

    /// True for a row that meets it, for the types of `table`.
    fn condition(&self, table: &Table) -> Result<String, Diagnostic>;

    /// Whether a condition that is neither true nor false is a violation.
    fn null_fails(&self) -> bool {
        false
    }

    /// The column whose values are told where the condition is not met.
    fn told(&self) -> Option<&str> {
        None
    }

    /// What a row states that passes, where that tells what a column ought to hold.
    fn states(&self) -> Option<String> {
        None
    }

    /// What a violating row is, to follow "12 of 345 rows".
    fn violation(&self) -> String;
}

/// A check of a [`RowRule`].
#[derive(Debug)]
pub(super) struct OfRows<R>(pub(super) R);

impl<R: RowRule> OfRows<R> {
    pub(super) fn checks(rule: R) -> Vec<Box<dyn Check>>
    where
        R: 'static,
    {
        vec![Box::new(Self(rule))]
    }
}

impl<R: RowRule> Check for OfRows<R> {
    fn kind(&self) -> &'static str {
        self.0.kind()
    }

    fn columns(&self) -> Vec<String> {
        self.0.columns()
    }

    fn named_by(&self) -> Vec<String> {
        self.0.named_by()
    }

    fn written(&self) -> Vec<String> {
        self.0.written()
    }

    fn needs(&self, about: &About<'_>) -> Result<Need, Diagnostic> {
        let table = about.table(self.kind())?;
        let mut columns = Vec::new();
        for column in self.0.columns() {
            columns.push(table.require(&column)?.name.clone());
        }
        let told = self.0.told().map(|told| table.require(told)).transpose()?;
        let measure = Measure::Condition {
            condition: self.0.condition(table)?,
            negated: false,
            columns,
            told: told.map(|column| column.name.clone()),
        };
        let mut options = about.options.clone();
        options.filter = match (options.filter, self.0.only()) {
            (Some(filter), Some(only)) => Some(format!("({filter}\n) AND ({only}\n)")),
            (filter, only) => filter.or(only.map(str::to_owned)),
        };
        options.metric(table, measure)
    }

    fn judge(&self, answer: &Answer<'_>) -> Vec<Part> {
        let Answer::Metric(outcome) = answer else {
            return Vec::new();
        };
        let untested = if self.0.null_fails() {
            0
        } else {
            1 << condition::NULL
        };
        shares(outcome, &condition::NAMES, self.failing_classes(), untested)
    }

    fn failing_classes(&self) -> u32 {
        1 << condition::FAILS | u32::from(self.0.null_fails()) << condition::NULL
    }

    fn violation(&self) -> String {
        self.0.violation()
    }

    fn remark(&self, answer: &Answer<'_>) -> Option<String> {
        let (Answer::Metric(outcome), Some(told)) = (answer, self.0.told()) else {
            return None;
        };
        values_told(outcome).map(|values| format!("{told} is {values} there"))
    }

    fn states(&self) -> Option<String> {
        self.0.states()
    }

    fn condition(&self, table: &Table) -> Option<String> {
        let condition = self.0.condition(table).ok()?;
        let fails = match self.0.null_fails() {
            true => format!("NOT IFNULL(({condition}), FALSE)"),
            false => format!("NOT ({condition})"),
        };
        Some(match self.0.only() {
            Some(only) => format!("({only}) AND {fails}"),
            None => fails,
        })
    }
}
