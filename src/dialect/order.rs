//! Constructs whose answer may depend on the order rows arrive in.

use super::error::place;
use super::syntax::Span;
use super::syntax::ast::{self, Bound, Call, ExprKind, Frame, Query, Select, Window, WindowSpec};
use super::syntax::walk::{Visitor, walk_query};

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
const ALWAYS: [&str; 3] = ["rand", "generate_uuid", "session_user"];
/// Aggregates that collect values in the order of their own `ORDER BY`.
const COLLECTING: [&str; 3] = ["array_agg", "array_concat_agg", "string_agg"];
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

/// The first such construct in `query`, whose text is `text`.
///
/// Ties in an `ORDER BY` are none: they are broken by the whole row (see [`super::ties`]), but for a frame that
/// ends among rows that tie.
pub(super) fn dependent(query: &Query, text: &str) -> Option<OrderDependent> {
    let mut order = Order::default();
    walk_query(query, &mut order);
    let (what, span) = order.found.into_iter().min_by_key(|(_, span)| *span)?;
    let (line, column) = place(text, span.start);
    Some(OrderDependent { what, line, column })
}

#[derive(Default)]
struct Order {
    found: Vec<(String, Span)>,
    /// The windows that `WINDOW` clauses name, the innermost last.
    named: Vec<(String, Window)>,
}

impl Order {
    fn add(&mut self, what: String, span: Span) {
        self.found.push((what, span));
    }

    /// The whole of a window: what its own text says, and what the window it builds on does.
    fn whole(&self, window: &Window) -> WindowSpec {
        let (base, mut own) = match window {
            Window::Named(name) => (Some(name), None),
            Window::Spec(spec) => (spec.base.as_ref(), Some(spec.as_ref().clone())),
        };
        let base = base.and_then(|name| {
            let at = self
                .named
                .iter()
                .rposition(|(known, _)| *known == name.lower())?;
            // A window builds on those before it.
            let before = Self {
                found: Vec::new(),
                named: self.named.get(..at)?.to_vec(),
            };
            Some(before.whole(&self.named.get(at)?.1))
        });
        if let (Some(own), Some(base)) = (&mut own, &base) {
            own.order.extend(base.order.iter().cloned());
        }
        own.or(base).unwrap_or_default()
    }

    fn call(&mut self, call: &Call, span: Span) {
        let name = call.name.last().map(ast::Ident::lower).unwrap_or_default();
        let name = name.as_str();
        let upper = name.to_ascii_uppercase();
        if ALWAYS.contains(&name) || name == "any_value" && call.having.is_none() {
            self.add(upper, span);
        } else if let Some(window) = &call.over {
            let window = self.whole(window);
            let frame = window.frame.as_ref();
            if window.order.is_empty() {
                let collects = COLLECTING.contains(&name);
                if NUMBERING.contains(&name) || collects || frame.is_some_and(cuts_rows) {
                    self.add(format!("{upper} without ORDER BY"), span);
                }
            } else if frame.is_none_or(cuts_range) && AT_THE_END.contains(&name) {
                let what = "over a frame that ends with rows of equal ORDER BY";
                self.add(format!("{upper} {what}"), span);
            }
        } else if COLLECTING.contains(&name) && call.order.is_empty() {
            self.add(format!("{upper} without ORDER BY"), span);
        }
    }
}

impl Visitor for Order {
    fn enter_query(&mut self, query: &Query) {
        if let Some(limit) = &query.limit
            && query.order.is_empty()
        {
            self.add("LIMIT without ORDER BY".to_owned(), limit.count.span);
        }
    }

    fn select(&mut self, select: &Select) {
        for (name, window) in &select.windows {
            self.named.push((name.lower(), window.clone()));
        }
    }

    fn expr(&mut self, expr: &ast::Expr) {
        if let ExprKind::Call(call) = &expr.kind {
            self.call(call, expr.span);
        }
    }
}

/// Whether a frame of rows leaves some of the partition out.
fn cuts_rows(frame: &Frame) -> bool {
    frame.rows && !is_whole(frame)
}

/// Whether a frame that takes rows of equal `ORDER BY` together leaves some of the partition out.
fn cuts_range(frame: &Frame) -> bool {
    !frame.rows && !is_whole(frame)
}

fn is_whole(frame: &Frame) -> bool {
    frame.start == Bound::UnboundedPreceding && frame.end == Bound::UnboundedFollowing
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
