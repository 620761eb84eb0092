//! `GROUP BY`: keys, sets of keys, and what is left of an expression when its keys are columns.
//!
//! Each grouping set is an aggregation of its own, and the result is all of them: what `GROUPING(key)` and the NULL of a
//! key that is not in a set are is then a constant of each part.

use datafusion::arrow::datatypes::DataType;
use datafusion::common::tree_node::{Transformed, TreeNode, TreeNodeRecursion};
use datafusion::common::{Column, JoinType, NullEquality, ScalarValue};
use datafusion::logical_expr::expr::WindowFunction;
use datafusion::logical_expr::{
    Aggregate as AggregatePlan, Expr, LogicalPlan, LogicalPlanBuilder, Union, WindowFrame,
    WindowFunctionDefinition, lit,
};
use std::sync::Arc;

use super::aggregate::Aggregate;
use super::query::all_columns;
use super::select::{Output, null_of};
use super::{Bind, Binder, Bound, Relation, column, failed, project};
use crate::dialect::aggregate as functions;
use crate::dialect::syntax::ast::{self, ExprKind, GroupBy, GroupItem};
use crate::dialect::syntax::{Fault, Span};

/// How many grouping sets a query may have.
const MOST_SETS: usize = 64;

/// The keys of a `GROUP BY`, and the sets they are in.
#[derive(Debug, Default)]
pub(super) struct Keys {
    pub(super) keys: Vec<Key>,
    /// By places of `keys`; one set of all, unless it says otherwise.
    sets: Vec<Vec<usize>>,
    /// `GROUPING(key)`, as a column.
    groupings: Vec<(usize, Column)>,
}

#[derive(Debug, Clone)]
pub(super) struct Key {
    /// As it was bound.
    pub(super) bound: Bound,
    /// As rows are grouped by it.
    by: Expr,
    pub(super) column: Column,
    /// Whether it names an item of the `SELECT`.
    is_item: bool,
}

/// Puts the columns of keys in the place of what they are keys of.
pub(super) struct Rebase(Vec<(Expr, Column)>);

impl Keys {
    /// Takes what `GROUPING` was asked of.
    pub(super) fn asked(&mut self, groupings: Vec<(Expr, Column)>, span: Span) -> Bind<()> {
        for (expr, column) in groupings {
            match self.keys.iter().position(|k| k.bound.expr == expr) {
                Some(at) => self.groupings.push((at, column)),
                None => return Err(Fault::new(span, "GROUPING takes a key of the GROUP BY")),
            }
        }
        Ok(())
    }

    /// Whether an expression over other keys is computed of them rather than being a key of its own.
    fn is_computed(&self, key: &Key) -> bool {
        let columns = key.bound.expr.column_refs();
        let is_column =
            |k: &Key, c: &Column| matches!(&k.bound.expr, Expr::Column(own) if own == c);
        self.sets.len() > 1
            && !key.is_item
            && !matches!(key.bound.expr, Expr::Column(_))
            && !columns.is_empty()
            && columns
                .iter()
                .all(|c| self.keys.iter().any(|k| is_column(k, c)))
    }
}

impl Rebase {
    pub(super) fn apply(&self, expr: Expr, span: Span) -> Bind<Expr> {
        let done = expr.transform_down(|e| {
            let key = self.0.iter().find(|(key, _)| *key == e);
            Ok(match key {
                Some((_, column)) => {
                    Transformed::new(Expr::Column(column.clone()), true, TreeNodeRecursion::Jump)
                }
                None => Transformed::no(e),
            })
        });
        done.map(|d| d.data).map_err(failed(span))
    }
}

impl Binder<'_> {
    /// The keys of a `GROUP BY`, after the items it may name.
    pub(super) fn group_keys(&mut self, group: &GroupBy, outputs: &[Output]) -> Bind<Keys> {
        let mut keys = Keys::default();
        match group {
            GroupBy::All(span) => {
                // What holds no aggregate and no window, and is not constant.
                let block = self.block()?;
                let computed: Vec<Column> = block
                    .aggregates
                    .iter()
                    .flatten()
                    .map(|a| a.column.clone())
                    .chain(block.windows.iter().flatten().map(|w| w.column.clone()))
                    .collect();
                for output in outputs {
                    let used = output.bound.expr.column_refs();
                    if !used.is_empty() && !used.iter().any(|c| computed.contains(c)) {
                        self.add_key(&mut keys, output.bound.clone(), output.span)?;
                    }
                }
                let _ = span;
                keys.sets = vec![(0..keys.keys.len()).collect()];
            }
            GroupBy::Items(items) => {
                let mut sets: Vec<Vec<usize>> = vec![Vec::new()];
                for item in items {
                    let of_item = self.sets(item, outputs, &mut keys, true)?;
                    sets = crossed(&sets, &of_item, items_span(item))?;
                }
                keys.sets = sets;
            }
        }
        Ok(keys)
    }

    /// The sets an item stands for.
    fn sets(
        &mut self,
        item: &GroupItem,
        outputs: &[Output],
        keys: &mut Keys,
        top: bool,
    ) -> Bind<Vec<Vec<usize>>> {
        Ok(match item {
            GroupItem::Expr(expr, _) => vec![vec![self.key(expr, outputs, keys)?]],
            GroupItem::Tuple(exprs) => {
                if top && exprs.len() > 1 {
                    let span = items_span(item);
                    return Err(Fault::unsupported(span, "grouping by a STRUCT"));
                }
                let set = exprs
                    .iter()
                    .map(|e| self.key(e, outputs, keys))
                    .collect::<Bind<Vec<_>>>()?;
                vec![set]
            }
            GroupItem::Rollup(items) => {
                let parts = self.parts(items, outputs, keys)?;
                (0..=parts.len())
                    .rev()
                    .map(|n| parts.iter().take(n).flatten().copied().collect())
                    .collect()
            }
            GroupItem::Cube(items) => {
                let parts = self.parts(items, outputs, keys)?;
                if parts.len() > 6 {
                    return Err(too_many(items_span(item)));
                }
                (0..1usize << parts.len())
                    .rev()
                    .map(|chosen| {
                        let kept = parts.iter().enumerate().filter(|(n, _)| {
                            // The first part is the highest bit.
                            chosen & (1 << (parts.len() - 1 - n)) != 0
                        });
                        kept.flat_map(|(_, p)| p.iter().copied()).collect()
                    })
                    .collect()
            }
            GroupItem::Sets(items) => {
                let mut sets = Vec::new();
                for item in items {
                    sets.extend(self.sets(item, outputs, keys, false)?);
                }
                sets
            }
        })
    }

    fn parts(
        &mut self,
        items: &[GroupItem],
        outputs: &[Output],
        keys: &mut Keys,
    ) -> Bind<Vec<Vec<usize>>> {
        let mut parts = Vec::new();
        for item in items {
            if !matches!(item, GroupItem::Expr(..) | GroupItem::Tuple(_)) {
                return Err(Fault::unsupported(
                    items_span(item),
                    "sets within ROLLUP or CUBE",
                ));
            }
            parts.extend(self.sets(item, outputs, keys, false)?);
        }
        Ok(parts)
    }

    /// The place of a key: an item by its number or alias, or an expression.
    fn key(&mut self, expr: &ast::Expr, outputs: &[Output], keys: &mut Keys) -> Bind<usize> {
        let span = expr.span;
        let mut is_item = matches!(expr.kind, ExprKind::Integer(_));
        let bound = match &expr.kind {
            ExprKind::Integer(digits) => {
                let at = digits.parse::<usize>().ok().and_then(|n| n.checked_sub(1));
                at.and_then(|n| outputs.get(n))
                    .map(|o| o.bound.clone())
                    .ok_or_else(|| {
                        let message = format!("there is no column {digits} to group by");
                        Fault::new(span, message)
                    })?
            }
            ExprKind::Float(_) | ExprKind::String(_) | ExprKind::Null | ExprKind::Bool(_) => {
                return Err(Fault::new(span, "rows can't be grouped by a constant"));
            }
            ExprKind::Name(name) => {
                let mut aliased = outputs.iter().filter(|o| name.is(&o.name));
                match aliased.next() {
                    Some(output) => {
                        is_item = true;
                        let bound = output.bound.clone();
                        if aliased.any(|other| other.bound.expr != bound.expr) {
                            let message = format!(
                                "`{}` is ambiguous: more than one column has it",
                                name.text
                            );
                            return Err(Fault::new(span, message));
                        }
                        bound
                    }
                    None => self.key_expr(expr)?,
                }
            }
            _ => self.key_expr(expr)?,
        };
        let at = self.add_key(keys, bound, span)?;
        if let Some(key) = keys.keys.get_mut(at) {
            key.is_item |= is_item;
        }
        Ok(at)
    }

    fn key_expr(&mut self, expr: &ast::Expr) -> Bind<Bound> {
        let block = self.block()?;
        let aggregates = block.aggregates.take();
        let windows = block.windows.take();
        block.clause = "in GROUP BY";
        let bound = self.expr(expr);
        let block = self.block()?;
        block.aggregates = aggregates;
        block.windows = windows;
        block.clause = "here";
        bound
    }

    fn add_key(&mut self, keys: &mut Keys, bound: Bound, span: Span) -> Bind<usize> {
        let block = self.block()?;
        let computed = |c: &&Column| {
            block.aggregates.iter().flatten().any(|a| a.column == **c)
                || block.windows.iter().flatten().any(|w| w.column == **c)
        };
        if bound.expr.column_refs().iter().any(computed) {
            return Err(Fault::new(span, "an aggregate has no place in GROUP BY"));
        }
        if let Some(at) = keys.keys.iter().position(|k| k.bound.expr == bound.expr) {
            return Ok(at);
        }
        let by = self.groupable(bound.clone(), span)?;
        let id = self.fresh("group");
        keys.keys.push(Key {
            bound,
            by: by.expr,
            column: column(id),
            is_item: false,
        });
        Ok(keys.keys.len() - 1)
    }

    /// `GROUPING(key)`.
    pub(super) fn grouping(&mut self, key: &ast::Expr, span: Span) -> Bind<Bound> {
        let block = self.block()?;
        let Some(aggregates) = block.aggregates.take() else {
            return Err(Fault::new(span, "GROUPING has no place here"));
        };
        let bound = self.expr(key);
        self.block()?.aggregates = Some(aggregates);
        let bound = bound?;
        let id = self.fresh("grouping");
        let block = self.block()?;
        block.groupings.push((bound.expr, column(id.clone())));
        Ok(Bound::new(Expr::Column(column(id)), DataType::Int64))
    }

    /// The rows grouped, with a column for each key and each aggregate.
    pub(super) fn aggregated(
        &mut self,
        input: Relation,
        keys: &Keys,
        aggregates: &[Aggregate],
        grouped: bool,
        span: Span,
    ) -> Bind<(Relation, Rebase)> {
        let by = keys.keys.iter().map(|k| &k.by);
        let best = aggregates.iter().filter_map(|a| a.having.as_ref());
        let all = aggregates.iter().map(|a| &a.expr);
        let all = by.chain(all).chain(best.map(|(_, by, _)| by));
        let input = self.with_named(input, all, span)?;
        let row = input.row;
        let row_column = self.row_columns(row).into_iter().next();
        // Keys become columns first.
        let mut columns = all_columns(&input.plan);
        for key in &keys.keys {
            columns.push(key.by.clone().alias(key.column.name.clone()));
        }
        let prepared = project(input.plan, columns, span)?;
        let mut rebase: Vec<(Expr, Column)> = Vec::new();
        for key in keys.keys.iter().filter(|k| !keys.is_computed(k)) {
            rebase.push((key.by.clone(), key.column.clone()));
            rebase.push((key.bound.expr.clone(), key.column.clone()));
        }
        let sets: Vec<Vec<usize>> = if grouped {
            keys.sets.clone()
        } else {
            vec![Vec::new()]
        };
        if sets.len() > MOST_SETS {
            return Err(too_many(span));
        }
        let mut parts = Vec::new();
        for set in &sets {
            let part = self.one_set(&prepared, keys, set, aggregates, row_column.as_ref(), span)?;
            let part = match row {
                Some(_) => self.with_params(part, !set.is_empty(), keys, aggregates, span)?,
                None => part,
            };
            parts.push(Arc::new(part));
        }
        let plan = match (parts.pop(), parts.is_empty()) {
            (Some(only), true) => Arc::unwrap_or_clone(only),
            (Some(last), false) => {
                parts.push(last);
                LogicalPlan::Union(Union::try_new_with_loose_types(parts).map_err(failed(span))?)
            }
            (None, _) => return Err(Fault::new(span, "GROUP BY of nothing")),
        };
        let relation = Relation {
            plan,
            names: super::names::Names::default(),
            is_value: false,
            row,
            order: Vec::new(),
            position: None,
        };
        Ok((relation, Rebase(rebase)))
    }

    #[allow(clippy::too_many_arguments, reason = "the parts of one aggregation")]
    fn one_set(
        &mut self,
        prepared: &LogicalPlan,
        keys: &Keys,
        set: &[usize],
        aggregates: &[Aggregate],
        row: Option<&Column>,
        span: Span,
    ) -> Bind<LogicalPlan> {
        let used = |n: &usize| keys.keys.get(*n).map(|k| k.column.clone());
        let mut group: Vec<Expr> = Vec::new();
        for column in set.iter().filter_map(used) {
            let key = Expr::Column(column);
            if !group.contains(&key) {
                group.push(key);
            }
        }
        let of_set = group.clone();
        group.extend(row.cloned().map(Expr::Column));
        let (prepared, exprs) = self.of_best_rows(prepared, aggregates, &group, span)?;
        let mut exprs: Vec<Expr> = exprs;
        let of_all = group.is_empty();
        let counted = self.fresh("rows");
        if of_all && exprs.is_empty() {
            exprs.push(count_rows().alias(counted.clone()));
        }
        let plan = AggregatePlan::try_new(Arc::new(prepared), group, exprs)
            .map(LogicalPlan::Aggregate)
            .map_err(failed(span))?;
        // DataFusion pushes a condition without columns, even FALSE, below an aggregation of all rows, whose one row then
        // counts none. It pushes nothing below a limit.
        // A subquery that refers to what is around it must stay one that DataFusion can join.
        let refers = !plan.all_out_ref_exprs().is_empty();
        let plan = match of_all && !refers {
            true => LogicalPlanBuilder::from(plan)
                .limit(0, Some(1))
                .and_then(LogicalPlanBuilder::build)
                .map_err(failed(span))?,
            false => plan,
        };
        let mut columns: Vec<Expr> = row.cloned().map(Expr::Column).into_iter().collect();
        for (n, key) in keys.keys.iter().enumerate() {
            let column = Expr::Column(key.column.clone());
            let value = if of_set.contains(&column) {
                column
            } else {
                null_of(&key.bound.data_type).alias(key.column.name.clone())
            };
            columns.push(value);
            for (_, grouping) in keys.groupings.iter().filter(|(at, _)| *at == n) {
                let absent = lit(i64::from(!set.contains(&n)));
                columns.push(absent.alias(grouping.name.clone()));
            }
        }
        columns.extend(aggregates.iter().map(|a| Expr::Column(a.column.clone())));
        if columns.is_empty() {
            columns.push(Expr::Column(column(counted)));
        }
        project(plan, columns, span)
    }

    /// The aggregates under their names; those with `HAVING MAX x` of the rows whose x is the greatest of their group.
    fn of_best_rows(
        &mut self,
        prepared: &LogicalPlan,
        aggregates: &[Aggregate],
        group: &[Expr],
        span: Span,
    ) -> Bind<(LogicalPlan, Vec<Expr>)> {
        let mut windows = Vec::new();
        let mut exprs = Vec::new();
        for aggregate in aggregates {
            let mut expr = aggregate.expr.clone();
            if let (Some((max, by, data_type)), Expr::AggregateFunction(call)) =
                (&aggregate.having, &mut expr)
            {
                let resolved = functions::resolve(&functions::Call {
                    name: if *max { "max" } else { "min" },
                    args: std::slice::from_ref(data_type),
                    literals: &[None],
                    distinct: false,
                    ignore_nulls: None,
                    order: &[],
                    limit: None,
                    windowed: true,
                });
                let Some(Ok(resolved)) = resolved else {
                    return Err(Fault::unsupported(span, "HAVING by such a value"));
                };
                let mut function = WindowFunction::new(
                    WindowFunctionDefinition::AggregateUDF(resolved.udf),
                    vec![by.clone()],
                );
                function.params.partition_by = group.to_vec();
                function.params.window_frame = WindowFrame::new(None);
                let id = self.fresh("having");
                windows.push(super::window::Windowed {
                    expr: Expr::WindowFunction(Box::new(function)),
                    column: column(id.clone()),
                    returns: data_type.clone(),
                });
                let best = by.clone().eq(Expr::Column(column(id)));
                let own = call.params.filter.take();
                call.params.filter = Some(Box::new(match own {
                    Some(own) => own.and(best),
                    None => best,
                }));
            }
            exprs.push(expr.alias(aggregate.column.name.clone()));
        }
        Ok((self.with_windows(prepared.clone(), &windows, span)?, exprs))
    }

    /// What each row of the query around adds to its groups; and a group for those that have none, where there must be one.
    pub(super) fn with_params(
        &mut self,
        groups: LogicalPlan,
        grouped: bool,
        keys: &Keys,
        aggregates: &[Aggregate],
        span: Span,
    ) -> Bind<LogicalPlan> {
        let Some(many) = &self.many else {
            return Ok(groups);
        };
        let row = many.row_here().clone();
        let all = many.columns();
        let rows = many.instance().map_err(failed(span))?;
        let other = self.fresh("row");
        let mut columns = vec![Expr::Column(row.clone()).alias(other.clone())];
        columns.extend(super::select::others(&groups, std::slice::from_ref(&row)));
        let groups = project(groups, columns, span)?;
        let kept = groups.schema().columns();
        let kind = if grouped {
            JoinType::Inner
        } else {
            JoinType::Left
        };
        let plan = LogicalPlanBuilder::from(rows)
            .join_detailed(
                groups,
                kind,
                (vec![row], vec![column(other.clone())]),
                None,
                NullEquality::NullEqualsNothing,
            )
            .and_then(LogicalPlanBuilder::build)
            .map_err(failed(span))?;
        let mut columns: Vec<Expr> = all.into_iter().map(Expr::Column).collect();
        for one in kept.into_iter().filter(|c| c.name != other) {
            let aggregate = aggregates.iter().find(|a| a.column == one);
            let none = match aggregate.map(|a| (&a.expr, &a.returns)) {
                // What it is of no rows.
                Some((Expr::AggregateFunction(f), returns)) => {
                    f.func.default_value(returns).map_err(failed(span))?
                }
                _ if keys.groupings.iter().any(|(_, g)| *g == one) => ScalarValue::from(1i64),
                _ => ScalarValue::Null,
            };
            let value = Expr::Column(one.clone());
            columns.push(if none.is_null() || grouped {
                value
            } else {
                datafusion::functions::expr_fn::coalesce(vec![value, lit(none)]).alias(one.name)
            });
        }
        project(plan, columns, span)
    }
}

/// COUNT(*), where an aggregation needs something to compute.
fn count_rows() -> Expr {
    datafusion::functions_aggregate::expr_fn::count(lit(1i64))
}

/// Every set of the one with every set of the other.
fn crossed(left: &[Vec<usize>], right: &[Vec<usize>], span: Span) -> Bind<Vec<Vec<usize>>> {
    if left.len().saturating_mul(right.len()) > MOST_SETS {
        return Err(too_many(span));
    }
    Ok(left
        .iter()
        .flat_map(|a| {
            right
                .iter()
                .map(move |b| a.iter().chain(b).copied().collect())
        })
        .collect())
}

fn too_many(span: Span) -> Fault {
    Fault::unsupported(
        span,
        &format!("a GROUP BY of more than {MOST_SETS} grouping sets"),
    )
}

fn items_span(item: &GroupItem) -> Span {
    match item {
        GroupItem::Expr(expr, _) => expr.span,
        GroupItem::Tuple(exprs) => exprs.first().map(|e| e.span).unwrap_or_default(),
        GroupItem::Rollup(items) | GroupItem::Cube(items) | GroupItem::Sets(items) => {
            items.first().map(items_span).unwrap_or_default()
        }
    }
}
