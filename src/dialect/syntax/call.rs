//! Calls, with all that may stand between their brackets and after them.

use super::ast::{Bound, Call, Expr, ExprKind, Frame, Ident, OrderItem, Path, Window, WindowSpec};
use super::{Fault, Parsed, Parser};

impl Parser<'_> {
    /// A call of what was read as `value.field`.
    pub(super) fn qualified_call(&mut self, value: Expr, field: Ident) -> Parsed<Expr> {
        let mut path = Vec::new();
        if !flatten(value.kind, &mut path) {
            return Err(Fault::unsupported(
                value.span,
                "a call of an expression's function",
            ));
        }
        path.push(field);
        self.call(path)
    }

    /// The brackets of a call of `name`, and what follows them.
    pub(super) fn call(&mut self, name: Path) -> Parsed<Expr> {
        self.deeper(|p| p.call_here(name))
    }

    fn call_here(&mut self, name: Path) -> Parsed<Expr> {
        let start = name.first().map_or_else(|| self.here(), |n| n.span);
        self.expect_sign("(")?;
        let mut call = Call {
            name,
            args: Vec::new(),
            star: false,
            distinct: false,
            ignore_nulls: None,
            having: None,
            filter: None,
            order: Vec::new(),
            limit: None,
            over: None,
        };
        if self.sign("*") {
            call.star = true;
        } else {
            call.distinct = self.word("DISTINCT");
            if !self.ends_arguments() {
                call.args = self.list(Self::argument)?;
            }
        }
        self.clauses(&mut call)?;
        let mut end = self.expect_sign(")")?;
        if self.word("OVER") {
            call.over = Some(self.window()?);
            end = self.last();
        }
        Ok(Expr {
            kind: ExprKind::Call(Box::new(call)),
            span: start.to(end),
        })
    }

    fn ends_arguments(&self) -> bool {
        self.is_sign(")")
            || ["WHERE", "ORDER", "LIMIT", "HAVING"]
                .iter()
                .any(|w| self.is_word(w))
    }

    fn argument(&mut self) -> Parsed<Expr> {
        if self.is_name() && self.is_sign_ahead(1, "=>") {
            let name = self.name()?;
            self.advance();
            let value = self.lambda_or_expr()?;
            let span = name.span.to(value.span);
            return Ok(Expr {
                kind: ExprKind::Named(name, Box::new(value)),
                span,
            });
        }
        self.lambda_or_expr()
    }

    fn lambda_or_expr(&mut self) -> Parsed<Expr> {
        // (a, b) -> ..
        if self.is_sign("(") {
            let mark = self.mark();
            if let Ok(names) = self.names_in_brackets()
                && self.is_sign("->")
            {
                return self.lambda(names);
            }
            self.back(mark);
        }
        if self.begins_query() {
            let query = self.query()?;
            let span = query.span;
            return Ok(Expr {
                kind: ExprKind::Subquery(Box::new(query)),
                span,
            });
        }
        self.expr()
    }

    fn clauses(&mut self, call: &mut Call) -> Parsed<()> {
        if self.word("WHERE") {
            call.filter = Some(self.expr()?);
        }
        if self.words(&["IGNORE", "NULLS"]) {
            call.ignore_nulls = Some(true);
        } else if self.words(&["RESPECT", "NULLS"]) {
            call.ignore_nulls = Some(false);
        }
        if self.is_word("GROUP") {
            return Err(Fault::unsupported(
                self.here(),
                "GROUP BY inside an aggregate",
            ));
        }
        if self.word("HAVING") {
            let max = self.word("MAX");
            if !max {
                self.expect_word("MIN")?;
            }
            call.having = Some((max, self.expr()?));
        }
        if self.words(&["ORDER", "BY"]) {
            call.order = self.order_items()?;
        }
        if self.word("LIMIT") {
            call.limit = Some(self.expr()?);
        }
        Ok(())
    }

    /// `a DESC NULLS LAST, b`.
    pub(super) fn order_items(&mut self) -> Parsed<Vec<OrderItem>> {
        self.list(Self::order_item)
    }

    pub(super) fn order_item(&mut self) -> Parsed<OrderItem> {
        let expr = self.expr()?;
        let (descending, nulls_first) = self.direction()?;
        Ok(OrderItem {
            expr,
            descending,
            nulls_first,
        })
    }

    /// Whether the order is said to be descending, and where NULL goes.
    pub(super) fn direction(&mut self) -> Parsed<(bool, Option<bool>)> {
        if self.is_word("COLLATE") {
            return Err(Fault::unsupported(self.here(), "COLLATE"));
        }
        let descending = self.word("DESC");
        if !descending {
            self.word("ASC");
        }
        let nulls_first = if self.words(&["NULLS", "FIRST"]) {
            Some(true)
        } else if self.words(&["NULLS", "LAST"]) {
            Some(false)
        } else {
            None
        };
        Ok((descending, nulls_first))
    }

    /// What stands after `OVER`, or after the `AS` of a `WINDOW`.
    pub(super) fn window(&mut self) -> Parsed<Window> {
        if !self.is_sign("(") {
            return self.name().map(Window::Named);
        }
        self.advance();
        let mut spec = WindowSpec::default();
        if self.is_name() {
            spec.base = Some(self.name()?);
        }
        if self.words(&["PARTITION", "BY"]) {
            spec.partition = self.list(Self::expr)?;
        }
        if self.words(&["ORDER", "BY"]) {
            spec.order = self.order_items()?;
        }
        if self.is_word("ROWS") || self.is_word("RANGE") {
            spec.frame = Some(self.frame()?);
        }
        self.expect_sign(")")?;
        Ok(Window::Spec(Box::new(spec)))
    }

    fn frame(&mut self) -> Parsed<Frame> {
        let start = self.here();
        let rows = self.word("ROWS");
        if !rows {
            self.expect_word("RANGE")?;
        }
        let (from, to) = if self.word("BETWEEN") {
            let from = self.bound()?;
            self.expect_word("AND")?;
            (from, self.bound()?)
        } else {
            (self.bound()?, Bound::CurrentRow)
        };
        Ok(Frame {
            rows,
            start: from,
            end: to,
            span: start.to(self.last()),
        })
    }

    fn bound(&mut self) -> Parsed<Bound> {
        if self.words(&["UNBOUNDED", "PRECEDING"]) {
            return Ok(Bound::UnboundedPreceding);
        }
        if self.words(&["UNBOUNDED", "FOLLOWING"]) {
            return Ok(Bound::UnboundedFollowing);
        }
        if self.words(&["CURRENT", "ROW"]) {
            return Ok(Bound::CurrentRow);
        }
        let by = self.expr()?;
        if self.word("PRECEDING") {
            return Ok(Bound::Preceding(by));
        }
        self.expect_word("FOLLOWING")?;
        Ok(Bound::Following(by))
    }
}

/// The names of `a.b.c`, if that is what it is.
fn flatten(kind: ExprKind, path: &mut Path) -> bool {
    match kind {
        ExprKind::Name(name) => {
            path.push(name);
            true
        }
        ExprKind::Dot(value, field) => {
            let done = flatten(value.kind, path);
            path.push(field);
            done
        }
        _ => false,
    }
}
