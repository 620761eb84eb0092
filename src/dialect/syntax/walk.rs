//! Looks through a tree, in the order of the text.

use super::ast::{
    Body, Call, Expr, ExprKind, From, FromKind, GroupBy, GroupItem, Item, List, OrderItem, Path,
    PipeKind, Query, Select, Window, WindowSpec,
};

/// What is told of a tree.
pub(in crate::dialect) trait Visitor {
    fn enter_query(&mut self, _: &Query) {}
    fn leave_query(&mut self, _: &Query) {}
    fn select(&mut self, _: &Select) {}
    fn from(&mut self, _: &From) {}
    fn expr(&mut self, _: &Expr) {}
}

/// The paths in `FROM` of a query and all within it, names of its `WITH` among them.
pub(in crate::dialect) fn tables(query: &Query, tell: &mut dyn FnMut(&Path)) {
    struct Paths<'a>(&'a mut dyn FnMut(&Path));
    impl Visitor for Paths<'_> {
        fn from(&mut self, from: &From) {
            if let FromKind::Path { path, .. } = &from.kind {
                (self.0)(path);
            }
        }
    }
    walk_query(query, &mut Paths(tell));
}

#[recursive::recursive]
pub(in crate::dialect) fn walk_query(query: &Query, visitor: &mut dyn Visitor) {
    visitor.enter_query(query);
    for cte in &query.with {
        walk_query(&cte.query, visitor);
    }
    walk_body(&query.body, visitor);
    order(&query.order, visitor);
    if let Some(limit) = &query.limit {
        walk_expr(&limit.count, visitor);
        limit.offset.iter().for_each(|o| walk_expr(o, visitor));
    }
    for pipe in &query.pipes {
        walk_pipe(&pipe.kind, visitor);
    }
    visitor.leave_query(query);
}

fn walk_body(body: &Body, visitor: &mut dyn Visitor) {
    match body {
        Body::Select(select) => walk_select(select, visitor),
        Body::Query(query) => walk_query(query, visitor),
        Body::Set(set) => set.parts.iter().for_each(|part| walk_body(part, visitor)),
        Body::From(from) => walk_from(from, visitor),
    }
}

fn walk_select(select: &Select, visitor: &mut dyn Visitor) {
    visitor.select(select);
    items(&select.items, visitor);
    select.from.iter().for_each(|f| walk_from(f, visitor));
    let clauses = [&select.filter, &select.having, &select.qualify];
    clauses
        .into_iter()
        .flatten()
        .for_each(|e| walk_expr(e, visitor));
    if let Some(GroupBy::Items(items)) = &select.group {
        items.iter().for_each(|i| group(i, visitor));
    }
    for (_, window) in &select.windows {
        walk_window(window, visitor);
    }
}

#[recursive::recursive]
fn walk_pipe(kind: &PipeKind, visitor: &mut dyn Visitor) {
    match kind {
        PipeKind::Where(expr) => walk_expr(expr, visitor),
        PipeKind::Extend(all) => items(all, visitor),
        PipeKind::Select(select) => walk_select(select, visitor),
        PipeKind::Set(all) => all.iter().for_each(|(_, e)| walk_expr(e, visitor)),
        PipeKind::Aggregate {
            items, group: keys, ..
        } => {
            items.iter().for_each(|(e, ..)| walk_expr(e, visitor));
            keys.iter().for_each(|k| group(k, visitor));
        }
        PipeKind::OrderBy(all) => order(all, visitor),
        PipeKind::Limit(limit) => walk_expr(&limit.count, visitor),
        PipeKind::Set_(_, _, queries) => queries.iter().for_each(|q| walk_query(q, visitor)),
        PipeKind::Join(join) => {
            walk_from(&join.right, visitor);
            join.on.iter().for_each(|on| walk_expr(on, visitor));
        }
        PipeKind::Pivot(pivot) => pivot
            .aggregates
            .iter()
            .for_each(|(e, _)| walk_expr(e, visitor)),
        PipeKind::Assert(condition, payload) => {
            walk_expr(condition, visitor);
            payload.iter().for_each(|e| walk_expr(e, visitor));
        }
        PipeKind::If(cases, otherwise) => {
            for (condition, pipes) in cases {
                walk_expr(condition, visitor);
                pipes.iter().for_each(|p| walk_pipe(&p.kind, visitor));
            }
            otherwise.iter().for_each(|p| walk_pipe(&p.kind, visitor));
        }
        PipeKind::Drop(_)
        | PipeKind::Rename(_)
        | PipeKind::As(_)
        | PipeKind::Distinct
        | PipeKind::Unpivot(_) => {}
    }
}

#[recursive::recursive]
fn walk_from(from: &From, visitor: &mut dyn Visitor) {
    match &from.kind {
        FromKind::Path { .. } => visitor.from(from),
        FromKind::Unnest { array, .. } => {
            visitor.from(from);
            walk_expr(array, visitor);
        }
        FromKind::Query { query, .. } => {
            visitor.from(from);
            walk_query(query, visitor);
        }
        FromKind::Join(join) => {
            walk_from(&join.left, visitor);
            walk_from(&join.right, visitor);
            join.on.iter().for_each(|on| walk_expr(on, visitor));
        }
        FromKind::Pivot(pivot) => {
            walk_from(&pivot.input, visitor);
            pivot
                .aggregates
                .iter()
                .for_each(|(e, _)| walk_expr(e, visitor));
            walk_expr(&pivot.by, visitor);
        }
        FromKind::Unpivot(unpivot) => walk_from(&unpivot.input, visitor),
    }
}

fn items(items: &[Item], visitor: &mut dyn Visitor) {
    for item in items {
        match item {
            Item::Expr { expr, .. } => walk_expr(expr, visitor),
            Item::Star(star) => star.replace.iter().for_each(|(e, _)| walk_expr(e, visitor)),
            Item::DotStar(expr, star) => {
                walk_expr(expr, visitor);
                star.replace.iter().for_each(|(e, _)| walk_expr(e, visitor));
            }
        }
    }
}

fn group(item: &GroupItem, visitor: &mut dyn Visitor) {
    match item {
        GroupItem::Expr(expr, _) => walk_expr(expr, visitor),
        GroupItem::Tuple(exprs) => exprs.iter().for_each(|e| walk_expr(e, visitor)),
        GroupItem::Rollup(items) | GroupItem::Cube(items) | GroupItem::Sets(items) => {
            items.iter().for_each(|i| group(i, visitor));
        }
    }
}

fn order(items: &[OrderItem], visitor: &mut dyn Visitor) {
    items.iter().for_each(|i| walk_expr(&i.expr, visitor));
}

fn walk_window(window: &Window, visitor: &mut dyn Visitor) {
    if let Window::Spec(spec) = window {
        let WindowSpec {
            partition,
            order: keys,
            ..
        } = spec.as_ref();
        partition.iter().for_each(|e| walk_expr(e, visitor));
        order(keys, visitor);
    }
}

fn walk_call(call: &Call, visitor: &mut dyn Visitor) {
    call.args.iter().for_each(|a| walk_expr(a, visitor));
    call.filter.iter().for_each(|f| walk_expr(f, visitor));
    call.having.iter().for_each(|(_, e)| walk_expr(e, visitor));
    order(&call.order, visitor);
    call.over.iter().for_each(|w| walk_window(w, visitor));
}

fn walk_list(list: &List, visitor: &mut dyn Visitor) {
    match list {
        List::Values(items) => items.iter().for_each(|i| walk_expr(i, visitor)),
        List::Query(query) => walk_query(query, visitor),
        List::Unnest(array) => walk_expr(array, visitor),
    }
}

#[recursive::recursive]
pub(in crate::dialect) fn walk_expr(expr: &Expr, visitor: &mut dyn Visitor) {
    visitor.expr(expr);
    let mut each = |e: &Expr| walk_expr(e, visitor);
    match &expr.kind {
        ExprKind::Null
        | ExprKind::Bool(_)
        | ExprKind::Integer(_)
        | ExprKind::Float(_)
        | ExprKind::String(_)
        | ExprKind::Bytes(_)
        | ExprKind::Typed(..)
        | ExprKind::Parameter(_)
        | ExprKind::SystemVariable(_)
        | ExprKind::Name(_) => {}
        ExprKind::Interval { value, .. }
        | ExprKind::Dot(value, _)
        | ExprKind::Unary(_, value)
        | ExprKind::Is { value, .. }
        | ExprKind::Lambda(_, value)
        | ExprKind::Named(_, value) => each(value),
        ExprKind::Index(a, b) | ExprKind::Binary(_, a, b) => {
            each(a);
            each(b);
        }
        ExprKind::IsDistinct { left, right, .. } => {
            each(left);
            each(right);
        }
        ExprKind::Between {
            value, low, high, ..
        } => {
            each(value);
            each(low);
            each(high);
        }
        ExprKind::Like { value, pattern, .. } => {
            each(value);
            each(pattern);
        }
        ExprKind::Array { items, .. } | ExprKind::Tuple(items) => items.iter().for_each(each),
        ExprKind::Struct { items, .. } => items.iter().for_each(|(e, _)| each(e)),
        ExprKind::In { value, list, .. } => {
            each(value);
            walk_list(list, visitor);
        }
        ExprKind::LikeMany {
            value, patterns, ..
        } => {
            each(value);
            walk_list(patterns, visitor);
        }
        ExprKind::Case {
            operand,
            whens,
            otherwise,
        } => {
            operand.iter().for_each(|e| each(e));
            for (when, then) in whens {
                each(when);
                each(then);
            }
            otherwise.iter().for_each(|e| each(e));
        }
        ExprKind::Cast {
            value,
            format,
            zone,
            ..
        } => {
            each(value);
            format.iter().chain(zone).for_each(|e| each(e));
        }
        ExprKind::Extract { from, zone, .. } => {
            each(from);
            zone.iter().for_each(|e| each(e));
        }
        ExprKind::Call(call) => walk_call(call, visitor),
        ExprKind::ArrayOf(query) | ExprKind::Exists(query) | ExprKind::Subquery(query) => {
            walk_query(query, visitor);
        }
        ExprKind::With(names, body) => {
            names.iter().for_each(|(_, e)| each(e));
            each(body);
        }
    }
}
