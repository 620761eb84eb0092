//! `UNION`, `INTERSECT` and `EXCEPT`.

use std::sync::Arc;

use datafusion::arrow::datatypes::DataType;
use datafusion::common::Column;
use datafusion::logical_expr::expr::WindowFunction;
use datafusion::logical_expr::{
    Distinct, Expr, LogicalPlan, LogicalPlanBuilder, Union, WindowFrame, WindowFunctionDefinition,
    lit,
};

use super::names::{Entry, Names};
use super::query::all_columns;
use super::{Bind, Binder, Bound, Relation, column, failed, project};
use crate::dialect::aggregate as functions;
use crate::dialect::syntax::ast::{SetOp, SetOperation};
use crate::dialect::syntax::{Fault, Span};
use crate::dialect::types::name as type_name;

impl Binder<'_> {
    pub(super) fn set_operation(&mut self, set: &SetOperation) -> Bind<Relation> {
        let mut left = self.body(&set.left)?;
        let mut right = self.body(&set.right)?;
        if let Some(by_name) = &set.by_name {
            super::by_name::align(&mut left, &mut right, by_name, set.span)?;
        }
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
            let to = self.supertype(&[&written(x), &written(y)]).ok_or_else(|| {
                let (p, q) = (type_name(&x.data_type), type_name(&y.data_type));
                let message = format!(
                    "column {} is {p} in one part of the {word} and {q} in another",
                    n + 1
                );
                Fault::new(span, message)
            })?;
            let id = self.fresh(&x.name);
            for (side, entry) in [(&mut lefts, x), (&mut rights, y)] {
                let value = self.as_type(&written(entry), &to, word, span)?;
                let value = Bound::new(value, to.clone());
                let value = if all && op == SetOp::Union || to == DataType::Null {
                    value
                } else {
                    self.groupable(value, span)?
                };
                side.push(value.expr.alias(id.clone()));
            }
            entries.push(Entry::column(&x.name, &id, to));
        }
        let is_value = left.is_value && right.is_value;
        let position = match (op, all, &left.position, &right.position) {
            (SetOp::Union, true, Some(a), Some(b)) => {
                Some(self.positions(a, b, &mut lefts, &mut rights))
            }
            _ => None,
        };
        let mut left_plan = project(left.plan, lefts, span)?;
        let mut right_plan = project(right.plan, rights, span)?;
        if all && op != SetOp::Union {
            if row.is_some() {
                return Err(Fault::unsupported(
                    span,
                    &format!("{word} ALL in this subquery"),
                ));
            }
            // The first of equal rows meets the first, the second the second.
            left_plan = self.numbered(left_plan, span)?;
            right_plan = self.numbered(right_plan, span)?;
        }
        let (left, right) = (left_plan, right_plan);
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
            SetOp::Intersect => {
                LogicalPlanBuilder::intersect(left, right, false).map_err(failed(span))?
            }
            SetOp::Except => {
                LogicalPlanBuilder::except(left, right, false).map_err(failed(span))?
            }
        };
        let relation = Relation {
            plan,
            names: Names::of(entries),
            is_value,
            row,
            order: Vec::new(),
            position,
        };
        if row.is_some() && !all {
            return self.with_params_again(relation, span);
        }
        Ok(relation)
    }

    /// Where rows of both stand: those of the first before those of the second, each in its own order.
    fn positions(
        &mut self,
        left: &[Column],
        right: &[Column],
        lefts: &mut Vec<Expr>,
        rights: &mut Vec<Expr>,
    ) -> Vec<Column> {
        let mut all = Vec::new();
        for n in 0..=left.len().max(right.len()) {
            let id = self.fresh("position");
            let (a, b) = match n.checked_sub(1) {
                None => (lit(0i64), lit(1i64)),
                Some(n) => {
                    let of = |side: &[Column]| {
                        side.get(n)
                            .map_or_else(|| lit(0i64), |c| Expr::Column(c.clone()))
                    };
                    (of(left), of(right))
                }
            };
            lefts.push(a.alias(id.clone()));
            rights.push(b.alias(id.clone()));
            all.push(column(id));
        }
        all
    }

    /// The rows with the number each has among those equal to it.
    fn numbered(&mut self, plan: LogicalPlan, span: Span) -> Bind<LogicalPlan> {
        let Some(udf) = functions::window("row_number") else {
            return Err(Fault::unsupported(span, "this set operation"));
        };
        let mut number = WindowFunction::new(WindowFunctionDefinition::WindowUDF(udf), Vec::new());
        number.params.partition_by = all_columns(&plan);
        number.params.window_frame = WindowFrame::new(None);
        let windows = [super::window::Windowed {
            expr: Expr::WindowFunction(Box::new(number)),
            column: column("number"),
            returns: DataType::Int64,
        }];
        self.with_windows(plan, &windows, span)
    }
}

/// The value of a column, as the literal it was made of if it was.
fn written(entry: &Entry) -> Bound {
    match &entry.literal {
        Some(literal) => (**literal).clone(),
        None => entry.bound(),
    }
}
