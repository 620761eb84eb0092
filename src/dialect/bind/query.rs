//! Queries: `WITH`, bodies, `ORDER BY`, `LIMIT`.

use std::sync::Arc;

use datafusion::arrow::datatypes::DataType;
use datafusion::common::tree_node::TreeNodeRecursion;
use datafusion::common::{Column, ScalarValue};
use datafusion::logical_expr::expr::{Sort, WindowFunction};
use datafusion::logical_expr::{
    Cast, Expr, Filter, LogicalPlan, LogicalPlanBuilder, Sort as SortPlan, WindowFrame,
    WindowFunctionDefinition, lit,
};

use super::names::{Entry, Names};
use super::{Bind, Binder, Block, Bound, Relation, column, failed, project};
use crate::dialect::aggregate as functions;
use crate::dialect::syntax::ast::{self, Body, ExprKind, OrderItem};
use crate::dialect::syntax::{Fault, Span};

/// How many nodes of a plan may be there because names of a `WITH` are used: where each uses the last twice, their number
/// doubles with each.
const MOST_REPEATED: usize = 4_000;

/// What rows are in order of: a column of the plan, ascending or not, and where NULL goes.
#[derive(Debug, Clone)]
pub(in crate::dialect) struct Ordering {
    pub(super) column: Column,
    pub(super) ascending: bool,
    pub(super) nulls_first: bool,
}

impl Binder<'_> {
    #[recursive::recursive]
    pub(super) fn query(&mut self, query: &ast::Query) -> Bind<Relation> {
        let known = self.ctes.len();
        let done = self.query_here(query);
        self.ctes.truncate(known);
        done
    }

    fn query_here(&mut self, query: &ast::Query) -> Bind<Relation> {
        self.with(query)?;
        let limit = query.limit.as_ref();
        let mut relation = match &query.body {
            Body::Select(select) => self.select(select, &query.order, limit)?,
            body => {
                let relation = self.body(body)?;
                self.ordered(relation, &query.order, limit, query.span)?
            }
        };
        for pipe in &query.pipes {
            relation = self.pipe(relation, pipe)?;
        }
        Ok(relation)
    }

    /// What the `WITH` of a query names, for what comes after it.
    pub(super) fn with(&mut self, query: &ast::Query) -> Bind<()> {
        for (n, cte) in query.with.iter().enumerate() {
            if query.with.iter().take(n).any(|c| c.name.is(&cte.name.text)) {
                let message = format!("`{}` is defined twice in this WITH", cte.name.text);
                return Err(Fault::new(cte.name.span, message));
            }
        }
        let by_need;
        let ctes = match query.recursive {
            true => {
                by_need = super::recursive::by_need(&query.with)?;
                by_need.as_slice()
            }
            false => &query.with.iter().collect::<Vec<_>>(),
        };
        for cte in ctes {
            // What it takes counts where it is used.
            let repeated = self.repeated;
            let relation = if query.recursive && super::recursive::names(&cte.query, &cte.name) {
                self.recursive(cte)?
            } else if let Some(depth) = &cte.depth {
                let message = format!("`{}` does not refer to itself", cte.name.text);
                return Err(Fault::new(depth.span, message));
            } else {
                let relation = self.query(&cte.query)?;
                self.settled(relation, cte.name.span)?
            };
            self.repeated = repeated;
            self.ctes.push((cte.name.lower(), relation));
        }
        Ok(())
    }

    #[recursive::recursive]
    pub(super) fn body(&mut self, body: &Body) -> Bind<Relation> {
        match body {
            Body::Select(select) => self.select(select, &[], None),
            Body::Query(query) => {
                let mut relation = self.query(query)?;
                relation.order = Vec::new();
                Ok(relation)
            }
            Body::Set(set) => self.set_operation(set),
            Body::From(from) => {
                let relation = self.from(from)?;
                Ok(relation)
            }
        }
    }

    /// The rows in an order over their own columns, and as many as asked for.
    pub(super) fn ordered(
        &mut self,
        mut relation: Relation,
        order: &[OrderItem],
        limit: Option<&ast::Limit>,
        span: Span,
    ) -> Bind<Relation> {
        if !order.is_empty() {
            let block = Block {
                names: relation.names.clone(),
                windows: Some(Vec::new()),
                clause: "in this ORDER BY",
                ..Block::default()
            };
            let star: Vec<Entry> = relation.names.star().cloned().collect();
            let (keys, block) = self.within(block, |b| {
                order
                    .iter()
                    .map(|item| b.order_key(item, &star))
                    .collect::<Bind<Vec<_>>>()
            })?;
            let windows = block.windows.unwrap_or_default();
            let named = keys.iter().map(|(key, ..)| key);
            let named = named.chain(windows.iter().map(|w| &w.expr));
            relation = self.with_named(relation, named, span)?;
            relation.plan = self.with_windows(relation.plan, &windows, span)?;
            relation = self.sorted(relation, keys, limit, span)?;
            return Ok(relation);
        }
        self.limited(relation, limit, span)
    }

    /// A key of an `ORDER BY`: a number names an output.
    pub(super) fn order_key(
        &mut self,
        item: &OrderItem,
        outputs: &[Entry],
    ) -> Bind<(Expr, bool, bool)> {
        let span = item.expr.span;
        let bound = match &item.expr.kind {
            ExprKind::Integer(digits) => {
                let at = digits.parse::<usize>().ok().and_then(|n| n.checked_sub(1));
                let output = at.and_then(|n| outputs.get(n)).ok_or_else(|| {
                    let message = format!("there is no column {digits} to order by");
                    Fault::new(span, message)
                })?;
                output.bound()
            }
            ExprKind::Float(_) | ExprKind::String(_) => {
                return Err(Fault::new(span, "rows can't be ordered by a constant"));
            }
            _ => self.expr(&item.expr)?,
        };
        let key = self.sort_key(bound, span)?;
        let nulls_first = item.nulls_first.unwrap_or(!item.descending);
        Ok((key, !item.descending, nulls_first))
    }

    /// The rows sorted by expressions over their plan, and as many as asked for.
    pub(super) fn sorted(
        &mut self,
        mut relation: Relation,
        keys: Vec<(Expr, bool, bool)>,
        limit: Option<&ast::Limit>,
        span: Span,
    ) -> Bind<Relation> {
        let mut ordering = Vec::new();
        let mut columns: Vec<Expr> = all_columns(&relation.plan);
        for (key, ascending, nulls_first) in keys {
            let id = self.fresh("key");
            columns.push(key.alias(id.clone()));
            ordering.push(Ordering {
                column: column(id),
                ascending,
                nulls_first,
            });
        }
        relation.plan = project(relation.plan, columns, span)?;
        relation.order = ordering;
        if self.many.is_some() && relation.row.is_some() {
            return self.limited(relation, limit, span);
        }
        let sorts: Vec<Sort> = relation.order.iter().map(Ordering::sort).collect();
        relation.plan = LogicalPlan::Sort(SortPlan {
            expr: sorts,
            input: Arc::new(relation.plan),
            fetch: None,
        });
        self.limited(relation, limit, span)
    }

    /// The first rows, in the order they have.
    pub(super) fn limited(
        &mut self,
        mut relation: Relation,
        limit: Option<&ast::Limit>,
        span: Span,
    ) -> Bind<Relation> {
        let Some(limit) = limit else {
            return Ok(relation);
        };
        let count = self.count_or_null(&limit.count, "LIMIT")?;
        let offset = match &limit.offset {
            Some(offset) => self.count_or_null(offset, "OFFSET")?.unwrap_or(0),
            None => 0,
        };
        let (Some(many), Some(_)) = (&self.many, relation.row) else {
            let as_usize = |n: u64| usize::try_from(n).unwrap_or(usize::MAX);
            relation.plan = LogicalPlanBuilder::from(relation.plan)
                .limit(as_usize(offset), count.map(as_usize))
                .and_then(LogicalPlanBuilder::build)
                .map_err(failed(span))?;
            return Ok(relation);
        };
        // The first rows of each row around.
        let mut number = WindowFunction::new(
            WindowFunctionDefinition::WindowUDF(
                functions::window("row_number")
                    .ok_or_else(|| Fault::unsupported(span, "LIMIT in this subquery"))?,
            ),
            Vec::new(),
        );
        number.params.partition_by = vec![Expr::Column(many.row_here().clone())];
        number.params.order_by = relation.order.iter().map(Ordering::sort).collect();
        number.params.window_frame = WindowFrame::new(None);
        let id = self.fresh("number");
        let windows = [super::window::Windowed {
            expr: Expr::WindowFunction(Box::new(number)),
            column: column(id.clone()),
            returns: DataType::UInt64,
        }];
        relation.plan = self.with_windows(relation.plan, &windows, span)?;
        let number = || Expr::Column(column(id.clone()));
        let constant = |n: u64| lit(ScalarValue::UInt64(Some(n)));
        let mut kept = number().gt(constant(offset));
        if let Some(count) = count {
            kept = kept.and(number().lt_eq(constant(offset.saturating_add(count))));
        }
        relation.plan = filter(relation.plan, kept, span)?;
        Ok(relation)
    }

    /// A number of rows; NULL is all of them.
    fn count_or_null(&mut self, expr: &ast::Expr, what: &str) -> Bind<Option<u64>> {
        let block = Block {
            clause: "in a LIMIT",
            ..Block::default()
        };
        let (constant, _) = self.within(block, |b| b.constant(expr, what))?;
        match constant {
            ScalarValue::Int64(Some(n)) => u64::try_from(n)
                .map(Some)
                .map_err(|_| Fault::new(expr.span, format!("{what} can't be negative"))),
            value if value.is_null() => Ok(None),
            _ => Err(Fault::new(
                expr.span,
                format!("{what} takes a whole number"),
            )),
        }
    }

    /// The plan with a column for each window function.
    pub(super) fn with_windows(
        &mut self,
        plan: LogicalPlan,
        windows: &[super::window::Windowed],
        span: Span,
    ) -> Bind<LogicalPlan> {
        if windows.is_empty() {
            return Ok(plan);
        }
        let mut columns = all_columns(&plan);
        // Each row of the query around has partitions of its own.
        let row = self.many.as_ref().map(|many| many.row_here().clone());
        let row = row.filter(|row| plan.schema().has_column(row));
        let exprs: Vec<Expr> = windows
            .iter()
            .map(|w| partitioned(w.expr.clone(), row.as_ref()))
            .collect();
        let plan = LogicalPlanBuilder::window_plan(plan, exprs.clone()).map_err(failed(span))?;
        for (window, expr) in windows.iter().zip(exprs) {
            let computed = column(expr.schema_name().to_string());
            let of = plan
                .schema()
                .field_with_unqualified_name(&computed.name)
                .map(|f| f.data_type().clone());
            let computed = Expr::Column(computed);
            let computed = match of {
                Ok(of) if of != window.returns => {
                    Expr::Cast(Cast::new(Box::new(computed), window.returns.clone()))
                }
                _ => computed,
            };
            columns.push(computed.alias(window.column.name.clone()));
        }
        project(plan, columns, span)
    }

    /// The relation under new column names, so that it can stand beside itself.
    pub(super) fn refreshed(&mut self, relation: &Relation, span: Span) -> Bind<Relation> {
        self.repeated += size(&relation.plan);
        if self.repeated > MOST_REPEATED {
            let message = format!("used so often that the query is of over {MOST_REPEATED} parts");
            return Err(Fault::new(span, message));
        }
        let mut columns = Vec::new();
        let mut entries = Vec::new();
        let kept: Vec<Column> = match (&self.many, relation.row) {
            (Some(many), Some(frame)) if many.frame == frame => many.columns(),
            (_, Some(_)) => {
                return Err(Fault::unsupported(
                    span,
                    "a WITH that refers to another query around",
                ));
            }
            _ => Vec::new(),
        };
        columns.extend(kept.into_iter().map(Expr::Column));
        for entry in relation.names.star() {
            let id = self.fresh(&entry.name);
            columns.push(entry.expr.clone().alias(id.clone()));
            entries.push(Entry::column(&entry.name, &id, entry.data_type.clone()));
        }
        let position = self.position_again(relation.position.as_ref(), &mut columns);
        Ok(Relation {
            plan: project(relation.plan.clone(), columns, span)?,
            names: Names::of(entries),
            is_value: relation.is_value,
            row: relation.row,
            order: Vec::new(),
            position,
        })
    }

    /// The columns of a position under new names, after `columns`.
    fn position_again(
        &mut self,
        position: Option<&Vec<Column>>,
        columns: &mut Vec<Expr>,
    ) -> Option<Vec<Column>> {
        let position = position?;
        let mut again = Vec::new();
        for place in position {
            let id = self.fresh("position");
            columns.push(Expr::Column(place.clone()).alias(id.clone()));
            again.push(column(id));
        }
        Some(again)
    }

    /// The one value of each row of a relation of values.
    pub(super) fn value_of(&self, relation: &Relation) -> Option<Bound> {
        if !relation.is_value {
            return None;
        }
        relation.names.star().next().map(Entry::bound)
    }
}

impl Ordering {
    pub(super) fn sort(&self) -> Sort {
        Sort::new(
            Expr::Column(self.column.clone()),
            self.ascending,
            self.nulls_first,
        )
    }
}

/// How many nodes a plan has, as far as it matters: a tree, however much of it is shared.
fn size(plan: &LogicalPlan) -> usize {
    let mut nodes = 0;
    // Nothing here fails.
    let _ = plan.apply_with_subqueries(|_| {
        nodes += 1;
        Ok(match nodes > MOST_REPEATED {
            true => TreeNodeRecursion::Stop,
            false => TreeNodeRecursion::Continue,
        })
    });
    nodes
}

/// A window function, partitioned by a column as well.
fn partitioned(mut expr: Expr, by: Option<&Column>) -> Expr {
    if let (Expr::WindowFunction(function), Some(by)) = (&mut expr, by) {
        let by = Expr::Column(by.clone());
        if !function.params.partition_by.contains(&by) {
            function.params.partition_by.push(by);
        }
    }
    expr
}

pub(super) fn all_columns(plan: &LogicalPlan) -> Vec<Expr> {
    plan.schema()
        .columns()
        .into_iter()
        .map(Expr::Column)
        .collect()
}

pub(super) fn filter(plan: LogicalPlan, condition: Expr, span: Span) -> Bind<LogicalPlan> {
    Filter::try_new(condition, Arc::new(plan))
        .map(LogicalPlan::Filter)
        .map_err(failed(span))
}
