//! Constructs whose answer may depend on the order rows arrive in.

use std::ops::ControlFlow;

use datafusion::sql::sqlparser::ast::{
    Expr, Function, FunctionArgumentClause, FunctionArguments, LimitClause, Query, Spanned, Visit,
    Visitor, WindowType,
};

use super::error::position;

/// A construct whose answer may depend on the order rows arrive in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OrderDependent {
    /// In plain words: `STRING_AGG without ORDER BY`.
    pub what: String,
    /// Counts from 1.
    pub line: usize,
    /// Counts from 1.
    pub column: usize,
}

/// Functions that answer differently each time, or for each order of the rows, whatever stands around them.
const ALWAYS: [&str; 4] = ["any_value", "rand", "generate_uuid", "session_user"];
/// Aggregates that collect values in the order of their own `ORDER BY`.
const COLLECTING: [&str; 2] = ["array_agg", "string_agg"];
/// Window functions that mean something only in the order of their window.
const NUMBERING: [&str; 7] = [
    "row_number",
    "ntile",
    "lag",
    "lead",
    "first_value",
    "last_value",
    "nth_value",
];

/// The first such construct in `query`. Ties in an `ORDER BY` can't be seen in the text and are not looked for.
pub(super) fn dependent(query: &Query) -> Option<OrderDependent> {
    let mut order = Order(Vec::new());
    let _ = query.visit(&mut order);
    order.0.into_iter().min_by_key(|o| (o.line, o.column))
}

struct Order(Vec<OrderDependent>);

impl Order {
    fn add(&mut self, what: String, place: &impl Spanned) {
        let (line, column) = position(place.span().start);
        self.0.push(OrderDependent { what, line, column });
    }
}

impl Visitor for Order {
    type Break = ();

    fn pre_visit_query(&mut self, query: &Query) -> ControlFlow<()> {
        if let Some(clause) = &query.limit_clause
            && query.order_by.is_none()
        {
            let what = "LIMIT without ORDER BY".to_owned();
            match clause {
                LimitClause::LimitOffset {
                    limit: Some(limit), ..
                }
                | LimitClause::OffsetCommaLimit { limit, .. } => self.add(what, limit),
                LimitClause::LimitOffset { .. } => self.add(what, query),
            }
        }
        ControlFlow::Continue(())
    }

    fn pre_visit_expr(&mut self, expr: &Expr) -> ControlFlow<()> {
        if let Expr::Function(function) = expr {
            let name = function.name.to_string().to_ascii_lowercase();
            let name = name.as_str();
            let upper = name.to_ascii_uppercase();
            if ALWAYS.contains(&name) {
                self.add(upper, &function.name);
            } else if COLLECTING.contains(&name) && !has_order(function) {
                self.add(format!("{upper} without ORDER BY"), &function.name);
            } else if NUMBERING.contains(&name)
                && let Some(WindowType::WindowSpec(window)) = &function.over
                && window.order_by.is_empty()
                && window.window_name.is_none()
            {
                self.add(format!("{upper} without ORDER BY"), &function.name);
            }
        }
        ControlFlow::Continue(())
    }
}

fn has_order(function: &Function) -> bool {
    match &function.args {
        FunctionArguments::List(list) => list
            .clauses
            .iter()
            .any(|c| matches!(c, FunctionArgumentClause::OrderBy(_))),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::super::{SqlError, parse};

    #[test]
    fn names_the_first_construct() -> Result<(), SqlError> {
        let what = |sql: &str| -> Result<Option<(String, usize, usize)>, SqlError> {
            Ok(parse(sql)?
                .order_dependent()
                .map(|o| (o.what, o.line, o.column)))
        };
        assert_eq!(
            what("SELECT x FROM ds.t\nLIMIT 3")?,
            Some(("LIMIT without ORDER BY".to_owned(), 2, 7))
        );
        assert_eq!(what("SELECT x FROM ds.t ORDER BY x LIMIT 3")?, None);
        assert_eq!(
            what("SELECT string_agg(x) FROM ds.t")?,
            Some(("STRING_AGG without ORDER BY".to_owned(), 1, 8))
        );
        assert_eq!(
            what("SELECT STRING_AGG(x, ',' ORDER BY x) FROM ds.t")?,
            None
        );
        assert_eq!(
            what("SELECT ROW_NUMBER() OVER (PARTITION BY x) FROM ds.t")?,
            Some(("ROW_NUMBER without ORDER BY".to_owned(), 1, 8))
        );
        Ok(())
    }
}
