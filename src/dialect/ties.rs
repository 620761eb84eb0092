//! Breaks ties by the whole row: an answer that depends on the order of rows which are equal in their
//! `ORDER BY` depends on the rows' content instead.
//!
//! BigQuery leaves open which of them comes first; here the least row by its columns in turn. It runs as
//! an optimizer rule, when a row holds only what the query uses of it: rows that are equal in all of that
//! can't be told apart.

use std::sync::Arc;

use datafusion::arrow::row::{RowConverter, SortField};
use datafusion::common::tree_node::Transformed;
use datafusion::common::{Column, DFSchema, Result};
use datafusion::logical_expr::expr::{Sort as SortExpr, WindowFunction};
use datafusion::logical_expr::{
    Expr, LogicalPlan, Projection, Sort, Window, WindowFrame, WindowFrameBound, WindowFrameUnits,
    WindowFunctionDefinition,
};
use datafusion::optimizer::{ApplyOrder, OptimizerConfig, OptimizerRule};

#[derive(Debug)]
pub(super) struct BreakTies;

impl OptimizerRule for BreakTies {
    fn name(&self) -> &'static str {
        "break_ties"
    }

    fn apply_order(&self) -> Option<ApplyOrder> {
        Some(ApplyOrder::BottomUp)
    }

    fn supports_rewrite(&self) -> bool {
        true
    }

    fn rewrite(
        &self,
        plan: LogicalPlan,
        _: &dyn OptimizerConfig,
    ) -> Result<Transformed<LogicalPlan>> {
        match plan {
            LogicalPlan::Sort(mut sort) => {
                let ties = missing(&sort.expr, sort.input.schema());
                if ties.is_empty() {
                    return Ok(Transformed::no(LogicalPlan::Sort(sort)));
                }
                sort.expr.extend(ties);
                Ok(Transformed::yes(LogicalPlan::Sort(Sort { ..sort })))
            }
            LogicalPlan::Window(window) => window_plan(window),
            other => Ok(Transformed::no(other)),
        }
    }
}

fn window_plan(window: Window) -> Result<Transformed<LogicalPlan>> {
    let mut changed = false;
    let mut exprs = Vec::with_capacity(window.window_expr.len());
    for expr in &window.window_expr {
        let broken = match expr.clone().unalias() {
            Expr::WindowFunction(function) => with_ties_broken(function, window.input.schema()),
            _ => None,
        };
        changed |= broken.is_some();
        exprs.push(match broken {
            // The column keeps the name by which the plan above knows it.
            Some(broken) => broken.alias(expr.schema_name().to_string()),
            None => expr.clone(),
        });
    }
    if !changed {
        return Ok(Transformed::no(LogicalPlan::Window(window)));
    }
    // DataFusion sorts once for all functions of a node, by the order of the first.
    let columns: Vec<Expr> = window
        .input
        .schema()
        .columns()
        .into_iter()
        .map(Expr::Column)
        .chain(exprs.iter().map(|e| {
            let name = match e {
                Expr::Alias(alias) => alias.name.clone(),
                other => other.schema_name().to_string(),
            };
            Expr::Column(Column::new_unqualified(name))
        }))
        .collect();
    let mut groups: Vec<(SortKeys, Vec<Expr>)> = Vec::new();
    for expr in exprs {
        let keys = keys_of(&expr);
        match groups.iter_mut().find(|(known, _)| *known == keys) {
            Some((_, group)) => group.push(expr),
            None => groups.push((keys, vec![expr])),
        }
    }
    let mut plan = Arc::clone(&window.input);
    let several = groups.len() > 1;
    for (_, group) in groups {
        plan = Arc::new(LogicalPlan::Window(Window::try_new(group, plan)?));
    }
    let plan = Arc::unwrap_or_clone(plan);
    let plan = if several {
        LogicalPlan::Projection(Projection::try_new(columns, Arc::new(plan))?)
    } else {
        plan
    };
    Ok(Transformed::yes(plan))
}

/// What the rows of a window function are sorted by.
type SortKeys = (Vec<Expr>, Vec<SortExpr>);

fn keys_of(expr: &Expr) -> SortKeys {
    match expr.clone().unalias() {
        Expr::WindowFunction(function) => (function.params.partition_by, function.params.order_by),
        _ => (Vec::new(), Vec::new()),
    }
}

fn with_ties_broken(mut function: Box<WindowFunction>, row: &DFSchema) -> Option<Expr> {
    if function.params.order_by.is_empty() || !depends_on_ties(&function) {
        return None;
    }
    let ties = missing(&function.params.order_by, row);
    if ties.is_empty() {
        return None;
    }
    function.params.order_by.extend(ties);
    Some(Expr::WindowFunction(function))
}

/// Whether a window function tells rows apart that are equal in its `ORDER BY`, so that a longer one
/// only chooses among its answers.
///
/// A RANGE frame that ends with the rows equal to the current one is another frame with a longer
/// `ORDER BY`: there it is the first value alone that may have one.
pub(super) fn depends_on_ties(function: &WindowFunction) -> bool {
    let frame = &function.params.window_frame;
    match &function.fun {
        WindowFunctionDefinition::AggregateUDF(_) => cuts_ties(frame),
        WindowFunctionDefinition::WindowUDF(window) => match window.name() {
            "row_number" | "ntile" | "lag" | "lead" => true,
            "first_value" => cuts_ties(frame) || frame.start_bound.is_unbounded(),
            "last_value" | "nth_value" => cuts_ties(frame) || is_whole(frame),
            // RANK and its like give equal rows equal numbers.
            _ => false,
        },
    }
}

fn cuts_ties(frame: &WindowFrame) -> bool {
    frame.units == WindowFrameUnits::Rows && !is_whole(frame)
}

fn is_whole(frame: &WindowFrame) -> bool {
    let unbounded = |bound: &WindowFrameBound| bound.is_unbounded();
    unbounded(&frame.start_bound) && unbounded(&frame.end_bound)
}

/// The columns of a row that an order does not name yet, as far as they have an order.
fn missing(order: &[SortExpr], row: &DFSchema) -> Vec<SortExpr> {
    row.iter()
        .filter(|(_, field)| {
            RowConverter::supports_fields(&[SortField::new(field.data_type().clone())])
        })
        .map(|column| Expr::Column(column.into()))
        .filter(|column| order.iter().all(|sort| sort.expr != *column))
        .map(|column| column.sort(true, true))
        .collect()
}
