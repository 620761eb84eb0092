//! Constructs whose answer may depend on the order rows arrive in.

use std::ops::ControlFlow;

use datafusion::sql::sqlparser::ast::{
    Expr, Function, FunctionArgumentClause, FunctionArguments, Ident, LimitClause,
    NamedWindowDefinition, NamedWindowExpr, Query, Select, Spanned, Visitor, WindowFrame,
    WindowFrameBound, WindowFrameUnits, WindowSpec, WindowType,
};

use super::error::position;
use super::walk::walk;

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

/// Window functions that look for the end of their frame.
const AT_THE_END: [&str; 2] = ["last_value", "nth_value"];

/// The first such construct in `query`.
///
/// Ties in an `ORDER BY` are none: they are broken by the whole row (see [`super::ties`]), but for a frame that
/// ends among rows that tie.
pub(super) fn dependent(query: &Query) -> Option<OrderDependent> {
    let mut order = Order::default();
    let _ = walk(query, &mut order);
    order.found.into_iter().min_by_key(|o| (o.line, o.column))
}

#[derive(Default)]
struct Order {
    found: Vec<OrderDependent>,
    /// The windows that `WINDOW` clauses name, the innermost last.
    named: Vec<(String, WindowType)>,
}

impl Order {
    fn add(&mut self, what: String, place: &impl Spanned) {
        let (line, column) = position(place.span().start);
        self.found.push(OrderDependent { what, line, column });
    }

    /// The whole of a window: what its own text says, and what the window it builds on does.
    fn whole(&self, window: &WindowType) -> WindowSpec {
        let (base, mut own) = match window {
            WindowType::NamedWindow(name) => (Some(name), None),
            WindowType::WindowSpec(spec) => (spec.window_name.as_ref(), Some(spec.clone())),
        };
        let is = |name: &Ident, known: &str| name.value.eq_ignore_ascii_case(known);
        let base = base.and_then(|name| {
            let at = self.named.iter().rposition(|(known, _)| is(name, known))?;
            // A window builds on those before it.
            let before = Self {
                found: Vec::new(),
                named: self.named.get(..at)?.to_vec(),
            };
            Some(before.whole(&self.named.get(at)?.1))
        });
        if let (Some(own), Some(base)) = (&mut own, &base) {
            own.order_by.extend(base.order_by.iter().cloned());
        }
        own.or(base).unwrap_or_else(|| WindowSpec {
            window_name: None,
            partition_by: Vec::new(),
            order_by: Vec::new(),
            window_frame: None,
        })
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

    fn pre_visit_select(&mut self, select: &Select) -> ControlFlow<()> {
        for NamedWindowDefinition(name, window) in &select.named_window {
            let window = match window {
                NamedWindowExpr::NamedWindow(name) => WindowType::NamedWindow(name.clone()),
                NamedWindowExpr::WindowSpec(spec) => WindowType::WindowSpec(spec.clone()),
            };
            self.named.push((name.value.clone(), window));
        }
        ControlFlow::Continue(())
    }

    fn pre_visit_expr(&mut self, expr: &Expr) -> ControlFlow<()> {
        if let Expr::Function(function) = expr {
            let name = function.name.to_string().to_ascii_lowercase();
            // Some are called otherwise by now.
            let name = name.trim_start_matches('$');
            let upper = name.to_ascii_uppercase();
            if ALWAYS.contains(&name) {
                self.add(upper, &function.name);
            } else if COLLECTING.contains(&name) && !has_order(function) {
                self.add(format!("{upper} without ORDER BY"), &function.name);
            } else if let Some(window) = &function.over {
                let window = self.whole(window);
                let frame = window.window_frame.as_ref();
                if window.order_by.is_empty() {
                    if NUMBERING.contains(&name) || frame.is_some_and(cuts_rows) {
                        self.add(format!("{upper} without ORDER BY"), &function.name);
                    }
                } else if frame.is_none_or(cuts_range) && AT_THE_END.contains(&name) {
                    let what = "over a frame that ends with rows of equal ORDER BY";
                    self.add(format!("{upper} {what}"), &function.name);
                }
            }
        }
        ControlFlow::Continue(())
    }
}

/// Whether a frame of rows leaves some of the partition out.
fn cuts_rows(frame: &WindowFrame) -> bool {
    frame.units == WindowFrameUnits::Rows && !is_whole(frame)
}

/// Whether a frame that takes rows of equal `ORDER BY` together leaves some of the partition out.
fn cuts_range(frame: &WindowFrame) -> bool {
    frame.units != WindowFrameUnits::Rows && !is_whole(frame)
}

fn is_whole(frame: &WindowFrame) -> bool {
    use WindowFrameBound::{Following, Preceding};
    matches!(frame.start_bound, Preceding(None)) && matches!(frame.end_bound, Some(Following(None)))
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
        assert_eq!(
            what("SELECT ROW_NUMBER() OVER (ORDER BY x) FROM ds.t")?,
            None
        );
        assert_eq!(
            what("SELECT SUM(x) OVER (ROWS 2 PRECEDING) FROM ds.t")?,
            Some(("SUM without ORDER BY".to_owned(), 1, 8))
        );
        let last = "LAST_VALUE over a frame that ends with rows of equal ORDER BY";
        assert_eq!(
            what("SELECT LAST_VALUE(x) OVER (ORDER BY y) FROM ds.t")?,
            Some((last.to_owned(), 1, 8))
        );
        assert_eq!(
            what("SELECT LAG(x) OVER (w ROWS 1 PRECEDING) FROM ds.t WINDOW w AS (PARTITION BY y)")?,
            Some(("LAG without ORDER BY".to_owned(), 1, 8))
        );
        assert_eq!(
            what("SELECT LAG(x) OVER w FROM ds.t WINDOW v AS (ORDER BY y), w AS (v)")?,
            None
        );
        let rows = "ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING";
        let sql = format!("SELECT LAST_VALUE(x) OVER (ORDER BY y {rows}) FROM ds.t");
        assert_eq!(what(&sql)?, None);
        Ok(())
    }
}
