//! What a pass measures: metrics over the rows of a table.
//!
//! A metric that classifies rows ([`Measure::classes`] names the classes, the first the unremarkable
//! one) ends in a tally, a count a class; the others end in row counts and profiles. Equal metrics
//! are measured once, whatever asks for them.

use arrow::datatypes::i256;

use crate::value::json::Agreement;

/// One thing to measure, over the rows of a table that match a condition.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Metric {
    pub measure: Measure,
    /// A BigQuery SQL condition; rows for which it is not true are left out.
    pub filter: Option<String>,
    /// The column whose values the figures are kept apart by, besides the day.
    pub per: Option<String>,
}

/// What to measure of each row.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Measure {
    /// How many there are.
    Rows,
    /// Whether a column is NULL.
    Null { column: String },
    /// Whether a column's value lies within bounds, both inclusive.
    Range {
        column: String,
        min: Option<Edge>,
        max: Option<Edge>,
        nan: Nan,
    },
    /// Whether a typed column agrees with a path of a JSON column of the same row.
    Json {
        json: String,
        path: String,
        column: String,
        tolerance: Edge,
    },
    /// Whether a BigQuery SQL condition is true of the row.
    Condition {
        condition: String,
        /// Whether it is the negation of what is looked for, which its classes are named by.
        negated: bool,
        /// The columns it is about, for evidence.
        columns: Vec<String>,
        /// The column whose values are told where the condition is false.
        told: Option<String>,
    },
    /// The distribution of a column's values.
    Profile { column: String },
    /// How far a column's values are spread, and how many distinct ones there are.
    Spread { column: String },
    /// How often each value of a column comes, by the month: the days of a month share a state, whose segment is the
    /// month's first day.
    Frequencies { column: String },
    /// How the values of two columns of numbers go together.
    Pair { a: String, b: String },
    /// Whether the elements of an array agree with a column each.
    Array {
        array: String,
        elements: Vec<Element>,
        /// The column that says how long the array is.
        length: Option<String>,
        /// The column of the elements' names, and what it must begin with.
        names: Option<(String, Vec<String>)>,
        nulls: OfNull,
        /// How far apart values may be that agree; an [`Edge::Float`].
        tolerance: Edge,
    },
}

/// An element of an array and the column that holds it too.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Element {
    /// Counted from 0.
    pub index: usize,
    pub column: String,
    /// A BigQuery SQL condition; rows for which it is true are not compared.
    pub except: Option<String>,
}

/// What a column that is NULL beside an array's element counts as.
#[derive(
    Debug, Clone, Copy, Default, PartialEq, Eq, Hash, serde::Deserialize, schemars::JsonSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum OfNull {
    /// There is nothing to compare.
    #[default]
    Ignore,
    /// It agrees with 0, which stands for NULL in an array.
    Zero,
    /// It differs.
    Fail,
}

/// Whether NaN is out of every range or of none.
#[derive(
    Debug, Clone, Copy, Default, PartialEq, Eq, Hash, serde::Deserialize, schemars::JsonSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum Nan {
    /// NaN violates the range.
    #[default]
    Fail,
    /// NaN is let pass, which lets footers prove the range of a FLOAT64 column.
    Ignore,
}

/// A number a value is compared with, in the unit of its column: unscaled for NUMERIC, days for
/// DATE, microseconds for TIMESTAMP.
#[derive(Debug, Clone, Copy)]
pub enum Edge {
    /// As wide as BIGNUMERIC.
    Int(i256),
    Float(f64),
}

impl PartialEq for Edge {
    fn eq(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Int(a), Self::Int(b)) => a == b,
            (Self::Float(a), Self::Float(b)) => a.to_bits() == b.to_bits(),
            _ => false,
        }
    }
}

impl Eq for Edge {}

impl std::hash::Hash for Edge {
    fn hash<H: std::hash::Hasher>(&self, state: &mut H) {
        match self {
            Self::Int(n) => n.hash(state),
            Self::Float(x) => x.to_bits().hash(state),
        }
    }
}

impl Edge {
    pub fn int(n: impl Into<i128>) -> Self {
        Self::Int(i256::from_i128(n.into()))
    }

    pub fn as_f64(self) -> f64 {
        match self {
            // The decimal text of a number is the way to its nearest FLOAT64.
            Self::Int(n) => n.to_string().parse().unwrap_or(f64::NAN),
            Self::Float(x) => x,
        }
    }

    pub fn is_above(self, other: Self) -> bool {
        match (self, other) {
            (Self::Int(a), Self::Int(b)) => a > b,
            (a, b) => a.as_f64() > b.as_f64(),
        }
    }
}

/// The classes of [`Measure::Null`].
pub mod null {
    pub const VALUE: usize = 0;
    pub const NULL: usize = 1;
}

/// The classes of [`Measure::Range`].
pub mod range {
    pub const INSIDE: usize = 0;
    pub const NULL: usize = 1;
    pub const BELOW: usize = 2;
    pub const ABOVE: usize = 3;
    pub const NAN: usize = 4;
}

/// The classes of [`Measure::Condition`].
pub mod condition {
    pub const HOLDS: usize = 0;
    pub const NULL: usize = 1;
    pub const FAILS: usize = 2;
    pub const NAMES: [&str; 3] = ["true", "NULL", "false"];
}

/// The classes of [`Measure::Array`].
pub mod array {
    pub const AGREES: usize = 0;
    pub const NULL: usize = 1;
    pub const DIFFERS: usize = 2;
    pub const LENGTH: usize = 3;
    pub const NAMES: usize = 4;
    pub const CLASSES: [&str; 5] = [
        "agrees",
        "nothing to compare",
        "differs",
        "another length",
        "other names",
    ];
}

/// The classes of [`Measure::Json`], an [`Agreement`] each, and last a JSON column that is NULL.
pub const JSON_CLASSES: [(Agreement, &str); 10] = [
    (Agreement::Equal, "equal"),
    (Agreement::BothMissing, "NULL and missing key"),
    (Agreement::BothNull, "NULL and JSON null"),
    (Agreement::Differs, "differs"),
    (Agreement::MissingKey, "missing key"),
    (Agreement::JsonNull, "JSON null"),
    (Agreement::ColumnNull, "column is NULL"),
    (Agreement::TextNumber, "number as text"),
    (Agreement::WrongType, "wrong type"),
    (Agreement::Malformed, "malformed JSON"),
];
/// The class of [`Agreement::Differs`] in [`JSON_CLASSES`].
pub const JSON_DIFFERS: usize = 3;
/// The class of a row whose JSON column is NULL while the typed one has a value.
pub const JSON_ABSENT: usize = JSON_CLASSES.len();
/// The class of a row whose JSON column and typed column are both NULL.
pub const JSON_BOTH_ABSENT: usize = JSON_CLASSES.len() + 1;

impl Measure {
    /// The names of the classes a row can fall in, the unremarkable first; empty for what does not
    /// classify rows.
    pub fn classes(&self) -> Vec<&'static str> {
        match self {
            Self::Rows
            | Self::Profile { .. }
            | Self::Spread { .. }
            | Self::Frequencies { .. }
            | Self::Pair { .. } => Vec::new(),
            Self::Array { .. } => array::CLASSES.to_vec(),
            Self::Null { .. } => vec!["value", "NULL"],
            Self::Condition { negated, .. } => {
                let mut names = condition::NAMES;
                if *negated {
                    names.reverse();
                }
                names.to_vec()
            }
            Self::Range { .. } => vec![
                "inside",
                "NULL",
                "below the minimum",
                "above the maximum",
                "NaN",
            ],
            Self::Json { .. } => JSON_CLASSES
                .iter()
                .map(|(_, name)| *name)
                .chain(["JSON column is NULL", "both columns are NULL"])
                .collect(),
        }
    }

    /// The columns it reads.
    pub fn columns(&self) -> Vec<&str> {
        match self {
            Self::Rows => Vec::new(),
            Self::Null { column }
            | Self::Range { column, .. }
            | Self::Spread { column }
            | Self::Frequencies { column }
            | Self::Profile { column } => vec![column],
            Self::Json { json, column, .. } => vec![column, json],
            Self::Pair { a, b } => vec![a, b],
            Self::Array {
                array,
                elements,
                length,
                names,
                ..
            } => {
                let columns = elements.iter().map(|e| &e.column);
                let names = names.as_ref().map(|(column, _)| column);
                let all = std::iter::once(array).chain(length).chain(names);
                all.chain(columns).map(String::as_str).collect()
            }
            Self::Condition { columns, .. } => columns.iter().map(String::as_str).collect(),
        }
    }

    /// The class of the rows whose value in the column to tell is counted.
    pub(super) fn told_class(&self) -> Option<usize> {
        match self {
            Self::Json { .. } => Some(JSON_DIFFERS),
            Self::Condition { told: Some(_), .. } => Some(condition::FAILS),
            _ => None,
        }
    }
}
