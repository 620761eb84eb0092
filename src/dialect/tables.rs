//! The tables a query names.

use std::ops::ControlFlow;

use datafusion::sql::sqlparser::ast::{ObjectName, Query, Spanned, TableFactor, Visitor};

use super::error::position;
use super::walk::walk;

/// A table named in a query.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TableRef {
    /// `dataset.table` or `project.dataset.table`, split at the dots inside and outside of backticks; exactly as written.
    pub parts: Vec<String>,
    /// Counts from 1.
    pub line: usize,
    /// Counts from 1.
    pub column: usize,
}

/// The tables `query` names, in the order of the text. Names its `WITH` defines are not tables; they are compared
/// ignoring ASCII case.
pub(super) fn of(query: &Query) -> Vec<TableRef> {
    let mut tables = Tables::default();
    let _ = walk(query, &mut tables);
    tables.found.sort_by_key(|t| (t.line, t.column));
    tables.found
}

/// The parts of a table's name.
pub(super) fn parts(name: &ObjectName) -> Vec<String> {
    name.0
        .iter()
        .filter_map(|part| part.as_ident())
        .map(|ident| ident.value.clone())
        .collect()
}

/// The names the `WITH` clauses around a place define, in lower case.
#[derive(Debug, Default)]
pub(super) struct Scopes(Vec<Vec<String>>);

impl Scopes {
    pub(super) fn enter(&mut self, query: &Query) {
        let names = query.with.iter().flat_map(|with| &with.cte_tables);
        self.0.push(
            names
                .map(|cte| cte.alias.name.value.to_ascii_lowercase())
                .collect(),
        );
    }

    pub(super) fn leave(&mut self) {
        self.0.pop();
    }

    /// Whether `name` is one of them.
    pub(super) fn defines(&self, name: &ObjectName) -> bool {
        let [part] = name.0.as_slice() else {
            return false;
        };
        let wanted = part.as_ident().map(|i| i.value.to_ascii_lowercase());
        wanted.is_some_and(|wanted| self.0.iter().flatten().any(|cte| *cte == wanted))
    }
}

#[derive(Default)]
struct Tables {
    scopes: Scopes,
    found: Vec<TableRef>,
}

impl Visitor for Tables {
    type Break = ();

    fn pre_visit_query(&mut self, query: &Query) -> ControlFlow<()> {
        self.scopes.enter(query);
        ControlFlow::Continue(())
    }

    fn post_visit_query(&mut self, _: &Query) -> ControlFlow<()> {
        self.scopes.leave();
        ControlFlow::Continue(())
    }

    fn pre_visit_table_factor(&mut self, factor: &TableFactor) -> ControlFlow<()> {
        if let TableFactor::Table { name, .. } = factor
            && !self.scopes.defines(name)
        {
            let (line, column) = position(name.span().start);
            self.found.push(TableRef {
                parts: parts(name),
                line,
                column,
            });
        }
        ControlFlow::Continue(())
    }
}

#[cfg(test)]
mod tests {
    use super::super::parse;

    #[test]
    fn tables_in_every_form_with_their_places() -> Result<(), super::super::SqlError> {
        let query = parse(
            "WITH c AS (SELECT 1 AS x FROM ds.A)\nSELECT 1 FROM `my-proj.ds.B` JOIN my-proj.ds.C ON TRUE, C c2\n\
             WHERE EXISTS (SELECT 1 FROM `p`.`ds`.D)",
        )?;
        let found: Vec<_> = query
            .tables()
            .into_iter()
            .map(|t| (t.parts.join("|"), t.line, t.column))
            .collect();
        assert_eq!(
            found,
            [
                ("ds|A".to_owned(), 1, 31),
                ("my-proj|ds|B".to_owned(), 2, 15),
                ("my-proj|ds|C".to_owned(), 2, 35),
                ("p|ds|D".to_owned(), 3, 29),
            ]
        );
        Ok(())
    }
}
