//! One condition on one column: which codes it holds of, what it costs to name and how it is written.

use super::Part;
use super::column::{Class, Column, LEAST, NAN, NULL};
use super::odds::log2_choose;

/// Values a list has at most.
pub(super) const LISTED: usize = 50;
/// Values a list of exceptions has at most.
pub(super) const EXCEPTED: usize = 3;
/// Bits that tell the shape of a condition, one of nine.
const SHAPE_BITS: f64 = 3.2;
/// So long a list is read as soon as a range.
pub(super) const SHORT_LIST: usize = 3;
/// What is no list has no more.
pub(super) const NO_LIST: usize = 1;

/// What is asked of a code. Codes in a list ascend.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Test {
    Null,
    NotNull,
    Nan,
    Equal(u32),
    AtLeast(u32),
    AtMost(u32),
    Between(u32, u32),
    In(Vec<u32>),
    NotIn(Vec<u32>),
}

#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Atom {
    /// The position among the columns.
    pub(super) column: usize,
    pub(super) test: Test,
}

impl Test {
    pub(super) fn holds(&self, code: u32) -> bool {
        match self {
            Self::Null => code == NULL,
            Self::NotNull => code != NULL,
            Self::Nan => code == NAN,
            Self::Equal(value) => code == *value,
            Self::AtLeast(from) => code >= *from,
            Self::AtMost(to) => code >= LEAST && code <= *to,
            Self::Between(from, to) => code >= *from && code <= *to,
            Self::In(values) => values.binary_search(&code).is_ok(),
            Self::NotIn(values) => code >= LEAST && values.binary_search(&code).is_err(),
        }
    }

    /// The bits that name it among all that could be asked of `columns` columns of so many values.
    pub(super) fn cost(&self, columns: usize, distinct: u32) -> f64 {
        let n = f64::from(distinct.max(1));
        // A list's length takes bits that grow with it, so that those of all lengths add up.
        let list =
            |k: usize| log2_choose(distinct, k as u32) + 2.0 * ((k + 1) as f64).log2().ceil();
        let values = match self {
            Self::Null | Self::NotNull | Self::Nan => 0.0,
            Self::Equal(_) | Self::AtLeast(_) | Self::AtMost(_) => n.log2(),
            Self::Between(..) => (n * (n + 1.0) / 2.0).log2(),
            Self::In(values) | Self::NotIn(values) => list(values.len()),
        };
        (columns.max(1) as f64).log2() + SHAPE_BITS + values
    }

    /// The length of a list; of what is none, one.
    pub(super) fn listed(&self) -> usize {
        match self {
            Self::In(values) | Self::NotIn(values) => values.len(),
            _ => NO_LIST,
        }
    }

    /// The words it takes, about.
    pub(super) fn words(&self) -> usize {
        match self {
            Self::Null | Self::NotNull | Self::Nan => 1,
            Self::Between(..) => 3,
            other => 1 + other.listed(),
        }
    }

    /// What reads more simply comes first.
    pub(super) fn rank(&self) -> u32 {
        match self {
            Self::Null | Self::NotNull | Self::Nan | Self::Equal(_) => 0,
            Self::AtLeast(_) | Self::AtMost(_) => 1,
            Self::Between(..) => 2,
            Self::In(values) if values.len() <= SHORT_LIST => 3,
            Self::NotIn(values) if values.len() == 1 => 4,
            Self::In(values) if values.len() <= 3 * SHORT_LIST => 5,
            Self::NotIn(_) => 6,
            Self::In(_) => 7,
        }
    }
}

impl Atom {
    pub(super) fn class(&self, columns: &[Column]) -> Class {
        columns
            .get(self.column)
            .map_or(Class::Unique, |column| column.class)
    }

    pub(super) fn cost(&self, columns: &[Column]) -> f64 {
        let distinct = columns.get(self.column).map_or(1, Column::distinct);
        self.test.cost(columns.len(), distinct)
    }

    /// Those of `rows` it holds of.
    pub(super) fn filter(&self, columns: &[Column], rows: &[u32]) -> Vec<u32> {
        let Some(column) = columns.get(self.column) else {
            return Vec::new();
        };
        let holds: Vec<bool> = (0..=column.greatest())
            .map(|code| self.test.holds(code))
            .collect();
        let holds_of = |row: &&u32| holds[column.codes[**row as usize] as usize];
        rows.iter().filter(holds_of).copied().collect()
    }

    pub(super) fn part(&self, columns: &[Column]) -> Option<Part> {
        let column = columns.get(self.column)?;
        let subject = column.subject();
        let listed = |codes: &[u32]| codes.iter().map(|code| column.literal(*code)).collect();
        let (condition, values): (String, Vec<String>) = match &self.test {
            Test::Null => (format!("{} IS NULL", column.name), Vec::new()),
            Test::NotNull => (format!("{} IS NOT NULL", column.name), Vec::new()),
            Test::Nan => (format!("IS_NAN({})", column.name), Vec::new()),
            Test::Equal(code) => {
                let value = column.literal(*code);
                (format!("{subject} = {value}"), vec![value])
            }
            Test::AtLeast(code) => {
                let value = column.lower(*code);
                (format!("{subject} >= {value}"), vec![value])
            }
            Test::AtMost(code) => {
                let value = column.upper(*code);
                (format!("{subject} <= {value}"), vec![value])
            }
            // One value of a column that is asked for ranges only.
            Test::Between(from, to) if from == to => {
                let value = column.literal(*from);
                (format!("{subject} = {value}"), vec![value])
            }
            Test::Between(from, to) => {
                let (from, to) = (column.lower(*from), column.upper(*to));
                (format!("{subject} BETWEEN {from} AND {to}"), vec![from, to])
            }
            Test::In(codes) => {
                let values: Vec<String> = listed(codes);
                (format!("{subject} IN ({})", values.join(", ")), values)
            }
            Test::NotIn(codes) => {
                let values: Vec<String> = listed(codes);
                let condition = match values.as_slice() {
                    [one] => format!("{subject} != {one}"),
                    many => format!("{subject} NOT IN ({})", many.join(", ")),
                };
                (condition, values)
            }
        };
        Some(Part {
            attribute: column.attribute,
            condition,
            values,
        })
    }
}
