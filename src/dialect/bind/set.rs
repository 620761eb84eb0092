//! `UNION`, `INTERSECT` and `EXCEPT`.

use std::sync::Arc;

use datafusion::arrow::datatypes::DataType;
use datafusion::logical_expr::{Distinct, Expr, LogicalPlan, LogicalPlanBuilder, Union};

use super::names::{Entry, Names};
use super::{Bind, Binder, Bound, Relation, failed, project};
use crate::dialect::syntax::ast::{SetOp, SetOperation};
use crate::dialect::syntax::{Fault, Span};
use crate::dialect::types::name as type_name;

impl Binder<'_> {
    pub(super) fn set_operation(&mut self, set: &SetOperation) -> Bind<Relation> {
        let left = self.body(&set.left)?;
        let right = self.body(&set.right)?;
        self.set_of(set.op, set.all, left, right, set.span)
    }

    /// One relation of two, by the places of their columns.
    pub(super) fn set_of(
        &mut self,
        op: SetOp,
        all: bool,
        mut left: Relation,
        mut right: Relation,
        span: Span,
    ) -> Bind<Relation> {
        let word = match op {
            SetOp::Union => "UNION",
            SetOp::Intersect => "INTERSECT",
            SetOp::Except => "EXCEPT",
        };
        if op != SetOp::Union && all {
            return Err(Fault::unsupported(span, &format!("{word} ALL")));
        }
        if left.row.is_some() || right.row.is_some() {
            left = self.for_each_row(left, span)?;
            right = self.for_each_row(right, span)?;
        }
        let row = left.row;
        let a: Vec<Entry> = left.names.star().cloned().collect();
        let b: Vec<Entry> = right.names.star().cloned().collect();
        if a.len() != b.len() {
            let message = format!("{word} of {} columns and of {}", a.len(), b.len());
            return Err(Fault::new(span, message));
        }
        // Of what all rows are kept, the columns of the query around are too.
        let kept = self.row_columns(row);
        let kept: Vec<Expr> = match all {
            true => kept.into_iter().map(Expr::Column).collect(),
            false => kept.into_iter().take(1).map(Expr::Column).collect(),
        };
        let (mut lefts, mut rights) = (kept.clone(), kept);
        let mut entries = Vec::new();
        for (n, (x, y)) in a.iter().zip(&b).enumerate() {
            let to = self.supertype(&[&x.bound(), &y.bound()]).ok_or_else(|| {
                let (p, q) = (type_name(&x.data_type), type_name(&y.data_type));
                let message = format!("column {} is {p} in one part of the {word} and {q} in another", n + 1);
                Fault::new(span, message)
            })?;
            let id = self.fresh(&x.name);
            for (side, entry) in [(&mut lefts, x), (&mut rights, y)] {
                let value = self.as_type(&entry.bound(), &to, word, span)?;
                let value = Bound::new(value, to.clone());
                let value = if all || to == DataType::Null {
                    value
                } else {
                    self.groupable(value, span)?
                };
                side.push(value.expr.alias(id.clone()));
            }
            entries.push(Entry::column(&x.name, &id, to));
        }
        let is_value = left.is_value && right.is_value;
        let left = project(left.plan, lefts, span)?;
        let right = project(right.plan, rights, span)?;
        let plan = match op {
            SetOp::Union => {
                let union = Union::try_new_with_loose_types(vec![Arc::new(left), Arc::new(right)])
                    .map(LogicalPlan::Union)
                    .map_err(failed(span))?;
                if all {
                    union
                } else {
                    LogicalPlan::Distinct(Distinct::All(Arc::new(union)))
                }
            }
            SetOp::Intersect => LogicalPlanBuilder::intersect(left, right, false).map_err(failed(span))?,
            SetOp::Except => LogicalPlanBuilder::except(left, right, false).map_err(failed(span))?,
        };
        let relation = Relation {
            plan,
            names: Names::of(entries),
            is_value,
            row,
            order: Vec::new(),
        };
        if row.is_some() && !all {
            return self.with_params_again(relation, span);
        }
        Ok(relation)
    }
}
