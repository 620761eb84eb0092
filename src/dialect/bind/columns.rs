//! The columns of a plan: one projection where several would follow each other.
//!
//! DataFusion's planning looks through every node for every column, some times over. Each step of a chain made a node
//! or two, and a hundred steps took the cube of what they say.

use std::collections::HashMap;
use std::sync::Arc;

use datafusion::common::tree_node::{Transformed, TreeNode};
use datafusion::common::{Column, Result};
use datafusion::logical_expr::expr::Alias;
use datafusion::logical_expr::{Expr, LogicalPlan, Projection};

use super::{Bind, failed};
use crate::dialect::syntax::Span;

/// `plan` with these columns, each under its name.
///
/// DataFusion's builder would look each of them up in all of the plan first.
pub(super) fn project(
    plan: LogicalPlan,
    columns: impl IntoIterator<Item = Expr>,
    span: Span,
) -> Bind<LogicalPlan> {
    let columns: Vec<Expr> = columns.into_iter().collect();
    let projection = match plan {
        LogicalPlan::Projection(below) => match merged(&columns, &below).map_err(failed(span))? {
            Some(columns) => Projection::try_new(columns, below.input),
            None => Projection::try_new(columns, Arc::new(LogicalPlan::Projection(below))),
        },
        plan => Projection::try_new(columns, Arc::new(plan)),
    };
    projection
        .map(LogicalPlan::Projection)
        .map_err(failed(span))
}

/// The columns over what is below `below`, if nothing is then computed twice or within another thing.
fn merged(columns: &[Expr], below: &Projection) -> Result<Option<Vec<Expr>>> {
    let mut made: HashMap<&str, (&Expr, bool)> = HashMap::new();
    for expr in &below.expr {
        let (name, value) = match expr {
            Expr::Alias(alias) if alias.relation.is_none() => (&alias.name, &*alias.expr),
            Expr::Column(column) => (&column.name, expr),
            _ => return Ok(None),
        };
        made.insert(name, (value, false));
    }
    let mut done = Vec::with_capacity(columns.len());
    for expr in columns {
        let (column, name) = match expr {
            Expr::Column(column) => (Some(column), &column.name),
            Expr::Alias(Alias {
                expr,
                relation: None,
                name,
                ..
            }) => match &**expr {
                Expr::Column(column) => (Some(column), name),
                _ => (None, name),
            },
            _ => return Ok(None),
        };
        let Some(column) = column else {
            let Some(moved) = moved(expr, &made)? else {
                return Ok(None);
            };
            done.push(moved);
            continue;
        };
        let Some((value, taken)) = made.get_mut(column.name.as_str()) else {
            return Ok(None);
        };
        let is_column = matches!(value, Expr::Column(_));
        if column.relation.is_some() || (*taken && !is_column) {
            return Ok(None);
        }
        *taken = true;
        done.push(match value {
            Expr::Column(own) if own.name == *name && own.relation.is_none() => (*value).clone(),
            value => (*value).clone().alias(name.clone()),
        });
    }
    Ok(Some(done))
}

/// An expression over columns that are only renamed, by their names before that.
fn moved(expr: &Expr, made: &HashMap<&str, (&Expr, bool)>) -> Result<Option<Expr>> {
    let before = |column: &Column| match made.get(column.name.as_str()) {
        Some((Expr::Column(own), _)) if column.relation.is_none() => Some(own),
        _ => None,
    };
    // What a subquery names of these rows is not among the columns of the expression.
    let stays = expr.exists(|e| {
        Ok(match e {
            Expr::Column(column) => before(column).is_none(),
            Expr::ScalarSubquery(_)
            | Expr::Exists(_)
            | Expr::InSubquery(_)
            | Expr::SetComparison(_)
            | Expr::OuterReferenceColumn(..) => true,
            _ => false,
        })
    })?;
    if stays {
        return Ok(None);
    }
    let moved = expr.clone().transform(|e| {
        Ok(match &e {
            Expr::Column(column) => match before(column) {
                Some(own) if own != column => Transformed::yes(Expr::Column(own.clone())),
                _ => Transformed::no(e),
            },
            _ => Transformed::no(e),
        })
    })?;
    Ok(Some(moved.data))
}
