//! A script: variables and tables that are made, and the query at its end.

use datafusion::arrow::datatypes::DataType;
use datafusion::common::ScalarValue;
use datafusion::logical_expr::{Expr, LogicalPlan};

use super::names::{Entry, Names};
use super::{Bind, Binder, Block, Bound, Literal, project};
use crate::dialect::syntax::ast::{self, Statement};
use crate::dialect::syntax::{Fault, Span};

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
        let mut columns: Vec<Expr> = Vec::new();
        let mut names: Vec<String> = Vec::new();
        let mut unnamed = 0;
        for entry in relation.names.star() {
            let name = if entry.name.is_empty() {
                unnamed += 1;
                format!("f{}_", unnamed - 1)
            } else {
                entry.name.clone()
            };
            if names.iter().any(|n| n.eq_ignore_ascii_case(&name)) {
                let message = format!("more than one column of the result is called `{name}`");
                return Err(Fault::new(query.span, message).help("give one of them another name with AS"));
            }
            columns.push(entry.expr.clone().alias(name.clone()));
            names.push(name);
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
                let of = of.as_ref().map(|t| self.data_type(t)).transpose()?;
                let value = match default {
                    Some(default) => Some(self.variable_value(default)?),
                    None => None,
                };
                let (Some(of), value) = (of.or_else(|| value.as_ref().map(super::expr::settled)), value) else {
                    return Err(Fault::new(span, "DECLARE needs a type or a DEFAULT"));
                };
                for name in names {
                    let value = value.clone().unwrap_or_else(Bound::null);
                    let bound = self.assigned(&value, &of, span)?;
                    self.variables.insert(name.lower(), bound);
                }
                Ok(())
            }
            Statement::Set(names, value) => {
                let [name] = names.as_slice() else {
                    return Err(Fault::unsupported(span, "SET of more than one variable"));
                };
                let Some(known) = self.variables.get(&name.lower()).map(|v| v.data_type.clone()) else {
                    let message = format!("there is no variable `{}`", name.text);
                    return Err(Fault::new(name.span, message).help("DECLARE it first"));
                };
                let value = self.variable_value(value)?;
                let bound = self.assigned(&value, &known, span)?;
                self.variables.insert(name.lower(), bound);
                Ok(())
            }
            Statement::SetSystem(name, ..) => {
                Err(Fault::unsupported(span, &format!("SET @@{name}")))
            }
            Statement::CreateTable(path, query) => {
                let relation = self.query(query)?;
                let relation = self.settled(relation, query.span)?;
                let name = super::super::tables::split(path).join(".").to_lowercase();
                self.tables.made.insert(name, relation);
                Ok(())
            }
        }
    }

    /// A value that is known before the query runs.
    fn variable_value(&mut self, expr: &ast::Expr) -> Bind<Bound> {
        let block = Block {
            clause: "here",
            ..Block::default()
        };
        let (bound, _) = self.within(block, |b| b.expr(expr))?;
        self.folded(bound).ok_or_else(|| {
            Fault::unsupported(expr.span, "a variable of anything but a constant")
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
