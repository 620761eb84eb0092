//! The names a query can use, and what each means.

use datafusion::arrow::datatypes::DataType;
use datafusion::common::Column;
use datafusion::logical_expr::Expr;

use super::Bound;
use crate::diagnostic::{near, suggestion};
use crate::dialect::syntax::ast::Ident;
use crate::dialect::syntax::{Fault, Span};

/// Columns and the names of the tables they are of.
#[derive(Debug, Clone, Default)]
pub(in crate::dialect) struct Names {
    pub(super) entries: Vec<Entry>,
    pub(super) ranges: Vec<Range>,
}

/// A name for a value of each row.
#[derive(Debug, Clone)]
pub(in crate::dialect) struct Entry {
    /// As spelled where it was made; empty if it has none.
    pub(in crate::dialect) name: String,
    pub(in crate::dialect) expr: Expr,
    pub(in crate::dialect) data_type: DataType,
    /// The table it is of.
    pub(super) range: Option<usize>,
    /// Whether `*` stands for it too.
    pub(super) star: bool,
    /// Whether its name alone means it.
    pub(super) bare: bool,
    /// What it was made of, where that is a literal.
    pub(super) literal: Option<Box<Bound>>,
}

/// The name of a table, or of each element of an array.
#[derive(Debug, Clone)]
pub(in crate::dialect) struct Range {
    pub(super) name: String,
    /// What it means itself, where its rows are values.
    pub(super) value: Option<Bound>,
}

impl Entry {
    pub(super) fn column(name: &str, id: &str, data_type: DataType) -> Self {
        Self::new(name, Expr::Column(Column::new_unqualified(id)), data_type)
    }

    pub(super) fn new(name: &str, expr: Expr, data_type: DataType) -> Self {
        Self {
            name: name.to_owned(),
            expr,
            data_type,
            range: None,
            star: true,
            bare: true,
            literal: None,
        }
    }

    pub(super) fn bound(&self) -> Bound {
        Bound::new(self.expr.clone(), self.data_type.clone())
    }
}

impl Names {
    pub(super) fn of(entries: Vec<Entry>) -> Self {
        Self {
            entries,
            ranges: Vec::new(),
        }
    }

    /// The same names under one table's name.
    pub(super) fn under(mut self, name: &str, value: Option<Bound>) -> Self {
        for entry in &mut self.entries {
            entry.range = Some(0);
        }
        self.ranges = vec![Range {
            name: name.to_owned(),
            value,
        }];
        self
    }

    /// These names, and then those of `other`, all of one `FROM`.
    pub(super) fn and(mut self, other: Self, span: Span) -> Result<Self, Fault> {
        let taken = |new: &&Range| {
            let named = |r: &Range| r.name.eq_ignore_ascii_case(&new.name);
            !new.name.is_empty() && self.ranges.iter().any(named)
        };
        if let Some(twice) = other.ranges.iter().find(taken) {
            let message = format!("two tables of this FROM are called `{}`", twice.name);
            return Err(Fault::new(span, message).help("give one of them another alias with AS"));
        }
        let ranges = self.ranges.len();
        self.ranges.extend(other.ranges);
        self.entries.extend(other.entries.into_iter().map(|mut e| {
            e.range = e.range.map(|r| r + ranges);
            e
        }));
        Ok(self)
    }

    /// What `*` stands for.
    pub(super) fn star(&self) -> impl Iterator<Item = &Entry> {
        self.entries.iter().filter(|e| e.star)
    }

    /// What the name alone means: a column, else a table's row.
    pub(super) fn bare(&self, name: &Ident) -> Result<Option<Meaning<'_>>, Fault> {
        let mut columns = self
            .entries
            .iter()
            .filter(|e| e.bare && !e.name.is_empty() && name.is(&e.name));
        let first = columns.next();
        if let Some(first) = first
            && columns.any(|other| other.expr != first.expr)
        {
            return Err(ambiguous(name));
        }
        let range = self.range(name)?;
        Ok(match (first, range) {
            (Some(column), Some(range)) => {
                let value = self.ranges.get(range).and_then(|r| r.value.as_ref());
                if value.is_some_and(|v| v.expr == column.expr) {
                    Some(Meaning::Column(column))
                } else {
                    let text = &name.text;
                    let message =
                        format!("`{text}` is both a column and the name of a table in this query");
                    return Err(Fault::new(name.span, message).help("give the table another alias"));
                }
            }
            (Some(column), None) => Some(Meaning::Column(column)),
            (None, Some(range)) => Some(Meaning::Range(range)),
            (None, None) => None,
        })
    }

    /// The table of that name.
    pub(super) fn range(&self, name: &Ident) -> Result<Option<usize>, Fault> {
        let mut found = (0usize..)
            .zip(&self.ranges)
            .filter(|(_, r)| !r.name.is_empty() && name.is(&r.name));
        let first = found.next().map(|(n, _)| n);
        if found.next().is_some() {
            return Err(ambiguous(name));
        }
        Ok(first)
    }

    /// The columns of a table.
    pub(super) fn of_range(&self, range: usize) -> impl Iterator<Item = &Entry> {
        self.entries.iter().filter(move |e| e.range == Some(range))
    }

    /// What `table.*` and a table's row hold: its columns, those that a `USING` took among them, but none that only its own
    /// name means.
    pub(super) fn shown(&self, range: usize) -> impl Iterator<Item = &Entry> {
        self.of_range(range).filter(|e| e.star || !e.bare)
    }

    /// A table's column of that name.
    pub(super) fn in_range(&self, range: usize, name: &Ident) -> Result<Option<&Entry>, Fault> {
        let mut found = self
            .of_range(range)
            .filter(|e| !e.name.is_empty() && name.is(&e.name));
        let first = found.next();
        if first.is_some() && found.next().is_some() {
            return Err(ambiguous(name));
        }
        Ok(first)
    }

    /// The nearest of the names to one that is none.
    pub(super) fn nearest(&self, name: &str) -> Option<String> {
        let columns = self.entries.iter().map(|e| e.name.as_str());
        let tables = self.ranges.iter().map(|r| r.name.as_str());
        let known = columns.chain(tables).filter(|n| !n.is_empty());
        suggestion(&near(name, known))
    }
}

/// What a name alone means.
pub(super) enum Meaning<'a> {
    Column(&'a Entry),
    Range(usize),
}

fn ambiguous(name: &Ident) -> Fault {
    let message = format!("`{}` is ambiguous: more than one table has it", name.text);
    Fault::new(name.span, message).help("write the table's name before it")
}
