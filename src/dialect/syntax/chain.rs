//! Chains of `AND` and of `OR`, however long.

use super::ast::{BinaryOp, Expr, ExprKind};
use super::expr::new;
use super::parser::MOST_CONDITIONS;
use super::{Fault, Parsed, Parser};

impl Parser<'_> {
    /// `a AND b AND ..` as a tree that is as flat as can be: where the brackets are does not matter.
    pub(super) fn chain(
        &mut self,
        op: BinaryOp,
        binds: u8,
        first: Expr,
        before: usize,
    ) -> Parsed<Expr> {
        let mut parts = vec![first];
        while self.binary_operator() == Some((op, binds)) {
            let span = self.here();
            self.count_operator(span)?;
            if parts.len() == MOST_CONDITIONS {
                let message = format!("more than {MOST_CONDITIONS} conditions in a row");
                return Err(Fault::new(span, message).help("use IN (...) or a table to join with"));
            }
            self.advance();
            parts.push(self.beside(before, |p| p.at_least(binds + 1))?);
        }
        while parts.len() > 1 {
            let mut pairs = Vec::with_capacity(parts.len().div_ceil(2));
            let mut rest = parts.into_iter();
            while let Some(left) = rest.next() {
                pairs.push(match rest.next() {
                    Some(right) => {
                        let whole = left.span.to(right.span);
                        new(ExprKind::Binary(op, Box::new(left), Box::new(right)), whole)
                    }
                    None => left,
                });
            }
            parts = pairs;
        }
        // One level each time their number doubles, which no text makes many.
        parts.pop().ok_or_else(|| self.unexpected("an expression"))
    }
}
