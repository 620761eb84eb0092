//! `scale`: values of one magnitude.

use schemars::JsonSchema;
use serde::Deserialize;

use super::Check;
use super::row_rule::{OfRows, RowRule};
use crate::diagnostic::Diagnostic;
use crate::lake::Table;
use crate::scan::quoted;

/// The magnitude of a column's values.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Scale {
    column: String,
    /// A usual value, such as the median of what is right.
    typical: f64,
    /// What a value is off by that has the wrong unit; 100 by default.
    #[serde(default = "hundred")]
    ratio: f64,
    /// On which side a value can be off.
    #[serde(default)]
    side: Side,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
enum Side {
    /// Too large and too small values violate.
    #[default]
    Both,
    /// Only too large ones, where values near 0 are usual.
    Above,
    /// Only too small ones.
    Below,
}

fn hundred() -> f64 {
    100.0
}

impl Scale {
    pub(super) const DOC: &str = "\
scale: two magnitudes in one column, such as fractions among percentages.

  - scale: {column: confidence_score, typical: 0.7, side: above}
  - scale: {column: minutes, typical: 25, ratio: 60, side: above}

A value violates if it is nearer, as a ratio, to `typical` x `ratio` than to `typical`: more than
`typical` x sqrt(`ratio`) in absolute value, or less than `typical` / sqrt(`ratio`). With `side`
only one of both counts: a share of 0.05 beside a typical 0.7 is a small share, not another unit.
0, NULL and NaN have no magnitude and are let pass. INT64, NUMERIC, BIGNUMERIC and FLOAT64.

Cost: the column, in the table's one pass.";

    pub(super) fn checks(self) -> Result<Vec<Box<dyn Check>>, Diagnostic> {
        let wrong = |what: &str| {
            Err(Diagnostic::new(format!("scale: {what}"))
                .help("scale: {column: confidence_score, typical: 0.7, side: above}"))
        };
        if !(self.typical.is_finite() && self.typical > 0.0) {
            return wrong("`typical` must be a number above 0");
        }
        if !(self.ratio.is_finite() && self.ratio > 1.0) {
            return wrong("`ratio` must be a number above 1");
        }
        Ok(OfRows::checks(self))
    }

    fn limits(&self) -> (f64, f64) {
        let step = self.ratio.sqrt();
        (self.typical / step, self.typical * step)
    }
}

impl RowRule for Scale {
    fn kind(&self) -> &'static str {
        "scale"
    }

    fn columns(&self) -> Vec<String> {
        vec![self.column.clone()]
    }

    fn condition(&self, table: &Table) -> Result<String, Diagnostic> {
        let column = table.require(&self.column)?;
        if !column.bq_type.is_number() {
            return Err(Diagnostic::new(format!(
                "`{}` is {}, which has no magnitude",
                column.name, column.bq_type
            )));
        }
        let value = format!("CAST({} AS FLOAT64)", quoted(&column.name));
        let (low, high) = self.limits();
        let mut fits = Vec::new();
        if self.side != Side::Below {
            fits.push(format!("ABS({value}) <= {high:?}"));
        }
        if self.side != Side::Above {
            fits.push(format!("ABS({value}) >= {low:?}"));
        }
        Ok(format!(
            "{value} = 0 OR IS_NAN({value}) OR ({})",
            fits.join(" AND ")
        ))
    }

    fn told(&self) -> Option<&str> {
        Some(&self.column)
    }

    fn violation(&self) -> String {
        let (low, high) = self.limits();
        let (column, typical) = (&self.column, self.typical);
        match self.side {
            Side::Both => {
                format!(
                    "have {column} below {low} or above {high}, of another magnitude than {typical}"
                )
            }
            Side::Above => {
                format!("have {column} above {high}, of another magnitude than {typical}")
            }
            Side::Below => {
                format!("have {column} below {low}, of another magnitude than {typical}")
            }
        }
    }
}
