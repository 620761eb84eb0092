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
        let parts = set.parts.iter();
        let parts = parts
            .map(|p| self.body(p))
            .collect::<Bind<Vec<Relation>>>()?;
        let Some(by_name) = &set.by_name else {
            return self.set_of(set.op, set.all, parts, set.span);
        };
        let mut parts = parts.into_iter();
        let Some(mut left) = parts.next() else {
            return Err(Fault::new(set.span, "a set operation of nothing"));
        };
        for mut right in parts {
            super::by_name::align(&mut left, &mut right, by_name, set.span)?;
            left = self.set_of(set.op, set.all, vec![left, right], set.span)?;
        }
        Ok(left)
    }

    /// One relation of several, by the places of their columns.
    ///
    /// A UNION is one node however many parts it has; what the others leave of two meets the third.
    pub(super) fn set_of(
        &mut self,
        op: SetOp,
        all: bool,
        parts: Vec<Relation>,
        span: Span,
    ) -> Bind<Relation> {
        if op == SetOp::Union {
            return self.combined(op, all, parts, span);
        }
        let mut parts = parts.into_iter();
        let Some(mut relation) = parts.next() else {
            return Err(Fault::new(span, "a set operation of nothing"));
        };
        for part in parts {
            relation = self.combined(op, all, vec![relation, part], span)?;
        }
        Ok(relation)
    }

    fn combined(
        &mut self,
        op: SetOp,
        all: bool,
        mut parts: Vec<Relation>,
        span: Span,
    ) -> Bind<Relation> {
        let word = match op {
            SetOp::Union => "UNION",
            SetOp::Intersect => "INTERSECT",
            SetOp::Except => "EXCEPT",
        };
        if parts.iter().any(|p| p.row.is_some()) {
            parts = parts
                .into_iter()
                .map(|p| self.for_each_row(p, span))
                .collect::<Bind<_>>()?;
        }
        let row = parts.first().and_then(|p| p.row);
        let stars: Vec<Vec<Entry>> = parts
            .iter()
            .map(|p| p.names.star().cloned().collect())
            .collect();
        let first = stars.first().map_or(&[][..], Vec::as_slice);
        if let Some(other) = stars.iter().find(|s| s.len() != first.len()) {
            let message = format!("{word} of {} columns and of {}", first.len(), other.len());
            return Err(Fault::new(span, message));
        }
        // Of what all rows are kept, the columns of the query around are too.
        let kept = self.row_columns(row);
        let kept: Vec<Expr> = match all {
            true => kept.into_iter().map(Expr::Column).collect(),
            false => kept.into_iter().take(1).map(Expr::Column).collect(),
        };
        let mut columns = vec![kept; parts.len()];
        let mut entries = Vec::new();
        for (n, x) in first.iter().enumerate() {
            let values: Vec<Bound> = stars.iter().filter_map(|s| s.get(n)).map(written).collect();
            let to = self
                .supertype(&values.iter().collect::<Vec<_>>())
                .ok_or_else(|| mixed(word, n, &values, span))?;
            let id = self.fresh(&x.name);
            for (side, value) in columns.iter_mut().zip(&values) {
                let value = self.as_type(value, &to, word, span)?;
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
        let is_value = parts.iter().all(|p| p.is_value);
        let position = match (op, all) {
            (SetOp::Union, true) => self.positions(&parts, &mut columns),
            _ => None,
        };
        let mut plans = Vec::new();
        for (part, columns) in parts.into_iter().zip(columns) {
            let mut plan = project(part.plan, columns, span)?;
            if all && op != SetOp::Union {
                if row.is_some() {
                    let what = format!("{word} ALL in this subquery");
                    return Err(Fault::unsupported(span, &what));
                }
                // The first of equal rows meets the first, the second the second.
                plan = self.numbered(plan, span)?;
            }
            plans.push(plan);
        }
        let plan = together(op, all, plans, span)?;
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

    /// Where rows of all parts stand: those of the first before those of the second, each in its own order.
    fn positions(&mut self, parts: &[Relation], columns: &mut [Vec<Expr>]) -> Option<Vec<Column>> {
        let unknown = Vec::new();
        let own: Vec<&Vec<Column>> = parts
            .iter()
            .map(|p| match p.row {
                // Within a part they come in their order.
                Some(_) => Some(p.position.as_ref().unwrap_or(&unknown)),
                None => p.position.as_ref(),
            })
            .collect::<Option<_>>()?;
        let longest = own.iter().map(|p| p.len()).max().unwrap_or_default();
        let mut all = Vec::new();
        for n in 0..=longest {
            let id = self.fresh("position");
            for ((part, side), own) in (0i64..).zip(columns.iter_mut()).zip(&own) {
                let place = match n.checked_sub(1) {
                    None => lit(part),
                    Some(n) => own
                        .get(n)
                        .map_or_else(|| lit(0i64), |c| Expr::Column(c.clone())),
                };
                side.push(place.alias(id.clone()));
            }
            all.push(column(id));
        }
        Some(all)
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

/// One plan of those of all parts, whose columns have the same names.
fn together(op: SetOp, all: bool, plans: Vec<LogicalPlan>, span: Span) -> Bind<LogicalPlan> {
    if op == SetOp::Union {
        let plans = plans.into_iter().map(Arc::new).collect();
        let union = Union::try_new_with_loose_types(plans)
            .map(LogicalPlan::Union)
            .map_err(failed(span))?;
        return Ok(match all {
            true => union,
            false => LogicalPlan::Distinct(Distinct::All(Arc::new(union))),
        });
    }
    let Ok([left, right]) = <[LogicalPlan; 2]>::try_from(plans) else {
        return Err(Fault::new(span, "a set operation of other than two parts"));
    };
    let plan = match op {
        SetOp::Except => LogicalPlanBuilder::except(left, right, false),
        _ => LogicalPlanBuilder::intersect(left, right, false),
    }
    .map_err(failed(span))?;
    // DataFusion may call the columns by their side.
    let columns = plan.schema().columns().into_iter().map(|c| {
        let name = c.name.clone();
        Expr::Column(c).alias(name)
    });
    let columns: Vec<Expr> = columns.collect();
    project(plan, columns, span)
}

/// The fault of a column whose types have nothing in common: the first pair of them.
fn mixed(word: &str, column: usize, values: &[Bound], span: Span) -> Fault {
    let names = values.iter().map(|v| type_name(&v.data_type));
    let mut names: Vec<String> = names.collect();
    names.dedup();
    let p = names.first().cloned().unwrap_or_default();
    let q = names.get(1).cloned().unwrap_or_default();
    let message = format!(
        "column {} is {p} in one part of the {word} and {q} in another",
        column + 1
    );
    Fault::new(span, message)
}

/// The value of a column, as the literal it was made of if it was.
fn written(entry: &Entry) -> Bound {
    match &entry.literal {
        Some(literal) => (**literal).clone(),
        None => entry.bound(),
    }
}
