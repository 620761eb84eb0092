//! Queries in expressions.
//!
//! | the query | how it is answered |
//! |---|---|
//! | reads no table | by [`apply`](super::apply), for many rows at once |
//! | reads tables, refers to nothing around | once, before everything else |
//! | reads tables and refers to the query around | by DataFusion's joins, as far as they go |

use datafusion::arrow::datatypes::{DataType, Field};
use datafusion::common::Column;
use datafusion::common::tree_node::{Transformed, TreeNode, TreeNodeRecursion};
use datafusion::logical_expr::expr::{AggregateFunction, Exists, InSubquery};
use datafusion::logical_expr::{
    Aggregate as AggregatePlan, Expr, ExprSchemable, LogicalPlan, LogicalPlanBuilder, Subquery, lit,
};
use std::sync::Arc;

use super::apply::Answer;
use super::expr::{boolean, negated};
use super::{Bind, Binder, Block, Border, Bound, DEEPEST_CORRELATION, Relation, failed, project};
use crate::dialect::aggregate as functions;
use crate::dialect::syntax::ast;
use crate::dialect::syntax::{Fault, Span};
use crate::dialect::types::{Kind, array_of};

/// A subquery that was bound, and what it refers to around it.
struct Within {
    relation: Relation,
    outer: Vec<Expr>,
}

impl Within {
    /// DataFusion joins a subquery with the query around it, and with none around that.
    fn refuse_deeper(&self, span: Span) -> Bind<()> {
        let deeper = |e: &Expr| e.contains_outer();
        if self.outer.iter().any(deeper) {
            return Err(Fault::unsupported(
                span,
                "a reference to the query around the query around",
            ));
        }
        Ok(())
    }
}

impl Binder<'_> {
    /// `(SELECT ..)` as a value: of no rows NULL, of more than one an error.
    pub(super) fn scalar_subquery(&mut self, query: &ast::Query, span: Span) -> Bind<Bound> {
        let within = self.subquery(query)?;
        let value = one_column(&within.relation, span)?;
        if !reads_tables(&within.relation.plan) {
            return self.applied(query, within, Answer::Scalar, span);
        }
        within.refuse_deeper(span)?;
        let plan = project(
            within.relation.plan,
            [value.expr.clone().alias("value")],
            span,
        )?;
        let correlated = !within.outer.is_empty();
        let plan = if correlated {
            self.at_most_one(plan, &value.data_type, span)?
        } else {
            plan
        };
        let expr = Expr::ScalarSubquery(as_subquery(plan));
        Ok(Bound::new(expr, value.data_type))
    }

    /// `EXISTS (SELECT ..)`.
    pub(super) fn exists(&mut self, query: &ast::Query, span: Span) -> Bind<Bound> {
        let within = self.subquery(query)?;
        if !reads_tables(&within.relation.plan) {
            return self.applied(query, within, Answer::Exists, span);
        }
        within.refuse_deeper(span)?;
        let mut plan = within.relation.plan;
        if within.outer.is_empty() {
            plan = LogicalPlanBuilder::from(plan)
                .limit(0, Some(1))
                .and_then(LogicalPlanBuilder::build)
                .map_err(failed(span))?;
        }
        let counted = datafusion::functions_aggregate::expr_fn::count(lit(1i64)).alias("n");
        let plan = AggregatePlan::try_new(Arc::new(plan), Vec::new(), vec![counted])
            .map(LogicalPlan::Aggregate)
            .map_err(failed(span))?;
        let count = Expr::ScalarSubquery(as_subquery(plan));
        Ok(boolean(count.gt(lit(0i64))))
    }

    /// A condition that rows are kept by: each part of an AND by itself.
    pub(super) fn kept(&mut self, expr: &ast::Expr) -> Bind<Expr> {
        if let ast::ExprKind::Binary(ast::BinaryOp::And, left, right) = &expr.kind {
            let (a, b) = (self.kept(left)?, self.kept(right)?);
            return Ok(a.and(b));
        }
        match self.kept_where(expr)? {
            Some(condition) => Ok(condition),
            None => self.condition(expr, "WHERE"),
        }
    }

    /// `EXISTS` and `IN` where rows are kept for which they are TRUE: as a semi-join.
    pub(super) fn kept_where(&mut self, expr: &ast::Expr) -> Bind<Option<Expr>> {
        match &expr.kind {
            ast::ExprKind::Exists(query) => self.kept_if_exists(query, false),
            ast::ExprKind::Unary(ast::UnaryOp::Not, inner) => match &inner.kind {
                ast::ExprKind::Exists(query) => self.kept_if_exists(query, true),
                _ => Ok(None),
            },
            ast::ExprKind::In {
                value,
                list: ast::List::Query(query),
                not,
            } => {
                let of = self.expr(value)?;
                let within = self.subquery(query)?;
                // DataFusion's anti-join minds NULLs where nothing correlates.
                if !reads_tables(&within.relation.plan) || (*not && !within.outer.is_empty()) {
                    return Ok(None);
                }
                within.refuse_deeper(expr.span)?;
                let column = one_column(&within.relation, expr.span)?;
                let Some(to) = self.supertype(&[&of, &column]) else {
                    return Ok(None);
                };
                if matches!(
                    Kind::of(&to),
                    Kind::Float
                        | Kind::Struct
                        | Kind::Array
                        | Kind::Json
                        | Kind::Interval
                        | Kind::Null
                        | Kind::Other
                ) {
                    return Ok(None);
                }
                let left = self.as_type(&of, &to, "IN", value.span)?;
                let right = self.as_type(&column, &to, "IN", expr.span)?;
                let plan = project(within.relation.plan, [right.alias("value")], expr.span)?;
                let inner = InSubquery::new(Box::new(left), as_subquery(plan), *not);
                Ok(Some(Expr::InSubquery(inner)))
            }
            _ => Ok(None),
        }
    }

    fn kept_if_exists(&mut self, query: &ast::Query, not: bool) -> Bind<Option<Expr>> {
        let within = self.subquery(query)?;
        if !reads_tables(&within.relation.plan) || within.outer.is_empty() {
            return Ok(None);
        }
        within.refuse_deeper(query.span)?;
        let exists = Exists::new(as_subquery(within.relation.plan), not);
        Ok(Some(Expr::Exists(exists)))
    }

    /// `x IN (SELECT ..)`: three-valued.
    pub(super) fn in_subquery(
        &mut self,
        value: &ast::Expr,
        query: &ast::Query,
        not: bool,
        span: Span,
    ) -> Bind<Bound> {
        let mut of = self.expr(value)?;
        let mut array = self.array_subquery(query, span)?;
        self.unite_with_elements(&mut of, &mut array, span)?;
        let within = self.function("$in_array", vec![of, array], span)?;
        Ok(negated(within, not))
    }

    /// `ARRAY(SELECT ..)`: of no rows an empty array.
    pub(super) fn array_subquery(&mut self, query: &ast::Query, span: Span) -> Bind<Bound> {
        let within = self.subquery(query)?;
        let value = one_column(&within.relation, span)?;
        if Kind::of(&value.data_type) == Kind::Array {
            return Err(Fault::new(span, "BigQuery has no ARRAY of ARRAY"));
        }
        if !reads_tables(&within.relation.plan) {
            return self.applied(query, within, Answer::Array, span);
        }
        within.refuse_deeper(span)?;
        let order = within.relation.order.clone();
        let keys: Vec<functions::SortKey> = order
            .iter()
            .map(|o| {
                let data_type = within
                    .relation
                    .plan
                    .schema()
                    .field_with_unqualified_name(&o.column.name)
                    .map_or(DataType::Null, |f| f.data_type().clone());
                (data_type, o.ascending, o.nulls_first)
            })
            .collect();
        let value_type = if value.data_type == DataType::Null {
            DataType::Int64
        } else {
            value.data_type.clone()
        };
        let resolved = functions::resolve(&functions::Call {
            name: "array_agg",
            args: std::slice::from_ref(&value_type),
            literals: &[None],
            distinct: false,
            ignore_nulls: None,
            order: &keys,
            limit: None,
            windowed: false,
        });
        let resolved = match resolved {
            Some(Ok(resolved)) => resolved,
            Some(Err(message)) => return Err(Fault::new(span, message)),
            None => return Err(Fault::unsupported(span, "ARRAY of a subquery")),
        };
        let mut args = vec![self.as_type(&value, &value_type, "the element", span)?];
        for (ordering, to) in order.iter().zip(resolved.takes.iter().skip(1)) {
            let key = Bound::new(Expr::Column(ordering.column.clone()), to.clone());
            args.push(key.expr);
        }
        let collected =
            AggregateFunction::new_udf(resolved.udf, args, false, None, Vec::new(), None);
        let collected = Expr::AggregateFunction(collected).alias("value");
        let plan =
            AggregatePlan::try_new(Arc::new(within.relation.plan), Vec::new(), vec![collected])
                .map(LogicalPlan::Aggregate)
                .map_err(failed(span))?;
        let array = Bound::new(
            Expr::ScalarSubquery(as_subquery(plan)),
            resolved.returns.clone(),
        );
        self.function("$array_or_empty", vec![array], span)
    }

    /// Binds a subquery as DataFusion would refer to what is around it.
    fn subquery(&mut self, query: &ast::Query) -> Bind<Within> {
        // Not one of many rows: that is decided when it is known what it reads.
        let many = self.many.take();
        let border = Block {
            border: Some(Border::default()),
            clause: "here",
            ..Block::default()
        };
        let done = self.within(border, |b| b.query(query));
        self.many = many;
        let (relation, block) = done?;
        let outer = block.border.map(|b| b.outer).unwrap_or_default();
        Ok(Within { relation, outer })
    }

    /// A subquery that reads no table, answered for many rows at once.
    fn applied(
        &mut self,
        query: &ast::Query,
        within: Within,
        answer: Answer,
        span: Span,
    ) -> Bind<Bound> {
        if self.correlated >= DEEPEST_CORRELATION {
            let message =
                format!("subqueries within each other more than {DEEPEST_CORRELATION} deep");
            return Err(Fault::unsupported(span, &message));
        }
        let params = within
            .outer
            .into_iter()
            .map(|expr| {
                let data_type = self.type_around(&expr, span)?;
                Ok((expr, data_type))
            })
            .collect::<Bind<Vec<_>>>()?;
        self.correlated += 1;
        let around = self.many.take();
        let rows = super::apply::Rows::new(self.next, &params).map_err(failed(span));
        let bound = rows.and_then(|rows| {
            self.next += 1;
            let border = Block {
                border: Some(Border {
                    outer: Vec::new(),
                    params: Some(rows.params.clone()),
                }),
                clause: "here",
                ..Block::default()
            };
            self.many = Some(rows);
            self.within(border, |b| {
                let relation = b.query(query)?;
                b.for_each_row(relation, span)
            })
        });
        self.correlated -= 1;
        let rows = std::mem::replace(&mut self.many, around);
        let (relation, _) = bound?;
        let Some(rows) = rows else {
            return Err(Fault::unsupported(span, "this subquery"));
        };
        let value = one_column(&relation, span);
        let (value, data_type) = match answer {
            Answer::Exists => (lit(true), DataType::Boolean),
            _ => {
                let value = value?;
                (value.expr, value.data_type)
            }
        };
        let data_type = match (answer, data_type) {
            (Answer::Array, DataType::Null) => DataType::Int64,
            (_, other) => other,
        };
        let mut columns = vec![Expr::Column(rows.row_here().clone()), value.alias("value")];
        columns.extend(
            relation
                .order
                .iter()
                .map(|o| Expr::Column(o.column.clone())),
        );
        let plan = project(relation.plan, columns, span)?;
        let returns = match answer {
            Answer::Array => array_of(data_type.clone()),
            _ => data_type.clone(),
        };
        let args = params.into_iter().map(|(expr, _)| expr).collect();
        let call = rows.call(self.state, plan, &relation.order, answer, data_type, args);
        Ok(Bound::new(call, returns))
    }

    /// The type of an expression over the query around.
    fn type_around(&self, expr: &Expr, span: Span) -> Bind<DataType> {
        for block in self.blocks.iter().rev() {
            let known = block
                .names
                .entries
                .iter()
                .map(|e| (&e.expr, &e.data_type))
                .chain(
                    block
                        .names
                        .ranges
                        .iter()
                        .filter_map(|r| r.value.as_ref())
                        .map(|b| (&b.expr, &b.data_type)),
                )
                .chain(block.aliases.iter().map(|(_, b)| (&b.expr, &b.data_type)))
                .chain(block.locals.iter().map(|(_, b)| (&b.expr, &b.data_type)));
            for (known, data_type) in known {
                if known == expr {
                    return Ok(data_type.clone());
                }
            }
            if let Some(params) = block.border.as_ref().and_then(|b| b.params.as_ref())
                && let Expr::Column(column) = expr
                && let Some((_, _, data_type)) = params.iter().find(|(_, c, _)| c == column)
            {
                return Ok(data_type.clone());
            }
        }
        let schema = self.block_schema()?;
        expr.get_type(&schema)
            .map_err(|_| Fault::unsupported(span, "a reference to this around a subquery"))
    }

    /// The rows of a relation again with what they refer to of the query around.
    pub(super) fn with_params_again(&mut self, relation: Relation, span: Span) -> Bind<Relation> {
        self.with_params(relation, true, &[], span)
    }

    /// One value of at most one row; more are an error.
    fn at_most_one(
        &self,
        plan: LogicalPlan,
        data_type: &DataType,
        span: Span,
    ) -> Bind<LogicalPlan> {
        // An aggregate of everything is one row already.
        if is_one_row(&plan) {
            return Ok(plan);
        }
        let udf = super::single::single(data_type);
        let call = AggregateFunction::new_udf(
            udf,
            vec![Expr::Column(super::column("value"))],
            false,
            None,
            Vec::new(),
            None,
        );
        let one = Expr::AggregateFunction(call).alias("one");
        AggregatePlan::try_new(Arc::new(plan), Vec::new(), vec![one])
            .map(LogicalPlan::Aggregate)
            .map_err(failed(span))
    }
}

fn is_one_row(plan: &LogicalPlan) -> bool {
    match plan {
        LogicalPlan::Aggregate(aggregate) => aggregate.group_expr.is_empty(),
        LogicalPlan::Projection(projection) => is_one_row(&projection.input),
        _ => false,
    }
}

/// The one value a row of the subquery is.
fn one_column(relation: &Relation, span: Span) -> Bind<Bound> {
    let mut columns = relation.names.star();
    match (columns.next(), columns.next()) {
        (Some(one), None) => Ok(one.bound()),
        _ => Err(
            Fault::new(span, "a subquery in an expression has one column")
                .help("write SELECT AS STRUCT for more than one"),
        ),
    }
}

fn as_subquery(plan: LogicalPlan) -> Subquery {
    let outer_ref_columns = plan.all_out_ref_exprs();
    Subquery {
        subquery: Arc::new(plan),
        outer_ref_columns,
        spans: Default::default(),
    }
}

/// Whether a plan reads anything but what is in the query.
fn reads_tables(plan: &LogicalPlan) -> bool {
    let mut reads = false;
    let _ = plan.apply_with_subqueries(|node| {
        if let LogicalPlan::TableScan(scan) = node
            && !super::apply::is_rows(&scan.table_name)
        {
            reads = true;
            return Ok(TreeNodeRecursion::Stop);
        }
        if matches!(node, LogicalPlan::RecursiveQuery(_)) {
            reads = true;
        }
        Ok(TreeNodeRecursion::Continue)
    });
    reads
}

/// An expression over the query around, as DataFusion knows it in a subquery.
pub(super) fn outer_reference(
    expr: Expr,
    types: &dyn Fn(&Column) -> Option<DataType>,
    span: Span,
) -> Bind<Expr> {
    let done = expr
        .transform_down(|e| {
            Ok(match e {
                Expr::Column(column) => {
                    let of = types(&column).unwrap_or(DataType::Null);
                    let field = Field::new(column.name.clone(), of, true);
                    Transformed::yes(Expr::OuterReferenceColumn(Arc::new(field), column))
                }
                other => Transformed::no(other),
            })
        })
        .map_err(failed(span))?;
    Ok(done.data)
}
