//! Pipes: each operator is a query over what stands before it.

use datafusion::arrow::datatypes::DataType;
use datafusion::common::ScalarValue;
use datafusion::logical_expr::expr::Case;
use datafusion::logical_expr::{Expr, lit};

use super::names::Entry;
use super::query::{all_columns, filter};
use super::window::placed;
use super::{Bind, Binder, Block, Bound, Relation, project};
use crate::dialect::aggregate as functions;
use crate::dialect::syntax::ast::{
    self, GroupBy, GroupItem, Ident, Item, OrderItem, Pipe, PipeKind, Select, Shape, Star,
};
use crate::dialect::syntax::walk::{Visitor, walk_expr};
use crate::dialect::syntax::{Fault, Span};

impl Binder<'_> {
    pub(super) fn pipe(&mut self, input: Relation, pipe: &Pipe) -> Bind<Relation> {
        let span = pipe.span;
        match &pipe.kind {
            PipeKind::Where(condition) => {
                let block = Block {
                    names: input.names.clone(),
                    windows: Some(Vec::new()),
                    clause: "in WHERE",
                    ..Block::default()
                };
                let (condition, block) = self.within(block, |b| b.condition(condition, "WHERE"))?;
                let windows = block.windows.unwrap_or_default();
                let windows = placed(windows, input.position.as_deref());
                let named = windows.iter().map(|w| &w.expr).chain([&condition]);
                let input = self.with_named(input, named, span)?;
                let plan = self.with_windows(input.plan, &windows, span)?;
                Ok(Relation {
                    plan: filter(plan, condition, span)?,
                    ..input
                })
            }
            PipeKind::Extend(items) => self.extend(input, items, span),
            PipeKind::Select(select) => self.select_from(select, input, &[], None),
            PipeKind::Set(assignments) => {
                let mut star = no_star(span);
                star.replace = assignments
                    .iter()
                    .map(|(n, e)| (e.clone(), n.clone()))
                    .collect();
                self.starred(input, star, span)
            }
            PipeKind::Drop(names) => {
                let mut star = no_star(span);
                star.except.clone_from(names);
                self.starred(input, star, span)
            }
            PipeKind::Rename(renames) => rename(input, renames),
            PipeKind::As(alias) => {
                let mut input = input;
                for entry in &mut input.names.entries {
                    entry.range = entry.star.then_some(0);
                }
                input.names.entries.retain(|e| e.star);
                let names = std::mem::take(&mut input.names);
                input.names = names.under(&alias.text, None);
                Ok(input)
            }
            PipeKind::Aggregate {
                items,
                group,
                key_order,
            } => self.aggregate_pipe(input, items, group, key_order, span),
            PipeKind::Distinct => {
                let select = Select {
                    distinct: true,
                    ..select_of(vec![Item::Star(no_star(span))], span)
                };
                self.select_from(&select, input, &[], None)
            }
            PipeKind::OrderBy(order) => self.ordered(input, order, None, span),
            PipeKind::Limit(limit) => self.limited(input, Some(limit), span),
            PipeKind::Set_(op, all, queries) => {
                let mut parts = vec![input];
                for query in queries {
                    parts.push(self.query(query)?);
                }
                self.set_of(*op, *all, parts, span)
            }
            PipeKind::Join(join) => self.join_with(input, join, span),
            PipeKind::Pivot(pivot) => self.pivot(input, pivot),
            PipeKind::Unpivot(unpivot) => self.unpivot(input, unpivot),
            PipeKind::Assert(condition, payload) => self.assert(input, condition, payload, span),
            PipeKind::If(cases, otherwise) => {
                let mut chosen = otherwise;
                for (condition, pipes) in cases {
                    let block = Block {
                        clause: "in a piped IF",
                        ..Block::default()
                    };
                    let (holds, _) =
                        self.within(block, |b| b.constant(condition, "a piped IF's condition"))?;
                    if holds == ScalarValue::Boolean(Some(true)) {
                        chosen = pipes;
                        break;
                    }
                }
                chosen
                    .iter()
                    .try_fold(input, |relation, pipe| self.pipe(relation, pipe))
            }
        }
    }

    fn extend(&mut self, mut input: Relation, items: &[Item], span: Span) -> Bind<Relation> {
        let block = Block {
            names: input.names.clone(),
            windows: Some(Vec::new()),
            clause: "in EXTEND",
            ..Block::default()
        };
        let (outputs, block) = self.within(block, |b| b.items(items, true))?;
        let windows = block.windows.unwrap_or_default();
        let windows = placed(windows, input.position.as_deref());
        let named = windows.iter().map(|w| &w.expr);
        let named = named.chain(outputs.iter().map(|o| &o.bound.expr));
        input = self.with_named(input, named, span)?;
        let plan = self.with_windows(input.plan, &windows, span)?;
        let mut columns = all_columns(&plan);
        for output in outputs {
            let id = self.fresh(&output.name);
            let to = super::expr::settled(&output.bound);
            let value = self.as_type(&output.bound, &to, "the column", output.span)?;
            columns.push(value.alias(id.clone()));
            input
                .names
                .entries
                .push(Entry::column(&output.name, &id, to));
        }
        input.plan = project(plan, columns, span)?;
        Ok(input)
    }

    /// All columns, some replaced or left out.
    fn starred(&mut self, input: Relation, star: Star, span: Span) -> Bind<Relation> {
        let ranges = input.names.ranges.clone();
        let single = ranges.len() == 1;
        let name = ranges.first().map(|r| r.name.clone()).unwrap_or_default();
        let select = select_of(vec![Item::Star(star)], span);
        let mut relation = self.select_from(&select, input, &[], None)?;
        if single {
            relation.names = relation.names.under(&name, None);
        }
        Ok(relation)
    }

    fn aggregate_pipe(
        &mut self,
        input: Relation,
        items: &[(ast::Expr, Option<Ident>, Option<OrderItem>)],
        group: &[GroupItem],
        key_order: &[Option<OrderItem>],
        span: Span,
    ) -> Bind<Relation> {
        let mut all = Vec::new();
        let mut keys = Vec::new();
        let mut order = Vec::new();
        for (item, ordered) in group.iter().zip(key_order) {
            match item {
                GroupItem::Expr(expr, alias) => {
                    all.push(Item::Expr {
                        expr: expr.clone(),
                        alias: alias.clone(),
                    });
                    keys.push(GroupItem::Expr(expr.clone(), None));
                    order.extend(ordered.clone());
                }
                other => {
                    return Err(Fault::unsupported(
                        other_span(other, span),
                        "grouping sets in AGGREGATE",
                    ));
                }
            }
        }
        for (expr, alias, ordered) in items {
            if !holds_aggregate(expr) {
                return Err(
                    Fault::new(expr.span, "AGGREGATE takes aggregates such as MAX(x)")
                        .help("a key of groups stands after GROUP BY"),
                );
            }
            all.push(Item::Expr {
                expr: expr.clone(),
                alias: alias.clone(),
            });
            if let Some(ordered) = ordered {
                order.insert(0, ordered.clone());
            }
        }
        let mut select = select_of(all, span);
        // Without a key it is one group, even of no rows.
        select.group = (!keys.is_empty()).then_some(GroupBy::Items(keys));
        if items.is_empty() && group.is_empty() {
            return Err(Fault::new(span, "AGGREGATE of nothing"));
        }
        self.select_from(&select, input, &order, None)
    }

    /// The same rows, or an error at the first for which the condition is not TRUE.
    fn assert(
        &mut self,
        input: Relation,
        condition: &ast::Expr,
        payload: &[ast::Expr],
        span: Span,
    ) -> Bind<Relation> {
        let block = Block {
            names: input.names.clone(),
            clause: "in ASSERT",
            ..Block::default()
        };
        let (check, _) = self.within(block, |b| {
            let condition = b.condition(condition, "ASSERT")?;
            let mut message = b.text("Assert failed:");
            for part in payload {
                let value = b.expr(part)?;
                let text = b.function("format", vec![b.text(" %t"), value], part.span)?;
                message = b.function("concat", vec![message, text], part.span)?;
            }
            let failed = super::guard::raise(message.expr);
            let failed = b.as_type(
                &Bound::new(failed, DataType::Null),
                &DataType::Boolean,
                "ASSERT",
                span,
            )?;
            let holds = Expr::IsTrue(Box::new(condition));
            Ok(Expr::Case(Case::new(
                None,
                vec![(Box::new(holds), Box::new(lit(true)))],
                Some(Box::new(failed)),
            )))
        })?;
        let input = self.with_named(input, [&check], span)?;
        Ok(Relation {
            plan: filter(input.plan, check, span)?,
            ..input
        })
    }
}

fn rename(mut input: Relation, renames: &[(Ident, Ident)]) -> Bind<Relation> {
    for (old, new) in renames {
        let mut found = input
            .names
            .entries
            .iter_mut()
            .filter(|e| e.star && old.is(&e.name));
        match (found.next(), found.next()) {
            (Some(entry), None) => {
                entry.name.clone_from(&new.text);
                entry.range = None;
            }
            (Some(_), Some(_)) => {
                let message = format!("more than one column is called `{}`", old.text);
                return Err(Fault::new(old.span, message));
            }
            _ => {
                let message = format!("{}{}`", crate::dialect::error::NO_COLUMN, old.text);
                return Err(Fault::new(old.span, message));
            }
        }
    }
    Ok(input)
}

fn no_star(span: Span) -> Star {
    Star {
        except: Vec::new(),
        replace: Vec::new(),
        span,
    }
}

fn select_of(items: Vec<Item>, span: Span) -> Select {
    Select {
        distinct: false,
        shape: Shape::Columns,
        items,
        from: None,
        filter: None,
        group: None,
        having: None,
        qualify: None,
        windows: Vec::new(),
        span,
    }
}

/// Whether an aggregate stands in an expression, outside of its subqueries.
fn holds_aggregate(expr: &ast::Expr) -> bool {
    #[derive(Default)]
    struct Aggregates {
        depth: usize,
        found: bool,
    }
    impl Visitor for Aggregates {
        fn enter_query(&mut self, _: &ast::Query) {
            self.depth += 1;
        }
        fn leave_query(&mut self, _: &ast::Query) {
            self.depth -= 1;
        }
        fn expr(&mut self, expr: &ast::Expr) {
            if let ast::ExprKind::Call(call) = &expr.kind
                && let Some(name) = call.name.last()
            {
                let is = call.over.is_none() && functions::is_known(&name.lower());
                self.found |= is && self.depth == 0;
            }
        }
    }
    let mut aggregates = Aggregates::default();
    walk_expr(expr, &mut aggregates);
    aggregates.found
}

fn other_span(item: &GroupItem, span: Span) -> Span {
    match item {
        GroupItem::Expr(expr, _) => expr.span,
        _ => span,
    }
}
