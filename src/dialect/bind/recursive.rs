//! `WITH RECURSIVE`.

use std::sync::Arc;

use datafusion::arrow::datatypes::{Field, Schema};
use datafusion::catalog::cte_worktable::CteWorkTable;
use datafusion::datasource::provider_as_source;
use datafusion::logical_expr::{Expr, LogicalPlanBuilder};

use super::names::{Entry, Names};
use super::{Bind, Binder, Relation, failed, project};
use crate::dialect::error::place;
use crate::dialect::iterations;
use crate::dialect::syntax::ast::{self, Body, Cte, ExprKind, Ident, Query, SetOp, SetOperation};
use crate::dialect::syntax::walk::{self, Visitor};
use crate::dialect::syntax::{Fault, Span};

/// Whether a query names something in a `FROM`.
pub(super) fn names(query: &Query, name: &Ident) -> bool {
    let mut found = false;
    walk::tables(query, &mut |path| {
        found |= matches!(path.as_slice(), [only] if name.is(&only.text));
    });
    found
}

/// The first subquery of an expression that names the table a query defines: what is repeated is rows of a `FROM`.
fn named_in_expression(query: &Query, name: &Ident) -> Option<Span> {
    struct Subqueries<'a>(&'a Ident, Option<Span>);
    impl Visitor for Subqueries<'_> {
        fn expr(&mut self, expr: &ast::Expr) {
            let (ExprKind::Subquery(query)
            | ExprKind::Exists(query)
            | ExprKind::ArrayOf(query)
            | ExprKind::In {
                list: ast::List::Query(query),
                ..
            }) = &expr.kind
            else {
                return;
            };
            if self.1.is_none() && names(query, self.0) {
                self.1 = Some(expr.span);
            }
        }
    }
    let mut found = Subqueries(name, None);
    walk::walk_query(query, &mut found);
    found.1
}

/// The tables of a `WITH RECURSIVE`, each after those it names, which may stand behind it.
pub(super) fn by_need(ctes: &[Cte]) -> Bind<Vec<&Cte>> {
    let needs: Vec<Vec<usize>> = (0..)
        .zip(ctes)
        .map(|(n, cte)| {
            let mut needs = Vec::new();
            walk::tables(&cte.query, &mut |path| {
                let [only] = path.as_slice() else { return };
                let named = ctes.iter().position(|c| c.name.is(&only.text));
                needs.extend(named.filter(|named| *named != n));
            });
            needs
        })
        .collect();
    let mut placed = vec![false; ctes.len()];
    let mut order = Vec::new();
    while order.len() < ctes.len() {
        let next = (0..ctes.len()).find(|n| {
            let ready = |n: &usize| placed.get(*n) == Some(&true);
            !ready(n) && needs.get(*n).is_some_and(|needs| needs.iter().all(ready))
        });
        let Some((n, cte)) = next.and_then(|n| ctes.get(n).map(|cte| (n, cte))) else {
            let first = placed.iter().position(|placed| !placed);
            let span = first.and_then(|n| ctes.get(n)).map(|cte| cte.name.span);
            let message = "tables of a WITH RECURSIVE that name each other";
            return Err(Fault::unsupported(span.unwrap_or_default(), message));
        };
        if let Some(placed) = placed.get_mut(n) {
            *placed = true;
        }
        order.push(cte);
    }
    Ok(order)
}

impl Binder<'_> {
    /// A query that names itself: `first UNION ALL next`, where the next is repeated until it has no rows.
    pub(super) fn recursive(&mut self, cte: &Cte) -> Bind<Relation> {
        let span = cte.name.span;
        let query = &cte.query;
        let plain = query.order.is_empty() && query.limit.is_none() && query.pipes.is_empty();
        let set = match &query.body {
            Body::Set(set) if plain && set.op == SetOp::Union => set,
            _ => {
                let message = format!("`{}` refers to itself, and is not a UNION", cte.name.text);
                return Err(
                    Fault::new(span, message).help("write first UNION ALL SELECT .. FROM itself")
                );
            }
        };
        if let Some(by_name) = &set.by_name {
            return Err(Fault::unsupported(
                by_name.span,
                "a recursive UNION by name",
            ));
        }
        let known = self.ctes.len();
        if let Some(place) = named_in_expression(query, &cte.name) {
            let message = format!("`{}` can't refer to itself in an expression", cte.name.text);
            return Err(Fault::new(place, message).help("name it in the FROM of the repeated part"));
        }
        let done = self.repeated(cte, set);
        self.ctes.truncate(known);
        done
    }

    /// The part that is repeated, over the rows `itself` stands for, and its columns, which are as many as `wanted`.
    pub(super) fn next_part(
        &mut self,
        cte: &Cte,
        itself: Relation,
        next: &Body,
        wanted: usize,
        span: Span,
    ) -> Bind<(Relation, Vec<Entry>)> {
        self.ctes.push((cte.name.lower(), itself));
        let next = self.body(next);
        self.ctes.pop();
        let next = next?;
        let given: Vec<Entry> = next.names.star().cloned().collect();
        if given.len() != wanted {
            let message = "both parts of a UNION have as many columns";
            return Err(Fault::new(span, message));
        }
        Ok((next, given))
    }

    fn repeated(&mut self, cte: &Cte, set: &SetOperation) -> Bind<Relation> {
        let span = cte.name.span;
        self.with(&cte.query)?;
        // The last part is repeated; all before it are the first.
        let Some((next, before)) = set.parts.split_last() else {
            return Err(Fault::new(span, "a UNION of nothing"));
        };
        let first = match before {
            [only] => only.clone(),
            several => Body::Set(Box::new(SetOperation {
                parts: several.to_vec(),
                ..set.clone()
            })),
        };
        let alone = Query {
            recursive: false,
            with: Vec::new(),
            body: first,
            order: Vec::new(),
            limit: None,
            pipes: Vec::new(),
            span: set.span,
        };
        let within_first = names(&alone, &cte.name);
        if within_first {
            return Err(Fault::new(
                span,
                "the first part of a recursive UNION can't refer to it",
            ));
        }
        let first = self.body(&alone.body)?;
        let first = self.settled(first, span)?;
        if first.row.is_some() {
            return Err(Fault::unsupported(
                span,
                "WITH RECURSIVE in a subquery that refers to a query around",
            ));
        }
        if let Some(depth) = &cte.depth {
            return self.within_depth(first, cte, set, depth);
        }
        let (line, column) = place(&self.text, span.start);
        let work = iterations::called(line, column, &cte.name.text, &self.fresh("work"));
        let mut entries = Vec::new();
        let mut columns = Vec::new();
        let mut fields = Vec::new();
        for entry in first.names.star() {
            let id = self.fresh(&entry.name);
            columns.push(entry.expr.clone().alias(id.clone()));
            fields.push(Field::new(id.clone(), entry.data_type.clone(), true));
            entries.push(Entry::column(&entry.name, &id, entry.data_type.clone()));
        }
        let plan = project(first.plan, columns, span)?;
        let schema = Arc::new(Schema::new(fields));
        let source = provider_as_source(Arc::new(CteWorkTable::new(&work, schema)));
        let scan = LogicalPlanBuilder::scan(work.clone(), source, None)
            .and_then(LogicalPlanBuilder::build)
            .map_err(failed(span))?;
        let read: Vec<Expr> = scan
            .schema()
            .columns()
            .into_iter()
            .map(|c| {
                let name = c.name.clone();
                Expr::Column(c).alias(name)
            })
            .collect();
        let itself = Relation {
            plan: project(scan, read, span)?,
            names: Names::of(entries.clone()),
            is_value: false,
            row: None,
            order: Vec::new(),
            position: None,
        };
        let (next, of_next) = self.next_part(cte, itself, next, entries.len(), set.span)?;
        if next.row.is_some() {
            return Err(Fault::unsupported(
                span,
                "WITH RECURSIVE in a subquery that refers to a query around",
            ));
        }
        let mut columns = Vec::new();
        for (entry, want) in of_next.iter().zip(&entries) {
            let value = self.as_type(&entry.bound(), &want.data_type, "the column", set.span)?;
            let id = match &want.expr {
                Expr::Column(c) => c.name.clone(),
                _ => String::new(),
            };
            columns.push(value.alias(id));
        }
        let next = project(next.plan, columns, span)?;
        let plan = LogicalPlanBuilder::from(plan)
            .to_recursive_query(work, next, !set.all)
            .and_then(LogicalPlanBuilder::build)
            .map_err(failed(span))?;
        Ok(Relation {
            plan,
            names: Names::of(entries),
            is_value: false,
            row: None,
            order: Vec::new(),
            position: None,
        })
    }
}
