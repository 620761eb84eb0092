//! Joins.

use datafusion::common::tree_node::TreeNode;
use datafusion::common::{Column, JoinType, NullEquality};
use datafusion::logical_expr::{Expr, LogicalPlanBuilder, lit};

use super::from::Keep;
use super::names::{Entry, Names};
use super::query::{all_columns, filter};
use super::select::others;
use super::{Bind, Binder, Block, Bound, Relation, failed, project};
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
            let (alias, offset) = (alias.as_ref(), offset.as_ref());
            let span = join.right.span;
            let on = join.on.as_ref().filter(|_| !always);
            let kept = match outer {
                true => on.map(|_| left.clone()),
                false => None,
            };
            let keep = match outer && kept.is_none() {
                true => Keep::All,
                false => Keep::Elements,
            };
            let mut joined = self.unnested(left, &array, alias, offset, keep, span)?;
            let Some(on) = on else {
                return Ok(joined);
            };
            let block = Block {
                names: joined.names.clone(),
                clause: "in ON",
                ..Block::default()
            };
            let (condition, _) = self.within(block, |b| b.condition(on, "ON"))?;
            if let Some(left) = kept {
                // That was to see what the condition names: rows none of whose elements it keeps must stay.
                return self.unnested(left, &array, alias, offset, Keep::Matching(on), span);
            }
            joined = self.with_named(joined, [&condition], on.span)?;
            joined.plan = filter(joined.plan, condition, on.span)?;
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
        let named = condition.as_ref().is_some_and(|c| self.names_around(c));
        let (left, right, rows) = self.rows_of_both(left, right, kind, named, span)?;
        let condition = match condition {
            None if kind != JoinType::Inner => Some(lit(true)),
            condition => condition,
        };
        let mut plan = LogicalPlanBuilder::from(left.plan)
            .join_detailed(
                right.plan,
                kind,
                rows.keys,
                condition,
                NullEquality::NullEqualsNothing,
            )
            .and_then(LogicalPlanBuilder::build)
            .map_err(failed(span))?;
        let row = rows.frame;
        if !rows.merged.is_empty() {
            let mut columns = others(&plan, &self.row_columns(row));
            columns.extend(rows.merged);
            plan = project(plan, columns, span)?;
        }
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

    /// Both sides, so that they can be joined for each row of a query around alone; and by what. `named` is whether the
    /// condition names the query around.
    fn rows_of_both(
        &mut self,
        left: Relation,
        right: Relation,
        kind: JoinType,
        named: bool,
        span: Span,
    ) -> Bind<(Relation, Relation, Joint)> {
        let (of_left, of_right) = (left.row.is_some(), right.row.is_some());
        // A side is joined with all rows of the other, whatever row they are for, if it loses none where it has none.
        let (left, right) = match (kind, of_left, of_right) {
            (_, false, false) if !named => return Ok((left, right, Joint::default())),
            (JoinType::Inner | JoinType::Left, false, false) => {
                (self.for_each_row(left, span)?, right)
            }
            (JoinType::Right, false, false) => (left, self.for_each_row(right, span)?),
            (JoinType::Inner, ..) | (JoinType::Left, true, _) | (JoinType::Right, _, true) => {
                (left, right)
            }
            (JoinType::Left, false, _) => (self.for_each_row(left, span)?, right),
            (JoinType::Right, _, false) => (left, self.for_each_row(right, span)?),
            _ => (
                self.for_each_row(left, span)?,
                self.for_each_row(right, span)?,
            ),
        };
        let frame = left.row.or(right.row);
        if left.row.is_none() || right.row.is_none() {
            let joint = Joint {
                frame,
                ..Joint::default()
            };
            return Ok((left, right, joint));
        }
        // Rows of both for the same row; those of one side, or of either, have the columns of it.
        let own = self.row_columns(frame);
        let Some(key) = own.first().cloned() else {
            return Err(Fault::unsupported(span, "this join in a subquery"));
        };
        let full = kind == JoinType::Full;
        let (kept, renamed) = match kind {
            JoinType::Right => (right, left),
            _ => (left, right),
        };
        let mut columns = others(&renamed.plan, &own);
        let mut merged = Vec::new();
        let mut other = key.clone();
        for column in own.iter().take(if full { own.len() } else { 1 }) {
            let id = self.fresh("row");
            columns.push(Expr::Column(column.clone()).alias(id.clone()));
            let both = [column.clone(), super::column(id.clone())].map(Expr::Column);
            if full {
                let either = datafusion::functions::expr_fn::coalesce(both.to_vec());
                merged.push(either.alias(column.name.clone()));
            }
            if *column == key {
                other = super::column(id);
            }
        }
        let renamed = Relation {
            plan: project(renamed.plan, columns, span)?,
            ..renamed
        };
        let (left, right, keys) = match kind {
            JoinType::Right => (renamed, kept, (vec![other], vec![key])),
            _ => (kept, renamed, (vec![key], vec![other])),
        };
        let joint = Joint {
            frame,
            keys,
            merged,
        };
        Ok((left, right, joint))
    }

    /// Whether an expression names the query around a subquery that is answered for many rows at once.
    pub(super) fn names_around(&self, expr: &Expr) -> bool {
        let Some(many) = &self.many else {
            return false;
        };
        let around = many.columns();
        let of_subquery = |e: &Expr| {
            let subquery = match e {
                Expr::ScalarSubquery(subquery) => subquery,
                Expr::Exists(exists) => &exists.subquery,
                Expr::InSubquery(within) => &within.subquery,
                _ => return false,
            };
            subquery.outer_ref_columns.iter().any(|outer| {
                matches!(outer, Expr::OuterReferenceColumn(_, column) if around.contains(column))
            })
        };
        expr.exists(|e| {
            Ok(matches!(e, Expr::Column(column) if around.contains(column)) || of_subquery(e))
        })
        .unwrap_or(true)
    }

    /// The relation, once for each row of the query around if one of `exprs` over it names that.
    pub(super) fn with_named<'e>(
        &mut self,
        relation: Relation,
        exprs: impl IntoIterator<Item = &'e Expr>,
        span: Span,
    ) -> Bind<Relation> {
        if relation.row.is_none() && exprs.into_iter().any(|e| self.names_around(e)) {
            return self.for_each_row(relation, span);
        }
        Ok(relation)
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

/// What a join of rows for rows of the query around has of these.
#[derive(Default)]
struct Joint {
    frame: Option<u64>,
    /// The columns of either side that are equal where both are for the same row.
    keys: (Vec<Column>, Vec<Column>),
    /// Their columns where either side may lack them.
    merged: Vec<Expr>,
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
