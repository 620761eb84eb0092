//! `WITH RECURSIVE t AS (..) WITH DEPTH AS depth BETWEEN 0 AND 3`: so many repetitions and no more.
//!
//! How often is known, so each repetition is a query of its own over the one before it, and says its number.

use datafusion::arrow::datatypes::DataType;
use datafusion::common::ScalarValue;
use datafusion::logical_expr::{Expr, LogicalPlanBuilder, lit};

use super::names::{Entry, Names};
use super::{Bind, Binder, Block, Relation, failed, project};
use crate::dialect::aggregate;
use crate::dialect::syntax::ast::{self, Body, Cte, Depth, ExprKind, Query, SetOp, SetOperation};
use crate::dialect::syntax::walk::{Visitor, walk_query};
use crate::dialect::syntax::{Fault, Span};

/// The most repetitions: a plan grows with the square of their number.
const MOST: u64 = 16;
/// The same, where each is joined to the one before it as well.
const MOST_JOINED: u64 = 6;

impl Binder<'_> {
    pub(super) fn within_depth(
        &mut self,
        first: Relation,
        cte: &Cte,
        set: &SetOperation,
        depth: &Depth,
    ) -> Bind<Relation> {
        let span = depth.span;
        if !set.all {
            return Err(Fault::unsupported(span, "WITH DEPTH of a UNION DISTINCT"));
        }
        let low = match &depth.low {
            Some(low) => self.bound(low)?,
            None => 0,
        };
        let Some(high) = &depth.high else {
            return Err(Fault::unsupported(
                span,
                "WITH DEPTH without a greatest depth",
            ));
        };
        let (place, high) = (high.span, self.bound(high)?);
        if high < low {
            return Err(Fault::new(place, "the greatest depth is below the least"));
        }
        let name = depth.alias.as_ref().map_or("depth", |a| a.text.as_str());
        if first
            .names
            .star()
            .any(|e| e.name.eq_ignore_ascii_case(name))
        {
            return Err(Fault::new(
                span,
                format!("there is a column `{name}` already"),
            ));
        }
        let Some(next) = set.parts.last() else {
            return Err(Fault::new(span, "a UNION of nothing"));
        };
        let joined = aggregates(next);
        let most = if joined { MOST_JOINED } else { MOST };
        if high > most {
            return Err(Fault::unsupported(
                place,
                "WITH DEPTH of so many repetitions",
            ));
        }
        let mut level = first;
        let mut all = Vec::new();
        for n in 0..=high {
            if n > 0 {
                level = self.repetition(level, cte, next, set.span, joined)?;
            }
            if n < low {
                continue;
            }
            let mut told = self.refreshed(&level, span)?;
            let number = ScalarValue::Int64(i64::try_from(n).ok());
            let entry = Entry::new(name, lit(number), DataType::Int64);
            told.names.entries.push(entry);
            all.push(self.refreshed(&told, span)?);
        }
        match all.len() {
            1 => all
                .pop()
                .ok_or_else(|| Fault::new(span, "no depth is asked for")),
            _ => self.set_of(SetOp::Union, true, all, span),
        }
    }

    /// The rows that follow from those of the repetition before; none follow from none.
    fn repetition(
        &mut self,
        before: Relation,
        cte: &Cte,
        next: &Body,
        span: Span,
        joined: bool,
    ) -> Bind<Relation> {
        let itself = Relation {
            names: before.names.clone(),
            plan: before.plan.clone(),
            is_value: false,
            row: None,
            order: Vec::new(),
            position: None,
        };
        let wanted: Vec<Entry> = before.names.star().cloned().collect();
        let (next, given) = self.next_part(cte, itself, next, wanted.len(), span)?;
        let (mut columns, mut entries) = (Vec::new(), Vec::new());
        for (entry, want) in given.iter().zip(&wanted) {
            let value = self.as_type(&entry.bound(), &want.data_type, "the column", span)?;
            let id = self.fresh(&want.name);
            columns.push(value.alias(id.clone()));
            entries.push(Entry::column(&want.name, &id, want.data_type.clone()));
        }
        let mut plan = project(next.plan, columns, span)?;
        if joined {
            // An aggregate of no rows is a row, but nothing is repeated once there are no rows.
            let some = self.refreshed(&before, span)?;
            let some = LogicalPlanBuilder::from(some.plan)
                .limit(0, Some(1))
                .and_then(LogicalPlanBuilder::build)
                .map_err(failed(span))?;
            plan = LogicalPlanBuilder::from(plan)
                .cross_join(some)
                .and_then(LogicalPlanBuilder::build)
                .map_err(failed(span))?;
            let kept: Vec<Expr> = entries.iter().map(|e| e.expr.clone()).collect();
            plan = project(plan, kept, span)?;
        }
        Ok(Relation {
            plan,
            names: Names::of(entries),
            is_value: false,
            row: None,
            order: Vec::new(),
            position: None,
        })
    }

    fn bound(&mut self, expr: &ast::Expr) -> Bind<u64> {
        let block = Block {
            clause: "in WITH DEPTH",
            ..Block::default()
        };
        let (count, _) = self.within(block, |b| b.count(expr, "a depth"))?;
        Ok(count)
    }
}

/// Whether a part aggregates.
fn aggregates(body: &Body) -> bool {
    struct Found(bool);
    impl Visitor for Found {
        fn expr(&mut self, expr: &ast::Expr) {
            if let ExprKind::Call(call) = &expr.kind
                && let Some(name) = call.name.last()
            {
                self.0 |= call.over.is_none() && aggregate::is_known(&name.lower());
            }
        }
    }
    let query = Query {
        recursive: false,
        with: Vec::new(),
        body: body.clone(),
        order: Vec::new(),
        limit: None,
        pipes: Vec::new(),
        span: Span::default(),
    };
    let mut found = Found(false);
    walk_query(&query, &mut found);
    found.0
}
