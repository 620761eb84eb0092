//! `SELECT`: its items, and the plan of all its clauses in the order they are computed in.

use datafusion::arrow::datatypes::DataType;
use datafusion::common::tree_node::{Transformed, TreeNode};
use datafusion::common::{Column, ScalarValue};
use datafusion::logical_expr::{Distinct, Expr, LogicalPlan, LogicalPlanBuilder, lit};

use super::aggregate::Aggregate;
use super::decorrelate::is_always_needed;
use super::expr::last_name;
use super::names::{Entry, Names};
use super::query::{all_columns, filter};
use super::window::{Windowed, placed};
use super::{Bind, Binder, Block, Bound, Construct, Literal, Relation, failed, project};
use crate::dialect::syntax::ast::{self, Item, OrderItem, Select, Shape, Star};
use crate::dialect::syntax::{Fault, Span};

/// An item of a `SELECT`.
#[derive(Debug, Clone)]
pub(super) struct Output {
    pub(super) name: String,
    pub(super) bound: Bound,
    pub(super) span: Span,
}

/// The clauses of a `SELECT`, bound.
struct Clauses {
    outputs: Vec<Output>,
    having: Option<Expr>,
    qualify: Option<Expr>,
    order: Vec<(Expr, bool, bool)>,
}

impl Clauses {
    fn exprs<'e>(&'e self, windows: &'e [Windowed]) -> impl Iterator<Item = &'e Expr> {
        let outputs = self.outputs.iter().map(|o| &o.bound.expr);
        let order = self.order.iter().map(|(key, ..)| key);
        let conditions = self.having.iter().chain(&self.qualify);
        let windows = windows.iter().map(|w| &w.expr);
        outputs.chain(order).chain(conditions).chain(windows)
    }
}

impl Binder<'_> {
    pub(super) fn select(
        &mut self,
        select: &Select,
        order: &[OrderItem],
        limit: Option<&ast::Limit>,
    ) -> Bind<Relation> {
        let input = match &select.from {
            Some(from) => self.from(from)?,
            None => self.one_row(select.span)?,
        };
        self.select_from(select, input, order, limit)
    }

    /// A `SELECT` of rows that are known.
    pub(super) fn select_from(
        &mut self,
        select: &Select,
        mut input: Relation,
        order: &[OrderItem],
        limit: Option<&ast::Limit>,
    ) -> Bind<Relation> {
        let span = select.span;
        if let Some(condition) = &select.filter {
            let block = Block {
                names: input.names.clone(),
                clause: "in WHERE",
                ..Block::default()
            };
            let (condition, _) = self.within(block, |b| b.kept(condition))?;
            input = self.with_named(input, [&condition], span)?;
            input.plan = filter(input.plan, condition, span)?;
        }
        let block = || Block {
            names: input.names.clone(),
            position: input.position.clone(),
            aggregates: Some(Vec::new()),
            windows: Some(Vec::new()),
            named_windows: select.windows.clone(),
            clause: "here",
            ..Block::default()
        };
        let joins = select.group.is_none() && select.having.is_none();
        let (mut bound, mut of) = self.within(block(), |b| b.clauses(select, order, joins))?;
        if of.has_joined && of.aggregates.as_ref().is_some_and(|a| !a.is_empty()) {
            // Columns in DataFusion's subqueries can't become those of groups.
            (bound, of) = self.within(block(), |b| b.clauses(select, order, false))?;
        }
        let (block, (clauses, mut keys)) = (of, bound);
        keys.asked(block.groupings, span)?;
        let aggregates = block.aggregates.unwrap_or_default();
        let windows = block.windows.unwrap_or_default();

        let grouped = select.group.is_some() || !aggregates.is_empty() || select.having.is_some();
        if grouped {
            return self.grouped(
                select,
                input,
                clauses,
                keys,
                aggregates,
                windows,
                limit,
                &block.places,
            );
        }
        let windows = placed(windows, input.position.as_deref());
        self.finished(select, input, clauses, windows, limit)
    }

    /// Binds what can name items, aggregates and windows.
    fn clauses(
        &mut self,
        select: &Select,
        order: &[OrderItem],
        joins: bool,
    ) -> Bind<(Clauses, super::group::Keys)> {
        let outputs = self.items(&select.items, joins)?;
        let keys = match &select.group {
            Some(group) => self.group_keys(group, &outputs)?,
            None => super::group::Keys::default(),
        };
        let block = self.block()?;
        block.aliases = outputs
            .iter()
            .filter(|o| !o.name.is_empty())
            .map(|o| (o.name.to_lowercase(), o.bound.clone()))
            .collect();
        block.aliases_first = true;
        let having = select
            .having
            .as_ref()
            .map(|h| self.condition(h, "HAVING"))
            .transpose()?;
        let qualify = select
            .qualify
            .as_ref()
            .map(|q| self.condition(q, "QUALIFY"))
            .transpose()?;
        let entries: Vec<Entry> = outputs
            .iter()
            .map(|o| Entry::new(&o.name, o.bound.expr.clone(), o.bound.data_type.clone()))
            .collect();
        let order = order
            .iter()
            .map(|item| self.order_key(item, &entries))
            .collect::<Bind<Vec<_>>>()?;
        let clauses = Clauses {
            outputs,
            having,
            qualify,
            order,
        };
        Ok((clauses, keys))
    }

    /// The items of a `SELECT`, whose subqueries may become joins of DataFusion's if `joins`.
    pub(super) fn items(&mut self, items: &[Item], joins: bool) -> Bind<Vec<Output>> {
        let mut outputs = Vec::new();
        for item in items {
            match item {
                Item::Expr { expr, alias } => {
                    self.block()?.may_join = joins && is_always_needed(expr);
                    let bound = self.expr(expr);
                    self.block()?.may_join = false;
                    let bound = bound?;
                    let name = alias.as_ref().or(last_name(expr));
                    outputs.push(Output {
                        name: name.map(|n| n.text.clone()).unwrap_or_default(),
                        bound,
                        span: expr.span,
                    });
                }
                Item::Star(star) => {
                    let block = self.block()?;
                    let entries: Vec<Entry> = block.names.star().cloned().collect();
                    if entries.is_empty() {
                        return Err(Fault::new(star.span, "* needs a FROM"));
                    }
                    self.star(entries, star, &mut outputs)?;
                }
                Item::DotStar(of, star) => {
                    let entries = self.dot_star(of)?;
                    self.star(entries, star, &mut outputs)?;
                }
            }
        }
        Ok(outputs)
    }

    /// What `t.*` stands for.
    fn dot_star(&mut self, of: &ast::Expr) -> Bind<Vec<Entry>> {
        if let ast::ExprKind::Name(table) = &of.kind {
            let block = self.block()?;
            if let Some(range) = block.names.range(table)?
                && block
                    .names
                    .ranges
                    .get(range)
                    .is_some_and(|r| r.value.is_none())
            {
                return Ok(block.names.shown(range).cloned().collect());
            }
        }
        let value = self.expr(of)?;
        let fields = self.fields(&value);
        if fields.is_empty() {
            let given = crate::dialect::types::name(&value.data_type);
            return Err(Fault::new(of.span, format!("{given} has no fields for .*")));
        }
        Ok(fields)
    }

    fn star(&mut self, entries: Vec<Entry>, star: &Star, outputs: &mut Vec<Output>) -> Bind<()> {
        for name in star
            .except
            .iter()
            .chain(star.replace.iter().map(|(_, n)| n))
        {
            if !entries.iter().any(|e| name.is(&e.name)) {
                let message = format!("{}{}`", crate::dialect::error::NO_COLUMN, name.text);
                let known = entries.iter().map(|e| e.name.as_str());
                let near = crate::diagnostic::near(&name.text, known);
                let fault = Fault::new(name.span, message);
                return Err(match crate::diagnostic::suggestion(&near) {
                    Some(near) => fault.help(near),
                    None => fault,
                });
            }
        }
        let kept = |e: &Entry| !star.except.iter().any(|n| n.is(&e.name));
        if !entries.iter().any(kept) {
            return Err(Fault::new(star.span, "EXCEPT leaves no column of *"));
        }
        for entry in entries {
            if star.except.iter().any(|n| n.is(&entry.name)) {
                continue;
            }
            let replaced = star.replace.iter().find(|(_, n)| n.is(&entry.name));
            let (bound, name, span) = match replaced {
                Some((expr, name)) => (self.expr(expr)?, name.text.clone(), expr.span),
                None => (entry.bound(), entry.name, star.span),
            };
            outputs.push(Output { name, bound, span });
        }
        Ok(())
    }

    /// What comes after grouping, or where nothing is grouped.
    fn finished(
        &mut self,
        select: &Select,
        mut input: Relation,
        clauses: Clauses,
        windows: Vec<Windowed>,
        limit: Option<&ast::Limit>,
    ) -> Bind<Relation> {
        let span = select.span;
        input = self.with_named(input, clauses.exprs(&windows), span)?;
        input.plan = self.with_windows(input.plan, &windows, span)?;
        if let Some(qualify) = clauses.qualify {
            if windows.is_empty() {
                return Err(Fault::new(span, "QUALIFY needs a window function"));
            }
            input.plan = filter(input.plan, qualify, span)?;
        }
        let outputs = shaped(select, clauses.outputs)?;
        let row = input.row;
        let mut columns: Vec<Expr> = self
            .row_columns(row)
            .into_iter()
            .map(Expr::Column)
            .collect();
        let mut entries = Vec::new();
        let mut by_output = Vec::new();
        for output in &outputs {
            let id = self.fresh(&output.name);
            let bound = if select.distinct {
                self.groupable(output.bound.clone(), output.span)?
            } else {
                output.bound.clone()
            };
            columns.push(bound.expr.alias(id.clone()));
            let mut entry = Entry::column(&output.name, &id, output.bound.data_type.clone());
            if output.bound.literal == Literal::Float {
                entry.literal = Some(Box::new(output.bound.clone()));
            }
            by_output.push((output.bound.clone(), entry.bound(), output.span));
            entries.push(entry);
        }
        let is_value = select.shape != Shape::Columns;
        let position = input.position.filter(|_| !select.distinct);
        columns.extend(position.iter().flatten().cloned().map(Expr::Column));
        let relation = |plan: LogicalPlan| Relation {
            plan,
            names: Names::of(entries.clone()),
            is_value,
            row,
            order: Vec::new(),
            position: position.clone(),
        };
        if select.distinct {
            let kept = columns;
            let plan = project(input.plan, kept, span)?;
            let plan = LogicalPlan::Distinct(Distinct::All(plan.into()));
            let mut relation = relation(plan);
            let mut keys = Vec::new();
            for (key, ascending, nulls_first) in clauses.order {
                let over = self.over_outputs(&key, &by_output)?.ok_or_else(|| {
                    Fault::new(
                        span,
                        "after SELECT DISTINCT rows are ordered by its columns only",
                    )
                })?;
                keys.push((over, ascending, nulls_first));
            }
            if keys.is_empty() {
                return self.limited(relation, limit, span);
            }
            relation = self.sorted(relation, keys, limit, span)?;
            return Ok(relation);
        }
        let mut keys = Vec::new();
        for (key, ascending, nulls_first) in clauses.order {
            let id = self.fresh("key");
            columns.push(key.alias(id.clone()));
            keys.push((Expr::Column(super::column(id)), ascending, nulls_first));
        }
        let relation = relation(project(input.plan, columns, span)?);
        if keys.is_empty() {
            return self.limited(relation, limit, span);
        }
        self.sorted(relation, keys, limit, span)
    }

    /// An expression over what the `SELECT` computes as one over its outputs, if it is one.
    fn over_outputs(&mut self, key: &Expr, outputs: &[(Bound, Bound, Span)]) -> Bind<Option<Expr>> {
        for (computed, output, span) in outputs {
            let sort = self.sort_key(computed.clone(), *span)?;
            if sort == *key {
                return self.sort_key(output.clone(), *span).map(Some);
            }
        }
        let replaced = key
            .clone()
            .transform_down(|e| {
                Ok(
                    match outputs.iter().find(|(computed, ..)| computed.expr == e) {
                        Some((_, output, _)) => Transformed::yes(output.expr.clone()),
                        None => Transformed::no(e),
                    },
                )
            })
            .map_err(failed(Span::default()))?;
        let ids: Vec<&Column> = outputs
            .iter()
            .filter_map(|(_, o, _)| match &o.expr {
                Expr::Column(c) => Some(c),
                _ => None,
            })
            .collect();
        let over = replaced.data.column_refs().iter().all(|c| ids.contains(c));
        Ok(over.then_some(replaced.data))
    }

    #[allow(clippy::too_many_arguments, reason = "the parts of one SELECT")]
    fn grouped(
        &mut self,
        select: &Select,
        input: Relation,
        mut clauses: Clauses,
        keys: super::group::Keys,
        aggregates: Vec<Aggregate>,
        mut windows: Vec<Windowed>,
        limit: Option<&ast::Limit>,
        places: &[(Column, Span)],
    ) -> Bind<Relation> {
        let span = select.span;
        let (relation, rebase) =
            self.aggregated(input, &keys, &aggregates, select.group.is_some(), span)?;
        let mut relation = relation;
        for output in &mut clauses.outputs {
            output.bound.expr = rebase.apply(output.bound.expr.clone(), output.span)?;
        }
        for window in &mut windows {
            window.expr = rebase.apply(window.expr.clone(), span)?;
        }
        clauses.qualify = clauses.qualify.map(|e| rebase.apply(e, span)).transpose()?;
        for (key, ..) in &mut clauses.order {
            *key = rebase.apply(key.clone(), span)?;
        }
        let having = clauses
            .having
            .take()
            .map(|e| rebase.apply(e, span))
            .transpose()?;
        relation = self.with_named(relation, clauses.exprs(&windows).chain(&having), span)?;
        let known = relation.plan.schema().columns();
        let check = |expr: &Expr, at: Span| -> Bind<()> {
            for used in expr.column_refs() {
                let windowed = windows.iter().any(|w| w.column == *used);
                if !windowed && !known.contains(used) {
                    let at = places
                        .iter()
                        .find(|(c, _)| c == used)
                        .map_or(at, |(_, s)| *s);
                    let name = used
                        .name
                        .rsplit_once('#')
                        .map_or(used.name.as_str(), |(n, _)| n);
                    let message = format!("`{name}` is neither grouped nor aggregated");
                    return Err(Fault::new(at, message)
                        .help("put it into GROUP BY, or into an aggregate such as MAX"));
                }
            }
            Ok(())
        };
        for output in &clauses.outputs {
            check(&output.bound.expr, output.span)?;
        }
        for window in &windows {
            check(&window.expr, span)?;
        }
        for expr in having.iter().chain(&clauses.qualify) {
            check(expr, span)?;
        }
        for (key, ..) in &clauses.order {
            check(key, span)?;
        }
        if let Some(having) = having {
            relation.plan = filter(relation.plan, having, span)?;
        }
        self.finished(select, relation, clauses, windows, limit)
    }

    /// What `SELECT 1` is of.
    pub(super) fn one_row(&mut self, span: Span) -> Bind<Relation> {
        if let Some(many) = &self.many {
            let plan = many.instance().map_err(failed(span))?;
            return Ok(Relation {
                plan,
                names: Names::default(),
                is_value: false,
                row: Some(many.frame),
                order: Vec::new(),
                position: None,
            });
        }
        // One row of a column nobody names, so that what is computed of it has a row.
        let plan = LogicalPlanBuilder::empty(true)
            .build()
            .map_err(failed(span))?;
        Ok(Relation {
            plan,
            names: Names::default(),
            is_value: false,
            row: None,
            order: Vec::new(),
            position: Some(Vec::new()),
        })
    }

    /// The columns that tell rows of a query around apart, where a relation has them.
    pub(super) fn row_columns(&self, row: Option<u64>) -> Vec<Column> {
        match (&self.many, row) {
            (Some(many), Some(_)) => many.columns(),
            _ => Vec::new(),
        }
    }
}

/// The outputs as the one value `SELECT AS STRUCT` makes of them.
fn shaped(select: &Select, outputs: Vec<Output>) -> Bind<Vec<Output>> {
    match select.shape {
        Shape::Columns => Ok(outputs),
        Shape::Struct => {
            let fields = outputs
                .iter()
                .map(|o| {
                    (
                        o.name.clone(),
                        o.bound.expr.clone(),
                        o.bound.data_type.clone(),
                    )
                })
                .collect();
            Ok(vec![Output {
                name: String::new(),
                bound: Construct::call(fields),
                span: select.span,
            }])
        }
        Shape::Value => {
            if outputs.len() != 1 {
                return Err(Fault::new(select.span, "SELECT AS VALUE takes one value"));
            }
            Ok(outputs)
        }
    }
}

/// NULL of a type.
pub(super) fn null_of(data_type: &DataType) -> Expr {
    lit(ScalarValue::try_from(data_type).unwrap_or(ScalarValue::Null))
}

/// All columns of a plan but these.
pub(super) fn others(plan: &LogicalPlan, but: &[Column]) -> Vec<Expr> {
    all_columns(plan)
        .into_iter()
        .filter(|e| !matches!(e, Expr::Column(c) if but.contains(c)))
        .collect()
}
