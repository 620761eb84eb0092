//! A script: variables and tables that are made, and the query at its end.

use datafusion::arrow::compute::cast;
use datafusion::arrow::datatypes::DataType;
use datafusion::common::{ScalarValue, exec_err};
use datafusion::logical_expr::{Expr, LogicalPlan};
use datafusion::physical_plan::collect;
use std::collections::HashSet;

use super::apart::apart;
use super::names::{Entry, Names};
use super::{Bind, Binder, Block, Bound, Literal, Relation, failed, project};
use crate::dialect::syntax::ast::{self, ExprKind, Statement};
use crate::dialect::syntax::{Fault, Span};
use crate::dialect::types::name as type_name;

impl Binder<'_> {
    /// The plan of a query after what stands before it, its columns called as BigQuery calls them.
    pub(in crate::dialect) fn script(
        mut self,
        before: &[(Statement, Span)],
        query: &ast::Query,
    ) -> Bind<LogicalPlan> {
        for (statement, span) in before {
            self.statement(statement, *span)?;
        }
        let relation = self.query(query)?;
        let relation = self.settled(relation, query.span)?;
        let checked = collected(query);
        let mut columns: Vec<Expr> = Vec::new();
        let mut names: HashSet<String> = HashSet::new();
        let mut unnamed = 0;
        // Of rows that are structs the result has the fields.
        let fields = self.value_of(&relation).map(|v| self.fields(&v));
        let entries: Vec<Entry> = match fields {
            Some(fields) if !fields.is_empty() => fields,
            _ => relation.names.star().cloned().collect(),
        };
        for entry in &entries {
            let name = if entry.name.is_empty() {
                unnamed += 1;
                format!("f{}_", unnamed - 1)
            } else {
                entry.name.clone()
            };
            // The second column of a name is called name_1, as in BigQuery's results.
            let taken = |name: &str| names.contains(&name.to_ascii_lowercase());
            let mut unique = name.clone();
            let mut copies = 0;
            while taken(&unique) {
                copies += 1;
                unique = format!("{name}_{copies}");
            }
            let name = unique;
            let mut value = entry.bound();
            if checked.contains(&columns.len()) {
                value = self.function("$without_nulls", vec![value], query.span)?;
            }
            columns.push(value.expr.alias(name.clone()));
            names.insert(name.to_ascii_lowercase());
        }
        project(relation.plan, columns, query.span)
    }

    /// An expression over columns that are known.
    pub(in crate::dialect) fn alone(
        mut self,
        expr: &ast::Expr,
        columns: Vec<(String, Expr, DataType)>,
    ) -> Bind<Expr> {
        let entries = columns
            .into_iter()
            .map(|(name, column, data_type)| Entry::new(&name, column, data_type))
            .collect();
        let block = Block {
            names: Names::of(entries),
            clause: "here",
            ..Block::default()
        };
        let (bound, _) = self.within(block, |b| b.expr(expr))?;
        Ok(bound.expr)
    }

    fn statement(&mut self, statement: &Statement, span: Span) -> Bind<()> {
        match statement {
            Statement::Query(_) => Err(Fault::new(span, "a script has one query, at its end")),
            Statement::Declare { names, of, default } => {
                for (n, name) in names.iter().enumerate() {
                    let before = names.iter().take(n).any(|other| other.is(&name.text));
                    if before || self.variables.contains_key(&name.lower()) {
                        let message = format!("the variable `{}` is declared twice", name.text);
                        return Err(Fault::new(name.span, message).help("SET gives it a new value"));
                    }
                }
                let of = of.as_ref().map(|t| self.data_type(t)).transpose()?;
                let value = match default {
                    Some(default) => Some(self.variable_value(default)?),
                    None => None,
                };
                let (Some(of), value) = (
                    of.or_else(|| value.as_ref().map(super::expr::settled)),
                    value,
                ) else {
                    return Err(Fault::new(span, "DECLARE needs a type or a DEFAULT"));
                };
                for name in names {
                    let value = value.clone().unwrap_or_else(Bound::null);
                    let bound = self.assigned(&value, &of, span)?;
                    self.variables.insert(name.lower(), bound);
                }
                Ok(())
            }
            Statement::Set(names, value) => self.set(names, value, span),
            Statement::SetSystem(name, ..) => {
                Err(Fault::unsupported(span, &format!("SET @@{name}")))
            }
            Statement::CreateTable(path, columns, query) => {
                let repeated = self.repeated;
                let relation = self.query(query)?;
                self.repeated = repeated;
                let mut relation = self.settled(relation, query.span)?;
                if !columns.is_empty() {
                    relation = self.declared(relation, columns, span)?;
                }
                let name = super::super::tables::split(path).join(".").to_lowercase();
                self.tables.made.insert(name, relation);
                Ok(())
            }
        }
    }

    /// The rows as columns of these names and types.
    fn declared(
        &mut self,
        relation: Relation,
        columns: &[(ast::Ident, ast::Type)],
        span: Span,
    ) -> Bind<Relation> {
        let given: Vec<Entry> = relation.names.star().cloned().collect();
        if given.len() != columns.len() {
            let message = format!("{} columns for a table of {}", given.len(), columns.len());
            return Err(Fault::new(span, message));
        }
        let mut exprs = Vec::new();
        let mut entries = Vec::new();
        for (entry, (name, of)) in given.iter().zip(columns) {
            let to = self.data_type(of)?;
            let value = self.as_type(&entry.bound(), &to, "the column", of.span)?;
            let id = self.fresh(&name.text);
            exprs.push(value.alias(id.clone()));
            entries.push(Entry::column(&name.text, &id, to));
        }
        Ok(Relation {
            plan: project(relation.plan, exprs, span)?,
            names: Names::of(entries),
            position: None,
            ..relation
        })
    }

    /// `SET x = value`, `SET (x, y) = (value, value)`: values are of the variables as they were before.
    fn set(&mut self, names: &[ast::Ident], value: &ast::Expr, span: Span) -> Bind<()> {
        let mut known = Vec::new();
        for (n, name) in names.iter().enumerate() {
            let Some(variable) = self.variables.get(&name.lower()) else {
                let message = format!("there is no variable `{}`", name.text);
                return Err(Fault::new(name.span, message).help("DECLARE it first"));
            };
            if names.iter().take(n).any(|other| other.is(&name.text)) {
                let message = format!("the variable `{}` is set twice", name.text);
                return Err(Fault::new(name.span, message));
            }
            known.push(variable.data_type.clone());
        }
        let values = match (names, &value.kind) {
            ([_], _) => vec![self.variable_value(value)?],
            (_, ExprKind::Tuple(items)) => items
                .iter()
                .map(|item| self.variable_value(item))
                .collect::<Bind<Vec<_>>>()?,
            _ => {
                let whole = self.variable_value(value)?;
                let DataType::Struct(fields) = &whole.data_type else {
                    let given = type_name(&whole.data_type);
                    let message = format!("more than one variable takes a STRUCT, not {given}");
                    return Err(Fault::new(value.span, message));
                };
                let mut values = Vec::new();
                for (n, field) in fields.iter().enumerate() {
                    let part = super::construct::field(whole.expr.clone(), n, &whole.data_type);
                    let part = Bound::new(part, field.data_type().clone());
                    values.push(self.folded(part.clone()).unwrap_or(part));
                }
                values
            }
        };
        if values.len() != names.len() {
            let message = format!("{} values for {} variables", values.len(), names.len());
            return Err(Fault::new(value.span, message));
        }
        let mut all = Vec::new();
        for ((name, value), of) in names.iter().zip(&values).zip(&known) {
            all.push((name.lower(), self.assigned(value, of, span)?));
        }
        self.variables.extend(all);
        Ok(())
    }

    /// A value that is known before the query runs; of a query it is what that answers now.
    fn variable_value(&mut self, expr: &ast::Expr) -> Bind<Bound> {
        let block = Block {
            clause: "here",
            ..Block::default()
        };
        let (bound, _) = self.within(block, |b| b.expr(expr))?;
        if let Some(folded) = self.folded(bound.clone()) {
            return Ok(folded);
        }
        let row = self.one_row(expr.span)?;
        let plan = project(row.plan, [bound.expr.clone().alias("value")], expr.span)?;
        let state = self.state;
        let answered = apart(async {
            let plan = state.create_physical_plan(&plan).await?;
            let batches = collect(plan, state.task_ctx()).await?;
            let first = batches.iter().find(|b| b.num_rows() > 0);
            match first.and_then(|b| b.columns().first()) {
                Some(values) => ScalarValue::try_from_array(&cast(values, &bound.data_type)?, 0),
                None => exec_err!("it has no value"),
            }
        });
        let value = answered.map_err(failed(expr.span))?;
        Ok(Bound {
            data_type: bound.data_type.clone(),
            literal: Literal::No,
            ..Bound::constant(value)
        })
    }

    fn assigned(&mut self, value: &Bound, of: &DataType, span: Span) -> Bind<Bound> {
        let expr = self.as_type(value, of, "the variable", span)?;
        let mut bound = Bound::new(expr, of.clone());
        if let Some(folded) = self.folded(bound.clone()) {
            bound = folded;
        }
        bound.literal = match &bound.expr {
            Expr::Literal(ScalarValue::Null, _) => Literal::Null,
            _ => Literal::No,
        };
        bound.data_type = of.clone();
        Ok(bound)
    }
}

/// The places of outputs that are an `ARRAY_AGG` itself: BigQuery writes no array that holds a NULL.
fn collected(query: &ast::Query) -> Vec<usize> {
    let ast::Body::Select(select) = &query.body else {
        return Vec::new();
    };
    let plain = |item: &ast::Item| match item {
        ast::Item::Expr { expr, .. } => match &expr.kind {
            ast::ExprKind::Call(call) => {
                call.over.is_none()
                    && call.ignore_nulls.is_none()
                    && call.name.last().is_some_and(|n| n.is("ARRAY_AGG"))
            }
            _ => false,
        },
        _ => false,
    };
    if !query.pipes.is_empty()
        || select
            .items
            .iter()
            .any(|i| !matches!(i, ast::Item::Expr { .. }))
    {
        return Vec::new();
    }
    (0usize..)
        .zip(&select.items)
        .filter(|(_, item)| plain(item))
        .map(|(n, _)| n)
        .collect()
}
