//! From text to a query that is known to be answerable: parsed, with nothing in it that BigQuery would understand and
//! this crate would not.

use std::ops::ControlFlow;

use datafusion::sql::sqlparser::ast::{self, Spanned, Statement, Visitor};
use datafusion::sql::sqlparser::dialect::BigQueryDialect;
use datafusion::sql::sqlparser::parser::Parser;
use datafusion::sql::sqlparser::tokenizer::{Span, Token, Tokenizer};

use super::error::SqlError;
use super::walk::walk;
use super::{order, refuse, rewrite, tables};

pub use super::order::OrderDependent;
pub use super::tables::TableRef;

/// One `SELECT` or `WITH` query, as written.
#[derive(Debug, Clone)]
pub struct Query {
    pub(super) text: String,
    pub(super) body: Box<ast::Query>,
}

/// One expression over the columns of a table, as written: a check's `where` or `rule`.
#[derive(Debug, Clone)]
pub struct Expression {
    pub(super) text: String,
    pub(super) body: ast::Expr,
}

/// Reads exactly one query; a final semicolon is allowed.
///
/// Fails where BigQuery would, and where the query uses what is not supported yet; both with the place in `sql`.
pub fn parse(sql: &str) -> Result<Query, SqlError> {
    let dialect = BigQueryDialect {};
    refuse_long_chains(&dialect, sql)?;
    let mut parser = Parser::new(&dialect).try_with_sql(sql)?;
    while parser.consume_token(&Token::SemiColon) {}
    let start = parser.peek_token().span;
    if parser.peek_token().token == Token::EOF {
        return Err(SqlError::new(Span::empty(), "there is no query").help("write a SELECT"));
    }
    let statement = parser.parse_statement()?;
    let Statement::Query(mut body) = statement else {
        return Err(SqlError::new(
            start,
            "only a query can be run here, not a statement that changes something",
        )
        .help("write one SELECT or WITH"));
    };
    while parser.consume_token(&Token::SemiColon) {}
    let next = parser.peek_token();
    if next.token != Token::EOF {
        return Err(SqlError::new(
            next.span,
            format!("expected the end of the query, found: {}", next.token),
        )
        .help("write exactly one query"));
    }
    rewrite::query(&mut body)?;
    refuse::query(&body, sql)?;
    Ok(Query {
        text: sql.to_owned(),
        body,
    })
}

/// Reads exactly one scalar expression; an aggregate or a subquery in it is refused.
pub fn parse_expression(sql: &str) -> Result<Expression, SqlError> {
    let dialect = BigQueryDialect {};
    refuse_long_chains(&dialect, sql)?;
    let mut parser = Parser::new(&dialect).try_with_sql(sql)?;
    let mut body = parser.parse_expr()?;
    let next = parser.peek_token();
    if next.token != Token::EOF {
        return Err(SqlError::new(
            next.span,
            format!("expected the end of the expression, found: {}", next.token),
        ));
    }
    rewrite::expression(&mut body)?;
    refuse::expression(&body, sql)?;
    Ok(Expression {
        text: sql.to_owned(),
        body,
    })
}

/// How many operators a query may have. A chain of them is a tree as deep as it is long, and trees
/// are walked by recursion.
const MOST_OPERATORS: usize = 400;

fn refuse_long_chains(dialect: &BigQueryDialect, sql: &str) -> Result<(), SqlError> {
    let Ok(tokens) = Tokenizer::new(dialect, sql).tokenize_with_location() else {
        // The parser tells what is wrong.
        return Ok(());
    };
    let chaining = |token: &Token| match token {
        Token::Plus | Token::Minus | Token::Mul | Token::Div | Token::StringConcat => true,
        Token::Word(word) => matches!(
            word.value.to_ascii_uppercase().as_str(),
            "AND" | "OR" | "UNION" | "INTERSECT" | "EXCEPT"
        ),
        _ => false,
    };
    let mut operators = tokens.iter().filter(|t| chaining(&t.token));
    match operators.nth(MOST_OPERATORS) {
        None => Ok(()),
        Some(one) => Err(SqlError::new(
            one.span,
            format!("more than {MOST_OPERATORS} operators in one query"),
        )
        .help("use IN (...) or a table to join with")),
    }
}

impl Query {
    /// The query as written.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// Every table the query names, in the order of the text, without the names its `WITH` defines.
    pub fn tables(&self) -> Vec<TableRef> {
        tables::of(&self.body)
    }

    /// The named expressions of the query's own `SELECT`: the name and the expression's text.
    pub fn named(&self) -> Vec<(String, String)> {
        let ast::SetExpr::Select(select) = self.body.body.as_ref() else {
            return Vec::new();
        };
        let items = select.projection.iter();
        items
            .filter_map(|item| match item {
                ast::SelectItem::ExprWithAlias { expr, alias } => {
                    Some((alias.value.clone(), expr.to_string()))
                }
                _ => None,
            })
            .collect()
    }

    /// The first construct whose answer may depend on the order rows arrive in, if there is one.
    ///
    /// What such a query answers may differ between two runs, also in BigQuery; a check must not use it.
    pub fn order_dependent(&self) -> Option<OrderDependent> {
        order::dependent(&self.body)
    }

    pub(super) fn span(&self) -> Span {
        self.body.span()
    }
}

impl Expression {
    /// The columns it names, in the order of the text and each once, ignoring case.
    pub fn columns(&self) -> Vec<String> {
        let mut named = Named(Vec::new());
        let _ = walk(&self.body, &mut named);
        named.0
    }

    /// The expression as written.
    pub fn text(&self) -> &str {
        &self.text
    }

    pub(super) fn span(&self) -> Span {
        self.body.span()
    }
}

/// Collects the columns an expression names: of a path, what it starts with.
struct Named(Vec<String>);

impl Visitor for Named {
    type Break = ();

    fn pre_visit_expr(&mut self, expr: &ast::Expr) -> ControlFlow<()> {
        let name = match expr {
            ast::Expr::Identifier(name) => Some(name),
            ast::Expr::CompoundIdentifier(path) => path.first(),
            _ => None,
        };
        if let Some(name) = name
            && !self.0.iter().any(|n| n.eq_ignore_ascii_case(&name.value))
        {
            self.0.push(name.value.clone());
        }
        ControlFlow::Continue(())
    }
}
