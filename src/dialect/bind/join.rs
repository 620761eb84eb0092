//! Joins.

use datafusion::common::{JoinType, NullEquality};
use datafusion::logical_expr::{Expr, LogicalPlanBuilder, lit};

use super::names::{Entry, Names};
use super::query::{all_columns, filter};
use super::{Bind, Binder, Block, Bound, Relation, column, failed, project};
use crate::dialect::syntax::ast::{BinaryOp, ExprKind, FromKind, Ident, Join, JoinKind};
use crate::dialect::syntax::walk::{Visitor, walk_expr};
use crate::dialect::syntax::{Fault, Span};

impl Binder<'_> {
    pub(super) fn join(&mut self, join: &Join, span: Span) -> Bind<Relation> {
        let left = self.from(&join.left)?;
        self.join_with(left, join, span)
    }

    /// A join whose left side is bound.
    pub(super) fn join_with(&mut self, left: Relation, join: &Join, span: Span) -> Bind<Relation> {
        let needs_condition =
            matches!(join.kind, JoinKind::Left | JoinKind::Right | JoinKind::Full);
        let has_condition = join.on.is_some() || !join.using.is_empty();
        // An array of the left side's rows.
        let array = match &join.right.kind {
            FromKind::Unnest {
                array,
                alias,
                offset,
            } => Some((array.clone(), alias.clone(), offset.clone())),
            FromKind::Path {
                path,
                alias,
                offset,
            } => self.array_path(path, Some(&left.names))?.map(|array| {
                (
                    array,
                    alias.clone().or_else(|| path.last().cloned()),
                    offset.clone(),
                )
            }),
            _ => None,
        };
        let of_array = array.is_some();
        let array = array.filter(|(array, ..)| self.depends(&left, array));
        if let Some((array, alias, offset)) = array {
            let outer = match join.kind {
                JoinKind::Comma | JoinKind::Cross | JoinKind::Inner => false,
                JoinKind::Left => true,
                JoinKind::Right | JoinKind::Full => {
                    return Err(Fault::unsupported(
                        join.right.span,
                        "RIGHT and FULL JOIN with an array",
                    ));
                }
            };
            if !join.using.is_empty() {
                return Err(Fault::unsupported(join.right.span, "USING with an array"));
            }
            let always = matches!(
                join.on.as_ref().map(|on| &on.kind),
                None | Some(ExprKind::Bool(true))
            );
            if outer && !always {
                return Err(Fault::unsupported(
                    join.right.span,
                    "LEFT JOIN with an array and a condition",
                ));
            }
            let mut joined = self.unnested(
                left,
                &array,
                alias.as_ref(),
                offset.as_ref(),
                outer,
                join.right.span,
            )?;
            if let Some(on) = join.on.as_ref().filter(|_| !always) {
                let block = Block {
                    names: joined.names.clone(),
                    clause: "in ON",
                    ..Block::default()
                };
                let (condition, _) = self.within(block, |b| b.condition(on, "ON"))?;
                joined.plan = filter(joined.plan, condition, on.span)?;
            }
            return Ok(joined);
        }
        if needs_condition && !has_condition && !of_array {
            return Err(Fault::new(join.right.span, "this join needs ON or USING"));
        }
        if has_condition && matches!(join.kind, JoinKind::Cross) {
            return Err(Fault::new(join.right.span, "CROSS JOIN takes no condition"));
        }
        if !has_condition && join.kind == JoinKind::Inner && !of_array {
            return Err(Fault::new(join.right.span, "this join needs ON or USING")
                .help("write CROSS JOIN for every row with every row"));
        }
        let right = self.from(&join.right)?;
        self.joined(left, right, join, span)
    }

    /// Whether an array is one of the rows on the left.
    fn depends(&mut self, left: &Relation, array: &crate::dialect::syntax::ast::Expr) -> bool {
        let block = Block {
            clause: "in UNNEST",
            ..Block::default()
        };
        if self.within(block, |b| b.expr(array)).is_err() {
            return true;
        }
        // What it names may be on the left and around.
        let mut named = Named(Vec::new());
        walk_expr(array, &mut named);
        named.0.iter().any(|name| {
            left.names.entries.iter().any(|e| name.is(&e.name))
                || left.names.ranges.iter().any(|r| name.is(&r.name))
        })
    }

    fn joined(
        &mut self,
        left: Relation,
        right: Relation,
        join: &Join,
        span: Span,
    ) -> Bind<Relation> {
        let kind = match join.kind {
            JoinKind::Left => JoinType::Left,
            JoinKind::Right => JoinType::Right,
            JoinKind::Full => JoinType::Full,
            JoinKind::Comma | JoinKind::Cross | JoinKind::Inner => JoinType::Inner,
        };
        let (left, right, keys, row) = self.rows_of_both(left, right, kind, span)?;
        let mut names = left
            .names
            .clone()
            .and(right.names.clone(), join.right.span)?;
        let position = match (&left.position, &right.position) {
            (Some(a), Some(b)) => Some(a.iter().chain(b).cloned().collect()),
            _ => None,
        };
        let mut conditions = Vec::new();
        if let Some(on) = &join.on {
            let block = Block {
                names: names.clone(),
                clause: "in ON",
                ..Block::default()
            };
            let (condition, _) = self.within(block, |b| b.condition(on, "ON"))?;
            conditions.push(condition);
        }
        let mut merged = Vec::new();
        for name in &join.using {
            let a = side(&left.names, name)?;
            let b = side(&right.names, name)?;
            let equal = self.compare(BinaryOp::Equal, &a.bound(), &b.bound(), name.span)?;
            conditions.push(equal.expr);
            merged.push((name, a, b));
        }
        let condition = conditions.into_iter().reduce(Expr::and);
        let condition = match condition {
            None if kind != JoinType::Inner => Some(lit(true)),
            condition => condition,
        };
        let mut plan = LogicalPlanBuilder::from(left.plan)
            .join_detailed(
                right.plan,
                kind,
                keys,
                condition,
                NullEquality::NullEqualsNothing,
            )
            .and_then(LogicalPlanBuilder::build)
            .map_err(failed(span))?;
        let mut first = Vec::new();
        for (name, a, b) in merged {
            for entry in &mut names.entries {
                if (entry.expr == a.expr || entry.expr == b.expr) && name.is(&entry.name) {
                    entry.star = false;
                    entry.bare = false;
                }
            }
            let value: Bound = match join.kind {
                JoinKind::Right => b.bound(),
                JoinKind::Full => {
                    let present = a.expr.clone().is_not_null();
                    self.choose(vec![present], &[a.bound(), b.bound()], "USING", &[], span)?
                }
                _ => a.bound(),
            };
            let id = self.fresh(&a.name);
            let mut columns = all_columns(&plan);
            columns.push(value.expr.alias(id.clone()));
            plan = project(plan, columns, span)?;
            first.push(Entry::column(&a.name, &id, value.data_type));
        }
        first.extend(std::mem::take(&mut names.entries));
        names.entries = first;
        Ok(Relation {
            plan,
            names,
            is_value: false,
            row,
            order: Vec::new(),
            position,
        })
    }

    /// Both sides, so that they can be joined for each row of a query around alone; and by what.
    #[allow(clippy::type_complexity, reason = "two sides and their keys")]
    fn rows_of_both(
        &mut self,
        left: Relation,
        right: Relation,
        kind: JoinType,
        span: Span,
    ) -> Bind<(
        Relation,
        Relation,
        (
            Vec<datafusion::common::Column>,
            Vec<datafusion::common::Column>,
        ),
        Option<u64>,
    )> {
        let none = (Vec::new(), Vec::new());
        match (left.row, right.row) {
            (None, None) => Ok((left, right, none, None)),
            (Some(_), None) if kind == JoinType::Inner => {
                let row = left.row;
                Ok((left, right, none, row))
            }
            (None, Some(_)) if kind == JoinType::Inner => {
                let row = right.row;
                Ok((left, right, none, row))
            }
            _ => {
                if kind != JoinType::Inner && kind != JoinType::Left {
                    return Err(Fault::unsupported(
                        span,
                        "RIGHT and FULL JOIN in a subquery that refers to a query around",
                    ));
                }
                let left = self.for_each_row(left, span)?;
                let right = self.for_each_row(right, span)?;
                let row = left.row;
                let own = self.row_columns(row);
                let Some(key) = own.first().cloned() else {
                    return Err(Fault::unsupported(span, "this join in a subquery"));
                };
                let other = self.fresh("row");
                let mut columns = vec![Expr::Column(key.clone()).alias(other.clone())];
                columns.extend(super::select::others(&right.plan, &own));
                let right = Relation {
                    plan: project(right.plan, columns, span)?,
                    ..right
                };
                Ok((left, right, (vec![key], vec![column(other)]), row))
            }
        }
    }

    /// The relation once for each row of the query around, if it is not yet.
    pub(super) fn for_each_row(&mut self, relation: Relation, span: Span) -> Bind<Relation> {
        let Some(many) = &self.many else {
            return Ok(relation);
        };
        if relation.row.is_some() {
            return Ok(relation);
        }
        let rows = many.instance().map_err(failed(span))?;
        let frame = many.frame;
        let plan = LogicalPlanBuilder::from(rows)
            .cross_join(relation.plan)
            .and_then(LogicalPlanBuilder::build)
            .map_err(failed(span))?;
        Ok(Relation {
            plan,
            row: Some(frame),
            ..relation
        })
    }
}

/// The names an expression begins with.
struct Named(Vec<Ident>);

impl Visitor for Named {
    fn expr(&mut self, expr: &crate::dialect::syntax::ast::Expr) {
        if let ExprKind::Name(name) = &expr.kind {
            self.0.push(name.clone());
        }
    }
}

/// The one column of a side that `USING` names.
fn side(names: &Names, name: &Ident) -> Bind<Entry> {
    let mut found = names.entries.iter().filter(|e| e.bare && name.is(&e.name));
    match (found.next(), found.next()) {
        (Some(one), None) => Ok(one.clone()),
        (Some(_), Some(_)) => {
            let message = format!("`{}` is ambiguous in USING", name.text);
            Err(Fault::new(name.span, message))
        }
        _ => {
            let message = format!("{}{}`", crate::dialect::error::NO_COLUMN, name.text);
            let fault = Fault::new(name.span, message);
            Err(match names.nearest(&name.text) {
                Some(near) => fault.help(near),
                None => fault,
            })
        }
    }
}
