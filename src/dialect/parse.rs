//! From text to a tree, and what can be said of it without a session.

use std::sync::Arc;

use super::error::{SqlError, place};
use super::syntax::ast::{self, Body, ExprKind, Item, Statement};
use super::syntax::walk::{Visitor, walk_expr, walk_query};
use super::syntax::{Fault, Parser, Span};
use super::{aggregate, bind, functions, order, tables};
use crate::diagnostic::{near, suggestion};

pub use super::order::OrderDependent;
pub use super::tables::TableRef;

/// One query, as written, and the variables that are declared before it.
#[derive(Debug, Clone)]
pub struct Query {
    pub(super) text: Arc<str>,
    /// What comes before the query: `DECLARE`, `SET`, `CREATE TABLE`.
    pub(super) before: Vec<(Statement, Span)>,
    pub(super) body: ast::Query,
}

/// One expression over the columns of a table, as written: a check's `where` or `rule`.
#[derive(Debug, Clone)]
pub struct Expression {
    pub(super) text: Arc<str>,
    pub(super) body: ast::Expr,
}

/// Reads exactly one query; `DECLARE` and `SET` may stand before it, semicolons after it.
///
/// Fails where BigQuery would, and where the query uses what is not supported; both with the place in `sql`.
pub fn parse(sql: &str) -> Result<Query, SqlError> {
    read(sql).map_err(|fault| SqlError::of(fault, sql))
}

fn read(sql: &str) -> Result<Query, Fault> {
    let mut statements = Parser::new(sql)?.script()?;
    let Some((last, span)) = statements.pop() else {
        return Err(Fault::new(Span::default(), "there is no query").help("write a SELECT"));
    };
    let Statement::Query(body) = last else {
        return Err(Fault::new(span, "there is no query after this").help("write a SELECT"));
    };
    for (statement, span) in &statements {
        if let Statement::Query(_) = statement {
            // The place of the one that is too many.
            let next = body.span;
            let _ = span;
            return Err(
                Fault::new(next, "expected the end of the query, found: SELECT")
                    .help("write exactly one query"),
            );
        }
    }
    known_functions(&body)?;
    Ok(Query {
        text: sql.into(),
        before: statements,
        body,
    })
}

/// Reads exactly one scalar expression; an aggregate or a subquery in it is refused.
pub fn parse_expression(sql: &str) -> Result<Expression, SqlError> {
    let read = || {
        let body = Parser::new(sql)?.only_expr()?;
        let mut one_row = OneRow(None);
        walk_expr(&body, &mut one_row);
        match one_row.0 {
            Some(fault) => Err(fault),
            None => Ok(body),
        }
    };
    let body = read().map_err(|fault| SqlError::of(fault, sql))?;
    Ok(Expression {
        text: sql.into(),
        body,
    })
}

/// Refuses what the first row alone can't tell.
struct OneRow(Option<Fault>);

impl Visitor for OneRow {
    fn enter_query(&mut self, query: &ast::Query) {
        let fault = || Fault::unsupported(query.span, "a subquery in an expression");
        self.0.get_or_insert_with(fault);
    }

    fn expr(&mut self, expr: &ast::Expr) {
        let ExprKind::Call(call) = &expr.kind else {
            return;
        };
        let name = call.name.last().map(ast::Ident::lower).unwrap_or_default();
        if call.over.is_some() || aggregate::is_known(&name) || aggregate::window(&name).is_some() {
            let message = format!(
                "{} has no place here: the expression is about one row",
                name.to_uppercase()
            );
            self.0.get_or_insert_with(|| Fault::new(expr.span, message));
        } else if let Some(fault) = unknown_function(call, expr.span) {
            self.0.get_or_insert(fault);
        }
    }
}

/// Refuses functions there are not.
fn known_functions(query: &ast::Query) -> Result<(), Fault> {
    struct Unknown(Option<Fault>);
    impl Visitor for Unknown {
        fn expr(&mut self, expr: &ast::Expr) {
            if let ExprKind::Call(call) = &expr.kind
                && let Some(fault) = unknown_function(call, expr.span)
            {
                self.0.get_or_insert(fault);
            }
        }
    }
    let mut unknown = Unknown(None);
    walk_query(query, &mut unknown);
    unknown.0.map_or(Ok(()), Err)
}

fn unknown_function(call: &ast::Call, span: Span) -> Option<Fault> {
    let name = match call.name.as_slice() {
        [name] => name,
        [safe, name] if safe.is("SAFE") => name,
        _ => return None,
    };
    let lower = name.lower();
    let canonical = functions::canonical_name(&lower);
    let known = functions::is_known(canonical)
        || aggregate::is_known(canonical)
        || aggregate::window(canonical).is_some()
        || bind::is_special(canonical);
    if known && !lower.starts_with('$') {
        return None;
    }
    let fault = Fault::unsupported(span, &format!("function {}", name.text.to_uppercase()));
    Some(match suggestion(&near(&lower, bind::function_names())) {
        Some(near) => fault.help(near),
        None => fault,
    })
}

/// The names of all functions a query can call, in lower case, in no order.
pub fn function_names() -> impl Iterator<Item = &'static str> {
    bind::function_names()
}

impl Query {
    /// Whether a `*` of it, or a `FROM` without a `SELECT`, asks for all columns there are.
    pub fn has_star(&self) -> bool {
        struct Stars(bool);
        impl Visitor for Stars {
            fn enter_query(&mut self, query: &ast::Query) {
                self.0 |= matches!(query.body, Body::From(_));
            }
            fn select(&mut self, select: &ast::Select) {
                let is_star = |i: &Item| matches!(i, Item::Star(_) | Item::DotStar(..));
                self.0 |= select.items.iter().any(is_star);
            }
        }
        let mut stars = Stars(false);
        walk_query(&self.body, &mut stars);
        stars.0
    }

    /// The query as written.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// Line and column of the statement that answers.
    pub fn begin(&self) -> (usize, usize) {
        place(&self.text, self.body.span.start)
    }

    /// Every table the query names, in the order of the text, without the names its `WITH` defines.
    pub fn tables(&self) -> Vec<TableRef> {
        let mut made = Vec::new();
        let mut found = Vec::new();
        for (statement, _) in &self.before {
            match statement {
                Statement::CreateTable(path, _, query) => {
                    found.extend(tables::of(query));
                    made.push(tables::split(path));
                }
                Statement::Declare {
                    default: Some(value),
                    ..
                }
                | Statement::Set(_, value) => found.extend(tables::of_expr(value)),
                _ => {}
            }
        }
        found.extend(tables::of(&self.body));
        found.retain(|(parts, _)| !made.iter().any(|m| same(m, parts)));
        found
            .into_iter()
            .map(|(parts, span)| {
                let (line, column) = place(&self.text, span.start);
                TableRef {
                    parts,
                    line,
                    column,
                }
            })
            .collect()
    }

    /// The named expressions of the query's own `SELECT`: the name and the expression's text.
    pub fn named(&self) -> Vec<(String, String)> {
        let Body::Select(select) = &self.body.body else {
            return Vec::new();
        };
        let items = select.items.iter();
        items
            .filter_map(|item| match item {
                Item::Expr {
                    expr,
                    alias: Some(alias),
                } => {
                    let text = self.text.get(expr.span.start..expr.span.end)?;
                    Some((alias.text.clone(), text.to_owned()))
                }
                _ => None,
            })
            .collect()
    }

    /// The first construct whose answer may depend on the order rows arrive in, if there is one.
    ///
    /// What such a query answers may differ between two runs, also in BigQuery; a check must not use it.
    pub fn order_dependent(&self) -> Option<OrderDependent> {
        order::dependent(&self.body, &self.text)
    }
}

fn same(made: &[String], parts: &[String]) -> bool {
    made.len() == parts.len()
        && made
            .iter()
            .zip(parts)
            .all(|(a, b)| a.eq_ignore_ascii_case(b))
}

impl Expression {
    /// The columns it names, in the order of the text and each once, ignoring case.
    pub fn columns(&self) -> Vec<String> {
        let mut named = Named(Vec::new());
        walk_expr(&self.body, &mut named);
        named.0
    }

    /// The expression as written.
    pub fn text(&self) -> &str {
        &self.text
    }
}

/// Collects the columns an expression names: of a path, what it starts with.
struct Named(Vec<String>);

impl Visitor for Named {
    fn expr(&mut self, expr: &ast::Expr) {
        if let ExprKind::Name(name) = &expr.kind
            && !self.0.iter().any(|n| n.eq_ignore_ascii_case(&name.text))
        {
            self.0.push(name.text.clone());
        }
    }
}
