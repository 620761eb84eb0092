//! Queries in expressions.
//!
//! | the query | how it is answered |
//! |---|---|
//! | reads tables, refers to nothing around | once, before everything else |
//! | reads tables, and is one of those in [`decorrelate`](super::decorrelate) | by DataFusion's joins |
//! | any other | by [`apply`](super::apply), for many rows at once |

use datafusion::arrow::datatypes::{DataType, Field};
use datafusion::common::Column;
use datafusion::common::tree_node::{Transformed, TreeNode, TreeNodeRecursion};
use datafusion::logical_expr::expr::{AggregateFunction, Exists, InSubquery};
use datafusion::logical_expr::{
    Aggregate as AggregatePlan, Expr, LogicalPlan, LogicalPlanBuilder, Subquery, lit,
};
use std::sync::Arc;

use super::deal::Answer;
use super::decorrelate::{Wanted, can_join, holds_subquery, is_always_needed};
use super::expr::{boolean, negated};
use super::query::Ordering;
use super::{Bind, Binder, Block, Border, Bound, DEEPEST_CORRELATION, Relation, failed, project};
use crate::dialect::aggregate as functions;
use crate::dialect::syntax::ast;
use crate::dialect::syntax::{Fault, Span};
use crate::dialect::types::{Kind, array_of};

/// A subquery that was bound, and what it refers to around it.
struct Within {
    relation: Relation,
    outer: Vec<(Expr, DataType)>,
}

/// How a subquery is answered.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Way {
    Once,
    Join,
    /// For many rows at once; whether it reads tables.
    Apply(bool),
}

impl Binder<'_> {
    fn way(&mut self, within: &Within, wanted: Wanted) -> Bind<Way> {
        let plan = &within.relation.plan;
        if !reads_tables(plan) {
            return Ok(Way::Apply(false));
        }
        if within.outer.is_empty() {
            return Ok(Way::Once);
        }
        // DataFusion joins a subquery with the query around it, and with none around that.
        let deeper = within.outer.iter().any(|(e, _)| e.contains_outer());
        let block = self.block()?;
        if deeper || !block.may_join || !can_join(plan, wanted) {
            return Ok(Way::Apply(true));
        }
        block.has_joined = true;
        Ok(Way::Join)
    }

    /// `(SELECT ..)` as a value: of no rows NULL, of more than one an error.
    pub(super) fn scalar_subquery(&mut self, query: &ast::Query, span: Span) -> Bind<Bound> {
        let within = self.subquery(query)?;
        let value = one_column(&within.relation, span)?;
        let way = self.way(&within, Wanted::Value)?;
        if let Way::Apply(tables) = way {
            return self.applied(query, within, Answer::Scalar, tables, span);
        }
        let plan = project(
            within.relation.plan,
            [value.expr.clone().alias("value")],
            span,
        )?;
        let plan = self.at_most_one(plan, &value.data_type, span)?;
        let expr = Expr::ScalarSubquery(as_subquery(plan));
        Ok(Bound::new(expr, value.data_type))
    }

    /// `EXISTS (SELECT ..)`.
    pub(super) fn exists(&mut self, query: &ast::Query, span: Span) -> Bind<Bound> {
        let within = self.subquery(query)?;
        let tables = reads_tables(&within.relation.plan);
        self.exists_of(query, within, tables, span)
    }

    fn exists_of(
        &mut self,
        query: &ast::Query,
        within: Within,
        tables: bool,
        span: Span,
    ) -> Bind<Bound> {
        if !tables || !within.outer.is_empty() {
            return self.applied(query, within, Answer::Exists, tables, span);
        }
        let first = LogicalPlanBuilder::from(within.relation.plan)
            .limit(0, Some(1))
            .and_then(LogicalPlanBuilder::build)
            .map_err(failed(span))?;
        let counted = datafusion::functions_aggregate::expr_fn::count(lit(1i64)).alias("n");
        let plan = AggregatePlan::try_new(Arc::new(first), Vec::new(), vec![counted])
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
        self.block()?.may_join = true;
        let kept = self.kept_where(expr);
        self.block()?.may_join = is_always_needed(expr);
        let done = match kept? {
            Some(condition) => Ok(condition),
            None => self.condition(expr, "WHERE"),
        };
        self.block()?.may_join = false;
        done
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
                let joins = (!*not || within.outer.is_empty()) && !holds_subquery(&of.expr);
                if !joins || matches!(self.way(&within, Wanted::Rows)?, Way::Apply(_)) {
                    return Ok(None);
                }
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
        Ok(Some(match self.way(&within, Wanted::Rows)? {
            Way::Join => Expr::Exists(Exists::new(as_subquery(within.relation.plan), not)),
            way => {
                let tables = way != Way::Apply(false);
                let exists = self.exists_of(query, within, tables, query.span)?;
                negated(exists, not).expr
            }
        }))
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
            return self.applied(query, within, Answer::Array, false, span);
        }
        if !within.outer.is_empty() {
            return self.applied(query, within, Answer::Collected, true, span);
        }
        let (collected, value_type) = self.collected(&within.relation, &value, span)?;
        let plan = within.relation.plan;
        let plan = AggregatePlan::try_new(Arc::new(plan), Vec::new(), vec![collected])
            .map(LogicalPlan::Aggregate)
            .map_err(failed(span))?;
        let array = Expr::ScalarSubquery(as_subquery(plan));
        let array = Bound::new(array, array_of(value_type));
        self.function("$array_or_empty", vec![array], span)
    }

    /// The values of a relation's rows as an array called `value`, and the type of its elements.
    fn collected(
        &mut self,
        relation: &Relation,
        value: &Bound,
        span: Span,
    ) -> Bind<(Expr, DataType)> {
        let keys: Vec<functions::SortKey> = relation
            .order
            .iter()
            .map(|o| {
                let schema = relation.plan.schema();
                let data_type = schema
                    .field_with_unqualified_name(&o.column.name)
                    .map_or(DataType::Null, |f| f.data_type().clone());
                (data_type, o.ascending, o.nulls_first)
            })
            .collect();
        let value_type = match &value.data_type {
            DataType::Null => DataType::Int64,
            other => other.clone(),
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
        let mut args = vec![self.as_type(value, &value_type, "the element", span)?];
        args.extend(
            relation
                .order
                .iter()
                .map(|o| Expr::Column(o.column.clone())),
        );
        let call = AggregateFunction::new_udf(resolved.udf, args, false, None, Vec::new(), None);
        Ok((Expr::AggregateFunction(call).alias("value"), value_type))
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

    /// A subquery that is answered for many rows at once.
    fn applied(
        &mut self,
        query: &ast::Query,
        within: Within,
        answer: Answer,
        tables: bool,
        span: Span,
    ) -> Bind<Bound> {
        if self.correlated >= DEEPEST_CORRELATION {
            let message =
                format!("subqueries within each other more than {DEEPEST_CORRELATION} deep");
            return Err(Fault::unsupported(span, &message));
        }
        let params = within.outer;
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
                let relation = b.for_each_row(relation, span)?;
                b.with_answers(relation, answer, tables, span)
            })
        });
        self.correlated -= 1;
        let rows = std::mem::replace(&mut self.many, around);
        let ((relation, data_type), _) = bound?;
        let Some(rows) = rows else {
            return Err(Fault::unsupported(span, "this subquery"));
        };
        let returns = match answer {
            Answer::Array | Answer::Collected => array_of(data_type.clone()),
            _ => data_type.clone(),
        };
        let args = params.into_iter().map(|(expr, _)| expr).collect();
        let (plan, order) = (relation.plan, &relation.order);
        let call = rows.call(self.state, plan, order, answer, tables, data_type, args);
        Ok(Bound::new(call, returns))
    }

    /// The columns that rows are dealt by: the row each is for, a value, and what they are ordered by; and the value's type.
    fn with_answers(
        &mut self,
        relation: Relation,
        answer: Answer,
        tables: bool,
        span: Span,
    ) -> Bind<(Relation, DataType)> {
        let Some(row) = self.row_columns(relation.row).into_iter().next() else {
            return Err(Fault::unsupported(span, "this subquery"));
        };
        let row = Expr::Column(row);
        let grouped = |plan: LogicalPlan, aggregates: Vec<Expr>| {
            AggregatePlan::try_new(Arc::new(plan), vec![row.clone()], aggregates)
                .map(LogicalPlan::Aggregate)
                .map_err(failed(span))
        };
        let (plan, columns, order, data_type) = match answer {
            Answer::Exists => {
                // Of many rows one will do.
                let plan = match tables {
                    true => grouped(relation.plan, Vec::new())?,
                    false => relation.plan,
                };
                let columns = vec![row.clone(), lit(true).alias("value")];
                (plan, columns, Vec::new(), DataType::Boolean)
            }
            Answer::Collected => {
                let value = one_column(&relation, span)?;
                let (collected, of) = self.collected(&relation, &value, span)?;
                let plan = grouped(relation.plan, vec![collected])?;
                let columns = vec![row.clone(), Expr::Column(super::column("value"))];
                (plan, columns, Vec::new(), of)
            }
            Answer::Scalar | Answer::Array => {
                let value = one_column(&relation, span)?;
                let mut columns = vec![row.clone(), value.expr.alias("value")];
                let mut order = relation.order;
                order.extend(relation.position.iter().flatten().map(|place| Ordering {
                    column: place.clone(),
                    ascending: true,
                    nulls_first: true,
                }));
                columns.extend(order.iter().map(|o| Expr::Column(o.column.clone())));
                let of = match (answer, value.data_type) {
                    (Answer::Array, DataType::Null) => DataType::Int64,
                    (_, other) => other,
                };
                (relation.plan, columns, order, of)
            }
        };
        let relation = Relation {
            plan: project(plan, columns, span)?,
            names: relation.names,
            is_value: relation.is_value,
            row: relation.row,
            order,
            position: None,
        };
        Ok((relation, data_type))
    }

    /// The rows of a relation again with what they refer to of the query around.
    pub(super) fn with_params_again(&mut self, relation: Relation, span: Span) -> Bind<Relation> {
        let none = super::group::Keys::default();
        let plan = self.with_params(relation.plan, true, &none, &[], span)?;
        Ok(Relation { plan, ..relation })
    }

    /// One value, NULL of no row; of more than one an error.
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
        LogicalPlan::Limit(limit) => is_one_row(&limit.input),
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
