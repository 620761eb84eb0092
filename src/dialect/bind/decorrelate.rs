//! Which correlated subqueries become joins of DataFusion's.
//!
//! DataFusion takes a subquery apart by the conditions that name the query around, and joins what is left of it. It does so
//! for much that it then gets wrong or can't plan. Here it is asked where that is known to be right: the conditions compare
//! for equality, nothing but columns and one aggregation is above them, and the subquery stands where each row needs it.
//! All else is answered by [`apply`](super::apply).

use datafusion::common::tree_node::TreeNodeRecursion;
use datafusion::logical_expr::utils::split_conjunction;
use datafusion::logical_expr::{Expr, LogicalPlan, Operator};

use crate::dialect::syntax::ast::{self, BinaryOp, ExprKind, UnaryOp};

/// What a join is to answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Wanted {
    /// The value of one row.
    Value,
    /// Whether there are rows, or are such.
    Rows,
}

/// Whether a subquery within an expression is needed for every row: not where a condition chooses.
pub(super) fn is_always_needed(expr: &ast::Expr) -> bool {
    match &expr.kind {
        ExprKind::Binary(BinaryOp::And | BinaryOp::Or, ..) => false,
        ExprKind::Binary(_, left, right) => is_always_needed(left) && is_always_needed(right),
        ExprKind::Unary(UnaryOp::Not, of) => is_always_needed(of),
        ExprKind::Dot(of, _) => is_always_needed(of),
        ExprKind::Subquery(_)
        | ExprKind::Name(_)
        | ExprKind::Integer(_)
        | ExprKind::Float(_)
        | ExprKind::String(_)
        | ExprKind::Bool(_)
        | ExprKind::Null => true,
        _ => false,
    }
}

/// Whether DataFusion's join of a correlated subquery is right.
pub(super) fn can_join(plan: &LogicalPlan, wanted: Wanted) -> bool {
    is_join(plan, wanted == Wanted::Value)
}

/// `aggregates` is whether an aggregation of all rows may come yet: it has a row for those that no row is joined with, so
/// that where rows are asked for, a join would lack it.
fn is_join(plan: &LogicalPlan, aggregates: bool) -> bool {
    if refers_around(plan) == Some(false) {
        return true;
    }
    let here = plan.expressions();
    match plan {
        LogicalPlan::Projection(projection) => {
            // Above an aggregation DataFusion computes what an expression is of no rows: of columns, it is their own.
            let plain = !is_aggregated(&projection.input)
                || here.iter().all(|e| matches!(unaliased(e), Expr::Column(_)));
            plain
                && !here.iter().any(holds_subquery_or_outer)
                && is_join(&projection.input, aggregates)
        }
        LogicalPlan::Aggregate(aggregate) => {
            aggregates
                && aggregate.group_expr.is_empty()
                && !here.iter().any(holds_subquery_or_outer)
                && is_join(&aggregate.input, false)
        }
        LogicalPlan::Filter(filter) => {
            // Of a HAVING it is not known what it is of no rows.
            (!is_aggregated(&filter.input) || refers_around(&filter.input) == Some(false))
                && split_conjunction(&filter.predicate)
                    .into_iter()
                    .all(|part| {
                        !holds_subquery(part) && (!part.contains_outer() || is_equality(part))
                    })
                && is_join(&filter.input, false)
        }
        _ => false,
    }
}

/// `x = y`, where one is a column here and the other one around.
fn is_equality(part: &Expr) -> bool {
    let Expr::BinaryExpr(binary) = part else {
        return false;
    };
    let inner = |e: &Expr| matches!(uncast(e), Expr::Column(_));
    let outer = |e: &Expr| matches!(uncast(e), Expr::OuterReferenceColumn(..));
    let (left, right) = (&binary.left, &binary.right);
    binary.op == Operator::Eq && (inner(left) && outer(right) || outer(left) && inner(right))
}

fn uncast(expr: &Expr) -> &Expr {
    match expr {
        Expr::Cast(cast) => uncast(&cast.expr),
        other => other,
    }
}

fn is_aggregated(plan: &LogicalPlan) -> bool {
    match plan {
        LogicalPlan::Projection(projection) => is_aggregated(&projection.input),
        LogicalPlan::Filter(filter) => is_aggregated(&filter.input),
        LogicalPlan::Aggregate(_) => true,
        _ => false,
    }
}

fn unaliased(expr: &Expr) -> &Expr {
    match expr {
        Expr::Alias(alias) => unaliased(&alias.expr),
        other => other,
    }
}

pub(super) fn holds_subquery(expr: &Expr) -> bool {
    use datafusion::common::tree_node::TreeNode;
    let is = |e: &Expr| {
        matches!(
            e,
            Expr::ScalarSubquery(_) | Expr::Exists(_) | Expr::InSubquery(_)
        )
    };
    expr.exists(|e| Ok(is(e))).unwrap_or(true)
}

fn holds_subquery_or_outer(expr: &Expr) -> bool {
    holds_subquery(expr) || expr.contains_outer()
}

/// Whether a plan names the query around; none where that can't be told.
fn refers_around(plan: &LogicalPlan) -> Option<bool> {
    let mut refers = false;
    plan.apply_with_subqueries(|node| {
        if node.expressions().iter().any(Expr::contains_outer) {
            refers = true;
            return Ok(TreeNodeRecursion::Stop);
        }
        Ok(TreeNodeRecursion::Continue)
    })
    .ok()?;
    Some(refers)
}
