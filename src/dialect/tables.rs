//! The tables a query names.

use super::syntax::Span;
use super::syntax::ast::{Expr, From, FromKind, Path, Query, Select};
use super::syntax::walk::{Visitor, walk_expr, walk_query};

/// A table named in a query.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TableRef {
    /// `dataset.table` or `project.dataset.table`, split at the dots inside and outside of backticks; exactly as written,
    /// but `dataset.INFORMATION_SCHEMA` is one part.
    pub parts: Vec<String>,
    /// Counts from 1.
    pub line: usize,
    /// Counts from 1.
    pub column: usize,
}

/// The paths of tables `query` names, in the order of the text, each with its place. Names its `WITH` defines are no
/// tables, nor are arrays of tables before them; both are compared ignoring case.
pub(super) fn of(query: &Query) -> Vec<(Vec<String>, Span)> {
    let mut tables = Tables::default();
    walk_query(query, &mut tables);
    tables.found.sort_by_key(|(_, span)| *span);
    tables.found
}

/// [`of`] an expression, which names tables in its subqueries.
pub(super) fn of_expr(expr: &Expr) -> Vec<(Vec<String>, Span)> {
    let mut tables = Tables::default();
    walk_expr(expr, &mut tables);
    tables.found.sort_by_key(|(_, span)| *span);
    tables.found
}

/// What a dataset calls the views of itself.
pub const INFORMATION: &str = "INFORMATION_SCHEMA";

/// The column of a wildcard table that says which table a row is of.
pub const TABLE_SUFFIX: &str = "_TABLE_SUFFIX";

/// The parts of a path, split at the dots inside of backticks too. `dataset.INFORMATION_SCHEMA` is one part: the
/// dataset that its views are in.
pub(super) fn split(path: &Path) -> Vec<String> {
    let parts = path.iter().flat_map(|part| part.text.split('.'));
    let mut parts: Vec<String> = parts.map(str::to_owned).collect();
    if let [.., dataset, schema, _] = parts.as_mut_slice()
        && schema.eq_ignore_ascii_case(INFORMATION)
    {
        *dataset = format!("{dataset}.{INFORMATION}");
        let at = parts.len() - 2;
        parts.remove(at);
    }
    parts
}

#[derive(Default)]
struct Tables {
    /// Names of `WITH` around, in lower case, a list for each query.
    with: Vec<Vec<String>>,
    /// Aliases of tables so far, in lower case; more than can be seen at a place is no harm.
    aliases: Vec<(String, Span)>,
    found: Vec<(Vec<String>, Span)>,
}

impl Visitor for Tables {
    fn enter_query(&mut self, query: &Query) {
        self.with
            .push(query.with.iter().map(|cte| cte.name.lower()).collect());
    }

    fn leave_query(&mut self, _: &Query) {
        self.with.pop();
    }

    fn select(&mut self, select: &Select) {
        // Subqueries among the items come before the FROM they may take an array of.
        if let Some(from) = &select.from {
            self.note(from);
        }
    }

    fn from(&mut self, from: &From) {
        let FromKind::Path { path, .. } = &from.kind else {
            return;
        };
        let Some(first) = path.first() else {
            return;
        };
        let name = first.lower();
        let is_with = path.len() == 1 && self.with.iter().flatten().any(|known| *known == name);
        let is_array = path.len() > 1
            && self
                .aliases
                .iter()
                .any(|(alias, of)| *alias == name && *of != from.span);
        if !is_with && !is_array {
            self.found.push((split(path), from.span));
        }
    }

    fn expr(&mut self, _: &Expr) {}
}

impl Tables {
    /// Notes what the tables of a `FROM` are called.
    fn note(&mut self, from: &From) {
        let alias = match &from.kind {
            FromKind::Path { path, alias, .. } => alias.as_ref().or(path.last()).map(|a| {
                let name = a.lower();
                name.rsplit('.').next().unwrap_or(&name).to_owned()
            }),
            FromKind::Unnest { alias, .. } | FromKind::Query { alias, .. } => {
                alias.as_ref().map(super::syntax::ast::Ident::lower)
            }
            FromKind::Join(join) => {
                self.note(&join.left);
                self.note(&join.right);
                None
            }
            FromKind::Pivot(pivot) => pivot.alias.as_ref().map(super::syntax::ast::Ident::lower),
            FromKind::Unpivot(unpivot) => {
                unpivot.alias.as_ref().map(super::syntax::ast::Ident::lower)
            }
        };
        // A table may be called as its dataset is, and is no array of itself.
        self.aliases.extend(alias.map(|alias| (alias, from.span)));
    }
}

#[cfg(test)]
mod tests {
    use super::super::parse;

    #[test]
    fn a_table_called_as_its_dataset() -> Result<(), super::super::SqlError> {
        let query = parse("SELECT 1 FROM ds.ds, ds.xs")?;
        let found: Vec<_> = query
            .tables()
            .into_iter()
            .map(|t| t.parts.join("|"))
            .collect();
        assert_eq!(found, ["ds|ds"]);
        Ok(())
    }

    #[test]
    fn tables_in_every_form_with_their_places() -> Result<(), super::super::SqlError> {
        let query = parse(
            "WITH c AS (SELECT 1 AS x FROM ds.A)\nSELECT 1 FROM `my-proj.ds.B` JOIN my-proj.ds.C ON TRUE, C c2\n\
             WHERE EXISTS (SELECT 1 FROM `p`.`ds`.D, D.xs)",
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
