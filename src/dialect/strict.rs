//! BigQuery's types in a finished plan, before DataFusion's own coercion.
//!
//! [`operators`](super::operators) sees operators only. What else compares or unites values is found here, node by node:
//! `IN`, `CASE`, `COALESCE`, `LIKE`, `UNION`, joins. Values of types BigQuery does not unite are refused. FLOAT64 keys of
//! `GROUP BY`, `DISTINCT` and `PARTITION BY` are made canonical (-0 is 0, all NaN are one), and FLOAT64 in `ORDER BY` is
//! ordered as BigQuery orders it: NULL, NaN, -inf up to inf.

use std::sync::Arc;

use datafusion::arrow::datatypes::DataType;
use datafusion::common::tree_node::{Transformed, TreeNode};
use datafusion::common::{DFSchema, Result, plan_err};
use datafusion::logical_expr::expr::{InList, NullTreatment};
use datafusion::logical_expr::expr_rewriter::NamePreserver;
use datafusion::logical_expr::utils::merge_schema;
use datafusion::logical_expr::{
    AggregateUDF, Distinct, Expr, ExprSchemable, LogicalPlan, LogicalPlanBuilder, Operator,
    WindowFrameBound, WindowFrameUnits, WindowFunctionDefinition, lit,
};

use super::aggregate;
use super::operators::{call, compare, refuse, temporal};
use super::types::{Kind, common, common_of, name, names};

/// The plan with BigQuery's meaning of types, or why it has none.
pub(super) fn plan(plan: LogicalPlan) -> Result<LogicalPlan> {
    Ok(plan.transform_up_with_subqueries(node)?.data)
}

/// The expression, over columns of `schema`, with BigQuery's meaning of types.
pub(super) fn expression(expr: Expr, schema: &DFSchema) -> Result<Expr> {
    Ok(expr.transform_up(|e| one(e, schema))?.data)
}

fn node(plan: LogicalPlan) -> Result<Transformed<LogicalPlan>> {
    check(&plan)?;
    let schema = merge_schema(&plan.inputs());
    if let LogicalPlan::Distinct(Distinct::All(input)) = &plan {
        return distinct(input, &schema);
    }
    let keys = match &plan {
        LogicalPlan::Aggregate(aggregate) => aggregate.group_expr.len(),
        _ => 0,
    };
    let sorts = matches!(plan, LogicalPlan::Sort(_));
    let names = NamePreserver::new(&plan);
    let mut index = 0;
    let plan = plan.map_expressions(|expr| {
        let saved = names.save(&expr);
        let expr = expression(expr, &schema)?;
        let expr = if index < keys {
            canonical(expr, &schema)?
        } else if sorts {
            ordered(expr, &schema)?
        } else {
            expr
        };
        index += 1;
        Ok(Transformed::yes(saved.restore(expr)))
    })?;
    plan.map_data(LogicalPlan::recompute_schema)
}

/// Refuses nodes that unite values of unlike types.
fn check(plan: &LogicalPlan) -> Result<()> {
    match plan {
        LogicalPlan::Union(union) => {
            let mut inputs = union.inputs.iter().map(|input| input.schema());
            let Some(first) = inputs.next() else {
                return Ok(());
            };
            for other in inputs {
                for (i, (a, b)) in first.fields().iter().zip(other.fields()).enumerate() {
                    if unlike(a.data_type(), b.data_type()) {
                        return plan_err!(
                            "column {} is {} in one part of the UNION and {} in another",
                            i + 1,
                            name(a.data_type()),
                            name(b.data_type())
                        );
                    }
                }
            }
        }
        LogicalPlan::Join(join) => {
            for (left, right) in &join.on {
                let a = left.get_type(join.left.schema())?;
                let b = right.get_type(join.right.schema())?;
                if unlike(&a, &b) {
                    return refuse(
                        &format!("a join does not compare {} with {}", name(&a), name(&b)),
                        &[left],
                    );
                }
                if Kind::of(&a) == Kind::Float || Kind::of(&b) == Kind::Float {
                    return refuse(
                        "a join by FLOAT64 with USING or a set operation is not supported yet",
                        &[left],
                    );
                }
            }
        }
        _ => {}
    }
    Ok(())
}

fn unlike(a: &DataType, b: &DataType) -> bool {
    a != b && common(Kind::of(a), Kind::of(b)).is_none_or(|kind| kind == Kind::Other)
}

fn one(expr: Expr, schema: &DFSchema) -> Result<Transformed<Expr>> {
    Ok(match expr {
        Expr::InList(list) => Transformed::yes(in_list(list, schema)?),
        Expr::InSubquery(ref inner) => {
            let a = inner.expr.get_type(schema)?;
            let subquery = inner.subquery.subquery.schema();
            let Some(b) = subquery.fields().first().map(|f| f.data_type().clone()) else {
                return Ok(Transformed::no(expr));
            };
            if unlike(&a, &b) {
                let message = format!("IN does not compare {} with {}", name(&a), name(&b));
                return refuse(&message, &[&inner.expr]);
            }
            if Kind::of(&a) == Kind::Float || Kind::of(&b) == Kind::Float {
                return refuse(
                    "IN (SELECT ..) of FLOAT64 is not supported yet",
                    &[&inner.expr],
                );
            }
            Transformed::no(expr)
        }
        Expr::Case(ref case) => {
            let results = case.when_then_expr.iter().map(|(_, then)| then);
            let results: Vec<&Expr> = results.chain(&case.else_expr).map(AsRef::as_ref).collect();
            unite("CASE", &results, schema)?;
            for (when, _) in &case.when_then_expr {
                let given = when.get_type(schema)?;
                if !matches!(Kind::of(&given), Kind::Bool | Kind::Null) {
                    return refuse(
                        &format!("a condition is BOOL, not {}", name(&given)),
                        &[when],
                    );
                }
            }
            Transformed::no(expr)
        }
        Expr::ScalarFunction(ref function) if function.name() == "coalesce" => {
            unite(
                "COALESCE",
                &function.args.iter().collect::<Vec<_>>(),
                schema,
            )?;
            Transformed::no(expr)
        }
        Expr::Like(ref like) => {
            for side in [&like.expr, &like.pattern] {
                let given = side.get_type(schema)?;
                if !matches!(Kind::of(&given), Kind::String | Kind::Null) {
                    return refuse(&format!("LIKE takes STRING, not {}", name(&given)), &[side]);
                }
            }
            Transformed::no(expr)
        }
        Expr::AggregateFunction(mut function) => {
            if let Some(floats) = of_floats(function.func.name(), &function.params.args, schema)? {
                function.func = floats;
            }
            if function.params.distinct {
                let args = std::mem::take(&mut function.params.args);
                function.params.args = args
                    .into_iter()
                    .map(|e| canonical(e, schema))
                    .collect::<Result<_>>()?;
            }
            for sort in &mut function.params.order_by {
                sort.expr = ordered(std::mem::replace(&mut sort.expr, lit(0)), schema)?;
            }
            Transformed::yes(Expr::AggregateFunction(function))
        }
        Expr::WindowFunction(mut function) => {
            if let WindowFunctionDefinition::AggregateUDF(udaf) = &function.fun
                && let Some(floats) = of_floats(udaf.name(), &function.params.args, schema)?
            {
                function.fun = WindowFunctionDefinition::AggregateUDF(floats);
            }
            let params = &mut function.params;
            let keys = std::mem::take(&mut params.partition_by);
            params.partition_by = keys
                .into_iter()
                .map(|e| canonical(e, schema))
                .collect::<Result<_>>()?;
            let frame = &params.window_frame;
            let offsets =
                [&frame.start_bound, &frame.end_bound]
                    .into_iter()
                    .any(|bound| match bound {
                        WindowFrameBound::Preceding(n) | WindowFrameBound::Following(n) => {
                            !n.is_null()
                        }
                        WindowFrameBound::CurrentRow => false,
                    });
            for sort in &mut params.order_by {
                if frame.units == WindowFrameUnits::Range
                    && offsets
                    && Kind::of(&sort.expr.get_type(schema)?) == Kind::Float
                {
                    return refuse("RANGE over FLOAT64 is not supported yet", &[&sort.expr]);
                }
                sort.expr = ordered(std::mem::replace(&mut sort.expr, lit(0)), schema)?;
            }
            if params.null_treatment == Some(NullTreatment::RespectNulls) {
                params.null_treatment = None;
            }
            Transformed::yes(Expr::WindowFunction(function))
        }
        other => Transformed::no(other),
    })
}

/// `x IN (a, b)` with all of one type; for FLOAT64 as comparisons, since NaN is in nothing.
fn in_list(list: InList, schema: &DFSchema) -> Result<Expr> {
    let InList {
        expr,
        list,
        negated,
    } = list;
    let list = list
        .into_iter()
        .map(|item| temporal(item, &expr, schema))
        .collect::<Result<Vec<_>>>()?;
    let types = std::iter::once(&*expr)
        .chain(&list)
        .map(|e| e.get_type(schema))
        .collect::<Result<Vec<_>>>()?;
    let kind = match common_of(&types) {
        None | Some(Kind::Other) => {
            return refuse(
                &format!("IN does not compare values of {}", names(&types)),
                &[&expr],
            );
        }
        Some(kind) => kind,
    };
    if kind == Kind::Float {
        let mut any: Option<Expr> = None;
        for item in list {
            let equal = compare(Operator::Eq, (*expr).clone(), item, schema)?;
            any = Some(match any {
                Some(others) => others.or(equal),
                None => equal,
            });
        }
        let any = any.unwrap_or_else(|| lit(false));
        return Ok(if negated {
            Expr::Not(Box::new(any))
        } else {
            any
        });
    }
    Ok(Expr::InList(InList::new(expr, list, negated)))
}

/// Refuses values of one result that BigQuery does not unite.
fn unite(what: &str, values: &[&Expr], schema: &DFSchema) -> Result<()> {
    let types = values
        .iter()
        .map(|e| e.get_type(schema))
        .collect::<Result<Vec<_>>>()?;
    let equal = types.windows(2).all(|pair| pair.first() == pair.last());
    match common_of(&types) {
        None | Some(Kind::Other) if !equal => {
            let operands: Vec<&Expr> = values.to_vec();
            refuse(
                &format!("{what} does not unite values of {}", names(&types)),
                &operands,
            )
        }
        _ => Ok(()),
    }
}

/// The aggregate of FLOAT64 that takes the place of DataFusion's, if `args` are such.
fn of_floats(name: &str, args: &[Expr], schema: &DFSchema) -> Result<Option<Arc<AggregateUDF>>> {
    match args {
        [arg] if Kind::of(&arg.get_type(schema)?) == Kind::Float => Ok(aggregate::of_floats(name)),
        _ => Ok(None),
    }
}

/// `SELECT DISTINCT` over canonical floats.
fn distinct(input: &LogicalPlan, schema: &DFSchema) -> Result<Transformed<LogicalPlan>> {
    let float = |t: &DataType| Kind::of(t) == Kind::Float;
    if !schema.fields().iter().any(|f| float(f.data_type())) {
        let same = LogicalPlan::Distinct(Distinct::All(input.clone().into()));
        return Ok(Transformed::no(same));
    }
    let columns = schema
        .iter()
        .map(|(qualifier, field)| {
            let column = Expr::from((qualifier, field));
            Ok(if float(field.data_type()) {
                canonical(column, schema)?.alias_qualified(qualifier.cloned(), field.name())
            } else {
                column
            })
        })
        .collect::<Result<Vec<_>>>()?;
    let plan = LogicalPlanBuilder::from(input.clone())
        .project(columns)?
        .distinct()?
        .build()?;
    Ok(Transformed::yes(plan))
}

/// A FLOAT64 so that equal values have equal bits.
fn canonical(expr: Expr, schema: &DFSchema) -> Result<Expr> {
    float_through("$canonical", expr, schema)
}

/// A FLOAT64 as an INT64 in BigQuery's order.
fn ordered(expr: Expr, schema: &DFSchema) -> Result<Expr> {
    float_through("$order", expr, schema)
}

fn float_through(function: &str, expr: Expr, schema: &DFSchema) -> Result<Expr> {
    if matches!(expr, Expr::GroupingSet(_)) || Kind::of(&expr.get_type(schema)?) != Kind::Float {
        return Ok(expr);
    }
    call(function, vec![expr])
}
